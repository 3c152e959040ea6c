/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A 32-bit tracer on x86, of 32-bit and, on a 64-bit kernel, of 64-bit targets.  It reads the registers of
 * the latter cut to 32 bits and may not write them.  The host itself may, to step and to put calls
 * back, so here they are whole: Linux moves a target's own register set by PTRACE_GETREGSET, whose length tells
 * which it is.  From: registers.md, 2, 3 and 6.
 */
#include <asm/ldt.h>
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "host/linux/arch.h"
#include "host/linux/arch/x86.h"
#include "host/linux/linux.h"

/* ---- reading and writing ---- */

#define SIZE_64BIT offsetof(struct machine_regs, is_64bit)

/* Kernel's name for a register in the 32-bit set, and ours. */
#define REGISTERS(X)                                                                                 \
	X(ebx, rbx) X(ecx, rcx) X(edx, rdx) X(esi, rsi) X(edi, rdi) X(ebp, rbp) X(eax, rax) X(xds, ds) \
	X(xes, es) X(xfs, fs) X(xgs, gs) X(orig_eax, orig_rax) X(eip, rip) X(xcs, cs) X(eflags, eflags) \
	X(esp, rsp) X(xss, ss)

static void
widen(const struct user_regs_struct *from, struct machine_regs *to)
{
	memset(to, 0, sizeof(*to));
#define COPY(theirs, ours) to->ours = (uint32_t)from->theirs;
	REGISTERS(COPY)
#undef COPY
}

static void
narrow(const struct machine_regs *from, struct user_regs_struct *to)
{
#define COPY(theirs, ours) to->theirs = (long)(uint32_t)from->ours;
	REGISTERS(COPY)
#undef COPY
}

long
arch_read_regs(struct linux_host *lh, pid_t owner, pid_t tid, struct machine_regs *regs)
{
	union {
		struct user_regs_struct small;
		struct machine_regs whole;
	} set;
	struct iovec iov = {.iov_base = &set, .iov_len = SIZE_64BIT};
	long error = owner_ptrace(lh, owner, PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &iov);

	if (error != 0)
		return (error);
	if (iov.iov_len == SIZE_64BIT) {
		*regs = set.whole;
		regs->is_64bit = true;
	} else {
		widen(&set.small, regs);
	}
	return (0);
}

long
arch_write_regs(struct linux_host *lh, const struct lwp *l, const struct machine_regs *regs)
{
	struct user_regs_struct small;
	struct iovec iov = {.iov_base = &small, .iov_len = sizeof(small)};

	if (regs->is_64bit)
		iov = (struct iovec){.iov_base = (void *)(uintptr_t)regs, .iov_len = SIZE_64BIT};
	else
		narrow(regs, &small);
	return (lwp_ptrace(lh, l, PTRACE_SETREGSET, (void *)NT_PRSTATUS, &iov));
}

long
arch_peek_result(struct linux_host *lh, const struct lwp *l, int32_t *result)
{
	unsigned long word = 0;
	long error = lwp_ptrace(lh, l, PTRACE_PEEKUSER, (void *)offsetof(struct user, regs.eax), &word);

	*result = (int32_t)word;
	return (error);
}

bool
arch_is_32bit(const struct machine_regs *regs)
{
	return (!regs->is_64bit);
}

/* ---- general registers: the same names in FreeBSD's set and, as rNAME, in ours ---- */

#define SAME(X) X(di) X(si) X(bp) X(bx) X(dx) X(cx) X(sp)
#define SELECTORS(X) X(fs) X(es) X(ds) X(cs) X(ss) X(gs)

void
arch_to_reg(const struct machine_regs *from, bool at_entry, bool step, struct reg *to)
{
	memset(to, 0, sizeof(*to));
#define COPY(name) to->r_e##name = (uint32_t)from->r##name;
	SAME(COPY)
#undef COPY
#define COPY(name) to->r_##name = (uint16_t)from->name;
	SELECTORS(COPY)
#undef COPY
	to->r_eax = (uint32_t)(at_entry ? from->orig_rax : from->rax);
	to->r_eip = (uint32_t)from->rip;
	to->r_eflags = (uint32_t)from->eflags | (step ? EFLAGS_TF : 0);
}

