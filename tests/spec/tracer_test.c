/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tracer: its death, its forks, its threads, its other children.  Spec: stops.md, 15; requests.md, 1; wait.md, 7;
 * design, rules 5 to 7.
 */
#include "spec.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <unistd.h>

/* Another process traces pp, which stands in its attach stop. */
static struct puppet *
traced_by_another(struct puppet *pp)
{
	struct puppet *tracer = puppet_start(1);

	puppet_attaches(tracer, pp->pid);
	return (tracer);
}

static void
tracer_ends(struct puppet *tracer)
{
	puppet_will(tracer, 0, do_exit, 0);
	EXPECT_EXIT(tracer->pid, 0);
}

SPEC_TEST(stopped_tracee_dies_with_its_tracer)
{
	struct puppet *pp = puppet_start(3), *tracer = traced_by_another(pp);

	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(running_tracee_dies_with_its_tracer)
{
	struct puppet *pp = puppet_start(3), *tracer = traced_by_another(pp);

	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(tracee_dies_with_a_tracer_that_is_killed)
{
	struct puppet *pp = puppet_start(3), *tracer = traced_by_another(pp);

	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_SYSCALL, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(0, kill(tracer->pid, SIGKILL));
	EXPECT_DEATH(tracer->pid, SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(tracee_dies_with_a_tracer_that_attached_and_left)
{
	struct puppet *pp = puppet_start(2), *tracer = puppet_start(1);
	long got = puppet_asks(tracer, PT_ATTACH, pp->pid, NULL, 0);

	if (got == -EPERM && geteuid() != 0)
		atf_tc_skip("this host lets a user attach to descendants only");
	ATF_REQUIRE_EQ(0, got);
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(SIGKILL_wins_over_pending_signals_when_the_tracer_ends)
{
	struct puppet *pp = puppet_start(2), *tracer = traced_by_another(pp);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGHUP));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGTERM));
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(uncollected_signal_stop_dies_with_the_tracer)
{
	struct puppet *pp = puppet_start(2), *tracer = traced_by_another(pp);

	puppet_will(pp, 1, do_raise, SIGTERM);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(tracer, pp->pid, WNOWAIT));
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(suspended_threads_die_with_the_tracer, "held.5")
{
	struct puppet *pp = puppet_start(2), *tracer = traced_by_another(pp);

	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_SUSPEND, pp->pid, NULL, 0));
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(detached_process_outlives_the_tracer)
{
	struct puppet *pp = puppet_start(2), *tracer = traced_by_another(pp);

	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_DETACH, pp->pid, (void *)1, 0));
	tracer_ends(tracer);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(tracer);
	puppet_end(pp);
}

/* The puppet at the other end of a wire is gone when the wire breaks. */
static void
expect_gone(struct puppet *pp, int wire)
{
	char c;

	ATF_REQUIRE_EQ(0, read(pp->wire[wire], &c, 1));
}

SPEC_TEST(child_that_asked_for_tracing_dies_with_the_tracer)
{
	struct puppet *tracer = puppet_start(1);
	pid_t child = (pid_t)puppet_does(tracer, 0, do_new_child, 1);

	ATF_REQUIRE(child > 0);
	ATF_REQUIRE_EQ(0, puppet_does(tracer, 1, do_traceme, 0));
	puppet_will(tracer, 1, do_raise, SIGSTOP);
	ATF_REQUIRE_EQ(child, puppet_waits(tracer, child, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, child, (void *)1, 0));
	ATF_REQUIRE_EQ(0, puppet_said(tracer, 1));
	ATF_REQUIRE_EQ(7, puppet_does(tracer, 1, do_nothing, 7));
	tracer_ends(tracer);
	expect_gone(tracer, 1);
	puppet_end(tracer);
}

SPEC_TEST(stopped_child_that_asked_for_tracing_dies_with_the_tracer)
{
	struct puppet *tracer = puppet_start(1);
	pid_t child = (pid_t)puppet_does(tracer, 0, do_new_child, 1);

	ATF_REQUIRE_EQ(0, puppet_does(tracer, 1, do_traceme, 0));
	puppet_will(tracer, 1, do_raise, SIGSTOP);
	ATF_REQUIRE_EQ(child, puppet_waits(tracer, child, 0));
	tracer_ends(tracer);
	expect_gone(tracer, 1);
	puppet_end(tracer);
}

