/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The numbers by which the kernel knows names, which FUSE calls nodeids.
 *
 * A name of a process is numbered by kind, id and start of the process, so that a number never comes to mean
 * another one.  But the kernel lets one caller at a time write to what has one number, and the others sleep
 * where nothing wakes them; a command may take for ever.  So a file that can be written has a number of its
 * own each time it is looked up.
 */
#ifndef BSDPROCFS_NUMBER_H
#define BSDPROCFS_NUMBER_H

#include "node.h"

/* For a reply; to be forgotten once.  0: no memory. */
uint64_t number_give(const struct node *);

/* One with no kind: there is none of that number. */
struct node number_find(uint64_t);

void number_forget(uint64_t);

/* All of them. */
void number_end(void);

#endif
