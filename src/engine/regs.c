/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The register requests.  What a machine has, and what may be written, is the host's.
 * From: requests.md, 6; registers.md.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/ktr.h"
#include "engine/request.h"

/* A thread that waits for its vfork child is not to be had before that is over. */
static int
present(const struct call *c)
{
	return (c->c_thread->td_state == TDS_STOPPED ? 0 : EBUSY);
}

int
pt_getregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct thread *td = c->c_thread;
	int error = present(c);

	ktr_pt_getregs(lwpid_of(td), c->c_pid);
	return (error != 0 ? error :
	    host->ops->get_regs(host, td->td_tid, &c->c_arg->reg, (td->td_dbgflags & TDB_STEP) != 0));
}

int
pt_setregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct thread *td = c->c_thread;
	bool step = (td->td_dbgflags & TDB_STEP) != 0;
	int error;

	ktr_pt_setregs(lwpid_of(td), c->c_pid);
	td->td_dbgflags |= TDB_USERWR;
	if ((error = present(c)) != 0 ||
	    (error = host->ops->set_regs(host, td->td_tid, &c->c_arg->reg, &step)) != 0)
		return (error);
	if (!step)
		td->td_dbgflags &= ~TDB_STEP;
	return (0);
}

int
pt_getfpregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = present(c);

	ktr_pt_getfpregs(lwpid_of(c->c_thread), c->c_pid);
	return (error != 0 ? error : host->ops->get_fpregs(host, c->c_thread->td_tid, &c->c_arg->fpreg));
}

int
pt_setfpregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = present(c);

	ktr_pt_setfpregs(lwpid_of(c->c_thread), c->c_pid);
	c->c_thread->td_dbgflags |= TDB_USERWR;
	return (error != 0 ? error : host->ops->set_fpregs(host, c->c_thread->td_tid, &c->c_arg->fpreg));
}

int
pt_getdbregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = present(c);

	ktr_pt_getdbregs(lwpid_of(c->c_thread), c->c_pid);
	return (error != 0 ? error : host->ops->get_dbregs(host, c->c_thread->td_tid, &c->c_arg->dbreg));
}

int
pt_setdbregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = present(c);

	ktr_pt_setdbregs(lwpid_of(c->c_thread), c->c_pid);
	c->c_thread->td_dbgflags |= TDB_USERWR;
	if (error != 0 || (error = host->ops->set_dbregs(host, c->c_thread->td_tid, &c->c_arg->dbreg)) != 0)
		return (error);
	c->c_proc->p_flag |= P_DBREGS;
	return (0);
}

/* ---- requests of the machine's own: its sizes, and the bytes between the caller and the host ---- */

static int
machine_call(struct call *c, void *arg, size_t in, size_t out)
{
	struct host *host = c->c_tracer->tr_host;
	int error = 0;

	if (in != 0)
		error = host->ops->copyin(host, c->c_addr, arg, in);
	if (error == 0)
		error = host->ops->machine(host, c->c_thread->td_tid, c->c_req, arg, in);
	if (error == 0 && out != 0)
		error = host->ops->copyout(host, arg, c->c_addr, out);
	return (error);
}

int
pt_machine(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	size_t in = 0, out = 0, size;
	void *arg = c->c_arg;
	int error = host->ops->machine_size(host, c->c_thread->td_tid, c->c_req, c->c_data, &in, &out);

	if ((error == 0 || error == ESRCH) && present(c) != 0)
		return (EBUSY);
	if (error != 0)
		return (error);
	size = in > out ? in : out;
	if (size > sizeof(*c->c_arg) && (arg = malloc(size)) == NULL)
		return (ENOMEM);
	error = machine_call(c, arg, in, out);
	if (arg != c->c_arg)
		free(arg);
	return (error);
}
