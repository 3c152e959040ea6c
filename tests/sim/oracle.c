/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "oracle.h"

#include <string.h>

#define FAIL(or, ...) sim_fail((or)->or_sim, __VA_ARGS__)

/* Flags that a report must have right. */
#define CHECKED \
	(PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_EXEC | PL_FLAG_SI | PL_FLAG_FORKED | PL_FLAG_CHILD | PL_FLAG_VFORKED)

void
oracle_init(struct oracle *or, struct sim *sim)
{
	memset(or, 0, sizeof(*or));
	or->or_sim = sim;
	sim->sim_watch = oracle_watch;
	sim->sim_arg = or;
}

struct mproc *
oracle_proc(struct oracle *or, pid_t pid)
{
	struct mproc *mp;

	FOREACH_MPROC(or, mp)
		if (mp->mp_pid == pid)
			return (mp);
	return (NULL);
}

struct mthread *
oracle_thread(struct oracle *or, pid_t tid)
{
	struct mthread *mt;

	FOREACH_MTHREAD(or, mt)
		if (mt->mt_tid == tid)
			return (mt);
	return (NULL);
}

static struct mthread *
add_thread(struct oracle *or, struct mproc *mp, pid_t tid)
{
	struct mthread *mt = or->or_threads;

	while (mt < or->or_threads + ORACLE_THREADS && mt->mt_tid != 0)
		mt++;
	if (mt == or->or_threads + ORACLE_THREADS)
		FAIL(or, "oracle: too many threads");
	memset(mt, 0, sizeof(*mt));
	mt->mt_tid = tid;
	mt->mt_proc = mp;
	return (mt);
}

static struct mproc *
add_proc(struct oracle *or, const struct sim_proc *sp)
{
	struct mproc *mp = or->or_procs;

	while (mp < or->or_procs + ORACLE_PROCS && mp->mp_pid != 0)
		mp++;
	if (mp == or->or_procs + ORACLE_PROCS)
		FAIL(or, "oracle: too many processes");
	memset(mp, 0, sizeof(*mp));
	mp->mp_pid = sp->sp_pid;
	mp->mp_child = sp->sp_ppid == SIM_SELF;
	mp->mp_traced = true;
	return (mp);
}

static void
drop_threads(struct oracle *or, struct mproc *mp)
{
	struct mthread *mt;

	FOREACH_MTHREAD(or, mt)
		if (mt->mt_proc == mp)
			mt->mt_tid = 0;
}

void
oracle_drop(struct oracle *or, struct mproc *mp)
{
	drop_threads(or, mp);
	mp->mp_pid = 0;
}

/* A child of the tracer's own, not traced: its end is to be reported. */
struct mproc *
oracle_child(struct oracle *or, struct sim_proc *sp)
{
	struct mproc *mp = add_proc(or, sp);

	mp->mp_traced = false;
	return (mp);
}

static void
inherit(struct mthread *mt, const struct sim_thread *st)
{
	mt->mt_handler = st->st_handler;
	mt->mt_broken = st->st_restart;
	mt->mt_haunted = st->st_tf || (st->st_handler && st->st_frame.tf);
	mt->mt_step = st->st_tf;
	mt->mt_framestep = st->st_handler && st->st_frame.tf;
	mt->mt_proc->mp_loose |= st->st_queued; /* by an earlier tracer: us */
	if (st->st_phase == PH_SIGNAL && st->st_sig != 0)
		mt->mt_proc->mp_loose |= SIM_BIT(st->st_sig); /* left with it by a detach */
}

struct mproc *
oracle_traced(struct oracle *or, struct sim_proc *sp, bool attached)
{
	struct mproc *mp = oracle_proc(or, sp->sp_pid);
	const struct sim_thread *st;

	if (mp != NULL)
		oracle_drop(or, mp);
	mp = add_proc(or, sp);
	mp->mp_attaching = attached;
	mp->mp_vforked = mp->mp_late = attached && sp->sp_vforked;
	mp->mp_dying = sp->sp_exiting;
	FOREACH_SIM_THREAD(or->or_sim, st)
		if (st->st_proc == sp && !st->st_dead)
			inherit(add_thread(or, mp, st->st_tid), st);
	return (mp);
}

