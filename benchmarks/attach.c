/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Attach to a process with many threads, wait for its stop and detach: how long it stands still.
 */
#include <bsdptrace.h>
#include <dirent.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"
#include "harness.h"

#define SAMPLED	 5	/* threads that say how long they stood still, evenly among the others */
#define NAP_NS	 200000
#define STACK	 16384

/* Of a thread that naps and looks at the clock. */
struct sample {
	_Atomic pid_t tid;
	_Atomic uint64_t longest; /* ns between two looks */
	_Atomic unsigned looks;
};

struct shared {
	struct sample samples[SAMPLED];
	_Atomic int threads; /* that have been made; -1: not all could be */
};

struct target {
	pid_t pid;
	int threads;
	struct shared *shared;
	pid_t *tids; /* room for so many */
};

/* ---- the target ---- */

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

static void *
samples(void *arg)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};
	struct sample *s = arg;
	uint64_t before = now_ns(), now;

	s->tid = gettid();
	for (;; before = now, s->looks++) {
		(void)nanosleep(&nap, NULL);
		now = now_ns();
		if (now - before > s->longest)
			s->longest = now - before;
	}
	return (NULL);
}

static void *
sleeps(void *unused)
{
	for (;;)
		(void)pause();
	return (unused);
}

static __attribute__((noreturn)) void
live(struct shared *shared, int threads)
{
	pthread_attr_t attr;
	pthread_t thread;
	int n = 1, sampled = 1;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* strace and gdb, where Yama asks */
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	for (; n < threads; n++) {
		bool sample = sampled < SAMPLED && n >= sampled * (threads - 1) / (SAMPLED - 1);

		if (pthread_create(&thread, &attr, sample ? samples : sleeps,
			sample ? &shared->samples[sampled] : NULL) != 0)
			break;
		sampled += sample;
	}
	shared->threads = n == threads ? n : -1;
	(void)samples(&shared->samples[0]);
	abort();
}

static void
nap(void)
{
	static const struct timespec moment = {.tv_nsec = 1000000};

	(void)nanosleep(&moment, NULL);
}

/* Until each that is sampled has looked twice more. */
static void
let_look(const struct target *t)
{
	unsigned before[SAMPLED];

	for (int i = 0; i < SAMPLED; i++)
		before[i] = t->shared->samples[i].looks;
	for (int i = 0; i < SAMPLED; i++)
		while (t->shared->samples[i].looks - before[i] < 2)
			nap();
}

static bool
start(struct target *t, int threads)
{
	*t = (struct target){.threads = threads, .tids = calloc((size_t)threads, sizeof(pid_t))};
	t->shared = mmap(NULL, sizeof(*t->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->tids == NULL || t->shared == MAP_FAILED || (t->pid = fork()) == -1)
		bench_die("start");
	if (t->pid == 0)
		live(t->shared, threads);
	while (t->shared->threads == 0)
		nap();
	if (t->shared->threads < 0)
		return (false);
	let_look(t);
	return (true);
}

static void
finish(struct target *t)
{
	(void)kill(t->pid, SIGKILL);
	bench_finish(t->pid);
	(void)munmap(t->shared, sizeof(*t->shared));
	free(t->tids);
}

/* ---- its longest pause while something is done to it ---- */

static double
pause_in(struct target *t, void (*what)(struct target *))
{
	uint64_t longest = 0;

	let_look(t);
	for (int i = 0; i < SAMPLED; i++)
		t->shared->samples[i].longest = 0;
	what(t);
	let_look(t);
	for (int i = 0; i < SAMPLED; i++)
		if (t->shared->samples[i].longest > longest)
			longest = t->shared->samples[i].longest;
	return ((double)longest / 1000);
}

static void
by_us(struct target *t)
{
	int status;

	if (bsd_ptrace(PT_ATTACH, t->pid, NULL, 0) == -1)
		bench_die("PT_ATTACH");
	if (bsd_waitpid(t->pid, &status, 0) != t->pid || !WIFSTOPPED(status))
		bench_die("bsd_waitpid");
	if (bsd_ptrace(PT_DETACH, t->pid, (caddr_t)1, 0) == -1)
		bench_die("PT_DETACH");
}

static int
list(struct target *t)
{
	char path[64];
	struct dirent *d;
	int n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)t->pid);
	if ((dir = opendir(path)) == NULL)
		bench_die(path);
	while ((d = readdir(dir)) != NULL && n < t->threads)
		if (d->d_name[0] != '.')
			t->tids[n++] = (pid_t)atoi(d->d_name);
	(void)closedir(dir);
	return (n);
}

