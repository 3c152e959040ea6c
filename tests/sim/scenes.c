/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "scenes.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define COMPUTE {.sa_what = SA_COMPUTE}
#define END {.sa_what = SA_END}
#define CALL(code) {.sa_what = SA_CALL, .sa_call = (code)}
#define CALL_ARG(code, arg) {.sa_what = SA_CALL, .sa_call = (code), .sa_arg = (arg)}
#define MAKE(code, script) {.sa_what = SA_CALL, .sa_call = (code), .sa_script = (script)}

static const struct sim_action computes[] = {COMPUTE, COMPUTE, END};
static const struct sim_action calls[] = {COMPUTE, CALL(SC_GETPID), CALL_ARG(SC_RAISE, SIGUSR1), COMPUTE, END};
static const struct sim_action leaves[] = {COMPUTE, CALL(SC_EXIT)};
static const struct sim_action raises[] = {CALL_ARG(SC_RAISE, SIGUSR2), CALL(SC_EXIT)};
static const struct sim_action threads[] = {MAKE(SC_CLONE, leaves), CALL_ARG(SC_RAISE, SIGUSR1), CALL(SC_EXIT)};
static const struct sim_action threads3[] = {MAKE(SC_CLONE, leaves), MAKE(SC_CLONE, raises), COMPUTE, CALL(SC_EXIT)};
static const struct sim_action child[] = {CALL(SC_GETPID), END};
static const struct sim_action forks[] = {MAKE(SC_FORK, child), COMPUTE, END};
static const struct sim_action execs_soon[] = {CALL(SC_EXEC), END};
static const struct sim_action vforks[] = {MAKE(SC_VFORK, execs_soon), COMPUTE, END};
static const struct sim_action execs[] = {MAKE(SC_CLONE, execs_soon), COMPUTE, CALL(SC_GETPID), END};
static const struct sim_action first_leaves[] = {MAKE(SC_CLONE, calls), CALL(SC_EXIT)};

static const int go_on[] = {PT_CONTINUE, PT_CONTINUE, PT_CONTINUE, PT_CONTINUE, PT_CONTINUE, PT_CONTINUE, 0};
static const int by_calls[] = {PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL,
    PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, PT_SYSCALL, 0};
static const int by_steps[] = {PT_STEP, PT_STEP, PT_STEP, PT_CONTINUE, 0};
static const int once[] = {PT_CONTINUE, 0};
static const int nothing[] = {0};

const struct scene scenes[] = {
	{"attach", computes, false, false, nothing},
	{"attach_threads", threads3, false, false, nothing},
	{"continue", calls, false, false, go_on},
	{"continue_own_child", calls, true, false, go_on},
	{"calls", calls, true, false, by_calls},
	{"steps", calls, false, false, by_steps},
	{"stop_of_threads", threads, false, false, go_on},
	{"threads_by_calls", threads, true, false, by_calls},
	{"detach_threads", threads, true, false, once},
	{"follow_fork", forks, false, true, go_on},
	{"follow_vfork", vforks, true, true, go_on},
	{"vfork", vforks, false, false, go_on},
	{"exec_of_thread", execs, false, false, go_on},
	{"exec_by_calls", execs, true, false, by_calls},
	{"first_thread_leaves", first_leaves, true, false, go_on},
	{"detach_without_first_thread", first_leaves, true, false, once},
	{NULL, NULL, false, false, NULL}
};

const struct scene *
scene_find(const char *name)
{
	const struct scene *sn = scenes;

	while (strcmp(sn->sn_name, name) != 0)
		sn++;
	return (sn);
}

struct sim_proc *
scene_begin(struct run *rn, const struct scene *sn)
{
	struct sim_proc *sp;

	run_begin(rn, sn->sn_name, 1);
	sp = sim_spawn(&rn->rn_sim, sn->sn_child ? SIM_SELF : 1, sn->sn_script);
	sp->sp_how[SIGUSR1] = sp->sp_how[SIGUSR2] = HD_CAUGHT;
	if (sn->sn_child)
		(void)oracle_child(&rn->rn_oracle, sp);
	return (sp);
}

static void
follow(struct run *rn, struct mproc *mp)
{
	int result;

	if (ask(rn, PT_FOLLOW_FORK, mp->mp_pid, NULL, 1, &result) == 0)
		mp->mp_follow = true;
}

static int
answer_of(const struct scene *sn, unsigned *at)
{
	int req = sn->sn_answers[*at];

	if (req == 0)
		return (PT_DETACH);
	(*at)++;
	return (req);
}

/* Threads that were seized before the attach failed are let go when they stop. */
static void
let_go(struct run *rn)
{
	struct host *host = &rn->rn_sim.sim_host;

	for (unsigned n = 0; n < 50 && sim_left_behind(&rn->rn_sim) != 0; n++) {
		host->ops->lock(host);
		(void)wait_serve(&rn->rn_tracer);
		host->ops->unlock(host);
	}
}

void
scene_play(struct run *rn, const struct scene *sn)
{
	struct wait_spec ws = {.ws_idtype = P_ALL, .ws_options = WEXITED | WTRAPPED};
	struct wait_report wr;
	struct mproc *mp;
	unsigned at = 0, turns = 0;
	bool first = true;
	int error, sig;

	/* The attach comes at any time of the program's life. */
	(void)sim_pass(&rn->rn_sim, sim_choose(&rn->rn_sim, 10));
	if (sim_proc(&rn->rn_sim, SIM_FIRST) == NULL || sim_proc(&rn->rn_sim, SIM_FIRST)->sp_dead)
		return;
	if (do_attach(rn, sim_proc(&rn->rn_sim, SIM_FIRST)) != 0) {
		let_go(rn);
		if (!sn->sn_child)
			return;
	}
	while ((error = do_wait(rn, &ws, &wr)) != ECHILD && turns++ < 200) {
		if (error != 0 || !WIFSTOPPED(wr.wr_status))
			continue;
		mp = oracle_proc(&rn->rn_oracle, wr.wr_pid);
		if (first && sn->sn_follow)
			follow(rn, mp);
		first = false;
		sig = mp->mp_signalstop && mp->mp_sig != SIGSTOP && mp->mp_sig != SIGTRAP ? mp->mp_sig : 0;
		(void)do_answer(rn, mp, answer_of(sn, &at), wr.wr_pid, sig);
	}
	if (error != ECHILD)
		sim_fail(&rn->rn_sim, "%s does not end", sn->sn_name);
}

void
scene_end(struct run *rn)
{
	(void)sim_pass(&rn->rn_sim, 200);
	run_end(rn);
}
