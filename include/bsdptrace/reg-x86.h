/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Register sets of x86 as FreeBSD lays them out, and its machine requests.
 * From: doc/semantics/registers.md, 1 to 4, 6 and 7.
 * Needs nothing but <stdint.h>, so that the Linux host can include it beside Linux's own headers.
 */
#ifndef BSDPTRACE_REG_X86_H
#define BSDPTRACE_REG_X86_H

#include <stdint.h>

/* In a 32-bit program the 32-bit sets are the native ones, and can be had by either name. */
#if defined(__i386__)
#define reg32 reg
#define fpreg32 fpreg
#define dbreg32 dbreg
#endif

/* General registers of a 32-bit thread: what PT_GETREGS moves for a 32-bit caller. */
struct reg32 {
	uint32_t r_fs;
	uint32_t r_es;
	uint32_t r_ds;
	uint32_t r_edi;
	uint32_t r_esi;
	uint32_t r_ebp;
	uint32_t r_isp;		/* reads 0, ignored when written */
	uint32_t r_ebx;
	uint32_t r_edx;
	uint32_t r_ecx;
	uint32_t r_eax;
	uint32_t r_trapno;	/* as r_isp */
	uint32_t r_err;		/* as r_isp */
	uint32_t r_eip;
	uint32_t r_cs;
	uint32_t r_eflags;
	uint32_t r_esp;
	uint32_t r_ss;
	uint32_t r_gs;
};

/* Floating point registers of a 32-bit thread: the FNSAVE image. */
struct fpreg32 {
	uint32_t fpr_env[7];
	uint8_t fpr_acc[8][10];
	uint32_t fpr_ex_sw;
	uint8_t fpr_pad[64];
};

/* Debug registers of a 32-bit thread; 4 and 5 read 0. */
struct dbreg32 {
	uint32_t dr[8];
};

/* SSE registers of a 32-bit thread: the FXSAVE image. */
struct xmmreg {
	uint32_t xmm_env[8];
	uint8_t xmm_acc[8][16];
	uint8_t xmm_reg[8][16];
	uint8_t xmm_pad[224];
};

#if defined(__x86_64__)

/* General registers: what PT_GETREGS and PT_SETREGS move. */
struct reg {
	int64_t r_r15;
	int64_t r_r14;
	int64_t r_r13;
	int64_t r_r12;
	int64_t r_r11;
	int64_t r_r10;
	int64_t r_r9;
	int64_t r_r8;
	int64_t r_rdi;
	int64_t r_rsi;
	int64_t r_rbp;
	int64_t r_rbx;
	int64_t r_rdx;
	int64_t r_rcx;
	int64_t r_rax;		/* at a system call entry stop: the call's number */
	uint32_t r_trapno;	/* reads 0, ignored when written */
	uint16_t r_fs;		/* ignored when written, as r_gs, r_es and r_ds */
	uint16_t r_gs;
	uint32_t r_err;		/* as r_trapno */
	uint16_t r_es;
	uint16_t r_ds;
	int64_t r_rip;
	int64_t r_cs;
	int64_t r_rflags;
	int64_t r_rsp;
	int64_t r_ss;
};

/* Floating point and SSE registers: the FXSAVE image. */
struct fpreg {
	uint64_t fpr_env[4];
	uint8_t fpr_acc[8][16];
	uint8_t fpr_xacc[16][16];
	uint64_t fpr_spare[12];
};

/* Debug registers; only 0 to 3, 6 and 7 exist, the others read 0 and are ignored when written. */
struct dbreg {
	uint64_t dr[16];
};

#endif

/* The state components of PT_GETXSTATE. */
struct ptrace_xstate_info {
	uint64_t xsave_mask; /* those the machine has; bit n: component n of the processor's XSAVE */
	uint32_t xsave_len;  /* bytes that PT_GETXSTATE writes, and the most that PT_SETXSTATE takes */
};

/*
 * Requests of this machine.  From: registers.md, 7.
 *
 *   PT_GETXSTATE_INFO  addr is a struct ptrace_xstate_info *, data its size.
 *                      EINVAL data is another number.
 *   PT_GETXSTATE       Writes xsave_len bytes to addr, whatever data says: the processor's XSAVE area in its
 *                      standard form, every component filled in and its bit set in the header.
 *   PT_SETXSTATE       Reads data bytes from addr, in the same form.  The legacy part is always taken; a
 *                      component whose bit is clear is reset; what lies beyond data bytes stays.
 *                      EINVAL data is < 576 (the header is needed) or > xsave_len, or the header names a
 *                      component that the machine does not have.
 *   PT_GETFSBASE, PT_GETGSBASE, PT_SETFSBASE, PT_SETGSBASE
 *                      addr is an unsigned long *; data is not looked at.  Setting one resets its selector.
 *                      EINVAL the address lies above the process' memory.
 *   PT_GETXMMREGS, PT_SETXMMREGS
 *                      addr is a struct xmmreg *: for a 32-bit caller; EINVAL for others.
 *
 * All: EFAULT addr is bad; ENOMEM.  The XSTATE three: EOPNOTSUPP the processor has no XSAVE.
 */
#define PT_GETXMMREGS 64
#define PT_SETXMMREGS 65
#define PT_GETXSTATE_OLD 66 /* EINVAL, as the next: decisions.md, 10 */
#define PT_SETXSTATE_OLD 67
#define PT_GETXSTATE_INFO 68
#define PT_GETXSTATE 69
#define PT_SETXSTATE 70
#define PT_GETFSBASE 71
#define PT_SETFSBASE 72
#define PT_GETGSBASE 73
#define PT_SETGSBASE 74

/* Fields of the debug control register, for struct dbreg. */
#define DBREG_DR7_LOCAL_ENABLE 0x01
#define DBREG_DR7_GLOBAL_ENABLE 0x02
#define DBREG_DR7_LEN_1 0x00
#define DBREG_DR7_LEN_2 0x01
#define DBREG_DR7_LEN_4 0x03
#define DBREG_DR7_LEN_8 0x02
#define DBREG_DR7_EXEC 0x00
#define DBREG_DR7_WRONLY 0x01
#define DBREG_DR7_RDWR 0x03
#define DBREG_DR7_GD 0x2000
#define DBREG_DR7_MASK(i) ((uint64_t)0xf << ((i) * 4 + 16) | (uint64_t)0x3 << (i) * 2)
#define DBREG_DR7_SET(i, len, access, enable) \
	((uint64_t)((len) << 2 | (access)) << ((i) * 4 + 16) | (uint64_t)(enable) << (i) * 2)
#define DBREG_DR7_ENABLED(d, i) (((d) >> (i) * 2 & 0x3) != 0)
#define DBREG_DR7_ACCESS(d, i) ((d) >> ((i) * 4 + 16) & 0x3)
#define DBREG_DR7_LEN(d, i) ((d) >> ((i) * 4 + 18) & 0x3)
#define DBREG_DRX(d, x) ((d)->dr[(x)])
#define DBREG_DR7_RESERVED1 0x0400
/* Of the debug status register: which of the four was hit, and what else. */
#define DBREG_DR6_RESERVED1 0xffff0ff0
#define DBREG_DR6_BMASK 0x000f
#define DBREG_DR6_B(i) (1 << (i))
#define DBREG_DR6_BD 0x2000
#define DBREG_DR6_BS 0x4000
#define DBREG_DR6_BT 0x8000

#endif
