/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tracees brought to the tracer's processor: beside a bare loop with both bound to one, which is as cheap as a stop gets,
 * and beside one that leaves all to the scheduler.  And what makes steering hard: how often a thread runs before its
 * mask is put back, and how often what others set is lost.
 */
#include <bsdptrace.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "harness.h"

struct side {
	pid_t pid;
	int policy, request;
	bool bound; /* with us, to one processor */
};

struct pair {
	struct side ours, floor;
};

/* ---- targets ---- */

static struct shared {
	unsigned long looked, narrow;
} * shared;

static cpu_set_t everywhere;

static bool
is_everywhere(pid_t tid)
{
	cpu_set_t now;

	return (sched_getaffinity(tid, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &everywhere));
}

static void
calls(void)
{
	for (;;)
		(void)syscall(SYS_getppid);
}

static void
looks(void)
{
	for (;; shared->looked++)
		shared->narrow += !is_everywhere(0);
}

static void *
calls_in_thread(void *unused)
{
	calls();
	return (unused);
}

static void
calls_in_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, calls_in_thread, NULL);
	calls();
}

static pid_t
start(void (*life)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		life();
	if (pid == -1)
		bench_die("fork");
	return (pid);
}

static void
next_stop(pid_t pid)
{
	int status;

	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("bsd_waitpid");
}

static pid_t
start_ours(void (*life)(void))
{
	pid_t pid = start(life);

	if (bsd_ptrace(PT_ATTACH, pid, NULL, 0) == -1)
		bench_die("PT_ATTACH");
	next_stop(pid);
	return (pid);
}

static void
finish_ours(pid_t pid)
{
	int status;

	if (bsd_ptrace(PT_KILL, pid, NULL, 0) == -1 || bsd_waitpid(pid, &status, 0) != pid)
		bench_die("PT_KILL");
}

static void
finish_bare(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	if (waitpid(pid, NULL, __WALL) != pid)
		bench_die("waitpid");
}

/* ---- stops ---- */

static void
put(const struct side *s)
{
	if (s->bound) {
		bench_bind(0, 0);
		bench_bind(s->pid, 0);
	} else {
		bench_unbind(0);
		bench_unbind(s->pid);
	}
}

static void
ours(void *arg, unsigned long times)
{
	const struct side *s = &((struct pair *)arg)->ours;

	put(s);
	while (times-- > 0) {
		if (bsd_ptrace(s->request, s->pid, (caddr_t)1, 0) == -1)
			bench_die("bsd_ptrace");
		next_stop(s->pid);
	}
}

static void
floor_of(void *arg, unsigned long times)
{
	const struct side *s = &((struct pair *)arg)->floor;

	put(s);
	while (times-- > 0) {
		(void)bare(s->request, s->pid, NULL, NULL);
		(void)bare_wait(s->pid);
	}
}

static void
beside(const char *what, int policy, bool step, bool bound, double at_most)
{
	struct pair p = {
		.ours = { start_ours(calls), policy, step ? PT_STEP : PT_SYSCALL, false },
		.floor = { start(calls), 0, step ? BARE_STEP : BARE_SYSCALL, bound },
	};

	bare_attach(p.floor.pid);
	(void)bsd_ptrace_place(policy);
	bench_run(
	    &(struct bench){ .what = what, .ours = ours, .floor = floor_of, .arg = &p, .at_most = at_most });
	bench_unbind(0);
	finish_ours(p.ours.pid);
	finish_bare(p.floor.pid);
}

/* The same library without a policy: threads that are all busy must lose nothing. */
static void
off(void *arg, unsigned long times)
{
	struct pair p = { .ours = ((struct pair *)arg)->floor };

	(void)bsd_ptrace_place(BSD_PLACE_OFF);
	ours(&p, times);
	(void)bsd_ptrace_place(BSD_PLACE_AUTO);
}

static void
busy_threads(void)
{
	struct pair p = {
		.ours = { start_ours(calls_in_threads), BSD_PLACE_AUTO, PT_SYSCALL, false },
		.floor = { start_ours(calls_in_threads), BSD_PLACE_OFF, PT_SYSCALL, false },
	};

	(void)bsd_ptrace_place(BSD_PLACE_AUTO);
	bench_run(&(struct bench){ .what = "4 busy threads: auto, beside off",
	    .ours = ours,
	    .floor = off,
	    .arg = &p,
	    .at_most = 1.05 });
	finish_ours(p.ours.pid);
	finish_ours(p.floor.pid);
}

/* ---- what steering by itself would show ---- */

#define ROUNDS 4000

