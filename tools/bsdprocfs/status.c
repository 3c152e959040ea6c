/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * status: one line, the fields of which bsdprocfs(1) names.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define PTS_MAJOR 136 /* and the seven after it, of 256 terminals each, on old systems */

/* A name must not look like several fields. */
static void
add_name(struct buf *out, const char *name)
{
	for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
		if (*c < 33 || *c > 126 || *c == '\\')
			buf_printf(out, "\\%03o", *c);
		else
			buf_char(out, (char)*c);
}

/* The name of a terminal under /dev. */
static void
add_terminal(struct buf *out, dev_t dev)
{
	char path[64], line[128], name[64] = "";
	FILE *f;

	if (major(dev) >= PTS_MAJOR && major(dev) < PTS_MAJOR + 8) {
		buf_printf(out, "pts/%u", (major(dev) - PTS_MAJOR) * 256 + minor(dev));
		return;
	}
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/uevent", major(dev), minor(dev));
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "DEVNAME=%63s", name);
	if (f != NULL)
		fclose(f);
	if (name[0] != '\0')
		buf_str(out, name);
	else
		buf_printf(out, "%u,%u", major(dev), minor(dev));
}

/* The kernel's 12 and 20 bits of a device number, as it writes them into stat. */
static dev_t
device(int number)
{
	unsigned n = (unsigned)number;

	return (makedev((n >> 8) & 0xfff, (n & 0xff) | ((n >> 12) & 0xfff00)));
}

static void
add_session(struct buf *out, pid_t pid, const struct process_stat *st)
{
	if (st->tty != 0)
		add_terminal(out, device(st->tty));
	else
		buf_char(out, '-');
	buf_str(out, st->tty != 0 && st->sid == pid ? " ctty,sldr" :
		st->tty != 0			    ? " ctty" :
		st->sid == pid			    ? " sldr" :
						      " noflags");
}

static pthread_once_t boot_once = PTHREAD_ONCE_INIT;
static int64_t boot_time; /* ns since the Epoch */

static int64_t
nanoseconds(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec);
}

/* Once, so that a process keeps the time it began. */
static void
find_boot_time(void)
{
	boot_time = nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME);
}

/* Seconds and microseconds of clock ticks, after a time in nanoseconds. */
static void
add_time(struct buf *out, int64_t since, uint64_t ticks)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t us = (uint64_t)since / 1000 + ticks / hz * 1000000 + ticks % hz * 1000000 / hz;

	buf_printf(out, " %lu,%lu", us / 1000000, us % 1000000);
}

static void
add_channel(struct buf *out, const struct process *p)
{
	struct buf name = { 0 };
	bool known = process_read(p, "wchan", &name) == 0 && name.len > 0 && strcmp(name.data, "0") != 0;

	buf_char(out, ' ');
	if (known)
		add_name(out, name.data);
	else
		buf_str(out, "nochan");
	buf_free(&name);
}

/* The first of the groups is the effective one, as in a struct ucred. */
static void
add_creds(struct buf *out, const struct process_creds *c)
{
	buf_printf(out, " %u %u %u,%u", c->uid[1], c->uid[0], c->gid[0], c->gid[1]);
	for (size_t i = 0; i < c->ngroups; i++)
		buf_printf(out, ",%u", c->groups[i]);
}

int
text_status(const struct caller *caller, const struct process *p, struct buf *out)
{
	struct process_creds creds = { 0 };
	struct process_stat st;
	int error;

	if ((error = process_stat(p, &st)) != 0 || (error = process_creds(p, &creds)) != 0) {
		process_creds_free(&creds);
		return (error);
	}
	add_name(out, st.comm);
	buf_printf(out, " %d %d %d %d ", p->pid, st.ppid, st.pgid, st.sid);
	add_session(out, p->pid, &st);
	pthread_once(&boot_once, find_boot_time);
	add_time(out, boot_time, st.start);
	add_time(out, 0, st.user);
	add_time(out, 0, st.system);
	add_channel(out, p);
	add_creds(out, &creds);
	buf_str(out, " -\n");
	process_creds_free(&creds);
	return (0);
}