bool
oracle_dying(struct oracle *or, const struct mproc *mp)
{
	const struct sim_proc *sp = sim_proc(or->or_sim, mp->mp_pid);

	return (mp->mp_dying || mp->mp_dead || sp == NULL || sp->sp_exiting || sp->sp_dead);
}

/* ---- the events of a thread ---- */

static void
want(struct oracle *or, struct mthread *mt, struct want w)
{
	if (mt->mt_proc->mp_killed || !mt->mt_proc->mp_traced)
		return;
	if (mt->mt_nwants == WANTS)
		FAIL(or, "thread %d has too many events that were not reported", mt->mt_tid);
	mt->mt_wants[mt->mt_nwants++] = w;
}

static void
shift(struct mthread *mt, unsigned at)
{
	mt->mt_nwants--;
	memmove(&mt->mt_wants[at], &mt->mt_wants[at + 1], (mt->mt_nwants - at) * sizeof(mt->mt_wants[0]));
}

/* Those that may be missing are not coming any more. */
static void
drop_maybes(struct mthread *mt)
{
	for (unsigned i = mt->mt_nwants; i-- > 0;)
		if (mt->mt_wants[i].w_maybe)
			shift(mt, i);
}

static void
must_be_told(struct oracle *or, struct mthread *mt, const char *does)
{
	drop_maybes(mt);
	if (mt->mt_nwants > 0)
		FAIL(or, "thread %d %s, but its event (signal %d, flags %#x) was not reported", mt->mt_tid, does,
		    mt->mt_wants[0].w_sig, (unsigned)mt->mt_wants[0].w_flags);
}

/* ---- what the programs do ---- */

static void
step_over(struct mthread *mt)
{
	mt->mt_step = false;
}

static void
on_run(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	struct mproc *mp = mt->mt_proc;
	struct sim_thread *st = sf->sf_st;
	uint64_t owed = mt->mt_owed & ~st->st_mask;
	enum sim_what what = st->st_next.sa_what;

	if (mp->mp_waited)
		FAIL(or, "thread %d runs while process %d is reported stopped", mt->mt_tid, mp->mp_pid);
	if (mt->mt_held)
		FAIL(or, "thread %d runs while it is suspended", mt->mt_tid);
	must_be_told(or, mt, "runs");
	if (owed != 0)
		FAIL(or, "thread %d runs and has not taken signal %d, which was passed on", mt->mt_tid,
		    __builtin_ctzll(owed) + 1);
	if (!mp->mp_traced) {
		mt->mt_tid = 0;
		return;
	}
	if (mt->mt_broken && !mt->mt_brokentold && !mt->mt_ended && mp->mp_scx && !(st->st_handler && st->st_frame.restart))
		FAIL(or, "thread %d: the exit of a call that a signal ended was not reported", mt->mt_tid);
	if (!(st->st_handler && st->st_frame.restart))
		mt->mt_broken = false;
	if (!mt->mt_step)
		return;
	if (what == SA_COMPUTE) {
		want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SI, .w_step = true});
		step_over(mt);
	}
}

static void
on_enter(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	if (mt->mt_proc->mp_waited)
		FAIL(or, "thread %d goes into a call while process %d is reported stopped", mt->mt_tid,
		    mt->mt_proc->mp_pid);
	if (sf->sf_again)
		must_be_told(or, mt, "makes its call again");
	if (mt->mt_proc->mp_sce && (!sf->sf_again || !mt->mt_broken || mt->mt_ended || mt->mt_brokentold))
		want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SCE,
		    .w_maybe = sf->sf_again && mt->mt_ended && !mt->mt_brokentold});
	mt->mt_broken = mt->mt_brokentold = mt->mt_ended = mt->mt_merged = false;
}

static void
on_leave(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	bool again = sf->sf_broken, back = sf->sf_call == SC_SIGRETURN;

	if (mt->mt_proc->mp_scx && !mt->mt_merged) {
		want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SCX, .w_maybe = again, .w_broken = again});
	}
	mt->mt_broken = again;
	mt->mt_merged = false;
	if (sf->sf_call == SC_EXEC)
		step_over(mt);
	if (!mt->mt_step)
		return;
	want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SI, .w_step = true, .w_maybe = again || back});
	if (!again)
		step_over(mt);
}

