/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "engine/orphan.h"

#include <errno.h>
#include <stdlib.h>

int
orphan_add(struct tracer *tr, pid_t tid)
{
	struct orphan *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return (ENOMEM);
	o->o_tid = tid;
	o->o_next = tr->tr_orphans;
	tr->tr_orphans = o;
	return (0);
}

struct orphan *
orphan_find(struct tracer *tr, pid_t tid)
{
	struct orphan *o = tr->tr_orphans;

	while (o != NULL && o->o_tid != tid)
		o = o->o_next;
	return (o);
}

void
orphan_free(struct tracer *tr, struct orphan *o)
{
	struct orphan **at = &tr->tr_orphans;

	while (*at != o)
		at = &(*at)->o_next;
	*at = o->o_next;
	free(o);
}
