/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The arguments and the outcome of a call.
 */
#ifndef TRUSS_CALL_SHOW_H
#define TRUSS_CALL_SHOW_H

#include "target.h"

/* The result is an error. */
bool call_failed(const struct frame *, int64_t ret);

/* Arguments from the first that was not shown yet; before the call has ended only up to the first that it writes. */
void call_show_args(struct view *, struct frame *);

/* What the call changed of the arguments that had been shown before it, until and without that number. */
void call_show_changed(struct view *, const struct frame *, unsigned until);

/* The result, or the error. */
void call_show_outcome(struct view *, const struct frame *);

#endif
