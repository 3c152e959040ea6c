/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_LWPINFO, the list of threads, step and suspend marks.  From: requests.md, 6; stops.md, 3.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ktr.h"
#include "engine/request.h"

/* ---- PT_LWPINFO ---- */

#define REACHES(data, member) ((size_t)(data) > offsetof(struct ptrace_lwpinfo, member))
#define HOLDS(data, member) \
	((size_t)(data) >= offsetof(struct ptrace_lwpinfo, member) + \
	    sizeof(((struct ptrace_lwpinfo *)NULL)->member))

/* The host says SI_KERNEL of a breakpoint instruction, and nothing of where.  From: decisions.md, 21. */
static void
mend_trap(struct thread *td, enum event_info from, siginfo_t *si)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	uint64_t pc;

	if (from != TI_STEP && (si->si_signo != SIGTRAP || si->si_code != SI_KERNEL))
		return;
	if (host->ops->get_pc(host, td->td_tid, &pc) != 0)
		return;
	si->si_code = from == TI_STEP ? TRAP_TRACE : TRAP_BRKPT;
	si->si_addr = (void *)(uintptr_t)pc;
}

static int
event_siginfo(struct thread *td, siginfo_t *si)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	const struct event *ev = thread_event(td);
	int error = 0;

	switch (ev->te_info) {
	case TI_NONE:
		break;
	case TI_HOST:
	case TI_DEBUG:
		if ((error = host->ops->siginfo(host, td->td_tid, si)) == 0)
			mend_trap(td, TI_HOST, si);
		break;
	case TI_ATTACH:
		si->si_signo = SIGSTOP;
		break;
	case TI_STEP:
		si->si_signo = SIGTRAP;
		mend_trap(td, TI_STEP, si);
		break;
	}
	return (error);
}

static const struct {
	unsigned td;
	int pl;
} flags[] = {
	{TDB_EXEC, PL_FLAG_EXEC},
	{TDB_FORK, PL_FLAG_FORKED},
	{TDB_CHILD, PL_FLAG_CHILD},
	{TDB_VFORK, PL_FLAG_VFORKED},
};

/* An event shows what it is; else what the thread did last shows, and whether it is in a call. */
static unsigned
shown(struct thread *td, struct host_call *call)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	const struct event *ev = thread_event(td);
	unsigned bits = ev != NULL ? ev->te_flags : td->td_dbgflags & ~(TDB_XSIG | TDB_SUSPEND);

	if (ev == NULL && td->td_state == TDS_STOPPED && td->td_at == AT_NOTHING &&
	    host->ops->call(host, td->td_tid, call) == 0 && call->hc_restart)
		bits |= TDB_SCE;
	return (bits);
}

static void
fill_flags(struct thread *td, unsigned bits, struct ptrace_lwpinfo *pl)
{
	if (bits & TDB_SCE)
		pl->pl_flags |= PL_FLAG_SCE;
	else if (bits & TDB_SCX)
		pl->pl_flags |= PL_FLAG_SCX;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (bits & flags[i].td)
			pl->pl_flags |= flags[i].pl;
	if (bits & TDB_FORK)
		pl->pl_child_pid = td->td_forked;
}

static int
fill_call(struct thread *td, unsigned bits, struct ptrace_lwpinfo *pl)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	struct host_call call;
	int error;

	if ((bits & (TDB_SCE | TDB_SCX)) == 0)
		return (0);
	if ((error = host->ops->call(host, td->td_tid, &call)) != 0)
		return (error == EINVAL ? 0 : error);
	pl->pl_syscall_code = call.hc_code;
	pl->pl_syscall_narg = call.hc_narg;
	return (0);
}

/* Only what the caller's size reaches is asked for. */
static int
fill(struct thread *td, struct ptrace_lwpinfo *pl, int size)
{
	struct host *host = td->td_proc->p_tracer->tr_host;
	bool here = td->td_state == TDS_STOPPED;
	pid_t pid = td->td_proc->p_pid, tid = td->td_tid;
	struct host_call call;
	unsigned bits = shown(td, &call);
	int error = 0;

	fill_flags(td, bits, pl);
	if (pl->pl_event == PL_EVENT_SIGNAL && HOLDS(size, pl_siginfo) && thread_event(td)->te_info != TI_NONE) {
		if ((error = event_siginfo(td, &pl->pl_siginfo)) != 0)
			return (error);
		pl->pl_flags |= PL_FLAG_SI;
	}
	if (here && REACHES(size, pl_sigmask) && (error = host->ops->blocked(host, tid, &pl->pl_sigmask)) != 0)
		return (error);
	if (here && REACHES(size, pl_siglist) && (error = host->ops->pending(host, tid, &pl->pl_siglist)) != 0)
		return (error);
	if (REACHES(size, pl_tdname) &&
	    (error = (here ? host->ops->stopped_name : host->ops->name)(host, pid, tid, pl->pl_tdname)) != 0)
		return (error);
	if (here && REACHES(size, pl_syscall_code))
		error = fill_call(td, bits, pl);
	return (error);
}

/* The point tells the call's number whether the caller asked for it or not. */
static void
say_lwpinfo(struct thread *td, struct ptrace_lwpinfo *pl, int size)
{
	struct host_call call;

	if (!REACHES(size, pl_syscall_code) && td->td_state == TDS_STOPPED && KTR_LOOKED(pt_lwpinfo))
		(void)fill_call(td, shown(td, &call), pl);
	ktr_pt_lwpinfo(pl->pl_lwpid, td->td_proc->p_pid, pl->pl_event, pl->pl_flags, pl->pl_child_pid,
	    pl->pl_syscall_code);
}

