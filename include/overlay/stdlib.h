/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <stdlib.h> with getprogname(), which FreeBSD's programs call themselves by.
 */
#pragma GCC system_header

#include_next <stdlib.h>

#ifndef BSDPTRACE_OVERLAY_STDLIB_H
#define BSDPTRACE_OVERLAY_STDLIB_H

#ifdef __cplusplus
extern "C" {
#endif
extern char *program_invocation_short_name;
#ifdef __cplusplus
}
#endif

static __inline const char *
getprogname(void)
{
	return (program_invocation_short_name);
}

#endif
