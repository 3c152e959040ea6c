/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The simulated system's tables, and the choices that make a run.
 */
#include "host/sim/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim *sim_now;

void
sim_init(struct sim *sim, uint64_t seed)
{
	memset(sim, 0, sizeof(*sim));
	sim->sim_host.ops = &sim_ops;
	sim->sim_seed = seed;
	sim->sim_nexttid = SIM_FIRST;
	sim->sim_tid = SIM_SELF;
	sim->sim_ppid = 1;
	sim_now = sim;
	sim->sim_brief = 8;
}

/* ---- choices ---- */

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31));
}

unsigned
sim_choose(struct sim *sim, unsigned n)
{
	struct sim_path *path = sim->sim_path;

	if (n <= 1)
		return (0);
	if (path == NULL)
		return ((unsigned)((splitmix(&sim->sim_seed) >> 32) * n >> 32));
	if (path->at == SIM_PATH)
		sim_fail(sim, "path too long");
	if (path->at == path->length) {
		path->taken[path->at] = 0;
		path->length++;
	}
	path->width[path->at] = (unsigned short)n;
	return (path->taken[path->at++]);
}

bool
sim_chance(struct sim *sim, unsigned n)
{
	return (sim->sim_path == NULL && sim_choose(sim, n) == n - 1);
}

bool
sim_path_next(struct sim_path *path)
{
	while (path->length > 0 && path->taken[path->length - 1] + 1 >= path->width[path->length - 1])
		path->length--;
	path->at = 0;
	if (path->length == 0)
		return (false);
	path->taken[path->length - 1]++;
	return (true);
}

/* ---- words: where they go is the test's to say ---- */

__attribute__((weak)) void
sim_words(const char *line)
{
	(void)line;
}

void
sim_say(struct sim *sim, const char *fmt, ...)
{
	char line[400];
	va_list ap;

	if (!sim->sim_verbose)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sim_words(line);
}

/* A test may define its own, which does not return either. */
__attribute__((weak)) void
sim_fail(struct sim *sim, const char *fmt, ...)
{
	char line[400];
	va_list ap;

	(void)sim;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sim_words(line);
	abort();
}

/* ---- processes and threads ---- */

struct sim_proc *
sim_proc(struct sim *sim, pid_t pid)
{
	struct sim_proc *sp;

	if (pid > 0)
		FOREACH_SIM_PROC(sim, sp)
			if (sp->sp_pid == pid)
				return (sp);
	return (NULL);
}

struct sim_thread *
sim_thread(struct sim *sim, pid_t tid)
{
	struct sim_thread *st;

	if (tid > 0)
		FOREACH_SIM_THREAD(sim, st)
			if (st->st_tid == tid)
				return (st);
	return (NULL);
}

struct sim_thread *
sim_main(struct sim *sim, const struct sim_proc *sp)
{
	return (sim_thread(sim, sp->sp_pid));
}

unsigned
sim_count(struct sim *sim, const struct sim_proc *sp)
{
	const struct sim_thread *st;
	unsigned n = 0;

	FOREACH_SIM_THREAD(sim, st)
		n += st->st_proc == sp && !st->st_dead;
	return (n);
}

unsigned
sim_left_behind(struct sim *sim)
{
	const struct sim_thread *st;
	unsigned n = 0;

	FOREACH_SIM_THREAD(sim, st)
		n += st->st_traced;
	return (n);
}

struct sim_thread *
sim_thread_new(struct sim *sim, struct sim_proc *sp, pid_t tid)
{
	struct sim_thread *st;

	for (st = sim->sim_threads; st < sim->sim_threads + SIM_THREADS; st++)
		if (st->st_tid == 0) {
			memset(st, 0, sizeof(*st));
			st->st_tid = tid;
			st->st_proc = sp;
			st->st_reg.r_rip = 0x400000 + tid * 0x1000;
			st->st_reg.r_cs = 0x33;
			return (st);
		}
	return (NULL);
}

struct sim_proc *
sim_spawn(struct sim *sim, pid_t ppid, const struct sim_action *script)
{
	struct sim_proc *sp = sim->sim_procs;
	struct sim_thread *st;

	while (sp < sim->sim_procs + SIM_PROCS && sp->sp_pid != 0)
		sp++;
	if (sp == sim->sim_procs + SIM_PROCS ||
	    (st = sim_thread_new(sim, sp, sim->sim_nexttid)) == NULL)
		return (NULL);
	memset(sp, 0, sizeof(*sp));
	sp->sp_pid = sim->sim_nexttid++;
	sp->sp_ppid = ppid;
	sp->sp_uid = 1000;
	for (size_t i = 0; i < sizeof(sp->sp_mem); i++)
		sp->sp_mem[i] = (unsigned char)(i * 7 + (size_t)sp->sp_pid);
	st->st_script = script;
	return (sp);
}