/* In percent of the times the target looked, with every resume steered and nothing minded. */
static double
seen_narrow(void *arg)
{
	pid_t pid = *(pid_t *)arg;
	cpu_set_t here;

	shared->looked = shared->narrow = 0;
	for (int i = 0; i < ROUNDS; i++) {
		CPU_ZERO(&here);
		CPU_SET((size_t)sched_getcpu(), &here);
		if (sched_setaffinity(pid, sizeof(here), &here) != 0)
			bench_die("sched_setaffinity");
		(void)bare(BARE_SYSCALL, pid, NULL, NULL);
		if (sched_setaffinity(pid, sizeof(everywhere), &everywhere) != 0)
			bench_die("sched_setaffinity");
		(void)bare_wait(pid);
	}
	return (100.0 * (double)shared->narrow / (double)shared->looked);
}

/* Somebody sets masks while the target is in its hottest loop, and looks whether they stay. */
static void
meddle(pid_t pid, int which)
{
	static const struct timespec moment = { .tv_nsec = 300000 };

	for (;;) {
		bench_bind(pid, which);
		(void)nanosleep(&moment, NULL);
		shared->looked++;
		shared->narrow += is_everywhere(pid);
		bench_unbind(pid);
		(void)nanosleep(&moment, NULL);
	}
}

static double
set_and_lost(void *arg)
{
	struct pair *p = arg;
	pid_t meddler;

	shared->looked = shared->narrow = 0;
	bench_bind(0, 0);
	if ((meddler = fork()) == 0)
		meddle(p->ours.pid, 1);
	(void)bsd_ptrace_place(p->ours.policy);
	for (int i = 0; i < 20 * ROUNDS; i++) {
		if (bsd_ptrace(PT_SYSCALL, p->ours.pid, (caddr_t)1, 0) == -1)
			bench_die("bsd_ptrace");
		next_stop(p->ours.pid);
	}
	finish_bare(meddler);
	bench_unbind(0);
	bench_unbind(p->ours.pid);
	return (100.0 * (double)shared->narrow / (double)shared->looked);
}

static void
figures(void)
{
	struct pair p = { .ours = { start_ours(calls), BSD_PLACE_ON, PT_SYSCALL, false } };
	pid_t looker = start(looks);

	bare_attach(looker);
	bench_figures(&(struct bench_figures){ .what = "masks a target sees narrow, unminded",
	    .unit = "%",
	    .ours = seen_narrow,
	    .arg = &looker });
	bench_figures(&(struct bench_figures){ .what = "masks set by others and lost, on",
	    .unit = "%",
	    .ours = set_and_lost,
	    .arg = &p,
	    .turns = 3 });
	finish_bare(looker);
	finish_ours(p.ours.pid);
}

/* ---- truss ---- */

static char truss_path[PATH_MAX + 40];
static const char *const truss[] = { truss_path, "-f", "-o", "/dev/null", "dd", "if=/dev/zero",
	"of=/dev/null", "bs=1", "count=6000", NULL };
static const char *const strace[] = { "strace", "-f", "-o", "/dev/null", "dd", "if=/dev/zero", "of=/dev/null",
	"bs=1", "count=6000", NULL };

static void
run_truss(void *unused, unsigned long times)
{
	(void)unused;
	while (times-- > 0)
		bench_finish(bench_start(truss));
}

static void
run_strace(void *unused, unsigned long times)
{
	(void)unused;
	while (times-- > 0)
		bench_finish(bench_start(strace));
}

static void
tools(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (!bench_has("strace") || n == -1)
		return;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	(void)snprintf(truss_path, sizeof(truss_path), "%s/../tools/truss/truss", self);
	bench_run(&(struct bench){ .what = "truss of dd bs=1, beside strace -f",
	    .ours = run_truss,
	    .floor = run_strace,
	    .units = 24000,
	    .at_most = 0.25 });
}

int
main(void)
{
	if (bench_processors() < 2)
		return (0);
	if (sched_getaffinity(0, sizeof(everywhere), &everywhere) != 0)
		bench_die("sched_getaffinity");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		bench_die("mmap");
	beside("call stop: off, beside bound", BSD_PLACE_OFF, false, true, 0);
	beside("call stop: on, beside bound", BSD_PLACE_ON, false, true, 1.4);
	beside("call stop: auto, beside bound", BSD_PLACE_AUTO, false, true, 1.4);
	beside("call stop: auto, beside unbound", BSD_PLACE_AUTO, false, false, 1);
	beside("step: on, beside bound", BSD_PLACE_ON, true, true, 0);
	busy_threads();
	figures();
	tools();
	return (0);
}
