/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How many arguments each system call takes, by number: generated from calls.def (gen_calls.py --narg).
 * A machine has only the tables of the ABIs it runs.  A number that no call has is listed with six.
 */
#ifndef NARG_H
#define NARG_H

extern const unsigned char x86_64_narg[];
extern const unsigned x86_64_narg_count;
extern const unsigned char i386_narg[];
extern const unsigned i386_narg_count;
extern const unsigned char aarch64_narg[];
extern const unsigned aarch64_narg_count;

#endif
