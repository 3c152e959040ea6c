/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map of a traced process: its entries by number, and its generation.  From: memory.md, 2 and 3.
 *
 * There are two ways to a map.  Its text (maptext.c) comes in order from the beginning, half a microsecond an
 * entry; the query gives the entry at, or next after, an address, twice as dear and at any place alike, but not the
 * pages that are the kernel's own.  So a walk over all entries goes by the text, a page of it at a time: what it
 * tells of a file's name is no older than that page.  Any other entry goes by the query, at the address that the
 * list of entries has for its number.  The list grows as the text is read, and is made as a whole when a number
 * behind its end is asked for that is not the next one.  Where there is no query the text is kept instead.
 *
 * The generation must stay the same over a run that left the map alone, so the list of the stop before is
 * compared, at the first question after a run.  It is kept only if somebody was told a generation: then it is
 * completed before the process is resumed.  Names are no part of it.  Within a stop the map is taken to be as it
 * was: who could change it is stopped, but for
 *   - a process that shares the memory, the other side of a vfork mostly: looked for at the first question after
 *     such a process was made, and once after an attach; with one of these each new walk, and each question for
 *     the generation, compares;
 *   - sharers that are not relatives any more, and holders of a userfaultfd: an entry that the query finds to
 *     be another than the list has makes a new generation.
 *
 *   NEW --asked--> CURRENT --resume, not told--> NEW;   CURRENT --resume, told--> KEPT --asked--> CURRENT
 *
 *   NEW      v_current false, v_told false: nothing known
 *   CURRENT  v_current: the list has the first v_n entries of the map, all with v_complete
 *   KEPT     v_told alone: the list is the map as the generation has it, if v_complete
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/linux/mapquery.h"
#include "host/linux/maps.h"
#include "host/linux/probe.h"

#define WALK_AFTER 3  /* entries asked for in order are a walk from the fourth on, */
#define WALK_SKIP  16 /* if it began near the map's beginning */
#define NAME_ROOM  4096
#define LOOK_EVERY 64 /* entries given from memory, until the process is looked at */

struct vmap {
	struct maptext v_text;
	pid_t v_tid; /* the thread whose file it is */
	int v_generation;
	bool v_told;	 /* somebody knows the generation */
	bool v_current;	 /* the process has not run since the list was looked at */
	bool v_complete; /* the list is the whole map */
	bool v_suspect;	 /* other processes may share the memory */
	bool v_shared;	 /* they do */
	struct mapping *v_list; /* owned */
	size_t v_n, v_room;
	size_t v_next;	  /* the entry behind the one given last */
	uint64_t v_addr;  /* where that begins, or before */
	unsigned v_steps; /* entries given in order */
	uint64_t v_low, v_high; /* where map_reach() found memory last */
	char *v_name;	  /* owned */
	size_t v_nameroom;
};

/* It may not be stopped itself but wait for the child of a vfork.  Its memory goes after its end has begun. */
static int
alive(struct linux_host *lh, pid_t tid)
{
	struct host_facts facts;

	if (lx_alive(&lh->lh_host, tid) == 0)
		return (0);
	return (lx_facts(&lh->lh_host, tid, &facts) != 0 || facts.hf_dying ? ESRCH : 0);
}

/* ---- the list ---- */

static bool
same(const struct mapping *a, const struct mapping *b)
{
	return (a->m_start == b->m_start && a->m_end == b->m_end && a->m_offset == b->m_offset &&
	    a->m_inode == b->m_inode && a->m_dev == b->m_dev && a->m_mode == b->m_mode);
}

static int
list_put(struct vmap *v, size_t i, const struct mapping *m)
{
	size_t room = v->v_room == 0 ? 64 : 2 * v->v_room;
	struct mapping *list;

	if (i == v->v_room) {
		if ((list = reallocarray(v->v_list, room, sizeof(*list))) == NULL)
			return (ENOMEM);
		v->v_list = list;
		v->v_room = room;
	}
	v->v_list[i] = *m;
	return (0);
}

