/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Sets of signals, and what comes with one.
 */
#include "decode_signal.h"

#include <signal.h>
#include <string.h>

/* Signals by name without SIG, as in a shell; a set with most of them in is shown by what it lacks. */
void
show_sigset(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	uint64_t set = load(bytes, len), all = len >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * len) - 1;
	bool inverted = __builtin_popcountll(set) > 32;

	if (inverted)
		set = ~set & all;
	if (inverted && !v->json)
		buf_char(v->out, '~');
	view_open(v, '[');
	if (inverted && v->json) {
		view_item(v);
		view_word(v, "~");
	}
	for (unsigned sig = 1; set != 0; sig++, set >>= 1)
		if (set & 1) {
			view_item(v);
			show_signal(v, &type_signal, sig);
		}
	view_close(v, ']');
}

static const struct type *const code_names[] = {
	[SIGILL] = &type_si_code_ill,
	[SIGFPE] = &type_si_code_fpe,
	[SIGSEGV] = &type_si_code_segv,
	[SIGBUS] = &type_si_code_bus,
	[SIGTRAP] = &type_si_code_trap,
	[SIGCHLD] = &type_si_code_chld,
	[SIGPOLL] = &type_si_code_poll,
	[SIGSYS] = &type_si_code_sys,
};

static void
show_code(struct view *v, int signo, int code)
{
	const char *name = NULL;

	if (code <= 0 || code >= SI_KERNEL)
		name = name_of(&type_si_code_any, (uint64_t)code);
	else if (signo > 0 && (size_t)signo < sizeof(code_names) / sizeof(code_names[0]) &&
	    code_names[signo] != NULL)
		name = name_of(code_names[signo], (uint64_t)code);
	if (name != NULL)
		view_word(v, name);
	else
		view_int(v, code);
}

/* One member of siginfo's union. */
struct part {
	const char *name;
	const struct type *type;
	uint8_t at32, at64; /* offset in the union, by word size */
};

static const struct part sender[] = { { "si_pid", &type_pid, 0, 0 }, { "si_uid", &type_uid, 4, 4 }, { 0 } };
static const struct part queued[] = { { "si_pid", &type_pid, 0, 0 }, { "si_uid", &type_uid, 4, 4 },
	{ "si_value", &type_hex, 8, 8 }, { 0 } };
static const struct part timer[] = { { "si_timerid", &type_int, 0, 0 }, { "si_overrun", &type_int, 4, 4 },
	{ "si_value", &type_hex, 8, 8 }, { 0 } };
static const struct part fault[] = { { "si_addr", &type_ptr, 0, 0 }, { 0 } };
static const struct part child_exit[] = { { "si_pid", &type_pid, 0, 0 }, { "si_uid", &type_uid, 4, 4 },
	{ "si_status", &type_int, 8, 8 }, { 0 } };
static const struct part child_signal[] = { { "si_pid", &type_pid, 0, 0 }, { "si_uid", &type_uid, 4, 4 },
	{ "si_status", &type_signal, 8, 8 }, { 0 } };
static const struct part poll[] = { { "si_band", &type_long, 0, 0 }, { "si_fd", &type_fd, 4, 8 }, { 0 } };
static const struct part call[] = { { "si_call_addr", &type_ptr, 0, 0 }, { "si_syscall", &type_int, 4, 8 },
	{ 0 } };

/* Which members mean something follows from the code first: anyone may send any signal. */
static const struct part *
parts_of(int signo, int code)
{
	switch (code) {
	case SI_USER:
	case SI_TKILL:
		return (sender);
	case SI_TIMER:
		return (timer);
	case SI_KERNEL:
		return (NULL);
	default:
		break;
	}
	if (code < 0)
		return (queued);
	switch (signo) {
	case SIGCHLD:
		return (code == CLD_EXITED ? child_exit : child_signal);
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
		return (fault);
	case SIGPOLL:
		return (poll);
	case SIGSYS:
		return (call);
	default:
		return (NULL);
	}
}

void
signal_origin(struct view *v, const uint8_t *bytes, unsigned word, size_t skip)
{
	int signo = (int)load(bytes, 4), code = (int)load(bytes + 8, 4);
	const uint8_t *more = bytes + (word == 8 ? 16 : 12);

	view_key(v, &"si_code"[skip]);
	show_code(v, signo, code);
	for (const struct part *p = parts_of(signo, code); p != NULL && p->name != NULL; p++) {
		size_t size = p->type->size[v->abi];

		view_key(v, p->name + skip);
		show_value(v, p->type, load(more + (word == 8 ? p->at64 : p->at32), size));
	}
}

void
show_siginfo(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	view_open(v, '{');
	view_key(v, "si_signo");
	show_signal(v, &type_signal, load(bytes, 4));
	if (load(bytes, 4) != 0)
		signal_origin(v, bytes, view_word_size(v), 0);
	view_close(v, '}');
}
