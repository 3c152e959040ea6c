/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_STEP, PT_SETSTEP, PT_CLEARSTEP, and breakpoint instructions.
 * Spec: requests.md, 6; stops.md, 16; registers.md, 9; decisions.md, 4, 5, 21 and 27.
 */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <unistd.h>

static struct reg
regs_of(pid_t pid)
{
	struct reg reg;

	ASK(PT_GETREGS, pid, &reg, 0);
	return (reg);
}

static uintptr_t
pc_of(pid_t pid)
{
	struct reg reg = regs_of(pid);

	return ((uintptr_t)R_PC(&reg));
}

#if defined(PUPPET_ABROAD) && defined(__i386__)
/* A 32-bit tracer of a 64-bit target cannot write it, but go on from anywhere: to the instruction before. */
static void
set_pc(pid_t pid, const char *pc)
{
	ASK(PT_SETSTEP, pid, NULL, 0);
	ASK(PT_CONTINUE, pid, (uintptr_t)pc - MACHINE_NOP_SIZE, 0);
	EXPECT_STOP(pid, SIGTRAP);
	ATF_REQUIRE_EQ((uintptr_t)pc, pc_of(pid));
}
#else
static void
set_pc(pid_t pid, const char *pc)
{
	struct reg reg = regs_of(pid);

	R_PC(&reg) = (uintptr_t)pc;
	ASK(PT_SETREGS, pid, &reg, 0);
}
#endif

static bool
step_is_set(pid_t pid)
{
	struct reg reg = regs_of(pid);

	return (R_STEP_SET(&reg));
}

/* A puppet in a signal stop, outside any call, about to do nothing five times. */
static struct puppet *
puppet_at(const char *pc)
{
	struct puppet *pp = puppet_attached(1);

	(void)puppet_lwp(pp, 0);
	set_pc(pp->pid, pc);
	return (pp);
}

static void
expect_trace_trap(pid_t pid)
{
	struct ptrace_lwpinfo info;

	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_EXEC, info);
	ATF_REQUIRE_EQ(SIGTRAP, info.pl_siginfo.si_signo);
	ATF_REQUIRE_EQ(TRAP_TRACE, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ(pc_of(info.pl_lwpid), (uintptr_t)info.pl_siginfo.si_addr);
}