static void
list_drop(struct vmap *v)
{
	free(v->v_list);
	v->v_list = NULL;
	v->v_n = v->v_room = 0;
	v->v_complete = false;
}

static void
new_generation(struct linux_host *lh, struct vmap *v)
{
	v->v_generation = (int)++lh->lh_generations;
}

/* Read the whole map into the list; the text, if kept, stands at its beginning.  changed: it was another. */
static int
scan(struct linux_host *lh, struct vmap *v, bool keep, bool *changed)
{
	struct mapline line;
	size_t i = 0;
	int error = maptext_rewind(&v->v_text);

	*changed = !v->v_complete;
	v->v_complete = false;
	v->v_text.t_whole = keep;
	while (error == 0 && (error = maptext_next(&v->v_text, &line)) == 0) {
		*changed = *changed || i >= v->v_n || !same(&v->v_list[i], &line.ml_map);
		if ((error = list_put(v, i, &line.ml_map)) == 0)
			i++;
	}
	*changed = *changed || i != v->v_n;
	v->v_n = i;
	if (error == ENOENT)
		error = alive(lh, v->v_tid);
	v->v_complete = error == 0;
	v->v_text.t_at = v->v_text.t_index = 0;
	v->v_text.t_placed = keep && error == 0;
	if (!v->v_text.t_placed)
		maptext_drop(&v->v_text);
	return (error);
}

/* ---- when it is known to be as it was ---- */

static struct vmap *
vmap_get(struct linux_host *lh, struct lxproc *x)
{
	struct vmap *v = x->x_map;

	if (v != NULL || (v = calloc(1, sizeof(*v))) == NULL)
		return (v);
	v->v_text.t_fd = -1;
	v->v_suspect = true;
	new_generation(lh, v);
	return (x->x_map = v);
}

void
vmap_free(struct lxproc *x)
{
	struct vmap *v = x->x_map;

	if (v == NULL)
		return;
	maptext_close(&v->v_text);
	free(v->v_list);
	free(v->v_name);
	free(v);
	x->x_map = NULL;
}

static void
vmap_leave(struct linux_host *lh, struct vmap *v)
{
	bool changed;

	v->v_low = v->v_high = 0;
	if (!v->v_current)
		return;
	if (!v->v_told)
		list_drop(v);
	else if (!v->v_complete)
		(void)scan(lh, v, false, &changed); /* if that fails it is said to have changed */
	maptext_drop(&v->v_text);
	v->v_current = false;
	v->v_steps = 0;
}

void
vmap_resume(struct linux_host *lh, struct lxproc *x)
{
	if (x->x_map != NULL)
		vmap_leave(lh, x->x_map);
}

void
vmap_sharer(struct lxproc *x)
{
	if (x->x_map != NULL)
		x->x_map->v_suspect = true;
}

/* The thread whose file it was may have ended, and then the text ends too. */
static int
open_text(struct linux_host *lh, struct vmap *v, const struct lwp *l)
{
	const struct lwp *of = v->v_text.t_fd == -1 ? NULL : lwp_find(lh, v->v_tid);
	char path[64];

	if (of != NULL && of->l_proc == l->l_proc)
		return (0);
	maptext_close(&v->v_text);
	v->v_tid = l->l_tid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", l->l_proc->x_pid, l->l_tid);
	return (maptext_open(&v->v_text, path));
}

/* Make the list current, as far as it goes.  again: even if it is, where others may have changed the map. */
static int
look(struct linux_host *lh, struct vmap *v, const struct lwp *l, bool again)
{
	bool changed;
	int error;

	if (v->v_current && !(v->v_shared && again))
		return (0);
	if ((error = open_text(lh, v, l)) != 0)
		return (error);
	if (v->v_suspect && !v->v_current)
		v->v_suspect = v->v_shared = lx_shares_memory(l->l_proc->x_pid, l->l_tid);
	if (v->v_told || v->v_shared) {
		if ((error = scan(lh, v, true, &changed)) != 0)
			return (error);
		if (changed)
			new_generation(lh, v);
	}
	v->v_current = true;
	return (0);
}

