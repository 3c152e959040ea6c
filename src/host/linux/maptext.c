/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * /proc/PID/maps as text, line by line.  The kernel gives a page of it at a time, and walks to no line but the
 * next.  Of a process that is gone it says that the map ends, so an end is to be doubted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/linux/maps.h"

#define PIECE 8192u /* more than the kernel gives at once */

int
maptext_open(struct maptext *t, const char *path)
{
	int error = kept_open(&t->t_file, path, O_RDONLY);

	if (error == 0 || error == ENOMEM)
		return (error);
	if (error == EMFILE || error == ENFILE)
		return (ENOMEM);
	return (error == EACCES || error == EPERM ? EPERM : ESRCH);
}

void
maptext_close(struct maptext *t)
{
	kept_close(&t->t_file);
	maptext_drop(t);
}

void
maptext_drop(struct maptext *t)
{
	free(t->t_text);
	t->t_text = NULL;
	t->t_room = t->t_len = t->t_at = 0;
	t->t_whole = t->t_placed = false;
}

int
maptext_rewind(struct maptext *t)
{
	t->t_len = t->t_at = t->t_index = 0;
	t->t_whole = false;
	t->t_placed = true;
	return (kept_fd(&t->t_file) != -1 && lseek(t->t_file.k_fd, 0, SEEK_SET) == 0 ? 0 : ESRCH);
}

/* Room for one more piece: what was used is forgotten, unless all is kept. */
static int
make_room(struct maptext *t)
{
	size_t room = t->t_room;
	char *text;

	if (!t->t_whole && t->t_at != 0) {
		memmove(t->t_text, t->t_text + t->t_at, t->t_len - t->t_at);
		t->t_len -= t->t_at;
		t->t_at = 0;
	}
	if (t->t_len + PIECE < room)
		return (0);
	room = room < PIECE ? 2 * (size_t)PIECE : 2 * room;
	if ((text = realloc(t->t_text, room)) == NULL)
		return (ENOMEM);
	t->t_text = text;
	t->t_room = room;
	return (0);
}

/* ENOENT: there is no more. */
static int
read_more(struct maptext *t)
{
	int error = make_room(t);
	ssize_t n;

	if (error != 0)
		return (error);
	if (kept_fd(&t->t_file) == -1)
		return (ESRCH);
	while ((n = read(t->t_file.k_fd, t->t_text + t->t_len, PIECE)) == -1 && errno == EINTR)
		;
	if (n > 0)
		t->t_len += (size_t)n;
	return (n > 0 ? 0 : n == 0 ? ENOENT : errno == ENOMEM ? ENOMEM : ESRCH);
}

/* ---- one line ---- */

static const char *
number(const char *at, unsigned base, uint64_t *value)
{
	uint64_t n = 0;
	unsigned digit;

	for (;; at++) {
		digit = (unsigned)*at - '0';
		if (digit > 9)
			digit = (unsigned)*at - 'a' < 6u ? (unsigned)*at - 'a' + 10u : base;
		if (digit >= base)
			break;
		n = n * base + digit;
	}
	*value = n;
	return (*at == '\n' ? at : at + 1);
}

/* "start-end rwxp offset major:minor inode   name" */
static void
parse(const char *at, const char *end, struct mapline *line)
{
	struct mapping *m = &line->ml_map;
	uint64_t major, minor;

	memset(m, 0, sizeof(*m));
	line->ml_name = end;
	line->ml_length = 0;
	at = number(at, 16, &m->m_start);
	at = number(at, 16, &m->m_end);
	if (end - at < 5)
		return;
	m->m_mode = (at[0] == 'r' ? MM_READ : 0) | (at[1] == 'w' ? MM_WRITE : 0) | (at[2] == 'x' ? MM_EXEC : 0) |
	    (at[3] == 's' ? MM_SHARED : 0);
	at = number(at + 5, 16, &m->m_offset);
	at = number(at, 16, &major);
	at = number(at, 16, &minor);
	at = number(at, 10, &m->m_inode);
	m->m_dev = makedev((unsigned)major, (unsigned)minor);
	while (at < end && *at == ' ')
		at++;
	line->ml_name = at;
	line->ml_length = (size_t)(end - at);
}

int
maptext_next(struct maptext *t, struct mapline *line)
{
	const char *end;
	int error;

	while (t->t_at == t->t_len || (end = memchr(t->t_text + t->t_at, '\n', t->t_len - t->t_at)) == NULL)
		if ((error = read_more(t)) != 0)
			return (error);
	parse(t->t_text + t->t_at, end, line);
	line->ml_map.m_line = t->t_at;
	t->t_at = (size_t)(end - t->t_text) + 1;
	t->t_index++;
	return (0);
}
