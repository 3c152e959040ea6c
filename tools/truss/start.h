/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Beginning to follow: a command of our own, or processes that are there already.
 */
#ifndef TRUSS_START_H
#define TRUSS_START_H

#include "options.h"

/* Starts the command, and stops it at its first instruction.  Exits with a message if it cannot be run. */
pid_t start_command(const struct options *);

/* Attaches to every -p.  Exits with a message if one cannot be; those attached before it go on unharmed. */
void start_attach(const struct options *);

#endif
