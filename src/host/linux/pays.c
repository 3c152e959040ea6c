/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Does it pay to bring a thread to the tracer's processor?  It does where tracer and thread wake each other by turns
 * and other processors sleep meanwhile.  With several threads at work there is something to do on either side,
 * and on some machines waking another processor costs nothing.  So: only a thread whose events have no others between
 * them, and only if a trial, repeated now and then, found its stops to come sooner.
 */
#include "host/linux/place.h"

#define RUN 8  /* events in a row that make a thread the only one */
#define TURN 4 /* resumes in a row in the same way, during a trial: the first of them pays for the change */
#define GOOD 8192 /* resumes between trials while steering pays, */
#define BAD 512	  /* and while it does not: what it would save is much more than what it costs to try */

static uint32_t
median(uint32_t *times)
{
	uint32_t one;
	unsigned at;

	for (unsigned i = 1; i < PAYS_TIMES; i++) {
		one = times[i];
		for (at = i; at > 0 && times[at - 1] > one; at--)
			times[at] = times[at - 1];
		times[at] = one;
	}
	return (times[PAYS_TIMES / 2]);
}

static void
decide(struct pays *pp)
{
	pp->pp_on = median(pp->pp_times[true]) < median(pp->pp_times[false]);
	pp->pp_trial = false;
	pp->pp_left = pp->pp_on ? GOOD : BAD;
}

static void
time_ends(struct pays *pp)
{
	uint64_t ns = lx_now(NULL) - pp->pp_since;

	pp->pp_since = 0;
	if (pp->pp_n[pp->pp_way] < PAYS_TIMES)
		pp->pp_times[pp->pp_way][pp->pp_n[pp->pp_way]++] =
		    ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
	if (pp->pp_n[false] == PAYS_TIMES && pp->pp_n[true] == PAYS_TIMES)
		decide(pp);
}

void
pays_event(struct pays *pp, pid_t tid)
{
	if (tid != pp->pp_tid) {
		pp->pp_tid = tid;
		pp->pp_run = 0;
		pp->pp_since = 0;
	}
	if (pp->pp_run < RUN)
		pp->pp_run++;
	if (pp->pp_since != 0)
		time_ends(pp);
}

bool
pays_alone(const struct pays *pp, pid_t tid)
{
	return (tid == pp->pp_tid && pp->pp_run == RUN);
}

bool
pays_now(struct pays *pp, pid_t tid)
{
	pp->pp_since = 0;
	if (!pays_alone(pp, tid))
		return (false);
	if (!pp->pp_trial && pp->pp_left > 0) {
		pp->pp_left--;
		return (pp->pp_on);
	}
	if (!pp->pp_trial) {
		pp->pp_trial = true;
		pp->pp_n[false] = pp->pp_n[true] = 0;
		pp->pp_left = 0;
	}
	pp->pp_way = (pp->pp_left++ / TURN & 1) != 0;
	pp->pp_since = lx_now(NULL);
	return (pp->pp_way);
}
