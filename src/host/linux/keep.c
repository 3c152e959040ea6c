/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A wait that leaves the ends of processes where they are: looks first, and takes what is nobody's end.
 *
 * Of all that the kernel could tell it tells the first, and tells that again until it is taken.  Behind an end
 * that was told already, or a stop of a child that nobody asked for, the others are looked for one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "host/linux/linux.h"

static bool
is_end(const siginfo_t *si)
{
	return (si->si_code == CLD_EXITED || si->si_code == CLD_KILLED || si->si_code == CLD_DUMPED);
}

/* Of an untraced child: a tracee's stop says CLD_TRAPPED. */
static bool
is_job_control(const siginfo_t *si)
{
	return (si->si_code == CLD_STOPPED || si->si_code == CLD_CONTINUED);
}

static int
look(idtype_t idtype, pid_t pid, int options, siginfo_t *si)
{
	si->si_pid = 0;
	if (waitid(idtype, (id_t)pid, si, options | WNOWAIT) != 0)
		return (errno);
	return (si->si_pid == 0 ? EAGAIN : 0);
}

/* The end of a thread that is not its process' first is nobody's but ours. */
static bool
is_process_end(struct linux_host *lh, const siginfo_t *si)
{
	struct lwp *l;
	bool yes;

	if (!is_end(si) || si->si_pid == __atomic_load_n(&lh->lh_kick, __ATOMIC_ACQUIRE))
		return (false);
	lx_lock(&lh->lh_host);
	l = lwp_find(lh, si->si_pid);
	yes = l == NULL || l->l_proc->x_pid == si->si_pid;
	lx_unlock(&lh->lh_host);
	return (yes);
}

static bool
was_told(struct linux_host *lh, const struct host_wait *hw, const siginfo_t *si)
{
	struct lwp *l;
	bool yes;

	if (is_job_control(si))
		return ((hw->hw_options & (si->si_code == CLD_STOPPED ? WSTOPPED : WCONTINUED)) == 0);
	if (!is_end(si))
		return (false);
	lx_lock(&lh->lh_host);
	l = lwp_find(lh, si->si_pid);
	yes = l != NULL && l->l_told;
	lx_unlock(&lh->lh_host);
	return (yes);
}

/* What was looked at is there to be told, and taken unless it is to be kept. */
static int
take(struct linux_host *lh, const struct host_wait *hw, const siginfo_t *si, int *status, struct host_event *ev,
    pid_t *tid)
{
	int error;

	*tid = si->si_pid;
	*status = status_of(si);
	ev->he_kept = (is_job_control(si) && hw->hw_whom == HW_ALL) || is_process_end(lh, si);
	if (ev->he_kept)
		return (0);
	error = kernel_wait(si->si_pid, __WALL | WNOHANG, status, tid);
	return (error == ECHILD ? EAGAIN : error);
}

/* ---- one by one ---- */

static pid_t *
traced_threads(struct linux_host *lh, size_t *n)
{
	struct hnode *node;
	pid_t *tids;

	lx_lock(&lh->lh_host);
	*n = 0;
	if ((tids = malloc((lh->lh_lwps.h_count + 1) * sizeof(*tids))) != NULL)
		for (size_t i = 0; i < lh->lh_lwps.h_size; i++)
			for (node = lh->lh_lwps.h_slots[i]; node != NULL; node = node->hn_next)
				tids[(*n)++] = node->hn_id;
	lx_unlock(&lh->lh_host);
	return (tids);
}

static int
look_at_each(struct linux_host *lh, const struct host_wait *hw, const pid_t *pids, size_t n, int options,
    siginfo_t *si)
{
	for (size_t i = 0; i < n; i++)
		if (look(P_PID, pids[i], options | WNOHANG | __WALL, si) == 0 && !was_told(lh, hw, si))
			return (0);
	return (EAGAIN);
}

static int
look_behind(struct linux_host *lh, const struct host_wait *hw, int kinds, siginfo_t *si)
{
	pid_t *pids;
	size_t n;
	int error;

	if (look(P_ALL, 0, WSTOPPED | __WCLONE | WNOHANG, si) == 0)
		return (0);
	if ((pids = traced_threads(lh, &n)) == NULL)
		return (ENOMEM);
	error = look_at_each(lh, hw, pids, n, kinds, si);
	free(pids);
	pids = NULL;
	if (error == EAGAIN && hw->hw_whom == HW_ALL && lx_children(&lh->lh_host, &pids, &n) == 0)
		error = look_at_each(lh, hw, pids, n, kinds, si);
	free(pids);
	return (error);
}

static int
kinds_of(const struct host_wait *hw)
{
	return (WEXITED | WSTOPPED | (hw->hw_whom == HW_ALL ? hw->hw_options & WCONTINUED : 0));
}

int
look_keeping(struct linux_host *lh, const struct host_wait *hw, pid_t pid, int how, int *status, struct host_event *ev,
    pid_t *tid)
{
	siginfo_t si;
	int error = look(P_PID, pid, kinds_of(hw) | how, &si);

	if (error == 0 && was_told(lh, hw, &si))
		return (EAGAIN);
	return (error == 0 ? take(lh, hw, &si, status, ev, tid) : error);
}

#define PAUSE_NS 500000L

int
wait_keeping(struct linux_host *lh, const struct host_wait *hw, int how, int *status, struct host_event *ev, pid_t *tid)
{
	int kinds = kinds_of(hw), error;
	struct timespec pause = {.tv_nsec = PAUSE_NS};
	siginfo_t si;

	for (;;) {
		if ((error = look(P_ALL, 0, kinds | how, &si)) != 0)
			return (error);
		if (!was_told(lh, hw, &si) || (error = look_behind(lh, hw, kinds, &si)) == 0)
			return (take(lh, hw, &si, status, ev, tid));
		if (error != EAGAIN || (how & WNOHANG) != 0)
			return (error);
		/* The kernel would not sleep: it has something to tell. */
		if ((error = owner_pause(&pause)) != 0)
			return (error);
		pause.tv_nsec = pause.tv_nsec < 10 * PAUSE_NS ? pause.tv_nsec + PAUSE_NS : pause.tv_nsec;
	}
}
