/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One request: read its argument, find the target, check, act, write its result.
 * From: requests.md, 1, 3 and 4; sys_process.c, sys_ptrace() and kern_ptrace().
 */
#include "engine/request.h"

#include <errno.h>
#include <string.h>

/* ---- the table ---- */

#define E(error) error,
#define REQUEST(name, number, target, in, out, func, errors) \
	static const int errors_##name[] = {errors 0};
#include "engine/request.def"
#undef REQUEST

static const struct request requests[] = {
#define REQUEST(name, number, target, in, out, func, errors) \
	{#name, number, target, in, out, func, errors_##name},
#include "engine/request.def"
#undef REQUEST
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

const struct request *
request_at(size_t index)
{
	return (index < REQUESTS ? &requests[index] : NULL);
}

const struct request *
request_find(int number)
{
	size_t low = 0, high = REQUESTS;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (requests[mid].rq_number == number)
			return (&requests[mid]);
		if (requests[mid].rq_number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return (NULL);
}

/* ---- find ---- */

static struct proc *
traced(struct proc *p)
{
	return (p == NULL || (p->p_flag & (P_TRACED | P_ZOMBIE)) == 0 ? NULL : p);
}

/* A thread by lwpid, or by the bare id of one that is not its process' first. */
static int
find_thread(struct call *c, pid_t tid)
{
	struct thread *td = thread_find(c->c_tracer, tid);
	struct host *host = c->c_tracer->tr_host;

	if (td != NULL && traced(td->td_proc) != NULL) {
		c->c_thread = td;
		c->c_proc = td->td_proc;
		c->c_pid = c->c_proc->p_pid;
		return (0);
	}
	if (host->ops->facts(host, tid, &c->c_facts) != 0)
		return (ESRCH);
	c->c_pid = c->c_facts.hf_pid;
	/* Ours by stop events alone, or not let go of yet: nobody's, to all requests. */
	if (c->c_facts.hf_tracer == host->ops->self(host) && proc_find(c->c_tracer, c->c_pid) != NULL)
		c->c_facts.hf_tracer = 0;
	if (proc_find(c->c_tracer, c->c_pid) != NULL && (proc_find(c->c_tracer, c->c_pid)->p_flag & P_WEXIT) != 0)
		c->c_facts.hf_exiting = true;
	/* A thread of a tracee that is not one of ours has ended, or is about to. */
	return (traced(proc_find(c->c_tracer, c->c_pid)) != NULL ? ESRCH : 0);
}

static int
find_target(struct call *c)
{
	struct proc *p;

	if (c->c_id <= 0)
		return (ESRCH);
	if (c->c_id >= BSD_LWPID_BASE)
		return (find_thread(c, c->c_id - BSD_LWPID_BASE));
	p = traced(proc_find(c->c_tracer, c->c_id));
	if (p == NULL)
		return (find_thread(c, c->c_id));
	c->c_proc = p;
	c->c_pid = p->p_pid;
	c->c_thread = p->p_flag & P_STOPPED_TRACE ? p->p_xthread : p->p_threads;
	return (0);
}

/* ---- check ---- */

/* What holds for every target, traced or not: checks 2 to 5. */
static int
check_target(const struct call *c)
{
	if (c->c_proc != NULL)
		return (c->c_proc->p_flag & (P_ZOMBIE | P_WEXIT | P_WKILLED) || c->c_thread == NULL ? ESRCH : 0);
	if (c->c_facts.hf_exiting)
		return (ESRCH);
	if (!c->c_facts.hf_may_debug && !c->c_facts.hf_system)
		return (EPERM);
	return (c->c_facts.hf_system ? EINVAL : 0);
}

/*
 * A traced caller must not attach to one of its ancestors, in a chain of parents in which a tracer
 * stands as the parent of its tracee.
 */
static bool
is_ancestor_of_traced(const struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct host_facts facts;
	pid_t pid = host->ops->self(host);

	if (host->ops->facts(host, pid, &facts) != 0 || facts.hf_tracer == 0)
		return (false);
	while (pid != 0 && host->ops->facts(host, pid, &facts) == 0) {
		pid = facts.hf_tracer != 0 ? facts.hf_tracer : facts.hf_ppid;
		if (pid == c->c_pid)
			return (true);
	}
	return (false);
}

static int
check_stranger(const struct call *c)
{
	struct host *host = c->c_tracer->tr_host;

	if (c->c_pid == host->ops->self(host))
		return (EINVAL);
	if (c->c_proc != NULL || c->c_facts.hf_tracer != 0)
		return (EBUSY);
	return (is_ancestor_of_traced(c) ? EINVAL : 0);
}

static int
check_stopped(const struct call *c)
{
	const struct proc *p = c->c_proc;

	if (p == NULL)
		return (c->c_facts.hf_tracer == 0 ? EPERM : EBUSY);
	return ((p->p_flag & (P_STOPPED_TRACE | P_WAITED)) != (P_STOPPED_TRACE | P_WAITED) ? EBUSY : 0);
}

static bool
is_calling_thread(const struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	pid_t tid = host->ops->self_tid(host);

	return (c->c_pid == host->ops->self(host) &&
	    (c->c_id == BSD_LWPID_BASE + tid || c->c_id == tid));
}

static int
check_state(const struct call *c, const struct request *rq)
{
	switch (rq == NULL ? TS_STOPPED : rq->rq_target) {
	case TS_SELF:
		return (0);
	case TS_STRANGER:
		return (check_stranger(c));
	case TS_CALLER:
		if (is_calling_thread(c))
			return (0);
		break;
	case TS_STOPPED:
		break;
	}
	return (check_stopped(c));
}

/* ---- act ---- */

int
call_alive(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;

	if (c->c_thread->td_state != TDS_STOPPED || host->ops->alive(host, c->c_thread->td_tid) == 0)
		return (0);
	c->c_proc->p_flag |= P_WEXIT;
	return (ESRCH);
}

/* What was wrong with a request does not matter any more if its target was killed since it stopped. */
static int
refused(struct call *c, int error)
{
	return (c->c_thread != NULL && error == EINVAL && call_alive(c) != 0 ? ESRCH : error);
}

/* From: sys_process.c, AUDIT_ARG_PROCESS. */
static void
note_object(struct call *c, pid_t pid)
{
	struct host *host = c->c_tracer->tr_host;

	c->c_object->ro_pid = pid;
	if (host->ops->ids(host, pid, &c->c_object->ro_ids) != 0)
		memset(&c->c_object->ro_ids, -1, sizeof(c->c_object->ro_ids));
}

/* Find the target, or the caller itself, and check all that is to be checked of it. */
static int
request_check(struct call *c, const struct request *rq)
{
	struct host *host = c->c_tracer->tr_host;
	int error;

	if (rq != NULL && rq->rq_target == TS_SELF) {
		if (c->c_object != NULL)
			note_object(c, host->ops->self(host));
		return (0);
	}
	if ((error = find_target(c)) != 0)
		return (error);
	if (c->c_object != NULL)
		note_object(c, c->c_pid);
	return ((error = check_target(c)) != 0 ? error : check_state(c, rq));
}

static int
request_act(struct call *c, const struct request *rq)
{
	struct host *host = c->c_tracer->tr_host;
	size_t out;
	int error;

	if (rq != NULL && rq->rq_in != 0 && (error = host->ops->copyin(host, c->c_addr, c->c_arg, rq->rq_in)) != 0)
		return (error);
	if ((error = request_check(c, rq)) != 0)
		return (error);
	if (rq == NULL && c->c_req >= PT_FIRSTMACH)
		return (refused(c, pt_machine(c)));
	if (rq == NULL || rq->rq_func == NULL)
		return (refused(c, EINVAL));
	if ((error = rq->rq_func(c)) != 0)
		return (refused(c, error));
	out = rq->rq_out == SIZE_IS_DATA ? (size_t)c->c_data : rq->rq_out;
	return (out == 0 ? 0 : host->ops->copyout(host, c->c_arg, c->c_addr, out));
}

int
call_find(struct call *c)
{
	int error = find_target(c);

	return (error != 0 ? error : check_target(c));
}

int
request_run(struct tracer *tr, int req, pid_t id, caddr_t addr, int data, int *result)
{
	return (request_run_audited(tr, req, id, addr, data, result, NULL));
}

int
request_run_audited(struct tracer *tr, int req, pid_t id, caddr_t addr, int data, int *result,
    struct request_object *object)
{
	union request_arg arg;
	struct call c = {.c_tracer = tr, .c_req = req, .c_id = id, .c_addr = addr, .c_data = data, .c_arg = &arg,
	    .c_object = object};
	int error = request_act(&c, request_find(req));

	*result = c.c_result;
	return (error);
}

static int
exitkill(struct call *c)
{
	struct proc *p = c->c_proc;
	struct thread *td;

	if (c->c_data != 0)
		p->p_flag &= ~P_NOEXITKILL;
	else
		p->p_flag |= P_NOEXITKILL;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_STOPPED)
			thread_options(td);
	return (0);
}

int
request_exitkill(struct tracer *tr, pid_t id, bool kill)
{
	static const struct request rq = {.rq_name = "exitkill", .rq_target = TS_STOPPED, .rq_func = exitkill};
	struct call c = {.c_tracer = tr, .c_id = id, .c_data = kill};

	return (request_act(&c, &rq));
}
