/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_TRACE_ME: who traces whom from then on, and in which child.  Spec: requests.md, 6; stops.md, 8.
 */
#include "spec.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* In a child: ask for tracing or say so by the exit code. */
static void
trace_me(void)
{
	if (ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
		_exit(90);
}

SPEC_TEST(TRACE_ME_returns_zero_and_ignores_its_arguments, "chk.1 me.3")
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PT_TRACE_ME, -5, (caddr_t)1, 77) == 0 ? 3 : 1);
	EXPECT_EXIT(pid, 3);
}

SPEC_TEST(TRACE_ME_sets_errno_to_zero, "call.1")
{
	pid_t pid = fork();

	if (pid == 0) {
		errno = EIO;
		_exit(ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 && errno == 0 ? 3 : 1);
	}
	EXPECT_EXIT(pid, 3);
}

SPEC_TEST(TRACE_ME_makes_no_stop, "me.6")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	ATF_REQUIRE(puppet_does(pp, 0, do_getpid, 0) == pp->pid);
	EXPECT_NOTHING(pp->pid);
	puppet_will(pp, 0, do_exit, 3);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(TRACE_ME_twice_is_EBUSY, "me.1")
{
	pid_t pid = fork();

	if (pid == 0) {
		trace_me();
		_exit(ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 && errno == EBUSY ? 3 : 1);
	}
	EXPECT_EXIT(pid, 3);
}

SPEC_TEST(TRACE_ME_of_an_attached_process_is_EBUSY, "me.1")
{
	struct puppet *pp = puppet_attached(1);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(-EBUSY, puppet_does(pp, 0, do_traceme, 0));
	puppet_end(pp);
}

SPEC_TEST(TRACE_ME_of_a_process_that_another_traces_is_EBUSY, "me.1")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);

	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-EBUSY, puppet_does(pp, 0, do_traceme, 0));
	puppet_end(other);
	puppet_end(pp);
}

static long
do_wait_for_init(long parent)
{
	while (getppid() == (pid_t)parent)
		sched_yield();
	return (getppid());
}

SPEC_TEST(TRACE_ME_of_a_child_of_init_is_EPERM, "me.2")
{
	struct puppet *pp = puppet_start(1);
	pid_t pid = (pid_t)puppet_does(pp, 0, do_new_child, 1);
	long parent;

	ATF_REQUIRE(pid > 0);
	puppet_will(pp, 0, do_exit, 0);
	EXPECT_EXIT(pp->pid, 0);
	parent = puppet_does(pp, 1, do_wait_for_init, pp->pid);
	if (parent != 1)
		atf_tc_skip("orphans go to process %ld, not to init", parent);
	ATF_REQUIRE_EQ(-EPERM, puppet_does(pp, 1, do_traceme, 0));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	puppet_end(pp);
}

SPEC_TEST(next_signal_is_a_stop_for_the_parent, "me.4")
{
	struct puppet *pp = puppet_start(1);
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	puppet_will(pp, 0, do_raise, SIGSTOP);
	EXPECT_STOP(pp->pid, SIGSTOP);
	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC | PL_FLAG_CHILD | PL_FLAG_FORKED, info);
	ATF_REQUIRE_EQ(SIGSTOP, info.pl_siginfo.si_signo);
	GO(pp->pid, 0);
	puppet_will(pp, 0, do_raise, SIGTERM);
	EXPECT_STOP(pp->pid, SIGTERM);
	GO(pp->pid, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(signal_sent_from_outside_is_a_stop_for_the_parent, "me.4")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(exec_after_TRACE_ME_is_a_stop, "me.4")
{
	pid_t pid = fork();

	if (pid == 0) {
		trace_me();
		do_exec(7);
		_exit(91);
	}
	EXPECT_STOP(pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI | PL_FLAG_CHILD, INFO(pid));
	GO(pid, 0);
	EXPECT_EXIT(pid, 7);
	EXPECT_NOBODY(pid);
}

SPEC_TEST(threads_made_after_TRACE_ME_are_traced)
{
	struct puppet *pp = puppet_traced();

	puppet_will(pp, 0, do_new_thread, 1);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	GO(pp->pid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(threads_made_before_TRACE_ME_are_traced)
{
	struct puppet *pp = puppet_start(3);
	lwpid_t list[4];
	int i;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 4));
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(list[i], INFO(list[i]).pl_lwpid);
	GO(pp->pid, 0);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE(INFO(pp->pid).pl_lwpid != list[0]);
	puppet_end(pp);
}

#ifdef __FreeBSD__ /* Linux traces the thread that asks; the others from its first stop on: bsdptrace(3) */
SPEC_TEST(signal_of_a_thread_made_before_TRACE_ME_is_a_stop)
{
	struct puppet *pp = puppet_start(2);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	puppet_will(pp, 1, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(TRACE_ME_of_a_second_thread_is_the_process, "me.4")
{
	struct puppet *pp = puppet_start(3);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_traceme, 0));
	ATF_REQUIRE_EQ(-EBUSY, puppet_does(pp, 0, do_traceme, 0));
	puppet_will(pp, 1, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_will(pp, 0, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}
#endif

SPEC_TEST(vfork_child_that_execs_stops_at_the_exec, "me.4")
{
	pid_t pid = vfork();

	if (pid == 0) {
		trace_me();
		execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(91);
	}
	EXPECT_STOP(pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pid));
	GO(pid, 0);
	EXPECT_EXIT(pid, 7);
	EXPECT_NOBODY(pid);
}

SPEC_TEST(vfork_child_that_exits_is_an_exit)
{
	pid_t pid = vfork();

	if (pid == 0) {
		trace_me();
		_exit(5);
	}
	EXPECT_EXIT(pid, 5);
	EXPECT_NOBODY(pid);
}

SPEC_TEST(vfork_child_whose_exec_fails_is_an_exit)
{
	pid_t pid = vfork();

	if (pid == 0) {
		trace_me();
		execl("/nonexistent/program", "program", (char *)NULL);
		_exit(6);
	}
	EXPECT_EXIT(pid, 6);
	EXPECT_NOBODY(pid);
}

#ifdef __FreeBSD__ /* decisions.md, 25: on Linux only its blocked parent may let it go on; bsdptrace(3) says so */
/* Signals of a vfork child that asked for tracing take their normal action until its exec: decisions.md, 25. */
SPEC_TEST(vfork_child_dies_of_a_signal_unreported, "me.5")
{
	pid_t pid = vfork();

	if (pid == 0) {
		trace_me();
		raise(SIGTERM);
		_exit(91);
	}
	EXPECT_DEATH(pid, SIGTERM);
	EXPECT_NOBODY(pid);
}

SPEC_TEST(vfork_child_catches_a_signal_unreported, "me.5")
{
	pid_t pid;

	do_catch(SIGUSR1);
	pid = vfork();
	if (pid == 0) {
		trace_me();
		raise(SIGUSR1);
		execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(91);
	}
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	EXPECT_STOP(pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pid));
	GO(pid, 0);
	EXPECT_EXIT(pid, 7);
}

SPEC_TEST(vfork_child_keeps_a_stop_signal_until_the_exec, "me.5")
{
	pid_t pid = vfork();

	if (pid == 0) {
		trace_me();
		raise(SIGSTOP);
		execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(91);
	}
	EXPECT_STOP(pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pid));
	GO(pid, 0);
	EXPECT_STOP(pid, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC, INFO(pid));
	GO(pid, 0);
	EXPECT_EXIT(pid, 7);
}
#endif

