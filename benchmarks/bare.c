/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "bare.h"

#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

long
bare(long request, pid_t tid, void *addr, void *data)
{
	long result = syscall(SYS_ptrace, request, (long)tid, addr, data);

	if (result == -1)
		bench_die("ptrace");
	return (result);
}

int
bare_wait(pid_t tid)
{
	int status;

	if (wait4(tid, &status, __WALL, NULL) != tid || !WIFSTOPPED(status))
		bench_die("wait4");
	return (status);
}

void
bare_attach(pid_t tid)
{
	(void)bare(PTRACE_SEIZE, tid, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	(void)bare(PTRACE_INTERRUPT, tid, NULL, NULL);
	(void)bare_wait(tid);
}
