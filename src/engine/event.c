/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the host tells, turned into what FreeBSD would report: one function for each kind of event.
 * Each leaves the thread stopped; settle() then lets it go on unless there is something to report.
 * From: stops.md, 3, 9 to 13.
 */
#include <errno.h>

#include "engine/engine.h"
#include "engine/orphan.h"

void
thread_settle(struct thread *td)
{
	struct proc *p = td->td_proc;

	if (stopevent_attach(td))
		return;
	if (td->td_nevents == 0 && (p->p_flag & (P_STOPPING | P_STOPPED_TRACE)) == 0 &&
	    (td->td_dbgflags & TDB_SUSPEND) == 0)
		thread_resume(td);
	else
		proc_settle(p);
	if (p->p_single != NULL)
		stopevent_settle(p);
}

static void
stopped(struct thread *td, enum thread_at at)
{
	stopevent_forget(td); /* whatever it slept in: it was killed, or another thread has ended it */
	td->td_at = at;
	/* Any stop uses up an interrupt; one that came when it was stopping already makes one stop more. */
	td->td_flags &= ~(TDF_UNSEEN | TDF_INTR | TDF_POSTED | TDF_CORED);
	td->td_jobsig = 0;
	thread_set(td, TDS_STOPPED);
	thread_options(td);
	if (td->td_flags & TDF_DROPDB)
		thread_drop_dbregs(td);
}

/* It has met something that is no end of the call it may be in, and whose entry was not told. */
static void
ask_later(struct thread *td)
{
	if (!traces_calls(td->td_proc) || (td->td_flags & TDF_BYCALLS) == 0)
		td->td_flags |= TDF_ASKCALL;
}

static void
on_stop(struct thread *td, const struct host_event *ev)
{
	ask_later(td);
	td->td_jobsig = ev->he_sig;
	if (ev->he_sig == 0)
		job_continued(td->td_proc);
}

/* ---- signals ---- */

static void
step_done(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	bool flag = false;

	td->td_dbgflags &= ~TDB_STEP;
	td->td_flags &= ~(TDF_STEPCALL | TDF_STEPPING);
	/* A trap within the handler leaves the flag in its frame, for one more when it returns. */
	if ((td->td_flags & TDF_TRAPFLAG) != 0 && host->ops->trap_flag(host, td->td_tid, &flag) == 0 && flag)
		td->td_flags &= ~TDF_TRAPFLAG;
}

/* Is this call event one of ptrace's? */
static bool
is_traced(const struct thread *td, unsigned stop)
{
	return ((td->td_proc->p_flag & P_TRACED) != 0 && (td->td_proc->p_stops & stop) != 0);
}

/* A call that we broke off, and thought would be made again, was broken off for good by a signal. */
static void
post_broken_call(struct thread *td)
{
	if ((td->td_flags & TDF_RESTART) != 0 && (td->td_dbgflags & TDB_SCE) != 0 && is_traced(td, S_PT_SCX))
		thread_post(td, SIGTRAP, TDB_SCX, TI_NONE);
	td->td_flags &= ~(TDF_RESTART | TDF_UNTOLD | TDF_ASKCALL | TDF_STEPCALL);
	td->td_dbgflags &= ~TDB_SCE;
}

