/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a process.  Where nothing is known (known.c) the first try is process_vm_readv or
 * process_vm_writev, the fastest for all that is not small; where that ends it goes on by /proc/PID/mem, which
 * reads and writes through protections as a debugger may; where a system restricts forced access, words are moved
 * the old way.  From: memory.md, 1.
 *
 * The last two make a stack grow down to the address they are given, and before Linux 6.5 the first do so too.
 * A debugger must not, so it is looked up first that there is memory.  Without the query that costs the text of
 * the whole map, and is done only where the first thread's stack could grow to.
 */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/inline.h"
#include "host/linux/maps.h"
#include "host/linux/memory.h"
#include "host/linux/probe.h"

#define WORD sizeof(long)

/*
 * Of a large access so much is one piece for the kernel, which pins all pages of a piece, at most 4 MiB of them,
 * before it moves any: in pieces that stay in the processor's cache it is a tenth faster, and more where they are small
 * pages.  And so many pieces are one call.
 */
#define PIECE  ((size_t)1 << 20)
#define PIECES 128

/* Of the caller's buffer, which may be anywhere, NULL included. */
static char *
past(const void *buf, size_t done)
{
	return ((char *)((uintptr_t)buf + done));
}

/* To requests that take a pointer a 32-bit tracer can only name the low 4 GiB; to the memory file anything. */
static bool
is_pointer(uint64_t addr, size_t len)
{
	return (addr <= UINTPTR_MAX && len <= UINTPTR_MAX - addr);
}

/* ---- the ways ---- */

typedef ssize_t vm_call(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, unsigned long);

static size_t
min(size_t a, size_t b)
{
	return (a < b ? a : b);
}

/* One call: bytes, or -1. */
ON_THE_WAY ssize_t
move_pieces(vm_call *call, pid_t tid, uint64_t addr, char *buf, size_t len)
{
	struct iovec remote[PIECES], local = {.iov_base = buf, .iov_len = len};
	size_t n = 0, done = 0;

	for (; done < len; done += remote[n++].iov_len)
		remote[n] = (struct iovec){(void *)(uintptr_t)(addr + done), min(len - done, PIECE)};
	return (call(tid, &local, 1, remote, n, 0));
}

/* What is executable stays coherent with what is written so: x86 sees to that itself. */
ON_THE_WAY size_t
move_vm(vm_call *call, struct memory *m, pid_t tid, uint64_t addr, void *buf, size_t len)
{
	size_t done = 0, part;
	ssize_t n;

	if (!is_pointer(addr, len) || (m != NULL && m->me_refused))
		return (0);
	do {
		part = min(len - done, PIECE * PIECES);
		n = move_pieces(call, tid, addr + done, past(buf, done), part);
		done += n > 0 ? (size_t)n : 0;
	} while (n == (ssize_t)part && done < len);
	if (n == -1 && m != NULL && (errno == EPERM || errno == ENOSYS))
		m->me_refused = true;
	return (done);
}

static size_t
read_file_mem(int fd, uint64_t addr, char *to, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len && (n = pread64(fd, past(to, done), len - done, (off64_t)(addr + done))) > 0)
		done += (size_t)n;
	return (done);
}

static size_t
write_file_mem(int fd, uint64_t addr, const char *from, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len && (n = pwrite64(fd, past(from, done), len - done, (off64_t)(addr + done))) > 0)
		done += (size_t)n;
	return (done);
}

static bool
read_word(struct linux_host *lh, const struct lwp *l, uint64_t addr, long *word)
{
	return (is_pointer(addr, WORD) && lwp_ptrace(lh, l, PTRACE_PEEKDATA, (void *)(uintptr_t)addr, word) == 0);
}

static size_t
read_words(struct linux_host *lh, const struct lwp *l, uint64_t addr, char *to, size_t len)
{
	size_t done = 0, skip, part;
	long word;

	while (done < len) {
		skip = (addr + done) % WORD;
		part = len - done < WORD - skip ? len - done : WORD - skip;
		if (!read_word(lh, l, addr + done - skip, &word))
			break;
		if (lx_copyout(&lh->lh_host, (char *)&word + skip, past(to, done), part) != 0)
			break;
		done += part;
	}
	return (done);
}

static size_t
write_words(struct linux_host *lh, const struct lwp *l, uint64_t addr, const char *from, size_t len)
{
	size_t done = 0, skip, part;
	long word;

	while (done < len) {
		skip = (addr + done) % WORD;
		part = len - done < WORD - skip ? len - done : WORD - skip;
		if (!read_word(lh, l, addr + done - skip, &word))
			break;
		if (lx_copyin(&lh->lh_host, past(from, done), (char *)&word + skip, part) != 0)
			break;
		if (lwp_ptrace(lh, l, PTRACE_POKEDATA, (void *)(uintptr_t)(addr + done - skip), (void *)word) != 0)
			break;
		done += part;
	}
	return (done);
}

