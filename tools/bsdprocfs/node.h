/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The names there are.
 */
#ifndef BSDPROCFS_NODE_H
#define BSDPROCFS_NODE_H

#include <sys/stat.h>

#include "caller.h"
#include "registers.h"
#include "text.h"

enum {
	NODE_CTL = 1 << 0,	  /* takes commands */
	NODE_MEM = 1 << 1,	  /* memory, and ioctl */
	NODE_NOTE = 1 << 2,	  /* takes a note, and refuses it */
	NODE_OF_DEBUGGER = 1 << 3, /* there only for those who may debug the process */
	NODE_OF_PROGRAM = 1 << 4, /* not there for a process of the kernel's own */
};

struct node_kind {
	const char *name;
	mode_t mode;		   /* with its type */
	int flags;		   /* NODE_ */
	text_fill *text;	   /* of a text file */
	enum register_set set;	   /* of a register file */
};

struct node {
	const struct node_kind *kind;
	pid_t pid;	/* 0: the root, and links in it */
	uint64_t start; /* as in struct process */
};

extern const struct node_kind kind_root, kind_directory;

/* Below 2^63; see number.h. */
uint64_t node_number(const struct node *);
struct node node_of_number(uint64_t);

/* What st_ino says: small enough for programs that have 32 bits for it. */
ino_t node_inode(const struct node *);

/* The i-th name in the root or in the directory of a process; NULL after the last. */
const struct node_kind *node_in_root(size_t i);
const struct node_kind *node_in_directory(size_t i);

/*
 * Is it there for the caller?  *p is then its process, to be closed, or has pid 0 for the root's.
 * ESRCH: no.
 */
int node_open(const struct node *, const struct caller *, struct process *p);

/* A name in a directory.  ENOENT, ENOTDIR. */
int node_find(const struct node *directory, const char *name, const struct caller *, struct node *);

int node_attributes(const struct node *, const struct process *, struct stat *);

#endif
