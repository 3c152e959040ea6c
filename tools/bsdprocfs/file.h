/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An open file: what it is of, and reading, writing and ioctl of it.
 */
#ifndef BSDPROCFS_FILE_H
#define BSDPROCFS_FILE_H

#include "node.h"
#include "task.h"

struct file;

/*
 * Takes over the process.  EPERM: the access is not one that the file has.
 */
int file_open(const struct node *, const struct process *, int flags, struct file **);
void file_close(struct file *);

/* What a task does; each replies. */
void file_read(struct task *);
void file_write(struct task *);
void file_ioctl(struct task *);

/* Close what the kernel has not closed; called when no task runs any more. */
void file_end(void);

#endif
