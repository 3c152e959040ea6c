/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each request on a stopped thread, and a stop, the wait for it and the resume, beside the bare calls.
 */
#include <bsdptrace.h>
#include <elf.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "bare.h"
#include "harness.h"

#define SLACK 100 /* ns */

/* What a target does all its life. */
enum life { CALLS, TRAPS, SIGNALS };

struct target {
	pid_t ours, floor; /* two of the same kind */
	int request;	   /* of ours, the floor's resume, ... */
	int resume;
	size_t size;	   /* ... and what is asked at each stop: bytes of PT_LWPINFO, */
	bool regs;	   /* and the registers */
};

static __attribute__((noreturn)) void
live(enum life life)
{
	for (;;)
		switch (life) {
		case CALLS:
			(void)syscall(SYS_getppid);
			break;
		case TRAPS:
			__asm__ volatile("int3");
			break;
		case SIGNALS:
			(void)raise(SIGUSR1);
			break;
		}
}

/* ---- a target of each side ---- */

static void
next_stop(pid_t pid)
{
	int status;

	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("bsd_waitpid");
}

static pid_t
start_ours(enum life life)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		(void)raise(SIGSTOP);
		live(life);
	}
	next_stop(pid);
	return (pid);
}

static pid_t
start_floor(enum life life)
{
	pid_t pid = fork();

	if (pid == 0)
		live(life);
	bare_attach(pid);
	return (pid);
}

static void
finish(const struct target *t)
{
	int status;

	if (bsd_ptrace(PT_KILL, t->ours, NULL, 0) == -1 || bsd_waitpid(t->ours, &status, 0) != t->ours)
		bench_die("PT_KILL");
	(void)kill(t->floor, SIGKILL);
	if (waitpid(t->floor, &status, __WALL) != t->floor)
		bench_die("waitpid");
}

/* ---- a stop, its wait, a resume ---- */

static void
stops(void *arg, unsigned long times)
{
	const struct target *t = arg;
	struct ptrace_lwpinfo pl;
	struct reg regs;

	while (times-- > 0) {
		if (bsd_ptrace(t->request, t->ours, (caddr_t)1, 0) == -1)
			bench_die("bsd_ptrace");
		next_stop(t->ours);
		if (t->size != 0 && bsd_ptrace(PT_LWPINFO, t->ours, (caddr_t)&pl, (int)t->size) == -1)
			bench_die("PT_LWPINFO");
		if (t->regs && bsd_ptrace(PT_GETREGS, t->ours, (caddr_t)&regs, 0) == -1)
			bench_die("PT_GETREGS");
	}
}

/* What the stop was must be known: of a signal by its siginfo, of a call by the registers, if they are read anyway. */
static void
bare_stops(void *arg, unsigned long times)
{
	const struct target *t = arg;
	struct user_regs_struct regs;
	siginfo_t si;
	int status;

	while (times-- > 0) {
		(void)bare(t->resume, t->floor, NULL, NULL);
		status = bare_wait(t->floor);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			(void)bare(PTRACE_GETSIGINFO, t->floor, NULL, &si);
		if (t->regs)
			(void)bare(PTRACE_GETREGS, t->floor, NULL, &regs);
	}
}

static void
place(const struct target *t, bool together)
{
	bench_bind(0, 0);
	bench_bind(t->ours, together ? 0 : 1);
	bench_bind(t->floor, together ? 0 : 1);
}

/* Tracer and tracee on one processor, and on two: where the kernel puts them by itself is luck. */
static void
run_stops(const char *what, struct target t, enum life life)
{
	char name[64];

	t.ours = start_ours(life);
	t.floor = start_floor(life);
	place(&t, true);
	bench_run(&(struct bench){what, stops, bare_stops, &t, 1, false, 1.05, 0, BENCH_CALLS | BENCH_INSTRUCTIONS});
	if (bench_processors() > 1) {
		place(&t, false);
		(void)snprintf(name, sizeof(name), "%s, two processors", what);
		bench_run(&(struct bench){name, stops, bare_stops, &t, 1, false, 1.05});
	}
	bench_unbind(0);
	finish(&t);
}

#define BRIEF offsetof(struct ptrace_lwpinfo, pl_sigmask)

static void
all_stops(void)
{
	run_stops("system call stop", (struct target){.request = PT_SYSCALL, .resume = BARE_SYSCALL}, CALLS);
	run_stops("call stop, LWPINFO, GETREGS",
	    (struct target){.request = PT_SYSCALL, .resume = BARE_SYSCALL, .size = BRIEF, .regs = true}, CALLS);
	run_stops("single step", (struct target){.request = PT_STEP, .resume = BARE_STEP}, CALLS);
	run_stops("single step, LWPINFO, GETREGS",
	    (struct target){.request = PT_STEP, .resume = BARE_STEP, .size = BRIEF, .regs = true}, CALLS);
	run_stops("breakpoint", (struct target){.request = PT_CONTINUE, .resume = BARE_CONT}, TRAPS);
	run_stops("breakpoint, LWPINFO, GETREGS",
	    (struct target){.request = PT_CONTINUE, .resume = BARE_CONT, .size = BRIEF, .regs = true}, TRAPS);
	run_stops("signal", (struct target){.request = PT_CONTINUE, .resume = BARE_CONT}, SIGNALS);
}

int
main(void)
{
	all_stops();
	return (0);
}