#ifdef __FreeBSD__ /* Linux lets go a child that asked and that its tracer never waited for: bsdptrace(3) */
SPEC_TEST(child_that_asked_for_tracing_and_was_never_seen_stopped_dies_with_the_tracer)
{
	struct puppet *tracer = puppet_start(1);
	pid_t child = (pid_t)puppet_does(tracer, 0, do_new_child, 1);

	ATF_REQUIRE(child > 0);
	ATF_REQUIRE_EQ(0, puppet_does(tracer, 1, do_traceme, 0));
	tracer_ends(tracer);
	expect_gone(tracer, 1);
	puppet_end(tracer);
}
#endif

SPEC_TEST(followed_child_dies_with_the_tracer)
{
	struct puppet *pp = puppet_start(1), *tracer = traced_by_another(pp);
	pid_t child;

	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_FOLLOW_FORK, pp->pid, NULL, 1));
	puppet_will(pp, 0, do_new_child, 1);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(tracer, pp->pid, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	child = (pid_t)puppet_said(pp, 0);
	ATF_REQUIRE_EQ(child, puppet_waits(tracer, child, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, child, (void *)1, 0));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	tracer_ends(tracer);
	EXPECT_DEATH(pp->pid, SIGKILL);
	expect_gone(pp, 1);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(all_of_many_tracees_die_with_the_tracer)
{
	struct puppet *pp[5], *tracer = puppet_start(1);
	int i;

	for (i = 0; i < 5; i++) {
		pp[i] = puppet_start(2);
		puppet_attaches(tracer, pp[i]->pid);
		if (i % 2 == 0)
			ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp[i]->pid, (void *)1, 0));
	}
	ATF_REQUIRE_EQ(0, kill(tracer->pid, SIGKILL));
	for (i = 0; i < 5; i++) {
		EXPECT_DEATH(pp[i]->pid, SIGKILL);
		puppet_end(pp[i]);
	}
	puppet_end(tracer);
}

#ifndef __FreeBSD__ /* where init takes it and the parent gets ECHILD */
SPEC_TEST(end_of_a_tracee_not_collected_goes_to_the_parent_with_the_tracers_end)
{
	struct puppet *pp = puppet_start(1), *tracer = traced_by_another(pp);

	puppet_will(pp, 0, do_exit, 3);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(tracer, pp->pid, WNOWAIT));
	EXPECT_NOTHING(pp->pid);
	tracer_ends(tracer);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(tracer);
	puppet_end(pp);
}
#endif

SPEC_TEST(fork_of_the_tracer_has_no_tracees)
{
	struct puppet *mine = puppet_attached(2), *running = puppet_attached(1), *child;

	GO(running->pid, 0);
	child = puppet_start(1);
	ATF_REQUIRE_EQ(-EBUSY, puppet_asks(child, PT_GETNUMLWPS, mine->pid, NULL, 0));
	ATF_REQUIRE_EQ(-EBUSY, puppet_asks(child, PT_CONTINUE, mine->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-EBUSY, puppet_asks(child, PT_DETACH, mine->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-EBUSY, puppet_asks(child, PT_ATTACH, running->pid, NULL, 0));
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(child, mine->pid, WNOHANG));
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(child, running->pid, WNOHANG));
	ATF_REQUIRE_EQ(-ECHILD, puppet_waits(child, -1, WNOHANG));
	puppet_will(child, 0, do_exit, 0);
	EXPECT_EXIT(child->pid, 0);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, mine->pid, NULL, 0));
	ATF_REQUIRE_EQ(7, puppet_does(running, 0, do_nothing, 7));
	puppet_end(child);
	puppet_end(mine);
	puppet_end(running);
}

SPEC_TEST(fork_of_the_tracer_may_trace_others)
{
	struct puppet *mine = puppet_attached(1), *pp = puppet_start(1), *child = puppet_start(1);

	puppet_attaches(child, pp->pid);
	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, puppet_asks(child, PT_DETACH, pp->pid, (void *)1, 0));
	ASK(PT_GETNUMLWPS, mine->pid, NULL, 0);
	puppet_end(child);
	puppet_end(pp);
	puppet_end(mine);
}

