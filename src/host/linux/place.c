/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Steering: a stopped thread that may run on the tracer's processor alone wakes up there, so for the moment of its
 * resume it may not run elsewhere.  Its mask is put back at once, and nobody is to be able to tell:
 *
 * - It may run before it is put back, if it takes the processor from us.  So only such resumes are steered as end
 *   before the thread can see, change or hand on its mask: of its own code up to its next system call, of a call that is
 *   known to be calm, of an instruction that makes no call.
 * - We may be killed before it is put back, and the kernel undoes nothing then.  So only threads are steered that
 *   the kernel kills with us (PTRACE_O_EXITKILL).
 * - Others may change the mask too.  So it is read before each steering, and again before it is put back: what is not
 *   ours then stays.  Linux has no way to change it only if nobody else has: a change that falls between such a look and
 *   our write, less than a microsecond later, is lost.
 *
 * Where the mask is all that the thread's cpuset has it is put back as "all", so that it still follows the cpuset.
 */
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/linux/place.h"

#define MASK_MAX (8192 / 8) /* bytes: no kernel is made for more processors */
#define WORD (8 * sizeof(unsigned long))
#define KNOWN 4

/* What is known of a thread that was steered lately. */
struct known {
	pid_t k_tid, k_pid;
	bool k_seen;  /* its mask was looked into: the next three */
	bool k_unfit; /* it cannot be steered, or would not let us go on */
	bool k_all;   /* it may run wherever its cpuset lets it */
	unsigned long *k_mask;
	uint64_t k_calm; /* of its process' descriptors 0 to 63, those that are calm files */
};

struct place {
	bool pl_auto;
	size_t pl_words; /* of a mask */
	struct place_counts pl_counts;
	struct pays pl_pays;
	struct known pl_known[KNOWN];
	unsigned long *pl_all, *pl_now, *pl_here;
	unsigned long pl_masks[]; /* of those three, and of each known */
};

/* ---- masks ---- */

static int
get(const struct place *pl, pid_t tid, unsigned long *mask)
{
	memset(mask, 0, pl->pl_words * sizeof(*mask));
	return (syscall(SYS_sched_getaffinity, tid, pl->pl_words * sizeof(*mask), mask) == -1 ? errno : 0);
}

static int
set(const struct place *pl, pid_t tid, const unsigned long *mask)
{
	return (syscall(SYS_sched_setaffinity, tid, pl->pl_words * sizeof(*mask), mask) != 0 ? errno : 0);
}

static bool
same(const struct place *pl, const unsigned long *a, const unsigned long *b)
{
	return (memcmp(a, b, pl->pl_words * sizeof(*a)) == 0);
}

static bool
has(const struct place *pl, const unsigned long *mask, unsigned cpu)
{
	return (cpu / WORD < pl->pl_words && (mask[cpu / WORD] >> cpu % WORD & 1) != 0);
}

static void
make_only(const struct place *pl, unsigned long *mask, unsigned cpu)
{
	memset(mask, 0, pl->pl_words * sizeof(*mask));
	mask[cpu / WORD] = 1UL << cpu % WORD;
}

/* How many words the kernel's masks have; 0: they are not to be had. */
static size_t
mask_words(void)
{
	unsigned long mask[MASK_MAX / sizeof(unsigned long)];

	for (size_t words = 1; words <= sizeof(mask) / sizeof(mask[0]); words *= 2)
		if (syscall(SYS_sched_getaffinity, 0, words * sizeof(mask[0]), mask) != -1)
			return (words);
	return (0);
}

/* ---- what is known of threads ---- */

static struct known *
known_of(struct place *pl, const struct lwp *l)
{
	struct known *k = &pl->pl_known[(unsigned)l->l_tid % KNOWN];

	if (k->k_tid != l->l_tid) {
		k->k_tid = l->l_tid;
		k->k_pid = l->l_proc->x_pid;
		k->k_seen = false;
		k->k_calm = 0;
	}
	return (k);
}

