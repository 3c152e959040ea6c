/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The operations that attach, stop, resume and wait; the lock; faults on demand.
 */
#include "host/sim/sim.h"

#include <errno.h>
#include <string.h>

#define BEGIN(host, may) \
	do { \
		int fault_; \
		if (sim_fault(SIM(host), (may), &fault_)) \
			return (fault_); \
	} while (0)

/* ---- before every operation ---- */

static bool
fault_now(struct sim *sim, int may, int *error)
{
	struct sim_fault *sf = &sim->sim_fault;
	struct sim_proc *sp;

	if (sf->sf_at == 0 || (sf->sf_error != 0 && may != sf->sf_error) || --sf->sf_at > 0)
		return (false);
	sf->sf_fired = true;
	if (sf->sf_error == 0) {
		if ((sp = sim_proc(sim, sf->sf_pid)) != NULL)
			sim_signal(sim, sp, NULL, SIGKILL, false);
		return (false);
	}
	*error = sf->sf_error;
	return (true);
}

bool
sim_fault(struct sim *sim, int may, int *error)
{
	sim->sim_calls++;
	if (!sim->sim_locked)
		sim_fail(sim, "host called without the lock");
	if (sim->sim_chaos && sim_chance(sim, 6))
		(void)sim_pass(sim, 1 + sim_choose(sim, 3));
	return (fault_now(sim, may, error));
}

struct sim_thread *
sim_stopped(struct sim *sim, pid_t tid)
{
	struct sim_thread *st = sim_thread(sim, tid);

	return (st != NULL && st->st_traced && st->st_stopped ? st : NULL);
}

/* ---- the tracer itself ---- */

static int
op_traceme(void)
{
	if (sim_now->sim_traced != 0)
		return (EBUSY);
	if (sim_now->sim_ppid == 1)
		return (EPERM);
	sim_now->sim_traced = sim_now->sim_ppid;
	return (0);
}

static void
op_lock(struct host *host)
{
	struct sim *sim = SIM(host);

	if (sim->sim_lock != NULL)
		sim->sim_lock(sim, true);
	if (sim->sim_locked)
		sim_fail(sim, "lock taken twice");
	sim->sim_locked = true;
}

static void
op_unlock(struct host *host)
{
	struct sim *sim = SIM(host);

	if (!sim->sim_locked)
		sim_fail(sim, "unlock without lock");
	sim->sim_locked = false;
	if (sim->sim_lock != NULL)
		sim->sim_lock(sim, false);
}

static int
op_sleep(struct host *host, uint32_t *word, uint32_t old, bool brief)
{
	struct sim *sim = SIM(host);

	if (sim->sim_locked)
		sim_fail(sim, "sleep with the lock held");
	if (sim->sim_sleep != NULL)
		return (sim->sim_sleep(sim, word, old));
	if (!brief)
		sim_fail(sim, "sleeps, and nobody could wake it");
	return (EAGAIN);
}

static void
op_wake(struct host *host, uint32_t *word)
{
	(void)host;
	(void)word;
}

static void
op_kick(struct host *host)
{
	(void)host;
}

static void
op_notify(struct host *host, pid_t pid, int sig)
{
	SIM(host)->sim_told++;
	(void)pid;
	(void)sig;
}

/* There are no processors. */
static int
op_place(struct host *host, enum host_place place)
{
	(void)host;
	(void)place;
	return (0);
}

static int
op_service(struct host *host)
{
	(void)host;
	return (0);
}

static pid_t
op_self(struct host *host)
{
	(void)host;
	return (SIM_SELF);
}

static pid_t
op_self_tid(struct host *host)
{
	return (SIM(host)->sim_tid);
}

/* ---- waiting ---- */

static bool
child_wanted(const struct sim_proc *sp, const struct host_wait *hw)
{
	if (hw->hw_whom == HW_TRACEES || sp->sp_ppid != SIM_SELF)
		return (false);
	return (hw->hw_whom == HW_ALL || hw->hw_idtype == P_ALL ||
	    (hw->hw_idtype == P_PID ? hw->hw_id == (id_t)sp->sp_pid :
	    hw->hw_idtype == (int)P_UID ? hw->hw_id == sp->sp_uid : hw->hw_id == SIM_SELF));
}

