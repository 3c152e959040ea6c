/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What FreeBSD does not have.
 */
#include <errno.h>
#include <limits.h>

#include "api/api.h"

_Static_assert(
    (int)BSD_PLACE_OFF == HP_OFF && (int)BSD_PLACE_ON == HP_ON && (int)BSD_PLACE_AUTO == HP_AUTO, "one set");

PUBLIC lwpid_t
bsd_lwpid(pid_t tid)
{
	return (tid < BSD_LWPID_BASE ? BSD_LWPID_BASE + tid : tid);
}

PUBLIC pid_t
bsd_tid(lwpid_t lwpid)
{
	return (lwpid < BSD_LWPID_BASE ? lwpid : lwpid - BSD_LWPID_BASE);
}

PUBLIC int
bsd_ptrace_service(bool on)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	error = service_ask(on);
	tracer_leave(tr);
	return (api_result(error, 0));
}

PUBLIC int
bsd_ptrace_calls(pid_t pid, bool by_filter)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	if ((error = request_calls(tr, pid, by_filter)) != 0)
		refusal_keep(&tr->tr_refusal);
	tracer_leave(tr);
	return (api_result(error, 0));
}

static int
iov_run(pid_t pid, struct ptrace_io_desc *iov, size_t n, size_t *done, struct request_object *object)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (ENOMEM);
	if ((error = request_iov(tr, pid, iov, n, done, object)) != 0)
		refusal_keep(&tr->tr_refusal);
	tracer_leave(tr);
	return (error);
}

/* As one PT_IO, of which the trail says how many descriptors were done. */
static __attribute__((noinline)) int
iov_audited(pid_t pid, struct ptrace_io_desc *iov, size_t n, size_t *done)
{
	struct audit_call ac = {.ac_req = PT_IO, .ac_pid = pid, .ac_addr = (caddr_t)iov,
	    .ac_data = n < INT_MAX ? (int)n : INT_MAX};
	int error = iov_run(pid, iov, n, done, &ac.ac_object);

	ac.ac_result = *done < INT_MAX ? (int)*done : INT_MAX;
	ac.ac_error = *done == 0 ? error : 0;
	audit_tell(&ac);
	return (error);
}

PUBLIC ssize_t
bsd_ptrace_iov(pid_t pid, struct ptrace_io_desc *iov, size_t n)
{
	size_t done = 0;
	int error;

	if (atomic_load_explicit(&audit_wanted, memory_order_acquire))
		error = iov_audited(pid, iov, n, &done);
	else
		error = iov_run(pid, iov, n, &done, NULL);
	errno = error;
	return (error == 0 || done > 0 ? (ssize_t)done : -1);
}

PUBLIC int
bsd_ptrace_syscall(pid_t id, struct bsd_syscall *sc)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	if ((error = request_syscall(tr, id, sc)) != 0)
		refusal_keep(&tr->tr_refusal);
	tracer_leave(tr);
	return (api_result(error, 0));
}

PUBLIC int
bsd_ptrace_exitkill(pid_t pid, bool kill)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	if ((error = request_exitkill(tr, pid, kill)) != 0)
		refusal_keep(&tr->tr_refusal);
	tracer_leave(tr);
	return (api_result(error, 0));
}

PUBLIC int
bsd_ptrace_place(int policy)
{
	struct tracer *tr;
	int error;

	if (policy != BSD_PLACE_OFF && policy != BSD_PLACE_ON && policy != BSD_PLACE_AUTO)
		return (api_result(EINVAL, 0));
	if ((tr = tracer_enter()) == NULL)
		return (api_result(ENOMEM, 0));
	error = tr->tr_host->ops->place(tr->tr_host, (enum host_place)policy);
	tracer_leave(tr);
	return (api_result(error, 0));
}
