/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A wait for any of many tracees, at a cost that does not grow with them.
 *
 * The kernel looks at each tracee when it is asked for any, before it sleeps and again when it is woken; asked for one
 * it is as quick among thousands.  So, each where the one before has found nothing:
 *
 *   the likely    threads that were resumed lately are asked for one by one, for a moment
 *   the named     SIGCHLD names a thread that has stopped or ended.  It says "this one at least": of several that
 *                 come together one is kept, and none that comes between two waits
 *   any           the kernel's own wait, which misses nothing
 *
 * Where the first two find enough, those they do not see are still looked for now and then (SHARE), and at once
 * as long as there are some.
 *
 * Taking a SIGCHLD is to be noticed by nobody: the program neither handles nor blocks it, and there is no other thread
 * that might be woken by it.  All signals are blocked for that time, so none is lost or breaks off the wrong call; it is short.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "host/linux/linux.h"
#include "host/linux/many.h"

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ONE_THREAD (__libc_single_threaded != 0)
#else
#define ONE_THREAD false
#endif

#define MANY_FROM 32  /* threads: where looking for the likely begins to pay; measured */
#define NAMED_FROM 16 /* times as many: where signals do */

#define SCAN_NS 60	 /* what the kernel takes for each tracee, about */
#define PROBE_NS 450	 /* and for one that is asked for */
#define SHARE 16u	 /* one part in so many of the time may go to looking for any */
#define SPIN_NS 50000	 /* a tracee that stops again at once has by then */
#define SOON_NS 30000	 /* what has not been named by then may have stopped before signals were held */
#define NAMED_NS 2000000 /* signals are held back for no longer */
#define PATIENCE_MAX 2	 /* and for no longer than looking for any takes, times 2 to the power of this */
#define FRUITLESS_MAX 8
#define RARELY 64u /* what is not heard of in so many waits is not likely any more */

static size_t many_from = MANY_FROM;
static uint64_t each_ns = SCAN_NS;

void
many_set(size_t from, uint64_t ns)
{
	many_from = from;
	each_ns = ns;
}

bool
many_tracees(const struct linux_host *lh)
{
	return (lh->lh_lwps.h_count >= many_from);
}

static uint64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/* What it costs to look for any. */
static uint64_t
scan_ns(const struct linux_host *lh)
{
	return (each_ns * lh->lh_lwps.h_count);
}

/* ---- the likely ---- */

static void
drop(struct many *m, unsigned i)
{
	m->m_n--;
	memmove(&m->m_likely[i], &m->m_likely[i + 1], (m->m_n - i) * sizeof(m->m_likely[0]));
}

static bool
is_likely(const struct many *m, pid_t tid)
{
	for (unsigned i = 0; i < m->m_n; i++)
		if (m->m_likely[i].k_tid == tid)
			return (true);
	return (false);
}

void
many_heard(struct linux_host *lh, pid_t tid)
{
	struct many *m = &lh->lh_many;

	for (unsigned i = 0; i < m->m_n; i++)
		if (m->m_likely[i].k_tid == tid) {
			drop(m, i);
			return;
		}
}

void
many_expect(struct linux_host *lh, pid_t tid)
{
	struct many *m = &lh->lh_many;
	unsigned room = (unsigned)(scan_ns(lh) / PROBE_NS);

	if (!many_tracees(lh))
		return;
	/* To look at all of them once is not to take longer than to look for any. */
	room = room < 1 ? 1 : room < LIKELY_MAX ? room : LIKELY_MAX;
	many_heard(lh, tid);
	while (m->m_n >= room)
		drop(m, 0);
	m->m_likely[m->m_n++] = (struct likely){ .k_tid = tid, .k_every = 1 };
}

/* The process that is waited for, or 0. */
static pid_t
wanted(const struct search *s)
{
	return (s->s_wait->hw_idtype == P_PID ? (pid_t)s->s_wait->hw_id : 0);
}

struct threads {
	unsigned t_n;
	pid_t t_tids[LIKELY_MAX + 1];
};

