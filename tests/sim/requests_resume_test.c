/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Going on: PT_CONTINUE and its kin, PT_STEP, PT_SETSTEP, PT_CLEARSTEP, PT_SUSPEND, PT_RESUME, PT_FOLLOW_FORK.
 * Spec: requests.md, 4, 6 and 8.
 */
#include <limits.h>

#include "cases.h"
#include "play.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

PROGRAM(idles, SLEEP);

static const int resumes[] = {PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL};

/* ---- the signal ---- */

SIM_TEST(bad_signal_is_EINVAL_and_changes_nothing, "cont.1 step.5")
{
	static const int bad[] = {-1, 65, 66, INT_MAX, INT_MIN};
	pid_t pid = sleepers(2);
	uint64_t at = pc(pid);
	struct reg reg;

	for (size_t i = 0; i < NITEMS(resumes) * NITEMS(bad); i++) {
		REFUSED(EINVAL, resumes[i / NITEMS(bad)], pid, (void *)0x4321, bad[i % NITEMS(bad)]);
		EXPECT_NOTHING(pid);
		ASK(PT_GETREGS, pid, &reg, 0);
		SAME(at, R_PC(&reg));
		SAME(0, R_FLAGS(&reg) & STEP_FLAG);
	}
	/* Neither a step nor a call is to be traced. */
	GO(pid, 0);
	wake(pid);
	EXPECT_EXIT(pid, 0);
}

SIM_TEST(zero_is_no_signal, "cont.2 num.7")
{
	pid_t pid = sleepers(1);

	caught(pid, SIGUSR1);
	STOP_BY(pid, pid);
	GO(pid, 0);
	SAME(0, play.result);
	quiet();
	SAME(0, play.taken[SIGUSR1]);
}

SIM_TEST(largest_signal_is_the_hosts, "cont.3")
{
	pid_t pid = sleepers(1);

	caught(pid, 64);
	STOP_BY(pid, pid);
	REFUSED(EINVAL, PT_CONTINUE, pid, STAY, 65);
	GO(pid, 64);
	quiet();
	SAME(1, play.taken[64]);
}

SIM_TEST(signal_is_given_and_the_event_answered, "cont.8")
{
	pid_t pid = sleepers(2);

	caught(pid, SIGUSR1);
	STOP_BY(pid, pid + 1);
	GO(pid, SIGUSR1);
	idle(pid);
	SAME(1, play.taken[SIGUSR1]);
}

SIM_TEST(replacement_blocked_here_is_taken_elsewhere, "pick.3")
{
	pid_t pid = sleepers(2);

	caught(pid, SIGUSR2);
	STOP_BY(pid, pid);
	thread(pid)->st_mask = SIM_BIT(SIGUSR2);
	GO(pid, SIGUSR2);
	idle(pid);
	SAME(1, play.taken[SIGUSR2]);
}

/* ---- the address ---- */

SIM_TEST(address_is_the_new_pc, "cont.4 cont.5 cont.6")
{
	static const uintptr_t addrs[] = {0, 2, 3, 0x1234, 0x7fffffffffff, UINTPTR_MAX, (uintptr_t)1 << 63};

	for (size_t i = 0; i < NITEMS(addrs); i++) {
		pid_t pid = sleepers(1);

		play.sim.sim_chaos = false;
		STOP_BY(pid, pid);
		ASK(PT_CONTINUE, pid, (void *)addrs[i], 0);
		SAME(addrs[i], R_PC(&thread(pid)->st_reg));
	}
}

SIM_TEST(address_one_stays, "cont.4")
{
	pid_t pid = sleepers(1);
	uint64_t at;

	play.sim.sim_chaos = false;
	STOP_BY(pid, pid);
	at = pc(pid);
	GO(pid, 0);
	SAME(at, R_PC(&thread(pid)->st_reg));
}

PROGRAM(calls, SLEEP, CALL(SC_GETPID), CALL(SC_EXECFAIL), RAISE(SIGUSR2), CALL(SC_GETPID), EXIT(3));

/* Continued until it is at the entry of this call. */
static void
go_to_entry(pid_t pid, enum sim_call code)
{
	struct ptrace_lwpinfo info;

	for (unsigned n = 0; n < 30; n++) {
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		if ((info.pl_flags & PL_FLAG_SCE) != 0 && info.pl_syscall_code == (unsigned)code)
			return;
		GO(pid, 0);
	}
	HOLDS(!"it comes to the call");
}

