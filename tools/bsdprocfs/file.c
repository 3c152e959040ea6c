/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * An open file: what it is of, and reading, writing and ioctl of it.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "mem.h"
#include "stops.h"

struct file {
	const struct node_kind *kind;
	struct process process;
	struct file *next, **link; /* of all open ones */
	pthread_mutex_t lock;	   /* guards text */
	struct buf text;	   /* of a text file as it was when last read from its beginning */
	int stops;		   /* for ioctl: the library's descriptor, or -1; guarded by stops.c's lock */
};

static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;

static bool
allows(const struct node_kind *kind, int flags)
{
	int access = flags & O_ACCMODE;

	if ((kind->mode & 0444) == 0 && access != O_WRONLY)
		return (false);
	return ((kind->mode & 0222) != 0 || access == O_RDONLY);
}

int
file_open(const struct node *node, const struct process *p, int flags, struct file **out)
{
	struct file *f;

	if (!allows(node->kind, flags))
		return (EPERM);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (ENOMEM);
	f->kind = node->kind;
	f->process = *p;
	f->stops = -1;
	pthread_mutex_init(&f->lock, NULL);
	pthread_mutex_lock(&files_lock);
	f->next = files;
	f->link = &files;
	if (files != NULL)
		files->link = &f->next;
	files = f;
	pthread_mutex_unlock(&files_lock);
	*out = f;
	return (0);
}

void
file_close(struct file *f)
{
	pthread_mutex_lock(&files_lock);
	*f->link = f->next;
	if (f->next != NULL)
		f->next->link = f->link;
	pthread_mutex_unlock(&files_lock);
	stops_close(f->stops);
	process_close(&f->process);
	pthread_mutex_destroy(&f->lock);
	buf_free(&f->text);
	free(f);
}

void
file_end(void)
{
	while (files != NULL)
		file_close(files);
}

/* The process may have gone, or what the caller may do may have changed, since the file was opened. */
static int
check(const struct task *task)
{
	const struct file *f = task->file;
	int error = process_alive(&f->process);

	if (error == 0)
		error = caller_may_see(&task->caller, &f->process);
	if (error == 0 && (f->kind->flags & NODE_OF_DEBUGGER) != 0)
		error = caller_may_debug(&task->caller, &f->process) == 0 ? 0 : ESRCH;
	return (error);
}

/* Made afresh at the beginning, so that reads in pieces fit together. */
static int
read_text(struct task *task, struct buf *part)
{
	struct file *f = task->file;
	int error = 0;

	pthread_mutex_lock(&f->lock);
	if (task->offset == 0) {
		f->text.len = 0;
		error = f->kind->text(&task->caller, &f->process, &f->text);
		if (error != 0)
			f->text.len = 0;
	}
	if (task->offset < f->text.len) {
		size_t left = f->text.len - (size_t)task->offset;

		buf_add(part, f->text.data + task->offset, task->size < left ? task->size : left);
	}
	pthread_mutex_unlock(&f->lock);
	return (error);
}

static int
read_mem(struct task *task, struct buf *part)
{
	char *bytes = malloc(task->size + 1);
	int error = bytes == NULL ? ENOMEM : mem_read(&task->file->process, task->offset, bytes, task->size);

	if (error == 0)
		buf_add(part, bytes, task->size);
	free(bytes);
	return (error);
}

/* Register files have a beginning alone. */
static int
read_registers(struct task *task, struct buf *part)
{
	struct file *f = task->file;
	int error;

	if (task->offset != 0)
		return (0);
	error = registers_read(task, &f->process, f->kind->set, part);
	if (part->len > task->size)
		part->len = task->size;
	return (error);
}

void
file_read(struct task *task)
{
	const struct node_kind *kind = task->file->kind;
	struct buf part = { 0 };
	int error = check(task);

	if (error == 0 && kind->text != NULL)
		error = read_text(task, &part);
	else if (error == 0 && (kind->flags & NODE_MEM) != 0)
		error = read_mem(task, &part);
	else if (error == 0 && kind->set != NO_REGISTERS)
		error = read_registers(task, &part);
	if (error != 0)
		task_reply_error(task, error);
	else
		task_reply_bytes(task, part.data, part.len);
	buf_free(&part);
}

static int
write_registers(struct task *task, size_t *written)
{
	struct file *f = task->file;

	if (task->offset != 0) {
		*written = 0;
		return (0);
	}
	return (registers_write(task, &f->process, f->kind->set, task->data, written));
}

void
file_write(struct task *task)
{
	const struct file *f = task->file;
	size_t written = task->size;
	int error = check(task);

	if (error == 0 && (f->kind->flags & NODE_MEM) != 0)
		error = mem_write(&f->process, task->offset, task->data, task->size);
	else if (error == 0 && (f->kind->flags & NODE_CTL) != 0)
		error = control_command(task, &f->process, task->data, task->size);
	else if (error == 0 && f->kind->set != NO_REGISTERS)
		error = write_registers(task, &written);
	else if (error == 0)
		error = EOPNOTSUPP; /* a note: FreeBSD has nowhere to deliver it either */
	if (error != 0)
		task_reply_error(task, error);
	else
		task_reply_written(task, written);
}

void
file_ioctl(struct task *task)
{
	struct file *f = task->file;

	if ((f->kind->flags & NODE_MEM) == 0)
		task_reply_error(task, ENOTTY);
	else
		stops_ioctl(task, &f->process, &f->stops);
}