/* Those to look at in this wait; what has not been heard of for long is left out more and more often, then for good. */
static void
choose(const struct search *s, struct threads *t)
{
	struct linux_host *lh = s->s_host;
	struct many *m = &lh->lh_many;
	struct likely *k;
	unsigned kept = 0;

	t->t_n = 0;
	if (wanted(s) != 0)
		t->t_tids[t->t_n++] = wanted(s);
	lx_lock(&lh->lh_host);
	for (unsigned i = 0; i < m->m_n; i++) {
		k = &m->m_likely[i];
		if (k->k_left > 0)
			k->k_left--;
		else {
			if (k->k_tid != wanted(s))
				t->t_tids[t->t_n++] = k->k_tid;
			k->k_left = k->k_every - 1;
			k->k_every *= 2;
		}
		if (k->k_every <= RARELY)
			m->m_likely[kept++] = *k;
	}
	m->m_n = kept;
	lx_unlock(&lh->lh_host);
}

static int
probe(const struct search *s, const struct threads *t)
{
	for (unsigned i = 0; i < t->t_n; i++)
		if (search_one(s, t->t_tids[i]) == 0)
			return (0);
	return (EAGAIN);
}

static int
probe_all(const struct search *s)
{
	struct linux_host *lh = s->s_host;
	struct threads t;

	t.t_n = 0;
	if (wanted(s) != 0)
		t.t_tids[t.t_n++] = wanted(s);
	lx_lock(&lh->lh_host);
	for (unsigned i = 0; i < lh->lh_many.m_n; i++)
		t.t_tids[t.t_n++] = lh->lh_many.m_likely[i].k_tid;
	lx_unlock(&lh->lh_host);
	return (probe(s, &t));
}

/*
 * The processor is offered to others between two looks: the tracee may be to run on this very one.  Where this has
 * found nothing lately it is not done for long.
 */
static int
spin(const struct search *s, const struct threads *t, uint64_t ns)
{
	uint64_t until = now() + (ns >> s->s_host->lh_many.m_fruitless);
	int error = probe(s, t);

	while (error != 0 && now() < until) {
		(void)sched_yield();
		error = probe(s, t);
	}
	return (error);
}

/* Something else has found this one; would looking at the likely for longer have? */
static void
learn(struct many *m, bool likely)
{
	if (likely && m->m_fruitless > 0)
		m->m_fruitless--;
	else if (!likely && m->m_fruitless < FRUITLESS_MAX)
		m->m_fruitless++;
}

/* ---- the named ---- */

/* Nobody notices. */
static bool
may_use_signals(const struct linux_host *lh)
{
	struct sigaction sa;

	return (lh->lh_lwps.h_count >= many_from * NAMED_FROM && ONE_THREAD &&
	    sigaction(SIGCHLD, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL &&
	    (sa.sa_flags & SA_NOCLDSTOP) == 0);
}

/* The thread that the next SIGCHLD names; 0: none came for so long. */
static pid_t
next_named(uint64_t ns)
{
	struct timespec left = { .tv_nsec = (long)ns };
	siginfo_t si;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	return (sigtimedwait(&set, &si, &left) == -1 ? 0 : si.si_pid);
}

static int
take_named(const struct search *s, pid_t tid)
{
	struct linux_host *lh = s->s_host;
	int error = tid == 0 ? EAGAIN : search_one(s, tid);

	if (error == 0) {
		lx_lock(&lh->lh_host);
		learn(&lh->lh_many, is_likely(&lh->lh_many, tid));
		lx_unlock(&lh->lh_host);
	}
	return (error);
}

/*
 * Signals are held.  What came before has left none: how long that may stand is seen from how often it does, and those
 * that were left out of this wait are looked at when nothing comes at first.
 */
static int
wait_named(const struct search *s)
{
	uint64_t ns = scan_ns(s->s_host) << s->s_host->lh_many.m_patience, at = now(), until;

	until = at + (ns < NAMED_NS ? ns : NAMED_NS);
	for (ns = ns < SOON_NS ? ns : SOON_NS; at < until; at = now(), ns = until - at) {
		if (take_named(s, next_named(ns)) == 0 || probe_all(s) == 0)
			return (0);
	}
	return (EAGAIN);
}

/* Will one of the signals that were held back break off a system call? */
static bool
is_interrupted(const sigset_t *blocked)
{
	struct sigaction sa;
	sigset_t pending;

	if (sigpending(&pending) != 0)
		return (false);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sigismember(&pending, sig) == 1 && sigismember(blocked, sig) == 0 &&
		    sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL && sa.sa_handler != SIG_IGN &&
		    (sa.sa_flags & SA_RESTART) == 0)
			return (true);
	return (false);
}

