/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * regs, fpregs and dbregs: the register sets of a process' first thread.
 * From: doc/semantics/stopevent.md, 5; registers.md.
 */
#ifndef BSDPROCFS_REGISTERS_H
#define BSDPROCFS_REGISTERS_H

#include "caller.h"
#include "task.h"

enum register_set { NO_REGISTERS, GENERAL_REGISTERS, FLOATING_REGISTERS, DEBUG_REGISTERS };

/*
 * The process must be stopped, under trace by us or by job control.
 *
 * registers_read adds the set to out.  registers_write takes the bytes at the front of the set, as many as there
 * are; *len becomes how many that was.
 *   EPERM   the caller may not debug it
 *   EBUSY   it is not stopped, or another traces it
 *   EINVAL  a 32-bit caller and a 64-bit process; a value that may not be set
 *   ESRCH   it has gone
 *   EINTR   the caller was interrupted
 */
int registers_read(struct task *, const struct process *, enum register_set, struct buf *out);
int registers_write(struct task *, const struct process *, enum register_set, const void *, size_t *len);

#endif
