/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The one function of FreeBSD's <machine/cpufunc.h> that a program which is debugged calls.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_MACHINE_CPUFUNC_H
#define BSDPTRACE_OVERLAY_MACHINE_CPUFUNC_H

static __inline void
breakpoint(void)
{
	__asm__ __volatile__("int $3");
}

#endif
