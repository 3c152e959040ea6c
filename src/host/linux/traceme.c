/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_TRACE_ME, made by the process that is to be the target: often the child of a vfork, whose memory is the
 * tracer's.  Nothing of the tracer's state is read or written, but for what stands here.
 *
 * Linux stops a traced child for each of its signals, and a stop of a vfork child before its exec nobody can answer:
 * only the thread that forked it may, which waits for that exec.  So the child blocks all signals, and its new
 * image begins with the mask the child would have had.  What it was sent meanwhile is reported then.
 * From: decisions.md, 25; stops.md, 8.
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define SLOTS 64 /* vfork children between their request and their first stop, at one time */

/* Two that no set of the C library's blocks: while they are, the mask is ours. */
#define INTERNAL (UINT64_C(1) << 31 | UINT64_C(1) << 32)
/* But that which Linux stops it with after the exec. */
#define HELD (~(UINT64_C(1) << (SIGTRAP - 1)))

/* Seen by parent and child, as all their memory is. */
static struct waiting {
	_Atomic pid_t pid;
	uint64_t mask;
} waiting[SLOTS];

/* Linux traces threads; who asks for a process asks for all of them. */
static bool
any_thread_traced(void)
{
	struct status st;
	pid_t tids[64];
	size_t room = sizeof(tids) / sizeof(tids[0]), n = room;

	if (lx_threads(NULL, getpid(), tids, &n) != 0)
		return (false);
	for (size_t i = 0; i < n && i < room; i++)
		if (status_read(tids[i], &st) == 0 && st.st_tracer != 0)
			return (true);
	return (false);
}

static bool
shares_memory(pid_t pid, pid_t parent)
{
	return (syscall(SYS_kcmp, pid, parent, KCMP_VM, 0, 0) == 0);
}

static void
set_mask(uint64_t mask, uint64_t *old)
{
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, old, sizeof(mask));
}

static struct waiting *
find(pid_t pid)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (atomic_load(&waiting[i].pid) == pid)
			return (&waiting[i]);
	return (NULL);
}

/* One whose child never came to an exec is free again when the child is gone. */
static bool
take(struct waiting *w, pid_t pid)
{
	pid_t was = atomic_load(&w->pid);

	return ((was == 0 || kill(was, 0) != 0) && atomic_compare_exchange_strong(&w->pid, &was, pid));
}

static struct waiting *
hold_signals(pid_t pid)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (take(&waiting[i], pid)) {
			set_mask(HELD, &waiting[i].mask);
			return (&waiting[i]);
		}
	return (NULL);
}

static void
release_signals(struct waiting *w)
{
	if (w == NULL)
		return;
	set_mask(w->mask, NULL);
	atomic_store(&w->pid, 0);
}

/*
 * Init traces nobody, but the tracer may be process 1 itself, as in a container.  A child of it knows that from these,
 * whether it has the tracer's memory (vfork) or a copy.
 */
static pid_t born_as, born_of;

void
lx_born(void)
{
	born_of = born_as;
	born_as = getpid();
}

bool
parent_is_init(pid_t ppid)
{
	return (ppid == 1 && born_as != 1 && born_of != 1);
}

int
lx_traceme(void)
{
	struct waiting *held = NULL;

	if (any_thread_traced())
		return (EBUSY);
	if (shares_memory(getpid(), getppid()))
		held = hold_signals(getpid());
	do {
		if (parent_is_init(getppid()) || syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) != 0) {
			release_signals(held);
			return (EPERM);
		}
	} while (!leaving_traced_still());
	return (0);
}

void
traceme_over(struct linux_host *lh, pid_t tracer, pid_t tid)
{
	struct waiting *w = find(tid);
	uint64_t mask = 0;

	if (w == NULL)
		return;
	if (owner_ptrace(lh, tracer, PTRACE_GETSIGMASK, tid, (void *)sizeof(mask), &mask) == 0 &&
	    (mask & INTERNAL) == INTERNAL) {
		mask = w->mask & (mask | ~HELD); /* less what the child has unblocked itself */
		(void)owner_ptrace(lh, tracer, PTRACE_SETSIGMASK, tid, (void *)sizeof(mask), &mask);
	}
	atomic_store(&w->pid, 0);
}