static void
on_signal(struct thread *td, const struct host_event *ev)
{
	bool unwanted = (td->td_flags & TDF_LEAVING) != 0 && signal_unwanted(td, ev);

	td->td_xsig = unwanted ? 0 : ev->he_sig;
	td->td_flags &= ~(TDF_LEAVING | TDF_NOTRAP);
	if (unwanted)
		return;
	if (ev->he_step)
		step_done(td);
	else if (ev->he_trap && ev->he_sig == SIGTRAP)
		step_done(td);
	if ((td->td_dbgflags & TDB_SCE) == 0)
		td->td_flags &= ~TDF_STEPCALL;
	if ((td->td_proc->p_flag & P_TRACED) == 0) {
		if (signal_posted(td, ev))
			post_broken_call(td);
	} else if (signal_waits(td, ev->he_sig)) {
		td->td_proc->p_ppstop = ev->he_sig;
		td->td_xsig = 0;
	} else if (signal_reported(td, ev)) {
		/* A step that was over before calls were traced says nothing of the call. */
		if (!ev->he_step || (td->td_flags & TDF_UNTOLD) == 0)
			post_broken_call(td);
		thread_post(td, ev->he_sig, 0, ev->he_step ? TI_STEP : ev->he_debug ? TI_DEBUG : TI_HOST);
	} else if (signal_caught(td, ev->he_sig)) {
		post_broken_call(td); /* one of ours: its handler ends the call too */
	} else {
		ask_later(td);
	}
}

/* ---- system calls ---- */

static void
on_sce(struct thread *td, const struct host_event *ev)
{
	(void)ev;
	td->td_dbgflags |= TDB_SCE;
	td->td_flags &= ~(TDF_ASKCALL | TDF_UNTOLD);
	if (td->td_flags & TDF_RESTART)
		td->td_flags &= ~TDF_RESTART;
	else if (is_traced(td, S_PT_SCE))
		thread_post(td, SIGTRAP, TDB_SCE, TI_NONE);
}

/*
 * Will the call be made again by itself?  What broke it off shows in the next event: a signal that is reported
 * or caught ends it; an interrupt of ours or an ignored signal does not, for the tracer.
 */
static bool
may_go_on(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	return (host->ops->restarts(host, td->td_tid));
}

static void
on_scx(struct thread *td, const struct host_event *ev)
{
	(void)ev;
	if (td->td_merge == 0 && may_go_on(td)) {
		td->td_flags |= TDF_RESTART;
		return;
	}
	td->td_dbgflags &= ~TDB_SCE;
	td->td_flags &= ~TDF_ASKCALL;
	if (td->td_merge & TDB_EXEC)
		td->td_dbgflags &= ~TDB_STEP; /* the exec stop alone: decisions.md, 5 */
	if (td->td_merge != 0)
		thread_post(td, SIGTRAP, td->td_merge, TI_NONE);
	else if (is_traced(td, S_PT_SCX) && (td->td_flags & TDF_SKIPSCX) == 0)
		thread_post(td, SIGTRAP, TDB_SCX, TI_NONE);
	td->td_merge = 0;
	td->td_flags &= ~(TDF_SKIPSCX | TDF_TOLDSCX);
	if (td->td_flags & TDF_STEPCALL) {
		step_done(td);
		thread_post(td, SIGTRAP, 0, TI_STEP);
	}
}

/* ---- new threads and processes ---- */

static void
post_birth(struct thread *td, const struct host_event *ev)
{
	(void)ev;
	if (td->td_flags & TDF_CHILD)
		thread_post(td, SIGSTOP, TDB_CHILD | TDB_SCX, TI_NONE);
	else if (is_traced(td, S_PT_SCX))
		thread_post(td, SIGTRAP, TDB_SCX, TI_NONE);
	td->td_flags &= ~TDF_CHILD;
}

/* A thread of a traced process, or the first of a followed one, is here; it has run nothing yet. */
static void
newborn(struct thread *td)
{
	static const struct host_event born = {.he_kind = HE_NEW};

	stopped(td, AT_NOTHING);
	if (stopevent_met(td, &born))
		return;
	post_birth(td, &born);
	thread_settle(td);
}

/* Debug registers are its maker's, from the first instruction on.  From: decisions.md, 15. */
static void
inherit(const struct thread *maker, pid_t tid)
{
	struct host *host = maker->td_proc->p_tracer->tr_host;

	(void)host->ops->inherit(host, maker->td_tid, tid);
}

