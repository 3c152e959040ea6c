/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_IO.  Spec: requests.md, 6; memory.md, 1; decisions.md, 6.
 */
/* one wait */
#include "spec.h"
#include "machine.h"

#include <sys/mman.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

PUPPET_DATA static int cell = 4711;
static const volatile int constant = 12345;

/* Memory of the puppet's own, mapped before it is made. */
static char *
map(size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags | MAP_ANON, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	return (p);
}

static long
do_unmap(long page)
{
	return (munmap((void *)page, PAGE));
}

/* A puppet that lacks this page, and has had no occasion to put something else there. */
static struct puppet *
puppet_without(char *page)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_unmap, (long)page);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	return (pp);
}

static void
io(pid_t pid, int op, void *there, void *here, size_t len)
{
	struct ptrace_io_desc desc = { op, there, here, len };

	ASK(PT_IO, pid, &desc, 0);
	ATF_REQUIRE_EQ(len, desc.piod_len);
	ATF_REQUIRE_EQ(op, desc.piod_op);
	ATF_REQUIRE(desc.piod_offs == there && desc.piod_addr == here);
}

static void
io_refused(int error, pid_t pid, int op, const void *there, const void *here, size_t len)
{
	struct ptrace_io_desc desc, was;

	memset(&desc, 0, sizeof(desc));
	desc.piod_op = op;
	desc.piod_offs = (void *)(uintptr_t)there;
	desc.piod_addr = (void *)(uintptr_t)here;
	desc.piod_len = len;
	was = desc;
	REFUSED(error, PT_IO, pid, &desc, 0);
	ATF_REQUIRE_EQ(0, memcmp(&was, &desc, sizeof(desc)));
}

