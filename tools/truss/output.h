/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where lines go: kept back while more are likely to come, whole lines of one thread at a time.
 */
#ifndef TRUSS_OUTPUT_H
#define TRUSS_OUTPUT_H

#include <stdbool.h>
#include <time.h>

#include "target.h"

/* Standard error, or the file that -o names.  Exits with a message if that cannot be written. */
void output_open(const struct options *);

/* Begins a line about a thread, with what -f, -H, -d and -D put before it.  What another thread left open is closed. */
struct buf *output_begin(const struct thread *, const struct timespec *now);

/* The line begun last is this thread's and not ended yet. */
bool output_is_open(const struct thread *);

void output_end(void);

/* A line of its own, without anything before it. */
struct buf *output_plain(void);

/* The line that is open, to go on with it. */
struct buf *output_buf(void);

/* What time it is, by CLOCK_MONOTONIC, if anything is to be shown of it; else 0. */
struct timespec output_now(void);

/* Seconds since the epoch of a moment of CLOCK_MONOTONIC. */
struct timespec output_epoch(const struct timespec *);

/* To be called before waiting: on a terminal, and every so often elsewhere, all goes out. */
void output_idle(void);
void output_flush(void);

/* Nobody reads any more, or it cannot be written; 0 or the errno. */
int output_error(void);

#endif
