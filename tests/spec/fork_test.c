/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_FOLLOW_FORK: the stops of parent and child of a fork or vfork, and what the child begins with.
 * Spec: requests.md, 6; stops.md, 3, 11 and 13; wait.md, 7.
 */
#include "spec.h"
#include "machine.h"

#include <sys/resource.h>
#include <sched.h>
#include <spawn.h>
#include <unistd.h>

static struct puppet *
puppet_followed(int threads)
{
	struct puppet *pp = puppet_attached(threads);

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	return (pp);
}

/* Both stops of a fork that was asked for: the parent's is returned, the child is stopped. */
static struct ptrace_lwpinfo
both_stops(pid_t pid)
{
	struct ptrace_lwpinfo info;

	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	REQUIRE_FLAGS(
	    PL_FLAG_FORKED | PL_FLAG_SCX, PL_FLAG_CHILD | PL_FLAG_SI | PL_FLAG_SCE | PL_FLAG_EXEC, info);
	EXPECT_STOP(info.pl_child_pid, SIGSTOP);
	return (info);
}

SPEC_TEST(fork_not_followed_is_not_reported, "fork.1")
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	child = (pid_t)puppet_said(pp, 0);
	EXPECT_NOBODY(child);
	REFUSED(EPERM, PT_GETNUMLWPS, child, NULL, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(child_not_followed_may_be_attached_to)
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	child = (pid_t)puppet_said(pp, 0);
	ASK(PT_ATTACH, child, NULL, 0);
	EXPECT_STOP(child, SIGSTOP);
	ASK(PT_KILL, child, NULL, 0);
	EXPECT_DEATH(child, SIGKILL);
	puppet_end(pp);
}

static void
fork_is_told_on_both_sides(part *how, bool vforked)
{
	struct puppet *pp = puppet_followed(1);
	struct ptrace_lwpinfo parent, child;
	pid_t pid;

	puppet_will(pp, 0, how, 3);
	GO(pp->pid, 0);
	parent = both_stops(pp->pid);
	pid = parent.pl_child_pid;
	child = INFO(pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, parent.pl_event);
	ATF_REQUIRE_EQ(vforked ? PL_FLAG_VFORKED : 0, parent.pl_flags & PL_FLAG_VFORKED);
	ATF_REQUIRE(spec_zero(&parent.pl_siginfo, sizeof(parent.pl_siginfo)));
	ATF_REQUIRE(parent.pl_syscall_code != 0);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, child.pl_event);
	REQUIRE_FLAGS(
	    PL_FLAG_CHILD | PL_FLAG_SCX, PL_FLAG_SI | PL_FLAG_FORKED | PL_FLAG_SCE | PL_FLAG_VFORKED, child);
	ATF_REQUIRE(spec_zero(&child.pl_siginfo, sizeof(child.pl_siginfo)));
	ATF_REQUIRE_EQ(0, child.pl_child_pid);
	ATF_REQUIRE_EQ(parent.pl_syscall_code, child.pl_syscall_code);
	ATF_REQUIRE_EQ(parent.pl_syscall_narg, child.pl_syscall_narg);
	EXPECT_NOTHING(pid);
	EXPECT_NOTHING(pp->pid);
	GO(pid, 0);
	EXPECT_EXIT(pid, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pid, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(fork_is_told_by_parent_and_child, "info.7 info.16 fork.1")
{
	fork_is_told_on_both_sides(do_fork, false);
}

SPEC_TEST(vfork_is_told_by_parent_and_child)
{
	fork_is_told_on_both_sides(do_vfork, true);
}

SPEC_TEST(child_may_be_waited_for_first)
{
	struct puppet *pp = puppet_followed(1);
	struct ptrace_lwpinfo info;
	pid_t first, second, child = -1;
	int status, i;

	puppet_will(pp, 0, do_fork, 3);
	GO(pp->pid, 0);
	first = spec_wait(-1, &status, 0);
	ATF_REQUIRE(first > 0 && WIFSTOPPED(status));
	second = spec_wait(-1, &status, 0);
	ATF_REQUIRE(second > 0 && WIFSTOPPED(status) && first != second);
	for (i = 0; i < 2; i++) {
		info = INFO(i == 0 ? first : second);
		if ((info.pl_flags & PL_FLAG_CHILD) != 0)
			child = i == 0 ? first : second;
	}
	ATF_REQUIRE(child == first || child == second);
	ATF_REQUIRE_EQ(child, INFO(pp->pid).pl_child_pid);
	puppet_end(pp);
	ASK(PT_KILL, child, NULL, 0);
	EXPECT_DEATH(child, SIGKILL);
}

SPEC_TEST(children_stop_is_kept_for_a_later_wait)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;
	int i;

	puppet_will(pp, 0, do_fork, 3);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	child = INFO(pp->pid).pl_child_pid;
	for (i = 0; i < 5; i++) { /* the parent is far away by now */
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1);
	}
	EXPECT_STOP(child, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_CHILD, PL_FLAG_SI, INFO(child));
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

