/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What every wait call does alike.  Spec: wait.md, 3 to 7.
 */
#include "spec.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

SPEC_TEST(stop_is_told_once)
{
	struct puppet *pp = puppet_attached(2);
	int i, status = 0x1234;

	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	for (i = 0; i < 3; i++) {
		EXPECT_NOTHING(pp->pid);
		ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WNOHANG));
	}
	ATF_REQUIRE_EQ(0x1234, status); /* nothing found, nothing stored */
	puppet_end(pp);
}

SPEC_TEST(running_tracee_has_nothing_to_report)
{
	struct puppet *pp = puppet_attached(1);
	int status;

	GO(pp->pid, 0);
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WNOHANG | WUNTRACED | WCONTINUED));
	puppet_end(pp);
}

SPEC_TEST(nobody_is_ECHILD)
{
	int status;

	EXPECT_NOBODY(-1);
	EXPECT_NOBODY(0);
	EXPECT_NOBODY(getpid());
	EXPECT_NOBODY(1);
	EXPECT_NOBODY(-getpid() - 1);
	ATF_REQUIRE_ERRNO(ECHILD, spec_wait(-1, &status, 0) == -1);
}

SPEC_TEST(strangers_are_ECHILD)
{
	struct puppet *pp = puppet_start(1);
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);

	EXPECT_NOBODY(child);
	EXPECT_NOBODY(getppid());
	puppet_end(pp);
}

SPEC_TEST(thread_ids_never_match)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1), zero = puppet_lwp(pp, 0);

	EXPECT_NOBODY(one);
	EXPECT_NOBODY(zero);
#ifndef __FreeBSD__
	EXPECT_NOBODY(one - 10000000);
#endif
	puppet_will(pp, 1, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_NOBODY(one);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
}

static long
do_own_group(long arg)
{
	(void)arg;
	return (setpgid(0, 0));
}

SPEC_TEST(group_is_looked_at)
{
	struct puppet *mine = puppet_start(1), *other = puppet_start(1);
	int status;

	ATF_REQUIRE_EQ(0, puppet_does(other, 0, do_own_group, 0));
	ASK(PT_ATTACH, other->pid, NULL, 0);
	ATF_REQUIRE_EQ(other->pid, spec_wait(-other->pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
	ASK(PT_ATTACH, mine->pid, NULL, 0);
	ATF_REQUIRE_EQ(mine->pid, spec_wait(0, &status, 0));
	ATF_REQUIRE_EQ(0, spec_wait(0, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, spec_wait(-other->pid, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, spec_wait(-getpgrp(), &status, WNOHANG));
	EXPECT_NOBODY(-mine->pid);
	puppet_will(other, 0, do_raise, SIGUSR1);
	GO(other->pid, 0);
	ATF_REQUIRE_EQ(other->pid, spec_wait(-other->pid, &status, 0));
	ATF_REQUIRE_EQ(0, spec_wait(0, &status, WNOHANG));
	puppet_end(other);
	puppet_end(mine);
}

SPEC_TEST(any_child_is_found)
{
	struct puppet *pp[3];
	int i, k, status, seen = 0;
	pid_t pid;

	for (i = 0; i < 3; i++)
		pp[i] = puppet_attached(2);
	for (i = 0; i < 3; i++) {
		puppet_will(pp[i], i % 2, do_raise, SIGUSR1);
		GO(pp[i]->pid, 0);
	}
	for (i = 0; i < 3; i++) {
		pid = spec_wait(-1, &status, 0);
		ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
		for (k = 0; k < 3 && pp[k]->pid != pid; k++)
			;
		ATF_REQUIRE(k < 3 && (seen & 1 << k) == 0);
		seen |= 1 << k;
	}
	ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WNOHANG));
	for (i = 0; i < 3; i++)
		puppet_end(pp[i]);
}

SPEC_TEST(events_of_others_are_left_for_later_waits)
{
	struct puppet *one = puppet_attached(1), *two = puppet_attached(1);

	puppet_will(one, 0, do_raise, SIGUSR1);
	puppet_will(two, 0, do_raise, SIGUSR2);
	GO(one->pid, 0);
	GO(two->pid, 0);
	EXPECT_STOP(two->pid, SIGUSR2);
	puppet_will(two, 0, do_exit, 3);
	GO(two->pid, 0);
	EXPECT_EXIT(two->pid, 3);
	EXPECT_STOP(one->pid, SIGUSR1);
	puppet_end(one);
	puppet_end(two);
}

SPEC_TEST(look_takes_nothing)
{
	struct puppet *pp = puppet_attached(1);
	int i, status;

	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(i == 1 ? -1 : pp->pid, &status, WNOWAIT));
		ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
		REFUSED(EBUSY, PT_CONTINUE, pp->pid, 1, 0);
	}
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, 0);
	puppet_end(pp);
}

