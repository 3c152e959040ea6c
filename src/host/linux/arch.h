/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a machine supplies: Linux's view of a thread's registers (struct machine_regs) and FreeBSD's, and
 * how a system call looks in them.
 */
#ifndef HOST_LINUX_ARCH_H
#define HOST_LINUX_ARCH_H

#include <sys/types.h>
#include <sys/user.h>
#include <stdbool.h>
#include <stdint.h>

#include "bsdptrace/reg-x86.h"

struct linux_host;
struct lwp;

#if defined(__x86_64__)
#define machine_regs user_regs_struct
#else
/* Also of a 32-bit thread, whose registers are widened; the names are user_regs_struct's. */
struct machine_regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax;
	uint64_t rip, cs, eflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
	uint64_t is_64bit; /* not the kernel's */
};
#endif

/*
 * Is a system call calm: does it neither show nor change which processors its caller may run on, nor hand that to what it
 * makes?  The values are data/narg.h's.
 */
enum calm {
	CALM_NOT,  /* or not known to be */
	CALM_YES,
	CALM_FILE, /* if its first argument is a file that is calm */
	CALM_OPENS /* and descriptors may be others afterwards */
};

/* ---- reading and writing ---- */

/* 0, or a negative errno. */
long arch_read_regs(struct linux_host *, pid_t owner, pid_t tid, struct machine_regs *);
long arch_write_regs(struct linux_host *, const struct lwp *, const struct machine_regs *);
/* What stands where a system call's result does, cut to 32 bits. */
long arch_peek_result(struct linux_host *, const struct lwp *, int32_t *);
/* 0, or a positive errno.  EINVAL: this thread's may be read only. */
int arch_get_fpregs(struct linux_host *, const struct lwp *, struct fpreg *);
int arch_set_fpregs(struct linux_host *, const struct lwp *, const struct fpreg *);

/* Segment base of fs or gs.  set: the selector is the usual one then.  EINVAL: it is above the process' memory,
   or this thread has none to be read or written by this tracer. */
int arch_get_base(struct linux_host *, const struct lwp *, bool gs, uint64_t *base);
int arch_set_base(struct linux_host *, const struct lwp *, bool gs, uint64_t base);

/*
 * For those: the general registers of a stopped thread, from memory if they were read before (regs.c).  ESRCH
 * write: all or nothing.  EINVAL: the kernel does not take them.
 */
int regs_read(struct linux_host *, const struct lwp *, struct machine_regs *);
int regs_write(struct linux_host *, const struct lwp *, const struct machine_regs *);

/* ---- from one form to the other ---- */

/* at_entry: the call's number stands where its result will be.  step: shown as the trap flag. */
void arch_to_reg(const struct machine_regs *, bool at_entry, bool step, struct reg *);
/* EINVAL: what may not be written.  *step as in host.h. */
int arch_from_reg(const struct reg *, bool at_entry, bool *step, struct machine_regs *);

/* ---- debug registers ---- */

/* What the tracer will read of what it writes.  EINVAL: it may not be written.  is32: the thread is in 32-bit code. */
int arch_take_dbreg(const struct dbreg *from, bool is32, struct dbreg *to);
/* Does that depend on is32? */
bool arch_dbreg_by_width(const struct dbreg *);
/* Is any of them to be watched? */
bool arch_dbreg_armed(const struct dbreg *);
/* Have the kernel watch what an image says; was: what it watches now, and still does after an error.  EINVAL */
int arch_load_dbreg(struct linux_host *, const struct lwp *, const struct dbreg *was, const struct dbreg *to);
/* The thread has stopped at a trap: have the image show what it was for. */
void arch_note_dbreg(struct linux_host *, const struct lwp *, struct dbreg *);

/* ---- requests of the machine's own: as in host.h ---- */

int arch_machine_size(struct linux_host *, const struct lwp *, int req, int data, size_t *in, size_t *out);
int arch_machine(struct linux_host *, const struct lwp *, int req, void *arg, size_t in);

/* ---- what the registers say ---- */

uint64_t arch_pc(const struct machine_regs *);
/* in_call: the thread may be in a call that the kernel would rewind. */
void arch_set_pc(struct machine_regs *, uint64_t pc, bool in_call);
void arch_set_result(struct machine_regs *, long result);
bool arch_trap_flag(const struct machine_regs *);
void arch_set_trap_flag(struct machine_regs *, bool on);
bool arch_is_32bit(const struct machine_regs *);

/* The call it is in or leaves: its number, or -1; its result. */
long arch_call(const struct machine_regs *);
int64_t arch_result(const struct machine_regs *);
unsigned arch_narg(const struct machine_regs *, long call);
/* Make the thread execute the call it is in once more. */
void arch_rewind(struct machine_regs *);
/* Does this call answer EINTR to any interruption, a stop of ours included? */
bool arch_call_breaks(const struct machine_regs *, long call);
/* Is it a call that waits for the child it makes (vfork, clone)? */
bool arch_call_forks(long call, bool is32);
/* Is the call it is in the kernel's own, that goes on with another which was broken off? */
bool arch_is_restart(const struct machine_regs *);
bool arch_restarts(long call, bool is32);
/* abi: AUDIT_ARCH_ of its numbering. */
enum calm arch_calm(uint32_t abi, uint64_t call);
/* What it is made with; at its entry. */
void arch_args(const struct machine_regs *, uint64_t args[6]);
/* Does the instruction there make a system call?  bytes: the first two at the PC. */
bool arch_is_call(const unsigned char bytes[2]);
/* Are the registers as an exec leaves them? */
bool arch_after_exec(const struct machine_regs *);

#endif
