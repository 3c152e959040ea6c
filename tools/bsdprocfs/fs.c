/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file system: FUSE's operations.  Nothing is cached, neither names nor attributes: both go with the processes.
 * What may take long is handed to a task.
 */
#include "fs.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "listing.h"
#include "number.h"

static struct caller
caller_of(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return ((struct caller){ ctx->pid, ctx->uid, ctx->gid });
}

/* What is not there any more has no name either. */
static void
reply_error(fuse_req_t req, int error)
{
	fuse_reply_err(req, error == ESRCH ? ENOENT : error);
}

static int
open_number(fuse_req_t req, fuse_ino_t ino, struct node *node, struct process *p)
{
	struct caller caller = caller_of(req);

	*node = number_find(ino);
	return (node_open(node, &caller, p));
}

static void
fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { 0 };
	struct caller caller = caller_of(req);
	struct node directory = number_find(parent), node;
	struct process p = { .dir = -1 };
	int error = node_find(&directory, name, &caller, &node);

	if (error == 0 && (error = node_open(&node, &caller, &p)) == 0)
		error = node_attributes(&node, &p, &entry.attr);
	process_close(&p);
	if (error != 0) {
		reply_error(req, error);
		return;
	}
	if ((entry.ino = number_give(&node)) == 0)
		fuse_reply_err(req, ENOMEM);
	else if (fuse_reply_entry(req, &entry) != 0)
		number_forget(entry.ino);
}

static void
fs_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	number_forget(ino);
	fuse_reply_none(req);
}

static void
fs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct process p = { .dir = -1 };
	struct node node;
	struct stat st;
	int error = open_number(req, ino, &node, &p);

	if (error == 0)
		error = node_attributes(&node, &p, &st);
	process_close(&p);
	if (error != 0)
		reply_error(req, error);
	else
		fuse_reply_attr(req, &st, 0);
}

/* A shell truncates what it writes to; anything else is as it is. */
static void
fs_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what, struct fuse_file_info *info)
{
	if ((what & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0 ||
	    ((what & FUSE_SET_ATTR_SIZE) == 0 &&
		(what & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) != 0))
		fuse_reply_err(req, EOPNOTSUPP);
	else
		fs_getattr(req, ino, info);
}

static void
fs_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct caller caller = caller_of(req);
	struct buf target = { 0 };
	struct process p;
	struct node node;
	int error = open_number(req, ino, &node, &p);

	if (error == 0 && node.pid != 0)
		error = text_file(&p, &target);
	else if (error == 0)
		buf_printf(&target, "%d%c", caller_pid(&caller), '\0');
	process_close(&p);
	if (error != 0)
		reply_error(req, error);
	else
		fuse_reply_readlink(req, target.data);
	buf_free(&target);
}

static void
fs_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct caller caller = caller_of(req);
	struct listing *listing = NULL;
	struct process p;
	struct node node;
	int error = open_number(req, ino, &node, &p);

	if (error == 0)
		error = listing_make(&node, &caller, &listing);
	process_close(&p);
	if (error != 0) {
		reply_error(req, error);
		return;
	}
	info->fh = (uintptr_t)listing;
	if (fuse_reply_open(req, info) != 0)
		listing_free(listing);
}

static void
fs_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
	const struct listing *listing = (const struct listing *)(uintptr_t)info->fh;
	char *entries = malloc(size);

	if (entries == NULL)
		fuse_reply_err(req, ENOMEM);
	else
		fuse_reply_buf(req, entries, listing_fill(listing, req, (size_t)offset, entries, size));
	free(entries);
}

static void
fs_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	listing_free((struct listing *)(uintptr_t)info->fh);
	fuse_reply_err(req, 0);
}

static void
fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct file *file = NULL;
	struct process p;
	struct node node;
	int error = open_number(req, ino, &node, &p);

	if (error == 0 && (error = file_open(&node, &p, info->flags, &file)) != 0)
		process_close(&p);
	if (error != 0) {
		reply_error(req, error);
		return;
	}
	info->fh = (uintptr_t)file;
	info->direct_io = 1; /* the kernel believes no size */
	if (fuse_reply_open(req, info) != 0)
		file_close(file); /* the caller has gone, and will not release it */
}

static void
fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	file_close((struct file *)(uintptr_t)info->fh);
	fuse_reply_err(req, 0);
}

static void
start(fuse_req_t req, struct fuse_file_info *info, struct task *task, void (*run)(struct task *))
{
	task->req = req;
	task->caller = caller_of(req);
	task->file = (struct file *)(uintptr_t)info->fh;
	task->run = run;
	task_start(task);
}

static void
fs_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct task task = { .offset = (uint64_t)offset, .size = size };

	start(req, info, &task, file_read);
}

static void
fs_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct task task = { .offset = (uint64_t)offset, .size = size, .data = malloc(size + 1) };

	if (task.data == NULL) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	memcpy(task.data, data, size);
	task.data[size] = '\0';
	start(req, info, &task, file_write);
}

static void
fs_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void *argument, struct fuse_file_info *info,
    unsigned flags, const void *in, size_t in_size, size_t out_size)
{
	struct task task = { .command = command, .argument = (uintptr_t)argument };

	if ((flags & FUSE_IOCTL_DIR) != 0)
		fuse_reply_err(req, ENOTTY);
	else
		start(req, info, &task, file_ioctl);
}

/* As in pseudofs a name can be made where there is one already, and nothing else be changed. */
static void
fs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info)
{
	fuse_reply_err(req, ENOENT);
}

static void
fs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

static void
fs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

static void
fs_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

static void
fs_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

static void
fs_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

static void
fs_rename(
    fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to, const char *new_name, unsigned flags)
{
	fuse_reply_err(req, EOPNOTSUPP);
}

const struct fuse_lowlevel_ops fs_operations = {
	.lookup = fs_lookup,
	.forget = fs_forget,
	.getattr = fs_getattr,
	.setattr = fs_setattr,
	.readlink = fs_readlink,
	.opendir = fs_opendir,
	.readdir = fs_readdir,
	.releasedir = fs_releasedir,
	.open = fs_open,
	.release = fs_release,
	.read = fs_read,
	.write = fs_write,
	.ioctl = fs_ioctl,
	.create = fs_create,
	.mknod = fs_mknod,
	.mkdir = fs_mkdir,
	.unlink = fs_remove,
	.rmdir = fs_remove,
	.symlink = fs_symlink,
	.link = fs_link,
	.rename = fs_rename,
};