/* A thread that counts for a wait at all, or its process as an untraced child. */
static bool
counts(const struct sim_thread *st, const struct host_wait *hw)
{
	const struct sim_proc *sp = st->st_proc;

	if (st->st_traced)
		return (true);
	return (st->st_tid == sp->sp_pid && child_wanted(sp, hw) && (!sp->sp_dead || (hw->hw_options & WEXITED) != 0));
}

static bool
has_event(struct sim *sim, const struct sim_thread *st, const struct host_wait *hw)
{
	if (!counts(st, hw))
		return (false);
	if (st->st_dead)
		return (sim_end_ready(sim, st) && !(st->st_told && (hw->hw_keep || st->st_traced)));
	return (st->st_traced && st->st_stopped && !st->st_told);
}

/* hw_keep leaves the end of a process where it is: told once, it waits for reap(). */
static void
tell_end(struct sim *sim, struct sim_thread *st, const struct host_wait *hw, struct host_event *ev)
{
	bool process = st->st_tid == st->st_proc->sp_pid;

	memset(ev, 0, sizeof(*ev));
	ev->he_kind = st->st_traced && !st->st_traceme ? HE_EXIT : HE_CHILD;
	ev->he_tid = st->st_tid;
	/* Of any thread, once the process has begun to end as a whole. */
	ev->he_status = process || st->st_proc->sp_exiting ? st->st_proc->sp_status : st->st_status;
	ev->he_asked = child_wanted(st->st_proc, hw) && (hw->hw_options & WEXITED) != 0;
	ev->he_kept = hw->hw_keep && process;
	if (ev->he_kept)
		st->st_told = ev->he_kind == HE_EXIT || !ev->he_asked;
	else
		sim_collect(sim, st);
}

static const char *const kinds[] = {"STOP", "SIGNAL", "SCE", "SCX", "FORK", "VFORK", "VFORK_DONE", "CLONE",
	"EXEC", "NEW", "ADOPT", "EXITING", "EXIT", "CHILD", "KICK"};

static void
tell(struct sim *sim, struct sim_thread *st, const struct host_wait *hw, struct host_event *ev)
{
	if (st->st_dead)
		tell_end(sim, st, hw, ev);
	else {
		*ev = st->st_event;
		st->st_told = true;
		if (st->st_traceme) {
			st->st_traceme = false;
			st->st_proc->sp_adopted = true;
		}
	}
	sim_say(sim, "      host: %s of %d, other %d, signal %d, status %#x", kinds[ev->he_kind], ev->he_tid,
	    ev->he_other, ev->he_sig, (unsigned)ev->he_status);
}

/* One thing of all that could happen now: an event is told, or a thread runs.  false: nothing could. */
static bool
happen(struct sim *sim, const struct host_wait *hw, struct host_event *ev, bool run, bool *told)
{
	struct sim_thread *st, *events[SIM_THREADS], *ready[SIM_THREADS];
	unsigned nevents = 0, nready = 0, n;

	FOREACH_SIM_THREAD(sim, st) {
		if (has_event(sim, st, hw))
			events[nevents++] = st;
		else if (run && sim_can_run(sim, st))
			ready[nready++] = st;
	}
	if (nevents + nready == 0)
		return (false);
	n = sim_choose(sim, nevents + nready);
	*told = n < nevents;
	if (*told)
		tell(sim, events[n], hw, ev);
	else
		sim_run(sim, ready[n - nevents]);
	return (true);
}

static bool
anybody(struct sim *sim, const struct host_wait *hw)
{
	const struct sim_thread *st;

	FOREACH_SIM_THREAD(sim, st)
		if (counts(st, hw) && (hw->hw_whom != HW_SOME || hw->hw_idtype != P_PID || hw->hw_id == (id_t)st->st_tid))
			return (true);
	return (false);
}

