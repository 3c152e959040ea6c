/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a machine supplies: Linux's view of a thread's registers (struct machine_regs, as
 * PTRACE_GETREGS or its like moves it) and FreeBSD's, and how a system call looks in them.
 */
#ifndef HOST_LINUX_ARCH_H
#define HOST_LINUX_ARCH_H

#include <sys/user.h>
#include <stdbool.h>
#include <stdint.h>

#include "bsdptrace/reg-x86.h"

#define machine_regs   user_regs_struct
#define machine_fpregs user_fpregs_struct

/* at_entry: the call's number stands where its result will be.  step: shown as the trap flag. */
void arch_to_reg(const struct machine_regs *, bool at_entry, bool step, struct reg *);
/* EINVAL: what may not be written.  *step as in host.h. */
int arch_from_reg(const struct reg *, bool at_entry, bool *step, struct machine_regs *);
void arch_to_fpreg(const struct machine_fpregs *, struct fpreg *);
/* now: the thread's registers, whose masks of what the processor has hold. */
void arch_from_fpreg(const struct fpreg *, struct machine_fpregs *now);

uint64_t arch_pc(const struct machine_regs *);
/* broken_call: the thread may be in a call that the kernel would rewind. */
void arch_set_pc(struct machine_regs *, uint64_t pc, bool in_call);
void arch_set_result(struct machine_regs *, long result);
bool arch_trap_flag(const struct machine_regs *);
void arch_set_trap_flag(struct machine_regs *, bool on);
bool arch_is_32bit(const struct machine_regs *);

/* The call it is in or leaves: its number, or -1; its result. */
long arch_call(const struct machine_regs *);
long arch_result(const struct machine_regs *);
unsigned arch_narg(const struct machine_regs *, long call);
/* Make the thread execute the call it is in once more. */
void arch_rewind(struct machine_regs *);
/* Does this call answer EINTR to any interruption, a stop of ours included? */
bool arch_call_breaks(const struct machine_regs *, long call);
/* Is it a call that waits for the child it makes (vfork, clone)? */
bool arch_call_forks(long call, bool is32);
/* Does the instruction there make a system call?  bytes: the first two at the PC. */
bool arch_is_call(const unsigned char bytes[2]);
/* Are the registers as an exec leaves them? */
bool arch_after_exec(const struct machine_regs *);

#endif
