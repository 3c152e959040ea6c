/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Following processes: each stop is told of and answered, until none is left.
 */
#ifndef TRUSS_FOLLOW_H
#define TRUSS_FOLLOW_H

#include "options.h"
#include "target.h"

/* The command that was started, if any, and how it ended. */
struct command {
	pid_t pid; /* 0: none; processes were attached */
	bool filtered; /* the kernel stops it at the calls that -t names alone; it cannot do without us */
	bool left;     /* nothing more is to be told of it */
	bool ended;
	int status; /* wait status */
};

/* Follows all processes there are in the table.  Returns when none is left, or when truss is to end. */
void follow(const struct options *, struct command *);

/* Those of a command that is filtered, to the end of all of them; signals to us are the command's. */
void follow_silently(struct command *);

/* The first stop of an attached process has come: what its threads are doing. */
void follow_attached(const struct options *, struct proc *);

#endif
