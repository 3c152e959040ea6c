/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The files that are text: FreeBSD's formats, filled with what Linux knows.  bsdprocfs(1) has each field.
 *
 * Return 0 or an errno: ESRCH the process has gone; others as bsdprocfs(1) says.
 */
#ifndef BSDPROCFS_TEXT_H
#define BSDPROCFS_TEXT_H

#include "caller.h"

typedef int text_fill(const struct caller *, const struct process *, struct buf *);

text_fill text_cmdline, text_etype, text_map, text_osrel, text_rlimit, text_status;

/* The links: NUL-terminated. */
int text_file(const struct process *, struct buf *);

#endif
