/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "schedule.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Flavours: what the programs do, of 256 steps; how the tracer is. */
const struct flavour flavours[] = {
	{.fl_name = "one", .fl_moves = 80, .fl_procs = 1, .fl_signal = 20, .fl_inspect = 40, .fl_wrong = 20,
	    .fl_detach = 8, .fl_calls = 60,
	    .fl_programs = {.sf_call = 40, .sf_read = 20, .sf_pause = 6, .sf_raise = 12, .sf_mask = 4, .sf_trap = 4}},
	{.fl_name = "threads", .fl_moves = 100, .fl_procs = 1, .fl_signal = 20, .fl_inspect = 40, .fl_wrong = 10,
	    .fl_detach = 6, .fl_calls = 50,
	    .fl_programs = {.sf_call = 30, .sf_read = 24, .sf_pause = 4, .sf_write = 4, .sf_clone = 12, .sf_exit = 8,
		.sf_raise = 12, .sf_mask = 4, .sf_trap = 4}},
	{.fl_name = "forks", .fl_moves = 100, .fl_procs = 2, .fl_signal = 8, .fl_inspect = 50, .fl_wrong = 10,
	    .fl_detach = 20, .fl_calls = 40, .fl_follow = 180,
	    .fl_programs = {.sf_call = 20, .sf_read = 10, .sf_fork = 14, .sf_vfork = 14, .sf_clone = 8, .sf_rfork = 6,
		.sf_exit = 6, .sf_exitall = 8, .sf_raise = 4}},
	{.fl_name = "execs", .fl_moves = 100, .fl_procs = 2, .fl_signal = 10, .fl_inspect = 40, .fl_wrong = 8,
	    .fl_detach = 10, .fl_calls = 50, .fl_follow = 100,
	    .fl_programs = {.sf_call = 20, .sf_read = 16, .sf_vfork = 6, .sf_clone = 20, .sf_exec = 12, .sf_execfail = 4,
		.sf_exit = 8, .sf_exitall = 2, .sf_raise = 8}},
	{.fl_name = "signals", .fl_moves = 100, .fl_procs = 2, .fl_signal = 60, .fl_inspect = 30, .fl_wrong = 6,
	    .fl_detach = 16, .fl_calls = 40,
	    .fl_programs = {.sf_call = 20, .sf_read = 30, .sf_pause = 10, .sf_clone = 8, .sf_exit = 4, .sf_raise = 24,
		.sf_mask = 8, .sf_trap = 6, .sf_fault = 3}},
	{.fl_name = "steps", .fl_moves = 100, .fl_procs = 1, .fl_signal = 14, .fl_inspect = 40, .fl_wrong = 4,
	    .fl_detach = 6, .fl_step = 100, .fl_calls = 16,
	    .fl_programs = {.sf_call = 40, .sf_read = 14, .sf_clone = 6, .sf_exec = 3, .sf_exit = 4, .sf_raise = 14,
		.sf_trap = 8, .sf_fault = 2}},
	{.fl_name = "deaths", .fl_moves = 120, .fl_procs = 3, .fl_signal = 10, .fl_kill = 12, .fl_inspect = 40,
	    .fl_wrong = 20, .fl_detach = 12, .fl_pt_kill = 8, .fl_calls = 50, .fl_follow = 128,
	    .fl_programs = {.sf_call = 20, .sf_read = 10, .sf_fork = 8, .sf_vfork = 6, .sf_clone = 16, .sf_exec = 3,
		.sf_exit = 6, .sf_exitall = 6, .sf_raise = 6, .sf_fault = 2}},
	{.fl_name = "requests", .fl_moves = 150, .fl_procs = 3, .fl_signal = 6, .fl_kill = 3, .fl_inspect = 60,
	    .fl_wrong = 90, .fl_detach = 16, .fl_pt_kill = 4, .fl_step = 10, .fl_calls = 40, .fl_follow = 100,
	    .fl_programs = {.sf_call = 30, .sf_read = 10, .sf_fork = 4, .sf_clone = 8, .sf_exec = 2, .sf_exit = 4,
		.sf_raise = 6}},
	{.fl_name = "maps", .fl_moves = 100, .fl_procs = 2, .fl_signal = 6, .fl_kill = 2, .fl_inspect = 120, .fl_wrong = 10,
	    .fl_detach = 6, .fl_calls = 30, .fl_follow = 100, .fl_maps = true,
	    .fl_programs = {.sf_call = 10, .sf_fork = 8, .sf_clone = 8, .sf_exec = 4, .sf_exit = 4, .sf_raise = 10,
		.sf_map = 60}},
	{.fl_name = "watches", .fl_moves = 100, .fl_procs = 2, .fl_signal = 8, .fl_kill = 2, .fl_inspect = 110, .fl_wrong = 6,
	    .fl_detach = 8, .fl_calls = 20, .fl_follow = 180, .fl_watches = true,
	    .fl_programs = {.sf_call = 10, .sf_read = 8, .sf_fork = 12, .sf_vfork = 8, .sf_clone = 24, .sf_exec = 4,
		.sf_exit = 6, .sf_raise = 10}},
	{.fl_name = NULL}
};

