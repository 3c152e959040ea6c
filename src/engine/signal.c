/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which signals are reported, and what becomes of the one a tracer answers with.
 * From: stops.md, 5 and 6; decisions.md, 12.
 */
#include "engine/engine.h"

static bool
ignored_by_default(int sig)
{
	return (sig == SIGCHLD || sig == SIGURG || sig == SIGWINCH);
}

static bool
stops_by_default(int sig)
{
	return (sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU);
}

static enum host_disposition
disposition(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	enum host_disposition how;

	if (sig == SIGSTOP || sig == SIGKILL ||
	    host->ops->disposition(host, td->td_proc->p_pid, td->td_tid, sig, &how) != 0)
		return (HD_DEFAULT);
	return (how);
}

bool
signal_caught(struct thread *td, int sig)
{
	return (disposition(td, sig) == HD_CAUGHT);
}

bool
signal_acts(struct thread *td, int sig)
{
	switch (disposition(td, sig)) {
	case HD_CAUGHT:
		return (true);
	case HD_DEFAULT:
		return (sig != SIGCONT && !stops_by_default(sig) && !ignored_by_default(sig));
	case HD_IGNORED:
		break;
	}
	return (false);
}

bool
signal_dumps(struct thread *td, int sig)
{
	static const int dumpers[] = {
	    SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};

	for (size_t i = 0; i < sizeof(dumpers) / sizeof(dumpers[0]); i++)
		if (dumpers[i] == sig)
			return (disposition(td, sig) == HD_DEFAULT);
	return (false);
}

bool
signal_waits(struct thread *td, int sig)
{
	return ((td->td_proc->p_flag & P_PPWAIT) != 0 && stops_by_default(sig) &&
	    disposition(td, sig) == HD_DEFAULT);
}

bool
signal_posted(struct thread *td, const struct host_event *ev)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	if (ev->he_trap || ev->he_step || ev->he_sig == SIGCONT || ev->he_sig == SIGSTOP)
		return (true);
	switch (disposition(td, ev->he_sig)) {
	case HD_IGNORED:
		return (false);
	case HD_DEFAULT:
		/* In an orphaned group nobody could undo a terminal's stop, so it is not made. */
		return (!ignored_by_default(ev->he_sig) &&
		    (!stops_by_default(ev->he_sig) || !host->ops->orphaned(host, td->td_proc->p_pid)));
	case HD_CAUGHT:
		break;
	}
	return (true);
}

bool
signal_reported(struct thread *td, const struct host_event *ev)
{
	struct host *host = td->td_proc->p_tracer->tr_host;

	if (td->td_proc->p_flag & P_WKILLED)
		return (false);
	if (!ev->he_trap && !ev->he_step && host->ops->is_queued(host, td->td_tid, ev->he_sig))
		return (false);
	return (signal_posted(td, ev));
}

static bool
blocks(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	sigset_t mask;

	return (td->td_state == TDS_STOPPED && host->ops->blocked(host, td->td_tid, &mask) == 0 &&
	    sigismember(&mask, sig) == 1);
}

/* The thread to take a signal: this one, or, if it blocks it, one that does not; NULL: all do. */
static struct thread *
taker(struct thread *td, int sig)
{
	struct thread *other;

	if (!blocks(td, sig))
		return (td);
	for (other = td->td_proc->p_threads; other != NULL; other = other->td_next)
		if (other != td && !blocks(other, sig))
			return (other);
	return (NULL);
}

/* The signal the thread is stopped at in the host is the one that was reported. */
static bool
is_at(const struct thread *td)
{
	return (td->td_at == AT_SIGNAL && td->td_events[0].te_info != TI_NONE &&
	    td->td_events[0].te_info != TI_ATTACH);
}

/*
 * Instead of a reported signal: at once; where this thread blocks it another takes it; where all do it
 * stays pending and is reported as any other when it is unblocked.
 */
static void
replace(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	struct thread *to = taker(td, sig);

	if (to == td)
		td->td_xsig = sig;
	else if (to != NULL)
		(void)host->ops->queue(host, td->td_proc->p_pid, to->td_tid, sig);
	else
		(void)host->ops->send(host, td->td_proc->p_pid, td->td_tid, sig);
}

/* Not instead of a signal: it is taken when the thread goes on, and not reported. */
static void
add(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	struct thread *to = taker(td, sig);

	(void)host->ops->queue(host, td->td_proc->p_pid, (to != NULL ? to : td)->td_tid, sig);
}

void
signal_give(struct thread *td, int sig)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	bool signal_stop = td->td_events[0].te_info != TI_NONE, at = is_at(td);
	int reported = td->td_events[0].te_sig;

	if (at)
		td->td_xsig = 0;
	if (sig == 0)
		return;
	if (stops_by_default(sig) && disposition(td, sig) == HD_DEFAULT) {
		/* While traced it does nothing, but a SIGSTOP where no signal was is one of its own. */
		if (sig == SIGSTOP && !signal_stop)
			(void)host->ops->send(host, td->td_proc->p_pid, td->td_tid, sig);
	} else if (at && sig == reported)
		td->td_xsig = sig;
	else if (at && sig != SIGCONT)
		replace(td, sig);
	else
		add(td, sig);
}

int
proc_kill(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	struct thread *td;
	bool ending;
	int error;

	if ((error = host->ops->send(host, p->p_pid, 0, SIGKILL)) != 0)
		return (error);
	p->p_flag |= P_WKILLED;
	p->p_stops = 0;
	stop_cancel(p);
	for (td = p->p_threads; td != NULL; td = td->td_next) {
		ending = td->td_state == TDS_SLEEPING && (td->td_flags & TDF_EXITING) != 0;
		stopevent_forget(td); /* not resumed: the kill does that, but for one that was ending already */
		if (ending)
			event_go_on(td);
		thread_forget_events(td);
		td->td_dbgflags &= ~TDB_SUSPEND;
		if (td->td_state == TDS_STOPPED)
			thread_set(td, TDS_RUNNING);
	}
	return (0);
}
