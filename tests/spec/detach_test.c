/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_DETACH: the process goes on as if it had never been traced.  Spec: requests.md, 6; stops.md, 4 and 14.
 */
#include "spec.h"
#include "machine.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define ROUNDS 40

SPEC_TEST(detached_process_runs_untraced)
{
	struct puppet *pp = puppet_attached(2);

	ASK(PT_DETACH, pp->pid, 0, 0); /* addr is not looked at */
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	ATF_REQUIRE_EQ(8, puppet_does(pp, 1, do_nothing, 8));
	REFUSED(EPERM, PT_GETNUMLWPS, pp->pid, NULL, 0);
	REFUSED(EPERM, PT_DETACH, pp->pid, 1, 0);
	puppet_will(pp, 0, do_raise, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(detach_by_the_id_of_any_thread, "call.4 thr.5")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t lwp = puppet_lwp(pp, 1);

	ASK(PT_DETACH, lwp, 1, 0);
	REFUSED(EPERM, PT_GETNUMLWPS, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(detach_with_zero_drops_the_signal, "det.2")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_raise, SIGTERM);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTERM);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(detach_passes_the_signal_on, "det.8")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	puppet_will(pp, 0, do_kill, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_DETACH, pp->pid, 1, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(SI_USER, stage->caught_code[SIGUSR1]);
	ATF_REQUIRE_EQ(pp->pid, stage->caught_pid[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(detach_replaces_the_signal, "det.8")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_DETACH, pp->pid, 1, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

SPEC_TEST(detach_with_a_deadly_signal_kills, "det.8")
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_DETACH, pp->pid, 1, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(detach_with_SIGKILL_kills)
{
	struct puppet *pp = puppet_attached(2);

	ASK(PT_DETACH, pp->pid, 1, SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

static void
detach_into_a_stop(int sig)
{
	struct puppet *pp = puppet_attached(2);
	int status;

	ASK(PT_DETACH, pp->pid, 1, sig);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == sig);
	REFUSED(EPERM, PT_GETNUMLWPS, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WCONTINUED));
	ATF_REQUIRE(WIFCONTINUED(status));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(detach_with_SIGSTOP_leaves_it_stopped, "det.10")
{
	detach_into_a_stop(SIGSTOP);
}

SPEC_TEST(detach_with_a_stop_signal_of_a_signal_stop, "det.8")
{
	struct puppet *pp = puppet_attached(1);
	int status;

	puppet_will(pp, 0, do_raise, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	ASK(PT_DETACH, pp->pid, 1, SIGSTOP);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(detach_right_after_attach_leaves_no_stop, "det.6")
{
	struct puppet *pp = puppet_start(3);
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		puppet_attach(pp);
		ASK(PT_DETACH, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
		ATF_REQUIRE_EQ(i, puppet_does(pp, i % 3, do_nothing, i));
	}
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
	puppet_end(pp);
}

SPEC_TEST(detach_of_busy_threads_leaves_no_stop, "det.6")
{
	struct puppet *pp = puppet_start(3);
	int i, status;

	stage->counting = 1;
	for (i = 0; i < 3; i++)
		puppet_will(pp, i, do_count, i);
	for (i = 0; i < ROUNDS; i++) {
		puppet_attach(pp);
		ASK(PT_DETACH, pp->pid, 1, 0);
	}
	stage->counting = 0;
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, puppet_said(pp, i));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
	puppet_end(pp);
}

SPEC_TEST(signal_pending_at_detach_takes_its_action)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	while (stage->caught[SIGUSR2] == 0)
		sched_yield();
	ATF_REQUIRE_EQ(getpid(), stage->caught_pid[SIGUSR2]);
	puppet_end(pp);
}

SPEC_TEST(signals_not_yet_reported_are_delivered_once_at_detach)
{
	struct puppet *pp;
	int round, i, status;

	pp = puppet_start(4);
	for (i = 1; i < 4; i++)
		ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGRTMIN + i));
	for (round = 1; round <= ROUNDS; round++) {
		puppet_attach(pp);
		for (i = 1; i < 4; i++)
			puppet_will(pp, i, do_raise, SIGRTMIN + i);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		ASK(PT_DETACH, pp->pid, 1, WSTOPSIG(status));
		for (i = 1; i < 4; i++) {
			ATF_REQUIRE_EQ(0, puppet_said(pp, i));
			ATF_REQUIRE_EQ(round, stage->caught[SIGRTMIN + i]);
			ATF_REQUIRE_EQ(i, stage->caught_wire[SIGRTMIN + i]);
			ATF_REQUIRE_EQ(pp->pid, stage->caught_pid[SIGRTMIN + i]);
		}
	}
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WNOHANG));
	puppet_end(pp);
}

static long
do_many_calls(long n)
{
	while (n-- > 0)
		if (do_getpid(0) != getpid())
			return (-1);
	return (0);
}

SPEC_TEST(events_not_yet_reported_vanish_at_detach, "det.7")
{
	struct puppet *pp;
	int round, i;

	pp = puppet_start(4);
	for (round = 0; round < ROUNDS; round++) {
		puppet_attach(pp);
		for (i = 0; i < 4; i++)
			puppet_will(pp, i, do_many_calls, 20);
		ASK(PT_SYSCALL, pp->pid, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		ASK(PT_CONTINUE, pp->pid, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		ASK(PT_DETACH, pp->pid, 1, 0);
		for (i = 0; i < 4; i++)
			ATF_REQUIRE_EQ(0, puppet_said(pp, i));
	}
	puppet_end(pp);
}

SPEC_TEST(suspended_threads_are_released_at_detach, "det.7")
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t one = puppet_lwp(pp, 1), two = puppet_lwp(pp, 2);

	ASK(PT_SUSPEND, one, NULL, 0);
	ASK(PT_SUSPEND, two, NULL, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	ATF_REQUIRE_EQ(8, puppet_does(pp, 2, do_nothing, 8));
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* where it stays, and kills */
SPEC_TEST(step_flag_is_gone_after_detach, "det.11")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t lwp = puppet_lwp(pp, 1);

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	ASK(PT_SETSTEP, lwp, NULL, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_will(pp, 0, do_exit, 3);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}
#endif

SPEC_TEST(tracing_of_calls_is_gone_after_detach, "cont.12 det.5")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_attach(pp);
	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(following_of_forks_is_gone_after_detach, "det.3 fork.4")
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	ASK(PT_DETACH, pp->pid, 1, 0);
	puppet_attach(pp);
	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	child = (pid_t)puppet_said(pp, 0);
	EXPECT_NOBODY(child);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	puppet_end(pp);
}

static long
do_fork_freely(long arg)
{
	int status;
	pid_t pid = (pid_t)do_fork(3);

	(void)arg;
	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return (-1);
	return (status);
}

SPEC_TEST(children_born_after_detach_are_free)
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), puppet_does(pp, 0, do_fork_freely, 0));
	puppet_end(pp);
}

