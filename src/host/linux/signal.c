/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals: sending, telling ours apart, and what a thread blocks, ignores and has pending.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/linux/linux.h"

/* In si_value of the signals we queue: nobody else sends this. */
#define COOKIE 0x62736470 /* "bsdp" */

#define BIT(sig) (UINT64_C(1) << ((sig) - 1))

int
lx_queue(struct host *h, pid_t pid, pid_t tid, int sig)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_signo = sig;
	si.si_code = SI_QUEUE;
	si.si_pid = linux_host(h)->lh_self;
	si.si_uid = getuid();
	si.si_value.sival_int = COOKIE;
	return (syscall(SYS_rt_tgsigqueueinfo, pid, tid, sig, &si) == 0 ? 0 : errno);
}

bool
siginfo_is_queued(const siginfo_t *si)
{
	return (si->si_code == SI_QUEUE && si->si_value.sival_int == COOKIE && si->si_pid == getpid());
}

bool
lx_is_queued(struct host *h, pid_t tid, int sig)
{
	struct lwp *l = lwp_find(linux_host(h), tid);

	(void)sig;
	return (l != NULL && l->l_queued);
}

int
lx_send(struct host *h, pid_t pid, pid_t tid, int sig)
{
	(void)h;
	if (tid == 0)
		return (kill(pid, sig) == 0 ? 0 : errno);
	return (syscall(SYS_tgkill, pid, tid, sig) == 0 ? 0 : errno);
}

/* The cheapest question there is. */
int
lx_alive(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	long word;

	return (l == NULL ? ESRCH : (int)-lwp_ptrace(lh, l, PTRACE_PEEKUSER, NULL, &word));
}

int
lx_siginfo(struct host *h, pid_t tid, siginfo_t *si)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	return (l == NULL ? ESRCH : (int)-lwp_ptrace(lh, l, PTRACE_GETSIGINFO, NULL, si));
}

/* ---- sets ---- */

static void
to_sigset(uint64_t bits, sigset_t *set)
{
	(void)sigemptyset(set);
	memcpy(set, &bits, sizeof(bits));
}

/*
 * In sigsuspend and its like the kernel answers with the mask that is to come back; what is blocked now
 * stands in the status file, which costs ten times as much.
 */
int
lx_blocked(struct host *h, pid_t tid, sigset_t *set)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct host_call call;
	struct status st;
	uint64_t bits = 0;
	long error;

	if (l == NULL)
		return (ESRCH);
	if (!l->l_atentry && lx_call(h, tid, &call) == 0 && call.hc_restart) {
		if (status_read(tid, &st) != 0)
			return (ESRCH);
		bits = st.st_blocked;
	} else if ((error = lwp_ptrace(lh, l, PTRACE_GETSIGMASK, (void *)sizeof(bits), &bits)) != 0) {
		return ((int)-error);
	}
	to_sigset(bits, set);
	return (0);
}

#define PEEK_AT_ONCE 16

int
lx_pending(struct host *h, pid_t tid, sigset_t *set)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct __ptrace_peeksiginfo_args args = {.nr = PEEK_AT_ONCE};
	siginfo_t some[PEEK_AT_ONCE];
	long n;

	if (l == NULL)
		return (ESRCH);
	(void)sigemptyset(set);
	do {
		if ((n = lwp_ptrace(lh, l, PTRACE_PEEKSIGINFO, &args, some)) < 0)
			return ((int)-n);
		for (long i = 0; i < n; i++)
			(void)sigaddset(set, some[i].si_signo);
		args.off += (uint64_t)n;
	} while (n == PEEK_AT_ONCE);
	return (0);
}

bool
signals_due(struct linux_host *lh, const struct lwp *l)
{
	struct status st;

	(void)lh;
	return (status_read(l->l_tid, &st) != 0 || (st.st_pending & ~st.st_blocked) != 0);
}

int
lx_disposition(struct host *h, pid_t pid, pid_t tid, int sig, enum host_disposition *how)
{
	struct status st;
	int error;

	(void)h;
	(void)pid;
	if ((error = status_read(tid, &st)) != 0)
		return (error);
	*how = st.st_ignored & BIT(sig) ? HD_IGNORED : st.st_caught & BIT(sig) ? HD_CAUGHT : HD_DEFAULT;
	return (0);
}
