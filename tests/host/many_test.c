/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a wait among many looks first, and that it asks the kernel for any where it must.  To the host one tracee is many
 * here, and the kernel's look at it takes long, so that it is not asked unless nothing else helps.
 */
#include "cases.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/linux/many.h"
#include "target.h"

#define HOST_TEST(name) TEST_CASE(name, "", "")
#define LONG_NS 1000000000 /* for each tracee */
#define TIMES 100

/* ---- what the host asks the kernel ---- */

static unsigned scans, looks_for_signals;

pid_t
wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	scans += pid == -1;
	return ((pid_t)syscall(SYS_wait4, pid, status, options, usage));
}

int
sigtimedwait(const sigset_t *set, siginfo_t *si, const struct timespec *timeout)
{
	looks_for_signals++;
	return ((int)syscall(SYS_rt_sigtimedwait, set, si, timeout, _NSIG / 8));
}

/* ---- the target ---- */

static long
do_calls(long unused)
{
	(void)unused;
	while (syscall(SYS_getppid) != -1)
		;
	return (0);
}

static long
do_sleep(long unused)
{
	(void)unused;
	while (pause() == -1)
		;
	return (0);
}

static void
begin(target_act *act)
{
	struct target_order order = { .act = act };

	target_begin();
	many_set(0, LONG_NS);
	ATF_REQUIRE_EQ(sizeof(order), write(target_wire, &order, sizeof(order)));
}

static void
resume(enum resume_mode mode)
{
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, target, mode, 0));
}

/* Many events, each of the thread that was resumed. */
static void
step(int times)
{
	resume(RM_SYSCALL);
	(void)target_event();
	scans = looks_for_signals = 0;
	for (int i = 0; i < times; i++) {
		resume(RM_SYSCALL);
		ATF_REQUIRE_EQ(target, target_event().he_tid);
	}
}

HOST_TEST(what_was_resumed_is_looked_at_first)
{
	begin(do_calls);
	step(TIMES);
	ATF_CHECK_MSG(scans < TIMES / 2, "%u", scans);
	target_end();
}

/* A process that sends the target a signal when it is told to, and the tracer sleeps. */
static int
poker(void)
{
	char path[40], text[400], c, *state;
	pid_t tracer = getpid(), pid;
	int ends[2];
	FILE *f;

	ATF_REQUIRE(pipe(ends) == 0 && (pid = fork()) != -1);
	if (pid != 0) {
		(void)close(ends[0]);
		return (ends[1]);
	}
	(void)close(ends[1]);
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", tracer);
	while (read(ends[0], &c, 1) == 1) {
		do {
			text[0] = '\0';
			if ((f = fopen(path, "re")) == NULL || fgets(text, sizeof(text), f) == NULL)
				_exit(1);
			(void)fclose(f);
			state = strrchr(text, ')');
		} while (state == NULL || state[2] != 'S');
		(void)kill(target, SIGUSR1);
	}
	_exit(0);
}

/* Each event is of a thread that nobody expects. */
static unsigned
poke(int wire)
{
	unsigned without = 0;

	resume(RM_CONT);
	(void)kill(target, SIGUSR1);
	(void)target_event();
	looks_for_signals = 0;
	for (int i = 0; i < TIMES; i++) {
		resume(RM_CONT);
		many_heard(&lh, target);
		scans = 0;
		ATF_REQUIRE_EQ(1, write(wire, "", 1));
		ATF_REQUIRE_EQ(SIGUSR1, target_event().he_sig);
		without += scans == 0;
	}
	return (without);
}

HOST_TEST(what_sleeps_is_found_by_the_signal_it_causes)
{
	int wire;

	begin(do_sleep);
	wire = poker();
	ATF_CHECK(poke(wire) > 0);
	ATF_CHECK(looks_for_signals > 0);
	(void)close(wire);
	(void)wait4(-1, NULL, 0, NULL);
	target_end();
}

/* ---- where signals are the program's ---- */

static void
ignore(int sig)
{
	(void)sig;
}

static void *
sleep_long(void *unused)
{
	(void)unused;
	(void)pause();
	return (NULL);
}

static void
expect_no_signal_taken(void)
{
	int wire;

	begin(do_sleep);
	wire = poker();
	ATF_CHECK_EQ(0, poke(wire));
	ATF_CHECK_EQ(0, looks_for_signals);
	(void)close(wire);
	(void)wait4(-1, NULL, 0, NULL);
	target_end();
}

static void
set_action(void (*handler)(int), int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	ATF_REQUIRE_EQ(0, sigaction(SIGCHLD, &sa, NULL));
}

HOST_TEST(a_program_that_handles_SIGCHLD_keeps_it)
{
	set_action(ignore, SA_RESTART);
	expect_no_signal_taken();
}

HOST_TEST(a_program_that_wants_no_SIGCHLD_of_stops_gets_none)
{
	set_action(SIG_DFL, SA_NOCLDSTOP);
	expect_no_signal_taken();
}

