/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef BASE_INLINE_H
#define BASE_INLINE_H

/*
 * A function between the caller and the system call of a request.  The kernel makes returns of its own, so that the
 * processor mispredicts those behind it: each frame that is returned from then costs 8 ns.
 */
#define ON_THE_WAY static inline __attribute__((always_inline))

#endif
