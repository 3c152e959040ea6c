/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Strings: paths, names, data, and the vectors of them that execve takes.
 */
#include <limits.h>
#include <string.h>

#include "memory.h"
#include "view.h"

#define MAX_VECTOR 4096 /* strings of one that are shown */

static void
show_string_at(struct view *v, uint64_t addr, size_t limit)
{
	char text[PATH_MAX + 1];
	bool ended;
	size_t len;

	if (addr == 0) {
		view_null(v);
		return;
	}
	if (limit > PATH_MAX)
		limit = PATH_MAX;
	len = memory_read_string(v->pid, addr, text, limit + 1, &ended);
	if (len == 0 && !ended)
		view_hex(v, addr);
	else
		view_string(v, text, len < limit ? len : limit, !ended);
}

/* A path is always shown whole. */
void
show_path(struct view *v, const struct type *t, uint64_t value)
{
	show_string_at(v, value, PATH_MAX);
}

void
show_str(struct view *v, const struct type *t, uint64_t value)
{
	show_string_at(v, value, v->opt->strsize);
}

void
show_bytes(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	size_t shown = len < v->opt->strsize ? len : v->opt->strsize;

	view_string(v, bytes, shown, shown < len);
}

/* A string in a fixed array. */
void
show_chars(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	view_string(v, bytes, strnlen((const char *)bytes, len), false);
}

static void
show_vector(struct view *v, uint64_t addr)
{
	size_t word = view_word_size(v);
	uint8_t cell[8];

	view_open(v, '[');
	for (unsigned n = 0; memory_read(v->pid, addr, cell, word) && load(cell, word) != 0;
	     n++, addr += word) {
		if (n == MAX_VECTOR) {
			view_more(v);
			break;
		}
		view_item(v);
		show_string_at(v, load(cell, word), PATH_MAX);
	}
	view_close(v, ']');
}

static void
show_vector_if(struct view *v, uint64_t addr, bool wanted)
{
	uint8_t cell[8];

	if (wanted && addr != 0 && memory_read(v->pid, addr, cell, view_word_size(v)))
		show_vector(v, addr);
	else
		show_ptr(v, &type_ptr, addr);
}

void
show_argv(struct view *v, const struct type *t, uint64_t value)
{
	show_vector_if(v, value, v->opt->exec_args);
}

void
show_envp(struct view *v, const struct type *t, uint64_t value)
{
	show_vector_if(v, value, v->opt->exec_env);
}