HOST_TEST(a_program_that_blocks_SIGCHLD_keeps_it)
{
	siginfo_t si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	expect_no_signal_taken();
	ATF_CHECK_EQ(SIGCHLD, sigwaitinfo(&set, &si));
}

HOST_TEST(a_program_with_threads_keeps_it)
{
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, sleep_long, NULL));
	expect_no_signal_taken();
}

/* What was resumed is looked at first all the same. */
HOST_TEST(a_handler_does_not_make_it_ask_for_any)
{
	set_action(ignore, SA_RESTART);
	begin(do_calls);
	step(TIMES);
	ATF_CHECK_MSG(scans < TIMES / 2, "%u", scans);
	ATF_CHECK_EQ(0, looks_for_signals);
	target_end();
}

/* ---- the others ---- */

/* However ready one is, a part of the time goes to looking for any. */
HOST_TEST(others_are_looked_for_now_and_then)
{
	begin(do_calls);
	many_set(0, 100000);
	step(20 * TIMES);
	ATF_CHECK(scans > 0);
	ATF_CHECK_MSG(scans < 10 * TIMES, "%u", scans);
	target_end();
}

static void
wait_until_stopped(void)
{
	struct status st;

	do
		ATF_REQUIRE_EQ(0, status_read(target, &st));
	while (st.st_state != 't');
}

/* Neither likely nor named: its signal is gone. */
HOST_TEST(who_does_not_wait_is_told_what_there_is)
{
	struct host_wait hw = {.hw_whom = HW_TRACEES};
	struct host_event ev;

	begin(do_sleep);
	resume(RM_CONT);
	ATF_REQUIRE_EQ(EAGAIN, ops->wait(&lh.lh_host, &hw, &ev));
	(void)kill(target, SIGUSR1);
	(void)target_event();
	for (int by_pid = 0; by_pid < 2; by_pid++) {
		resume(RM_CONT);
		many_heard(&lh, target);
		(void)kill(target, SIGUSR1);
		wait_until_stopped();
		hw.hw_idtype = by_pid ? P_PID : P_ALL;
		hw.hw_id = (id_t)target;
		scans = 0;
		ATF_REQUIRE_EQ(0, ops->wait(&lh.lh_host, &hw, &ev));
		ATF_REQUIRE_EQ(SIGUSR1, ev.he_sig);
		ATF_CHECK_EQ(!by_pid, scans);
		ATF_REQUIRE_EQ(EAGAIN, ops->wait(&lh.lh_host, &hw, &ev));
		ATF_CHECK_EQ(!by_pid * 2, scans);
	}
	target_end();
}

/* ---- signals that are held back meanwhile ---- */

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* One that comes while signals are held breaks the wait off all the same; the next comes a second later. */
HOST_TEST(a_signal_that_is_held_back_breaks_off_the_wait)
{
	struct itimerval timer = { { 1, 0 }, { 0, 700 } }, never = { { 0, 0 }, { 0, 0 } };
	struct host_wait hw = { .hw_whom = HW_TRACEES, .hw_block = true };
	struct sigaction sa = { .sa_handler = ignore };
	struct host_event ev;
	unsigned soon = 0;
	double began;

	begin(do_sleep);
	resume(RM_CONT);
	(void)kill(target, SIGUSR1);
	(void)target_event();
	resume(RM_CONT);
	many_heard(&lh, target);
	ATF_REQUIRE_EQ(0, sigaction(SIGALRM, &sa, NULL));
	for (int i = 0; i < 10; i++) {
		began = seconds();
		ATF_REQUIRE_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
		ATF_REQUIRE_EQ(EINTR, ops->wait(&lh.lh_host, &hw, &ev));
		ATF_REQUIRE_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
		soon += seconds() - began < 0.5;
	}
	ATF_CHECK_MSG(soon > 0, "never at once");
	target_end();
}

/* ---- the likely ---- */

HOST_TEST(the_likely_are_no_more_than_are_worth_it)
{
	const struct many *m = &lh.lh_many;

	begin(do_sleep);
	for (pid_t tid = 1; tid <= 3 * LIKELY_MAX; tid++)
		many_expect(&lh, tid);
	ATF_CHECK_EQ(LIKELY_MAX, m->m_n);
	ATF_CHECK_EQ(2 * LIKELY_MAX + 1, m->m_likely[0].k_tid);
	many_heard(&lh, 2 * LIKELY_MAX + 1);
	many_heard(&lh, 1);
	ATF_CHECK_EQ(LIKELY_MAX - 1, m->m_n);
	/* Looked at more often than that takes longer than to ask for any. */
	many_set(0, 450 * 3);
	many_expect(&lh, 1);
	ATF_CHECK_EQ(3, m->m_n);
	many_set(0, LONG_NS);
	target_end();
}

HOST_TEST(who_is_never_heard_of_is_not_likely_for_long)
{
	begin(do_calls);
	many_expect(&lh, 1);
	step(TIMES);
	ATF_CHECK_EQ(0, lh.lh_many.m_n);
	target_end();
}
