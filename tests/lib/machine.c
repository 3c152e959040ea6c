/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "machine.h"

#include <sys/syscall.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

#if defined(__x86_64__)
#define EXIT_77 "mov $" STRING(SYS_exit) ", %eax\n mov $77, %edi\n syscall\n hlt\n"
__asm__(".text\n"
	".globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".globl machine_call\n machine_call:\n nop\n syscall\n nop\n nop\n" EXIT_77);
#elif defined(__i386__)
#define EXIT_77 "mov $" STRING(SYS_exit) ", %eax\n mov $77, %ebx\n int $0x80\n hlt\n"
__asm__(".text\n"
	".globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".globl machine_call\n machine_call:\n nop\n int $0x80\n nop\n nop\n" EXIT_77);
#elif defined(__aarch64__)
#define EXIT_77 "mov x8, #" STRING(SYS_exit) "\n mov x0, #77\n svc #0\n brk #0\n"
__asm__(".text\n .balign 4\n"
	".globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".globl machine_call\n machine_call:\n nop\n svc #0\n nop\n nop\n" EXIT_77);
#endif
