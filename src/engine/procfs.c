/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Open files of procfs, and the ioctls on them.  A process comes under stop events when something is first asked
 * for, not when its file is opened: who only reads its memory does not trace it.
 * From: stopevent.md, 3 to 5.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

/* ---- files ---- */

static struct pfsfile *
file_find(struct tracer *tr, int fd)
{
	struct pfsfile *f = tr->tr_files;

	while (f != NULL && (f->f_fd != fd || fd == -1))
		f = f->f_next;
	return (f);
}

static void
file_free(struct tracer *tr, struct pfsfile *f)
{
	struct pfsfile **at = &tr->tr_files;

	while (*at != f)
		at = &(*at)->f_next;
	*at = f->f_next;
	free(f);
}

void
procfs_drop(struct tracer *tr)
{
	while (tr->tr_files != NULL)
		file_free(tr, tr->tr_files);
}

/* The process of a file, if it is ours in one way or the other. */
static struct proc *
ours(struct tracer *tr, const struct pfsfile *f)
{
	struct proc *p = proc_find(tr, f->f_pid);

	return (p == NULL || f->f_ended || (p->p_flag & (P_TRACED | P_PROCFS)) == 0 ? NULL : p);
}

static bool
same_process(const struct pfsfile *a, const struct pfsfile *b)
{
	return (a->f_pid == b->f_pid && a->f_start == b->f_start);
}

void
procfs_ends(struct proc *p)
{
	struct pfsfile *f;

	if ((p->p_flag & P_PROCFS) == 0)
		return;
	for (f = p->p_tracer->tr_files; f != NULL; f = f->f_next)
		if (f->f_pid == p->p_pid && !f->f_ended) {
			f->f_ended = true;
			f->f_events = p->p_stops;
		}
	wait_changed(p->p_tracer);
}

void
procfs_execs(struct proc *p)
{
	struct host *host = p->p_tracer->tr_host;
	struct pfsfile *f;

	if ((p->p_flag & P_PROCFS) == 0)
		return;
	for (f = p->p_tracer->tr_files; f != NULL; f = f->f_next)
		if (f->f_pid == p->p_pid && !f->f_ended && f->f_fd != -1)
			host->ops->mem_renew(host, f->f_pid, f->f_fd);
}

/* ---- open ---- */

/* May the process be seen, and used?  pid: of the process itself, not of another of its threads. */
static bool
is_visible(struct tracer *tr, pid_t pid, struct host_facts *facts)
{
	struct host *host = tr->tr_host;
	const struct proc *p = proc_find(tr, pid);

	return (pid > 0 && host->ops->facts(host, pid, facts) == 0 && facts->hf_pid == pid && !facts->hf_exiting &&
	    !facts->hf_system && (p == NULL || (p->p_flag & (P_ZOMBIE | P_WEXIT)) == 0) &&
	    host->ops->may_debug(host, pid) == 0);
}

int
procfs_open(struct tracer *tr, pid_t pid, int *fd)
{
	struct host *host = tr->tr_host;
	struct host_facts facts;
	struct pfsfile *f;
	int error;

	if (!is_visible(tr, pid, &facts))
		return (ENOENT);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (ENOMEM);
	if ((error = host->ops->mem_open(host, pid, fd)) != 0) {
		free(f);
		return (error);
	}
	/* Some other file had the number, and was closed without our knowledge. */
	if (file_find(tr, *fd) != NULL)
		file_find(tr, *fd)->f_fd = -1;
	f->f_fd = *fd;
	f->f_pid = pid;
	f->f_start = facts.hf_start;
	f->f_refs = 1;
	f->f_next = tr->tr_files;
	tr->tr_files = f;
	return (0);
}

/* ---- close ---- */

/* Stop events end. */
static void
let_go(struct proc *p)
{
	p->p_pfsflags = 0;
	p->p_stops = 0;
	stopevent_release(p);
	if (p->p_flag & P_TRACED) {
		proc_set_procfs(p, false);
		return;
	}
	proc_refresh(p);
	(void)proc_leave(p);
}

