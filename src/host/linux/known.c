/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of a process' memory, so that one system call is enough for an access.
 *
 * The memory file is the faster way for small accesses and the only one that forces, but it makes a stack grow
 * down to the address it is given, which a debugger must not.  So it is used at once only for what is known to be
 * mapped.  That is learnt from accesses that went well by a call that does not do so, page by page; after
 * some of them, and where force was needed, from the map.  It is forgotten when the process runs, with one exception:
 * a write that took force is tried by the file again, for that is what breakpoints are, where no stack is near.
 *
 * The file's descriptor is the program's to close, and to use its number again.  So it is looked at once in each
 * stop if its number is so high that nothing is opened there by itself, and else before each use.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "host/linux/memory.h"
#include "host/linux/probe.h"

#define PAGE  4096u /* the least a page can be */
#define MANY  16    /* small accesses pay for opening the file */
#define A_FEW 3	    /* accesses of strange memory pay for asking what else is mapped there */

struct memory *
memory_get(struct lxproc *x)
{
	struct memory *m = x->x_memory;

	if (m != NULL || (m = calloc(1, sizeof(*m))) == NULL)
		return (m);
	m->me_file.k_fd = m->me_slot = -1;
	m->me_run = 1;
	return (x->x_memory = m);
}

/* ---- the file ---- */

static void
file_close(struct linux_host *lh, struct memory *m)
{
	kept_close(&m->me_file);
	if (m->me_slot != -1)
		lh->lh_files[m->me_slot] = NULL;
	m->me_slot = -1;
	m->me_small = 0;
	m->me_looked = m->me_run - 1;
}

void
memory_free(struct linux_host *lh, struct lxproc *x)
{
	if (x->x_memory == NULL)
		return;
	file_close(lh, x->x_memory);
	free(x->x_memory);
	x->x_memory = NULL;
}

void
memory_runs(struct lxproc *x)
{
	if (x->x_memory == NULL)
		return;
	x->x_memory->me_run++;
	x->x_memory->me_strange = 0;
}

/* Not one for each process there may be: the program needs some too. */
static void
file_open(struct linux_host *lh, const struct lwp *l, struct memory *m)
{
	char path[64];

	file_close(lh, m);
	lh->lh_nextfile = (lh->lh_nextfile + 1) % MEMORY_FILES;
	if (lh->lh_files[lh->lh_nextfile] != NULL)
		file_close(lh, lh->lh_files[lh->lh_nextfile]);
	/* Through a live thread: the first may have ended. */
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", l->l_proc->x_pid, l->l_tid);
	if (kept_open(&m->me_file, path, O_RDWR | O_LARGEFILE) != 0)
		return;
	m->me_slot = (int)lh->lh_nextfile;
	lh->lh_files[m->me_slot] = m;
}

int
memory_file(struct linux_host *lh, const struct lwp *l)
{
	struct memory *m = memory_get(l->l_proc);

	if (m == NULL)
		return (-1);
	if (kept_fd(&m->me_file) == -1)
		file_open(lh, l, m);
	if (kept_is_high(&m->me_file))
		m->me_looked = m->me_run;
	return (m->me_file.k_fd);
}

/* ---- the ranges ---- */

static bool
range_has(const struct memory *m, const struct range *r, uint64_t addr, uint64_t end)
{
	return (addr >= r->r_low && end <= r->r_high && r->r_run == m->me_run);
}

/* A write of before, which took force, and may so still? */
static bool
range_had(const struct range *r, uint64_t addr, uint64_t end)
{
	return (addr >= r->r_low && end <= r->r_high &&
	    (r->r_force & (RF_WRITE | RF_APART)) == (RF_WRITE | RF_APART));
}

static const struct range *
range_find(struct memory *m, uint64_t addr, uint64_t end, unsigned force)
{
	const struct range *found = NULL;

	if (range_has(m, &m->me_ranges[m->me_last], addr, end))
		return (&m->me_ranges[m->me_last]);
	for (unsigned i = 0; i < RANGES; i++) {
		if (range_has(m, &m->me_ranges[i], addr, end))
			return (&m->me_ranges[m->me_last = i]);
		if ((force & RF_WRITE) != 0 && range_had(&m->me_ranges[i], addr, end))
			found = &m->me_ranges[i];
	}
	return (found);
}

bool
known(const struct lxproc *x, uint64_t addr, size_t len)
{
	struct memory *m = x->x_memory;

	return (m != NULL && addr + len >= addr && range_find(m, addr, addr + len, 0) != NULL);
}

bool
known_forces(const struct lxproc *x, uint64_t addr, size_t len, unsigned force)
{
	struct memory *m = x->x_memory;
	const struct range *r = NULL;

	if (m != NULL && m->me_forced == m->me_run && addr + len >= addr)
		r = range_find(m, addr, addr + len, 0);
	return (r != NULL && (r->r_force & force) != 0);
}

