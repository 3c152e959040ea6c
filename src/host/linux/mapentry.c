/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One entry of a map, by its number; maps.c says which way is taken when.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/linux/maps.h"
#include "host/linux/probe.h"

#define WALK_AFTER 3  /* entries asked for in order are a walk from the fourth on, */
#define WALK_SKIP  16 /* if it began near the map's beginning */
#define LOOK_EVERY 64 /* entries given from memory, until the process is looked at */

static int
name_room(struct vmap *v, size_t room)
{
	char *name;

	if (room <= v->v_nameroom)
		return (0);
	if ((name = calloc(1, room)) == NULL) /* what is in it is not wanted any more */
		return (ENOMEM);
	free(v->v_name);
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
	if (probe_has(FT_MAP_QUERY) && vmap_query(v, line->ml_map.m_start, false, true, &m) == 0)
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
	int error = v->v_text.t_whole && i % LOOK_EVERY == 0 ? vmap_alive(lh, v->v_tid) : 0;

	if (error != 0)
		return (error);
	if ((error = maptext_next(&v->v_text, &line)) == ENOENT && (error = vmap_alive(lh, v->v_tid)) == 0) {
		v->v_complete = v->v_complete || v->v_n == i;
		error = ENOENT;
	}
	if (error == 0 && i == v->v_n && (error = vmap_put(v, i, &line.ml_map)) == 0)
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
	int error = v->v_text.t_whole && v->v_complete ? 0 : vmap_scan(lh, v, true, &changed);

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

	if (error != 0 || (error = vmap_query(v, addr, true, file, &m)) != 0) {
		if (error != ENOENT || i >= v->v_n)
			return (error);
		m = v->v_list[i];
		if (!is_kernels(&m))
			return (EAGAIN);
	} else if (i < v->v_n && !mapping_same(&m, &v->v_list[i]))
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
	if (i >= v->v_n && i != 0 && (v->v_steps == 0 || v->v_complete) && (error = vmap_complete(lh, v)) != 0)
		return (error);
	if (i >= v->v_n && v->v_complete)
		return (ENOENT);
	error = by_query(v, i, i < v->v_n ? v->v_list[i].m_start : i == 0 ? 0 : v->v_addr, file, hm);
	if (error == ENOENT && !v->v_complete) {
		/* The last, or one of the kernel's own. */
		if ((error = vmap_complete(lh, v)) == 0)
			error = i < v->v_n ? by_query(v, i, v->v_list[i].m_start, file, hm) : ENOENT;
	}
	if (error == EAGAIN && (error = vmap_start_over(lh, v)) == 0)
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

static int
look_and_give(struct linux_host *lh, struct vmap *v, const struct lwp *l, size_t i, bool file, struct host_mapping *hm)
{
	int error = vmap_look(lh, v, l, i == 0);

	if (error != 0)
		return (error);
	v->v_told = true;
	return (give(lh, v, i, file, hm));
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
	error = look_and_give(lh, v, l, index, file, hm);
	if (error == ESRCH && vmap_lost(v))
		error = look_and_give(lh, v, l, index, file, hm);
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
	if (error != 0)
		return (error);
	if ((error = vmap_look(lh, v, l, true)) == ESRCH && vmap_lost(v))
		error = vmap_look(lh, v, l, true);
	if (error != 0 || (error = vmap_alive(lh, v->v_tid)) != 0)
		return (error);
	v->v_told = true;
	*generation = v->v_generation;
	return (0);
}