/* Its state when its maker has told of it: it may have come before. */
static enum thread_state
arrival(const struct thread *maker, pid_t pid, pid_t tid, bool follow)
{
	struct tracer *tr = maker->td_proc->p_tracer;
	struct orphan *o = orphan_find(tr, tid);

	if (o == NULL)
		(void)tr->tr_host->ops->expect(tr->tr_host, pid, tid);
	if (follow)
		inherit(maker, tid);
	if (o == NULL)
		return (TDS_EXPECTED);
	orphan_free(tr, o);
	return (TDS_STOPPED);
}

/* Where there is no memory for a new thread it is let go: it runs on untraced. */
static void
made_thread(struct proc *p, pid_t tid, enum thread_state state, unsigned options)
{
	struct host *host = p->p_tracer->tr_host;
	struct thread *td = thread_new(p, tid, state);

	if (td == NULL) {
		(void)host->ops->detach(host, tid, 0);
		return;
	}
	td->td_options = options;
	if (state == TDS_STOPPED)
		newborn(td);
}

static void
let_go(struct proc *p, struct thread *td, int sig)
{
	struct host *host = p->p_tracer->tr_host;

	if (host->ops->detach(host, td->td_tid, sig) != 0)
		return; /* killed: its end is to come */
	thread_free(td);
	if (proc_left(p))
		proc_free(p);
}

/* By PT_FOLLOW_FORK. */
static bool
is_followed(const struct proc *p)
{
	return ((p->p_flag & (P_TRACED | P_FOLLOWFORK)) == (P_TRACED | P_FOLLOWFORK));
}

/* What PF_FORK hands on.  maker: the thread that forked, or NULL if it ended before it told. */
static void
inherit_events(struct thread *td, const struct proc *parent, const struct thread *maker)
{
	struct proc *p = td->td_proc;

	proc_set_procfs(p, true);
	p->p_stops = parent->p_stops;
	p->p_pfsflags = parent->p_pfsflags;
	p->p_credentials = parent->p_credentials;
	if (maker != NULL && ((maker->td_dbgflags & TDB_STEP) != 0 || (maker->td_flags & TDF_STEPCALL) != 0))
		td->td_dbgflags |= TDB_STEP;
}

static void
made_process(struct proc *parent, const struct thread *maker, pid_t pid, enum thread_state state, unsigned options)
{
	struct tracer *tr = parent->p_tracer;
	struct host_facts facts = {.hf_pid = pid, .hf_ppid = parent->p_pid, .hf_uid = parent->p_uid};
	bool traced = is_followed(parent);
	struct proc *p = proc_new(tr, pid, &facts);
	struct thread *td = p == NULL ? NULL : thread_new(p, pid, state);

	if (td == NULL) {
		if (p != NULL)
			proc_free(p);
		(void)tr->tr_host->ops->detach(tr->tr_host, pid, 0);
		return;
	}
	td->td_options = options;
	p->p_flag = traced ? P_TRACED | (parent->p_flag & (P_NOEXITKILL | P_DBREGS | P_BYFILTER)) : 0;
	if (traced)
		td->td_flags |= TDF_CHILD;
	if (parent->p_pfsflags & PF_FORK)
		inherit_events(td, parent, maker);
	if (p->p_flag == 0)
		p->p_flag = P_LEFT;
	if (state == TDS_STOPPED && (p->p_flag & P_LEFT) != 0)
		let_go(p, td, 0);
	else if (state == TDS_STOPPED)
		newborn(td);
}

/* One that told of itself first may have been let go, or have ended, before its maker tells. */
static bool
is_past(struct tracer *tr, pid_t tid)
{
	struct host_facts facts;

	if (tr->tr_early == 0 || orphan_find(tr, tid) != NULL)
		return (false);
	if (tr->tr_host->ops->facts(tr->tr_host, tid, &facts) == 0 &&
	    facts.hf_tracer == tr->tr_host->ops->self(tr->tr_host))
		return (false);
	tr->tr_early--;
	return (true);
}

