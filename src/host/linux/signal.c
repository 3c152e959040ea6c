/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals: sending, telling ours apart, and what a thread blocks, ignores and has pending.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
lx_alive_of_late(struct host *h, pid_t tid)
{
	return (seen_has(seen_of(linux_host(h), tid), 0) ? 0 : lx_alive(h, tid));
}

int
lx_siginfo(struct host *h, pid_t tid, siginfo_t *si)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct seen *s = seen_of(lh, tid);
	long error;

	if (l == NULL)
		return (ESRCH);
	if (!seen_has(s, SEEN_SIGINFO)) {
		s->s_have &= ~SEEN_SIGINFO;
		if ((error = lwp_ptrace(lh, l, PTRACE_GETSIGINFO, NULL, &s->s_siginfo)) != 0)
			return ((int)-error);
		s->s_have |= SEEN_SIGINFO;
	}
	*si = s->s_siginfo;
	return (0);
}

/* ---- sets ---- */

static void
to_sigset(uint64_t bits, sigset_t *set)
{
	(void)sigemptyset(set);
	memcpy(set, &bits, sizeof(bits));
}

static bool
is_broken_off(struct host *h, const struct lwp *l)
{
	struct host_call call;

	if (l->l_atentry || (seen_of(linux_host(h), l->l_tid)->s_have & SEEN_OUTSIDE) != 0)
		return (false);
	return (lx_call(h, l->l_tid, &call) == 0 && call.hc_restart);
}

/*
 * In sigsuspend and its like the kernel answers with the mask that is to come back; what is blocked now
 * stands in the status file, which costs ten times as much.
 */
static int
fetch_blocked(struct host *h, const struct lwp *l, uint64_t *bits)
{
	struct status st;

	if (!is_broken_off(h, l))
		return ((int)-lwp_ptrace(linux_host(h), l, PTRACE_GETSIGMASK, (void *)sizeof(*bits), bits));
	if (status_read(l->l_tid, &st) != 0)
		return (ESRCH);
	*bits = st.st_blocked;
	return (0);
}

int
lx_blocked(struct host *h, pid_t tid, sigset_t *set)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct seen *s = seen_of(lh, tid);
	int error;

	if (l == NULL)
		return (ESRCH);
	if (!seen_has(s, SEEN_BLOCKED)) {
		if ((error = fetch_blocked(h, l, &s->s_blocked)) != 0)
			return (error);
		s->s_have |= SEEN_BLOCKED;
	}
	to_sigset(s->s_blocked, set);
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

/* ---- dispositions ---- */

#define STATS	  16 /* descriptors that may be kept for them */
#define STAT_SIGS 31 /* signals that stat tells of */

static int
stat_fd(struct linux_host *lh, struct lxproc *x)
{
	int fd = kept_fd(&x->x_stat);

	if (x->x_stat.k_lost) {
		x->x_stat.k_lost = false;
		lh->lh_stats--;
	}
	return (fd);
}

void
stat_close(struct linux_host *lh, struct lxproc *x)
{
	if (stat_fd(lh, x) == -1)
		return;
	kept_close(&x->x_stat);
	lh->lh_stats--;
}

static void
stat_open(struct linux_host *lh, struct lxproc *x, pid_t tid)
{
	char path[64];

	if (lh->lh_stats >= STATS)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", x->x_pid, tid);
	if (kept_open(&x->x_stat, path, O_RDONLY) == 0)
		lh->lh_stats++;
}

/*
 * The file stat says half of what status says, in a third of the time, and half of that is to open it.  What is kept
 * is any thread's, since they share them; if that has ended, another's.
 */
static bool
stat_dispositions(struct linux_host *lh, struct lxproc *x, pid_t tid, uint64_t *ignored, uint64_t *caught)
{
	char text[1024], *at;
	int fd = stat_fd(lh, x);
	ssize_t n = -1;

	if (fd != -1 && (n = pread(fd, text, sizeof(text) - 1, 0)) <= 0)
		stat_close(lh, x);
	if (n <= 0) {
		stat_open(lh, x, tid);
		if (x->x_stat.k_fd == -1 || (n = pread(x->x_stat.k_fd, text, sizeof(text) - 1, 0)) <= 0)
			return (false);
	}
	text[n] = '\0';
	/* Behind the name, which may hold anything, is the second field's end. */
	if ((at = strrchr(text, ')')) == NULL)
		return (false);
	for (int field = 2; field < STAT_IGNORED; field++)
		if ((at = strchr(at + 1, ' ')) == NULL)
			return (false);
	*ignored = strtoull(at, &at, 10);
	*caught = strtoull(at, NULL, 10);
	return (true);
}

int
lx_disposition(struct host *h, pid_t pid, pid_t tid, int sig, enum host_disposition *how)
{
	struct linux_host *lh = linux_host(h);
	const struct lwp *l = lwp_find(lh, tid);
	uint64_t ignored, caught;
	struct status st;
	int error;

	(void)pid;
	if (l == NULL || sig > STAT_SIGS || !stat_dispositions(lh, l->l_proc, tid, &ignored, &caught)) {
		if ((error = status_read(tid, &st)) != 0)
			return (error);
		ignored = st.st_ignored;
		caught = st.st_caught;
	}
	*how = ignored & BIT(sig) ? HD_IGNORED : caught & BIT(sig) ? HD_CAUGHT : HD_DEFAULT;
	return (0);
}
