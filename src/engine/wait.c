/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who is told what next, and what telling uses up.  From: wait.md.
 *
 * One thread of the tracer at a time blocks in the host's wait (tr_pumping) and acts on whatever
 * comes, its own or not; the others sleep until something became reportable, or nobody pumps.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/engine.h"

_Static_assert((int)P_SID == HI_SID && (int)P_UID == HI_UID && (int)P_GID == HI_GID, "one set of values");

static bool
matches(const struct proc *p, const struct wait_spec *ws)
{
	struct host *host = p->p_tracer->tr_host;

	if (!proc_seen(p))
		return (false);
	if (ws->ws_idtype == P_ALL)
		return (true);
	if (ws->ws_idtype == P_PID)
		return ((id_t)p->p_pid == ws->ws_id);
	if (ws->ws_idtype == (int)P_UID)
		return (p->p_uid == ws->ws_id);
	return (host->ops->belongs(host, p->p_pid, ws->ws_idtype, ws->ws_id));
}

/* ---- what there is to tell ---- */

static bool
reportable(const struct proc *p, int options)
{
	if (p->p_flag & P_ZOMBIE)
		return ((options & WEXITED) != 0);
	if ((p->p_flag & P_TRACED) == 0)
		return ((options & (p->p_jobsig != 0 ? WSTOPPED : WCONTINUED)) != 0);
	return ((options & (WTRAPPED | WSTOPPED)) != 0);
}

static struct proc *
find_report(struct tracer *tr, const struct wait_spec *ws)
{
	struct proc *p;

	if (ws->ws_idtype == P_PID) {
		p = proc_find(tr, (pid_t)ws->ws_id);
		return (p != NULL && p->p_rprev != NULL && reportable(p, ws->ws_options) && matches(p, ws) ? p : NULL);
	}
	for (p = tr->tr_report; p != NULL; p = p->p_rnext)
		if (reportable(p, ws->ws_options) && matches(p, ws))
			return (p);
	return (NULL);
}

/* Is there a tracee that could have something to tell, now or later? */
static bool
has_candidate(struct tracer *tr, const struct wait_spec *ws)
{
	struct proc *p;

	if (ws->ws_idtype == P_PID) {
		p = proc_find(tr, (pid_t)ws->ws_id);
		return (p != NULL && matches(p, ws) && ((p->p_flag & P_ZOMBIE) == 0 || (ws->ws_options & WEXITED)));
	}
	for (p = tr->tr_all; p != NULL; p = p->p_next)
		if (((p->p_flag & P_ZOMBIE) == 0 || (ws->ws_options & WEXITED) != 0) && matches(p, ws))
			return (true);
	return (false);
}

/* ---- telling ---- */

static void
describe_exit(int status, struct wait_report *wr)
{
	wr->wr_status = status;
	if (WIFEXITED(status)) {
		wr->wr_code = CLD_EXITED;
		wr->wr_value = WEXITSTATUS(status);
	} else if (WIFSIGNALED(status)) {
		wr->wr_code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
		wr->wr_value = WTERMSIG(status);
	} else if (WIFSTOPPED(status)) {
		wr->wr_code = CLD_STOPPED;
		wr->wr_value = WSTOPSIG(status);
	} else {
		wr->wr_code = CLD_CONTINUED;
		wr->wr_value = SIGCONT;
	}
}

/*
 * What was only looked at may have been taken by another thread meanwhile, by a wait of the library's or of libc's:
 * then it is not to be told again.  These return false.
 */
static bool
collect_exit(struct proc *p, const struct wait_spec *ws, struct wait_report *wr)
{
	struct host *host = p->p_tracer->tr_host;
	bool ours = true;

	describe_exit(p->p_xstat, wr);
	if ((p->p_flag & P_KEPT) != 0 && ws->ws_usage)
		(void)host->ops->usage(host, p->p_pid, &wr->wr_self, &wr->wr_children);
	if (ws->ws_options & WNOWAIT)
		return (true);
	if (p->p_flag & P_KEPT)
		ours = host->ops->reap(host, p->p_pid) == 0;
	proc_free(p);
	return (ours);
}

/* Of an own child under stop events: as the host would tell it of an untraced one. */
static void
collect_job(struct proc *p, const struct wait_spec *ws, struct wait_report *wr)
{
	describe_exit(p->p_jobsig != 0 ? p->p_jobsig << 8 | 0x7f : 0xffff, wr);
	if ((ws->ws_options & WNOWAIT) == 0)
		report_remove(p);
}