SPEC_TEST(fork_of_the_tracer_that_exits_does_no_harm)
{
	struct puppet *mine = puppet_attached(2);
	pid_t pid;
	int i;

	puppet_will(mine, 1, do_raise, SIGUSR1);
	GO(mine->pid, 0);
	for (i = 0; i < 5; i++) {
		pid = fork();
		if (pid == 0) {
			if (i % 2 == 0)
				_exit(3);
			execl("/bin/sh", "sh", "-c", "exit 3", (char *)NULL);
		}
		EXPECT_EXIT(pid, 3);
	}
	EXPECT_STOP(mine->pid, SIGUSR1);
	puppet_end(mine);
}

static int tube[2], bell[2];

static long
do_exec_and_wait(long arg)
{
	char script[96];

	(void)arg;
	snprintf(script, sizeof(script), "echo here >&%d; read line <&%d; exit 3", bell[1], tube[0]);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return (-errno);
}

SPEC_TEST_AT_HOME(tracer_that_execs_stays_the_tracer)
{
	struct puppet *pp, *tracer;
	char c;

	ATF_REQUIRE_EQ(0, pipe(tube));
	ATF_REQUIRE_EQ(0, pipe(bell));
	pp = puppet_start(1);
	tracer = traced_by_another(pp);
	puppet_will(tracer, 0, do_exec_and_wait, 0);
	ATF_REQUIRE_EQ(1, read(bell[0], &c, 1)); /* the new program runs */
	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(5, write(tube[1], "line\n", 5));
	EXPECT_EXIT(tracer->pid, 3);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

struct errand {
	struct puppet *pp;
	int request;
	int failed;
};

static void *
attach_elsewhere(void *arg)
{
	struct errand *e = arg;

	e->failed = ptrace(PT_ATTACH, e->pp->pid, NULL, 0) == -1 ? errno : 0;
	return (NULL);
}

static void *
wait_elsewhere(void *arg)
{
	struct errand *e = arg;
	int status;

	e->failed = spec_wait(e->pp->pid, &status, 0) != e->pp->pid || !WIFSTOPPED(status);
	return (NULL);
}

static void *
ask_elsewhere(void *arg)
{
	struct errand *e = arg;

	e->failed = ptrace(e->request, e->pp->pid, (caddr_t)1, 0) == -1 ? errno : 0;
	return (NULL);
}

static void
elsewhere(void *(*fn)(void *), struct errand *e)
{
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, fn, e));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_REQUIRE_EQ_MSG(0, e->failed, "%s", strerror(e->failed));
}

SPEC_TEST(thread_that_attached_may_exit, "call.3")
{
	struct errand e = { puppet_start(3), 0, 0 };
	int i;

	elsewhere(attach_elsewhere, &e);
	EXPECT_STOP(e.pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, e.pp->pid, NULL, 0));
	for (i = 0; i < 5; i++) {
		puppet_will(e.pp, i % 3, do_raise, SIGUSR1);
		GO(e.pp->pid, 0);
		EXPECT_STOP(e.pp->pid, SIGUSR1);
	}
	ASK(PT_DETACH, e.pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(e.pp, 0));
	puppet_end(e.pp);
}

SPEC_TEST(each_request_and_wait_may_come_from_another_thread, "call.3")
{
	static const int requests[] = { PT_GETNUMLWPS, PT_SETSTEP, PT_CLEARSTEP, PT_SUSPEND, PT_RESUME,
		PT_CONTINUE };
	struct errand e = { puppet_start(2), 0, 0 };
	size_t i;

	elsewhere(attach_elsewhere, &e);
	elsewhere(wait_elsewhere, &e);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		e.request = requests[i];
		elsewhere(ask_elsewhere, &e);
	}
	ATF_REQUIRE_EQ(7, puppet_does(e.pp, 1, do_nothing, 7));
	puppet_will(e.pp, 1, do_raise, SIGUSR1);
	elsewhere(wait_elsewhere, &e);
	e.request = PT_SYSCALL;
	elsewhere(ask_elsewhere, &e);
	elsewhere(wait_elsewhere, &e);
	e.request = PT_DETACH;
	elsewhere(ask_elsewhere, &e);
	ATF_REQUIRE_EQ(0, puppet_said(e.pp, 1));
	puppet_end(e.pp);
}