static const struct {
	enum sim_call call;
	int flags;
} births[] = {
	{SC_FORK, PL_FLAG_FORKED | PL_FLAG_SCX},
	{SC_RFORK, PL_FLAG_FORKED | PL_FLAG_SCX},
	{SC_VFORK, PL_FLAG_FORKED | PL_FLAG_SCX | PL_FLAG_VFORKED},
};

static void
on_made(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	struct mproc *mp = mt->mt_proc, *child;
	struct mthread *made;

	if (sf->sf_call == SC_CLONE) {
		made = add_thread(or, mp, sf->sf_other->st_tid);
		made->mt_watch = sf->sf_other->st_traced ? mt->mt_watch : 0;
		if (mp->mp_scx && sf->sf_other->st_traced)
			want(or, made, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SCX});
		return;
	}
	if (!mp->mp_follow || !mp->mp_traced || !sf->sf_st->st_traced || !sf->sf_other->st_traced)
		return;
	child = oracle_traced(or, sf->sf_other->st_proc, false);
	child->mp_maker = mp->mp_pid;
	child->mp_vforked = sf->sf_call == SC_VFORK;
	made = oracle_thread(or, child->mp_pid);
	made->mt_watch = mt->mt_watch;
	made->mt_unsure = true;
	want(or, made, (struct want){.w_sig = SIGSTOP, .w_flags = PL_FLAG_CHILD | PL_FLAG_SCX});
	for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++)
		if (births[i].call == sf->sf_call)
			want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = births[i].flags, .w_child = child->mp_pid});
	mt->mt_merged = true;
}

static void
on_exec(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	struct mproc *mp = mt->mt_proc;
	struct mthread *other;

	FOREACH_MTHREAD(or, other)
		if (other->mt_proc == mp && other != mt)
			other->mt_tid = 0;
	mt->mt_tid = sf->sf_st->st_tid;
	mt->mt_watch = 0;
	mt->mt_nwants = 0;
	mp->mp_vforked = false;
	mt->mt_handler = false;
	step_over(mt);
	if (!sf->sf_st->st_traced)
		return;
	want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_EXEC | PL_FLAG_SCX});
	mt->mt_merged = true;
}

static bool
ignored(const struct sim_proc *sp, int sig)
{
	return (sig != SIGCONT &&
	    (sp->sp_how[sig] == HD_IGNORED || (sp->sp_how[sig] == HD_DEFAULT && sim_ignored_by_default(sig))));
}

/* A signal that is reported breaks off the call for good: its exit is one, and being made again an entry. */
static void
end_call(struct oracle *or, struct mthread *mt)
{
	bool there = mt->mt_brokentold;

	for (unsigned i = 0; i < mt->mt_nwants; i++)
		if (mt->mt_wants[i].w_broken) {
			there = true;
			mt->mt_wants[i].w_maybe = false;
		}
	if (!there && mt->mt_proc->mp_scx)
		want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SCX, .w_broken = true});
	mt->mt_ended = true;
}

/* A signal that was reported has ended the call before calls were traced; whether it was made again meanwhile nobody told. */
static void
maybe_ended(struct oracle *or, struct mthread *mt)
{
	if (mt->mt_ended && !mt->mt_brokentold && mt->mt_proc->mp_scx)
		want(or, mt, (struct want){.w_sig = SIGTRAP, .w_flags = PL_FLAG_SCX, .w_maybe = true, .w_broken = true});
}

static void
on_signal(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	if (sf->sf_queued && sf->sf_sp->sp_how[sf->sf_sig] == HD_CAUGHT) {
		if (mt->mt_broken && !mt->mt_ended)
			end_call(or, mt);
		else
			maybe_ended(or, mt);
	}
	/* A trap in a call that was broken off may count as its end. */
	mt->mt_ended |= sf->sf_step && mt->mt_broken;
	if (sf->sf_step || sf->sf_queued)
		return;
	if (!sf->sf_forced && ignored(sf->sf_sp, sf->sf_sig))
		return;
	/* These wait for its exec. */
	if (mt->mt_proc->mp_vforked && sim_stops_by_default(sf->sf_sig) && sf->sf_sp->sp_how[sf->sf_sig] == HD_DEFAULT) {
		/* A followed one's maker may not have told yet that it waits. */
		if (mt->mt_proc->mp_maker != 0)
			want(or, mt, (struct want){.w_sig = sf->sf_sig, .w_flags = PL_FLAG_SI, .w_maybe = true});
		return;
	}
	if (sf->sf_forced && sf->sf_sig == SIGTRAP)
		step_over(mt);
	if (mt->mt_broken && !mt->mt_ended)
		end_call(or, mt);
	else
		maybe_ended(or, mt);
	want(or, mt, (struct want){.w_sig = sf->sf_sig, .w_flags = PL_FLAG_SI});
}

