/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The register sets of 32-bit code, for callers that are 32-bit code themselves.
 * From: doc/semantics/registers.md, 2 to 4.
 */
#ifndef BSDPROCFS_REGS32_H
#define BSDPROCFS_REGS32_H

#include <bsdptrace.h>

#if defined(__x86_64__)
void reg_to_32(const struct reg *, struct reg32 *);
void fpreg_to_32(const struct fpreg *, const struct reg *, struct fpreg32 *);
void dbreg_to_32(const struct dbreg *, struct dbreg32 *);

/* What the 32-bit set does not have stays. */
void reg_from_32(const struct reg32 *, struct reg *);
void fpreg_from_32(const struct fpreg32 *, struct fpreg *);
void dbreg_from_32(const struct dbreg32 *, struct dbreg *);
#endif

#endif