SPEC_TEST(child_has_run_no_instruction_at_its_stop)
{
	struct puppet *pp = puppet_followed(1);
	struct ptrace_lwpinfo info;
	struct reg parent, child;

	puppet_will(pp, 0, do_fork, 3);
	GO(pp->pid, 0);
	info = both_stops(pp->pid);
	ASK(PT_GETREGS, pp->pid, &parent, 0);
	ASK(PT_GETREGS, info.pl_child_pid, &child, 0);
	ATF_REQUIRE_EQ(R_PC(&parent), R_PC(&child));
	ATF_REQUIRE_EQ(R_SP(&parent), R_SP(&child));
	ATF_REQUIRE_EQ(0, R_RESULT(&child));
	ATF_REQUIRE_EQ(info.pl_child_pid, R_RESULT(&parent));
	ATF_REQUIRE(!R_STEP_SET(&child));
	ASK(PT_KILL, info.pl_child_pid, NULL, 0);
	EXPECT_DEATH(info.pl_child_pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(vfork_stop_is_answered_before_the_child_has_ended)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 3);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0); /* now waits for the child */
	EXPECT_NOTHING(pp->pid);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_end(pp);
}

static long
do_vfork_exec(long code)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", code == 7 ? "exit 7" : "exit 8", (char *)NULL);
		_exit(91);
	}
	return (pid);
}

SPEC_TEST(vfork_parent_is_free_when_the_child_has_stopped_for_its_exec)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork_exec, 7);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0);
	GO(child, 0);
	EXPECT_STOP(child, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_CHILD | PL_FLAG_SI, INFO(child));
	EXPECT_STOP(pp->pid, SIGUSR1); /* while the child stands */
	GO(child, 0);
	EXPECT_EXIT(child, 7);
	puppet_end(pp);
}

SPEC_TEST(stop_signal_of_a_vfork_child_waits_for_its_exec)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork_exec, 7);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, kill(child, SIGSTOP));
	GO(child, 0);
	EXPECT_STOP(child, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(child));
	GO(child, 0);
	EXPECT_STOP(child, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC, INFO(child));
	GO(child, 0);
	EXPECT_EXIT(child, 7);
	puppet_end(pp);
}

SPEC_TEST(stop_signal_of_a_vfork_child_goes_with_its_exit)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 3);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ATF_REQUIRE_EQ(0, kill(child, SIGSTOP));
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

SPEC_TEST(other_signals_of_a_followed_vfork_child_are_reported)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 3);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ATF_REQUIRE_EQ(0, kill(child, SIGUSR1));
	GO(child, 0);
	EXPECT_STOP(child, SIGUSR1);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

SPEC_TEST(other_threads_can_stop_while_one_waits_in_vfork, "pick.7")
{
	struct puppet *pp = puppet_followed(2);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 3);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	GO(pp->pid, 0);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(child_does_not_follow_forks_itself, "fork.3")
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 1, do_fork, 5);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(child, 0);
	EXPECT_STOP(child, SIGUSR1);
	EXPECT_NOBODY((pid_t)puppet_said(pp, 1));
	ASK(PT_KILL, child, NULL, 0);
	EXPECT_DEATH(child, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(child_is_asked_to_follow_and_does)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child, grandchild;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 1, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ASK(PT_FOLLOW_FORK, child, NULL, 1);
	GO(child, 0);
	grandchild = both_stops(child).pl_child_pid;
	GO(grandchild, 0);
	EXPECT_EXIT(grandchild, 5);
	ASK(PT_KILL, child, NULL, 0);
	EXPECT_DEATH(child, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(child_does_not_trace_its_calls)
{
	struct puppet *pp = puppet_followed(1);
	struct ptrace_lwpinfo info;
	pid_t child;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 1, do_getpid, 0);
	puppet_will(pp, 1, do_exit, 5);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	for (;;) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		info = INFO(pp->pid);
		if ((info.pl_flags & PL_FLAG_FORKED) != 0)
			break;
		GO(pp->pid, 0);
	}
	REQUIRE_FLAGS(PL_FLAG_FORKED | PL_FLAG_SCX, PL_FLAG_SCE, info); /* one stop */
	child = info.pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX | PL_FLAG_FORKED, INFO(pp->pid));
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	puppet_end(pp);
}

