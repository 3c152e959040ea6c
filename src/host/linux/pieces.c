/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Many pieces of a process' memory at once.  process_vm_readv and its twin take them all in one call, and stop at the
 * first that they cannot move to its end; that one goes by itself, in whatever way is left, and then the rest.
 */
#include <errno.h>
#include <sys/uio.h>

#include "host/linux/memory.h"
#include "host/linux/probe.h"

#define LARGE ((size_t)1 << 20) /* a call of its own costs such a piece nothing */

struct pieces {
	struct linux_host *ps_host;
	struct lwp *ps_lwp;
	const struct iovec *ps_there, *ps_here;
	size_t ps_n;
	size_t ps_at;	 /* how many were moved, and */
	size_t ps_part;	 /* bytes of the next one */
	size_t ps_moved; /* bytes, of all */
	size_t ps_most;	 /* pieces for the next call: fewer where the last one came to its end early */
	bool ps_write;
};

static uint64_t
address(const struct iovec *iov)
{
	return ((uintptr_t)iov->iov_base);
}

/* Is a call of many to be tried with whatever piece? */
static bool
all_go_along(const struct pieces *ps)
{
	const struct memory *m = ps->ps_lwp->l_proc->x_memory;

	return (probe_has(FT_READ_STAYS) && (m == NULL || (!m->me_refused && m->me_forced != m->me_run)));
}

static bool
goes_along(const struct pieces *ps, const struct iovec *there)
{
	const struct memory *m = ps->ps_lwp->l_proc->x_memory;

	if (m != NULL && m->me_refused)
		return (false);
	if (known_forces(ps->ps_lwp->l_proc, address(there), there->iov_len, ps->ps_write ? RF_WRITE : RF_READ))
		return (false);
	return (probe_has(FT_READ_STAYS) || known(ps->ps_lwp->l_proc, address(there), there->iov_len) ||
	    touchable(ps->ps_host, ps->ps_lwp, address(there), there->iov_len) == there->iov_len);
}

static void
advance(struct pieces *ps, size_t bytes)
{
	ps->ps_moved += bytes;
	for (bytes += ps->ps_part; ps->ps_at < ps->ps_n && bytes >= ps->ps_there[ps->ps_at].iov_len; ps->ps_at++)
		bytes -= ps->ps_there[ps->ps_at].iov_len;
	ps->ps_part = bytes;
}

/* As many as go along.  One alone is not worth it. */
static void
some(struct pieces *ps)
{
	const struct iovec *there = &ps->ps_there[ps->ps_at], *here = &ps->ps_here[ps->ps_at];
	pid_t tid = ps->ps_lwp->l_tid;
	size_t n = 0, at = ps->ps_at, done, most = ps->ps_n - at < ps->ps_most ? ps->ps_n - at : ps->ps_most;
	bool all = all_go_along(ps);
	ssize_t got;

	while (n < most && there[n].iov_len <= LARGE && (all || goes_along(ps, &there[n])))
		n++;
	if (n < 2)
		return;
	got = ps->ps_write ? process_vm_writev(tid, here, n, there, n, 0) : process_vm_readv(tid, here, n, there, n, 0);
	if (got > 0)
		advance(ps, (size_t)got);
	/* A call looks at all it is given, be it that it fails at the first. */
	done = ps->ps_at - at;
	ps->ps_most = done == n ? 2 * ps->ps_most : 2 * done + 2;
}

/* The next one, or what is left of it. */
static int
one(struct pieces *ps)
{
	const struct iovec *there = &ps->ps_there[ps->ps_at], *here = &ps->ps_here[ps->ps_at];
	struct lwp *l = ps->ps_lwp;
	uint64_t addr = address(there) + ps->ps_part;
	size_t len = there->iov_len - ps->ps_part;
	void *buf = (void *)((uintptr_t)here->iov_base + ps->ps_part);
	int error;

	if (ps->ps_write)
		error = lx_write_mem(&ps->ps_host->lh_host, l->l_proc->x_pid, l->l_tid, addr, buf, &len);
	else
		error = lx_read_mem(&ps->ps_host->lh_host, l->l_proc->x_pid, l->l_tid, addr, buf, &len);
	advance(ps, len);
	return (error);
}

static int
many(struct host *h, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n, size_t *moved, bool write)
{
	struct linux_host *lh = linux_host(h);
	struct pieces ps = {.ps_host = lh, .ps_lwp = lwp_find(lh, tid), .ps_there = there, .ps_here = here, .ps_n = n,
	    .ps_most = n, .ps_write = write};
	int error = 0;

	if (ps.ps_lwp == NULL)
		return (ESRCH);
	while (error == 0 && ps.ps_at < n) {
		some(&ps);
		if (ps.ps_at < n)
			error = one(&ps);
	}
	*moved = ps.ps_moved;
	return (error);
}

int
lx_read_many(struct host *h, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved)
{
	return (many(h, tid, there, here, n, moved, false));
}

int
lx_write_many(struct host *h, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved)
{
	return (many(h, tid, there, here, n, moved, true));
}
