/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Children that used PTRACE_TRACEME.  Such a tracee cannot be interrupted without a SIGSTOP, and hands
 * that on to what it makes; so at its first stop it is let go into a job-control stop, without a step of
 * user code, and seized there.  A SIGCONT ends that stop and is met at its delivery, where the signal
 * the child had stopped for takes its place again.
 *
 * Where this would show (the child blocks SIGCONT, or has other signals due) or may be refused (it has
 * changed its ids since) it stays as it is: interrupted by a SIGSTOP that is swallowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define BIT(sig) (UINT64_C(1) << ((sig) - 1))

static bool
may_seize(pid_t tid)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (false);
	(void)close(fd);
	return (true);
}

static bool
convertible(pid_t tid, const struct status *st)
{
	return ((st->st_blocked & BIT(SIGCONT)) == 0 && (st->st_pending & ~st->st_blocked) == 0 &&
	    (st->st_ppid == getpid()) && may_seize(tid));
}

/* From the job-control stop on to the delivery of our SIGCONT. */
static int
run_to_sigcont(struct linux_host *lh, pid_t owner, pid_t tid, int *status)
{
	bool sent = false;

	for (;;) {
		if (wait4(tid, status, __WALL, NULL) != tid)
			return (errno == EINTR ? EAGAIN : ESRCH);
		if (!WIFSTOPPED(*status))
			return (ESRCH);
		if (*status >> 16 == 0 && WSTOPSIG(*status) == SIGCONT)
			return (0);
		if (!sent && kill(tid, SIGCONT) != 0)
			return (ESRCH);
		sent = true;
		if (owner_ptrace(lh, owner, PTRACE_CONT, tid, NULL, NULL) != 0)
			return (ESRCH);
	}
}

/* 0: seized, and at a signal's delivery.  ESRCH: it ended, *status. */
static int
convert(struct linux_host *lh, pid_t tracer, pid_t owner, pid_t tid, siginfo_t *si, int *status)
{
	int error;

	if (owner_ptrace(lh, tracer, PTRACE_DETACH, tid, NULL, (void *)(long)SIGSTOP) != 0)
		return (ESRCH);
	if (owner_ptrace(lh, owner, PTRACE_SEIZE, tid, NULL, (void *)trace_options(false, true)) != 0)
		return (ESRCH);
	while ((error = run_to_sigcont(lh, owner, tid, status)) == EAGAIN)
		;
	if (error == 0 && owner_ptrace(lh, owner, PTRACE_SETSIGINFO, tid, NULL, si) != 0)
		error = ESRCH;
	return (error);
}

/* It went while it was being converted; if it can be had, its end. */
static bool
adopt_failed(pid_t tid, int status, struct host_event *ev)
{
	if (!WIFEXITED(status) && !WIFSIGNALED(status))
		return (false);
	ev->he_kind = HE_CHILD;
	ev->he_tid = tid;
	ev->he_status = status;
	return (true);
}

/* Without PTRACE_O_TRACEEXEC an exec is followed by a plain SIGTRAP, as from the process itself. */
static bool
is_exec(struct linux_host *lh, pid_t tracer, pid_t tid, const siginfo_t *si)
{
	return (si->si_signo == SIGTRAP && si->si_code == SI_USER && regs_after_exec(lh, tracer, tid));
}

bool
adopt(struct linux_host *lh, pid_t tid, int status, struct host_event *ev)
{
	struct status st;
	struct lwp *l;
	siginfo_t si;
	bool seized = false;
	pid_t owner;

	if (status_read(tid, &st) != 0 || st.st_tracer == 0)
		return (false);
	memset(&si, 0, sizeof(si));
	if (owner_ptrace(lh, st.st_tracer, PTRACE_GETSIGINFO, tid, NULL, &si) != 0)
		return (false);
	ev->he_kind = HE_ADOPT;
	ev->he_sig = is_exec(lh, st.st_tracer, tid, &si) ? 0 : WSTOPSIG(status);
	ev->he_trap = si.si_signo == SIGTRAP && si.si_code > 0;
	owner = st.st_tracer;
	if (convertible(tid, &st) && owner_choose(lh, &owner) == 0) {
		if (convert(lh, st.st_tracer, owner, tid, &si, &status) != 0)
			return (adopt_failed(tid, status, ev));
		seized = true;
	} else {
		owner = st.st_tracer;
		if (owner_ptrace(lh, owner, PTRACE_SETOPTIONS, tid, NULL, (void *)trace_options(false, true)) != 0)
			return (false);
	}
	if ((l = lwp_new(lh, tid, tid, owner)) == NULL)
		return (false);
	l->l_seized = seized;
	l->l_stopsig = WSTOPSIG(status);
	return (true);
}
