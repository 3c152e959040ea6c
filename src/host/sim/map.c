/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory maps of simulated processes: what they look like, and the operations that ask for them.
 *
 *   SIM_BASE          +1 +2      +3         +4          SIM_BASE + n pages
 *   [text, a file ][data]  hole  [nothing's] [a shared file, gone] [what SC_MMAP has mapped] ...
 *
 * The two pages of data are memory that can be read and written (target.c); the others are but entries.
 */
#include "host/sim/sim.h"

#include <errno.h>
#include <string.h>

#define BEGIN(host, may) \
	do { \
		int fault_; \
		if (sim_fault(SIM(host), (may), &fault_)) \
			return (fault_); \
	} while (0)

#define PAGE(n) (SIM_BASE + (n) * (uint64_t)SIM_PAGE)

static const struct host_mapping always[] = {
    {.hm_start = PAGE(0), .hm_end = PAGE(1), .hm_offset = 0x1000, .hm_prot = 5, .hm_file = true, .hm_fileid = 11,
	.hm_fsid = 7, .hm_path = "/sim/text"},
    {.hm_start = PAGE(1), .hm_end = PAGE(2), .hm_prot = 3},
    {.hm_start = PAGE(3), .hm_end = PAGE(4), .hm_prot = 7},
    {.hm_start = PAGE(5), .hm_end = PAGE(6), .hm_prot = 1, .hm_file = true, .hm_fileid = 12, .hm_fsid = 7},
};

#define ALWAYS (sizeof(always) / sizeof(always[0]))

size_t
sim_map_entries(const struct sim_proc *sp)
{
	size_t n = ALWAYS;

	for (unsigned bit = 0; bit < SIM_MAPS; bit++)
		n += (sp->sp_mapped & (1u << bit)) != 0;
	return (n);
}

struct host_mapping
sim_mapping(const struct sim_proc *sp, size_t index)
{
	unsigned bit = 0;
	struct host_mapping hm = {.hm_prot = 3};

	if (index < ALWAYS)
		return (always[index]);
	for (index -= ALWAYS; index > 0 || (sp->sp_mapped & (1u << bit)) == 0; bit++)
		index -= (sp->sp_mapped & (1u << bit)) != 0;
	hm.hm_start = PAGE(8 + bit);
	hm.hm_end = PAGE(9 + bit);
	return (hm);
}

/* ---- what changes it ---- */

void
sim_map_change(struct sim_proc *sp, uint32_t mapped)
{
	if (sp->sp_mapped != mapped)
		sp->sp_generation++;
	sp->sp_mapped = mapped;
}

/* ---- the operations ---- */

static int
find(struct host *host, pid_t pid, pid_t tid, struct sim_proc **sp)
{
	const struct sim_thread *st = sim_thread(SIM(host), tid);

	*sp = sim_proc(SIM(host), pid);
	return (*sp == NULL || st == NULL || !st->st_traced || st->st_dead || st->st_killed ? ESRCH : 0);
}

int
sim_map_generation(struct host *host, pid_t pid, pid_t tid, int *generation)
{
	struct sim_proc *sp;
	int error;

	BEGIN(host, ENOMEM);
	if ((error = find(host, pid, tid, &sp)) != 0)
		return (error);
	*generation = sp->sp_generation;
	return (0);
}

int
sim_map_entry(struct host *host, pid_t pid, pid_t tid, size_t index, bool file, struct host_mapping *hm, size_t *entries)
{
	struct sim_proc *sp;
	int error;

	BEGIN(host, ENOMEM);
	if ((error = find(host, pid, tid, &sp)) != 0)
		return (error);
	if (index >= (*entries = sim_map_entries(sp)))
		return (ENOENT);
	*hm = sim_mapping(sp, index);
	hm->hm_generation = sp->sp_generation;
	if (!file)
		hm->hm_file = false;
	return (0);
}
