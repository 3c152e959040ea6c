/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The register requests.  What a machine has, and what may be written, is the host's.
 * From: requests.md, 6; registers.md.
 */
#include <errno.h>

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

	return (error != 0 ? error : host->ops->get_fpregs(host, c->c_thread->td_tid, &c->c_arg->fpreg));
}

int
pt_setfpregs(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = present(c);

	c->c_thread->td_dbgflags |= TDB_USERWR;
	return (error != 0 ? error : host->ops->set_fpregs(host, c->c_thread->td_tid, &c->c_arg->fpreg));
}
