/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads of a tracer that are about to end, as its children see them.  Linux makes the thread that forked
 * the tracer of a child that asks, even while it is ending, and lets the child go when it has.  A thread
 * that ends says so here before it looks for such children (adopt.c); a child that asks looks here
 * after it has asked.  So one of the two notices.
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define SLOTS	 256 /* more than threads can be ending at once; the oldest is overwritten */
#define PATIENCE 200 /* ms that an ending thread may take */

static struct {
	_Atomic unsigned next;
	_Atomic pid_t tids[SLOTS];
} *shared;

void
leaving_init(void)
{
	void *at = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	shared = at == MAP_FAILED ? NULL : at;
}

void
leaving_say(pid_t tid)
{
	if (shared != NULL)
		atomic_store(&shared->tids[atomic_fetch_add(&shared->next, 1) % SLOTS], tid);
}

void
leaving_unsay(pid_t tid)
{
	for (unsigned i = 0; shared != NULL && i < SLOTS; i++) {
		pid_t expected = tid;

		(void)atomic_compare_exchange_strong(&shared->tids[i], &expected, 0);
	}
}

static bool
is_leaving(pid_t tid)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (atomic_load(&shared->tids[i]) == tid)
			return (true);
	return (false);
}

static pid_t
tracer_of(pid_t pid)
{
	struct status st;

	return (status_read(pid, &st) == 0 ? st.st_tracer : 0);
}

/* false: the tracer went before it could take us over; ask the parent's next thread. */
bool
leaving_traced_still(void)
{
	static const struct timespec moment = {.tv_nsec = 1000000};
	pid_t self = getpid(), first = tracer_of(self), now = first;

	if (shared == NULL || first == 0 || !is_leaving(first))
		return (first != 0);
	for (int i = 0; i < PATIENCE && now == first; i++) {
		(void)nanosleep(&moment, NULL);
		now = tracer_of(self);
	}
	return (now != 0);
}
