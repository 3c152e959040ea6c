/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What /proc tells of a process or thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/arch.h"
#include "host/linux/linux.h"

#define STATUS_SIZE 12288 /* room for a thousand groups, which come before much else */

/* What open() said: without a descriptor left nothing is known of anybody, which is not to say that nobody is there. */
static int
failure(int error)
{
	return (error == ENOMEM || error == EMFILE || error == ENFILE ? ENOMEM : error == ENOENT ? ESRCH : error);
}

struct text {
	const char *t_path;
	char *t_buf;
	size_t t_size;
};

static int
read_text(void *arg)
{
	const struct text *t = arg;
	int fd = open(t->t_path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd == -1)
		return (errno);
	if ((n = read(fd, t->t_buf, t->t_size - 1)) > 0)
		len = (size_t)n;
	t->t_buf[len] = '\0';
	(void)close(fd);
	return (len == 0 ? ESRCH : 0);
}

int
read_file(const char *path, char *buf, size_t size)
{
	struct text t = {path, buf, size};
	int error = with_descriptor(read_text, &t);

	return (error == 0 ? 0 : failure(error));
}

/* ---- status ---- */

int
proc_read(pid_t tid, const char *name, char *text, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	return (read_file(path, text, size));
}

uint64_t
status_field(const char *text, const char *name, int base, int which)
{
	const char *at = strstr(text, name);
	char *end;
	uint64_t value = 0;

	if (at == NULL)
		return (0);
	end = (char *)(uintptr_t)at + strlen(name);
	for (int i = 0; i <= which; i++)
		value = strtoull(end, &end, base);
	return (value);
}

int
status_read(pid_t tid, struct status *st)
{
	char text[STATUS_SIZE];
	const char *state;
	int error;

	if ((error = proc_read(tid, "status", text, sizeof(text))) != 0)
		return (error == ENOMEM ? ENOMEM : ESRCH);
	state = strstr(text, "\nState:\t");
	st->st_state = state == NULL ? '?' : state[8];
	st->st_tgid = (pid_t)status_field(text, "\nTgid:", 10, 0);
	st->st_ppid = (pid_t)status_field(text, "\nPPid:", 10, 0);
	st->st_tracer = (pid_t)status_field(text, "\nTracerPid:", 10, 0);
	st->st_threads = (unsigned)status_field(text, "\nThreads:", 10, 0);
	st->st_uid = (uid_t)status_field(text, "\nUid:", 10, 1);
	st->st_gid = (gid_t)status_field(text, "\nGid:", 10, 1);
	st->st_pending = status_field(text, "\nSigPnd:", 16, 0) | status_field(text, "\nShdPnd:", 16, 0);
	st->st_blocked = status_field(text, "\nSigBlk:", 16, 0);
	st->st_ignored = status_field(text, "\nSigIgn:", 16, 0);
	st->st_caught = status_field(text, "\nSigCgt:", 16, 0);
	return (0);
}

/* ---- stat: the fields after the name, which may hold anything ---- */

static int
stat_read(const char *path, char *text, size_t size, char **fields)
{
	int error = read_file(path, text, size);

	if (error != 0)
		return (error);
	*fields = strrchr(text, ')');
	return (*fields == NULL ? ESRCH : 0);
}

/* Field number n of proc(5), 3 being the state. */
static uint64_t
stat_field(char *fields, int n)
{
	char *at = fields + 3; /* ") S" */

	for (int i = 4; i < n; i++)
		(void)strtoll(at, &at, 10);
	return (strtoull(at, NULL, 10));
}

uint64_t
lx_stat_number(pid_t pid, pid_t tid, int field)
{
	char path[64], text[1024], *fields;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	return (stat_read(path, text, sizeof(text), &fields) != 0 ? 0 : stat_field(fields, field));
}

int
flags_read(pid_t tid, uint64_t *flags)
{
	char path[32], text[1024], *fields;
	int error;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	if ((error = stat_read(path, text, sizeof(text), &fields)) == 0)
		*flags = stat_field(fields, 9);
	return (error);
}

