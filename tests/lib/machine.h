/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The few registers and instructions that the tests name on every machine.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include <machine/reg.h>

#if defined(__x86_64__)
#define R_PC(r) ((r)->r_rip)
#define R_SP(r) ((r)->r_rsp)
#define R_CALL(r) ((r)->r_rax) /* at an entry stop: the call's number */
#define R_RESULT(r) ((r)->r_rax)
#define R_ARG0(r) ((r)->r_rdi)
#define R_ARG1(r) ((r)->r_rsi)
#define R_ARG2(r) ((r)->r_rdx)
#define R_STEP_SET(r) (((r)->r_rflags & 0x100) != 0)
#elif defined(__i386__)
#define R_PC(r) ((r)->r_eip)
#define R_SP(r) ((r)->r_esp)
#define R_CALL(r) ((r)->r_eax)
#define R_RESULT(r) ((r)->r_eax)
#define R_ARG0(r) ((r)->r_ebx)
#define R_ARG1(r) ((r)->r_ecx)
#define R_ARG2(r) ((r)->r_edx)
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
 */
extern const char machine_nops[], machine_call[];

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
