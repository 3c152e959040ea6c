/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a tracer does: waits, legal and illegal requests.  Each result is compared to the one that
 * the table of preconditions (requests.md, 3 and 6) gives.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "schedule.h"

#define FAIL(rn, ...) sim_fail(&(rn)->rn_sim, __VA_ARGS__)

bool
one_in(struct run *rn, unsigned n)
{
	return (sim_chance(&rn->rn_sim, n));
}

struct mproc *
pick(struct run *rn, bool stopped)
{
	struct mproc *mp, *found[ORACLE_PROCS];
	unsigned n = 0;

	FOREACH_MPROC(&rn->rn_oracle, mp)
		if (mp->mp_traced && mp->mp_waited == stopped)
			found[n++] = mp;
	return (n == 0 ? NULL : found[sim_choose(&rn->rn_sim, n)]);
}

void
check_all(struct run *rn)
{
	const struct proc *p;

	for (p = rn->rn_tracer.tr_all; p != NULL; p = p->p_next)
		proc_check(p);
}

int
ask(struct run *rn, int req, pid_t id, void *addr, int data, int *result)
{
	struct host *host = &rn->rn_sim.sim_host;
	int error;

	host->ops->lock(host);
	check_all(rn);
	error = request_run(&rn->rn_tracer, req, id, addr, data, result);
	check_all(rn);
	host->ops->unlock(host);
	sim_say(&rn->rn_sim, "tracer: request %d of %d, data %d: %s, %d", req, id, data,
	    error == 0 ? "done" : strerrorname_np(error), *result);
	return (error);
}

/* ---- what a request is expected to say ---- */

/* The checks that come before the request's own: what the target is, and its state. */
static int
expect_target(struct run *rn, int req, pid_t id)
{
	pid_t tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id;
	const struct sim_thread *st = sim_thread(&rn->rn_sim, tid);
	const struct mproc *mp;

	if (tid == SIM_SELF)
		return (req == PT_ATTACH ? EINVAL : req == PT_CLEARSTEP ? 0 : EPERM);
	if (id <= 0 || st == NULL)
		return (ESRCH);
	mp = oracle_proc(&rn->rn_oracle, st->st_proc->sp_pid);
	if (mp != NULL && mp->mp_traced)
		return (req == PT_ATTACH || !mp->mp_waited ? EBUSY : 0);
	if (st->st_proc->sp_untouchable)
		return (EPERM);
	if (st->st_proc->sp_system)
		return (EINVAL);
	if (st->st_proc->sp_other != 0)
		return (EBUSY);
	return (req == PT_ATTACH ? 0 : EPERM);
}

static bool
bad_memory(uint64_t addr, size_t len)
{
	uint64_t hole = SIM_BASE + SIM_HOLE * SIM_PAGE, end = SIM_BASE + SIM_PAGES * SIM_PAGE;

	return (addr < SIM_BASE || addr + len > end || (addr < hole + SIM_PAGE && addr + len > hole));
}

static bool
takes_signal(int req)
{
	return (req == PT_CONTINUE || req == PT_STEP || req == PT_DETACH || req == PT_TO_SCE || req == PT_TO_SCX ||
	    req == PT_SYSCALL);
}

