/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_SUSPEND and PT_RESUME.  Spec: requests.md, 6; stops.md, 2 and 4.
 */
#include "spec.h"

#include <sched.h>
#include <unistd.h>

SPEC_TEST(suspended_thread_does_not_run, "cont.8 held.1 held.3")
{
	struct puppet *pp = puppet_start(3);
	lwpid_t one, two;
	long seen;
	int i;

	stage->counting = 1;
	puppet_attach(pp);
	one = puppet_lwp(pp, 1);
	two = puppet_lwp(pp, 2);
	puppet_will(pp, 1, do_count, 1);
	puppet_will(pp, 2, do_count, 2);
	ASK(PT_SUSPEND, one, (caddr_t)1, -1); /* neither is looked at */
	EXPECT_NOTHING(pp->pid);
	for (i = 0; i < 3; i++) {
		seen = stage->count[2];
		GO(pp->pid, 0);
		while (stage->count[2] == seen)
			sched_yield();
		puppet_will(pp, 0, do_raise, SIGUSR1);
		EXPECT_STOP(pp->pid, SIGUSR1);
		ATF_REQUIRE_EQ(0, stage->count[1]); /* over any number of continues */
	}
	ASK(PT_RESUME, one, (caddr_t)1, -1);
	EXPECT_NOTHING(pp->pid);
	ASK(PT_SUSPEND, two, NULL, 0);
	seen = stage->count[2];
	GO(pp->pid, 0);
	while (stage->count[1] == 0)
		sched_yield();
	ATF_REQUIRE_EQ(seen, stage->count[2]);
	puppet_end(pp);
}

SPEC_TEST(suspending_and_resuming_twice_is_no_error, "held.6")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);

	ASK(PT_RESUME, one, NULL, 0);
	ASK(PT_SUSPEND, one, NULL, 0);
	ASK(PT_SUSPEND, one, NULL, 0);
	ASK(PT_RESUME, one, NULL, 0); /* one is enough */
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(process_id_suspends_the_reporting_thread, "thr.2")
{
	struct puppet *pp = puppet_attached(2);

	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_SUSPEND, pp->pid, NULL, 0);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(suspended_thread_counts_as_stopped, "held.2 held.5 held.7")
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t one = puppet_lwp(pp, 1);
	int i;

	ASK(PT_SUSPEND, one, NULL, 0);
	for (i = 0; i < 10; i++) {
		puppet_will(pp, i % 2 == 0 ? 0 : 2, do_raise, SIGUSR2);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR2);
		ATF_REQUIRE_EQ(one, INFO(one).pl_lwpid);
	}
	puppet_end(pp);
}

SPEC_TEST(event_of_a_suspended_thread_is_kept_until_it_is_resumed, "held.4")
{
	int round, i, status, first, other;
	lwpid_t lwp[2];

	for (round = 0; round < 20; round++) {
		struct puppet *pp = puppet_attached(3);

		lwp[0] = puppet_lwp(pp, 0);
		lwp[1] = puppet_lwp(pp, 1);
		puppet_will(pp, 0, do_raise, SIGUSR1);
		puppet_will(pp, 1, do_raise, SIGUSR2);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		first = WSTOPSIG(status) == SIGUSR1 ? 0 : 1;
		other = 1 - first;
		ASK(PT_SUSPEND, lwp[other], NULL, 0); /* it has an event already, or never gets to it */
		for (i = 0; i < 3; i++) {
			puppet_will(pp, 2, do_raise, SIGHUP);
			GO(pp->pid, 0);
			EXPECT_STOP(pp->pid, SIGHUP);
		}
		ASK(PT_RESUME, lwp[other], NULL, 0);
		EXPECT_NOTHING(pp->pid);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, other == 0 ? SIGUSR1 : SIGUSR2);
		ATF_REQUIRE_EQ(lwp[other], INFO(pp->pid).pl_lwpid);
		EXPECT_NOTHING(pp->pid);
		puppet_end(pp);
	}
}

SPEC_TEST(signal_given_to_a_suspended_thread_is_kept_for_it, "held.4")
{
	struct puppet *pp = puppet_start(2);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	lwpid_t one = INFO(pp->pid).pl_lwpid;
	ASK(PT_SUSPEND, one, NULL, 0);
	GO(pp->pid, SIGUSR1);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	ASK(PT_RESUME, one, NULL, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught_wire[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(process_with_all_threads_suspended_is_running_and_reports_nothing, "held.8 held.9")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t list[2];

	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 2));
	ASK(PT_SUSPEND, list[0], NULL, 0);
	ASK(PT_SUSPEND, list[1], NULL, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_NOTHING(pp->pid);
	REFUSED(EBUSY, PT_RESUME, list[0], NULL, 0);
	REFUSED(EBUSY, PT_DETACH, pp->pid, 1, 0);
	REFUSED(EBUSY, PT_KILL, pp->pid, 0, 0);
#ifndef __FreeBSD__
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	EXPECT_DEATH(pp->pid, SIGKILL);
#endif
	puppet_end(pp);
}

SPEC_TEST(new_thread_is_not_suspended, "held.11")
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t zero = puppet_lwp(pp, 0);

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_SUSPEND, zero, NULL, 0);
	puppet_will(pp, 1, do_new_thread, 2);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(suspension_is_over_with_detach, "det.7 held.5")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);

	ASK(PT_SUSPEND, one, NULL, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	puppet_attach(pp); /* and not there at the next attach */
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(exit_takes_suspended_threads_along)
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t one = puppet_lwp(pp, 1);

	ASK(PT_SUSPEND, one, NULL, 0);
	puppet_will(pp, 0, do_exit, 5);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 5);
	puppet_end(pp);
}

SPEC_TEST(one_thread_steps_while_the_others_are_held)
{
	struct puppet *pp = puppet_start(3);
	lwpid_t list[3], zero;
	long seen[2];
	int i, k;

	puppet_attach(pp);
	zero = puppet_lwp(pp, 0);
	stage->counting = 1;
	puppet_will(pp, 1, do_count, 1);
	puppet_will(pp, 2, do_count, 2);
	GO(pp->pid, 0);
	while (stage->count[1] == 0 || stage->count[2] == 0)
		sched_yield();
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
	for (k = 0; k < 3; k++)
		if (list[k] != zero)
			ASK(PT_SUSPEND, list[k], NULL, 0);
	for (i = 0; i < 20; i++) /* enough to do for as many steps */
		puppet_will(pp, 0, do_nothing, 0);
	seen[0] = stage->count[1];
	seen[1] = stage->count[2];
	for (i = 0; i < 20; i++) {
		ASK(PT_STEP, zero, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		ATF_REQUIRE_EQ(zero, INFO(pp->pid).pl_lwpid);
		ATF_REQUIRE_EQ(seen[0], stage->count[1]);
		ATF_REQUIRE_EQ(seen[1], stage->count[2]);
	}
	puppet_end(pp);
}