static const char *now_name = "?";
static uint64_t now_seed;

static void
fail_and_exit(const char *message)
{
	fprintf(stderr, "%s\n", message);
	exit(1);
}

void (*schedule_failed)(const char *) = fail_and_exit;

/* Take the place of the simulation's own. */
void
sim_words(const char *line)
{
	(void)puts(line);
	(void)fflush(stdout);
}

void
sim_fail(struct sim *sim, const char *fmt, ...)
{
	char what[400], message[600];
	va_list ap;

	(void)sim;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(message, sizeof(message), "%s\nreplay: schedules --flavour %s --seed %llu --count 1 --verbose", what,
	    now_name, (unsigned long long)now_seed);
	fflush(stdout);
	schedule_failed(message);
	abort();
}

static void
on_abort(int sig)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "signal %d\nreplay: schedules --flavour %s --seed %llu --count 1 --verbose\n", sig,
	    now_name, (unsigned long long)now_seed);

	(void)!write(2, line, (size_t)n);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

void
schedule_catch(void)
{
	(void)signal(SIGABRT, on_abort);
}

const struct flavour *
flavour_find(const char *name)
{
	const struct flavour *fl;

	for (fl = flavours; fl->fl_name != NULL; fl++)
		if (strcmp(fl->fl_name, name) == 0)
			return (fl);
	return (NULL);
}

/* ---- the beginning ---- */

static void
set_dispositions(struct run *rn, struct sim_proc *sp)
{
	static const int sigs[] = {SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGCHLD, SIGTERM, SIGTRAP};

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sp->sp_how[sigs[i]] = (enum host_disposition)sim_choose(&rn->rn_sim, 3);
	if (sp->sp_how[SIGUSR1] == HD_DEFAULT || sp->sp_how[SIGUSR2] == HD_DEFAULT)
		sp->sp_how[SIGUSR1] = sp->sp_how[SIGUSR2] = HD_CAUGHT;
	sp->sp_restarts = one_in(rn, 2);
}

/* Somebody else's process, a child of ours, or one that has asked to be traced. */
static void
start_process(struct run *rn)
{
	static const struct sim_action stops[] = {
	    {.sa_what = SA_CALL, .sa_call = SC_RAISE, .sa_arg = SIGUSR1}, {.sa_what = SA_RANDOM}};
	static const struct sim_action execs[] = {{.sa_what = SA_CALL, .sa_call = SC_EXEC}, {.sa_what = SA_RANDOM}};
	unsigned kind = sim_choose(&rn->rn_sim, 4);
	struct sim_proc *sp =
	    sim_spawn(&rn->rn_sim, kind < 2 ? 1 : SIM_SELF, kind < 3 ? NULL : one_in(rn, 2) ? stops : execs);
	struct sim_thread *st;

	if (sp == NULL)
		return;
	set_dispositions(rn, sp);
	st = sim_main(&rn->rn_sim, sp);
	if (kind == 2)
		(void)oracle_child(&rn->rn_oracle, sp);
	if (kind == 3) {
		st->st_traced = st->st_traceme = true;
		(void)oracle_traced(&rn->rn_oracle, sp, false);
	}
	sim_say(&rn->rn_sim, "starts %d, kind %u", sp->sp_pid, kind);
}

/* Processes that nobody may attach to. */
static void
start_others(struct run *rn)
{
	static const struct sim_action sleeps[] = {
	    {.sa_what = SA_CALL, .sa_call = SC_PAUSE}, {.sa_what = SA_CALL, .sa_call = SC_PAUSE}, {.sa_what = SA_END}};

	sim_spawn(&rn->rn_sim, 1, sleeps)->sp_system = true;
	sim_spawn(&rn->rn_sim, 1, sleeps)->sp_untouchable = true;
	sim_spawn(&rn->rn_sim, 1, sleeps)->sp_other = 77;
}

void
run_begin(struct run *rn, const char *name, uint64_t seed)
{
	memset(rn, 0, sizeof(*rn));
	now_name = name;
	now_seed = seed;
	sim_init(&rn->rn_sim, seed);
	oracle_init(&rn->rn_oracle, &rn->rn_sim);
	if (tracer_init(&rn->rn_tracer, &rn->rn_sim.sim_host) != 0)
		sim_fail(&rn->rn_sim, "no memory");
}

static void
start(struct run *rn, const struct flavour *fl, uint64_t seed, bool verbose)
{
	run_begin(rn, fl->fl_name, seed);
	rn->rn_flavour = fl;
	rn->rn_sim.sim_verbose = verbose;
	rn->rn_sim.sim_flavour = &fl->fl_programs;
	rn->rn_sim.sim_chaos = true;
	rn->rn_sim.sim_keeps = one_in(rn, 3);
	rn->rn_sim.sim_patience = 120;
	start_others(rn);
	for (unsigned i = 0; i < fl->fl_procs; i++)
		start_process(rn);
}

/* ---- the middle ---- */

