/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * This process as a tracer: made at the first call, forgotten in the child of a fork.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "api/api.h"
#include "host/linux/linux.h"

static struct linux_host the_host;
static struct tracer the_tracer;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/*
 * True of this process alone: in the child of any fork it reads false.  Written under the lock, read without:
 * who reads true sees all that was made before.
 */
static _Atomic(_Atomic bool *) made;

static bool
is_made(void)
{
	_Atomic bool *mark = made;

	return (mark != NULL && *mark);
}

/* ---- fork: our tables are whole in the child, and are dropped there ---- */

/*
 * A child that asks to be traced is traced by the thread that forked it, which may end before anybody has
 * waited for the child.
 */
static pthread_key_t leaving;
static pthread_once_t leaving_once = PTHREAD_ONCE_INIT;
static bool leaving_made;

static void
thread_leaves(void *unused)
{
	struct tracer *tr = tracer_enter();

	(void)unused;
	if (tr == NULL)
		return;
	adopt_before_leaving(&the_host);
	tracer_leave(tr);
}

static void
make_leaving(void)
{
	leaving_made = pthread_key_create(&leaving, thread_leaves) == 0;
}

void
tracer_mind_leaving(void)
{
	(void)pthread_once(&leaving_once, make_leaving);
	leaving_unsay(self_tid());
	if (leaving_made)
		(void)pthread_setspecific(leaving, &leaving);
}

static void
before_fork(void)
{
	(void)pthread_mutex_lock(&making);
	audit_hold();
	if (is_made())
		the_host.lh_host.ops->lock(&the_host.lh_host);
}

static void
after_fork_parent(void)
{
	if (!is_main_thread())
		tracer_mind_leaving();
	if (is_made())
		the_host.lh_host.ops->unlock(&the_host.lh_host);
	audit_release();
	(void)pthread_mutex_unlock(&making);
}

static void
after_fork_child(void)
{
	lx_born();
	self_tid_forget();
	service_forget();
	ktr_forked();
	audit_forked();
	if (the_host.lh_host.ops != NULL) {
		tracer_drop(&the_tracer);
		linux_host_drop(&the_host);
		memset(&the_host, 0, sizeof(the_host));
	}
	(void)pthread_mutex_init(&making, NULL);
}

/* From the start: a child may ask to be traced by a program that has made no call yet. */
__attribute__((constructor)) static void
mind_forks(void)
{
	lx_born();
	leaving_init();
	ktr_start();
	(void)pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* With the lock held. */
static bool
has_mark(void)
{
	_Atomic bool *mark = made;

	if (mark == NULL)
		made = mark = (_Atomic bool *)lx_fork_mark();
	return (mark != NULL);
}

static int
make(void)
{
	int error = 0;

	(void)pthread_mutex_lock(&making);
	if (!is_made() && has_mark()) {
		self_tid_forget();
		if ((error = linux_host_init(&the_host, service_start)) == 0 &&
		    (error = tracer_init(&the_tracer, &the_host.lh_host)) != 0)
			linux_host_drop(&the_host);
		*made = error == 0;
	}
	(void)pthread_mutex_unlock(&making);
	return (is_made() ? 0 : error != 0 ? error : ENOMEM);
}

struct tracer *
tracer_enter(void)
{
	if (!is_made() && make() != 0)
		return (NULL);
	the_host.lh_host.ops->lock(&the_host.lh_host);
	return (&the_tracer);
}

void
tracer_leave(struct tracer *tr)
{
	tr->tr_host->ops->unlock(tr->tr_host);
}

pid_t
tracer_pid(void)
{
	return (the_host.lh_self);
}

int
api_result(int error, int result)
{
	errno = error;
	return (error == 0 ? result : -1);
}

int
api_store(const void *from, void *user, size_t len)
{
	return (user == NULL ? 0 : lx_copyout(&the_host.lh_host, from, user, len));
}
