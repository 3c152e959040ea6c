/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the library knows of each system call, by number: generated from calls.def (gen_calls.py --narg).
 * A machine has only the tables of the ABIs it runs.
 */
#ifndef NARG_H
#define NARG_H

/* How many arguments it takes.  A number that no call has is listed with six. */
extern const unsigned char x86_64_narg[];
extern const unsigned x86_64_narg_count;
extern const unsigned char i386_narg[];
extern const unsigned i386_narg_count;
extern const unsigned char aarch64_narg[];
extern const unsigned aarch64_narg_count;

/* Is it calm?  enum calm of src/host/linux/arch.h, as many as above. */
extern const unsigned char x86_64_calm[];
extern const unsigned char i386_calm[];
extern const unsigned char aarch64_calm[];

#endif
