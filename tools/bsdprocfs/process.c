/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A process of the host, as its /proc shows it.
 */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the flags of stat; include/linux/sched.h of the kernel. */
#define HOST_EXITING 0x00000004
#define HOST_KERNEL 0x00200000

static int
read_all(int fd, struct buf *out)
{
	char chunk[8192];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (errno);
		buf_add(out, chunk, (size_t)n);
	}
	return (0);
}

/* NUL-terminated, though the NUL is not counted. */
static int
read_file(int dir, const char *name, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	int error = fd == -1 ? errno : read_all(fd, out);

	if (fd != -1)
		close(fd);
	buf_char(out, '\0');
	out->len--;
	return (error == ENOENT ? ESRCH : error);
}

int
process_read(const struct process *p, const char *name, struct buf *out)
{
	return (read_file(p->dir, name, out));
}

/* The name is in parentheses, and may have parentheses itself. */
static int
parse_stat(const char *text, struct process_stat *st)
{
	const char *open = strchr(text, '('), *end = strrchr(text, ')');
	size_t len;

	*st = (struct process_stat){ 0 };
	if (open == NULL || end == NULL)
		return (ESRCH);
	len = (size_t)(end - open) - 1;
	if (len >= sizeof(st->comm))
		len = sizeof(st->comm) - 1;
	memcpy(st->comm, open + 1, len);
	if (sscanf(end + 1,
		" %c %d %d %d %d %*d %u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %ld %*d %lu", &st->state, &st->ppid,
		&st->pgid, &st->sid, &st->tty, &st->flags, &st->user, &st->system, &st->threads, &st->start) != 10)
		return (ESRCH);
	return (0);
}

int
process_stat(const struct process *p, struct process_stat *st)
{
	struct buf text = { 0 };
	int error = read_file(p->dir, "stat", &text);

	if (error == 0)
		error = parse_stat(text.data, st);
	buf_free(&text);
	return (error);
}

/* A first thread that has ended says nothing of the others. */
static bool
is_exiting(const struct process_stat *st)
{
	return (st->threads <= 1 && (st->state == 'Z' || st->state == 'X' || (st->flags & HOST_EXITING) != 0));
}

int
process_alive(const struct process *p)
{
	struct process_stat st;

	if (process_stat(p, &st) != 0 || is_exiting(&st) || st.start != p->start)
		return (ESRCH);
	return (0);
}

bool
process_is_system(const struct process_stat *st)
{
	return ((st->flags & HOST_KERNEL) != 0);
}

/* /proc has directories for threads too, though it does not list them. */
static int
is_process(const struct process *p)
{
	struct process_creds creds;
	int error = process_creds(p, &creds);

	if (error == 0 && creds.tgid != p->pid)
		error = ESRCH;
	process_creds_free(&creds);
	return (error);
}

int
process_open(struct process *p, pid_t pid, uint64_t start)
{
	struct process_stat st;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	*p = (struct process){ .pid = pid, .start = start };
	p->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->dir == -1)
		return (errno == ENOENT ? ESRCH : errno);
	if (process_stat(p, &st) == 0 && !is_exiting(&st) &&
	    (start == 0 ? is_process(p) == 0 : st.start == start)) {
		p->start = st.start;
		return (0);
	}
	process_close(p);
	return (ESRCH);
}

void
process_close(struct process *p)
{
	if (p->dir != -1)
		close(p->dir);
	p->dir = -1;
}

static const char *
field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return (at == NULL ? "" : at + strlen(name));
}

static void
parse_groups(const char *text, struct process_creds *c)
{
	const char *at = field(text, "\nGroups:"), *end;

	while (*at != '\0' && *at != '\n') {
		unsigned long group = strtoul(at, (char **)(uintptr_t)&end, 10);

		if (end == at)
			break;
		at = end + strspn(end, " \t");
		c->groups = reallocarray(c->groups, c->ngroups + 1, sizeof(*c->groups));
		if (c->groups == NULL)
			abort();
		c->groups[c->ngroups++] = (gid_t)group;
	}
}

static int
parse_creds(const char *text, struct process_creds *c)
{
	if (sscanf(field(text, "\nTgid:"), "%d", &c->tgid) != 1 ||
	    sscanf(field(text, "\nTracerPid:"), "%d", &c->tracer) != 1 ||
	    sscanf(field(text, "\nUid:"), "%u %u %u", &c->uid[0], &c->uid[1], &c->uid[2]) != 3 ||
	    sscanf(field(text, "\nGid:"), "%u %u %u", &c->gid[0], &c->gid[1], &c->gid[2]) != 3 ||
	    sscanf(field(text, "\nCapPrm:"), "%lx", &c->permitted) != 1 ||
	    sscanf(field(text, "\nCapEff:"), "%lx", &c->effective) != 1)
		return (ESRCH);
	parse_groups(text, c);
	return (0);
}

/*
 * The host gives the files, though not the directory, of a process that is not dumpable to root: one that
 * changed its ids, or that runs a program it may not read.
 */
int
process_creds(const struct process *p, struct process_creds *c)
{
	struct buf text = { 0 };
	struct stat st;
	int error;

	*c = (struct process_creds){ 0 };
	error = read_file(p->dir, "status", &text);
	if (error == 0)
		error = parse_creds(text.data, c);
	buf_free(&text);
	if (error == 0 && fstatat(p->dir, "stat", &st, 0) == 0)
		c->changed_ids = st.st_uid != c->uid[1];
	if (error == 0 && fstatat(p->dir, "ns/user", &st, 0) == 0)
		c->user_ns = st.st_ino;
	return (error);
}

int
thread_creds(pid_t tid, struct process_creds *c)
{
	struct process p = { .pid = tid };
	char path[32];
	int error;

	*c = (struct process_creds){ 0 };
	snprintf(path, sizeof(path), "/proc/%d", tid);
	if ((p.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (ESRCH);
	error = process_creds(&p, c);
	close(p.dir);
	return (error);
}

void
process_creds_free(struct process_creds *c)
{
	free(c->groups);
	c->groups = NULL;
	c->ngroups = 0;
}

static bool
is_zombie(int dir, const char *tid)
{
	struct process_stat st;
	struct buf text = { 0 };
	char path[300];
	bool zombie;

	snprintf(path, sizeof(path), "%s/stat", tid);
	zombie = read_file(dir, path, &text) != 0 || parse_stat(text.data, &st) != 0 || st.state == 'Z' ||
	    st.state == 'X';
	buf_free(&text);
	return (zombie);
}

static int
open_of_thread(int tasks, const char *tid, const char *name, int flags)
{
	char path[300];

	if (tid[0] == '.' || is_zombie(tasks, tid))
		return (-1);
	snprintf(path, sizeof(path), "%s/%s", tid, name);
	return (openat(tasks, path, flags | O_CLOEXEC));
}

/* The first thread may have ended before the others. */
int
process_open_live(const struct process *p, const char *name, int flags)
{
	int tasks, fd = -1, error = ESRCH;
	struct dirent *entry;
	DIR *dir;

	if (!is_zombie(p->dir, "."))
		return (openat(p->dir, name, flags | O_CLOEXEC));
	tasks = openat(p->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tasks == -1 || (dir = fdopendir(tasks)) == NULL) {
		if (tasks != -1)
			close(tasks);
		errno = ESRCH;
		return (-1);
	}
	while (fd == -1 && (entry = readdir(dir)) != NULL)
		if ((fd = open_of_thread(tasks, entry->d_name, name, flags)) == -1 && errno != ENOENT)
			error = errno;
	closedir(dir);
	errno = error;
	return (fd);
}
