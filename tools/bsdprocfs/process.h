/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A process of the host, as its /proc shows it.
 */
#ifndef BSDPROCFS_PROCESS_H
#define BSDPROCFS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/buf.h"

/*
 * dir is the open directory /proc/PID: what is looked up in it is this process' or, once that has gone,
 * not there, whoever has the id by then.
 */
struct process {
	pid_t pid;
	int dir;
	uint64_t start; /* when it began, in clock ticks since the boot: with pid its name for ever */
};

/* From /proc/PID/stat. */
struct process_stat {
	char comm[64]; /* its name; the host's are 15 characters, those of kernel threads may be longer */
	char state;    /* R, S, D, T, t, Z ..., of the first thread */
	pid_t ppid, pgid, sid;
	int tty;	 /* device number of the controlling terminal, or 0 */
	unsigned flags;	 /* PF_ of the kernel */
	uint64_t user, system; /* clock ticks */
	long threads;
	uint64_t start; /* clock ticks since the boot */
};

/* From /proc/PID/status. */
struct process_creds {
	pid_t tgid;	 /* the process; differs from the id for a thread */
	pid_t tracer;	 /* the thread that traces it, or 0 */
	uid_t uid[3];	 /* real, effective, saved */
	gid_t gid[3];	 /* the same */
	gid_t *groups;	 /* owned; see process_creds_free */
	size_t ngroups;
	uint64_t permitted, effective; /* capabilities */
	ino_t user_ns;	 /* 0: not to be had */
	bool changed_ids; /* what FreeBSD calls P_SUGID, by Linux's idea of it: not dumpable */
};

/*
 * Hold the process of an id: with start 0 whichever has it, else the one that began then.
 * ESRCH: there is none; it is exiting, a zombie, or the id is a thread's.
 */
int process_open(struct process *, pid_t pid, uint64_t start);
void process_close(struct process *);

/* 0, or ESRCH once it is exiting. */
int process_alive(const struct process *);

/* All of a file of /proc/PID; errors are those of open(2) and read(2), and ESRCH. */
int process_read(const struct process *, const char *name, struct buf *);

int process_stat(const struct process *, struct process_stat *);
int process_creds(const struct process *, struct process_creds *);
void process_creds_free(struct process_creds *);

/* Those of a thread, which may be of any process. */
int thread_creds(pid_t tid, struct process_creds *);

/* Is it one of the kernel's own? */
bool process_is_system(const struct process_stat *);

/* A file of the thread dir of some thread that still has its memory; -1 with errno. */
int process_open_live(const struct process *, const char *name, int flags);

#endif
