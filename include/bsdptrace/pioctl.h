/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events: the numbers of FreeBSD's ioctls on an open /proc/PID/mem, and what they move.
 * From: doc/semantics/stopevent.md, 2 and 3.
 */
#ifndef BSDPTRACE_PIOCTL_H
#define BSDPTRACE_PIOCTL_H

/* Events that a thread can be made to stop at. */
#define S_EXEC 0x00000001     /* a new program image is ready */
#define S_SIG 0x00000002      /* a signal is about to be taken */
#define S_SCE 0x00000004      /* entry of a system call */
#define S_SCX 0x00000008      /* exit of a system call */
#define S_CORE 0x00000010     /* about to dump core */
#define S_EXIT 0x00000020     /* the last thread is about to exit */
#define S_ALLSTOPS 0x0000003f /* all of these */

/* Flags of PIOCSFL and PIOCGFL. */
#define PF_LINGER 0x01 /* the events outlive the last close */
#define PF_ISUGID 0x02 /* they outlive a change of credentials; for the superuser */
#define PF_FORK 0x04   /* children start with the same events and flags */

/* Result of PIOCSTATUS and PIOCWAIT. */
struct procfs_status {
	int state;	      /* 0 stopped at an event, 1 running */
	int flags;	      /* 0 */
	unsigned long events; /* events asked for */
	int why;	      /* event stopped at, or 0 */
	unsigned long val;    /* what it came with: signal, argument count, call number, exit status */
};

/* The same for a 32-bit caller of a 64-bit library. */
struct procfs_status32 {
	int state;
	int flags;
	unsigned int events;
	int why;
	unsigned int val;
};

/* FreeBSD's encoding of an ioctl number, which is not Linux's. */
#define BSD_PIOC(direction, length, number) \
	((unsigned long)(direction) | (unsigned long)(length) << 16 | (unsigned long)'p' << 8 | (number))
#define BSD_PIOC_INT 0x20000000 /* the third argument of ioctl is an int by value */
#define BSD_PIOC_OUT 0x40000000 /* it points to what is filled in */

#define PIOCBIS BSD_PIOC(BSD_PIOC_INT, sizeof(int), 1)			       /* ask for events */
#define PIOCBIC BSD_PIOC(BSD_PIOC_INT, sizeof(int), 2)			       /* no longer ask for events */
#define PIOCSFL BSD_PIOC(BSD_PIOC_INT, sizeof(int), 3)			       /* set flags */
#define PIOCWAIT BSD_PIOC(BSD_PIOC_OUT, sizeof(struct procfs_status), 4) /* wait for a stop */
#define PIOCCONT BSD_PIOC(BSD_PIOC_INT, sizeof(int), 5)			       /* go on, with a signal or 0 */
#define PIOCSTATUS BSD_PIOC(BSD_PIOC_OUT, sizeof(struct procfs_status), 6) /* look */
#define PIOCGFL BSD_PIOC(BSD_PIOC_OUT, sizeof(unsigned int), 7)	       /* get flags */

/*
 * The number for ioctl(2) on a file mounted by bsdprocfs(1), as in BSD_PIOC_MOUNTED(PIOCWAIT).  To Linux, which looks at
 * the number to see what is to be copied where, those of FreeBSD's that fill something in say that something is to be
 * read.  Numbers of requests that take an int are the same.
 */
#define BSD_PIOC_MOUNTED(request) \
	(((request) & ~(unsigned long)BSD_PIOC_OUT) | ((request) & (unsigned long)BSD_PIOC_OUT) << 1)

#define PIOCWAIT32 BSD_PIOC(BSD_PIOC_OUT, sizeof(struct procfs_status32), 4)
#define PIOCSTATUS32 BSD_PIOC(BSD_PIOC_OUT, sizeof(struct procfs_status32), 6)

#endif
