/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * System calls: entered, left, broken off.
 */
#ifndef TRUSS_CALL_H
#define TRUSS_CALL_H

#include "target.h"

/* The state that calls are shown in. */
struct machine {
	unsigned abi;
	uint64_t number;  /* what the register of the number holds, which is the result after the call */
	uint64_t regs[6]; /* arguments in their order */
};

/* Reads the registers of a stopped thread; false if it is gone. */
bool machine_read(struct machine *, pid_t id);

/* The state at a call's entry or end. */
void machine_at_call(struct machine *, const struct bsd_syscall *);

/*
 * The stopped thread is inside a call which the kernel is about to go on with: its number.  The thread that reports
 * an attach does not say so by PL_FLAG_SCE.
 */
bool machine_call_in_progress(const struct machine *, pid_t pid, pid_t tid, unsigned *number);

/* "read", or "syscall_NUMBER" in buf. */
const char *call_name(const struct frame *, char *buf, size_t size);

/* A thread has entered a call, with this number. */
void call_enter(const struct options *, struct thread *, const struct machine *, unsigned number);

/* The call has ended, with machine->number as its result. */
void call_leave(const struct options *, struct thread *, const struct machine *);

/* Whatever call the thread is in will not end: the thread is gone. */
void call_abandon(const struct options *, struct thread *);

/* The same call goes on in another thread, which has got the first one's place. */
void call_move(struct thread *to, struct thread *from);

/* The execve that made the command, which no stop tells of: as if the process had made it, from strings of our own. */
void call_exec_command(
    const struct options *, struct thread *, const char *path, char *const *argv, char *const *envp);

/* The thread is in an execve; its call is the one that ends a thread. */
bool call_is_exec(const struct frame *);
bool call_is_thread_exit(const struct frame *);

#endif
