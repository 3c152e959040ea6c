/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_calls(): the calls that a filter of the target's own names are told, and no others; all that FreeBSD
 * promises of the told ones stays as it is.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLAGS (PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_EXEC | PL_FLAG_FORKED | PL_FLAG_CHILD | PL_FLAG_VFORKED)

/* ---- targets ---- */

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define NAMES(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), RETURN(SECCOMP_RET_TRACE)

/* geteuid is the call most cases use: libc makes none of its own. */
static void
filter(void)
{
	static struct sock_filter code[] = {LOAD(nr), NAMES(SYS_geteuid), NAMES(SYS_read), NAMES(SYS_poll),
	    NAMES(SYS_restart_syscall), RETURN(SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
		_exit(90);
}

static int wire[2];

static void
quietly(int calls)
{
	for (int i = 0; i < calls; i++)
		(void)syscall(SYS_getppid);
}

static pid_t
target(void (*body)(void))
{
	int status;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) != 0)
			_exit(91);
		(void)raise(SIGSTOP);
		filter();
		body();
		_exit(7);
	}
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ATF_REQUIRE_EQ(0, bsd_ptrace_calls(pid, true));
	return (pid);
}

/* ---- what is told of them ---- */

static struct ptrace_lwpinfo info;

/* The next stop, of any of them: its process. */
static pid_t
stop(pid_t pid, int req, int sig)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(req, pid, (caddr_t)1, sig));
	ATF_REQUIRE((pid = bsd_waitpid(-1, &status, 0)) > 0);
	ATF_REQUIRE_MSG(WIFSTOPPED(status), "%d has status %#x", pid, (unsigned)status);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)));
	return (pid);
}

static void
expect(pid_t pid, int flags, long call)
{
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	ATF_REQUIRE_MSG((info.pl_flags & FLAGS) == flags, "flags are %#x, not %#x", info.pl_flags, flags);
	ATF_REQUIRE_MSG(call == -1 || info.pl_syscall_code == (unsigned)call, "call %u", info.pl_syscall_code);
}

static void
expect_call(pid_t pid, long call)
{
	expect(pid, PL_FLAG_SCE, call);
	expect(pid, PL_FLAG_SCX, call);
}

static void
expect_end(pid_t pid, int code)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == code, "status %#x", (unsigned)status);
}

static long
result(pid_t pid)
{
	struct reg r;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_GETREGS, pid, (caddr_t)&r, 0));
#if defined(__x86_64__)
	return (r.r_rax);
#else
	return (r.r_eax);
#endif
}

/* ---- which calls ---- */

static void
calls(void)
{
	quietly(5);
	(void)syscall(SYS_geteuid);
	quietly(5);
	(void)syscall(SYS_geteuid);
	quietly(5);
}

