/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of requests, and what each function of it is given.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "engine/engine.h"

enum target_state { TS_SELF, TS_STRANGER, TS_STOPPED, TS_CALLER };

/* The argument struct of a request, in the engine's memory. */
union request_arg {
	struct ptrace_io_desc piod;
	struct ptrace_lwpinfo pl;
	struct bsd_syscall syscall;
	struct ptrace_vm_entry pve;
	struct reg reg;
	struct fpreg fpreg;
	struct dbreg dbreg;
};

/* One call. */
struct call {
	struct tracer *c_tracer;
	int c_req;
	pid_t c_id;	   /* as the caller named the target */
	pid_t c_pid;	   /* process it names */
	struct proc *c_proc;   /* NULL: not a tracee */
	struct thread *c_thread; /* the chosen thread (requests.md, 4) */
	caddr_t c_addr;
	int c_data;
	int c_result;
	size_t c_count;	   /* bsd_ptrace_iov(): descriptors there are, */
	size_t c_done;	   /* those done, */
	size_t c_part;	   /* and bytes of the next, if it failed; PT_IO: bytes moved */
	enum why c_why;	   /* it failed */
	union request_arg *c_arg;
	struct request_object *c_object; /* NULL: nobody keeps a record */
	struct host_facts c_facts; /* of a target that is not a tracee; last, since of others only hf_tracer is set */
};

struct request {
	const char *rq_name;
	int rq_number;
	enum target_state rq_target;
	size_t rq_in;
	size_t rq_out;
	int (*rq_func)(struct call *);
	const int *rq_errors; /* its own, ended by 0 */
};

#define SIZE_IS_DATA ((size_t)-1)

/* The check that fails, and its errno. */
static inline int
refuse(struct call *c, int error, enum why why)
{
	c->c_why = why;
	return (error);
}

/* For a request that asks the host nothing: the process may have been killed since it stopped, and so it finds out,
   though not at once.  ESRCH */
int call_alive(struct call *);

/* Find the target, check, act, and remember a failure. */
int request_call(struct call *, const struct request *);

/* Find the target of c_id and make the checks that hold for every one.  ESRCH EPERM EINVAL */
int call_find(struct call *);

const struct request *request_find(int number); /* NULL: there is none */
const struct request *request_at(size_t index); /* the table, in order; NULL: its end */

int pt_trace_me(struct call *);
int pt_attach(struct call *);
int pt_detach(struct call *);
int pt_kill(struct call *);
int pt_continue(struct call *);
int pt_step(struct call *);
int pt_to_sce(struct call *);
int pt_to_scx(struct call *);
int pt_syscall(struct call *);
int pt_follow_fork(struct call *);
int pt_read(struct call *);
int pt_write(struct call *);
int pt_io(struct call *);
int pt_lwpinfo(struct call *);
int pt_getnumlwps(struct call *);
int pt_getlwplist(struct call *);
int pt_setstep(struct call *);
int pt_clearstep(struct call *);
int pt_suspend(struct call *);
int pt_resume(struct call *);
int pt_getregs(struct call *);
int pt_setregs(struct call *);
int pt_getfpregs(struct call *);
int pt_setfpregs(struct call *);
int pt_getdbregs(struct call *);
int pt_setdbregs(struct call *);
int pt_machine(struct call *);
int pt_vm_timestamp(struct call *);
int pt_vm_entry(struct call *);

#endif
