/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * System calls: entered, left, broken off.
 *
 * A line is begun when the call is entered, with the arguments that are known then, and completed when it ends.  If
 * another line came between, the rest goes on a line of its own.  A JSON line is kept until it is whole.
 */
#include "call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call_show.h"
#include "count.h"
#include "event.h"
#include "filter.h"
#include "output.h"

const char *
call_name(const struct frame *f, char *buf, size_t size)
{
	if (f->call != NULL)
		return (f->call->name);
	snprintf(buf, size, "syscall_%u", f->number);
	return (buf);
}

/* Six numbers, for calls of which nothing is known. */
static const struct slot unknown_args[] = {
	{ .name = "arg1", .type = &type_hex },
	{ .name = "arg2", .type = &type_hex },
	{ .name = "arg3", .type = &type_hex },
	{ .name = "arg4", .type = &type_hex },
	{ .name = "arg5", .type = &type_hex },
	{ .name = "arg6", .type = &type_hex },
};
static const struct signature unknown_signature = { unknown_args, 6, &type_long };

static unsigned
registers_of(const struct slot *s, const struct abi *abi, unsigned abi_index)
{
	if (s->shape != SHAPE_VALUE)
		return (1);
	return (s->type->is_pair || s->type->size[abi_index] > abi->word ? 2 : 1);
}

/* Puts registers together into arguments. */
static void
take_args(struct frame *f, const struct machine *m)
{
	const struct abi *abi = &abis[f->abi];
	unsigned at = 0;

	for (unsigned i = 0; i < f->sig->nargs && i < MAX_ARGS && at < 6; i++) {
		unsigned wide = registers_of(&f->sig->args[i], abi, f->abi);

		f->args[i] = m->regs[at];
		if (wide == 2 && abi->word == 4 && at + 1 < 6)
			f->args[i] |= m->regs[at + 1] << 32;
		at += wide;
	}
}

static const struct signature *
choose(const struct call *c, const struct frame *f)
{
	if (c->key == 0)
		return (&c->sig);
	for (unsigned i = 0; i < c->nvariants; i++)
		if (c->variants[i].value == (f->args[c->key - 1] & c->key_mask))
			return (&c->variants[i].sig);
	return (&c->sig);
}

/* The key tells which signature it is, and the first signature where the key is. */
static void
take_signature(struct frame *f, const struct machine *m)
{
	f->sig = f->call == NULL ? &unknown_signature : &f->call->sig;
	take_args(f, m);
	if (f->call != NULL && f->call->key != 0) {
		f->sig = choose(f->call, f);
		take_args(f, m);
	}
}

static struct view
view_of(const struct options *opt, const struct thread *t, struct buf *out)
{
	return ((struct view){ .out = out,
	    .opt = opt,
	    .pid = t->frame.memory,
	    .abi = t->frame.abi,
	    .json = opt->json,
	    .budget = SIZE_MAX });
}

/* ---- Lines ---- */

static void
json_begin(const struct options *opt, struct thread *t)
{
	struct frame *f = &t->frame;
	struct view v;
	char name[32];

	t->line.len = 0;
	v = view_of(opt, t, &t->line);
	event_head(&t->line, "syscall", t, &f->began);
	buf_printf(&t->line, ",\"syscall\":\"%s\"", call_name(f, name, sizeof(name)));
	if (ABI_COUNT > 1 && f->abi != 0)
		buf_printf(&t->line, ",\"abi\":\"%s\"", abis[f->abi].name);
	buf_str(&t->line, ",\"args\":{");
	call_show_args(&v, f);
}

static void
text_begin(const struct options *opt, struct thread *t)
{
	struct buf *out = output_begin(t, &t->frame.began);
	struct view v = view_of(opt, t, out);
	char name[32];

	buf_str(out, call_name(&t->frame, name, sizeof(name)));
	buf_char(out, '(');
	call_show_args(&v, &t->frame);
}

static void
json_end(struct view *v, struct thread *t, const struct timespec *now)
{
	struct frame *f = &t->frame;
	unsigned before = f->nshown;
	double took =
	    (double)(now->tv_sec - f->began.tv_sec) + (double)(now->tv_nsec - f->began.tv_nsec) / 1e9;

	call_show_args(v, f);
	buf_char(v->out, '}');
	call_show_changed(v, f, before);
	call_show_outcome(v, f);
	buf_printf(v->out, ",\"duration\":%.9f}", took);
	buf_add(output_plain(), t->line.data, t->line.len);
	output_end();
}