SPEC_TEST(word_is_read, "word.4")
{
	struct puppet *pp = puppet_attached(1);

	cell = 1; /* ours is another */
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 99));
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_I, pp->pid, (caddr_t)&cell, 99));
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(word_of_minus_one_is_told_from_an_error, "call.1")
{
	struct puppet *pp;

	cell = -1;
	pp = puppet_attached(1);
	errno = EIO;
	ATF_REQUIRE_EQ(-1, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	ATF_REQUIRE_EQ(0, errno);
	errno = EIO;
	ATF_REQUIRE_EQ(-1, ptrace(PT_READ_I, pp->pid, (caddr_t)&cell, 0));
	ATF_REQUIRE_EQ(0, errno);
	puppet_end(pp);
}

static long
do_tell_cell(long arg)
{
	(void)arg;
	return (cell);
}

SPEC_TEST(word_is_written, "word.5")
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, &cell, 1);
	ATF_REQUIRE_EQ(1, ptrace(PT_READ_I, pp->pid, (caddr_t)&cell, 0));
	ASK(PT_WRITE_I, pp->pid, &cell, -2);
	ATF_REQUIRE_EQ(-2, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(-2, puppet_does(pp, 0, do_tell_cell, 0));
	ATF_REQUIRE_EQ(4711, cell);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(word_needs_no_alignment_and_is_four_bytes, "word.1 word.2")
{
	static unsigned char bytes[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	struct puppet *pp = puppet_attached(1);
	unsigned char got[12];
	int word, i;

	word = ptrace(PT_READ_D, pp->pid, (caddr_t)bytes + 3, 0);
	ATF_REQUIRE_EQ(0, memcmp(&word, bytes + 3, 4));
	ASK(PT_WRITE_D, pp->pid, bytes + 5, 0);
	io(pp->pid, PIOD_READ_D, bytes, got, 12);
	for (i = 0; i < 12; i++)
		ATF_REQUIRE_EQ(i >= 5 && i < 9 ? 0 : i, got[i]);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(word_may_cross_a_page, "word.3")
{
	char *p = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE) + PAGE - 2;
	struct puppet *pp;
	int word = 0x11223344;

	memcpy(p, &word, 4);
	pp = puppet_attached(1);
	ATF_REQUIRE_EQ(word, ptrace(PT_READ_D, pp->pid, p, 0));
	ASK(PT_WRITE_D, pp->pid, p, 0x55667788);
	ATF_REQUIRE_EQ(0x55667788, ptrace(PT_READ_D, pp->pid, p, 0));
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(unmapped_word_is_EFAULT, "word.7 word.9")
{
	char *p = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	void *bad[] = { NULL, (void *)8, p, (void *)(intptr_t)-1, (void *)(intptr_t)-4,
		(void *)(intptr_t)-4096, (void *)((uintptr_t)1 << (sizeof(long) * 8 - 1)) };
	struct puppet *pp;
	size_t i;

	pp = puppet_without(p);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(EFAULT, PT_READ_D, pp->pid, bad[i], 0);
		REFUSED(EFAULT, PT_READ_I, pp->pid, bad[i], 0);
		REFUSED(EFAULT, PT_WRITE_D, pp->pid, bad[i], 1);
		REFUSED(EFAULT, PT_WRITE_I, pp->pid, bad[i], 1);
	}
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(word_that_ends_in_an_unmapped_page_is_EFAULT, "word.8 word.9")
{
	char *p = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct puppet *pp;
	char got[2];
	int word = 0;

	pp = puppet_without(p + PAGE);
	REFUSED(EFAULT, PT_READ_D, pp->pid, p + PAGE - 2, 0);
	memset(&word, 'x', 4);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p + PAGE - 2, word);
	io(pp->pid, PIOD_READ_D, p + PAGE - 2, got, 2);
	ATF_REQUIRE(got[0] == 'x' && got[1] == 'x'); /* the first page was changed */
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(text_is_written_and_stays_the_puppets_own)
{
	struct puppet *pp = puppet_attached(1), *twin = puppet_attached(1);
	caddr_t fn = (caddr_t)(uintptr_t)do_getppid;
	int was = ptrace(PT_READ_I, pp->pid, fn, 0), now;

	ASK(PT_WRITE_I, pp->pid, fn, ~was);
	ATF_REQUIRE_EQ(~was, ptrace(PT_READ_I, pp->pid, fn, 0));
	ATF_REQUIRE_EQ(was, ptrace(PT_READ_I, twin->pid, fn, 0));
	memcpy(&now, fn, sizeof(now));
	ATF_REQUIRE_EQ(was, now);
	ASK(PT_WRITE_I, pp->pid, fn, was);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 0, do_getppid, 0));
	puppet_end(twin);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(read_only_data_is_written)
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, &constant, 54321);
	ATF_REQUIRE_EQ(54321, ptrace(PT_READ_D, pp->pid, (caddr_t)(uintptr_t)&constant, 0));
	ATF_REQUIRE_EQ(12345, constant);
	puppet_end(pp);
}

static long
do_store(long address)
{
	*(volatile int *)address = 7;
	return (0);
}

SPEC_TEST_AT_HOME(protection_is_as_before_after_a_write)
{
	char *p = map(1, PROT_READ, MAP_PRIVATE);
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, p, 5);
	ATF_REQUIRE_EQ(5, ptrace(PT_READ_D, pp->pid, p, 0));
	puppet_will(pp, 0, do_store, (long)p);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	ATF_REQUIRE_EQ(SEGV_ACCERR, INFO(pp->pid).pl_siginfo.si_code);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(PIOD_moves_both_ways, "io.4 io.6")
{
	static char there[3] = "ab";
	struct puppet *pp = puppet_attached(1);
	char here[3] = "";

	io(pp->pid, PIOD_READ_D, there, here, 3);
	ATF_REQUIRE_STREQ("ab", here);
	strcpy(here, "cd");
	io(pp->pid, PIOD_WRITE_D, there, here, 3);
	memset(here, 0, 3);
	io(pp->pid, PIOD_READ_I, there, here, 3);
	ATF_REQUIRE_STREQ("cd", here);
	strcpy(here, "ef");
	io(pp->pid, PIOD_WRITE_I, there, here, 2);
	memset(here, 0, 3);
	io(pp->pid, PIOD_READ_D, there, here, 3);
	ATF_REQUIRE_STREQ("ef", here);
	ATF_REQUIRE_STREQ("ab", there);
	puppet_end(pp);
}

