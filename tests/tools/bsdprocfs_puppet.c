/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The program that tests of bsdprocfs look at.  It says where two ints of its own are, the second in memory it
 * cannot write, and an unsigned long that counts, and then, by its argument:
 *
 *	(none)	sleeps
 *	spin	counts
 *	catch	sleeps, and prints the number of each signal that may be caught
 *	threads	its first thread ends; another sleeps
 *	calls	makes getppid(2) over and over
 *	wait	reads a line, then exits with status 7
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int variable = 4711;
static const volatile int constant = 815;
static volatile unsigned long counter;

static void
tell(int sig)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", sig);

	if (write(STDOUT_FILENO, text, (size_t)len) != len)
		_exit(1);
}

static void *
sleeper(void *unused)
{
	for (;;)
		pause();
	return (unused);
}

static void
catch_all(void)
{
	for (int sig = 1; sig < 32; sig++)
		signal(sig, tell);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	pthread_t thread;

	if (strcmp(what, "catch") == 0)
		catch_all();
	if (strcmp(what, "threads") == 0)
		pthread_create(&thread, NULL, sleeper, NULL);
	printf("%lu %lu %lu\n", (unsigned long)&variable, (unsigned long)&constant, (unsigned long)&counter);
	fflush(stdout);
	if (strcmp(what, "threads") == 0)
		pthread_exit(NULL);
	if (strcmp(what, "wait") == 0)
		return (getchar() == EOF ? 8 : 7);
	if (strcmp(what, "spin") == 0)
		for (;;)
			counter++;
	while (strcmp(what, "calls") == 0)
		syscall(SYS_getppid);
	sleeper(NULL);
	return (0);
}