/* The request's own checks, on a target that has passed the others. */
static int
expect_own(int req, const void *addr, int data)
{
	bool bad = addr == SIM_BAD;
	const struct ptrace_io_desc *piod = addr;

	if (takes_signal(req))
		return (data < 0 || data > 64 ? EINVAL : 0);
	switch (req) {
	case PT_READ_I:
	case PT_READ_D:
	case PT_WRITE_I:
	case PT_WRITE_D:
		return (bad_memory((uintptr_t)addr, sizeof(int)) ? EFAULT : 0);
	case PT_IO:
		if (piod->piod_op < 1 || piod->piod_op > 4)
			return (EINVAL);
		return (bad_memory((uintptr_t)piod->piod_offs, piod->piod_len) ? EFAULT : 0);
	case PT_LWPINFO:
		if (data <= 0 || (size_t)data > sizeof(struct ptrace_lwpinfo))
			return (EINVAL);
		return (bad ? EFAULT : 0);
	case PT_GETLWPLIST:
		return (data <= 0 ? EINVAL : bad ? EFAULT : 0);
	case PT_GETREGS:
	case PT_GETFPREGS:
	case PT_GETDBREGS:
		return (bad ? EFAULT : 0);
	case PT_SETDBREGS:
		return (DBREG_DR7_ACCESS(((const struct dbreg *)addr)->dr[7], 1) == 2 ? EINVAL : 0);
	case PT_SETREGS:
		return (((const struct reg *)addr)->r_cs != 0x33 ? EINVAL : 0);
	case PT_VM_ENTRY:
		return (((const struct ptrace_vm_entry *)addr)->pve_entry < 0 ? EINVAL : 0);
	case PT_VM_TIMESTAMP:
	case PT_KILL:
	case PT_GETNUMLWPS:
	case PT_CLEARSTEP:
	case PT_SETSTEP:
	case PT_SUSPEND:
	case PT_RESUME:
	case PT_FOLLOW_FORK:
	case PT_SETFPREGS:
	case PT_ATTACH:
		return (0);
	default:
		return (EINVAL);
	}
}

static bool
reads_struct(int req)
{
	return (req == PT_IO || req == PT_SETREGS || req == PT_SETFPREGS || req == PT_SETDBREGS || req == PT_VM_ENTRY);
}

static int
expect(struct run *rn, int req, pid_t id, const void *addr, int data)
{
	int error;

	if (reads_struct(req) && addr == SIM_BAD)
		return (EFAULT);
	if ((error = expect_target(rn, req, id)) != 0)
		return (error);
	return (expect_own(req, addr, data));
}

/* A thread's process may be killed at any instant; then ESRCH is right too, whatever else would be. */
static bool
may_be_gone(struct run *rn, pid_t id)
{
	pid_t tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id;
	const struct sim_thread *st = sim_thread(&rn->rn_sim, tid);

	return (st == NULL || st->st_dead || st->st_killed || st->st_proc->sp_exiting || st->st_proc->sp_dead);
}

/* Registers of one that waits for its vfork child cannot be had, nor before the engine was told that it does no more. */
static bool
out_of_reach(struct run *rn, int req, pid_t id)
{
	const struct mproc *mp = oracle_proc(&rn->rn_oracle, id);
	pid_t tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : mp != NULL ? mp->mp_reporter : id;
	const struct sim_thread *st = sim_thread(&rn->rn_sim, tid);

	return (((req >= PT_GETREGS && req <= PT_SETDBREGS) || takes_signal(req)) && st != NULL &&
	    (!st->st_stopped || !st->st_told));
}

static int
asked(struct run *rn, int req, pid_t id, void *addr, int data, int *result)
{
	int wanted = expect(rn, req, id, addr, data), error;
	bool far = out_of_reach(rn, req, id);
	const struct sim_thread *st = sim_thread(&rn->rn_sim, id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id);
	bool leaving = (wanted == 0 || wanted == EPERM) && st != NULL && st->st_traced;

	error = ask(rn, req, id, addr, data, result);
	/* A new thread that its maker has not told of yet, or one whose exec has not been told, by its new id. */
	if (error == ESRCH && wanted == EBUSY && st != NULL && id != st->st_proc->sp_pid)
		return (error);
	if (error == wanted || ((error == ESRCH || error == EBUSY) && may_be_gone(rn, id)) || (far && error != 0) ||
	    (leaving && error == EBUSY))
		return (error);
	FAIL(rn, "request %d of %d, data %d: %s; the table says %s", req, id, data,
	    error == 0 ? "no error" : strerrorname_np(error), wanted == 0 ? "no error" : strerrorname_np(wanted));
}

/* ---- waiting ---- */

