/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <machine/reg.h> for source written for FreeBSD.  See bsdptrace-overlay(7).
 */
#include <bsdptrace.h>