ATF_TC_WITHOUT_HEAD(calls_of_the_filter_alone_are_told);
ATF_TC_BODY(calls_of_the_filter_alone_are_told, tc)
{
	pid_t pid = target(calls);

	expect_call(pid, SYS_geteuid);
	ATF_CHECK_EQ(geteuid(), (uid_t)result(pid));
	expect_call(pid, SYS_geteuid);
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(not_traced_by_calls_they_are_made);
ATF_TC_BODY(not_traced_by_calls_they_are_made, tc)
{
	pid_t pid = target(calls);
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(7 << 8, status);
}

ATF_TC_WITHOUT_HEAD(entry_alone_or_end_alone);
ATF_TC_BODY(entry_alone_or_end_alone, tc)
{
	pid_t pid = target(calls);

	ATF_REQUIRE_EQ(pid, stop(pid, PT_TO_SCE, 0));
	ATF_CHECK_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_TO_SCE, 0));
	ATF_CHECK_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	expect(pid, PL_FLAG_SCX, SYS_geteuid);
	expect_end(pid, 7);
	pid = target(calls);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_TO_SCX, 0));
	ATF_CHECK_EQ(PL_FLAG_SCX, info.pl_flags & FLAGS);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_TO_SCX, 0));
	ATF_CHECK_EQ(PL_FLAG_SCX, info.pl_flags & FLAGS);
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(turned_off_amid_a_call_every_call_is_told);
ATF_TC_BODY(turned_off_amid_a_call_every_call_is_told, tc)
{
	pid_t pid = target(calls);

	expect(pid, PL_FLAG_SCE, SYS_geteuid);
	ATF_REQUIRE_EQ(0, bsd_ptrace_calls(pid, false));
	expect(pid, PL_FLAG_SCX, SYS_geteuid);
	ATF_CHECK_EQ(geteuid(), (uid_t)result(pid));
	for (int i = 0; i < 5; i++)
		expect_call(pid, SYS_getppid);
	/* Nobody asks the tracer any more. */
	expect_call(pid, SYS_geteuid);
	ATF_CHECK_EQ(-ENOSYS, result(pid));
	ATF_REQUIRE_EQ(0, bsd_ptrace_calls(pid, true));
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(turned_on_amid_a_call_its_end_is_told);
ATF_TC_BODY(turned_on_amid_a_call_its_end_is_told, tc)
{
	pid_t pid = target(calls);

	ATF_REQUIRE_EQ(0, bsd_ptrace_calls(pid, false));
	do
		ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	while (info.pl_syscall_code != SYS_geteuid);
	ATF_REQUIRE_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	ATF_REQUIRE_EQ(0, bsd_ptrace_calls(pid, true));
	expect(pid, PL_FLAG_SCX, SYS_geteuid);
	ATF_CHECK_EQ(geteuid(), (uid_t)result(pid));
	expect_call(pid, SYS_geteuid);
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(left_it_lacks_them);
ATF_TC_BODY(left_it_lacks_them, tc)
{
	pid_t pid = target(calls);
	int status;

	expect(pid, PL_FLAG_SCE, SYS_geteuid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_DETACH, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(7 << 8, status);
}

ATF_TC_WITHOUT_HEAD(refused_as_requests_are);
ATF_TC_BODY(refused_as_requests_are, tc)
{
	pid_t pid = target(calls);
	int status;

	ATF_CHECK_ERRNO(ESRCH, bsd_ptrace_calls(999999999, true) == -1);
	ATF_CHECK_ERRNO(EPERM, bsd_ptrace_calls(getpid(), true) == -1);
	ATF_CHECK(strstr(bsd_ptrace_strerror(), "bsd_ptrace_calls") != NULL);
	expect(pid, PL_FLAG_SCE, SYS_geteuid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	ATF_REQUIRE(bsd_wait6(P_PID, (id_t)pid, &status, WTRAPPED | WNOWAIT, NULL, NULL) == pid);
	ATF_CHECK_ERRNO(EBUSY, bsd_ptrace_calls(pid, false) == -1);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	expect_call(pid, SYS_geteuid);
	expect_end(pid, 7);
}

/* ---- calls that a stop breaks off ---- */

static void *
stops(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++)
		(void)syscall(SYS_geteuid);
	(void)!write(wire[1], "x", 1);
	return (NULL);
}

static void
beside(void (*sleeps)(void))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stops, NULL) != 0)
		_exit(92);
	sleeps();
	(void)pthread_join(thread, NULL);
}

static void
reads(void)
{
	char byte;

	if (syscall(SYS_read, wire[0], &byte, 1) != 1)
		_exit(93);
}

static void
polls(void)
{
	struct pollfd fd = {.fd = wire[0], .events = POLLIN};

	if (syscall(SYS_poll, &fd, 1, 1000000) != 1)
		_exit(94);
}

/* Sleeps through the other's stops, in a call that is not told. */
static void
polls_quietly(void)
{
	struct pollfd fd = {.fd = wire[0], .events = POLLIN};
	struct timespec t = {.tv_sec = 1000};

	if (syscall(SYS_ppoll, &fd, 1, &t, NULL, 0) != 1)
		_exit(94);
}

/* The kernel goes on with it by restart_syscall, which the filter names. */
static void
sleeps_quietly(void)
{
	struct timespec t = {.tv_nsec = 300000000};

	if (syscall(SYS_nanosleep, &t, NULL) != 0)
		_exit(95);
}

static void
reads_beside(void)
{
	beside(reads);
}

static void
polls_beside(void)
{
	beside(polls);
}

static void
polls_quietly_beside(void)
{
	beside(polls_quietly);
}

static void
sleeps_quietly_beside(void)
{
	beside(sleeps_quietly);
}