static void
describe(struct run *rn, struct mproc *mp)
{
	struct ptrace_lwpinfo pl;
	int result, error;

	memset(&pl, 0xa5, sizeof(pl));
	error = ask(rn, PT_LWPINFO, mp->mp_pid, &pl, sizeof(pl), &result);
	if (error == 0)
		oracle_describe(&rn->rn_oracle, mp, &pl);
	else if (error != ESRCH || !oracle_dying(&rn->rn_oracle, mp))
		FAIL(rn, "lwpinfo of %d, just reported: %s", mp->mp_pid, strerrorname_np(error));
	if (error == 0)
		sim_say(&rn->rn_sim, "        by %d, flags %#x", mp->mp_reporter, (unsigned)pl.pl_flags);
}

static void
told(struct run *rn, const struct wait_spec *ws, const struct wait_report *wr)
{
	struct oracle *or = &rn->rn_oracle;

	if (ws->ws_idtype == P_PID && (id_t)wr->wr_pid != ws->ws_id)
		FAIL(rn, "waited for %u, told of %d", ws->ws_id, wr->wr_pid);
	if (!WIFSTOPPED(wr->wr_status)) {
		if ((ws->ws_options & WEXITED) == 0)
			FAIL(rn, "an end is reported to a wait without WEXITED");
		oracle_exit(or, wr->wr_pid, wr->wr_status, (ws->ws_options & WNOWAIT) != 0);
	} else if (ws->ws_options & WNOWAIT) {
		oracle_peek(or, wr->wr_pid, WSTOPSIG(wr->wr_status));
	} else {
		oracle_stop(or, wr->wr_pid, WSTOPSIG(wr->wr_status));
		describe(rn, oracle_proc(or, wr->wr_pid));
	}
}

/* Is there anybody to wait for? */
static pid_t
candidate(struct run *rn, const struct wait_spec *ws)
{
	const struct mproc *mp;

	FOREACH_MPROC(&rn->rn_oracle, mp)
		if ((ws->ws_idtype == P_ALL || (id_t)mp->mp_pid == ws->ws_id) && (mp->mp_traced || mp->mp_child) && !mp->mp_shy &&
		    (!mp->mp_dead || (ws->ws_options & WEXITED) != 0))
			return (mp->mp_pid);
	return (0);
}

static void
random_spec(struct run *rn, struct wait_spec *ws, bool all)
{
	struct mproc *mp;

	*ws = (struct wait_spec){.ws_idtype = P_ALL, .ws_options = WEXITED | WTRAPPED};
	if (!one_in(rn, 3))
		ws->ws_options |= WNOHANG;
	ws->ws_usage = one_in(rn, 4);
	if (all)
		return;
	if (one_in(rn, 6))
		ws->ws_options &= ~WEXITED;
	if (one_in(rn, 6))
		ws->ws_options |= WNOWAIT;
	if (one_in(rn, 4) && (mp = pick(rn, false)) != NULL) {
		ws->ws_idtype = P_PID;
		ws->ws_id = (id_t)mp->mp_pid;
	}
}

int
do_wait(struct run *rn, const struct wait_spec *ws, struct wait_report *wr)
{
	struct sim *sim = &rn->rn_sim;
	struct host *host = &sim->sim_host;
	unsigned long stuck = sim->sim_stuck;
	pid_t candidates = candidate(rn, ws);
	int error;

	sim_say(sim, "tracer: wait for %d, options %#x", ws->ws_idtype == P_ALL ? -1 : (int)ws->ws_id,
	    (unsigned)ws->ws_options);
	sim->sim_idle = 0;
	host->ops->lock(host);
	error = wait_for(&rn->rn_tracer, ws, wr);
	check_all(rn);
	host->ops->unlock(host);
	sim_say(sim, "tracer: %s, %d, status %#x", error == 0 ? "done" : strerrorname_np(error), wr->wr_pid,
	    (unsigned)wr->wr_status);
	if (error == ECHILD && candidates != 0 && candidate(rn, ws) != 0)
		FAIL(rn, "wait says ECHILD, but there is %d to wait for", candidate(rn, ws));
	if (error != 0 && error != ECHILD && error != EINTR)
		FAIL(rn, "wait says %s", strerrorname_np(error));
	if (error == EINTR && sim->sim_stuck != stuck && ws->ws_idtype == P_ALL && (ws->ws_options & WEXITED) != 0)
		oracle_quiet(&rn->rn_oracle);
	if (error == 0 && wr->wr_pid != 0)
		told(rn, ws, wr);
	return (error);
}

