/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Something to watch: threads that share a counter, one that sleeps, a signal to oneself, a child.
 */
#include <sys/wait.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 50

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void
on_signal(int sig)
{
	(void)sig;
}

static void *
worker(void *arg)
{
	const struct timespec nap = { .tv_nsec = 100000 };

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
		nanosleep(&nap, NULL);
	}
	return (NULL);
}

int
main(void)
{
	pthread_t threads[THREADS];
	int status;
	pid_t pid;

	signal(SIGUSR1, on_signal);
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, worker, NULL) != 0)
			return (1);
	}
	raise(SIGUSR1);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d threads counted to %d\n", THREADS, counter);
	fflush(stdout);

	pid = fork();
	if (pid == 0) {
		execl("/bin/echo", "echo", "and a child of theirs says hello", (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return (1);
	return (counter == THREADS * ROUNDS && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
