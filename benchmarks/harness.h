/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the benchmarks share: how something is timed beside its floor, and how that is told.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

/* Do it so many times.  What fails ends the program by bench_die(). */
typedef void bench_fn(void *arg, unsigned long times);

struct bench {
	const char *what;    /* without tabs */
	bench_fn *ours;
	bench_fn *floor;     /* the same by the bare system; NULL: there is no such thing */
	void *arg;	     /* of both */
	unsigned long units; /* one time does so many; what one costs is told.  0: 1 */
	bool own_time;	     /* count the time this thread has the processor: for what waits for nobody */
	double at_most;	     /* what ours over floor, and with no floor the nanoseconds, should be at most; 0: anything */
};

/*
 * Time it and print its line (README.md).  Both sides take turns within one run, so what disturbs the machine
 * disturbs both; a turn is long enough for the clock, and the median of the turns counts.
 */
void bench_run(const struct bench *);

void bench_die(const char *what) __attribute__((noreturn)); /* with errno */

#endif
