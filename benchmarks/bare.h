/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A bare ptrace loop: what a program would do that knows Linux alone.  The floors are made of it.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <sys/types.h>

/* How it is resumed. */
#define BARE_CONT    7
#define BARE_STEP    9
#define BARE_SYSCALL 24

/* A request, which must not fail; what it returns. */
long bare(long request, pid_t tid, void *addr, void *data);
/* The next stop of a tracee: its wait status. */
int bare_wait(pid_t tid);
/* Seize a process with one thread, interrupt it and wait until it has stopped. */
void bare_attach(pid_t tid);

#endif
