/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How tracing begins and ends: PT_TRACE_ME, PT_ATTACH, PT_DETACH, PT_KILL.  Spec: requests.md, 3, 6 and 8.
 */
#include <limits.h>

#include "cases.h"
#include "play.h"

PROGRAM(idles, SLEEP);
PROGRAM(works, SLEEP, COMPUTE, CALL(SC_GETPID), COMPUTE, RAISE(SIGUSR2), SLEEP);

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

/* ---- PT_TRACE_ME: of the tracer itself, which has a parent here ---- */

SIM_TEST(trace_me_is_of_the_caller_whatever_pid_says, "chk.1 me.3 num.0")
{
	static const pid_t pids[] = {0, -1, SIM_SELF, NOBODY, INT_MIN, INT_MAX};

	for (size_t i = 0; i < NITEMS(pids); i++) {
		play.sim.sim_ppid = 7;
		play.sim.sim_traced = 0;
		ASK(PT_TRACE_ME, pids[i], SIM_BAD, INT_MIN);
		SAME(0, play.result);
		SAME(7, play.sim.sim_traced);
	}
}

SIM_TEST(trace_me_twice_is_EBUSY, "me.1")
{
	play.sim.sim_ppid = 7;
	ASK(PT_TRACE_ME, 0, NULL, 0);
	REFUSED(EBUSY, PT_TRACE_ME, 0, NULL, 0);
	play.sim.sim_ppid = 1; /* also before the parent is looked at */
	REFUSED(EBUSY, PT_TRACE_ME, 0, NULL, 0);
}

SIM_TEST(trace_me_of_a_child_of_init_is_EPERM, "me.2")
{
	REFUSED(EPERM, PT_TRACE_ME, 0, NULL, 0);
	SAME(0, play.sim.sim_traced);
}

PROGRAM(asks, CALL(SC_TRACEME), COMPUTE, CALL(SC_GETPID), RAISE(SIGUSR1), EXIT(3));

SIM_TEST(parent_of_one_that_asked_is_its_tracer, "me.4")
{
	pid_t pid = child(asks);

	EXPECT_STOP(pid, SIGUSR1);
	SAME(SIM_SELF, proc(pid)->sp_ppid);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
	GO(pid, 0);
	EXPECT_EXIT(pid, 3);
}

PROGRAM(asks_only, CALL(SC_TRACEME), COMPUTE, CALL(SC_GETPID), SLEEP);

SIM_TEST(asking_is_no_stop, "me.6")
{
	pid_t pid = child(asks_only);

	idle(pid);
	SAME(1, play.entered[SC_GETPID]);
}

/* ---- PT_ATTACH ---- */

SIM_TEST(attach_ignores_addr_and_data, "att.5 num.10")
{
	pid_t pid = stranger(idles);

	quiet();
	ASK(PT_ATTACH, pid, SIM_BAD, INT_MIN);
	SAME(0, play.result);
	EXPECT_STOP(pid, SIGSTOP);
}

SIM_TEST(attach_makes_it_a_child_to_wait_for, "att.6 pick.8")
{
	pid_t pid = stranger(works);

	EXPECT_NOBODY(pid);
	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	SAME(1, proc(pid)->sp_ppid); /* its own parent stays, for it */
	GO(pid, 0);
	EXPECT_NOTHING(pid);
}

SIM_TEST(attach_stops_once_with_SIGSTOP, "att.7 att.8 att.1")
{
	pid_t pid = stranger(idles);
	struct ptrace_lwpinfo info;

	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	info = INFO(pid);
	SAME(PL_EVENT_SIGNAL, info.pl_event);
	SAME(PL_FLAG_SI, info.pl_flags);
	SAME(SIGSTOP, info.pl_siginfo.si_signo);
	EXPECT_NOTHING(pid);
	GO(pid, 0);
	idle(pid);
	REFUSED(EINVAL, PT_ATTACH, SIM_SELF, NULL, 0);
}

