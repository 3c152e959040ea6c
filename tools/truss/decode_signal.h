/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where a signal came from.
 */
#ifndef TRUSS_DECODE_SIGNAL_H
#define TRUSS_DECODE_SIGNAL_H

#include "view.h"

/* Members of a siginfo_t as items, of a process with words of that size; skip letters of each name are left out. */
void signal_origin(struct view *, const uint8_t *siginfo, unsigned word, size_t skip);

#endif
