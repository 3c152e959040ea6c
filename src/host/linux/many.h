/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A wait among many tracees: where to look before the kernel is asked for any.  What is here is private to the waits.
 */
#ifndef HOST_LINUX_MANY_H
#define HOST_LINUX_MANY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct linux_host;
struct host_wait;
struct host_event;

#define LIKELY_MAX 64

/* A thread that was resumed or interrupted, and has not been heard of since. */
struct likely {
	pid_t k_tid;
	uint8_t k_every; /* it is looked at in every so many waits */
	uint8_t k_left;	 /* so many of which it is left out of now */
};

struct many {
	struct likely m_likely[LIKELY_MAX]; /* longest running first */
	unsigned m_n;
	uint64_t m_scanned;  /* ns: when the kernel was last asked for any */
	bool m_behind;	     /* and told at once of one that was not likely */
	uint8_t m_patience;  /* how often it then was not, lately */
	uint8_t m_fruitless; /* how often looking at the likely for longer was in vain */
};

/* One wait: what it asks the kernel for, and where its answer goes. */
struct search {
	struct linux_host *s_host;
	const struct host_wait *s_wait;
	int s_options; /* of wait4(), without WNOHANG */
	int *s_status;
	struct host_event *s_event;
	pid_t *s_tid;
};

/* A thread may be heard of soon; or has been, or never will.  With the lock. */
void many_expect(struct linux_host *, pid_t tid);
void many_heard(struct linux_host *, pid_t tid);
/* Are there so many? */
bool many_tracees(const struct linux_host *);
/* What wait4(-1) would give.  0, EAGAIN, or an errno of it. */
int many_wait(const struct search *, bool block);
/* For tests: from how many threads on this is done, and what the kernel is taken to need for each of them. */
void many_set(size_t from, uint64_t ns);

/* ---- event.c ---- */
/* The kernel asked: any, or one thread, which does not block. */
int search_any(const struct search *, bool block);
int search_one(const struct search *, pid_t tid);

#endif
