/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Getting hold of all threads of a process, while it makes and loses some.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/orphan.h"

/* ESRCH: it has ended since it was listed, or was attached as it was made and will show itself. */
int
attach_thread(struct proc *p, pid_t tid)
{
	struct host *host = p->p_tracer->tr_host;
	struct thread *td;
	int error;

	if ((td = thread_new(p, tid, TDS_RUNNING)) == NULL)
		return (ENOMEM);
	td->td_options = proc_options(p);
	error = host->ops->seize(host, p->p_pid, tid, td->td_options | (p->p_flag & P_TRACED ? 0 : HO_SERVED));
	if (error != 0) {
		thread_free(td);
		return (error);
	}
	td->td_flags |= TDF_UNSEEN;
	return (0);
}

/*
 * The target stands still from the first interrupt on, so there is none before all threads are ours.  The oldest first,
 * as they are let go, so that each stands for the same time.
 */
static void
interrupt_all(struct proc *p)
{
	struct thread *td;

	/* A vfork child stops after its exec. */
	if (p->p_flag & P_PPWAIT)
		return;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_flags & TDF_UNSEEN)
			thread_interrupt(td);
}

struct list {
	pid_t *l_tids;
	size_t l_n, l_room;
};

/* 0, with none in the list if the process has gone; ENOMEM. */
static int
list_threads(struct proc *p, struct list *l)
{
	struct host *host = p->p_tracer->tr_host;
	pid_t *more;
	int error;

	for (;;) {
		l->l_n = l->l_room;
		if ((error = host->ops->threads(host, p->p_pid, l->l_tids, &l->l_n)) != 0)
			l->l_n = 0;
		if (l->l_n <= l->l_room)
			return (error == ESRCH ? 0 : error);
		l->l_room = l->l_n + l->l_n / 4 + 4;
		if ((more = realloc(l->l_tids, l->l_room * sizeof(*more))) == NULL)
			return (ENOMEM);
		l->l_tids = more;
	}
}

pid_t
other_thread(struct proc *p)
{
	struct list l = {.l_tids = NULL};
	pid_t tid = p->p_pid;

	if (list_threads(p, &l) == 0)
		for (size_t i = 0; i < l.l_n && tid == p->p_pid; i++)
			tid = l.l_tids[i];
	free(l.l_tids);
	return (tid);
}

/*
 * A thread that is seized has the threads it makes attached; so when a whole pass over the list finds
 * none that is new there are no others, but for one that was being made meanwhile (P_GATHER).  The first
 * thread is to be seized first of all: it says whether the process may be traced.
 */
int
attach_threads(struct proc *p)
{
	struct list l = {.l_tids = NULL};
	bool found = true;
	int error = 0;

	while (found && error != ENOMEM && (error = list_threads(p, &l)) == 0) {
		found = false;
		for (size_t i = 0; i < l.l_n && error != ENOMEM; i++)
			if (thread_find(p->p_tracer, l.l_tids[i]) == NULL &&
			    orphan_find(p->p_tracer, l.l_tids[i]) == NULL && (error = attach_thread(p, l.l_tids[i])) == 0)
				found = true;
	}
	free(l.l_tids);
	interrupt_all(p);
	return (error == ENOMEM ? ENOMEM : 0);
}

/*
 * Their number says so, for less than their list: those that stand still do not end one by one, but all at once, for
 * the exec or exit of one that is not known.  That has not begun while any of them is alive.
 */
static bool
are_all_known(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	const struct thread *td = p->p_threads;
	size_t n = 0;

	while (td != NULL && td->td_state != TDS_STOPPED)
		td = td->td_next;
	return (td != NULL && host->ops->threads(host, p->p_pid, NULL, &n) == 0 && n == p->p_numthreads &&
	    host->ops->alive(host, td->td_tid) == 0);
}

static void
drop(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	host->ops->forget(host, td->td_tid);
	thread_free(td);
}

void
gather_anew(struct proc *p)
{
	while (p->p_threads != NULL)
		drop(p->p_threads);
	(void)attach_threads(p);
}

/*
 * Has a thread that was not ours yet taken the first one's place, by an exec, which ended all others without a word?
 */
static bool
replaced(const struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	const struct thread *first = thread_find(p->p_tracer, p->p_pid);

	if (first == NULL || (first->td_state == TDS_STOPPED && host->ops->alive(host, p->p_pid) == 0))
		return (false);
	return ((first->td_state == TDS_STOPPED || first->td_state == TDS_VFORK) &&
	    host->ops->absence(host, p->p_pid, p->p_pid) == HA_LOST);
}

static void
only_first(struct proc *p)
{
	struct thread *td, *next;

	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (td->td_tid != p->p_pid)
			drop(td);
	}
}

/*
 * A thread that was amid making another as it was seized has made it unseen.  Once all that are known have
 * stopped, what they made is there to be found; and when nothing is found, nothing is missing.
 */
bool
gather_more(struct proc *p)
{
	bool headless;

	if ((p->p_flag & P_GATHER) == 0)
		return (false);
	headless = thread_find(p->p_tracer, p->p_pid) == NULL;
	if (!are_all_known(p))
		(void)attach_threads(p); /* where there is no memory for a thread it runs on untraced */
	if (headless && thread_find(p->p_tracer, p->p_pid) != NULL)
		only_first(p); /* an exec in the place of a first one that had ended */
	else if (replaced(p))
		gather_anew(p);
	if (p->p_threads == NULL || p->p_suspcount != p->p_numthreads)
		return (true);
	p->p_flag &= ~P_GATHER;
	return (false);
}

/* The same, where nothing stops as a whole: each of them has stopped at some time since it was seized. */
void
gather_beside(struct proc *p)
{
	const struct thread *td;

	if ((p->p_flag & (P_GATHER | P_TRACED | P_PROCFS)) != (P_GATHER | P_PROCFS))
		return;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_flags & TDF_UNSEEN)
			return;
	p->p_flag &= ~P_GATHER;
	(void)attach_threads(p);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_flags & TDF_UNSEEN)
			p->p_flag |= P_GATHER;
}