static void
collect_stop(struct proc *p, const struct wait_spec *ws, struct wait_report *wr)
{
	struct host *host = p->p_tracer->tr_host;

	wr->wr_status = p->p_xsig << 8 | 0x7f;
	wr->wr_code = ws->ws_options & WTRAPPED ? CLD_TRAPPED : CLD_STOPPED;
	wr->wr_value = p->p_xsig;
	if (ws->ws_usage)
		(void)host->ops->usage(host, p->p_pid, &wr->wr_self, &wr->wr_children);
	if (ws->ws_options & WNOWAIT)
		return;
	p->p_flag |= P_WAITED;
	report_remove(p);
}

static bool
collect(struct proc *p, const struct wait_spec *ws, struct wait_report *wr)
{
	wr->wr_pid = p->p_pid;
	wr->wr_uid = p->p_uid;
	if (p->p_flag & P_ZOMBIE)
		return (collect_exit(p, ws, wr));
	if ((p->p_flag & P_TRACED) == 0)
		collect_job(p, ws, wr);
	else
		collect_stop(p, ws, wr);
	return (true);
}

static bool
collect_child(struct tracer *tr, const struct wait_spec *ws, const struct host_event *ev, struct wait_report *wr)
{
	struct host *host = tr->tr_host;

	wr->wr_pid = ev->he_tid;
	describe_exit(ev->he_status, wr);
	if (ws->ws_usage)
		(void)host->ops->usage(host, ev->he_tid, &wr->wr_self, &wr->wr_children);
	return (!ev->he_kept || (ws->ws_options & WNOWAIT) != 0 || host->ops->reap(host, ev->he_tid) == 0);
}

/* Its first thread was not to be had, and the others have ended. */
static bool
ends_as_child(const struct proc *p)
{
	return ((p->p_flag & (P_NOHEAD | P_ZOMBIE)) == P_NOHEAD && p->p_threads == NULL);
}

/*
 * A child that nobody asked for: its end came with the tracees', since it had asked to be traced and was
 * never seen.  It stays to be told.
 */
static bool
child_is_for_caller(struct tracer *tr, const struct host_event *ev)
{
	struct host_facts facts = {.hf_pid = ev->he_tid, .hf_ppid = tr->tr_host->ops->self(tr->tr_host)};
	struct host_event end = *ev;
	struct proc *p = proc_find(tr, ev->he_tid);

	/* Of one we hold for traced: a thread that was not ours had taken the place of all, and has ended. */
	if (p != NULL && (p->p_flag & P_ZOMBIE) == 0 && (WIFEXITED(ev->he_status) || WIFSIGNALED(ev->he_status)))
		proc_free(p);
	if (ev->he_asked)
		return (true);
	end.he_kind = HE_EXIT;
	if (proc_new(tr, ev->he_tid, &facts) != NULL)
		(void)event_dispatch(tr, &end);
	return (false);
}

/* ---- waiting ---- */

void
wait_changed(struct tracer *tr)
{
	tr->tr_seq++;
	if (tr->tr_waiters > 1)
		tr->tr_host->ops->wake(tr->tr_host, &tr->tr_seq);
	if (tr->tr_pumping)
		tr->tr_host->ops->kick(tr->tr_host);
}

/* Nothing that an untraced child does is asked for. */
static bool
only_traps(const struct wait_spec *ws)
{
	return ((ws->ws_options & (WEXITED | WSTOPPED | WCONTINUED)) == 0);
}

/* Which of the host's events serve this wait: tracees always, so that none stands still meanwhile. */
static void
plan(struct tracer *tr, const struct wait_spec *ws, struct host_wait *hw)
{
	struct proc *p = ws->ws_idtype == P_PID ? proc_find(tr, (pid_t)ws->ws_id) : NULL;

	memset(hw, 0, sizeof(*hw));
	hw->hw_idtype = ws->ws_idtype;
	hw->hw_id = ws->ws_id;
	hw->hw_options = ws->ws_options & ~(WTRAPPED | WNOWAIT | WNOHANG);
	/* What a process used can be asked for as long as it is not taken. */
	hw->hw_keep = (ws->ws_options & WNOWAIT) != 0 || ws->ws_usage;
	if ((p != NULL && proc_seen(p) && !ends_as_child(p)) || (only_traps(ws) && tr->tr_all != NULL))
		hw->hw_whom = HW_TRACEES;
	else if (ws->ws_idtype == P_ALL && (ws->ws_options & WEXITED) != 0)
		hw->hw_whom = HW_ALL;
	else
		hw->hw_whom = HW_SOME;
}