static bool
owed_by_other(struct oracle *or, const struct mproc *mp, int sig)
{
	struct mthread *mt;

	FOREACH_MTHREAD(or, mt)
		if (mt->mt_proc == mp && (mt->mt_owed & SIM_BIT(sig)) != 0) {
			mt->mt_owed &= ~SIM_BIT(sig);
			return (true);
		}
	return (false);
}

/* The step flag is kept in the signal frame; a handler begins without it. */
static void
enter_handler(struct mthread *mt)
{
	mt->mt_handler = true;
	mt->mt_framestep = mt->mt_step;
	mt->mt_step = false;
	mt->mt_broken &= mt->mt_proc->mp_scx;
}

static void
on_taken(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	struct mproc *mp = mt->mt_proc;
	uint64_t bit = SIM_BIT(sf->sf_sig);

	if (sf->sf_handler)
		enter_handler(mt);
	if (mt->mt_owed & bit)
		mt->mt_owed &= ~bit;
	else if (!mp->mp_traced || (mp->mp_loose & bit) != 0 || ignored(sf->sf_sp, sf->sf_sig))
		return;
	else if (!owed_by_other(or, mp, sf->sf_sig))
		FAIL(or, "thread %d takes signal %d, which nobody passed on", mt->mt_tid, sf->sf_sig);
	if (mp->mp_traced && sim_stops_by_default(sf->sf_sig) && !sf->sf_handler && (mp->mp_loose & bit) == 0)
		FAIL(or, "thread %d is stopped by signal %d though it is traced", mt->mt_tid, sf->sf_sig);
}

static void
on_handled(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	(void)or;
	(void)sf;
	mt->mt_handler = false;
	mt->mt_step = mt->mt_framestep;
	mt->mt_framestep = false;
}

static void
on_gone(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	(void)or;
	(void)sf;
	mt->mt_tid = 0;
}

/*
 * A thread that was made unseen, amid the attach, has taken the place of all others by an exec and ended too: there
 * is nobody left by whom the host could tell the tracer.
 */
static bool
nobody_tells(struct oracle *or, const struct sim_proc *sp)
{
	const struct sim_thread *st;

	FOREACH_SIM_THREAD(or->or_sim, st)
		if (st->st_proc == sp && st->st_traced)
			return (false);
	return (true);
}

static void
on_dead(struct oracle *or, const struct sim_fact *sf)
{
	struct mproc *mp = oracle_proc(or, sf->sf_sp->sp_pid);

	if (mp == NULL)
		return;
	mp->mp_dead = true;
	mp->mp_status = sf->sf_sp->sp_status;
	/* One that ends before it and its maker could show it was there. */
	mp->mp_shy = mp->mp_traced && mp->mp_maker != 0 && !mp->mp_shown;
	if ((!mp->mp_traced || nobody_tells(or, sf->sf_sp)) && !mp->mp_child && or->or_detaching != mp->mp_pid)
		oracle_drop(or, mp);
}

/* A thread is let go without being asked: of a child only, whose maker was killed, or let go, or follows no more. */
static void
on_left(struct oracle *or, struct mthread *mt, const struct sim_fact *sf)
{
	struct mproc *mp = mt->mt_proc;
	const struct mproc *maker = oracle_proc(or, mp->mp_maker);

	(void)sf;
	if (!mp->mp_traced || or->or_detaching == mp->mp_pid)
		return;
	if (mp->mp_maker == 0 || mt->mt_nwants == 0 ||
	    (maker != NULL && maker->mp_traced && maker->mp_follow && !oracle_dying(or, maker)))
		FAIL(or, "thread %d is let go, but nobody asked for it", mt->mt_tid);
	oracle_drop(or, mp);
}

