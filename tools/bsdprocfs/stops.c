/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The ioctls of mem: stop events.
 *
 * FreeBSD's numbers do not say what Linux's say: to the kernel one that brings a result back looks like one that takes an
 * argument in, and it would bring nothing back.  There is a number of Linux's make for each of those too.  For
 * FreeBSD's the result is written to where the caller wants it, if the host lets us.
 */
#include "stops.h"

#include <bsdptrace.h>
#include <bsdptrace/pioctl.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/uio.h>

#include "../common/idmap.h"

#define LENGTH(command) ((command) >> 16 & 0x1fff)

union result {
	struct procfs_status status;
	struct procfs_status32 status32;
	unsigned flags;
};

/* Those that may be left with events when all files are closed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct idmap lingering;

static void
note_flags(pid_t pid, unsigned flags)
{
	pthread_mutex_lock(&lock);
	if ((flags & PF_LINGER) != 0)
		idmap_put(&lingering, (uint64_t)pid, &lingering);
	else
		idmap_remove(&lingering, (uint64_t)pid);
	pthread_mutex_unlock(&lock);
}

/* PIOCBIS, PIOCBIC, PIOCSFL, PIOCCONT: the argument is an int. */
static int
send(struct task *task, const struct process *p, int fd, unsigned long request)
{
	int value = (int)task->argument;

	if (request == PIOCSFL && (value & PF_ISUGID) != 0 && !caller_is_root(&task->caller))
		return (EPERM);
	if (bsd_procfs_ioctl(fd, request, value) == -1)
		return (errno);
	if (request == PIOCSFL)
		note_flags(p->pid, (unsigned)value);
	return (0);
}

/* PIOCWAIT, PIOCSTATUS, PIOCGFL: the argument points to what is filled in. */
static int
receive(struct task *task, int fd, unsigned long request, union result *r)
{
	memset(r, 0, sizeof(*r));
	while (bsd_procfs_ioctl(fd, request, r) == -1)
		if (errno != EINTR || task_is_interrupted(task))
			return (errno);
	return (0);
}

static int
copy_out(const struct task *task, const union result *r, size_t len)
{
	struct iovec from = { (void *)(uintptr_t)r, len };
	struct iovec to = { (void *)(uintptr_t)task->argument, len };

	if (process_vm_writev(task->caller.tid, &from, 1, &to, 1, 0) == (ssize_t)len)
		return (0);
	return (errno == EPERM ? EPERM : EFAULT);
}

static unsigned long
sent(unsigned command)
{
	static const unsigned long requests[] = { PIOCBIS, PIOCBIC, PIOCSFL, PIOCCONT };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i] == command)
			return (requests[i]);
	return (0);
}

/* By either number. */
static unsigned long
received(unsigned command)
{
	static const unsigned long requests[] = { PIOCWAIT, PIOCSTATUS, PIOCWAIT32, PIOCSTATUS32, PIOCGFL };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i] == command || BSD_PIOC_MOUNTED(requests[i]) == command)
			return (requests[i]);
	return (0);
}

static void
reply_received(struct task *task, int fd, unsigned long request)
{
	union result r;
	size_t len = LENGTH(request);
	bool by_freebsds = task->command == request;
	int error = receive(task, fd, request, &r);

	if (error == 0 && by_freebsds)
		error = copy_out(task, &r, len);
	if (error != 0)
		task_reply_error(task, error);
	else
		task_reply_ioctl(task, &r, by_freebsds ? 0 : len);
}

static int
open_once(const struct process *p, int *fd)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	if (*fd == -1 && (*fd = bsd_procfs_open(p->pid)) == -1)
		error = errno;
	pthread_mutex_unlock(&lock);
	return (error);
}

/* Any refusal is EIO, as in pseudofs: the process is not there for the caller. */
void
stops_ioctl(struct task *task, const struct process *p, int *fd)
{
	unsigned long request = sent(task->command);
	int error = 0;

	if (process_alive(p) != 0 || caller_may_debug(&task->caller, p) != 0 || open_once(p, fd) != 0)
		error = EIO;
	else if (request == 0 && received(task->command) == 0)
		error = ENOTTY;
	else if (request == 0) {
		reply_received(task, *fd, received(task->command));
		return;
	} else
		error = send(task, p, *fd, request);
	if (error != 0)
		task_reply_error(task, error);
	else
		task_reply_ioctl(task, NULL, 0);
}

void
stops_close(int fd)
{
	if (fd != -1)
		(void)bsd_procfs_close(fd);
}

/* The close of a file whose flags were cleared is the last. */
static void
forget(pid_t pid)
{
	int fd = bsd_procfs_open(pid);

	if (fd == -1)
		return;
	(void)bsd_procfs_ioctl(fd, PIOCSFL, 0);
	(void)bsd_procfs_close(fd);
}

void
stops_end(void)
{
	for (size_t i = 0; i < lingering.room; i++)
		if (lingering.entries[i].item != NULL)
			forget((pid_t)lingering.entries[i].id);
	idmap_free(&lingering);
}
