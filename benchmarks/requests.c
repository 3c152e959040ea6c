/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each request on a stopped thread, and a stop, the wait for it and the resume, beside the bare calls.
 */
#include <bsdptrace.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
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
	int stat;	   /* of the floor's, its file of that name, or 0 */
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
	char text[1024];
	int status;

	while (times-- > 0) {
		(void)bare(t->resume, t->floor, NULL, NULL);
		status = bare_wait(t->floor);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			(void)bare(PTRACE_GETSIGINFO, t->floor, NULL, &si);
		if (t->stat != 0 && pread(t->stat, text, sizeof(text), 0) <= 0)
			bench_die("pread");
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
	(void)snprintf(name, sizeof(name), "/proc/%d/stat", (int)t.floor);
	if (life == SIGNALS && (t.stat = open(name, O_RDONLY)) == -1)
		bench_die(name);
	place(&t, true);
	bench_run(&(struct bench){what, stops, bare_stops, &t, 1, false, 1.05, 0, BENCH_CALLS | BENCH_INSTRUCTIONS});
	if (bench_processors() > 1) {
		place(&t, false);
		(void)snprintf(name, sizeof(name), "%s, two processors", what);
		bench_run(&(struct bench){name, stops, bare_stops, &t, 1, false, 1.05});
	}
	bench_unbind(0);
	if (t.stat != 0)
		(void)close(t.stat);
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

/* ---- requests of a thread that is stopped ---- */

/* One request, and the calls that give the same; both of the same thread. */
struct row {
	const char *what;
	int request;
	void *addr;
	int data;
	struct bare_call {
		long request; /* 0: no more */
		void *addr, *data;
	} bare[5];
};

struct asking {
	pid_t pid;
	const struct row *row;
};

static void
ask(void *arg, unsigned long times)
{
	const struct asking *a = arg;

	while (times-- > 0) {
		(void)bsd_ptrace(a->row->request, a->pid, a->row->addr, a->row->data);
		if (errno != 0)
			bench_die(a->row->what);
	}
}

static void
bare_ask(void *arg, unsigned long times)
{
	const struct asking *a = arg;

	while (times-- > 0)
		for (const struct bare_call *c = a->row->bare; c->request != 0; c++)
			(void)bare(c->request, a->pid, c->addr, c->data);
}

static struct ptrace_lwpinfo info;
static struct reg regs;
static struct fpreg fpregs;
static struct dbreg dbregs;
static struct ptrace_xstate_info xinfo;
static unsigned long base;
static char xstate[16384];
static lwpid_t list[4];
static int word;

static struct user_regs_struct bare_regs;
static struct user_fpregs_struct bare_fpregs;
static siginfo_t bare_siginfo;
static siginfo_t pending[16];
static unsigned long mask;
static struct iovec area = {.iov_base = xstate, .iov_len = sizeof(xstate)};
static struct ptrace_peeksiginfo_args peek = {.nr = 16};
static struct ptrace_syscall_info call;

#define UP_TO(member)	 ((int)(offsetof(struct ptrace_lwpinfo, member) + 1))
#define GETSIGINFO	 {PTRACE_GETSIGINFO, NULL, &bare_siginfo}
#define GETSIGMASK	 {PTRACE_GETSIGMASK, (void *)8, &mask}
#define PEEKSIGINFO	 {PTRACE_PEEKSIGINFO, &peek, pending}
#define GETCALL		 {PTRACE_GET_SYSCALL_INFO, (void *)sizeof(call), &call}
#define GETREGS		 {PTRACE_GETREGS, NULL, &bare_regs}
#define PEEK		 {PTRACE_PEEKDATA, &word, &word}
#define ALIVE		 {PTRACE_PEEKUSR, NULL, &mask}

/* At the entry of a system call. */
static const struct row at_call[] = {
	{"LWPINFO, flags", PT_LWPINFO, &info, BRIEF, {ALIVE}},
	{"LWPINFO, to signal mask", PT_LWPINFO, &info, UP_TO(pl_sigmask), {GETSIGMASK}},
	{"LWPINFO, to pending signals", PT_LWPINFO, &info, UP_TO(pl_siglist), {GETSIGMASK, PEEKSIGINFO}},
	{"GETREGS", PT_GETREGS, &regs, 0, {GETREGS}},
	{"SETREGS", PT_SETREGS, &regs, 0, {GETREGS, {PTRACE_SETREGS, NULL, &bare_regs}}},
	{"GETFPREGS", PT_GETFPREGS, &fpregs, 0, {{PTRACE_GETFPREGS, NULL, &bare_fpregs}}},
	{"SETFPREGS", PT_SETFPREGS, &fpregs, 0, {{PTRACE_SETFPREGS, NULL, &bare_fpregs}}},
	{"GETDBREGS", PT_GETDBREGS, &dbregs, 0, {ALIVE}},
	{"GETFSBASE", PT_GETFSBASE, &base, 0, {{PTRACE_PEEKUSR, (void *)offsetof(struct user_regs_struct, fs_base), &mask}}},
	{"READ_D", PT_READ_D, &word, 0, {PEEK}},
	{"WRITE_D", PT_WRITE_D, &word, 0, {PEEK, {PTRACE_POKEDATA, &word, NULL}}},
	{"GETNUMLWPS", PT_GETNUMLWPS, NULL, 0, {ALIVE}},
	{"GETLWPLIST", PT_GETLWPLIST, list, 4, {ALIVE}},
	{"SETSTEP", PT_SETSTEP, NULL, 0, {ALIVE}},
	{"CLEARSTEP", PT_CLEARSTEP, NULL, 0, {ALIVE}},
	{"SUSPEND", PT_SUSPEND, NULL, 0, {ALIVE}},
	{"RESUME", PT_RESUME, NULL, 0, {ALIVE}},
	{"FOLLOW_FORK", PT_FOLLOW_FORK, NULL, 0, {ALIVE}},
	{"LWPINFO, all of it", PT_LWPINFO, &info, sizeof(info), {GETSIGMASK, PEEKSIGINFO, GETCALL}},
};

/* At a breakpoint. */
static const struct row at_trap[] = {
	{"LWPINFO of a signal, flags", PT_LWPINFO, &info, BRIEF, {ALIVE}},
	{"LWPINFO of a signal, to siginfo", PT_LWPINFO, &info, UP_TO(pl_tdname) - 1,
	    {GETSIGINFO, GETSIGMASK, PEEKSIGINFO, GETREGS}},
};

static const struct row extended[] = {
	{"GETXSTATE", PT_GETXSTATE, xstate, 0, {{PTRACE_GETREGSET, (void *)NT_X86_XSTATE, &area}}},
};

static void
run_rows(enum life life, const struct row *rows, size_t n)
{
	struct asking a = {.pid = start_ours(life)};
	int status;

	for (int i = 0; i < 3; i++) {
		if (bsd_ptrace(life == CALLS ? PT_TO_SCE : PT_CONTINUE, a.pid, (caddr_t)1, 0) == -1)
			bench_die("bsd_ptrace");
		next_stop(a.pid);
	}
	for (a.row = rows; a.row < rows + n; a.row++)
		bench_run(&(struct bench){a.row->what, ask, bare_ask, &a, 1, true, 1.05, SLACK, BENCH_CALLS});
	if (bsd_ptrace(PT_KILL, a.pid, NULL, 0) == -1 || bsd_waitpid(a.pid, &status, 0) != a.pid)
		bench_die("PT_KILL");
}

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])

static void
all_requests(void)
{
	struct asking a = {.pid = start_ours(CALLS)};
	int status;
	bool has_xstate;

	(void)bare(PTRACE_GETFPREGS, a.pid, NULL, &bare_fpregs);
	has_xstate = bsd_ptrace(PT_GETXSTATE_INFO, a.pid, (caddr_t)&xinfo, sizeof(xinfo)) == 0;
	if (bsd_ptrace(PT_GETREGS, a.pid, (caddr_t)&regs, 0) == -1 ||
	    bsd_ptrace(PT_GETFPREGS, a.pid, (caddr_t)&fpregs, 0) == -1)
		bench_die("PT_GETREGS");
	if (bsd_ptrace(PT_KILL, a.pid, NULL, 0) == -1 || bsd_waitpid(a.pid, &status, 0) != a.pid)
		bench_die("PT_KILL");
	run_rows(CALLS, ROWS(at_call));
	run_rows(TRAPS, ROWS(at_trap));
	if (has_xstate)
		run_rows(TRAPS, ROWS(extended));
}

int
main(void)
{
	all_stops();
	all_requests();
	return (0);
}
