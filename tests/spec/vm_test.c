/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_VM_TIMESTAMP and PT_VM_ENTRY.  Spec: memory.md, 2 and 3; decisions.md, 20.
 */
/* one wait */
#include "spec.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define PAGE	((size_t)sysconf(_SC_PAGESIZE))
#define NO_FSID UINT32_MAX

static int
timestamp(pid_t pid)
{
	int result;

	errno = EIO;
	result = ptrace(PT_VM_TIMESTAMP, pid, NULL, 0);
	ATF_REQUIRE_MSG(errno == 0, "PT_VM_TIMESTAMP: %s", strerror(errno));
	return (result);
}

/* Entry number index, with its path, if path is not NULL, of PATH_MAX bytes. */
static struct ptrace_vm_entry
entry(pid_t pid, int index, char *path)
{
	struct ptrace_vm_entry pve;

	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = index;
	pve.pve_path = path;
	pve.pve_pathlen = path == NULL ? 0 : PATH_MAX;
	ASK(PT_VM_ENTRY, pid, &pve, 0);
	ATF_REQUIRE_EQ(index + 1, pve.pve_entry);
	return (pve);
}

/* The index of the entry that has this address. */
static int
index_of(pid_t pid, const void *at)
{
	struct ptrace_vm_entry pve;
	int i = 0;

	do
		pve = entry(pid, i++, NULL);
	while (pve.pve_end < (u_long)at);
	ATF_REQUIRE_MSG(pve.pve_start <= (u_long)at, "%p is in no entry", at);
	return (i - 1);
}

static struct ptrace_vm_entry
entry_of(pid_t pid, const void *at, char *path)
{
	return (entry(pid, index_of(pid, at), path));
}

static bool
has_entry(pid_t pid, const void *at)
{
	struct ptrace_vm_entry pve;

	memset(&pve, 0, sizeof(pve));
	while (ptrace(PT_VM_ENTRY, pid, (caddr_t)&pve, 0) == 0)
		if (pve.pve_start <= (u_long)at && pve.pve_end >= (u_long)at)
			return (true);
	ATF_REQUIRE_EQ(ENOENT, errno);
	return (false);
}

static int
count(pid_t pid)
{
	struct ptrace_vm_entry pve;
	int n = 0;

	memset(&pve, 0, sizeof(pve));
	while (ptrace(PT_VM_ENTRY, pid, (caddr_t)&pve, 0) == 0)
		ATF_REQUIRE_EQ(++n, pve.pve_entry);
	ATF_REQUIRE_EQ(ENOENT, errno);
	ATF_REQUIRE_EQ(n, pve.pve_entry);
	return (n);
}

static void
entry_refused(int error, pid_t pid, struct ptrace_vm_entry *pve)
{
	struct ptrace_vm_entry was = *pve;

	REFUSED(error, PT_VM_ENTRY, pid, pve, 0);
	ATF_REQUIRE_EQ(0, memcmp(&was, pve, sizeof(was)));
}

/* Between two pages of another kind, so that it is an entry of its own. */
static char *
map(int prot, int flags, int fd, off_t offset)
{
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	p = mmap(p + PAGE, PAGE, prot, flags | MAP_FIXED, fd, offset);
	ATF_REQUIRE(p != MAP_FAILED);
	return (p);
}

/* A file of four pages here; its full path. */
static int
make_file(const char *name, int mode, char *path)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), again;

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, 4 * (off_t)PAGE));
	ATF_REQUIRE(realpath(name, path) != NULL);
	ATF_REQUIRE((again = open(name, mode)) != -1);
	close(fd);
	return (again);
}

static long
do_map(long arg)
{
	void *p;

	(void)arg;
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANON, -1, 0);
	return (p == MAP_FAILED ? -errno : (long)p);
}

static long
do_unmap(long page)
{
	return (munmap((void *)page, PAGE) == 0 ? 0 : -errno);
}

static long
do_protect(long page)
{
	return (mprotect((void *)page, PAGE, PROT_NONE) == 0 ? 0 : -errno);
}

/* Run, do one thing, and stop; the puppet answers to the stop's part when it runs again. */
static long
does(struct puppet *pp, part *fn, long arg)
{
	static bool owed;

	puppet_will(pp, 0, fn, arg);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	if (owed)
		ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	owed = true;
	return (puppet_said(pp, 0));
}

