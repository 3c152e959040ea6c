/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_TRACE_ME in the child of a vfork: no signal stops it before its exec, which nobody could answer.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static sigset_t
set_of(int sig)
{
	sigset_t set;

	(void)sigemptyset(&set);
	if (sig != 0)
		(void)sigaddset(&set, sig);
	return (set);
}

static void
execs(void)
{
	(void)execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
	_exit(91);
}

static void
expect_stop(pid_t pid, int sig)
{
	int status = 0;

	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFSTOPPED(status) && WSTOPSIG(status) == sig, "status %#x", (unsigned)status);
}

/* From a stop on to its ordinary end. */
static void
runs_on(pid_t pid)
{
	int status = 0;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %#x", (unsigned)status);
}

static void
expect_mask(pid_t pid, sigset_t want)
{
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)));
	ATF_REQUIRE((info.pl_flags & PL_FLAG_EXEC) != 0);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		ATF_REQUIRE_EQ_MSG(sigismember(&want, sig), sigismember(&info.pl_sigmask, sig), "signal %d", sig);
}

ATF_TC_WITHOUT_HEAD(signal_before_the_exec_is_reported_after_it);
ATF_TC_BODY(signal_before_the_exec_is_reported_after_it, tc)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		(void)kill(getpid(), SIGTERM);
		execs();
	}
	expect_stop(pid, SIGTRAP);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	expect_stop(pid, SIGTERM);
	runs_on(pid);
}

/* how: what the child does to its mask itself; SIG_SETMASK + 1: nothing. */
static void
mask_after_exec(int how, int sig, sigset_t want)
{
	sigset_t before = set_of(SIGUSR2), own = set_of(sig), after;
	pid_t pid;

	ATF_REQUIRE_EQ(0, sigprocmask(SIG_SETMASK, &before, NULL));
	pid = vfork();
	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		if (how <= SIG_SETMASK)
			(void)sigprocmask(how, &own, NULL);
		execs();
	}
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_SETMASK, NULL, &after));
	ATF_REQUIRE_EQ(0, memcmp(&before, &after, 8));
	expect_stop(pid, SIGTRAP);
	expect_mask(pid, want);
	runs_on(pid);
}

ATF_TC_WITHOUT_HEAD(mask_after_the_exec_is_the_childs);
ATF_TC_BODY(mask_after_the_exec_is_the_childs, tc)
{
	mask_after_exec(SIG_SETMASK + 1, 0, set_of(SIGUSR2));
}

ATF_TC_WITHOUT_HEAD(mask_the_child_sets_itself_stays);
ATF_TC_BODY(mask_the_child_sets_itself_stays, tc)
{
	mask_after_exec(SIG_SETMASK, SIGHUP, set_of(SIGHUP));
}

ATF_TC_WITHOUT_HEAD(signal_the_child_unblocks_is_unblocked);
ATF_TC_BODY(signal_the_child_unblocks_is_unblocked, tc)
{
	mask_after_exec(SIG_UNBLOCK, SIGUSR2, set_of(0));
}

static void
never_execs(void)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		_exit(3);
	}
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
}

ATF_TC_WITHOUT_HEAD(many_children_that_never_exec);
ATF_TC_BODY(many_children_that_never_exec, tc)
{
	for (int i = 0; i < 200; i++)
		never_execs();
	mask_after_exec(SIG_SETMASK + 1, 0, set_of(SIGUSR2));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, signal_before_the_exec_is_reported_after_it);
	ATF_TP_ADD_TC(tp, mask_after_the_exec_is_the_childs);
	ATF_TP_ADD_TC(tp, mask_the_child_sets_itself_stays);
	ATF_TP_ADD_TC(tp, signal_the_child_unblocks_is_unblocked);
	ATF_TP_ADD_TC(tp, many_children_that_never_exec);
	return (atf_no_error());
}
