/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * mem: the memory of a process.  The host's file of that name is opened each time: it stands for the memory
 * there was when it was opened, and FreeBSD's for what there is.
 */
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
open_mem(const struct process *p, int flags)
{
	int fd = process_open_live(p, "mem", flags);

	if (fd == -1 && (errno == EACCES || errno == ENOENT))
		errno = errno == EACCES ? EPERM : ESRCH;
	return (fd);
}

/* The host moves nothing once the memory is gone, and says EIO for a page that cannot be had. */
static int
failure(ssize_t n, const struct process *p)
{
	if (n == 0 && process_alive(p) != 0)
		return (ESRCH);
	return (n == 0 || errno == EIO ? EFAULT : errno);
}

int
mem_read(const struct process *p, uint64_t address, void *to, size_t len)
{
	int fd = open_mem(p, O_RDONLY), error = fd == -1 ? errno : 0;
	size_t done = 0;

	while (error == 0 && done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(address + done));

		if (n > 0)
			done += (size_t)n;
		else
			error = failure(n, p);
	}
	if (fd != -1)
		close(fd);
	return (error);
}

int
mem_write(const struct process *p, uint64_t address, const void *from, size_t len)
{
	int fd = open_mem(p, O_WRONLY), error = fd == -1 ? errno : 0;
	size_t done = 0;

	while (error == 0 && done < len) {
		ssize_t n = pwrite(fd, (const char *)from + done, len - done, (off_t)(address + done));

		if (n > 0)
			done += (size_t)n;
		else
			error = failure(n, p);
	}
	if (fd != -1)
		close(fd);
	return (error);
}
