/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The text ring.
 *
 * Any number of threads and processes write to it without a lock.  A writer takes a number from the count in
 * the heading, which names its place; marks the place, so that one who has come round meanwhile passes it
 * by; writes the line, and its first byte, which was the mark, last.  A line that begins with the mark is
 * one that its writer did not live to finish.
 */
#include "host/linux/ktr.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEADING 2 /* lines */
#define MAGIC "# bsdptrace-ktr "
#define COUNT_AT (sizeof(MAGIC) - 1)
#define COUNT_DIGITS 8 /* hexadecimal; one word, which is changed at once */
#define MARK '?'
#define TRIES 8 /* places passed by before a line is given up */

#define SIZE_DEFAULT (256ul * 1024)
#define SIZE_LEAST 4096ul
#define SIZE_MOST (1024ul * 1024 * 1024)

_Static_assert(COUNT_AT % COUNT_DIGITS == 0, "the count is one aligned word");

struct ring {
	char *r_base; /* mapped */
	size_t r_size;
	uint32_t r_lines; /* without the heading */
};

static struct ring the_ring;
static _Atomic(struct ring *) ring;	/* the_ring, once it is open */
static char pattern[PATH_MAX];		/* of the environment */
static bool one_each;			/* each process has a file of its own */
static atomic_bool to_open;		/* by the first line of this process */

/* ---- the file ---- */

/* The name with %p as the process id and %% as %; others are left alone.  false: too long. */
static bool
file_name(char *name, size_t size)
{
	const char *from;
	size_t at = 0;
	int n;

	for (from = pattern; *from != '\0'; from++) {
		if (from[0] == '%' && from[1] == 'p')
			n = snprintf(name + at, size - at, "%d", (int)getpid());
		else
			n = snprintf(name + at, size - at, "%c", *from);
		if (from[0] == '%' && (from[1] == 'p' || from[1] == '%'))
			from++;
		if ((at += (size_t)n) >= size)
			return (false);
	}
	return (true);
}

/* BSDPTRACE_KTR_SIZE: bytes, or with k or m; what is none is not looked at. */
static size_t
wanted_size(void)
{
	const char *text = secure_getenv("BSDPTRACE_KTR_SIZE");
	unsigned long size;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return (SIZE_DEFAULT);
	size = strtoul(text, &end, 10);
	if (size > SIZE_MOST)
		size = SIZE_MOST;
	if (*end == 'k' || *end == 'K')
		size *= 1024;
	else if (*end == 'm' || *end == 'M')
		size = size > SIZE_MOST / (1024 * 1024) ? SIZE_MOST : size * 1024 * 1024;
	return (size < SIZE_LEAST ? SIZE_LEAST : size > SIZE_MOST ? SIZE_MOST : size);
}

static void
fill_line(char *line, const char *text)
{
	memset(line, ' ', KTR_LINE);
	memcpy(line, text, strnlen(text, KTR_LINE - 1));
	line[KTR_LINE - 1] = '\n';
}

static bool
write_all(int fd, const char *from, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, from, len)) <= 0)
			return (false);
		from += n;
		len -= (size_t)n;
	}
	return (true);
}

/* All is written, so that no later line can find the disk full. */
static bool
write_empty(int fd)
{
	size_t lines = wanted_size() / KTR_LINE - HEADING;
	char text[KTR_LINE + 1], line[KTR_LINE];

	(void)snprintf(text, sizeof(text),
	    MAGIC "%08x lines written since it was made, %zu are kept; in order with  LC_ALL=C sort -u", 0u, lines);
	fill_line(line, text);
	if (!write_all(fd, line, sizeof(line)))
		return (false);
	fill_line(line, "# seconds         process  thread point           fields, as in bsdptrace-ktr(7)");
	if (!write_all(fd, line, sizeof(line)))
		return (false);
	fill_line(line, "");
	while (lines-- > 0)
		if (!write_all(fd, line, sizeof(line)))
			return (false);
	return (true);
}

/* It appears whole, or not at all: others may look for it at this moment, and one of them makes it. */
static void
make_file(const char *name)
{
	char new[PATH_MAX + 32];
	int fd;
	bool ok;

	(void)snprintf(new, sizeof(new), "%s.%d.new", name, (int)getpid());
	(void)unlink(new);
	if ((fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) == -1)
		return;
	ok = write_empty(fd);
	if (close(fd) != 0)
		ok = false;
	/* Where there are no links nobody can be kept from coming second. */
	if (ok && link(new, name) != 0 && errno == EPERM)
		ok = rename(new, name) != 0;
	(void)unlink(new);
}

