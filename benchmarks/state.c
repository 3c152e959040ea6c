/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How much memory the library needs for each traced thread, and for each traced process with one: what malloc has given
 * out since before the attach, its own overhead included.
 */
#include <bsdptrace.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define THREADS 1000
#define PROCESSES 1000
#define AT_MOST 256 /* a thread */

static void *
sleeps(void *unused)
{
	for (;;)
		(void)pause();
	return (unused);
}

static pid_t
start(int threads)
{
	pthread_attr_t small;
	pthread_t thread;
	int ends[2];
	pid_t pid;
	char c;

	if (pipe(ends) != 0 || (pid = fork()) == -1)
		bench_die("fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)pthread_attr_init(&small);
		(void)pthread_attr_setstacksize(&small, 65536);
		for (int i = 1; i < threads; i++)
			if (pthread_create(&thread, &small, sleeps, NULL) != 0)
				_exit(1);
		if (write(ends[1], "", 1) == 1)
			(void)sleeps(NULL);
		_exit(1);
	}
	(void)close(ends[1]);
	if (read(ends[0], &c, 1) != 1)
		bench_die("the target");
	(void)close(ends[0]);
	return (pid);
}

static void
attach(pid_t pid)
{
	int status;

	if (bsd_ptrace(PT_ATTACH, pid, NULL, 0) != 0 || bsd_waitpid(pid, &status, 0) != pid)
		bench_die("PT_ATTACH");
}

static double
used(void)
{
	return ((double)mallinfo2().uordblks);
}

int
main(void)
{
	static pid_t pids[PROCESSES];
	pid_t first = start(1), pid = start(THREADS);
	double before, thread, process;

	for (int i = 0; i < PROCESSES; i++)
		pids[i] = start(1);
	attach(first); /* what is there whatever is traced */
	before = used();
	attach(pid);
	thread = (used() - before) / THREADS;
	before = used();
	for (int i = 0; i < PROCESSES; i++)
		attach(pids[i]);
	process = (used() - before) / PROCESSES;
	bench_value("state of a traced thread", "bytes", thread, -1, AT_MOST);
	bench_value("and of its process", "bytes", process - thread, -1, 0);
	for (int i = 0; i < PROCESSES; i++)
		(void)kill(pids[i], SIGKILL);
	(void)kill(pid, SIGKILL);
	(void)kill(first, SIGKILL);
	return (0);
}
