/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_calls(): of a process whose own filter wants a tracer for some calls those are told, in every order.
 */
#include "cases.h"
#include "play.h"

static const enum sim_call named[] = {SC_EXECFAIL, SC_READ, SC_FILTERED};

static int
calls_by_filter(pid_t pid, bool on)
{
	struct host *host = &play.sim.sim_host;
	int error;

	host->ops->lock(host);
	error = request_calls(&play.tracer, pid, on);
	host->ops->unlock(host);
	return (error);
}

/* A child that has asked to be traced, with that filter. */
static pid_t
filtered(const struct sim_action *script)
{
	pid_t pid = child(script);

	EXPECT_STOP(pid, SIGUSR1);
	proc(pid)->sp_filter = named;
	SAME(0, calls_by_filter(pid, true));
	return (pid);
}

static void
expect_call(pid_t pid, int flag, enum sim_call code)
{
	struct ptrace_lwpinfo info;

	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	SAME(flag, info.pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_FORKED | PL_FLAG_EXEC));
	SAME(code, info.pl_syscall_code);
}

#define ASKS CALL(SC_TRACEME), RAISE(SIGUSR1)
PROGRAM(calls, ASKS, CALL(SC_GETPID), CALL(SC_EXECFAIL), CALL(SC_GETPID), CALL(SC_EXECFAIL), CALL(SC_MASK), EXIT(3));

SIM_TEST(calls_of_the_filter_alone_are_told, "")
{
	pid_t pid = filtered(calls);

	expect_call(pid, PL_FLAG_SCE, SC_EXECFAIL);
	expect_call(pid, PL_FLAG_SCX, SC_EXECFAIL);
	expect_call(pid, PL_FLAG_SCE, SC_EXECFAIL);
	expect_call(pid, PL_FLAG_SCX, SC_EXECFAIL);
	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_EXIT(pid, 3);
	SAME(2, play.entered[SC_GETPID]);
}

SIM_TEST(untraced_they_tell_nothing, "")
{
	pid_t pid = filtered(calls);

	GO(pid, 0);
	EXPECT_EXIT(pid, 3);
}

SIM_TEST(turned_off_all_are_told, "")
{
	pid_t pid = filtered(calls);

	expect_call(pid, PL_FLAG_SCE, SC_EXECFAIL);
	SAME(0, calls_by_filter(pid, false));
	expect_call(pid, PL_FLAG_SCX, SC_EXECFAIL);
	expect_call(pid, PL_FLAG_SCE, SC_GETPID);
	SAME(0, calls_by_filter(pid, true));
	expect_call(pid, PL_FLAG_SCX, SC_GETPID);
	expect_call(pid, PL_FLAG_SCE, SC_EXECFAIL);
}

PROGRAM(born, CALL(SC_GETPID), CALL(SC_EXECFAIL), EXIT(4));
PROGRAM(forks, ASKS, CALL(SC_GETPID), MAKE(SC_FORK, born), CALL(SC_GETPID), SLEEP);

SIM_TEST(fork_is_told_and_its_child_is_alike, "")
{
	pid_t pid = filtered(forks), child_pid = 0;
	bool parent = false, born_told = false;
	int status;

	ASK(PT_FOLLOW_FORK, pid, NULL, 1);
	ASK(PT_SYSCALL, pid, STAY, 0);
	for (int n = 0; n < 2; n++) {
		SAME(0, await(-1, 0, &status));
		if (play.result == pid) {
			SAME(PL_FLAG_SCX | PL_FLAG_FORKED,
			    INFO(pid).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_FORKED));
			parent = true;
		} else {
			child_pid = (pid_t)play.result;
			SAME(W_STOPCODE(SIGSTOP), status);
			born_told = true;
		}
	}
	HOLDS(parent && born_told);
	expect_call(child_pid, PL_FLAG_SCE, SC_EXECFAIL);
	expect_call(child_pid, PL_FLAG_SCX, SC_EXECFAIL);
	ASK(PT_SYSCALL, child_pid, STAY, 0);
	EXPECT_EXIT(child_pid, 4);
	expect_call(pid, PL_FLAG_SCE, SC_READ);
}

PROGRAM(execs, ASKS, CALL(SC_GETPID), CALL(SC_EXEC), CALL(SC_GETPID), CALL(SC_EXECFAIL), EXIT(0));