void
place_forget(struct linux_host *lh, pid_t pid)
{
	for (size_t i = 0; lh->lh_place != NULL && i < KNOWN; i++)
		if (lh->lh_place->pl_known[i].k_pid == pid)
			lh->lh_place->pl_known[i].k_tid = lh->lh_place->pl_known[i].k_pid = 0;
}

static void
forget_descriptors(struct place *pl, pid_t pid)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (pl->pl_known[i].k_pid == pid)
			pl->pl_known[i].k_calm = 0;
}

/*
 * Its mask is not what it was when it was looked into, or never was.  One that real time has runs as soon as it is
 * woken, and we no more.
 */
static void
look_into(struct place *pl, struct known *k)
{
	int policy = sched_getscheduler(k->k_tid) & ~SCHED_RESET_ON_FORK;

	pl->pl_counts.pc_asked++;
	memcpy(k->k_mask, pl->pl_now, pl->pl_words * sizeof(*k->k_mask));
	k->k_seen = true;
	k->k_all = false;
	k->k_unfit = policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE;
	if (k->k_unfit)
		return;
	if (set(pl, k->k_tid, pl->pl_all) != 0) {
		k->k_unfit = true;
		return;
	}
	k->k_all = get(pl, k->k_tid, pl->pl_now) == 0 && same(pl, pl->pl_now, k->k_mask);
	if (!k->k_all)
		(void)set(pl, k->k_tid, k->k_mask);
}

/* ---- is it calm until it stops again? ---- */

/* /proc/PID/status shows masks, what is written to a cgroup changes them, and others may make descriptors. */
static bool
is_calm_file(pid_t tid, unsigned fd)
{
	char path[64];
	struct statfs fs;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%u", tid, fd);
	if (statfs(path, &fs) != 0)
		return (false);
	switch (fs.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case ANON_INODE_FS_MAGIC:
		return (false);
	default:
		return (true);
	}
}

static bool
calm_descriptor(struct place *pl, const struct lwp *l, uint64_t fd)
{
	struct known *k = known_of(pl, l);

	if (fd > 63)
		return (false);
	if ((k->k_calm >> fd & 1) == 0 && is_calm_file(l->l_tid, (unsigned)fd))
		k->k_calm |= UINT64_C(1) << fd;
	return ((k->k_calm >> fd & 1) != 0);
}

/* Of the call it is about to make. */
static bool
calm_call(struct linux_host *lh, const struct lwp *l)
{
	struct place *pl = lh->lh_place;
	struct call_info info;

	if (!info_read(lh, l, &info) || info.ci_op == CALL_INFO_EXIT)
		return (false);
	switch (arch_calm(info.ci_arch, info.ci_call.number)) {
	case CALM_YES:
		return (true);
	case CALM_FILE:
		return (calm_descriptor(pl, l, info.ci_call.args[0]));
	case CALM_OPENS:
		forget_descriptors(pl, l->l_proc->x_pid);
		return (true);
	case CALM_NOT:
		break;
	}
	return (false);
}

static bool
only_thread(const struct lwp *l)
{
	return (l->l_proc->x_lwps == l && l->l_next == NULL);
}

/* With sig a handler may be the next; a call that was broken off is made again. */
static bool
calm_step(struct linux_host *lh, const struct lwp *l, int sig)
{
	struct machine_regs regs;

	return (sig == 0 && only_thread(l) && regs_read(lh, l, &regs) == 0 && arch_call(&regs) == -1 &&
	    !lx_at_call(&lh->lh_host, l->l_tid));
}

static bool
is_calm(struct linux_host *lh, const struct lwp *l, enum resume_mode mode, int sig)
{
	if (mode == RM_SYSCALL)
		return (l->l_atexit || (l->l_atentry && calm_call(lh, l)));
	return (mode == RM_STEP && calm_step(lh, l, sig));
}

/*
 * Other threads of the process could look at this one's mask; while all its events are of this one they do not
 * get to a call.
 */
static bool
is_wanted(struct place *pl, const struct lwp *l, enum resume_mode mode)
{
	if (!l->l_mortal || l->l_owner != self_tid() || mode == RM_CONT)
		return (false);
	if (pl->pl_auto)
		return (pays_now(&pl->pl_pays, l->l_tid));
	return (only_thread(l) || pays_alone(&pl->pl_pays, l->l_tid));
}

