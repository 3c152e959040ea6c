/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/linux/mapquery.h"
#include "host/linux/probe.h"

static bool
asks_map_query(void)
{
	struct map_query q = {.mq_size = sizeof(q), .mq_flags = MQ_NEXT};
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool has;

	if (fd == -1)
		return (false);
	has = ioctl(fd, MAP_QUERY, &q) == 0;
	(void)close(fd);
	return (has);
}

/* To find out by trying takes a hole in our own memory, into which another thread may map something. */
static bool
asks_read_stays(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	return (uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	    (major > 6 || (major == 6 && minor >= 5)));
}

static bool (*const ask[FT_FEATURES])(void) = {
    [FT_MAP_QUERY] = asks_map_query,
    [FT_READ_STAYS] = asks_read_stays,
};

enum known { UNKNOWN, NO, YES };
static _Atomic enum known known[FT_FEATURES];

bool
probe_has(enum feature f)
{
	if (known[f] == UNKNOWN)
		known[f] = ask[f]() ? YES : NO;
	return (known[f] == YES);
}

void
probe_set(enum feature f, bool has)
{
	known[f] = has ? YES : NO;
}