/* The host's wait, without the lock. */
static int
host_wait(struct tracer *tr, const struct host_wait *hw, struct host_event *ev)
{
	struct host *host = tr->tr_host;
	int error;

	memset(ev, 0, sizeof(*ev));
	if (hw->hw_block)
		tr->tr_pumping = true;
	tr->tr_inwait++;
	host->ops->unlock(host);
	error = host->ops->wait(host, hw, ev);
	host->ops->lock(host);
	tr->tr_inwait--;
	if (hw->hw_block)
		tr->tr_pumping = false;
	return (error);
}

/*
 * Processes the host does not know any more: somebody else took their end.  Another thread of ours may have, and not
 * told yet; then they stay.
 */
static void
drop_lost(struct tracer *tr)
{
	struct proc *p, *next;

	if (tr->tr_inwait != 0)
		return;
	for (p = tr->tr_all; p != NULL; p = next) {
		next = p->p_next;
		if ((p->p_flag & P_ZOMBIE) == 0)
			proc_free(p);
	}
}

/* Another thread pumps: sleep until there is news.  What it does not look for is looked for now and then. */
static int
wait_beside(struct tracer *tr, bool brief)
{
	struct host *host = tr->tr_host;
	uint32_t seq = tr->tr_seq;
	int error;

	host->ops->unlock(host);
	error = host->ops->sleep(host, &tr->tr_seq, seq, brief);
	host->ops->lock(host);
	return (error);
}

/*
 * The host has nobody to wait for.  Where it has no tracee at all, those we still believe in are lost,
 * unless one came meanwhile; where only no child matches, a tracee may.
 */
static int
nobody(struct tracer *tr, const struct wait_spec *ws, struct host_wait *hw, struct host_event *ev,
    unsigned made, unsigned *patience)
{
	ev->he_kind = HE_KICK;
	if (made != tr->tr_made)
		return (0);
	/* Another thread may have from the host what this one waits for, and be about to tell. */
	if (tr->tr_inwait != 0 && tr->tr_all != NULL && *patience > 0) {
		(*patience)--;
		return (wait_beside(tr, true));
	}
	/* One that has lost all its threads to an exec is had again; the stop of another may be complete now. */
	if (stops_doubtful(tr) && (stops_overdue(tr) || stops_doubtful(tr) || find_report(tr, ws) != NULL))
		return (0);
	if (hw->hw_whom == HW_TRACEES && only_traps(ws)) {
		drop_lost(tr);
		hw->hw_whom = HW_SOME;
		return (host_wait(tr, hw, ev));
	}
	if (hw->hw_whom == HW_SOME && has_candidate(tr, ws)) {
		hw->hw_whom = HW_TRACEES;
		return (host_wait(tr, hw, ev));
	}
	if (hw->hw_whom == HW_SOME || tr->tr_all == NULL)
		return (ECHILD);
	drop_lost(tr);
	return (tr->tr_all == NULL ? 0 : ECHILD);
}

/*
 * One step of a wait: an event of the host, acted on.  0: look again.  *told: it was for the caller.
 * EAGAIN: nothing now (no blocking asked for).
 */
static int
wait_step(struct tracer *tr, const struct wait_spec *ws, bool block, struct host_event *ev, bool *told,
    unsigned *patience)
{
	bool blocking = block, beside = block && tr->tr_pumping;
	unsigned made = tr->tr_made;
	struct host_wait hw;
	int error;

	if (tr->tr_stopping != NULL && stops_collect(tr))
		return (0);
	plan(tr, ws, &hw);
	if (beside && hw.hw_whom == HW_TRACEES)
		return (wait_beside(tr, hw.hw_whom != HW_TRACEES));
	/* Before blocking for a stop that may never complete, take what is there and look after it. */
	if (stops_doubtful(tr) && block)
		blocking = false;
	/* Whose maker has not told by now may have been killed before it could. */
	if (block && tr->tr_orphans != NULL) {
		if (!orphans_settle(tr, true))
			blocking = false;
		if (find_report(tr, ws) != NULL)
			return (0);
	}
	hw.hw_block = blocking && !beside;
	error = host_wait(tr, &hw, ev);
	if (error == ECHILD)
		error = nobody(tr, ws, &hw, ev, made, patience);
	if (error == 0) {
		*told = !event_dispatch(tr, ev) && child_is_for_caller(tr, ev);
		return (0);
	}
	if (error != EAGAIN || !block)
		return (error);
	if (beside)
		return (wait_beside(tr, hw.hw_whom != HW_TRACEES));
	if (blocking || !(stops_overdue(tr) || tr->tr_orphans != NULL) || find_report(tr, ws) != NULL)
		return (0);
	hw.hw_block = hw.hw_brief = true;
	error = host_wait(tr, &hw, ev);
	if (error == 0)
		*told = !event_dispatch(tr, ev) && child_is_for_caller(tr, ev);
	else
		(void)orphans_settle(tr, false);
	return (error == EAGAIN || error == ECHILD ? 0 : error); /* that nobody is left is seen to by the next step */
}

