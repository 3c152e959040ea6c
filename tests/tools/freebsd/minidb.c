/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * minidb count address command ...: runs the command with a breakpoint at the address, says of each hit which
 * thread it was and what its first argument is, and steps over it while the other threads are held.
 * As written for FreeBSD 10/amd64 and i386: this file knows nothing of Linux.
 */
#include <sys/types.h>
#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <machine/psl.h>
#include <machine/reg.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BREAKPOINT 0xcc /* int3 */
#define MAXLWPS 64

#ifdef __amd64__
#define REG_PC(r) ((r)->r_rip)
#define REG_FLAGS(r) ((r)->r_rflags)
#else
#define REG_PC(r) ((r)->r_eip)
#define REG_FLAGS(r) ((r)->r_eflags)
#endif

static pid_t pid;
static caddr_t where;
static unsigned char saved;

/* By words, as the oldest debuggers do. */
static void
poke(unsigned char byte)
{
	caddr_t word = (caddr_t)rounddown2((uintptr_t)where, sizeof(int));
	size_t at = (size_t)(where - word);
	int old;

	errno = 0;
	old = ptrace(PT_READ_I, pid, word, 0);
	if (old == -1 && errno != 0)
		err(1, "PT_READ_I");
	memcpy((char *)&old + at, &byte, 1);
	if (ptrace(PT_WRITE_I, pid, word, old) == -1)
		err(1, "PT_WRITE_I");
}

static unsigned char
peek(void)
{
	struct ptrace_io_desc io;
	unsigned char byte;

	io.piod_op = PIOD_READ_I;
	io.piod_offs = where;
	io.piod_addr = &byte;
	io.piod_len = sizeof(byte);
	if (ptrace(PT_IO, pid, (caddr_t)&io, 0) == -1)
		err(1, "PT_IO");
	return (byte);
}

static int
wait_stop(void)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(1, "waitpid");
	if (WIFEXITED(status)) {
		printf("exit %d\n", WEXITSTATUS(status));
		exit(0);
	}
	if (WIFSIGNALED(status)) {
		printf("killed by %d\n", WTERMSIG(status));
		exit(0);
	}
	return (WSTOPSIG(status));
}

static void
hold_others(lwpid_t lwp, int request)
{
	lwpid_t lwps[MAXLWPS];
	int i, n;

	if ((n = ptrace(PT_GETLWPLIST, pid, (caddr_t)lwps, nitems(lwps))) == -1)
		err(1, "PT_GETLWPLIST");
	for (i = 0; i < n; i++)
		if (lwps[i] != lwp && ptrace(request, lwps[i], 0, 0) == -1)
			err(1, "hold %d", lwps[i]);
}

static void
step_over(lwpid_t lwp)
{
	struct ptrace_lwpinfo pl;
	struct reg r;
	int sig;

	if (ptrace(PT_GETREGS, lwp, (caddr_t)&r, 0) == -1)
		err(1, "PT_GETREGS");
	REG_PC(&r) -= 1;
	if (ptrace(PT_SETREGS, lwp, (caddr_t)&r, 0) == -1)
		err(1, "PT_SETREGS");
	poke(saved);
	hold_others(lwp, PT_SUSPEND);
	if (ptrace(PT_SETSTEP, lwp, NULL, 0) == -1)
		err(1, "PT_SETSTEP");
	if (ptrace(PT_GETREGS, lwp, (caddr_t)&r, 0) == -1)
		err(1, "PT_GETREGS");
	if ((REG_FLAGS(&r) & PSL_T) == 0)
		errx(1, "no trap flag");
	if (ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == -1)
		err(1, "PT_CONTINUE");
	if ((sig = wait_stop()) != SIGTRAP)
		errx(1, "signal %d in a step", sig);
	if (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) == -1)
		err(1, "PT_LWPINFO");
	if (pl.pl_lwpid != lwp || (pl.pl_flags & PL_FLAG_SI) == 0 || pl.pl_siginfo.si_code != TRAP_TRACE)
		errx(1, "not the step of %d", lwp);
	if (ptrace(PT_CLEARSTEP, lwp, NULL, 0) == -1)
		err(1, "PT_CLEARSTEP");
	hold_others(lwp, PT_RESUME);
	poke(BREAKPOINT);
}

static int
at_breakpoint(lwpid_t *lwp)
{
	struct ptrace_lwpinfo pl;
	struct reg r;

	if (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) == -1)
		err(1, "PT_LWPINFO");
	if (pl.pl_event != PL_EVENT_SIGNAL || pl.pl_siginfo.si_code != TRAP_BRKPT)
		return (0);
	*lwp = pl.pl_lwpid;
	if (ptrace(PT_GETREGS, pl.pl_lwpid, (caddr_t)&r, 0) == -1)
		err(1, "PT_GETREGS");
	return ((caddr_t)(uintptr_t)REG_PC(&r) == where + 1);
}

int
main(int argc, char *argv[])
{
	lwpid_t lwp, last = 0;
	int left, sig, hits = 0, switches = 0;

	if (argc < 4)
		errx(1, "usage: minidb count address command ...");
	left = atoi(argv[1]);
	where = (caddr_t)strtoul(argv[2], NULL, 0);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if (ptrace(PT_TRACE_ME, 0, 0, 0) == -1)
			err(1, "PT_TRACE_ME");
		execv(argv[3], argv + 3);
		err(1, "%s", argv[3]);
	}
	if ((sig = wait_stop()) != SIGTRAP)
		errx(1, "signal %d at the exec", sig);
	saved = peek();
	poke(BREAKPOINT);
	sig = 0;
	for (;;) {
		if (ptrace(PT_CONTINUE, pid, (caddr_t)1, sig) == -1)
			err(1, "PT_CONTINUE");
		sig = wait_stop();
		if (sig != SIGTRAP || !at_breakpoint(&lwp))
			continue;
		sig = 0;
		switches += lwp != last;
		last = lwp;
		step_over(lwp);
		if (++hits == left) {
			poke(saved);
			printf("%d hits, %s\n", hits, switches > 1 ? "by several threads" : "by one thread");
			fflush(stdout);
		}
	}
}
