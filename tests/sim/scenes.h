/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Small scenes with a fixed program and a fixed tracer, to be played with every fault and in every order.
 */
#ifndef SCENES_H
#define SCENES_H

#include "schedule.h"

struct scene {
	const char *sn_name;
	const struct sim_action *sn_script;
	bool sn_child;	       /* the tracer's own; else a stranger */
	bool sn_follow;	       /* PT_FOLLOW_FORK at the first stop */
	const int *sn_answers; /* to the stops as they come; then PT_DETACH; 0 ends them */
};

extern const struct scene scenes[];

const struct scene *scene_find(const char *name);
/* Attach to the process, or, with adopt, let it have asked for it, and play until there is nobody to wait for. */
void scene_play(struct run *, const struct scene *);
/* Begin: the process that is played with. */
struct sim_proc *scene_begin(struct run *, const struct scene *);
void scene_end(struct run *);

#endif
