/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Why a request failed, in one sentence that says what to change.  Nothing is kept for it but which check
 * failed; what else there is to say is looked up when somebody asks.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/request.h"

/* ---- the checks that all requests share ---- */

static const char *const why_text[] = {
    [WHY_ARGUMENT] = "the struct that addr points to cannot be read: pass the address of one",
    [WHY_RESULT] = "the result cannot be written to where addr points: pass the address of room for it",
    [WHY_NO_ID] = "nothing has such an id: those of processes and threads are greater than 0",
    [WHY_NO_THREAD] = "that thread of the traced process has ended: ask for the list of its threads",
    [WHY_ENDING] = "it has ended, or is about to: have its parent, or its tracer, wait for it",
    [WHY_SYSTEM] = "it is a thread of the kernel's own, which nobody can trace: choose a process",
    [WHY_SELF] = "a process cannot attach to itself: let another one do so",
    [WHY_OURS] = "this process traces it already: attach once",
    [WHY_ANCESTOR] = "this process is traced, and descends from it or is traced on its behalf: a tracer cannot be "
		     "traced by those it traces, so detach from this process first",
    [WHY_UNTRACED] = "this process does not trace it: attach first",
    [WHY_RUNNING] = "it is not stopped: wait for its next stop first",
    [WHY_UNCOLLECTED] = "it has stopped, and no wait has collected the stop: wait for it first",
};

/* ---- those of one kind of request ---- */

enum shape { SH_ANY, SH_SIGNAL, SH_READ, SH_WRITE, SH_IO, SH_LWPINFO, SH_LWPLIST, SH_SET, SH_VM, SH_MACHINE };

static enum shape
shape_of(int req)
{
	switch (req) {
	case PT_CONTINUE:
	case PT_STEP:
	case PT_TO_SCE:
	case PT_TO_SCX:
	case PT_SYSCALL:
	case PT_DETACH:
		return (SH_SIGNAL);
	case PT_READ_I:
	case PT_READ_D:
		return (SH_READ);
	case PT_WRITE_I:
	case PT_WRITE_D:
		return (SH_WRITE);
	case PT_IO:
		return (SH_IO);
	case PT_LWPINFO:
		return (SH_LWPINFO);
	case PT_GETLWPLIST:
		return (SH_LWPLIST);
	case PT_SETREGS:
	case PT_SETFPREGS:
	case PT_SETDBREGS:
		return (SH_SET);
	case PT_VM_ENTRY:
		return (SH_VM);
	default:
		return (req >= PT_FIRSTMACH ? SH_MACHINE : SH_ANY);
	}
}

/* The errors of requests' own; SH_ANY stands for all. */
static const struct own {
	enum shape own_shape;
	int own_error;
	const char *own_text;
	bool own_data; /* the sentence begins with data */
} owns[] = {
    {SH_SIGNAL, EINVAL, "is no signal: data is to be 0, for none, or a number that kill -l names", true},
    {SH_READ, EFAULT, "its memory cannot be read at addr: look at its map", false},
    {SH_WRITE, EFAULT, "its memory cannot be written at addr: look at its map", false},
    {SH_IO, EFAULT, "some page of the range cannot be had, in the process or in the caller: look at its map", false},
    {SH_IO, EINVAL, "piod_op is none of the four operations, or piod_len is too great: see bsd_ptrace(3)", false},
    {SH_LWPINFO, EINVAL, "is no size of the result: data is to be from 1 to that of struct ptrace_lwpinfo", true},
    {SH_LWPLIST, EINVAL, "is no number of ids: data is to be how many there is room for, 1 or more", true},
    {SH_SET, EINVAL, "some register may not have the value it was given: change no more than what was read", false},
    {SH_VM, EINVAL, "pve_entry is no index of the map, which may have shrunk: begin again with 0", false},
    {SH_VM, ENOENT, "there is no entry of that index or above: the walk is done", false},
    {SH_VM, ENAMETOOLONG, "the path does not fit: make room for pve_pathlen bytes", false},
    {SH_MACHINE, EINVAL, "it does not take such an argument or such data, or not of this process: see bsd_ptrace(3)", false},
    {SH_MACHINE, EOPNOTSUPP, "the processor has no extended state (XSAVE): do without", false},
    {SH_ANY, EBUSY, "that thread waits for its child of a vfork, and cannot be stopped: name another", false},
    {SH_ANY, EFAULT, "addr is bad, in the process or in the caller: pass another", false},
    {SH_ANY, EINVAL, "an argument is out of range: see bsd_ptrace(3)", false},
    {SH_ANY, ENOMEM, "there is not enough memory, or no file descriptor left: raise the limits of this process (ulimit -a)", false},
    {SH_ANY, EAGAIN, "no thread could be made to trace it: raise the limit of processes (ulimit -u)", false},
    {SH_ANY, ESRCH, "it was killed meanwhile: wait for its end", false},
};

