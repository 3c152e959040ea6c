/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the programs beside this are tried on.  target N: three threads call touch() N times each, in turn, and it
 * ends with 7.  target: says that it is there, and sleeps until its standard input ends.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn, rounds;
static char *memory;

void touch(int) __attribute__((noinline));

void
touch(int n)
{
	__asm__ volatile("" : : "r"(n) : "memory");
}

static void *
body(void *arg)
{
	int i, me = (int)(intptr_t)arg;

	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(&lock);
		while (turn != me)
			pthread_cond_wait(&turned, &lock);
		touch(i);
		turn = (turn + 1) % THREADS;
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&lock);
	}
	return (NULL);
}

int
main(int argc, char *argv[])
{
	pthread_t threads[THREADS];
	char c;
	int i;

	rounds = argc > 1 ? atoi(argv[1]) : 0;
	if (rounds == 0)
		turn = -1, rounds = 1; /* the threads wait for ever */
	memory = malloc(1 << 20);
	memset(memory, 'm', 1 << 20);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, body, (void *)(intptr_t)i);
	if (argc == 1) {
		printf("here\n");
		fflush(stdout);
		while (read(0, &c, 1) == 1)
			;
		return (5);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return (7);
}
