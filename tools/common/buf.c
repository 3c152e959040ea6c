/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A row of bytes that grows.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fail.h"

void
buf_grow(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 1024;

	while (room - b->len < more)
		room *= 2;
	b->data = realloc(b->data, room);
	if (b->data == NULL)
		fail("out of memory");
	b->room = room;
}

/* Digits of value before end; returns the first. */
static char *
decimal(char *end, uint64_t value)
{
	do
		*--end = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	return (end);
}

/* The same of a base that is a power of two. */
static char *
bits(char *end, uint64_t value, unsigned each)
{
	do
		*--end = "0123456789abcdef"[value & ((1u << each) - 1)];
	while ((value >>= each) != 0);
	return (end);
}

void
buf_uint(struct buf *b, uint64_t value, unsigned base)
{
	char text[26], *end = text + sizeof(text), *p;

	if (base == 10)
		p = decimal(end, value);
	else if (base == 16) {
		p = bits(end, value, 4);
		*--p = 'x';
		*--p = '0';
	} else {
		p = bits(end, value, 3);
		if (value != 0)
			*--p = '0';
	}
	buf_add(b, p, (size_t)(end - p));
}

void
buf_int(struct buf *b, int64_t value)
{
	if (value < 0)
		buf_char(b, '-');
	buf_uint(b, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

void
buf_padded(struct buf *b, uint64_t value, unsigned width)
{
	char text[24], *end = text + sizeof(text), *p = decimal(end, value);

	while ((size_t)(end - p) < width && p > text)
		*--p = '0';
	buf_add(b, p, (size_t)(end - p));
}

void
buf_right(struct buf *b, uint64_t value, unsigned width)
{
	char text[24], *end = text + sizeof(text), *p = decimal(end, value);

	while ((size_t)(end - p) < width && p > text)
		*--p = ' ';
	buf_add(b, p, (size_t)(end - p));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	buf_reserve(b, (size_t)len + 1);
	va_start(ap, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