static int
op_wait(struct host *host, const struct host_wait *hw, struct host_event *ev)
{
	struct sim *sim = SIM(host);
	unsigned steps = 0;
	bool told = false;

	if (sim->sim_locked)
		sim_fail(sim, "wait with the lock held");
	if (!hw->hw_block && sim->sim_chaos)
		(void)sim_pass(sim, sim_choose(sim, 3));
	if (sim->sim_idle++ == 10000)
		sim_fail(sim, "the engine waits on and on, and nothing comes");
	for (;; steps++) {
		if (!anybody(sim, hw)) {
			(void)happen(sim, hw, ev, false, &told);
			return (told ? 0 : ECHILD);
		}
		if (hw->hw_brief && steps == sim->sim_brief)
			return (EAGAIN);
		if (sim->sim_patience != 0 && steps == sim->sim_patience)
			return (EINTR);
		if (!happen(sim, hw, ev, hw->hw_block, &told)) {
			if (!hw->hw_block || hw->hw_brief)
				return (EAGAIN);
			sim->sim_stuck++;
			return (EINTR);
		}
		if (told) {
			sim->sim_idle = 0;
			return (0);
		}
	}
}

/* How much happens in the time a poll takes. */
static unsigned
moment(struct sim *sim)
{
	if (sim->sim_path != NULL)
		return (3 * sim_choose(sim, 2));
	return (sim->sim_chaos ? sim_choose(sim, 16) : 8);
}

/* With sim_chaos what has just happened may still be on its way. */
static int
op_poll(struct host *host, pid_t tid, uint64_t ns, struct host_event *ev)
{
	static const struct host_wait tracees = {.hw_whom = HW_TRACEES};
	struct sim *sim = SIM(host);
	struct sim_thread *st;

	BEGIN(host, 0);
	if (ns != 0)
		(void)sim_pass(sim, moment(sim));
	st = sim_thread(sim, tid);
	if (st == NULL || !st->st_traced || st->st_traceme || st->st_dead || !st->st_stopped || st->st_told ||
	    (sim->sim_chaos && sim_chance(sim, 4)))
		return (EAGAIN);
	tell(sim, st, &tracees, ev);
	return (0);
}

static uint64_t
op_now(struct host *host)
{
	struct sim *sim = SIM(host);

	sim->sim_clock += sim->sim_path == NULL ? 1000 * (1 + sim_choose(sim, 40)) : 1000;
	return (sim->sim_clock);
}

static int
op_reap(struct host *host, pid_t pid)
{
	struct sim *sim = SIM(host);
	struct sim_thread *st = sim_thread(sim, pid);

	BEGIN(host, 0);
	if (st == NULL || !sim_end_ready(sim, st))
		return (ESRCH);
	sim_collect(sim, st);
	return (0);
}

/* ---- attaching ---- */

static int
op_seize(struct host *host, pid_t pid, pid_t tid, unsigned options)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	(void)pid;
	st = sim_thread(SIM(host), tid);
	if (st == NULL || (st->st_killed && !st->st_dead))
		return (ESRCH);
	if (st->st_dead || st->st_traced || st->st_proc->sp_other != 0 || st->st_proc->sp_untouchable ||
	    st->st_proc->sp_system)
		return (EPERM);
	st->st_traced = true;
	st->st_options = options & ~HO_SERVED;
	st->st_mode = RM_CONT;
	st->st_trap = st->st_proc->sp_jobstop;
	return (0);
}

static int
op_alive(struct host *host, pid_t tid)
{
	BEGIN(host, 0);
	return (sim_stopped(SIM(host), tid) == NULL ? ESRCH : 0);
}

static int
op_expect(struct host *host, pid_t pid, pid_t tid)
{
	BEGIN(host, 0);
	(void)pid;
	(void)tid;
	return (0);
}

static int
op_options(struct host *host, pid_t tid, unsigned options)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	if ((st = sim_stopped(SIM(host), tid)) == NULL)
		return (ESRCH);
	st->st_options = options;
	return (0);
}

static int
op_interrupt(struct host *host, pid_t tid)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	st = sim_thread(SIM(host), tid);
	if (st == NULL || !st->st_traced)
		return (ESRCH);
	/* Linux says nothing of one that has ended and was not waited for. */
	st->st_trap = !st->st_dead;
	return (0);
}

