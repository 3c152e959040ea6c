/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests need no descriptor: a tracer may have none left, and none open, and those it opens are its own.
 */
/* one wait */
#include "spec.h"

#include <machine/reg.h>
#include <sys/resource.h>
#include <fcntl.h>
#include <unistd.h>

static int cell = 4711;
static const volatile int constant = 12345;

static void
become_target(void)
{
	alarm(60);
	for (;;)
		pause();
}

#define MUST(n, expr)        \
	do {                 \
		if (!(expr)) \
			_exit(n); \
	} while (0)

static void
stopped_by(pid_t pid, int sig)
{
	int status;

	MUST(10, waitpid(pid, &status, 0) == pid);
	MUST(11, WIFSTOPPED(status) && WSTOPSIG(status) == sig);
}

/* All that a debugger does, from the attach on. */
static void
debug(pid_t pid)
{
	struct ptrace_io_desc io = { PIOD_READ_D, &cell, &cell, sizeof(cell) };
	struct ptrace_lwpinfo info;
	struct fpreg fpreg;
	struct rusage usage;
	struct reg reg;
	lwpid_t list[4];
	int status;

	MUST(20, ptrace(PT_ATTACH, pid, NULL, 0) == 0);
	stopped_by(pid, SIGSTOP);
	MUST(21, ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)) == 0 && info.pl_tdname[0] != '\0');
	MUST(22, ptrace(PT_GETLWPLIST, pid, (caddr_t)list, 4) == 1);
	MUST(23, ptrace(PT_WRITE_D, pid, (caddr_t)&cell, 4712) == 0);
	MUST(24, ptrace(PT_WRITE_D, pid, (caddr_t)(uintptr_t)&constant, 54321) == 0);
	MUST(25, ptrace(PT_READ_D, pid, (caddr_t)(uintptr_t)&constant, 0) == 54321);
	MUST(26, ptrace(PT_IO, pid, (caddr_t)&io, 0) == 0 && cell == 4712);
	MUST(27, ptrace(PT_WRITE_D, pid, NULL, 1) == -1 && errno == EFAULT);
	MUST(28, ptrace(PT_READ_D, pid, NULL, 0) == -1 && errno == EFAULT);
	MUST(29, ptrace(PT_GETREGS, pid, (caddr_t)&reg, 0) == 0 && ptrace(PT_SETREGS, pid, (caddr_t)&reg, 0) == 0);
	MUST(30, ptrace(PT_GETFPREGS, pid, (caddr_t)&fpreg, 0) == 0);
	MUST(31, kill(pid, SIGUSR1) == 0 && ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == 0);
	stopped_by(pid, SIGUSR1);
	MUST(32, ptrace(PT_DETACH, pid, (caddr_t)1, 0) == 0);
	MUST(33, ptrace(PT_ATTACH, pid, NULL, 0) == 0);
	stopped_by(pid, SIGSTOP);
	MUST(34, ptrace(PT_KILL, pid, NULL, 0) == 0);
	MUST(35, wait4(pid, &status, 0, &usage) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	MUST(36, ptrace(PT_ATTACH, pid, NULL, 0) == -1 && errno == ESRCH);
	MUST(37, ptrace(PT_GETNUMLWPS, getpid(), NULL, 0) == -1 && errno == EPERM);
}

/* In a process of its own; 0 if all went well. */
static void
tracer(void (*before)(void))
{
	pid_t pid = fork(), target;

	if (pid == 0) {
		if ((target = fork()) == 0)
			become_target();
		before();
		debug(target);
		_exit(0);
	}
	EXPECT_EXIT(pid, 0);
}

static void
use_up_all(void)
{
	while (open("/dev/null", O_RDONLY) != -1)
		;
	MUST(40, errno == EMFILE);
}

SPEC_TEST(tracer_without_a_descriptor_left)
{
	struct rlimit limit;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 64;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	tracer(use_up_all);
}

