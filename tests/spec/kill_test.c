/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_KILL: the end, in whatever stop.  Spec: requests.md, 6; stops.md, 14.
 */
#include "spec.h"

#include <sys/syscall.h>
#include <sched.h>
#include <unistd.h>

static void
kill_now(struct puppet *pp)
{
	ASK(PT_KILL, pp->pid, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(kill_at_the_attach_stop, "kill.2")
{
	kill_now(puppet_attached(1));
}

SPEC_TEST(kill_ignores_addr_and_data, "kill.1")
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_KILL, pp->pid, 0, -1);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(kill_at_a_signal_stop, "kill.2")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_KILL, pp->pid, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(kill_by_the_id_of_any_thread, "call.4 thr.5")
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t lwp = puppet_lwp(pp, 1);

	(void)puppet_lwp(pp, 2);
	ASK(PT_KILL, lwp, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(kill_at_a_call_entry, "kill.3")
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	kill_now(pp);
}

SPEC_TEST(kill_at_a_call_exit, "kill.3")
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	kill_now(pp);
}

SPEC_TEST(kill_at_an_exec, "kill.3")
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	kill_now(pp);
}

/* Stops of a fork, in either order: the child's id. */
static pid_t
fork_stops(struct puppet *pp, part *how)
{
	struct ptrace_lwpinfo info;
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, how, 3);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_FORKED, PL_FLAG_CHILD, info);
	child = info.pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_CHILD, PL_FLAG_FORKED, INFO(child));
	return (child);
}

SPEC_TEST(kill_at_a_fork_leaves_the_child, "kill.3")
{
	struct puppet *pp = puppet_traced();
	pid_t child = fork_stops(pp, do_fork);

	ASK(PT_KILL, pp->pid, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

SPEC_TEST(kill_at_the_child_stop_leaves_the_parent)
{
	struct puppet *pp = puppet_traced();
	pid_t child = fork_stops(pp, do_fork);

	ASK(PT_KILL, child, 0, 0);
	EXPECT_DEATH(child, SIGKILL);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_will(pp, 0, do_collect, child);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(W_EXITCODE(0, SIGKILL), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(kill_of_a_vfork_child_releases_the_parent)
{
	struct puppet *pp = puppet_traced();
	pid_t child = fork_stops(pp, do_vfork);

	GO(pp->pid, 0);
	ASK(PT_KILL, child, 0, 0);
	EXPECT_DEATH(child, SIGKILL);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(kill_of_a_vfork_parent_leaves_the_child)
{
	struct puppet *pp = puppet_traced();
	pid_t child = fork_stops(pp, do_vfork);

	ASK(PT_KILL, pp->pid, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

SPEC_TEST(kill_outruns_the_signals_of_other_threads, "kill.3")
{
	int round;

	for (round = 0; round < 20; round++) {
		struct puppet *pp = puppet_attached(4);
		int i, status;

		for (i = 0; i < 4; i++)
			puppet_will(pp, i, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
		kill_now(pp);
	}
}

SPEC_TEST(kill_outruns_pending_signals, "kill.3")
{
	struct puppet *pp = puppet_attached(2);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGHUP));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	kill_now(pp);
}

SPEC_TEST(kill_takes_suspended_threads_too, "held.9")
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t one = puppet_lwp(pp, 1), two = puppet_lwp(pp, 2);

	ASK(PT_SUSPEND, one, NULL, 0);
	ASK(PT_SUSPEND, two, NULL, 0);
	ASK(PT_SUSPEND, pp->pid, NULL, 0);
	kill_now(pp);
}

SPEC_TEST(SIGKILL_given_takes_a_suspended_reporter, "kill.4")
{
	struct puppet *pp = puppet_attached(2);

	(void)puppet_lwp(pp, 1);
	ASK(PT_SUSPEND, pp->pid, NULL, 0);
	GO(pp->pid, SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(kill_of_a_running_tracee_is_EBUSY, "def.4")
{
	struct puppet *pp = puppet_attached(1);

	GO(pp->pid, 0);
	REFUSED(EBUSY, PT_KILL, pp->pid, 0, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(kill_after_death_is_ESRCH, "chk.5")
{
	struct puppet *pp = puppet_attached(1);
	int status;

	ASK(PT_KILL, pp->pid, 0, 0);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	REFUSED(ESRCH, PT_KILL, pp->pid, 0, 0);
	REFUSED(ESRCH, PT_DETACH, pp->pid, 1, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	REFUSED(ESRCH, PT_KILL, pp->pid, 0, 0);
	puppet_end(pp);
}

SPEC_TEST(kill_of_a_strangers_child_is_told_to_both)
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);

	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_KILL, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(other, pp->pid, 0));
	ATF_REQUIRE(WIFSIGNALED(stage->status) && WTERMSIG(stage->status) == SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	EXPECT_NOBODY(pp->pid);
	puppet_end(other);
	puppet_end(pp);
}
