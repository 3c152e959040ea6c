/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The exec stop: when, from which thread, with what, and what outlives it.  Spec: stops.md, 3 and 10.
 */
#include "spec.h"
#include "machine.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

static struct ptrace_lwpinfo
exec_stop(pid_t pid)
{
	struct ptrace_lwpinfo info;

	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(
	    PL_FLAG_EXEC | PL_FLAG_SCX, PL_FLAG_SCE | PL_FLAG_SI | PL_FLAG_CHILD | PL_FLAG_FORKED, info);
	ATF_REQUIRE(spec_zero(&info.pl_siginfo, sizeof(info.pl_siginfo)));
	ATF_REQUIRE_EQ(machine_exec_call(), info.pl_syscall_code);
	return (info);
}

SPEC_TEST(exec_of_an_attached_process_stops_once, "info.7")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	EXPECT_NOTHING(pp->pid);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST(exec_of_a_child_that_asked_for_it_stops_once)
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

PUPPET_DATA static int marker = 4711;

SPEC_TEST(memory_and_registers_are_the_new_programs)
{
	struct puppet *pp = puppet_attached(1);
	struct reg before, after;
	int word;

	(void)puppet_lwp(pp, 0);
	ASK(PT_GETREGS, pp->pid, &before, 0);
	ATF_REQUIRE_EQ(4711, ptrace(PT_READ_D, pp->pid, (caddr_t)&marker, 0));
	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	ASK(PT_GETREGS, pp->pid, &after, 0);
	ATF_REQUIRE(R_PC(&before) != R_PC(&after));
	ATF_REQUIRE(R_SP(&before) != R_SP(&after));
	/* The stack of a new program begins with the number of its arguments: sh -c "exit 7". */
#ifdef __linux__
	word = ptrace(PT_READ_D, pp->pid, (caddr_t)(uintptr_t)R_SP(&after), 0);
	if (machine_exec_call() == SYS_execve) /* else it is wider than we, and so is its stack pointer */
		ATF_REQUIRE_EQ(3, word);
#else
	(void)word;
#endif
	word = ptrace(PT_READ_D, pp->pid, (caddr_t)&marker, 0);
	ATF_REQUIRE(word != 4711);
	puppet_end(pp);
}

SPEC_TEST(thread_is_named_after_the_command, "info.15")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	ATF_REQUIRE_STREQ("sh", exec_stop(pp->pid).pl_tdname);
	puppet_end(pp);
}

SPEC_TEST(signal_given_at_the_exec_takes_its_default_action, "pick.2")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGTERM));
	puppet_attach(pp);
	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	ATF_REQUIRE_EQ(0, stage->caught[SIGTERM]);
	puppet_end(pp);
}

