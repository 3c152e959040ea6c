/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of traced threads and their processes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/linux/linux.h"

struct lwp *
lwp_find(struct linux_host *lh, pid_t tid)
{
	struct hnode *n = hash_find(&lh->lh_lwps, tid);

	return (n == NULL ? NULL : HASH_ENTRY(n, struct lwp, l_hash));
}

static struct lxproc *
lxproc_find(struct linux_host *lh, pid_t pid)
{
	struct hnode *n = hash_find(&lh->lh_procs, pid);

	return (n == NULL ? NULL : HASH_ENTRY(n, struct lxproc, x_hash));
}

static struct lxproc *
lxproc_get(struct linux_host *lh, pid_t pid)
{
	struct lxproc *x = lxproc_find(lh, pid);

	if (x != NULL || (x = calloc(1, sizeof(*x))) == NULL)
		return (x);
	x->x_pid = pid;
	x->x_stat.k_fd = -1;
	hash_add(&lh->lh_procs, &x->x_hash, pid);
	return (x);
}

static void
lxproc_end(struct linux_host *lh, struct lxproc *x)
{
	vmap_free(x);
	memory_free(lh, x);
	stat_close(lh, x);
	hash_remove(&lh->lh_procs, &x->x_hash);
	free(x);
}

struct lwp *
lwp_new(struct linux_host *lh, pid_t pid, pid_t tid, pid_t owner)
{
	struct lxproc *x = lxproc_get(lh, pid);
	struct lwp *l = x == NULL ? NULL : calloc(1, sizeof(*l));

	if (l == NULL) {
		if (x != NULL && x->x_lwps == NULL)
			lxproc_end(lh, x);
		return (NULL);
	}
	l->l_tid = tid;
	l->l_owner = owner;
	l->l_seized = true;
	l->l_call = -1;
	l->l_reader = true;
	if (lh->lh_made == tid) {
		l->l_mortal = lh->lh_mademortal;
		lh->lh_made = 0;
	}
	l->l_proc = x;
	l->l_next = x->x_lwps;
	l->l_prev = &x->x_lwps;
	if (l->l_next != NULL)
		l->l_next->l_prev = &l->l_next;
	x->x_lwps = l;
	hash_add(&lh->lh_lwps, &l->l_hash, tid);
	return (l);
}

void
lwp_made(struct linux_host *lh, const struct lwp *maker, pid_t tid)
{
	struct lwp *l = lwp_find(lh, tid);

	if (l != NULL)
		l->l_mortal = maker->l_mortal;
	lh->lh_made = l == NULL ? tid : 0;
	lh->lh_mademortal = maker->l_mortal;
}

void
lwp_free(struct linux_host *lh, struct lwp *l)
{
	struct lxproc *x = l->l_proc;

	*l->l_prev = l->l_next;
	if (l->l_next != NULL)
		l->l_next->l_prev = l->l_prev;
	seen_forget(lh, l->l_tid);
	hash_remove(&lh->lh_lwps, &l->l_hash);
	dbregs_forget(l);
	free(l);
	if (x->x_lwps == NULL)
		lxproc_end(lh, x);
}

void
lxproc_free(struct linux_host *lh, pid_t pid)
{
	struct lxproc *x;

	/* The last one takes the process with it. */
	while ((x = lxproc_find(lh, pid)) != NULL)
		lwp_free(lh, x->x_lwps);
}

void
lwp_exec(struct linux_host *lh, pid_t pid, pid_t former)
{
	struct lxproc *x = lxproc_find(lh, pid);
	struct lwp *l, *next, *stays;

	if (x == NULL)
		return;
	if ((stays = lwp_find(lh, former)) == NULL || stays->l_proc != x)
		stays = lwp_find(lh, pid);
	for (l = x->x_lwps; l != NULL; l = next) {
		next = l->l_next;
		if (l != stays)
			lwp_free(lh, l);
	}
	/* The files stay with the address space that is gone. */
	memory_free(lh, x);
	dbregs_forget(stays);
	vmap_free(x);
	if (stays->l_tid != pid) {
		hash_remove(&lh->lh_lwps, &stays->l_hash);
		stays->l_tid = pid;
		hash_add(&lh->lh_lwps, &stays->l_hash, pid);
	}
}