static void (*const handlers[])(struct oracle *, struct mthread *, const struct sim_fact *) = {
	[SF_RUN] = on_run,
	[SF_ENTER] = on_enter,
	[SF_LEAVE] = on_leave,
	[SF_MADE] = on_made,
	[SF_EXEC] = on_exec,
	[SF_SIGNAL] = on_signal,
	[SF_TAKEN] = on_taken,
	[SF_HANDLED] = on_handled,
	[SF_GONE] = on_gone,
	[SF_LEFT] = on_left,
};

static const char *const names[] = {"runs", "enters call", "leaves call", "has made", "execs, was", "meets signal",
	"takes signal", "ends its handler", "is gone", "is dead", "is collected", "is let go"};

/* What a thread does before an attach has come to it. */
static void
unseen(struct mthread *mt, const struct sim_fact *sf)
{
	if (sf->sf_kind == SF_LEAVE)
		mt->mt_broken = sf->sf_broken;
	if (sf->sf_kind == SF_TAKEN)
		mt->mt_owed &= ~SIM_BIT(sf->sf_sig);
	if (sf->sf_kind == SF_TAKEN && sf->sf_handler) {
		mt->mt_handler = true;
		mt->mt_broken = false;
	}
	if (sf->sf_kind == SF_HANDLED) {
		mt->mt_handler = false;
		mt->mt_step = mt->mt_framestep;
	}
}

void
oracle_watch(void *arg, const struct sim_fact *sf)
{
	struct oracle *or = arg;
	struct mthread *mt;
	pid_t tid;

	if (or->or_sim->sim_verbose)
		sim_say(or->or_sim, "   sim: %d/%d %s %d%s%s", sf->sf_sp->sp_pid, sf->sf_st != NULL ? sf->sf_st->st_tid : 0,
		    names[sf->sf_kind],
		    sf->sf_sig != 0 ? sf->sf_sig : sf->sf_other != NULL ? sf->sf_other->st_tid :
		    sf->sf_kind == SF_RUN ? (int)sf->sf_st->st_next.sa_what :
		    sf->sf_kind == SF_EXEC ? sf->sf_tid : (int)sf->sf_call,
		    sf->sf_again ? " again" : sf->sf_broken ? " broken off" : "", sf->sf_queued ? " queued" : "");
	if (sf->sf_kind == SF_DEAD) {
		on_dead(or, sf);
		return;
	}
	or->or_execs += sf->sf_kind == SF_EXEC;
	if (sf->sf_kind == SF_HANDED)
		return;
	tid = sf->sf_kind == SF_EXEC ? sf->sf_tid : sf->sf_st->st_tid;
	mt = oracle_thread(or, tid);
	if (mt == NULL)
		return;
	/* One that an attach has not come to yet. */
	if (!sf->sf_st->st_traced)
		unseen(mt, sf);
	if (mt->mt_proc->mp_traced && !sf->sf_st->st_traced && sf->sf_kind != SF_MADE && sf->sf_kind != SF_EXEC &&
	    sf->sf_kind != SF_GONE)
		return;
	/* What is not traced is followed only until it has taken what it was left with. */
	if ( (mt->mt_proc->mp_traced || sf->sf_kind == SF_RUN || sf->sf_kind == SF_TAKEN ||
	    sf->sf_kind == SF_GONE))
		handlers[sf->sf_kind](or, mt, sf);
}

/* ---- what the tracer is told ---- */

/* A child that was made before its maker's forks were followed, whose maker could not tell of it until they were. */
static struct mproc *
followed_late(struct oracle *or, pid_t pid)
{
	struct sim_proc *sp = sim_proc(or->or_sim, pid);
	const struct mproc *maker = sp == NULL ? NULL : oracle_proc(or, sp->sp_ppid);
	struct mproc *mp;

	if (maker == NULL || !maker->mp_follow || !sim_main(or->or_sim, sp)->st_traced)
		return (NULL);
	mp = oracle_traced(or, sp, false);
	want(or, oracle_thread(or, pid), (struct want){.w_sig = SIGSTOP, .w_flags = PL_FLAG_CHILD | PL_FLAG_SCX});
	return (mp);
}