/* From here on what stops leaves a SIGCHLD.  false: it cannot be used. */
static bool
hold_signals(const struct linux_host *lh, sigset_t *before)
{
	sigset_t all;

	(void)sigfillset(&all);
	if (!may_use_signals(lh) || sigprocmask(SIG_BLOCK, &all, before) != 0)
		return (false);
	if (sigismember(before, SIGCHLD) == 0)
		return (true);
	(void)sigprocmask(SIG_SETMASK, before, NULL);
	return (false);
}

static int
let_signals_through(const sigset_t *before, int error)
{
	if (error == EAGAIN && is_interrupted(before))
		error = EINTR;
	(void)sigprocmask(SIG_SETMASK, before, NULL);
	return (error);
}

/* ---- any ---- */

/* What is found at once, was neither likely nor named, is hardly alone.  held: signals are. */
static int
wait_any(const struct search *s, bool block, bool held)
{
	struct linux_host *lh = s->s_host;
	struct many *m = &lh->lh_many;
	uint64_t began = now();
	int error = search_any(s, block);
	bool at_once = error == 0 && (!block || now() - began < 2 * scan_ns(lh));
	bool named = at_once && held && next_named(0) == *s->s_tid, likely;

	lx_lock(&lh->lh_host);
	m->m_scanned = now();
	likely = error == 0 && (*s->s_tid == wanted(s) || is_likely(m, *s->s_tid));
	m->m_behind = at_once && !likely && !named;
	if (m->m_behind)
		m->m_patience = 0;
	else if (block && m->m_patience < PATIENCE_MAX)
		m->m_patience++;
	if (block && error == 0)
		learn(m, likely);
	lx_unlock(&lh->lh_host);
	return (error);
}

static bool
is_due(struct linux_host *lh, bool *behind)
{
	bool due;

	lx_lock(&lh->lh_host);
	*behind = lh->lh_many.m_behind;
	due = now() - lh->lh_many.m_scanned > SHARE * scan_ns(lh);
	lx_unlock(&lh->lh_host);
	return (due);
}

/* ---- together ---- */

/* Those of the process that is waited for, all of them; what others have to tell can wait. */
static int
probe_process(const struct search *s)
{
	struct linux_host *lh = s->s_host;
	int error = ECHILD, one;
	struct threads t;
	struct lwp *l;

	t.t_n = 0;
	lx_lock(&lh->lh_host);
	if ((l = lwp_find(lh, wanted(s))) != NULL)
		for (l = l->l_proc->x_lwps; l != NULL && t.t_n < LIKELY_MAX; l = l->l_next)
			t.t_tids[t.t_n++] = l->l_tid;
	lx_unlock(&lh->lh_host);
	if (l != NULL)
		return (ECHILD);
	for (unsigned i = 0; i < t.t_n && error != 0; i++)
		if ((one = search_one(s, t.t_tids[i])) != ECHILD)
			error = one;
	return (error);
}

/* Whoever asks whether there is anything is told the truth; for one process that is had without looking at all others. */
static int
look(const struct search *s, bool due)
{
	int error;

	if (due)
		return (wait_any(s, false, false));
	if (probe_all(s) == 0)
		return (0);
	if (s->s_wait->hw_brief)
		return (EAGAIN);
	if (s->s_wait->hw_whom == HW_TRACEES && wanted(s) != 0 && (error = probe_process(s)) != ECHILD)
		return (error);
	return (wait_any(s, false, false));
}

/* The kernel is asked for any: at once, or, where only some are thought to be left, once it has had a moment to name one. */
static int
wait_due(const struct search *s, bool due, bool held)
{
	if (!due && held) {
		(void)sched_yield();
		if (take_named(s, next_named(0)) == 0)
			return (0);
	}
	return (wait_any(s, false, held));
}

int
many_wait(const struct search *s, bool block)
{
	struct linux_host *lh = s->s_host;
	bool behind, due = is_due(lh, &behind), held;
	struct threads t;
	sigset_t before;
	int error = EAGAIN;

	if (!block)
		return (look(s, due || behind));
	choose(s, &t);
	if (!due && !behind && probe(s, &t) == 0)
		return (0);
	held = hold_signals(lh, &before);
	if (behind && !held)
		return (wait_any(s, true, false));
	if (due || behind)
		error = wait_due(s, due, held);
	if (error == EAGAIN && t.t_n > 0)
		error = spin(s, &t, scan_ns(lh) < SPIN_NS || !held ? scan_ns(lh) : SPIN_NS);
	if (error == EAGAIN && held)
		error = wait_named(s);
	if (held)
		error = let_signals_through(&before, error);
	return (error == EAGAIN ? wait_any(s, true, false) : error);
}
