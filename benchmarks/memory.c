/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_IO and the word requests on a stopped process, each beside the best of the kernel's ways for that size; and
 * bsd_ptrace_iov() beside process_vm_readv of as many pieces.
 */
#include <bsdptrace.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define MOST   ((size_t)16 << 20)
#define AT_MOST (1 / 0.97)
#define SLACK	100
#define TRIES  9

/* Linux's, whose header has PT_ names of its own. */
#define PEEKDATA 2
#define POKEDATA 5

static pid_t pid;
static int mem_fd;
static char *here;    /* ours, MOST bytes, all there */
static char *there;   /* the process' own, which it may read and write */
static char *fixed;   /* which it may read */
static char *closed;  /* neither */

/* What one row is about. */
struct work {
	size_t size;
	char *at;
};

/* ---- the process ---- */

static char *
map(int prot)
{
	char *p = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bench_die("mmap");
	memset(p, 'm', MOST);
	if (mprotect(p, MOST, prot) != 0)
		bench_die("mprotect");
	return (p);
}

static void
be_target(void)
{
	there = map(PROT_READ | PROT_WRITE);
	fixed = map(PROT_READ);
	closed = map(PROT_NONE);
	if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
		_exit(1);
	for (;;)
		(void)raise(SIGUSR1);
}

static void
start(void)
{
	char name[64];
	int status;

	here = map(PROT_READ | PROT_WRITE);
	/* At the same addresses in both. */
	there = map(PROT_READ | PROT_WRITE);
	fixed = map(PROT_READ);
	closed = map(PROT_NONE);
	if ((pid = fork()) == -1)
		bench_die("fork");
	if (pid == 0) {
		(void)munmap(there, MOST);
		(void)munmap(fixed, MOST);
		(void)munmap(closed, MOST);
		be_target();
	}
	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		bench_die("the process");
	(void)snprintf(name, sizeof(name), "/proc/%d/mem", (int)pid);
	if ((mem_fd = open(name, O_RDWR | O_CLOEXEC)) == -1)
		bench_die(name);
}

static void
finish(void)
{
	int status;

	if (bsd_ptrace(PT_KILL, pid, NULL, 0) == -1 || bsd_waitpid(pid, &status, 0) != pid)
		bench_die("PT_KILL");
}

static void
must(bool moved, const char *what)
{
	if (!moved)
		bench_die(what);
}

/* ---- ours ---- */

static void
io(const struct work *w, int op, unsigned long times)
{
	struct ptrace_io_desc desc = {op, w->at, here, w->size};

	while (times-- > 0)
		must(bsd_ptrace(PT_IO, pid, (caddr_t)&desc, 0) == 0, "PT_IO");
}

static void
io_read(void *arg, unsigned long times)
{
	io(arg, PIOD_READ_D, times);
}

static void
io_write(void *arg, unsigned long times)
{
	io(arg, PIOD_WRITE_D, times);
}

static void
word_read(void *arg, unsigned long times)
{
	const struct work *w = arg;

	while (times-- > 0) {
		(void)bsd_ptrace(PT_READ_D, pid, w->at, 0);
		must(errno == 0, "PT_READ_D");
	}
}

static void
word_write(void *arg, unsigned long times)
{
	const struct work *w = arg;

	while (times-- > 0)
		must(bsd_ptrace(PT_WRITE_D, pid, w->at, 1) == 0, "PT_WRITE_D");
}

/* ---- the kernel's ---- */

static void
vm_read(void *arg, unsigned long times)
{
	const struct work *w = arg;
	struct iovec local = {here, w->size}, remote = {w->at, w->size};

	while (times-- > 0)
		must(process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)w->size, "process_vm_readv");
}

static void
vm_write(void *arg, unsigned long times)
{
	const struct work *w = arg;
	struct iovec local = {here, w->size}, remote = {w->at, w->size};

	while (times-- > 0)
		must(process_vm_writev(pid, &local, 1, &remote, 1, 0) == (ssize_t)w->size, "process_vm_writev");
}

static void
file_read(void *arg, unsigned long times)
{
	const struct work *w = arg;

	while (times-- > 0)
		must(pread(mem_fd, here, w->size, (off_t)(uintptr_t)w->at) == (ssize_t)w->size, "pread");
}

static void
file_write(void *arg, unsigned long times)
{
	const struct work *w = arg;

	while (times-- > 0)
		must(pwrite(mem_fd, here, w->size, (off_t)(uintptr_t)w->at) == (ssize_t)w->size, "pwrite");
}

static void
peek(void *arg, unsigned long times)
{
	const struct work *w = arg;
	long word;

	while (times-- > 0)
		must(syscall(SYS_ptrace, PEEKDATA, pid, w->at, &word) == 0, "PTRACE_PEEKDATA");
}

static void
poke(void *arg, unsigned long times)
{
	const struct work *w = arg;

	while (times-- > 0)
		must(syscall(SYS_ptrace, POKEDATA, pid, w->at, *(long *)(void *)here) == 0, "PTRACE_POKEDATA");
}

struct way {
	const char *name;
	bench_fn *fn;
	size_t least, most; /* bytes it is a way for */
};

static const struct way reads[] = {
	{"process_vm_readv", vm_read, 1, MOST}, {"pread", file_read, 1, MOST}, {"PEEKDATA", peek, 1, sizeof(long)}, {NULL}};