int
arch_from_reg(const struct reg *from, bool at_entry, bool *step, struct machine_regs *to)
{
	uint32_t now = (uint32_t)to->eflags | (*step ? EFLAGS_TF : 0);

	if (to->is_64bit || !x86_may_write(now, from->r_eflags, from->r_cs))
		return (EINVAL);
	if (!at_entry && from->r_eip != to->rip)
		to->orig_rax = (uint64_t)-1;
#define COPY(name) to->r##name = from->r_e##name;
	SAME(COPY)
#undef COPY
#define COPY(name) to->name = (uint16_t)from->r_##name;
	SELECTORS(COPY)
#undef COPY
	*(at_entry ? &to->orig_rax : &to->rax) = from->r_eax;
	to->rip = from->r_eip;
	to->eflags = x86_take_trap_flag(to->eflags, from->r_eflags, step);
	return (0);
}

/* ---- floating point: FreeBSD's is the FNSAVE image, made of the FXSAVE image ---- */

#define ACCS	  8
#define ACC_SIZE  10
#define TAG_EMPTY 3u /* else 0: in use */

enum env { ENV_CW, ENV_SW, ENV_TAGS, ENV_IP, ENV_CS_OPCODE, ENV_OPERAND, ENV_DS };

static const char *
acc(const struct user_fpxregs_struct *fx, int i)
{
	return ((const char *)&fx->st_space[4 * i]);
}

static void
to_fpreg(const struct user_fpxregs_struct *from, const struct machine_regs *regs, struct fpreg *to)
{
	memset(to, 0, sizeof(*to));
	to->fpr_env[ENV_CW] = from->cwd;
	to->fpr_env[ENV_SW] = from->swd;
	to->fpr_env[ENV_IP] = (uint32_t)from->fip;
	to->fpr_env[ENV_CS_OPCODE] = (uint16_t)regs->cs | (uint32_t)from->fop << 16;
	to->fpr_env[ENV_OPERAND] = (uint32_t)from->foo;
	to->fpr_env[ENV_DS] = (uint16_t)regs->ds;
	for (int i = 0; i < ACCS; i++) {
		if ((from->twd & 1u << i) == 0)
			to->fpr_env[ENV_TAGS] |= TAG_EMPTY << 2 * i;
		memcpy(to->fpr_acc[i], acc(from, i), ACC_SIZE);
	}
}

static void
from_fpreg(const struct fpreg *from, struct user_fpxregs_struct *now)
{
	now->cwd = (unsigned short)from->fpr_env[ENV_CW];
	now->swd = (unsigned short)from->fpr_env[ENV_SW];
	now->fip = (long)from->fpr_env[ENV_IP];
	now->fop = (unsigned short)(from->fpr_env[ENV_CS_OPCODE] >> 16);
	now->foo = (long)from->fpr_env[ENV_OPERAND];
	now->twd = 0;
	memset(now->st_space, 0, sizeof(now->st_space));
	for (int i = 0; i < ACCS; i++) {
		if ((from->fpr_env[ENV_TAGS] >> 2 * i & TAG_EMPTY) != TAG_EMPTY)
			now->twd |= (unsigned short)(1u << i);
		memcpy((char *)(uintptr_t)acc(now, i), from->fpr_acc[i], ACC_SIZE);
	}
}

int
arch_get_fpregs(struct linux_host *lh, const struct lwp *l, struct fpreg *to)
{
	struct user_fpxregs_struct now;
	struct machine_regs regs;
	int error = regs_read(lh, l, &regs);

	if (error != 0 || (error = (int)-lwp_ptrace(lh, l, PTRACE_GETFPXREGS, NULL, &now)) != 0)
		return (error);
	to_fpreg(&now, &regs, to);
	return (0);
}

int
arch_set_fpregs(struct linux_host *lh, const struct lwp *l, const struct fpreg *from)
{
	struct user_fpxregs_struct now;
	struct machine_regs regs;
	int error = regs_read(lh, l, &regs);

	if (error != 0)
		return (error);
	if (regs.is_64bit)
		return (EINVAL);
	if ((error = (int)-lwp_ptrace(lh, l, PTRACE_GETFPXREGS, NULL, &now)) != 0)
		return (error);
	from_fpreg(from, &now);
	return ((int)-lwp_ptrace(lh, l, PTRACE_SETFPXREGS, NULL, &now));
}

