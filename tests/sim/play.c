/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <atf-c.h>
#include <stdarg.h>

#include "play.h"

struct play play;

/* ---- the simulation's words go to the test ---- */

void
sim_words(const char *line)
{
	(void)puts(line);
}

void
play_fail(const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	atf_tc_fail("order %llu: %s", (unsigned long long)play.order, what);
}

void
sim_fail(struct sim *sim, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	(void)sim;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	play_fail("the simulation: %s", what);
}

void
expect(const char *file, int line, const char *what, long wanted, long got)
{
	if (wanted != got)
		play_fail("%s:%d: %s is %ld, not %ld", file, line, what, got, wanted);
}

/* ---- begin and end ---- */

static void
watch(void *arg, const struct sim_fact *fact)
{
	(void)arg;
	if (fact->sf_kind == SF_TAKEN)
		play.taken[fact->sf_sig]++;
	else if (fact->sf_kind == SF_ENTER && !fact->sf_again && (unsigned)fact->sf_call < PLAY_CALLS)
		play.entered[fact->sf_call]++;
}

void
play_begin(uint64_t order)
{
	memset(&play, 0, sizeof(play));
	play.order = order;
	sim_init(&play.sim, order);
	play.sim.sim_watch = watch;
	play.sim.sim_keeps = order % 3 == 0;
	play.sim.sim_verbose = getenv("BSDPTRACE_PLAY") != NULL;
	if (tracer_init(&play.tracer, &play.sim.sim_host) != 0)
		play_fail("no memory");
}

static void
check(void)
{
	const struct proc *p;

	for (p = play.tracer.tr_all; p != NULL; p = p->p_next)
		proc_check(p);
}

/* A stop that was under way when its process was killed may come first. */
static void
collect(void)
{
	int status, error = 0;

	for (unsigned n = 0; n < 1000 && error != ECHILD; n++)
		error = await(-1, 0, &status);
	if (error != ECHILD)
		play_fail("processes are left");
}

void
play_end(void)
{
	struct sim_proc *sp;

	play.sim.sim_chaos = false;
	FOREACH_SIM_PROC(&play.sim, sp)
		sim_signal(&play.sim, sp, NULL, SIGKILL, false);
	collect();
	quiet();
	if (sim_left_behind(&play.sim) != 0)
		play_fail("%u threads are still traced", sim_left_behind(&play.sim));
	if (play.tracer.tr_all != NULL || play.tracer.tr_orphans != NULL || play.tracer.tr_stopping != 0)
		play_fail("something is left in the tables");
	tracer_drop(&play.tracer);
}

/* ---- who is there ---- */

static pid_t
spawn(pid_t ppid, const struct sim_action *script)
{
	struct sim_proc *sp = sim_spawn(&play.sim, ppid, script);

	if (sp == NULL)
		play_fail("no room for a process");
	sp->sp_restarts = true;
	return (sp->sp_pid);
}

pid_t
stranger(const struct sim_action *script)
{
	return (spawn(1, script));
}

pid_t
child(const struct sim_action *script)
{
	return (spawn(SIM_SELF, script));
}

/* From the first stop on half of the orders let time pass before every operation of the host. */
pid_t
attached(const struct sim_action *script)
{
	pid_t pid = stranger(script);

	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	play.sim.sim_chaos = play.order % 2 == 0;
	return (pid);
}

PROGRAM(sleeps, SLEEP);
PROGRAM(two_sleep, MAKE(SC_CLONE, sleeps), SLEEP);
PROGRAM(three_sleep, MAKE(SC_CLONE, sleeps), MAKE(SC_CLONE, sleeps), SLEEP);

pid_t
sleepers(unsigned threads)
{
	static const struct sim_action *const scripts[] = {sleeps, two_sleep, three_sleep};

	return (attached(scripts[threads - 1]));
}

struct sim_proc *
proc(pid_t pid)
{
	struct sim_proc *sp = sim_proc(&play.sim, pid);

	if (sp == NULL)
		play_fail("there is no process %d", pid);
	return (sp);
}

struct sim_thread *
thread(pid_t tid)
{
	struct sim_thread *st = sim_thread(&play.sim, tid);

	if (st == NULL)
		play_fail("there is no thread %d", tid);
	return (st);
}

/* ---- what happens to it ---- */

void
quiet(void)
{
	for (unsigned n = 0; sim_pass(&play.sim, 1); n++)
		if (n == 10000)
			play_fail("it runs on and on");
}

void
idle(pid_t pid)
{
	for (unsigned n = 0; n < 8; n++) {
		quiet();
		EXPECT_NOTHING(pid);
	}
}

void
wake(pid_t tid)
{
	for (unsigned n = 0; thread(tid)->st_phase != PH_CALL || sim_can_run(&play.sim, thread(tid)); n++)
		if (!sim_pass(&play.sim, 1) || n == 10000)
			play_fail("%d does not sleep", tid);
	thread(tid)->st_woken = true;
}

void
sent(pid_t tid, int sig)
{
	sim_signal(&play.sim, thread(tid)->st_proc, thread(tid), sig, false);
}

void
caught(pid_t pid, int sig)
{
	proc(pid)->sp_how[sig] = HD_CAUGHT;
}

uint64_t
pc(pid_t tid)
{
	uint64_t at = 0;

	play.sim.sim_locked = true;
	SAME(0, play.sim.sim_host.ops->get_pc(&play.sim.sim_host, tid, &at));
	play.sim.sim_locked = false;
	return (at);
}

/* ---- what the tracer does ---- */

int
ask(int request, pid_t pid, const void *addr, int data)
{
	struct host *host = &play.sim.sim_host;
	int error;

	host->ops->lock(host);
	error = request_run(&play.tracer, request, pid, (caddr_t)(uintptr_t)addr, data, &play.result);
	check();
	host->ops->unlock(host);
	sim_say(&play.sim, "tracer: request %d of %d, data %d: error %d, %d", request, pid, data, error, play.result);
	return (error);
}

void
together(pid_t pid)
{
	proc_find(&play.tracer, pid)->p_credit = 0;
}

int
await(pid_t pid, int options, int *status)
{
	struct host *host = &play.sim.sim_host;
	struct wait_spec ws = {.ws_idtype = pid == -1 ? P_ALL : P_PID, .ws_id = (id_t)pid,
	    .ws_options = options | WEXITED | WTRAPPED};
	struct wait_report wr;
	int error;

	play.sim.sim_idle = 0;
	host->ops->lock(host);
	error = wait_for(&play.tracer, &ws, &wr);
	check();
	host->ops->unlock(host);
	play.result = wr.wr_pid;
	*status = wr.wr_status;
	sim_say(&play.sim, "tracer: wait for %d: error %d, %d, status %#x", pid, error, wr.wr_pid, (unsigned)*status);
	return (error);
}

void
expect_status(const char *file, int line, pid_t pid, int status)
{
	int got = 0, error = await(pid, 0, &got);

	expect(file, line, "error of wait", 0, error);
	expect(file, line, "pid of wait", pid, play.result);
	if (got != status)
		play_fail("%s:%d: status %#x, not %#x", file, line, (unsigned)got, (unsigned)status);
}

struct ptrace_lwpinfo
info_of(const char *file, int line, pid_t pid)
{
	struct ptrace_lwpinfo info;

	memset(&info, 0x5a, sizeof(info));
	expect(file, line, "PT_LWPINFO", 0, ask(PT_LWPINFO, pid, &info, sizeof(info)));
	return (info);
}
