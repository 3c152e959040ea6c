/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_SYSCALL, PT_TO_SCE, PT_TO_SCX: stops at the entry and the exit of system calls, and changing the call.
 * Spec: requests.md, 6; stops.md, 3, 6 and 9; registers.md, 8; decisions.md, 7, 8, 9 and 26.
 */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <sched.h>
#include <unistd.h>

#define ENTRY PL_FLAG_SCE
#define EXIT PL_FLAG_SCX

static struct ptrace_lwpinfo
call_stop(pid_t pid)
{
	struct ptrace_lwpinfo info;

	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(0, PL_FLAG_SI, info);
	ATF_REQUIRE(spec_zero(&info.pl_siginfo, sizeof(info.pl_siginfo)));
	ATF_REQUIRE_EQ(0, info.pl_child_pid);
	return (info);
}

/* Go on until the stop of this kind and call. */
static struct ptrace_lwpinfo
until(pid_t pid, int flag, unsigned int code)
{
	struct ptrace_lwpinfo info;

	for (;;) {
		info = call_stop(pid);
		if ((info.pl_flags & flag) != 0 && info.pl_syscall_code == code)
			return (info);
		GO(pid, 0);
	}
}

static struct reg
regs_of(pid_t pid)
{
	struct reg reg;

	ASK(PT_GETREGS, pid, &reg, 0);
	return (reg);
}

static long
do_three_calls(long arg)
{
	syscall(SYS_getppid);
	syscall(SYS_getpid);
	syscall(SYS_getppid);
	return (arg);
}

SPEC_TEST(SYSCALL_stops_at_entry_and_exit_in_turn, "cont.7 info.8")
{
	static const unsigned int codes[] = { PUPPET_CALL(getppid), PUPPET_CALL(getpid), PUPPET_CALL(getppid) };
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	int i;

	puppet_will(pp, 0, do_three_calls, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	until(pp->pid, ENTRY, PUPPET_CALL(getppid));
	for (i = 0; i < 3; i++) {
		info = INFO(pp->pid);
		REQUIRE_FLAGS(ENTRY, EXIT, info);
		ATF_REQUIRE_EQ(codes[i], info.pl_syscall_code);
		ATF_REQUIRE_EQ(0, info.pl_syscall_narg);
		ASK(PT_SYSCALL, pp->pid, 1, 0);
		info = call_stop(pp->pid);
		REQUIRE_FLAGS(EXIT, ENTRY, info);
		ATF_REQUIRE_EQ(codes[i], info.pl_syscall_code);
		ATF_REQUIRE_EQ(0, info.pl_syscall_narg);
		ASK(PT_SYSCALL, pp->pid, 1, 0);
		if (i < 2)
			(void)call_stop(pp->pid);
	}
	puppet_end(pp);
}

static void
only(int request, int wanted)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	int i;

	puppet_will(pp, 0, do_three_calls, 0);
	ASK(request, pp->pid, 1, 0);
	until(pp->pid, wanted, PUPPET_CALL(getppid));
	for (i = 0; i < 2; i++) {
		ASK(request, pp->pid, 1, 0);
		info = call_stop(pp->pid);
		REQUIRE_FLAGS(wanted, (PL_FLAG_SCE | PL_FLAG_SCX) & ~wanted, info);
		ATF_REQUIRE_EQ(i == 0 ? PUPPET_CALL(getpid) : PUPPET_CALL(getppid), info.pl_syscall_code);
	}
	puppet_end(pp);
}

SPEC_TEST(TO_SCE_stops_at_entries_alone, "cont.7")
{
	only(PT_TO_SCE, ENTRY);
}

SPEC_TEST(TO_SCX_stops_at_exits_alone, "cont.7")
{
	only(PT_TO_SCX, EXIT);
}

static void
both(int first, int flag, int second)
{
	struct puppet *pp = puppet_attached(1);
	int i, entries = 0, exits = 0;

	puppet_will(pp, 0, do_three_calls, 0);
	ASK(first, pp->pid, 1, 0);
	until(pp->pid, flag, PUPPET_CALL(getppid));
	ASK(second, pp->pid, 1, 0);
	until(pp->pid, ENTRY, PUPPET_CALL(getpid));
	for (i = 0; i < 4; i++) {
		if ((INFO(pp->pid).pl_flags & ENTRY) != 0)
			entries++;
		else
			exits++;
		GO(pp->pid, 0);
		if (i < 3)
			(void)call_stop(pp->pid);
	}
	ATF_REQUIRE_EQ(2, entries);
	ATF_REQUIRE_EQ(2, exits);
	puppet_end(pp);
}