SPEC_TEST(look_sees_a_stop_that_was_collected_no_more)
{
	struct puppet *pp = puppet_attached(1);
	int status;

	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WNOHANG | WNOWAIT));
	puppet_end(pp);
}

SPEC_TEST(tracee_is_never_in_job_control)
{
	struct puppet *pp = puppet_attached(2);
	int status;

	puppet_will(pp, 0, do_raise, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	GO(pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WNOHANG | WUNTRACED | WCONTINUED));
	puppet_will(pp, 0, do_raise, SIGCONT);
	EXPECT_STOP(pp->pid, SIGCONT);
	GO(pp->pid, SIGCONT);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WNOHANG | WUNTRACED | WCONTINUED));
	puppet_end(pp);
}

SPEC_TEST(untraced_children_are_told_beside_tracees)
{
	struct puppet *traced = puppet_attached(1), *free = puppet_start(1);
	int status;

	GO(traced->pid, 0);
	puppet_will(free, 0, do_exit, 3);
	ATF_REQUIRE_EQ(free->pid, spec_wait(-1, &status, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	puppet_will(traced, 0, do_raise, SIGUSR1);
	ATF_REQUIRE_EQ(traced->pid, spec_wait(-1, &status, 0));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	puppet_end(free);
	puppet_end(traced);
}

SPEC_TEST(stops_of_untraced_children_are_told_who_asks)
{
	struct puppet *traced = puppet_attached(1), *free = puppet_start(1);
	int status;

	GO(traced->pid, 0);
	ATF_REQUIRE_EQ(0, kill(free->pid, SIGSTOP));
	ATF_REQUIRE_EQ(free->pid, spec_wait(-1, &status, WUNTRACED));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGSTOP), status);
	ATF_REQUIRE_EQ(0, spec_wait(free->pid, &status, WUNTRACED | WNOHANG));
	ATF_REQUIRE_EQ(0, kill(free->pid, SIGCONT));
	ATF_REQUIRE_EQ(free->pid, spec_wait(-1, &status, WCONTINUED));
	ATF_REQUIRE(WIFCONTINUED(status));
	ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WCONTINUED | WUNTRACED | WNOHANG));
	puppet_end(free);
	puppet_end(traced);
}

SPEC_TEST(stops_of_untraced_children_are_not_told_who_does_not)
{
	struct puppet *free = puppet_start(1);
	int status;

	ATF_REQUIRE_EQ(0, kill(free->pid, SIGSTOP));
	ATF_REQUIRE_EQ(free->pid, spec_wait(free->pid, &status, WUNTRACED | WNOWAIT));
	EXPECT_NOTHING(free->pid);
	ATF_REQUIRE_EQ(free->pid, spec_wait(free->pid, &status, WUNTRACED));
	puppet_end(free);
}

SPEC_TEST(exit_of_an_untraced_child_is_looked_at_and_taken)
{
	struct puppet *traced = puppet_attached(1), *free = puppet_start(1);
	int status;

	puppet_will(free, 0, do_exit, 3);
	ATF_REQUIRE_EQ(free->pid, spec_wait(free->pid, &status, WNOWAIT));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	EXPECT_EXIT(free->pid, 3);
	EXPECT_NOBODY(free->pid);
	puppet_end(free);
	puppet_end(traced);
}

