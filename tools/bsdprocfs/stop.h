/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Having a process stopped so that its registers can be got at, and to oneself: what is tried with it
 * meanwhile would find it traced.
 */
#ifndef BSDPROCFS_STOP_H
#define BSDPROCFS_STOP_H

#include <bsdptrace.h>

#include "process.h"
#include "task.h"

struct stop_holder {
	pid_t pid;
	struct stop_holder *next;
};

struct stop {
	lwpid_t first; /* the oldest thread */
	bool borrowed; /* attached to for the while: it was in job-control stop, untraced */
	struct stop_holder holder;
};

/* Have the process to oneself.  EINTR. */
int stop_hold(struct task *, struct stop *, pid_t pid);
void stop_let_go(struct stop *);

/* And stopped.  EBUSY: it is not, or another traces it; ESRCH; EPERM: the host refuses; EINTR. */
int stop_take(struct task *, const struct process *, struct stop *);
void stop_give_back(const struct process *, struct stop *);

/* Take note of a stop that came and that no one asked for yet; false: there is none. */
bool stop_collect(pid_t pid);

#endif
