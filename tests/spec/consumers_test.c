/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The loops of programs that exist: a tracer of system calls, a dumper, a debugger.  Spec: stops.md, 18.
 */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <unistd.h>

struct tally {
	int entries, exits, execs, children, signals, ends, trapped;
	pid_t first;
	int code; /* of the first process */
};

/* As truss does: until the last process has gone. */
static void
trace_all(struct tally *t, int left)
{
	struct ptrace_lwpinfo info;
	siginfo_t si;

	while (left > 0) {
		int sig = 0;

		ATF_REQUIRE_EQ(0, waitid(P_ALL, 0, &si, WTRAPPED | WEXITED));
		if (si.si_code != CLD_TRAPPED) {
			if (si.si_pid == t->first) {
				ATF_REQUIRE_EQ(CLD_EXITED, si.si_code);
				t->code = si.si_status;
			}
			t->ends++;
			left--;
			continue;
		}
		t->trapped++;
		info = INFO(si.si_pid);
		if ((info.pl_flags & PL_FLAG_CHILD) != 0) {
			ATF_REQUIRE_EQ(SIGSTOP, si.si_status);
			ASK(PT_FOLLOW_FORK, si.si_pid, NULL, 1);
			t->children++;
			left++;
		} else if (si.si_status == SIGTRAP && (info.pl_flags & PL_FLAG_SCE) != 0) {
			ATF_REQUIRE(info.pl_syscall_code != 0 || SYS_read == 0 || machine_exec_call() != SYS_execve);
			t->entries++;
		} else if (si.si_status == SIGTRAP && (info.pl_flags & PL_FLAG_SCX) != 0) {
			if ((info.pl_flags & PL_FLAG_EXEC) != 0)
				t->execs++;
			t->exits++;
		} else {
			sig = si.si_status;
			t->signals++;
		}
		ASK(PT_SYSCALL, si.si_pid, 1, sig);
	}
}

SPEC_TEST(truss_of_a_command)
{
	struct tally t = { 0 };

	t.first = vfork();
	if (t.first == 0) {
		ptrace(PT_TRACE_ME, 0, NULL, 0);
		execl("/bin/sh", "sh", "-c", "(exit 1); (exit 2); kill -URG $$; exit 5", (char *)NULL);
		_exit(91);
	}
	EXPECT_STOP(t.first, SIGTRAP);
	ASK(PT_FOLLOW_FORK, t.first, NULL, 1);
	ASK(PT_SYSCALL, t.first, 1, 0);
	trace_all(&t, 1);
	ATF_REQUIRE_EQ(5, t.code);
	ATF_REQUIRE_EQ(2, t.children);
	ATF_REQUIRE_EQ(3, t.ends);
	ATF_REQUIRE_EQ(0, t.execs);
	ATF_REQUIRE(t.entries > 10);
	/* The last call of each process has no exit. */
	ATF_REQUIRE_EQ(t.entries, t.exits + t.ends);
	EXPECT_NOBODY(-1);
}

SPEC_TEST(truss_of_a_pipeline)
{
	struct tally t = { 0 };

	t.first = vfork();
	if (t.first == 0) {
		ptrace(PT_TRACE_ME, 0, NULL, 0);
		execl("/bin/sh", "sh", "-c", "echo a | cat | cat >/dev/null; exit 6", (char *)NULL);
		_exit(91);
	}
	EXPECT_STOP(t.first, SIGTRAP);
	ASK(PT_FOLLOW_FORK, t.first, NULL, 1);
	ASK(PT_SYSCALL, t.first, 1, 0);
	trace_all(&t, 1);
	ATF_REQUIRE_EQ(6, t.code);
	ATF_REQUIRE_EQ(3, t.children);
	ATF_REQUIRE(t.execs >= 2);
	EXPECT_NOBODY(-1);
}

static long
do_work(long n)
{
	while (n-- > 0)
		if (do_getpid(0) != getpid())
			return (-1);
	return (0);
}

