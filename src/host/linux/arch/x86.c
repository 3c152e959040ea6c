/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * x86, for 64-bit and 32-bit targets, whichever the tracer is: how a thread's registers say what it does.
 * From: registers.md, 8 and 9.
 */
#include <linux/audit.h>
#include <linux/ipc.h>

#include "host/linux/arch.h"
#include "host/linux/arch/x86.h"
#include "narg.h"

#define UNKNOWN_NARG 6 /* decisions.md, 7 */

/* Numbers of system calls: a tracer knows those of either width. */
enum {
	X64_VFORK = 58, X64_CLONE = 56, X64_CLONE3 = 435,
	X64_SEMOP = 65, X64_RT_SIGTIMEDWAIT = 128, X64_SEMTIMEDOP = 220, X64_EPOLL_WAIT = 232,
	X64_EPOLL_PWAIT = 281, X64_EPOLL_PWAIT2 = 441, X64_RESTART_SYSCALL = 219, X32_RESTART_SYSCALL = 0x400000db,
	I386_RESTART_SYSCALL = 0, I386_VFORK = 190, I386_CLONE = 120, I386_CLONE3 = 435,
	I386_IPC = 117, I386_RT_SIGTIMEDWAIT = 177, I386_EPOLL_WAIT = 256, I386_EPOLL_PWAIT = 319,
	I386_SEMTIMEDOP_TIME64 = 420, I386_RT_SIGTIMEDWAIT_TIME64 = 421, I386_EPOLL_PWAIT2 = 441
};

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
		regs->orig_rax = (uint64_t)-1;
}

void
arch_set_result(struct machine_regs *regs, long result)
{
	regs->rax = (uint64_t)(int64_t)result;
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
		regs->eflags &= ~(uint64_t)EFLAGS_TF;
}

/* ---- system calls ---- */

long
arch_call(const struct machine_regs *regs)
{
	long call = arch_is_32bit(regs) ? (int32_t)regs->orig_rax : (long)regs->orig_rax;

	return (call < 0 ? -1 : call);
}

int64_t
arch_result(const struct machine_regs *regs)
{
	return (arch_is_32bit(regs) ? (int32_t)regs->rax : (int64_t)regs->rax);
}

unsigned
arch_narg(const struct machine_regs *regs, long call)
{
	if (arch_is_32bit(regs))
		return (call < (long)i386_narg_count ? i386_narg[call] : UNKNOWN_NARG);
	return (call < (long)x86_64_narg_count ? x86_64_narg[call] : UNKNOWN_NARG);
}

enum calm
arch_calm(uint32_t abi, uint64_t call)
{
	if (abi == AUDIT_ARCH_X86_64 && call < x86_64_narg_count)
		return ((enum calm)x86_64_calm[call]);
	if (abi == AUDIT_ARCH_I386 && call < i386_narg_count)
		return ((enum calm)i386_calm[call]);
	return (CALM_NOT);
}

void
arch_rewind(struct machine_regs *regs)
{
	regs->rax = regs->orig_rax;
	regs->rip -= 2; /* syscall, int $0x80 and sysenter have two bytes each */
	regs->orig_rax = (uint64_t)-1;
}

/*
 * signal(7): never restarted, though no handler has run.  With a timeout it is not known how much of it
 * is left, so those calls end as signal(7) says.
 */
static bool
call_breaks_64(const struct machine_regs *regs, long call)
{
	switch (call) {
	case X64_SEMOP:
		return (true);
	case X64_EPOLL_WAIT:
	case X64_EPOLL_PWAIT:
		return ((int32_t)regs->r10 < 0);
	case X64_SEMTIMEDOP:
	case X64_EPOLL_PWAIT2:
		return (regs->r10 == 0);
	case X64_RT_SIGTIMEDWAIT:
		return (regs->rdx == 0);
	default:
		return (false);
	}
}

/* Arguments in ebx, ecx, edx, esi, edi and ebp. */
static bool
call_breaks_32(const struct machine_regs *regs, long call)
{
	switch (call) {
	case I386_IPC:
		if ((regs->rbx & 0xffff) == SEMTIMEDOP)
			return ((uint32_t)regs->rbp == 0);
		return ((regs->rbx & 0xffff) == SEMOP);
	case I386_EPOLL_WAIT:
	case I386_EPOLL_PWAIT:
		return ((int32_t)regs->rsi < 0);
	case I386_SEMTIMEDOP_TIME64:
	case I386_EPOLL_PWAIT2:
		return ((uint32_t)regs->rsi == 0);
	case I386_RT_SIGTIMEDWAIT:
	case I386_RT_SIGTIMEDWAIT_TIME64:
		return ((uint32_t)regs->rdx == 0);
	default:
		return (false);
	}
}

bool
arch_call_breaks(const struct machine_regs *regs, long call)
{
	return (arch_is_32bit(regs) ? call_breaks_32(regs, call) : call_breaks_64(regs, call));
}

bool
arch_call_forks(long call, bool is32)
{
	if (is32)
		return (call == I386_VFORK || call == I386_CLONE || call == I386_CLONE3);
	return (call == X64_VFORK || call == X64_CLONE || call == X64_CLONE3);
}

bool
arch_restarts(long call, bool is32)
{
	if (is32)
		return (call == I386_RESTART_SYSCALL);
	return (call == X64_RESTART_SYSCALL || call == X32_RESTART_SYSCALL);
}

bool
arch_is_restart(const struct machine_regs *regs)
{
	return (arch_restarts(arch_call(regs), arch_is_32bit(regs)));
}

void
arch_args(const struct machine_regs *regs, uint64_t args[6])
{
	const uint64_t wide[] = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9};
	const uint64_t narrow[] = {regs->rbx, regs->rcx, regs->rdx, regs->rsi, regs->rdi, regs->rbp};

	for (int i = 0; i < 6; i++)
		args[i] = arch_is_32bit(regs) ? (uint32_t)narrow[i] : wide[i];
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
