/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Small scenes in every order in which their threads can run and their events be told.
 */
#include <atf-c.h>
#include <stdio.h>

#include "scenes.h"

#define LIMIT 40000 /* orders of one scene; the longer ones have more, and the first many are played */

static struct run run;
static struct sim_path path;
static char where[100];
static unsigned long order;

static void
fail(const char *message)
{
	atf_tc_fail("%s, order %lu: %s", where, order, message);
}

static void
play_all(const char *name)
{
	const struct scene *sn = scene_find(name);

	schedule_failed = fail;
	schedule_catch();
	(void)snprintf(where, sizeof(where), "%s", name);
	order = 0;
	do {
		(void)scene_begin(&run, sn);
		run.rn_sim.sim_path = &path;
		scene_play(&run, sn);
		run.rn_sim.sim_path = NULL;
		scene_end(&run);
	} while (++order < LIMIT && sim_path_next(&path));
	printf("%s: %lu orders%s\n", name, order, order == LIMIT ? " of more" : "");
}

#define ORDERS(name) \
	ATF_TC_WITHOUT_HEAD(name); \
	ATF_TC_BODY(name, tc) \
	{ \
		play_all(#name); \
	}

ORDERS(attach)
ORDERS(continue_own_child)
ORDERS(calls)
ORDERS(attach_threads)
ORDERS(stop_of_threads)
ORDERS(detach_threads)
ORDERS(follow_fork)
ORDERS(follow_vfork)
ORDERS(vfork)
ORDERS(exec_of_thread)
ORDERS(first_thread_leaves)

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, attach);
	ATF_TP_ADD_TC(tp, continue_own_child);
	ATF_TP_ADD_TC(tp, calls);
	ATF_TP_ADD_TC(tp, attach_threads);
	ATF_TP_ADD_TC(tp, stop_of_threads);
	ATF_TP_ADD_TC(tp, detach_threads);
	ATF_TP_ADD_TC(tp, follow_fork);
	ATF_TP_ADD_TC(tp, follow_vfork);
	ATF_TP_ADD_TC(tp, vfork);
	ATF_TP_ADD_TC(tp, exec_of_thread);
	ATF_TP_ADD_TC(tp, first_thread_leaves);
	return (atf_no_error());
}