bool
move_wait(struct run *rn, bool all)
{
	struct wait_report wr;
	struct wait_spec ws;

	random_spec(rn, &ws, all);
	return (do_wait(rn, &ws, &wr) == 0 && wr.wr_pid != 0);
}

/* ---- requests ---- */

int
do_attach(struct run *rn, struct sim_proc *sp)
{
	bool child = sp->sp_ppid == SIM_SELF;
	unsigned long execs = rn->rn_oracle.or_execs;
	pid_t pid = sp->sp_pid;
	struct mproc *mp;
	int result, error;

	(void)oracle_traced(&rn->rn_oracle, sp, true);
	if ((error = ask(rn, PT_ATTACH, pid, NULL, 0, &result)) == 0)
		return (0);
	/* A first thread that another's exec replaces just now is gone, and so is the process for a moment. */
	if (error != rn->rn_forgive && (error != ESRCH || (!may_be_gone(rn, pid) && rn->rn_oracle.or_execs == execs)))
		FAIL(rn, "attach to %d: %s", pid, strerrorname_np(error));
	if ((mp = oracle_proc(&rn->rn_oracle, pid)) == NULL)
		return (error);
	mp->mp_traced = mp->mp_attaching = false;
	if (!child)
		oracle_drop(&rn->rn_oracle, mp);
	return (error);
}

void
move_attach(struct run *rn)
{
	struct sim_proc *sp, *found[SIM_PROCS];
	const struct sim_thread *first;
	const struct mproc *mp;
	unsigned n = 0;

	FOREACH_SIM_PROC(&rn->rn_sim, sp) {
		mp = oracle_proc(&rn->rn_oracle, sp->sp_pid);
		first = sim_main(&rn->rn_sim, sp);
		if ((mp == NULL || !mp->mp_traced) && expect_target(rn, PT_ATTACH, sp->sp_pid) == 0 && !sp->sp_dead &&
		    !sp->sp_exiting && !first->st_dead && !first->st_traced)
			found[n++] = sp;
	}
	if (n > 0)
		(void)do_attach(rn, found[sim_choose(&rn->rn_sim, n)]);
}

static pid_t
random_thread(struct run *rn, const struct mproc *mp)
{
	const struct sim_thread *st, *found[SIM_THREADS];
	unsigned n = 0;

	FOREACH_SIM_THREAD(&rn->rn_sim, st)
		if (st->st_proc->sp_pid == mp->mp_pid && !st->st_dead)
			found[n++] = st;
	return (n == 0 ? mp->mp_pid : found[sim_choose(&rn->rn_sim, n)]->st_tid);
}

static pid_t
random_id(struct run *rn, const struct mproc *mp)
{
	pid_t tid = random_thread(rn, mp);

	return (one_in(rn, 3) ? mp->mp_pid : one_in(rn, 4) ? tid : BSD_LWPID_BASE + tid);
}

/* ---- looking at a stopped process ---- */

static void
look_at_threads(struct run *rn, struct mproc *mp)
{
	lwpid_t list[SIM_THREADS];
	struct ptrace_lwpinfo pl;
	const struct sim_proc *sp = sim_proc(&rn->rn_sim, mp->mp_pid);
	const struct sim_thread *first = sp == NULL ? NULL : sim_main(&rn->rn_sim, sp);
	int count, n;
	unsigned alive;

	if (asked(rn, PT_GETNUMLWPS, mp->mp_pid, NULL, 0, &count) != 0 ||
	    asked(rn, PT_GETLWPLIST, mp->mp_pid, (void *)list, SIM_THREADS, &n) != 0 || oracle_dying(&rn->rn_oracle, mp))
		return;
	alive = sim_count(&rn->rn_sim, sp);
	if (count != n || ((unsigned)count != alive && !(first->st_dead && (unsigned)count == alive + 1)))
		FAIL(rn, "%d has %u threads; told %d and %d", mp->mp_pid, alive, count, n);
	for (int i = 0; i < n; i++)
		if (asked(rn, PT_LWPINFO, list[i], &pl, sizeof(pl), &count) == 0)
			oracle_compare(&rn->rn_oracle, mp, list[i] - BSD_LWPID_BASE, &pl);
}

