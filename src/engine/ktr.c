/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of the KTR points, and their text.
 */
#include "engine/ktr.h"

#include <string.h>

void (*ktr_hook)(enum ktr_point, const uint64_t *);

const struct ktr_row ktr_rows[KTR_POINTS] = {
#define KTR_POINT(name, n, params, probe, values, kinds, labels) \
	{#name, n, kinds, {KTR_STRIP labels}},
#include "engine/ktr.def"
#undef KTR_POINT
};

#ifdef HAVE_SDT
#define KTR_POINT(name, n, params, probe, values, kinds, labels) \
	volatile unsigned short bsdptrace_##name##_semaphore __attribute__((section(".probes")));
#include "engine/ktr.def"
#undef KTR_POINT
#endif

#define NAME_WIDTH 16

static char *
put_string(char *at, const char *string)
{
	size_t len = strlen(string);

	memcpy(at, string, len);
	return (at + len);
}

static char *
put_number(char *at, uint64_t value, unsigned base)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	memcpy(at, digits + n, sizeof(digits) - n);
	return (at + (sizeof(digits) - n));
}

static char *
put_value(char *at, char kind, uint64_t value)
{
	if (kind == 'B')
		return (put_string(at, value != 0 ? "on" : "off"));
	if (kind == 'D' && (int64_t)value < 0) {
		*at++ = '-';
		value = -value;
	}
	if (kind == 'D' || kind == 'U')
		return (put_number(at, value, 10));
	return (put_number(put_string(at, "0x"), value, 16));
}

size_t
ktr_text(char *text, enum ktr_point point, const uint64_t *values)
{
	const struct ktr_row *row = &ktr_rows[point];
	char *at = put_string(text, row->kr_name);

	while (at < text + NAME_WIDTH - 1)
		*at++ = ' ';
	for (unsigned i = 0; i < row->kr_fields; i++) {
		*at++ = ' ';
		at = put_string(at, row->kr_label[i]);
		*at++ = '=';
		at = put_value(at, row->kr_kind[i], values[i]);
	}
	*at = '\0';
	return ((size_t)(at - text));
}
