/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes as text in quotes.
 */
#include "quote.h"

#include <stdint.h>
#include <string.h>

/* The letter that stands for a byte after a backslash in C and in JSON, or 0. */
static char
escape_letter(uint8_t c)
{
	switch (c) {
	case '\n':
		return ('n');
	case '\t':
		return ('t');
	case '\r':
		return ('r');
	case '\f':
		return ('f');
	case '\b':
		return ('b');
	case '"':
	case '\\':
		return ((char)c);
	default:
		return (0);
	}
}

/* Up to three octal digits; all three where a digit follows, which would belong to the number. */
static void
octal(struct buf *b, uint8_t c, bool digit_follows)
{
	buf_char(b, '\\');
	if (digit_follows || c >= 0100)
		buf_char(b, (char)('0' + (c >> 6)));
	if (digit_follows || c >= 010)
		buf_char(b, (char)('0' + (c >> 3 & 7)));
	buf_char(b, (char)('0' + (c & 7)));
}

static bool
is_digit(uint8_t c)
{
	return (c >= '0' && c <= '9');
}

/* How many bytes from p on stand for themselves. */
static size_t
plain(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *from = p;

	while (p < end && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return ((size_t)(p - from));
}

void
quote_c(struct buf *b, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	size_t n;
	char letter;

	buf_char(b, '"');
	for (;; p++) {
		n = plain(p, end);
		buf_add(b, p, n);
		p += n;
		if (p == end)
			break;
		if ((letter = escape_letter(*p)) != 0) {
			buf_char(b, '\\');
			buf_char(b, letter);
		} else
			octal(b, *p, p + 1 < end && is_digit(p[1]));
	}
	buf_char(b, '"');
}

void
quote_json(struct buf *b, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;

	buf_char(b, '"');
	for (; p < end; p++) {
		char letter = escape_letter(*p);

		if (letter != 0) {
			buf_char(b, '\\');
			buf_char(b, letter);
		} else if (*p >= ' ' && *p != 0x7f)
			buf_char(b, (char)*p);
		else
			buf_printf(b, "\\u%04x", *p);
	}
	buf_char(b, '"');
}

void
quote_hex(struct buf *b, const void *bytes, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *p = bytes, *end = p + len;

	buf_char(b, '"');
	for (; p < end; p++) {
		buf_char(b, hex[*p >> 4]);
		buf_char(b, hex[*p & 15]);
	}
	buf_char(b, '"');
}

/* Bytes of the character that begins with c; 0 if none does. */
static size_t
utf8_width(uint8_t c)
{
	if (c < 0x80)
		return (1);
	if (c >= 0xc2 && c < 0xe0)
		return (2);
	if (c >= 0xe0 && c < 0xf0)
		return (3);
	return (c >= 0xf0 && c < 0xf5 ? 4 : 0);
}

/* The second byte has a narrower range after some first bytes: no overlong forms, no surrogates. */
static bool
second_fits(uint8_t first, uint8_t second)
{
	uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return (second >= low && second <= high);
}

/* The first have bytes of a character of width bytes are well formed. */
static bool
utf8_fits(const uint8_t *p, size_t have)
{
	if (have > 1 && !second_fits(p[0], p[1]))
		return (false);
	for (size_t i = 2; i < have; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (false);
	return (true);
}

size_t
utf8_length(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t at = 0;

	while (at < len) {
		size_t width = utf8_width(p[at]);

		if (width == 0 || width > len - at || !utf8_fits(p + at, width))
			break;
		at += width;
	}
	return (at);
}

bool
utf8_but_for_end(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t whole = utf8_length(p, len);

	return (whole == len || (utf8_width(p[whole]) > len - whole && utf8_fits(p + whole, len - whole)));
}
