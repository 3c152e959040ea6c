/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Many threads in one process: stopped together, each event told once; births and deaths.
 * Spec: stops.md, 2, 4 and 12; requests.md, 4 and 8.
 */
#include "spec.h"
#include "machine.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define THREADS 6

SPEC_TEST(thread_birth_is_silent)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 0, do_new_thread, 2);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(thread_born_under_trace_is_traced)
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t zero = puppet_lwp(pp, 0);

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 1, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE(INFO(pp->pid).pl_lwpid != zero);
	puppet_end(pp);
}

SPEC_TEST(thread_born_of_a_thread_born_under_trace_is_traced)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 1, do_new_thread, 2);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(new_thread_has_its_creators_mask_and_no_step_flag)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_block, SIGHUP);
	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 1, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE(spec_has(INFO(pp->pid).pl_sigmask, SIGHUP));
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE(!R_STEP_SET(&reg));
	puppet_end(pp);
}

SPEC_TEST(thread_death_is_silent)
{
	struct puppet *pp = puppet_attached(3);
	int left;

	puppet_will(pp, 1, do_end_thread, 0);
	puppet_will(pp, 0, do_join_thread, 1);
	do { /* it may be on its way out still */
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1);
		left = ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0);
		ATF_REQUIRE(left == 2 || left == 3);
	} while (left == 3);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 2, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(stop_of_one_is_the_stop_of_all, "cont.8")
{
	struct puppet *pp = puppet_start(4);
	long seen[4];
	int i, round;

	stage->counting = 1;
	for (i = 1; i < 4; i++)
		puppet_will(pp, i, do_count, i);
	puppet_attach(pp);
	for (round = 0; round < 5; round++) {
		for (i = 1; i < 4; i++)
			seen[i] = stage->count[i];
		GO(pp->pid, 0);
		for (i = 1; i < 4; i++)
			while (stage->count[i] == seen[i])
				sched_yield();
		puppet_will(pp, 0, do_raise, SIGUSR1);
		EXPECT_STOP(pp->pid, SIGUSR1);
		for (i = 1; i < 4; i++)
			seen[i] = stage->count[i];
		for (i = 0; i < 100; i++)
			sched_yield();
		EXPECT_NOTHING(pp->pid);
		for (i = 1; i < 4; i++)
			ATF_REQUIRE_EQ(seen[i], stage->count[i]);
	}
	puppet_end(pp);
}

SPEC_TEST(stop_of_second_thread_is_told_after_resume, "pick.1")
{
	int round, first, status;

	for (round = 0; round < 20; round++) {
		struct puppet *pp = puppet_attached(2);

		puppet_will(pp, 0, do_raise, SIGUSR1);
		puppet_will(pp, 1, do_raise, SIGUSR2);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		first = WSTOPSIG(status);
		EXPECT_NOTHING(pp->pid);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1 + SIGUSR2 - first);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
		ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
		EXPECT_NOTHING(pp->pid);
		puppet_end(pp);
	}
}

SPEC_TEST(event_of_every_thread_is_told_once, "pick.1")
{
	struct puppet *pp = puppet_attached(THREADS);
	lwpid_t told[THREADS];
	int round, i, k;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < THREADS; i++)
			puppet_will(pp, i, do_raise, SIGUSR1);
		for (i = 0; i < THREADS; i++) {
			GO(pp->pid, 0);
			EXPECT_STOP(pp->pid, SIGUSR1);
			told[i] = INFO(pp->pid).pl_lwpid;
			for (k = 0; k < i; k++)
				ATF_REQUIRE(told[k] != told[i]);
			EXPECT_NOTHING(pp->pid);
		}
		GO(pp->pid, 0);
		for (i = 0; i < THREADS; i++)
			ATF_REQUIRE_EQ(0, puppet_said(pp, i));
		EXPECT_NOTHING(pp->pid);
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
		EXPECT_STOP(pp->pid, SIGSTOP);
	}
	puppet_end(pp);
}