/* ---- PT_VM_TIMESTAMP ---- */

SPEC_TEST(timestamp_stays_while_the_process_is_stopped, "vm.1 num.40")
{
	struct puppet *pp = puppet_attached(2);
	int was = timestamp(pp->pid);

	(void)count(pp->pid);
	ATF_REQUIRE_EQ(was, timestamp(pp->pid));
	ATF_REQUIRE_EQ(was, timestamp(INFO(pp->pid).pl_lwpid));
	ATF_REQUIRE_EQ(was, ptrace(PT_VM_TIMESTAMP, pp->pid, (caddr_t)(uintptr_t)77, -3)); /* addr, data ignored */
	puppet_end(pp);
}

SPEC_TEST(timestamp_is_that_of_every_entry, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int was = entry(pp->pid, 0, NULL).pve_timestamp, n = count(pp->pid), i;

	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(was, entry(pp->pid, i, NULL).pve_timestamp);
	ATF_REQUIRE_EQ(was, timestamp(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(timestamp_changes_with_each_change_of_the_map, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int was = timestamp(pp->pid), now;
	long page = does(pp, do_map, 0);

	ATF_REQUIRE(page != 0 && page != -1);
	ATF_REQUIRE((now = timestamp(pp->pid)) != was);
	ATF_REQUIRE_EQ(0, does(pp, do_protect, page));
	ATF_REQUIRE((was = timestamp(pp->pid)) != now);
	ATF_REQUIRE_EQ(0, does(pp, do_unmap, page));
	ATF_REQUIRE((now = timestamp(pp->pid)) != was);
	puppet_end(pp);
}

SPEC_TEST(timestamp_of_an_entry_changes_with_the_map, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int was = entry(pp->pid, 2, NULL).pve_timestamp, now;
	long page = does(pp, do_map, 0);

	ATF_REQUIRE((now = entry(pp->pid, 1, NULL).pve_timestamp) != was);
	ATF_REQUIRE_EQ(0, does(pp, do_unmap, page));
	ATF_REQUIRE(entry(pp->pid, 0, NULL).pve_timestamp != now);
	puppet_end(pp);
}

SPEC_TEST(timestamp_changes_over_an_exec, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int was = timestamp(pp->pid), n = count(pp->pid);

	puppet_will(pp, 0, do_exec, 3);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ATF_REQUIRE(timestamp(pp->pid) != was);
	ATF_REQUIRE(count(pp->pid) != n);
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* there, the first write to a page after a fork counts too */
SPEC_TEST(timestamp_stays_over_a_run_that_leaves_the_map_alone, "vm.1")
{
	struct puppet *pp = puppet_attached(2);
	int was = timestamp(pp->pid), i;

	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(i, does(pp, do_nothing, i));
		ATF_REQUIRE_EQ(was, timestamp(pp->pid));
	}
	ASK(PT_WRITE_D, pp->pid, &i, 7);
	ATF_REQUIRE_EQ(was, timestamp(pp->pid));
	ATF_REQUIRE_EQ(0, does(pp, do_nothing, 0));
	ATF_REQUIRE_EQ(0, does(pp, do_nothing, 0)); /* not asked in between */
	ATF_REQUIRE_EQ(was, entry(pp->pid, 0, NULL).pve_timestamp);
	puppet_end(pp);
}
#endif

static long
do_map_in_vfork(long arg)
{
	pid_t pid = vfork();

	if (pid == 0) {
		stage->word[0] = do_map(arg);
		raise(SIGUSR1);
		_exit(0);
	}
	return (pid);
}

SPEC_TEST(timestamps_of_a_stopped_vfork_parent_and_its_child_are_of_one_map, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int was, of_child;
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_map_in_vfork, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	child = INFO(pp->pid).pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	was = timestamp(pp->pid);
	of_child = timestamp(child);
	GO(child, 0);
	EXPECT_STOP(child, SIGUSR1);
	ATF_REQUIRE(timestamp(child) != of_child);
	ATF_REQUIRE(timestamp(pp->pid) != was); /* it has not run */
	ATF_REQUIRE(has_entry(pp->pid, (void *)(uintptr_t)stage->word[0]));
	ASK(PT_KILL, child, NULL, 0);
	EXPECT_DEATH(child, SIGKILL);
	puppet_end(pp);
}

/* ---- PT_VM_ENTRY: going through the map ---- */

SPEC_TEST(entries_are_in_order_and_do_not_overlap, "vm.1 num.41")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve;
	u_long above = 0;
	int n = count(pp->pid), i;

	ATF_REQUIRE(n > 3);
	for (i = 0; i < n; i++) {
		pve = entry(pp->pid, i, NULL);
		ATF_REQUIRE(pve.pve_start >= above);
		ATF_REQUIRE(pve.pve_end > pve.pve_start);
		ATF_REQUIRE_EQ(PAGE - 1, pve.pve_end % PAGE); /* the last address, not the one behind it */
		above = pve.pve_end;
	}
	puppet_end(pp);
}

SPEC_TEST(entries_are_the_same_in_any_order, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	int n = count(pp->pid), i;
	struct ptrace_vm_entry *all = calloc((size_t)n, sizeof(*all)), pve;

	for (i = n; i-- > 0;)
		all[i] = entry(pp->pid, i, NULL);
	for (i = 0; i < n; i++) {
		pve = entry(pp->pid, i, NULL);
		ATF_REQUIRE_EQ(0, memcmp(&all[i], &pve, sizeof(pve)));
	}
	for (i = 0; i < 3 * n; i++) {
		pve = entry(pp->pid, i * 7 % n, NULL);
		ATF_REQUIRE_EQ(0, memcmp(&all[i * 7 % n], &pve, sizeof(pve)));
	}
	free(all);
	puppet_end(pp);
}

SPEC_TEST(end_of_the_map_is_ENOENT_and_beyond_is_EINVAL, "vm.1 err.2 err.4")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve;
	int n = count(pp->pid), bad[] = { n + 1, n + 1000, INT_MAX, -1, INT_MIN }, i;

	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_pathlen = 0;
	pve.pve_entry = n;
	entry_refused(ENOENT, pp->pid, &pve);
	for (i = 0; i < (int)(sizeof(bad) / sizeof(bad[0])); i++) {
		pve.pve_entry = bad[i];
		entry_refused(EINVAL, pp->pid, &pve);
	}
	(void)entry(pp->pid, n - 1, NULL);
	pve.pve_entry = n;
	entry_refused(ENOENT, pp->pid, &pve);
	puppet_end(pp);
}

SPEC_TEST(hole_is_no_entry, "vm.1")
{
	char *p = map(PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
	struct puppet *pp = puppet_attached(1);
	int i = index_of(pp->pid, p);

	ATF_REQUIRE_EQ((u_long)p, entry(pp->pid, i, NULL).pve_start);
	ATF_REQUIRE_EQ(0, does(pp, do_unmap, (long)p));
	ATF_REQUIRE(!has_entry(pp->pid, p));
	ATF_REQUIRE_EQ((u_long)p + PAGE, entry(pp->pid, i, NULL).pve_start);
	puppet_end(pp);
}

SPEC_TEST(protection_is_in_pve_prot, "vm.1")
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC };
	char *p[6];
	struct puppet *pp;
	int i;

	for (i = 0; i < 6; i++)
		p[i] = map(prots[i], MAP_SHARED | MAP_ANON, -1, 0);
	pp = puppet_attached(1);
	for (i = 0; i < 6; i++) {
		struct ptrace_vm_entry pve = entry_of(pp->pid, p[i], NULL);

		ATF_REQUIRE_EQ((u_long)p[i], pve.pve_start);
		ATF_REQUIRE_EQ((u_int)((prots[i] & PROT_READ ? 1 : 0) | (prots[i] & PROT_WRITE ? 2 : 0) |
				   (prots[i] & PROT_EXEC ? 4 : 0)), pve.pve_prot);
	}
	puppet_end(pp);
}

