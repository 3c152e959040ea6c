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

/* It may not be stopped itself but wait for the child of a vfork.  Its memory goes after its end has begun. */
int
vmap_alive(struct linux_host *lh, pid_t tid)
{
	struct host_facts facts;

	if (lx_alive(&lh->lh_host, tid) == 0)
		return (0);
	return (lx_facts(&lh->lh_host, tid, &facts) != 0 || facts.hf_dying ? ESRCH : 0);
}

/* ---- the list ---- */

bool
mapping_same(const struct mapping *a, const struct mapping *b)
{
	return (a->m_start == b->m_start && a->m_end == b->m_end && a->m_offset == b->m_offset &&
	    a->m_inode == b->m_inode && a->m_dev == b->m_dev && a->m_mode == b->m_mode);
}

int
vmap_put(struct vmap *v, size_t i, const struct mapping *m)
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

int
vmap_scan(struct linux_host *lh, struct vmap *v, bool keep, bool *changed)
{
	struct mapline line;
	size_t i = 0;
	int error = maptext_rewind(&v->v_text);

	*changed = !v->v_complete;
	v->v_complete = false;
	v->v_text.t_whole = keep;
	while (error == 0 && (error = maptext_next(&v->v_text, &line)) == 0) {
		*changed = *changed || i >= v->v_n || !mapping_same(&v->v_list[i], &line.ml_map);
		if ((error = vmap_put(v, i, &line.ml_map)) == 0)
			i++;
	}
	*changed = *changed || i != v->v_n;
	v->v_n = i;
	if (error == ENOENT)
		error = vmap_alive(lh, v->v_tid);
	v->v_complete = error == 0;
	v->v_text.t_at = v->v_text.t_index = 0;
	v->v_text.t_placed = keep && error == 0;
	if (!v->v_text.t_placed)
		maptext_drop(&v->v_text);
	return (error);
}

/* ---- when it is known to be as it was ---- */

struct vmap *
vmap_get(struct linux_host *lh, struct lxproc *x)
{
	struct vmap *v = x->x_map;

	if (v != NULL || (v = calloc(1, sizeof(*v))) == NULL)
		return (v);
	v->v_text.t_file.k_fd = -1;
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
		(void)vmap_scan(lh, v, false, &changed); /* if that fails it is said to have changed */
	maptext_drop(&v->v_text);
	v->v_current = false;
	v->v_steps = 0;
}

void
vmap_resume(struct linux_host *lh, struct lxproc *x)
{
	if (x->x_map != NULL)
		vmap_leave(lh, x->x_map);
	memory_runs(x);
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
	const struct lwp *of = v->v_text.t_file.k_fd == -1 ? NULL : lwp_find(lh, v->v_tid);
	char path[64];

	if (of != NULL && of->l_proc == l->l_proc)
		return (0);
	maptext_close(&v->v_text);
	v->v_tid = l->l_tid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", l->l_proc->x_pid, l->l_tid);
	return (maptext_open(&v->v_text, path));
}

int
vmap_look(struct linux_host *lh, struct vmap *v, const struct lwp *l, bool again)
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
		if ((error = vmap_scan(lh, v, true, &changed)) != 0)
			return (error);
		if (changed)
			new_generation(lh, v);
	}
	v->v_current = true;
	return (0);
}

bool
vmap_lost(struct vmap *v)
{
	(void)kept_fd(&v->v_text.t_file);
	if (!v->v_text.t_file.k_lost)
		return (false);
	v->v_text.t_file.k_lost = v->v_current = false;
	maptext_drop(&v->v_text);
	return (true);
}

int
vmap_start_over(struct linux_host *lh, struct vmap *v)
{
	bool changed;

	new_generation(lh, v);
	v->v_suspect = true;
	return (vmap_scan(lh, v, true, &changed));
}

int
vmap_complete(struct linux_host *lh, struct vmap *v)
{
	bool changed;

	return (v->v_complete ? 0 : vmap_scan(lh, v, !probe_has(FT_MAP_QUERY), &changed));
}

/* ---- the query ---- */

int
vmap_query(struct vmap *v, uint64_t addr, bool next, bool name, struct mapping *m)
{
	struct map_query q = {.mq_size = sizeof(q), .mq_flags = next ? MQ_NEXT : 0, .mq_addr = addr};

	if (name) {
		q.mq_name = (uintptr_t)v->v_name;
		q.mq_namesize = NAME_ROOM;
		v->v_name[0] = '\0';
	}
	if (ioctl(v->v_text.t_file.k_fd, MAP_QUERY, &q) != 0)
		return (errno == ENOENT || errno == ENAMETOOLONG || errno == ENOMEM ? errno : ESRCH);
	m->m_start = q.mq_start;
	m->m_end = q.mq_end;
	m->m_offset = q.mq_offset;
	m->m_inode = q.mq_inode;
	m->m_dev = makedev(q.mq_major, q.mq_minor);
	m->m_mode = (unsigned)q.mq_has & (MM_READ | MM_WRITE | MM_EXEC | MM_SHARED);
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

/* Into v_low and v_high, if it is not that one. */
static int
find_around(struct linux_host *lh, struct vmap *v, const struct lwp *l, uint64_t addr)
{
	const struct mapping *m;
	struct mapping found;
	int error;

	if (addr >= v->v_low && addr < v->v_high)
		return (0);
	m = &found;
	if ((error = open_text(lh, v, l)) != 0)
		return (error);
	if (probe_has(FT_MAP_QUERY))
		error = vmap_query(v, addr, false, false, &found);
	else if ((error = vmap_look(lh, v, l, false)) == 0 && (error = vmap_complete(lh, v)) == 0)
		error = (m = list_find(v, addr)) == NULL ? ENOENT : 0;
	if (error != 0)
		return (error);
	v->v_low = m->m_start;
	v->v_high = m->m_end;
	return (0);
}

int
map_find(struct linux_host *lh, const struct lwp *l, uint64_t addr, uint64_t *start, uint64_t *end)
{
	struct vmap *v = vmap_get(lh, l->l_proc);
	int error;

	if (v == NULL)
		return (ENOMEM);
	if ((error = find_around(lh, v, l, addr)) == ESRCH && vmap_lost(v))
		error = find_around(lh, v, l, addr);
	if (error != 0)
		return (error);
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
