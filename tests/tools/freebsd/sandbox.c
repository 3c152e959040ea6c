/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sandbox path command ...: when the command opens path it gets /dev/null instead, and when it kills it sends
 * signal 0: the arguments are changed at the entry of the call.  As written for FreeBSD 10/amd64.
 */
#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <machine/reg.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *forbidden;

static int
read_string(pid_t pid, void *there, char *buf, size_t size)
{
	struct ptrace_io_desc iod;
	size_t got;

	/* Up to the end of a page at a time, for the next may not be there. */
	for (got = 0; got < size; got += iod.piod_len) {
		iod.piod_op = PIOD_READ_D;
		iod.piod_offs = (char *)there + got;
		iod.piod_addr = buf + got;
		iod.piod_len = MIN(size - got, PAGE_SIZE - ((uintptr_t)iod.piod_offs & PAGE_MASK));
		if (ptrace(PT_IO, pid, (caddr_t)&iod, 0) == -1)
			return (-1);
		if (memchr(buf + got, '\0', iod.piod_len) != NULL)
			return (0);
	}
	return (-1);
}

static void
write_string(pid_t pid, void *there, const char *s)
{
	struct ptrace_io_desc iod;

	iod.piod_op = PIOD_WRITE_D;
	iod.piod_offs = there;
	iod.piod_addr = __DECONST(char *, s);
	iod.piod_len = strlen(s) + 1;
	if (ptrace(PT_IO, pid, (caddr_t)&iod, 0) == -1)
		err(1, "PT_IO");
}

static void
check_path(pid_t pid, register_t arg)
{
	char path[MAXPATHLEN];

	if (read_string(pid, (void *)arg, path, sizeof(path)) == 0 && strcmp(path, forbidden) == 0)
		write_string(pid, (void *)arg, "/dev/null");
}

static void
entry(pid_t pid, u_int code)
{
	struct reg r;

	if (ptrace(PT_GETREGS, pid, (caddr_t)&r, 0) == -1)
		err(1, "PT_GETREGS");
	if ((u_int)r.r_rax != code)
		errx(1, "call %u, and %ld in the register", code, (long)r.r_rax);
	switch (code) {
	case SYS_open:
		check_path(pid, r.r_rdi);
		break;
	case SYS_openat:
		check_path(pid, r.r_rsi);
		break;
	case SYS_kill:
		r.r_rsi = 0;
		if (ptrace(PT_SETREGS, pid, (caddr_t)&r, 0) == -1)
			err(1, "PT_SETREGS");
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct ptrace_lwpinfo pl;
	pid_t pid;
	int status, sig;

	if (argc < 3)
		errx(1, "usage: sandbox path command ...");
	forbidden = argv[1];
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if (ptrace(PT_TRACE_ME, 0, NULL, 0) != 0)
			err(1, "PT_TRACE_ME");
		execvp(argv[2], argv + 2);
		err(1, "%s", argv[2]);
	}
	for (;;) {
		if (wait(&status) != pid)
			err(1, "wait");
		if (WIFEXITED(status))
			return (WEXITSTATUS(status));
		if (WIFSIGNALED(status))
			return (128 + WTERMSIG(status));
		sig = WSTOPSIG(status);
		if (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) == -1)
			err(1, "PT_LWPINFO");
		if (pl.pl_flags & PL_FLAG_SCE)
			entry(pid, pl.pl_syscall_code);
		if ((pl.pl_flags & PL_FLAG_SI) == 0)
			sig = 0;
		if (ptrace(PT_TO_SCE, pid, (caddr_t)1, sig) == -1)
			err(1, "PT_TO_SCE");
	}
}
