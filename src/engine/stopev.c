/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events: a thread sleeps in stopevent() until somebody sets p_step to 0.  engine.h has the drawing.
 * From: stopevent.md, 1, 2 and 4; decisions.md, 17.
 */
#include <string.h>
#include <sys/wait.h>

#include "engine/engine.h"
#include "engine/ktr.h"

/* ---- sleeping ---- */

static void
tell(struct thread *td)
{
	struct proc *p = td->td_proc;

	p->p_step = true;
	p->p_stype = td->td_stopevs[0].se_event;
	p->p_sval = td->td_stopevs[0].se_val;
	wait_changed(p->p_tracer);
}

/* What is still wanted of what it has met is told, one after the other.  false: nothing is. */
static bool
sleep_next(struct thread *td)
{
	while (td->td_nstopevs > 0 && (td->td_proc->p_stops & td->td_stopevs[0].se_event) == 0) {
		td->td_nstopevs--;
		memmove(&td->td_stopevs[0], &td->td_stopevs[1], td->td_nstopevs * sizeof(td->td_stopevs[0]));
	}
	if (td->td_nstopevs == 0)
		return (false);
	ktr_stopevent(td->td_proc->p_pid, td->td_stopevs[0].se_event, td->td_stopevs[0].se_val);
	thread_set(td, TDS_SLEEPING);
	tell(td);
	return (true);
}

static void
add(struct thread *td, unsigned event, unsigned val)
{
	if ((td->td_proc->p_stops & event) != 0 && td->td_nstopevs < STOPEVS_MAX)
		td->td_stopevs[td->td_nstopevs++] = (struct stopev){.se_event = event, .se_val = val};
}

static bool
sleep_in(struct thread *td, unsigned event, unsigned val)
{
	add(td, event, val);
	return (sleep_next(td));
}

/* Is nobody asleep any more? */
static void
wake_check(struct proc *p)
{
	const struct thread *td = p->p_threads;

	while (td != NULL && td->td_state != TDS_SLEEPING)
		td = td->td_next;
	if (td == NULL)
		p->p_step = false;
}

void
stopevent_forget(struct thread *td)
{
	struct proc *p = td->td_proc;

	/* The SIGSTOP it has taken is another's to take. */
	if ((td->td_flags & TDF_FSTP) != 0 && (p->p_flag & P_FSTP) != 0)
		p->p_flag |= P_FSTPSIG;
	td->td_nstopevs = 0;
	td->td_flags &= ~(TDF_MET | TDF_FSTP);
	if (p->p_single == td)
		p->p_single = NULL;
	if (td->td_state != TDS_SLEEPING)
		return;
	thread_set(td, TDS_STOPPED);
	wake_check(p);
}

/* ---- going on ---- */

/* It has taken the SIGSTOP of an attach. */
static void
stop_for_attach(struct thread *td)
{
	struct proc *p = td->td_proc;

	if ((td->td_flags & TDF_FSTP) != 0 && (p->p_flag & (P_FSTP | P_STOPPING)) == P_FSTP)
		stop_begin(p, NULL);
	td->td_flags &= ~TDF_FSTP;
}

/* Where another thread sleeps again by now, this one does too, and is the one that is told of. */
static void
wake(struct thread *td)
{
	if (td->td_proc->p_step) {
		tell(td);
		return;
	}
	td->td_nstopevs--;
	memmove(&td->td_stopevs[0], &td->td_stopevs[1], td->td_nstopevs * sizeof(td->td_stopevs[0]));
	if (sleep_next(td))
		return;
	thread_set(td, TDS_STOPPED);
	if (td->td_flags & TDF_MET) {
		td->td_flags &= ~TDF_MET;
		event_go_on(td);
	} else if (td->td_proc->p_single == td) {
		thread_resume(td); /* to its death, whatever else is under way */
	} else {
		stop_for_attach(td);
		thread_settle(td);
	}
}

void
stopevent_release(struct proc *p)
{
	struct thread *td, *next;

	p->p_step = false;
	for (td = p->p_threads; td != NULL; td = next) {
		next = td->td_next;
		if (td->td_state == TDS_SLEEPING)
			wake(td);
	}
}

/* ---- what a thread meets ---- */

/* The call it enters or leaves; where the host does not tell any more, 0. */
static struct host_call
call_of(struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	struct host_call call = {.hc_code = 0};

	(void)host->ops->call(host, td->td_tid, &call);
	return (call);
}

/* A call that we broke off, and thought would be made again, was broken off for good by a signal. */
static bool
ends_call(const struct thread *td)
{
	return ((td->td_flags & TDF_RESTART) != 0 && (td->td_dbgflags & TDB_SCE) != 0);
}

static void
met_signal(struct thread *td, const struct host_event *ev)
{
	if (!signal_posted(td, ev) || ((td->td_flags & TDF_LEAVING) != 0 && signal_unwanted(td, ev)))
		return;
	if (ends_call(td))
		add(td, S_SCX, call_of(td).hc_code);
	add(td, S_SIG, (unsigned)ev->he_sig);
}

static void
met_exit_of_call(struct thread *td, const struct host_event *ev)
{
	struct host_call call = call_of(td);

	(void)ev;
	if (td->td_merge == 0 && call.hc_restart)
		return;
	if ((td->td_flags & TDF_TOLDSCX) == 0)
		add(td, S_SCX, call.hc_code);
	/* The trap of a step over the call is a signal too. */
	if ((td->td_flags & TDF_STEPCALL) != 0 && (td->td_merge & TDB_EXEC) == 0)
		add(td, S_SIG, SIGTRAP);
}