/* All are seized before the first is stopped, and all have stopped before the first is let go. */
static void
by_bare_calls(struct target *t)
{
	int n = list(t);

	for (int i = 0; i < n; i++)
		(void)bare(PTRACE_SEIZE, t->tids[i], NULL, NULL);
	for (int i = 0; i < n; i++)
		(void)bare(PTRACE_INTERRUPT, t->tids[i], NULL, NULL);
	for (int i = 0; i < n; i++)
		(void)bare_wait(t->tids[i]);
	for (int i = 0; i < n; i++)
		(void)bare(PTRACE_DETACH, t->tids[i], NULL, NULL);
}

static bool
is_traced(pid_t tid)
{
	char path[64], text[4096], *at;
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if ((f = fopen(path, "r")) == NULL)
		bench_die(path);
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	at = strstr(text, "\nTracerPid:");
	return (at != NULL && atoi(at + 11) != 0);
}

/* It has all of them when it has the last; and they run then. */
static void
by_strace(struct target *t)
{
	char pid[16];
	const char *argv[] = {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "-p", pid, NULL};
	pid_t strace;

	(void)snprintf(pid, sizeof(pid), "%d", (int)t->pid);
	strace = bench_start(argv);
	while (!is_traced(t->shared->samples[SAMPLED - 1].tid))
		nap();
	let_look(t);
	(void)kill(strace, SIGINT);
	bench_finish(strace);
}

static void
by_gdb(struct target *t)
{
	char pid[16];
	const char *argv[] = {"gdb", "-nx", "-batch", "-p", pid, NULL};

	(void)snprintf(pid, sizeof(pid), "%d", (int)t->pid);
	bench_finish(bench_start(argv));
}

static double
ours(void *arg)
{
	return (pause_in(arg, by_us));
}

static double
floors(void *arg)
{
	return (pause_in(arg, by_bare_calls));
}

static double
straces(void *arg)
{
	return (pause_in(arg, by_strace));
}

static double
gdbs(void *arg)
{
	return (pause_in(arg, by_gdb));
}

/* ---- what it costs the tracer ---- */

static void
all(void *arg, unsigned long times)
{
	while (times-- > 0)
		by_us(arg);
}

static void
bare_all(void *arg, unsigned long times)
{
	while (times-- > 0)
		by_bare_calls(arg);
}

static void
run(int threads, bool peers)
{
	char what[4][64];
	struct target t;

	if (!start(&t, threads)) {
		fprintf(stderr, "bench: attach: no room for %d threads here\n", threads);
		finish(&t);
		return;
	}
	(void)snprintf(what[0], sizeof(what[0]), "longest pause, %d threads", threads);
	(void)snprintf(what[1], sizeof(what[1]), "the same beside strace -f -p");
	(void)snprintf(what[2], sizeof(what[2]), "the same beside gdb -batch -p");
	(void)snprintf(what[3], sizeof(what[3]), "attach, wait, detach, %d threads", threads);
	bench_figures(&(struct bench_figures){what[0], "us", ours, floors, &t, 0, 1.2});
	if (peers && bench_has("strace"))
		bench_figures(&(struct bench_figures){what[1], "us", ours, straces, &t, 3, 0.25});
	if (peers && bench_has("gdb"))
		bench_figures(&(struct bench_figures){what[2], "us", ours, gdbs, &t, 3, 0.05});
	bench_run(&(struct bench){what[3], all, bare_all, &t, 1, false, 1.2});
	finish(&t);
}

/* ---- does a thread cost more among many? ---- */

static double
per_thread(int threads)
{
	struct target t;
	double pauses[5], least;

	if (!start(&t, threads)) {
		finish(&t);
		return (-1);
	}
	for (int i = 0; i < 5; i++)
		pauses[i] = ours(&t);
	least = pauses[0];
	for (int i = 1; i < 5; i++)
		least = pauses[i] < least ? pauses[i] : least;
	finish(&t);
	return (least / threads);
}

static void
run_linear(int few, int many)
{
	char what[64];
	double one = per_thread(few), other = per_thread(many);

	(void)snprintf(what, sizeof(what), "pause a thread, %d beside %d", many, few);
	if (one > 0 && other > 0)
		bench_value(what, "us", other, one, 1.3);
}

int
main(void)
{
	run(1000, true);
	run(5000, true);
	run(10000, false);
	run_linear(2000, 10000);
	return (0);
}
