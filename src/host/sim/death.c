/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How simulated threads and processes end, and what an exec does to the threads beside it.
 *
 * The end of a traced thread waits for the tracer to be told; that of a first thread until all others
 * were.  An exec by another than the first thread waits for the others, takes the first one's id, and that
 * one is never heard of again.
 */
#include "host/sim/sim.h"

#include <string.h>

static void
end_stop(struct sim_thread *st)
{
	st->st_stopped = st->st_told = false;
	st->st_killed = true;
}

void
sim_kill(struct sim *sim, struct sim_proc *sp, int status)
{
	struct sim_thread *st;

	if (sp->sp_exiting || sp->sp_dead)
		return;
	sp->sp_exiting = true;
	sp->sp_status = status;
	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && !st->st_dead)
			end_stop(st);
}

static bool
has_others(struct sim *sim, const struct sim_proc *sp, const struct sim_thread *but)
{
	const struct sim_thread *st;

	FOREACH_SIM_THREAD(sim, st)
		if (st->st_proc == sp && st != but)
			return (true);
	return (false);
}

static void
process_free(struct sim *sim, struct sim_proc *sp)
{
	struct sim_proc *child;

	FOREACH_SIM_PROC(sim, child)
		if (child->sp_ppid == sp->sp_pid)
			child->sp_ppid = 1;
	sp->sp_pid = 0;
}

static void
thread_free(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;

	st->st_tid = 0;
	if (!has_others(sim, sp, NULL))
		process_free(sim, sp);
}

/* An untraced process that is no child of ours is somebody else's to collect. */
static bool
is_ours(const struct sim_thread *st)
{
	return (st->st_traced || (st->st_tid == st->st_proc->sp_pid && st->st_proc->sp_ppid == SIM_SELF));
}

/* Processes that nobody here will be told of are gone at once. */
static void
sweep(struct sim *sim, struct sim_proc *sp)
{
	struct sim_thread *st = sim_main(sim, sp);

	if (st != NULL && st->st_dead && !is_ours(st) && !has_others(sim, sp, st))
		thread_free(sim, st);
}

void
sim_die(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;

	st->st_dead = true;
	st->st_stopped = st->st_told = st->st_incall = false;
	st->st_status = sp->sp_exiting ? sp->sp_status : 0;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_GONE, .sf_st = st});
	if (sim_count(sim, sp) == 0) {
		sp->sp_dead = true;
		sp->sp_vforked = false;
		sim_tell(sim, &(struct sim_fact){.sf_kind = SF_DEAD, .sf_sp = sp});
	}
	if (st->st_tid != sp->sp_pid && (!st->st_traced || st->st_silent))
		st->st_tid = 0;
	sweep(sim, sp);
}

/* Linux may not tell of one that was killed. */
void
sim_end(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;
	struct host_event ev = {.he_kind = HE_EXITING};

	if (!st->st_traced || st->st_traceme || (st->st_options & HO_EXITING) == 0 || st->st_ending ||
	    (st->st_killed && sim_chance(sim, 16))) {
		sim_die(sim, st);
		return;
	}
	st->st_ending = true;
	st->st_listening = false;
	if (sp->sp_exiting)
		ev.he_status = sp->sp_status;
	else if (st->st_killed && sim_chance(sim, 2))
		ev.he_status = SIGKILL; /* for another's exec */
	sim_stop(sim, st, &ev);
}

bool
sim_end_ready(struct sim *sim, const struct sim_thread *st)
{
	return (st->st_dead && (st->st_tid != st->st_proc->sp_pid || !has_others(sim, st->st_proc, st)));
}

void
sim_collect(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;

	if (st->st_tid == sp->sp_pid)
		sim_tell(sim, &(struct sim_fact){.sf_kind = SF_HANDED, .sf_sp = sp});
	thread_free(sim, st);
	if (sp->sp_pid != 0)
		sweep(sim, sp);
}

/* ---- exec ---- */

void
sim_exec_begin(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;
	struct sim_thread *other;

	sp->sp_execer = st;
	FOREACH_SIM_THREAD(sim, other)
		if (other->st_proc == sp && other != st && !other->st_dead) {
			end_stop(other);
			other->st_silent = other->st_ran > 0 && sim_chance(sim, 8);
		}
}

bool
sim_exec_ready(struct sim *sim, const struct sim_thread *st)
{
	const struct sim_thread *other;

	FOREACH_SIM_THREAD(sim, other)
		if (other->st_proc == st->st_proc && other != st &&
		    (!other->st_dead || other->st_tid != st->st_proc->sp_pid))
			return (false);
	return (true);
}

void
sim_exec(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc;
	struct sim_thread *first = sim_main(sim, sp);
	pid_t was = st->st_tid;

	if (first != st) {
		first->st_tid = 0;
		st->st_tid = sp->sp_pid;
	}
	sp->sp_execer = NULL;
	sp->sp_vforked = false;
	for (int sig = 1; sig < 65; sig++)
		if (sp->sp_how[sig] == HD_CAUGHT)
			sp->sp_how[sig] = HD_DEFAULT;
	memset(sp->sp_mem, 0x5a, sizeof(sp->sp_mem));
	sp->sp_mapped = 0;
	sp->sp_generation++;
	st->st_tf = st->st_callstep = false;
	st->st_handler = st->st_dbgiven = false;
	memset(&st->st_dbreg, 0, sizeof(st->st_dbreg));
	st->st_mask = 0;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_EXEC, .sf_st = st, .sf_tid = was});
}