static struct mproc *
reported(struct oracle *or, pid_t pid)
{
	struct mproc *mp = oracle_proc(or, pid);

	if (mp == NULL)
		mp = followed_late(or, pid);
	if (mp == NULL || !mp->mp_traced)
		FAIL(or, "a stop of %d is reported, which is not traced", pid);
	if (mp->mp_waited)
		FAIL(or, "a stop of %d is reported, which is stopped already", pid);
	return (mp);
}

/* A stop is the process': no thread of it may go on untraced. */
static void
all_traced(struct oracle *or, const struct mproc *mp)
{
	const struct sim_thread *st;

	FOREACH_SIM_THREAD(or->or_sim, st)
		if (st->st_proc->sp_pid == mp->mp_pid && !st->st_traced && !st->st_dead && !oracle_dying(or, mp))
			FAIL(or, "%d is reported stopped, but its thread %d is not traced", mp->mp_pid, st->st_tid);
}

void
oracle_peek(struct oracle *or, pid_t pid, int sig)
{
	struct mproc *mp = reported(or, pid);

	if (mp->mp_peeked != 0 && mp->mp_peeked != sig && !oracle_dying(or, mp))
		FAIL(or, "%d: looked at signal %d, then at %d", pid, mp->mp_peeked, sig);
	mp->mp_peeked = sig;
}

void
oracle_stop(struct oracle *or, pid_t pid, int sig)
{
	struct mproc *mp = reported(or, pid);

	or->or_reports++;
	mp->mp_shown = true;
	if (mp->mp_peeked != 0 && mp->mp_peeked != sig && !oracle_dying(or, mp))
		FAIL(or, "%d: looked at signal %d, then collected %d", pid, mp->mp_peeked, sig);
	mp->mp_peeked = 0;
	if (mp->mp_killed)
		FAIL(or, "a stop of %d is reported, which the tracer has killed", pid);
	all_traced(or, mp);
	mp->mp_waited = true;
	mp->mp_sig = sig;
	mp->mp_reporter = 0;
	mp->mp_signalstop = mp->mp_attachstop = false;
}

static void
describe_attach(struct oracle *or, struct mproc *mp, const struct ptrace_lwpinfo *pl)
{
	if (mp->mp_sig != SIGSTOP || (pl->pl_flags & PL_FLAG_SI) == 0 || pl->pl_siginfo.si_signo != SIGSTOP)
		FAIL(or, "%d: after the attach signal %d, flags %#x", mp->mp_pid, mp->mp_sig, (unsigned)pl->pl_flags);
	mp->mp_attaching = false;
	mp->mp_attachstop = true;
}

/* A signal frame that an earlier detach left behind holds the step flag: such a thread traps as it likes. */
static void
drop_traps(struct mthread *mt)
{
	for (unsigned i = mt->mt_nwants; i-- > 0;)
		if (mt->mt_wants[i].w_sig == SIGTRAP && mt->mt_wants[i].w_flags == PL_FLAG_SI)
			shift(mt, i);
}

/* Those that may be missing and are not meant are skipped; the next one must be meant. */
static void
match(struct oracle *or, struct mproc *mp, struct mthread *mt, const struct ptrace_lwpinfo *pl)
{
	unsigned i = 0;
	const struct want *w;

	if (mt->mt_haunted && mp->mp_sig == SIGTRAP && (pl->pl_flags & PL_FLAG_SI) != 0) {
		drop_traps(mt);
		return;
	}
	for (; i < mt->mt_nwants; i++) {
		w = &mt->mt_wants[i];
		if (w->w_sig == mp->mp_sig && w->w_flags == (pl->pl_flags & CHECKED))
			break;
		if (!w->w_maybe)
			FAIL(or, "%d/%d: reported signal %d, flags %#x; its next event is signal %d, flags %#x", mp->mp_pid,
			    mt->mt_tid, mp->mp_sig, (unsigned)pl->pl_flags, w->w_sig, (unsigned)w->w_flags);
	}
	if (i == mt->mt_nwants)
		FAIL(or, "%d/%d: reported signal %d, flags %#x, which it did not meet", mp->mp_pid, mt->mt_tid,
		    mp->mp_sig, (unsigned)pl->pl_flags);
	w = &mt->mt_wants[i];
	if (w->w_child != pl->pl_child_pid)
		FAIL(or, "%d: child %d reported, made %d", mp->mp_pid, pl->pl_child_pid, w->w_child);
	if ((pl->pl_flags & PL_FLAG_SI) != 0 && pl->pl_siginfo.si_signo != mp->mp_sig)
		FAIL(or, "%d: signal %d reported, siginfo of %d", mp->mp_pid, mp->mp_sig, pl->pl_siginfo.si_signo);
	mt->mt_brokentold |= w->w_broken;
	if (w->w_step)
		step_over(mt); /* the trap clears the flag, which may have been set since it was due */
	while (i-- > 0)
		shift(mt, 0);
	shift(mt, 0);
}