bool
place_wanted(struct linux_host *lh, const struct lwp *l, enum resume_mode mode, int sig)
{
	if (is_wanted(lh->lh_place, l, mode) && is_calm(lh, l, mode, sig))
		return (true);
	/* It may make calls, and we do not know which. */
	if (mode != RM_SYSCALL || !l->l_atexit)
		place_forget(lh, l->l_proc->x_pid);
	return (false);
}

/* ---- steering ---- */

bool
place_narrow(struct linux_host *lh, const struct lwp *l)
{
	struct place *pl = lh->lh_place;
	struct known *k = known_of(pl, l);
	int cpu;

	if (get(pl, l->l_tid, pl->pl_now) != 0)
		return (false);
	if (!k->k_seen || !same(pl, pl->pl_now, k->k_mask))
		look_into(pl, k);
	cpu = sched_getcpu();
	if (k->k_unfit || cpu < 0 || !has(pl, k->k_mask, (unsigned)cpu))
		return (false);
	make_only(pl, pl->pl_here, (unsigned)cpu);
	if (same(pl, pl->pl_here, k->k_mask))
		return (false);
	k->k_unfit = set(pl, l->l_tid, pl->pl_here) != 0;
	pl->pl_counts.pc_steered += !k->k_unfit;
	return (!k->k_unfit);
}

void
place_widen(struct linux_host *lh, pid_t tid)
{
	struct place *pl = lh->lh_place;
	const struct known *k = &pl->pl_known[(unsigned)tid % KNOWN];

	__atomic_store_n(&lh->lh_beside, true, __ATOMIC_RELAXED);
	if (get(pl, tid, pl->pl_now) != 0 || !same(pl, pl->pl_now, pl->pl_here))
		return;
	/* EINVAL: its cpuset has become another one, and has nothing of the mask. */
	if (set(pl, tid, k->k_all ? pl->pl_all : k->k_mask) == EINVAL)
		(void)set(pl, tid, pl->pl_all);
}

/*
 * A thread that was woken beside us has often stopped again once we have stood back for it: then the wait finds it, and
 * neither has to be woken.
 */
void
place_wait(struct linux_host *lh)
{
	if (!__atomic_load_n(&lh->lh_beside, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&lh->lh_beside, false, __ATOMIC_RELAXED);
	(void)sched_yield();
}

/* ---- the policy ---- */

static struct place *
place_new(size_t words)
{
	struct place *pl = calloc(1, sizeof(*pl) + (3 + KNOWN) * words * sizeof(pl->pl_masks[0]));

	if (pl == NULL)
		return (NULL);
	pl->pl_words = words;
	pl->pl_all = &pl->pl_masks[0];
	pl->pl_now = &pl->pl_masks[words];
	pl->pl_here = &pl->pl_masks[2 * words];
	for (size_t i = 0; i < KNOWN; i++)
		pl->pl_known[i].k_mask = &pl->pl_masks[(3 + i) * words];
	memset(pl->pl_all, 0xff, words * sizeof(pl->pl_all[0]));
	return (pl);
}

void
place_event(struct linux_host *lh, pid_t tid)
{
	pays_event(&lh->lh_place->pl_pays, tid);
}

int
lx_place(struct host *h, enum host_place policy)
{
	struct linux_host *lh = linux_host(h);
	size_t words = policy == HP_OFF ? 0 : mask_words();
	struct place *pl = NULL;

	/* Where a filter of system calls keeps masks from us there is nothing to be done. */
	if (words != 0 && (pl = place_new(words)) == NULL)
		return (ENOMEM);
	if (pl != NULL)
		pl->pl_auto = policy == HP_AUTO;
	free(lh->lh_place);
	lh->lh_place = pl;
	return (0);
}

struct place_counts
place_counts(const struct linux_host *lh)
{
	return (lh->lh_place == NULL ? (struct place_counts){ 0 } : lh->lh_place->pl_counts);
}