/* ---- what a thread waits for ---- */

static bool
waits_for_child(pid_t pid, pid_t tid)
{
	char path[64], text[256];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	if (read_file(path, text, sizeof(text)) != 0)
		return (false);
	return (text[0] >= '0' && text[0] <= '9' &&
	    (arch_call_forks(strtol(text, NULL, 10), false) || arch_call_forks(strtol(text, NULL, 10), true)));
}

enum host_absence
lx_absence(struct host *h, pid_t pid, pid_t tid)
{
	struct status st;
	int error = status_read(tid, &st);

	(void)h;
	if (error == ENOMEM)
		return (HA_COMING); /* who knows */
	if (error != 0 || st.st_tgid != pid)
		return (HA_LOST);
	if (st.st_state == 'Z' || st.st_state == 'X')
		return (st.st_tracer == 0 && st.st_threads < 2 ? HA_LOST : HA_GONE);
	if (st.st_tracer == 0)
		return (HA_LOST);
	return (st.st_state == 'D' && waits_for_child(pid, tid) ? HA_VFORK : HA_COMING);
}

static bool
same_memory(pid_t a, pid_t b)
{
	return (syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0);
}

/* It has its parent's memory, and a thread of that waits for a child: since they go together, for this one. */
bool
lx_vforked(struct host *h, pid_t pid, pid_t ppid)
{
	pid_t tids[256];
	size_t n = sizeof(tids) / sizeof(tids[0]);
	struct status st;

	if (!same_memory(pid, ppid))
		return (false);
	if (lx_threads(h, ppid, tids, &n) != 0 || n > sizeof(tids) / sizeof(tids[0]))
		return (false);
	for (size_t i = 0; i < n; i++)
		if (status_read(tids[i], &st) == 0 && st.st_state == 'D' && waits_for_child(ppid, tids[i]))
			return (true);
	return (false);
}

/* The process that traces it.  A dead first thread cannot be let go; then the others say. */
static pid_t
tracer_of(struct host *h, pid_t tid, struct status *st)
{
	struct status other;
	pid_t tids[2];
	size_t n = sizeof(tids) / sizeof(tids[0]);

	if (st->st_state == 'Z' && (st->st_threads < 2 || lx_threads(h, tid, tids, &n) != 0 || n < 2 ||
				       status_read(tids[tids[0] == tid ? 1 : 0], st) != 0))
		return (0);
	if (st->st_tracer == 0 || st->st_tracer == getpid())
		return (st->st_tracer);
	return (status_read(st->st_tracer, &other) == 0 ? other.st_tgid : st->st_tracer);
}

int
lx_kin(struct host *h, pid_t tid, pid_t *ppid, pid_t *tracer)
{
	struct status st;

	if (status_read(tid, &st) != 0)
		return (ESRCH);
	*ppid = st.st_ppid;
	*tracer = tracer_of(h, tid, &st);
	return (0);
}

int
lx_facts(struct host *h, pid_t tid, struct host_facts *facts)
{
	struct status st;
	char path[32], text[1024], *fields;
	uint64_t flags;
	int error;

	memset(facts, 0, sizeof(*facts));
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	if ((error = status_read(tid, &st)) != 0 || (error = stat_read(path, text, sizeof(text), &fields)) != 0)
		return (error == ENOMEM ? ENOMEM : ESRCH);
	flags = stat_field(fields, 9);
	facts->hf_pid = st.st_tgid;
	facts->hf_ppid = st.st_ppid;
	facts->hf_uid = st.st_uid;
	facts->hf_start = stat_field(fields, 22);
	facts->hf_stopped = st.st_state == 'T' || st.st_state == 't';
	/* A first thread may end before the others. */
	facts->hf_exiting = ((flags & PF_EXITING) != 0 || st.st_state == 'Z' || st.st_state == 'X') &&
	    (st.st_tgid != tid || st.st_threads < 2);
	facts->hf_system = (flags & PF_KTHREAD) != 0;
	facts->hf_dying = (flags & PF_EXITING) != 0;
	facts->hf_tracer = tracer_of(h, tid, &st);
	return (0);
}

