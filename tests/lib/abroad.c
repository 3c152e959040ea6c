/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "abroad.h"

#ifdef PUPPET_ABROAD

#include <sys/mman.h>
#include <sys/stat.h>
#include <atf-c.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROLE "--puppet"

static int stage_fd = -1;

const char *
abroad_program(void)
{
	static char path[1024];

	snprintf(path, sizeof(path), PUPPET_ABROAD "/%s", program_invocation_short_name);
	return (path);
}

/* ---- names of functions: the symbol tables of two programs that are where they were linked for ---- */

struct table {
	struct symbol {
		const char *name;
		uint64_t at;
	} *symbols;
	size_t n;
};

static const char *
map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at;

	if (fd == -1 || fstat(fd, &st) == -1)
		abort();
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		abort();
	close(fd);
	return (at);
}

static void
add_symbol(struct table *t, const char *name, uint64_t at)
{
	t->symbols = realloc(t->symbols, (t->n + 1) * sizeof(*t->symbols));
	if (t->symbols == NULL)
		abort();
	t->symbols[t->n++] = (struct symbol){ name, at };
}

#define READER(name, Ehdr, Shdr, Sym)                                                       \
	static void name(const char *file, struct table *t)                                 \
	{                                                                                   \
		const Ehdr *head = (const void *)file;                                      \
		const Shdr *sections = (const void *)(file + head->e_shoff), *s = sections; \
                                                                                            \
		while (s->sh_type != SHT_SYMTAB)                                            \
			if (++s == sections + head->e_shnum)                                \
				abort();                                                    \
		const Sym *sym = (const void *)(file + s->sh_offset);                       \
		const char *names = file + sections[s->sh_link].sh_offset;                  \
                                                                                            \
		for (size_t i = 0; i < s->sh_size / sizeof(*sym); i++)                      \
			if (sym[i].st_size != 0)                                            \
				add_symbol(t, names + sym[i].st_name, sym[i].st_value);            \
	}
READER(read_32, Elf32_Ehdr, Elf32_Shdr, Elf32_Sym)
READER(read_64, Elf64_Ehdr, Elf64_Shdr, Elf64_Sym)

static void
read_table(struct table *t, const char *path)
{
	const char *file = map_file(path);

	(file[EI_CLASS] == ELFCLASS32 ? read_32 : read_64)(file, t);
}

uint64_t
abroad_address(part *fn)
{
	static struct table here, there;
	const char *name = NULL;

	if (here.n == 0) {
		read_table(&here, "/proc/self/exe");
		read_table(&there, abroad_program());
	}
	for (size_t i = 0; i < here.n && name == NULL; i++)
		if (here.symbols[i].at == (uintptr_t)fn)
			name = here.symbols[i].name;
	for (size_t i = 0; name != NULL && i < there.n; i++)
		if (strcmp(there.symbols[i].name, name) == 0)
			return (there.symbols[i].at);
	fprintf(stderr, "%s: there is no %s\n", abroad_program(), name != NULL ? name : "such part");
	abort();
}

/* ---- the other program ---- */

void
abroad_needed(void)
{
	if (access(abroad_program(), X_OK) == -1)
		atf_tc_skip("%s: %s; ./check builds it where it can", abroad_program(), strerror(errno));
}

void
abroad_exec(const int *wires, bool traced)
{
	char fds[16 * (PUPPET_WIRES + 1)];
	size_t len = (size_t)snprintf(fds, sizeof(fds), "%d", stage_fd);

	for (int i = 0; i < PUPPET_WIRES; i++)
		len += (size_t)snprintf(fds + len, sizeof(fds) - len, " %d", wires[i]);
	execl(abroad_program(), program_invocation_short_name, ROLE, traced ? "traced" : "free", fds, (char *)NULL);
	_exit(98);
}

static void *
stage_map(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, stage_fd, 0);

	if (at == MAP_FAILED)
		abort();
	return (at);
}

/* The words after the role. */
enum { ARG_ROLE = 1, ARG_HOW, ARG_FDS, ARGS };

static bool
is_puppet(int argc, char **argv)
{
	return (argc == ARGS && strcmp(argv[ARG_ROLE], ROLE) == 0);
}

void *
abroad_stage(int argc, char **argv, size_t size)
{
	if (is_puppet(argc, argv))
		stage_fd = (int)strtol(argv[ARG_FDS], NULL, 10);
	else if ((stage_fd = memfd_create("stage", 0)) == -1 || ftruncate(stage_fd, (off_t)size) == -1)
		abort();
	return (stage_map(size));
}

/* ATF's main function calls this in place of atf_tp_main(). */
int __wrap_atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *));
int __real_atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *));

int
__wrap_atf_tp_main(int argc, char **argv, atf_error_t (*add)(atf_tp_t *))
{
	int wires[PUPPET_WIRES];
	char *at;

	if (!is_puppet(argc, argv))
		return (__real_atf_tp_main(argc, argv, add));
	(void)strtol(argv[ARG_FDS], &at, 10);
	for (int i = 0; i < PUPPET_WIRES; i++)
		wires[i] = (int)strtol(at, &at, 10);
	abroad_play(wires, strcmp(argv[ARG_HOW], "traced") == 0);
	return (97);
}

#endif