/* HE_FORK, HE_VFORK, HE_CLONE: the maker's side. */
static void
on_made(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc, *child;
	struct tracer *tr = p->p_tracer;
	bool follow = follows(p);
	pid_t made = ev->he_other;

	if (!by_filter(p)) /* else the filter has told, or will not */
		td->td_dbgflags |= TDB_SCE;
	if (ev->he_kind == HE_CLONE && ev->he_thread) {
		if (thread_find(tr, made) == NULL && !is_past(tr, made))
			made_thread(p, made, arrival(td, p->p_pid, made, true), td->td_options);
		else if (thread_find(tr, made) != NULL)
			inherit(td, made);
		return;
	}
	if (proc_find(tr, made) == NULL && !is_past(tr, made))
		made_process(p, td, made, arrival(td, made, made, follow), td->td_options);
	else if (follow && proc_find(tr, made) != NULL)
		inherit(td, made);
	if (ev->he_kind != HE_VFORK)
		return;
	td->td_flags |= TDF_VFORKING;
	/* Its exec may have been told before its birth. */
	if (is_followed(p) && (child = proc_find(tr, made)) != NULL && (child->p_flag & P_EXEC) == 0)
		child->p_flag |= P_PPWAIT;
}

/* What ptrace is told of it. */
static void
post_made(struct thread *td, const struct host_event *ev)
{
	if (!is_followed(td->td_proc) || (ev->he_kind == HE_CLONE && ev->he_thread))
		return;
	td->td_forked = ev->he_other;
	if (ev->he_kind == HE_VFORK) {
		td->td_dbgflags &= ~TDB_SCE;
		td->td_flags |= TDF_SKIPSCX;
		thread_post(td, SIGTRAP, TDB_FORK | TDB_SCX | TDB_VFORK, TI_NONE);
	} else {
		td->td_merge = TDB_FORK | TDB_SCX;
	}
}

static void
on_vfork_done(struct thread *td, const struct host_event *ev)
{
	(void)ev;
	td->td_flags &= ~TDF_VFORKING;
	if ((td->td_flags & TDF_SKIPSCX) == 0 && !by_filter(td->td_proc))
		td->td_dbgflags |= TDB_SCE;
}

/* HE_NEW: the new thread's side. */
static void
on_new(struct tracer *tr, const struct host_event *ev)
{
	struct thread *td = thread_find(tr, ev->he_tid);

	if (td == NULL) {
		if (orphan_find(tr, ev->he_tid) == NULL && orphan_add(tr, ev->he_tid) != 0)
			(void)tr->tr_host->ops->detach(tr->tr_host, ev->he_tid, 0);
		return;
	}
	if (td->td_proc->p_flag & P_LEFT) {
		let_go(td->td_proc, td, 0);
		return;
	}
	newborn(td);
}

#define OPTIONS_UNKNOWN (~0u)

/* Can one of its threads be on its way to tell what it has made? */
static bool
may_tell(const struct proc *p)
{
	const struct thread *td;

	if (p == NULL || (p->p_flag & (P_LEFT | P_ZOMBIE | P_WEXIT | P_WKILLED)) != 0)
		return (false);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_RUNNING)
			return (true);
	return (false);
}

static bool
one_is_ending(const struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	const struct thread *td;
	struct host_facts facts;

	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_RUNNING &&
		    (host->ops->facts(host, td->td_tid, &facts) != 0 || facts.hf_dying))
			return (true);
	return (false);
}

/* Had the thread ended that made what nobody tells of before PT_FOLLOW_FORK came? */
static bool
made_before(const struct proc *p)
{
	return ((p->p_flag & P_FOLLOWNEW) != 0 && (p->p_flag & (P_ZOMBIE | P_WEXIT | P_WKILLED)) == 0 &&
	    (p->p_pfsflags & PF_FORK) == 0 && !one_is_ending(p));
}

