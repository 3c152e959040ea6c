/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A process goes on: who first.
 *
 * A thread that has stopped mostly stops again at once: a step, the next call, the same breakpoint.  To set all the
 * others going each time, only to have them stop again, is what most of such a stop costs.  So the thread whose event
 * was answered goes alone for a moment.  If it has something to report by then the process has stopped, and
 * the others were not touched; else they go on too, in the same request.
 *
 * They do not lose by it for long: what they are held is paid out of the time that all of them ran (p_credit). If one of
 * them computes that is as long as they ran, so they keep half their speed; if all sleep in the host, a little longer,
 * which delays no more than their waking up.  And it is no more than CREDIT_NS at once.  A process whose stops come
 * slowly is not held up for nothing: after a moment in which none came the next is done without, then the next three,
 * and so on.
 */
#include "engine/engine.h"

#define GLANCE_NS 60000	  /* how long the others wait for the first one's next event */
#define CREDIT_NS 10000000
#define ASLEEP	  3	  /* times what they ran */
#define MISSES_MAX 6

static uint64_t
now(const struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;

	return (host->ops->now(host));
}

/* All that may run run from now on. */
static void
runs_whole(struct proc *p)
{
	p->p_ranfrom = p->p_numthreads > 1 ? now(p) : 0;
}

void
hold_stopped(struct proc *p)
{
	if (p->p_ranfrom == 0)
		return;
	p->p_credit += (int64_t)(now(p) - p->p_ranfrom) * (p->p_computes ? 1 : ASLEEP);
	if (p->p_credit > CREDIT_NS)
		p->p_credit = CREDIT_NS;
	p->p_ranfrom = 0;
}

/* Was it interrupted amid something?  One that is enough to know of is not asked of others. */
static bool
computes(const struct thread *td)
{
	const struct proc *p = td->td_proc;
	struct host *host = p->p_tracer->tr_host;

	return (p->p_numthreads > 1 && !p->p_computes && td->td_at == AT_NOTHING && td->td_nevents == 0 &&
	    !host->ops->asleep(host, td->td_tid));
}

static void
resume_rest(struct proc *p)
{
	struct thread *td, *next;

	p->p_computes = false;
	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (td->td_state != TDS_STOPPED || (td->td_dbgflags & TDB_SUSPEND) != 0)
			continue;
		p->p_computes |= computes(td);
		thread_resume(td);
	}
	runs_whole(p);
}

/* Another thread of the tracer may have from the host what this one would look for.  Stop events have their own order. */
static bool
may_hold(const struct proc *p, const struct thread *first)
{
	return (first != NULL && p->p_numthreads > 1 && p->p_credit > 0 && (p->p_flag & P_PROCFS) == 0 &&
	    p->p_tracer->tr_inwait == 0 && first->td_state == TDS_STOPPED && (first->td_dbgflags & TDB_SUSPEND) == 0);
}

/* Let it go alone and see what comes of it.  false: the others are to go on now, or the process has ended. */
static bool
goes_alone(struct proc *p, struct thread *first)
{
	struct tracer *tr = p->p_tracer;
	struct host *host = tr->tr_host;
	pid_t pid = p->p_pid, tid = first->td_tid;
	uint64_t began = now(p), spent = 0;
	struct host_event ev;

	thread_resume(first);
	while (spent < GLANCE_NS && first->td_state == TDS_RUNNING &&
	    host->ops->poll(host, tid, GLANCE_NS - spent, &ev) == 0) {
		(void)event_dispatch(tr, &ev);
		/* Whatever came may have ended it, or given it another name. */
		if ((p = proc_find(tr, pid)) == NULL || (first = thread_find(tr, tid)) == NULL ||
		    (p->p_flag & (P_STOPPING | P_STOPPED_TRACE)) != 0)
			break;
		spent = now(p) - began;
	}
	if (p == NULL)
		return (true);
	p->p_credit -= (int64_t)(now(p) - began);
	return ((p->p_flag & (P_STOPPING | P_STOPPED_TRACE)) != 0);
}

/* Is it worth while, after what came of it last time? */
static bool
is_due(struct proc *p)
{
	if (p->p_skip == 0)
		return (true);
	p->p_skip--;
	return (false);
}

static void
missed(struct proc *p)
{
	if (p->p_misses < MISSES_MAX)
		p->p_misses++;
	p->p_skip = (1u << p->p_misses) - 1;
}

void
proc_go_on(struct proc *p, struct thread *first)
{
	pid_t pid = p->p_pid;
	struct tracer *tr = p->p_tracer;
	bool held = may_hold(p, first) && is_due(p);

	if (held && goes_alone(p, first)) {
		if ((p = proc_find(tr, pid)) != NULL)
			p->p_misses = 0;
		return;
	}
	if ((p = proc_find(tr, pid)) == NULL || (p->p_flag & P_ZOMBIE) != 0)
		return;
	if (held)
		missed(p);
	resume_rest(p);
}