SPEC_TEST(PIOD_ignores_data, "io.5")
{
	struct puppet *pp = puppet_attached(1);
	int got = 0;
	struct ptrace_io_desc desc = { PIOD_READ_D, &cell, &got, sizeof(got) };

	ASK(PT_IO, pp->pid, &desc, -99);
	ATF_REQUIRE_EQ(4711, got);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(PIOD_of_many_pages_and_any_alignment, "io.3 io.6")
{
	size_t len = 37 * PAGE + 11, i;
	char *p = map(40, PROT_READ | PROT_WRITE, MAP_PRIVATE) + 3, *here = malloc(len);
	struct puppet *pp;

	for (i = 0; i < len; i++)
		p[i] = (char)(i * 7 + i / 4096);
	pp = puppet_attached(1);
	io(pp->pid, PIOD_READ_D, p, here, len);
	ATF_REQUIRE_EQ(0, memcmp(p, here, len));
	for (i = 0; i < len; i++)
		here[i] = (char)~here[i];
	io(pp->pid, PIOD_WRITE_D, p, here, len);
	memset(here, 0, len);
	io(pp->pid, PIOD_READ_D, p, here, len);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_EQ((char)~p[i], here[i]);
	puppet_end(pp);
	free(here);
}

SPEC_TEST_AT_HOME(PIOD_of_memory_never_touched)
{
	char *p = map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE), here[4096];
	struct puppet *pp = puppet_attached(1);

	memset(here, 1, sizeof(here));
	io(pp->pid, PIOD_READ_D, p, here, sizeof(here));
	ATF_REQUIRE(spec_zero(here, sizeof(here)));
	ASK(PT_WRITE_D, pp->pid, p + 2 * PAGE, 7);
	ATF_REQUIRE_EQ(7, ptrace(PT_READ_D, pp->pid, p + 2 * PAGE, 0));
	puppet_end(pp);
}

SPEC_TEST(PIOD_operation_must_be_one_of_four, "call.8 io.2")
{
	struct puppet *pp = puppet_attached(1);
	int got = 1;

	io_refused(EINVAL, pp->pid, 0, &cell, &got, sizeof(got));
	io_refused(EINVAL, pp->pid, 5, &cell, &got, sizeof(got));
	io_refused(EINVAL, pp->pid, -1, &cell, &got, sizeof(got));
	io_refused(EINVAL, pp->pid, INT_MAX, &cell, &got, sizeof(got));
	io_refused(EINVAL, pp->pid, 0, NULL, NULL, sizeof(got)); /* before the addresses */
	ATF_REQUIRE_EQ(1, got);
	puppet_end(pp);
}

SPEC_TEST(PIOD_length_may_not_be_negative, "io.1")
{
	struct puppet *pp = puppet_attached(1);
	int got = 1;

	io_refused(EINVAL, pp->pid, PIOD_READ_D, &cell, &got, (size_t)SSIZE_MAX + 1);
	io_refused(EINVAL, pp->pid, PIOD_READ_D, &cell, &got, SIZE_MAX);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(PIOD_of_no_bytes_looks_at_the_page, "io.8")
{
	char *p = map(1, PROT_READ, MAP_PRIVATE);
	struct puppet *pp;

	pp = puppet_without(p);
	io(pp->pid, PIOD_READ_D, &cell, &cell, 0);
	io(pp->pid, PIOD_WRITE_D, &cell, &cell, 0);
	io(pp->pid, PIOD_READ_D, &cell, NULL, 0);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, p, &cell, 0);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, NULL, &cell, 0);
	io_refused(EFAULT, pp->pid, PIOD_WRITE_D, p, &cell, 0);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(PIOD_read_before_a_hole_moved_what_lay_before, "call.8 io.3 io.7")
{
	char *p = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE), *here = calloc(3, PAGE);
	struct puppet *pp;
	size_t i;

	memset(p, 'x', 3 * PAGE);
	pp = puppet_without(p + 2 * PAGE);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, p + 100, here, 3 * PAGE - 100);
	for (i = 0; i < 2 * PAGE - 100; i++)
		ATF_REQUIRE_EQ('x', here[i]);
	ATF_REQUIRE(spec_zero(here + i, PAGE));
	puppet_end(pp);
	free(here);
}

