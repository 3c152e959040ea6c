/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mem: the memory of a process.  From: doc/semantics/memory.md, 1 and 4.
 */
#ifndef BSDPROCFS_MEM_H
#define BSDPROCFS_MEM_H

#include "process.h"

/*
 * EFAULT: a page cannot be had; a write has changed what lay before it.  ESRCH: the process has gone.
 * EPERM: the host refuses.
 */
int mem_read(const struct process *, uint64_t address, void *, size_t);
int mem_write(const struct process *, uint64_t address, const void *, size_t);

#endif