SPEC_TEST(map_of_a_process_whose_first_thread_has_ended, "vm.1")
{
	struct puppet *pp = puppet_start(2);
	int n;

	puppet_will(pp, 0, do_end_thread, 0);
	puppet_attach(pp);
	/* Attached before or after; it ends when it runs. */
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	n = count(pp->pid);
	ATF_REQUIRE(n > 3);
	ATF_REQUIRE(has_entry(pp->pid, &stage));
	ATF_REQUIRE_EQ(timestamp(pp->pid), timestamp(pp->pid));
	puppet_end(pp);
}

/* ---- PT_VM_ENTRY: files ---- */

SPEC_TEST(file_is_told_to_who_asks_for_its_path, "vm.1")
{
	char path[PATH_MAX], got[PATH_MAX];
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve;
	struct stat st;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	memset(got, 'g', sizeof(got));
	pve = entry_of(pp->pid, p, got);
	ATF_REQUIRE_STREQ(path, got);
	ATF_REQUIRE_EQ(strlen(path) + 1, pve.pve_pathlen);
	ATF_REQUIRE_EQ('g', got[pve.pve_pathlen]);
	ATF_REQUIRE(pve.pve_path == got);
	ATF_REQUIRE_EQ((long)st.st_ino, pve.pve_fileid);
	ATF_REQUIRE_EQ((uint32_t)st.st_dev, pve.pve_fsid);
	ATF_REQUIRE_EQ((u_long)p, pve.pve_start);
	ATF_REQUIRE_EQ((u_long)p + PAGE - 1, pve.pve_end);
	ATF_REQUIRE_EQ(PAGE, pve.pve_offset);
	puppet_end(pp);
}

