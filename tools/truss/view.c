/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing values as text, the way FreeBSD's truss lays them out, or as JSON.
 */
#include "view.h"

#include <string.h>

#include "../common/quote.h"

void
view_item(struct view *v)
{
	if (v->comma)
		buf_str(v->out, v->json ? "," : ", ");
	v->comma = true;
}

void
view_key(struct view *v, const char *name)
{
	view_item(v);
	if (v->json)
		quote_json(v->out, name, strlen(name));
	else
		buf_str(v->out, name);
	buf_char(v->out, v->json ? ':' : '=');
}

void
view_open(struct view *v, char bracket)
{
	buf_char(v->out, bracket);
	if (!v->json)
		buf_char(v->out, ' ');
	v->comma = false;
}

void
view_close(struct view *v, char bracket)
{
	if (!v->json && v->comma)
		buf_char(v->out, ' ');
	buf_char(v->out, bracket);
	v->comma = true;
}

void
view_int(struct view *v, int64_t value)
{
	buf_int(v->out, value);
}

void
view_uint(struct view *v, uint64_t value)
{
	buf_uint(v->out, value, 10);
}

void
view_word_begin(struct view *v)
{
	if (v->json)
		buf_char(v->out, '"');
}

void
view_word_end(struct view *v)
{
	view_word_begin(v);
}

/* JSON has decimal numbers alone; others are kept readable as strings. */
void
view_hex(struct view *v, uint64_t value)
{
	view_word_begin(v);
	buf_uint(v->out, value, 16);
	view_word_end(v);
}

void
view_octal(struct view *v, uint64_t value)
{
	view_word_begin(v);
	buf_uint(v->out, value, 8);
	view_word_end(v);
}

void
view_word(struct view *v, const char *word)
{
	view_word_begin(v);
	buf_str(v->out, word);
	view_word_end(v);
}

void
view_null(struct view *v)
{
	buf_str(v->out, v->json ? "null" : "NULL");
}

void
view_more(struct view *v)
{
	view_item(v);
	view_word(v, "...");
}

static void
text_string(struct view *v, const void *bytes, size_t len, bool cut)
{
	quote_c(v->out, bytes, len);
	if (cut)
		buf_str(v->out, "...");
}

/* JSON strings are UTF-8; what is not goes as hexadecimal digits, and what was cut says so. */
static void
json_string(struct view *v, const void *bytes, size_t len, bool cut)
{
	bool text = cut ? utf8_but_for_end(bytes, len) : utf8_length(bytes, len) == len;

	if (text && !cut) {
		quote_json(v->out, bytes, len);
		return;
	}
	buf_str(v->out, text ? "{\"text\":" : "{\"hex\":");
	if (text)
		quote_json(v->out, bytes, utf8_length(bytes, len));
	else
		quote_hex(v->out, bytes, len);
	buf_str(v->out, cut ? ",\"cut\":true}" : "}");
}

void
view_string(struct view *v, const void *bytes, size_t len, bool cut)
{
	(v->json ? json_string : text_string)(v, bytes, len, cut);
}