static bool
is_there(const struct thread *td)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	enum host_absence why = host->ops->absence(host, td->td_proc->p_pid, td->td_tid);

	return (why == HA_COMING || why == HA_VFORK);
}

/* Has every other thread of the process ended, or begun to? */
static bool
is_last(const struct thread *td)
{
	const struct thread *other;

	for (other = td->td_proc->p_threads; other != NULL; other = other->td_next)
		if (other != td && (other->td_flags & TDF_EXITING) == 0 && is_there(other))
			return (false);
	return (true);
}

static void
met_end(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;

	if (!is_last(td))
		return;
	td->td_flags |= TDF_LAST;
	if (WIFSIGNALED(ev->he_status) && WTERMSIG(ev->he_status) == SIGKILL)
		p->p_stops = 0;
	add(td, S_EXIT, (unsigned)ev->he_status);
}

bool
stopevent_met(struct thread *td, const struct host_event *ev)
{
	struct proc *p = td->td_proc;

	if ((p->p_flag & P_PROCFS) == 0)
		return (false);
	stopevent_credentials(p);
	switch (ev->he_kind) {
	case HE_SIGNAL:
		met_signal(td, ev);
		break;
	case HE_SCE:
		/* Some calls' numbers cannot be had any more when they end. */
		if ((td->td_flags & TDF_RESTART) == 0 && (p->p_stops & (S_SCE | S_SCX)) != 0)
			add(td, S_SCE, call_of(td).hc_narg);
		break;
	case HE_SCX:
		if (p->p_stops & (S_SCX | S_SIG))
			met_exit_of_call(td, ev);
		break;
	case HE_VFORK:
		if (p->p_stops & S_SCX) {
			td->td_flags |= TDF_TOLDSCX; /* not when it has waited for its child, too */
			add(td, S_SCX, call_of(td).hc_code);
		}
		break;
	case HE_NEW:
		/* The birth of a thread: of a traced process only. */
		if ((p->p_flag & P_TRACED) != 0 && (td->td_flags & TDF_CHILD) == 0 && (p->p_stops & S_SCX) != 0)
			add(td, S_SCX, call_of(td).hc_code);
		break;
	case HE_EXEC:
		add(td, S_EXEC, 0);
		break;
	case HE_EXITING:
		met_end(td, ev);
		break;
	default:
		break;
	}
	if (!sleep_next(td))
		return (false);
	td->td_flags |= TDF_MET;
	td->td_met = *ev;
	return (true);
}

bool
stopevent_attach(struct thread *td)
{
	struct proc *p = td->td_proc;

	if ((p->p_flag & P_FSTPSIG) == 0 || td->td_nevents != 0 || (td->td_flags & TDF_EXITING) != 0)
		return (false);
	p->p_flag &= ~P_FSTPSIG;
	td->td_flags |= TDF_FSTP;
	if (sleep_in(td, S_SIG, SIGSTOP))
		return (true);
	stop_for_attach(td);
	return (false);
}

/* ---- about to act on a signal ---- */

/* Are all the others stopped, or on their way out? */
static bool
stands_alone(const struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	const struct thread *td;

	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td != p->p_single && td->td_state != TDS_STOPPED && td->td_state != TDS_VFORK &&
		    (td->td_flags & TDF_EXITING) == 0 &&
		    (td->td_state == TDS_SLEEPING || host->ops->absence(host, p->p_pid, td->td_tid) == HA_COMING))
			return (false);
	return (true);
}

void
stopevent_settle(struct proc *p)
{
	struct thread *td = p->p_single;

	if (td == NULL || td->td_state != TDS_STOPPED || !stands_alone(p))
		return;
	if (!sleep_in(td, S_CORE, 0))
		thread_resume(td);
}

static bool
dump(struct thread *td)
{
	td->td_flags |= TDF_CORED;
	td->td_proc->p_single = td;
	proc_refresh(td->td_proc);
	if (!stands_alone(td->td_proc))
		return (true);
	return (sleep_in(td, S_CORE, 0));
}

bool
stopevent_resume(struct thread *td)
{
	struct proc *p = td->td_proc;

	if (p->p_single != NULL)
		return (p->p_single != td);
	if ((p->p_stops & (S_SIG | S_CORE)) == 0 || td->td_at != AT_SIGNAL || td->td_xsig == 0)
		return (false);
	if ((td->td_flags & TDF_POSTED) == 0) {
		td->td_flags |= TDF_POSTED;
		if ((p->p_stops & S_SIG) != 0 && signal_acts(td, td->td_xsig))
			return (sleep_in(td, S_SIG, (unsigned)td->td_xsig));
	}
	if ((td->td_flags & TDF_CORED) != 0 || (p->p_stops & S_CORE) == 0 || !signal_dumps(td, td->td_xsig))
		return (false);
	return (dump(td));
}

/* ---- credentials ---- */

void
stopevent_credentials(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	uint64_t now;

	if (p->p_stops == 0 || host->ops->credentials(host, p->p_pid, &now) != 0 || now == p->p_credentials)
		return;
	p->p_credentials = now;
	if ((p->p_pfsflags & PF_ISUGID) == 0)
		p->p_stops = 0;
}
