/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading the memory of a stopped process.  pid 0 is this process itself.
 */
#ifndef TRUSS_MEMORY_H
#define TRUSS_MEMORY_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of len bytes, or false. */
bool memory_read(pid_t, uint64_t addr, void *, size_t len);

/* As many of len bytes as come before a page that cannot be had. */
size_t memory_read_some(pid_t, uint64_t addr, void *, size_t len);

/* A string of up to len bytes: how many come before its NUL; *ended says whether that was seen. */
size_t memory_read_string(pid_t, uint64_t addr, char *, size_t len, bool *ended);

#endif
