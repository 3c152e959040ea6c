/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of processes and threads.  Only this file links and unlinks them.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/orphan.h"

int
tracer_init(struct tracer *tr, struct host *host)
{
	int error;

	memset(tr, 0, sizeof(*tr));
	tr->tr_host = host;
	tr->tr_reportend = &tr->tr_report;
	if ((error = hash_init(&tr->tr_procs)) != 0)
		return (error);
	if ((error = hash_init(&tr->tr_threads)) != 0)
		hash_free(&tr->tr_procs);
	return (error);
}

void
tracer_drop(struct tracer *tr)
{
	while (tr->tr_all != NULL)
		proc_free(tr->tr_all);
	while (tr->tr_orphans != NULL)
		orphan_free(tr, tr->tr_orphans);
	procfs_drop(tr);
	iov_drop(tr);
	hash_free(&tr->tr_procs);
	hash_free(&tr->tr_threads);
}

bool
tracer_has_unseen(const struct tracer *tr)
{
	const struct proc *p = tr->tr_all;

	if (tr->tr_procfs > 0)
		return (true);
	while (p != NULL && (p->p_flag & P_LEFT) == 0)
		p = p->p_next;
	return (p != NULL);
}

struct proc *
proc_find(struct tracer *tr, pid_t pid)
{
	struct hnode *n = hash_find(&tr->tr_procs, pid);

	return (n == NULL ? NULL : HASH_ENTRY(n, struct proc, p_hash));
}

struct proc *
proc_new(struct tracer *tr, pid_t pid, const struct host_facts *facts)
{
	struct proc *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return (NULL);
	p->p_tracer = tr;
	p->p_threadsend = &p->p_threads;
	p->p_pid = pid;
	p->p_oppid = facts->hf_ppid;
	p->p_uid = facts->hf_uid;
	p->p_flag = P_TRACED;
	if (facts->hf_ppid == tr->tr_host->ops->self(tr->tr_host))
		p->p_flag |= P_OWNCHILD;
	hash_add(&tr->tr_procs, &p->p_hash, pid);
	tr->tr_made++;
	p->p_next = tr->tr_all;
	p->p_prev = &tr->tr_all;
	if (p->p_next != NULL)
		p->p_next->p_prev = &p->p_next;
	tr->tr_all = p;
	return (p);
}

void
proc_free(struct proc *p)
{
	struct tracer *tr = p->p_tracer;

	while (p->p_threads != NULL)
		thread_free(p->p_threads);
	proc_set_procfs(p, false);
	proc_set_stopping(p, false);
	report_remove(p);
	hash_remove(&tr->tr_procs, &p->p_hash);
	*p->p_prev = p->p_next;
	if (p->p_next != NULL)
		p->p_next->p_prev = p->p_prev;
	free(p);
}

bool
proc_seen(const struct proc *p)
{
	return ((p->p_flag & (P_TRACED | P_ZOMBIE)) != 0 || (p->p_flag & (P_PROCFS | P_OWNCHILD)) == (P_PROCFS | P_OWNCHILD));
}

void
proc_set_procfs(struct proc *p, bool on)
{
	if (on == ((p->p_flag & P_PROCFS) != 0))
		return;
	p->p_tracer->tr_procfs += on ? 1 : -1u;
	p->p_flag ^= P_PROCFS;
}

void
proc_set_stopping(struct proc *p, bool on)
{
	struct tracer *tr = p->p_tracer;

	if (on == ((p->p_flag & P_STOPPING) != 0))
		return;
	p->p_flag ^= P_STOPPING;
	if (!on) {
		*p->p_sprev = p->p_snext;
		if (p->p_snext != NULL)
			p->p_snext->p_sprev = p->p_sprev;
		return;
	}
	p->p_snext = tr->tr_stopping;
	p->p_sprev = &tr->tr_stopping;
	if (p->p_snext != NULL)
		p->p_snext->p_sprev = &p->p_snext;
	tr->tr_stopping = p;
}

/*
 * The end of our own child is ours to report.  It comes as a tracee's where the host could not let go of
 * the first thread, which had ended.
 */
bool
proc_left(const struct proc *p)
{
	return ((p->p_flag & P_LEFT) != 0 && p->p_threads == NULL &&
	    (p->p_flag & (P_OWNCHILD | P_HEADLESS)) != (P_OWNCHILD | P_HEADLESS));
}

struct thread *
thread_find(struct tracer *tr, pid_t tid)
{
	struct hnode *n = hash_find(&tr->tr_threads, tid);

	return (n == NULL ? NULL : HASH_ENTRY(n, struct thread, td_hash));
}

static bool
counts_as_stopped(enum thread_state state)
{
	return (state == TDS_STOPPED || state == TDS_VFORK);
}

struct thread *
thread_new(struct proc *p, pid_t tid, enum thread_state state)
{
	struct thread *td = calloc(1, sizeof(*td));

	if (td == NULL)
		return (NULL);
	td->td_proc = p;
	td->td_tid = tid;
	td->td_state = state;
	td->td_prev = p->p_threadsend;
	*p->p_threadsend = td;
	p->p_threadsend = &td->td_next;
	p->p_numthreads++;
	p->p_suspcount += counts_as_stopped(state);
	hash_add(&p->p_tracer->tr_threads, &td->td_hash, tid);
	return (td);
}

void
thread_free(struct thread *td)
{
	struct proc *p = td->td_proc;

	stopevent_forget(td);
	*td->td_prev = td->td_next;
	if (td->td_next != NULL)
		td->td_next->td_prev = td->td_prev;
	else
		p->p_threadsend = td->td_prev;
	p->p_numthreads--;
	p->p_nevents -= td->td_nevents != 0;
	p->p_suspcount -= counts_as_stopped(td->td_state);
	if (p->p_xthread == td)
		p->p_xthread = NULL;
	hash_remove(&p->p_tracer->tr_threads, &td->td_hash);
	p->p_tracer->tr_gone++;
	p->p_flag &= ~P_FOLLOWNEW;
	free(td);
}

void
thread_set(struct thread *td, enum thread_state state)
{
	td->td_proc->p_suspcount -= counts_as_stopped(td->td_state);
	td->td_state = state;
	td->td_proc->p_suspcount += counts_as_stopped(state);
}

/* An exec gives the thread that made it the first thread's id. */
struct thread *
thread_rename(struct thread *td, pid_t tid)
{
	struct tracer *tr = td->td_proc->p_tracer;

	hash_remove(&tr->tr_threads, &td->td_hash);
	td->td_tid = tid;
	hash_add(&tr->tr_threads, &td->td_hash, tid);
	return (td);
}

void
report_add(struct proc *p)
{
	struct tracer *tr = p->p_tracer;

	if (p->p_rprev != NULL)
		return;
	p->p_rnext = NULL;
	p->p_rprev = tr->tr_reportend;
	*tr->tr_reportend = p;
	tr->tr_reportend = &p->p_rnext;
}

void
report_remove(struct proc *p)
{
	struct tracer *tr = p->p_tracer;

	if (p->p_rprev == NULL)
		return;
	*p->p_rprev = p->p_rnext;
	if (p->p_rnext != NULL)
		p->p_rnext->p_rprev = p->p_rprev;
	else
		tr->tr_reportend = p->p_rprev;
	p->p_rprev = NULL;
}
