/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of a tracee, and who is told of it.  Spec: stops.md, 13; wait.md, 5 and 6.
 */
#include "spec.h"
#include "machine.h"

#include <sched.h>
#include <unistd.h>

SPEC_TEST(exit_is_told_once_without_a_stop)
{
	struct puppet *pp = puppet_attached(3);

	puppet_will(pp, 0, do_exit, 5);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(exit_of_a_second_thread_is_the_process)
{
	struct puppet *pp = puppet_attached(3);

	puppet_will(pp, 2, do_exit, 5);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(death_by_a_signal_passed_on_is_an_ordinary_death)
{
	struct puppet *pp = puppet_attached(2);

	puppet_will(pp, 1, do_raise, SIGINT);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGINT);
	GO(pp->pid, SIGINT);
	EXPECT_DEATH(pp->pid, SIGINT);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(end_of_the_first_thread_is_not_the_end)
{
	struct puppet *pp = puppet_attached(3);

	puppet_will(pp, 0, do_end_thread, 0);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, 0);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_will(pp, 1, do_exit, 5);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(process_whose_first_thread_has_gone_is_traced_like_any)
{
	PUPPET_DATA static int cell = 4711;
	struct puppet *pp = puppet_start(3);
	struct ptrace_lwpinfo info;
	lwpid_t list[4];
	int n, i;

	puppet_will(pp, 0, do_end_thread, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	puppet_attach(pp);
	puppet_will(pp, 2, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	info = INFO(pp->pid);
	n = ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 4);
	ATF_REQUIRE(n == 2 || n == 3); /* 3: it is on its way out */
	for (i = 0; i < n && list[i] != info.pl_lwpid; i++)
		;
	ATF_REQUIRE(i < n);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	ASK(PT_WRITE_D, pp->pid, &cell, 4712);
	ATF_REQUIRE_EQ(4712, ptrace(PT_READ_D, pp->pid, (caddr_t)&cell, 0));
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	puppet_attach(pp);
	ASK(PT_KILL, pp->pid, 0, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(last_threads_end_is_the_end)
{
	struct puppet *pp = puppet_attached(4);
	int i;

	for (i = 0; i < 4; i++)
		puppet_will(pp, i, do_end_thread, 0);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 0);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(exit_outruns_the_events_of_other_threads)
{
	int round, i, status;

	for (round = 0; round < 25; round++) {
		struct puppet *pp = puppet_attached(4);

		for (i = 0; i < 4; i++)
			if (i == round % 4)
				puppet_will(pp, i, do_exit, 5);
			else
				puppet_will(pp, i, do_raise, SIGUSR1);
		for (i = 0;; i++) {
			GO(pp->pid, 0);
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
			if (!WIFSTOPPED(status))
				break;
			ATF_REQUIRE_EQ(SIGUSR1, WSTOPSIG(status));
			ATF_REQUIRE(i < 3);
		}
		ATF_REQUIRE_EQ(W_EXITCODE(5, 0), status);
		EXPECT_NOBODY(pp->pid);
		puppet_end(pp);
	}
}

#ifndef __FreeBSD__ /* where SIGKILL waits for the resume and is reported */
SPEC_TEST(kill_from_outside_ends_a_stop)
{
	struct puppet *pp = puppet_attached(3);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	EXPECT_DEATH(pp->pid, SIGKILL);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(kill_from_outside_ends_a_stop_not_yet_collected)
{
	struct puppet *pp = puppet_attached(3);
	int status;

	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	do
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
	while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
	ATF_REQUIRE_EQ(W_EXITCODE(0, SIGKILL), status);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(kill_from_outside_ends_a_running_tracee)
{
	struct puppet *pp = puppet_attached(3);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	EXPECT_DEATH(pp->pid, SIGKILL);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(kill_from_outside_may_meet_any_request, "chk.5")
{
	static const int requests[] = { PT_CONTINUE, PT_STEP, PT_SYSCALL, PT_DETACH, PT_KILL, PT_SUSPEND,
		PT_GETNUMLWPS };
	size_t i;
	int status, got;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct puppet *pp = puppet_attached(2);

		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
		got = ptrace(requests[i], pp->pid, (caddr_t)1, 0);
		ATF_REQUIRE(got != -1 || errno == ESRCH);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE_EQ(W_EXITCODE(0, SIGKILL), status);
		EXPECT_NOBODY(pp->pid);
		puppet_end(pp);
	}
}
#endif

SPEC_TEST(stranger_is_told_before_the_parent, "att.6")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);
	int status;

	puppet_attaches(other, pp->pid);
	puppet_will(pp, 0, do_exit, 5);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(other, pp->pid, WNOWAIT));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), stage->status);
	EXPECT_NOTHING(pp->pid); /* not ECHILD: it counts as existing */
	ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WNOHANG));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(other, pp->pid, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), stage->status);
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(other, pp->pid, WNOHANG));
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(parents_blocking_wait_ends_when_the_stranger_has_collected)
{
	struct puppet *parent = puppet_start(1);
	pid_t child = (pid_t)puppet_does(parent, 0, do_new_child, 1);

	ATF_REQUIRE(child > 0);
	ASK(PT_ATTACH, child, NULL, 0);
	EXPECT_STOP(child, SIGSTOP);
	stage->options = 0;
	puppet_will(parent, 0, do_wait, child); /* blocks */
	puppet_will(parent, 1, do_exit, 5);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(child, puppet_said(parent, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), stage->status);
	puppet_end(parent);
}

