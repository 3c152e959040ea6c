/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads that need not run for a process that stops again at once: src/engine/hold.c.
 */
#include "cases.h"
#include "play.h"

#define PLENTY 5000000 /* ns */

PROGRAM(idles, SLEEP);
PROGRAM(computes, SLEEP, TRAP, COMPUTE_5);
PROGRAM(traps, MAKE(SC_CLONE, idles), MAKE(SC_CLONE, computes), SLEEP, TRAP, TRAP, TRAP, TRAP, SLEEP, EXIT(3));

/* Stopped at its first trap, by its first thread; the others, pid + 1 and pid + 2, sleep. */
static pid_t
trapped(void)
{
	pid_t pid = attached(traps);

	play.sim.sim_chaos = false;
	GO(pid, 0);
	wake(pid);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(LWP(pid), INFO(pid).pl_lwpid);
	return (pid);
}

static struct proc *
engines(pid_t pid)
{
	return (proc_find(&play.tracer, pid));
}

SIM_TEST(others_are_not_touched_if_the_thread_stops_again, "")
{
	pid_t pid = trapped();
	unsigned long before = thread(pid + 1)->st_resumes, mine = thread(pid)->st_resumes;

	for (unsigned long i = 1; i <= 3; i++) {
		engines(pid)->p_credit = PLENTY;
		GO(pid, 0);
		SAME(before, thread(pid + 1)->st_resumes);
		SAME(mine + i, thread(pid)->st_resumes);
		EXPECT_STOP(pid, SIGTRAP);
		SAME(LWP(pid), INFO(pid).pl_lwpid);
	}
}

SIM_TEST(the_stop_is_there_when_the_request_returns, "")
{
	pid_t pid = trapped();

	engines(pid)->p_credit = PLENTY;
	GO(pid, 0);
	REFUSED(EBUSY, PT_CONTINUE, pid, STAY, 0); /* not collected yet */
	HOLDS((engines(pid)->p_flag & (P_STOPPED_TRACE | P_WAITED)) == P_STOPPED_TRACE);
	EXPECT_STOP(pid, SIGTRAP);
}

SIM_TEST(others_go_on_in_the_same_request_if_nothing_comes, "")
{
	pid_t pid = trapped();

	for (int i = 0; i < 3; i++) {
		GO(pid, 0);
		EXPECT_STOP(pid, SIGTRAP);
	}
	engines(pid)->p_credit = PLENTY;
	GO(pid, 0);
	for (pid_t tid = pid; tid <= pid + 2; tid++)
		HOLDS(!thread(tid)->st_stopped);
}

SIM_TEST(what_they_are_held_is_paid_by_what_all_ran, "")
{
	pid_t pid = trapped();
	unsigned long before = thread(pid + 1)->st_resumes;
	int64_t credit;

	engines(pid)->p_credit = 0;
	GO(pid, 0);
	SAME(before + 1, thread(pid + 1)->st_resumes);
	EXPECT_STOP(pid, SIGTRAP);
	HOLDS((credit = engines(pid)->p_credit) > 0);
	GO(pid, 0);
	SAME(before + 1, thread(pid + 1)->st_resumes);
	HOLDS(engines(pid)->p_credit < credit);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(0, engines(pid)->p_ranfrom);
}

SIM_TEST(a_long_run_does_not_pay_for_a_long_hold, "")
{
	pid_t pid = trapped();

	engines(pid)->p_credit = 0;
	GO(pid, 0);
	play.sim.sim_clock += 3600ull * 1000000000;
	EXPECT_STOP(pid, SIGTRAP);
	HOLDS(engines(pid)->p_credit > 0 && engines(pid)->p_credit <= 10000000);
}

SIM_TEST(a_thread_that_steps_goes_first, "")
{
	pid_t pid = attached(traps), steps = pid + 2;
	unsigned long before;

	play.sim.sim_chaos = false;
	GO(pid, 0);
	wake(steps);
	EXPECT_STOP(pid, SIGTRAP);
	ASK(PT_SUSPEND, LWP(steps), NULL, 0);
	GO(pid, 0);
	wake(pid);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(LWP(pid), INFO(pid).pl_lwpid);
	ASK(PT_RESUME, LWP(steps), NULL, 0);
	before = thread(pid)->st_resumes;
	engines(pid)->p_credit = PLENTY;
	ASK(PT_STEP, LWP(steps), STAY, 0);
	SAME(before, thread(pid)->st_resumes);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(LWP(steps), INFO(pid).pl_lwpid);
}

/* Another thread of the tracer may have what would be looked for. */
SIM_TEST(nobody_is_held_while_another_thread_waits, "")
{
	pid_t pid = trapped();
	unsigned long before = thread(pid + 1)->st_resumes;

	engines(pid)->p_credit = PLENTY;
	play.tracer.tr_inwait = 1;
	GO(pid, 0);
	play.tracer.tr_inwait = 0;
	SAME(before + 1, thread(pid + 1)->st_resumes);
	EXPECT_STOP(pid, SIGTRAP);
}

SIM_TEST(one_that_is_held_by_the_tracer_is_not_waited_for, "")
{
	pid_t pid = trapped();
	unsigned long before = thread(pid + 1)->st_resumes;

	ASK(PT_SUSPEND, LWP(pid), NULL, 0);
	engines(pid)->p_credit = PLENTY;
	GO(pid, 0);
	SAME(before + 1, thread(pid + 1)->st_resumes);
	HOLDS(thread(pid)->st_stopped);
}

PROGRAM(runs, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, SLEEP);
PROGRAM(traps_beside_one_that_runs, MAKE(SC_CLONE, runs), TRAP, TRAP, SLEEP);

/* What the process ran, as it is counted, over what it ran by the clock. */
static int64_t
worth(pid_t pid)
{
	uint64_t from;

	engines(pid)->p_credit = 0;
	GO(pid, 0);
	from = engines(pid)->p_ranfrom;
	EXPECT_STOP(pid, SIGTRAP);
	return (engines(pid)->p_credit / (int64_t)(play.sim.sim_clock - from));
}

SIM_TEST(who_sleeps_is_held_longer_than_who_computes, "")
{
	pid_t pid = trapped();

	SAME(3, worth(pid));
	engines(pid)->p_computes = true; /* is found out anew each time */
	SAME(3, worth(pid));
}

SIM_TEST(one_that_computes_keeps_half_its_speed, "")
{
	pid_t pid = stranger(traps_beside_one_that_runs);

	play.sim.sim_chaos = false;
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	while (engines(pid)->p_numthreads < 2) {
		GO(pid, 0);
		EXPECT_STOP(pid, SIGTRAP);
	}
	SAME(1, worth(pid));
	HOLDS(engines(pid)->p_computes);
}

PROGRAM(stops_rarely, MAKE(SC_CLONE, idles), SLEEP, TRAP, SLEEP);

SIM_TEST(who_stops_rarely_is_held_up_ever_more_rarely, "")
{
	pid_t pid = attached(stops_rarely);
	unsigned held = 0;

	play.sim.sim_chaos = false;
	for (unsigned i = 0; i < 8; i++) {
		engines(pid)->p_credit = PLENTY;
		GO(pid, 0);
		held += engines(pid)->p_credit != PLENTY;
		HOLDS(!thread(pid + 1)->st_stopped);
		idle(pid);
		sent(pid, SIGUSR1);
		EXPECT_STOP(pid, SIGUSR1);
	}
	SAME(3, held); /* the first, the third, the seventh */
}
