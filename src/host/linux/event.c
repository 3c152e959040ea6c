/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting, and what a Linux wait status means.  The only file that knows the latter.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define EVENT(status) ((unsigned)(status) >> 16)
#define EVENT_STOP    128 /* PTRACE_EVENT_STOP, which glibc does not name everywhere */

/* ---- from a status to an event ---- */

static const struct {
	unsigned event;
	enum host_event_kind kind;
} ptrace_events[] = {
    {PTRACE_EVENT_FORK, HE_FORK},
    {PTRACE_EVENT_VFORK, HE_VFORK},
    {PTRACE_EVENT_CLONE, HE_CLONE},
    {PTRACE_EVENT_VFORK_DONE, HE_VFORK_DONE},
    {PTRACE_EVENT_EXEC, HE_EXEC},
    {PTRACE_EVENT_EXIT, HE_EXITING},
};

/* A stop this table does not list, of a newer kernel: the thread is to go on untouched. */
static bool
translate_event(struct linux_host *lh, struct lwp *l, unsigned event, struct host_event *ev)
{
	unsigned long message = 0;
	size_t i = 0;

	while (i < sizeof(ptrace_events) / sizeof(ptrace_events[0]) && ptrace_events[i].event != event)
		i++;
	if (i == sizeof(ptrace_events) / sizeof(ptrace_events[0])) {
		(void)lx_resume(&lh->lh_host, l->l_tid, RM_SYSCALL, 0);
		return (false);
	}
	ev->he_kind = ptrace_events[i].kind;
	if (ev->he_kind == HE_VFORK_DONE)
		return (true);
	if (lwp_ptrace(lh, l, PTRACE_GETEVENTMSG, NULL, &message) != 0)
		return (false); /* killed: its end follows */
	if (ev->he_kind == HE_EXITING)
		ev->he_status = (int)message;
	else
		ev->he_other = (pid_t)message;
	return (true);
}

/* The first stop of a thread attached when it was made: its maker's owner is its own. */
static bool
translate_new(struct linux_host *lh, struct lwp *l, struct host_event *ev)
{
	(void)lh;
	l->l_new = false;
	ev->he_kind = HE_NEW;
	return (true);
}

/* Signals the processor raises for what the thread does itself. */
static bool
forced(const siginfo_t *si)
{
	switch (si->si_signo) {
	case SIGTRAP:
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGSYS:
		return (si->si_code > 0);
	default:
		return (false);
	}
}

/* Of a breakpoint or a step, which user code alone makes, but for the trap at the end of a stepped call. */
static bool
outside(const siginfo_t *si)
{
	return (si->si_signo == SIGTRAP && (si->si_code == SI_KERNEL || si->si_code == TRAP_TRACE));
}

static bool
translate_signal(struct linux_host *lh, struct lwp *l, int sig, struct host_event *ev)
{
	struct seen *s = seen_of(lh, l->l_tid);
	const siginfo_t *si = &s->s_siginfo;

	ev->he_kind = HE_SIGNAL;
	ev->he_sig = sig;
	if (lwp_ptrace(lh, l, PTRACE_GETSIGINFO, NULL, &s->s_siginfo) != 0) {
		/* No signal: a job-control stop the old way. */
		l->l_atstop = true;
		ev->he_kind = HE_STOP;
		return (true);
	}
	if (l->l_stopsent && sig == SIGSTOP && si->si_code == SI_TKILL && si->si_pid == lh->lh_self) {
		l->l_stopsent = false;
		l->l_atstop = true;
		ev->he_kind = HE_STOP;
		return (true);
	}
	l->l_stopsig = sig;
	s->s_have |= SEEN_SIGINFO | (outside(si) ? SEEN_OUTSIDE : 0);
	l->l_queued = siginfo_is_queued(si);
	ev->he_trap = forced(si);
	if (sig == SIGTRAP && (si->si_code == TRAP_HWBKPT || si->si_code == TRAP_TRACE))
		dbregs_note(lh, l);
	ev->he_debug = sig == SIGTRAP && si->si_code == TRAP_HWBKPT;
	ev->he_step = sig == SIGTRAP && (si->si_code == TRAP_TRACE || (si->si_code == TRAP_BRKPT && l->l_step));
	return (true);
}

