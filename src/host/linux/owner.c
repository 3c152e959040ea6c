/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who makes a ptrace request: Linux answers only the thread that attached.  Three cases:
 * the caller is the owner (the common one: a plain system call); the owner is the library's own
 * thread, which waits for jobs on a futex; the owner is the program's main thread, or one that forked a
 * child which asked to be traced, and is borrowed with a real-time signal whose handler makes the call.
 * The lock is held by who asks, so there is one job at a time.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/linux/linux.h"

/* A borrowed thread that does not answer is sent the signal again, in case somebody took it. */
#define PATIENCE_NS 20000000L

static _Thread_local pid_t cached_tid NEAR;
static struct linux_host *the_host; /* for the signal handler */
static uint32_t borrowings;	    /* how often that ran; atomic */

pid_t
self_tid(void)
{
	if (cached_tid == 0)
		cached_tid = (pid_t)syscall(SYS_gettid);
	return (cached_tid);
}

void
self_tid_forget(void)
{
	cached_tid = 0;
}

static long
sys_ptrace(long request, pid_t tid, void *addr, void *data)
{
	long result = syscall(SYS_ptrace, request, (long)tid, addr, data);

	return (result == -1 ? -errno : result);
}

/* Make the call if it is for this thread.  Async-signal-safe. */
static void
job_do(struct linux_host *lh)
{
	struct job *job = __atomic_load_n(&lh->lh_job, __ATOMIC_ACQUIRE);

	if (job == NULL || job->j_tid != self_tid())
		return;
	__atomic_store_n(&lh->lh_job, NULL, __ATOMIC_RELEASE);
	job->j_result = sys_ptrace(job->j_request, job->j_pid, job->j_addr, job->j_data);
	__atomic_store_n(&job->j_done, 1, __ATOMIC_RELEASE);
	futex_wake(&job->j_done, 1);
}

/* ---- the library's own thread ---- */

static void *
servant(void *arg)
{
	struct linux_host *lh = arg;
	uint32_t seen;

	__atomic_store_n(&lh->lh_servant, self_tid(), __ATOMIC_RELEASE);
	futex_wake((uint32_t *)(void *)&lh->lh_servant, 1);
	for (;;) {
		seen = __atomic_load_n(&lh->lh_servant_word, __ATOMIC_ACQUIRE);
		job_do(lh);
		(void)futex_wait(&lh->lh_servant_word, seen, NULL);
	}
	return (NULL);
}

static int
servant_start(struct linux_host *lh)
{
	int error;

	if (lh->lh_servant != 0)
		return (0);
	if ((error = thread_start(servant, lh)) != 0)
		return (error);
	while (__atomic_load_n(&lh->lh_servant, __ATOMIC_ACQUIRE) == 0)
		(void)futex_wait((uint32_t *)(void *)&lh->lh_servant, 0, NULL);
	return (0);
}

int
owner_choose(struct linux_host *lh, bool served, pid_t *owner)
{
	int error = 0;

	*owner = self_tid();
	if (*owner == lh->lh_self && !served)
		return (0);
	if ((error = servant_start(lh)) == 0)
		*owner = lh->lh_servant;
	return (error);
}

/* ---- borrowing ---- */

static void
borrowed(int sig, siginfo_t *si, void *context)
{
	int saved = errno;

	(void)sig;
	(void)si;
	(void)context;
	(void)__atomic_add_fetch(&borrowings, 1, __ATOMIC_RELEASE);
	job_do(the_host);
	errno = saved;
}

uint32_t
owner_borrowings(void)
{
	return (__atomic_load_n(&borrowings, __ATOMIC_ACQUIRE));
}

int
owner_pause(const struct timespec *time)
{
	uint32_t before = owner_borrowings();

	return (nanosleep(time, NULL) != 0 && owner_borrowings() == before ? EINTR : 0);
}

/* The first real-time signal from the top that the program leaves alone. */
static void
reserve_signal(struct linux_host *lh)
{
	struct sigaction sa = {.sa_sigaction = borrowed, .sa_flags = SA_SIGINFO | SA_RESTART}, old;
	int sig;

	the_host = lh;
	(void)sigfillset(&sa.sa_mask);
	for (sig = SIGRTMAX - 1; sig > SIGRTMIN && lh->lh_signal == 0; sig--)
		if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_DFL && sigaction(sig, &sa, NULL) == 0)
			lh->lh_signal = sig;
}

static long
post(struct linux_host *lh, struct job *job)
{
	if (job->j_tid == lh->lh_servant) {
		(void)__atomic_add_fetch(&lh->lh_servant_word, 1, __ATOMIC_RELEASE);
		futex_wake(&lh->lh_servant_word, 1);
		return (0);
	}
	return (syscall(SYS_tgkill, lh->lh_self, job->j_tid, lh->lh_signal));
}

static long
job_run(struct linux_host *lh, struct job *job)
{
	static const struct timespec patience = {.tv_nsec = PATIENCE_NS};
	struct job *mine = job;

	if (lh->lh_signal == 0 && job->j_tid != lh->lh_servant)
		reserve_signal(lh);
	__atomic_store_n(&lh->lh_job, job, __ATOMIC_RELEASE);
	while (__atomic_load_n(&job->j_done, __ATOMIC_ACQUIRE) == 0) {
		/* Its thread is gone, and what it traced with it. */
		if (post(lh, job) != 0 &&
		    __atomic_compare_exchange_n(&lh->lh_job, &mine, NULL, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return (-ESRCH);
		(void)futex_wait(&job->j_done, 0, &patience);
	}
	return (job->j_result);
}

static __attribute__((noinline)) long
carried(struct linux_host *lh, pid_t owner, long request, pid_t tid, void *addr, void *data)
{
	struct job job = {.j_tid = owner, .j_request = request, .j_pid = tid, .j_addr = addr, .j_data = data};

	return (job_run(lh, &job));
}

long
owner_ptrace(struct linux_host *lh, pid_t owner, long request, pid_t tid, void *addr, void *data)
{
	if (owner == self_tid())
		return (sys_ptrace(request, tid, addr, data));
	return (carried(lh, owner, request, tid, addr, data));
}

long
lwp_ptrace(struct linux_host *lh, const struct lwp *l, long request, void *addr, void *data)
{
	return (owner_ptrace(lh, l->l_owner, request, l->l_tid, addr, data));
}