static enum host_absence
op_absence(struct host *host, pid_t pid, pid_t tid)
{
	const struct sim_thread *st = sim_thread(SIM(host), tid);

	(void)pid;
	if (st == NULL || (!st->st_traced && (!st->st_dead || st->st_proc->sp_dead)))
		return (HA_LOST);
	if (st->st_dead)
		return (HA_GONE);
	return (st->st_phase == PH_VFORK && !st->st_stopped && !st->st_killed ? HA_VFORK : HA_COMING);
}

/* ---- going on ---- */

static bool
is_call_stop(const struct sim_thread *st)
{
	return (st->st_event.he_kind == HE_SCE || st->st_event.he_kind == HE_SCX);
}

/* Another signal than the one it stopped at waits if it is blocked. */
static void
pass_on(struct sim *sim, struct sim_thread *st, int sig)
{
	if (st->st_phase != PH_SIGNAL)
		return;
	if (sig != st->st_sig && sig != 0 && (st->st_mask & SIM_BIT(sig)) != 0) {
		sim_signal(sim, st->st_proc, st, sig, false);
		sig = 0;
	}
	st->st_sig = sig;
}

static int
op_detach(struct host *host, pid_t tid, int sig)
{
	struct sim *sim = SIM(host);
	struct sim_thread *st;

	BEGIN(host, 0);
	if ((st = sim_stopped(sim, tid)) == NULL)
		return (ESRCH);
	sim_say(sim, "      host: detach %d with %d", tid, sig);
	if (sig != 0 && is_call_stop(st))
		sim_signal(sim, st->st_proc, st, sig, false);
	pass_on(sim, st, sig);
	sim_tell(sim, &(struct sim_fact){.sf_kind = SF_LEFT, .sf_st = st});
	st->st_traced = st->st_stopped = st->st_trap = st->st_notify = false;
	st->st_traceme = st->st_listening = st->st_dbgiven = false;
	st->st_options = 0;
	memset(&st->st_dbreg, 0, sizeof(st->st_dbreg));
	return (0);
}

static void
op_forget(struct host *host, pid_t tid)
{
	(void)host;
	(void)tid;
}

static bool
op_asleep(struct host *host, pid_t tid)
{
	const struct sim_thread *st = sim_thread(SIM(host), tid);

	return (st != NULL && st->st_restart);
}

static int
op_resume(struct host *host, pid_t tid, enum resume_mode mode, int sig)
{
	struct sim *sim = SIM(host);
	struct sim_thread *st;

	BEGIN(host, 0);
	if ((st = sim_stopped(sim, tid)) == NULL)
		return (ESRCH);
	/* The thread meant was stopped, and made way for one that execs.  Linux resumes the latter. */
	if (!st->st_told && st->st_event.he_kind == HE_EXEC)
		return (ESRCH);
	if (!st->st_told)
		sim_fail(sim, "thread %d resumed before its event was told", tid);
	if (sig != 0 && st->st_event.he_kind != HE_SIGNAL && st->st_event.he_kind != HE_ADOPT)
		sim_fail(sim, "thread %d resumed with signal %d at %s", tid, sig, kinds[st->st_event.he_kind]);
	sim_say(sim, "      host: resume %d, %s, signal %d", tid,
	    mode == RM_STEP ? "step" : mode == RM_SYSCALL ? "by calls" : mode == RM_FILTERED ? "by filter" : "freely", sig);
	pass_on(sim, st, sig);
	if (mode == RM_CONT || mode == RM_STEP)
		st->st_entered = false;
	st->st_mode = mode;
	st->st_stopped = st->st_told = false;
	st->st_resumes++;
	return (0);
}

static int
op_listen(struct host *host, pid_t tid)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	if ((st = sim_stopped(SIM(host), tid)) == NULL)
		return (ESRCH);
	if (st->st_event.he_kind != HE_STOP || st->st_event.he_sig == 0)
		return (EINVAL);
	sim_say(SIM(host), "      host: leave %d stopped", tid);
	st->st_stopped = st->st_told = false;
	st->st_listening = true;
	return (0);
}

