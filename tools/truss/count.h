/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How often each call was made, how long it took, how often it failed.
 */
#ifndef TRUSS_COUNT_H
#define TRUSS_COUNT_H

#include "target.h"

void count_call(const struct frame *, bool failed, const struct timespec *ended);
void count_print(struct buf *, bool json);

#endif
