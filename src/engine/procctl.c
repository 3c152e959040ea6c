/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands of procfs' control file, each the ptrace request it stands for.
 * From: stopevent.md, 6, "by intent"; decisions.md, 18.
 */
#include <errno.h>
#include <string.h>

#include "engine/request.h"

/* FreeBSD's names; emt and info are of signals that this system has not. */
static const struct {
	const char *name;
	int sig;
} signals[] = {
    {"hup", SIGHUP}, {"int", SIGINT}, {"quit", SIGQUIT}, {"ill", SIGILL}, {"trap", SIGTRAP}, {"abrt", SIGABRT},
    {"iot", SIGIOT}, {"fpe", SIGFPE}, {"kill", SIGKILL}, {"bus", SIGBUS}, {"segv", SIGSEGV}, {"sys", SIGSYS},
    {"pipe", SIGPIPE}, {"alrm", SIGALRM}, {"term", SIGTERM}, {"urg", SIGURG}, {"stop", SIGSTOP},
    {"tstp", SIGTSTP}, {"cont", SIGCONT}, {"chld", SIGCHLD}, {"ttin", SIGTTIN}, {"ttou", SIGTTOU}, {"io", SIGIO},
    {"xcpu", SIGXCPU}, {"xfsz", SIGXFSZ}, {"vtalrm", SIGVTALRM}, {"prof", SIGPROF}, {"winch", SIGWINCH},
    {"usr1", SIGUSR1}, {"usr2", SIGUSR2}};

static bool
is_stopped(const struct call *c)
{
	return (c->c_proc != NULL && (c->c_proc->p_flag & P_STOPPED_TRACE) != 0);
}

/* Unlike PT_ATTACH of any process that is not the caller, its ancestors included. */
static int
ctl_attach(struct call *c)
{
	int error = call_find(c);

	if (error != 0)
		return (error);
	if (c->c_proc != NULL || c->c_facts.hf_tracer != 0)
		return (EBUSY);
	if (c->c_pid == c->c_tracer->tr_host->ops->self(c->c_tracer->tr_host))
		return (EINVAL);
	return (pt_attach(c));
}

/* In whatever state it is, and with no signal but those not reported yet; no SIGTRAP of a thread is among them. */
static int
ctl_detach(struct call *c)
{
	struct proc *p;
	struct thread *td;
	int error = call_find(c);

	if (error == EPERM || error == EINVAL)
		return (0);
	if (error != 0 || (p = c->c_proc) == NULL)
		return (error != 0 ? error : c->c_facts.hf_tracer != 0 ? EBUSY : 0);
	for (td = p->p_threads; td != NULL; td = td->td_next) {
		td->td_flags |= TDF_NOTRAP;
		if (td->td_xsig == SIGTRAP || (is_stopped(c) && td == p->p_xthread))
			td->td_xsig = 0;
	}
	proc_refresh(p);
	if ((p->p_flag & P_PROCFS) == 0)
		return (proc_leave(p));
	proc_untrace(p);
	return (0);
}

static int
ctl_step(struct call *c)
{
	int error = call_find(c);

	if (error != 0 || !is_stopped(c))
		return (error != 0 ? error : EBUSY);
	c->c_thread = c->c_proc->p_threads;
	return (pt_step(c));
}

static int
ctl_run(struct call *c)
{
	int error = call_find(c);

	if (error != 0 || !is_stopped(c))
		return (error != 0 ? error : EBUSY);
	return (pt_continue(c));
}

/* Is all of a process that is not traced in a job-control stop? */
static bool
is_job_stopped(const struct call *c)
{
	const struct proc *p = proc_find(c->c_tracer, c->c_pid);
	const struct thread *td;

	if (p == NULL || (p->p_flag & P_PROCFS) == 0)
		return (c->c_facts.hf_stopped);
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_jobsig == 0)
			return (false);
	return (true);
}

static int
ctl_wait(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	uint32_t word = 0;
	int error;

	for (;;) {
		c->c_proc = NULL;
		if ((error = call_find(c)) != 0)
			return (error);
		if (is_stopped(c) || (c->c_proc == NULL && is_job_stopped(c)))
			return (0);
		if (c->c_proc != NULL) {
			error = wait_serve(c->c_tracer);
		} else {
			host->ops->unlock(host);
			error = host->ops->sleep(host, &word, word, true);
			host->ops->lock(host);
		}
		if (error == EINTR)
			return (EINTR);
	}
}

static int
ctl_signal(struct call *c, int sig)
{
	struct host *host = c->c_tracer->tr_host;
	struct proc *p;

	c->c_data = sig;
	if (call_find(c) == 0 && is_stopped(c))
		return (pt_continue(c));
	p = proc_find(c->c_tracer, c->c_id);
	if (sig == SIGKILL && p != NULL && (p->p_flag & (P_TRACED | P_PROCFS)) != 0 && (p->p_flag & P_ZOMBIE) == 0)
		return (proc_kill(p));
	return (host->ops->send(host, c->c_id, 0, sig));
}

static const struct {
	const char *name;
	int (*func)(struct call *);
} commands[] = {
    {"attach", ctl_attach}, {"detach", ctl_detach}, {"step", ctl_step}, {"run", ctl_run}, {"wait", ctl_wait}};

static bool
is_word(const char *command, size_t len, const char *name)
{
	return (strlen(name) == len && memcmp(command, name, len) == 0);
}

int
procctl_run(struct tracer *tr, pid_t pid, const char *command)
{
	struct call c = {.c_tracer = tr, .c_id = pid, .c_addr = (caddr_t)1};
	size_t len = strlen(command);

	while (len > 0 && strchr(" \t\n\v\f\r", command[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (is_word(command, len, commands[i].name))
			return (pid <= 0 ? ESRCH : commands[i].func(&c));
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (is_word(command, len, signals[i].name))
			return (pid <= 0 ? ESRCH : ctl_signal(&c, signals[i].sig));
	return (EOPNOTSUPP);
}