static int
op_queue(struct host *host, pid_t pid, pid_t tid, int sig)
{
	struct sim_thread *st;

	BEGIN(host, EAGAIN);
	(void)pid;
	st = sim_thread(SIM(host), tid);
	if (st == NULL || st->st_dead)
		return (ESRCH);
	sim_say(SIM(host), "      host: queue %d to %d", sig, tid);
	sim_signal(SIM(host), st->st_proc, st, sig, true);
	return (0);
}

static bool
op_is_queued(struct host *host, pid_t tid, int sig)
{
	const struct sim_thread *st = sim_stopped(SIM(host), tid);

	return (st != NULL && st->st_phase == PH_SIGNAL && st->st_sig == sig && st->st_sigqueued);
}

static int
op_send(struct host *host, pid_t pid, pid_t tid, int sig)
{
	struct sim *sim = SIM(host);
	struct sim_proc *sp;
	struct sim_thread *st = NULL;

	BEGIN(host, 0);
	if ((sp = sim_proc(sim, pid)) == NULL || sp->sp_dead)
		return (ESRCH);
	if (tid != 0 && ((st = sim_thread(sim, tid)) == NULL || st->st_dead))
		return (ESRCH);
	sim_say(sim, "      host: send %d to %d", sig, tid != 0 ? tid : pid);
	sim_signal(sim, sp, st, sig, false);
	return (0);
}

static bool
op_restarts(struct host *host, pid_t tid)
{
	struct host_call call;

	return (sim_callinfo(host, tid, &call) == 0 && call.hc_restart);
}

const struct host_ops sim_ops = {
	.traceme = op_traceme,
	.lock = op_lock,
	.unlock = op_unlock,
	.wait = op_wait,
	.poll = op_poll,
	.now = op_now,
	.reap = op_reap,
	.sleep = op_sleep,
	.wake = op_wake,
	.kick = op_kick,
	.notify = op_notify,
	.service = op_service,
	.self = op_self,
	.self_tid = op_self_tid,
	.facts = sim_facts,
	.ids = sim_ids,
	.kin = sim_kin,
	.may_debug = sim_may_debug,
	.explain = sim_explain,
	.explain_traceme = sim_explain_traceme,
	.vforked = sim_vforked,
	.threads = sim_threads,
	.belongs = sim_belongs,
	.has_child = sim_has_child,
	.credentials = sim_credentials,
	.superuser = sim_superuser,
	.seize = op_seize,
	.expect = op_expect,
	.alive = op_alive,
	.alive_of_late = op_alive,
	.options = op_options,
	.interrupt = op_interrupt,
	.absence = op_absence,
	.detach = op_detach,
	.forget = op_forget,
	.asleep = op_asleep,
	.resume = op_resume,
	.place = op_place,
	.listen = op_listen,
	.queue = op_queue,
	.is_queued = op_is_queued,
	.send = op_send,
	.siginfo = sim_siginfo,
	.blocked = sim_blocked,
	.pending = sim_pending,
	.disposition = sim_disposition,
	.orphaned = sim_orphaned,
	.call = sim_callinfo,
	.values = sim_values,
	.restarts = op_restarts,
	.name = sim_name,
	.stopped_name = sim_name,
	.usage = sim_usage,
	.get_regs = sim_get_regs,
	.set_regs = sim_set_regs,
	.get_fpregs = sim_get_fpregs,
	.set_fpregs = sim_set_fpregs,
	.get_dbregs = sim_get_dbregs,
	.set_dbregs = sim_set_dbregs,
	.inherit = sim_inherit,
	.machine_size = sim_machine_size,
	.machine = sim_machine,
	.set_pc = sim_set_pc,
	.get_pc = sim_get_pc,
	.trap_flag = sim_trap_flag,
	.at_call = sim_at_call,
	.read_mem = sim_read_mem,
	.write_mem = sim_write_mem,
	.read_many = sim_read_many,
	.write_many = sim_write_many,
	.mem_open = sim_mem_open,
	.mem_check = sim_mem_check,
	.mem_renew = sim_mem_renew,
	.mem_close = sim_mem_close,
	.map_generation = sim_map_generation,
	.map_entry = sim_map_entry,
	.copyin = sim_copyin,
	.copyout = sim_copyout,
};
