/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <machine/param.h>: the page, of the size all x86 has.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_MACHINE_PARAM_H
#define BSDPTRACE_OVERLAY_MACHINE_PARAM_H

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#endif
#ifndef PAGE_SIZE
#define PAGE_SIZE (1 << PAGE_SHIFT)
#endif
#ifndef PAGE_MASK
#define PAGE_MASK (PAGE_SIZE - 1)
#endif
#ifndef trunc_page
#define trunc_page(x) ((unsigned long)(x) & ~(unsigned long)(PAGE_SIZE - 1))
#endif
#ifndef round_page
#define round_page(x) (((unsigned long)(x) + (PAGE_SIZE - 1)) & ~(unsigned long)(PAGE_SIZE - 1))
#endif
#ifndef atop
#define atop(x) ((unsigned long)(x) >> PAGE_SHIFT)
#endif
#ifndef ptoa
#define ptoa(x) ((unsigned long)(x) << PAGE_SHIFT)
#endif

#endif
