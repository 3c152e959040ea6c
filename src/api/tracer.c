/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * This process as a tracer: made at the first call, forgotten in the child of a fork.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/api.h"
#include "host/linux/linux.h"

static struct linux_host the_host;
static struct tracer the_tracer;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/*
 * A page that the kernel clears in the child of any fork, those included that run no handler of ours:
 * what it says is true of this process alone.
 */
static struct {
	bool made;
} *mark;

static bool
is_made(void)
{
	return (mark != NULL && mark->made);
}

/* ---- fork: our tables are whole in the child, and are dropped there ---- */

static void
before_fork(void)
{
	(void)pthread_mutex_lock(&making);
	if (is_made())
		the_host.lh_host.ops->lock(&the_host.lh_host);
}

static void
after_fork_parent(void)
{
	if (is_made())
		the_host.lh_host.ops->unlock(&the_host.lh_host);
	(void)pthread_mutex_unlock(&making);
}

static void
after_fork_child(void)
{
	self_tid_forget();
	service_forget();
	if (the_host.lh_host.ops != NULL) {
		tracer_drop(&the_tracer);
		linux_host_drop(&the_host);
		memset(&the_host, 0, sizeof(the_host));
	}
	(void)pthread_mutex_init(&making, NULL);
}

static int
make_mark(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;

	if (mark != NULL)
		return (0);
	at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return (ENOMEM);
	if (madvise(at, page, MADV_WIPEONFORK) != 0 ||
	    pthread_atfork(before_fork, after_fork_parent, after_fork_child) != 0) {
		(void)munmap(at, page);
		return (ENOMEM);
	}
	mark = at;
	return (0);
}

static int
make(void)
{
	int error = 0;

	(void)pthread_mutex_lock(&making);
	if (!is_made() && (error = make_mark()) == 0) {
		self_tid_forget();
		if ((error = linux_host_init(&the_host, service_start)) == 0 &&
		    (error = tracer_init(&the_tracer, &the_host.lh_host)) != 0)
			linux_host_drop(&the_host);
		mark->made = error == 0;
	}
	(void)pthread_mutex_unlock(&making);
	return (error);
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
