/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A hash of nodes by id.  The nodes live in the structs they find.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <sys/types.h>

struct hnode {
	struct hnode *hn_next;
	pid_t hn_id;
};

struct hash {
	struct hnode **h_slots; /* h_size of them, a power of two; owned */
	size_t h_size;
	size_t h_count;
};

#define HASH_ENTRY(node, type, member) ((type *)(void *)((char *)(node) - offsetof(type, member)))

int hash_init(struct hash *); /* ENOMEM */
void hash_free(struct hash *);
static inline struct hnode *
hash_find(const struct hash *h, pid_t id)
{
	struct hnode *n = h->h_slots[(size_t)id & (h->h_size - 1)];

	while (n != NULL && n->hn_id != id)
		n = n->hn_next;
	return (n);
}
void hash_add(struct hash *, struct hnode *, pid_t id);
void hash_remove(struct hash *, struct hnode *);

#endif
