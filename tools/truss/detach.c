/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Letting go of all processes.  Only a stopped process can be let go, so each is sent a SIGSTOP, and let go at the
 * stop for it, which it then never sees; stops on the way there are answered as ever.
 */
#include "detach.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../common/fail.h"
#include "call.h"
#include "request.h"

static void
stop_all(void)
{
	for (struct proc *p = proc_first(); p != NULL; p = p->next) {
		/* One that has not taken the SIGSTOP of the attach yet needs no other. */
		if (!p->fresh && kill(p->pid, SIGSTOP) == -1 && errno != ESRCH)
			complain("stop %d: %s", p->pid, strerror(errno));
		p->detaching = true;
	}
}

/* To a process in another namespace the sender is 0. */
static bool
is_our_stop(const struct proc *p, const struct ptrace_lwpinfo *info)
{
	pid_t sender = info->pl_siginfo.si_pid;

	return (p->fresh || sender == getpid() || sender == 0);
}

static void
let_go(struct proc *p, int sig)
{
	request("detach from", PT_DETACH, p->pid, (void *)1, sig);
	proc_remove(p);
}

static void
on_stop(pid_t pid, int sig)
{
	struct proc *p = proc_find(pid);
	struct ptrace_lwpinfo info;

	if (p == NULL)
		p = proc_add(pid);
	if (!request_lwpinfo(pid, &info))
		return;
	if (!p->detaching) /* a child that is new cannot have been sent ours */
		let_go(p, 0);
	else if (!(info.pl_flags & PL_FLAG_SI))
		request("continue", PT_CONTINUE, pid, (void *)1, 0);
	else if (sig == SIGSTOP) /* somebody else's stands for ours too: there is one pending at most */
		let_go(p, is_our_stop(p, &info) ? 0 : sig);
	else
		request("continue", PT_CONTINUE, pid, (void *)1, sig);
}

static void
on_end(struct command *command, pid_t pid, int status)
{
	struct proc *p = proc_find(pid);

	if (pid == command->pid) {
		command->ended = true;
		command->status = status;
	}
	if (p != NULL)
		proc_remove(p);
}

void
detach_all(const struct options *opt, struct command *command)
{
	int status;
	pid_t pid;

	for (struct proc *p = proc_first(); p != NULL; p = p->next)
		for (struct thread *t = p->threads; t != NULL; t = t->next)
			call_abandon(opt, t);
	stop_all();
	while (proc_first() != NULL) {
		pid = bsd_wait6(P_ALL, 0, &status, WEXITED | WTRAPPED, NULL, NULL);
		if (pid > 0 && WIFSTOPPED(status))
			on_stop(pid, WSTOPSIG(status));
		else if (pid > 0)
			on_end(command, pid, status);
		else if (errno != EINTR)
			return;
	}
}