static bool
translate_syscall(struct lwp *l, struct host_event *ev)
{
	ev->he_kind = l->l_incall ? HE_SCX : HE_SCE;
	l->l_incall = !l->l_incall;
	l->l_atentry = l->l_entered = ev->he_kind == HE_SCE;
	l->l_atexit = !l->l_atentry;
	if (l->l_atentry && !l->l_broken)
		l->l_call = -1;
	l->l_broken = false;
	return (true);
}

/*
 * A filter of the target's own wants a tracer for the call.  Where every entry is told it was told; and what the kernel goes
 * on with after a stop of ours, by a call that filters have to let through to us, nobody was told the beginning of.
 */
static bool
translate_filtered(struct linux_host *lh, struct lwp *l, struct host_event *ev)
{
	if (!l->l_incall && (l->l_broken || !regs_restarting(lh, l)))
		return (translate_syscall(l, ev));
	(void)lx_resume(&lh->lh_host, l->l_tid, l->l_step ? RM_STEP : RM_FILTERED, 0);
	return (false);
}

static bool
translate_stop(struct linux_host *lh, struct lwp *l, int status, struct host_event *ev)
{
	int sig = WSTOPSIG(status);
	unsigned event = EVENT(status);

	if (l->l_new)
		return (translate_new(lh, l, ev));
	if (event == EVENT_STOP) {
		l->l_atstop = true;
		ev->he_kind = HE_STOP;
		ev->he_sig = sig == SIGTRAP ? 0 : sig;
		return (true);
	}
	if (event == PTRACE_EVENT_SECCOMP)
		return (translate_filtered(lh, l, ev));
	if (event != 0)
		return (translate_event(lh, l, event, ev));
	if (sig == SYSCALL_STOP)
		return (translate_syscall(l, ev));
	return (translate_signal(lh, l, sig, ev));
}

/* What goes beyond the event itself. */
static void
complete(struct linux_host *lh, struct lwp *l, struct host_event *ev)
{
	switch (ev->he_kind) {
	case HE_EXEC:
		l = NULL;
		lwp_exec(lh, ev->he_tid, ev->he_other);
		if ((l = lwp_find(lh, ev->he_tid)) != NULL)
			l->l_incall = true;
		break;
	case HE_CLONE:
		ev->he_thread = syscall(SYS_tgkill, l->l_proc->x_pid, ev->he_other, 0) == 0;
		/* FALLTHROUGH */
	case HE_FORK:
	case HE_VFORK:
		if (ev->he_kind != HE_FORK && !ev->he_thread)
			vmap_sharer(l->l_proc);
		lwp_made(lh, l, ev->he_other);
		l->l_incall = true;
		l->l_vforked = ev->he_kind == HE_VFORK;
		l->l_child = ev->he_other;
		break;
	case HE_VFORK_DONE:
		l->l_incall = true;
		break;
	default:
		break;
	}
}

/* The thread of ours that the kernel names; 0: it is being killed. */
static pid_t
owner_of(pid_t tid)
{
	struct status st;

	return (status_read(tid, &st) == 0 ? st.st_tracer : 0);
}

/* The first thread had ended before the attach; the one that called has its id now. */
static bool
translate_exec(struct linux_host *lh, const struct status *st, struct host_event *ev)
{
	unsigned long former = 0;

	if (owner_ptrace(lh, st->st_tracer, PTRACE_GETEVENTMSG, st->st_tgid, NULL, &former) != 0)
		return (false);
	ev->he_kind = HE_EXEC;
	ev->he_other = (pid_t)former;
	complete(lh, lwp_find(lh, ev->he_other), ev);
	return (true);
}

/*
 * A thread that was not told of: made by a traced one whose own event comes later, or never; or a child
 * of ours that used PTRACE_TRACEME.
 */
