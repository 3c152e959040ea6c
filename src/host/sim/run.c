/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How simulated threads move: one function for each phase of sim.h's drawing.
 */
#include "host/sim/sim.h"

#include <string.h>

void
sim_tell(struct sim *sim, const struct sim_fact *fact)
{
	struct sim_fact full = *fact;

	if (sim->sim_watch == NULL)
		return;
	if (full.sf_sp == NULL)
		full.sf_sp = full.sf_st->st_proc;
	sim->sim_watch(sim->sim_arg, &full);
}

/* Any stop uses up a pending interrupt; sim_keeps: it does not, and one more stop follows. */
void
sim_stop(struct sim *sim, struct sim_thread *st, const struct host_event *ev)
{
	bool plain = ev->he_kind == HE_STOP || ev->he_kind == HE_NEW;

	if (!sim->sim_keeps || plain)
		st->st_trap = false;
	if (plain)
		st->st_notify = false;
	st->st_event = *ev;
	st->st_event.he_tid = st->st_tid;
	st->st_stopped = true;
	st->st_told = st->st_born = false;
	if (st->st_dbgiven)
		st->st_dbreg = st->st_dbgift;
	st->st_dbgiven = false;
}

static void
stop(struct sim *sim, struct sim_thread *st, enum host_event_kind kind)
{
	struct host_event ev = {.he_kind = kind};

	if (kind == HE_STOP && st->st_proc->sp_jobstop)
		ev.he_sig = SIGSTOP;
	st->st_listening = false;
	sim_stop(sim, st, &ev);
}

static bool
is_traced(const struct sim_thread *st)
{
	return (st->st_traced && !st->st_traceme);
}

static bool
by_calls(const struct sim_thread *st)
{
	return (is_traced(st) && st->st_mode == RM_SYSCALL);
}

/* Does its own filter want a tracer for the call?  Without one that listens there is none. */
static bool
is_filtered(const struct sim_thread *st)
{
	const enum sim_call *call = st->st_proc->sp_filter;

	if (call == NULL || !is_traced(st) || (st->st_options & HO_FILTER) == 0)
		return (false);
	while (*call != SC_FILTERED && *call != st->st_call.sa_call)
		call++;
	return (*call != SC_FILTERED);
}

/* ---- calls ---- */

static void
enter(struct sim *sim, struct sim_thread *st, bool again)
{
	st->st_incall = true;
	st->st_restart = st->st_woken = false;
	st->st_phase = PH_ENTRY;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_ENTER, .sf_st = st, .sf_again = again, .sf_call = st->st_call.sa_call});
	st->st_entered = by_calls(st) || is_filtered(st);
	if (st->st_entered)
		stop(sim, st, HE_SCE);
}

/* The new thread or process stops before it runs, if its maker's tracer is to have it. */
static void
made(struct sim *sim, struct sim_thread *st, struct sim_thread *child, bool attach)
{
	child->st_script = st->st_call.sa_script != NULL ? st->st_call.sa_script : st->st_script;
	child->st_mask = st->st_mask;
	child->st_handler = false;
	if (is_traced(st) && st->st_hands_on && attach) {
		child->st_traced = child->st_trap = child->st_born = true;
		child->st_options = st->st_options;
		child->st_mode = RM_CONT;
	}
	st->st_child = child->st_tid;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_MADE, .sf_st = st, .sf_other = child, .sf_call = st->st_call.sa_call});
}

static struct sim_thread *
new_process(struct sim *sim, struct sim_thread *st)
{
	struct sim_proc *sp = st->st_proc, *child;

	if ((child = sim_spawn(sim, sp->sp_pid, NULL)) == NULL)
		return (NULL);
	memcpy(child->sp_how, sp->sp_how, sizeof(child->sp_how));
	memcpy(child->sp_mem, sp->sp_mem, sizeof(child->sp_mem));
	child->sp_mapped = sp->sp_mapped;
	child->sp_uid = sp->sp_uid;
	child->sp_restarts = sp->sp_restarts;
	child->sp_filter = sp->sp_filter;
	child->sp_quiet = sp->sp_quiet;
	child->sp_vforked = st->st_call.sa_call == SC_VFORK;
	return (sim_main(sim, child));
}

/* Without a free slot the call fails, which is a plain call. */
static void
make(struct sim *sim, struct sim_thread *st)
{
	enum sim_call code = st->st_call.sa_call;
	bool thread = code == SC_CLONE;
	struct sim_thread *child =
	    thread ? sim_thread_new(sim, st->st_proc, sim->sim_nexttid++) : new_process(sim, st);
	struct host_event ev = {.he_kind = HE_CLONE, .he_thread = thread};

	st->st_phase = PH_LEAVE;
	if (child == NULL)
		return;
	st->st_phase = PH_MADE;
	made(sim, st, child, code != SC_FORK || (st->st_options & HO_FOLLOW) != 0);
	if (!is_traced(st) || !st->st_hands_on || (code == SC_FORK && (st->st_options & HO_FOLLOW) == 0))
		return;
	if (code == SC_FORK || code == SC_VFORK)
		ev.he_kind = code == SC_FORK ? HE_FORK : HE_VFORK;
	ev.he_other = child->st_tid;
	sim_stop(sim, st, &ev);
}

