/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A hash of nodes by id.  Grows by doubling; never shrinks.
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SIZE 64

int
hash_init(struct hash *h)
{
	h->h_slots = calloc(FIRST_SIZE, sizeof(*h->h_slots));
	h->h_size = FIRST_SIZE;
	h->h_count = 0;
	return (h->h_slots == NULL ? ENOMEM : 0);
}

void
hash_free(struct hash *h)
{
	free(h->h_slots);
	h->h_slots = NULL;
	h->h_size = h->h_count = 0;
}

static struct hnode **
slot(const struct hash *h, pid_t id)
{
	return (&h->h_slots[(size_t)id & (h->h_size - 1)]);
}

/* Where there is no memory for a larger table the old one goes on, slower. */
static void
grow(struct hash *h)
{
	struct hash bigger = {.h_size = h->h_size * 2, .h_count = h->h_count};
	struct hnode *n, *next, **to;

	if ((bigger.h_slots = calloc(bigger.h_size, sizeof(*bigger.h_slots))) == NULL)
		return;
	for (size_t i = 0; i < h->h_size; i++)
		for (n = h->h_slots[i]; n != NULL; n = next) {
			next = n->hn_next;
			to = slot(&bigger, n->hn_id);
			n->hn_next = *to;
			*to = n;
		}
	free(h->h_slots);
	*h = bigger;
}

void
hash_add(struct hash *h, struct hnode *n, pid_t id)
{
	struct hnode **to;

	if (h->h_count++ >= h->h_size)
		grow(h);
	to = slot(h, id);
	n->hn_id = id;
	n->hn_next = *to;
	*to = n;
}

void
hash_remove(struct hash *h, struct hnode *n)
{
	struct hnode **at = slot(h, n->hn_id);

	while (*at != n)
		at = &(*at)->hn_next;
	*at = n->hn_next;
	h->h_count--;
}