/* Nothing moved: because the process is gone, or because the page cannot be had? */
static int
outcome(struct linux_host *lh, pid_t tid, size_t moved, size_t wanted)
{
	if (moved == wanted)
		return (0);
	return (vmap_alive(lh, tid) == ESRCH ? ESRCH : EFAULT);
}

/* There is no memory behind the last address. */
static size_t
to_the_top(uint64_t addr, size_t len)
{
	return (addr != 0 && len > -addr ? (size_t)-addr : len);
}

/* ---- the operations ---- */

/* Mapped, and yet refused without force; and with it maybe too, by a rule of the system's. */
static size_t
move_forced(struct linux_host *lh, const struct lwp *l, uint64_t addr, char *buf, size_t len, bool write)
{
	int fd = memory_file(lh, l);
	size_t done = fd == -1 ? 0 : write ? write_file_mem(fd, addr, buf, len) : read_file_mem(fd, addr, buf, len);

	if (done == len)
		known_forced(lh, l, addr, len, write ? RF_WRITE : RF_READ);
	else if (write)
		done += write_words(lh, l, addr + done, past(buf, done), len - done);
	else
		done += read_words(lh, l, addr + done, past(buf, done), len - done);
	return (done);
}

/* In steps, from the one before which least needs to be known: how far it came. */
ON_THE_WAY size_t
move(struct linux_host *lh, const struct lwp *l, uint64_t addr, char *buf, size_t len, bool write)
{
	size_t limit = to_the_top(addr, len), done;
	struct memory *m = memory_get(l->l_proc);

	if (!probe_has(FT_READ_STAYS) && !known(l->l_proc, addr, len))
		limit = touchable(lh, l, addr, limit);
	done = move_vm(write ? process_vm_writev : process_vm_readv, m, l->l_tid, addr, buf, limit);
	if (done > 0)
		known_moved(lh, l, addr, done);
	if (done == len)
		return (done);
	limit = touchable(lh, l, addr + done, limit - done);
	return (limit == 0 ? done : done + move_forced(lh, l, addr + done, past(buf, done), limit, write));
}

/* By what is known, is that one call the fastest way? */
ON_THE_WAY bool
is_for_file(const struct memory *m, const struct range *near, size_t len, unsigned force)
{
	return (near != NULL && (len <= SMALL || (near->r_force & force) != 0) && m->me_looked == m->me_run);
}

ON_THE_WAY bool
is_for_vm(const struct memory *m, uint64_t addr, size_t len, unsigned force)
{
	const struct range *near = known_near(m, addr, len);

	return (near != NULL && len > SMALL && len <= PIECE && (near->r_force & force) == 0 && !m->me_refused &&
	    is_pointer(addr, len));
}

/* It is not for the file, where that was used last, or failed there. */
static __attribute__((noinline)) int
read_otherwise(struct linux_host *lh, struct lwp *l, uint64_t addr, void *buf, size_t *len)
{
	size_t wanted = *len;
	int fd;

	if (is_for_vm(l->l_proc->x_memory, addr, wanted, RF_READ) &&
	    move_pieces(process_vm_readv, l->l_tid, addr, buf, wanted) == (ssize_t)wanted)
		return (0);
	if ((fd = known_file(lh, l, addr, wanted, RF_READ)) != -1) {
		if (read_file_mem(fd, addr, buf, wanted) == wanted)
			return (0);
		known_drop(l->l_proc);
	}
	*len = move(lh, l, addr, buf, wanted, false);
	return (outcome(lh, l->l_tid, *len, wanted));
}

static __attribute__((noinline)) int
write_otherwise(struct linux_host *lh, struct lwp *l, uint64_t addr, const void *buf, size_t *len)
{
	size_t wanted = *len;
	int fd;

	if (is_for_vm(l->l_proc->x_memory, addr, wanted, RF_WRITE) &&
	    move_pieces(process_vm_writev, l->l_tid, addr, past(buf, 0), wanted) == (ssize_t)wanted)
		return (0);
	if ((fd = known_file(lh, l, addr, wanted, RF_WRITE)) != -1) {
		if (write_file_mem(fd, addr, buf, wanted) == wanted)
			return (0);
		known_drop(l->l_proc);
	}
	*len = move(lh, l, addr, past(buf, 0), wanted, true);
	return (outcome(lh, l->l_tid, *len, wanted));
}

int
lx_read_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	const struct memory *m;

	if (l == NULL)
		return (ESRCH);
	m = l->l_proc->x_memory;
	if (is_for_file(m, known_near(m, addr, *len), *len, RF_READ) &&
	    pread64(m->me_file.k_fd, buf, *len, (off64_t)addr) == (ssize_t)*len)
		return (0);
	return (read_otherwise(lh, l, addr, buf, len));
}

int
lx_write_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, const void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	const struct memory *m;

	if (l == NULL)
		return (ESRCH);
	m = l->l_proc->x_memory;
	if (is_for_file(m, known_near(m, addr, *len), *len, RF_WRITE) &&
	    pwrite64(m->me_file.k_fd, buf, *len, (off64_t)addr) == (ssize_t)*len)
		return (0);
	return (write_otherwise(lh, l, addr, buf, len));
}
