/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * map: a line for each mapping, the fields of which bsdprocfs(1) names.  The host's smaps has for each a
 * line with the addresses, then lines with figures; VmFlags is the last.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "text.h"

struct mapping {
	unsigned long start, end, inode;
	char access[5];	  /* "rwxp" */
	const char *name; /* into the text; "": none */
	unsigned long resident, private, own, swapped; /* kB */
	bool charged;
};

/* The start of a line of smaps that begins a mapping: "55d0c0a00000-55d0c0a01000 r--p ...". */
static bool
take_head(const char *line, struct mapping *m)
{
	int name = 0;

	*m = (struct mapping){ 0 };
	if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu%n", &m->start, &m->end, m->access, &m->inode, &name) != 4 ||
	    name == 0)
		return (false);
	m->name = line + name + strspn(line + name, " ");
	return (true);
}

static void
take_figure(const char *line, struct mapping *m)
{
	static const struct {
		const char *name;
		size_t member;
	} figures[] = {
		{ "Rss:", offsetof(struct mapping, resident) },
		{ "Private_Clean:", offsetof(struct mapping, private) },
		{ "Private_Dirty:", offsetof(struct mapping, private) },
		{ "Shared_Hugetlb:", offsetof(struct mapping, resident) },
		{ "Private_Hugetlb:", offsetof(struct mapping, resident) },
		{ "Anonymous:", offsetof(struct mapping, own) },
		{ "Swap:", offsetof(struct mapping, swapped) },
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		if (strncmp(line, figures[i].name, strlen(figures[i].name)) == 0)
			*(unsigned long *)((char *)m + figures[i].member) +=
			    strtoul(line + strlen(figures[i].name), NULL, 10);
	if (strncmp(line, "VmFlags:", 8) == 0)
		m->charged = strstr(line, " ac") != NULL;
}

static bool
starts(const char *s, const char *with)
{
	return (strncmp(s, with, strlen(with)) == 0);
}

/* Shared memory of no file has a name on Linux all the same. */
static bool
is_file(const struct mapping *m)
{
	return (m->inode != 0 && m->name[0] == '/' && !starts(m->name, "/memfd:") && !starts(m->name, "/SYSV") &&
	    strcmp(m->name, "/dev/zero (deleted)") != 0);
}

static bool
is_deleted(const struct mapping *m)
{
	const char *end = strstr(m->name, " (deleted)");

	return (end != NULL && end[strlen(" (deleted)")] == '\0');
}

static bool
is_device(const struct mapping *m)
{
	struct stat st;

	return (is_file(m) && starts(m->name, "/dev/") && stat(m->name, &st) == 0 && S_ISCHR(st.st_mode));
}

static const char *
type(const struct mapping *m)
{
	if (is_device(m))
		return ("device");
	if (is_file(m))
		return ("vnode");
	if (starts(m->name, "[v")) /* [vdso], [vvar], [vsyscall] */
		return ("phys");
	if (m->inode != 0 || m->swapped > 0)
		return ("swap");
	return (m->resident > 0 ? "default" : "none");
}

static void
add_line(struct buf *out, const struct mapping *m, unsigned long page_kb, uid_t uid)
{
	bool copied = m->access[3] == 'p';

	buf_printf(out, "0x%lx 0x%lx %lu %lu 0 %.3s 0 0 0x0 %s %s %s %s ", m->start, m->end, m->resident / page_kb,
	    m->private / page_kb, m->access, copied ? "COW" : "NCOW",
	    copied && m->access[1] == 'w' && m->own == 0 ? "NC" : "NNC", type(m),
	    is_file(m) && !is_deleted(m) ? m->name : "-");
	if (m->charged)
		buf_printf(out, "CH %d\n", (int)uid);
	else
		buf_str(out, "NCH -1\n");
}

static void
add_lines(struct buf *out, char *host, uid_t uid)
{
	unsigned long page_kb = (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
	struct mapping m = { 0 }, next;
	char *line, *rest = host;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!take_head(line, &next)) {
			take_figure(line, &m);
			continue;
		}
		if (m.end != 0)
			add_line(out, &m, page_kb, uid);
		m = next;
	}
	if (m.end != 0)
		add_line(out, &m, page_kb, uid);
}

static int
read_smaps(const struct process *p, struct buf *host)
{
	char chunk[16384];
	ssize_t n;
	int fd, error = 0;

	if ((fd = process_open_live(p, "smaps", 0)) == -1)
		return (errno == EACCES ? EPERM : errno == ENOENT ? ESRCH : errno);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(host, chunk, (size_t)n);
	if (n == -1)
		error = errno == EACCES ? EPERM : errno;
	buf_char(host, '\0');
	close(fd);
	return (error);
}

int
text_map(const struct caller *caller, const struct process *p, struct buf *out)
{
	struct process_creds creds = { 0 };
	struct buf host = { 0 };
	int error = caller_may_debug(caller, p);

	if (error == 0 && caller_is_32bit(caller) && program_class(p->dir) == 64)
		error = EOPNOTSUPP;
	if (error == 0)
		error = process_creds(p, &creds);
	if (error == 0)
		error = read_smaps(p, &host);
	if (error == 0)
		add_lines(out, host.data, creds.uid[0]);
	buf_free(&host);
	process_creds_free(&creds);
	return (error);
}
