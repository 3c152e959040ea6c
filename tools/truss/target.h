/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The processes that are followed, their threads, and the call that each thread is in.
 */
#ifndef TRUSS_TARGET_H
#define TRUSS_TARGET_H

#include <bsdptrace.h>
#include <time.h>

#include "view.h"

/* A call that a thread is in. */
struct frame {
	bool active;
	bool shown;   /* passed the filter */
	pid_t memory; /* whose addresses its arguments are; 0: our own */
	unsigned abi, number;
	const struct call *call;     /* NULL: a number without a name */
	const struct signature *sig; /* the call's, or that of one of its variants */
	unsigned nshown;	     /* arguments already shown */
	uint64_t args[MAX_ARGS];     /* by slot, not by register */
	struct timespec began;
};

struct thread {
	lwpid_t lwpid;
	struct proc *proc;
	struct thread *next; /* of its process */
	struct frame frame;
	struct buf line; /* of JSON: what is to be written when the call ends */
};

struct proc {
	pid_t pid;
	bool fresh;		/* attached; its first stop has not been seen */
	bool detaching;		/* SIGSTOP has been sent, for us to detach at */
	struct thread *threads; /* owned */
	struct proc *next;
};

struct proc *proc_find(pid_t);
struct proc *proc_add(pid_t);
void proc_remove(struct proc *); /* and its threads */
struct proc *proc_first(void);	 /* NULL: none is left */

/* Returns NULL for a thread that has not been seen. */
struct thread *thread_find(const struct proc *, lwpid_t);
struct thread *thread_add(struct proc *, lwpid_t);
void thread_remove(struct thread *);
pid_t thread_tid(const struct thread *);

#endif
