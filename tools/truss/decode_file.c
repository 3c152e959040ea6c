/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Directory entries, and sets of descriptors, processors and nodes.
 */
#include <dirent.h>
#include <string.h>

#include "view.h"

static const char *const entry_types[] = {
	[DT_UNKNOWN] = "DT_UNKNOWN",
	[DT_FIFO] = "DT_FIFO",
	[DT_CHR] = "DT_CHR",
	[DT_DIR] = "DT_DIR",
	[DT_BLK] = "DT_BLK",
	[DT_REG] = "DT_REG",
	[DT_LNK] = "DT_LNK",
	[DT_SOCK] = "DT_SOCK",
	[DT_WHT] = "DT_WHT",
};

/* How an entry is laid out: inode and offset, length, then the name; where the type is varies. */
struct layout {
	size_t number;	/* bytes of inode and offset */
	size_t name;	/* where the name begins */
	bool type_last; /* the type is the record's last byte, else before the name */
};

static void
show_entry(struct view *v, const struct layout *l, const uint8_t *entry, size_t len)
{
	size_t type_at = l->type_last ? len - 1 : l->name - 1;
	unsigned type = entry[type_at];

	view_open(v, '{');
	view_key(v, "d_ino");
	view_uint(v, load(entry, l->number));
	view_key(v, "d_type");
	if (type < sizeof(entry_types) / sizeof(entry_types[0]) && entry_types[type] != NULL)
		view_word(v, entry_types[type]);
	else
		view_uint(v, type);
	view_key(v, "d_name");
	view_string(v, entry + l->name, strnlen((const char *)entry + l->name, len - l->name), false);
	view_close(v, '}');
}

static void
show_entries(struct view *v, const struct layout *l, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	view_open(v, '[');
	for (unsigned n = 0; at + l->name + 1 < len; n++) {
		size_t record = (size_t)load(bytes + at + 2 * l->number, 2);

		if (n == MAX_SHOWN || record <= l->name || record > len - at) {
			view_more(v);
			break;
		}
		view_item(v);
		show_entry(v, l, bytes + at, record);
		at += record;
	}
	view_close(v, ']');
}

void
show_dirents64(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	static const struct layout layout = { 8, 19, false };

	show_entries(v, &layout, bytes, len);
}

void
show_dirents(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	size_t word = view_word_size(v);
	struct layout layout = { word, 2 * word + 2, true };

	show_entries(v, &layout, bytes, len);
}

static void
show_bits(struct view *v, const uint8_t *bytes, size_t len)
{
	unsigned shown = 0;

	view_open(v, '[');
	for (size_t bit = 0; bit < 8 * len; bit++) {
		if ((bytes[bit / 8] >> bit % 8 & 1) == 0)
			continue;
		if (shown++ == 8 * MAX_SHOWN) {
			view_more(v);
			break;
		}
		view_item(v);
		view_uint(v, bit);
	}
	view_close(v, ']');
}

void
show_fd_set(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	show_bits(v, bytes, len);
}

void
show_bitmap(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	show_bits(v, bytes, len);
}

void
show_cpuset(struct view *v, const struct type *t, const uint8_t *bytes, size_t len)
{
	show_bits(v, bytes, len);
}