/* Asleep: something breaks it, it is done, or it sleeps on. */
static void
sleep_on(struct sim *sim, struct sim_thread *st, bool done)
{
	if (sim_signalled(st)) {
		st->st_roused = false;
		st->st_restart = true;
		st->st_phase = PH_LEAVE;
	} else if (done || st->st_woken)
		st->st_phase = PH_LEAVE;
}

static void
exit_all(struct sim *sim, struct sim_thread *st)
{
	sim_kill(sim, st->st_proc, st->st_call.sa_arg << 8);
	sim_end(sim, st);
}

static void
call_traceme(struct sim_thread *st)
{
	if (!st->st_traced && st->st_proc->sp_ppid == SIM_SELF)
		st->st_traced = st->st_traceme = true;
}

static void
call_mask(struct sim_thread *st)
{
	st->st_mask ^= SIM_BIT(SIGUSR1);
}

static void
end_handler(struct sim_thread *st)
{
	st->st_handler = false;
	st->st_tf = st->st_frame.tf;
	st->st_mask = st->st_frame.mask;
	st->st_callstep = false;
}

static void
run_call(struct sim *sim, struct sim_thread *st)
{
	switch (st->st_call.sa_call) {
	case SC_READ:
		sleep_on(sim, st, st->st_script == NULL && sim_chance(sim, 3));
		return;
	case SC_PAUSE:
		sleep_on(sim, st, false);
		return;
	case SC_WRITE:
		if (st->st_woken || sim->sim_path != NULL || sim_chance(sim, 3))
			st->st_phase = PH_LEAVE;
		return;
	case SC_FORK:
	case SC_VFORK:
	case SC_CLONE:
	case SC_RFORK:
		make(sim, st);
		return;
	case SC_EXEC:
		sim_exec_begin(sim, st);
		st->st_phase = PH_EXEC;
		return;
	case SC_EXIT:
		sim_end(sim, st);
		return;
	case SC_EXITALL:
		exit_all(sim, st);
		return;
	case SC_RAISE:
		st->st_phase = PH_LEAVE;
		sim_signal(sim, st->st_proc, st, st->st_call.sa_arg, false);
		return;
	case SC_TRACEME:
		call_traceme(st);
		break;
	case SC_MASK:
		call_mask(st);
		break;
	case SC_MMAP:
		sim_map_change(st->st_proc, st->st_proc->sp_mapped | 1u << st->st_call.sa_arg % SIM_MAPS);
		break;
	case SC_MUNMAP:
		sim_map_change(st->st_proc, st->st_proc->sp_mapped & ~(1u << st->st_call.sa_arg % SIM_MAPS));
		break;
	case SC_SIGRETURN:
		end_handler(st);
		break;
	default:
		break;
	}
	st->st_phase = PH_LEAVE;
}

/* A thread that makes a process by vfork waits before its call ends. */
static void
run_made(struct sim_thread *st)
{
	st->st_phase = st->st_call.sa_call == SC_VFORK ? PH_VFORK : PH_LEAVE;
}

static bool
vfork_over(struct sim *sim, const struct sim_thread *st)
{
	const struct sim_proc *child = sim_proc(sim, st->st_child);

	return (child == NULL || !child->sp_vforked);
}

static void
run_vfork(struct sim *sim, struct sim_thread *st)
{
	st->st_phase = PH_LEAVE;
	if (is_traced(st))
		stop(sim, st, HE_VFORK_DONE);
}

static void
run_exec(struct sim *sim, struct sim_thread *st)
{
	pid_t was = st->st_tid;

	sim_exec(sim, st);
	st->st_phase = PH_LEAVE;
	if (is_traced(st))
		sim_stop(sim, st, &(struct host_event){.he_kind = HE_EXEC, .he_other = was});
	else if (st->st_traced) {
		st->st_incall = false;
		st->st_phase = PH_SIGNAL;
		sim_stop(sim, st, &(struct host_event){.he_kind = HE_ADOPT});
	}
}

static void
run_leave(struct sim *sim, struct sim_thread *st)
{
	bool told = by_calls(st) || (is_traced(st) && st->st_mode == RM_FILTERED && st->st_entered);
	bool stepped = st->st_callstep || (st->st_traced && st->st_mode == RM_STEP);

	if (st->st_call.sa_call == SC_EXEC)
		stepped = false;
	st->st_phase = PH_USER;
	st->st_incall = st->st_entered = false;
	st->st_callstep = false;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_LEAVE, .sf_st = st, .sf_broken = st->st_restart,
	    .sf_call = st->st_call.sa_call});
	if (st->st_call.sa_call == SC_SIGRETURN) {
		st->st_restart = false;
		if (st->st_frame.restart) {
			st->st_next = st->st_frame.call;
			st->st_prepared = true;
		}
		sim_tell(sim, &(struct sim_fact){.sf_kind = SF_HANDLED, .sf_st = st});
	}
	if (stepped) {
		st->st_forced = SIGTRAP;
		st->st_stepped = true;
	}
	if (told)
		stop(sim, st, HE_SCX);
}

