/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a piece of this program costs, counted and not timed: a process of its own traces this one meanwhile.  Threads
 * that begin in the course of it are not counted.
 */
#ifndef TESTS_COUNT_H
#define TESTS_COUNT_H

#include <stdbool.h>
#include <stddef.h>

typedef void count_fn(void *arg);

/*
 * How many system calls all threads made while fn ran.  names, unless it is NULL: which, in order, with a space
 * between: "wait4 ptrace:GETREGS".  A call that was broken off and made again is one.
 * -1: it cannot be counted here, since something else traces this process, or may not.
 */
long count_calls(count_fn *, void *arg, char *names, size_t size);

/* How many instructions this thread executed outside the kernel, give or take those of the call of fn itself.  -1 */
long count_instructions(count_fn *, void *arg);

#endif