/* ---- lists ---- */

static int
by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return ((x > y) - (x < y));
}

struct list {
	pid_t l_pid;
	pid_t *l_tids;
	size_t l_room, l_n;
};

/* The directory has a link for each, and two of its own. */
static int
count_threads(const char *path, struct list *l)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (errno);
	l->l_n = st.st_nlink > 2 ? st.st_nlink - 2 : 0;
	return (0);
}

static int
list_threads(void *arg)
{
	struct list *l = arg;
	struct dirent *entry;
	char path[32];
	DIR *dir;
	int error;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", l->l_pid);
	l->l_n = 0;
	if (l->l_room == 0 && ((error = count_threads(path, l)) != 0 || l->l_n != 0))
		return (error);
	if ((dir = opendir(path)) == NULL)
		return (errno);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (l->l_n < l->l_room)
			l->l_tids[l->l_n] = (pid_t)strtol(entry->d_name, NULL, 10);
		l->l_n++;
	}
	(void)closedir(dir);
	return (0);
}

int
lx_threads(struct host *h, pid_t pid, pid_t *tids, size_t *n)
{
	struct list l = {.l_pid = pid, .l_tids = tids, .l_room = *n};
	int error = with_descriptor(list_threads, &l);

	(void)h;
	*n = l.l_n;
	if (error == 0 && l.l_n <= l.l_room && l.l_room != 0)
		qsort(tids, l.l_n, sizeof(*tids), by_number);
	return (error == 0 ? 0 : failure(error) == ENOMEM ? ENOMEM : ESRCH);
}

struct children {
	pid_t c_pid, c_tid;
	pid_t **c_list;
	size_t *c_n;
};

/* The children of a thread, added to the list. */
static int
add_children(void *arg)
{
	const struct children *c = arg;
	char path[64];
	pid_t *more;
	long child;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", c->c_pid, c->c_tid);
	if ((f = fopen(path, "re")) == NULL)
		return (errno == EMFILE || errno == ENFILE ? errno : 0);
	while (fscanf(f, "%ld", &child) == 1) {
		if ((more = realloc(*c->c_list, (*c->c_n + 1) * sizeof(*more))) == NULL) {
			(void)fclose(f);
			return (ENOMEM);
		}
		*c->c_list = more;
		more[(*c->c_n)++] = (pid_t)child;
	}
	(void)fclose(f);
	return (0);
}

static int
thread_children(pid_t pid, pid_t tid, pid_t **children, size_t *n)
{
	struct children c = {pid, tid, children, n};
	int error = with_descriptor(add_children, &c);

	return (error == 0 ? 0 : failure(error));
}

static int
process_children(pid_t pid, pid_t **children, size_t *n)
{
	pid_t tids[1024];
	size_t threads = sizeof(tids) / sizeof(tids[0]), room = threads;
	int error;

	*n = 0;
	if ((error = lx_threads(NULL, pid, tids, &threads)) != 0)
		return (error);
	for (size_t i = 0; i < threads && i < room; i++)
		if ((error = thread_children(pid, tids[i], children, n)) != 0)
			return (error);
	return (0);
}

int
lx_children(struct host *h, pid_t **children, size_t *n)
{
	int error = process_children(linux_host(h)->lh_self, children, n);

	if (error == 0 && *n != 0)
		qsort(*children, *n, sizeof(**children), by_number);
	return (error);
}

bool
lx_shares_memory(pid_t pid, pid_t tid)
{
	struct status st;
	pid_t *children = NULL;
	size_t n;
	bool shares = status_read(pid, &st) == 0 && same_memory(tid, st.st_ppid);

	if (!shares)
		(void)process_children(pid, &children, &n);
	for (size_t i = 0; children != NULL && i < n && !shares; i++)
		shares = same_memory(tid, children[i]);
	free(children);
	return (shares);
}

