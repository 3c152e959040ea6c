/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>

#include "api/api.h"
#include "engine/ktr.h"
#include "host/linux/linux.h"

/*
 * PT_TRACE_ME is the request of a process that is to be a target, often the child of a vfork, whose
 * memory is the tracer's: it must not touch this process' state as a tracer.
 */
static int
trace_me(void)
{
	int error;

	tracer_mind_leaving(); /* in the child of a vfork: for the thread of the parent's that waits */
	error = lx_traceme();
	self_tid_forget(); /* what we have put there may be read by the thread that waits */
	if (error != 0)
		return (error);
	ktr_pt_trace_me(lx_getpid());
	return (0);
}

PUBLIC int
bsd_ptrace(int request, pid_t pid, caddr_t addr, int data)
{
	struct tracer *tr;
	int result = 0, error;

	if (request == PT_TRACE_ME)
		return (api_result(trace_me(), 0));
	if ((tr = tracer_enter()) == NULL)
		return (api_result(ENOMEM, 0));
	error = request_run(tr, request, pid, addr, data, &result);
	tracer_leave(tr);
	return (api_result(error, result));
}
