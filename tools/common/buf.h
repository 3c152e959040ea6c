/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A row of bytes that grows.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data; /* owned; not NUL-terminated */
	size_t len;
	size_t room;
};

void buf_grow(struct buf *, size_t more);

/* Room for so many bytes behind those there are. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (b->room - b->len < more)
		buf_grow(b, more);
}

static inline void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

static inline void
buf_char(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
}

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* A number in base 8, 10 or 16, with the prefix C gives it. */
void buf_uint(struct buf *, uint64_t, unsigned base);
void buf_int(struct buf *, int64_t);

/* At least width digits, zeros in front; or blanks. */
void buf_padded(struct buf *, uint64_t, unsigned width);
void buf_right(struct buf *, uint64_t, unsigned width);

void buf_printf(struct buf *, const char *, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *);

#endif
