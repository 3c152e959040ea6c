/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ctl: the commands; and what is traced because of them.
 * From: doc/semantics/stopevent.md, 6.
 */
#ifndef BSDPROCFS_CONTROL_H
#define BSDPROCFS_CONTROL_H

#include "process.h"
#include "task.h"

/* One command, as it was written.  Errors are those of bsd_procfs_ctl(), and EINTR. */
int control_command(struct task *, const struct process *, const char *text, size_t len);

/* Let go of all that is traced; called when no task runs any more. */
void control_end(void);

#endif
