/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libfuse's header, with the version of its interface that is used.
 */
#ifndef BSDPROCFS_LIBFUSE_H
#define BSDPROCFS_LIBFUSE_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#endif