static bool
translate_unknown(struct linux_host *lh, pid_t tid, int status, struct host_event *ev)
{
	struct status st;
	struct lwp *l, *maker;

	if (status_read(tid, &st) != 0)
		return (false);
	if (st.st_tracer == 0) {
		ev->he_kind = HE_CHILD;
		return (EVENT(status) == 0);
	}
	if (EVENT(status) == PTRACE_EVENT_EXEC)
		return (translate_exec(lh, &st, ev));
	maker = lwp_find(lh, st.st_tgid != tid ? st.st_tgid : st.st_ppid);
	if (EVENT(status) != EVENT_STOP && (maker == NULL || maker->l_seized))
		return (adopt(lh, tid, status, ev));
	if ((l = lwp_new(lh, st.st_tgid, tid, st.st_tracer)) == NULL)
		return (false);
	l->l_seized = EVENT(status) == EVENT_STOP;
	return (translate_new(lh, l, ev));
}

static bool
translate_exit(struct linux_host *lh, struct lwp *l, pid_t tid, struct host_event *ev)
{
	if (l == NULL) {
		ev->he_kind = HE_CHILD;
		return (true);
	}
	ev->he_kind = HE_EXIT;
	l->l_told = ev->he_kept;
	if (tid == l->l_proc->x_pid && !ev->he_kept)
		lxproc_free(lh, tid);
	else if (!ev->he_kept)
		lwp_free(lh, l);
	return (true);
}

bool
event_translate(struct linux_host *lh, pid_t tid, int status, struct host_event *ev)
{
	struct lwp *l = lwp_find(lh, tid);

	ev->he_tid = tid;
	ev->he_status = status;
	seen_forget(lh, tid);
	if (lh->lh_place != NULL)
		place_event(lh, tid);
	many_heard(lh, tid);
	if (WIFEXITED(status) || WIFSIGNALED(status))
		return (translate_exit(lh, l, tid, ev));
	if (l == NULL && WIFSTOPPED(status))
		return (translate_unknown(lh, tid, status, ev));
	if (!WIFSTOPPED(status)) {
		ev->he_kind = HE_CHILD;
		return (l == NULL);
	}
	if (l->l_adopt)
		return (adopted(l, status, ev));
	if (l->l_owner == 0 && (l->l_owner = owner_of(tid)) == 0)
		return (false);
	if (l->l_new)
		l->l_seized = EVENT(status) == EVENT_STOP;
	dbregs_load(lh, l);
	if (!translate_stop(lh, l, status, ev))
		return (false);
	complete(lh, l, ev);
	return (true);
}

/* ---- waiting ---- */

#define KIND_OPTIONS (WEXITED | WSTOPPED | WCONTINUED)