SPEC_TEST(following_is_switched_off, "fork.1")
{
	struct puppet *pp = puppet_followed(1);

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 0);
	puppet_will(pp, 0, do_fork, 5);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	EXPECT_NOBODY((pid_t)puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(any_nonzero_data_switches_following_on, "fork.1")
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, (caddr_t)1, -42);
	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	puppet_end(pp);
}

static long
do_exec_and_fork(long code)
{
	(void)code;
	execl("/bin/sh", "sh", "-c", "(exit 5); (exit 6); exit 7", (char *)NULL);
	return (-errno);
}

/* A shell may catch SIGCHLD, which is then reported: pass it on. */
static int
next_but_SIGCHLD(pid_t pid, int *status)
{
	for (;;) {
		ATF_REQUIRE_EQ(pid, spec_wait(pid, status, 0));
		if (!WIFSTOPPED(*status))
			return (0);
		if (WSTOPSIG(*status) != SIGCHLD)
			return (WSTOPSIG(*status));
		GO(pid, SIGCHLD);
	}
}

SPEC_TEST(following_outlives_an_exec)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;
	int i, status;

	puppet_will(pp, 0, do_exec_and_fork, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_FORKED, INFO(pp->pid));
	GO(pp->pid, 0);
	for (i = 5; i < 7; i++) {
		ATF_REQUIRE_EQ(SIGTRAP, next_but_SIGCHLD(pp->pid, &status));
		child = INFO(pp->pid).pl_child_pid;
		REQUIRE_FLAGS(PL_FLAG_FORKED, PL_FLAG_SI, INFO(pp->pid));
		EXPECT_STOP(child, SIGSTOP);
		GO(child, 0);
		EXPECT_EXIT(child, i);
		GO(pp->pid, 0);
	}
	ATF_REQUIRE_EQ(0, next_but_SIGCHLD(pp->pid, &status));
	ATF_REQUIRE_EQ(W_EXITCODE(7, 0), status);
	puppet_end(pp);
}

SPEC_TEST(fork_of_a_second_thread_is_followed, "fork.2")
{
	struct puppet *pp = puppet_followed(3);
	lwpid_t two = puppet_lwp(pp, 2);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 2, do_fork, 5);
	GO(pp->pid, 0);
	info = both_stops(pp->pid);
	ATF_REQUIRE_EQ(two, info.pl_lwpid);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, info.pl_child_pid, NULL, 0));
	GO(info.pl_child_pid, 0);
	EXPECT_EXIT(info.pl_child_pid, 5);
	puppet_end(pp);
}

SPEC_TEST(detached_child_goes_to_the_forking_process)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ASK(PT_DETACH, child, 1, 0);
	EXPECT_NOBODY(child);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(detached_parent_leaves_the_child_traced)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ASK(PT_GETNUMLWPS, child, NULL, 0);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(detached_vfork_parent_waits_on)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ASK(PT_DETACH, pp->pid, 1, 0);
	ASK(PT_GETNUMLWPS, child, NULL, 0);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(detached_vfork_child_releases_the_parent)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_vfork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0);
	ASK(PT_DETACH, child, 1, 0);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(exit_of_the_child_is_told_to_the_tracer_then_to_the_parent)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;
	int status;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	GO(child, 0);
	ATF_REQUIRE_EQ(child, spec_wait(child, &status, WNOWAIT));
	ATF_REQUIRE_EQ(0, puppet_waits(pp, child, WNOHANG));
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(child, puppet_waits(pp, child, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), stage->status);
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(pp, child, WNOHANG));
	EXPECT_NOBODY(child);
	puppet_end(pp);
}

SPEC_TEST(child_killed_at_its_stop_is_told)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ATF_REQUIRE_EQ(0, kill(child, SIGKILL));
	GO(child, 0);
#ifdef __FreeBSD__
	EXPECT_STOP(child, SIGKILL);
	GO(child, SIGKILL);
#endif
	EXPECT_DEATH(child, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(signal_given_at_both_stops_is_taken_and_not_reported, "pick.2")
{
	struct puppet *pp = puppet_start(1);
	pid_t child;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	GO(child, SIGUSR2);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_given_at_the_child_stop_comes_back_as_a_signal)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(child, SIGSTOP);
	EXPECT_STOP(child, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_CHILD, INFO(child));
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	puppet_end(pp);
}

SPEC_TEST(deadly_signal_given_at_the_child_stop_kills)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(child, SIGTERM);
	EXPECT_DEATH(child, SIGTERM);
	GO(pp->pid, SIGTRAP); /* a real one, though the stop's own was invented */
	EXPECT_DEATH(pp->pid, SIGTRAP);
	puppet_end(pp);
}

