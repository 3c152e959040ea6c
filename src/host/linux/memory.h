/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a traced process, between the files that move it.
 */
#ifndef HOST_LINUX_MEMORY_H
#define HOST_LINUX_MEMORY_H

#include "host/linux/linux.h"

/* Up to here /proc/PID/mem is faster, which copies twice but begins at once; above it process_vm_readv and its twin. */
#define SMALL 8192

/* Memory that was found mapped without a hole. */
struct range {
	uint64_t r_low, r_high;
	unsigned r_run;	  /* me_run, when it was found */
	unsigned r_force; /* RF_ */
};

#define RF_READ	 0x1u /* reading takes force */
#define RF_WRITE 0x2u
#define RF_APART 0x4u /* no stack grows so far that it would have some of this, were it not mapped any more */

#define RANGES 8

struct memory {
	struct kept me_file; /* /proc/PID/mem */
	int me_slot;	     /* of lh_files, or -1 */
	unsigned me_run;     /* how often the process was resumed */
	unsigned me_looked;  /* me_run, when me_file was last seen to be ours */
	unsigned me_small;   /* accesses for which me_file would have been the faster way */
	unsigned me_strange; /* accesses since the process ran last, of memory that was not known */
	unsigned me_forced;  /* me_run, when force was needed last */
	bool me_refused;     /* process_vm_readv and its twin are not permitted */
	unsigned me_last;    /* of me_ranges: where the latest access was */
	unsigned me_next;    /* the next to be given up */
	struct range me_ranges[RANGES];
	uint64_t me_stackbase; /* where its first thread's stack began, or 0; and the */
	uint64_t me_stacklow;  /* lowest address it is known to have reached */
};

/* ---- known.c ---- */

struct memory *memory_get(struct lxproc *); /* NULL: no memory */
/* The memory file, looked at or opened.  -1: it is not to be had. */
int memory_file(struct linux_host *, const struct lwp *);
/* The memory file, if it is known to be the one call that this access takes; else -1. */
int known_file(struct linux_host *, const struct lwp *, uint64_t addr, size_t len, unsigned force);
/* What is most often so: it is where the last access was, in the same stop. */
static inline const struct range *
known_near(const struct memory *m, uint64_t addr, size_t len)
{
	const struct range *r;

	if (m == NULL)
		return (NULL);
	r = &m->me_ranges[m->me_last];
	return (r->r_run == m->me_run && addr >= r->r_low && addr <= r->r_high && len <= r->r_high - addr ? r : NULL);
}
/* Is all of it known to be mapped? */
bool known(const struct lxproc *, uint64_t addr, size_t len);
/* And to take force? */
bool known_forces(const struct lxproc *, uint64_t addr, size_t len, unsigned force);
/* What was known was wrong. */
void known_drop(struct lxproc *);
/* This was moved without force. */
void known_moved(struct linux_host *, const struct lwp *, uint64_t addr, size_t len);
/* And this with it. */
void known_forced(struct linux_host *, const struct lwp *, uint64_t addr, size_t len, unsigned force);
/* How many bytes from addr on may be touched, at most len. */
size_t touchable(struct linux_host *, const struct lwp *, uint64_t addr, size_t len);

#endif
