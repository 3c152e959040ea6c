/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What happens to processes and threads beside their calls.
 */
#include "event.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "../common/quote.h"
#include "decode_signal.h"
#include "output.h"

void
event_head(struct buf *b, const char *event, const struct thread *t, const struct timespec *when)
{
	struct timespec epoch = output_epoch(when);

	buf_str(b, "{\"event\":\"");
	buf_str(b, event);
	buf_str(b, "\",\"time\":");
	buf_int(b, epoch.tv_sec);
	buf_char(b, '.');
	buf_padded(b, (uint64_t)epoch.tv_nsec, 9);
	buf_str(b, ",\"pid\":");
	buf_int(b, t->proc->pid);
	buf_str(b, ",\"tid\":");
	buf_int(b, thread_tid(t));
}

/* Begins a line: in JSON with the head, in text with what stands before every line. */
static struct buf *
begin(const struct options *opt, const char *event, const struct thread *t)
{
	struct timespec now = output_now();
	struct buf *b;

	if (!opt->json)
		return (output_begin(t, &now));
	b = output_plain();
	event_head(b, event, t, &now);
	return (b);
}

static void
end(const struct options *opt)
{
	if (opt->json)
		buf_char(output_buf(), '}');
	output_end();
}

static void
put_signal(struct buf *b, const struct options *opt, int sig)
{
	struct view v = { .out = b, .opt = opt, .json = opt->json };

	show_signal(&v, &type_signal, (uint64_t)sig);
}

void
event_signal(const struct options *opt, const struct thread *t, const siginfo_t *si, int sig)
{
	struct view v = { .opt = opt, .json = opt->json, .comma = opt->json };

	if (opt->counts || opt->no_signals)
		return;
	v.out = begin(opt, "signal", t);
	if (opt->json)
		buf_str(v.out, ",\"signal\":");
	else
		buf_printf(v.out, "SIGNAL %d (", sig);
	put_signal(v.out, opt, sig);
	if (!opt->json)
		buf_str(v.out, ") ");
	/* In JSON a member "pid" is there already. */
	signal_origin(&v, (const uint8_t *)si, sizeof(void *), opt->json ? 0 : sizeof("si_") - 1);
	end(opt);
}

void
event_fork(const struct options *opt, const struct thread *t, pid_t child, bool vforked)
{
	struct buf *b;

	if (opt->counts)
		return;
	b = begin(opt, "fork", t);
	if (opt->json)
		buf_printf(b, ",\"child\":%d,\"vfork\":%s", child, vforked ? "true" : "false");
	else
		buf_printf(b, "<%s %d>", vforked ? "vforked" : "forked", child);
	end(opt);
}

static void
simple_event(const struct options *opt, const struct thread *t, const char *event, const char *text)
{
	struct buf *b;

	if (opt->counts)
		return;
	b = begin(opt, event, t);
	if (!opt->json)
		buf_printf(b, "<%s %d>", text, thread_tid(t));
	end(opt);
}

void
event_new_process(const struct options *opt, const struct thread *t)
{
	simple_event(opt, t, "process", "new process");
}

void
event_new_thread(const struct options *opt, const struct thread *t)
{
	simple_event(opt, t, "thread", "new thread");
}

void
event_thread_exit(const struct options *opt, const struct thread *t)
{
	simple_event(opt, t, "thread_exit", "thread exit");
}

void
event_exec(const struct options *opt, const struct thread *t)
{
	char link[32], path[PATH_MAX];
	ssize_t len;
	struct view v = { .opt = opt, .json = opt->json };

	if (opt->counts)
		return;
	snprintf(link, sizeof(link), "/proc/%d/exe", t->proc->pid);
	len = readlink(link, path, sizeof(path));
	v.out = begin(opt, "exec", t);
	buf_str(v.out, opt->json ? ",\"path\":" : "<exec ");
	view_string(&v, path, len > 0 ? (size_t)len : 0, false);
	if (!opt->json)
		buf_char(v.out, '>');
	end(opt);
}

static void
put_exit(struct buf *b, const struct options *opt, int status)
{
	if (WIFEXITED(status)) {
		buf_str(b, opt->json ? ",\"code\":" : "process exit, rval = ");
		buf_int(b, WEXITSTATUS(status));
		return;
	}
	if (opt->json)
		buf_str(b, ",\"signal\":");
	else
		buf_printf(b, "process killed, signal = %d (", WTERMSIG(status));
	put_signal(b, opt, WTERMSIG(status));
	if (!opt->json)
		buf_char(b, ')');
	if (WCOREDUMP(status))
		buf_str(b, opt->json ? ",\"core\":true" : " (core dumped)");
}

void
event_exit(const struct options *opt, struct proc *p, int status)
{
	struct thread first = { .lwpid = bsd_lwpid(p->pid), .proc = p };
	struct buf *b;

	if (opt->counts)
		return;
	b = begin(opt, "exit", &first);
	put_exit(b, opt, status);
	end(opt);
}