#define NUMBERS 8

SPEC_TEST(events_of_a_thread_keep_their_order)
{
	struct puppet *pp = puppet_attached(THREADS);
	lwpid_t lwp[THREADS];
	int next[THREADS] = { 0 };
	int i, k, n, status;

	for (i = 0; i < THREADS; i++)
		lwp[i] = puppet_lwp(pp, i);
	for (k = 0; k < NUMBERS; k++)
		for (i = 0; i < THREADS; i++)
			puppet_will(pp, i, do_raise, SIGRTMIN + k);
	for (n = 0; n < THREADS * NUMBERS; n++) {
		struct ptrace_lwpinfo info;

		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		info = INFO(pp->pid);
		ATF_REQUIRE_EQ(WSTOPSIG(status), info.pl_siginfo.si_signo);
		for (i = 0; i < THREADS && lwp[i] != info.pl_lwpid; i++)
			;
		ATF_REQUIRE(i < THREADS);
		ATF_REQUIRE_EQ(SIGRTMIN + next[i], WSTOPSIG(status));
		next[i]++;
	}
	GO(pp->pid, 0);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(handlers_of_all_threads_run_once_each)
{
	struct puppet *pp = puppet_start(THREADS);
	int i, k;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	for (k = 0; k < 20; k++)
		for (i = 0; i < THREADS; i++)
			puppet_will(pp, i, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	for (i = 0; i < 20 * THREADS; i++) {
		EXPECT_STOP(pp->pid, SIGUSR1);
		GO(pp->pid, SIGUSR1);
	}
	for (k = 0; k < 20; k++)
		for (i = 0; i < THREADS; i++)
			ATF_REQUIRE_EQ(0, puppet_said(pp, i));
	ATF_REQUIRE_EQ(20 * THREADS, stage->caught[SIGUSR1]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(event_not_yet_told_is_seen_on_its_thread, "info.5")
{
	int round, i;

	for (round = 0; round < 20; round++) {
		struct puppet *pp = puppet_attached(3);
		struct ptrace_lwpinfo info;
		lwpid_t list[3], told;
		int waiting = 0;

		for (i = 0; i < 3; i++)
			puppet_will(pp, i, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1);
		told = INFO(pp->pid).pl_lwpid;
		ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
		for (i = 0; i < 3; i++) {
			info = INFO(list[i]);
			if (info.pl_event == PL_EVENT_SIGNAL) {
				REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
				ATF_REQUIRE_EQ(SIGUSR1, info.pl_siginfo.si_signo);
				if (list[i] != told)
					waiting++;
			} else {
				REQUIRE_FLAGS(0, PL_FLAG_SI, info);
				ATF_REQUIRE(list[i] != told);
			}
		}
		for (i = 0; i < 2; i++) {
			GO(pp->pid, 0);
			EXPECT_STOP(pp->pid, SIGUSR1);
		}
		ATF_REQUIRE(waiting <= 2);
		puppet_end(pp);
	}
}

SPEC_TEST(answer_is_for_the_told_event_whichever_thread_is_named, "thr.6")
{
	struct puppet *pp = puppet_start(3);
	lwpid_t list[3];
	int i, k;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
	GO(pp->pid, 0);
	for (k = 0; k < 10; k++) {
		for (i = 0; i < 3; i++)
			puppet_will(pp, i, do_raise, SIGUSR1);
		for (i = 0; i < 3; i++) {
			EXPECT_STOP(pp->pid, SIGUSR1);
			GO(list[(i + k) % 3], SIGUSR1);
		}
		for (i = 0; i < 3; i++)
			ATF_REQUIRE_EQ(0, puppet_said(pp, i));
		ATF_REQUIRE_EQ(3 * (k + 1), stage->caught[SIGUSR1]);
		EXPECT_NOTHING(pp->pid);
	}
	puppet_end(pp);
}

SPEC_TEST(pid_means_the_reporting_thread, "thr.2 info.4")
{
	struct puppet *pp = puppet_attached(4);
	struct reg by_pid, by_lwp;
	lwpid_t lwp[4];
	int i, k;

	for (i = 0; i < 4; i++) {
		lwp[i] = puppet_lwp(pp, i);
		ATF_REQUIRE_EQ(lwp[i], INFO(pp->pid).pl_lwpid);
		ASK(PT_GETREGS, pp->pid, &by_pid, 0);
		ASK(PT_GETREGS, lwp[i], &by_lwp, 0);
		ATF_REQUIRE_EQ(0, memcmp(&by_pid, &by_lwp, sizeof(by_pid)));
		for (k = 0; k < i; k++) {
			ASK(PT_GETREGS, lwp[k], &by_lwp, 0);
			ATF_REQUIRE(R_SP(&by_pid) != R_SP(&by_lwp));
			ATF_REQUIRE(lwp[k] != lwp[i]);
		}
	}
	puppet_end(pp);
}

SPEC_TEST(any_thread_may_be_named_for_what_acts_on_the_process, "call.4 thr.5")
{
	PUPPET_DATA static int cell = 4711;
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1), zero = puppet_lwp(pp, 0), list[2];

	ATF_REQUIRE(one != zero);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, one, NULL, 0));
	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, one, (caddr_t)list, 2));
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, one, (caddr_t)&cell, 0));
	ASK(PT_WRITE_D, one, &cell, 4712);
	ATF_REQUIRE_EQ(4712, ptrace(PT_READ_D, zero, (caddr_t)&cell, 0));
	ASK(PT_FOLLOW_FORK, one, NULL, 1);
	GO(one, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

static void *
short_life(void *arg)
{
	return (arg);
}

static long
do_many_threads(long n)
{
	pthread_t thread[4];
	int i;

	while (n-- > 0) {
		for (i = 0; i < 4; i++)
			if (pthread_create(&thread[i], NULL, short_life, NULL) != 0)
				return (-1);
		for (i = 0; i < 4; i++)
			if (pthread_join(thread[i], NULL) != 0)
				return (-2);
	}
	return (0);
}

SPEC_TEST(threads_come_and_go_while_the_process_stops_and_goes)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t list[64];
	int k, n, status, rounds = 0;

	puppet_will(pp, 0, do_many_threads, 50);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	do {
		puppet_will(pp, 1, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE(WSTOPSIG(status) == SIGUSR1 || WSTOPSIG(status) == SIGUSR2);
		n = ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 64);
		ATF_REQUIRE(n >= 2 && n < 64);
		for (k = 0; k < n; k++)
			ATF_REQUIRE_EQ(list[k], INFO(list[k]).pl_lwpid);
		if (rounds++ > 0) /* the part before is done, since this one has begun */
			ATF_REQUIRE(WSTOPSIG(status) == SIGUSR2 || puppet_said(pp, 1) == 0);
	} while (WSTOPSIG(status) != SIGUSR2);
	puppet_end(pp);
}

static long
do_many_signals(long n)
{
	while (n-- > 0)
		raise(SIGUSR1);
	return (0);
}

SPEC_TEST(births_deaths_signals_and_calls_at_once)
{
	struct puppet *pp = puppet_attached(3);
	int status, signals = 0, left = 2;

	puppet_will(pp, 0, do_many_threads, 10);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	puppet_will(pp, 1, do_many_signals, 20);
	puppet_will(pp, 1, do_raise, SIGUSR2);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	while (left > 0) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		if (WSTOPSIG(status) == SIGUSR1)
			signals++;
		else if (WSTOPSIG(status) == SIGUSR2)
			left--;
		else
			ATF_REQUIRE_EQ(SIGTRAP, WSTOPSIG(status));
		if (left > 0)
			GO(pp->pid, 0);
	}
	ATF_REQUIRE_EQ(20, signals);
	puppet_end(pp);
}
