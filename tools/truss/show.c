/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values by what the tables say of their types: structs, arrays, pointers, names and bits.
 */
#include <string.h>

#include "memory.h"
#include "view.h"

#define MAX_MEMBERS 32
#define MAX_STRUCT 1024
#define MAX_BLOB 32768 /* bytes of one that are looked at */

unsigned
view_word_size(const struct view *v)
{
	return (abis[v->abi].word);
}

uint64_t
load(const uint8_t *p, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, p, size < sizeof(value) ? size : sizeof(value));
	return (value);
}

static uint64_t
narrow(uint64_t raw, size_t size, bool is_signed)
{
	unsigned unused = 64 - 8 * (unsigned)size;

	if (size == 0 || size >= 8)
		return (raw);
	return (is_signed ? (uint64_t)((int64_t)(raw << unused) >> unused) : raw << unused >> unused);
}

uint64_t
type_value(const struct type *t, unsigned abi, uint64_t raw)
{
	return (narrow(raw, t->size[abi], t->is_signed));
}

/* ---- Names ---- */

const char *
name_of(const struct type *t, uint64_t value)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct name *n = &t->names[middle];

		if (n->value == (value & n->mask))
			return (n->name);
		if (n->value < (value & n->mask))
			low = middle + 1;
		else
			high = middle;
	}
	return (NULL);
}

static void
show_number(struct view *v, const struct type *t, uint64_t value)
{
	if (t->radix == 16)
		view_hex(v, narrow(value, t->size[v->abi], false));
	else if (t->radix == 8)
		view_octal(v, value);
	else if (t->is_signed)
		view_int(v, (int64_t)value);
	else
		view_uint(v, value);
}

static void
show_enum(struct view *v, const struct type *t, uint64_t value)
{
	const char *name = name_of(t, value);

	if (name != NULL)
		view_word(v, name);
	else
		show_number(v, t, value);
}

/* Writes the names of bits that are in *value, and takes those out; returns how many. */
static unsigned
name_bits(struct view *v, const struct type *t, uint64_t *value)
{
	uint64_t whole = *value, seen = 0;
	unsigned written = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct name *n = &t->names[i];

		if ((whole & n->mask) != n->value || (n->mask & seen) == n->mask ||
		    (n->mask == UINT64_MAX && written > 0))
			continue;
		if (written++ > 0)
			buf_char(v->out, '|');
		buf_str(v->out, n->name);
		seen |= n->mask;
		*value &= ~n->mask;
	}
	return (written);
}

static void
show_flags(struct view *v, const struct type *t, uint64_t value)
{
	unsigned written;

	value = narrow(value, t->size[v->abi], false);
	view_word_begin(v);
	written = name_bits(v, t, &value);
	if (value != 0 && written > 0)
		buf_char(v->out, '|');
	if (value != 0 || written == 0)
		buf_uint(v->out, value, t->radix);
	view_word_end(v);
}

void
show_value(struct view *v, const struct type *t, uint64_t raw)
{
	uint64_t value = type_value(t, v->abi, raw);

	if (t->scalar != NULL)
		t->scalar(v, t, value);
	else if (t->is_flags)
		show_flags(v, t, value);
	else
		show_enum(v, t, value);
}

/* ---- Structs and arrays ---- */

static bool
is_number(const struct type *t)
{
	return (t->blob == NULL && t->members == NULL);
}

/* Elements side by side in local memory. */
static void
show_row(struct view *v, const struct type *t, const uint8_t *bytes, size_t count)
{
	size_t size = t->size[v->abi];

	view_open(v, '[');
	for (size_t i = 0; i < count && i < MAX_SHOWN; i++) {
		view_item(v);
		show_data(v, t, bytes + i * size, size);
	}
	if (count > MAX_SHOWN)
		view_more(v);
	view_close(v, ']');
}

static void
show_member(struct view *v, const struct slot *m, size_t which, const uint64_t *values, const uint8_t *bytes)
{
	const uint8_t *place = bytes + m->at[v->abi].offset;
	size_t size = m->at[v->abi].size;

	view_key(v, m->name);
	if (m->shape == SHAPE_INLINE)
		show_row(v, m->type, place, size / m->type->size[v->abi]);
	else if (m->shape == SHAPE_VALUE && !is_number(m->type))
		show_data(v, m->type, place, size);
	else
		show_slot(v, m, which, values);
}

static void
show_struct(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	uint64_t values[MAX_MEMBERS] = { 0 };

	for (unsigned i = 0; i < t->count; i++) {
		const struct slot *m = &t->members[i];

		if (m->at[v->abi].offset + (size_t)m->at[v->abi].size <= len)
			values[i] = narrow(load(bytes + m->at[v->abi].offset, m->at[v->abi].size),
			    m->at[v->abi].size, m->type->is_signed);
	}
	if (t->limit >= 0 && v->after)
		v->budget = values[t->limit];
	view_open(v, '{');
	for (unsigned i = 0; i < t->count; i++) {
		const struct slot *m = &t->members[i];

		if (m->at[v->abi].size > 0 && m->at[v->abi].offset + (size_t)m->at[v->abi].size <= len)
			show_member(v, m, i, values, bytes);
	}
	view_close(v, '}');
}