/* ---- SSE: both are the FXSAVE image, of which a 64-bit target's last eight registers are not ours to see ---- */

#define XMM_END offsetof(struct xmmreg, xmm_pad)

_Static_assert(sizeof(struct xmmreg) == sizeof(struct user_fpxregs_struct), "two forms of one image");

int
x86_get_xmmregs(struct linux_host *lh, const struct lwp *l, struct xmmreg *to)
{
	struct user_fpxregs_struct now;
	long error = lwp_ptrace(lh, l, PTRACE_GETFPXREGS, NULL, &now);

	if (error != 0)
		return ((int)-error);
	memset(to, 0, sizeof(*to));
	memcpy(to, &now, XMM_END);
	return (0);
}

/* The mask of what the processor has is its own. */
int
x86_set_xmmregs(struct linux_host *lh, const struct lwp *l, const struct xmmreg *from)
{
	struct user_fpxregs_struct now;
	long error = lwp_ptrace(lh, l, PTRACE_GETFPXREGS, NULL, &now), mask = now.reserved;

	if (error != 0)
		return ((int)-error);
	memcpy(&now, from, XMM_END);
	for (int i = 0; i < ACCS; i++)
		memset((char *)(uintptr_t)acc(&now, i) + ACC_SIZE, 0, 16 - ACC_SIZE);
	now.reserved = mask;
	now.mxcsr &= mask;
	return ((int)-lwp_ptrace(lh, l, PTRACE_SETFPXREGS, NULL, &now));
}

/* ---- segment bases: those of the thread's own descriptors ---- */

#define SELECTOR_TABLE 4u /* of the process: not one of these */
#define USER_RPL       3u

static unsigned
selector(const struct machine_regs *regs, bool gs)
{
	return ((uint16_t)(gs ? regs->gs : regs->fs));
}

/* The descriptor a selector names.  EINVAL: it is none of those a thread has. */
static int
get_descriptor(struct linux_host *lh, const struct lwp *l, unsigned sel, struct user_desc *desc)
{
	if ((sel & SELECTOR_TABLE) != 0)
		return (EINVAL);
	return ((int)-lwp_ptrace(lh, l, PTRACE_GET_THREAD_AREA, (void *)(uintptr_t)(sel >> 3), desc));
}

/* One that is in no use: the kernel knows where its first one is. */
static int
free_descriptor(struct linux_host *lh, const struct lwp *l, struct user_desc *desc)
{
	for (unsigned entry = 1; entry < 32; entry++)
		if (get_descriptor(lh, l, entry << 3, desc) == 0 && desc->seg_not_present)
			return (0);
	return (EINVAL);
}

int
arch_get_base(struct linux_host *lh, const struct lwp *l, bool gs, uint64_t *base)
{
	struct machine_regs regs;
	struct user_desc desc;
	int error = regs_read(lh, l, &regs);

	if (error != 0)
		return (error);
	if (regs.is_64bit)
		return (EINVAL);
	error = get_descriptor(lh, l, selector(&regs, gs), &desc);
	*base = error == 0 ? desc.base_addr : 0;
	return (error == ESRCH ? ESRCH : 0);
}

int
arch_set_base(struct linux_host *lh, const struct lwp *l, bool gs, uint64_t base)
{
	struct machine_regs regs;
	struct user_desc desc;
	int error = regs_read(lh, l, &regs);

	if (error != 0)
		return (error);
	if (regs.is_64bit)
		return (EINVAL);
	if (get_descriptor(lh, l, selector(&regs, gs), &desc) != 0 &&
	    (error = free_descriptor(lh, l, &desc)) != 0)
		return (error);
	desc = (struct user_desc){.entry_number = desc.entry_number, .base_addr = (unsigned)base, .limit = 0xfffff,
	    .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};
	error = (int)-lwp_ptrace(lh, l, PTRACE_SET_THREAD_AREA, (void *)(uintptr_t)desc.entry_number, &desc);
	if (error != 0)
		return (error);
	*(gs ? &regs.gs : &regs.fs) = desc.entry_number << 3 | USER_RPL;
	return (regs_write(lh, l, &regs));
}
