/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_CONTINUE and its kin, PT_KILL, PT_FOLLOW_FORK.  From: requests.md, 6; stops.md, 6 and 9.
 */
#include <errno.h>

#include "engine/ktr.h"
#include "engine/request.h"

/*
 * The event answered is always the reported one; PC and step go to the thread that was named.
 * From: requests.md, 4.
 */
static int
go_on(struct call *c)
{
	struct proc *p = c->c_proc;
	struct thread *first = c->c_thread->td_dbgflags & TDB_STEP ? c->c_thread : p->p_xthread;

	if (c->c_data == SIGKILL)
		return (proc_kill(p));
	signal_give(p->p_xthread, c->c_data);
	thread_answer(p->p_xthread);
	proc_resume(p, first);
	return (0);
}

static bool
is_signal(int sig)
{
	return (sig >= 0 && sig < _NSIG);
}

/* Where to, and which stops from now on. */
static int
aim(struct call *c, unsigned stops)
{
	struct host *host = c->c_tracer->tr_host;
	int error;

	if (!is_signal(c->c_data))
		return (EINVAL);
	if (c->c_addr != (caddr_t)1 &&
	    (error = host->ops->set_pc(host, c->c_thread->td_tid, (uintptr_t)c->c_addr)) != 0)
		return (error);
	c->c_proc->p_stops |= stops;
	return (0);
}

int
pt_continue(struct call *c)
{
	int error = aim(c, 0);

	if (error != 0)
		return (error);
	ktr_pt_continue(c->c_proc->p_pid, (uintptr_t)c->c_addr, c->c_data);
	return (go_on(c));
}

int
pt_to_sce(struct call *c)
{
	int error = aim(c, S_PT_SCE);

	if (error != 0)
		return (error);
	ktr_pt_to_sce(c->c_proc->p_pid, c->c_proc->p_stops, (uintptr_t)c->c_addr, c->c_data);
	return (go_on(c));
}

int
pt_to_scx(struct call *c)
{
	int error = aim(c, S_PT_SCX);

	if (error != 0)
		return (error);
	ktr_pt_to_scx(c->c_proc->p_pid, c->c_proc->p_stops, (uintptr_t)c->c_addr, c->c_data);
	return (go_on(c));
}

int
pt_syscall(struct call *c)
{
	int error = aim(c, S_PT_SCE | S_PT_SCX);

	if (error != 0)
		return (error);
	ktr_pt_syscall(c->c_proc->p_pid, c->c_proc->p_stops, (uintptr_t)c->c_addr, c->c_data);
	return (go_on(c));
}

int
pt_step(struct call *c)
{
	if (!is_signal(c->c_data))
		return (EINVAL);
	ktr_pt_step(lwpid_of(c->c_thread), c->c_proc->p_pid);
	c->c_thread->td_dbgflags |= TDB_STEP;
	return (go_on(c));
}

int
pt_kill(struct call *c)
{
	ktr_pt_kill(c->c_proc->p_pid);
	return (proc_kill(c->c_proc));
}

int
pt_follow_fork(struct call *c)
{
	struct proc *p = c->c_proc;
	struct thread *td;
	bool follow = c->c_data != 0;

	ktr_pt_follow_fork(p->p_pid, (p->p_flag & P_FOLLOWFORK) != 0, follow);
	(void)orphans_settle(p->p_tracer, true); /* what its dead threads have made is as it was then */
	if (follow && (p->p_flag & P_FOLLOWFORK) == 0)
		p->p_flag |= P_FOLLOWFORK | P_FOLLOWNEW;
	else if (!follow)
		p->p_flag &= ~P_FOLLOWFORK;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_state == TDS_STOPPED)
			thread_options(td);
	return (call_alive(c));
}
