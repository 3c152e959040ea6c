/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a process.  Reads go by process_vm_readv, which is the fastest, and on by
 * /proc/PID/mem where that ends, since that reads and writes through protections as a debugger may; where a
 * system restricts forced access, words are moved the old way.  From: memory.md, 1.
 *
 * The last two make a stack grow down to the address they are given, and before Linux 6.5 the first does so too.
 * A debugger must not, so it is looked up first that there is memory.  Without the query that costs the text of
 * the whole map, and is done only where the first thread's stack could grow to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/linux/linux.h"
#include "host/linux/probe.h"

#define WORD sizeof(long)

/* Of the caller's buffer, which may be anywhere, NULL included. */
static char *
past(const void *buf, size_t done)
{
	return ((char *)((uintptr_t)buf + done));
}

static int
mem_file(struct linux_host *lh, pid_t pid, pid_t tid)
{
	struct lwp *l = lwp_find(lh, tid);
	char path[64];

	if (l == NULL)
		return (-1);
	/* Through a live thread: the first may have ended. */
	if (kept_fd(&l->l_proc->x_mem) == -1) {
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", pid, tid);
		(void)kept_open(&l->l_proc->x_mem, path, O_RDWR | O_LARGEFILE);
	}
	return (l->l_proc->x_mem.k_fd);
}

/* To requests that take a pointer a 32-bit tracer can only name the low 4 GiB; to the memory file anything. */
static bool
is_pointer(uint64_t addr, size_t len)
{
	return (addr <= UINTPTR_MAX && len <= UINTPTR_MAX - addr);
}

/* ---- what may be touched ---- */

/* Could the first thread's stack grow so far down that it has some of this? */
static bool
may_grow_to(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len)
{
	struct lxproc *x = l->l_proc;
	struct rlimit limit; /* the kernel takes that of who accesses */
	uint64_t end;

	if (x->x_stackbase == 0)
		x->x_stackbase = lx_stat_number(x->x_pid, l->l_tid, STAT_STACK);
	if (x->x_stackbase == 0 || getrlimit(RLIMIT_STACK, &limit) != 0)
		return (true);
	if (addr >= x->x_stackbase ||
	    (limit.rlim_cur < x->x_stackbase && addr + len <= x->x_stackbase - limit.rlim_cur))
		return (false);
	if ((x->x_stacklow == 0 || addr < x->x_stacklow) &&
	    map_find(lh, l, x->x_stackbase, &x->x_stacklow, &end) != 0)
		x->x_stacklow = 0;
	return (x->x_stacklow == 0 || addr < x->x_stacklow);
}

static size_t
touchable(struct linux_host *lh, const struct lwp *l, uint64_t addr, size_t len)
{
	if (!probe_has(FT_MAP_QUERY) && !may_grow_to(lh, l, addr, len))
		return (len);
	return (map_reach(lh, l, addr, len));
}

/* ---- the ways ---- */

static size_t
read_vm(pid_t tid, uint64_t addr, char *to, size_t len)
{
	struct iovec local, remote;
	size_t done = 0;
	ssize_t n;

	if (!is_pointer(addr, len))
		return (0);
	/* No call moves more than 2 GiB. */
	do {
		local = (struct iovec){.iov_base = past(to, done), .iov_len = len - done};
		remote = (struct iovec){.iov_base = (void *)(uintptr_t)(addr + done), .iov_len = len - done};
		if ((n = process_vm_readv(tid, &local, 1, &remote, 1, 0)) > 0)
			done += (size_t)n;
	} while (n > 0 && done < len);
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
outcome(pid_t tid, size_t moved, size_t wanted)
{
	struct status st;

	if (moved == wanted)
		return (0);
	return (status_read(tid, &st) != 0 || st.st_state == 'Z' || st.st_state == 'X' ? ESRCH : EFAULT);
}

/* There is no memory behind the last address. */
static size_t
to_the_top(uint64_t addr, size_t len)
{
	return (addr != 0 && len > -addr ? (size_t)-addr : len);
}

int
lx_read_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	size_t wanted = *len, limit = to_the_top(addr, wanted), done = 0;
	int fd;

	if (l == NULL)
		return (ESRCH);
	if (!probe_has(FT_READ_STAYS))
		limit = touchable(lh, l, addr, limit);
	done = read_vm(tid, addr, buf, limit);
	if (done < limit && probe_has(FT_READ_STAYS))
		limit = done + touchable(lh, l, addr + done, limit - done);
	if (done < limit && (fd = mem_file(lh, pid, tid)) != -1)
		done += read_file_mem(fd, addr + done, past(buf, done), limit - done);
	/* Mapped, and yet refused: maybe by a rule of the system's. */
	if (done < limit)
		done += read_words(lh, l, addr + done, past(buf, done), limit - done);
	*len = done;
	return (outcome(tid, done, wanted));
}

int
lx_write_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, const void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	size_t wanted = *len, limit, done = 0;
	int fd;

	if (l == NULL)
		return (ESRCH);
	limit = touchable(lh, l, addr, to_the_top(addr, wanted));
	if ((fd = mem_file(lh, pid, tid)) != -1)
		done = write_file_mem(fd, addr, buf, limit);
	if (done < limit)
		done += write_words(lh, l, addr + done, past(buf, done), limit - done);
	*len = done;
	return (outcome(tid, done, wanted));
}
