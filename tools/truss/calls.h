/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The shape of the tables that data/gen_calls.py makes of data/calls.def and types.def.
 * Included by the generated calls_gen.h, which defines ABI_COUNT first.
 */
#ifndef TRUSS_CALLS_H
#define TRUSS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct type;
struct view;

/* Shows a number, or what lies at the address that it is. */
typedef void show_scalar_fn(struct view *, const struct type *, uint64_t value);

/* Shows bytes copied from the process; len may be less than were there. */
typedef void show_blob_fn(struct view *, const struct type *, const uint8_t *bytes, size_t len);

/* A name of a value: of the bits under mask. */
struct name {
	uint64_t mask;
	uint64_t value;
	const char *name;
};

/* What the length of a blob counts. */
enum unit {
	UNIT_BYTE,
	UNIT_BIT,
	UNIT_ONCE, /* nothing: there is one of a fixed size */
};

/* One type.  Which of scalar, blob, names (or is a set of flags without any) and members is there says what kind. */
struct type {
	const char *name;
	uint16_t size[ABI_COUNT]; /* bytes in memory; 0: the ABI has no such struct */
	bool is_signed;
	bool is_pair; /* two registers, low half first, also where one would do */
	bool is_flags;
	uint8_t radix; /* of what has no name */
	uint8_t unit;
	int16_t limit; /* member that says how many bytes are shown through pointers, or -1 */
	uint16_t count;
	show_scalar_fn *scalar;
	show_blob_fn *blob;
	const struct name *names;   /* count of them; for an enumeration in order of value */
	const struct slot *members; /* count of them */
};

enum shape {
	SHAPE_VALUE,
	SHAPE_POINTER,
	SHAPE_ARRAY,  /* a pointer to several */
	SHAPE_INLINE, /* several, inside the struct */
};

enum dir {
	DIR_IN,
	DIR_OUT,
	DIR_INOUT,
};

/* Where the length of an array is. */
enum len_from {
	LEN_CONST,
	LEN_SLOT,    /* in slot number len */
	LEN_AT_SLOT, /* where slot number len points to, an int */
	LEN_RET,     /* in the result */
};

/* An argument of a call or a member of a struct. */
struct slot {
	const char *name;
	const struct type *type;
	uint8_t shape;
	uint8_t dir;
	uint8_t len_from;
	uint8_t cond; /* 1 + the slot that must have one of cond_bits for this one to mean anything */
	uint16_t len;
	uint64_t cond_bits;
	struct {
		uint16_t offset;
		uint16_t size; /* 0: this ABI has no such member */
	} at[ABI_COUNT];       /* of members */
};

/* What a call takes and returns. */
struct signature {
	const struct slot *args;
	uint8_t nargs;
	const struct type *ret;
};

/* What it is for one value of its key argument. */
struct variant {
	uint64_t value;
	struct signature sig;
};

struct call {
	const char *name;
	struct signature sig;
	uint8_t key; /* 1 + the argument that chooses a variant, or 0 */
	uint8_t nvariants;
	bool noreturn;
	bool nofail;	/* no result is an error */
	bool anyreturn; /* the result register is not the call's */
	uint64_t key_mask;
	const struct variant *variants;
};

/* A numbering of calls. */
struct abi {
	const char *name;
	unsigned word; /* bytes of a register */
	const struct call *const *calls;
	unsigned ncalls;
};

/* The call of a number, or NULL. */
const struct call *call_find(const struct abi *, unsigned number);

#endif