SPEC_TEST_AT_HOME(PIOD_write_before_a_hole_moved_what_lay_before, "io.7")
{
	char *p = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE), *here = malloc(3 * PAGE);
	struct puppet *pp;
	size_t i;

	memset(here, 'y', 3 * PAGE);
	pp = puppet_without(p + 2 * PAGE);
	io_refused(EFAULT, pp->pid, PIOD_WRITE_D, p + 100, here, 3 * PAGE - 100);
	memset(here, 0, 3 * PAGE);
	io(pp->pid, PIOD_READ_D, p + 100, here, 2 * PAGE - 100);
	for (i = 0; i < 2 * PAGE - 100; i++)
		ATF_REQUIRE_EQ('y', here[i]);
	puppet_end(pp);
	free(here);
}

SPEC_TEST(PIOD_of_a_bad_buffer_is_EFAULT, "call.8 io.9")
{
	char *here = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE),
	     *there = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct puppet *pp = puppet_attached(1);

	ATF_REQUIRE_EQ(0, mprotect(here + PAGE, PAGE, PROT_NONE)); /* a hole somebody may fill */
	io_refused(EFAULT, pp->pid, PIOD_READ_D, &cell, NULL, 4);
	io_refused(EFAULT, pp->pid, PIOD_WRITE_D, &cell, NULL, 4);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, there, here, 2 * PAGE);
	io_refused(EFAULT, pp->pid, PIOD_WRITE_D, there, here, 2 * PAGE);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	puppet_end(pp);
}

SPEC_TEST(PIOD_read_into_memory_that_may_not_be_written_is_EFAULT, "io.9")
{
	char *here = map(1, PROT_READ, MAP_PRIVATE);
	struct puppet *pp = puppet_attached(1);

	io_refused(EFAULT, pp->pid, PIOD_READ_D, &cell, here, 4);
	puppet_end(pp);
}

static int
file_of_a_page(int mode)
{
	char name[] = "page.XXXXXX";
	int fd = mkstemp(name), again;
	char c = 'f';
	size_t i;

	ATF_REQUIRE(fd != -1);
	for (i = 0; i < PAGE; i++)
		ATF_REQUIRE_EQ(1, write(fd, &c, 1));
	again = open(name, mode);
	ATF_REQUIRE(again != -1);
	close(fd);
	unlink(name);
	return (again);
}