SPEC_TEST(nothing_of_the_file_is_told_without_a_path, "vm.1")
{
	char path[PATH_MAX];
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, 2 * (off_t)PAGE), byte = 'b';
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve;

	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = index_of(pp->pid, p);
	pve.pve_path = &byte;
	pve.pve_pathlen = 0;
	ASK(PT_VM_ENTRY, pp->pid, &pve, 0);
	ATF_REQUIRE_EQ(-1, pve.pve_fileid);
	ATF_REQUIRE_EQ(NO_FSID, pve.pve_fsid);
	ATF_REQUIRE_EQ(0, pve.pve_pathlen);
	ATF_REQUIRE(pve.pve_path == &byte && byte == 'b');
	ATF_REQUIRE_EQ(2 * PAGE, pve.pve_offset);
	puppet_end(pp);
}

SPEC_TEST(path_needs_room_for_its_end, "vm.1 err.4")
{
	char path[PATH_MAX], got[PATH_MAX];
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, 0);
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve, was;
	u_int len[] = { 1, 2, (u_int)strlen(path) };
	int i;

	memset(got, 'g', sizeof(got));
	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = index_of(pp->pid, p);
	pve.pve_path = got;
	for (i = 0; i < 3; i++) {
		pve.pve_pathlen = len[i];
		was = pve;
		REFUSED(ENAMETOOLONG, PT_VM_ENTRY, pp->pid, &pve, 0);
#ifndef __FreeBSD__ /* decisions.md, 20: as the manual has it */
		ATF_REQUIRE_EQ(strlen(path) + 1, pve.pve_pathlen);
		pve.pve_pathlen = was.pve_pathlen;
#endif
		ATF_REQUIRE_EQ(0, memcmp(&was, &pve, sizeof(was)));
		ATF_REQUIRE(got[0] == 'g' && memcmp(got, got + 1, sizeof(got) - 1) == 0);
	}
	pve.pve_pathlen = (u_int)strlen(path) + 1;
	ASK(PT_VM_ENTRY, pp->pid, &pve, 0);
	ATF_REQUIRE_STREQ(path, got);
	ATF_REQUIRE_EQ('g', got[strlen(path) + 1]);
	puppet_end(pp);
}

SPEC_TEST(path_that_cannot_be_stored_is_EFAULT, "vm.1")
{
	char path[PATH_MAX], *fixed;
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, 0), *q = map(PROT_READ, MAP_SHARED | MAP_ANON, -1, 0);
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve;

	fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = index_of(pp->pid, p);
	pve.pve_pathlen = PATH_MAX;
	pve.pve_path = NULL;
	entry_refused(EFAULT, pp->pid, &pve);
	pve.pve_path = fixed;
	entry_refused(EFAULT, pp->pid, &pve);
	/* Only if there is one to store. */
	pve.pve_entry = index_of(pp->pid, q);
	pve.pve_path = NULL;
	ASK(PT_VM_ENTRY, pp->pid, &pve, 0);
	ATF_REQUIRE_EQ(0, pve.pve_pathlen);
	ATF_REQUIRE(pve.pve_path == NULL);
	puppet_end(pp);
}