SIM_TEST(exec_is_told_though_the_filter_does_not_name_it, "")
{
	pid_t pid = filtered(execs);

	expect_call(pid, PL_FLAG_SCX | PL_FLAG_EXEC, SC_EXEC);
	expect_call(pid, PL_FLAG_SCE, SC_EXECFAIL);
	expect_call(pid, PL_FLAG_SCX, SC_EXECFAIL);
	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_EXIT(pid, 0);
}

PROGRAM(calls_thrice, CALL(SC_GETPID), CALL(SC_EXECFAIL), CALL(SC_EXECFAIL), CALL(SC_GETPID), CALL(SC_EXECFAIL),
    CALL(SC_EXIT));
PROGRAM(beside, ASKS, MAKE(SC_CLONE, calls_thrice), SLEEP, EXIT(0));

/* Each stop of the other thread breaks the sleep off. */
SIM_TEST(broken_off_by_stops_a_call_is_told_once, "")
{
	pid_t pid = filtered(beside);
	unsigned seen[2][2] = {{0, 0}, {0, 0}};
	struct ptrace_lwpinfo info;
	int status;

	ASK(PT_SYSCALL, pid, STAY, 0);
	while (seen[0][1] + seen[0][0] + seen[1][0] < 7) {
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		/* A thread that is born is told of without a call. */
		if (info.pl_lwpid == LWP(pid) || info.pl_syscall_code == SC_EXECFAIL)
			seen[info.pl_lwpid == LWP(pid)][(info.pl_flags & PL_FLAG_SCX) != 0]++;
		ASK(PT_SYSCALL, pid, STAY, 0);
	}
	SAME(3, seen[0][0]);
	SAME(3, seen[0][1]);
	SAME(1, seen[1][0]);
	SAME(0, seen[1][1]);
	idle(pid);
	wake(pid);
	SAME(0, await(pid, 0, &status));
	SAME(W_STOPCODE(SIGTRAP), status);
	SAME(PL_FLAG_SCX, INFO(pid).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX));
	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_EXIT(pid, 0);
}

PROGRAM(steps, ASKS, COMPUTE, CALL(SC_GETPID), CALL(SC_EXECFAIL), COMPUTE_5, EXIT(0));

SIM_TEST(a_step_meets_the_filters_calls, "")
{
	pid_t pid = filtered(steps);
	unsigned traps = 0;

	ASK(PT_TO_SCE, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(SC_EXECFAIL, INFO(pid).pl_syscall_code);
	pid = filtered(steps);
	GO(pid, 0);
	EXPECT_EXIT(pid, 0);
	pid = filtered(steps);
	/* The flag that traces calls stays. */
	ASK(PT_SETSTEP, pid, NULL, 0);
	ASK(PT_SYSCALL, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	while ((INFO(pid).pl_flags & PL_FLAG_SCE) == 0) {
		traps++;
		ASK(PT_STEP, pid, STAY, 0);
		EXPECT_STOP(pid, SIGTRAP);
	}
	HOLDS(traps >= 2);
	SAME(SC_EXECFAIL, INFO(pid).pl_syscall_code);
	ASK(PT_STEP, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	HOLDS((INFO(pid).pl_flags & PL_FLAG_SCX) != 0);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGTRAP); /* the step's own */
	HOLDS((INFO(pid).pl_flags & PL_FLAG_SI) != 0);
	GO(pid, 0);
	EXPECT_EXIT(pid, 0);
}

PROGRAM(vforks, ASKS, MAKE(SC_VFORK, born), CALL(SC_GETPID), CALL(SC_EXECFAIL), EXIT(5));

SIM_TEST(vfork_that_is_not_followed_tells_nothing, "")
{
	pid_t pid = filtered(vforks);
	int status;

	ASK(PT_SYSCALL, pid, STAY, 0);
	SAME(0, await(pid, 0, &status));
	if (status == W_STOPCODE(SIGCHLD)) {
		ASK(PT_SYSCALL, pid, STAY, 0);
		SAME(0, await(pid, 0, &status));
	}
	SAME(W_STOPCODE(SIGTRAP), status);
	SAME(PL_FLAG_SCE, INFO(pid).pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX));
	SAME(SC_EXECFAIL, INFO(pid).pl_syscall_code);
}

SIM_TEST(refused_as_requests_are, "")
{
	pid_t pid = stranger(calls);

	SAME(ESRCH, calls_by_filter(NOBODY, true));
	SAME(EPERM, calls_by_filter(pid, true));
}
