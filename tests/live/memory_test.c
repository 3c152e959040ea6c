/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory at its floor: an access is one system call, once it is known what is there.  Another process counts
 * them (tests/lib/count.h); where this one may not be traced, or is, the cases are skipped.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "count.h"

#define OFTEN 40 /* enough for all that is learnt */
#define LARGE ((size_t)3 << 20)

static pid_t pid;
static char *there, *fixed, *closed; /* of the process: may be read and written; be read; neither */
static char here[(size_t)3 << 20];

/* ---- a process that stops again and again ---- */

static char *
map(int prot)
{
	char *p = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	memset(p, 'm', LARGE);
	ATF_REQUIRE_EQ(0, mprotect(p, LARGE, prot));
	return (p);
}

static void
stop(void)
{
	int status;

	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
}

static void
start(void)
{
	there = map(PROT_READ | PROT_WRITE);
	fixed = map(PROT_READ);
	closed = map(PROT_NONE);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
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

static void
go_on(void)
{
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	stop();
}

/* ---- what is counted ---- */

struct access {
	int op;
	char *at;
	size_t len;
	int times;
	int error;
};

static void
do_access(void *arg)
{
	struct access *a = arg;
	struct ptrace_io_desc io;

	for (int i = 0; i < a->times && a->error == 0; i++) {
		io = (struct ptrace_io_desc){a->op, a->at, here, a->len};
		if (a->op == PIOD_READ_I) /* a word */
			(void)bsd_ptrace(PT_READ_I, pid, a->at, 0);
		else if (a->op == PIOD_WRITE_I)
			(void)bsd_ptrace(PT_WRITE_I, pid, a->at, 4711);
		else
			(void)bsd_ptrace(PT_IO, pid, (caddr_t)&io, 0);
		a->error = errno;
	}
}

static void
often(int op, char *at, size_t len)
{
	struct access a = {op, at, len, OFTEN, 0};

	do_access(&a);
	ATF_REQUIRE_EQ(0, a.error);
}

static void
expect(int line, const char *expected, struct access a)
{
	char names[1024];

	if (count_calls(do_access, &a, names, sizeof(names)) < 0)
		atf_tc_skip("this process may not be traced, or is");
	ATF_CHECK_MSG(a.error == 0, "line %d: %s", line, strerror(a.error));
	ATF_CHECK_MSG(strcmp(expected, names) == 0, "line %d: [%s], not [%s]", line, names, expected);
}

#define EXPECT(calls, op, at, len, times) expect(__LINE__, calls, (struct access){op, at, len, times, 0})

/* ---- one call each ---- */

TEST_CASE(small_accesses, "", "")
{
	start();
	often(PIOD_READ_D, there, 8);
	EXPECT("pread64 pread64 pread64", PIOD_READ_D, there, 8, 3);
	EXPECT("pread64", PIOD_READ_D, there + 5, 4096 - 5, 1);
	EXPECT("pwrite64 pwrite64 pwrite64", PIOD_WRITE_D, there, 8, 3);
	EXPECT("pread64", PIOD_READ_I, there, 4, 1);
	EXPECT("pwrite64", PIOD_WRITE_I, there, 4, 1);
	go_on();
	/* What was known then may be gone: this call tells. */
	EXPECT("process_vm_readv", PIOD_READ_D, there, 8, 1);
	EXPECT("fstat pread64 pread64", PIOD_READ_D, there, 8, 2);
	go_on();
	EXPECT("process_vm_writev", PIOD_WRITE_D, there, 8, 1);
	EXPECT("fstat pwrite64 pwrite64", PIOD_WRITE_D, there, 8, 2);
	end();
}

/* Here and there in one mapping: after a few of them all of it is known, where the kernel can be asked for that. */
TEST_CASE(small_accesses_of_many_pages, "", "")
{
	struct access a = {PIOD_READ_D, NULL, 8, 1, 0};

	start();
	for (size_t i = 0; i < OFTEN; i++) {
		a.at = there + i * 7 * 4096;
		do_access(&a);
		ATF_REQUIRE_EQ(0, a.error);
	}
	a.at = there + 700 * 4096;
	if (count_calls(do_access, &a, here, sizeof(here)) < 0)
		atf_tc_skip("this process may not be traced, or is");
	ATF_CHECK_MSG(strcmp("pread64", here) == 0 || strcmp("process_vm_readv", here) == 0, "[%s]", here);
	end();
}

TEST_CASE(large_accesses, "", "")
{
	start();
	often(PIOD_READ_D, there, 8);
	EXPECT("process_vm_readv process_vm_readv", PIOD_READ_D, there, LARGE, 2);
	EXPECT("process_vm_readv", PIOD_READ_D, there + 100, 8193, 1);
	EXPECT("process_vm_writev process_vm_writev", PIOD_WRITE_D, there, LARGE, 2);
	end();
}

TEST_CASE(forced_writes, "", "")
{
	start();
	often(PIOD_WRITE_D, fixed + 100, 8);
	EXPECT("pwrite64 pwrite64 pwrite64", PIOD_WRITE_D, fixed + 100, 8, 3);
	EXPECT("pwrite64", PIOD_WRITE_I, fixed + 100, 4, 1);
	EXPECT("pread64", PIOD_READ_I, fixed + 100, 4, 1);
	often(PIOD_WRITE_D, fixed, LARGE);
	EXPECT("pwrite64 pwrite64", PIOD_WRITE_D, fixed, LARGE, 2);
	/* As a breakpoint is set and taken away, stop by stop. */
	go_on();
	EXPECT("fstat pwrite64", PIOD_WRITE_I, fixed + 100, 4, 1);
	EXPECT("pwrite64", PIOD_WRITE_I, fixed + 100, 4, 1);
	end();
}

TEST_CASE(forced_reads, "", "")
{
	start();
	often(PIOD_READ_D, closed, 8);
	EXPECT("pread64 pread64 pread64", PIOD_READ_D, closed, 8, 3);
	EXPECT("pread64", PIOD_READ_I, closed, 4, 1);
	often(PIOD_READ_D, closed, LARGE);
	EXPECT("pread64 pread64", PIOD_READ_D, closed, LARGE, 2);
	often(PIOD_WRITE_D, closed, 8);
	EXPECT("pwrite64 pwrite64", PIOD_WRITE_D, closed, 8, 2);
	end();
}

/* ---- no more descriptors than that ---- */

static int
descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 2000; fd++)
		n += ioctl(fd, FIOCLEX) == 0 || errno != EBADF;
	return (n);
}

/* What is kept open of processes does not grow with their number. */
TEST_CASE(memory_of_many_processes, "", "")
{
	enum { N = 150 };
	pid_t pids[N];
	int status, before, none = descriptors();

	there = map(PROT_READ | PROT_WRITE);
	for (int i = 0; i < N; i++) {
		ATF_REQUIRE((pids[i] = fork()) != -1);
		if (pids[i] == 0) {
			*(int *)(void *)there = i;
			(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
			(void)raise(SIGUSR1);
			_exit(0);
		}
		ATF_REQUIRE_EQ(pids[i], bsd_waitpid(pids[i], &status, 0));
	}
	before = descriptors();
	for (int k = 0; k < 2; k++)
		for (int i = 0; i < N; i++) {
			pid = pids[i];
			often(PIOD_READ_D, there, 8);
			ATF_REQUIRE_EQ(i, *(int *)(void *)here);
		}
	ATF_CHECK_MSG(descriptors() - before <= 64, "%d", descriptors() - before);
	for (int i = 0; i < N; i++) {
		pid = pids[i];
		end();
	}
	ATF_CHECK_EQ(none, descriptors());
}
