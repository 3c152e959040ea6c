/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ptrace requests whose failure matters.
 */
#include "request.h"

#include <errno.h>
#include <string.h>

#include "../common/fail.h"

bool
request(const char *what, int req, pid_t id, void *addr, int data)
{
	if (bsd_ptrace(req, id, addr, data) != -1 || errno == 0)
		return (true);
	if (errno != ESRCH)
		fail("%s %d: %s", what, id, strerror(errno));
	return (false);
}

bool
request_continue(pid_t pid, int sig)
{
	return (request("continue", PT_SYSCALL, pid, (void *)1, sig));
}

bool
request_flags(pid_t id, struct ptrace_lwpinfo *info)
{
	return (request("describe", PT_LWPINFO, id, info, offsetof(struct ptrace_lwpinfo, pl_sigmask)));
}

bool
request_lwpinfo(pid_t id, struct ptrace_lwpinfo *info)
{
	return (request("describe", PT_LWPINFO, id, info, sizeof(*info)));
}
