/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file system: FUSE's operations.
 */
#ifndef BSDPROCFS_FS_H
#define BSDPROCFS_FS_H

#include "libfuse.h"

extern const struct fuse_lowlevel_ops fs_operations;

#endif
