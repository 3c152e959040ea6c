/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One event among many traced processes: from one system call stop of a process to its next, or from a signal to it
 * to the stop, and the wait for that by pid and for any; beside the same with one traced process, or without the library.
 *
 * Each set of tracees has a tracer of its own, a process that does what it is told; all are on one processor, so that what
 * differs is the waits.  Tracees are programs of their own, not forks that share their memory with thousands.
 */
#include <bsdptrace.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define MOST 5000
#define AT_MOST 1.5
#define WARM 2000 /* events until thousands of new processes have come to rest */

/* How an event is made and waited for. */
#define ANY 0x1u      /* by a wait for any; else by pid */
#define IN_TURN 0x2u  /* of each tracee in turn; else always of the last one */
#define SIGNAL 0x4u   /* by a signal to one that sleeps; else by a call of one that was stopped */
#define HANDLING 0x8u /* the tracer handles SIGCHLD */

struct order {
	unsigned how;
	unsigned long times;
};

struct tracer {
	int n;
	bool asleep; /* all but the last sleep, resumed; else all are stopped */
	bool bare;   /* without the library */
	pid_t pid;
	int to, from;
	pid_t *tracees; /* in the tracer */
	int next;
};

static void
require(bool yes, const char *what)
{
	if (!yes)
		bench_die(what);
}

/* ---- a tracee ---- */

static int
tracee(bool sleeps)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(STDOUT_FILENO, "", 1) != 1)
		return (1);
	for (;;)
		if (sleeps)
			(void)pause();
		else
			(void)syscall(SYS_getppid);
}

static pid_t
start_tracee(bool sleeps)
{
	static char sleeper[] = "sleeps", caller[] = "calls";
	char *argv[] = { sleeps ? sleeper : caller, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], error;
	pid_t pid;
	char c;

	require(pipe(fds) == 0, "pipe");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	error = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ);
	require((errno = error) == 0, "posix_spawn");
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	require(read(fds[0], &c, 1) == 1, "a tracee");
	(void)close(fds[0]);
	return (pid);
}

/* ---- a tracer ---- */

static void
go(const struct tracer *t, pid_t pid, bool to_call)
{
	if (t->bare)
		require(
		    ptrace(to_call ? BSD_LINUX_PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, NULL) == 0, "ptrace");
	else
		require(
		    bsd_ptrace(to_call ? PT_SYSCALL : PT_CONTINUE, pid, (caddr_t)1, 0) == 0, "bsd_ptrace");
}

static pid_t
next_stop(const struct tracer *t, pid_t pid)
{
	int status;
	pid_t got = t->bare ? wait4(pid, &status, __WALL, NULL) : bsd_waitpid(pid, &status, 0);

	require(got > 0 && WIFSTOPPED(status), "waitpid");
	return (got);
}

static void
attach(const struct tracer *t, pid_t pid)
{
	if (t->bare)
		require(ptrace(PTRACE_SEIZE, pid, NULL, (void *)(long)PTRACE_O_TRACESYSGOOD) == 0 &&
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0,
		    "PTRACE_SEIZE");
	else
		require(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0, "PT_ATTACH");
	(void)next_stop(t, pid);
}

static void
make_tracees(struct tracer *t)
{
	bool sleeps;

	require((t->tracees = calloc((size_t)t->n, sizeof(*t->tracees))) != NULL, "calloc");
	for (int i = 0; i < t->n; i++) {
		sleeps = t->asleep && i < t->n - 1;
		t->tracees[i] = start_tracee(sleeps);
		attach(t, t->tracees[i]);
		if (sleeps)
			go(t, t->tracees[i], false);
	}
}

static void
one_event(struct tracer *t, unsigned how)
{
	pid_t pid;

	if (how & IN_TURN)
		t->next = (t->next + 1) % (how & SIGNAL && t->n > 1 ? t->n - 1 : t->n);
	else
		t->next = t->n - 1;
	pid = t->tracees[t->next];
	if (how & SIGNAL)
		require(kill(pid, SIGUSR1) == 0, "kill");
	else
		go(t, pid, true);
	require(next_stop(t, how & ANY ? -1 : pid) == pid, "whose stop");
	if (how & SIGNAL)
		go(t, pid, false);
}

static void
handle(int sig)
{
	(void)sig;
}

static void
tracer_main(struct tracer *t, int orders, int answers)
{
	struct sigaction sa = { .sa_handler = handle, .sa_flags = SA_RESTART };
	struct order o;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_tracees(t);
	require(write(answers, "", 1) == 1, "write");
	while (read(orders, &o, sizeof(o)) == (ssize_t)sizeof(o)) {
		sa.sa_handler = o.how & HANDLING ? handle : SIG_DFL;
		require(sigaction(SIGCHLD, &sa, NULL) == 0, "sigaction");
		while (o.times-- > 0)
			one_event(t, o.how);
		require(write(answers, "", 1) == 1, "write");
	}
	for (int i = 0; i < t->n; i++)
		(void)kill(t->tracees[i], SIGKILL);
	_exit(0);
}