SPEC_TEST(orphan_is_told_to_the_tracer_alone)
{
	struct puppet *parent = puppet_start(1);
	pid_t child = (pid_t)puppet_does(parent, 0, do_new_child, 1);

	ATF_REQUIRE(child > 0);
	ASK(PT_ATTACH, child, NULL, 0);
	EXPECT_STOP(child, SIGSTOP);
	puppet_will(parent, 0, do_exit, 0);
	EXPECT_EXIT(parent->pid, 0);
	ASK(PT_GETNUMLWPS, child, NULL, 0); /* still traced */
	puppet_will(parent, 1, do_exit, 5);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	EXPECT_NOBODY(child);
	puppet_end(parent);
}

SPEC_TEST(exit_is_not_taken_by_a_look)
{
	struct puppet *pp = puppet_attached(2);
	int i, status;

	puppet_will(pp, 0, do_exit, 5);
	GO(pp->pid, 0);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
		ATF_REQUIRE_EQ(W_EXITCODE(5, 0), status);
	}
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(exit_of_a_detached_child_is_the_parents, "det.4")
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_DETACH, pp->pid, 1, 0);
	puppet_will(pp, 0, do_exit, 5);
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* which tells neither */
SPEC_TEST(tracer_that_ignores_SIGCHLD_is_told_of_a_strangers_end)
{
	struct puppet *parent = puppet_start(1);
	pid_t child = (pid_t)puppet_does(parent, 0, do_new_child, 1);

	ATF_REQUIRE(child > 0);
	signal(SIGCHLD, SIG_IGN);
	ASK(PT_ATTACH, child, NULL, 0);
	EXPECT_STOP(child, SIGSTOP);
	puppet_will(parent, 1, do_exit, 5);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(parent, 0, do_collect, child));
	signal(SIGCHLD, SIG_DFL);
	puppet_end(parent);
}

SPEC_TEST(tracer_that_wants_no_zombies_is_told_of_a_strangers_end)
{
	struct puppet *parent = puppet_start(1);
	pid_t child = (pid_t)puppet_does(parent, 0, do_new_child, 1);
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sa.sa_flags = SA_NOCLDWAIT;
	ATF_REQUIRE_EQ(0, sigaction(SIGCHLD, &sa, NULL));
	ASK(PT_ATTACH, child, NULL, 0);
	EXPECT_STOP(child, SIGSTOP);
	puppet_will(parent, 1, do_exit, 5);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(parent, 0, do_collect, child));
	signal(SIGCHLD, SIG_DFL);
	puppet_end(parent);
}

SPEC_TEST(tracer_that_ignores_SIGCHLD_is_told_of_its_childs_end)
{
	struct puppet *pp = puppet_start(1);

	signal(SIGCHLD, SIG_IGN);
	puppet_attach(pp);
	puppet_will(pp, 0, do_exit, 5);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 5);
	EXPECT_NOBODY(pp->pid);
	signal(SIGCHLD, SIG_DFL);
	puppet_end(pp);
}
#endif

SPEC_TEST(requests_after_the_end_are_ESRCH, "chk.5")
{
	struct puppet *pp = puppet_attached(1);
	int status;

	puppet_will(pp, 0, do_exit, 5);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	REFUSED(ESRCH, PT_CONTINUE, pp->pid, 1, 0);
	REFUSED(ESRCH, PT_DETACH, pp->pid, 1, 0);
	REFUSED(ESRCH, PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_EXIT(pp->pid, 5);
	REFUSED(ESRCH, PT_ATTACH, pp->pid, NULL, 0);
	puppet_end(pp);
}