int
known_file(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len, unsigned force)
{
	struct memory *m = l->l_proc->x_memory;
	const struct range *r;

	if (m == NULL || addr + len < addr || (r = range_find(m, addr, addr + len, force)) == NULL)
		return (-1);
	if ((r->r_force & force) == 0) {
		if (len > SMALL || (m->me_file.k_fd == -1 && ++m->me_small < MANY))
			return (-1);
	} else if (len > SMALL && r->r_run != m->me_run)
		return (-1);
	return (m->me_looked == m->me_run ? m->me_file.k_fd : memory_file(lh, l));
}

void
known_drop(struct lxproc *x)
{
	struct memory *m = x->x_memory;

	for (struct range *r = m->me_ranges; r < m->me_ranges + RANGES; r++)
		*r = (struct range){.r_run = 0};
	m->me_looked = m->me_run - 1;
}

static bool
goes_on(const struct memory *m, const struct range *r, const struct range *new)
{
	return (r->r_run == m->me_run && r->r_force == new->r_force && new->r_low <= r->r_high &&
	    r->r_low <= new->r_high);
}

/* The one it goes on, or one that is not needed any more: not those that a write may be tried in, if there are others. */
static struct range *
range_for(struct memory *m, const struct range *new)
{
	struct range *found = NULL;

	for (struct range *r = m->me_ranges; r < m->me_ranges + RANGES; r++) {
		if (goes_on(m, r, new))
			return (r);
		if (r->r_run != m->me_run && (found == NULL || (found->r_force & ~r->r_force & RF_APART) != 0))
			found = r;
	}
	return (found != NULL ? found : &m->me_ranges[m->me_next++ % RANGES]);
}

static void
range_add(struct memory *m, struct range new)
{
	struct range *r = range_for(m, &new);

	if (goes_on(m, r, &new)) {
		new.r_low = r->r_low < new.r_low ? r->r_low : new.r_low;
		new.r_high = r->r_high > new.r_high ? r->r_high : new.r_high;
	}
	*r = new;
}

static uint64_t
page(uint64_t addr)
{
	return (addr & ~(uint64_t)(PAGE - 1));
}

void
known_moved(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len)
{
	struct memory *m = memory_get(l->l_proc);
	uint64_t low = page(addr), high = page(addr + len + PAGE - 1), start, end;

	/* To pread() an offset is signed. */
	if (m == NULL || high > INT64_MAX || high <= low || range_find(m, low, high, 0) != NULL)
		return;
	if (len <= SMALL && ++m->me_strange > A_FEW && probe_has(FT_MAP_QUERY) &&
	    map_find(lh, l, addr, &start, &end) == 0) {
		low = start;
		high = end > high ? end : high;
	}
	range_add(m, (struct range){.r_low = low, .r_high = high, .r_run = m->me_run});
}

/* ---- stacks ---- */

/* Could the first thread's stack grow so far down that it has some of this? */
static bool
may_grow_to(struct linux_host *lh, const struct lwp *l, struct memory *m, uint64_t addr, uint64_t len)
{
	struct rlimit limit; /* the kernel takes that of who accesses */
	uint64_t end;

	if (m->me_stackbase == 0)
		m->me_stackbase = lx_stat_number(l->l_proc->x_pid, l->l_tid, STAT_STACK);
	if (m->me_stackbase == 0 || getrlimit(RLIMIT_STACK, &limit) != 0)
		return (true);
	if (addr >= m->me_stackbase ||
	    (limit.rlim_cur < m->me_stackbase && addr + len <= m->me_stackbase - limit.rlim_cur))
		return (false);
	if ((m->me_stacklow == 0 || addr < m->me_stacklow) &&
	    map_find(lh, l, m->me_stackbase, &m->me_stacklow, &end) != 0)
		m->me_stacklow = 0;
	return (m->me_stacklow == 0 || addr < m->me_stacklow);
}

void
known_forced(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len, unsigned force)
{
	struct memory *m = memory_get(l->l_proc);
	struct range new = {.r_low = page(addr), .r_high = page(addr + len + PAGE - 1), .r_force = force};
	uint64_t start, end;

	if (m == NULL || new.r_high > INT64_MAX || new.r_high <= new.r_low)
		return;
	if (probe_has(FT_MAP_QUERY) && map_find(lh, l, addr, &start, &end) == 0) {
		new.r_low = start;
		new.r_high = end > new.r_high ? end : new.r_high;
	}
	new.r_run = m->me_forced = m->me_run;
	if (!may_grow_to(lh, l, m, new.r_low, new.r_high - new.r_low))
		new.r_force |= RF_APART;
	range_add(m, new);
}

size_t
touchable(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len)
{
	struct memory *m = memory_get(l->l_proc);

	if (!probe_has(FT_MAP_QUERY) && m != NULL && !may_grow_to(lh, l, m, addr, len))
		return (len);
	return (map_reach(lh, l, addr, len));
}
