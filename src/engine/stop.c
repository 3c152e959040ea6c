/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How a process stops and goes on: engine.h has the drawing.  From: stops.md, 2 and 4.
 */
#include <assert.h>
#include <string.h>

#include "engine/engine.h"

/* Bits of td_dbgflags that end when the thread moves on. */
#define TDB_PASSING (TDB_SCX | TDB_EXEC | TDB_FORK | TDB_VFORK | TDB_CHILD | TDB_USERWR)

/* ---- events of a thread ---- */

static void
post(struct thread *td, unsigned at, int sig, unsigned flags, enum event_info info)
{
	struct proc *p = td->td_proc;

	if ((p->p_flag & P_WKILLED) != 0 || td->td_nevents == EVENTS_MAX)
		return;
	for (unsigned i = td->td_nevents; i > at; i--)
		td->td_events[i] = td->td_events[i - 1];
	td->td_events[at] = (struct event){.te_sig = sig, .te_flags = flags, .te_info = info};
	if (td->td_nevents++ == 0) {
		td->td_order = ++p->p_tracer->tr_order;
		p->p_nevents++;
	}
	td->td_dbgflags |= TDB_XSIG;
}

void
thread_post(struct thread *td, int sig, unsigned flags, enum event_info info)
{
	post(td, td->td_nevents, sig, flags, info);
}

void
thread_post_front(struct thread *td, int sig, unsigned flags, enum event_info info)
{
	post(td, 0, sig, flags, info);
}

struct event *
thread_event(struct thread *td)
{
	return (td->td_nevents == 0 ? NULL : &td->td_events[0]);
}

void
thread_answer(struct thread *td)
{
	td->td_dbgflags |= td->td_events[0].te_flags;
	td->td_nevents--;
	memmove(&td->td_events[0], &td->td_events[1], td->td_nevents * sizeof(td->td_events[0]));
	td->td_order = ++td->td_proc->p_tracer->tr_order;
	if (td->td_nevents == 0) {
		td->td_proc->p_nevents--;
		td->td_dbgflags &= ~TDB_XSIG;
	}
}

void
thread_forget_events(struct thread *td)
{
	if (td->td_nevents != 0)
		td->td_proc->p_nevents--;
	td->td_nevents = 0;
	td->td_dbgflags &= ~(TDB_XSIG | TDB_PASSING);
}

void
thread_forget_step(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	unsigned n = td->td_nevents;
	bool flag = false;

	if (n > 1 && td->td_events[n - 1].te_info == TI_STEP)
		td->td_nevents--;
	/* What a signal frame has saved stays, and traps when its handler returns; so does our mark of it. */
	if (td->td_flags & TDF_TRAPFLAG)
		(void)host->ops->trap_flag(host, td->td_tid, &flag);
}

/* The thread to report next: the earliest event of those not held. */
static struct thread *
next_reporter(const struct proc *p)
{
	struct thread *td, *best = NULL;

	if (p->p_nevents == 0)
		return (NULL);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_nevents != 0 && (td->td_dbgflags & TDB_SUSPEND) == 0 &&
		    (best == NULL || td->td_order < best->td_order))
			best = td;
	return (best);
}

/* ---- stopping ---- */

void
thread_interrupt(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	if (td->td_state != TDS_RUNNING || (td->td_flags & (TDF_INTR | TDF_EXITING)) != 0)
		return;
	/* ESRCH: it is ending, and its end will be told, or it is a first thread that has ended. */
	(void)host->ops->interrupt(host, td->td_tid);
	td->td_flags |= TDF_INTR;
}

void
stop_begin(struct proc *p, struct thread *reporter)
{
	struct thread *td;

	proc_set_stopping(p, true);
	p->p_xthread = reporter;
	if (p->p_suspcount == p->p_numthreads)
		return;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		thread_interrupt(td);
}

void
stop_cancel(struct proc *p)
{
	proc_set_stopping(p, false);
	p->p_flag &= ~(P_STOPPED_TRACE | P_WAITED);
	p->p_xthread = NULL;
	report_remove(p);
}

/* The SIGSTOP of an attach goes before anything a thread met, and to one that met nothing if there is. */
static void
report_attach(struct proc *p)
{
	struct thread *td = p->p_threads;

	while (td != NULL && (td->td_nevents != 0 || td->td_state != TDS_STOPPED))
		td = td->td_next;
	if (td == NULL)
		td = p->p_threads;
	thread_post_front(td, SIGSTOP, 0, TI_ATTACH);
	p->p_flag &= ~(P_FSTP | P_FSTPSIG);
	p->p_xthread = td;
}

