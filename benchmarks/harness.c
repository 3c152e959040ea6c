/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "count.h"

#define TURNS	 31	/* at most, odd */
#define TURN_NS	 5e6	/* a turn takes no less */
#define TOTAL_NS 1.5e9	/* when to have enough, */
#define ENOUGH	 9	/* but not before so many turns */

void
bench_die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		bench_die("clock_gettime");
	return ((double)t.tv_sec * 1e9 + (double)t.tv_nsec);
}

static double
timed(const struct bench *b, bench_fn *fn, unsigned long times)
{
	clockid_t clock = b->own_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
	double began = now(clock);

	fn(b->arg, times);
	return (now(clock) - began);
}

/* How many times make a turn; the first of all is not counted, which finds nothing warm. */
static unsigned long
calibrate(const struct bench *b, bench_fn *fn)
{
	unsigned long times = 1;

	(void)timed(b, fn, 1);
	while (timed(b, fn, times) < TURN_NS && times < 1ul << 30)
		times *= 2;
	return (times);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* Median and quartiles, the tabs before them. */
static void
tell(double *turns, size_t n, double units)
{
	qsort(turns, n, sizeof(*turns), by_size);
	printf("\t%.2f\t%.2f\t%.2f", turns[n / 2] / units, turns[n / 4] / units, turns[3 * n / 4] / units);
}

static void
tell_row(const char *what, const char *unit, double *ours, double *floors, size_t n, double units, double funits,
    double at_most, double slack)
{
	printf("%s", what);
	tell(ours, n, units);
	if (floors != NULL)
		tell(floors, n, funits);
	else
		printf("\t-\t-\t-");
	printf("\t%g\t%g\t%s\n", at_most, slack, unit);
	fflush(stdout);
}

static void
run_timed(const struct bench *b)
{
	double ours[TURNS], floors[TURNS], spent = 0, units = b->units == 0 ? 1 : (double)b->units;
	unsigned long times = calibrate(b, b->ours), ftimes = b->floor == NULL ? 0 : calibrate(b, b->floor);
	size_t n = 0;

	for (; n < TURNS && (spent < TOTAL_NS || n < ENOUGH); n++) {
		/* Either is first by turns. */
		if (b->floor != NULL && n % 2 == 0)
			spent += floors[n] = timed(b, b->floor, ftimes);
		spent += ours[n] = timed(b, b->ours, times);
		if (b->floor != NULL && n % 2 != 0)
			spent += floors[n] = timed(b, b->floor, ftimes);
	}
	tell_row(b->what, "ns", ours, b->floor == NULL ? NULL : floors, n, units * (double)times,
	    units * (double)ftimes, b->at_most, b->slack);
}

/* ---- counts ---- */

#define COUNTED_CALLS 64 /* times */
#define COUNTED_STEPS 4

struct some {
	bench_fn *fn;
	void *arg;
	unsigned long times;
};

static void
do_some(void *arg)
{
	const struct some *some = arg;

	some->fn(some->arg, some->times);
}

double
bench_count_calls(bench_fn *fn, void *arg, unsigned long times)
{
	struct some some = {fn, arg, times};
	long n;

	fn(arg, 1);
	n = count_calls(do_some, &some, NULL, 0);
	return (n < 0 ? -1 : (double)n / (double)times);
}

/* Those of so many times more, so that what surrounds them does not count. */
double
bench_count_instructions(bench_fn *fn, void *arg, unsigned long times)
{
	struct some one = {fn, arg, 1}, more = {fn, arg, 1 + times};
	long least, n;

	fn(arg, 1);
	if ((least = count_instructions(do_some, &one)) < 0 || (n = count_instructions(do_some, &more)) < 0)
		return (-1);
	return ((double)(n - least) / (double)times);
}

static void
run_counted(const struct bench *b, const char *unit, double (*count)(bench_fn *, void *, unsigned long),
    unsigned long times, double at_most)
{
	double units = b->units == 0 ? 1 : (double)b->units;
	double ours = count(b->ours, b->arg, times), floor = b->floor == NULL ? -1 : count(b->floor, b->arg, times);

	if (ours >= 0)
		bench_value(b->what, unit, ours / units, floor / units, at_most);
}

void
bench_run(const struct bench *b)
{
	run_timed(b);
	if (b->counts & BENCH_CALLS)
		run_counted(b, "calls", bench_count_calls, COUNTED_CALLS, b->floor == NULL ? 0 : 1);
	if (b->counts & BENCH_INSTRUCTIONS)
		run_counted(b, "instr", bench_count_instructions, COUNTED_STEPS, 0);
}

/* ---- figures ---- */

void
bench_figures(const struct bench_figures *f)
{
	size_t turns = f->turns == 0 ? 9 : f->turns;
	double ours[TURNS], floors[TURNS];

	for (size_t n = 0; n < turns && n < TURNS; n++) {
		if (f->floor != NULL && n % 2 == 0)
			floors[n] = f->floor(f->arg);
		ours[n] = f->ours(f->arg);
		if (f->floor != NULL && n % 2 != 0)
			floors[n] = f->floor(f->arg);
	}
	tell_row(f->what, f->unit, ours, f->floor == NULL ? NULL : floors, turns < TURNS ? turns : TURNS, 1, 1,
	    f->at_most, 0);
}

void
bench_value(const char *what, const char *unit, double ours, double floor, double at_most)
{
	tell_row(what, unit, &ours, floor < 0 ? NULL : &floor, 1, 1, 1, at_most, 0);
}

/* ---- other programs ---- */

extern char **environ;

bool
bench_has(const char *program)
{
	const char *path = getenv("PATH");
	char name[256];
	size_t len;

	for (; path != NULL && *path != '\0'; path += len + (path[len] == ':')) {
		len = strcspn(path, ":");
		(void)snprintf(name, sizeof(name), "%.*s/%s", (int)len, path, program);
		if (access(name, X_OK) == 0)
			return (true);
	}
	return (false);
}

pid_t
bench_start(const char *const argv[])
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	int error;

	(void)posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd < 3; fd++)
		(void)posix_spawn_file_actions_addopen(&files, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
	error = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	if (error != 0) {
		errno = error;
		bench_die(argv[0]);
	}
	return (pid);
}

void
bench_finish(pid_t pid)
{
	if (waitpid(pid, NULL, 0) != pid)
		bench_die("waitpid");
}

/* ---- placement ---- */

static cpu_set_t *
allowed(void)
{
	static cpu_set_t all;

	if (CPU_COUNT(&all) == 0 && sched_getaffinity(0, sizeof(all), &all) != 0)
		bench_die("sched_getaffinity");
	return (&all);
}

int
bench_processors(void)
{
	return (CPU_COUNT(allowed()));
}

void
bench_bind(pid_t tid, int which)
{
	cpu_set_t one;
	int cpu = 0;

	while (!CPU_ISSET(cpu, allowed()) || which-- > 0)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(tid, sizeof(one), &one) != 0)
		bench_die("sched_setaffinity");
}

void
bench_unbind(pid_t tid)
{
	if (sched_setaffinity(tid, sizeof(cpu_set_t), allowed()) != 0)
		bench_die("sched_setaffinity");
}
