/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One request: read its argument, find the target, check, act, write its result.
 * From: requests.md, 1, 3 and 4; sys_process.c, sys_ptrace() and kern_ptrace().
 */
#include "engine/request.h"
#include "base/inline.h"

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

/* By number: the index of the row, and one; 0: there is none. */
enum {
#define REQUEST(name, number, target, in, out, func, errors) ROW_##name,
#include "engine/request.def"
#undef REQUEST
};
static const unsigned char rows[] = {
#define REQUEST(name, number, target, in, out, func, errors) [number] = ROW_##name + 1,
#include "engine/request.def"
#undef REQUEST
};

const struct request *
request_find(int number)
{
	if (number < 0 || (size_t)number >= sizeof(rows) || rows[number] == 0)
		return (NULL);
	return (&requests[rows[number] - 1]);
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
	int error;

	if (td != NULL && traced(td->td_proc) != NULL) {
		c->c_thread = td;
		c->c_proc = td->td_proc;
		c->c_pid = c->c_proc->p_pid;
		return (0);
	}
	if ((error = host->ops->facts(host, tid, &c->c_facts)) != 0)
		return (error == ESRCH ? refuse(c, ESRCH, WHY_NOBODY) : error);
	c->c_pid = c->c_facts.hf_pid;
	/* Ours by stop events alone, or not let go of yet: nobody's, to all requests. */
	if (c->c_facts.hf_tracer == host->ops->self(host) && proc_find(c->c_tracer, c->c_pid) != NULL)
		c->c_facts.hf_tracer = 0;
	if (proc_find(c->c_tracer, c->c_pid) != NULL && (proc_find(c->c_tracer, c->c_pid)->p_flag & P_WEXIT) != 0)
		c->c_facts.hf_exiting = true;
	/* A thread of a tracee that is not one of ours has ended, or is about to. */
	return (traced(proc_find(c->c_tracer, c->c_pid)) != NULL ? refuse(c, ESRCH, WHY_NO_THREAD) : 0);
}

