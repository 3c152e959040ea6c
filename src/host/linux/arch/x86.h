/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of x86 share.
 */
#ifndef HOST_LINUX_ARCH_X86_H
#define HOST_LINUX_ARCH_X86_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

#define FXSAVE_SIZE	512
#define FXSAVE_STACK	32  /* eight registers, 10 bytes of 16 each */
#define FXSAVE_UNUSED	416

#define FXSAVE_MXCSR_MASK 28

/* What the processor has of MXCSR, as an image that the kernel gave says. */
static inline uint32_t
x86_mxcsr_mask(const void *image)
{
	uint32_t mask;

	memcpy(&mask, (const unsigned char *)image + FXSAVE_MXCSR_MASK, sizeof(mask));
	return (mask);
}

/*
 * An FXSAVE image as a thread may be given it: what means nothing is 0, and what the processor lacks is cut off.  Of
 * what now holds only the mask of MXCSR stays, which must be there.
 */
static inline void
x86_lay_fxsave(unsigned char *now, const void *from)
{
	enum { TAG_END = 5, MXCSR = 24, MXCSR_MASK = FXSAVE_MXCSR_MASK };
	uint32_t mask = x86_mxcsr_mask(now), mxcsr;

	memcpy(now, from, FXSAVE_UNUSED);
	memset(now + FXSAVE_UNUSED, 0, FXSAVE_SIZE - FXSAVE_UNUSED);
	now[TAG_END] = 0;
	for (size_t i = 0; i < 8; i++)
		memset(now + FXSAVE_STACK + i * 16 + 10, 0, 6);
	memcpy(&mxcsr, now + MXCSR, sizeof(mxcsr));
	mxcsr &= mask;
	memcpy(now + MXCSR, &mxcsr, sizeof(mxcsr));
	memcpy(now + MXCSR_MASK, &mask, sizeof(mask));
}

struct linux_host;
struct lwp;
struct xmmreg;

/* Of a 32-bit tracer, any target's.  ESRCH */
int x86_get_xmmregs(struct linux_host *, const struct lwp *, struct xmmreg *);
int x86_set_xmmregs(struct linux_host *, const struct lwp *, const struct xmmreg *);

#endif