SPEC_TEST(TO_SCE_then_TO_SCX_is_both, "cont.10")
{
	both(PT_TO_SCE, ENTRY, PT_TO_SCX);
}

SPEC_TEST(TO_SCX_then_TO_SCE_is_both, "cont.10")
{
	both(PT_TO_SCX, EXIT, PT_TO_SCE);
}

SPEC_TEST(tracing_of_calls_stays_on_under_CONTINUE, "cont.7 cont.9")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_three_calls, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	until(pp->pid, ENTRY, PUPPET_CALL(getpid));
	GO(pp->pid, 0);
	REQUIRE_FLAGS(EXIT, ENTRY, call_stop(pp->pid));
	GO(pp->pid, 0);
	REQUIRE_FLAGS(ENTRY, EXIT, call_stop(pp->pid));
	puppet_end(pp);
}

SPEC_TEST(tracing_of_calls_outlives_an_exec, "cont.11")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	int status, entries = 0;

	puppet_will(pp, 0, do_exec, 7);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	for (;;) {
		info = call_stop(pp->pid);
		if ((info.pl_flags & PL_FLAG_EXEC) != 0)
			break;
		GO(pp->pid, 0);
	}
	/* One stop, the exec's and the exit's. */
	REQUIRE_FLAGS(PL_FLAG_EXEC | EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(machine_exec_call(), info.pl_syscall_code);
	for (;;) {
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		if (!WIFSTOPPED(status))
			break;
		ATF_REQUIRE_EQ(SIGTRAP, WSTOPSIG(status));
		info = INFO(pp->pid);
		REQUIRE_FLAGS(0, PL_FLAG_EXEC, info);
		if (entries++ == 0)
			REQUIRE_FLAGS(ENTRY, EXIT, info);
	}
	ATF_REQUIRE_EQ(W_EXITCODE(7, 0), status);
	ATF_REQUIRE(entries > 0);
	puppet_end(pp);
}

SPEC_TEST(exec_is_EXEC_and_SCX_though_exits_are_not_traced, "info.8")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_EXEC | PL_FLAG_SCX, PL_FLAG_SCE, info);
	ATF_REQUIRE_EQ(machine_exec_call(), info.pl_syscall_code);
	puppet_end(pp);
}

SPEC_TEST(failed_exec_is_a_plain_exit)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_exec_nothing, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	until(pp->pid, ENTRY, PUPPET_CALL(execve));
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY | PL_FLAG_EXEC, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(execve), info.pl_syscall_code);
	puppet_end(pp);
}

SPEC_TEST(exit_has_an_entry_and_no_exit)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	int status;

	puppet_will(pp, 0, do_exit, 5);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	do {
		info = call_stop(pp->pid);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	} while (WIFSTOPPED(status));
	REQUIRE_FLAGS(ENTRY, EXIT, info);
#ifdef SYS_exit_group
	ATF_REQUIRE_EQ(PUPPET_CALL(exit_group), info.pl_syscall_code);
#else
	ATF_REQUIRE_EQ(PUPPET_CALL(exit), info.pl_syscall_code);
#endif
	EXPECT_EXIT(pp->pid, 5);
	puppet_end(pp);
}

PUPPET_DATA static char message[] = "abcd";

static long
do_write(long len)
{
	return (syscall(SYS_write, stage->tube[1], message, len));
}

SPEC_TEST(entry_shows_number_and_arguments, "info.17")
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;
	struct reg reg;

	puppet_tube();
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	info = until(pp->pid, ENTRY, PUPPET_CALL(write));
	ATF_REQUIRE_EQ(3, info.pl_syscall_narg);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(PUPPET_CALL(write), R_CALL(&reg));
	ATF_REQUIRE_EQ(stage->tube[1], R_ARG0(&reg));
	ATF_REQUIRE_EQ((uintptr_t)message, (uintptr_t)R_ARG1(&reg));
	ATF_REQUIRE_EQ(4, R_ARG2(&reg));
	puppet_end(pp);
}

SPEC_TEST(exit_shows_the_result)
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;
	struct reg reg;

	puppet_tube();
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	info = until(pp->pid, EXIT, PUPPET_CALL(write));
	ATF_REQUIRE_EQ(3, info.pl_syscall_narg);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(4, R_RESULT(&reg));
	puppet_end(pp);
}

#ifdef __linux__
SPEC_TEST(exit_shows_the_negative_errno_of_a_failed_call)
{
	struct puppet *pp;
	struct reg reg;

	stage->tube[1] = -1;
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	(void)until(pp->pid, EXIT, PUPPET_CALL(write));
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(-EBADF, R_RESULT(&reg));
	puppet_end(pp);
}

