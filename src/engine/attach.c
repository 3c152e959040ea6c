/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_TRACE_ME, PT_ATTACH, PT_DETACH.  From: requests.md, 6; stops.md, 7, 8 and 14.
 */
#include <errno.h>

#include "engine/ktr.h"
#include "engine/request.h"

int
pt_trace_me(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = host->ops->traceme();

	if (error != 0)
		return (refuse(c, error, WHY_TRACEME));
	ktr_pt_trace_me(host->ops->self(host));
	return (0);
}

/* ---- attach ---- */

#define ATTEMPTS 4

/* Threads that were seized before memory ran out are let go when they stop. */
static void
attach_failed(struct proc *p)
{
	if (p->p_threads == NULL)
		proc_free(p);
	else
		(void)proc_leave(p);
}

/*
 * EPERM of the host says too much: the thread may be ending, or somebody may have come first, whom we need not be
 * able to see.  Of a process whose first thread has ended another one says.
 */
static int
why_not(struct proc *p, enum why *why, pid_t *tracer)
{
	struct host *host = p->p_tracer->tr_host;
	pid_t tid = p->p_flag & P_NOHEAD ? other_thread(p) : p->p_pid;
	struct host_facts facts;

	*why = WHY_ENDING;
	if (host->ops->facts(host, tid, &facts) != 0 || facts.hf_exiting || facts.hf_dying)
		return (ESRCH);
	*why = WHY_RIGHTS;
	if (host->ops->may_debug(host, tid) == EPERM)
		return (EPERM);
	*why = WHY_OTHERS;
	*tracer = facts.hf_tracer;
	return (EBUSY);
}

/* One attempt: 0, or none of its threads is ours, or, with ENOMEM, some are. */
static int
seize_once(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	int error = 0;

	if (thread_find(p->p_tracer, p->p_pid) == NULL)
		error = attach_thread(p, p->p_pid);
	if (error != 0 && host->ops->absence(host, p->p_pid, p->p_pid) == HA_GONE) {
		p->p_flag |= P_NOHEAD;
		error = 0; /* the first thread has ended; the others say whether they may be traced */
	}
	if (error == 0)
		error = attach_threads(p);
	return (error == 0 && p->p_threads == NULL ? ESRCH : error);
}

/*
 * Where nothing is found to refuse it the rights may just have changed, or an exec may have put another thread in the
 * place of the first one: again then.
 */
int
proc_seize(struct proc *p, enum why *why, pid_t *tracer)
{
	unsigned flags = p->p_flag;
	int error, reason;
	bool nothing;

	*why = WHY_OWN;
	for (int i = 0; (error = seize_once(p)) == EPERM || error == ESRCH; i++) {
		reason = why_not(p, why, tracer);
		nothing = reason == EBUSY && *tracer == 0;
		if (nothing && error == ESRCH)
			*why = WHY_ENDING;
		else
			error = reason;
		if (!nothing || p->p_threads != NULL || i == ATTEMPTS)
			break;
		p->p_flag = flags;
	}
	if (error != 0)
		attach_failed(p);
	return (error);
}

/* A process that is ours by stop events: its threads are told, and one of them sleeps in S_SIG for the SIGSTOP. */
static void
attach_procfs(struct proc *p)
{
	struct thread *td;

	job_forget(p);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_SLEEPING)
			thread_options(td);
	if (p->p_stops & S_SIG) {
		p->p_flag |= P_FSTPSIG;
		proc_refresh(p);
	}
}

int
pt_attach(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct proc *p = proc_find(c->c_tracer, c->c_pid);
	enum why why;
	int error;

	if (p != NULL) /* left, but not by all its threads; or under stop events */
		p->p_flag = P_TRACED | (p->p_flag & (P_OWNCHILD | P_HEADLESS | P_NOHEAD | P_PROCFS));
	else if ((p = proc_new(c->c_tracer, c->c_pid, &c->c_facts)) == NULL)
		return (ENOMEM);
	for (struct thread *td = p->p_threads; td != NULL; td = td->td_next)
		td->td_flags &= ~TDF_NOTRAP;
	p->p_flag |= P_FSTP | P_GATHER | (host->ops->vforked(host, c->c_pid, c->c_facts.hf_ppid) ? P_PPWAIT : 0);
	if ((error = proc_seize(p, &why, &c->c_facts.hf_tracer)) != 0)
		return (refuse(c, error, why));
	/* Its exec may have come between the question and the attach; later it is told of. */
	if ((p->p_flag & P_PPWAIT) != 0 && !host->ops->vforked(host, c->c_pid, c->c_facts.hf_ppid))
		p->p_flag &= ~P_PPWAIT;
	ktr_pt_attach(p->p_pid, p->p_oppid);
	if (p->p_flag & P_PROCFS)
		attach_procfs(p);
	if ((p->p_flag & (P_PPWAIT | P_FSTPSIG)) == 0)
		stop_begin(p, NULL);
	wait_changed(p->p_tracer); /* who waits is to look after it too */
	return (0);
}

