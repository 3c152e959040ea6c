/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a process.  Reads go by process_vm_readv, which is the fastest, and on by
 * /proc/PID/mem where that ends, since that reads and writes through protections as a debugger may; where a
 * system restricts forced writes, words are written the old way.  From: memory.md, 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/linux/linux.h"

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
	if (l->l_proc->x_mem == -1) {
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", pid, tid);
		l->l_proc->x_mem = open(path, O_RDWR | O_CLOEXEC | O_LARGEFILE);
	}
	return (l->l_proc->x_mem);
}

/* To requests that take a pointer a 32-bit tracer can only name the low 4 GiB; to the memory file anything. */
static bool
is_pointer(uint64_t addr, size_t len)
{
	return (addr <= UINTPTR_MAX && len <= UINTPTR_MAX - addr);
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

int
lx_read_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct iovec local = {.iov_base = buf, .iov_len = *len};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)addr, .iov_len = *len};
	size_t wanted = *len, done = 0;
	ssize_t n;
	int fd;

	if (l == NULL)
		return (ESRCH);
	n = is_pointer(addr, wanted) ? process_vm_readv(tid, &local, 1, &remote, 1, 0) : 0;
	if (n > 0)
		done = (size_t)n;
	if (n == -1 && errno == ENOMEM)
		return (ENOMEM);
	if (done < wanted && (fd = mem_file(lh, pid, tid)) != -1)
		done += read_file_mem(fd, addr + done, past(buf, done), wanted - done);
	else if (done < wanted)
		done += read_words(lh, l, addr + done, past(buf, done), wanted - done);
	*len = done;
	return (outcome(tid, done, wanted));
}

int
lx_write_mem(struct host *h, pid_t pid, pid_t tid, uint64_t addr, const void *buf, size_t *len)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	size_t wanted = *len, done = 0;
	char probe;
	int fd;

	if (l == NULL)
		return (ESRCH);
	if ((fd = mem_file(lh, pid, tid)) != -1)
		done = write_file_mem(fd, addr, buf, wanted);
	/* Refused although it is mapped: by a rule of the system, or because it is shared and not writable. */
	if (done < wanted && (fd == -1 || pread64(fd, &probe, 1, (off64_t)(addr + done)) == 1))
		done += write_words(lh, l, addr + done, past(buf, done), wanted - done);
	*len = done;
	return (outcome(tid, done, wanted));
}
