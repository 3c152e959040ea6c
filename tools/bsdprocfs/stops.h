/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The ioctls of mem: stop events.  From: doc/semantics/stopevent.md, 3.
 */
#ifndef BSDPROCFS_STOPS_H
#define BSDPROCFS_STOPS_H

#include "process.h"
#include "task.h"

/*
 * Carries out the task's ioctl and replies.  *fd is the library's descriptor for the open file, -1 until
 * the first.
 */
void stops_ioctl(struct task *, const struct process *, int *fd);

/* The last close of the file. */
void stops_close(int fd);

/* Forget the events of processes that were told to keep them; called when no file is open any more. */
void stops_end(void);

#endif
