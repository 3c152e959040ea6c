/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads that stopped for the first time (HE_NEW) before the event of the thread that made them
 * was seen, or whose maker was killed and never will tell.
 */
#ifndef ORPHAN_H
#define ORPHAN_H

#include "engine/engine.h"

struct orphan {
	struct orphan *o_next;
	pid_t o_tid;
};

int orphan_add(struct tracer *, pid_t tid); /* ENOMEM */
struct orphan *orphan_find(struct tracer *, pid_t tid);
void orphan_free(struct tracer *, struct orphan *);

#endif