static void
stop_complete(struct proc *p)
{
	if ((p->p_flag & (P_FSTP | P_PPWAIT)) == P_FSTP)
		report_attach(p);
	proc_set_stopping(p, false);
	hold_stopped(p);
	p->p_flag &= ~P_WAITED;
	p->p_flag |= P_STOPPED_TRACE;
	p->p_xsig = p->p_xthread->td_events[0].te_sig;
	/* The trap clears the flag; the tracer may have set it since it was due. */
	if (p->p_xthread->td_events[0].te_info == TI_STEP)
		p->p_xthread->td_dbgflags &= ~TDB_STEP;
	report_add(p);
	wait_changed(p->p_tracer);
}

/* Nobody is left to report, so the stop was for nothing. */
static void
stop_abandon(struct proc *p)
{
	struct thread *td, *next;

	stop_cancel(p);
	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (td->td_state == TDS_STOPPED && (td->td_dbgflags & TDB_SUSPEND) == 0)
			thread_resume(td);
	}
}

void
proc_settle(struct proc *p)
{
	if ((p->p_flag & (P_ZOMBIE | P_STOPPED_TRACE | P_LEFT)) != 0 || p->p_threads == NULL || p->p_single != NULL)
		return;
	if ((p->p_flag & P_STOPPING) == 0) {
		struct thread *td = next_reporter(p);

		if (td == NULL)
			return;
		stop_begin(p, td);
	}
	if ((p->p_flag & (P_FSTP | P_PPWAIT)) != P_FSTP && (p->p_xthread == NULL || p->p_xthread->td_nevents == 0)) {
		p->p_xthread = next_reporter(p);
		if (p->p_xthread == NULL) {
			stop_abandon(p);
			return;
		}
	}
	if (p->p_suspcount == p->p_numthreads && !gather_more(p))
		stop_complete(p);
}

/* ---- going on ---- */

/*
 * With the step flag set and system calls traced, a call is not to be stepped over but run to its
 * entry and exit; the trap is then made at the exit.  From: stops.md, 16.
 */
static bool
steps_call(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	if ((td->td_proc->p_flag & P_TRACED) == 0)
		return (false);
	if (td->td_at == AT_ENTRY || (td->td_flags & TDF_STEPCALL) != 0)
		return (true);
	if (td->td_at == AT_NOTHING && (td->td_dbgflags & TDB_SCE) != 0 && traces_calls(td->td_proc))
		return (true); /* amid one: it has made a thread */
	/* Where a filter says which calls are traced, it says so on the way. */
	return (traces_calls(td->td_proc) && !by_filter(td->td_proc) && host->ops->at_call(host, td->td_tid));
}

/*
 * A handler starts without the step flag and is followed by one step (decisions.md, 4): the processor's
 * flag does so, since the signal frame keeps it.
 */
static bool
steps_after_handler(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	enum host_disposition how;
	bool flag = true;

	if (sig == 0 || host->ops->disposition(host, td->td_proc->p_pid, td->td_tid, sig, &how) != 0 ||
	    how != HD_CAUGHT || host->ops->trap_flag(host, td->td_tid, &flag) != 0)
		return (false);
	td->td_dbgflags &= ~TDB_STEP;
	td->td_flags |= TDF_TRAPFLAG | TDF_STEPPING;
	return (true);
}

static enum resume_mode
resume_mode(struct thread *td, int sig)
{
	if (td->td_merge != 0) {
		if ((td->td_dbgflags & TDB_STEP) != 0 && (td->td_merge & TDB_EXEC) == 0)
			td->td_flags |= TDF_STEPCALL;
		return (RM_SYSCALL);
	}
	if ((td->td_dbgflags & TDB_STEP) != 0 && !steps_after_handler(td, sig)) {
		if (!steps_call(td))
			return (RM_STEP);
		td->td_flags |= TDF_STEPCALL;
		return (RM_SYSCALL);
	}
	if (!traces_calls(td->td_proc))
		return (RM_CONT);
	return (by_filter(td->td_proc) ? RM_FILTERED : RM_SYSCALL);
}