SPEC_TEST(SIGTRAP_given_at_the_exec_is_a_real_signal)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, SIGTRAP);
	EXPECT_DEATH(pp->pid, SIGTRAP);
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_given_at_the_exec_comes_back_as_a_signal)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, SIGSTOP);
	EXPECT_STOP(pp->pid, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC, INFO(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST(ignored_signal_given_at_the_exec_has_no_effect)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, SIGURG);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST(failed_exec_is_no_stop)
{
	struct puppet *pp = puppet_attached(2);

	puppet_will(pp, 0, do_exec_nothing, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(-ENOENT, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	puppet_end(pp);
}

static void
exec_of_one_of_many(int threads, int who)
{
	struct puppet *pp = puppet_attached(threads);
	struct ptrace_lwpinfo info;
	lwpid_t list[8], first;

	ATF_REQUIRE_EQ(threads, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 8));
	first = list[0];
	puppet_will(pp, who, do_exec, 7);
	GO(pp->pid, 0);
	info = exec_stop(pp->pid);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(1, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 8));
	ATF_REQUIRE_EQ(info.pl_lwpid, list[0]);
#ifndef __FreeBSD__ /* where the thread keeps its own id */
	ATF_REQUIRE_EQ(first, info.pl_lwpid);
#else
	(void)first;
#endif
	ATF_REQUIRE_EQ(info.pl_lwpid, INFO(info.pl_lwpid).pl_lwpid);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(exec_of_the_first_thread_leaves_one)
{
	exec_of_one_of_many(4, 0);
}

SPEC_TEST(exec_of_another_thread_leaves_one)
{
	exec_of_one_of_many(4, 2);
}

SPEC_TEST(exec_of_a_thread_after_the_first_has_gone)
{
	struct puppet *pp = puppet_start(3);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_end_thread, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	puppet_attach(pp);
	puppet_will(pp, 2, do_exec, 7);
	GO(pp->pid, 0);
	info = exec_stop(pp->pid);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(info.pl_lwpid, INFO(pp->pid).pl_lwpid);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST(exec_outruns_the_events_of_other_threads)
{
	int round, i, status, signals;

	for (round = 0; round < 20; round++) {
		struct puppet *pp = puppet_attached(4);

		signals = 0;
		for (i = 0; i < 4; i++)
			if (i == round % 4)
				puppet_will(pp, i, do_exec, 7);
			else
				puppet_will(pp, i, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		for (;;) {
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
			ATF_REQUIRE(WIFSTOPPED(status));
			if (WSTOPSIG(status) == SIGTRAP)
				break;
			ATF_REQUIRE_EQ(SIGUSR1, WSTOPSIG(status));
			ATF_REQUIRE(++signals <= 3);
			GO(pp->pid, 0);
		}
		REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pp->pid));
		ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
		GO(pp->pid, 0);
		EXPECT_EXIT(pp->pid, 7);
		puppet_end(pp);
	}
}

SPEC_TEST(exec_stop_of_a_process_with_busy_threads)
{
	struct puppet *pp = puppet_start(4);
	int i;

	stage->counting = 1;
	for (i = 1; i < 4; i++)
		puppet_will(pp, i, do_count, i);
	puppet_attach(pp);
	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

static long
do_exec_twice(long arg)
{
	(void)arg;
	execl("/bin/sh", "sh", "-c", "exec /bin/sh -c 'exec /bin/sh -c \"exit 8\"'", (char *)NULL);
	return (-errno);
}

SPEC_TEST(each_exec_of_a_chain_stops)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	puppet_will(pp, 0, do_exec_twice, 0);
	for (i = 0; i < 3; i++) {
		GO(pp->pid, 0);
		(void)exec_stop(pp->pid);
	}
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 8);
	puppet_end(pp);
}

SPEC_TEST(flags_of_the_exec_are_gone_at_the_next_stop)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC | PL_FLAG_SCX | PL_FLAG_SCE, info);
	ATF_REQUIRE_EQ(0, info.pl_syscall_code);
	puppet_end(pp);
}

SPEC_TEST(suspended_threads_go_with_an_exec)
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t one = puppet_lwp(pp, 1);

	ASK(PT_SUSPEND, one, NULL, 0);
	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	(void)exec_stop(pp->pid);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

static long
do_copy_id(long owner)
{
	char buffer[65536];
	int from = open("/usr/bin/id", O_RDONLY), to = open("id", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	if (from == -1 || to == -1)
		return (-errno);
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return (-errno);
	if (n == -1 || fchown(to, (uid_t)owner, (gid_t)-1) == -1 || fchmod(to, 04755) == -1)
		return (-errno);
	close(from);
	close(to);
	return (chmod(".", 0755) == -1 ? -errno : 0);
}

/* By a tracer that is a user: the ids that a traced child of its shows after the exec of a set-user-id program. */
static long
do_trace_id(long arg)
{
	int status;
	pid_t pid = fork();

	(void)arg;
	if (pid == 0) {
		dup2(stage->tube[1], 1);
		if (ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
			_exit(90);
		execl("./id", "id", "-u", (char *)NULL);
		_exit(91);
	}
	for (;;) {
		if (spec_wait(pid, &status, 0) != pid)
			return (-1);
		if (!WIFSTOPPED(status))
			return (status);
		if (ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == -1)
			return (-2);
	}
}

SPEC_TEST_AS_ROOT(set_user_id_bit_is_ignored_under_a_user)
{
	struct puppet *pp;
	char said[32] = "";

	ATF_REQUIRE_EQ(0, do_copy_id(0));
	puppet_tube();
	pp = puppet_start(1);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_be_nobody, 0));
	if (access("id", X_OK) == -1)
		atf_tc_skip("no place for a program here");
	long status = puppet_does(pp, 0, do_trace_id, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 91)
		atf_tc_skip("another user cannot run programs from here");
	ATF_REQUIRE_EQ(W_EXITCODE(0, 0), status);
	ATF_REQUIRE(read(stage->tube[0], said, sizeof(said) - 1) > 0);
	ATF_REQUIRE_STREQ("65534\n", said);
	puppet_end(pp);
}