static pid_t child_of_thread;

static void *
fork_traced(void *by_vfork)
{
	child_of_thread = by_vfork != NULL ? vfork() : fork();
	if (child_of_thread == 0) {
		trace_me();
		execl("/bin/sh", "sh", "-c", "kill -USR1 $$; exit 7", (char *)NULL);
		_exit(91);
	}
	return (NULL);
}

static void
child_of_a_thread_is_traced(void *how)
{
	pthread_t thread;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, fork_traced, how));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	pid = child_of_thread;
	EXPECT_STOP(pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pid));
	GO(pid, 0);
	EXPECT_STOP(pid, SIGUSR1);
	GO(pid, 0);
	EXPECT_EXIT(pid, 7);
}

SPEC_TEST(child_forked_by_a_thread_that_is_gone_is_traced)
{
	child_of_a_thread_is_traced(NULL);
}

SPEC_TEST(child_vforked_by_a_thread_that_is_gone_is_traced)
{
	child_of_a_thread_is_traced(&child_of_thread);
}

SPEC_TEST_AS_ROOT(child_that_gives_up_root_is_still_traced)
{
	struct puppet *pp = puppet_traced();
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_be_nobody, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(SIGUSR1, info.pl_siginfo.si_signo);
	puppet_will(pp, 0, do_exec, 7);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 7);
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(child_that_gives_up_root_before_its_first_stop_is_traced)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_be_nobody, 0));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(child_of_a_tracer_has_no_tracees_and_may_be_traced)
{
	struct puppet *mine = puppet_attached(1), *pp = puppet_start(1);

	ATF_REQUIRE_EQ(-EBUSY, puppet_asks(pp, PT_GETNUMLWPS, mine->pid, NULL, 0));
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(pp, -1, WNOHANG));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_traceme, 0));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, mine->pid, NULL, 0));
	puppet_end(mine);
}

SPEC_TEST(tracee_may_trace_a_child_of_its_own)
{
	struct puppet *pp = puppet_traced();
	pid_t pid;

	puppet_will(pp, 0, do_new_child, 1);
	puppet_will(pp, 1, do_traceme, 0);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	pid = (pid_t)puppet_said(pp, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(pid, puppet_waits(pp, pid, 0));
	ATF_REQUIRE(WIFSTOPPED(stage->status) && WSTOPSIG(stage->status) == SIGUSR1);
	ATF_REQUIRE_EQ(1, puppet_asks(pp, PT_GETNUMLWPS, pid, NULL, 0));
	REFUSED(EBUSY, PT_GETNUMLWPS, pid, NULL, 0);
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_KILL, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, puppet_waits(pp, pid, 0));
	ATF_REQUIRE(WIFSIGNALED(stage->status) && WTERMSIG(stage->status) == SIGKILL);
	puppet_end(pp);
}
