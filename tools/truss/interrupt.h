/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals to truss itself that ask it to end.
 */
#ifndef TRUSS_INTERRUPT_H
#define TRUSS_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * From now on they interrupt waits in place of killing us.  With a command, what was ignored when we began stays so,
 * since the command inherits it; without one only SIGHUP does: a shell ignores the others in the background.
 */
void interrupt_catch(bool command);

/* The signal that came since the last call, or 0.  With a command of our own the terminal's are its, not ours. */
int interrupt_take(pid_t command);

#endif