SIM_TEST(attach_to_a_tracee_is_EBUSY, "att.2")
{
	pid_t pid = sleepers(2), other = stranger(idles);

	REFUSED(EBUSY, PT_ATTACH, pid, NULL, 0);
	REFUSED(EBUSY, PT_ATTACH, LWP(pid + 1), NULL, 0);
	GO(pid, 0);
	REFUSED(EBUSY, PT_ATTACH, pid, NULL, 0);
	proc(other)->sp_other = 77;
	REFUSED(EBUSY, PT_ATTACH, other, NULL, 0);
}

SIM_TEST(tracee_may_not_attach_to_an_ancestor, "att.3 att.4")
{
	pid_t grandparent = stranger(idles), parent = stranger(idles), uncle = stranger(idles);

	quiet();
	proc(parent)->sp_ppid = grandparent;
	play.sim.sim_ppid = parent;
	play.sim.sim_traced = parent;
	REFUSED(EINVAL, PT_ATTACH, parent, NULL, 0);
	REFUSED(EINVAL, PT_ATTACH, grandparent, NULL, 0);
	REFUSED(EINVAL, PT_ATTACH, LWP(grandparent), NULL, 0);
	/* A tracer stands as parent of its tracee. */
	play.sim.sim_traced = uncle;
	ASK(PT_ATTACH, grandparent, NULL, 0);
	EXPECT_STOP(grandparent, SIGSTOP);
	REFUSED(EINVAL, PT_ATTACH, uncle, NULL, 0);
	/* Who is not traced may. */
	play.sim.sim_traced = 0;
	ASK(PT_ATTACH, parent, NULL, 0);
	EXPECT_STOP(parent, SIGSTOP);
}

SIM_TEST(process_in_job_control_stop_stops_again_under_trace, "att.9 det.13")
{
	pid_t pid = stranger(works);

	quiet();
	sim_signal(&play.sim, proc(pid), NULL, SIGSTOP, false);
	quiet();
	HOLDS(proc(pid)->sp_jobstop);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	wake(pid);
	EXPECT_STOP(pid, SIGUSR2); /* it ran */
	ASK(PT_DETACH, pid, STAY, 0);
	HOLDS(proc(pid)->sp_jobstop); /* and is stopped again (decisions.md, 3) */
}

SIM_TEST(attach_leaves_a_pending_SIGCONT, "att.10")
{
	pid_t pid = stranger(idles);

	thread(pid)->st_mask = SIM_BIT(SIGCONT);
	quiet();
	caught(pid, SIGCONT);
	sim_signal(&play.sim, proc(pid), NULL, SIGCONT, false);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	thread(pid)->st_mask = 0;
	thread(pid)->st_roused = true;
	EXPECT_STOP(pid, SIGCONT);
	GO(pid, SIGCONT);
	quiet();
	SAME(1, play.taken[SIGCONT]);
}

PROGRAM(makes_threads, MAKE(SC_CLONE, idles), MAKE(SC_CLONE, idles), SLEEP);

SIM_TEST(attach_by_any_thread_is_to_the_process, "att.11 thr.5 thr.3")
{
	for (pid_t n = 0; n < 5; n++) {
		pid_t pid = stranger(makes_threads);
		const pid_t names[] = {pid, LWP(pid), LWP(pid + 1), pid + 1, LWP(pid + 2)};

		quiet();
		ASK(PT_ATTACH, names[n], NULL, 0);
		EXPECT_STOP(pid, SIGSTOP);
		SAME(LWP(pid), INFO(pid).pl_lwpid);
		ASK(PT_GETNUMLWPS, pid, NULL, 0);
		SAME(3, play.result);
	}
}

SIM_TEST(attach_stop_comes_before_pending_signals, "pick.4")
{
	pid_t pid = stranger(idles);

	thread(pid)->st_mask = SIM_BIT(SIGHUP) | SIM_BIT(SIGUSR1);
	quiet();
	sent(pid, SIGHUP);
	sent(pid, SIGUSR1);
	thread(pid)->st_mask = 0;
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGHUP);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGUSR1);
}

/* ---- PT_DETACH ---- */

