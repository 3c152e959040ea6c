/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the program of a process says of itself.
 */
#ifndef BSDPROCFS_PROGRAM_H
#define BSDPROCFS_PROGRAM_H

/* 32 or 64; 0: not known.  dir is an open /proc/PID. */
int program_class(int dir);

/*
 * The system it was made for, from its note of that: for Linux 3.2.1 3002001, the number that FreeBSD's
 * emulation of Linux makes of it.  0: no note.
 */
int program_osrel(int dir);

#endif