static bool
is_kick(struct linux_host *lh, pid_t tid)
{
	pid_t kick = tid;

	return (__atomic_compare_exchange_n(&lh->lh_kick, &kick, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

int
status_of(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return ((si->si_status & 0xff) << 8);
	case CLD_KILLED:
		return (si->si_status);
	case CLD_DUMPED:
		return (si->si_status | 0x80);
	case CLD_CONTINUED:
		return (0xffff);
	default:
		return (si->si_status << 8 | 0x7f);
	}
}

int
kernel_wait(pid_t who, int options, int *status, pid_t *tid)
{
	*tid = wait4(who, status, options, NULL);
	if (*tid == -1)
		return (errno);
	return (*tid == 0 ? EAGAIN : 0);
}

static int
kernel_waitid(idtype_t idtype, id_t id, int options, int *status, pid_t *tid)
{
	siginfo_t si;

	si.si_pid = 0;
	if (waitid(idtype, id, &si, options) != 0)
		return (errno);
	if (si.si_pid == 0)
		return (EAGAIN);
	*tid = si.si_pid;
	*status = status_of(&si);
	return (0);
}

int
search_any(const struct search *s, bool block)
{
	int how = s->s_options | (block ? 0 : WNOHANG);

	if (s->s_wait->hw_keep)
		return (wait_keeping(s->s_host, s->s_wait, how & ~(WUNTRACED | WCONTINUED), s->s_status, s->s_event, s->s_tid));
	return (kernel_wait(-1, how, s->s_status, s->s_tid));
}

int
search_one(const struct search *s, pid_t tid)
{
	int how = s->s_options | WNOHANG;

	if (s->s_wait->hw_keep)
		return (look_keeping(s->s_host, s->s_wait, tid, how & ~(WUNTRACED | WCONTINUED), s->s_status, s->s_event, s->s_tid));
	return (kernel_wait(tid, how, s->s_status, s->s_tid));
}

static int
search(const struct search *s, bool block)
{
	return (many_tracees(s->s_host) ? many_wait(s, block) : search_any(s, block));
}

/*
 * Tracees are what a wait for "clone children" finds whatever their parent, and untraced children with
 * an ordinary exit signal are not among it; so nobody else's child is taken.
 */
static int
wait_tracees(struct linux_host *lh, const struct host_wait *hw, bool block, int *status, struct host_event *ev,
    pid_t *tid)
{
	struct search s = {lh, hw, __WCLONE, status, ev, tid};

	return (search(&s, block));
}

static int
wait_all(struct linux_host *lh, const struct host_wait *hw, bool block, int *status, struct host_event *ev, pid_t *tid)
{
	int how = hw->hw_options & __WCLONE ? __WCLONE : __WALL;
	struct search s = {lh, hw, how | (hw->hw_options & (WUNTRACED | WCONTINUED)), status, ev, tid};

	return (search(&s, block));
}

/* Is there a child of this kind, which the kernel has no wait for?  Its pid, or 0. */
static pid_t
child_belonging(struct host *h, int idtype, id_t id, pid_t after)
{
	pid_t *children = NULL, found = 0;
	size_t n = 0;

	if (lx_children(h, &children, &n) != 0)
		return (0);
	for (size_t i = 0; i < n && found == 0; i++)
		if (children[i] > after && lx_belongs(h, children[i], idtype, id))
			found = children[i];
	free(children);
	return (found);
}

static int
wait_belonging(struct host *h, const struct host_wait *hw, int *status, pid_t *tid)
{
	int options = (hw->hw_options & (KIND_OPTIONS | __WALL | __WCLONE)) | WNOHANG | (hw->hw_keep ? WNOWAIT : 0);
	int error, result = ECHILD;
	pid_t pid = 0;

	while ((pid = child_belonging(h, hw->hw_idtype, hw->hw_id, pid)) != 0) {
		error = kernel_waitid(P_PID, (id_t)pid, options, status, tid);
		if (error == 0)
			return (0);
		if (error == EAGAIN)
			result = EAGAIN;
	}
	return (result);
}

/* An untraced child out of some. */
static int
wait_children(struct linux_host *lh, const struct host_wait *hw, bool block, int *status, struct host_event *ev,
    pid_t *tid)
{
	int kinds = hw->hw_options & KIND_OPTIONS, error;
	int options = (kinds != 0 ? kinds : WSTOPPED | WNOWAIT | WNOHANG) | (hw->hw_options & __WCLONE ? __WCLONE : __WALL) |
	    (block ? 0 : WNOHANG) | (hw->hw_keep ? WNOWAIT : 0);

	ev->he_asked = true;
	if (hw->hw_idtype != P_ALL && hw->hw_idtype != P_PID && hw->hw_idtype != P_PGID)
		return (wait_belonging(&lh->lh_host, hw, status, tid));
	error = kernel_waitid((idtype_t)hw->hw_idtype, hw->hw_id, options, status, tid);
	if (error == 0 && kinds == 0)
		return (EAGAIN); /* there is one: that was the question */
	ev->he_kept = hw->hw_keep;
	return (error);
}

static void
pause_briefly(void)
{
	static const struct timespec moment = {.tv_nsec = 200000};

	(void)nanosleep(&moment, NULL);
}

/* Tracees and some children: no one wait of the kernel's is for both, so they are looked for in turn. */
static int
wait_some(struct linux_host *lh, const struct host_wait *hw, int *status, struct host_event *ev, pid_t *tid)
{
	int error, pause = 0;
	struct timespec slice;

	if (lh->lh_lwps.h_count == 0)
		return (wait_children(lh, hw, hw->hw_block, status, ev, tid));
	for (;;) {
		ev->he_asked = false;
		error = wait_tracees(lh, hw, false, status, ev, tid);
		if (error == 0)
			return (0);
		if (error == ECHILD)
			return (wait_children(lh, hw, hw->hw_block, status, ev, tid));
		error = wait_children(lh, hw, false, status, ev, tid);
		if (error != EAGAIN || !hw->hw_block)
			return (error);
		pause = pause < 10 ? pause + 1 : 10;
		slice = (struct timespec){.tv_nsec = pause * 500000L};
		if ((error = owner_pause(&slice)) != 0)
			return (error);
	}
}

static int
wait_once(struct linux_host *lh, const struct host_wait *hw, bool block, int *status, struct host_event *ev,
    pid_t *tid)
{
	switch (hw->hw_whom) {
	case HW_ALL:
		return (wait_all(lh, hw, block, status, ev, tid));
	case HW_SOME:
		return (wait_some(lh, hw, status, ev, tid));
	case HW_TRACEES:
		break;
	}
	return (wait_tracees(lh, hw, block, status, ev, tid));
}

/* Long enough for a thread that is on its way. */
#define BRIEF_TRIES 60

static int
wait_briefly(struct linux_host *lh, const struct host_wait *hw, int *status, struct host_event *ev, pid_t *tid)
{
	int error = EAGAIN;

	for (int i = 0; i < BRIEF_TRIES && error == EAGAIN; i++) {
		error = wait_once(lh, hw, false, status, ev, tid);
		if (error == EAGAIN && i < BRIEF_TRIES - 5)
			(void)sched_yield();
		else if (error == EAGAIN)
			pause_briefly();
	}
	return (error);
}

int
lx_wait(struct host *h, const struct host_wait *hw, struct host_event *ev)
{
	struct linux_host *lh = linux_host(h);
	bool told = false;
	int error, status = 0;
	pid_t tid;

	if (hw->hw_block)
		place_wait(lh);
	while (!told) {
		memset(ev, 0, sizeof(*ev));
		error = hw->hw_brief ? wait_briefly(lh, hw, &status, ev, &tid)
				     : wait_once(lh, hw, hw->hw_block, &status, ev, &tid);
		if (error != 0)
			return (error);
		if (is_kick(lh, tid)) {
			ev->he_kind = HE_KICK;
			return (0);
		}
		lx_lock(h);
		told = event_translate(lh, tid, status, ev);
		lx_unlock(h);
		/* A stop of an untraced child that nobody asked for is nobody's. */
		ev->he_asked |= hw->hw_whom == HW_ALL;
		told = told && (ev->he_kind != HE_CHILD || ev->he_asked || !WIFSTOPPED(status));
	}
	return (0);
}

/*
 * A wait by tid costs the same among thousands of tracees.  Ends are not asked for: what a process has used can
 * be told only before they are taken.
 */
int
lx_poll(struct host *h, pid_t tid, uint64_t ns, struct host_event *ev)
{
	uint64_t until = ns == 0 ? 0 : lx_now(h) + ns;
	int error, status = 0;
	pid_t who;

	for (;;) {
		memset(ev, 0, sizeof(*ev));
		error = kernel_waitid(P_PID, (id_t)tid, WSTOPPED | WNOHANG | __WALL, &status, &who);
		if (error == 0 && event_translate(linux_host(h), tid, status, ev))
			return (0);
		if (error != EAGAIN || until == 0 || lx_now(h) >= until)
			return (EAGAIN);
		(void)sched_yield(); /* it may be to run on this very processor */
	}
}

int
lx_reap(struct host *h, pid_t pid)
{
	struct linux_host *lh = linux_host(h);

	if (wait4(pid, NULL, __WALL | WNOHANG | WUNTRACED | WCONTINUED, NULL) != pid)
		return (ESRCH);
	lxproc_free(lh, pid);
	return (0);
}

/* ---- ending another thread's wait ---- */

static int
kick_child(void *unused)
{
	(void)unused;
	(void)syscall(SYS_exit, 0);
	return (0);
}

/*
 * A child that ends at once, without a signal to anybody, is something that every wait for tracees
 * returns for, whatever signals its thread blocks.
 */
void
lx_kick(struct host *h)
{
	struct linux_host *lh = linux_host(h);
	static char stack[4096] __attribute__((aligned(16)));
	pid_t kick;

	if (__atomic_load_n(&lh->lh_kick, __ATOMIC_ACQUIRE) != 0)
		return;
	/* The pid is stored before it can be waited for: the child is held up until then by vfork. */
	kick = clone(kick_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID, NULL, &lh->lh_kick);
	if (kick == -1)
		__atomic_store_n(&lh->lh_kick, 0, __ATOMIC_RELEASE);
}