/* The descriptor was closed, or a call that slept on it has left. */
static void
file_leave(struct tracer *tr, struct pfsfile *f)
{
	const struct pfsfile *other = tr->tr_files;
	struct proc *p = ours(tr, f);

	if (--f->f_refs > 0)
		return;
	while (other != NULL && (other == f || !same_process(other, f)))
		other = other->f_next;
	if (other == NULL && p != NULL && (p->p_flag & P_PROCFS) != 0 && (p->p_pfsflags & PF_LINGER) == 0)
		let_go(p);
	file_free(tr, f);
}

static void
file_close(struct tracer *tr, struct pfsfile *f)
{
	f->f_fd = -1;
	file_leave(tr, f);
}

int
procfs_close(struct tracer *tr, int fd)
{
	struct host *host = tr->tr_host;
	struct pfsfile *f = file_find(tr, fd);
	int error;

	if (f == NULL)
		return (EBADF);
	error = host->ops->mem_check(host, f->f_pid, fd) == 0 ? host->ops->mem_close(host, fd) : EBADF;
	file_close(tr, f);
	return (error);
}

/* ---- under stop events ---- */

#define KEPT (P_OWNCHILD | P_HEADLESS | P_NOHEAD)

/* Take the threads of a process that is not traced.  *pp: NULL if that fails. */
static int
take(struct tracer *tr, pid_t pid, const struct host_facts *facts, struct proc **pp)
{
	struct proc *p = proc_find(tr, pid);
	enum why why;
	pid_t tracer;
	int error;

	*pp = NULL;
	if (p == NULL && (p = proc_new(tr, pid, facts)) == NULL)
		return (ENOMEM);
	p->p_flag = (p->p_flag & KEPT) | P_GATHER;
	p->p_jobsig = 0;
	proc_set_procfs(p, true);
	if ((error = proc_seize(p, &why, &tracer)) != 0)
		return (error == ESRCH ? EIO : error);
	*pp = p;
	return (0);
}

static int
enter(struct tracer *tr, const struct pfsfile *f, struct proc **pp)
{
	struct host *host = tr->tr_host;
	struct host_facts facts;
	struct proc *p = ours(tr, f);
	int error = 0;

	*pp = p;
	if (p != NULL && (p->p_flag & P_PROCFS) != 0)
		return (0);
	if (f->f_pid == host->ops->self(host))
		return (EPERM);
	if (!is_visible(tr, f->f_pid, &facts))
		return (EIO);
	if (p == NULL && (error = take(tr, f->f_pid, &facts, &p)) != 0)
		return (error);
	proc_set_procfs(p, true);
	proc_refresh(p);
	p->p_credentials = 0;
	(void)host->ops->credentials(host, p->p_pid, &p->p_credentials);
	if ((error = host->ops->service(host)) != 0)
		let_go(p);
	*pp = p;
	return (error);
}

/* ---- the ioctls ---- */

/* What call tracing or the host's options are to be is told to threads when they stop next. */
static void
change(struct proc *p, unsigned stops, unsigned flags)
{
	bool calls = traces_calls(p), follow = follows(p);

	p->p_stops = stops;
	p->p_pfsflags = flags;
	if (traces_calls(p) != calls || follows(p) != follow)
		proc_refresh(p);
}

static int
set_events(struct tracer *tr, struct pfsfile *f, struct proc *p, unsigned bits)
{
	struct host *host = tr->tr_host;
	int error;

	if (bits == 0)
		return (0);
	if ((error = enter(tr, f, &p)) != 0)
		return (error);
	if (p->p_stops == 0)
		(void)host->ops->credentials(host, p->p_pid, &p->p_credentials);
	change(p, p->p_stops | bits, p->p_pfsflags);
	return (0);
}

static int
set_flags(struct tracer *tr, struct pfsfile *f, struct proc *p, unsigned flags)
{
	int error;

	if ((flags & PF_ISUGID) != 0 && !tr->tr_host->ops->superuser(tr->tr_host))
		return (EPERM);
	if (flags != 0 && (error = enter(tr, f, &p)) != 0)
		return (error);
	if (p != NULL)
		change(p, p->p_stops, flags);
	return (0);
}

/* Nobody waits: no effect, and the signal is not looked at. */
static int
go_on(struct tracer *tr, struct proc *p, int sig)
{
	struct host *host = tr->tr_host;

	if (p == NULL || !p->p_step)
		return (0);
	if (sig < 0 || sig >= _NSIG)
		return (EINVAL);
	if (sig == SIGKILL)
		return (proc_kill(p));
	if (sig != 0)
		(void)host->ops->send(host, p->p_pid, 0, sig);
	stopevent_release(p);
	return (0);
}

