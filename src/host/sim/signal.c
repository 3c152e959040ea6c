/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals of the simulated system, as Linux has them: one bit a number, the thread's own before the
 * process', the lowest first; kept for a traced thread even where the program ignores them.
 */
#include "host/sim/sim.h"

#define STOPPERS (SIM_BIT(SIGSTOP) | SIM_BIT(SIGTSTP) | SIM_BIT(SIGTTIN) | SIM_BIT(SIGTTOU))

bool
sim_stops_by_default(int sig)
{
	return ((SIM_BIT(sig) & STOPPERS) != 0);
}

bool
sim_ignored_by_default(int sig)
{
	return (sig == SIGCHLD || sig == SIGURG || sig == SIGWINCH || sig == SIGCONT);
}

static bool
ignores(const struct sim_proc *sp, int sig)
{
	return (sp->sp_how[sig] == HD_IGNORED || (sp->sp_how[sig] == HD_DEFAULT && sim_ignored_by_default(sig)));
}

static void
take_back(struct sim *sim, struct sim_proc *sp, uint64_t set)
{
	struct sim_thread *st;

	sp->sp_pending &= ~set;
	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp) {
			st->st_pending &= ~set;
			st->st_queued &= ~set;
		}
}

/* A SIGCONT ends a job-control stop and makes every traced thread look. */
static void
go_on(struct sim *sim, struct sim_proc *sp)
{
	struct sim_thread *st;

	sp->sp_jobstop = false;
	take_back(sim, sp, STOPPERS);
	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && st->st_traced && !st->st_traceme)
			st->st_notify = true;
}

/* The thread to be woken for a signal of the process: any that does not block it, the first if it can. */
static struct sim_thread *
woken_for(struct sim *sim, struct sim_proc *sp, int sig)
{
	struct sim_thread *st, *found = NULL;

	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && !st->st_dead && (st->st_mask & SIM_BIT(sig)) == 0 &&
		    (found == NULL || st->st_tid == sp->sp_pid))
			found = st;
	return (found);
}

static bool
is_traced(struct sim *sim, const struct sim_proc *sp)
{
	const struct sim_thread *st;

	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && st->st_traced)
			return (true);
	return (false);
}

void
sim_signal(struct sim *sim, struct sim_proc *sp, struct sim_thread *st, int sig, bool queued)
{
	struct sim_thread *woken = st;

	if (sp->sp_exiting || sp->sp_dead || (st != NULL && st->st_dead))
		return;
	if (sig == SIGKILL) {
		sim_kill(sim, sp, SIGKILL);
		return;
	}
	if (sig == SIGCONT)
		go_on(sim, sp);
	else if (sim_stops_by_default(sig))
		take_back(sim, sp, SIM_BIT(SIGCONT));
	if (woken == NULL)
		woken = woken_for(sim, sp, sig);
	if (ignores(sp, sig) && !is_traced(sim, sp) && woken != NULL && (woken->st_mask & SIM_BIT(sig)) == 0)
		return;
	if (st == NULL) {
		sp->sp_pending |= SIM_BIT(sig);
		if (woken != NULL)
			woken->st_roused = true;
	} else if ((st->st_pending & SIM_BIT(sig)) == 0) {
		st->st_pending |= SIM_BIT(sig);
		if (queued)
			st->st_queued |= SIM_BIT(sig);
	}
}

bool
sim_signalled(const struct sim_thread *st)
{
	return (st->st_trap || st->st_notify || st->st_roused || st->st_killed || st->st_forced != 0 ||
	    (st->st_pending & ~st->st_mask) != 0);
}

static int
lowest(uint64_t *set, uint64_t mask)
{
	uint64_t ready = *set & ~mask;
	int sig;

	if (ready == 0)
		return (0);
	sig = __builtin_ctzll(ready) + 1;
	*set &= ~SIM_BIT(sig);
	return (sig);
}

bool
sim_take(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;
	int sig;

	st->st_sigforced = st->st_sigstep = st->st_sigqueued = st->st_sighit = false;
	if ((sig = st->st_forced) != 0) {
		st->st_sigforced = !st->st_stepped;
		st->st_sigstep = st->st_stepped;
		st->st_sighit = st->st_hit && !st->st_stepped;
		st->st_forced = 0;
		st->st_stepped = st->st_hit = false;
		if (sp->sp_how[sig] == HD_IGNORED || (st->st_mask & SIM_BIT(sig)) != 0) {
			sp->sp_how[sig] = HD_DEFAULT;
			st->st_mask &= ~SIM_BIT(sig);
		}
	} else if ((sig = lowest(&st->st_pending, st->st_mask)) != 0) {
		st->st_sigqueued = (st->st_queued & SIM_BIT(sig)) != 0;
		st->st_queued &= ~SIM_BIT(sig);
	} else {
		sig = lowest(&sp->sp_pending, st->st_mask);
		st->st_roused = false;
	}
	if (sig == 0)
		return (false);
	st->st_sig = sig;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_SIGNAL, .sf_st = st, .sf_sig = sig,
	    .sf_queued = st->st_sigqueued, .sf_forced = st->st_sigforced, .sf_step = st->st_sigstep});
	return (true);
}

/* All signals are blocked in a handler, which does one thing and returns. */
static void
enter_handler(struct sim_thread *st)
{
	st->st_frame.tf = st->st_tf;
	st->st_frame.mask = st->st_mask;
	st->st_frame.call = st->st_call;
	st->st_frame.restart = st->st_restart && st->st_proc->sp_restarts && st->st_call.sa_call != SC_PAUSE;
	st->st_tf = st->st_restart = false;
	st->st_incall = false;
	st->st_mask = ~(uint64_t)0;
	st->st_handler = true;
	st->st_left = 1;
	st->st_prepared = false;
	if (st->st_traced && st->st_mode == RM_STEP) {
		st->st_forced = SIGTRAP;
		st->st_stepped = true;
	}
}

static void
stop_all(struct sim *sim, struct sim_proc *sp)
{
	struct sim_thread *st;

	sp->sp_jobstop = true;
	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && st->st_traced && !st->st_traceme)
			st->st_trap = true;
}

void
sim_act(struct sim *sim, struct sim_thread *st, int sig)
{
	struct sim_proc *sp = st->st_proc;

	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_TAKEN, .sf_st = st, .sf_sig = sig,
	    .sf_handler = sp->sp_how[sig] == HD_CAUGHT});
	if (sp->sp_how[sig] == HD_CAUGHT)
		enter_handler(st);
	else if (sp->sp_how[sig] == HD_IGNORED || sim_ignored_by_default(sig))
		return;
	else if (sim_stops_by_default(sig))
		stop_all(sim, sp);
	else
		sim_kill(sim, sp, sig);
}
