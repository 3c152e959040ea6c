/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Following processes: each stop is told of and answered, until none is left.
 *
 * A stop is first put into one word, then acted on.  A signal says so itself (PL_FLAG_SI); all else is an event, and
 * one stop may be several: a call that ends with a new process or a new program is both.
 */
#include "follow.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../common/fail.h"
#include "call.h"
#include "count.h"
#include "detach.h"
#include "event.h"
#include "interrupt.h"
#include "output.h"
#include "request.h"

/* ---- Calls ---- */

static void
entered(const struct options *opt, struct thread *t, const struct bsd_syscall *sc)
{
	struct machine m;

	machine_at_call(&m, sc);
	call_enter(opt, t, &m, (unsigned)m.number);
	if (!t->frame.active && call_is_thread_exit(&t->frame)) {
		event_thread_exit(opt, t);
		thread_remove(t);
	}
}

/* A call that was begun before we looked: its arguments are still in the registers, its number is known. */
static void
entered_before(const struct options *opt, struct thread *t, pid_t id)
{
	struct ptrace_lwpinfo info;
	struct machine m;
	unsigned number;

	if (!request_lwpinfo(id, &info) || !machine_read(&m, id))
		return;
	number = info.pl_syscall_code;
	if ((info.pl_flags & (PL_FLAG_SCE | PL_FLAG_SCX)) != 0 ||
	    machine_call_in_progress(&m, t->proc->pid, thread_tid(t), &number))
		call_enter(opt, t, &m, number);
}

static void
left(const struct options *opt, struct thread *t, const struct bsd_syscall *sc)
{
	struct machine m;

	if (!t->frame.active)
		entered_before(opt, t, t->proc->pid);
	if (t->frame.active && t->frame.shown) {
		machine_at_call(&m, sc);
		call_leave(opt, t, &m);
	}
	t->frame.active = false;
}

/* ---- Processes and threads ---- */

static void
forget_thread(const struct options *opt, struct thread *t)
{
	call_abandon(opt, t);
	thread_remove(t);
}

/* The thread that made the call has the process's id from now on; the others are gone. */
static void
execed(const struct options *opt, struct thread *t)
{
	static const struct machine success = { 0 };
	struct thread *other, *next;

	for (other = t->proc->threads; other != NULL; other = next) {
		next = other->next;
		if (other == t)
			continue;
		if (call_is_exec(&other->frame) && !call_is_exec(&t->frame)) {
			call_abandon(opt, t);
			call_move(t, other);
		}
		forget_thread(opt, other);
	}
	if (t->frame.active)
		call_leave(opt, t, &success);
	event_exec(opt, t);
}

/* Processes that were there before us are not to die with us, whatever ends us. */
static void
begin_following(const struct options *opt, pid_t pid)
{
	if (opt->follow)
		request("follow forks of", PT_FOLLOW_FORK, pid, NULL, 1);
	if (opt->npids > 0)
		bsd_ptrace_exitkill(pid, false);
}

static void
born(const struct options *opt, struct proc *p, lwpid_t lwpid)
{
	struct thread *t = thread_add(p, lwpid);

	begin_following(opt, p->pid);
	event_new_process(opt, t);
}

void
follow_attached(const struct options *opt, struct proc *p)
{
	int n = bsd_ptrace(PT_GETNUMLWPS, p->pid, NULL, 0);
	lwpid_t *list = calloc((size_t)(n > 0 ? n : 1), sizeof(*list));

	p->fresh = false;
	if (list == NULL)
		fail("out of memory");
	begin_following(opt, p->pid);
	if (n > 0)
		n = bsd_ptrace(PT_GETLWPLIST, p->pid, (caddr_t)list, n);
	for (int i = 0; i < n; i++)
		if (thread_find(p, list[i]) == NULL)
			entered_before(opt, thread_add(p, list[i]), list[i]);
	free(list);
}

/* ---- Stops ---- */

/* What a thread that has been seen before stopped for. */
static void
thread_event(const struct options *opt, struct thread *t, const struct bsd_syscall *sc)
{
	if (sc->sc_flags & PL_FLAG_EXEC)
		execed(opt, t);
	else if (sc->sc_flags & PL_FLAG_SCE)
		entered(opt, t, sc);
	else if (sc->sc_flags & PL_FLAG_SCX)
		left(opt, t, sc);
	if (sc->sc_flags & PL_FLAG_FORKED)
		event_fork(opt, t, sc->sc_child_pid, (sc->sc_flags & PL_FLAG_VFORKED) != 0);
}

static struct thread *
seen(const struct options *opt, struct proc *p, lwpid_t lwpid, bool is_exec, bool *is_new)
{
	struct thread *t = thread_find(p, lwpid);

	*is_new = t == NULL;
	if (*is_new) {
		t = thread_add(p, lwpid);
		if (!is_exec)
			event_new_thread(opt, t);
	}
	return (t);
}

