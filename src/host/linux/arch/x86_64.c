/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A 64-bit tracer on x86: the registers of every target are 64-bit sets.  From: registers.md, 1, 3 and 6.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "host/linux/arch.h"
#include "host/linux/arch/x86.h"
#include "host/linux/linux.h"

#define CS_32BIT 0x23

long
arch_read_regs(struct linux_host *lh, pid_t owner, pid_t tid, struct machine_regs *regs)
{
	return (owner_ptrace(lh, owner, PTRACE_GETREGS, tid, NULL, regs));
}

long
arch_write_regs(struct linux_host *lh, const struct lwp *l, const struct machine_regs *regs)
{
	return (lwp_ptrace(lh, l, PTRACE_SETREGS, NULL, (void *)(uintptr_t)regs));
}

long
arch_peek_result(struct linux_host *lh, const struct lwp *l, int32_t *result)
{
	unsigned long word = 0;
	long error = lwp_ptrace(lh, l, PTRACE_PEEKUSER, (void *)offsetof(struct user, regs.rax), &word);

	*result = (int32_t)word;
	return (error);
}

bool
arch_is_32bit(const struct machine_regs *regs)
{
	return (regs->cs == CS_32BIT);
}

/* ---- general registers: names that are the same in both ---- */

#define SAME(X)                                                                                  \
	X(r15) X(r14) X(r13) X(r12) X(r11) X(r10) X(r9) X(r8) X(rdi) X(rsi) X(rbp) X(rbx) X(rdx) \
	X(rcx) X(rip) X(rsp)

void
arch_to_reg(const struct machine_regs *from, bool at_entry, bool step, struct reg *to)
{
	to->r_trapno = to->r_err = 0;
#define COPY(name) to->r_##name = (int64_t)from->name;
	SAME(COPY)
#undef COPY
	to->r_rax = (int64_t)(at_entry ? from->orig_rax : from->rax);
	to->r_fs = (uint16_t)from->fs;
	to->r_gs = (uint16_t)from->gs;
	to->r_es = (uint16_t)from->es;
	to->r_ds = (uint16_t)from->ds;
	to->r_cs = (int64_t)from->cs;
	to->r_ss = (int64_t)from->ss;
	to->r_rflags = (int64_t)(from->eflags | (step ? EFLAGS_TF : 0));
}

int
arch_from_reg(const struct reg *from, bool at_entry, bool *step, struct machine_regs *to)
{
	uint32_t now = (uint32_t)to->eflags | (*step ? EFLAGS_TF : 0), flags = (uint32_t)from->r_rflags;

	if (!x86_may_write(now, flags, (uint64_t)from->r_cs))
		return (EINVAL);
	if (!at_entry && (uint64_t)from->r_rip != to->rip)
		to->orig_rax = (unsigned long)-1;
#define COPY(name) to->name = (uint64_t)from->r_##name;
	SAME(COPY)
#undef COPY
	*(at_entry ? &to->orig_rax : &to->rax) = (uint64_t)from->r_rax;
	to->cs = (uint64_t)from->r_cs;
	to->ss = (uint64_t)from->r_ss;
	to->eflags = x86_take_trap_flag(to->eflags, flags, step);
	return (0);
}

/* ---- floating point: both are the FXSAVE image ---- */

_Static_assert(sizeof(struct reg) == 20 * 8 + 2 * 8, "nothing between its members");
_Static_assert(sizeof(struct fpreg) == sizeof(struct user_fpregs_struct), "two forms of one image");

int
arch_get_fpregs(struct linux_host *lh, const struct lwp *l, struct fpreg *to)
{
	long error = lwp_ptrace(lh, l, PTRACE_GETFPREGS, NULL, to);

	if (error != 0)
		return ((int)-error);
	lh->lh_mxcsr = x86_mxcsr_mask(to);
	memset(to->fpr_spare, 0, sizeof(to->fpr_spare));
	return (0);
}

int
arch_set_fpregs(struct linux_host *lh, const struct lwp *l, const struct fpreg *from)
{
	struct user_fpregs_struct now;
	long error;

	if (lh->lh_mxcsr != 0)
		now.mxcr_mask = lh->lh_mxcsr;
	else if ((error = lwp_ptrace(lh, l, PTRACE_GETFPREGS, NULL, &now)) != 0)
		return ((int)-error);
	lh->lh_mxcsr = x86_mxcsr_mask(&now);
	x86_lay_fxsave((unsigned char *)&now, from);
	return ((int)-lwp_ptrace(lh, l, PTRACE_SETFPREGS, NULL, &now));
}

/* ---- segment bases ---- */

#define USER_END   UINT64_C(0x800000000000) /* FreeBSD's */
#define USER_END32 UINT64_C(0xfffff000)

int
arch_get_base(struct linux_host *lh, const struct lwp *l, bool gs, uint64_t *base)
{
	struct machine_regs regs;
	int error = regs_read(lh, l, &regs);

	if (error == 0)
		*base = gs ? regs.gs_base : regs.fs_base;
	return (error);
}

int
arch_set_base(struct linux_host *lh, const struct lwp *l, bool gs, uint64_t base)
{
	struct machine_regs regs;
	int error = regs_read(lh, l, &regs);

	if (error != 0)
		return (error);
	if (base >= (arch_is_32bit(&regs) ? USER_END32 : USER_END))
		return (EINVAL);
	*(gs ? &regs.gs_base : &regs.fs_base) = base;
	*(gs ? &regs.gs : &regs.fs) = 0;
	return (regs_write(lh, l, &regs));
}
