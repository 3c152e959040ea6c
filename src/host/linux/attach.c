/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One thread: seize, interrupt, resume, let go.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/linux/linux.h"

/*
 * Threads and vfork's children are always attached as they are made: a stop must know of the former,
 * and of the threads that wait for the latter.
 */
long
trace_options(unsigned options)
{
	return (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
	    PTRACE_O_TRACEEXEC | (options & HO_FILTER ? PTRACE_O_TRACESECCOMP : 0) | (options & HO_FOLLOW ? PTRACE_O_TRACEFORK : 0) |
	    (options & HO_EXITING ? PTRACE_O_TRACEEXIT : 0) | (options & HO_EXITKILL ? PTRACE_O_EXITKILL : 0));
}

int
lx_seize(struct host *h, pid_t pid, pid_t tid, unsigned options)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l, *first = lwp_find(lh, pid);
	pid_t owner;
	long error;

	/* The threads of a process have one owner. */
	if (first != NULL)
		owner = first->l_owner;
	else if ((error = owner_choose(lh, (options & HO_SERVED) != 0, &owner)) != 0)
		return ((int)error);
	if ((l = lwp_new(lh, pid, tid, owner)) == NULL)
		return (ENOMEM);
	error = lwp_ptrace(lh, l, PTRACE_SEIZE, NULL, (void *)trace_options(options));
	l->l_mortal = (options & HO_EXITKILL) != 0;
	if (error != 0)
		lwp_free(lh, l);
	/* A filter of system calls may refuse it with any errno. */
	return (error == 0 || error == -ESRCH || error == -ENOMEM ? (int)-error : EPERM);
}

int
lx_expect(struct host *h, pid_t pid, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	if (l != NULL)
		return (0);
	/* Its owner is its maker's, which is set when it shows itself. */
	if ((l = lwp_new(lh, pid, tid, 0)) == NULL)
		return (ENOMEM);
	l->l_new = true;
	many_expect(lh, tid);
	return (0);
}

int
lx_options(struct host *h, pid_t tid, unsigned options)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	long error;

	if (l == NULL)
		return (ESRCH);
	if ((error = lwp_ptrace(lh, l, PTRACE_SETOPTIONS, NULL, (void *)trace_options(options))) == 0)
		l->l_mortal = (options & HO_EXITKILL) != 0;
	return ((int)-error);
}

int
lx_interrupt(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	if (l == NULL)
		return (ESRCH);
	many_expect(lh, tid);
	if (l->l_seized)
		return ((int)-lwp_ptrace(lh, l, PTRACE_INTERRUPT, NULL, NULL));
	if (syscall(SYS_tgkill, l->l_proc->x_pid, tid, SIGSTOP) != 0)
		return (errno);
	l->l_stopsent = true;
	return (0);
}

/* An old way interrupt that has not come would stop it once it is let go. */
static void
take_back_stop(const struct lwp *l)
{
	if (l->l_stopsent)
		(void)syscall(SYS_tgkill, l->l_proc->x_pid, l->l_tid, SIGCONT);
}

/* It was stopped by us, or by a stop signal that comes to nothing: the call it was in must not tell. */
static bool
stop_shows(const struct lwp *l, int sig)
{
	return (l->l_atstop || (l->l_stopsig == SIGSTOP && sig == 0));
}

int
lx_detach(struct host *h, pid_t tid, int sig)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	long error;

	if (l == NULL)
		return (ESRCH);
	if (stop_shows(l, sig))
		regs_put_back(lh, l);
	dbregs_clear(lh, l);
	error = lwp_ptrace(lh, l, PTRACE_DETACH, NULL, (void *)(long)sig);
	if (error != 0)
		return ((int)-error); /* killed: its end is to be waited for */
	take_back_stop(l);
	place_forget(lh, l->l_proc->x_pid);
	lwp_free(lh, l);
	return (0);
}

void
lx_forget(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	if (l != NULL)
		lwp_free(lh, l);
}

int
lx_resume(struct host *h, pid_t tid, enum resume_mode mode, int sig)
{
	static const long requests[] = {
	    [RM_CONT] = PTRACE_CONT, [RM_SYSCALL] = PTRACE_SYSCALL, [RM_STEP] = PTRACE_SINGLESTEP};
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	bool steered;
	long error;

	if (l == NULL)
		return (ESRCH);
	if (stop_shows(l, sig))
		regs_put_back(lh, l);
	if (mode == RM_FILTERED)
		mode = l->l_entered ? RM_SYSCALL : RM_CONT;
	steered = lh->lh_place != NULL && place_wanted(lh, l, mode, sig);
	seen_forget(lh, tid);
	vmap_resume(lh, l->l_proc);
	if (mode != RM_SYSCALL)
		l->l_incall = l->l_entered = false;
	l->l_step = mode == RM_STEP;
	l->l_atexit = l->l_atentry = l->l_atstop = l->l_queued = l->l_vforked = false;
	l->l_stopsig = 0;
	many_expect(lh, tid);
	steered = steered && place_narrow(lh, l);
	error = lwp_ptrace(lh, l, requests[mode], NULL, (void *)(long)sig);
	if (steered)
		place_widen(lh, tid);
	return ((int)-error);
}

/* Only one that was seized can be left in such a stop. */
int
lx_listen(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	long error;

	if (l == NULL)
		return (ESRCH);
	if (!l->l_seized)
		return (EINVAL);
	regs_put_back(lh, l);
	seen_forget(lh, tid);
	if ((error = lwp_ptrace(lh, l, PTRACE_LISTEN, NULL, NULL)) == 0)
		l->l_atentry = l->l_atexit = l->l_atstop = l->l_queued = l->l_vforked = l->l_step = l->l_incall =
		    l->l_entered = false;
	return ((int)-error);
}
