/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Debug registers, and the requests of the machine's own.  What the tracer wrote is kept, since the kernel forgets
 * some of it; it gives new threads and children none, and takes none away when it lets go.
 * From: registers.md, 4 and 7; decisions.md, 15.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>

#include "host/linux/linux.h"

static const struct dbreg none;

static const struct dbreg *
dbregs_of(const struct lwp *l)
{
	return (l->l_dbregs == NULL ? &none : l->l_dbregs);
}

static bool
has_room(struct lwp *l)
{
	return (l->l_dbregs != NULL || (l->l_dbregs = calloc(1, sizeof(*l->l_dbregs))) != NULL);
}

void
dbregs_forget(struct lwp *l)
{
	free(l->l_dbregs);
	l->l_dbregs = NULL;
}

static void
keep(struct lwp *l, const struct dbreg *d)
{
	if (memcmp(d, &none, sizeof(none)) == 0)
		dbregs_forget(l);
	else
		*l->l_dbregs = *d;
}

/* It asks the kernel nothing else, so whether the thread is still there. */
int
lx_get_dbregs(struct host *h, pid_t tid, struct dbreg *to)
{
	const struct lwp *l = lwp_find(linux_host(h), tid);
	int error = lx_alive_of_late(h, tid);

	if (error == 0)
		*to = *dbregs_of(l);
	return (error);
}

int
lx_set_dbregs(struct host *h, pid_t tid, const struct dbreg *from)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct machine_regs regs;
	struct dbreg image;
	bool by_width = arch_dbreg_by_width(from);
	int error;

	if (l == NULL)
		return (ESRCH);
	if ((by_width && (error = regs_read(lh, l, &regs)) != 0) ||
	    (error = arch_take_dbreg(from, by_width && arch_is_32bit(&regs), &image)) != 0)
		return (error);
	if (memcmp(&image, &none, sizeof(none)) != 0 && !has_room(l))
		return (ENOMEM);
	if ((error = arch_load_dbreg(lh, l, dbregs_of(l), &image)) == 0)
		keep(l, &image);
	return (error);
}

int
lx_inherit(struct host *h, pid_t maker, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *m = lwp_find(lh, maker);
	struct lwp *l = lwp_find(lh, tid);

	if (m == NULL || l == NULL)
		return (ESRCH);
	if (memcmp(dbregs_of(l), &none, sizeof(none)) != 0 || memcmp(dbregs_of(m), &none, sizeof(none)) == 0)
		return (0);
	if (!has_room(l))
		return (ENOMEM);
	*l->l_dbregs = *m->l_dbregs;
	l->l_loaddb = true;
	if (!l->l_new)
		dbregs_load(lh, l);
	return (0);
}

/* ESRCH: it runs, or is dying; a thread that the kernel has no room for any more is to show that it has none. */
void
dbregs_load(struct linux_host *lh, struct lwp *l)
{
	int error;

	if (!l->l_loaddb || (error = arch_load_dbreg(lh, l, &none, dbregs_of(l))) == ESRCH)
		return;
	l->l_loaddb = false;
	if (error != 0)
		dbregs_forget(l);
}

void
dbregs_note(struct linux_host *lh, struct lwp *l)
{
	if (l->l_dbregs != NULL && arch_dbreg_armed(l->l_dbregs))
		arch_note_dbreg(lh, l, l->l_dbregs);
}

void
dbregs_clear(struct linux_host *lh, struct lwp *l)
{
	if (!l->l_loaddb && arch_dbreg_armed(dbregs_of(l)))
		(void)arch_load_dbreg(lh, l, dbregs_of(l), &none);
}

int
lx_machine_size(struct host *h, pid_t tid, int req, int data, size_t *in, size_t *out)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *l = lwp_find(lh, tid);

	return (l == NULL ? ESRCH : arch_machine_size(lh, l, req, data, in, out));
}

int
lx_machine(struct host *h, pid_t tid, int req, void *arg, size_t in)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *l = lwp_find(lh, tid);

	return (l == NULL ? ESRCH : arch_machine(lh, l, req, arg, in));
}
