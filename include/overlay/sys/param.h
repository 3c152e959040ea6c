/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <sys/param.h> with what FreeBSD's has besides: pages, rounding, and its version.
 */
#pragma GCC system_header

#include_next <sys/param.h>
#include <sys/types.h>
#include <osreldate.h>
#include <machine/param.h>

#ifndef BSDPTRACE_OVERLAY_SYS_PARAM_H
#define BSDPTRACE_OVERLAY_SYS_PARAM_H

#ifndef MAXCOMLEN
#define MAXCOMLEN 19
#endif
#ifndef nitems
#define nitems(x) (sizeof((x)) / sizeof((x)[0]))
#endif
#ifndef rounddown
#define rounddown(x, y) (((x) / (y)) * (y))
#endif
#ifndef rounddown2
#define rounddown2(x, y) ((x) & (~((y) - 1)))
#endif
#ifndef roundup2
#define roundup2(x, y) (((x) + ((y) - 1)) & (~((y) - 1)))
#endif

#endif
