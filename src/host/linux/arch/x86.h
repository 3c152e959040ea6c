/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of x86 share.
 */
#ifndef HOST_LINUX_ARCH_X86_H
#define HOST_LINUX_ARCH_X86_H

#include <stdbool.h>
#include <stdint.h>

#define EFLAGS_TF	 0x100u
#define EFLAGS_WRITEABLE 0x00254dd5u /* what a tracer may change: registers.md, 1 */
#define SELECTOR_RPL	 3

/* May flags and code selector be written over what the thread has?  now: its flags, the tracer's step among them. */
static inline bool
x86_may_write(uint32_t now, uint32_t flags, uint64_t cs)
{
	return (((flags ^ now) & ~EFLAGS_WRITEABLE) == 0 && (cs & SELECTOR_RPL) == SELECTOR_RPL);
}

/* Is the flag to be the tracer's step, or the thread's own? */
static inline uint64_t
x86_take_trap_flag(uint64_t now, uint64_t flags, bool *step)
{
	bool wanted = (flags & EFLAGS_TF) != 0;

	if (*step && wanted)
		return ((flags & ~(uint64_t)EFLAGS_TF) | (now & EFLAGS_TF));
	*step = false;
	return (flags);
}

struct linux_host;
struct lwp;
struct xmmreg;

/* Of a 32-bit tracer, any target's.  ESRCH */
int x86_get_xmmregs(struct linux_host *, const struct lwp *, struct xmmreg *);
int x86_set_xmmregs(struct linux_host *, const struct lwp *, const struct xmmreg *);

#endif