/* Somebody else has changed it under us. */
static int
start_over(struct linux_host *lh, struct vmap *v)
{
	bool changed;

	new_generation(lh, v);
	v->v_suspect = true;
	return (scan(lh, v, true, &changed));
}

static int
complete(struct linux_host *lh, struct vmap *v)
{
	bool changed;

	return (v->v_complete ? 0 : scan(lh, v, !probe_has(FT_MAP_QUERY), &changed));
}

/* ---- one entry ---- */

static int
name_room(struct vmap *v, size_t room)
{
	char *name;

	if (room <= v->v_nameroom)
		return (0);
	if ((name = realloc(v->v_name, room)) == NULL)
		return (ENOMEM);
	v->v_name = name;
	v->v_nameroom = room;
	return (0);
}

static void
fill(const struct vmap *v, const struct mapping *m, struct host_mapping *hm)
{
	hm->hm_generation = v->v_generation;
	hm->hm_start = m->m_start;
	hm->hm_end = m->m_end;
	hm->hm_offset = m->m_offset;
	hm->hm_prot = m->m_mode & (MM_READ | MM_WRITE | MM_EXEC);
	hm->hm_fileid = m->m_inode;
	hm->hm_fsid = (uint32_t)m->m_dev;
	hm->hm_file = false;
	hm->hm_path = NULL;
}

static int
query(struct vmap *v, uint64_t addr, bool next, bool name, struct mapping *m)
{
	struct map_query q = {.mq_size = sizeof(q), .mq_flags = next ? MQ_NEXT : 0, .mq_addr = addr};

	if (name) {
		q.mq_name = (uintptr_t)v->v_name;
		q.mq_namesize = NAME_ROOM;
		v->v_name[0] = '\0';
	}
	if (ioctl(v->v_text.t_fd, MAP_QUERY, &q) != 0)
		return (errno == ENOENT || errno == ENAMETOOLONG || errno == ENOMEM ? errno : ESRCH);
	m->m_start = q.mq_start;
	m->m_end = q.mq_end;
	m->m_offset = q.mq_offset;
	m->m_inode = q.mq_inode;
	m->m_dev = makedev(q.mq_major, q.mq_minor);
	m->m_mode = (unsigned)q.mq_has & (MM_READ | MM_WRITE | MM_EXEC | MM_SHARED);
	return (0);
}

/* The text does not tell a newline in a name from what it writes for one; the query has both as they are. */
static int
name_of_line(struct vmap *v, const struct mapline *line)
{
	size_t room = line->ml_length + 1;
	struct mapping m;
	int error = name_room(v, room > NAME_ROOM ? room : NAME_ROOM);

	if (error != 0)
		return (error);
	memcpy(v->v_name, line->ml_name, line->ml_length);
	v->v_name[line->ml_length] = '\0';
	if (strstr(v->v_name, "\\012") == NULL)
		return (0);
	if (probe_has(FT_MAP_QUERY) && query(v, line->ml_map.m_start, false, true, &m) == 0)
		return (0);
	memcpy(v->v_name, line->ml_name, line->ml_length);
	mapname_unescape(&line->ml_map, v->v_name);
	return (0);
}