static void
look_at_memory(struct run *rn, struct mproc *mp)
{
	unsigned char buffer[4 * SIM_PAGE], *mem;
	struct ptrace_io_desc piod = {.piod_op = 1 + (int)sim_choose(&rn->rn_sim, 4), .piod_addr = buffer};
	uint64_t at = sim_choose(&rn->rn_sim, SIM_PAGES * SIM_PAGE);
	int result, error;
	const struct sim_proc *sp;

	memset(buffer, (int)sim_choose(&rn->rn_sim, 256), sizeof(buffer));
	piod.piod_offs = (void *)(uintptr_t)(SIM_BASE + at);
	piod.piod_len = 1 + sim_choose(&rn->rn_sim, SIM_PAGE);
	error = asked(rn, PT_IO, mp->mp_pid, &piod, 0, &result);
	if (error != 0 || (sp = sim_proc(&rn->rn_sim, mp->mp_pid)) == NULL)
		return;
	mem = (unsigned char *)(uintptr_t)sp->sp_mem + at;
	if (!oracle_dying(&rn->rn_oracle, mp) && memcmp(mem, buffer, piod.piod_len) != 0)
		FAIL(rn, "%d: PT_IO %d of %zu bytes at %#lx moved something else", mp->mp_pid, piod.piod_op, piod.piod_len, (long)at);
}

static void
look_at_map(struct run *rn, struct mproc *mp)
{
	struct ptrace_vm_entry pve = {.pve_entry = (int)sim_choose(&rn->rn_sim, 4)};
	const struct sim_proc *sp;
	struct host_mapping hm;
	int stamp, result;

	if (asked(rn, PT_VM_TIMESTAMP, random_id(rn, mp), NULL, 0, &stamp) != 0 ||
	    asked(rn, PT_VM_ENTRY, random_id(rn, mp), &pve, 0, &result) != 0 ||
	    (sp = sim_proc(&rn->rn_sim, mp->mp_pid)) == NULL || oracle_dying(&rn->rn_oracle, mp))
		return;
	hm = sim_mapping(sp, (size_t)pve.pve_entry - 1);
	if (stamp != sp->sp_generation || pve.pve_timestamp != stamp || pve.pve_start != hm.hm_start ||
	    pve.pve_end != hm.hm_end - 1)
		FAIL(rn, "%d: entry %d of map %d is not that", mp->mp_pid, pve.pve_entry - 1, sp->sp_generation);
}

static void
look_at_registers(struct run *rn, struct mproc *mp)
{
	struct reg reg;
	pid_t id = random_id(rn, mp);
	int result;

	if (asked(rn, PT_GETREGS, id, &reg, 0, &result) != 0)
		return;
	reg.r_r15++;
	if (one_in(rn, 5))
		reg.r_cs = 0;
	(void)asked(rn, PT_SETREGS, id, &reg, 0, &result);
}

/* They are what was set last, by the tracer or with the thread's birth; what they hold is never enabled here. */
static void
look_at_dbregs(struct run *rn, struct mproc *mp)
{
	pid_t id = random_id(rn, mp);
	pid_t tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id == mp->mp_pid ? mp->mp_reporter : id;
	struct mthread *mt = oracle_thread(&rn->rn_oracle, tid);
	struct dbreg d;
	int result;

	if (mt == NULL || asked(rn, PT_GETDBREGS, id, &d, 0, &result) != 0)
		return;
	if (d.dr[0] != mt->mt_watch && !(mt->mt_unsure && d.dr[0] == 0))
		FAIL(rn, "debug register of %d/%d is %lu; it was %lu", mp->mp_pid, tid, (unsigned long)d.dr[0],
		    (unsigned long)mt->mt_watch);
	memset(&d, 0, sizeof(d));
	d.dr[0] = 1 + sim_choose(&rn->rn_sim, 1000);
	d.dr[7] = one_in(rn, 5) ? DBREG_DR7_SET(1, 0, 2, 0) : 0;
	if (asked(rn, PT_SETDBREGS, id, &d, 0, &result) != 0)
		return;
	mt->mt_watch = d.dr[0];
	mt->mt_unsure = false;
}

