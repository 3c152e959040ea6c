/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>

#include "api/api.h"
#include "host/linux/linux.h"

/*
 * PT_TRACE_ME is the request of a process that is to be a target, often the child of a vfork, whose
 * memory is the tracer's: it must not touch this process' state as a tracer.
 */
PUBLIC int
bsd_ptrace(int request, pid_t pid, caddr_t addr, int data)
{
	struct tracer *tr;
	int result = 0, error;

	if (request == PT_TRACE_ME) {
		tracer_mind_leaving(); /* in the child of a vfork: for the thread of the parent's that waits */
		return (api_result(lx_traceme(), 0));
	}
	if ((tr = tracer_enter()) == NULL)
		return (api_result(ENOMEM, 0));
	error = request_run(tr, request, pid, addr, data, &result);
	tracer_leave(tr);
	return (api_result(error, result));
}