SPEC_TEST(entry_that_cannot_be_read_or_stored_is_EFAULT, "vm.1")
{
	struct puppet *pp = puppet_attached(1);
	char *fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);

	REFUSED(EFAULT, PT_VM_ENTRY, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_VM_ENTRY, 0x3fffffff, NULL, 0); /* before there is no such process */
	REFUSED(EFAULT, PT_VM_ENTRY, pp->pid, fixed, 0);
	puppet_end(pp);
}

SPEC_TEST(anonymous_memory_has_no_file, "vm.1")
{
	static const int flags[] = { MAP_PRIVATE | MAP_ANON, MAP_SHARED | MAP_ANON };
	char path[PATH_MAX];
	struct ptrace_vm_entry pve;
	struct puppet *pp;
	char *p[2];
	int i;

	for (i = 0; i < 2; i++)
		p[i] = map(PROT_READ, flags[i], -1, 0);
	pp = puppet_attached(1);
	for (i = 0; i < 2; i++) {
		memset(path, 'g', sizeof(path));
		pve = entry_of(pp->pid, p[i], path);
		ATF_REQUIRE_EQ(-1, pve.pve_fileid);
		ATF_REQUIRE_EQ(NO_FSID, pve.pve_fsid);
		ATF_REQUIRE_EQ(0, pve.pve_pathlen);
		ATF_REQUIRE_EQ(0, pve.pve_offset);
		ATF_REQUIRE_EQ('g', path[0]);
	}
	/* The stack. */
	pve = entry_of(pp->pid, __builtin_frame_address(0), path);
	ATF_REQUIRE(pve.pve_fileid == -1 && pve.pve_fsid == NO_FSID && pve.pve_pathlen == 0 && path[0] == 'g');
	puppet_end(pp);
}

SPEC_TEST(file_that_was_unlinked_has_no_path, "vm.1")
{
	char path[PATH_MAX];
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_SHARED, fd, 0);
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry pve = entry_of(pp->pid, p, path);
	struct stat st;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE(pve.pve_pathlen > 1);
	ATF_REQUIRE_EQ(0, unlink("mapped"));
	memset(path, 'g', sizeof(path));
	pve = entry(pp->pid, pve.pve_entry - 1, path);
	ATF_REQUIRE_EQ(0, pve.pve_pathlen);
	ATF_REQUIRE_EQ('g', path[0]);
	ATF_REQUIRE_EQ((long)st.st_ino, pve.pve_fileid);
	ATF_REQUIRE_EQ((uint32_t)st.st_dev, pve.pve_fsid);
	puppet_end(pp);
}

SPEC_TEST(offset_stays_that_of_the_file_when_pages_were_written, "vm.1")
{
	char path[PATH_MAX];
	int fd = make_file("mapped", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, 3 * (off_t)PAGE);
	struct puppet *pp = puppet_attached(1);

	ASK(PT_WRITE_D, pp->pid, p, 4711);
	ATF_REQUIRE_EQ(3 * PAGE, entry_of(pp->pid, p, path).pve_offset);
#ifndef __FreeBSD__ /* memory.md, 3: with and without the path */
	ATF_REQUIRE_EQ(3 * PAGE, entry_of(pp->pid, p, NULL).pve_offset);
#endif
	puppet_end(pp);
}

SPEC_TEST(newline_in_a_path_is_a_newline, "vm.1")
{
	char path[PATH_MAX], got[PATH_MAX];
	int fd = make_file("two\nlines", O_RDONLY, path);
	char *p = map(PROT_READ, MAP_PRIVATE, fd, 0);
	struct puppet *pp = puppet_attached(1);

	(void)entry_of(pp->pid, p, got);
	ATF_REQUIRE_STREQ(path, got);
	puppet_end(pp);
}

SPEC_TEST(map_needs_a_stopped_tracee, "vm.1")
{
	struct puppet *pp = puppet_start(1);
	struct ptrace_vm_entry pve;

	memset(&pve, 0, sizeof(pve));
	REFUSED(EPERM, PT_VM_TIMESTAMP, pp->pid, NULL, 0);
	entry_refused(EPERM, pp->pid, &pve);
	puppet_attach(pp);
	GO(pp->pid, 0);
	REFUSED(EBUSY, PT_VM_TIMESTAMP, pp->pid, NULL, 0);
	entry_refused(EBUSY, pp->pid, &pve);
	puppet_end(pp);
}

/* ---- what a core dumper does ---- */

