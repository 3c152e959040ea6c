/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A row of bytes that grows.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static void
reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 1024;

	if (b->room - b->len >= more)
		return;
	while (room - b->len < more)
		room *= 2;
	b->data = realloc(b->data, room);
	if (b->data == NULL)
		fail("out of memory");
	b->room = room;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

void
buf_char(struct buf *b, char c)
{
	reserve(b, 1);
	b->data[b->len++] = c;
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Digits of value before end; returns the first. */
static char *
digits(char *end, uint64_t value, unsigned base)
{
	do
		*--end = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	return (end);
}

void
buf_uint(struct buf *b, uint64_t value, unsigned base)
{
	char text[24], *end = text + sizeof(text), *p = digits(end, value, base);

	if (base == 16)
		buf_str(b, "0x");
	else if (base == 8)
		buf_char(b, '0');
	if (base != 8 || value != 0)
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
	char text[24], *end = text + sizeof(text), *p = digits(end, value, 10);

	while ((size_t)(end - p) < width && p > text)
		*--p = '0';
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
	reserve(b, (size_t)len + 1);
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
