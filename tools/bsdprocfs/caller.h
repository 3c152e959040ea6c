/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The process that asks, and what it may: requests are carried out with the rights of bsdprocfs, so the
 * rules are applied here.  From: doc/semantics/stopevent.md, 5; requests.md, 3.
 */
#ifndef BSDPROCFS_CALLER_H
#define BSDPROCFS_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "process.h"

struct caller {
	pid_t tid; /* the thread that made the call; 0: of a pid namespace that is not ours */
	uid_t uid; /* effective */
	gid_t gid;
};

/* Its process, or 0. */
pid_t caller_pid(const struct caller *);

/* May it see the process?  0, or ESRCH where /proc is mounted so that it may not. */
int caller_may_see(const struct caller *, const struct process *);

/* May it debug the process?  0, EPERM, or ESRCH: one of the two has gone. */
int caller_may_debug(const struct caller *, const struct process *);

/* Is it root, as debugging goes? */
bool caller_is_root(const struct caller *);

/* Does it run a 32-bit program? */
bool caller_is_32bit(const struct caller *);

#endif