SPEC_TEST(truss_of_a_process_attached_to)
{
	struct puppet *pp = puppet_start(3);
	struct tally t = { 0 };
	lwpid_t list[8];
	int i, n;

	puppet_attach(pp);
	n = ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 8);
	ATF_REQUIRE_EQ(3, n);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(list[i], INFO(list[i]).pl_lwpid);
	for (i = 0; i < 3; i++)
		puppet_will(pp, i, do_work, 20);
	puppet_will(pp, 0, do_join_thread, 1);
	puppet_will(pp, 0, do_join_thread, 2);
	puppet_will(pp, 0, do_exit, 4);
	puppet_will(pp, 1, do_end_thread, 0);
	puppet_will(pp, 2, do_end_thread, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	t.first = pp->pid;
	trace_all(&t, 1);
	ATF_REQUIRE_EQ(4, t.code);
	ATF_REQUIRE(t.entries > 3 * 20 * 2);
	puppet_end(pp);
}

SPEC_TEST(truss_lets_go_of_a_process_that_goes_on)
{
	struct puppet *pp = puppet_start(3);
	int i, status;

	for (i = 0; i < 10; i++) {
		while (ptrace(PT_ATTACH, pp->pid, NULL, 0) == -1)
			ATF_REQUIRE_EQ(EBUSY, errno);
		EXPECT_STOP(pp->pid, SIGSTOP);
		puppet_will(pp, i % 3, do_work, 3);
		ASK(PT_SYSCALL, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ASK(PT_SYSCALL, pp->pid, 1, 0);
		/* Let go: a SIGSTOP, the stops on the way, detach. */
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
		for (;;) {
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
			ATF_REQUIRE(WIFSTOPPED(status));
			if (WSTOPSIG(status) == SIGSTOP)
				break;
			ASK(PT_CONTINUE, pp->pid, 1, 0);
		}
		ASK(PT_DETACH, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
		ATF_REQUIRE_EQ(0, puppet_said(pp, i % 3));
	}
	puppet_end(pp);
}

SPEC_TEST(gcore_looks_at_everything_and_lets_go)
{
	static char data[3] = "ok";
	struct puppet *pp = puppet_start(4);
	lwpid_t list[8];
	char got[3];
	int i, k, n, status;

	for (k = 0; k < 5; k++) {
		ASK(PT_ATTACH, pp->pid, NULL, 0);
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		n = ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0);
		ATF_REQUIRE_EQ(4, n);
		ATF_REQUIRE_EQ(n, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, n));
		for (i = 0; i < n; i++) {
			struct ptrace_lwpinfo info = INFO(list[i]);
			struct reg reg;
			struct fpreg fpreg;
			int word;
			struct ptrace_io_desc io = { PIOD_READ_D, NULL, &word, sizeof(word) };

			ATF_REQUIRE_EQ(list[i], info.pl_lwpid);
			ASK(PT_GETREGS, list[i], &reg, 0);
			ASK(PT_GETFPREGS, list[i], &fpreg, 0);
			io.piod_offs = (void *)(uintptr_t)R_SP(&reg);
			ASK(PT_IO, list[i], &io, 0);
		}
		struct ptrace_io_desc io = { PIOD_READ_D, data, got, sizeof(got) };
		ASK(PT_IO, pp->pid, &io, 0);
		ATF_REQUIRE_STREQ("ok", got);
		ASK(PT_DETACH, pp->pid, 1, WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status));
		ATF_REQUIRE_EQ(k, puppet_does(pp, k % 4, do_nothing, k));
	}
	puppet_end(pp);
}

static volatile sig_atomic_t chld;

static void
on_chld(int sig)
{
	(void)sig;
	chld = 1;
}

/* A debugger: sleeps until SIGCHLD, then takes whatever there is, without blocking. */
SPEC_TEST(debugger_driven_by_SIGCHLD_misses_nothing)
{
	struct puppet *pp[2] = { puppet_attached(2), puppet_attached(2) };
	sigset_t block, open;
	struct sigaction sa;
	int i, status, stops = 0, ends = 0;
	pid_t pid;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_chld;
	ATF_REQUIRE_EQ(0, sigaction(SIGCHLD, &sa, NULL));
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &block, &open));
	for (i = 0; i < 20; i++) {
		puppet_will(pp[0], i % 2, do_raise, SIGUSR1);
		puppet_will(pp[1], i % 2, do_raise, SIGUSR2);
	}
	GO(pp[0]->pid, 0);
	GO(pp[1]->pid, 0);
	while (ends < 2) {
		while (!chld)
			sigsuspend(&open);
		chld = 0;
		while ((pid = spec_wait(-1, &status, WNOHANG)) > 0) {
			if (!WIFSTOPPED(status)) {
				ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
				ends++;
				continue;
			}
			ATF_REQUIRE_EQ(pid == pp[0]->pid ? SIGUSR1 : SIGUSR2, WSTOPSIG(status));
			if (++stops == 40) {
				puppet_will(pp[0], 0, do_exit, 3);
				puppet_will(pp[1], 1, do_exit, 3);
			}
			GO(pid, 0);
		}
		ATF_REQUIRE(pid == 0 || (errno == ECHILD && ends == 2));
	}
	ATF_REQUIRE_EQ(40, stops);
	puppet_end(pp[0]);
	puppet_end(pp[1]);
}

