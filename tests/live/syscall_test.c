/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_syscall(): at every kind of stop what PT_LWPINFO and the registers say.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cases.h"

static int wire[2];

static pid_t
target(void (*body)(void))
{
	int status;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		(void)raise(SIGSTOP);
		body();
		_exit(7);
	}
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
	return (pid);
}

static struct bsd_syscall sc;
static struct ptrace_lwpinfo pl;
static struct reg r;

/* The values first, then what they must agree with, and then they again. */
static void
look(pid_t pid)
{
	struct bsd_syscall again;

	ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(pid, &sc));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_GETREGS, pid, (caddr_t)&r, 0));
	ATF_CHECK_EQ(pl.pl_lwpid, sc.sc_lwpid);
	ATF_CHECK_EQ(pl.pl_flags & ~PL_FLAG_SI, sc.sc_flags);
	ATF_CHECK_EQ(pl.pl_child_pid, sc.sc_child_pid);
	ATF_CHECK_EQ(pl.pl_syscall_code, sc.sc_code);
	ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(pid, &again));
	ATF_CHECK_EQ(0, memcmp(&sc, &again, sizeof(sc)));
}

#if defined(__x86_64__)
static void
agree(void)
{
	const int64_t args[] = {r.r_rdi, r.r_rsi, r.r_rdx, r.r_r10, r.r_r8, r.r_r9};

	if (sc.sc_word != 8)
		return;
	for (int i = 0; i < 6 && (sc.sc_flags & PL_FLAG_SCE) != 0; i++)
		ATF_CHECK_EQ((uint64_t)args[i], sc.sc_args[i]);
	if (sc.sc_flags & PL_FLAG_SCX)
		ATF_CHECK_EQ(r.r_rax, sc.sc_ret);
}
#else
static void
agree(void)
{
	const uint32_t args[] = {r.r_ebx, r.r_ecx, r.r_edx, r.r_esi, r.r_edi, r.r_ebp};

	for (int i = 0; i < 6 && (sc.sc_flags & PL_FLAG_SCE) != 0; i++)
		ATF_CHECK_EQ(args[i], sc.sc_args[i]);
	if (sc.sc_flags & PL_FLAG_SCX)
		ATF_CHECK_EQ((int32_t)r.r_eax, sc.sc_ret);
}
#endif

static int
next(pid_t *pid, int req, int sig)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(req, *pid, (caddr_t)1, sig));
	ATF_REQUIRE((*pid = bsd_waitpid(-1, &status, 0)) > 0);
	return (status);
}

/* ---- cases ---- */

static void
various(void)
{
	struct iovec iov = {.iov_base = &iov, .iov_len = 1};

	(void)syscall(SYS_getpid, 1, -2, 3, 4, 5, 6);
	(void)syscall(SYS_close, -1);
	(void)syscall(SYS_writev, wire[1], &iov, 1);
	(void)syscall(SYS_mmap, NULL, 1 << 16, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)syscall(99999, 7);
	(void)kill(getpid(), SIGWINCH);
	__asm__ volatile("int3");
}

TEST_CASE(as_lwpinfo_and_registers_say, "", "")
{
	pid_t pid = target(various);
	unsigned entries = 0, ends = 0, others = 0;
	int status;

	look(pid);
	ATF_CHECK_EQ(0, sc.sc_flags);
	ATF_CHECK_EQ(0, sc.sc_word);
	while (WIFSTOPPED(status = next(&pid, PT_SYSCALL, 0))) {
		look(pid);
		agree();
		entries += (sc.sc_flags & PL_FLAG_SCE) != 0;
		ends += (sc.sc_flags & PL_FLAG_SCX) != 0;
		others += (sc.sc_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) == 0;
		ATF_CHECK_EQ((sc.sc_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0 ? sizeof(long) : 0, sc.sc_word);
	}
	ATF_CHECK_EQ(7 << 8, status);
	ATF_CHECK(entries >= 7);
	ATF_CHECK_EQ(entries - 1, ends); /* exit_group has none */
	ATF_CHECK_EQ(1, others);
}

TEST_CASE(ends_alone_have_their_calls, "", "")
{
	static const unsigned calls[] = {SYS_getpid, SYS_close, SYS_writev, SYS_mmap, 99999};
	pid_t pid = target(various);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		ATF_REQUIRE(WIFSTOPPED(next(&pid, PT_TO_SCX, 0)));
		ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(pid, &sc));
		ATF_CHECK_EQ(PL_FLAG_SCX, sc.sc_flags);
		ATF_CHECK_EQ(calls[i], sc.sc_code);
		if (calls[i] == SYS_close)
			ATF_CHECK_EQ(-EBADF, sc.sc_ret);
		if (calls[i] == 99999)
			ATF_CHECK_EQ(-ENOSYS, sc.sc_ret);
	}
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
}

TEST_CASE(what_is_written_is_told, "", "")
{
	pid_t pid = target(various);

	ATF_REQUIRE(WIFSTOPPED(next(&pid, PT_SYSCALL, 0)));
	look(pid);
	ATF_REQUIRE_EQ(SYS_getpid, sc.sc_code);
#if defined(__x86_64__)
	r.r_rax = SYS_getppid;
	r.r_rsi = 77;
#else
	r.r_eax = SYS_getppid;
	r.r_ecx = 77;
#endif
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SETREGS, pid, (caddr_t)&r, 0));
	look(pid);
	ATF_CHECK_EQ(SYS_getppid, sc.sc_code);
	ATF_CHECK_EQ(77, sc.sc_args[1]);
	ATF_REQUIRE(WIFSTOPPED(next(&pid, PT_SYSCALL, 0)));
	look(pid);
	ATF_CHECK_EQ(SYS_getppid, sc.sc_code);
	ATF_CHECK_EQ(getpid(), sc.sc_ret);
