/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Letting go of all processes, wherever they are.
 */
#ifndef TRUSS_DETACH_H
#define TRUSS_DETACH_H

#include "follow.h"

/* Leaves every process running as if it had never been followed.  Notes the command's end if it comes meanwhile. */
void detach_all(const struct options *, struct command *);

#endif
