/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <osreldate.h>: the release whose ptrace this is, for source that asks with #if.
 */
#pragma GCC system_header

#ifndef __FreeBSD_version
#define __FreeBSD_version 1003000
#endif
