/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whose a process is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/linux/linux.h"

/* The beginning of a file of /proc/PID, NUL-terminated. */
static bool
read_head(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return (read_file(path, text, size) == 0);
}

/* The file's only number; -1 where the kernel keeps none. */
static unsigned
number(pid_t pid, const char *name)
{
	char text[32];

	return (read_head(pid, name, text, sizeof(text)) ? (unsigned)strtoul(text, NULL, 10) : (unsigned)-1);
}

/* "Uid:" and "Gid:" come early in the file, whatever its length. */
static bool
pair(const char *text, const char *name, unsigned *real, unsigned *effective)
{
	const char *at = strstr(text, name);

	return (at != NULL && sscanf(at + strlen(name), "%u %u", real, effective) == 2);
}

int
lx_ids(struct host *h, pid_t pid, struct host_ids *ids)
{
	char text[2048];

	(void)h;
	if (!read_head(pid, "status", text, sizeof(text)) ||
	    !pair(text, "\nUid:", &ids->hi_ruid, &ids->hi_euid) || !pair(text, "\nGid:", &ids->hi_rgid, &ids->hi_egid))
		return (ESRCH);
	ids->hi_login = number(pid, "loginuid");
	ids->hi_session = number(pid, "sessionid");
	return (0);
}
