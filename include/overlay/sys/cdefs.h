/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <sys/cdefs.h> with the one macro that FreeBSD's source files begin with and Linux lacks.
 */
#pragma GCC system_header

#include_next <sys/cdefs.h>

#ifndef __FBSDID
#define __FBSDID(s) struct __hack
#endif