/* The text stands at entry i. */
static int
by_text(struct linux_host *lh, struct vmap *v, size_t i, bool file, struct host_mapping *hm)
{
	struct mapline line;
	int error = v->v_text.t_whole && i % LOOK_EVERY == 0 ? alive(lh, v->v_tid) : 0;

	if (error != 0)
		return (error);
	if ((error = maptext_next(&v->v_text, &line)) == ENOENT && (error = alive(lh, v->v_tid)) == 0) {
		v->v_complete = v->v_complete || v->v_n == i;
		error = ENOENT;
	}
	if (error == 0 && i == v->v_n && (error = list_put(v, i, &line.ml_map)) == 0)
		v->v_n++;
	if (error != 0)
		return (error);
	fill(v, &line.ml_map, hm);
	v->v_addr = line.ml_map.m_end;
	if (!file || line.ml_map.m_inode == 0)
		return (0);
	if ((error = name_of_line(v, &line)) == 0)
		hm->hm_file = mapname_file(&line.ml_map, v->v_name, &hm->hm_path);
	return (error);
}

/* Any entry, by the text that is kept whole. */
static int
by_whole_text(struct linux_host *lh, struct vmap *v, size_t i, bool file, struct host_mapping *hm)
{
	bool changed;
	int error = v->v_text.t_whole && v->v_complete ? 0 : scan(lh, v, true, &changed);

	if (error != 0)
		return (error);
	if (i >= v->v_n)
		return (ENOENT);
	v->v_text.t_at = v->v_list[i].m_line;
	v->v_text.t_index = i;
	return (by_text(lh, v, i, file, hm));
}

/* A page of the kernel's own: the text has it, the query does not. */
static bool
is_kernels(const struct mapping *m)
{
	return (m->m_start >> 63 != 0);
}

/* Entry i, at that address or next after it.  EAGAIN: the list has another. */
static int
by_query(struct vmap *v, size_t i, uint64_t addr, bool file, struct host_mapping *hm)
{
	struct mapping m;
	int error = name_room(v, NAME_ROOM);

	if (error != 0 || (error = query(v, addr, true, file, &m)) != 0) {
		if (error != ENOENT || i >= v->v_n)
			return (error);
		m = v->v_list[i];
		if (!is_kernels(&m))
			return (EAGAIN);
	} else if (i < v->v_n && !same(&m, &v->v_list[i]))
		return (EAGAIN);
	fill(v, &m, hm);
	v->v_addr = m.m_end;
	if (file)
		hm->hm_file = mapname_file(&m, v->v_name, &hm->hm_path);
	return (0);
}

static bool
is_walk(const struct vmap *v, size_t i)
{
	return (v->v_steps > WALK_AFTER && i <= WALK_SKIP);
}

static int
walk_from(struct linux_host *lh, struct vmap *v, size_t i, bool file, struct host_mapping *hm)
{
	int error = maptext_rewind(&v->v_text);

	for (size_t k = 0; k <= i && error == 0; k++)
		error = by_text(lh, v, k, file && k == i, hm);
	return (error);
}

static int
by_number(struct linux_host *lh, struct vmap *v, size_t i, bool file, struct host_mapping *hm)
{
	int error;

	if (is_walk(v, i))
		return (walk_from(lh, v, i, file, hm));
	if (i >= v->v_n && i != 0 && (v->v_steps == 0 || v->v_complete) && (error = complete(lh, v)) != 0)
		return (error);
	if (i >= v->v_n && v->v_complete)
		return (ENOENT);
	error = by_query(v, i, i < v->v_n ? v->v_list[i].m_start : i == 0 ? 0 : v->v_addr, file, hm);
	if (error == ENOENT && !v->v_complete) {
		/* The last, or one of the kernel's own. */
		if ((error = complete(lh, v)) == 0)
			error = i < v->v_n ? by_query(v, i, v->v_list[i].m_start, file, hm) : ENOENT;
	}
	if (error == EAGAIN && (error = start_over(lh, v)) == 0)
		error = by_whole_text(lh, v, i, file, hm);
	return (error == ENAMETOOLONG ? by_whole_text(lh, v, i, file, hm) : error);
}

