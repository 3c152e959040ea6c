/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map of a traced process, between the files that know it.
 */
#ifndef HOST_LINUX_MAPS_H
#define HOST_LINUX_MAPS_H

#include "host/linux/linux.h"

/* m_mode; the first three are pve_prot's */
#define MM_READ	  0x1u
#define MM_WRITE  0x2u
#define MM_EXEC	  0x4u
#define MM_SHARED 0x8u

/* What makes the map what it is; a file's name is not part of that. */
struct mapping {
	uint64_t m_start, m_end;
	uint64_t m_offset;
	uint64_t m_inode;
	uint64_t m_dev;
	unsigned m_mode;
	size_t m_line; /* of the text that is kept whole: where it begins */
};

/* ---- maptext.c ---- */

struct maptext {
	int t_fd;	/* /proc/PID/task/TID/maps, or -1; owned */
	char *t_text;	/* owned; all of it, or what was read last */
	size_t t_room, t_len;
	size_t t_at;	/* where the next line begins */
	size_t t_index; /* which that is */
	bool t_whole;	/* all that was read is kept */
	bool t_placed;	/* t_at and t_index count */
};

struct mapline {
	struct mapping ml_map;
	const char *ml_name; /* in the text, not terminated */
	size_t ml_length;
};

int maptext_open(struct maptext *, const char *path); /* ESRCH EPERM ENOMEM */
void maptext_close(struct maptext *);
void maptext_drop(struct maptext *);   /* what was read */
int maptext_rewind(struct maptext *);  /* ESRCH */
/* The next line.  ENOENT: there is none, or the process is gone.  ESRCH ENOMEM */
int maptext_next(struct maptext *, struct mapline *);

/* ---- mapname.c ---- */

/* What a mapping's name, as the query has it, says of its file; *path is part of name, or NULL. */
bool mapname_file(const struct mapping *, char *name, const char **path);
/* A name with \012 in it, which is what the text writes for a newline. */
void mapname_unescape(const struct mapping *, char *name);

#endif
