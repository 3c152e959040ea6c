/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the program of a process says of itself.
 */
#include "program.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX 4096 /* bytes of a note segment that are looked at */

union header {
	unsigned char ident[EI_NIDENT];
	Elf32_Ehdr e32;
	Elf64_Ehdr e64;
};

struct segment {
	uint32_t type;
	uint64_t offset, size;
};

static bool
read_at(int fd, void *to, size_t len, uint64_t offset)
{
	return (offset <= INT64_MAX && pread(fd, to, len, (off_t)offset) == (ssize_t)len);
}

static int
class_of(const union header *h)
{
	if (memcmp(h->ident, ELFMAG, SELFMAG) != 0)
		return (0);
	return (h->ident[EI_CLASS] == ELFCLASS64 ? 64 : h->ident[EI_CLASS] == ELFCLASS32 ? 32 : 0);
}

static int
open_header(int dir, union header *h)
{
	int fd = openat(dir, "exe", O_RDONLY | O_CLOEXEC);

	memset(h, 0, sizeof(*h));
	if (fd != -1 && pread(fd, h, sizeof(*h), 0) < (ssize_t)sizeof(Elf32_Ehdr))
		memset(h, 0, sizeof(*h));
	return (fd);
}

int
program_class(int dir)
{
	union header h;
	int fd = open_header(dir, &h);

	if (fd != -1)
		close(fd);
	return (class_of(&h));
}

static bool
read_segment(int fd, const union header *h, unsigned index, struct segment *s)
{
	Elf64_Phdr p64;
	Elf32_Phdr p32;

	if (class_of(h) == 64) {
		if (!read_at(fd, &p64, sizeof(p64), h->e64.e_phoff + index * sizeof(p64)))
			return (false);
		*s = (struct segment){ p64.p_type, p64.p_offset, p64.p_filesz };
	} else {
		if (!read_at(fd, &p32, sizeof(p32), h->e32.e_phoff + index * sizeof(p32)))
			return (false);
		*s = (struct segment){ p32.p_type, p32.p_offset, p32.p_filesz };
	}
	return (true);
}

/* Three words of what a Linux program's ABI note says, or 0. */
static int
release(const char *notes, size_t len)
{
	Elf64_Nhdr note; /* the same for both classes */
	uint32_t desc[4];

	for (size_t at = 0; at + sizeof(note) <= len;) {
		size_t name = at + sizeof(note), body;

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_namesz > len || note.n_descsz > len)
			return (0);
		body = name + (note.n_namesz + 3) / 4 * 4;
		at = body + (note.n_descsz + 3) / 4 * 4;
		if (at > len)
			return (0);
		if (note.n_type != NT_GNU_ABI_TAG || note.n_namesz != 4 || note.n_descsz < sizeof(desc) ||
		    memcmp(notes + name, ELF_NOTE_GNU, 4) != 0)
			continue;
		memcpy(desc, notes + body, sizeof(desc));
		return (desc[0] == ELF_NOTE_OS_LINUX ? (int)(desc[1] * 1000000 + desc[2] * 1000 + desc[3]) : 0);
	}
	return (0);
}

static int
release_in(int fd, const struct segment *s)
{
	size_t len = s->size < NOTES_MAX ? (size_t)s->size : NOTES_MAX;
	char notes[NOTES_MAX];

	return (s->type == PT_NOTE && read_at(fd, notes, len, s->offset) ? release(notes, len) : 0);
}

int
program_osrel(int dir)
{
	union header h;
	struct segment s;
	int fd = open_header(dir, &h), osrel = 0;
	unsigned segments = class_of(&h) == 64 ? h.e64.e_phnum : class_of(&h) == 32 ? h.e32.e_phnum : 0;

	for (unsigned i = 0; i < segments && osrel == 0 && read_segment(fd, &h, i, &s); i++)
		osrel = release_in(fd, &s);
	if (fd != -1)
		close(fd);
	return (osrel);
}
