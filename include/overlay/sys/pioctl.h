/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <sys/pioctl.h> for source written for FreeBSD.  See bsdptrace-overlay(7).
 */
#include <bsdptrace/pioctl.h>
#include <bsdptrace/procfs.h>
