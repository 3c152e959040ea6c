/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <err.h> with the functions of FreeBSD's that are given the errno.
 */
#pragma GCC system_header

#include_next <err.h>

#ifndef BSDPTRACE_OVERLAY_ERR_H
#define BSDPTRACE_OVERLAY_ERR_H

#include <errno.h>
#include <stdarg.h>

static __inline void __dead2 __printf0like(3, 0)
verrc(int eval, int code, const char *fmt, va_list ap)
{
	errno = code;
	verr(eval, fmt, ap);
}

static __inline void __dead2 __printf0like(3, 4)
errc(int eval, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verrc(eval, code, fmt, ap);
}

static __inline void __printf0like(2, 0)
vwarnc(int code, const char *fmt, va_list ap)
{
	errno = code;
	vwarn(fmt, ap);
}

static __inline void __printf0like(2, 3)
warnc(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnc(code, fmt, ap);
	va_end(ap);
}

#endif
