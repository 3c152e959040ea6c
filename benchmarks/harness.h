/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the benchmarks share: how something is timed or counted beside its floor, and how that is told.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Do it so many times.  What fails ends the program by bench_die(). */
typedef void bench_fn(void *arg, unsigned long times);

/* What else is counted of both sides, a row each: ... */
#define BENCH_CALLS	   0x1u /* ... system calls, which should be no more than the floor's */
#define BENCH_INSTRUCTIONS 0x2u /* ... instructions outside the kernel */

struct bench {
	const char *what;    /* without tabs */
	bench_fn *ours;
	bench_fn *floor;     /* the same by the bare system; NULL: there is no such thing */
	void *arg;	     /* of both */
	unsigned long units; /* one time does so many; what one costs is told.  0: 1 */
	bool own_time;	     /* count the time this thread has the processor: for what waits for nobody */
	double at_most;	     /* what ours over floor, and with no floor the nanoseconds, should be at most; 0: anything */
	double slack;	     /* nor is it over the limit with so many nanoseconds more than the floor */
	unsigned counts;     /* BENCH_ */
};

/*
 * Time it and print its line (README.md).  Both sides take turns within one run, so what disturbs the machine
 * disturbs both; a turn is long enough for the clock, and the median of the turns counts.
 */
void bench_run(const struct bench *);

/* Figures that are found out otherwise: a longest pause, how often something happened. */
typedef double bench_figure_fn(void *arg);

struct bench_figures {
	const char *what, *unit;
	bench_figure_fn *ours, *floor; /* floor: NULL, or of the other contender */
	void *arg;
	unsigned turns;	  /* each; 0: 9 */
	double at_most;
};

void bench_figures(const struct bench_figures *);

/* One figure that is the same every time, or was worked out by the caller.  floor: below 0, there is none. */
void bench_value(const char *what, const char *unit, double ours, double floor, double at_most);

/* System calls, or instructions, of one time of fn.  -1: they cannot be counted here. */
double bench_count_calls(bench_fn *fn, void *arg, unsigned long times);
double bench_count_instructions(bench_fn *fn, void *arg, unsigned long times);

/* ---- other programs ---- */

/* Is it installed? */
bool bench_has(const char *program);
/* Start one, its input and output nowhere. */
pid_t bench_start(const char *const argv[]);
/* Wait for its end. */
void bench_finish(pid_t);

/* ---- placement ---- */

/* How many processors this program may use. */
int bench_processors(void);
/* Bind a thread (0: the caller) to one of them, counted from 0; or to all of them again. */
void bench_bind(pid_t tid, int which);
void bench_unbind(pid_t tid);

void bench_die(const char *what) __attribute__((noreturn)); /* with errno */

#endif