bool
lx_belongs(struct host *h, pid_t pid, int idtype, id_t id)
{
	struct status st;

	(void)h;
	switch (idtype) {
	case P_PGID:
		return (getpgid(pid) == (id == 0 ? getpgrp() : (pid_t)id));
	case HI_SID:
		return (getsid(pid) == (pid_t)id);
	case HI_UID:
		return (status_read(pid, &st) == 0 && st.st_uid == id);
	case HI_GID:
		return (status_read(pid, &st) == 0 && st.st_gid == id);
	default:
		return (false);
	}
}

/* ---- process groups ---- */

struct kin {
	pid_t k_ppid, k_pgrp, k_session;
};

static bool
kin_read(pid_t pid, struct kin *k)
{
	char path[32], text[1024], *fields;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (stat_read(path, text, sizeof(text), &fields) != 0 || fields[2] == 'Z' || fields[2] == 'X')
		return (false);
	k->k_ppid = (pid_t)stat_field(fields, 4);
	k->k_pgrp = (pid_t)stat_field(fields, 5);
	k->k_session = (pid_t)stat_field(fields, 6);
	return (true);
}

/* Is it a member of the group whose parent could continue the group? */
static bool
looked_after(pid_t pid, const struct kin *group)
{
	struct kin k, parent;

	return (kin_read(pid, &k) && k.k_pgrp == group->k_pgrp && k.k_ppid > 1 && kin_read(k.k_ppid, &parent) &&
	    parent.k_pgrp != group->k_pgrp && parent.k_session == group->k_session);
}

/* Is anybody looking after the group?  EEXIST. */
static int
look_around(void *group)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		return (errno == EMFILE || errno == ENFILE ? errno : EEXIST);
	while (!found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    looked_after((pid_t)strtol(entry->d_name, NULL, 10), group);
	(void)closedir(dir);
	return (found ? EEXIST : 0);
}

bool
lx_orphaned(struct host *h, pid_t pid)
{
	struct kin group;

	(void)h;
	return (kin_read(pid, &group) && with_descriptor(look_around, &group) == 0);
}

/* ---- name and usage ---- */

int
lx_name(struct host *h, pid_t pid, pid_t tid, char name[20])
{
	char path[64], text[32];
	int error;

	(void)h;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", pid, tid);
	if ((error = read_file(path, text, sizeof(text))) != 0)
		return (error == EACCES || error == EPERM ? 0 : error);
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(name, 20, "%.19s", text);
	return (0);
}

int
lx_stopped_name(struct host *h, pid_t pid, pid_t tid, char name[20])
{
	struct seen *s = seen_of(linux_host(h), tid);
	int error;

	if (!seen_has(s, SEEN_NAME)) {
		s->s_have &= ~SEEN_NAME;
		memset(s->s_name, 0, sizeof(s->s_name));
		if ((error = lx_name(h, pid, tid, s->s_name)) != 0)
			return (error);
		s->s_have |= SEEN_NAME;
	}
	memcpy(name, s->s_name, sizeof(s->s_name));
	return (0);
}

static struct timeval
ticks(uint64_t n)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return ((struct timeval){.tv_sec = (time_t)(n / hz), .tv_usec = (suseconds_t)(n % hz * 1000000 / hz)});
}

int
lx_usage(struct host *h, pid_t pid, struct rusage *self, struct rusage *children)
{
	char path[32], text[1024], *fields;
	int error;

	(void)h;
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((error = stat_read(path, text, sizeof(text), &fields)) != 0)
		return (error);
	memset(self, 0, sizeof(*self));
	memset(children, 0, sizeof(*children));
	self->ru_minflt = (long)stat_field(fields, 10);
	children->ru_minflt = (long)stat_field(fields, 11);
	self->ru_majflt = (long)stat_field(fields, 12);
	children->ru_majflt = (long)stat_field(fields, 13);
	self->ru_utime = ticks(stat_field(fields, 14));
	self->ru_stime = ticks(stat_field(fields, 15));
	children->ru_utime = ticks(stat_field(fields, 16));
	children->ru_stime = ticks(stat_field(fields, 17));
	self->ru_maxrss = (long)stat_field(fields, 24) * (sysconf(_SC_PAGESIZE) / 1024);
	return (0);
}
