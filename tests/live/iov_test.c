/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_iov() on a real process: the same as PT_IO of each descriptor, in fewer system calls.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "count.h"

#define PAGE  ((size_t)sysconf(_SC_PAGESIZE))
#define PAGES 64
#define LOTS  5000

static pid_t pid;
static char *there; /* PAGES pages: those of a multiple of 8 may be read alone, of 8n + 3 neither be read nor written */
static char *hole;  /* 3 pages, without the second */
static char *here;  /* ours, as there was */

static void
stop(void)
{
	int status;

	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
}

static char *
map(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	for (size_t i = 0; i < pages * PAGE; i++)
		p[i] = (char)(i * 5 + i / PAGE);
	return (p);
}

static void
start(void)
{
	there = map(PAGES);
	here = map(PAGES);
	hole = map(3);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)munmap(hole + PAGE, PAGE);
		for (size_t i = 0; i < PAGES; i++)
			if (i % 8 == 0 || i % 8 == 3)
				(void)mprotect(there + i * PAGE, PAGE, i % 8 == 0 ? PROT_READ : PROT_NONE);
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		for (;;)
			(void)raise(SIGUSR1);
	}
	stop();
}

static void
end(void)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
}

static struct ptrace_io_desc
piod(int op, char *at, void *to, size_t len)
{
	return ((struct ptrace_io_desc){op, at, to, len});
}

static void
moves(struct ptrace_io_desc *iov, size_t n)
{
	ATF_REQUIRE_EQ((ssize_t)n, bsd_ptrace_iov(pid, iov, n));
	ATF_REQUIRE_EQ(0, errno);
}

/* The first done of them are, the next one fails. */
static void
stops(int error, size_t done, size_t part, struct ptrace_io_desc *iov, size_t n)
{
	ssize_t got = bsd_ptrace_iov(pid, iov, n);

	ATF_REQUIRE_EQ(error, errno);
	ATF_REQUIRE_EQ(done == 0 ? -1 : (ssize_t)done, got);
	ATF_REQUIRE_EQ(part, iov[done].piod_len);
}

/* ---- what is moved ---- */

/* All over pages of all kinds, ways and lengths mixed, beside the same done to our own. */
TEST_CASE(the_same_as_one_by_one, "", "")
{
	struct ptrace_io_desc *iov = calloc(LOTS, sizeof(*iov));
	static unsigned char bytes[LOTS][64], wanted[LOTS][64];
	unsigned r = 1;

	start();
	for (int round = 0; round < 4; round++) {
		memset(bytes, 0, sizeof(bytes));
		memset(wanted, 0, sizeof(wanted));
		for (size_t i = 0; i < LOTS; i++) {
			size_t len = (r = r * 1103515245 + 12345) / 65536 % 65, at;

			r = r * 1103515245 + 12345;
			at = r / 256 % (PAGES * PAGE - 64);
			/* Long runs of one way, short ones, and none. */
			iov[i] = piod(r / 4096 % (round * round * 30 + 1) == 0 ? PIOD_WRITE_D : PIOD_READ_I, there + at,
			    bytes[i], len);
			if (iov[i].piod_op == PIOD_WRITE_D) {
				memset(bytes[i], (int)r, sizeof(bytes[i]));
				memcpy(here + at, bytes[i], len);
				memcpy(wanted[i], bytes[i], sizeof(bytes[i]));
			} else
				memcpy(wanted[i], here + at, len);
		}
		moves(iov, LOTS);
		ATF_REQUIRE_EQ(0, memcmp(bytes, wanted, sizeof(bytes)));
	}
	iov[0] = piod(PIOD_READ_D, there, hole, 0);
	iov[1] = piod(PIOD_READ_D, there, map(PAGES), PAGES * PAGE);
	moves(iov, 2);
	ATF_REQUIRE_EQ(0, memcmp(iov[1].piod_addr, here, PAGES * PAGE));
	free(iov);
	end();
}

TEST_CASE(large_ones_among_small, "", "")
{
	size_t len = (size_t)5 << 20;
	char *big = map(len / PAGE), *ours = calloc(1, len), a[8], b[8];
	struct ptrace_io_desc iov[] = {piod(PIOD_READ_D, big + 1, a, 8), piod(PIOD_READ_D, big, ours, len),
	    piod(PIOD_READ_D, big + len - 8, b, 8)};

	start();
	moves(iov, 3);
	ATF_REQUIRE(memcmp(a, big + 1, 8) == 0 && memcmp(ours, big, len) == 0 && memcmp(b, big + len - 8, 8) == 0);
	free(ours);
	end();
}