static void
on_event(const struct options *opt, struct proc *p, const struct bsd_syscall *sc)
{
	bool is_exec = (sc->sc_flags & PL_FLAG_EXEC) != 0, is_new;
	struct thread *t;

	if (sc->sc_flags & PL_FLAG_CHILD) {
		born(opt, p, sc->sc_lwpid);
		return;
	}
	t = seen(opt, p, sc->sc_lwpid, is_exec, &is_new);
	/* A thread begins with the end of the call that made it, which is its creator's. */
	if (!is_new || !(sc->sc_flags & PL_FLAG_SCX) || is_exec)
		thread_event(opt, t, sc);
}

/* Returns the signal to go on with. */
static int
on_signal(const struct options *opt, struct proc *p, int sig, const struct ptrace_lwpinfo *info)
{
	struct thread *t;
	bool is_new;

	if (p->fresh && sig == SIGSTOP) {
		follow_attached(opt, p);
		return (0);
	}
	t = seen(opt, p, info->pl_lwpid, false, &is_new);
	if ((info->pl_flags & PL_FLAG_SI) == 0)
		return (0);
	event_signal(opt, t, &info->pl_siginfo, sig);
	return (sig);
}

static void
on_stop(const struct options *opt, pid_t pid, int sig)
{
	struct proc *p = proc_find(pid);
	struct ptrace_lwpinfo info;
	struct bsd_syscall sc;

	if (p == NULL)
		p = proc_add(pid);
	if (!(p->fresh && sig == SIGSTOP) && request_event(pid, sig, &sc)) {
		on_event(opt, p, &sc);
		request_continue(pid, 0);
	} else if (request_stop(pid, sig, &info))
		request_continue(pid, on_signal(opt, p, sig, &info));
}

static void
on_exit_of(const struct options *opt, struct command *command, pid_t pid, int status)
{
	struct proc *p = proc_find(pid);

	if (pid == command->pid) {
		command->ended = true;
		command->status = status;
	}
	if (p == NULL)
		return;
	for (struct thread *t = p->threads; t != NULL; t = t->next)
		call_abandon(opt, t);
	event_exit(opt, p, status);
	proc_remove(p);
}

static void
on_report(const struct options *opt, struct command *command, pid_t pid, int status)
{
	if (WIFSTOPPED(status))
		on_stop(opt, pid, WSTOPSIG(status));
	else if (WIFEXITED(status) || WIFSIGNALED(status))
		on_exit_of(opt, command, pid, status);
}

/* ---- The loop ---- */

/* A signal to us: the command's first, who may know what to do with it; ours when there is none, or the second time. */
static bool
is_to_end(const struct command *command, int sig, bool *passed_on)
{
	if (sig == 0)
		return (false);
	if (command->pid == 0 || command->ended || *passed_on)
		return (true);
	*passed_on = true;
	kill(command->pid, sig);
	return (false);
}

/* All go on without us, or, where they cannot, without a word. */
static void
stop_telling(const struct options *opt, struct command *command)
{
	if (!command->filtered) {
		detach_all(opt, command);
		return;
	}
	for (struct proc *p = proc_first(); p != NULL; p = p->next)
		for (struct thread *t = p->threads; t != NULL; t = t->next)
			call_abandon(opt, t);
	command->left = true;
}

static void
pass(pid_t pid, int sig)
{
	struct ptrace_lwpinfo info;

	if (request_stop(pid, sig, &info))
		request("continue", PT_CONTINUE, pid, (void *)1, info.pl_flags & PL_FLAG_SI ? sig : 0);
}

void
follow_silently(struct command *command)
{
	int status, sig;
	pid_t pid;

	if (output_error() == EPIPE && !command->ended)
		kill(command->pid, SIGPIPE); /* as every other writer to that pipe */
	while ((pid = bsd_wait6(P_ALL, 0, &status, WEXITED | WTRAPPED, NULL, NULL)) != -1 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			pass(pid, WSTOPSIG(status));
		else if (pid == command->pid) {
			command->ended = true;
			command->status = status;
		}
		if ((sig = interrupt_take(command->pid)) != 0 && !command->ended)
			kill(command->pid, sig);
	}
}

void
follow(const struct options *opt, struct command *command)
{
	bool passed_on = false;
	int status;
	pid_t pid;

	while (proc_first() != NULL) {
		output_idle();
		if (output_error() != 0 || is_to_end(command, interrupt_take(command->pid), &passed_on)) {
			stop_telling(opt, command);
			return;
		}
		pid = bsd_wait6(P_ALL, 0, &status, WEXITED | WTRAPPED, NULL, NULL);
		if (pid > 0)
			on_report(opt, command, pid, status);
		else if (errno == ECHILD)
			return;
		else if (errno != EINTR)
			fail("wait: %s", strerror(errno));
	}
}