SPEC_TEST(other_threads_may_serve_what_the_main_thread_attached)
{
	struct errand e = { puppet_attached(3), PT_CONTINUE, 0 };
	int i;

	for (i = 0; i < 10; i++) {
		puppet_will(e.pp, i % 3, do_raise, SIGUSR1);
		elsewhere(ask_elsewhere, &e);
		elsewhere(wait_elsewhere, &e);
	}
	e.request = PT_KILL;
	elsewhere(ask_elsewhere, &e);
	EXPECT_DEATH(e.pp->pid, SIGKILL);
	puppet_end(e.pp);
}

SPEC_TEST(process_whose_tracer_thread_is_gone_bears_threads_and_children)
{
	struct errand e = { puppet_start(1), 0, 0 };
	pid_t child;

	elsewhere(attach_elsewhere, &e);
	EXPECT_STOP(e.pp->pid, SIGSTOP);
	ASK(PT_FOLLOW_FORK, e.pp->pid, NULL, 1);
	puppet_will(e.pp, 0, do_new_thread, 1);
	puppet_will(e.pp, 1, do_raise, SIGUSR1);
	GO(e.pp->pid, 0);
	EXPECT_STOP(e.pp->pid, SIGUSR1);
	puppet_will(e.pp, 1, do_fork, 3);
	GO(e.pp->pid, 0);
	EXPECT_STOP(e.pp->pid, SIGTRAP);
	child = INFO(e.pp->pid).pl_child_pid;
	EXPECT_STOP(child, SIGSTOP);
	GO(child, 0);
	EXPECT_EXIT(child, 3);
	puppet_end(e.pp);
}

#define DRIVERS 4

static void *
failed_at(struct errand *e, int line)
{
	e->failed = errno;
	return ((void *)(intptr_t)line);
}

static void *
drive(void *arg)
{
	struct errand *e = arg;
	int i, status;

	if (ptrace(PT_ATTACH, e->pp->pid, NULL, 0) == -1)
		return (failed_at(e, __LINE__));
	for (i = 0; i < 30; i++) {
		if (spec_wait(e->pp->pid, &status, 0) != e->pp->pid || !WIFSTOPPED(status))
			return (failed_at(e, __LINE__));
		if (WSTOPSIG(status) != (i == 0 ? SIGSTOP : SIGUSR1))
			return (failed_at(e, __LINE__));
		if (i < 29) /* while it is stopped: at large the signal would end it */
			puppet_will(e->pp, 1, do_raise, SIGUSR1);
		if (ptrace(PT_GETNUMLWPS, e->pp->pid, NULL, 0) != 2)
			return (failed_at(e, __LINE__));
		if (ptrace(PT_CONTINUE, e->pp->pid, (caddr_t)1, 0) == -1)
			return (failed_at(e, __LINE__));
	}
	return (NULL);
}

SPEC_TEST(several_threads_trace_at_once)
{
	struct errand e[DRIVERS];
	pthread_t thread[DRIVERS];
	void *result;
	int i;

	for (i = 0; i < DRIVERS; i++) {
		e[i].pp = puppet_start(2);
	}
	for (i = 0; i < DRIVERS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, drive, &e[i]));
	for (i = 0; i < DRIVERS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &result));
		ATF_REQUIRE_EQ_MSG(
		    NULL, result, "line %ld, %s", (long)(intptr_t)result, strerror(e[i].failed));
	}
	for (i = 0; i < DRIVERS; i++) /* all at large, their tracers gone */
		ATF_REQUIRE_EQ(7, puppet_does(e[i].pp, 0, do_nothing, 7));
	for (i = 0; i < DRIVERS; i++)
		puppet_end(e[i].pp);
}

static void *
wait_for_any(void *arg)
{
	int status;

	(void)arg;
	return ((void *)(intptr_t)spec_wait(-1, &status, 0));
}

SPEC_TEST(process_attached_to_while_another_thread_waits_is_waited_for)
{
	struct puppet *running = puppet_attached(1), *pp = puppet_start(1);
	pthread_t thread;
	void *got;

	GO(running->pid, 0);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, wait_for_any, NULL));
	sched_yield();
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, pthread_join(thread, &got));
	ATF_REQUIRE_EQ(pp->pid, (pid_t)(intptr_t)got);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
	puppet_end(running);
}

