/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The arguments and the outcome of a call.
 */
#include "call_show.h"

#include <string.h>

#define MAX_ERRNO 4095

/* ---- Arguments ---- */

static void
show_arg(struct view *v, const struct frame *f, unsigned i)
{
	const struct slot *s = &f->sig->args[i];

	v->budget = s->dir == DIR_OUT && v->ret > 0 ? (size_t)v->ret : SIZE_MAX;
	if (v->json)
		view_key(v, s->name);
	else {
		if (v->comma)
			buf_char(v->out, ',');
		v->comma = true;
	}
	show_slot(v, s, i, f->args);
}

/* Shows arguments from the first that was not shown yet; before the call has ended only up to what it writes. */
void
call_show_args(struct view *v, struct frame *f)
{
	v->comma = f->nshown > 0;
	for (; f->nshown < f->sig->nargs; f->nshown++) {
		const struct slot *s = &f->sig->args[f->nshown];

		if (s->dir == DIR_OUT && !v->after)
			break;
		if (slot_applies(s, f->args))
			show_arg(v, f, f->nshown);
	}
}

/* What the call changed of arguments that had been shown before it. */
void
call_show_changed(struct view *v, const struct frame *f, unsigned until)
{
	bool any = false;

	for (unsigned i = 0; i < until && !v->failed; i++) {
		const struct slot *s = &f->sig->args[i];

		if (s->dir != DIR_INOUT || f->args[i] == 0)
			continue;
		if (!any)
			buf_str(v->out, v->json ? ",\"out\":{" : " ->");
		if (v->json) {
			v->comma = any;
			view_key(v, s->name);
		} else {
			buf_char(v->out, ' ');
			buf_str(v->out, s->name);
			buf_char(v->out, '=');
		}
		show_slot(v, s, i, f->args);
		any = true;
	}
	if (any && v->json)
		buf_char(v->out, '}');
}

/* ---- Results ---- */

bool
call_failed(const struct frame *f, int64_t ret)
{
	return (ret < 0 && ret >= -MAX_ERRNO && (f->call == NULL || !f->call->nofail));
}

static const char *
error_text(int number)
{
	return (number >= 512 ? "to be restarted" : strerror(number));
}

static void
show_error(struct view *v, int number)
{
	const char *name = name_of(&type_errno_name, (uint64_t)number);

	if (v->json) {
		buf_printf(v->out, ",\"ret\":-1,\"errno\":\"%s\",\"code\":%d", name ? name : "", number);
		return;
	}
	buf_str(v->out, " ERR#");
	buf_uint(v->out, (uint64_t)number, 10);
	buf_char(v->out, ' ');
	buf_str(v->out, name ? name : "");
	buf_str(v->out, " '");
	buf_str(v->out, error_text(number));
	buf_char(v->out, '\'');
}

static bool
is_address(const struct type *t)
{
	return (t == &type_ptr || t == &type_hex);
}

/* The number, in decimal and hexadecimal as FreeBSD shows it, and what it means where that is more. */
static void
show_result(struct view *v, const struct type *t)
{
	uint64_t value = type_value(t, v->abi, (uint64_t)v->ret);
	bool named =
	    t->names != NULL || t->is_flags || t == &type_mode || t == &type_signal || t == &type_sig_handler;

	if (v->json) {
		buf_str(v->out, ",\"ret\":");
		view_int(v, t->is_signed ? (int64_t)value : v->ret);
		if (named)
			buf_str(v->out, ",\"means\":");
		if (named)
			show_value(v, t, value);
		return;
	}
	buf_str(v->out, " = ");
	if (!is_address(t)) {
		buf_int(v->out, (int64_t)value);
		buf_str(v->out, " (");
	}
	if (named)
		show_value(v, t, value);
	else
		buf_uint(v->out, value, 16);
	if (!is_address(t))
		buf_char(v->out, ')');
}

void
call_show_outcome(struct view *v, const struct frame *f)
{
	if (f->call != NULL && f->call->anyreturn)
		buf_str(v->out, v->json ? ",\"ret\":null" : " = ?");
	else if (v->failed)
		show_error(v, (int)-v->ret);
	else
		show_result(v, f->sig->ret);
}