/* ---- user code ---- */

static void
act(struct sim *sim, struct sim_thread *st)
{
	bool stepping = st->st_tf || (is_traced(st) && st->st_mode == RM_STEP);

	sim_prepare(sim, st);
	st->st_prepared = false;
	st->st_ran++;
	st->st_reg.r_rip++;
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_RUN, .sf_st = st});
	if (st->st_next.sa_what == SA_CALL || st->st_next.sa_what == SA_HANDLED) {
		st->st_call = st->st_next;
		st->st_callstep = st->st_tf;
		enter(sim, st, false);
		return;
	}
	if (st->st_next.sa_what == SA_TOUCH && (st->st_dbreg.dr[7] & 0xff) != 0) {
		st->st_dbreg.dr[6] |= 1;
		st->st_forced = SIGTRAP;
		st->st_hit = true;
		st->st_stepped = stepping;
	} else if (st->st_next.sa_what == SA_TRAP)
		st->st_forced = SIGTRAP;
	else if (st->st_next.sa_what == SA_FAULT)
		st->st_forced = SIGSEGV;
	else if (stepping) {
		st->st_forced = SIGTRAP;
		st->st_stepped = true;
	}
}

static void
run_signal(struct sim *sim, struct sim_thread *st)
{
	int sig = st->st_sig;

	st->st_phase = PH_USER;
	st->st_sig = 0;
	if (sig != 0)
		sim_act(sim, st, sig);
}

/* Who is not traced acts on it at once. */
static void
at_signal(struct sim *sim, struct sim_thread *st)
{
	struct host_event ev = {.he_kind = HE_SIGNAL, .he_sig = st->st_sig, .he_step = st->st_sigstep,
	    .he_debug = st->st_sighit, .he_trap = st->st_sigforced};

	st->st_phase = PH_SIGNAL;
	if (!st->st_traced) {
		run_signal(sim, st);
		return;
	}
	if (st->st_traceme)
		ev.he_kind = HE_ADOPT;
	sim_stop(sim, st, &ev);
}

static void
run_user(struct sim *sim, struct sim_thread *st)
{
	bool born = st->st_born;

	if (st->st_traced && !st->st_traceme && (st->st_trap || st->st_notify))
		stop(sim, st, born ? HE_NEW : HE_STOP);
	else if (sim_take(sim, st))
		at_signal(sim, st);
	else if (st->st_restart)
		enter(sim, st, true);
	else
		act(sim, st);
}

/* ---- any of them ---- */

static bool
sleeps(const struct sim *sim, const struct sim_thread *st)
{
	if (st->st_phase != PH_CALL || sim_signalled(st) || st->st_woken)
		return (false);
	if (st->st_call.sa_call == SC_READ)
		return (sim->sim_path != NULL || st->st_script != NULL);
	return (st->st_call.sa_call == SC_PAUSE);
}

bool
sim_can_run(struct sim *sim, const struct sim_thread *st)
{
	if (st->st_dead || st->st_stopped)
		return (false);
	if (st->st_killed || st->st_ending)
		return (true);
	if (st->st_listening)
		return (st->st_trap || st->st_notify);
	if (st->st_phase == PH_USER && !st->st_traced && st->st_proc->sp_jobstop)
		return (false);
	if (st->st_phase == PH_VFORK)
		return (vfork_over(sim, st));
	if (st->st_phase == PH_EXEC)
		return (sim_exec_ready(sim, st));
	return (!sleeps(sim, st));
}

void
sim_run(struct sim *sim, struct sim_thread *st)
{
	if (st->st_killed || st->st_ending) {
		sim_end(sim, st);
		return;
	}
	switch (st->st_phase) {
	case PH_USER:
		run_user(sim, st);
		break;
	case PH_ENTRY:
		st->st_phase = PH_CALL;
		/* That a vfork child makes threads just as it is attached is left out: nobody could see it. */
		st->st_hands_on = is_traced(st) || st->st_proc->sp_vforked;
		break;
	case PH_CALL:
		run_call(sim, st);
		break;
	case PH_MADE:
		run_made(st);
		break;
	case PH_VFORK:
		run_vfork(sim, st);
		break;
	case PH_EXEC:
		run_exec(sim, st);
		break;
	case PH_LEAVE:
		run_leave(sim, st);
		break;
	case PH_SIGNAL:
		run_signal(sim, st);
		break;
	}
}

bool
sim_pass(struct sim *sim, unsigned n)
{
	struct sim_thread *st, *ready[SIM_THREADS];
	unsigned count;

	while (n-- > 0) {
		count = 0;
		FOREACH_SIM_THREAD(sim, st)
			if (sim_can_run(sim, st))
				ready[count++] = st;
		if (count == 0)
			return (false);
		sim_run(sim, ready[sim_choose(sim, count)]);
	}
	return (true);
}