int
pt_lwpinfo(struct call *c)
{
	struct ptrace_lwpinfo *pl = &c->c_arg->pl;
	int error;

	if (c->c_data <= 0 || (size_t)c->c_data > sizeof(*pl))
		return (EINVAL);
	/* What the points tell beyond the caller's size is there in any case. */
	memset(pl, 0, (size_t)c->c_data);
	pl->pl_flags = 0;
	pl->pl_child_pid = 0;
	pl->pl_syscall_code = 0;
	pl->pl_lwpid = lwpid_of(c->c_thread);
	pl->pl_event = c->c_thread->td_nevents != 0 ? PL_EVENT_SIGNAL : PL_EVENT_NONE;
	if ((error = fill(c->c_thread, pl, c->c_data)) != 0 ||
	    (!REACHES(c->c_data, pl_sigmask) && (error = call_alive(c)) != 0))
		return (error);
	say_lwpinfo(c->c_thread, pl, c->c_data);
	return (0);
}

/* ---- its call, for less ---- */

static int
lwp_syscall(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct bsd_syscall *sc = &c->c_arg->syscall;
	struct thread *td = c->c_thread;
	struct ptrace_lwpinfo pl;
	struct host_values v;
	struct host_call call;
	unsigned bits = shown(td, &call);
	int error = 0;

	pl.pl_flags = pl.pl_child_pid = 0;
	fill_flags(td, bits, &pl);
	memset(sc, 0, sizeof(*sc));
	sc->sc_lwpid = lwpid_of(td);
	sc->sc_flags = pl.pl_flags;
	sc->sc_child_pid = pl.pl_child_pid;
	if ((bits & (TDB_SCE | TDB_SCX)) == 0 || td->td_state != TDS_STOPPED)
		return (call_alive(c));
	if ((error = host->ops->values(host, td->td_tid, &v)) != 0)
		return (error == EINVAL ? 0 : error);
	sc->sc_word = v.hv_word;
	sc->sc_code = v.hv_code;
	memcpy(sc->sc_args, v.hv_args, sizeof(sc->sc_args));
	sc->sc_ret = v.hv_result;
	return (0);
}

int
request_syscall(struct tracer *tr, pid_t id, struct bsd_syscall *sc)
{
	static const struct request rq = {.rq_name = "bsd_ptrace_syscall", .rq_target = TS_STOPPED,
	    .rq_out = sizeof(struct bsd_syscall), .rq_func = lwp_syscall};
	union request_arg arg;
	struct call c = {.c_tracer = tr, .c_req = -1, .c_id = id, .c_addr = (caddr_t)sc, .c_arg = &arg};

	return (request_call(&c, &rq));
}

/* ---- the list ---- */

int
pt_getnumlwps(struct call *c)
{
	ktr_pt_getnumlwps(c->c_proc->p_pid, (int)c->c_proc->p_numthreads);
	c->c_result = (int)c->c_proc->p_numthreads;
	return (call_alive(c));
}

int
pt_getlwplist(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	const struct thread *td = c->c_proc->p_threads;
	lwpid_t *list;
	int n = 0, error;

	ktr_pt_getlwplist(c->c_proc->p_pid, c->c_data, (int)c->c_proc->p_numthreads);
	if (c->c_data <= 0)
		return (EINVAL);
	if ((error = call_alive(c)) != 0)
		return (error);
	if ((list = malloc(c->c_proc->p_numthreads * sizeof(*list))) == NULL)
		return (ENOMEM);
	for (; td != NULL && n < c->c_data; td = td->td_next)
		list[n++] = lwpid_of(td);
	error = host->ops->copyout(host, list, c->c_addr, (size_t)n * sizeof(*list));
	free(list);
	c->c_result = n;
	return (error);
}

/* ---- marks ---- */

int
pt_setstep(struct call *c)
{
	ktr_pt_setstep(lwpid_of(c->c_thread), c->c_pid);
	c->c_thread->td_dbgflags |= TDB_STEP;
	return (call_alive(c));
}

/* The thread that the caller named, by whichever of its ids. */
static lwpid_t
lwpid_named(const struct call *c)
{
	return (c->c_id < BSD_LWPID_BASE ? BSD_LWPID_BASE + c->c_id : c->c_id);
}

/* On the calling thread itself, which is no tracee of its own, there is no flag of ours to clear. */
int
pt_clearstep(struct call *c)
{
	ktr_pt_clearstep(c->c_thread != NULL ? lwpid_of(c->c_thread) : lwpid_named(c), c->c_pid);
	if (c->c_thread == NULL)
		return (0);
	c->c_thread->td_dbgflags &= ~TDB_STEP;
	c->c_thread->td_flags &= ~TDF_STEPCALL;
	thread_forget_step(c->c_thread);
	return (call_alive(c));
}

int
pt_suspend(struct call *c)
{
	ktr_pt_suspend(lwpid_of(c->c_thread), c->c_pid);
	c->c_thread->td_dbgflags |= TDB_SUSPEND;
	return (call_alive(c));
}

int
pt_resume(struct call *c)
{
	ktr_pt_resume(lwpid_of(c->c_thread), c->c_pid);
	c->c_thread->td_dbgflags &= ~TDB_SUSPEND;
	return (call_alive(c));
}
