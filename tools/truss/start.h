/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Beginning to follow: a command of our own, or processes that are there already.
 */
#ifndef TRUSS_START_H
#define TRUSS_START_H

#include "follow.h"

/* Starts the command, and stops it at its first instruction.  Exits with a message if it cannot be run. */
void start_command(const struct options *, struct command *);

/* Attaches to every -p.  Exits with a message if one cannot be; those attached before it go on unharmed. */
void start_attach(const struct options *);

#endif
