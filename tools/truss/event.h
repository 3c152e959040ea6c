/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What happens to processes and threads beside their calls.
 */
#ifndef TRUSS_EVENT_H
#define TRUSS_EVENT_H

#include "target.h"

/* The members that begin every JSON line; the brace is left open. */
void event_head(struct buf *, const char *event, const struct thread *, const struct timespec *when);

void event_signal(const struct options *, const struct thread *, const siginfo_t *, int sig);
void event_fork(const struct options *, const struct thread *, pid_t child, bool vforked);
void event_new_process(const struct options *, const struct thread *);
void event_new_thread(const struct options *, const struct thread *);
void event_thread_exit(const struct options *, const struct thread *);
void event_exec(const struct options *, const struct thread *);
void event_exit(const struct options *, struct proc *, int status);

#endif