static void
describe(const struct pfsfile *f, const struct proc *p, struct procfs_status *ps)
{
	bool stopped = p != NULL && p->p_step;

	*ps = (struct procfs_status){.state = stopped ? 0 : 1};
	ps->events = p != NULL ? p->p_stops : f->f_events;
	if (stopped) {
		ps->why = (int)p->p_stype;
		ps->val = p->p_sval;
	}
}

/* Sleep until a thread does in stopevent(), or the end of the process has begun. */
static int
await(struct tracer *tr, struct pfsfile *f, struct procfs_status *ps)
{
	struct proc *p;
	int error;

	if ((error = enter(tr, f, &p)) != 0)
		return (error);
	f->f_refs++;
	while ((p = ours(tr, f)) != NULL && !p->p_step && (p->p_flag & P_WEXIT) == 0 && error == 0)
		error = wait_serve(tr);
	p = ours(tr, f);
	describe(f, p, ps);
	file_leave(tr, f);
	/* ECHILD: somebody else took its end. */
	return (error == EINTR ? EINTR : 0);
}

static int
copy_status(struct tracer *tr, const struct procfs_status *ps, void *user, bool narrow)
{
	struct host *host = tr->tr_host;
	struct procfs_status32 ps32 = {.state = ps->state, .flags = ps->flags, .events = (uint32_t)ps->events,
	    .why = ps->why, .val = (uint32_t)ps->val};

	if (narrow)
		return (host->ops->copyout(host, &ps32, user, sizeof(ps32)));
	return (host->ops->copyout(host, ps, user, sizeof(*ps)));
}

static int
status(struct tracer *tr, struct pfsfile *f, struct proc *p, unsigned long request, void *user)
{
	bool waits = request == PIOCWAIT || request == PIOCWAIT32;
	struct procfs_status ps;
	int error;

	describe(f, p, &ps);
	if (waits && (error = await(tr, f, &ps)) != 0)
		return (error);
	return (copy_status(tr, &ps, user, request == PIOCWAIT32 || request == PIOCSTATUS32));
}

static int
act(struct tracer *tr, struct pfsfile *f, struct proc *p, unsigned long request, uintptr_t arg)
{
	struct host *host = tr->tr_host;
	unsigned flags = p != NULL ? p->p_pfsflags : 0;

	switch (request) {
	case PIOCBIS:
		return (set_events(tr, f, p, (unsigned)arg));
	case PIOCBIC:
		if (p != NULL)
			p->p_stops &= ~(unsigned)arg;
		return (0);
	case PIOCSFL:
		return (set_flags(tr, f, p, (unsigned)arg));
	case PIOCGFL:
		return (host->ops->copyout(host, &flags, (void *)arg, sizeof(flags)));
	case PIOCCONT:
		return (go_on(tr, p, (int)arg));
	case PIOCWAIT:
	case PIOCSTATUS:
		return (status(tr, f, p, request, (void *)arg));
	default:
		break;
	}
	/* On a 32-bit system they are the same. */
	if (request == PIOCWAIT32 || request == PIOCSTATUS32)
		return (status(tr, f, p, request, (void *)arg));
	return (ENOTTY);
}

int
procfs_ioctl(struct tracer *tr, int fd, unsigned long request, uintptr_t arg)
{
	struct host *host = tr->tr_host;
	struct pfsfile *f = file_find(tr, fd);
	struct host_facts facts;
	struct proc *p;
	int error = host->ops->mem_check(host, f != NULL ? f->f_pid : 0, fd);

	if (f != NULL && error != 0)
		file_close(tr, f); /* by close(2), without our knowledge */
	if (error != 0 || f == NULL)
		return (error != 0 ? error : ENOTTY);
	if (f->f_ended || !is_visible(tr, f->f_pid, &facts) || facts.hf_start != f->f_start)
		return (EIO);
	p = ours(tr, f);
	if (p != NULL && (p->p_flag & P_PROCFS) != 0)
		stopevent_credentials(p);
	return (act(tr, f, p, request, arg));
}