static bool
map_file(int fd)
{
	struct stat st;
	void *at;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_size < (HEADING + 1) * KTR_LINE || st.st_size > (off_t)SIZE_MOST || st.st_size % KTR_LINE != 0)
		return (false);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return (false);
	if (memcmp(at, MAGIC, sizeof(MAGIC) - 1) != 0) {
		(void)munmap(at, (size_t)st.st_size);
		return (false);
	}
	the_ring.r_base = at;
	the_ring.r_size = (size_t)st.st_size;
	the_ring.r_lines = (uint32_t)(st.st_size / KTR_LINE - HEADING);
	return (true);
}

/* A file that is there is gone on with if it is a ring and ours, and else left alone. */
static bool
open_ring(void)
{
	char name[PATH_MAX];
	bool ok;
	int fd;

	if (!file_name(name, sizeof(name)))
		return (false);
	fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 && errno == ENOENT) {
		make_file(name);
		fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	}
	if (fd == -1)
		return (false);
	ok = map_file(fd);
	(void)close(fd);
	if (ok)
		atomic_store(&ring, &the_ring);
	return (ok);
}

bool
ktr_ring_open(void)
{
	const char *name = secure_getenv("BSDPTRACE_KTR");

	if (name == NULL || name[0] == '\0' || strlen(name) >= sizeof(pattern))
		return (false);
	memcpy(pattern, name, strlen(name) + 1);
	one_each = strstr(pattern, "%p") != NULL;
	return (open_ring());
}

/* Most children only exec: a file is made for one that has something to write. */
void
ktr_ring_forked(void)
{
	if (!one_each || atomic_load(&ring) == NULL)
		return;
	(void)munmap(the_ring.r_base, the_ring.r_size);
	atomic_store(&ring, NULL);
	atomic_store(&to_open, true);
}

/* ---- a line ---- */

static uint32_t
number_of(uint64_t word)
{
	char digits[COUNT_DIGITS];
	uint32_t n = 0;

	memcpy(digits, &word, sizeof(digits));
	for (size_t i = 0; i < sizeof(digits); i++)
		n = n * 16 + (uint32_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
	return (n);
}

static uint64_t
word_of(uint32_t n)
{
	char digits[COUNT_DIGITS];
	uint64_t word;

	for (size_t i = sizeof(digits); i-- > 0; n /= 16)
		digits[i] = "0123456789abcdef"[n % 16];
	memcpy(&word, digits, sizeof(word));
	return (word);
}

static uint32_t
take_number(const struct ring *r)
{
	_Atomic uint64_t *count = (_Atomic uint64_t *)(void *)(r->r_base + COUNT_AT);
	uint64_t old = atomic_load(count), new;

	do
		new = word_of(number_of(old) + 1);
	while (!atomic_compare_exchange_weak(count, &old, new));
	return (number_of(old));
}

static _Atomic char *
mark_of(char *place)
{
	return ((_Atomic char *)(void *)place);
}

/* A place that nobody else is at.  NULL: there was none to be had. */
static char *
take_place(const struct ring *r)
{
	char *place;

	for (int i = 0; i < TRIES; i++) {
		place = r->r_base + (HEADING + take_number(r) % r->r_lines) * (size_t)KTR_LINE;
		if (atomic_exchange(mark_of(place), MARK) != MARK)
			return (place);
	}
	return (NULL);
}

/* Right-aligned in width, and a blank. */
static char *
put(char *at, uint64_t n, int width, char pad, char after)
{
	for (int i = width; i-- > 0; n /= 10)
		at[i] = n != 0 || i == width - 1 ? (char)('0' + n % 10) : pad;
	at[width] = after;
	return (at + width + 1);
}

static void
compose(char *line, pid_t pid, pid_t tid, const char *text, size_t len)
{
	struct timespec now;
	char *at = line;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	at = put(at, (uint64_t)now.tv_sec, 9, '0', '.');
	at = put(at, (uint64_t)now.tv_nsec, 9, '0', ' ');
	at = put(at, (uint64_t)pid, 7, ' ', ' ');
	at = put(at, (uint64_t)tid, 7, ' ', ' ');
	if (len > (size_t)(line + KTR_LINE - 1 - at))
		len = (size_t)(line + KTR_LINE - 1 - at);
	memcpy(at, text, len);
	memset(at + len, ' ', KTR_LINE - 1 - (size_t)(at + len - line));
	line[KTR_LINE - 1] = '\n';
}

void
ktr_ring_write(pid_t pid, pid_t tid, const char *text, size_t len)
{
	struct ring *r = atomic_load(&ring);
	char line[KTR_LINE], *place;

	if (r == NULL && atomic_exchange(&to_open, false) && open_ring())
		r = &the_ring;
	if (r == NULL)
		return;
	compose(line, pid, tid, text, len);
	if ((place = take_place(r)) == NULL)
		return;
	memcpy(place + 1, line + 1, KTR_LINE - 1);
	atomic_store_explicit(mark_of(place), line[0], memory_order_release);
}