/* ---- where it stops ---- */

TEST_CASE(hole_in_the_middle, "", "")
{
	static char to[4][8192];
	struct ptrace_io_desc iov[4];

	start();
	for (int op = PIOD_READ_D; op <= PIOD_WRITE_D; op++)
		for (size_t bad = 0; bad < 4; bad++) {
			for (size_t i = 0; i < 4; i++)
				iov[i] = piod(op, there + 5 * PAGE + 100 * i, to[i], 50);
			iov[bad] = piod(op, hole + PAGE - 20, to[bad], PAGE);
			stops(EFAULT, bad, 20, iov, 4);
			iov[bad] = piod(op, hole + PAGE, to[bad], 8);
			stops(EFAULT, bad, 0, iov, 4);
			iov[bad] = piod(op, hole + PAGE + 5, NULL, 0);
			stops(EFAULT, bad, 0, iov, 4);
		}
	end();
}

TEST_CASE(bad_descriptors, "", "")
{
	static char to[4][64];
	struct ptrace_io_desc iov[4], bad[] = {piod(0, there, to, 8), piod(5, there, to, 0), piod(-1, there, to, 8),
	    piod(PIOD_READ_D, there, to, (size_t)SSIZE_MAX + 1), piod(PIOD_WRITE_D, there, to, SIZE_MAX)};

	start();
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		for (size_t i = 0; i < 4; i++) {
			iov[0] = iov[1] = iov[2] = iov[3] = piod(PIOD_READ_D, there + 5 * PAGE, to, 8);
			iov[i] = bad[k];
			stops(EINVAL, i, 0, iov, 4);
		}
	end();
}

TEST_CASE(bad_buffers, "", "")
{
	char *to = map(2), *fixed = map(1);
	struct ptrace_io_desc iov[3];

	start();
	ATF_REQUIRE_EQ(0, mprotect(to + PAGE, PAGE, PROT_NONE)); /* a hole somebody may fill */
	ATF_REQUIRE_EQ(0, mprotect(fixed, PAGE, PROT_READ));
	for (size_t i = 0; i < 3; i++) {
		iov[0] = iov[1] = iov[2] = piod(PIOD_READ_D, there + 5 * PAGE, to, 8);
		iov[i].piod_addr = NULL;
		stops(EFAULT, i, 0, iov, 3);
		iov[i] = piod(PIOD_READ_D, there + 5 * PAGE, fixed, 8);
		stops(EFAULT, i, 0, iov, 3);
		iov[i] = piod(PIOD_WRITE_D, there + 5 * PAGE, fixed, 8); /* that may be read */
		moves(iov, 3);
		iov[i] = piod(PIOD_READ_D, there + 5 * PAGE, to + PAGE - 3, 8);
		ATF_REQUIRE_EQ(i == 0 ? -1 : (ssize_t)i, bsd_ptrace_iov(pid, iov, 3));
		ATF_REQUIRE_EQ(EFAULT, errno);
	}
	end();
}

TEST_CASE(array_that_ends_in_a_hole, "", "")
{
	static char to[8];
	struct ptrace_io_desc *iov = (void *)map(3), *end_of_it = iov + 2 * PAGE / sizeof(*iov), *from;

	start();
	for (size_t i = 0; i < 2 * PAGE / sizeof(*iov); i++)
		iov[i] = piod(PIOD_READ_D, there + 5 * PAGE, to, sizeof(to));
	ATF_REQUIRE_EQ(0, mprotect((char *)iov + 2 * PAGE, PAGE, PROT_NONE));
	for (size_t n = 0; n < 2 * PAGE / sizeof(*iov); n = 2 * n + 1) {
		from = end_of_it - n;
		moves(from, n);
		ATF_REQUIRE_EQ(n == 0 ? -1 : (ssize_t)n, bsd_ptrace_iov(pid, from, n + 10));
		ATF_REQUIRE_EQ(EFAULT, errno);
	}
	/* Nothing has to be written where nothing changes. */
	ATF_REQUIRE_EQ(0, mprotect(iov, 2 * PAGE, PROT_READ));
	moves(iov, 2 * PAGE / sizeof(*iov));
	ATF_REQUIRE_ERRNO(EFAULT, bsd_ptrace_iov(pid, NULL, 1) == -1);
	ATF_REQUIRE_ERRNO(EFAULT, bsd_ptrace_iov(-1, NULL, 1) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, bsd_ptrace_iov(pid, iov, SIZE_MAX) == -1);
	end();
}