static const struct way writes[] = {
	{"process_vm_writev", vm_write, 1, MOST}, {"pwrite", file_write, 1, MOST}, {"POKEDATA", poke, sizeof(long), sizeof(long)}, {NULL}};
static const struct way forced_reads[] = {{"pread", file_read, 1, MOST}, {"PEEKDATA", peek, 1, sizeof(long)}, {NULL}};
static const struct way forced_writes[] = {{"pwrite", file_write, 1, MOST}, {"POKEDATA", poke, sizeof(long), sizeof(long)}, {NULL}};

/* ---- which is best ---- */

static double
now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) != 0)
		bench_die("clock_gettime");
	return ((double)t.tv_sec * 1e9 + (double)t.tv_nsec);
}

static double
time_of(const struct way *way, struct work *w)
{
	unsigned long times = 1 + 1000000 / (w->size + 1000);
	double began = now();

	way->fn(w, times);
	return (now() - began);
}

/* The fastest of its turns counts. */
static const struct way *
best(const struct way *ways, struct work *w)
{
	const struct way *found = ways;
	double least = 0, t;

	for (int i = 0; i < TRIES; i++)
		for (const struct way *way = ways; way->name != NULL; way++) {
			if (w->size < way->least || w->size > way->most)
				continue;
			t = time_of(way, w);
			if (least == 0 || t < least) {
				least = t;
				found = way;
			}
		}
	return (found);
}

static void
row(const char *what, bench_fn *ours, const struct way *ways, char *at, size_t size)
{
	struct work w = {size, at};
	const struct way *way = best(ways, &w);
	char name[64];

	if (size < 1024)
		(void)snprintf(name, sizeof(name), "%s %zu B / %s", what, size, way->name);
	else if (size < 1 << 20)
		(void)snprintf(name, sizeof(name), "%s %zu KiB / %s", what, size >> 10, way->name);
	else
		(void)snprintf(name, sizeof(name), "%s %zu MiB / %s", what, size >> 20, way->name);
	bench_run(&(struct bench){name, ours, way->fn, &w, 1, true, AT_MOST, SLACK, BENCH_CALLS});
}

/* ---- many at once ---- */

#define PIECES 512
#define APART  4096

static struct ptrace_io_desc descs[PIECES];

static void
io_many(void *arg, unsigned long times)
{
	(void)arg;
	while (times-- > 0)
		must(bsd_ptrace_iov(pid, descs, PIECES) == PIECES, "bsd_ptrace_iov");
}

static void
vm_many(void *arg, unsigned long times)
{
	static struct iovec local[PIECES], remote[PIECES];
	const struct work *w = arg;
	bool write = descs[0].piod_op == PIOD_WRITE_D;
	ssize_t all = (ssize_t)(w->size * PIECES);

	for (size_t i = 0; i < PIECES; i++) {
		local[i] = (struct iovec){descs[i].piod_addr, w->size};
		remote[i] = (struct iovec){descs[i].piod_offs, w->size};
	}
	while (times-- > 0)
		must((write ? process_vm_writev(pid, local, PIECES, remote, PIECES, 0) :
			       process_vm_readv(pid, local, PIECES, remote, PIECES, 0)) == all, "process_vm_readv");
}

static void
one_by_one(void *arg, unsigned long times)
{
	(void)arg;
	while (times-- > 0)
		for (size_t i = 0; i < PIECES; i++)
			must(bsd_ptrace(PT_IO, pid, (caddr_t)&descs[i], 0) == 0, "PT_IO");
}

static void
gather(int op, size_t size, size_t apart)
{
	for (size_t i = 0; i < PIECES; i++)
		descs[i] = (struct ptrace_io_desc){op, there + i * apart, here + i * apart, size};
}

static void
many(const char *what, int op, size_t size, size_t apart)
{
	struct work w = {size, there};

	gather(op, size, apart);
	bench_run(&(struct bench){what, io_many, vm_many, &w, PIECES, true, AT_MOST});
}

int
main(void)
{
	static const size_t sizes[] = {8, 64, 512, 4096, 8192, 16384, 65536, 1 << 20, MOST};
	size_t n = sizeof(sizes) / sizeof(sizes[0]);

	start();
	row("PT_READ_D", word_read, reads, there, sizeof(int));
	row("PT_WRITE_D", word_write, writes, there, sizeof(int));
	row("PT_WRITE_D, forced", word_write, forced_writes, fixed, sizeof(int));
	for (size_t i = 0; i < n; i++)
		row("read", io_read, reads, there, sizes[i]);
	for (size_t i = 0; i < n; i++)
		row("write", io_write, writes, there, sizes[i]);
	for (size_t i = 0; i < n; i++)
		row("forced read", io_read, forced_reads, closed, sizes[i]);
	for (size_t i = 0; i < n; i++)
		row("forced write", io_write, forced_writes, fixed, sizes[i]);
	many("one of 512 pieces of 8 B, read", PIOD_READ_D, 8, APART);
	many("one of 512 pieces of 8 B, written", PIOD_WRITE_D, 8, APART);
	many("one of 512 pieces of 8 B, one page", PIOD_READ_D, 8, 8);
	many("one of 512 pieces of 4 KiB, read", PIOD_READ_D, 4096, 2 * APART);
	gather(PIOD_READ_D, 8, APART);
	bench_run(&(struct bench){"8 B, read, beside PT_IO of each", io_many, one_by_one, NULL, PIECES, true, 0.5});
	finish();
	return (0);
}
