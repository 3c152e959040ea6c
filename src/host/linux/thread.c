/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Threads of the library's own, and how threads wait for one another.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/linux/linux.h"

long
futex_wait(uint32_t *word, uint32_t old, const struct timespec *timeout)
{
	return (syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, old, timeout, NULL, 0));
}

void
futex_wake(uint32_t *word, int threads)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

/* The program's signals are for its own threads. */
int
thread_start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int error;

	if (pthread_attr_init(&attr) != 0)
		return (EAGAIN);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attr, run, arg);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return (error == 0 ? 0 : EAGAIN);
}