/*
 * Whose is a thread whose maker was killed before it could tell?  Who dies with its maker is left for it to tell of;
 * a process is too while there is patience, since an exec beside its maker may have ended that.
 */
static bool
orphan_settle(struct tracer *tr, struct orphan *o, bool patient)
{
	struct host_facts facts;
	struct proc *p;
	pid_t tid = o->o_tid;

	if (tr->tr_host->ops->facts(tr->tr_host, tid, &facts) != 0)
		return (true); /* it is ending too, and will say so */
	p = proc_find(tr, facts.hf_pid != tid ? facts.hf_pid : facts.hf_ppid);
	if (may_tell(p) && (facts.hf_pid != tid || patient))
		return (facts.hf_pid != tid);
	/* A process that is not followed is let go; its maker may still tell of it, or not. */
	if (p != NULL && facts.hf_pid == tid && (!follows(p) || made_before(p)))
		p = NULL;
	orphan_free(tr, o);
	tr->tr_early++;
	if (p != NULL && facts.hf_pid != tid)
		made_thread(p, tid, TDS_STOPPED, OPTIONS_UNKNOWN);
	else if (p != NULL)
		made_process(p, NULL, tid, TDS_STOPPED, OPTIONS_UNKNOWN);
	else
		(void)tr->tr_host->ops->detach(tr->tr_host, tid, 0);
	return (true);
}

bool
orphans_settle(struct tracer *tr, bool patient)
{
	struct orphan *o, *next;
	bool settled = true;

	for (o = tr->tr_orphans; o != NULL; o = next) {
		next = o->o_next;
		if (!orphan_settle(tr, o, patient))
			settled = false;
	}
	return (settled);
}

/* ---- exec ---- */

/* The exec of a vfork child: its parent goes on, and the stops that waited for this are made. */
static void
vfork_over(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	bool waited = (p->p_flag & P_PPWAIT) != 0;

	p->p_flag &= ~(P_PPWAIT | P_HEADLESS | P_NOHEAD);
	p->p_flag |= P_EXEC;
	if (!waited)
		return;
	if (p->p_flag & P_FSTP)
		stop_begin(p, NULL);
	if (p->p_ppstop != 0)
		(void)host->ops->send(host, p->p_pid, 0, p->p_ppstop);
	p->p_ppstop = 0;
}

/* The thread that called is all that is left, under the process' id; what was met before is void. */
static void
on_exec(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;
	struct thread *other, *next;

	for (other = p->p_threads; other != NULL; other = next) {
		next = other->td_next;
		if (other != td)
			thread_free(other);
	}
	if (td->td_tid != ev->he_tid)
		thread_rename(td, ev->he_tid);
	thread_forget_events(td);
	if ((p->p_flag & (P_FSTP | P_PPWAIT)) != P_FSTP)
		stop_cancel(p);
	vfork_over(p);
	td->td_dbgflags &= TDB_SUSPEND;
	td->td_flags &= TDF_INTR;
	td->td_xsig = 0;
	td->td_merge = p->p_flag & P_TRACED ? TDB_EXEC | TDB_SCX : 0;
	procfs_execs(p);
}

/* A child that used PT_TRACE_ME shows itself for the first time. */
static void
on_adopt(struct tracer *tr, const struct host_event *ev)
{
	struct host_facts facts = {.hf_pid = ev->he_tid, .hf_ppid = tr->tr_host->ops->self(tr->tr_host)};
	struct proc *p;
	struct thread *td;

	(void)tr->tr_host->ops->facts(tr->tr_host, ev->he_tid, &facts);
	p = proc_new(tr, ev->he_tid, &facts);
	td = p == NULL ? NULL : thread_new(p, ev->he_tid, TDS_STOPPED);
	if (td == NULL) {
		if (p != NULL)
			proc_free(p);
		(void)tr->tr_host->ops->detach(tr->tr_host, ev->he_tid, ev->he_sig);
		return;
	}
	td->td_options = HO_EXITKILL;
	td->td_at = AT_SIGNAL;
	td->td_xsig = ev->he_ours ? 0 : ev->he_sig;
	if (ev->he_ours)
		;
	else if (ev->he_sig == 0)
		thread_post(td, SIGTRAP, TDB_EXEC | TDB_SCX, TI_NONE);
	else if (signal_reported(td, ev))
		thread_post(td, ev->he_sig, 0, TI_HOST);
	(void)attach_threads(p);
	if (p->p_numthreads > 1)
		p->p_flag |= P_GATHER;
	thread_settle(td);
}

