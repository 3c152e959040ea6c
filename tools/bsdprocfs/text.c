/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * cmdline, etype, osrel, rlimit, and where the link called file leads.
 */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

/* The arguments, a NUL after each; nothing for a process of the kernel's own. */
int
text_cmdline(const struct caller *caller, const struct process *p, struct buf *out)
{
	return (process_read(p, "cmdline", out));
}

/* The names that FreeBSD has for the programs of its Linux emulation. */
int
text_etype(const struct caller *caller, const struct process *p, struct buf *out)
{
	int bits = program_class(p->dir);

	buf_str(out, bits == 64 ? "Linux ELF64\n" : bits == 32 ? "Linux ELF32\n" : "Not Available\n");
	return (0);
}

int
text_osrel(const struct caller *caller, const struct process *p, struct buf *out)
{
	buf_int(out, program_osrel(p->dir));
	buf_char(out, '\n');
	return (0);
}

int
text_file(const struct process *p, struct buf *out)
{
	char path[PATH_MAX];
	struct stat st;
	ssize_t len = readlinkat(p->dir, "exe", path, sizeof(path));

	if (len == -1 && errno == ESRCH)
		return (ESRCH);
	if (len <= 0 || path[0] != '/' || (fstatat(p->dir, "exe", &st, 0) == 0 && st.st_nlink == 0))
		buf_str(out, "unknown");
	else
		buf_add(out, path, (size_t)len);
	buf_char(out, '\0');
	return (0);
}

/* In FreeBSD's order.  Linux has no limits for the ones without a second name. */
static const struct {
	const char *name, *host;
} limits[] = {
	{ "cpu", "\nMax cpu time" },
	{ "fsize", "\nMax file size" },
	{ "data", "\nMax data size" },
	{ "stack", "\nMax stack size" },
	{ "core", "\nMax core file size" },
	{ "rss", "\nMax resident set" },
	{ "memlock", "\nMax locked memory" },
	{ "nproc", "\nMax processes" },
	{ "nofile", "\nMax open files" },
	{ "sbsize", NULL },
	{ "vmem", "\nMax address space" },
	{ "npts", NULL },
	{ "swap", NULL },
	{ "kqueues", NULL },
};

static const char *
limit(const char *word)
{
	return (strcmp(word, "unlimited") == 0 ? "-1" : word);
}

int
text_rlimit(const struct caller *caller, const struct process *p, struct buf *out)
{
	struct buf host = { 0 };
	int error = process_read(p, "limits", &host);

	for (size_t i = 0; error == 0 && i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *at = limits[i].host == NULL ? NULL : strstr(host.data, limits[i].host);
		char soft[32] = "unlimited", hard[32] = "unlimited";

		if (at != NULL && sscanf(at + strlen(limits[i].host), " %31s %31s", soft, hard) != 2)
			error = ESRCH;
		buf_printf(out, "%s %s %s\n", limits[i].name, limit(soft), limit(hard));
	}
	buf_free(&host);
	return (error);
}
