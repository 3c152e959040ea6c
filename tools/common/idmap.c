/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Things found by a number: open addressing, at most half full.
 */
#include "idmap.h"

#include <stdlib.h>

#include "fail.h"

static size_t
home(const struct idmap *m, uint64_t id)
{
	return ((size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (m->room - 1));
}

/* The entry of an id, or the free one where it would go. */
static struct idmap_entry *
find(const struct idmap *m, uint64_t id)
{
	size_t at = home(m, id);

	while (m->entries[at].item != NULL && m->entries[at].id != id)
		at = (at + 1) & (m->room - 1);
	return (&m->entries[at]);
}

static void
grow(struct idmap *m)
{
	struct idmap old = *m;

	m->room = old.room ? 2 * old.room : 64;
	m->entries = calloc(m->room, sizeof(*m->entries));
	if (m->entries == NULL)
		fail("out of memory");
	for (size_t i = 0; i < old.room; i++)
		if (old.entries[i].item != NULL)
			*find(m, old.entries[i].id) = old.entries[i];
	free(old.entries);
}

void *
idmap_get(const struct idmap *m, uint64_t id)
{
	return (m->room == 0 ? NULL : find(m, id)->item);
}

void
idmap_put(struct idmap *m, uint64_t id, void *item)
{
	struct idmap_entry *e;

	if (2 * (m->count + 1) > m->room)
		grow(m);
	e = find(m, id);
	m->count += e->item == NULL;
	*e = (struct idmap_entry){ id, item };
}

/* What stands behind the freed entry may have been pushed there by it; those are put again. */
void
idmap_remove(struct idmap *m, uint64_t id)
{
	struct idmap_entry *e = m->room == 0 ? NULL : find(m, id);
	size_t at;

	if (e == NULL || e->item == NULL)
		return;
	e->item = NULL;
	m->count--;
	at = (size_t)(e - m->entries);
	for (at = (at + 1) & (m->room - 1); m->entries[at].item != NULL; at = (at + 1) & (m->room - 1)) {
		struct idmap_entry moved = m->entries[at];

		m->entries[at].item = NULL;
		*find(m, moved.id) = moved;
	}
}

void
idmap_free(struct idmap *m)
{
	free(m->entries);
	*m = (struct idmap){ 0 };
}
