/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests that may take long: each runs in a thread of its own, can be interrupted, and holds up no other.
 * Whatever touches a process is one: a page of it may be slow to come, a stop may not come at all.
 */
#ifndef BSDPROCFS_TASK_H
#define BSDPROCFS_TASK_H

#include "libfuse.h"

#include <stdbool.h>

#include "caller.h"

struct file;

struct task {
	fuse_req_t req;
	struct caller caller;
	struct file *file;
	void (*run)(struct task *); /* replies to req, by task_reply_ and its like, once */

	uint64_t offset; /* of a read or write */
	size_t size;	 /* bytes wanted, or of data */
	char *data;	 /* owned: what is to be written, NUL-terminated */
	unsigned command; /* of an ioctl, and its argument */
	uint64_t argument;

	/* Below: task.c's. */
	bool interrupted;
	pthread_t thread;
	struct task *next;
};

/* Takes over a copy of the task; replies an error itself if it cannot be run. */
void task_start(const struct task *);

/* Has the caller been told to give up?  Calls that sleep return EINTR then. */
bool task_is_interrupted(struct task *);

void task_reply_error(struct task *, int error);
void task_reply_bytes(struct task *, const void *, size_t);
void task_reply_written(struct task *, size_t);
void task_reply_ioctl(struct task *, const void *, size_t);

/* A thread that is no task's, and that no signal disturbs.  EAGAIN, ENOMEM. */
int task_start_thread(void *(*)(void *));

/* Interrupt all, and wait until they have ended. */
void task_end_all(void);

#endif
