/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ptrace requests whose failure matters.
 */
#include "request.h"

#include <errno.h>
#include <signal.h>

#include "../common/fail.h"

bool
request(const char *what, int req, pid_t id, void *addr, int data)
{
	if (bsd_ptrace(req, id, addr, data) != -1 || errno == 0)
		return (true);
	if (errno != ESRCH)
		fail("cannot %s: %s", what, bsd_ptrace_strerror());
	return (false);
}

bool
request_continue(pid_t pid, int sig)
{
	return (request("continue", PT_SYSCALL, pid, (void *)1, sig));
}

#define EVENT_FLAGS (PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_EXEC | PL_FLAG_FORKED | PL_FLAG_CHILD)

bool
request_event(pid_t pid, int sig, struct bsd_syscall *sc)
{
	if (sig != SIGTRAP && sig != SIGSTOP)
		return (false);
	if (bsd_ptrace_syscall(pid, sc) == -1) {
		if (errno != ESRCH)
			fail("cannot describe: %s", bsd_ptrace_strerror());
		return (false);
	}
	return ((sc->sc_flags & EVENT_FLAGS) != 0);
}

bool
request_stop(pid_t pid, int sig, struct ptrace_lwpinfo *info)
{
	if (sig == SIGTRAP || sig == SIGSTOP) {
		if (!request("describe", PT_LWPINFO, pid, info, offsetof(struct ptrace_lwpinfo, pl_sigmask)))
			return (false);
		if (info->pl_flags & EVENT_FLAGS)
			return (true);
	}
	return (request("describe", PT_LWPINFO, pid, info, offsetof(struct ptrace_lwpinfo, pl_tdname)));
}

bool
request_lwpinfo(pid_t id, struct ptrace_lwpinfo *info)
{
	return (request("describe", PT_LWPINFO, id, info, sizeof(*info)));
}