/* How often each of the two was told of: the other thread's calls, and the one that sleeps. */
static void
told(pid_t pid, long call, unsigned times)
{
	unsigned others[2] = {0, 0}, its[2] = {0, 0};
	int status;

	for (;;) {
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status))
			break;
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)));
		if (info.pl_flags & PL_FLAG_SI)
			continue;
		if (info.pl_syscall_code == SYS_geteuid)
			others[(info.pl_flags & PL_FLAG_SCX) != 0]++;
		else if (info.pl_syscall_code == (unsigned)call)
			its[(info.pl_flags & PL_FLAG_SCX) != 0]++;
		else /* that which made the thread */
			ATF_CHECK_MSG((info.pl_flags & PL_FLAG_SCE) == 0, "call %u", info.pl_syscall_code);
	}
	ATF_CHECK_EQ(7 << 8, status);
	ATF_CHECK_EQ(20, others[0]);
	ATF_CHECK_EQ(20, others[1]);
	ATF_CHECK_MSG(its[0] == times && its[1] == times, "%u entries, %u ends", its[0], its[1]);
}

ATF_TC_WITHOUT_HEAD(broken_off_by_a_stop_it_is_told_once);
ATF_TC_BODY(broken_off_by_a_stop_it_is_told_once, tc)
{
	told(target(reads_beside), SYS_read, 1);
	told(target(polls_beside), SYS_poll, 1);
}

ATF_TC_WITHOUT_HEAD(what_the_kernel_goes_on_with_is_not_told);
ATF_TC_BODY(what_the_kernel_goes_on_with_is_not_told, tc)
{
	told(target(polls_quietly_beside), SYS_restart_syscall, 0);
	told(target(sleeps_quietly_beside), SYS_restart_syscall, 0);
}

/* ---- new processes and programs ---- */

static void
forks(void)
{
	int status = 0;
	long pid;

	quietly(2);
	if ((pid = syscall(SYS_fork)) == 0) {
		quietly(2);
		(void)syscall(SYS_geteuid);
		_exit(5);
	}
	while (waitpid((pid_t)pid, &status, 0) == -1)
		;
	if (status != 5 << 8)
		_exit(96);
}

ATF_TC_WITHOUT_HEAD(child_is_traced_as_its_maker);
ATF_TC_BODY(child_is_traced_as_its_maker, tc)
{
	pid_t pid = target(forks), child, other;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_FOLLOW_FORK, pid, NULL, 1));
	other = stop(pid, PT_SYSCALL, 0);
	if (other == pid) {
		ATF_CHECK_EQ(PL_FLAG_SCX | PL_FLAG_FORKED, info.pl_flags & FLAGS);
		child = info.pl_child_pid;
		ATF_REQUIRE_EQ(child, stop(pid, PT_SYSCALL, 0));
		ATF_CHECK_EQ(PL_FLAG_SCX | PL_FLAG_CHILD, info.pl_flags & FLAGS);
	} else {
		int status;

		child = other;
		ATF_CHECK_EQ(PL_FLAG_SCX | PL_FLAG_CHILD, info.pl_flags & FLAGS);
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	}
	expect_call(child, SYS_geteuid);
	expect_end(child, 5);
	for (;;) {
		int status;

		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status)) {
			ATF_CHECK_EQ(7 << 8, status);
			return;
		}
		ATF_CHECK_EQ(SIGCHLD, WSTOPSIG(status));
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	}
}

static void
vforks(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)syscall(SYS_geteuid);
		_exit(5);
	}
	(void)syscall(SYS_geteuid);
}

ATF_TC_WITHOUT_HEAD(vfork_that_is_not_followed);
ATF_TC_BODY(vfork_that_is_not_followed, tc)
{
	pid_t pid = target(vforks);

	/* Its child has the filter and no tracer. */
	do
		ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	while (info.pl_flags & PL_FLAG_SI);
	ATF_CHECK_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	do
		ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	while (info.pl_flags & PL_FLAG_SI);
	ATF_CHECK_EQ(PL_FLAG_SCX, info.pl_flags & FLAGS);
	ATF_CHECK_EQ(SYS_geteuid, info.pl_syscall_code);
	expect_end(pid, 7);
}

static void
execs(void)
{
	char *const argv[] = {(char *)(uintptr_t)"true", NULL};

	(void)execv("/bin/true", argv);
}

ATF_TC_WITHOUT_HEAD(exec_is_told_at_its_end);
ATF_TC_BODY(exec_is_told_at_its_end, tc)
{
	pid_t pid = target(execs);
	int status;

	expect(pid, PL_FLAG_SCX | PL_FLAG_EXEC, -1);
	for (;;) {
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status))
			break;
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)));
		ATF_CHECK_MSG(info.pl_syscall_code == SYS_read || info.pl_syscall_code == SYS_geteuid ||
			info.pl_syscall_code == SYS_poll, "call %u", info.pl_syscall_code);
	}
	ATF_CHECK_EQ(0, status);
}

/* ---- beside other stops ---- */

