/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests that may take long, each in a thread; threads that have none wait a while for the next.
 *
 * A caller that is interrupted sends us word, upon which the task's thread gets a signal, that its sleep ends
 * with EINTR.  The signal may come just before the sleep: so one thread, the nagger, sends it again until the
 * task has ended.
 */
#include "task.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KICK SIGUSR1
#define NAG_NS 10000000L /* 10 ms from kick to kick */
#define IDLE_MAX 8	 /* threads that are kept for later */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER; /* a task is queued, or all are to end */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* one was interrupted, or ended */

/* All under the lock. */
static struct task *queued;
static struct task *running;
static unsigned threads, idle;
static bool ending, nagging;

static void
on_kick(int sig)
{
	(void)sig;
}

static void
catch_kick(void)
{
	struct sigaction sa = { .sa_handler = on_kick };

	sigaction(KICK, &sa, NULL);
}

static pthread_once_t kick_once = PTHREAD_ONCE_INIT;

/* Signals are for the main thread, but for the kick. */
static int
start_thread(void *(*body)(void *), bool kicked)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int error;

	pthread_once(&kick_once, catch_kick);
	if (pthread_attr_init(&attr) != 0)
		return (ENOMEM);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	if (kicked)
		sigdelset(&all, KICK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attr, body, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return (error);
}

int
task_start_thread(void *(*body)(void *))
{
	return (start_thread(body, false));
}

static void
free_task(struct task *t)
{
	free(t->data);
	free(t);
}

static struct task *
take(struct task **list)
{
	struct task *t = *list;

	if (t != NULL)
		*list = t->next;
	return (t);
}

static void
unlink_task(struct task *t)
{
	struct task **link = &running;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
}

static bool
kick_interrupted(void)
{
	bool any = false;

	for (struct task *t = running; t != NULL; t = t->next)
		if (t->interrupted) {
			pthread_kill(t->thread, KICK);
			any = true;
		}
	return (any);
}

static void *
nag(void *unused)
{
	struct timespec until;

	(void)unused;
	pthread_mutex_lock(&lock);
	while (kick_interrupted()) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += NAG_NS;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&changed, &lock, &until);
	}
	nagging = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return (NULL);
}

/* With the lock held.  Without a nagger this kick is all there is. */
static void
interrupt_task(struct task *t)
{
	t->interrupted = true;
	pthread_kill(t->thread, KICK);
	if (!nagging && start_thread(nag, false) == 0)
		nagging = true;
}

/* libfuse's word that the caller gave up; not called any more once the task has unhooked itself. */
static void
on_interrupt(fuse_req_t req, void *data)
{
	(void)req;
	pthread_mutex_lock(&lock);
	interrupt_task(data);
	pthread_mutex_unlock(&lock);
}

bool
task_is_interrupted(struct task *t)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = t->interrupted;
	pthread_mutex_unlock(&lock);
	return (is);
}

/* With the lock held, which is let go of meanwhile. */
static void
run(struct task *t)
{
	t->thread = pthread_self();
	t->next = running;
	running = t;
	if (ending)
		interrupt_task(t);
	pthread_mutex_unlock(&lock);
	fuse_req_interrupt_func(t->req, on_interrupt, t);
	t->run(t);
	pthread_mutex_lock(&lock);
	unlink_task(t);
	pthread_cond_broadcast(&changed);
	free_task(t);
}

static void *
work(void *unused)
{
	struct task *t;

	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		while ((t = take(&queued)) != NULL)
			run(t);
		if (ending || idle >= IDLE_MAX)
			break;
		idle++;
		pthread_cond_wait(&arrived, &lock);
		idle--;
	}
	threads--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return (NULL);
}

static void
put_last(struct task *t)
{
	struct task **link = &queued;

	while (*link != NULL)
		link = &(*link)->next;
	*link = t;
}

/* With the lock held.  How many idle threads are spoken for is what the length of the queue says. */
static int
find_thread(void)
{
	unsigned wanted = 1;
	int error;

	for (struct task *t = queued; t != NULL; t = t->next)
		wanted++;
	if (wanted <= idle)
		return (0);
	if ((error = start_thread(work, true)) == 0)
		threads++;
	return (error);
}

void
task_start(const struct task *from)
{
	struct task *t = malloc(sizeof(*t));
	int error;

	if (t == NULL) {
		free(from->data);
		fuse_reply_err(from->req, ENOMEM);
		return;
	}
	*t = *from;
	t->interrupted = false;
	t->next = NULL;
	pthread_mutex_lock(&lock);
	if ((error = find_thread()) == 0) {
		put_last(t);
		pthread_cond_signal(&arrived);
	}
	pthread_mutex_unlock(&lock);
	if (error != 0) {
		fuse_reply_err(t->req, error);
		free_task(t);
	}
}

void
task_end_all(void)
{
	pthread_mutex_lock(&lock);
	ending = true;
	for (struct task *t = running; t != NULL; t = t->next)
		interrupt_task(t);
	pthread_cond_broadcast(&arrived);
	while (threads > 0 || nagging)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* A reply ends the request: an interrupt that comes later must find nothing. */
static fuse_req_t
answered(struct task *t)
{
	fuse_req_interrupt_func(t->req, NULL, NULL);
	return (t->req);
}

/* What is not there any more is an error of input and output, as in pseudofs. */
void
task_reply_error(struct task *t, int error)
{
	fuse_reply_err(answered(t), error == ESRCH ? EIO : error);
}

void
task_reply_bytes(struct task *t, const void *bytes, size_t len)
{
	fuse_reply_buf(answered(t), bytes, len);
}

void
task_reply_written(struct task *t, size_t len)
{
	fuse_reply_write(answered(t), len);
}

void
task_reply_ioctl(struct task *t, const void *out, size_t len)
{
	fuse_reply_ioctl(answered(t), 0, out, len);
}