static void
lower_the_limit(void)
{
	struct rlimit limit = { 3, 3 };

	MUST(40, setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

SPEC_TEST(tracer_with_the_three_it_has)
{
	tracer(lower_the_limit);
}

static void
close_all(void)
{
	int fd;

	for (fd = 0; fd < 1100; fd++)
		(void)close(fd);
}

SPEC_TEST(tracer_without_any)
{
	tracer(close_all);
}

/* Entries of the map; -1: the walk failed. */
static int
walk(pid_t pid, int most)
{
	struct ptrace_vm_entry entry;
	char path[1024];
	int n;

	memset(&entry, 0, sizeof(entry));
	for (n = 0; n < most; n++) {
		entry.pve_path = path;
		entry.pve_pathlen = sizeof(path);
		if (ptrace(PT_VM_ENTRY, pid, (caddr_t)&entry, 0) == -1)
			return (errno == ENOENT ? n : -1);
	}
	return (n);
}

/* So often that whatever may be kept for the next time is. */
static void
look_and_write_often(pid_t pid)
{
	int i;

	for (i = 0; i < 100; i++) {
		MUST(70, ptrace(PT_WRITE_D, pid, (caddr_t)(uintptr_t)&constant, i) == 0);
		MUST(71, ptrace(PT_READ_D, pid, (caddr_t)(uintptr_t)&constant, 0) == i);
		MUST(72, ptrace(PT_WRITE_D, pid, (caddr_t)&cell, i) == 0);
		MUST(73, ptrace(PT_READ_D, pid, (caddr_t)&cell, 0) == i);
	}
}

static void
share_a_file_with_the_library(void)
{
	int entries, stamp;
	char name[] = "file.XXXXXX", got[6] = "";
	pid_t pid = fork();
	int fd;

	if (pid == 0)
		become_target();
	MUST(50, ptrace(PT_ATTACH, pid, NULL, 0) == 0);
	stopped_by(pid, SIGSTOP);
	MUST(61, (entries = walk(pid, 1000)) > 5);
	stamp = ptrace(PT_VM_TIMESTAMP, pid, NULL, 0);
	MUST(62, walk(pid, 3) == 3);
	look_and_write_often(pid);
	close_all();
	MUST(51, ptrace(PT_WRITE_D, pid, (caddr_t)&cell, 1) == 0);
	MUST(52, open("/dev/null", O_RDWR) == 0); /* what standard input was is free for the program */
	MUST(53, open("/dev/null", O_RDWR) == 1 && open("/dev/null", O_RDWR) == 2);
	close_all();
	/* Whatever number a descriptor of the library's may have had: it is this file's now. */
	MUST(54, (fd = mkstemp(name)) != -1 && unlink(name) == 0 && write(fd, "12345", 5) == 5);
	while (fd < 200)
		MUST(55, (fd = dup(fd)) != -1);
	MUST(56, ptrace(PT_WRITE_D, pid, NULL, 0x41414141) == -1 && errno == EFAULT);
	MUST(57, ptrace(PT_WRITE_D, pid, (caddr_t)&cell, 2) == 0);
	MUST(63, ptrace(PT_VM_TIMESTAMP, pid, NULL, 0) == stamp);
	MUST(64, walk(pid, 1000) == entries && lseek(fd, 0, SEEK_CUR) == 5);
	MUST(58, ptrace(PT_READ_D, pid, (caddr_t)&cell, 0) == 2);
	look_and_write_often(pid);
	MUST(59, ptrace(PT_KILL, pid, NULL, 0) == 0 && waitpid(pid, NULL, 0) == pid);
	for (fd = 0; fd < 200; fd++)
		MUST(60, pread(fd, got, 5, 0) == 5 && memcmp(got, "12345", 5) == 0);
}

SPEC_TEST(descriptors_the_tracer_closes_and_opens_are_its_own)
{
	tracer(share_a_file_with_the_library);
}