static void
look_and_leave(struct puppet *dead, struct puppet *other)
{
	int status;

	puppet_will(dead, 0, do_exit, 3);
	GO(dead->pid, 0);
	ATF_REQUIRE_EQ(dead->pid, spec_wait(dead->pid, &status, WNOWAIT));
	EXPECT_NOTHING(other->pid);
	puppet_will(other, 0, do_raise, SIGUSR1);
	GO(other->pid, 0);
	EXPECT_STOP(other->pid, SIGUSR1);
	puppet_will(other, 0, do_exit, 4);
	GO(other->pid, 0);
	EXPECT_EXIT(other->pid, 4);
	EXPECT_EXIT(dead->pid, 3);
	puppet_end(dead);
	puppet_end(other);
}

SPEC_TEST(end_that_is_only_looked_at_hides_nothing_of_a_younger)
{
	struct puppet *dead = puppet_attached(1), *other = puppet_attached(1);

	GO(other->pid, 0);
	ATF_REQUIRE_EQ(0, kill(other->pid, SIGSTOP));
	EXPECT_STOP(other->pid, SIGSTOP);
	look_and_leave(dead, other);
}

SPEC_TEST(end_that_is_only_looked_at_hides_nothing_of_an_older)
{
	struct puppet *other = puppet_attached(1), *dead = puppet_attached(1);

	look_and_leave(dead, other);
}

SPEC_TEST(stop_nobody_asks_for_hides_nothing)
{
	struct puppet *free = puppet_start(1), *traced = puppet_attached(1);
	int status;

	ATF_REQUIRE_EQ(0, kill(free->pid, SIGSTOP));
	ATF_REQUIRE_EQ(free->pid, spec_wait(free->pid, &status, WUNTRACED | WNOWAIT));
	puppet_will(traced, 0, do_raise, SIGUSR1);
	GO(traced->pid, 0);
	ATF_REQUIRE_EQ(traced->pid, spec_wait(-1, &status, 0));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	ATF_REQUIRE_EQ(0, spec_wait(-1, &status, WNOHANG));
	ATF_REQUIRE_EQ(free->pid, spec_wait(free->pid, &status, WUNTRACED));
	puppet_end(traced);
	puppet_end(free);
}

SPEC_TEST(attach_makes_a_stranger_waitable, "att.6")
{
	struct puppet *parent = puppet_start(1);
	pid_t child = (pid_t)puppet_does(parent, 0, do_new_child, 1);
	int status;

	EXPECT_NOBODY(child);
	ASK(PT_ATTACH, child, NULL, 0);
	ATF_REQUIRE_EQ(child, spec_wait(-1, &status, 0));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGSTOP), status);
	ASK(PT_DETACH, child, 1, 0);
	EXPECT_NOBODY(child);
	puppet_end(parent);
}

static long
do_pester(long pid)
{
	while (stage->word[0] == 0) {
		kill((pid_t)pid, SIGUSR1);
		sched_yield();
	}
	return (0);
}

static void
note(int sig)
{
	stage->caught[sig]++;
}

SPEC_TEST(caught_signal_without_restart_is_EINTR)
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);
	struct sigaction sa;
	int status;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	GO(pp->pid, 0);
	puppet_will(other, 0, do_pester, getpid());
	ATF_REQUIRE_ERRNO(EINTR, spec_wait(pp->pid, &status, 0) == -1);
	stage->word[0] = 1;
	ATF_REQUIRE_EQ(0, puppet_said(other, 0));
	/* Nothing was used up. */
	puppet_will(pp, 0, do_raise, SIGUSR2);
	while (spec_wait(pp->pid, &status, 0) == -1)
		ATF_REQUIRE_EQ(EINTR, errno);
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR2), status);
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(wait_for_any_is_EINTR_too)
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);
	struct sigaction sa;
	int status;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	GO(pp->pid, 0);
	puppet_will(other, 0, do_pester, getpid());
	ATF_REQUIRE_ERRNO(EINTR, spec_wait(-1, &status, 0) == -1);
	stage->word[0] = 1;
	ATF_REQUIRE_EQ(0, puppet_said(other, 0));
	puppet_end(other);
	puppet_end(pp);
}