static void
set_marks(struct run *rn, struct mproc *mp)
{
	pid_t id = random_id(rn, mp);
	pid_t tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id == mp->mp_pid ? mp->mp_reporter : id;
	struct mthread *mt = oracle_thread(&rn->rn_oracle, tid);
	bool hold = one_in(rn, 3) && !rn->rn_ending, step = one_in(rn, 2);
	int result;

	if (mt == NULL)
		return;
	if (asked(rn, hold ? PT_SUSPEND : PT_RESUME, id, NULL, 0, &result) == 0)
		mt->mt_held = hold;
	if (!one_in(rn, 3) || rn->rn_flavour->fl_step == 0)
		return;
	if (asked(rn, step ? PT_SETSTEP : PT_CLEARSTEP, id, NULL, 0, &result) != 0)
		return;
	oracle_step(mt, step);
}

static void
set_follow(struct run *rn, struct mproc *mp)
{
	bool on = sim_choose(&rn->rn_sim, 256) < rn->rn_flavour->fl_follow;
	int result;

	if (asked(rn, PT_FOLLOW_FORK, random_id(rn, mp), NULL, on, &result) == 0)
		mp->mp_follow = on;
}

void
move_inspect(struct run *rn, struct mproc *mp)
{
	static void (*const looks[])(struct run *, struct mproc *) = {
	    look_at_threads, look_at_memory, look_at_registers, set_marks, set_follow};

	if (rn->rn_flavour->fl_maps && !one_in(rn, 4))
		look_at_map(rn, mp);
	else if (rn->rn_flavour->fl_watches && !one_in(rn, 3))
		look_at_dbregs(rn, mp);
	else
		looks[sim_choose(&rn->rn_sim, sizeof(looks) / sizeof(looks[0]))](rn, mp);
}

/* ---- answering a stop ---- */

/* Nothing, the reported signal, or another. */
static int
random_signal(struct run *rn, const struct mproc *mp)
{
	static const int others[] = {SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT, SIGTSTP, SIGSTOP, SIGTERM, SIGUSR1};
	bool event = !mp->mp_signalstop || mp->mp_attaching;

	if (one_in(rn, 8))
		return (others[sim_choose(&rn->rn_sim, sizeof(others) / sizeof(others[0]))]);
	if (event || mp->mp_sig == SIGTRAP || mp->mp_sig == SIGSTOP || one_in(rn, 4))
		return (0);
	return (mp->mp_sig);
}

static int
random_answer(struct run *rn)
{
	static const int tracing[] = {PT_SYSCALL, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL};
	const struct flavour *fl = rn->rn_flavour;
	unsigned n = sim_choose(&rn->rn_sim, 256);

	if (n < fl->fl_detach)
		return (PT_DETACH);
	if ((n -= fl->fl_detach) < fl->fl_pt_kill)
		return (PT_KILL);
	if ((n -= fl->fl_pt_kill) < fl->fl_step)
		return (PT_STEP);
	if ((n -= fl->fl_step) < fl->fl_calls)
		return (tracing[sim_choose(&rn->rn_sim, 4)]);
	return (PT_CONTINUE);
}

/* It was killed as it was asked: as before, but dying. */
static void
take_back(struct run *rn, const struct mproc *before, int req, int error)
{
	struct mproc *mp = oracle_proc(&rn->rn_oracle, before->mp_pid), now;

	if (mp == NULL || error != ESRCH || !oracle_dying(&rn->rn_oracle, mp))
		FAIL(rn, "request %d of %d: %s", req, before->mp_pid, strerrorname_np(error));
	now = *mp;
	*mp = *before;
	mp->mp_dying = true;
	mp->mp_dead = now.mp_dead;
	mp->mp_status = now.mp_status;
}

