/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <machine/ptrace.h> for source written for FreeBSD.  See bsdptrace-overlay(7).
 */
#include <bsdptrace.h>