/* A process that sleeps and traces its calls; it is woken and comes to the entry of the call. */
static pid_t
at_entry(const struct sim_action *script, int request, enum sim_call code)
{
	pid_t pid = attached(script);
	int status;

	caught(pid, SIGUSR2);
	GO(pid, 0);
	play.sim.sim_chaos = false;
	quiet();
	sent(pid, SIGUSR1);
	EXPECT_STOP(pid, SIGUSR1);
	ASK(request, pid, STAY, 0);
	/* The sleep it was in comes first: its exit, or its entry again. */
	thread(pid)->st_script = script + 1;
	for (;;) {
		(void)sim_pass(&play.sim, 1);
		if (thread(pid)->st_phase == PH_CALL && !thread(pid)->st_stopped)
			thread(pid)->st_woken = true;
		SAME(0, await(pid, WNOHANG, &status));
		if (play.result == 0)
			continue;
		SAME(W_STOPCODE(SIGTRAP), status);
		if ((INFO(pid).pl_flags & PL_FLAG_SCE) != 0 && INFO(pid).pl_syscall_code == (unsigned)code)
			return (pid);
		GO(pid, 0);
	}
}

SIM_TEST(address_at_an_entry_lets_the_call_be_made, "cont.14")
{
	pid_t pid = at_entry(calls, PT_TO_SCE, SC_GETPID);

	SAME(1, play.entered[SC_GETPID]);
	ASK(PT_CONTINUE, pid, (void *)0x4321, 0);
	go_to_entry(pid, SC_EXECFAIL);
	HOLDS(pc(pid) - 0x4321 < 8);
	SAME(1, play.entered[SC_GETPID]);
}

/* ---- tracing of calls ---- */

static unsigned
count_stops(pid_t pid, int request, int flag)
{
	unsigned seen = 0;
	int status;

	for (unsigned n = 0; n < 60; n++) {
		ASK(request, pid, STAY, 0);
		SAME(0, await(pid, 0, &status));
		if (status == W_STOPCODE(SIGUSR2))
			return (seen);
		SAME(W_STOPCODE(SIGTRAP), status);
		seen += (INFO(pid).pl_flags & flag) != 0;
	}
	return (0);
}

PROGRAM(asks_and_calls, CALL(SC_TRACEME), RAISE(SIGUSR1), CALL(SC_GETPID), CALL(SC_GETPID), COMPUTE, CALL(SC_EXEC), CALL(SC_GETPID),
    RAISE(SIGUSR2), SLEEP);

static pid_t
caller(void)
{
	pid_t pid = child(asks_and_calls);

	EXPECT_STOP(pid, SIGUSR1);
	return (pid);
}

SIM_TEST(signal_given_at_another_stop_is_taken_and_not_reported, "pick.2")
{
	for (int n = 0; n < 3; n++) { /* at an entry, an exit, an exec, which has put an end to handlers */
		pid_t pid = caller();
		int status;

		caught(pid, SIGHUP);
		play.taken[SIGHUP] = 0;
		if (n < 2)
			ASK(n == 0 ? PT_TO_SCE : PT_TO_SCX, pid, STAY, 0);
		else
			GO(pid, 0);
		EXPECT_STOP(pid, SIGTRAP);
		GO(pid, SIGHUP);
		if (n == 2) {
			EXPECT_DEATH(pid, SIGHUP);
			continue;
		}
		SAME(0, await(pid, 0, &status));
		while (status != W_STOPCODE(SIGUSR2)) {
			SAME(W_STOPCODE(SIGTRAP), status);
			GO(pid, 0);
			SAME(0, await(pid, 0, &status));
		}
		SAME(1, play.taken[SIGHUP]);
	}
}