SIM_TEST(detach_ignores_addr, "det.1 num.11")
{
	pid_t pid = sleepers(1);
	uint64_t at = pc(pid);

	ASK(PT_DETACH, pid, SIM_BAD, 0);
	SAME(0, play.result);
	play.sim.sim_chaos = false;
	SAME(1, R_PC(&thread(pid)->st_reg) - (int64_t)at < 2);
}

SIM_TEST(detach_with_a_bad_signal_is_EINVAL_and_changes_nothing, "det.2 cont.1")
{
	static const int bad[] = {-1, 65, INT_MAX, INT_MIN};
	pid_t pid = sleepers(2);

	for (size_t i = 0; i < NITEMS(bad); i++)
		REFUSED(EINVAL, PT_DETACH, pid, STAY, bad[i]);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
	STOP_BY(pid, pid);
	ASK(PT_DETACH, pid, STAY, 0); /* drops the signal */
	quiet();
	SAME(0, play.taken[SIGUSR1]);
}

PROGRAM(forks, SLEEP, MAKE(SC_FORK, idles), SLEEP);

SIM_TEST(detach_ends_tracing, "det.3 det.5 def.1 fork.4 cont.12")
{
	pid_t pid = attached(forks);

	caught(pid, SIGUSR1);
	ASK(PT_FOLLOW_FORK, pid, NULL, 1);
	sent(pid, SIGUSR1);
	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP); /* out of its sleep */
	ASK(PT_DETACH, pid, STAY, 0);
	REFUSED(EPERM, PT_GETNUMLWPS, pid, NULL, 0);
	EXPECT_NOBODY(pid);
	SAME(0, sim_left_behind(&play.sim));
	quiet();
	SAME(1, play.taken[SIGUSR1]);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	wake(pid);
	quiet();
	EXPECT_NOTHING(pid); /* no call and no fork is told of */
	SAME(1, play.entered[SC_FORK]);
	SAME(0, thread(pid + 1)->st_traced);
}

SIM_TEST(detached_process_is_its_parents_again, "det.4")
{
	pid_t theirs = sleepers(1), ours = child(idles);

	quiet();
	ASK(PT_ATTACH, ours, NULL, 0);
	EXPECT_STOP(ours, SIGSTOP);
	ASK(PT_DETACH, theirs, STAY, 0);
	ASK(PT_DETACH, ours, STAY, 0);
	EXPECT_NOBODY(theirs);
	EXPECT_NOTHING(ours);
	play.sim.sim_chaos = false;
	wake(ours);
	quiet();
	EXPECT_EXIT(ours, 0);
}

SIM_TEST(detach_is_not_told_of, "det.14")
{
	pid_t pid = sleepers(2);
	unsigned long told = play.sim.sim_told;

	ASK(PT_DETACH, pid, STAY, 0);
	SAME(told, play.sim.sim_told);
}

SIM_TEST(detach_leaves_no_stop_behind, "det.6")
{
	pid_t pid = stranger(makes_threads);

	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	ASK(PT_DETACH, pid, STAY, 0);
	quiet();
	SAME(0, proc(pid)->sp_pending);
	SAME(0, thread(pid)->st_pending | thread(pid + 1)->st_pending | thread(pid + 2)->st_pending);
	SAME(0, play.taken[SIGSTOP]);
	HOLDS(!proc(pid)->sp_jobstop);
}

SIM_TEST(detach_forgets_events_and_suspension, "det.7 held.5")
{
	pid_t pid = sleepers(3);

	caught(pid, SIGUSR1);
	caught(pid, SIGUSR2);
	ASK(PT_SUSPEND, LWP(pid + 2), NULL, 0);
	sent(pid, SIGUSR1);
	sent(pid + 1, SIGUSR2);
	GO(pid, 0);
	SAME(0, await(pid, 0, &play.result));
	ASK(PT_DETACH, pid, STAY, 0);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	play.sim.sim_chaos = false;
	wake(pid + 2); /* which runs again */
}