#define NO_CALL 1500

static long
do_no_call(long arg)
{
	(void)arg;
	return (syscall(NO_CALL) == -1 ? -errno : 0);
}

SPEC_TEST(unknown_call_has_six_arguments)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_no_call, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	info = until(pp->pid, ENTRY, NO_CALL);
	ATF_REQUIRE_EQ(6, info.pl_syscall_narg);
	GO(pp->pid, 0);
	info = until(pp->pid, EXIT, NO_CALL);
	ATF_REQUIRE_EQ(6, info.pl_syscall_narg);
	puppet_end(pp);
}

SPEC_TEST_WRITING(number_changed_to_no_call_is_ENOSYS)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(getpid));
	reg = regs_of(pp->pid);
	R_CALL(&reg) = NO_CALL;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	GO(pp->pid, 0);
	(void)until(pp->pid, EXIT, NO_CALL);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(-ENOSYS, R_RESULT(&reg));
	puppet_end(pp);
}
#endif

SPEC_TEST_WRITING(number_changed_at_the_entry_makes_another_call, "regs.4")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(getpid));
	reg = regs_of(pp->pid);
	R_CALL(&reg) = PUPPET_CALL(getppid);
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(PUPPET_CALL(getppid), R_CALL(&reg));
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(getppid), info.pl_syscall_code);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(getpid(), R_RESULT(&reg));
	GO(pp->pid, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(getpid)); /* the next is itself again */
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST_WRITING(registers_written_back_at_the_entry_change_nothing)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(getpid));
	reg = regs_of(pp->pid);
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST_WRITING(argument_changed_at_the_entry_is_used, "regs.4")
{
	struct puppet *pp;
	struct reg reg;
	char got[8];

	puppet_tube();
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(write));
	reg = regs_of(pp->pid);
	R_ARG2(&reg) = 2;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(2, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(2, read(stage->tube[0], got, sizeof(got)));
	puppet_end(pp);
}

SPEC_TEST(memory_changed_at_the_entry_is_used, "io.11")
{
	struct puppet *pp;
	char got[5] = "", want[] = "wxyz";
	int word;

	puppet_tube();
	memcpy(&word, want, 4);
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(write));
	ASK(PT_WRITE_D, pp->pid, message, word);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(4, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(4, read(stage->tube[0], got, 4));
	ATF_REQUIRE_STREQ(want, got);
	puppet_end(pp);
}