SIM_TEST(each_request_traces_what_it_says, "cont.7 num.20 num.21 num.22 info.8 info.17")
{
	pid_t pid = caller();

	/* The exec is told of with SCX in any case. */
	SAME(0, count_stops(pid, PT_CONTINUE, PL_FLAG_SCE));
	pid = caller();
	SAME(5, count_stops(pid, PT_TO_SCE, PL_FLAG_SCE));
	pid = caller();
	SAME(1, count_stops(pid, PT_TO_SCE, PL_FLAG_SCX));
	pid = caller();
	SAME(0, count_stops(pid, PT_TO_SCX, PL_FLAG_SCE));
	pid = caller();
	SAME(5, count_stops(pid, PT_TO_SCX, PL_FLAG_SCX));
	pid = caller();
	SAME(5, count_stops(pid, PT_SYSCALL, PL_FLAG_SCE));
	pid = caller();
	SAME(5, count_stops(pid, PT_SYSCALL, PL_FLAG_SCX));
}

SIM_TEST(tracing_of_calls_stays_on, "cont.9 cont.11")
{
	pid_t pid = caller();

	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP); /* the first entry */
	SAME(4, count_stops(pid, PT_CONTINUE, PL_FLAG_SCE)); /* over the exec too */
	pid = caller();
	ASK(PT_TO_SCE, pid, STAY, 0);
	go_to_entry(pid, SC_GETPID);
	ASK(PT_STEP, pid, STAY, 0);
	go_to_entry(pid, SC_GETPID);
}