static const struct own *
own_find(int req, int error)
{
	enum shape shape = shape_of(req);

	for (size_t i = 0; i < sizeof(owns) / sizeof(owns[0]); i++)
		if (owns[i].own_error == error && (owns[i].own_shape == shape || owns[i].own_shape == SH_ANY))
			return (&owns[i]);
	return (NULL);
}

/* ---- the sentence ---- */

struct text {
	char *t_at;
	size_t t_room;
};

static void __attribute__((format(printf, 2, 3)))
say(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->t_at, t->t_room, format, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < t->t_room) {
		t->t_at += n;
		t->t_room -= (size_t)n;
	}
}

/* A name is whatever its process likes, and may end up on a terminal. */
static void
say_process(struct text *t, struct host *host, pid_t pid)
{
	char name[20] = "";

	(void)host->ops->name(host, pid, pid, name);
	for (char *c = name; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	say(t, name[0] == '\0' ? "process %d" : "process %d (%s)", pid, name);
}

static void
say_others(struct text *t, struct host *host, pid_t tracer)
{
	if (tracer == 0)
		say(t, "it is traced by a process that cannot be seen from here, as one outside of this pid namespace, "
		       "or was just changing its rights: detach that one, or try again");
	else {
		say_process(t, host, tracer);
		say(t, " traces it: detach that one first");
	}
}

static void
say_traceme(struct text *t, struct host *host, const struct refusal *rf)
{
	struct host_facts facts = {.hf_tracer = 0};

	if (rf->rf_error == EBUSY) {
		(void)host->ops->facts(host, rf->rf_id, &facts);
		say_others(t, host, facts.hf_tracer);
	} else
		host->ops->explain_traceme(host, rf->rf_id, t->t_at, t->t_room);
}

static void
say_unknown(struct text *t, const struct refusal *rf)
{
	if (rf->rf_name == NULL)
		say(t, "there is no request of that number: see bsdptrace.h");
	else
		say(t, "this request is not there yet");
}

static void
say_own(struct text *t, const struct refusal *rf)
{
	const struct own *own = own_find(rf->rf_req, rf->rf_error);

	if (rf->rf_name == NULL && rf->rf_error == EINVAL)
		say_unknown(t, rf);
	else if (own == NULL)
		say(t, "the system refuses it, with error %d", rf->rf_error);
	else if (own->own_data)
		say(t, "%d %s", rf->rf_data, own->own_text);
	else
		say(t, "%s", own->own_text);
}

static void
say_why(struct text *t, struct host *host, const struct refusal *rf)
{
	pid_t bare = rf->rf_id >= BSD_LWPID_BASE ? rf->rf_id - BSD_LWPID_BASE : rf->rf_id;
	pid_t tid = rf->rf_pid != 0 ? rf->rf_pid : bare;

	switch (rf->rf_why) {
	case WHY_NOBODY:
	case WHY_RIGHTS:
		host->ops->explain(host, tid, rf->rf_error, t->t_at, t->t_room);
		break;
	case WHY_TRACEME:
		say_traceme(t, host, rf);
		break;
	case WHY_OTHERS:
		say_others(t, host, rf->rf_tracer);
		break;
	case WHY_UNKNOWN:
		say_unknown(t, rf);
		break;
	case WHY_OWN:
		say_own(t, rf);
		break;
	default:
		say(t, "%s", why_text[rf->rf_why]);
		break;
	}
}

void
refusal_explain(struct host *host, const struct refusal *rf, char text[EXPLAIN_SIZE])
{
	struct text t = {.t_at = text, .t_room = EXPLAIN_SIZE};

	text[0] = '\0';
	if (rf->rf_error == 0) {
		say(&t, "no request has failed");
		return;
	}
	if (rf->rf_name != NULL)
		say(&t, "%s %d: ", rf->rf_name, rf->rf_id);
	else
		say(&t, "request %d of %d: ", rf->rf_req, rf->rf_id);
	say_why(&t, host, rf);
}