TEST_CASE(process_that_is_not_ours_or_not_stopped, "", "")
{
	char to[8];
	struct ptrace_io_desc iov[2] = {piod(PIOD_READ_D, to, to, 8), piod(PIOD_READ_D, to, to, 8)};
	int status;

	start();
	moves(iov, 0);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_ERRNO(EBUSY, bsd_ptrace_iov(pid, iov, 2) == -1);
	ATF_REQUIRE_ERRNO(EBUSY, bsd_ptrace_iov(pid, NULL, 0) == -1);
	ATF_REQUIRE_MSG(strstr(bsd_ptrace_strerror(), "bsd_ptrace_iov") == bsd_ptrace_strerror(), "%s", bsd_ptrace_strerror());
	ATF_REQUIRE_EQ(8, iov[0].piod_len);
	stop();
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	while (bsd_ptrace_iov(pid, iov, 2) != -1)
		;
	ATF_REQUIRE_EQ(ESRCH, errno);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_ERRNO(ESRCH, bsd_ptrace_iov(pid, iov, 2) == -1);
	ATF_REQUIRE_ERRNO(EPERM, bsd_ptrace_iov(getppid(), iov, 2) == -1);
}

/* ---- the audit trail ---- */

static struct bsd_audit_record last;

static void
keep(const struct bsd_audit_record *record, void *arg)
{
	(void)arg;
	last = *record;
}

TEST_CASE(is_told_to_the_audit_trail, "", "")
{
	char to[8];
	struct ptrace_io_desc iov[3] = {0};

	start();
	iov[0] = iov[1] = iov[2] = piod(PIOD_READ_D, there + 5 * PAGE, to, 8);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	moves(iov, 3);
	ATF_REQUIRE(last.ar_cmd == PT_IO && last.ar_pid == pid && last.ar_process == pid && last.ar_addr == (caddr_t)iov);
	ATF_REQUIRE(last.ar_value == 3 && last.ar_errno == 0 && last.ar_retval == 3);
	iov[1].piod_op = 0;
	stops(EINVAL, 1, 0, iov, 3);
	ATF_REQUIRE(last.ar_value == 3 && last.ar_errno == 0 && last.ar_retval == 1);
	iov[0].piod_op = 0;
	stops(EINVAL, 0, 0, iov, 3);
	ATF_REQUIRE(last.ar_value == 3 && last.ar_errno == EINVAL && last.ar_retval == -1);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(NULL, NULL));
	end();
}

/* ---- what it takes ---- */

static struct ptrace_io_desc counted[2048];
static size_t counted_n;

static void
do_counted(void *arg)
{
	*(ssize_t *)arg = bsd_ptrace_iov(pid, counted, counted_n);
}

static void
expect(int line, const char *expected, size_t n)
{
	char names[1024];
	ssize_t got;

	counted_n = n;
	for (int i = 0; i < 3; i++)
		do_counted(&got); /* what happens the first time alone is over */
	if (count_calls(do_counted, &got, names, sizeof(names)) < 0)
		atf_tc_skip("this process may not be traced, or is");
	ATF_CHECK_MSG(got == (ssize_t)n, "line %d: %zd", line, got);
	ATF_CHECK_MSG(strcmp(expected, names) == 0, "line %d: [%s], not [%s]", line, names, expected);
}

#define EXPECT(calls, n) expect(__LINE__, calls, n)

TEST_CASE(system_calls_of_it, "", "")
{
	static char to[2048][8];

	start();
	for (size_t i = 0; i < 2048; i++)
		counted[i] = piod(PIOD_READ_D, there + (5 + i % 3) * PAGE, to[i], 8);
	EXPECT("", 0);
	EXPECT("process_vm_readv", 512);
	EXPECT("process_vm_readv", 1024);
	for (size_t i = 600; i < 1200; i++)
		counted[i].piod_op = PIOD_WRITE_D;
	EXPECT("process_vm_readv process_vm_writev", 1200);
	counted[2].piod_op = PIOD_WRITE_I;
	for (int i = 0; i < 40; i++)
		moves(counted + 2, 1);
	EXPECT("process_vm_readv pwrite64 process_vm_readv", 10);
	/* What takes force goes by itself. */
	for (size_t i = 0; i < 10; i++)
		counted[i] = piod(PIOD_WRITE_D, there + (i < 3 ? 8 : 5) * PAGE, to[i], 8);
	EXPECT("pwrite64 pwrite64 pwrite64 process_vm_writev", 10);
	end();
}