SPEC_TEST_WRITING(result_changed_at_the_exit_is_seen)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	(void)until(pp->pid, EXIT, PUPPET_CALL(getpid));
	reg = regs_of(pp->pid);
	R_RESULT(&reg) = 123456;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(123456, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(address_given_at_the_entry_takes_effect_after_the_call, "cont.14")
{
	struct puppet *pp;
	char got[5] = "";
	struct ptrace_lwpinfo info;
	struct reg reg;

	puppet_tube();
	pp = puppet_attached(1);
	puppet_will(pp, 0, do_write, 4);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	(void)until(pp->pid, ENTRY, PUPPET_CALL(write));
	ASK(PT_CONTINUE, pp->pid, machine_nops, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(write), info.pl_syscall_code);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(4, R_RESULT(&reg));
	ATF_REQUIRE_EQ(4, read(stage->tube[0], got, 4));
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(ENTRY, EXIT, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(exit), info.pl_syscall_code);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

static struct puppet *
puppet_that_catches_at(int request, int flag)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(request, pp->pid, 1, 0);
	(void)until(pp->pid, flag, PUPPET_CALL(getpid));
	return (pp);
}

SPEC_TEST(signal_given_at_an_entry_is_taken_after_the_exit, "pick.2")
{
	struct puppet *pp = puppet_that_catches_at(PT_SYSCALL, ENTRY);
	struct ptrace_lwpinfo info;
	struct reg reg;

	GO(pp->pid, SIGUSR1);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(getpid), info.pl_syscall_code);
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(pp->pid, R_RESULT(&reg));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	GO(pp->pid, 0);
	(void)call_stop(pp->pid); /* no signal stop: the next call */
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(signal_given_at_an_exit_is_taken_at_once, "pick.2")
{
	struct puppet *pp = puppet_that_catches_at(PT_SYSCALL, EXIT);

	GO(pp->pid, SIGUSR1);
	(void)call_stop(pp->pid);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(signals_given_at_entry_and_exit_are_both_taken)
{
	struct puppet *pp = puppet_that_catches_at(PT_SYSCALL, ENTRY);

	GO(pp->pid, SIGUSR1);
	REQUIRE_FLAGS(EXIT, ENTRY, call_stop(pp->pid));
	ASK(PT_DETACH, pp->pid, 1, SIGUSR2);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

SPEC_TEST(deadly_signal_given_at_an_exit_kills)
{
	struct puppet *pp = puppet_that_catches_at(PT_TO_SCX, EXIT);

	GO(pp->pid, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(deadly_signal_given_at_an_entry_kills_after_the_call)
{
	struct puppet *pp = puppet_that_catches_at(PT_SYSCALL, ENTRY);

	GO(pp->pid, SIGTERM);
	REQUIRE_FLAGS(EXIT, ENTRY, call_stop(pp->pid));
	GO(pp->pid, 0);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(SIGTRAP_given_at_an_exit_is_a_real_signal)
{
	struct puppet *pp = puppet_that_catches_at(PT_TO_SCX, EXIT);

	GO(pp->pid, SIGTRAP);
	EXPECT_DEATH(pp->pid, SIGTRAP);
	puppet_end(pp);
}

SPEC_TEST(SIGTRAP_given_at_an_entry_is_a_real_signal)
{
	struct puppet *pp = puppet_that_catches_at(PT_TO_SCE, ENTRY);

	GO(pp->pid, SIGTRAP);
	EXPECT_DEATH(pp->pid, SIGTRAP);
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_given_at_an_exit_comes_back_as_a_signal)
{
	struct puppet *pp = puppet_that_catches_at(PT_TO_SCX, EXIT);

	GO(pp->pid, SIGSTOP);
	EXPECT_STOP(pp->pid, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCX, INFO(pp->pid));
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_given_at_an_entry_comes_back_as_a_signal)
{
	struct puppet *pp = puppet_that_catches_at(PT_TO_SCE, ENTRY);

	GO(pp->pid, SIGSTOP);
	EXPECT_STOP(pp->pid, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCX, INFO(pp->pid));
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(signal_stop_has_no_call_and_a_call_stop_no_signal, "info.7 info.11")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	int status;

	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	for (;;) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		if (WSTOPSIG(status) != SIGTRAP)
			break;
		GO(pp->pid, 0);
	}
	ATF_REQUIRE_EQ(SIGUSR1, WSTOPSIG(status));
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCE | PL_FLAG_SCX, info);
	ATF_REQUIRE_EQ(0, info.pl_syscall_code);
	ATF_REQUIRE_EQ(0, info.pl_syscall_narg);
	GO(pp->pid, 0);
	info = call_stop(pp->pid); /* looks for stale siginfo */
	REQUIRE_FLAGS(ENTRY, EXIT, info);
	puppet_end(pp);
}

static long
do_read(long arg)
{
	char c;

	(void)arg;
	return (syscall(SYS_read, stage->tube[0], &c, 1L) == -1 ? -errno : c);
}

SPEC_TEST(interrupted_call_has_exit_signal_and_a_new_entry)
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;

	puppet_tube();
	pp = puppet_attached(1);
	(void)puppet_lwp(pp, 0);
	puppet_will(pp, 0, do_read, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	do { /* not the read that fetches the next part */
		info = until(pp->pid, ENTRY, PUPPET_CALL(read));
		struct reg reg = regs_of(pp->pid);
		if ((int)R_ARG0(&reg) == stage->tube[0])
			break;
		GO(pp->pid, 0);
	} while (true);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1)); /* the call finds it waiting */
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(read), info.pl_syscall_code);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_SCX | PL_FLAG_SCE, INFO(pp->pid));
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(ENTRY, EXIT, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(read), info.pl_syscall_code);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "q", 1));
	GO(pp->pid, 0);
	info = call_stop(pp->pid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ('q', puppet_said(pp, 0));
	puppet_end(pp);
}

