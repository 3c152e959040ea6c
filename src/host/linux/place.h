/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where tracees wake up (place.c), and whether that pays (pays.c).
 */
#ifndef HOST_LINUX_PLACE_H
#define HOST_LINUX_PLACE_H

#include "host/linux/linux.h"

/* ---- pays.c ---- */

#define PAYS_TIMES 16 /* stops that are timed of either way */

struct pays {
	pid_t pp_tid;			  /* thread of the latest event */
	unsigned pp_run;		  /* how many in a row were its */
	bool pp_trial;			  /* both ways are being timed */
	bool pp_on;			  /* what the last trial found */
	unsigned pp_left;		  /* resumes to the next one */
	uint64_t pp_since;		  /* when the thread was resumed that is being timed; 0: none is */
	bool pp_way;			  /* how it was */
	unsigned pp_n[2];		  /* of pp_times */
	uint32_t pp_times[2][PAYS_TIMES]; /* ns from resume to event: left alone, steered */
};

/* A thread has an event. */
void pays_event(struct pays *, pid_t tid);
/* Have the latest events all been this thread's?  Then the others sleep. */
bool pays_alone(const struct pays *, pid_t tid);
/* It is about to be resumed to its next stop: is it to be steered? */
bool pays_now(struct pays *, pid_t tid);

/* ---- place.c, for tests ---- */

struct place_counts {
	unsigned long pc_steered; /* resumes */
	unsigned long pc_asked;	  /* masks that were looked into */
};
struct place_counts place_counts(const struct linux_host *);

#endif