void
show_data(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	if (t->members != NULL)
		show_struct(v, t, bytes, len);
	else if (t->blob != NULL)
		t->blob(v, t, bytes, len);
	else
		show_value(v, t, load(bytes, t->size[v->abi]));
}

static void
show_address(struct view *v, uint64_t addr)
{
	if (addr == 0)
		view_null(v);
	else
		view_hex(v, addr);
}

void
show_pointer(struct view *v, const struct type *t, uint64_t addr)
{
	uint8_t bytes[MAX_STRUCT];
	size_t size = t->size[v->abi];

	if (addr == 0 || size == 0 || size > sizeof(bytes) || !memory_read(v->pid, addr, bytes, size))
		show_address(v, addr);
	else
		show_data(v, t, bytes, size);
}

/* Strings of bytes are shown to a length that the user gives; no more of them need be read. */
static void
show_bytes_at(struct view *v, uint64_t addr, uint64_t len)
{
	uint8_t bytes[MAX_BLOB];
	size_t want = len < v->opt->strsize ? (size_t)len : v->opt->strsize, got;

	if (want > sizeof(bytes))
		want = sizeof(bytes);
	got = memory_read_some(v->pid, addr, bytes, want);
	if (got == 0 && want > 0)
		show_address(v, addr);
	else
		view_string(v, bytes, got, got < len);
}

static void
show_blob_at(struct view *v, const struct type *t, uint64_t addr, uint64_t len)
{
	uint8_t bytes[MAX_BLOB];
	size_t word = view_word_size(v);
	size_t want = t->unit == UNIT_BIT ? (size_t)((len + 8 * word - 1) / (8 * word) * word) : (size_t)len;

	if (want > sizeof(bytes))
		want = sizeof(bytes);
	if (len > INT32_MAX || !memory_read(v->pid, addr, bytes, want))
		show_address(v, addr);
	else
		t->blob(v, t, bytes, want);
}

static void
show_elements_at(struct view *v, const struct type *t, uint64_t addr, uint64_t count)
{
	uint8_t bytes[MAX_SHOWN * MAX_STRUCT];
	size_t size = t->size[v->abi], shown = count < MAX_SHOWN ? (size_t)count : MAX_SHOWN;

	if (size == 0 || size > MAX_STRUCT || !memory_read(v->pid, addr, bytes, shown * size))
		show_address(v, addr);
	else
		show_row(v, t, bytes, (size_t)count);
}

void
show_array(struct view *v, const struct type *t, uint64_t addr, uint64_t len)
{
	if (addr == 0)
		view_null(v);
	else if (t == &type_bytes)
		show_bytes_at(v, addr, len);
	else if (t->blob != NULL && t->unit != UNIT_ONCE)
		show_blob_at(v, t, addr, len);
	else
		show_elements_at(v, t, addr, len);
}

/* ---- Slots ---- */

static const struct slot *
sibling(const struct slot *s, size_t which, size_t index)
{
	return (s - which + index);
}

bool
slot_applies(const struct slot *s, const uint64_t *values)
{
	return (s->cond == 0 || (values[s->cond - 1] & s->cond_bits) != 0);
}

static uint64_t
slot_length(struct view *v, const struct slot *s, size_t which, const uint64_t *values)
{
	int32_t at = 0;

	switch (s->len_from) {
	case LEN_SLOT:
		return (type_value(sibling(s, which, s->len)->type, v->abi, values[s->len]));
	case LEN_AT_SLOT:
		if (values[s->len] == 0 || !memory_read(v->pid, values[s->len], &at, sizeof(at)))
			return (0);
		return ((uint64_t)(at > 0 ? at : 0));
	case LEN_RET:
		return (v->ret > 0 ? (uint64_t)v->ret : 0);
	default:
		return (s->len);
	}
}

/* Of what a call says it moved, members of its structs show their part. */
static uint64_t
within_budget(struct view *v, const struct type *t, uint64_t len)
{
	if (t != &type_bytes)
		return (len);
	if (len > v->budget)
		len = v->budget;
	v->budget -= len;
	return (len);
}

/* Arguments are in registers: they have no place in memory in any ABI. */
static bool
is_member(const struct slot *s)
{
	return (s->at[0].size + s->at[ABI_COUNT - 1].size > 0);
}

void
show_slot(struct view *v, const struct slot *s, size_t which, const uint64_t *values)
{
	uint64_t value = values[which], len;

	if (s->shape == SHAPE_VALUE && (s->dir != DIR_OUT || (v->after && !v->failed)))
		show_value(v, s->type, value);
	else if (s->dir == DIR_OUT && (!v->after || v->failed))
		show_address(v, value);
	else if (s->shape == SHAPE_POINTER)
		show_pointer(v, s->type, value);
	else {
		len = slot_length(v, s, which, values);
		show_array(v, s->type, value, is_member(s) ? within_budget(v, s->type, len) : len);
	}
}
