/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	printf("\t%.1f\t%.1f\t%.1f", turns[n / 2] / units, turns[n / 4] / units, turns[3 * n / 4] / units);
}

void
bench_run(const struct bench *b)
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
	printf("%s", b->what);
	tell(ours, n, units * (double)times);
	if (b->floor != NULL)
		tell(floors, n, units * (double)ftimes);
	else
		printf("\t-\t-\t-");
	printf("\t%g\n", b->at_most);
	fflush(stdout);
}
