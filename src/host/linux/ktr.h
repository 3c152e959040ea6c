/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The text ring of BSDPTRACE_KTR: a file of lines of one length, mapped by each process that writes to it, in
 * which the newest line takes the place of the oldest.  Two lines of heading, of which the first counts the
 * lines written, all text; so it is read with cat or sort, also after the writers were killed.
 */
#ifndef HOST_LINUX_KTR_H
#define HOST_LINUX_KTR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define KTR_LINE 160 /* bytes, the newline included */

/* As the environment says; false: it asks for none, or the file cannot be had. */
bool ktr_ring_open(void);
/* Add a line: time, process, thread, then the text, at most KTR_LINE - KTR_PREFIX - 1 bytes. */
void ktr_ring_write(pid_t pid, pid_t tid, const char *text, size_t len);
#define KTR_PREFIX 36
/* In the child of a fork: a ring of its own, if its name says so. */
void ktr_ring_forked(void);

#endif
