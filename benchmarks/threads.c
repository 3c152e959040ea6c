/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A breakpoint in one thread of a process with many: all stop, all go on.
 */
#include <bsdptrace.h>
#include <dirent.h>
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

#define THREADS_MAX 1024
#define STACK	    16384

struct shared {
	_Atomic bool ready;
	_Atomic bool counts; /* the thread with the breakpoints computes too */
	_Atomic unsigned long work[THREADS_MAX]; /* done by each that computes; one after the other uses it */
};

struct target {
	pid_t pid;
	struct shared *shared;
	pid_t tids[THREADS_MAX]; /* the floor's: the one with the breakpoints first */
	int threads;
};

/* One side, and what it is held to. */
struct pair {
	struct target ours, other;
};

/* ---- a process ---- */

static void *
sleeps(void *unused)
{
	for (;;)
		(void)pause();
	return (unused);
}

static void
compute(_Atomic unsigned long *work)
{
	for (volatile int i = 0; i < 1000; i++)
		;
	(*work)++;
}

static void *
computes(void *work)
{
	for (;;)
		compute(work);
	return (NULL);
}

static __attribute__((noreturn)) void
live(struct shared *shared, int threads, bool busy)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&thread, &attr, busy ? computes : sleeps, &shared->work[i]) != 0)
			_exit(1);
	shared->ready = true;
	for (;;)
		if (shared->counts)
			compute(&shared->work[0]);
		else
			__asm__ volatile("int3");
}

static void
nap(void)
{
	static const struct timespec moment = {.tv_nsec = 5000000};

	(void)nanosleep(&moment, NULL);
}

static void
start(struct target *t, int threads, bool busy)
{
	memset(t, 0, sizeof(*t));
	t->threads = threads;
	t->shared = mmap(NULL, sizeof(*t->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->shared == MAP_FAILED)
		bench_die("mmap");
	t->shared->counts = true;
	if ((t->pid = fork()) == -1)
		bench_die("fork");
	if (t->pid == 0)
		live(t->shared, threads, busy);
	while (!t->shared->ready)
		nap();
}

static void
next_stop(pid_t pid)
{
	int status;

	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("bsd_waitpid");
}

static void
start_ours(struct target *t, int threads, bool busy)
{
	start(t, threads, busy);
	if (bsd_ptrace(PT_ATTACH, t->pid, NULL, 0) == -1)
		bench_die("PT_ATTACH");
	next_stop(t->pid);
	t->shared->counts = false;
}

static void
start_bare(struct target *t, int threads, bool busy)
{
	char path[64];
	struct dirent *d;
	DIR *dir;
	int n = 0;

	start(t, threads, busy);
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)t->pid);
	if ((dir = opendir(path)) == NULL)
		bench_die(path);
	while ((d = readdir(dir)) != NULL && n < THREADS_MAX)
		if (d->d_name[0] != '.')
			t->tids[n++] = (pid_t)atoi(d->d_name); /* the first thread comes first */
	(void)closedir(dir);
	for (int i = 0; i < n; i++)
		bare_attach(t->tids[i]);
	t->shared->counts = false;
}

static void
finish(struct target *t, bool traced)
{
	int status;

	(void)kill(t->pid, SIGKILL);
	if (traced) {
		if (bsd_waitpid(t->pid, &status, 0) != t->pid)
			bench_die("bsd_waitpid");
	} else {
		for (int i = t->threads; --i >= 0;)
			(void)waitpid(t->tids[i], &status, __WALL);
	}
	(void)munmap(t->shared, sizeof(*t->shared));
}

/* ---- a stop of all ---- */

static void
stops_of(struct target *t, unsigned long times)
{
	while (times-- > 0) {
		if (bsd_ptrace(PT_CONTINUE, t->pid, (caddr_t)1, 0) == -1)
			bench_die("PT_CONTINUE");
		next_stop(t->pid);
	}
}

static void
stops(void *arg, unsigned long times)
{
	stops_of(&((struct pair *)arg)->ours, times);
}

static void
others_stops(void *arg, unsigned long times)
{
	stops_of(&((struct pair *)arg)->other, times);
}

