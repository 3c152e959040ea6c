/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The names there are.
 */
#include "node.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOT_NUMBER 1 /* FUSE's */
#define KIND_BITS 5
#define PID_BITS 22 /* the host's greatest */
#define START_BITS 36 /* 21 years of clock ticks */
#define DEBUGGERS (NODE_OF_DEBUGGER | NODE_OF_PROGRAM)

const struct node_kind kind_root = { "", S_IFDIR | 0555, 0, NULL, NO_REGISTERS };
const struct node_kind kind_directory = { "pid", S_IFDIR | 0555, 0, NULL, NO_REGISTERS };

static const struct node_kind root_names[] = {
	{ "curproc", S_IFLNK | 0444, 0, NULL, NO_REGISTERS },
	{ "self", S_IFLNK | 0444, 0, NULL, NO_REGISTERS },
};

static const struct node_kind names[] = {
	{ "cmdline", S_IFREG | 0444, 0, text_cmdline, NO_REGISTERS },
	{ "ctl", S_IFREG | 0200, NODE_CTL, NULL, NO_REGISTERS },
	{ "dbregs", S_IFREG | 0600, DEBUGGERS, NULL, DEBUG_REGISTERS },
	{ "etype", S_IFREG | 0444, 0, text_etype, NO_REGISTERS },
	{ "file", S_IFLNK | 0444, NODE_OF_PROGRAM, NULL, NO_REGISTERS },
	{ "fpregs", S_IFREG | 0600, DEBUGGERS, NULL, FLOATING_REGISTERS },
	{ "map", S_IFREG | 0444, NODE_OF_PROGRAM, text_map, NO_REGISTERS },
	{ "mem", S_IFREG | 0600, DEBUGGERS | NODE_MEM, NULL, NO_REGISTERS },
	{ "note", S_IFREG | 0200, DEBUGGERS | NODE_NOTE, NULL, NO_REGISTERS },
	{ "notepg", S_IFREG | 0200, DEBUGGERS | NODE_NOTE, NULL, NO_REGISTERS },
	{ "osrel", S_IFREG | 0444, 0, text_osrel, NO_REGISTERS },
	{ "regs", S_IFREG | 0600, DEBUGGERS, NULL, GENERAL_REGISTERS },
	{ "rlimit", S_IFREG | 0444, 0, text_rlimit, NO_REGISTERS },
	{ "status", S_IFREG | 0444, 0, text_status, NO_REGISTERS },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct node_kind *
node_in_root(size_t i)
{
	return (i < COUNT(root_names) ? &root_names[i] : NULL);
}

const struct node_kind *
node_in_directory(size_t i)
{
	return (i < COUNT(names) ? &names[i] : NULL);
}

static bool
is_directory(const struct node *n)
{
	return (S_ISDIR(n->kind->mode));
}

/* From 0 for a directory; then the names in order. */
static uint64_t
kind_number(const struct node *n)
{
	if (is_directory(n))
		return (0);
	return ((uint64_t)(n->pid == 0 ? n->kind - root_names : n->kind - names) + 1);
}

/* The root's names have the numbers behind its own, for which no process leaves room. */
uint64_t
node_number(const struct node *n)
{
	if (n->pid == 0)
		return (ROOT_NUMBER + kind_number(n));
	return ((n->start & ((UINT64_C(1) << START_BITS) - 1)) << (PID_BITS + KIND_BITS) |
	    (uint64_t)n->pid << KIND_BITS | kind_number(n));
}

ino_t
node_inode(const struct node *n)
{
	return (n->pid == 0 ? node_number(n) : (uint64_t)n->pid << KIND_BITS | kind_number(n));
}

struct node
node_of_number(uint64_t number)
{
	struct node n = { .start = number >> (PID_BITS + KIND_BITS) };
	uint64_t kind = number & ((1 << KIND_BITS) - 1);

	n.pid = (pid_t)(number >> KIND_BITS & ((1 << PID_BITS) - 1));
	if (n.pid == 0)
		n.kind = kind <= ROOT_NUMBER ? &kind_root : node_in_root(kind - ROOT_NUMBER - 1);
	else
		n.kind = kind == 0 ? &kind_directory : node_in_directory(kind - 1);
	return (n);
}

static int
is_there(const struct node *n, const struct caller *caller, const struct process *p)
{
	struct process_stat st;
	int error = caller_may_see(caller, p);

	if (error == 0 && (n->kind->flags & NODE_OF_PROGRAM) != 0 &&
	    ((error = process_stat(p, &st)) != 0 || process_is_system(&st)))
		error = ESRCH;
	if (error == 0 && (n->kind->flags & NODE_OF_DEBUGGER) != 0 && caller_may_debug(caller, p) != 0)
		error = ESRCH;
	return (error);
}

int
node_open(const struct node *n, const struct caller *caller, struct process *p)
{
	int error;

	*p = (struct process){ .dir = -1 };
	if (n->kind == NULL)
		return (ESRCH);
	if (n->pid == 0)
		return (0);
	if ((error = process_open(p, n->pid, n->start)) == 0 && (error = is_there(n, caller, p)) != 0)
		process_close(p);
	return (error);
}

/* A process id as one writes it, or 0. */
static pid_t
number(const char *name)
{
	size_t len = strspn(name, "0123456789");

	return (len == 0 || len > 7 || name[len] != '\0' || name[0] == '0' ? 0 : (pid_t)atol(name));
}

static int
find_process(const char *name, struct node *n)
{
	pid_t pid = number(name);
	struct process p;

	if (pid == 0 || process_open(&p, pid, 0) != 0)
		return (ENOENT);
	*n = (struct node){ &kind_directory, pid, p.start };
	process_close(&p);
	return (0);
}

int
node_find(const struct node *directory, const char *name, const struct caller *caller, struct node *n)
{
	const struct node_kind *kind = NULL;
	bool root = directory->pid == 0;
	struct process p;

	if (directory->kind == NULL || !is_directory(directory))
		return (ENOTDIR);
	for (size_t i = 0; (kind = root ? node_in_root(i) : node_in_directory(i)) != NULL; i++)
		if (strcmp(kind->name, name) == 0)
			break;
	if (kind != NULL)
		*n = (struct node){ kind, directory->pid, directory->start };
	else if (!root || find_process(name, n) != 0)
		return (ENOENT);
	if (node_open(n, caller, &p) != 0)
		return (ENOENT);
	process_close(&p);
	return (0);
}

/* Whoever changed its ids is no longer its user's: all files but the directory are root's alone. */
int
node_attributes(const struct node *n, const struct process *p, struct stat *st)
{
	struct process_creds creds = { 0 };
	int error = n->pid == 0 ? 0 : process_creds(p, &creds);

	*st = (struct stat){ .st_ino = node_inode(n), .st_mode = n->kind->mode, .st_blksize = 4096 };
	st->st_nlink = 1;
	clock_gettime(CLOCK_REALTIME, &st->st_mtim);
	st->st_atim = st->st_ctim = st->st_mtim;
	if (n->pid != 0) {
		st->st_uid = creds.uid[1];
		st->st_gid = creds.gid[1];
		if (creds.changed_ids && S_ISREG(st->st_mode))
			st->st_mode = S_IFREG;
	}
	process_creds_free(&creds);
	return (error);
}
