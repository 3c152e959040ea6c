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
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define BIT(sig) (UINT64_C(1) << ((sig) - 1))

static bool
may_seize(pid_t tid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	return (can_open(path));
}

/* leaving: the SIGSTOP that may be due is our own, and our SIGCONT takes it away. */
static bool
convertible(pid_t tid, const struct status *st, bool leaving)
{
	uint64_t due = st->st_pending & ~st->st_blocked & ~(leaving ? BIT(SIGSTOP) : 0);

	return ((st->st_blocked & BIT(SIGCONT)) == 0 && due == 0 &&
	    (st->st_ppid == getpid()) && may_seize(tid));
}

/*
 * Other threads of the program may be in a wait of their own, and take the status of any of these stops; so
 * what stop the child is in is asked of the child.  ESRCH: it has gone.
 */
static int
await_stop(struct linux_host *lh, pid_t owner, pid_t tid, siginfo_t *si)
{
	struct status st;

	for (;;) {
		memset(si, 0, sizeof(*si));
		if (owner_ptrace(lh, owner, PTRACE_GETSIGINFO, tid, NULL, si) == 0)
			return (0);
		if (status_read(tid, &st) != 0 || st.st_state == 'Z' || st.st_state == 'X')
			return (ESRCH);
		(void)sched_yield();
	}
}

/* From the job-control stop on to the delivery of our SIGCONT. */
static int
run_to_sigcont(struct linux_host *lh, pid_t owner, pid_t tid)
{
	bool sent = false;
	siginfo_t si;

	while (await_stop(lh, owner, tid, &si) == 0) {
		if (si.si_signo == SIGCONT && si.si_code <= 0)
			return (0);
		/* To the thread: of one for the process any thread may take the delivery. */
		if (!sent && syscall(SYS_tgkill, tid, tid, SIGCONT) != 0)
			return (ESRCH);
		sent = true;
		if (owner_ptrace(lh, owner, PTRACE_CONT, tid, NULL, NULL) != 0)
			return (ESRCH);
	}
	return (ESRCH);
}

/* 0: seized, and at a signal's delivery.  ESRCH: it has ended. */
static int
convert(struct linux_host *lh, pid_t tracer, pid_t owner, pid_t tid, siginfo_t *si)
{
	int error;

	if (owner_ptrace(lh, tracer, PTRACE_DETACH, tid, NULL, (void *)(long)SIGSTOP) != 0)
		return (ESRCH);
	if (owner_ptrace(lh, owner, PTRACE_SEIZE, tid, NULL, (void *)trace_options(HO_EXITKILL)) != 0)
		return (ESRCH);
	if ((error = run_to_sigcont(lh, owner, tid)) == 0 &&
	    owner_ptrace(lh, owner, PTRACE_SETSIGINFO, tid, NULL, si) != 0)
		error = ESRCH;
	return (error);
}

/* Without PTRACE_O_TRACEEXEC an exec is followed by a plain SIGTRAP, as from the process itself. */
static bool
is_exec(struct linux_host *lh, pid_t tracer, pid_t tid, const siginfo_t *si)
{
	return (si->si_signo == SIGTRAP && si->si_code == SI_USER && regs_after_exec(lh, tracer, tid));
}

static bool
is_our_stop(const siginfo_t *si)
{
	return (si->si_signo == SIGSTOP && si->si_code == SI_TKILL && si->si_pid == getpid());
}

/*
 * Take over a child that is stopped for tracer; NULL: it has ended, which its end will say.  leaving: tracer
 * will not be there much longer, so that what cannot be converted is lost.
 */
static struct lwp *
take_over(struct linux_host *lh, pid_t tid, pid_t tracer, bool leaving)
{
	struct status st;
	struct lwp *l;
	siginfo_t si;
	bool seized = false, exec;
	pid_t owner = tracer;

	if (await_stop(lh, tracer, tid, &si) != 0)
		return (NULL);
	traceme_over(lh, tracer, tid);
	if (status_read(tid, &st) != 0)
		return (NULL);
	exec = is_exec(lh, tracer, tid, &si);
	if (convertible(tid, &st, leaving) && owner_choose(lh, false, &owner) == 0) {
		if (convert(lh, tracer, owner, tid, &si) != 0)
			return (NULL);
		seized = true;
	} else if (leaving ||
	    owner_ptrace(lh, owner, PTRACE_SETOPTIONS, tid, NULL, (void *)trace_options(HO_EXITKILL)) != 0) {
		return (NULL);
	}
	if ((l = lwp_new(lh, tid, tid, seized ? owner : tracer)) == NULL)
		return (NULL);
	l->l_seized = seized;
	l->l_mortal = true;
	l->l_adopt = true;
	l->l_stopsig = si.si_signo;
	l->l_exec = exec;
	l->l_ours = leaving && is_our_stop(&si);
	l->l_trap = si.si_signo == SIGTRAP && si.si_code > 0;
	return (l);
}

bool
adopted(struct lwp *l, int status, struct host_event *ev)
{
	/* One of the stops on the way. */
	if (l->l_seized && (status >> 16 != 0 || WSTOPSIG(status) != SIGCONT))
		return (false);
	l->l_adopt = false;
	ev->he_kind = HE_ADOPT;
	ev->he_sig = l->l_exec ? 0 : l->l_stopsig;
	ev->he_trap = l->l_trap;
	ev->he_ours = l->l_ours;
	return (true);
}

bool
adopt(struct linux_host *lh, pid_t tid, int status, struct host_event *ev)
{
	struct status st;
	struct lwp *l;

	if (status_read(tid, &st) != 0 || st.st_tracer == 0 || (l = take_over(lh, tid, st.st_tracer, false)) == NULL)
		return (false);
	/* The stop it is in now is not to be told once more; if another thread has its status, that one is told. */
	if (l->l_seized && wait4(tid, &status, __WALL | WNOHANG, NULL) != tid)
		return (false);
	return (WIFSTOPPED(status) && adopted(l, status, ev));
}

/* ---- a thread that ends ---- */

/* A child that this thread, and no other, may ask. */
static pid_t
next_mine(struct linux_host *lh, pid_t after)
{
	pid_t *children = NULL, found = 0;
	struct status st;
	size_t n = 0;

	if (lx_children(&lh->lh_host, &children, &n) != 0)
		return (0);
	for (size_t i = 0; i < n && found == 0; i++)
		if (children[i] > after && lwp_find(lh, children[i]) == NULL && status_read(children[i], &st) == 0 &&
		    st.st_tracer == self_tid() && st.st_state != 'Z')
			found = children[i];
	free(children);
	return (found);
}

/*
 * A SIGSTOP brings a running child's first stop, and is not reported if it is what brought it.  Whoever waits is
 * told of the stop it ends up in.
 */
void
adopt_before_leaving(struct linux_host *lh)
{
	struct status st;
	pid_t tid = 0;

	leaving_say(self_tid());
	while ((tid = next_mine(lh, tid)) != 0) {
		if (status_read(tid, &st) == 0 && st.st_state != 't')
			(void)syscall(SYS_tgkill, tid, tid, SIGSTOP);
		(void)take_over(lh, tid, self_tid(), true);
	}
}