SPEC_TEST(step_is_one_instruction, "step.4")
{
	struct puppet *pp = puppet_at(machine_nops);
	int i;

	for (i = 1; i <= 4; i++) {
		ASK(PT_STEP, pp->pid, 1, 0);
		expect_trace_trap(pp->pid);
		ATF_REQUIRE_EQ((uintptr_t)machine_nops + i * MACHINE_NOP_SIZE, pc_of(pp->pid));
	}
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(step_does_not_look_at_addr, "step.1")
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_STEP, pp->pid, 0, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	ASK(PT_STEP, pp->pid, machine_call, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + 2 * MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_flag_is_seen_until_the_trap, "step.2 flag.2 pick.6")
{
	struct puppet *pp = puppet_at(machine_nops);

	ATF_REQUIRE(!step_is_set(pp->pid));
	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	ATF_REQUIRE(step_is_set(pp->pid));
	GO(pp->pid, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE(!step_is_set(pp->pid));
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(CLEARSTEP_takes_SETSTEP_back, "flag.1")
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_SETSTEP, pp->pid, (caddr_t)1, 99); /* not looked at */
	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	ASK(PT_CLEARSTEP, pp->pid, (caddr_t)1, 99);
	ATF_REQUIRE(!step_is_set(pp->pid));
	ASK(PT_CLEARSTEP, pp->pid, NULL, 0);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(SETSTEP_does_not_resume, "flag.1")
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST_WRITING(registers_written_back_keep_the_step_flag, "pick.6")
{
	struct puppet *pp = puppet_at(machine_nops);
	struct reg reg;

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	reg = regs_of(pp->pid);
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE(step_is_set(pp->pid));
	GO(pp->pid, 0);
	expect_trace_trap(pp->pid);
	puppet_end(pp);
}

#if defined(__x86_64__)
SPEC_TEST(step_flag_is_set_through_the_registers_too)
{
	struct puppet *pp = puppet_at(machine_nops);
	struct reg reg = regs_of(pp->pid);

	reg.r_rflags |= 0x100;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE(step_is_set(pp->pid));
	GO(pp->pid, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + 1, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_flag_is_cleared_through_the_registers_too)
{
	struct puppet *pp = puppet_at(machine_nops);
	struct reg reg;

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	reg = regs_of(pp->pid);
	reg.r_rflags &= ~0x100;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE(!step_is_set(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}
#endif

SPEC_TEST(step_with_a_bad_signal_leaves_the_flag_alone, "step.5")
{
	struct puppet *pp = puppet_at(machine_nops);

	REFUSED(EINVAL, PT_STEP, pp->pid, 1, -1);
	ATF_REQUIRE(!step_is_set(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

static struct puppet *
puppet_that_catches_USR1_at(const char *pc)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	(void)puppet_lwp(pp, 0);
	set_pc(pp->pid, pc);
	return (pp);
}

SPEC_TEST(step_with_a_caught_signal_traps_after_the_handler)
{
	struct puppet *pp = puppet_that_catches_USR1_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, SIGUSR1);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	ATF_REQUIRE(!step_is_set(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(SETSTEP_and_a_caught_signal_trap_after_the_handler)
{
	struct puppet *pp = puppet_that_catches_USR1_at(machine_nops);

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	GO(pp->pid, SIGUSR1);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_with_the_signal_discarded_is_a_step)
{
	struct puppet *pp = puppet_that_catches_USR1_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_with_an_ignored_signal_is_a_step)
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, SIGURG);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_with_a_stop_signal_is_a_step)
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, SIGSTOP);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(step_with_a_deadly_signal_kills)
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(step_after_the_attach_stop)
{
	struct puppet *pp = puppet_attached(1);

	/* Perhaps inside a call: then the end of the call is the step. */
	puppet_will(pp, 0, do_nothing, 7);
	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(pending_signal_comes_before_the_step)
{
	struct puppet *pp = puppet_at(machine_nops);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops, pc_of(pp->pid));
	ATF_REQUIRE(step_is_set(pp->pid));
	GO(pp->pid, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(CLEARSTEP_calls_off_a_step_that_a_signal_came_before)
{
	struct puppet *pp = puppet_at(machine_nops);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ASK(PT_CLEARSTEP, pp->pid, NULL, 0);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

/* A puppet about to make the call that is given, after one instruction that does nothing. */
static struct puppet *
puppet_before_call(long number)
{
	struct puppet *pp = puppet_at(machine_call);
	struct reg reg = regs_of(pp->pid);

	R_CALL(&reg) = number;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_call + MACHINE_NOP_SIZE, pc_of(pp->pid));
	return (pp);
}

#define AFTER_CALL ((uintptr_t)machine_call + MACHINE_NOP_SIZE + MACHINE_CALL_SIZE)

SPEC_TEST_WRITING(step_over_a_call_is_one_step, "step.4")
{
	struct puppet *pp = puppet_before_call(PUPPET_CALL(getpid));
	struct reg reg;

	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(AFTER_CALL, (uintptr_t)R_PC(&reg));
	ATF_REQUIRE_EQ(pp->pid, R_RESULT(&reg));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST_WRITING(step_over_a_traced_call_stops_at_entry_exit_and_trap)
{
	struct puppet *pp = puppet_before_call(PUPPET_CALL(getpid));
	struct ptrace_lwpinfo info;

	ASK(PT_SYSCALL, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX | PL_FLAG_SI, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(getpid), info.pl_syscall_code);
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SCX, PL_FLAG_SCE | PL_FLAG_SI, info);
	ASK(PT_CONTINUE, pp->pid, 1, 0); /* the step is still owed */
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ(AFTER_CALL, pc_of(pp->pid));
	puppet_end(pp);
}

SPEC_TEST_WRITING(step_at_an_entry_stop_ends_after_the_call)
{
	struct puppet *pp = puppet_before_call(PUPPET_CALL(getpid));
	struct reg reg;

	ASK(PT_TO_SCE, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX, INFO(pp->pid));
	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(AFTER_CALL, (uintptr_t)R_PC(&reg));
	ATF_REQUIRE_EQ(pp->pid, R_RESULT(&reg));
	puppet_end(pp);
}

static long
do_bear_and_collect(long wire)
{
	int status;
	pid_t pid = (pid_t)do_new_child(wire);

	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return (-1);
	return (status);
}

SPEC_TEST(step_over_a_fork_is_the_parents_alone)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_bear_and_collect, 1);
	puppet_will(pp, 1, do_exit, 3);
	for (;;) { /* step until it has forked */
		ASK(PT_STEP, pp->pid, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		info = INFO(pp->pid);
		if ((info.pl_flags & PL_FLAG_FORKED) != 0)
			break;
	}
	child = info.pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	ATF_REQUIRE(!step_is_set(child));
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	ASK(PT_CLEARSTEP, pp->pid, NULL, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(step_over_a_fork_not_followed_is_the_parents_alone)
{
	struct puppet *pp = puppet_attached(1);
	int status;

	puppet_will(pp, 0, do_bear_and_collect, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 1, do_exit, 3);
	do {
		ASK(PT_STEP, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE(WSTOPSIG(status) == SIGTRAP || WSTOPSIG(status) == SIGUSR1);
	} while (WSTOPSIG(status) != SIGUSR1);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(step_into_an_exec_is_the_exec_stop_alone)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_exec, 7);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (;;) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		info = INFO(pp->pid);
		REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_EXEC, info);
		if (info.pl_syscall_code == PUPPET_CALL(execve))
			break;
		GO(pp->pid, 0);
	}
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pp->pid));
	ASK(PT_CONTINUE, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	/* The entry of the new program's first call, not a trap. */
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SI, INFO(pp->pid));
	puppet_end(pp);
}

SPEC_TEST_WRITING(step_of_a_thread_that_is_not_the_reporter, "thr.4 step.2")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);

	ASK(PT_SUSPEND, one, NULL, 0);
	(void)puppet_lwp(pp, 0);
	set_pc(one, machine_nops);
	ASK(PT_RESUME, one, NULL, 0);
	ASK(PT_STEP, one, 1, 0);
	expect_trace_trap(pp->pid);
	ATF_REQUIRE_EQ(one, INFO(pp->pid).pl_lwpid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, pc_of(one));
	puppet_end(pp);
}


static long
do_read_tube(long arg)
{
	char c;

	(void)arg;
	stage->word[0] = read(stage->tube[0], &c, 1);
	return (stage->word[0]);
}

static long
do_write_tube(long arg)
{
	(void)arg;
	return (write(stage->tube[1], "x", 1));
}

SPEC_TEST(other_threads_run_while_one_steps, "step.3")
{
	struct puppet *pp;
	lwpid_t zero;

	puppet_tube();
	pp = puppet_attached(2);
	zero = puppet_lwp(pp, 0);
	puppet_will(pp, 0, do_read_tube, 0);
	puppet_will(pp, 1, do_write_tube, 0);
	while (stage->word[0] == 0) {
		ASK(PT_STEP, zero, 1, 0);
		expect_trace_trap(pp->pid);
		ATF_REQUIRE_EQ(zero, INFO(pp->pid).pl_lwpid);
	}
	ATF_REQUIRE_EQ(1, stage->word[0]);
	puppet_end(pp);
}

SPEC_TEST(new_thread_does_not_step)
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t zero = puppet_lwp(pp, 0);
	int steps, status;

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 1, do_nothing, 0);
	for (steps = 0; steps < 100000; steps++) {
		ASK(PT_STEP, zero, 1, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE_EQ(zero, INFO(pp->pid).pl_lwpid);
		if (WSTOPSIG(status) == SIGUSR1)
			break;
		ATF_REQUIRE_EQ(SIGTRAP, WSTOPSIG(status));
	}
	ATF_REQUIRE_EQ(SIGUSR1, WSTOPSIG(status));
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(breakpoint_instruction_is_a_trap)
{
	struct puppet *pp = puppet_at(machine_nops);
	struct ptrace_lwpinfo info;
	uintptr_t there = (uintptr_t)machine_nops + 2 * MACHINE_NOP_SIZE;
	unsigned int brk = MACHINE_BREAK, was;
	struct ptrace_io_desc io = { PIOD_READ_I, (void *)there, &was, MACHINE_BREAK_SIZE };

	ASK(PT_IO, pp->pid, &io, 0);
	io.piod_op = PIOD_WRITE_I;
	io.piod_addr = &brk;
	ASK(PT_IO, pp->pid, &io, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCE | PL_FLAG_SCX, info);
	ATF_REQUIRE_EQ(TRAP_BRKPT, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ(there + MACHINE_BREAK_PC_MOVES, pc_of(pp->pid));
	ATF_REQUIRE_EQ(pc_of(pp->pid), (uintptr_t)info.pl_siginfo.si_addr);
	io.piod_addr = &was;
	ASK(PT_IO, pp->pid, &io, 0);
	ASK(PT_CONTINUE, pp->pid, there, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(step_of_a_breakpoint_instruction_is_the_breakpoint)
{
	struct puppet *pp = puppet_at(machine_nops);
	unsigned int brk = MACHINE_BREAK;
	struct ptrace_io_desc io = { PIOD_WRITE_I, (void *)(uintptr_t)machine_nops, &brk,
		MACHINE_BREAK_SIZE };

	ASK(PT_IO, pp->pid, &io, 0);
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ATF_REQUIRE_EQ(TRAP_BRKPT, INFO(pp->pid).pl_siginfo.si_code);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_BREAK_PC_MOVES, pc_of(pp->pid));
	/* The flag is used up: nothing is left over that would trap again. */
	GO(pp->pid, 0);
#if MACHINE_BREAK_PC_MOVES
	EXPECT_EXIT(pp->pid, 77);
#endif
	puppet_end(pp);
}

SPEC_TEST(trap_passed_on_kills)
{
	struct puppet *pp = puppet_at(machine_nops);

	ASK(PT_STEP, pp->pid, 1, 0);
	expect_trace_trap(pp->pid);
	GO(pp->pid, SIGTRAP);
	EXPECT_DEATH(pp->pid, SIGTRAP);
	puppet_end(pp);
}