static int
resume(struct run *rn, struct mproc *mp, int req, pid_t id, int sig)
{
	struct mproc before = *mp;
	pid_t pid = mp->mp_pid, tid;
	int result, error;

	tid = id >= BSD_LWPID_BASE ? id - BSD_LWPID_BASE : id == pid ? mp->mp_reporter : id;
	mp->mp_sce |= req == PT_TO_SCE || req == PT_SYSCALL;
	mp->mp_scx |= req == PT_TO_SCX || req == PT_SYSCALL;
	oracle_resume(&rn->rn_oracle, mp, req == PT_KILL ? SIGKILL : sig, req == PT_STEP ? tid : 0);
	if ((error = ask(rn, req, id, (caddr_t)1, sig, &result)) != 0)
		take_back(rn, &before, req, error);
	return (error);
}

static int
detach(struct run *rn, struct mproc *mp, pid_t id, int sig)
{
	struct mproc before = *mp;
	int result, error;

	rn->rn_oracle.or_detaching = mp->mp_pid;
	oracle_detach(&rn->rn_oracle, mp, sig);
	if ((error = ask(rn, PT_DETACH, id, NULL, sig, &result)) != 0)
		take_back(rn, &before, PT_DETACH, error);
	else if (mp->mp_dead && !mp->mp_child)
		oracle_drop(&rn->rn_oracle, mp);
	rn->rn_oracle.or_detaching = 0;
	return (error);
}

int
do_answer(struct run *rn, struct mproc *mp, int req, pid_t id, int sig)
{
	int result;

	if (expect(rn, req, id, NULL, sig) != 0)
		return (asked(rn, req, id, (caddr_t)1, sig, &result));
	return (req == PT_DETACH ? detach(rn, mp, id, sig) : resume(rn, mp, req, id, sig));
}

void
move_answer(struct run *rn, struct mproc *mp)
{
	int req = random_answer(rn), sig = random_signal(rn, mp);

	if (rn->rn_ending && one_in(rn, 2))
		req = one_in(rn, 2) ? PT_DETACH : PT_KILL;
	if (req != PT_DETACH || sig != SIGSTOP)
		(void)do_answer(rn, mp, req, random_id(rn, mp), sig);
}

/* ---- anything at all ---- */

static pid_t
any_id(struct run *rn)
{
	static const pid_t odd[] = {0, -1, 1, -SIM_FIRST, SIM_SELF, 99999, BSD_LWPID_BASE, BSD_LWPID_BASE + 7};
	struct sim_thread *st, *found[SIM_THREADS];
	unsigned n = 0;

	if (one_in(rn, 6))
		return (odd[sim_choose(&rn->rn_sim, sizeof(odd) / sizeof(odd[0]))]);
	FOREACH_SIM_THREAD(&rn->rn_sim, st)
		found[n++] = st;
	if (n == 0)
		return (1);
	st = found[sim_choose(&rn->rn_sim, n)];
	return (one_in(rn, 2) ? st->st_tid : st->st_tid + BSD_LWPID_BASE);
}

/* Only what will fail is tried here: success is for the moves above, which tell the oracle. */
void
move_wrong(struct run *rn)
{
	static const int requests[] = {-1, 3, 6, 24, 39, 45, 64, 99, PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D,
	    PT_CONTINUE, PT_KILL, PT_STEP, PT_ATTACH, PT_DETACH, PT_IO, PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST,
	    PT_CLEARSTEP, PT_SETSTEP, PT_SUSPEND, PT_RESUME, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_FOLLOW_FORK,
	    PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS};
	static const int datas[] = {0, -1, 1, 65, 64, 4096, 10};
	struct fpreg space[4];
	int req = requests[sim_choose(&rn->rn_sim, sizeof(requests) / sizeof(requests[0]))], result;
	int data = datas[sim_choose(&rn->rn_sim, sizeof(datas) / sizeof(datas[0]))];
	void *addr = one_in(rn, 3) ? SIM_BAD : (void *)space;
	pid_t id = any_id(rn);

	memset(space, 0, sizeof(space));
	if (expect(rn, req, id, addr, data) != 0)
		(void)asked(rn, req, id, addr, data, &result);
}