SPEC_TEST(registers_and_mask_are_as_before)
{
	struct puppet *pp = puppet_start(1);
	struct reg before, after;
	struct fpreg fbefore, fafter;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGUSR2));
	stage->counting = 1;
	puppet_attach(pp);
	ASK(PT_GETREGS, pp->pid, &before, 0);
	ASK(PT_GETFPREGS, pp->pid, &fbefore, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	/* It is asleep in the same call. */
	puppet_attach(pp);
	ASK(PT_GETREGS, pp->pid, &after, 0);
	ASK(PT_GETFPREGS, pp->pid, &fafter, 0);
	ATF_REQUIRE_EQ(R_SP(&before), R_SP(&after));
	ATF_REQUIRE_EQ(0, memcmp(&fbefore, &fafter, sizeof(fbefore)));
	ATF_REQUIRE(spec_has(INFO(pp->pid).pl_sigmask, SIGUSR2));
	puppet_end(pp);
}

SPEC_TEST(stranger_cannot_wait_after_detach, "det.4")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);

	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_DETACH, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(other, pp->pid, WNOHANG));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(other, PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_will(pp, 0, do_exit, 3);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(another_may_attach_after_detach)
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);

	ASK(PT_DETACH, pp->pid, 1, 0);
	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_DETACH, pp->pid, (void *)1, 0));
	puppet_attach(pp);
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(detach_at_a_call_entry_lets_the_call_be_made)
{
	struct puppet *pp = puppet_start(1);
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX, info);
	ASK(PT_DETACH, pp->pid, 1, SIGUSR1);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(detach_at_an_exec_stop_delivers_the_signal)
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_DETACH, pp->pid, 1, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(detach_at_an_exec_stop_lets_the_program_run)
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_DETACH, pp->pid, 1, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST(running_tracee_is_detached_by_way_of_a_SIGSTOP)
{
	struct puppet *pp = puppet_attached(2);
	int status;

	GO(pp->pid, 0);
	REFUSED(EBUSY, PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	EXPECT_STOP(pp->pid, SIGSTOP);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WNOHANG));
	puppet_end(pp);
}
