/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which calls -t lets through.
 */
#ifndef TRUSS_FILTER_H
#define TRUSS_FILTER_H

#include <stdbool.h>

struct filter;

/* Above every number that a header gives to a call.  What is not below it is treated alike. */
#define FILTER_KNOWN 1024

/* Adds "call,call,..." or "!call,..." to a filter (NULL: a new one).  Exits with a message for a name no call has. */
struct filter *filter_add(struct filter *, const char *list);
void filter_free(struct filter *);

/* NULL lets everything through. */
bool filter_passes(const struct filter *, unsigned abi, unsigned number);

#endif
