/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A real process under the Linux host alone: a fork of the test that does what it is told, one thing at a time.
 */
#ifndef TESTS_TARGET_H
#define TESTS_TARGET_H

#include "host/linux/linux.h"

typedef long target_act(long);

/* What is written to target_wire; the answer, a long, comes back there. */
struct target_order {
	target_act *act;
	long arg;
};

extern struct linux_host lh;
extern const struct host_ops *ops; /* of lh */
extern pid_t target;
extern int target_wire;

void target_begin(void); /* forked, attached and stopped */
void target_end(void);
void target_go(void);
void target_stop(void);
/* Let it run, do something, and stop it again: the answer. */
long target_does(target_act *, long arg);
struct host_event target_event(void);

/* /proc/PID/maps, read in the plainest way. */
struct target_line {
	unsigned long start, end, offset, inode;
	unsigned major, minor;
	char mode[8], name[5000];
};
extern struct target_line *target_lines;
extern size_t target_nlines;
void target_maps(void);

#endif
