/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "machine.h"

#include <sys/syscall.h>
#include <fcntl.h>
#include <unistd.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* x86: in a section of its own, so that the linker can be told where it is to be. */
#if defined(__x86_64__)
#define EXIT_77 "mov $" STRING(SYS_exit) ", %eax\n mov $77, %edi\n syscall\n hlt\n"
__asm__(".pushsection .machine, \"ax\"\n .balign 64\n"
	"nop\n .globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".balign 64\n nop\n .globl machine_call\n machine_call:\n nop\n syscall\n nop\n nop\n" EXIT_77 ".popsection\n");
#elif defined(__i386__)
#define EXIT_77 "mov $" STRING(SYS_exit) ", %eax\n mov $77, %ebx\n int $0x80\n hlt\n"
__asm__(".pushsection .machine, \"ax\"\n .balign 64\n"
	"nop\n .globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".balign 64\n nop\n .globl machine_call\n machine_call:\n nop\n int $0x80\n nop\n nop\n" EXIT_77 ".popsection\n");
#elif defined(__aarch64__)
#define EXIT_77 "mov x8, #" STRING(SYS_exit) "\n mov x0, #77\n svc #0\n brk #0\n"
__asm__(".text\n .balign 4\n"
	".globl machine_nops\n machine_nops:\n nop\n nop\n nop\n nop\n nop\n" EXIT_77
	".globl machine_call\n machine_call:\n nop\n svc #0\n nop\n nop\n" EXIT_77);
#endif

#if defined(__i386__) && defined(__linux__)
#define ELF_CLASS 4 /* byte of a program: 2 for 64 bits */
#define X86_64_EXECVE 59

u_int
machine_exec_call(void)
{
	char head[ELF_CLASS + 1] = "";
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);

	(void)!read(fd, head, sizeof(head));
	close(fd);
	return (head[ELF_CLASS] == 2 ? X86_64_EXECVE : SYS_execve);
}
#else
u_int
machine_exec_call(void)
{
	return (SYS_execve);
}
#endif