SIM_TEST(what_is_traced_adds_up, "cont.10")
{
	pid_t pid = caller();

	ASK(PT_TO_SCE, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	HOLDS(count_stops(pid, PT_TO_SCX, PL_FLAG_SCX) >= 4);
	pid = caller();
	ASK(PT_TO_SCX, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(4, count_stops(pid, PT_TO_SCE, PL_FLAG_SCE));
}

SIM_TEST(change_of_user_leaves_the_tracing_of_calls, "cont.13")
{
	pid_t pid = caller();

	ASK(PT_TO_SCE, pid, STAY, 0);
	go_to_entry(pid, SC_GETPID);
	proc(pid)->sp_uid = 65534;
	GO(pid, 0);
	go_to_entry(pid, SC_GETPID);
}

SIM_TEST(detach_ends_the_tracing_of_calls, "cont.12 det.5")
{
	pid_t pid = caller();

	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	proc(pid)->sp_how[SIGUSR2] = HD_IGNORED;
	ASK(PT_DETACH, pid, STAY, 0);
	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	wake(pid);
	EXPECT_EXIT(pid, 0);
}

/* ---- steps ---- */

PROGRAM(computes, CALL(SC_TRACEME), RAISE(SIGUSR1), COMPUTE, COMPUTE, COMPUTE, COMPUTE, COMPUTE, COMPUTE, SLEEP);

static pid_t
computer(void)
{
	pid_t pid = child(computes);

	EXPECT_STOP(pid, SIGUSR1);
	return (pid);
}

SIM_TEST(step_is_one_instruction_and_a_trap, "step.4 step.1 num.9")
{
	pid_t pid = computer();
	unsigned long ran;
	uint64_t at;

	for (unsigned n = 0; n < 4; n++) {
		ran = thread(pid)->st_ran;
		at = pc(pid);
		ASK(PT_STEP, pid, n % 2 == 0 ? STAY : SIM_BAD, 0);
		SAME(0, play.result);
		EXPECT_STOP(pid, SIGTRAP);
		SAME(ran + 1, thread(pid)->st_ran);
		SAME(at + 1, pc(pid));
		SAME(TRAP_TRACE, INFO(pid).pl_siginfo.si_code);
	}
	GO(pid, 0);
	idle(pid);
}

#define COMPUTE_40 COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5, COMPUTE_5
PROGRAM(sleeps_and_computes, SLEEP, COMPUTE_40, SLEEP);
PROGRAM(two_compute, MAKE(SC_CLONE, sleeps_and_computes), SLEEP, COMPUTE_40, SLEEP);

SIM_TEST(step_is_of_the_thread_named_and_others_run, "step.2 step.3 thr.4 pick.6")
{
	pid_t pid = attached(two_compute);
	unsigned long ran;

	play.sim.sim_chaos = false;
	GO(pid, 0);
	quiet();
	wake(pid);
	wake(pid + 1);
	sent(pid, SIGUSR1);
	EXPECT_STOP(pid, SIGUSR1);
	ran = thread(pid + 1)->st_ran;
	ASK(PT_STEP, LWP(pid + 1), STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(LWP(pid + 1), INFO(pid).pl_lwpid);
	HOLDS(thread(pid + 1)->st_ran <= ran + 1);
	GO(pid, 0);
	idle(pid); /* the flag is gone, and the other thread ran */
}

SIM_TEST(SETSTEP_and_CLEARSTEP_set_a_flag_and_resume_nothing, "flag.1 flag.2 flag.3 num.16 num.17")
{
	pid_t pid = computer();
	unsigned long ran = thread(pid)->st_ran;
	struct reg reg;

	ASK(PT_SETSTEP, pid, SIM_BAD, INT_MIN);
	SAME(0, play.result);
	EXPECT_NOTHING(pid);
	SAME(ran, thread(pid)->st_ran);
	ASK(PT_GETREGS, pid, &reg, 0);
	SAME(STEP_FLAG, R_FLAGS(&reg) & STEP_FLAG);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(ran + 1, thread(pid)->st_ran);
	ASK(PT_GETREGS, pid, &reg, 0);
	SAME(0, R_FLAGS(&reg) & STEP_FLAG); /* the trap has cleared it */
	ASK(PT_SETSTEP, pid, NULL, 0);
	ASK(PT_CLEARSTEP, pid, SIM_BAD, INT_MAX);
	SAME(0, play.result);
	ASK(PT_GETREGS, pid, &reg, 0);
	SAME(0, R_FLAGS(&reg) & STEP_FLAG);
	GO(pid, 0);
	idle(pid);
}

PROGRAM(traps, CALL(SC_TRACEME), RAISE(SIGUSR1), TRAP, COMPUTE, COMPUTE, SLEEP);

SIM_TEST(flag_of_the_debuggers_alone_is_cleared_by_a_trap, "pick.6")
{
	pid_t pid = child(traps);

	EXPECT_STOP(pid, SIGUSR1);
	thread(pid)->st_tf = true; /* its own */
	GO(pid, 0);
	EXPECT_STOP(pid, SIGTRAP);
	HOLDS(thread(pid)->st_tf);
	thread(pid)->st_tf = false;
	GO(pid, 0);
	idle(pid);
}

/* ---- held threads ---- */

PROGRAM(counts, SLEEP, COMPUTE, COMPUTE, RAISE(SIGUSR2), COMPUTE, SLEEP);
PROGRAM(two_count, MAKE(SC_CLONE, counts), SLEEP, COMPUTE, SLEEP);

SIM_TEST(suspended_thread_does_not_run, "held.1 held.2 held.3 held.5 held.10 num.18 num.19")
{
	pid_t pid = attached(two_count);
	unsigned long ran;

	play.sim.sim_chaos = false;
	caught(pid, SIGUSR2);
	ASK(PT_SUSPEND, LWP(pid + 1), SIM_BAD, INT_MIN);
	SAME(0, play.result);
	EXPECT_NOTHING(pid);
	ran = thread(pid + 1)->st_ran;
	for (unsigned n = 0; n < 4; n++) {
		GO(pid, 0);
		thread(pid + 1)->st_woken = true;
		quiet();
		EXPECT_NOTHING(pid);
		SAME(ran, thread(pid + 1)->st_ran);
		sent(pid, SIGUSR1);
		EXPECT_STOP(pid, SIGUSR1);
		SAME(LWP(pid), INFO(pid).pl_lwpid);
	}
	ASK(PT_RESUME, LWP(pid + 1), SIM_BAD, INT_MAX);
	SAME(0, play.result);
	EXPECT_NOTHING(pid);
	SAME(ran, thread(pid + 1)->st_ran);
	GO(pid, 0);
	wake(pid + 1);
	EXPECT_STOP(pid, SIGUSR2);
	HOLDS(thread(pid + 1)->st_ran > ran);
}

SIM_TEST(suspended_thread_keeps_its_event, "held.4 info.5")
{
	pid_t pid = sleepers(3);
	int status;
	pid_t first, other;

	for (;;) { /* until both have met theirs before the stop */
		sent(pid, SIGUSR1);
		sent(pid + 1, SIGUSR2);
		together(pid);
		GO(pid, 0);
		SAME(0, await(pid, 0, &status));
		first = WSTOPSIG(status) == SIGUSR1 ? pid : pid + 1;
		other = first == pid ? pid + 1 : pid;
		if (INFO(LWP(other)).pl_event == PL_EVENT_SIGNAL)
			break;
		GO(pid, 0);
		SAME(0, await(pid, 0, &status));
	}
	ASK(PT_SUSPEND, LWP(other), NULL, 0);
	for (unsigned n = 0; n < 3; n++) {
		sent(pid + 2, SIGHUP);
		GO(pid, 0);
		EXPECT_STOP(pid, SIGHUP);
		SAME(PL_EVENT_SIGNAL, INFO(LWP(other)).pl_event);
	}
	ASK(PT_RESUME, LWP(other), NULL, 0);
	GO(pid, 0);
	EXPECT_STOP(pid, other == pid ? SIGUSR1 : SIGUSR2);
	SAME(LWP(other), INFO(pid).pl_lwpid);
}

SIM_TEST(suspending_twice_is_no_error, "held.6")
{
	pid_t pid = sleepers(2);

	ASK(PT_RESUME, pid, NULL, 0);
	ASK(PT_SUSPEND, pid, NULL, 0);
	ASK(PT_SUSPEND, pid, NULL, 0);
	SAME(0, play.result);
	ASK(PT_RESUME, pid, NULL, 0);
	ASK(PT_RESUME, pid, NULL, 0);
	SAME(0, play.result);
	STOP_BY(pid, pid);
}

SIM_TEST(suspended_thread_counts_as_stopped, "held.7")
{
	pid_t pid = sleepers(3);

	ASK(PT_SUSPEND, LWP(pid + 1), NULL, 0);
	for (unsigned n = 0; n < 4; n++) {
		STOP_BY(pid, n % 2 == 0 ? pid : pid + 2);
		SAME(LWP(pid + 1), INFO(LWP(pid + 1)).pl_lwpid);
	}
}

SIM_TEST(process_with_all_threads_suspended_can_only_be_killed, "held.8 held.9")
{
	pid_t pid = sleepers(2);

	ASK(PT_SUSPEND, LWP(pid), NULL, 0);
	ASK(PT_SUSPEND, LWP(pid + 1), NULL, 0);
	sent(pid, SIGUSR1);
	GO(pid, 0);
	EXPECT_NOTHING(pid);
	REFUSED(EBUSY, PT_RESUME, LWP(pid), NULL, 0);
	REFUSED(EBUSY, PT_KILL, pid, NULL, 0);
	EXPECT_NOTHING(pid);
	sim_signal(&play.sim, proc(pid), NULL, SIGKILL, false);
	EXPECT_DEATH(pid, SIGKILL);
}

SIM_TEST(suspended_threads_are_killed_too, "held.9")
{
	pid_t pid = sleepers(2);

	ASK(PT_SUSPEND, LWP(pid), NULL, 0);
	ASK(PT_SUSPEND, LWP(pid + 1), NULL, 0);
	ASK(PT_KILL, pid, NULL, 0);
	EXPECT_DEATH(pid, SIGKILL);
}

PROGRAM(born, COMPUTE, RAISE(SIGUSR2), SLEEP);
PROGRAM(makes, CALL(SC_TRACEME), RAISE(SIGUSR1), MAKE(SC_CLONE, born), SLEEP);

SIM_TEST(new_thread_is_not_suspended, "held.11")
{
	pid_t pid = child(makes);

	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_TO_SCE, pid, STAY, 0);
	go_to_entry(pid, SC_CLONE);
	ASK(PT_SUSPEND, pid, NULL, 0);
	ASK(PT_RESUME, pid, NULL, 0);
	GO(pid, 0);
	for (;;) {
		int status;

		SAME(0, await(pid, 0, &status));
		if (status == W_STOPCODE(SIGUSR2))
			break;
		SAME(W_STOPCODE(SIGTRAP), status);
		if (INFO(pid).pl_lwpid == LWP(pid) && INFO(pid).pl_syscall_code == SC_READ)
			ASK(PT_SUSPEND, pid, NULL, 0); /* the maker, and not what it made */
		GO(pid, 0);
	}
	SAME(LWP(pid + 1), INFO(pid).pl_lwpid);
}

/* ---- forks ---- */

PROGRAM(forked, CALL(SC_GETPID), MAKE(SC_FORK, idles), EXIT(5));
PROGRAM(forks, CALL(SC_TRACEME), RAISE(SIGUSR1), MAKE(SC_FORK, forked), RAISE(SIGUSR2), MAKE(SC_FORK, forked), SLEEP);

SIM_TEST(forks_are_followed_when_asked_for, "fork.1 fork.3 num.23 info.7 info.16")
{
	static const int on[] = {1, -1, 2, INT_MIN};
	pid_t pid = child(forks), made = pid + 1;
	struct ptrace_lwpinfo info;

	caught(pid, SIGUSR2);
	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_FOLLOW_FORK, pid, SIM_BAD, on[play.order % 4]);
	SAME(0, play.result);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	SAME(PL_EVENT_SIGNAL, info.pl_event);
	HOLDS((info.pl_flags & PL_FLAG_FORKED) != 0);
	SAME(made, info.pl_child_pid);
	EXPECT_STOP(made, SIGSTOP);
	HOLDS((INFO(made).pl_flags & PL_FLAG_CHILD) != 0);
	SAME(0, INFO(made).pl_child_pid);
	GO(made, 0);
	EXPECT_EXIT(made, 5); /* and its own child was not followed */
	GO(pid, 0);
	EXPECT_STOP(pid, SIGUSR2);
	ASK(PT_FOLLOW_FORK, pid, NULL, 0);
	GO(pid, 0);
	idle(pid);
	SAME(4, play.entered[SC_FORK]);
}

PROGRAM(forks_later, SLEEP, MAKE(SC_FORK, idles), SLEEP);
PROGRAM(has_forker, MAKE(SC_CLONE, forks_later), SLEEP);

SIM_TEST(forks_of_any_thread_are_followed, "fork.2 thr.5")
{
	pid_t pid = attached(has_forker);

	play.sim.sim_chaos = false;
	ASK(PT_FOLLOW_FORK, LWP(pid), NULL, 1);
	GO(pid, 0);
	wake(pid + 1);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(LWP(pid + 1), INFO(pid).pl_lwpid);
	SAME(pid + 2, INFO(pid).pl_child_pid);
	EXPECT_STOP(pid + 2, SIGSTOP);
}

SIM_TEST(detach_ends_the_following_of_forks, "fork.4 det.3")
{
	pid_t pid = attached(has_forker);

	play.sim.sim_chaos = false;
	ASK(PT_FOLLOW_FORK, pid, NULL, 1);
	ASK(PT_DETACH, pid, STAY, 0);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	GO(pid, 0);
	wake(pid + 1);
	idle(pid);
	SAME(1, play.entered[SC_FORK]);
}

/* ---- several events ---- */

SIM_TEST(events_are_reported_one_by_one, "pick.1 cont.8")
{
	pid_t pid = sleepers(3);
	unsigned told = 0;
	int status;

	sent(pid, SIGUSR1);
	sent(pid + 1, SIGUSR1);
	sent(pid + 2, SIGUSR1);
	for (unsigned n = 0; n < 3; n++) {
		GO(pid, 0);
		EXPECT_STOP(pid, SIGUSR1);
		told |= 1u << (INFO(pid).pl_lwpid - LWP(pid));
		SAME(0, await(pid, WNOHANG, &status));
		SAME(0, play.result);
	}
	SAME(7, told);
	GO(pid, 0);
	idle(pid);
}

PROGRAM(vforked, SLEEP, EXIT(0));
PROGRAM(vforks, SLEEP, MAKE(SC_VFORK, vforked), SLEEP);
PROGRAM(has_vforker, MAKE(SC_CLONE, vforks), SLEEP);

SIM_TEST(others_can_stop_while_one_waits_in_a_vfork, "pick.7")
{
	pid_t pid = attached(has_vforker);

	play.sim.sim_chaos = false;
	GO(pid, 0);
	wake(pid + 1);
	quiet();
	SAME(1, play.entered[SC_VFORK]);
	sent(pid, SIGUSR1);
	EXPECT_STOP(pid, SIGUSR1);
	SAME(LWP(pid), INFO(pid).pl_lwpid);
}
