/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <sys/types.h> with lwpid_t, which FreeBSD has there.
 */
#pragma GCC system_header

#include_next <sys/types.h>

#ifndef _LWPID_T_DECLARED
#define _LWPID_T_DECLARED
typedef __pid_t lwpid_t;
#endif