SPEC_TEST_AT_HOME(shared_memory_is_written_for_everybody)
{
	int *p = (int *)map(1, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, p, 4712);
	ATF_REQUIRE_EQ(4712, *p);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(shared_file_is_written)
{
	int fd = file_of_a_page(O_RDWR), word = 0;
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct puppet *pp;

	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	ASK(PT_WRITE_D, pp->pid, p + 8, 4712);
	ATF_REQUIRE_EQ(4, pread(fd, &word, 4, 8));
	ATF_REQUIRE_EQ(4712, word);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(private_file_mapping_is_written_and_the_file_is_not)
{
	int fd = file_of_a_page(O_RDONLY), word = 0;
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	struct puppet *pp;

	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	ASK(PT_WRITE_D, pp->pid, p + 8, 4712);
	ATF_REQUIRE_EQ(4712, ptrace(PT_READ_D, pp->pid, p + 8, 0));
	ATF_REQUIRE_EQ(4, pread(fd, &word, 4, 8));
	ATF_REQUIRE_EQ(0x66666666, word);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(shared_file_opened_for_reading_is_EFAULT_to_write)
{
	int fd = file_of_a_page(O_RDONLY);
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	struct puppet *pp;

	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	ATF_REQUIRE_EQ(0x66666666, ptrace(PT_READ_D, pp->pid, p, 0));
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p, 4712);
	io_refused(EFAULT, pp->pid, PIOD_WRITE_D, p, &cell, 4);
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* decisions.md, 6: where it reaches the file */
SPEC_TEST(shared_mapping_the_puppet_cannot_write_is_EFAULT_to_write)
{
	int *p = (int *)map(1, PROT_READ | PROT_WRITE, MAP_SHARED);
	struct puppet *pp;

	ATF_REQUIRE_EQ(0, mprotect(p, PAGE, PROT_READ));
	pp = puppet_attached(1);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p, 4712);
	ATF_REQUIRE_EQ(0, *p);
	puppet_end(pp);
}
#endif

SPEC_TEST_AT_HOME(page_past_the_end_of_its_file_is_EFAULT, "word.7")
{
	int fd = file_of_a_page(O_RDWR);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct puppet *pp;

	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	ATF_REQUIRE_EQ(0x66666666, ptrace(PT_READ_D, pp->pid, p, 0));
	REFUSED(EFAULT, PT_READ_D, pp->pid, p + PAGE, 0);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p + PAGE, 0);
	puppet_end(pp);
}

#ifdef __FreeBSD__ /* decisions.md, 6: where the host allows it, so do we */
SPEC_TEST(memory_that_may_not_be_read_is_EFAULT)
{
	char *p = map(1, PROT_NONE, MAP_PRIVATE);
	struct puppet *pp = puppet_attached(1);

	REFUSED(EFAULT, PT_READ_D, pp->pid, p, 0);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p, 0);
	puppet_end(pp);
}
#endif

/* The first address of the map's entry that has this one. */
static char *
start_of_entry(pid_t pid, const void *at)
{
	struct ptrace_vm_entry pve;

	memset(&pve, 0, sizeof(pve));
	do
		ASK(PT_VM_ENTRY, pid, &pve, 0);
	while (pve.pve_end < (u_long)at);
	return ((char *)pve.pve_start);
}

SPEC_TEST_AT_HOME(memory_below_a_stack_is_EFAULT_and_does_not_grow_it)
{
	struct puppet *pp = puppet_attached(1);
	char *low = start_of_entry(pp->pid, __builtin_frame_address(0)), byte = 0;
	size_t down;

	(void)ptrace(PT_READ_D, pp->pid, low, 0);
	ATF_REQUIRE_EQ(0, errno);
	for (down = 1; down < 200; down *= 3) {
		REFUSED(EFAULT, PT_READ_D, pp->pid, low - down * PAGE, 0);
		REFUSED(EFAULT, PT_WRITE_D, pp->pid, low - down * PAGE, 1);
		io_refused(EFAULT, pp->pid, PIOD_READ_D, low - down * PAGE, &byte, 1);
		io_refused(EFAULT, pp->pid, PIOD_WRITE_I, low - down * PAGE, &byte, 1);
		ATF_REQUIRE_EQ(low, start_of_entry(pp->pid, __builtin_frame_address(0)));
	}
	REFUSED(EFAULT, PT_READ_D, pp->pid, low - 2, 0); /* half of it is there */
	ATF_REQUIRE_EQ(low, start_of_entry(pp->pid, __builtin_frame_address(0)));
	puppet_end(pp);
}

/* ---- private copies ---- */

static char *
map_private(int fd)
{
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	return (p);
}

SPEC_TEST_AT_HOME(written_page_is_seen_by_no_other_process)
{
	int fd = file_of_a_page(O_RDONLY);
	char *p = map_private(fd), *anon = map(1, PROT_READ, MAP_PRIVATE);
	struct puppet *pp = puppet_attached(1), *twin = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, p, 4711);
	ASK(PT_WRITE_D, pp->pid, anon, 4711);
	ATF_REQUIRE_EQ(0x66666666, ptrace(PT_READ_D, twin->pid, p, 0));
	ATF_REQUIRE_EQ(0, ptrace(PT_READ_D, twin->pid, anon, 0));
	ATF_REQUIRE_EQ(0x66666666, *(int *)p);
	ATF_REQUIRE_EQ(0, *(int *)anon);
	puppet_end(twin);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(written_page_stays_private_when_it_is_as_before)
{
	int fd = file_of_a_page(O_RDWR), word = 4712;
	char *p = map_private(fd);
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, p, 4711);
	ASK(PT_WRITE_D, pp->pid, p, 0x66666666);
	ATF_REQUIRE_EQ(4, pwrite(fd, &word, 4, 0));
	ATF_REQUIRE_EQ(0x66666666, ptrace(PT_READ_D, pp->pid, p, 0));
	ATF_REQUIRE_EQ(4712, *(volatile int *)p); /* ours is the file's still */
	puppet_end(pp);
}

