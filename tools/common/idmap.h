/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Things found by a number: a hash table of pointers.
 */
#ifndef COMMON_IDMAP_H
#define COMMON_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_entry {
	uint64_t id;
	void *item; /* not owned; NULL: free */
};

struct idmap {
	struct idmap_entry *entries; /* owned */
	size_t room;		     /* a power of two, or 0 */
	size_t count;
};

void *idmap_get(const struct idmap *, uint64_t id);
void idmap_put(struct idmap *, uint64_t id, void *item);
void idmap_remove(struct idmap *, uint64_t id);
void idmap_free(struct idmap *);

#endif