static long
do_pester_then_kill(long pid)
{
	while (stage->caught[SIGUSR1] < 5) {
		kill((pid_t)pid, SIGUSR1);
		sched_yield();
	}
	return (kill((pid_t)stage->word[1], SIGUSR2));
}

SPEC_TEST(caught_signal_with_restart_goes_on)
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	sa.sa_flags = SA_RESTART;
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	GO(pp->pid, 0);
	stage->word[1] = pp->pid;
	puppet_will(other, 0, do_pester_then_kill, getpid());
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(other, 0));
	ATF_REQUIRE(stage->caught[SIGUSR1] >= 5);
	puppet_end(other);
	puppet_end(pp);
}

static void *
collect_one(void *arg)
{
	int status = 0;
	pid_t pid = spec_wait(-1, &status, 0);

	*(int *)arg = status;
	return ((void *)(intptr_t)pid);
}

SPEC_TEST(each_report_goes_to_one_of_several_waiting_threads)
{
	struct puppet *pp[3];
	pthread_t thread[3];
	void *got[3];
	int i, status[3];

	for (i = 0; i < 3; i++) {
		pp[i] = puppet_attached(1);
		puppet_will(pp[i], 0, do_raise, SIGUSR1);
	}
	for (i = 0; i < 3; i++)
		GO(pp[i]->pid, 0);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, collect_one, &status[i]));
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &got[i]));
		ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status[i]);
	}
	ATF_REQUIRE(got[0] != got[1] && got[1] != got[2] && got[0] != got[2]);
	for (i = 0; i < 3; i++)
		puppet_end(pp[i]);
}

SPEC_TEST(loser_of_a_report_goes_on_waiting)
{
	struct puppet *pp = puppet_attached(1);
	pthread_t thread[2];
	void *got;
	int i, status[2] = { 0, 0 };

	GO(pp->pid, 0);
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, collect_one, &status[i]));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	while (__atomic_load_n(&status[0], __ATOMIC_SEQ_CST) == 0 &&
	    __atomic_load_n(&status[1], __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	puppet_will(pp, 0, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &got));
		ATF_REQUIRE_EQ(pp->pid, (pid_t)(intptr_t)got);
	}
	ATF_REQUIRE_EQ(SIGUSR1 + SIGUSR2, WSTOPSIG(status[0]) + WSTOPSIG(status[1]));
	puppet_end(pp);
}

SPEC_TEST(last_child_taken_by_another_thread_is_ECHILD)
{
	struct puppet *pp = puppet_attached(1);
	pthread_t thread[2];
	void *got[2];
	int i, status[2] = { 0, 0 };

	GO(pp->pid, 0);
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, collect_one, &status[i]));
	puppet_will(pp, 0, do_exit, 3);
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &got[i]));
	ATF_REQUIRE_EQ(pp->pid - 1, (intptr_t)got[0] + (intptr_t)got[1]);
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status[0] + status[1]);
	puppet_end(pp);
}

SPEC_TEST(stop_arrives_while_the_wait_blocks)
{
	struct puppet *pp = puppet_attached(2), *other = puppet_start(1);
	int i;

	for (i = 0; i < 20; i++) {
		GO(pp->pid, 0);
		stage->caught[SIGUSR1] = 5; /* no pestering */
		stage->word[1] = pp->pid;
		puppet_will(other, 0, do_pester_then_kill, 0);
		EXPECT_STOP(pp->pid, SIGUSR2);
		ATF_REQUIRE_EQ(0, puppet_said(other, 0));
	}
	puppet_end(other);
	puppet_end(pp);
}
