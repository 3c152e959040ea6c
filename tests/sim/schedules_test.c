/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Random schedules of each flavour.  BSDPTRACE_SCHEDULES in the environment: how many of each.
 */
#include <atf-c.h>
#include <stdlib.h>

#include "schedule.h"

#define COUNT 2500

static void
fail(const char *message)
{
	atf_tc_fail("%s", message);
}

static void
run_flavour(const char *name)
{
	const struct flavour *fl = flavour_find(name);
	const char *count = getenv("BSDPTRACE_SCHEDULES");
	uint64_t n = count != NULL ? strtoull(count, NULL, 0) : COUNT;
	unsigned long told = 0;

	schedule_failed = fail;
	schedule_catch();
	for (uint64_t seed = 1; seed <= n; seed++)
		told += schedule_run(fl, seed, false);
	ATF_CHECK(told > n); /* it was not all for nothing */
}

#define FLAVOUR(name) \
	ATF_TC_WITHOUT_HEAD(name); \
	ATF_TC_BODY(name, tc) \
	{ \
		run_flavour(#name); \
	}

FLAVOUR(one)
FLAVOUR(threads)
FLAVOUR(forks)
FLAVOUR(execs)
FLAVOUR(signals)
FLAVOUR(steps)
FLAVOUR(deaths)
FLAVOUR(requests)
FLAVOUR(maps)
FLAVOUR(watches)

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one);
	ATF_TP_ADD_TC(tp, threads);
	ATF_TP_ADD_TC(tp, forks);
	ATF_TP_ADD_TC(tp, execs);
	ATF_TP_ADD_TC(tp, signals);
	ATF_TP_ADD_TC(tp, steps);
	ATF_TP_ADD_TC(tp, deaths);
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, maps);
	ATF_TP_ADD_TC(tp, watches);
	return (atf_no_error());
}