static struct sim_proc *
any_process(struct run *rn)
{
	struct sim_proc *sp, *found[SIM_PROCS];
	unsigned n = 0;

	FOREACH_SIM_PROC(&rn->rn_sim, sp)
		if (!sp->sp_system && !sp->sp_untouchable && sp->sp_other == 0 && !sp->sp_dead)
			found[n++] = sp;
	return (n == 0 ? NULL : found[sim_choose(&rn->rn_sim, n)]);
}

static void
signal_from_outside(struct run *rn, bool kill)
{
	static const int sigs[] = {SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGCONT, SIGSTOP, SIGURG, SIGUSR1};
	struct sim_proc *sp = any_process(rn);
	int sig = kill ? SIGKILL : sigs[sim_choose(&rn->rn_sim, sizeof(sigs) / sizeof(sigs[0]))];

	if (sp == NULL)
		return;
	sim_say(&rn->rn_sim, "outside: signal %d to %d", sig, sp->sp_pid);
	sim_signal(&rn->rn_sim, sp, NULL, sig, false);
}

static void
move(struct run *rn)
{
	const struct flavour *fl = rn->rn_flavour;
	unsigned n = sim_choose(&rn->rn_sim, 256);
	struct mproc *stopped = pick(rn, true);

	if (n < fl->fl_signal)
		signal_from_outside(rn, false);
	else if ((n -= fl->fl_signal) < fl->fl_kill)
		signal_from_outside(rn, true);
	else if ((n -= fl->fl_kill) < fl->fl_wrong)
		move_wrong(rn);
	else if ((n -= fl->fl_wrong) < fl->fl_inspect && stopped != NULL)
		move_inspect(rn, stopped);
	else if (one_in(rn, 6))
		move_attach(rn);
	else if (one_in(rn, 16))
		start_process(rn);
	else if (stopped != NULL && !one_in(rn, 3))
		move_answer(rn, stopped);
	else
		(void)move_wait(rn, false);
}

/* ---- the end ---- */

static bool
is_over(struct run *rn)
{
	const struct mproc *mp;

	FOREACH_MPROC(&rn->rn_oracle, mp)
		if ((mp->mp_traced || mp->mp_child) && !mp->mp_shy)
			return (false);
	return (sim_left_behind(&rn->rn_sim) == 0);
}

/* All are let go or killed, and their ends collected. */
static void
wind_down(struct run *rn)
{
	struct sim_proc *sp;
	struct mproc *stopped;

	rn->rn_ending = true;
	for (unsigned n = 0; !is_over(rn); n++) {
		if (n == 4000)
			sim_fail(&rn->rn_sim, "no end: %u threads are still traced", sim_left_behind(&rn->rn_sim));
		FOREACH_SIM_PROC(&rn->rn_sim, sp)
			sp->sp_quiet = true;
		stopped = pick(rn, true);
		if (stopped != NULL && !one_in(rn, 3))
			move_answer(rn, stopped);
		else if (!move_wait(rn, true) && one_in(rn, n < 50 ? 8 : 2) && (sp = any_process(rn)) != NULL) {
			sim_say(&rn->rn_sim, "outside: signal %d to %d", SIGKILL, sp->sp_pid);
			sim_signal(&rn->rn_sim, sp, NULL, SIGKILL, false);
		}
		sim_pass(&rn->rn_sim, 4);
	}
}

/* A first thread in a vfork that cannot be left yet vanishes without a word if another thread execs. */
static void
drop_left(struct run *rn)
{
	struct proc *p, *next;
	struct host *host = &rn->rn_sim.sim_host;

	/* And one that was lost amid its attach is found to be when somebody looks. */
	host->ops->lock(host);
	for (int i = 0; i < 3; i++)
		(void)stops_overdue(&rn->rn_tracer);
	host->ops->unlock(host);
	for (p = rn->rn_tracer.tr_all; p != NULL; p = next) {
		next = p->p_next;
		if (p->p_flag & P_LEFT)
			proc_free(p);
	}
}

void
run_end(struct run *rn)
{
	if (sim_left_behind(&rn->rn_sim) != 0)
		sim_fail(&rn->rn_sim, "%u threads are still traced", sim_left_behind(&rn->rn_sim));
	drop_left(rn);
	if (rn->rn_tracer.tr_all != NULL)
		sim_fail(&rn->rn_sim, "process %d is left in the tables", rn->rn_tracer.tr_all->p_pid);
	if (rn->rn_tracer.tr_orphans != NULL)
		sim_fail(&rn->rn_sim, "an orphan is left");
	if (rn->rn_tracer.tr_stopping != NULL || rn->rn_tracer.tr_report != NULL)
		sim_fail(&rn->rn_sim, "stops are left, of %d", rn->rn_tracer.tr_stopping->p_pid);
	tracer_drop(&rn->rn_tracer);
}

unsigned long
schedule_run(const struct flavour *fl, uint64_t seed, bool verbose)
{
	static struct run run;

	start(&run, fl, seed, verbose);
	for (unsigned i = 0; i < fl->fl_moves; i++)
		move(&run);
	wind_down(&run);
	(void)sim_pass(&run.rn_sim, 60);
	run_end(&run);
	return (run.rn_oracle.or_reports + run.rn_oracle.or_exits);
}
