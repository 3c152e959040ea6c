/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Does the mount of /proc hide processes from those who may not debug them?
 */
#ifndef BSDPROCFS_HIDEPID_H
#define BSDPROCFS_HIDEPID_H

#include <stdbool.h>
#include <sys/types.h>

/* *exempt becomes the group that sees them all the same, or -1. */
bool hidepid_is_set(gid_t *exempt);

#endif