/* A call that began before calls were traced: its exit alone is reported.  From: decisions.md, 26. */
static void
ask_call(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	struct host_call call;

	td->td_flags &= ~TDF_ASKCALL;
	if (host->ops->call(host, td->td_tid, &call) == 0 && call.hc_restart) {
		td->td_flags |= TDF_RESTART | TDF_UNTOLD;
		td->td_dbgflags |= TDB_SCE;
	}
}

unsigned
proc_options(const struct proc *p)
{
	unsigned options = follows(p) ? HO_FOLLOW : 0;

	/* The end of init would be that of all that runs. */
	if ((p->p_flag & (P_TRACED | P_NOEXITKILL)) == P_TRACED && p->p_pid != 1)
		options |= HO_EXITKILL;
	if (p->p_flag & P_PROCFS)
		options |= HO_EXITING;
	if (p->p_flag & P_BYFILTER)
		options |= HO_FILTER;
	return (options);
}

void
thread_options(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	unsigned options = proc_options(td->td_proc);

	if (td->td_options != options && host->ops->options(host, td->td_tid, options) == 0)
		td->td_options = options;
}

/* ESRCH of the host: it was killed; its end will be told. */
void
thread_resume(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct host *host = p->p_tracer->tr_host;
	enum resume_mode mode;
	int sig;

	if (stopevent_resume(td))
		return;
	sig = td->td_at == AT_SIGNAL ? td->td_xsig : 0;
	thread_options(td);
	if ((td->td_flags & TDF_ASKCALL) != 0 && traces_calls(p) && !by_filter(p))
		ask_call(td);
	mode = resume_mode(td, sig);
	td->td_dbgflags &= ~TDB_PASSING;
	td->td_xsig = 0;
	if (mode == RM_STEP)
		td->td_flags |= TDF_STEPPING;
	if (mode != RM_SYSCALL && mode != RM_FILTERED)
		td->td_dbgflags &= ~TDB_SCE; /* its end will not be told */
	thread_set(td, td->td_flags & TDF_VFORKING ? TDS_VFORK : TDS_RUNNING);
	td->td_at = AT_NOTHING;
	td->td_flags &= ~TDF_BYCALLS;
	if (mode == RM_SYSCALL || mode == RM_FILTERED)
		td->td_flags |= TDF_BYCALLS;
	if (td->td_jobsig == 0 || (p->p_flag & P_TRACED) != 0 || host->ops->listen(host, td->td_tid) != 0)
		(void)host->ops->resume(host, td->td_tid, mode, sig);
	else
		job_stopped(p, td->td_jobsig);
}

void
proc_refresh(struct proc *p)
{
	struct thread *td;

	for (td = p->p_threads; td != NULL; td = td->td_next)
		thread_interrupt(td);
}

void
proc_resume(struct proc *p, struct thread *first)
{
	struct host *host = p->p_tracer->tr_host;

	stop_cancel(p);
	if (next_reporter(p) != NULL) {
		proc_settle(p);
		if (p->p_flag & P_STOPPED_TRACE)
			host->ops->notify(host, p->p_pid, p->p_xsig);
		return;
	}
	proc_go_on(p, first);
}

/* ---- collecting the stops of many threads ---- */

/* false: nothing came of it, or so much that the list is not what it was. */
static bool
collect_from(struct proc *p, bool *found)
{
	struct tracer *tr = p->p_tracer;
	struct thread *td, *next;
	struct host_event ev;
	unsigned gone = tr->tr_gone;

	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (td->td_state != TDS_RUNNING || (td->td_flags & TDF_INTR) == 0 ||
		    tr->tr_host->ops->poll(tr->tr_host, td->td_tid, 0, &ev) != 0)
			continue;
		*found = true;
		(void)event_dispatch(tr, &ev);
		if (tr->tr_gone != gone)
			return (false);
		if ((p->p_flag & P_STOPPING) == 0)
			break;
	}
	return (true);
}

/*
 * A wait for anybody costs the host the more, the more threads there are; a look at one of them does not.  So who is
 * known to be about to stop is looked at, and waited for are those that take their time.
 */
bool
stops_collect(struct tracer *tr)
{
	struct proc *p, *next;
	bool found = false;

	for (p = tr->tr_stopping; p != NULL; p = next) {
		next = p->p_snext;
		if (!collect_from(p, &found))
			break;
	}
	return (found);
}

/* ---- threads that may never stop ---- */

/*
 * A first thread that has ended leaves no event before the others have too, and a thread that was in
 * a vfork when it was attached none before its child is done.  Everyone else stops or tells of its end.
 */