/* ---- detach ---- */

/* Not one that the thread blocks: that would not come. */
static bool
has_pending_trap(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	sigset_t set;

	if (host->ops->pending(host, td->td_tid, &set) != 0 || sigismember(&set, SIGTRAP) != 1)
		return (false);
	return ((td->td_flags & TDF_NOTRAP) == 0 || host->ops->blocked(host, td->td_tid, &set) != 0 ||
	    sigismember(&set, SIGTRAP) != 1);
}

/*
 * It has stepped, or met what its debug registers watch, and was stopped for something else before its trap, which
 * would end it as any SIGTRAP does.
 */
static bool
trap_is_due(struct thread *td)
{
	return (td->td_at != AT_SIGNAL &&
	    ((td->td_flags & (TDF_STEPPING | TDF_NOTRAP)) != 0 || (td->td_proc->p_flag & P_DBREGS) != 0) &&
	    has_pending_trap(td));
}

bool
signal_unwanted(const struct thread *td, const struct host_event *ev)
{
	return (ev->he_kind == HE_SIGNAL && (ev->he_step || ev->he_debug ||
	    (ev->he_sig == SIGTRAP && (td->td_flags & TDF_NOTRAP) != 0)));
}

bool
leave_later(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	if (!trap_is_due(td))
		return (false);
	thread_forget_events(td);
	td->td_flags |= TDF_LEAVING;
	thread_set(td, TDS_RUNNING);
	(void)host->ops->resume(host, td->td_tid, RM_CONT, 0);
	return (true);
}

void
thread_drop_dbregs(struct thread *td)
{
	static const struct dbreg none;
	struct host *host = td->td_proc->p_tracer->tr_host;

	td->td_flags |= TDF_DROPDB;
	if (td->td_state != TDS_STOPPED && td->td_state != TDS_SLEEPING)
		return;
	td->td_flags &= ~TDF_DROPDB;
	(void)host->ops->set_dbregs(host, td->td_tid, &none);
}

/* Traps that the tracer has caused and was not told of are nobody's. */
static void
drop_traps(struct proc *p)
{
	const struct event *last;
	struct thread *td;

	for (td = p->p_threads; td != NULL; td = td->td_next) {
		if (td->td_at != AT_SIGNAL || td->td_nevents == 0)
			continue;
		last = &td->td_events[td->td_nevents - 1];
		if (last->te_info == TI_STEP || last->te_info == TI_DEBUG)
			td->td_xsig = 0;
	}
}

/* What a thread takes with it: the signal it is stopped at, and no trace of ours. */
static void
leave_thread(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	bool flag = false;

	if (td->td_flags & TDF_TRAPFLAG)
		(void)host->ops->trap_flag(host, td->td_tid, &flag);
	if (leave_later(td))
		return;
	if (host->ops->detach(host, td->td_tid, td->td_at == AT_SIGNAL ? td->td_xsig : 0) == 0) {
		thread_free(td);
		return;
	}
	/* It was killed: its end is still to come, and others wait for it. */
	thread_forget_events(td);
	thread_set(td, TDS_RUNNING);
}

/* What it slept before is not acted on, but a signal is taken. */
static void
leave_stopevent(struct thread *td)
{
	if ((td->td_flags & TDF_MET) != 0 && td->td_met.he_kind == HE_SIGNAL)
		td->td_xsig = td->td_met.he_sig;
	stopevent_forget(td);
}

/*
 * A thread that waits for its vfork child, or was interrupted and has not stopped, cannot be let go
 * now: it is when it shows itself, and until then the process stays in the tables, out of sight.
 */