static struct buf *
text_resume(struct thread *t, const struct timespec *now)
{
	struct buf *out;
	char name[32];

	if (output_is_open(t))
		return (output_buf());
	out = output_begin(t, now);
	buf_printf(out, "<... %s resumed>", call_name(&t->frame, name, sizeof(name)));
	return (out);
}

static void
text_end(struct view *v, struct thread *t)
{
	unsigned before = t->frame.nshown;

	call_show_args(v, &t->frame);
	buf_char(v->out, ')');
	call_show_changed(v, &t->frame, before);
	call_show_outcome(v, &t->frame);
	output_end();
}

/* ---- Calls ---- */

/* A call that does not come back is complete when it is entered. */
static void
finish_noreturn(const struct options *opt, struct thread *t)
{
	struct frame *f = &t->frame;

	f->active = false;
	if (!f->shown || opt->counts)
		return;
	if (opt->json) {
		buf_str(&t->line, "},\"ret\":null}");
		buf_add(output_plain(), t->line.data, t->line.len);
	} else
		buf_char(output_buf(), ')');
	output_end();
}

static void
begin(const struct options *opt, struct thread *t, const struct machine *m, unsigned number, pid_t memory)
{
	struct frame *f = &t->frame;

	*f = (struct frame){ .active = true,
		.memory = memory,
		.abi = m->abi,
		.number = number,
		.call = call_find(&abis[m->abi], number) };
	f->shown = filter_passes(opt->filter, f->abi, number);
	f->began = output_now();
	if (!f->shown || opt->counts)
		return;
	take_signature(f, m);
	(opt->json ? json_begin : text_begin)(opt, t);
}

void
call_enter(const struct options *opt, struct thread *t, const struct machine *m, unsigned number)
{
	begin(opt, t, m, number, t->proc->pid);
	if (t->frame.call != NULL && t->frame.call->noreturn)
		finish_noreturn(opt, t);
}

void
call_leave(const struct options *opt, struct thread *t, const struct machine *m)
{
	struct frame *f = &t->frame;
	int64_t ret = (int64_t)m->number;
	struct timespec now;
	struct view v;

	f->active = false;
	if (!f->shown)
		return;
	now = output_now();
	if (opt->counts) {
		count_call(f, call_failed(f, ret), &now);
		return;
	}
	v = view_of(opt, t, opt->json ? &t->line : text_resume(t, &now));
	v.after = true;
	v.ret = ret;
	v.failed = call_failed(f, ret);
	if (opt->json)
		json_end(&v, t, &now);
	else
		text_end(&v, t);
}

void
call_abandon(const struct options *opt, struct thread *t)
{
	if (!t->frame.active)
		return;
	t->frame.active = false;
	if (!t->frame.shown || opt->counts)
		return;
	if (opt->json) {
		buf_str(&t->line, "},\"ret\":null,\"unfinished\":true}");
		buf_add(output_plain(), t->line.data, t->line.len);
		output_end();
	} else if (output_is_open(t))
		output_plain();
}

void
call_move(struct thread *to, struct thread *from)
{
	struct buf line = to->line;

	if (output_is_open(from))
		output_plain();
	to->frame = from->frame;
	to->line = from->line;
	from->line = line;
	from->frame.active = false;
}

static unsigned
number_of(const char *name, const struct abi *abi)
{
	unsigned n = 0;

	while (n < abi->ncalls && (abi->calls[n] == NULL || strcmp(abi->calls[n]->name, name) != 0))
		n++;
	return (n);
}

void
call_exec_command(
    const struct options *opt, struct thread *t, const char *path, char *const *argv, char *const *envp)
{
	struct machine m = { .abi = 0, .regs = { (uintptr_t)path, (uintptr_t)argv, (uintptr_t)envp } };

	begin(opt, t, &m, number_of("execve", &abis[0]), 0);
	call_leave(opt, t, &m);
}

bool
call_is_exec(const struct frame *f)
{
	return (f->active && f->call != NULL &&
	    (strcmp(f->call->name, "execve") == 0 || strcmp(f->call->name, "execveat") == 0));
}

bool
call_is_thread_exit(const struct frame *f)
{
	return (f->call != NULL && strcmp(f->call->name, "exit") == 0);
}