static bool
thread_doubtful(const struct thread *td)
{
	const struct proc *p = td->td_proc;

	if (td->td_state != TDS_RUNNING || (td->td_flags & TDF_INTR) == 0)
		return (false);
	return ((td->td_flags & TDF_UNSEEN) != 0 ||
	    (td->td_tid == p->p_pid && p->p_numthreads > 1 && p->p_suspcount == p->p_numthreads - 1));
}

static bool
stop_doubtful(const struct proc *p)
{
	const struct thread *td;

	if (p->p_threads == NULL)
		return (true);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (thread_doubtful(td))
			return (true);
	return (false);
}

bool
stops_doubtful(const struct tracer *tr)
{
	const struct proc *p;

	for (p = tr->tr_stopping; p != NULL; p = p->p_snext)
		if (stop_doubtful(p))
			return (true);
	return (false);
}

/* true: it is still to come. */
static bool
look_after(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	switch (host->ops->absence(host, td->td_proc->p_pid, td->td_tid)) {
	case HA_GONE:
		if (td->td_tid == td->td_proc->p_pid)
			td->td_proc->p_flag |= P_HEADLESS;
		thread_free(td);
		return (false);
	case HA_VFORK:
		td->td_flags |= TDF_VFORKING;
		td->td_flags &= ~TDF_UNSEEN;
		thread_set(td, TDS_VFORK);
		return (false);
	case HA_LOST:
		if (td->td_proc->p_tracer->tr_inwait != 0 || td->td_tid == td->td_proc->p_pid)
			return (true);
		/* Its exec, or that of another of ours, which gave it the first one's id, will be told. */
		if (host->ops->absence(host, td->td_proc->p_pid, td->td_proc->p_pid) != HA_LOST)
			return (true);
		host->ops->forget(host, td->td_tid);
		thread_free(td);
		return (false);
	case HA_COMING:
		break;
	}
	return (true);
}

/*
 * A thread that was not ours yet may have taken the place of all others by an exec.  What another thread of the tracer
 * has from the host and has not told us yet may say more.
 */
static bool
find_again(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	enum host_absence why = host->ops->absence(host, p->p_pid, p->p_pid);

	if (p->p_tracer->tr_inwait != 0 || (p->p_threads != NULL && why != HA_LOST))
		return (true);
	gather_anew(p);
	if (p->p_threads != NULL || why != HA_LOST)
		return (true);
	proc_free(p);
	return (false);
}

static bool
stop_overdue(struct proc *p)
{
	struct thread *td = thread_find(p->p_tracer, p->p_pid), *next;
	bool coming = false;

	if ((p->p_threads == NULL || (td != NULL && thread_doubtful(td))) && !find_again(p))
		return (false);
	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (thread_doubtful(td) && look_after(td))
			coming = true;
	}
	proc_settle(p);
	return (coming || p->p_threads == NULL);
}

bool
stops_overdue(struct tracer *tr)
{
	struct proc *p, *next;
	bool coming = false;

	for (p = tr->tr_stopping; p != NULL; p = next) {
		next = p->p_snext;
		if (stop_doubtful(p) && stop_overdue(p))
			coming = true;
	}
	return (coming);
}

/* ---- what must hold ---- */

static bool
is_stopped(const struct thread *td)
{
	return (td->td_state == TDS_STOPPED || td->td_state == TDS_VFORK);
}

void
proc_check(const struct proc *p)
{
	const struct thread *td;
	unsigned threads = 0, stopped = 0, events = 0;

	for (td = p->p_threads; td != NULL; td = td->td_next) {
		threads++;
		stopped += is_stopped(td);
		events += td->td_nevents != 0;
		assert(td->td_proc == p);
		assert(td->td_nevents == 0 || is_stopped(td));
		assert((td->td_nevents != 0) == ((td->td_dbgflags & TDB_XSIG) != 0));
	}
	assert(threads == p->p_numthreads && stopped == p->p_suspcount && events == p->p_nevents);
	assert((p->p_flag & P_WAITED) == 0 || (p->p_flag & P_STOPPED_TRACE) != 0);
	assert((p->p_flag & P_STOPPING) == 0 || (p->p_flag & P_STOPPED_TRACE) == 0);
	if ((p->p_flag & (P_STOPPED_TRACE | P_WEXIT)) == P_STOPPED_TRACE) {
		assert(stopped == threads);
		assert(p->p_xthread != NULL && p->p_xthread->td_nevents != 0);
	}
}
