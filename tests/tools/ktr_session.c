/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A tracer for the tests of the ring: prints what must be in it.
 *
 *   ktr_session all          every request
 *   ktr_session die          some, then SIGKILL to itself
 *   ktr_session count N      N requests
 *   ktr_session threads T N  N requests of each of T threads
 *   ktr_session fork         some, of a child made by fork and of one made by vfork
 */
#include <bsdptrace.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long word = 5;
static pid_t target;
static int rounds;

/* What the next request must leave in the ring. */
static void __attribute__((format(printf, 2, 3)))
point(const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)printf("%-15s ", name);
	(void)vprintf(fmt, ap);
	(void)printf("\n");
	(void)fflush(stdout);
	va_end(ap);
}

static void
ask(int request, pid_t pid, void *addr, int data)
{
	if (bsd_ptrace(request, pid, addr, data) == -1)
		err(1, "request %d of %d", request, pid);
}

static void
next_stop(int sig)
{
	int status;

	if (bsd_waitpid(target, &status, 0) != target || !WIFSTOPPED(status) || (sig != 0 && WSTOPSIG(status) != sig))
		errx(1, "status %#x", status);
}

/* Makes calls for as long as somebody listens. */
static void
be_target(const int wire[2])
{
	(void)close(wire[0]);
	while (write(wire[1], "", 1) == 1)
		continue;
	_exit(0);
}

/* A process of nobody's: its parent has ended.  Returns who has it now. */
static pid_t
stranger(int wire[2])
{
	char path[40], line[200];
	int pids[2], status;
	pid_t child, parent = 0;
	FILE *f;

	if (pipe(pids) == -1 || (child = fork()) == -1)
		err(1, "fork");
	if (child == 0) {
		if ((child = fork()) == 0)
			be_target(wire);
		(void)!write(pids[1], &child, sizeof(child));
		_exit(0);
	}
	if (read(pids[0], &target, sizeof(target)) != sizeof(target) || waitpid(child, &status, 0) != child)
		err(1, "no target");
	(void)snprintf(path, sizeof(path), "/proc/%d/status", target);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	(void)fclose(f);
	return (parent);
}

static void
attach(pid_t parent)
{
	point("pt_attach", "pid=%d oppid=%d", target, parent);
	ask(PT_ATTACH, target, NULL, 0);
	next_stop(SIGSTOP);
}

static void
child(int wire[2])
{
	if ((target = fork()) == -1)
		err(1, "fork");
	if (target == 0)
		be_target(wire);
	attach(getpid());
}

/* ---- every request ---- */

static void
go_on(void)
{
	point("pt_continue", "pid=%d pc=0x1 sig=0", target);
	ask(PT_CONTINUE, target, (void *)1, 0);
	(void)kill(target, SIGUSR1);
	next_stop(SIGUSR1);
	point("pt_step", "lwpid=%d pid=%d", bsd_lwpid(target), target);
	ask(PT_STEP, target, (void *)1, 0);
	next_stop(SIGTRAP);
	point("pt_to_sce", "pid=%d stops=0x10000 pc=0x1 sig=0", target);
	ask(PT_TO_SCE, target, (void *)1, 0);
	next_stop(SIGTRAP);
	point("pt_to_scx", "pid=%d stops=0x30000 pc=0x1 sig=0", target);
	ask(PT_TO_SCX, target, (void *)1, 0);
	next_stop(SIGTRAP);
	point("pt_syscall", "pid=%d stops=0x30000 pc=0x1 sig=0", target);
	ask(PT_SYSCALL, target, (void *)1, 0);
	next_stop(SIGTRAP);
}

static void
memory(void)
{
	uintptr_t at = (uintptr_t)&word;
	long bytes;
	struct ptrace_io_desc piod = {PIOD_READ_D, &word, &bytes, sizeof(bytes)};

	point("pt_write", "pid=%d addr=%#" PRIxPTR " value=0xfffffff9", target, at);
	ask(PT_WRITE_D, target, &word, -7);
	point("pt_read", "pid=%d addr=%#" PRIxPTR " value=0xfffffff9", target, at);
	ask(PT_READ_D, target, &word, 0);
	point("pt_io_read", "pid=%d offs=%#" PRIxPTR " len=%#zx", target, at, sizeof(bytes));
	ask(PT_IO, target, &piod, 0);
	piod.piod_op = PIOD_WRITE_D;
	point("pt_io_write", "pid=%d offs=%#" PRIxPTR " len=%#zx", target, at, sizeof(bytes));
	ask(PT_IO, target, &piod, 0);
}

