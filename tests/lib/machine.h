/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The few registers and instructions that the tests name on every machine.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <sys/types.h>
#include <sys/syscall.h>
#include <machine/reg.h>

/* Where its puppets are of the other width (abroad.h), registers and calls are theirs. */
#ifdef PUPPET_ABROAD
#if defined(__x86_64__)
#define R_ARG0(r) ((r)->r_rbx)
#define R_ARG1(r) ((r)->r_rcx)
#define R_ARG2(r) ((r)->r_rdx)
enum {
	OTHER_exit = 1,
	OTHER_read = 3,
	OTHER_write = 4,
	OTHER_close = 6,
	OTHER_execve = 11,
	OTHER_lseek = 19,
	OTHER_getpid = 20,
	OTHER_getppid = 64,
	OTHER_ftruncate = 93,
	OTHER_exit_group = 252
};
#else
#define R_ARG0(r) ((r)->r_edi)
#define R_ARG1(r) ((r)->r_esi)
#define R_ARG2(r) ((r)->r_edx)
enum {
	OTHER_read = 0,
	OTHER_write = 1,
	OTHER_close = 3,
	OTHER_lseek = 8,
	OTHER_getpid = 39,
	OTHER_execve = 59,
	OTHER_exit = 60,
	OTHER_ftruncate = 77,
	OTHER_getppid = 110,
	OTHER_exit_group = 231
};
#endif
#define PUPPET_CALL(name) OTHER_##name
/* Of a variable that both programs have, of a type that does not depend on the width: at one address in both. */
#define PUPPET_DATA __attribute__((section(".machine_data")))
#else
#define PUPPET_CALL(name) SYS_##name
#define PUPPET_DATA
#endif

#if defined(__x86_64__)
#define R_PC(r) ((r)->r_rip)
#define R_SP(r) ((r)->r_rsp)
#define R_CALL(r) ((r)->r_rax) /* at an entry stop: the call's number */
#define R_RESULT(r) ((r)->r_rax)
#ifndef PUPPET_ABROAD
#define R_ARG0(r) ((r)->r_rdi)
#define R_ARG1(r) ((r)->r_rsi)
#define R_ARG2(r) ((r)->r_rdx)
#endif
#define R_STEP_SET(r) (((r)->r_rflags & 0x100) != 0)
#elif defined(__i386__)
#define R_PC(r) ((r)->r_eip)
#define R_SP(r) ((r)->r_esp)
#define R_CALL(r) ((r)->r_eax)
#define R_RESULT(r) ((r)->r_eax)
#ifndef PUPPET_ABROAD
#define R_ARG0(r) ((r)->r_ebx)
#define R_ARG1(r) ((r)->r_ecx)
#define R_ARG2(r) ((r)->r_edx)
#endif
#define R_STEP_SET(r) (((r)->r_eflags & 0x100) != 0)
#elif defined(__aarch64__)
#define R_PC(r) ((r)->elr)
#define R_SP(r) ((r)->sp)
#define R_CALL(r) ((r)->x[8])
#define R_RESULT(r) ((r)->x[0])
#define R_ARG0(r) ((r)->x[0])
#define R_ARG1(r) ((r)->x[1])
#define R_ARG2(r) ((r)->x[2])
#define R_STEP_SET(r) (((r)->spsr & 0x200000) != 0)
#endif

/*
 * machine_nops: five instructions that do nothing, then an exit with code 77 that needs no stack.
 * machine_call: one instruction that does nothing, the system call instruction, nothing, and the same exit.
 * On x86 another instruction that does nothing lies before each.  Abroad they have the same addresses as here.
 */
extern const char machine_nops[], machine_call[];

/*
 * The number of the execve that made a /bin/sh, as its stop tells it: of the system calls of the new program,
 * which is maybe wider than we are.
 */
u_int machine_exec_call(void);

#if defined(__x86_64__) || defined(__i386__)
#define MACHINE_NOP_SIZE 1
#define MACHINE_CALL_SIZE 2
#define MACHINE_BREAK 0xcc
#define MACHINE_BREAK_SIZE 1
#define MACHINE_BREAK_PC_MOVES 1 /* the PC reported is behind the breakpoint */
#elif defined(__aarch64__)
#define MACHINE_NOP_SIZE 4
#define MACHINE_CALL_SIZE 4
#define MACHINE_BREAK 0xd4200000
#define MACHINE_BREAK_SIZE 4
#define MACHINE_BREAK_PC_MOVES 0
#endif

#endif
