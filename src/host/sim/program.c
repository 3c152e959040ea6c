/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a simulated program does next: the next line of its script, or anything.
 */
#include "host/sim/sim.h"

/* The signals random programs send each other: handled, fatal, ignored, stopping, continuing. */
static const int signals[] = {SIGUSR1, SIGUSR2, SIGCHLD, SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGURG, SIGUSR1, SIGUSR2};

static struct sim_action
call(enum sim_call code, int arg)
{
	return ((struct sim_action){.sa_what = SA_CALL, .sa_call = code, .sa_arg = arg});
}

static struct sim_action
random_action(struct sim *sim, struct sim_thread *st)
{
	const struct sim_flavour *sf = sim->sim_flavour;
	const struct {
		unsigned char often;
		bool makes;
		struct sim_action action;
	} table[] = {
		{sf->sf_call, false, call(SC_GETPID, 0)},
		{sf->sf_read, false, call(SC_READ, 0)},
		{sf->sf_pause, false, call(SC_PAUSE, 0)},
		{sf->sf_write, false, call(SC_WRITE, 0)},
		{sf->sf_fork, true, call(SC_FORK, 0)},
		{sf->sf_vfork, true, call(SC_VFORK, 0)},
		{sf->sf_clone, true, call(SC_CLONE, 0)},
		{sf->sf_rfork, true, call(SC_RFORK, 0)},
		{sf->sf_exec, false, call(SC_EXEC, 0)},
		{sf->sf_execfail, false, call(SC_EXECFAIL, 0)},
		{sf->sf_exit, false, call(SC_EXIT, 0)},
		{sf->sf_exitall, false, call(SC_EXITALL, 3)},
		{sf->sf_raise, false, call(SC_RAISE, 0)},
		{sf->sf_mask, false, call(SC_MASK, 0)},
		{sf->sf_map, false, call(SC_MMAP, 0)},
		{sf->sf_trap, false, {.sa_what = SA_TRAP}},
		{sf->sf_fault, false, {.sa_what = SA_FAULT}},
	};
	unsigned pick = sim_choose(sim, 256);
	struct sim_action action = {.sa_what = SA_COMPUTE};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (pick < table[i].often) {
			action = table[i].action;
			if (table[i].makes && st->st_proc->sp_quiet)
				action = call(SC_EXITALL, 5);
			break;
		}
		pick -= table[i].often;
	}
	if (action.sa_what == SA_CALL && action.sa_call == SC_RAISE)
		action.sa_arg = signals[sim_choose(sim, sizeof(signals) / sizeof(signals[0]))];
	if (action.sa_what == SA_CALL && action.sa_call == SC_MMAP)
		action = call(sim_choose(sim, 2) == 0 ? SC_MMAP : SC_MUNMAP, (int)sim_choose(sim, SIM_MAPS));
	/* One whose maker waits comes to an end soon. */
	if (st->st_proc->sp_vforked && sim_chance(sim, 3))
		action = call(sim_chance(sim, 2) ? SC_EXEC : SC_EXITALL, 1);
	return (action);
}

void
sim_prepare(struct sim *sim, struct sim_thread *st)
{
	if (st->st_prepared)
		return;
	st->st_prepared = true;
	if (!st->st_handler && st->st_script != NULL && st->st_script->sa_what == SA_RANDOM)
		st->st_script = NULL;
	if (st->st_handler && st->st_left-- == 0)
		st->st_next = (struct sim_action){.sa_what = SA_HANDLED, .sa_call = SC_SIGRETURN};
	else if (st->st_handler)
		st->st_next = (struct sim_action){.sa_what = SA_COMPUTE};
	else if (st->st_script == NULL)
		st->st_next = random_action(sim, st);
	else {
		st->st_next = *st->st_script;
		if (st->st_next.sa_what == SA_END)
			st->st_next = call(SC_EXITALL, 0);
		else
			st->st_script++;
	}
}