static void
map(void)
{
	struct ptrace_vm_entry pve = {.pve_entry = 3};

	ask(PT_VM_ENTRY, target, &pve, 0);
	point("pt_vm_entry", "pid=%d entry=4 start=%#lx", target, pve.pve_start);
	point("pt_vm_timestamp", "pid=%d timestamp=%d", target, pve.pve_timestamp);
	ask(PT_VM_TIMESTAMP, target, NULL, 0);
}

static void
of_thread(const char *name, int request, void *addr)
{
	point(name, "lwpid=%d pid=%d", bsd_lwpid(target), target);
	ask(request, target, addr, 0);
}

static void
threads(void)
{
	struct ptrace_lwpinfo info;
	struct fpreg fpregs;
	struct dbreg dbregs;
	struct reg regs;
	lwpid_t list[4];

	of_thread("pt_getregs", PT_GETREGS, &regs);
	of_thread("pt_setregs", PT_SETREGS, &regs);
	of_thread("pt_getfpregs", PT_GETFPREGS, &fpregs);
	of_thread("pt_setfpregs", PT_SETFPREGS, &fpregs);
	of_thread("pt_getdbregs", PT_GETDBREGS, &dbregs);
	of_thread("pt_setdbregs", PT_SETDBREGS, &dbregs);
	of_thread("pt_setstep", PT_SETSTEP, NULL);
	of_thread("pt_clearstep", PT_CLEARSTEP, NULL);
	of_thread("pt_suspend", PT_SUSPEND, NULL);
	of_thread("pt_resume", PT_RESUME, NULL);
	point("pt_getnumlwps", "pid=%d threads=1", target);
	ask(PT_GETNUMLWPS, target, NULL, 0);
	point("pt_getlwplist", "pid=%d data=4 threads=1", target);
	ask(PT_GETLWPLIST, target, list, 4);
	ask(PT_LWPINFO, target, &info, sizeof(info));
	point("pt_lwpinfo", "lwpid=%d pid=%d event=%d flags=%#x child=0 syscall=%u", info.pl_lwpid, target,
	    info.pl_event, (unsigned)info.pl_flags, info.pl_syscall_code);
}

static void
every_request(void)
{
	int wire[2];
	pid_t parent;

	if (pipe(wire) == -1)
		err(1, "pipe");
	child(wire);
	go_on();
	threads();
	memory();
	map();
	point("pt_follow_fork", "pid=%d was=off now=on", target);
	ask(PT_FOLLOW_FORK, target, NULL, 1);
	point("pt_detach", "pid=%d sig=0", target);
	ask(PT_DETACH, target, (void *)1, 0);
	parent = stranger(wire);
	attach(parent);
	point("pt_detach_to", "pid=%d parent=%d sig=0", target, parent);
	ask(PT_DETACH, target, (void *)1, 0);
	child(wire);
	point("pt_kill", "pid=%d", target);
	ask(PT_KILL, target, NULL, 0);
	(void)close(wire[0]);
}

/* ---- many ---- */

static void *
many(void *arg)
{
	int me = (int)(intptr_t)arg;

	/* The table's point with a number of the caller's, which is told also of a request that is refused. */
	for (int i = 0; i < rounds; i++)
		(void)bsd_ptrace(PT_GETLWPLIST, target, NULL, -1 - i - me * 1000000);
	return (NULL);
}

static void
many_threads(int n)
{
	pthread_t thread[16];

	for (int i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, many, (void *)(intptr_t)i) != 0)
			errx(1, "no thread");
	for (int i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
}

/* ---- children that ask to be traced ---- */

static void
traced_child(bool vforked)
{
	int status;
	pid_t pid = vforked ? vfork() : fork();

	if (pid == 0) {
		if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
			_exit(1);
		_exit(0);
	}
	if (bsd_waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "status %#x", status);
	point("pt_trace_me", "pid=%d", pid);
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int wire[2];

	if (strcmp(how, "all") == 0) {
		every_request();
		return (0);
	}
	if (pipe(wire) == -1)
		err(1, "pipe");
	child(wire);
	if (strcmp(how, "die") == 0) {
		memory();
		(void)kill(getpid(), SIGKILL);
	} else if (strcmp(how, "count") == 0 && argc == 3) {
		rounds = atoi(argv[2]);
		(void)many(NULL);
	} else if (strcmp(how, "threads") == 0 && argc == 4) {
		rounds = atoi(argv[3]);
		many_threads(atoi(argv[2]));
	} else if (strcmp(how, "fork") == 0) {
		traced_child(false);
		traced_child(true);
	} else
		return (2);
	point("pt_kill", "pid=%d", target);
	ask(PT_KILL, target, NULL, 0);
	return (0);
}