static int
find_target(struct call *c)
{
	struct proc *p;

	if (c->c_id <= 0)
		return (refuse(c, ESRCH, WHY_NO_ID));
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

/* Check 2. */
static bool
is_ending(const struct call *c)
{
	if (c->c_proc != NULL)
		return ((c->c_proc->p_flag & (P_ZOMBIE | P_WEXIT | P_WKILLED)) != 0 || c->c_thread == NULL);
	return (c->c_facts.hf_exiting);
}

/*
 * A traced caller must not attach to one of its ancestors, in a chain of parents in which a tracer
 * stands as the parent of its tracee.
 */
static bool
is_ancestor_of_traced(const struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	pid_t pid = host->ops->self(host), parent, tracer;

	if (host->ops->kin(host, pid, &parent, &tracer) != 0 || tracer == 0)
		return (false);
	do {
		pid = tracer != 0 ? tracer : parent;
		if (pid == c->c_pid)
			return (true);
	} while (pid != 0 && host->ops->kin(host, pid, &parent, &tracer) == 0);
	return (false);
}

static int
check_stranger(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;

	if (c->c_pid == host->ops->self(host))
		return (refuse(c, EINVAL, WHY_SELF));
	if (c->c_proc != NULL)
		return (refuse(c, EBUSY, WHY_OURS));
	if (c->c_facts.hf_tracer != 0)
		return (refuse(c, EBUSY, WHY_OTHERS));
	return (is_ancestor_of_traced(c) ? refuse(c, EINVAL, WHY_ANCESTOR) : 0);
}

static int
check_stopped(struct call *c)
{
	const struct proc *p = c->c_proc;

	if (p == NULL)
		return (c->c_facts.hf_tracer == 0 ? refuse(c, EPERM, WHY_UNTRACED) : refuse(c, EBUSY, WHY_OTHERS));
	if ((p->p_flag & P_STOPPED_TRACE) == 0)
		return (refuse(c, EBUSY, WHY_RUNNING));
	return ((p->p_flag & P_WAITED) == 0 ? refuse(c, EBUSY, WHY_UNCOLLECTED) : 0);
}

static bool
is_calling_thread(const struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	pid_t tid = host->ops->self_tid(host);

	return (c->c_pid == host->ops->self(host) &&
	    (c->c_id == BSD_LWPID_BASE + tid || c->c_id == tid));
}

/* Check 7. */
static int
check_state(struct call *c, const struct request *rq)
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

/*
 * Whether the caller may debug the target is check 4, but only the attach itself can tell for certain; so it is asked
 * beforehand where another check has failed, and would be, that comes later.
 */
static int
check(struct call *c, const struct request *rq)
{
	struct host *host = c->c_tracer->tr_host;
	bool stranger = c->c_proc == NULL;
	int error;

	if (is_ending(c))
		return (refuse(c, ESRCH, WHY_ENDING));
	error = stranger && c->c_facts.hf_system ? refuse(c, EINVAL, WHY_SYSTEM) : check_state(c, rq);
	if (error != 0 && stranger && host->ops->may_debug(host, c->c_pid) == EPERM)
		return (refuse(c, EPERM, WHY_RIGHTS));
	return (error);
}

/* ---- act ---- */

static int
alive(struct call *c, int (*ask)(struct host *, pid_t))
{
	if (c->c_thread->td_state != TDS_STOPPED || ask(c->c_tracer->tr_host, c->c_thread->td_tid) == 0)
		return (0);
	c->c_proc->p_flag |= P_WEXIT;
	return (ESRCH);
}

int
call_alive(struct call *c)
{
	return (alive(c, c->c_tracer->tr_host->ops->alive_of_late));
}

/* What was wrong with a request does not matter any more if its target was killed since it stopped. */
static int
refused(struct call *c, int error)
{
	if (c->c_thread != NULL && error == EINVAL && alive(c, c->c_tracer->tr_host->ops->alive) != 0)
		return (refuse(c, ESRCH, WHY_OWN));
	return (error);
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
	return (check(c, rq));
}

ON_THE_WAY int
request_act(struct call *c, const struct request *rq)
{
	struct host *host = c->c_tracer->tr_host;
	size_t out;
	int error;

	if (rq != NULL && rq->rq_in != 0 && (error = host->ops->copyin(host, c->c_addr, c->c_arg, rq->rq_in)) != 0)
		return (refuse(c, error, WHY_ARGUMENT));
	if ((error = request_check(c, rq)) != 0)
		return (error);
	if (rq == NULL && c->c_req >= PT_FIRSTMACH)
		return (refused(c, pt_machine(c)));
	if (rq == NULL || rq->rq_func == NULL)
		return (refused(c, refuse(c, EINVAL, WHY_UNKNOWN)));
	if ((error = rq->rq_func(c)) != 0)
		return (refused(c, error));
	out = rq->rq_out == SIZE_IS_DATA ? (size_t)c->c_data : rq->rq_out;
	if (out != 0 && (error = host->ops->copyout(host, c->c_arg, c->c_addr, out)) != 0)
		return (refuse(c, error, WHY_RESULT));
	return (0);
}

ON_THE_WAY int
act_or_refuse(struct call *c, const struct request *rq)
{
	int error = request_act(c, rq);

	if (error != 0)
		c->c_tracer->tr_refusal = (struct refusal){.rf_name = rq == NULL ? NULL : rq->rq_name,
		    .rf_req = c->c_req,
		    .rf_id = c->c_id,
		    .rf_data = c->c_data,
		    .rf_error = error,
		    .rf_why = c->c_why,
		    .rf_pid = c->c_pid,
		    .rf_tracer = c->c_facts.hf_tracer};
	return (error);
}

int
request_call(struct call *c, const struct request *rq)
{
	return (act_or_refuse(c, rq));
}

int
call_find(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = find_target(c);

	if (error != 0)
		return (error);
	if (is_ending(c))
		return (refuse(c, ESRCH, WHY_ENDING));
	if (c->c_proc != NULL)
		return (0);
	if (host->ops->may_debug(host, c->c_pid) == EPERM)
		return (refuse(c, EPERM, WHY_RIGHTS));
	return (c->c_facts.hf_system ? refuse(c, EINVAL, WHY_SYSTEM) : 0);
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
	struct call c;
	int error;

	memset(&c, 0, offsetof(struct call, c_facts));
	c.c_tracer = tr;
	c.c_req = req;
	c.c_id = id;
	c.c_addr = addr;
	c.c_data = data;
	c.c_arg = &arg;
	c.c_object = object;
	c.c_facts.hf_tracer = 0;
	error = act_or_refuse(&c, request_find(req));
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

static int
calls(struct call *c)
{
	struct proc *p = c->c_proc;
	struct thread *td;

	if (c->c_data != 0)
		p->p_flag |= P_BYFILTER;
	else
		p->p_flag &= ~P_BYFILTER;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_STOPPED)
			thread_options(td);
	return (0);
}

int
request_calls(struct tracer *tr, pid_t id, bool by_filter)
{
	static const struct request rq = {.rq_name = "bsd_ptrace_calls", .rq_target = TS_STOPPED, .rq_func = calls};
	struct call c = {.c_tracer = tr, .c_req = -1, .c_id = id, .c_data = by_filter};

	return (request_call(&c, &rq));
}

int
request_exitkill(struct tracer *tr, pid_t id, bool kill)
{
	static const struct request rq = {.rq_name = "bsd_ptrace_exitkill", .rq_target = TS_STOPPED, .rq_func = exitkill};
	struct call c = {.c_tracer = tr, .c_req = -1, .c_id = id, .c_data = kill};

	return (request_call(&c, &rq));
}
