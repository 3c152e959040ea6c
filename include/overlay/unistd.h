/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <unistd.h> with a getopt() that stops at the first argument which is no option, as FreeBSD's does.
 */
#pragma GCC system_header

#include_next <unistd.h>

#if !defined(BSDPTRACE_OVERLAY_UNISTD_H) && defined(__GLIBC__)
#define BSDPTRACE_OVERLAY_UNISTD_H

#ifdef __cplusplus
extern "C" {
#endif
extern int __REDIRECT_NTH(getopt, (int, char *const *, const char *), __posix_getopt);
#ifdef __cplusplus
}
#endif

#endif