/* The stop of an attach comes before all else, but not before the exec of a vfork child. */
static bool
comes_first(const struct mproc *mp, const struct ptrace_lwpinfo *pl)
{
	return (mp->mp_late && (mp->mp_sig != SIGSTOP || pl->pl_siginfo.si_pid != 0));
}

void
oracle_describe(struct oracle *or, struct mproc *mp, const struct ptrace_lwpinfo *pl)
{
	pid_t tid = pl->pl_lwpid - BSD_LWPID_BASE;
	struct mthread *mt = oracle_thread(or, tid);

	mp->mp_reporter = tid;
	mp->mp_signalstop = (pl->pl_flags & PL_FLAG_SI) != 0;
	if (mp->mp_attaching && !comes_first(mp, pl)) {
		describe_attach(or, mp, pl);
		return;
	}
	if (mt == NULL && oracle_dying(or, mp))
		return;
	if (mt == NULL || mt->mt_proc != mp)
		FAIL(or, "%d: reported by %d, which is no thread of it", mp->mp_pid, tid);
	if (mt->mt_held)
		FAIL(or, "%d: reported by %d, which is suspended", mp->mp_pid, tid);
	if (pl->pl_event != PL_EVENT_SIGNAL)
		FAIL(or, "%d: the reporting thread has pl_event %d", mp->mp_pid, pl->pl_event);
	match(or, mp, mt, pl);
}

void
oracle_compare(struct oracle *or, struct mproc *mp, pid_t tid, const struct ptrace_lwpinfo *pl)
{
	struct mthread *mt = oracle_thread(or, tid);
	bool has, maybe = false;

	if (mt == NULL || oracle_dying(or, mp))
		return;
	if (pl->pl_lwpid != tid + BSD_LWPID_BASE)
		FAIL(or, "lwpinfo of %d says it is %d", tid, pl->pl_lwpid);
	has = tid == mp->mp_reporter;
	for (unsigned i = 0; i < mt->mt_nwants; i++)
		/* That of a fork or exec comes when the call ends, that of a step may be held up by a stop. */
		if (mt->mt_wants[i].w_maybe || mt->mt_wants[i].w_step || (mt->mt_wants[i].w_flags & (PL_FLAG_FORKED | PL_FLAG_EXEC)) != 0)
			maybe = true;
		else
			has = true;
	if (has != (pl->pl_event == PL_EVENT_SIGNAL) && !(maybe && !has))
		FAIL(or, "lwpinfo of %d/%d: pl_event %d, but it has %s event", mp->mp_pid, tid, pl->pl_event, has ? "an" : "no");
}

void
oracle_exit(struct oracle *or, pid_t pid, int status, bool keep)
{
	struct mproc *mp = oracle_proc(or, pid);

	if (mp == NULL)
		FAIL(or, "the end of %d is reported, which is not there", pid);
	if (!mp->mp_dead)
		FAIL(or, "the end of %d is reported, but it lives", pid);
	if (mp->mp_status != status)
		FAIL(or, "the end of %d is reported with status %#x; it was %#x", pid, (unsigned)status, (unsigned)mp->mp_status);
	if (keep)
		return;
	or->or_exits++;
	oracle_drop(or, mp);
}

/* ---- what the tracer asks for ---- */

static bool
does_nothing(const struct sim_proc *sp, int sig)
{
	return (sp->sp_how[sig] != HD_CAUGHT && (sim_stops_by_default(sig) || ignored(sp, sig) || sig == SIGCONT));
}

