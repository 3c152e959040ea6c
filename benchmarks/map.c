/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_VM_ENTRY and PT_VM_TIMESTAMP on a process with 60,000 map entries, beside /proc/PID/maps read and parsed once.
 */
#include <bsdptrace.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define ENTRIES 60000
#define PAGE	4096

struct target {
	pid_t pid;
	int entries;
	bool paths;	/* of entries are asked for */
	int entry;	/* which */
};

/* ---- the process ---- */

/* Each page another kind than the one before it, with or without a file. */
static void
map_pages(int fd)
{
	char *at = mmap(NULL, (size_t)ENTRIES * PAGE, PROT_READ, MAP_PRIVATE | (fd == -1 ? MAP_ANONYMOUS : 0), fd, 0);

	for (size_t i = 0; at != MAP_FAILED && i < ENTRIES; i += 2)
		if (mprotect(at + i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
			_exit(1);
}

static int
make_file(void)
{
	char name[] = "/tmp/bench-map.XXXXXX";
	int fd = mkstemp(name);

	if (fd == -1 || ftruncate(fd, (off_t)(ENTRIES + 1) * PAGE) != 0)
		bench_die(name);
	return (fd);
}

static void
unlink_file(int fd)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if ((n = readlink(link, name, sizeof(name) - 1)) == -1)
		return;
	name[n] = '\0';
	(void)unlink(name);
	(void)close(fd);
}

static void
next_stop(pid_t pid)
{
	int status;

	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("the process has no map of that size (vm.max_map_count?)");
}

static void
count_entries(struct target *t)
{
	struct ptrace_vm_entry pve = {.pve_entry = 0};

	while (bsd_ptrace(PT_VM_ENTRY, t->pid, (caddr_t)&pve, 0) == 0)
		;
	if (errno != ENOENT || pve.pve_entry < ENTRIES)
		bench_die("PT_VM_ENTRY");
	t->entries = pve.pve_entry;
}

static struct target
start(int fd)
{
	struct target t = {.pid = fork(), .paths = fd != -1};

	if (t.pid == -1)
		bench_die("fork");
	if (t.pid == 0) {
		map_pages(fd);
		if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
			_exit(1);
		for (;;)
			(void)raise(SIGUSR1);
	}
	next_stop(t.pid);
	count_entries(&t);
	return (t);
}

static void
finish(struct target *t)
{
	int status;

	if (bsd_ptrace(PT_KILL, t->pid, NULL, 0) == -1 || bsd_waitpid(t->pid, &status, 0) != t->pid)
		bench_die("PT_KILL");
}

/* ---- what is timed ---- */

static void
walk_with(const struct target *t, struct ptrace_vm_entry *pve, char *path)
{
	memset(pve, 0, sizeof(*pve));
	pve->pve_path = path;
	do
		pve->pve_pathlen = t->paths ? PATH_MAX : 0;
	while (bsd_ptrace(PT_VM_ENTRY, t->pid, (caddr_t)pve, 0) == 0);
	if (errno != ENOENT || pve->pve_entry != t->entries)
		bench_die("PT_VM_ENTRY");
}

static void
walk(void *arg, unsigned long times)
{
	struct ptrace_vm_entry pve;
	char path[PATH_MAX];

	while (times-- > 0)
		walk_with(arg, &pve, path);
}

/* What is elsewhere the library has the kernel move, since it may not be there. */
static void
walk_off_stack(void *arg, unsigned long times)
{
	static struct ptrace_vm_entry pve;
	static char path[PATH_MAX];

	while (times-- > 0)
		walk_with(arg, &pve, path);
}

static volatile unsigned long parsed;

/* What a program does that knows no better; and what the walk is held to. */
static unsigned long
parse(char *line, char *end)
{
	unsigned long sum = strtoul(line, &line, 16);

	sum += strtoul(line + 1, &line, 16);
	sum += (unsigned long)line[1];
	sum += strtoul(line + 6, &line, 16);
	sum += strtoul(line + 1, &line, 16);
	sum += strtoul(line + 1, &line, 16);
	sum += strtoul(line + 1, &line, 10);
	while (*line == ' ')
		line++;
	return (sum + (unsigned long)(end - line));
}

static int
parse_all(char *text, size_t *len)
{
	char *line = text, *end;
	int n = 0;

	while ((end = memchr(line, '\n', *len - (size_t)(line - text))) != NULL) {
		parsed += parse(line, end);
		line = end + 1;
		n++;
	}
	*len -= (size_t)(line - text);
	memmove(text, line, *len);
	return (n);
}

static void
text(void *arg, unsigned long times)
{
	static char buf[65536];
	const struct target *t = arg;
	char name[64];
	size_t len;
	ssize_t got;
	int fd, n;

	(void)snprintf(name, sizeof(name), "/proc/%d/maps", (int)t->pid);
	while (times-- > 0) {
		if ((fd = open(name, O_RDONLY)) == -1)
			bench_die(name);
		len = 0;
		n = 0;
		while ((got = read(fd, buf + len, sizeof(buf) - len)) > 0) {
			len += (size_t)got;
			n += parse_all(buf, &len);
		}
		(void)close(fd);
		if (n != t->entries)
			bench_die("the map has changed");
	}
}

static void
one(const struct target *t, int index)
{
	char path[PATH_MAX];
	struct ptrace_vm_entry pve = {.pve_entry = index, .pve_path = path, .pve_pathlen = t->paths ? sizeof(path) : 0};

	if (bsd_ptrace(PT_VM_ENTRY, t->pid, (caddr_t)&pve, 0) == -1)
		bench_die("PT_VM_ENTRY");
}

static void
same_entry(void *arg, unsigned long times)
{
	const struct target *t = arg;

	while (times-- > 0)
		one(t, t->entry);
}

static void
first_entry(void *arg, unsigned long times)
{
	while (times-- > 0)
		one(arg, 0);
}

static void
any_entry(void *arg, unsigned long times)
{
	const struct target *t = arg;
	static unsigned long r = 1;

	while (times-- > 0) {
		r = r * 6364136223846793005ul + 1442695040888963407ul;
		one(t, (int)((r >> 33) % (unsigned long)t->entries));
	}
}

static void
go_on(const struct target *t)
{
	if (bsd_ptrace(PT_CONTINUE, t->pid, (caddr_t)1, 0) == -1)
		bench_die("PT_CONTINUE");
	next_stop(t->pid);
}

static void
walk_after_a_run(void *arg, unsigned long times)
{
	while (times-- > 0) {
		go_on(arg);
		walk(arg, 1);
	}
}

static void
timestamp(void *arg, unsigned long times)
{
	const struct target *t = arg;

	while (times-- > 0) {
		(void)bsd_ptrace(PT_VM_TIMESTAMP, t->pid, NULL, 0);
		if (errno != 0)
			bench_die("PT_VM_TIMESTAMP");
	}
}

int
main(void)
{
	struct target t = start(-1);
	int fd;

	bench_run(&(struct bench){"entry of a walk, no files", walk, text, &t, ENTRIES, true, 1.25});
	bench_run(&(struct bench){"the same, not on the stack", walk_off_stack, text, &t, ENTRIES, true, 1.25});
	bench_run(&(struct bench){"the same, first after a run", walk_after_a_run, text, &t, ENTRIES, true, 0});
	t.entry = t.entries - 1;
	bench_run(&(struct bench){"entry 60,000 beside entry 1", same_entry, first_entry, &t, 1, true, 2});
	t.entry = t.entries - 3; /* before the pages that are the kernel's own */
	bench_run(&(struct bench){"the last but two beside entry 1", same_entry, first_entry, &t, 1, true, 2});
	bench_run(&(struct bench){"any entry", any_entry, NULL, &t, 1, true, 2000});
	bench_run(&(struct bench){"timestamp", timestamp, NULL, &t, 1, true, 0});
	finish(&t);
	fd = make_file();
	t = start(fd);
	bench_run(&(struct bench){"entry of a walk, with paths", walk, text, &t, ENTRIES, true, 1.25});
	bench_run(&(struct bench){"the same, not on the stack", walk_off_stack, text, &t, ENTRIES, true, 1.25});
	bench_run(&(struct bench){"any entry with its path", any_entry, NULL, &t, 1, true, 2000});
	finish(&t);
	unlink_file(fd);
	return (0);
}
