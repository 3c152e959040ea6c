/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The hidepid and gid options of the mount of /proc.
 */
#include "hidepid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "... /proc ... - proc proc rw,hidepid=invisible,gid=4"; returns the last part, or NULL. */
static const char *
proc_options(char *line)
{
	char *rest = strstr(line, " - proc "), *point = line;

	if (rest == NULL)
		return (NULL);
	for (int i = 0; i < 4 && point != NULL; i++)
		if ((point = strchr(point, ' ')) != NULL)
			point++;
	if (point == NULL || strncmp(point, "/proc ", 6) != 0)
		return (NULL);
	rest[strcspn(rest, "\n")] = '\0';
	return (strrchr(rest, ' ') + 1);
}

static const char *
option(const char *options, const char *name)
{
	const char *at = strstr(options, name);

	return (at == NULL ? NULL : at + strlen(name));
}

/* Numbers since the beginning, words since 5.8; 1 and "noaccess" leave the directories to be seen. */
static bool
hides(const char *value)
{
	return (value != NULL && value[0] != '0' && strncmp(value, "off", 3) != 0);
}

bool
hidepid_is_set(gid_t *exempt)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	const char *options;
	size_t room = 0;
	bool set = false;

	*exempt = (gid_t)-1;
	while (f != NULL && getline(&line, &room, f) != -1) {
		if ((options = proc_options(line)) == NULL)
			continue;
		set = hides(option(options, "hidepid="));
		*exempt = option(options, "gid=") != NULL ? (gid_t)atol(option(options, "gid=")) : (gid_t)-1;
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return (set);
}