/* Somebody else's child, that is traced for the moment of being let go; or a thread, which is nobody's. */
static bool
is_no_child(struct tracer *tr, const struct wait_spec *ws)
{
	const struct proc *p = ws->ws_idtype == P_PID ? proc_find(tr, (pid_t)ws->ws_id) : NULL;

	if (p != NULL)
		return (!proc_seen(p) && (p->p_flag & P_OWNCHILD) == 0);
	return (ws->ws_idtype == P_PID && thread_find(tr, (pid_t)ws->ws_id) != NULL);
}

/*
 * With processes out of sight the host always has somebody to wait for; is there anybody for the caller?
 * Where there are none the host says so itself.
 */
static bool
is_alone(struct tracer *tr, const struct wait_spec *ws)
{
	return (tr->tr_procfs > 0 && !has_candidate(tr, ws) &&
	    !tr->tr_host->ops->has_child(tr->tr_host, ws->ws_idtype, ws->ws_id));
}

#define PATIENCE 10 /* brief sleeps */

static int
wait_loop(struct tracer *tr, const struct wait_spec *ws, struct wait_report *wr)
{
	bool block = (ws->ws_options & WNOHANG) == 0, told = false;
	unsigned patience = PATIENCE;
	struct host_event ev;
	struct proc *p;
	int error;

	for (;;) {
		if ((p = find_report(tr, ws)) != NULL) {
			if (collect(p, ws, wr))
				return (0);
			continue;
		}
		if (is_no_child(tr, ws) || is_alone(tr, ws))
			return (ECHILD);
		if ((error = wait_step(tr, ws, block, &ev, &told, &patience)) != 0)
			break;
		if (told && collect_child(tr, ws, &ev, wr))
			return (0);
		told = false;
	}
	if (!block && stops_doubtful(tr))
		(void)stops_overdue(tr);
	if ((error == EAGAIN || error == ECHILD) && (p = find_report(tr, ws)) != NULL &&
	    collect(p, ws, wr))
		return (0);
	memset(wr, 0, ws->ws_usage ? sizeof(*wr) : offsetof(struct wait_report, wr_self));
	if (error == ECHILD && has_candidate(tr, ws) && !block)
		error = EAGAIN;
	return (error == EAGAIN ? 0 : error);
}

int
wait_for(struct tracer *tr, const struct wait_spec *ws, struct wait_report *wr)
{
	int error;

	memset(wr, 0, ws->ws_usage ? sizeof(*wr) : offsetof(struct wait_report, wr_self));
	tr->tr_waiters++;
	error = wait_loop(tr, ws, wr);
	/* Whoever waits on must have somebody to pump. */
	if (--tr->tr_waiters > 0 && !tr->tr_pumping) {
		tr->tr_seq++;
		tr->tr_host->ops->wake(tr->tr_host, &tr->tr_seq);
	}
	return (error);
}

int
wait_serve(struct tracer *tr)
{
	struct wait_spec ws = {.ws_idtype = P_ALL, .ws_options = WTRAPPED};
	struct host_wait hw = {.hw_whom = HW_TRACEES, .hw_block = true};
	struct host_event ev;
	int error;

	if (tr->tr_stopping != NULL && stops_collect(tr))
		return (0);
	tr->tr_waiters++;
	if (tr->tr_pumping) {
		plan(tr, &ws, &hw);
		hw.hw_whom = HW_TRACEES;
		error = wait_beside(tr, hw.hw_whom != HW_TRACEES);
	} else {
		hw.hw_brief = stops_doubtful(tr) && stops_overdue(tr);
		if ((error = host_wait(tr, &hw, &ev)) == 0 && !event_dispatch(tr, &ev))
			(void)child_is_for_caller(tr, &ev);
	}
	if (--tr->tr_waiters > 0 && !tr->tr_pumping) {
		tr->tr_seq++;
		tr->tr_host->ops->wake(tr->tr_host, &tr->tr_seq);
	}
	return (error == EAGAIN ? 0 : error);
}