static int
give(struct linux_host *lh, struct vmap *v, size_t i, bool file, struct host_mapping *hm)
{
	if (v->v_text.t_placed && v->v_text.t_index == i)
		return (by_text(lh, v, i, file, hm));
	if (probe_has(FT_MAP_QUERY))
		return (by_number(lh, v, i, file, hm));
	return (i == 0 && !v->v_text.t_whole ? walk_from(lh, v, i, file, hm) : by_whole_text(lh, v, i, file, hm));
}

/* What was read ahead is for a walk that goes on; a new one is to see the names as they are now. */
static void
count_steps(struct vmap *v, size_t i)
{
	v->v_steps = i != 0 && i == v->v_next ? v->v_steps + 1 : i == 0 ? 1 : 0;
	if (v->v_steps < 2 && (probe_has(FT_MAP_QUERY) || !v->v_text.t_whole))
		maptext_drop(&v->v_text);
}

/* ---- the operations ---- */

static int
find(struct linux_host *lh, pid_t tid, const struct lwp **l, struct vmap **v)
{
	struct lwp *of = lwp_find(lh, tid);

	if (of == NULL)
		return (ESRCH);
	*l = of;
	*v = vmap_get(lh, of->l_proc);
	return (*v == NULL ? ENOMEM : 0);
}

int
lx_map_entry(struct host *h, pid_t pid, pid_t tid, size_t index, bool file, struct host_mapping *hm, size_t *entries)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *l;
	struct vmap *v;
	int error = find(lh, tid, &l, &v);

	(void)pid;
	if (error != 0)
		return (error);
	count_steps(v, index);
	if ((error = look(lh, v, l, index == 0)) != 0)
		return (error);
	v->v_told = true;
	error = give(lh, v, index, file, hm);
	*entries = v->v_n;
	if (error == 0)
		v->v_next = index + 1;
	return (error);
}

int
lx_map_generation(struct host *h, pid_t pid, pid_t tid, int *generation)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *l;
	struct vmap *v;
	int error = find(lh, tid, &l, &v);

	(void)pid;
	if (error != 0 || (error = look(lh, v, l, true)) != 0 || (error = alive(lh, v->v_tid)) != 0)
		return (error);
	v->v_told = true;
	*generation = v->v_generation;
	return (0);
}

/* ---- where there is memory ---- */

static const struct mapping *
list_find(const struct vmap *v, uint64_t addr)
{
	size_t low = 0, high = v->v_n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (addr >= v->v_list[mid].m_end)
			low = mid + 1;
		else
			high = mid;
	}
	return (low < v->v_n && addr >= v->v_list[low].m_start ? &v->v_list[low] : NULL);
}

int
map_find(struct linux_host *lh, const struct lwp *l, uint64_t addr, uint64_t *start, uint64_t *end)
{
	struct vmap *v = vmap_get(lh, l->l_proc);
	const struct mapping *m;
	struct mapping found;
	int error;

	if (v == NULL)
		return (ENOMEM);
	if (addr < v->v_low || addr >= v->v_high) {
		m = &found;
		if ((error = open_text(lh, v, l)) != 0)
			return (error);
		if (probe_has(FT_MAP_QUERY))
			error = query(v, addr, false, false, &found);
		else if ((error = look(lh, v, l, false)) == 0 && (error = complete(lh, v)) == 0)
			error = (m = list_find(v, addr)) == NULL ? ENOENT : 0;
		if (error != 0)
			return (error);
		v->v_low = m->m_start;
		v->v_high = m->m_end;
	}
	*start = v->v_low;
	*end = v->v_high;
	return (0);
}

size_t
map_reach(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len)
{
	uint64_t start, end;
	size_t done = 0;
	int error = 0;

	while (done < len && (error = map_find(lh, l, addr + done, &start, &end)) == 0)
		done = end - addr < len ? (size_t)(end - addr) : len;
	return (error == 0 || error == ENOENT || error == ESRCH ? done : len);
}
