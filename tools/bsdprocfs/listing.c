/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a directory holds, as it was when it was opened.
 */
#include "listing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char name[12];
	struct node node;
};

struct listing {
	struct entry *entries; /* owned */
	size_t count, room;
};

static int
add(struct listing *l, const char *name, const struct node *node)
{
	if (l->count == l->room) {
		size_t room = l->room == 0 ? 32 : 2 * l->room;
		struct entry *entries = reallocarray(l->entries, room, sizeof(*entries));

		if (entries == NULL)
			return (ENOMEM);
		l->entries = entries;
		l->room = room;
	}
	snprintf(l->entries[l->count].name, sizeof(l->entries[l->count].name), "%s", name);
	l->entries[l->count++].node = *node;
	return (0);
}

/* A name that is not there for the caller is left out. */
static int
add_if_there(struct listing *l, const struct node *directory, const char *name, const struct caller *caller)
{
	struct node node;

	return (node_find(directory, name, caller, &node) == 0 ? add(l, name, &node) : 0);
}

static int
add_processes(struct listing *l, const struct node *root, const struct caller *caller)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int error = 0;

	if (dir == NULL)
		return (errno);
	while (error == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			error = add_if_there(l, root, entry->d_name, caller);
	closedir(dir);
	return (error);
}

static int
add_all(struct listing *l, const struct node *directory, const struct caller *caller)
{
	static const struct node root = { .kind = &kind_root };
	const struct node_kind *kind;
	bool is_root = directory->pid == 0;
	int error;

	if ((error = add(l, ".", directory)) != 0 || (error = add(l, "..", &root)) != 0)
		return (error);
	for (size_t i = 0; (kind = is_root ? node_in_root(i) : node_in_directory(i)) != NULL; i++)
		if ((error = add_if_there(l, directory, kind->name, caller)) != 0)
			return (error);
	return (is_root ? add_processes(l, directory, caller) : 0);
}

int
listing_make(const struct node *directory, const struct caller *caller, struct listing **out)
{
	struct listing *l = calloc(1, sizeof(*l));
	int error = l == NULL ? ENOMEM : add_all(l, directory, caller);

	if (error != 0 && l != NULL)
		listing_free(l);
	else
		*out = l;
	return (error);
}

void
listing_free(struct listing *l)
{
	free(l->entries);
	free(l);
}

size_t
listing_fill(const struct listing *l, fuse_req_t req, size_t offset, char *to, size_t room)
{
	size_t used = 0;

	for (size_t i = offset; i < l->count; i++) {
		const struct entry *e = &l->entries[i];
		struct stat st = { .st_ino = node_inode(&e->node), .st_mode = e->node.kind->mode };
		size_t size = fuse_add_direntry(req, to + used, room - used, e->name, &st, (off_t)i + 1);

		if (size > room - used)
			break;
		used += size;
	}
	return (used);
}
