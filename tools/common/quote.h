/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes as text in quotes.
 */
#ifndef COMMON_QUOTE_H
#define COMMON_QUOTE_H

#include <stdbool.h>

#include "buf.h"

/* As a C string literal. */
void quote_c(struct buf *, const void *, size_t);

/* As a JSON string; the bytes must be UTF-8. */
void quote_json(struct buf *, const void *, size_t);

/* As hexadecimal digits in quotes. */
void quote_hex(struct buf *, const void *, size_t);

/*
 * How many bytes at the front are whole UTF-8 characters; len if all are.
 */
size_t utf8_length(const void *, size_t len);

/* All of the bytes are UTF-8, but for a character that the end cuts. */
bool utf8_but_for_end(const void *, size_t len);

#endif
