/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Waits among so many traced processes that the library looks for what it waits for in other places than the kernel's
 * wait for any (src/host/linux/many.c): nothing is lost, and the program notices nothing.
 */
#include <bsdptrace.h>

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "cases.h"

#define MANY_TEST(name) TEST_CASE(name, "", "")
#define MANY 600

static pid_t tracees[MANY];
static int wire[2];
static volatile sig_atomic_t caught;

/* ---- the tracees ---- */

static void
sleeps(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)pause();
}

static void *
sleeps_there(void *unused)
{
	sleeps();
	return (unused);
}

static void
calls(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)syscall(SYS_getppid);
}

static void
go(pid_t pid, int request)
{
	ATF_REQUIRE_EQ_MSG(0, bsd_ptrace(request, pid, (caddr_t)1, 0), "%s", strerror(errno));
}

/* The stop, or 0 for an end. */
static int
wait_for(pid_t which, pid_t *pid)
{
	int status;

	ATF_REQUIRE_MSG((*pid = bsd_waitpid(which, &status, 0)) > 0, "%s", strerror(errno));
	return (WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
}

static pid_t
start(void (*body)(void))
{
	pid_t pid = fork(), got;

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		body();
		_exit(0);
	}
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(SIGSTOP, wait_for(pid, &got));
	ATF_REQUIRE_EQ(pid, got);
	return (pid);
}

/* They run; those that sleep have nothing to tell. */
static void
start_sleepers(void)
{
	for (int i = 0; i < MANY; i++) {
		tracees[i] = start(sleeps);
		go(tracees[i], PT_CONTINUE);
	}
}

static int
which(pid_t pid)
{
	for (int i = 0; i < MANY; i++)
		if (tracees[i] == pid)
			return (i);
	return (-1);
}

static void
end_all(void)
{
	pid_t pid;
	int status;

	for (int i = 0; i < MANY; i++)
		(void)kill(tracees[i], SIGKILL);
	for (int i = 0; i < MANY; i++) {
		ATF_REQUIRE((pid = bsd_waitpid(-1, &status, 0)) > 0);
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && which(pid) != -1);
	}
	ATF_REQUIRE_ERRNO(ECHILD, bsd_waitpid(-1, &status, 0) == -1);
}

/* ---- nothing is lost ---- */

/* So many of them, each another, are sent a signal; the stops come in any order. */
static void
one_round(int n, bool by_pid)
{
	static bool sent[MANY];
	int chosen[MANY], i;
	pid_t pid;

	memset(sent, 0, sizeof(sent));
	for (int k = 0; k < n; k++) {
		do
			i = rand() % MANY;
		while (sent[i]);
		sent[i] = true;
		chosen[k] = i;
		ATF_REQUIRE_EQ(0, kill(tracees[i], SIGUSR1));
	}
	for (int k = 0; k < n; k++) {
		ATF_REQUIRE_EQ(SIGUSR1, wait_for(by_pid ? tracees[chosen[k]] : -1, &pid));
		ATF_REQUIRE((i = which(pid)) != -1 && sent[i]);
		ATF_REQUIRE(!by_pid || i == chosen[k]);
		sent[i] = false;
		go(pid, PT_CONTINUE);
	}
}

static void
rounds(void)
{
	for (int i = 0; i < 60; i++)
		one_round(1 + rand() % (i % 6 == 0 ? 50 : 3), i % 2 == 0);
}

MANY_TEST(every_stop_is_told_once)
{
	int status;

	srand(1);
	start_sleepers();
	rounds();
	ATF_REQUIRE_EQ(0, bsd_waitpid(-1, &status, WNOHANG));
	end_all();
}

static void
note(int sig)
{
	(void)sig;
	caught++;
}

static void
handle(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = flags };

	ATF_REQUIRE_EQ(0, sigaction(sig, &sa, NULL));
}

MANY_TEST(every_stop_is_told_to_a_handler_of_SIGCHLD_too)
{
	srand(2);
	start_sleepers();
	handle(SIGCHLD, SA_RESTART);
	rounds();
	ATF_CHECK(caught > 0);
	end_all();
}

MANY_TEST(every_stop_is_told_where_SIGCHLD_is_blocked)
{
	sigset_t set, now;
	siginfo_t si;

	srand(3);
	start_sleepers();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	rounds();
	/* It is the program's own still. */
	ATF_CHECK_EQ(0, sigpending(&now));
	ATF_CHECK_EQ(1, sigismember(&now, SIGCHLD));
	ATF_CHECK_EQ(SIGCHLD, sigwaitinfo(&set, &si));
	end_all();
}

static char
state_of(pid_t pid)
{
	char path[40], text[400] = "", *at;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	ATF_REQUIRE((f = fopen(path, "re")) != NULL);
	ATF_REQUIRE(fgets(text, sizeof(text), f) != NULL);
	(void)fclose(f);
	ATF_REQUIRE((at = strrchr(text, ')')) != NULL);
	return (at[2]);
}

/* Its SIGCHLD is gone by the time anybody waits. */
MANY_TEST(what_came_before_the_wait_is_found)
{
	pid_t pid, one;
	int status;

	start_sleepers();
	for (int i = 0; i < MANY; i += 50) {
		one = tracees[i];
		ATF_REQUIRE_EQ(0, kill(one, SIGUSR1));
		while (state_of(one) != 't')
			(void)sched_yield();
		if (i % 100 == 0) {
			ATF_REQUIRE_EQ(SIGUSR1, wait_for(-1, &pid));
			ATF_REQUIRE_EQ(one, pid);
		} else
			ATF_REQUIRE_EQ(one, bsd_waitpid(i % 150 == 0 ? one : -1, &status, WNOHANG));
		go(one, PT_CONTINUE);
	}
	end_all();
}

