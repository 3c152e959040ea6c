/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The numbers by which the kernel knows names.
 */
#include "number.h"

#include <pthread.h>
#include <stdlib.h>

#include "../common/idmap.h"

#define OWN_NUMBER (UINT64_C(1) << 63)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. */
static struct idmap own; /* struct node, owned, by number */
static uint64_t last;

uint64_t
number_give(const struct node *n)
{
	struct node *copy;
	uint64_t number;

	if ((n->kind->mode & 0222) == 0)
		return (node_number(n));
	if ((copy = malloc(sizeof(*copy))) == NULL)
		return (0);
	*copy = *n;
	pthread_mutex_lock(&lock);
	number = OWN_NUMBER | ++last;
	idmap_put(&own, number, copy);
	pthread_mutex_unlock(&lock);
	return (number);
}

struct node
number_find(uint64_t number)
{
	struct node n = { 0 };
	const struct node *found;

	if ((number & OWN_NUMBER) == 0)
		return (node_of_number(number));
	pthread_mutex_lock(&lock);
	found = idmap_get(&own, number);
	if (found != NULL)
		n = *found;
	pthread_mutex_unlock(&lock);
	return (n);
}

void
number_forget(uint64_t number)
{
	struct node *found;

	if ((number & OWN_NUMBER) == 0)
		return;
	pthread_mutex_lock(&lock);
	found = idmap_get(&own, number);
	idmap_remove(&own, number);
	pthread_mutex_unlock(&lock);
	free(found);
}

void
number_end(void)
{
	for (size_t i = 0; i < own.room; i++)
		free(own.entries[i].item);
	idmap_free(&own);
}