static char *inherited;

static long
do_fork_and_look(long arg)
{
	pid_t pid = fork();
	int status;

	(void)arg;
	if (pid == 0)
		_exit(inherited[0]);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-errno);
	return (WEXITSTATUS(status));
}

SPEC_TEST_AT_HOME(written_page_is_inherited_by_a_child)
{
	struct puppet *pp;

	inherited = map_private(file_of_a_page(O_RDONLY));
	pp = puppet_attached(1);
	ASK(PT_WRITE_D, pp->pid, inherited, 42);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(42, puppet_does(pp, 0, do_fork_and_look, 0));
	ATF_REQUIRE_EQ('f', inherited[0]);
	puppet_end(pp);
}

/* ---- the ends of things ---- */

SPEC_TEST_AT_HOME(page_past_the_end_of_its_file_is_EFAULT_where_it_is_private)
{
	int fd = file_of_a_page(O_RDONLY);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0), *here = calloc(2, PAGE);
	struct puppet *pp;

	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	REFUSED(EFAULT, PT_READ_D, pp->pid, p + PAGE, 0);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p + PAGE, 0);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, p, here, 2 * PAGE);
	ATF_REQUIRE(here[PAGE - 1] == 'f' && here[PAGE] == 0);
	free(here);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(rest_of_a_files_last_page_can_be_had)
{
	int fd = file_of_a_page(O_RDWR);
	char *p;
	struct puppet *pp;

	ATF_REQUIRE_EQ(0, ftruncate(fd, 10));
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	pp = puppet_attached(1);
	ATF_REQUIRE_EQ(0x66666666, ptrace(PT_READ_D, pp->pid, p + 6, 0));
	ATF_REQUIRE_EQ(0, ptrace(PT_READ_D, pp->pid, p + 10, 0));
	ASK(PT_WRITE_D, pp->pid, p + PAGE - 4, 4711);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, p + PAGE - 4, 0));
	puppet_end(pp);
}

SPEC_TEST(nothing_is_behind_the_last_address)
{
	struct puppet *pp = puppet_attached(1);
	char *last = (char *)(intptr_t)-1, here[64];
	size_t len[] = { 1, 2, 4, 64, PAGE, 2 * PAGE, (size_t)1 << 20, SSIZE_MAX }, i;

	memset(here, 'h', sizeof(here));
	for (i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		io_refused(EFAULT, pp->pid, PIOD_READ_D, last, here, len[i]);
		io_refused(EFAULT, pp->pid, PIOD_READ_D, last - PAGE + 1, here, len[i]);
		io_refused(EFAULT, pp->pid, PIOD_WRITE_D, last - PAGE + 1, here, len[i]);
		io_refused(EFAULT, pp->pid, PIOD_READ_D, NULL, here, len[i]);
	}
	ATF_REQUIRE_EQ('h', here[0]);
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(length_of_all_there_is_moves_what_lies_before_the_hole)
{
	char *p = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE), *here = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct puppet *pp;

	memset(p, 'x', 3 * PAGE);
	pp = puppet_without(p + 2 * PAGE);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, p, here, SSIZE_MAX);
	ATF_REQUIRE(here[0] == 'x' && here[2 * PAGE - 1] == 'x' && here[2 * PAGE] == 0);
	puppet_end(pp);
}

#if SIZE_MAX > UINT32_MAX
#define REPEATED ((size_t)1 << 24)