SPEC_TEST(signal_sent_to_the_child_before_its_stop_comes_after_it)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_new_child, 1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	child = INFO(pp->pid).pl_child_pid;
	ATF_REQUIRE_EQ(0, kill(child, SIGUSR1));
	EXPECT_STOP(child, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_CHILD, PL_FLAG_SI, INFO(child));
	GO(child, 0);
	EXPECT_STOP(child, SIGUSR1);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_CHILD, INFO(child));
	GO(child, SIGUSR1);
	EXPECT_DEATH(child, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(memory_written_before_the_fork_is_the_childs_too)
{
	struct puppet *pp = puppet_followed(1);
	PUPPET_DATA static int cell = 1;
	pid_t child;

	ASK(PT_WRITE_D, pp->pid, &cell, 4711);
	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, child, (caddr_t)&cell, 0));
	ASK(PT_WRITE_D, child, &cell, 4712);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	ATF_REQUIRE_EQ(1, cell);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	puppet_end(pp);
}

static long
do_forbid_forks(long arg)
{
	struct rlimit none = { 0, 0 };

	(void)arg;
	return (setrlimit(RLIMIT_NPROC, &none));
}

SPEC_TEST_AS_ROOT(fork_that_fails_is_not_reported)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_forbid_forks, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_be_nobody, 0));
	puppet_attach(pp);
	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_fork, 5);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(-EAGAIN, puppet_said(pp, 0));
	puppet_end(pp);
}

#define MANY 60

static long
do_fork_many(long n)
{
	long i;
	int status;

	for (i = 0; i < n; i++) {
		pid_t pid = i % 3 == 0 ? (pid_t)do_vfork(i) : (pid_t)do_fork(i);

		if (pid <= 0 || waitpid(pid, &status, 0) != pid || status != W_EXITCODE((int)i, 0))
			return (-1);
	}
	return (0);
}

SPEC_TEST(every_event_of_many_forks_is_told_once)
{
	struct puppet *pp = puppet_followed(2);
	struct ptrace_lwpinfo info;
	int status, forked = 0, born = 0, gone = 0;
	pid_t pid;

	puppet_will(pp, 0, do_fork_many, MANY);
	puppet_will(pp, 1, do_fork_many, MANY);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 1, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	for (int left = SIGUSR1 + SIGUSR2; left > 0;) {
		pid = spec_wait(-1, &status, 0);
		ATF_REQUIRE(pid > 0);
		if (pid == pp->pid) {
			ATF_REQUIRE(WIFSTOPPED(status));
			info = INFO(pid);
			if (WSTOPSIG(status) != SIGTRAP) {
				left -= WSTOPSIG(status);
			} else {
				REQUIRE_FLAGS(PL_FLAG_FORKED, PL_FLAG_SI, info);
				forked++;
			}
			if (left > 0)
				GO(pid, 0);
		} else if (WIFSTOPPED(status)) {
			ATF_REQUIRE_EQ(SIGSTOP, WSTOPSIG(status));
			REQUIRE_FLAGS(PL_FLAG_CHILD, PL_FLAG_SI, INFO(pid));
			born++;
			GO(pid, 0);
		} else {
			ATF_REQUIRE(WIFEXITED(status));
			gone++;
		}
	}
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(2 * MANY, forked);
	ATF_REQUIRE_EQ(2 * MANY, born);
	ATF_REQUIRE_EQ(2 * MANY, gone);
	puppet_end(pp);
}

static long
do_posix_spawn(long arg)
{
	char sh[] = "sh", c[] = "-c", script[] = "exit 9";
	char *argv[] = { sh, c, script, NULL }, *envp[] = { NULL };
	pid_t pid;

	(void)arg;
	return (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, envp) == 0 ? pid : -1);
}

SPEC_TEST(posix_spawn_of_a_tracee_is_followed)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_posix_spawn, 0);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	GO(pp->pid, 0);
	GO(child, 0);
	EXPECT_STOP(child, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(child));
	GO(child, 0);
	EXPECT_EXIT(child, 9);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(posix_spawn_not_followed_runs_freely)
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	puppet_will(pp, 0, do_posix_spawn, 0);
	GO(pp->pid, 0);
	child = (pid_t)puppet_said(pp, 0);
	ATF_REQUIRE(child > 0);
	ATF_REQUIRE_EQ(W_EXITCODE(9, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(stray_child_of_a_killed_parent_is_kept)
{
	struct puppet *pp = puppet_followed(1);
	pid_t child;

	puppet_will(pp, 0, do_fork, 5);
	GO(pp->pid, 0);
	child = both_stops(pp->pid).pl_child_pid;
	ASK(PT_KILL, pp->pid, NULL, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	ASK(PT_GETNUMLWPS, child, NULL, 0);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	EXPECT_NOBODY(child);
	puppet_end(pp);
}