/* A puppet whose thread 1 is inside read(2), entered under trace, and thread 0 reports SIGUSR1. */
static lwpid_t
inside_a_read(struct puppet *pp)
{
	struct ptrace_lwpinfo info;
	struct reg reg;
	lwpid_t one = puppet_lwp(pp, 1);
	int status;

	puppet_will(pp, 1, do_read, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (;;) {
		info = call_stop(pp->pid);
		reg = regs_of(pp->pid);
		if (info.pl_lwpid == one && info.pl_syscall_code == PUPPET_CALL(read) && (int)R_ARG0(&reg) == stage->tube[0])
			break;
		GO(pp->pid, 0);
	}
	puppet_will(pp, 0, do_raise, SIGUSR1);
	do {
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
	} while (WSTOPSIG(status) == SIGTRAP);
	ATF_REQUIRE_EQ(SIGUSR1, WSTOPSIG(status));
	return (one);
}

SPEC_TEST(thread_asleep_in_a_call_shows_the_call_and_no_event)
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;
	lwpid_t one;

	puppet_tube();
	pp = puppet_attached(2);
	one = inside_a_read(pp);
	info = INFO(one);
	ATF_REQUIRE_EQ(one, info.pl_lwpid);
	ATF_REQUIRE_EQ(PL_EVENT_NONE, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX | PL_FLAG_SI, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(read), info.pl_syscall_code);
	ATF_REQUIRE_EQ(3, info.pl_syscall_narg);
	ATF_REQUIRE(spec_zero(&info.pl_siginfo, sizeof(info.pl_siginfo)));
	puppet_end(pp);
}

SPEC_TEST(call_in_progress_when_tracing_begins_has_its_exit_alone)
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;
	lwpid_t one;

	puppet_tube();
	pp = puppet_attached(2);
	one = inside_a_read(pp);
	ASK(PT_SUSPEND, pp->pid, NULL, 0); /* thread 0 keeps out of it */
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "q", 1));
	info = call_stop(pp->pid);
	ATF_REQUIRE_EQ(one, info.pl_lwpid);
	REQUIRE_FLAGS(EXIT, ENTRY, info);
	ATF_REQUIRE_EQ(PUPPET_CALL(read), info.pl_syscall_code);
	puppet_end(pp);
}

SPEC_TEST(call_in_progress_at_the_attach_has_its_exit_alone)
{
	struct puppet *pp;
	struct ptrace_lwpinfo info;
	bool inside;

	puppet_tube();
	pp = puppet_start(1);
	puppet_will(pp, 0, do_read, 0);
	puppet_attach(pp);
	info = INFO(pp->pid);
	inside = (info.pl_flags & PL_FLAG_SCE) != 0; /* where the host tells */
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "q", 1));
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	if (inside) {
		unsigned int code = info.pl_syscall_code;

		info = call_stop(pp->pid);
		REQUIRE_FLAGS(EXIT, ENTRY, info);
		ATF_REQUIRE_EQ(code, info.pl_syscall_code);
	} else
		(void)call_stop(pp->pid);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ('q', puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(new_thread_begins_with_an_exit_where_exits_are_traced)
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t zero = puppet_lwp(pp, 0);
	struct ptrace_lwpinfo info;
	struct reg reg;
	int status, born = 0, made = 0;

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 1, do_raise, SIGUSR2);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	for (;;) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		if (WSTOPSIG(status) == SIGUSR2)
			break;
		ATF_REQUIRE_EQ(SIGTRAP, WSTOPSIG(status));
		info = INFO(pp->pid);
		REQUIRE_FLAGS(EXIT, ENTRY | PL_FLAG_SI, info);
		if (info.pl_lwpid != zero && born++ == 0) {
			/* The call that made it, seen from the other side. */
			reg = regs_of(pp->pid);
			ATF_REQUIRE_EQ(0, R_RESULT(&reg));
			made = (int)info.pl_syscall_code;
		}
		GO(pp->pid, 0);
	}
	ATF_REQUIRE(born > 0);
	ATF_REQUIRE(made != 0);
	puppet_end(pp);
}

SPEC_TEST(every_call_of_several_threads_is_told_once)
{
	struct puppet *pp = puppet_attached(3);
	int i, k, status, done = 0, entries = 0, exits = 0;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < 10; i++)
			puppet_will(pp, k, do_getppid, 0);
		puppet_will(pp, k, do_raise, SIGUSR1);
	}
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	while (done < 3) {
		struct ptrace_lwpinfo info;

		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		EXPECT_NOTHING(pp->pid);
		info = INFO(pp->pid);
		if (WSTOPSIG(status) == SIGUSR1) {
			done++;
			ASK(PT_SUSPEND, pp->pid, NULL, 0);
		} else if (info.pl_syscall_code == PUPPET_CALL(getppid)) {
			entries += (info.pl_flags & ENTRY) != 0;
			exits += (info.pl_flags & EXIT) != 0;
		}
		if (done < 3)
			ASK(PT_SYSCALL, pp->pid, 1, 0);
	}
	ATF_REQUIRE_EQ(30, entries);
	ATF_REQUIRE_EQ(30, exits);
	puppet_end(pp);
}