SPEC_TEST(requests_are_served_while_another_thread_waits, "call.3")
{
	struct puppet *running = puppet_attached(1), *pp = puppet_attached(2);
	struct ptrace_lwpinfo info;
	pthread_t thread;
	void *got;
	int i;

	GO(running->pid, 0);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, wait_for_any, NULL));
	for (i = 0; i < 50; i++) {
		info = INFO(pp->pid);
		ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, info.pl_lwpid, NULL, 0));
	}
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, pthread_join(thread, &got));
	ATF_REQUIRE_EQ(pp->pid, (pid_t)(intptr_t)got);
	puppet_end(pp);
	puppet_end(running);
}

struct asker {
	struct puppet *pp;
	pid_t child;
};

static void *
ask_often(void *arg)
{
	struct asker *a = arg;
	struct reg regs;

	if (ptrace(PT_GETREGS, a->pp->pid, (caddr_t)&regs, 0) == -1)
		return (strerror(errno));
	for (int i = 0; i < 200; i++)
		if (ptrace(PT_SETREGS, a->pp->pid, (caddr_t)&regs, 0) == -1)
			return (strerror(errno));
	return (kill(a->child, SIGTERM) == -1 ? strerror(errno) : NULL);
}

SPEC_TEST_WRITING(waits_are_not_broken_off_by_requests_of_other_threads, "call.3")
{
	struct asker a = {.pp = puppet_attached(1)};
	pthread_t thread;
	void *failed;
	int status;

	ATF_REQUIRE((a.child = fork()) != -1);
	if (a.child == 0)
		for (;;)
			(void)pause();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, ask_often, &a));
	ATF_REQUIRE_EQ(a.child, spec_wait(a.child, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ATF_REQUIRE_EQ(0, pthread_join(thread, &failed));
	ATF_REQUIRE_EQ_MSG(NULL, failed, "%s", (char *)failed);
	puppet_end(a.pp);
}

SPEC_TEST(tracer_may_be_traced)
{
	struct puppet *pp = puppet_start(1), *tracer = puppet_attached(1);

	GO(tracer->pid, 0);
	puppet_attaches(tracer, pp->pid);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_waits(tracer, pp->pid, 0));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), stage->status);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_DETACH, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(0, kill(tracer->pid, SIGUSR1));
	EXPECT_STOP(tracer->pid, SIGUSR1);
	ASK(PT_KILL, tracer->pid, 0, 0);
	EXPECT_DEATH(tracer->pid, SIGKILL);
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(system_works_beside_tracees)
{
	struct puppet *running = puppet_attached(2), *pp = puppet_attached(1);
	int i;

	GO(running->pid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(W_EXITCODE(3, 0), system("exit 3"));
	EXPECT_STOP(pp->pid, SIGUSR1); /* not lost in between */
	EXPECT_NOTHING(running->pid);
	puppet_end(pp);
	puppet_end(running);
}

SPEC_TEST(popen_works_beside_tracees)
{
	struct puppet *running = puppet_attached(2), *pp = puppet_attached(1);
	char line[16] = "";
	FILE *f;

	GO(running->pid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	f = popen("echo seen; exit 3", "r");
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fgets(line, sizeof(line), f) != NULL);
	ATF_REQUIRE_STREQ("seen\n", line);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), pclose(f));
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
	puppet_end(running);
}

SPEC_TEST(posix_spawn_works_beside_tracees)
{
	struct puppet *running = puppet_attached(2), *pp = puppet_attached(1);
	char sh[] = "sh", c[] = "-c", script[] = "exit 3";
	char *argv[] = { sh, c, script, NULL }, *envp[] = { NULL };
	pid_t pid;
	int status;

	GO(running->pid, 0);
	ATF_REQUIRE_EQ(0, posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, envp));
	ATF_REQUIRE_EQ(pid, spec_wait(-1, &status, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	ATF_REQUIRE_EQ(0, posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, envp));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	EXPECT_EXIT(pid, 3);
	puppet_end(pp);
	puppet_end(running);
}
