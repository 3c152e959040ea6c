/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a directory holds, as it was when it was opened.
 */
#ifndef BSDPROCFS_LISTING_H
#define BSDPROCFS_LISTING_H

#include "libfuse.h"
#include "node.h"

struct listing;

/* ENOMEM, and the errors of open(2). */
int listing_make(const struct node *directory, const struct caller *, struct listing **);
void listing_free(struct listing *);

/* Entries from the one numbered offset, as many as fit; returns how many bytes they take. */
size_t listing_fill(const struct listing *, fuse_req_t, size_t offset, char *to, size_t room);

#endif