/* ---- telling it what to do ---- */

static void
hear(const struct tracer *t)
{
	char c;

	require(read(t->from, &c, 1) == 1, "a tracer");
}

static void
start(struct tracer *t)
{
	int orders[2], answers[2];

	require(pipe(orders) == 0 && pipe(answers) == 0 && (t->pid = fork()) != -1, "fork");
	if (t->pid == 0) {
		(void)close(orders[1]);
		tracer_main(t, orders[0], answers[1]);
	}
	(void)close(orders[0]);
	(void)close(answers[1]);
	t->to = orders[1];
	t->from = answers[0];
	hear(t);
}

static void
stop(struct tracer *t)
{
	(void)close(t->to);
	(void)close(t->from);
	(void)waitpid(t->pid, NULL, 0);
}

static void
run(const struct tracer *t, unsigned how, unsigned long times)
{
	struct order o = { how, times };

	require(write(t->to, &o, sizeof(o)) == (ssize_t)sizeof(o), "write");
	hear(t);
}

struct sides {
	const struct tracer *ours, *floor;
	unsigned how, floor_how;
};

static void
run_ours(void *arg, unsigned long times)
{
	const struct sides *s = arg;

	run(s->ours, s->how, times);
}

static void
run_floor(void *arg, unsigned long times)
{
	const struct sides *s = arg;

	run(s->floor, s->floor_how, times);
}

static void
measure(const char *what, const struct tracer *ours, const struct tracer *floor, unsigned how, double at_most)
{
	struct sides s = { ours, floor, how, how & ~ANY };
	struct bench b = {
		.what = what, .ours = run_ours, .floor = run_floor, .arg = &s, .at_most = at_most
	};

	run_ours(&s, how & IN_TURN ? 4 * MOST : WARM);
	run_floor(&s, how & IN_TURN ? 4 * MOST : WARM);
	bench_run(&b);
}

/* ---- the figures ---- */

static void
measure_number(int n)
{
	struct tracer one = { .n = 1, .asleep = true }, many = { .n = n, .asleep = true };
	char what[64];

	start(&one);
	start(&many);
	(void)snprintf(what, sizeof(what), "%d asleep, 1 calls, by pid", n - 1);
	measure(what, &many, &one, 0, AT_MOST);
	(void)snprintf(what, sizeof(what), "%d asleep, 1 calls, any", n - 1);
	measure(what, &many, &one, ANY, AT_MOST);
	(void)snprintf(what, sizeof(what), "%d asleep, 1 calls, any, handler", n - 1);
	measure(what, &many, &one, ANY | HANDLING, AT_MOST);
	stop(&many);
	stop(&one);
}

/* The others are stopped, or each takes its turn: then the floor is the bare loop with as many tracees, by pid. */
static void
measure_stopped(void)
{
	struct tracer one = { .n = 1 }, many = { .n = MOST }, bare = { .n = MOST, .bare = true };

	start(&one);
	start(&many);
	start(&bare);
	measure("4999 stopped, 1 calls, by pid", &many, &one, 0, AT_MOST);
	measure("4999 stopped, 1 calls, any", &many, &one, ANY, AT_MOST);
	measure("5000 call in turn, by pid", &many, &bare, IN_TURN, AT_MOST);
	measure("5000 call in turn, any", &many, &bare, IN_TURN | ANY, AT_MOST);
	measure("bare: any of 4999 stopped, 1 calls", &bare, &bare, ANY, 0);
	stop(&bare);
	stop(&many);
	stop(&one);
}

static void
measure_signals(void)
{
	struct tracer one = { .n = 2, .asleep = true }, many = { .n = MOST, .asleep = true };

	start(&one);
	start(&many);
	measure("4999 sent a signal in turn, by pid", &many, &one, IN_TURN | SIGNAL, 0);
	measure("4999 sent a signal in turn, any", &many, &one, IN_TURN | SIGNAL | ANY, 0);
	measure("4999 signals in turn, any, handler", &many, &one, IN_TURN | SIGNAL | ANY | HANDLING, 0);
	stop(&many);
	stop(&one);
}

int
main(int argc, char **argv)
{
	cpu_set_t set;

	if (strcmp(argv[0], "sleeps") == 0 || strcmp(argv[0], "calls") == 0)
		return (tracee(strcmp(argv[0], "sleeps") == 0));
	(void)argc;
	(void)signal(SIGPIPE, SIG_IGN);
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		bench_die("sched_setaffinity");
	measure_number(100);
	measure_number(1000);
	measure_number(MOST);
	measure_stopped();
	measure_signals();
	return (0);
}
