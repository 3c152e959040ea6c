/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Showing values: where they come from, and how they are written, as text or as JSON.
 */
#ifndef TRUSS_VIEW_H
#define TRUSS_VIEW_H

#include <sys/types.h>

#include "../common/buf.h"
#include "calls_gen.h"
#include "options.h"

#define MAX_ARGS 8
#define MAX_SHOWN 32 /* elements of an array; more are only hinted at */

/* One value after another being written for one call. */
struct view {
	struct buf *out; /* not owned */
	const struct options *opt;
	pid_t pid;    /* whose memory addresses mean; 0: our own */
	unsigned abi; /* index in abis[] */
	bool json;
	bool after;  /* the call has ended: results and what it wrote are there */
	bool failed; /* with an error */
	bool comma;  /* the next item needs one before it */
	int64_t ret;
	size_t budget; /* bytes that may still be shown through pointers of structs */
};

/* ---- Writing: one item, in the place that item() or key() made. ---- */

void view_item(struct view *);			/* the next element of a list */
void view_key(struct view *, const char *name); /* the next member of a group */
void view_open(struct view *, char bracket);	/* '{' or '[' */
void view_close(struct view *, char bracket);
void view_int(struct view *, int64_t);
void view_uint(struct view *, uint64_t);
void view_hex(struct view *, uint64_t);
void view_octal(struct view *, uint64_t);
void view_word(struct view *, const char *); /* a name, without quotes in text */
void view_null(struct view *);
void view_more(struct view *);					     /* there were more elements */
void view_string(struct view *, const void *, size_t len, bool cut); /* in quotes; cut: there was more */

/* A word made of parts: between these two, write to out. */
void view_word_begin(struct view *);
void view_word_end(struct view *);

/* ---- Values by type. ---- */

/* The word width of the call's ABI, in bytes. */
unsigned view_word_size(const struct view *);

/* A value as wide as its type is in this ABI, with its sign. */
uint64_t type_value(const struct type *, unsigned abi, uint64_t raw);

void show_value(struct view *, const struct type *, uint64_t raw);
void show_data(struct view *, const struct type *, const uint8_t *bytes, size_t len);

/* What lies at an address: one value of the type, or as many as there is room for in len of its units. */
void show_pointer(struct view *, const struct type *, uint64_t addr);
void show_array(struct view *, const struct type *, uint64_t addr, uint64_t len);

/* A slot among its siblings, whose raw values are given. */
void show_slot(struct view *, const struct slot *, size_t which, const uint64_t *values);
bool slot_applies(const struct slot *, const uint64_t *values);

/* The name of exactly this value, or NULL. */
const char *name_of(const struct type *, uint64_t value);

/* A little-endian number of 1 to 8 bytes. */
uint64_t load(const uint8_t *, size_t size);

#endif
