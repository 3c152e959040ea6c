/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <sys/cdefs.h> with the macros of FreeBSD's that Linux's lacks.  Every header includes it, so that
 * source finds them as it does there.
 */
#pragma GCC system_header

#include_next <sys/cdefs.h>

#ifndef BSDPTRACE_OVERLAY_SYS_CDEFS_H
#define BSDPTRACE_OVERLAY_SYS_CDEFS_H

/* What a file says of itself. */
#ifndef __FBSDID
#define __FBSDID(s) struct __hack
#endif
#ifndef __RCSID
#define __RCSID(s) struct __hack
#endif
#ifndef __SCCSID
#define __SCCSID(s) struct __hack
#endif
#ifndef __COPYRIGHT
#define __COPYRIGHT(s) struct __hack
#endif

/* What a declaration promises. */
#ifndef __dead2
#define __dead2 __attribute__((__noreturn__))
#endif
#ifndef __pure2
#define __pure2 __attribute__((__const__))
#endif
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __section
#define __section(x) __attribute__((__section__(x)))
#endif
#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif
#ifndef __weak_symbol
#define __weak_symbol __attribute__((__weak__))
#endif
#ifndef __malloc_like
#define __malloc_like __attribute__((__malloc__))
#endif
#ifndef __result_use_check
#define __result_use_check __attribute__((__warn_unused_result__))
#endif
#ifndef __printflike
#define __printflike(fmt, first) __attribute__((__format__(__printf__, fmt, first)))
#endif
#ifndef __printf0like
#define __printf0like(fmt, first) __attribute__((__format__(__printf__, fmt, first)))
#endif
#ifndef __scanflike
#define __scanflike(fmt, first) __attribute__((__format__(__scanf__, fmt, first)))
#endif
#ifndef __predict_true
#define __predict_true(exp) __builtin_expect((exp), 1)
#endif
#ifndef __predict_false
#define __predict_false(exp) __builtin_expect((exp), 0)
#endif

/* Casts that drop a qualifier, and members. */
#ifndef __DECONST
#define __DECONST(type, var) ((type)(__UINTPTR_TYPE__)(const void *)(var))
#endif
#ifndef __DEVOLATILE
#define __DEVOLATILE(type, var) ((type)(__UINTPTR_TYPE__)(volatile void *)(var))
#endif
#ifndef __DEQUALIFY
#define __DEQUALIFY(type, var) ((type)(__UINTPTR_TYPE__)(const volatile void *)(var))
#endif
#ifndef __offsetof
#define __offsetof(type, field) __builtin_offsetof(type, field)
#endif
#ifndef __containerof
#define __containerof(x, s, m) ((s *)(void *)((char *)__DECONST(void *, x) - __offsetof(s, m)))
#endif

#endif