/* Both, while one that is always ready is waited for. */
MANY_TEST(one_that_is_always_ready_does_not_keep_others_waiting)
{
	pid_t busy, pid;
	bool found = false;

	start_sleepers();
	busy = start(calls);
	go(busy, PT_SYSCALL);
	for (int i = 0; i < 5; i++, found = false) {
		ATF_REQUIRE_EQ(0, kill(tracees[i * 100 + 7], SIGUSR1));
		while (!found) {
			found = wait_for(-1, &pid) == SIGUSR1;
			ATF_REQUIRE_EQ(found ? tracees[i * 100 + 7] : busy, pid);
			go(pid, found ? PT_CONTINUE : PT_SYSCALL);
		}
	}
	(void)kill(busy, SIGKILL);
	while (wait_for(busy, &pid) != 0)
		go(busy, PT_CONTINUE);
	end_all();
}

/* ---- children that are not traced ---- */

static pid_t
child(int exit_signal)
{
	pid_t pid = (pid_t)syscall(SYS_clone, (long)exit_signal, NULL, NULL, NULL, NULL);

	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(3);
	return (pid);
}

/* One with an exit signal of 0 sends nothing when it ends. */
MANY_TEST(untraced_children_are_found)
{
	static const int signals[] = { SIGCHLD, 0, SIGCHLD, SIGURG, 0 };
	pid_t pid;
	int status;

	start_sleepers();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid = child(signals[i]);
		ATF_REQUIRE_EQ(pid, bsd_waitpid(i == 2 ? pid : -1, &status, 0));
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	}
	/* And what happens to those that are, meanwhile. */
	pid = child(SIGCHLD);
	ATF_REQUIRE_EQ(0, kill(tracees[5], SIGKILL));
	ATF_REQUIRE_EQ(tracees[5], bsd_waitpid(tracees[5], &status, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(-1, &status, 0));
	tracees[5] = start(sleeps);
	end_all();
}

/* ---- signals to the tracer ---- */

static void
expect_no_mask(void)
{
	sigset_t set;

	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, NULL, &set));
	for (int sig = 1; sig < SIGRTMAX; sig++)
		ATF_CHECK_EQ_MSG(0, sigismember(&set, sig), "%d is blocked", sig);
}

/* Signals to the tracer until it has seen some, then the one to the tracee that ends its wait. */
static pid_t
pester(pid_t tracee, volatile int *seen, int enough)
{
	pid_t tracer = getpid(), pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid != 0)
		return (pid);
	while (*seen < enough) {
		(void)kill(tracer, SIGUSR2);
		(void)sched_yield();
	}
	(void)kill(tracee, SIGUSR1);
	_exit(0);
}

static volatile int *seen;

static void
note_there(int sig)
{
	(void)sig;
	(*seen)++;
}

MANY_TEST(handlers_run_in_a_wait_that_goes_on)
{
	struct sigaction sa = { .sa_handler = note_there, .sa_flags = SA_RESTART };
	pid_t one, pid;
	int status, sig;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(seen != MAP_FAILED);
	start_sleepers();
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR2, &sa, NULL));
	for (int any = 0; any < 2; any++) {
		*seen = 0;
		one = pester(tracees[9], seen, 20);
		sig = wait_for(any ? -1 : tracees[9], &pid);
		/* Its end may be told before the stop that it made. */
		if (pid == one) {
			sig = wait_for(-1, &pid);
			one = 0;
		}
		ATF_REQUIRE_EQ(SIGUSR1, sig);
		ATF_REQUIRE_EQ(tracees[9], pid);
		ATF_CHECK(*seen >= 20);
		go(pid, PT_CONTINUE);
		if (one != 0)
			ATF_REQUIRE_EQ(one, bsd_waitpid(one, &status, 0));
		expect_no_mask();
	}
	end_all();
}

MANY_TEST(a_handler_that_does_not_restart_ends_a_wait)
{
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } }, never = { { 0, 0 }, { 0, 0 } };
	int status;

	start_sleepers();
	handle(SIGALRM, 0);
	for (int i = 0; i < 20; i++) {
		ATF_REQUIRE_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
		ATF_REQUIRE_ERRNO(EINTR, bsd_waitpid(i % 2 ? -1 : tracees[i], &status, 0) == -1);
		ATF_REQUIRE_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
		expect_no_mask();
	}
	end_all();
}

/* ---- what is kept of each ---- */

#define PER_THREAD 256

/* malloc's own overhead and the tables that find them included, but not the room of tables for more. */
MANY_TEST(a_thread_takes_no_more_than_256_bytes)
{
	static pthread_t threads[MANY];
	size_t before;
	pid_t pid, got;
	int status;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 1; i < MANY; i++)
			if (pthread_create(&threads[i], NULL, sleeps_there, NULL) != 0)
				_exit(1);
		(void)!write(wire[1], "", 1);
		sleeps();
	}
	ATF_REQUIRE_EQ(1, read(wire[0], &status, 1));
	got = start(sleeps);
	before = mallinfo2().uordblks;
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	before = mallinfo2().uordblks - before;
	(void)kill(pid, SIGKILL);
	(void)kill(got, SIGKILL);
	if (before == 0)
		atf_tc_skip("this malloc does not say what it has given out");
	ATF_CHECK_MSG(before / MANY <= PER_THREAD, "%zu bytes a thread", before / MANY);
}
