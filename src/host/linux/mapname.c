/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the name of a mapping in /proc/PID/maps says of its file.  From: memory.md, 3.
 */
#include <string.h>
#include <sys/stat.h>

#include "host/linux/maps.h"

#define DELETED " (deleted)"

/* Files that nobody ever opened by a name: shared memory that is anonymous, or has a name of another kind. */
static const char *const nameless[] = {"/memfd:", "/dev/zero (deleted)", "/SYSV", "/anon_hugepage", "/[aio]"};

static bool
is_nameless(const char *name)
{
	for (size_t i = 0; i < sizeof(nameless) / sizeof(nameless[0]); i++)
		if (strncmp(name, nameless[i], strlen(nameless[i])) == 0)
			return (true);
	return (false);
}

static bool
names_it(const char *name, const struct mapping *m)
{
	struct stat st;

	return (lstat(name, &st) == 0 && st.st_ino == m->m_inode);
}

/* The kernel marks files that have lost this name by an addition, which may as well be part of a name. */
static bool
is_deleted(const char *name, const struct mapping *m)
{
	size_t len = strlen(name), mark = strlen(DELETED);

	return (len > mark && strcmp(name + len - mark, DELETED) == 0 && !names_it(name, m));
}

bool
mapname_file(const struct mapping *m, char *name, const char **path)
{
	bool deleted;

	*path = NULL;
	if (name[0] != '/' || m->m_inode == 0)
		return (false);
	deleted = is_deleted(name, m);
	if (deleted && is_nameless(name))
		return (false);
	if (!deleted)
		*path = name;
	return (true);
}

/* A backslash stands for itself as well, so the file may be called just so. */
void
mapname_unescape(const struct mapping *m, char *name)
{
	char *from, *to = name;

	if (names_it(name, m))
		return;
	for (from = name; *from != '\0'; from++)
		if (strncmp(from, "\\012", 4) == 0) {
			*to++ = '\n';
			from += 3;
		} else
			*to++ = *from;
	*to = '\0';
}