int
proc_leave(struct proc *p)
{
	struct tracer *tr = p->p_tracer;
	struct thread *td, *next;

	stop_cancel(p);
	proc_set_procfs(p, false);
	p->p_flag = P_LEFT | (p->p_flag & (P_OWNCHILD | P_HEADLESS | P_DBREGS));
	p->p_stops = 0;
	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		/* One that stays for a while may be attached to again. */
		td->td_dbgflags &= ~(TDB_STEP | TDB_SUSPEND);
		td->td_flags &= ~TDF_STEPCALL;
		if (td->td_state == TDS_SLEEPING)
			leave_stopevent(td);
		if ((p->p_flag & P_DBREGS) != 0 && td->td_state != TDS_STOPPED)
			thread_drop_dbregs(td);
		if (td->td_state == TDS_STOPPED)
			leave_thread(td);
		else
			thread_forget_events(td);
	}
	if (proc_left(p))
		proc_free(p);
	else
		(void)tr->tr_host->ops->service(tr->tr_host);
	return (0);
}

/*
 * A signal that was not reported is taken, other events vanish.  The interrupt has a thread look whether there is
 * a job-control stop to take part in, before it runs.
 */
static void
untrace_thread(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	bool flag = false;

	thread_forget_events(td);
	if ((td->td_flags & TDF_TRAPFLAG) != 0 && td->td_state == TDS_STOPPED)
		(void)host->ops->trap_flag(host, td->td_tid, &flag);
	if (td->td_state == TDS_STOPPED && trap_is_due(td))
		td->td_flags |= TDF_LEAVING;
	td->td_dbgflags &= TDB_SCE;
	td->td_flags &= ~(TDF_TRAPFLAG | TDF_STEPCALL | TDF_SKIPSCX | TDF_CHILD);
	td->td_merge = 0;
	if (td->td_state != TDS_STOPPED)
		return;
	(void)host->ops->interrupt(host, td->td_tid);
	td->td_flags |= TDF_INTR;
	thread_resume(td);
}

void
proc_untrace(struct proc *p)
{
	struct thread *td;

	stop_cancel(p);
	for (td = p->p_threads; td != NULL && (p->p_flag & P_DBREGS) != 0; td = td->td_next)
		thread_drop_dbregs(td);
	p->p_flag = P_PROCFS | (p->p_flag & (P_OWNCHILD | P_HEADLESS | P_NOHEAD | P_DBREGS | P_BYFILTER));
	p->p_stops = 0;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		untrace_thread(td);
}

/*
 * The signal goes out as an ordinary one: stop signals stop, and what no signal stop carries is queued,
 * which the process takes as soon as it is left.
 */
static void
detach_signal(struct proc *p, int sig)
{
	struct host *host = p->p_tracer->tr_host;
	struct thread *td = p->p_xthread;
	const struct event *ev = &td->td_events[0];
	bool at = td->td_at == AT_SIGNAL && ev->te_info != TI_NONE && ev->te_info != TI_ATTACH;

	if (at)
		td->td_xsig = 0;
	/* A SIGCONT ends a job-control stop when it is sent, not when it is taken. */
	if (at && (sig != SIGCONT || ev->te_sig == SIGCONT))
		td->td_xsig = sig;
	else if (sig != 0)
		(void)host->ops->send(host, p->p_pid, td->td_tid, sig);
}

/* Whose child it is again: of its parent at the attach, or of who has inherited it since. */
static void
say_detach(const struct proc *p, int sig)
{
	struct host *host = p->p_tracer->tr_host;
	struct host_facts facts;
	pid_t parent = p->p_oppid;

	if (p->p_flag & P_OWNCHILD) {
		ktr_pt_detach(p->p_pid, sig);
		return;
	}
	if (KTR_LOOKED(pt_detach_to) && host->ops->facts(host, p->p_pid, &facts) == 0)
		parent = facts.hf_ppid;
	ktr_pt_detach_to(p->p_pid, parent, sig);
}

int
pt_detach(struct call *c)
{
	struct proc *p = c->c_proc;

	if (c->c_data < 0 || c->c_data >= _NSIG)
		return (EINVAL);
	say_detach(p, c->c_data);
	if (c->c_data == SIGKILL)
		return (proc_kill(p));
	drop_traps(p);
	detach_signal(p, c->c_data);
	if ((p->p_flag & P_PROCFS) == 0)
		return (proc_leave(p));
	proc_untrace(p);
	return (0);
}
