/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A row of bytes that grows.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* owned; not NUL-terminated */
	size_t len;
	size_t room;
};

void buf_add(struct buf *, const void *, size_t);
void buf_char(struct buf *, char);
void buf_str(struct buf *, const char *);

/* A number in base 8, 10 or 16, with the prefix C gives it. */
void buf_uint(struct buf *, uint64_t, unsigned base);
void buf_int(struct buf *, int64_t);

/* At least width digits, zeros in front. */
void buf_padded(struct buf *, uint64_t, unsigned width);

void buf_printf(struct buf *, const char *, ...) __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *);

#endif
