/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Having a process stopped so that its registers can be got at.
 */
#include "stop.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#define LOOK_NS 20000000L /* how often a wait for another's end is looked up from */
#define LOOKS_MAX 5000	  /* for the stop of a process that was let go of: a second or more */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static struct stop_holder *holders;

static bool
is_held(pid_t pid)
{
	const struct stop_holder *h = holders;

	while (h != NULL && h->pid != pid)
		h = h->next;
	return (h != NULL);
}

/* A signal does not end this sleep, so that it is looked up now and then whether there was one. */
static void
await_freed(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&freed, &lock, &until);
}

int
stop_hold(struct task *task, struct stop *stop, pid_t pid)
{
	int error = 0;

	*stop = (struct stop){ .holder = { .pid = pid } };
	pthread_mutex_lock(&lock);
	while (error == 0 && is_held(pid)) {
		await_freed();
		if (is_held(pid)) {
			pthread_mutex_unlock(&lock);
			if (task_is_interrupted(task))
				error = EINTR;
			pthread_mutex_lock(&lock);
		}
	}
	if (error == 0) {
		stop->holder.next = holders;
		holders = &stop->holder;
	}
	pthread_mutex_unlock(&lock);
	return (error);
}

void
stop_let_go(struct stop *stop)
{
	struct stop_holder **link = &holders;

	pthread_mutex_lock(&lock);
	while (*link != &stop->holder)
		link = &(*link)->next;
	*link = stop->holder.next;
	pthread_cond_broadcast(&freed);
	pthread_mutex_unlock(&lock);
}

bool
stop_collect(pid_t pid)
{
	int status;

	return (bsd_wait6(P_PID, (id_t)pid, &status, WTRAPPED | WNOHANG, NULL, NULL) == pid);
}

static int
ask_first(pid_t pid, lwpid_t *first)
{
	return (bsd_ptrace(PT_GETLWPLIST, pid, (caddr_t)first, 1) == -1 ? errno : 0);
}

static int
find_first(pid_t pid, lwpid_t *first)
{
	int error = ask_first(pid, first);

	return (error == EBUSY && stop_collect(pid) ? ask_first(pid, first) : error);
}

static bool
is_in_job_stop(const struct process *p)
{
	struct process_stat st;

	return (process_stat(p, &st) == 0 && st.state == 'T');
}

/* The stop that an attach makes; an end that another wait has taken is no more a child. */
static int
await_stop(struct task *task, pid_t pid)
{
	int status;

	while (bsd_wait6(P_PID, (id_t)pid, &status, WTRAPPED | WEXITED, NULL, NULL) == -1)
		if (errno != EINTR || task_is_interrupted(task))
			return (errno == ECHILD ? ESRCH : errno);
	return (WIFSTOPPED(status) ? 0 : ESRCH);
}

static int
borrow(struct task *task, const struct process *p, struct stop *stop)
{
	int error;

	if (!is_in_job_stop(p))
		return (EBUSY);
	if (bsd_ptrace(PT_ATTACH, p->pid, NULL, 0) == -1)
		return (errno);
	if ((error = await_stop(task, p->pid)) == 0)
		error = find_first(p->pid, &stop->first);
	stop->borrowed = error == 0;
	if (error != 0 && error != ESRCH)
		(void)bsd_procfs_ctl(p->pid, "detach");
	return (error);
}

int
stop_take(struct task *task, const struct process *p, struct stop *stop)
{
	int error = stop_hold(task, stop, p->pid);

	if (error != 0)
		return (error);
	error = find_first(p->pid, &stop->first);
	if (error == EPERM) /* not traced by us */
		error = borrow(task, p, stop);
	if (error != 0)
		stop_let_go(stop);
	return (error);
}

/*
 * A process let go of in a job-control stop is on its way back to it for a moment, in which it looks as if it ran.  Who
 * asks next must not be told so.  If a SIGCONT came, there is nothing to wait for, which only time tells.
 */
static void
await_job_stop(const struct process *p)
{
	static const struct timespec while_ = { .tv_nsec = 200000 };
	struct process_stat st;

	for (int i = 0; i < LOOKS_MAX && process_stat(p, &st) == 0 && (st.state == 'R' || st.state == 't'); i++)
		nanosleep(&while_, NULL);
}

void
stop_give_back(const struct process *p, struct stop *stop)
{
	if (stop->borrowed && bsd_ptrace(PT_DETACH, p->pid, NULL, 0) != -1)
		await_job_stop(p);
	stop_let_go(stop);
}