/* ---- the end ---- */

static void
note_exiting(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;

	(void)ev;
	td->td_flags |= TDF_EXITING;
	thread_forget_events(td);
	/* Of a process that was stopped as a whole: somebody killed it. */
	if (p->p_flag & P_STOPPED_TRACE)
		p->p_flag |= P_WEXIT;
}

/* The thread is not to be held, and of a whole process no more is to be told. */
static void
on_exiting(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;
	struct host *host = p->p_tracer->tr_host;

	(void)ev;
	thread_set(td, TDS_RUNNING);
	td->td_at = AT_NOTHING;
	(void)host->ops->resume(host, td->td_tid, RM_CONT, 0);
	if (td->td_flags & TDF_LAST) {
		p->p_flag |= P_WEXIT;
		procfs_ends(p);
	}
	if (p->p_single != NULL)
		stopevent_settle(p);
}

static void
process_gone(struct proc *p, const struct host_event *ev)
{
	struct tracer *tr = p->p_tracer;

	procfs_ends(p);
	if ((p->p_flag & (P_TRACED | P_OWNCHILD)) == 0) {
		if (ev->he_kept)
			(void)tr->tr_host->ops->reap(tr->tr_host, p->p_pid);
		proc_free(p);
		return;
	}
	p->p_flag &= ~P_LEFT;
	proc_set_procfs(p, false);
	stop_cancel(p);
	while (p->p_threads != NULL)
		thread_free(p->p_threads);
	p->p_flag |= P_ZOMBIE | P_WEXIT;
	p->p_xstat = ev->he_status;
	/* One that was only looked at before may come again, taken. */
	p->p_flag &= ~P_KEPT;
	if (ev->he_kept)
		p->p_flag |= P_KEPT;
	report_add(p);
	wait_changed(tr);
}

/*
 * The end of a process whose first thread was not to be had is that of its last thread; of an own child it
 * comes as a child's, or, where the host had seen its first thread end, as a tracee's.
 */
static void
headless_gone(struct proc *p, const struct host_event *ev)
{
	if (p->p_flag & P_OWNCHILD)
		p->p_flag |= P_WEXIT;
	else
		process_gone(p, ev);
}

static void
thread_gone(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;

	/* Of a process that was stopped as a whole: somebody killed it. */
	if (p->p_flag & P_STOPPED_TRACE)
		p->p_flag |= P_WEXIT;
	thread_free(td);
	if (p->p_threads == NULL && (p->p_flag & (P_NOHEAD | P_GATHER)) == (P_NOHEAD | P_GATHER))
		(void)attach_threads(p);
	gather_beside(p);
	if (proc_left(p))
		proc_free(p);
	else if (p->p_threads == NULL && (p->p_flag & P_NOHEAD) != 0)
		headless_gone(p, ev);
	else {
		proc_settle(p);
		stopevent_settle(p);
	}
}

static void
on_exit(struct tracer *tr, const struct host_event *ev)
{
	struct proc *p = proc_find(tr, ev->he_tid);
	struct thread *td = thread_find(tr, ev->he_tid);
	struct orphan *o = orphan_find(tr, ev->he_tid);

	if (p != NULL)
		process_gone(p, ev);
	else if (td != NULL)
		thread_gone(td, ev);
	else
		tr->tr_early++; /* its maker may be still to tell */
	if (p == NULL && td == NULL && o != NULL)
		orphan_free(tr, o);
	if (p == NULL && td == NULL && ev->he_kept)
		(void)tr->tr_host->ops->reap(tr->tr_host, ev->he_tid);
	(void)orphans_settle(tr, true);
}