/* The same sixteen megabytes again and again, so that nobody needs more memory. */
static char *
map_4_gigabytes(void)
{
	size_t whole = (size_t)1 << 32, at;
	char name[] = "repeated.XXXXXX", *p;
	int fd = mkstemp(name);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)REPEATED));
	p = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	for (at = 0; at < whole; at += REPEATED)
		ATF_REQUIRE(
		    mmap(p + at, REPEATED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	close(fd);
	unlink(name);
	return (p);
}

SPEC_TEST_AT_HOME(read_of_4_gigabytes)
{
	char *there = map_4_gigabytes(), *here = map_4_gigabytes();
	struct puppet *pp = puppet_attached(1);

	memset(there, 't', REPEATED);
	io(pp->pid, PIOD_READ_D, there, here, (size_t)1 << 32);
	ATF_REQUIRE_EQ(0, memcmp(there, here, REPEATED));
	puppet_end(pp);
}

SPEC_TEST_AT_HOME(write_of_4_gigabytes)
{
	char *there = map_4_gigabytes(), *here = map_4_gigabytes();
	struct puppet *pp = puppet_attached(1);

	memset(here, 'h', REPEATED);
	io(pp->pid, PIOD_WRITE_D, there, here, (size_t)1 << 32);
	ATF_REQUIRE_EQ(0, memcmp(there, here, REPEATED));
	puppet_end(pp);
}
#endif

SPEC_TEST_AT_HOME(memory_of_a_process_whose_first_thread_has_ended)
{
	struct puppet *pp = puppet_attached(2);

	puppet_will(pp, 0, do_end_thread, 0);
	puppet_will(pp, 1, do_join_thread, 0);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	ASK(PT_WRITE_D, pp->pid, &cell, 4712);
	ASK(PT_WRITE_D, pp->pid, &constant, 4713);
	ATF_REQUIRE_EQ(4712, ptrace(PT_READ_I, pp->pid, (caddr_t)&cell, 0));
	ATF_REQUIRE_EQ(4713, ptrace(PT_READ_I, pp->pid, (caddr_t)(uintptr_t)&constant, 0));
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* decisions.md, 6: where the host allows it, so do we */
SPEC_TEST_AT_HOME(private_memory_that_may_not_be_read_can_be)
{
	static const int prots[] = { PROT_NONE, PROT_EXEC, PROT_WRITE };
	struct puppet *pp;
	char *p[3];
	int i;

	for (i = 0; i < 3; i++) {
		p[i] = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		*(int *)p[i] = 4711 + i;
		ATF_REQUIRE_EQ(0, mprotect(p[i], PAGE, prots[i]));
	}
	pp = puppet_attached(1);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(4711 + i, ptrace(PT_READ_D, pp->pid, p[i], 0));
		ASK(PT_WRITE_D, pp->pid, p[i] + 8, i);
		ATF_REQUIRE_EQ(i, ptrace(PT_READ_D, pp->pid, p[i] + 8, 0));
	}
	puppet_end(pp);
}

#ifdef __x86_64__
/* It can be executed and maybe read; a look at it must do no harm. */
SPEC_TEST(page_of_the_kernels_own_is_read_or_EFAULT)
{
	struct puppet *pp = puppet_attached(1);
	char *p = (char *)0xffffffffff600000ul, here[16];
	struct ptrace_io_desc desc = { PIOD_READ_D, p, here, sizeof(here) };

	ATF_REQUIRE(ptrace(PT_IO, pp->pid, (caddr_t)&desc, 0) == 0 || errno == EFAULT);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, p, 1);
	io_refused(EFAULT, pp->pid, PIOD_READ_D, p, here, 2 * PAGE);
	puppet_end(pp);
}
#endif
#endif

SPEC_TEST(words_of_a_stopped_vfork_parent_and_child_are_one)
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_vfork, 3);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	child = INFO(pp->pid).pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	ASK(PT_WRITE_D, child, &cell, 4713);
	ATF_REQUIRE_EQ(4713, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}
