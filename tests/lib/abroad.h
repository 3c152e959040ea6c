/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A puppet that is no fork of the test but another program: the same test, built for the other width of the
 * machine, in -DPUPPET_ABROAD="DIR" under the same name.  A part is then what has its name there, and what is on the
 * stage has the same place in both.  Without PUPPET_ABROAD there is none of this.
 */
#ifndef TESTS_ABROAD_H
#define TESTS_ABROAD_H

#include "puppet.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef PUPPET_ABROAD

/* The stage: in a puppet the test's, else a new one. */
void *abroad_stage(int argc, char **argv, size_t size);
/* What a puppet does (puppet.c), instead of what a test program does. */
void abroad_play(const int *wires, bool traced);
/* The other program. */
const char *abroad_program(void);
/* Does the other program exist?  Else the test is skipped. */
void abroad_needed(void);
/* In the child: become the other program. */
void abroad_exec(const int *wires, bool traced);
/* The address in the other program of the function of the same name. */
uint64_t abroad_address(part *);

#else

#define abroad_needed() ((void)0)
#define abroad_exec(wires, traced) ((void)0)
#define abroad_address(fn) ((uintptr_t)(fn))

#endif

#endif