/* ---- dispatch ---- */

/* note: what must be known at once; act: what is for ptrace to tell, after stop events. */
static const struct {
	void (*note)(struct thread *, const struct host_event *);
	void (*act)(struct thread *, const struct host_event *);
	enum thread_at at;
} handlers[] = {
	[HE_STOP] = {NULL, on_stop, AT_NOTHING},
	[HE_SIGNAL] = {NULL, on_signal, AT_SIGNAL},
	[HE_SCE] = {NULL, on_sce, AT_ENTRY},
	[HE_SCX] = {NULL, on_scx, AT_EXIT},
	[HE_FORK] = {on_made, post_made, AT_NOTHING},
	[HE_VFORK] = {on_made, post_made, AT_NOTHING},
	[HE_CLONE] = {on_made, post_made, AT_NOTHING},
	[HE_VFORK_DONE] = {NULL, on_vfork_done, AT_NOTHING},
	[HE_EXEC] = {on_exec, NULL, AT_NOTHING},
	[HE_NEW] = {NULL, post_birth, AT_NOTHING},
	[HE_EXITING] = {note_exiting, on_exiting, AT_NOTHING},
};

static void
act(struct thread *td, const struct host_event *ev)
{
	if (handlers[ev->he_kind].act != NULL)
		handlers[ev->he_kind].act(td, ev);
	if (ev->he_kind != HE_EXITING)
		thread_settle(td);
}

/* The thread that tells: after an exec it has another name than before. */
static struct thread *
teller(struct tracer *tr, const struct host_event *ev)
{
	struct thread *td = NULL;

	if (ev->he_kind == HE_EXEC)
		td = thread_find(tr, ev->he_other);
	return (td != NULL ? td : thread_find(tr, ev->he_tid));
}

static void
thread_tells(struct tracer *tr, const struct host_event *ev)
{
	struct thread *td = teller(tr, ev);
	bool unseen;

	if (td == NULL)
		return;
	if (td->td_proc->p_flag & P_LEFT) {
		if (ev->he_kind == HE_SIGNAL || (td->td_flags & TDF_NOTRAP) == 0 || !leave_later(td))
			let_go(td->td_proc, td, signal_unwanted(td, ev) ? 0 : ev->he_kind == HE_SIGNAL ? ev->he_sig : 0);
		return;
	}
	/* The exit of a vfork that was told already comes at once, or was not asked for. */
	if (ev->he_kind != HE_SCX && ev->he_kind != HE_VFORK_DONE)
		td->td_flags &= ~(TDF_SKIPSCX | TDF_TOLDSCX);
	unseen = (td->td_flags & TDF_UNSEEN) != 0;
	stopped(td, handlers[ev->he_kind].at);
	if (unseen)
		gather_beside(td->td_proc);
	if (handlers[ev->he_kind].note != NULL)
		handlers[ev->he_kind].note(td, ev);
	if (!stopevent_met(td, ev))
		act(td, ev);
}

void
event_go_on(struct thread *td)
{
	struct host_event ev = td->td_met;

	act(td, &ev);
}

bool
event_dispatch(struct tracer *tr, const struct host_event *ev)
{
	switch (ev->he_kind) {
	case HE_KICK:
		return (true);
	case HE_CHILD:
		return (false);
	case HE_NEW:
		on_new(tr, ev);
		return (true);
	case HE_ADOPT:
		on_adopt(tr, ev);
		return (true);
	case HE_EXIT:
		on_exit(tr, ev);
		return (true);
	default:
		thread_tells(tr, ev);
		return (true);
	}
}
