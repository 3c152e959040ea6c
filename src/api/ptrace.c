/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>

#include "api/api.h"
#include "base/inline.h"
#include "engine/ktr.h"
#include "host/linux/linux.h"

/*
 * The request of a process that is to be a target, often the child of a vfork, whose memory is the tracer's: it
 * must not touch this process' state as a tracer.
 */
static int
trace_me(struct request_object *object)
{
	int error;

	if (object != NULL) {
		object->ro_pid = lx_getpid();
		(void)lx_ids(NULL, object->ro_pid, &object->ro_ids);
	}
	tracer_mind_leaving(); /* in the child of a vfork: for the thread of the parent's that waits */
	error = lx_traceme();
	self_tid_forget(); /* what we have put there may be read by the thread that waits */
	if (error == 0)
		ktr_pt_trace_me(lx_getpid());
	else
		refusal_keep(&(struct refusal){
		    .rf_name = "PT_TRACE_ME", .rf_id = lx_getpid(), .rf_error = error, .rf_why = WHY_TRACEME});
	return (error);
}

ON_THE_WAY int
run(int request, pid_t pid, caddr_t addr, int data, int *result, struct request_object *object)
{
	struct tracer *tr;
	int error;

	if (request == PT_TRACE_ME)
		return (trace_me(object));
	if ((tr = tracer_enter()) == NULL) {
		refusal_keep(&(struct refusal){
		    .rf_name = "bsd_ptrace", .rf_req = request, .rf_id = pid, .rf_error = ENOMEM});
		return (ENOMEM);
	}
	if ((error = request_run_audited(tr, request, pid, addr, data, result, object)) != 0)
		refusal_keep(&tr->tr_refusal);
	tracer_leave(tr);
	return (error);
}

static __attribute__((noinline)) int
audited(int request, pid_t pid, caddr_t addr, int data)
{
	struct audit_call ac = {.ac_req = request, .ac_pid = pid, .ac_addr = addr, .ac_data = data};

	ac.ac_error = run(request, pid, addr, data, &ac.ac_result, &ac.ac_object);
	audit_tell(&ac);
	return (api_result(ac.ac_error, ac.ac_result));
}

PUBLIC int
bsd_ptrace(int request, pid_t pid, caddr_t addr, int data)
{
	int result = 0, error;

	if (atomic_load_explicit(&audit_wanted, memory_order_acquire))
		return (audited(request, pid, addr, data));
	error = run(request, pid, addr, data, &result, NULL);
	return (api_result(error, result));
}