SIM_TEST(detach_hands_the_signal_over, "det.8")
{
	static const int sigs[] = {SIGUSR1, SIGUSR2, SIGTERM};

	for (size_t i = 0; i < NITEMS(sigs); i++) {
		pid_t pid = sleepers(2);

		caught(pid, SIGUSR1);
		caught(pid, SIGUSR2);
		STOP_BY(pid, pid);
		ASK(PT_DETACH, LWP(pid + 1), STAY, sigs[i]);
		quiet();
		SAME(1, play.taken[sigs[i]]);
		SAME(sigs[i] == SIGTERM, sim_proc(&play.sim, pid) == NULL || proc(pid)->sp_dead);
	}
}

SIM_TEST(detach_with_SIGSTOP_leaves_it_stopped, "det.10 det.8")
{
	pid_t pid = sleepers(2);

	ASK(PT_DETACH, pid, STAY, SIGSTOP);
	quiet();
	HOLDS(proc(pid)->sp_jobstop);
}

SIM_TEST(detach_clears_the_step_flag, "det.11")
{
	pid_t pid = attached(works);

	ASK(PT_SETSTEP, pid, NULL, 0);
	ASK(PT_DETACH, pid, STAY, 0);
	quiet();
	play.sim.sim_chaos = false;
	proc(pid)->sp_how[SIGUSR2] = HD_IGNORED;
	wake(pid);
	quiet();
	SAME(0, play.taken[SIGTRAP]);
	SAME(1, play.entered[SC_GETPID]);
	HOLDS(!thread(pid)->st_tf);
}

/* ---- PT_KILL ---- */

SIM_TEST(kill_ignores_addr_and_data, "kill.1 kill.2 num.8")
{
	pid_t pid = sleepers(2);

	ASK(PT_KILL, pid, SIM_BAD, SIGUSR1);
	SAME(0, play.result);
	EXPECT_DEATH(pid, SIGKILL);
}

PROGRAM(signals_and_calls, CALL(SC_TRACEME), RAISE(SIGUSR1), RAISE(SIGUSR1), CALL(SC_EXEC), MAKE(SC_FORK, idles), CALL(SC_GETPID), EXIT(3));

SIM_TEST(kill_kills_at_every_kind_of_stop, "kill.3 kill.2")
{
	for (unsigned n = 0;; n++) {
		pid_t pid = child(signals_and_calls);
		int status = 0;
		unsigned k;

		EXPECT_STOP(pid, SIGUSR1);
		ASK(PT_FOLLOW_FORK, pid, NULL, 1);
		ASK(PT_SYSCALL, pid, STAY, 0);
		for (k = 0; k <= n; k++) {
			SAME(0, await(pid, 0, &status));
			if (!WIFSTOPPED(status))
				break;
			if (k < n)
				ASK(PT_SYSCALL, pid, STAY, 0);
		}
		if (!WIFSTOPPED(status)) {
			HOLDS(k > 9);
			return;
		}
		ASK(PT_KILL, pid, NULL, 0);
		EXPECT_DEATH(pid, SIGKILL);
		EXPECT_NOBODY(pid);
	}
}

SIM_TEST(kill_outruns_the_events_of_other_threads, "kill.3")
{
	pid_t pid = sleepers(3);
	int status;

	sent(pid, SIGUSR1);
	sent(pid + 1, SIGUSR2);
	sent(pid + 2, SIGTERM);
	GO(pid, 0);
	SAME(0, await(pid, 0, &status));
	HOLDS(WIFSTOPPED(status));
	ASK(PT_KILL, pid, NULL, 0);
	EXPECT_DEATH(pid, SIGKILL);
}

SIM_TEST(SIGKILL_given_to_any_resume_is_PT_KILL, "kill.4")
{
	static const int resumes[] = {PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_DETACH};

	for (size_t i = 0; i < NITEMS(resumes); i++) {
		pid_t pid = sleepers(2);

		int status;

		sent(pid + 1, SIGTERM);
		sent(pid, SIGUSR1);
		GO(pid, 0);
		SAME(0, await(pid, 0, &status));
		HOLDS(WIFSTOPPED(status));
		ASK(resumes[i], pid, STAY, SIGKILL);
		EXPECT_DEATH(pid, SIGKILL);
	}
}
