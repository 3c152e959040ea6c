/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * x86-64, with 32-bit targets.  From: registers.md, 1, 3, 8 and 9.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "host/linux/arch.h"
#include "narg.h"

#define EFLAGS_TF	 0x100u
#define EFLAGS_WRITEABLE 0x00254dd5u /* what a tracer may change: registers.md, 1 */
#define CS_32BIT	 0x23
#define SELECTOR_RPL	 3
#define UNKNOWN_NARG	 6 /* decisions.md, 7 */

/* ---- general registers: names that are the same in both ---- */

#define SAME(X)                                                                                  \
	X(r15) X(r14) X(r13) X(r12) X(r11) X(r10) X(r9) X(r8) X(rdi) X(rsi) X(rbp) X(rbx) X(rdx) \
	X(rcx) X(rip) X(rsp)

void
arch_to_reg(const struct machine_regs *from, bool at_entry, bool step, struct reg *to)
{
	memset(to, 0, sizeof(*to));
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

/* Is the flag to be the tracer's step, or the thread's own? */
static unsigned long
take_trap_flag(unsigned long now, unsigned long flags, bool *step)
{
	bool wanted = (flags & EFLAGS_TF) != 0;

	if (*step && wanted)
		return ((flags & ~(unsigned long)EFLAGS_TF) | (now & EFLAGS_TF));
	*step = false;
	return (flags);
}

int
arch_from_reg(const struct reg *from, bool at_entry, bool *step, struct machine_regs *to)
{
	uint32_t now = (uint32_t)to->eflags | (*step ? EFLAGS_TF : 0), flags = (uint32_t)from->r_rflags;

	if (((flags ^ now) & ~EFLAGS_WRITEABLE) != 0 || (from->r_cs & SELECTOR_RPL) != SELECTOR_RPL)
		return (EINVAL);
	if (!at_entry && (uint64_t)from->r_rip != to->rip)
		to->orig_rax = (unsigned long)-1;
#define COPY(name) to->name = (uint64_t)from->r_##name;
	SAME(COPY)
#undef COPY
	*(at_entry ? &to->orig_rax : &to->rax) = (uint64_t)from->r_rax;
	to->cs = (uint64_t)from->r_cs;
	to->ss = (uint64_t)from->r_ss;
	to->eflags = take_trap_flag(to->eflags, flags, step);
	return (0);
}

/* ---- floating point: both are the FXSAVE image ---- */

_Static_assert(sizeof(struct fpreg) == sizeof(struct machine_fpregs), "two forms of one image");

void
arch_to_fpreg(const struct machine_fpregs *from, struct fpreg *to)
{
	memcpy(to, from, sizeof(*to));
	memset(to->fpr_spare, 0, sizeof(to->fpr_spare));
}

void
arch_from_fpreg(const struct fpreg *from, struct machine_fpregs *now)
{
	uint32_t mask = now->mxcr_mask;

	memcpy(now, from, sizeof(*from));
	for (unsigned char *acc = (unsigned char *)now->st_space; acc != (unsigned char *)now->xmm_space; acc += 16)
		memset(acc + 10, 0, 6);
	memset(now->padding, 0, sizeof(now->padding));
	now->mxcr_mask = mask;
	now->mxcsr &= mask;
}

/* ---- program counter and trap flag ---- */

uint64_t
arch_pc(const struct machine_regs *regs)
{
	return (regs->rip);
}

/* Outside an entry stop the kernel would still rewind a call it was going to make again. */
void
arch_set_pc(struct machine_regs *regs, uint64_t pc, bool in_call)
{
	regs->rip = pc;
	if (!in_call)
		regs->orig_rax = (unsigned long)-1;
}

void
arch_set_result(struct machine_regs *regs, long result)
{
	regs->rax = (unsigned long)result;
}

bool
arch_trap_flag(const struct machine_regs *regs)
{
	return ((regs->eflags & EFLAGS_TF) != 0);
}

void
arch_set_trap_flag(struct machine_regs *regs, bool on)
{
	if (on)
		regs->eflags |= EFLAGS_TF;
	else
		regs->eflags &= ~(unsigned long)EFLAGS_TF;
}

bool
arch_is_32bit(const struct machine_regs *regs)
{
	return (regs->cs == CS_32BIT);
}

/* ---- system calls ---- */

long
arch_call(const struct machine_regs *regs)
{
	long call = arch_is_32bit(regs) ? (int)regs->orig_rax : (long)regs->orig_rax;

	return (call < 0 ? -1 : call);
}

long
arch_result(const struct machine_regs *regs)
{
	return (arch_is_32bit(regs) ? (int)regs->rax : (long)regs->rax);
}

unsigned
arch_narg(const struct machine_regs *regs, long call)
{
	if (arch_is_32bit(regs))
		return (call < (long)i386_narg_count ? i386_narg[call] : UNKNOWN_NARG);
	return (call < (long)x86_64_narg_count ? x86_64_narg[call] : UNKNOWN_NARG);
}

void
arch_rewind(struct machine_regs *regs)
{
	regs->rax = regs->orig_rax;
	regs->rip -= 2; /* syscall, int $0x80 and sysenter have two bytes each */
	regs->orig_rax = (unsigned long)-1;
}

/*
 * signal(7): never restarted, though no handler has run.  With a timeout it is not known how much of it
 * is left, so those calls end as signal(7) says.
 */
bool
arch_call_breaks(const struct machine_regs *regs, long call)
{
	if (arch_is_32bit(regs))
		return (false);
	switch (call) {
	case SYS_semop:
		return (true);
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return ((int)regs->r10 < 0);
	case SYS_semtimedop:
	case 441: /* epoll_pwait2 */
		return (regs->r10 == 0);
	case SYS_rt_sigtimedwait:
		return (regs->rdx == 0);
	default:
		return (false);
	}
}

bool
arch_call_forks(long call, bool is32)
{
	if (is32)
		return (call == 190 || call == 120 || call == 435); /* vfork, clone, clone3 of i386 */
	return (call == SYS_vfork || call == SYS_clone || call == SYS_clone3);
}

bool
arch_is_call(const unsigned char bytes[2])
{
	return ((bytes[0] == 0x0f && (bytes[1] == 0x05 || bytes[1] == 0x34)) ||
	    (bytes[0] == 0xcd && bytes[1] == 0x80));
}

/* The kernel clears them all; after kill(2) at least the arguments stand. */
bool
arch_after_exec(const struct machine_regs *regs)
{
	return ((regs->rax | regs->rbx | regs->rcx | regs->rdx | regs->rsi | regs->rdi | regs->rbp |
		    regs->r8 | regs->r9 | regs->r10 | regs->r11 | regs->r12 | regs->r13 | regs->r14 |
		    regs->r15) == 0);
}