/* A signal passed on is to be taken by the reporting thread, unless it blocks it: then by any. */
static void
owe(struct oracle *or, struct mproc *mp, int sig)
{
	const struct sim_proc *sp = sim_proc(or->or_sim, mp->mp_pid);
	const struct sim_thread *st = sim_thread(or->or_sim, mp->mp_reporter);
	struct mthread *mt = oracle_thread(or, mp->mp_reporter);

	if (sig == 0 || sig == SIGKILL || sp == NULL)
		return;
	if (st == NULL || mt == NULL || does_nothing(sp, sig) || (st->st_mask & SIM_BIT(sig)) != 0 ||
	    (st->st_pending & SIM_BIT(sig)) != 0 || sim_stops_by_default(sig) || (sig == SIGCONT && mp->mp_sig != SIGCONT))
		mp->mp_loose |= SIM_BIT(sig);
	else {
		if (mt->mt_owed & SIM_BIT(sig))
			mp->mp_loose |= SIM_BIT(sig); /* twice */
		mt->mt_owed |= SIM_BIT(sig);
	}
	if (sig == SIGCONT)
		mp->mp_loose |= SIM_BIT(sig);
}

void
oracle_resume(struct oracle *or, struct mproc *mp, int sig, pid_t step)
{
	struct mthread *mt = oracle_thread(or, step);

	if (sig == SIGKILL)
		mp->mp_killed = mp->mp_dying = true;
	if (sig == SIGKILL)
		drop_threads(or, mp);
	owe(or, mp, sig);
	if (mt != NULL)
		mt->mt_step = true;
	mp->mp_waited = false;
	mp->mp_reporter = 0;
}

void
oracle_detach(struct oracle *or, struct mproc *mp, int sig)
{
	struct mthread *mt;

	owe(or, mp, sig);
	if (sig == SIGKILL)
		mp->mp_dying = true;
	FOREACH_MTHREAD(or, mt) {
		if (mt->mt_proc != mp)
			continue;
		for (unsigned i = 0; i < mt->mt_nwants; i++)
			if ((mt->mt_wants[i].w_flags & PL_FLAG_SI) != 0 && mt->mt_wants[i].w_sig != SIGTRAP &&
			    !sim_stops_by_default(mt->mt_wants[i].w_sig) && mt->mt_wants[i].w_sig != SIGCONT)
				mt->mt_owed |= SIM_BIT(mt->mt_wants[i].w_sig);
		mt->mt_nwants = 0;
		mt->mt_held = mt->mt_step = mt->mt_framestep = mt->mt_broken = false;
	}
	mp->mp_traced = mp->mp_waited = mp->mp_attaching = false;
}

/* A trap that is due but not reported may be taken back. */
void
oracle_step(struct mthread *mt, bool on)
{
	mt->mt_step = on;
	for (unsigned i = 0; i < mt->mt_nwants; i++)
		mt->mt_wants[i].w_maybe |= mt->mt_wants[i].w_step;
}

void
oracle_quiet(struct oracle *or)
{
	struct mproc *mp;
	struct mthread *mt;
	const struct sim_thread *st;

	FOREACH_MTHREAD(or, mt) {
		mp = mt->mt_proc;
		if (!mp->mp_traced || mp->mp_waited || mt->mt_held || oracle_dying(or, mp))
			continue;
		drop_maybes(mt);
		if (mt->mt_nwants > 0)
			FAIL(or, "%d/%d: its event (signal %d, flags %#x) is never reported", mp->mp_pid, mt->mt_tid,
			    mt->mt_wants[0].w_sig, (unsigned)mt->mt_wants[0].w_flags);
		st = sim_thread(or->or_sim, mt->mt_tid);
		if (st != NULL && st->st_traced && st->st_stopped)
			FAIL(or, "%d/%d: left stopped, and nobody was told", mp->mp_pid, mt->mt_tid);
	}
	FOREACH_MPROC(or, mp) {
		if (mp->mp_traced && mp->mp_attaching && !mp->mp_late && !mp->mp_waited && !oracle_dying(or, mp))
			FAIL(or, "%d: the stop of its attach is never reported", mp->mp_pid);
		if ((mp->mp_traced || mp->mp_child) && mp->mp_dead && !mp->mp_shy)
			FAIL(or, "%d: its end is never reported", mp->mp_pid);
	}
}