#if defined(__x86_64__)
	r.r_rax = -5;
#else
	r.r_eax = (unsigned)-5;
#endif
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SETREGS, pid, (caddr_t)&r, 0));
	look(pid);
	ATF_CHECK_EQ(-5, sc.sc_ret);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
}

static void *
writes(void *unused)
{
	(void)unused;
	for (int i = 0; i < 10; i++)
		(void)syscall(SYS_getppid);
	(void)!write(wire[1], "x", 1);
	return (NULL);
}

/* New threads, new processes both ways, a program, and a call that stops break off. */
static void
makes(void)
{
	char *const argv[] = {(char *)(uintptr_t)"true", NULL};
	struct pollfd fd = {.fd = wire[0], .events = POLLIN};
	pthread_t thread;

	if (pthread_create(&thread, NULL, writes, NULL) != 0 || syscall(SYS_poll, &fd, 1, 1000000) != 1)
		_exit(1);
	(void)pthread_join(thread, NULL);
	if (syscall(SYS_fork) == 0)
		_exit(0);
	if (vfork() == 0)
		_exit(0);
	(void)execv("/bin/true", argv);
	_exit(2);
}

TEST_CASE(of_threads_processes_and_programs, "", "")
{
	pid_t first = target(makes), pid = first;
	unsigned forks = 0, births = 0, execs = 0, polls = 0;
	int status, end = -1;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_FOLLOW_FORK, pid, NULL, 1));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	while ((pid = bsd_waitpid(-1, &status, 0)) > 0) {
		if (!WIFSTOPPED(status)) {
			end = pid == first ? status : end;
			continue;
		}
		look(pid);
		agree();
		forks += (sc.sc_flags & PL_FLAG_FORKED) != 0;
		births += (sc.sc_flags & PL_FLAG_CHILD) != 0;
		execs += (sc.sc_flags & PL_FLAG_EXEC) != 0;
		polls += execs == 0 && sc.sc_code == SYS_poll && sc.sc_word != 0;
		if (sc.sc_flags & PL_FLAG_FORKED)
			ATF_CHECK_EQ(sc.sc_child_pid, sc.sc_ret);
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	}
	ATF_CHECK_EQ(0, end);
	ATF_CHECK_EQ(2, forks);
	ATF_CHECK_EQ(2, births);
	ATF_CHECK_EQ(1, execs);
	ATF_CHECK_EQ(2, polls);
}

#if defined(__x86_64__)
/* Of 32-bit calls, made from 64-bit code; none of their arguments is wider. */
static void
calls_small(void)
{
	long n = 20;

	__asm__ volatile("int $0x80" : "+a"(n) : "b"(-1L), "c"(2L), "d"(3L), "S"(4L), "D"(5L) : "memory");
	if (n != getpid())
		_exit(8);
}

TEST_CASE(of_32_bit_calls, "", "")
{
	pid_t pid = target(calls_small);

	ATF_REQUIRE(WIFSTOPPED(next(&pid, PT_SYSCALL, 0)));
	ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(pid, &sc));
	if (sc.sc_word == 8) {
		(void)bsd_ptrace(PT_KILL, pid, NULL, 0);
		atf_tc_skip("no 32-bit calls here");
	}
	ATF_CHECK_EQ(4, sc.sc_word);
	ATF_CHECK_EQ(20, sc.sc_code);
	ATF_CHECK_EQ(0xffffffff, sc.sc_args[0]);
	for (unsigned i = 1; i < 5; i++)
		ATF_CHECK_EQ(i + 1, sc.sc_args[i]);
	ATF_REQUIRE(WIFSTOPPED(next(&pid, PT_SYSCALL, 0)));
	ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(pid, &sc));
	ATF_CHECK_EQ(PL_FLAG_SCX, sc.sc_flags);
	ATF_CHECK_EQ(20, sc.sc_code);
	ATF_CHECK_EQ(pid, sc.sc_ret);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
}
#endif

TEST_CASE(refused_as_requests_are, "", "")
{
	pid_t pid = target(various);
	int status;

	ATF_CHECK_ERRNO(ESRCH, bsd_ptrace_syscall(999999999, &sc) == -1);
	ATF_CHECK_ERRNO(EPERM, bsd_ptrace_syscall(getpid(), &sc) == -1);
	ATF_CHECK(strstr(bsd_ptrace_strerror(), "bsd_ptrace_syscall") != NULL);
	ATF_CHECK_ERRNO(EFAULT, bsd_ptrace_syscall(pid, NULL) == -1);
	ATF_REQUIRE_EQ(0, bsd_ptrace_syscall(bsd_lwpid(pid), &sc));
	ATF_CHECK_EQ(bsd_lwpid(pid), sc.sc_lwpid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	ATF_REQUIRE(bsd_wait6(P_PID, (id_t)pid, &status, WTRAPPED | WNOWAIT, NULL, NULL) == pid);
	ATF_CHECK_ERRNO(EBUSY, bsd_ptrace_syscall(pid, &sc) == -1);
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	while (bsd_waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		;
	ATF_CHECK_ERRNO(ESRCH, bsd_ptrace_syscall(pid, &sc) == -1);
}
