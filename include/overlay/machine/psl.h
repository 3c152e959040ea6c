/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <machine/psl.h>: the bits of x86's flags register.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_MACHINE_PSL_H
#define BSDPTRACE_OVERLAY_MACHINE_PSL_H

#define PSL_C 0x00000001    /* carry */
#define PSL_PF 0x00000004   /* parity */
#define PSL_AF 0x00000010   /* carry out of four bits */
#define PSL_Z 0x00000040    /* zero */
#define PSL_N 0x00000080    /* negative */
#define PSL_T 0x00000100    /* trace: PT_SETSTEP's */
#define PSL_I 0x00000200    /* interrupts */
#define PSL_D 0x00000400    /* strings go backwards */
#define PSL_V 0x00000800    /* overflow */
#define PSL_IOPL 0x00003000 /* privilege for i/o */
#define PSL_NT 0x00004000   /* nested task */
#define PSL_RF 0x00010000   /* resume: no breakpoint at this instruction */
#define PSL_VM 0x00020000   /* virtual 8086 */
#define PSL_AC 0x00040000   /* alignment is checked */
#define PSL_VIF 0x00080000  /* virtual interrupts */
#define PSL_VIP 0x00100000  /* one is pending */
#define PSL_ID 0x00200000   /* there is a cpuid */

/* What the processor's reset leaves, and what a program may change. */
#define PSL_RESERVED_DEFAULT 0x00000002
#define PSL_USER (PSL_RESERVED_DEFAULT | PSL_I)
#define PSL_USERCHANGE \
	(PSL_C | PSL_PF | PSL_AF | PSL_Z | PSL_N | PSL_T | PSL_V | PSL_D | PSL_NT | PSL_RF | PSL_AC | PSL_ID)

#endif