/* Resume all; when the one has stopped interrupt the others, and collect what they stopped for. */
static void
bare_stops(void *arg, unsigned long times)
{
	struct target *t = &((struct pair *)arg)->other;
	siginfo_t si;

	while (times-- > 0) {
		for (int i = 0; i < t->threads; i++)
			(void)bare(PTRACE_CONT, t->tids[i], NULL, NULL);
		(void)bare_wait(t->tids[0]);
		(void)bare(PTRACE_GETSIGINFO, t->tids[0], NULL, &si);
		for (int i = 1; i < t->threads; i++)
			(void)bare(PTRACE_INTERRUPT, t->tids[i], NULL, NULL);
		for (int i = 1; i < t->threads; i++)
			(void)bare_wait(t->tids[i]);
	}
}

/* Where the thread with the breakpoints is beside the tracer is luck, and eight to one, unless it is seen to. */
static void
together(const struct pair *pair)
{
	bench_bind(0, 0);
	bench_bind(pair->ours.pid, 0);
	bench_bind(pair->other.pid, 0);
}

static void
run_bare(const char *what, int threads, bool busy, double at_most)
{
	struct pair pair;

	start_ours(&pair.ours, threads, busy);
	start_bare(&pair.other, threads, busy);
	if (!busy)
		together(&pair);
	bench_run(&(struct bench){what, stops, bare_stops, &pair, 1, false, at_most, 0, busy ? 0 : BENCH_CALLS});
	bench_unbind(0);
	finish(&pair.ours, true);
	finish(&pair.other, false);
}

static void
run_beside_one(const char *what, int threads, double at_most)
{
	struct pair pair;

	start_ours(&pair.ours, threads, false);
	start_ours(&pair.other, 1, false);
	together(&pair);
	bench_run(&(struct bench){what, stops, others_stops, &pair, 1, false, at_most});
	bench_unbind(0);
	finish(&pair.ours, true);
	finish(&pair.other, true);
}

/* ---- what the others get done meanwhile ---- */

#define SPELL_NS 400000000ull

static uint64_t
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec);
}

static unsigned long
work_of_others(const struct target *t)
{
	unsigned long sum = 0;

	for (int i = 1; i < t->threads; i++)
		sum += t->shared->work[i];
	return (sum);
}

/* Time for each piece of it. */
static double
traced(void *arg)
{
	struct target *t = &((struct pair *)arg)->ours;
	unsigned long before = work_of_others(t);
	uint64_t began = now_ns(), took;

	while ((took = now_ns() - began) < SPELL_NS)
		stops_of(t, 1);
	return ((double)took / (double)(work_of_others(t) - before));
}

/* The thread that has the breakpoints computes like the others, and nothing stops. */
static double
left_alone(void *arg)
{
	static const struct timespec spell = {.tv_nsec = SPELL_NS};
	struct target *t = &((struct pair *)arg)->ours;
	unsigned long before;
	uint64_t began, took;

	t->shared->counts = true;
	if (bsd_ptrace(PT_CONTINUE, t->pid, (caddr_t)1, 0) == -1)
		bench_die("PT_CONTINUE");
	before = work_of_others(t);
	began = now_ns();
	(void)nanosleep(&spell, NULL);
	took = now_ns() - began;
	before = work_of_others(t) - before;
	t->shared->counts = false;
	next_stop(t->pid);
	return ((double)took / (double)before);
}

static void
run_share(const char *what, int threads)
{
	struct pair pair;

	start_ours(&pair.ours, threads, true);
	bench_figures(&(struct bench_figures){what, "ns", traced, left_alone, &pair, 5, 2});
	finish(&pair.ours, true);
}

int
main(void)
{
	run_bare("breakpoint, one thread", 1, false, 1.05);
	run_bare("breakpoint, 64 sleep", 65, false, 0.5);
	run_beside_one("the same beside one thread", 65, 2);
	run_bare("breakpoint, 512 sleep", 513, false, 0.1);
	run_beside_one("the same beside one thread", 513, 4);
	run_bare("breakpoint, 7 compute", 8, true, 0.1);
	run_share("what the 7 do, beside undisturbed", 8);
	return (0);
}