/* A tracer that only waits on SIGCHLD still lets threads be born and ignored signals pass: decisions.md, 24. */
SPEC_TEST(debugger_driven_by_SIGCHLD_holds_nothing_up)
{
	struct puppet *pp = puppet_attached(1);
	sigset_t block, open;
	struct sigaction sa;
	int i, status;
	pid_t pid;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_chld;
	ATF_REQUIRE_EQ(0, sigaction(SIGCHLD, &sa, NULL));
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &block, &open));
	for (i = 1; i < 6; i++) {
		puppet_will(pp, 0, do_new_thread, i);
		puppet_will(pp, 0, do_raise, SIGURG);
	}
	puppet_will(pp, 5, do_exit, 3);
	GO(pp->pid, 0);
	do {
		while (!chld)
			sigsuspend(&open);
		chld = 0;
		pid = spec_wait(-1, &status, WNOHANG);
	} while (pid == 0);
	ATF_REQUIRE_EQ(pp->pid, pid);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	puppet_end(pp);
}

/* A debugger steps one thread over a breakpoint while the others are held. */
SPEC_TEST(debugger_steps_over_a_breakpoint)
{
	struct puppet *pp = puppet_attached(3);
	uintptr_t there = (uintptr_t)do_getppid;
	unsigned int brk = MACHINE_BREAK, was;
	struct ptrace_io_desc io = { PIOD_READ_I, (void *)there, &was, MACHINE_BREAK_SIZE };
	lwpid_t list[3], hit;
	struct reg reg;
	int i, round;

	ASK(PT_IO, pp->pid, &io, 0);
	io.piod_op = PIOD_WRITE_I;
	for (round = 0; round < 10; round++) {
		io.piod_addr = &brk;
		ASK(PT_IO, pp->pid, &io, 0);
		puppet_will(pp, round % 3, do_getppid, 0);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		ATF_REQUIRE_EQ(TRAP_BRKPT, INFO(pp->pid).pl_siginfo.si_code);
		hit = INFO(pp->pid).pl_lwpid;
		ASK(PT_GETREGS, hit, &reg, 0);
		ATF_REQUIRE_EQ(there + MACHINE_BREAK_PC_MOVES, (uintptr_t)R_PC(&reg));
		R_PC(&reg) = there;
		ASK(PT_SETREGS, hit, &reg, 0);
		io.piod_addr = &was;
		ASK(PT_IO, pp->pid, &io, 0);
		ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
		for (i = 0; i < 3; i++)
			if (list[i] != hit)
				ASK(PT_SUSPEND, list[i], NULL, 0);
		ASK(PT_STEP, hit, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		ATF_REQUIRE_EQ(TRAP_TRACE, INFO(pp->pid).pl_siginfo.si_code);
		ATF_REQUIRE_EQ(hit, INFO(pp->pid).pl_lwpid);
		for (i = 0; i < 3; i++)
			if (list[i] != hit)
				ASK(PT_RESUME, list[i], NULL, 0);
	}
	GO(pp->pid, 0);
	for (round = 0; round < 10; round++)
		ATF_REQUIRE_EQ(getpid(), puppet_said(pp, round % 3));
	puppet_end(pp);
}

SPEC_TEST(debugger_follows_the_child_and_lets_the_parent_go)
{
	struct puppet *pp = puppet_attached(2);
	pid_t child;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 1, do_new_child, 2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	child = INFO(pp->pid).pl_child_pid;
	ASK(PT_DETACH, pp->pid, 1, 0);
	EXPECT_STOP(child, SIGSTOP);
	ASK(PT_FOLLOW_FORK, child, NULL, 1);
	puppet_will(pp, 2, do_raise, SIGUSR1);
	GO(child, 0);
	EXPECT_STOP(child, SIGUSR1);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 1));
	puppet_will(pp, 2, do_exit, 3);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}
