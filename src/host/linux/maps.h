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
	struct kept t_file; /* /proc/PID/task/TID/maps */
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

/* ---- maps.c ---- */

struct vmap {
	struct maptext v_text;
	pid_t v_tid; /* the thread whose file it is */
	int v_generation;
	bool v_told;	 /* somebody knows the generation */
	bool v_current;	 /* the process has not run since the list was looked at */
	bool v_complete; /* the list is the whole map */
	bool v_suspect;	 /* other processes may share the memory */
	bool v_shared;	 /* they do */
	struct mapping *v_list; /* owned */
	size_t v_n, v_room;
	size_t v_next;	  /* the entry behind the one given last */
	uint64_t v_addr;  /* where that begins, or before */
	unsigned v_steps; /* entries given in order */
	uint64_t v_low, v_high; /* where map_reach() found memory last */
	char *v_name;	  /* owned */
	size_t v_nameroom;
};

bool mapping_same(const struct mapping *, const struct mapping *);
struct vmap *vmap_get(struct linux_host *, struct lxproc *); /* NULL: no memory */
/* ESRCH: the thread is gone, or goes. */
int vmap_alive(struct linux_host *, pid_t tid);
/* Make the list current, as far as it goes.  again: even if it is, where others may have changed the map. */
int vmap_look(struct linux_host *, struct vmap *, const struct lwp *, bool again);
/* Read the whole map into the list; the text, if kept, stands at its beginning.  changed: it was another. */
int vmap_scan(struct linux_host *, struct vmap *, bool keep, bool *changed);
/* The same, if the list is not the whole map yet. */
int vmap_complete(struct linux_host *, struct vmap *);
/* Its file was closed by the program: to be looked at again. */
bool vmap_lost(struct vmap *);
/* Somebody else has changed it under us. */
int vmap_start_over(struct linux_host *, struct vmap *);
int vmap_put(struct vmap *, size_t i, const struct mapping *); /* into the list.  ENOMEM */
/* What the kernel has at addr or, next, behind it; name: into v_name, of NAME_ROOM bytes.
   ENOENT; ENAMETOOLONG the name; ESRCH ENOMEM */
int vmap_query(struct vmap *, uint64_t addr, bool next, bool name, struct mapping *);

/* ---- mapname.c ---- */

#define NAME_ROOM 4096

/* What a mapping's name, as the query has it, says of its file; *path is part of name, or NULL. */
bool mapname_file(const struct mapping *, char *name, const char **path);
/* A name with \012 in it, which is what the text writes for a newline. */
void mapname_unescape(const struct mapping *, char *name);

#endif