static void
on_signal(int sig)
{
	(void)sig;
}

static void
is_signalled(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	(void)sigaction(SIGUSR1, &sa, NULL);
	(void)syscall(SYS_kill, getpid(), SIGUSR1);
	reads();
}

/* The signal comes while it reads. */
static void
is_interrupted(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	char byte;

	(void)sigaction(SIGUSR1, &sa, NULL);
	if (syscall(SYS_read, wire[0], &byte, 1) != -1 || errno != EINTR)
		_exit(97);
	(void)syscall(SYS_geteuid);
}

ATF_TC_WITHOUT_HEAD(signals_come_between);
ATF_TC_BODY(signals_come_between, tc)
{
	pid_t pid = target(is_signalled);

	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	ATF_CHECK((info.pl_flags & PL_FLAG_SI) != 0 && info.pl_siginfo.si_signo == SIGUSR1);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, SIGUSR1));
	ATF_CHECK_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	ATF_REQUIRE_EQ(1, write(wire[1], "x", 1));
	expect(pid, PL_FLAG_SCX, SYS_read);
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(signal_ends_a_told_call);
ATF_TC_BODY(signal_ends_a_told_call, tc)
{
	pid_t pid = target(is_interrupted);

	expect(pid, PL_FLAG_SCE, SYS_read);
	ATF_REQUIRE_EQ(0, kill(pid, SIGUSR1));
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	ATF_CHECK_EQ(PL_FLAG_SCX, info.pl_flags & FLAGS);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	ATF_CHECK((info.pl_flags & PL_FLAG_SI) != 0);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, SIGUSR1));
	ATF_CHECK_EQ(SYS_geteuid, info.pl_syscall_code);
	ATF_CHECK_EQ(PL_FLAG_SCE, info.pl_flags & FLAGS);
	expect(pid, PL_FLAG_SCX, SYS_geteuid);
	expect_end(pid, 7);
}

ATF_TC_WITHOUT_HEAD(steps_see_the_filters_calls_too);
ATF_TC_BODY(steps_see_the_filters_calls_too, tc)
{
	pid_t pid = target(calls);
	unsigned traps = 0;

	expect(pid, PL_FLAG_SCE, SYS_geteuid);
	expect(pid, PL_FLAG_SCX, SYS_geteuid);
	/* Over five calls that are not told, to one that is. */
	do {
		ATF_REQUIRE_EQ(pid, stop(pid, PT_STEP, 0));
		traps += (info.pl_flags & PL_FLAG_SI) != 0;
	} while ((info.pl_flags & PL_FLAG_SCE) == 0);
	ATF_CHECK(traps > 5);
	ATF_CHECK_EQ(SYS_geteuid, info.pl_syscall_code);
	ATF_REQUIRE_EQ(pid, stop(pid, PT_STEP, 0));
	ATF_CHECK_EQ(PL_FLAG_SCX, info.pl_flags & FLAGS);
	ATF_CHECK_EQ(geteuid(), (uid_t)result(pid));
	ATF_REQUIRE_EQ(pid, stop(pid, PT_SYSCALL, 0));
	ATF_CHECK((info.pl_flags & PL_FLAG_SI) != 0 && info.pl_siginfo.si_code == TRAP_TRACE);
	expect_end(pid, 7);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, calls_of_the_filter_alone_are_told);
	ATF_TP_ADD_TC(tp, not_traced_by_calls_they_are_made);
	ATF_TP_ADD_TC(tp, entry_alone_or_end_alone);
	ATF_TP_ADD_TC(tp, turned_off_amid_a_call_every_call_is_told);
	ATF_TP_ADD_TC(tp, turned_on_amid_a_call_its_end_is_told);
	ATF_TP_ADD_TC(tp, left_it_lacks_them);
	ATF_TP_ADD_TC(tp, refused_as_requests_are);
	ATF_TP_ADD_TC(tp, broken_off_by_a_stop_it_is_told_once);
	ATF_TP_ADD_TC(tp, what_the_kernel_goes_on_with_is_not_told);
	ATF_TP_ADD_TC(tp, child_is_traced_as_its_maker);
	ATF_TP_ADD_TC(tp, vfork_that_is_not_followed);
	ATF_TP_ADD_TC(tp, exec_is_told_at_its_end);
	ATF_TP_ADD_TC(tp, signals_come_between);
	ATF_TP_ADD_TC(tp, signal_ends_a_told_call);
	ATF_TP_ADD_TC(tp, steps_see_the_filters_calls_too);
	return (atf_no_error());
}