SPEC_TEST(every_readable_page_of_the_map_can_be_read, "vm.1 io.1")
{
	static const char mark[] = "found by going through the map";
	struct puppet *pp = puppet_attached(3);
	struct ptrace_vm_entry pve;
	char *here = malloc(1 << 20);
	size_t total = 0, len, done;
	bool found = false;

	memset(&pve, 0, sizeof(pve));
	while (ptrace(PT_VM_ENTRY, pp->pid, (caddr_t)&pve, 0) == 0) {
		/* Not the pages that only the kernel can tell of, and no more than a test has time for. */
		if ((pve.pve_prot & 1) == 0 || (pve.pve_start >> (sizeof(long) * 8 - 1)) != 0)
			continue;
		len = pve.pve_end - pve.pve_start + 1;
		if (len > (1 << 26))
			continue;
		for (done = 0; done < len; done += 1 << 20) {
			struct ptrace_io_desc io = { PIOD_READ_D, (void *)(pve.pve_start + done), here,
				len - done < (1 << 20) ? len - done : (1 << 20) };

			/* What lies past the end of its file cannot be had, nor all that devices have. */
			if (ptrace(PT_IO, pp->pid, (caddr_t)&io, 0) == -1) {
				ATF_REQUIRE_EQ(EFAULT, errno);
				break;
			}
			total += io.piod_len;
			if ((u_long)mark >= pve.pve_start + done && (u_long)mark < pve.pve_start + done + io.piod_len)
				found = memcmp(here + ((u_long)mark - pve.pve_start - done), mark, sizeof(mark)) == 0;
		}
	}
	ATF_REQUIRE_EQ(ENOENT, errno);
	ATF_REQUIRE(found);
	ATF_REQUIRE_MSG(total > (1 << 16), "%zu bytes in all", total);
	free(here);
	puppet_end(pp);
}

#ifndef __FreeBSD__

/* ---- what Linux says ---- */

SPEC_TEST(memory_that_only_has_a_name_of_the_kernels_has_no_file, "vm.1")
{
	char path[PATH_MAX];
	int fd = memfd_create("a name", 0);
	struct ptrace_vm_entry pve;
	struct puppet *pp;
	char *p;

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)PAGE));
	p = map(PROT_READ, MAP_SHARED, fd, 0);
	pp = puppet_attached(1);
	memset(path, 'g', sizeof(path));
	pve = entry_of(pp->pid, p, path);
	ATF_REQUIRE(pve.pve_fileid == -1 && pve.pve_fsid == NO_FSID && pve.pve_pathlen == 0 && path[0] == 'g');
	puppet_end(pp);
}

/* Every entry is a line of /proc/PID/maps, and the other way round. */
SPEC_TEST(entries_are_those_of_proc_maps, "vm.1")
{
	char name[64], line[PATH_MAX + 200], path[PATH_MAX], *at;
	unsigned long start, end, offset, inode;
	struct ptrace_vm_entry pve;
	struct puppet *pp = puppet_attached(2);
	unsigned maj, min;
	int i = 0, used;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pp->pid);
	ATF_REQUIRE((f = fopen(name, "r")) != NULL);
	for (; fgets(line, sizeof(line), f) != NULL; i++) {
		ATF_REQUIRE_EQ(6, sscanf(line, "%lx-%lx %*s %lx %x:%x %lu%n", &start, &end, &offset, &maj, &min, &inode, &used));
		line[strcspn(line, "\n")] = '\0';
		for (at = line + used; *at == ' '; at++)
			;
		pve = entry(pp->pid, i, path);
		ATF_REQUIRE_EQ(start, pve.pve_start);
		ATF_REQUIRE_EQ(end - 1, pve.pve_end);
		ATF_REQUIRE_EQ(offset, pve.pve_offset);
		if (*at != '/' || strstr(at, " (deleted)") != NULL) {
			ATF_REQUIRE_EQ(0, pve.pve_pathlen);
			continue;
		}
		ATF_REQUIRE_EQ((long)inode, pve.pve_fileid);
		ATF_REQUIRE_EQ((min & 0xff) | (maj & 0xfff) << 8 | (min & ~0xffu) << 12, pve.pve_fsid);
		ATF_REQUIRE_STREQ(at, path);
	}
	ATF_REQUIRE_EQ(i, count(pp->pid));
	fclose(f);
	puppet_end(pp);
}

#endif
