/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * schedules [--flavour NAME] [--seed N] [--count N | --seconds N] [--verbose]: run random schedules.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schedule.h"

static const char usage[] =
    "usage: schedules [--flavour NAME] [--seed N] [--count N] [--seconds N] [--verbose]\n"
    "  Runs COUNT schedules (1000), from seed N on (1), of each flavour or the named one; with\n"
    "  --seconds until that time has passed.  Prints the seed of one that fails.  Flavours:";

static void
help(FILE *to)
{
	fputs(usage, to);
	for (const struct flavour *fl = flavours; fl->fl_name != NULL; fl++)
		fprintf(to, " %s", fl->fl_name);
	fputc('\n', to);
}

static double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"flavour", required_argument, NULL, 'f'},
	    {"seed", required_argument, NULL, 's'}, {"count", required_argument, NULL, 'n'},
	    {"seconds", required_argument, NULL, 't'}, {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const struct flavour *only = NULL, *fl;
	unsigned long long seed = 1, count = 1000, done = 0, told = 0;
	double limit = 0, began = seconds(), took;
	bool verbose = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'f':
			if ((only = flavour_find(optarg)) == NULL) {
				help(stderr);
				return (2);
			}
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			count = strtoull(optarg, NULL, 0);
			break;
		case 't':
			limit = strtod(optarg, NULL);
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			help(stdout);
			return (0);
		default:
			help(stderr);
			return (2);
		}
	schedule_catch();
	for (unsigned long long n = 0; limit > 0 ? seconds() - began < limit : n < count; n++)
		for (fl = flavours; fl->fl_name != NULL; fl++)
			if (only == NULL || fl == only) {
				told += schedule_run(fl, seed + n, verbose);
				done++;
			}
	took = seconds() - began;
	printf("%llu schedules, %llu reports, %.1f s, %.0f schedules a second\n", done, told, took, (double)done / took);
	return (0);
}
