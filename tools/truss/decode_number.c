/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers that mean something: descriptors, modes, devices, signals, clocks, ioctl commands.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "view.h"

void
show_dec(struct view *v, const struct type *t, uint64_t value)
{
	if (t->is_signed)
		view_int(v, (int64_t)value);
	else
		view_uint(v, value);
}

void
show_hex(struct view *v, const struct type *t, uint64_t value)
{
	view_hex(v, value);
}

void
show_ptr(struct view *v, const struct type *t, uint64_t value)
{
	if (value == 0)
		view_null(v);
	else
		view_hex(v, value);
}

void
show_fd(struct view *v, const struct type *t, uint64_t value)
{
	view_int(v, (int64_t)value);
}

void
show_dirfd(struct view *v, const struct type *t, uint64_t value)
{
	if ((int)value == AT_FDCWD)
		view_word(v, "AT_FDCWD");
	else
		view_int(v, (int64_t)value);
}

/* User and group ids: -1 means "leave as it is"; others are unsigned. */
void
show_id(struct view *v, const struct type *t, uint64_t value)
{
	if ((int)value == -1)
		view_int(v, -1);
	else
		view_uint(v, (uint32_t)value);
}

static const struct {
	unsigned mode;
	const char *name;
} file_types[] = {
	{ S_IFREG, "S_IFREG|" },
	{ S_IFDIR, "S_IFDIR|" },
	{ S_IFLNK, "S_IFLNK|" },
	{ S_IFCHR, "S_IFCHR|" },
	{ S_IFBLK, "S_IFBLK|" },
	{ S_IFIFO, "S_IFIFO|" },
	{ S_IFSOCK, "S_IFSOCK|" },
};

void
show_mode(struct view *v, const struct type *t, uint64_t value)
{
	view_word_begin(v);
	for (size_t i = 0; i < sizeof(file_types) / sizeof(file_types[0]); i++)
		if ((value & S_IFMT) == file_types[i].mode) {
			buf_str(v->out, file_types[i].name);
			value &= ~(uint64_t)S_IFMT;
			break;
		}
	buf_uint(v->out, value, 8);
	view_word_end(v);
}

void
show_dev(struct view *v, const struct type *t, uint64_t value)
{
	view_word_begin(v);
	buf_printf(v->out, "%u:%u", major(value), minor(value));
	view_word_end(v);
}

void
show_signal(struct view *v, const struct type *t, uint64_t value)
{
	const char *name = name_of(&type_signal_name, value);

	if (name != NULL)
		view_word(v, name);
	else if (value >= 32 && value <= 64) {
		view_word_begin(v);
		buf_printf(v->out, "SIGRT_%u", (unsigned)value - 32);
		view_word_end(v);
	} else
		view_int(v, (int64_t)value);
}

void
show_handler(struct view *v, const struct type *t, uint64_t value)
{
	static const char *const names[] = { "SIG_DFL", "SIG_IGN" };

	if (value < 2)
		view_word(v, names[value]);
	else
		view_hex(v, value);
}

/* Clocks of processes and threads, and of devices, are negative numbers with an id or a descriptor in them. */
void
show_clockid(struct view *v, const struct type *t, uint64_t value)
{
	const char *name = name_of(&type_clock_name, value);

	if (name != NULL)
		view_word(v, name);
	else
		view_int(v, (int64_t)value);
}

void
show_ipc_key(struct view *v, const struct type *t, uint64_t value)
{
	if (value == 0)
		view_word(v, "IPC_PRIVATE");
	else
		view_hex(v, (uint32_t)value);
}

void
show_port(struct view *v, const struct type *t, uint64_t value)
{
	view_uint(v, ntohs((uint16_t)value));
}

/* What a command without a name says of itself: direction, letter, number, size of the argument. */
static void
show_ioctl_parts(struct view *v, uint32_t value)
{
	static const char *const macros[] = { "_IO", "_IOW", "_IOR", "_IOWR" };
	unsigned letter = value >> 8 & 0xff, size = value >> 16 & 0x3fff;

	view_word_begin(v);
	buf_printf(v->out, "%s(%#x,%#x", macros[value >> 30], letter, value & 0xff);
	if (value >> 30 != 0)
		buf_printf(v->out, ",%u", size);
	buf_char(v->out, ')');
	view_word_end(v);
}

void
show_ioctl(struct view *v, const struct type *t, uint64_t value)
{
	const char *name = name_of(t, value);

	if (name != NULL)
		view_word(v, name);
	else
		show_ioctl_parts(v, (uint32_t)value);
}

/* What waiting for a process tells of it. */
void
show_wait_status(struct view *v, const struct type *t, uint64_t value)
{
	unsigned status = (unsigned)value;

	view_open(v, '{');
	if (status == 0xffff) {
		view_key(v, "continued");
		view_word(v, "SIGCONT");
	} else if ((status & 0x7f) == 0) {
		view_key(v, "exited");
		view_uint(v, status >> 8 & 0xff);
	} else {
		bool stopped = (status & 0xff) == 0x7f;

		view_key(v, stopped ? "stopped" : "killed");
		show_signal(v, &type_signal, stopped ? status >> 8 & 0x7f : status & 0x7f);
		if (stopped && status >> 15 != 0) {
			view_key(v, "event");
			view_hex(v, status >> 15);
		}
		if (!stopped && (status & 0x80) != 0) {
			view_key(v, "core");
			buf_str(v->out, "true");
		}
	}
	view_close(v, '}');
}
