/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Debug registers of x86: four addresses, a status and a control register.  From: registers.md, 4.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "host/linux/linux.h"

#define SLOTS  4
#define STATUS 6
#define CONTROL 7
#define USER_END UINT64_C(0x800000000000) /* FreeBSD's end of user space, 64-bit */
#define UNDEFINED 2 /* an access that is none */

/* ---- what may be written ---- */

static int
check_slot(const struct dbreg *d, int i, bool is32)
{
	uint64_t control = d->dr[CONTROL];

	if (DBREG_DR7_ACCESS(control, i) == UNDEFINED)
		return (EINVAL);
	return (is32 && DBREG_DR7_LEN(control, i) == DBREG_DR7_LEN_8 ? EINVAL : 0);
}

static int
check_address(const struct dbreg *d, int i)
{
	uint64_t address = d->dr[i];

	return (DBREG_DR7_ENABLED(d->dr[CONTROL], i) && address >= USER_END ? EINVAL : 0);
}

bool
arch_dbreg_by_width(const struct dbreg *d)
{
	bool wide = sizeof(d->dr[0]) == 4;

	for (int i = 0; i < SLOTS; i++)
		wide |= DBREG_DR7_LEN(d->dr[CONTROL], i) == DBREG_DR7_LEN_8;
	return (wide);
}

int
arch_take_dbreg(const struct dbreg *from, bool is32, struct dbreg *to)
{
	if (sizeof(from->dr[0]) == 4 && !is32)
		return (EINVAL); /* of a 64-bit target: registers.md, 6 */
	for (int i = 0; i < SLOTS; i++)
		if (check_slot(from, i, is32) != 0)
			return (EINVAL);
	if (((uint64_t)from->dr[STATUS] | (uint64_t)from->dr[CONTROL]) >> 32 != 0)
		return (EINVAL);
	for (int i = 0; i < SLOTS; i++)
		if (check_address(from, i) != 0)
			return (EINVAL);
	memset(to, 0, sizeof(*to));
	memcpy(to->dr, from->dr, SLOTS * sizeof(to->dr[0]));
	to->dr[STATUS] = from->dr[STATUS];
	to->dr[CONTROL] = from->dr[CONTROL];
	return (0);
}

/* ---- what the kernel is told ---- */

/* Only slots that are enabled, and of those what makes them: it judges the others too, and bits it does not know. */
static unsigned long
control(const struct dbreg *d)
{
	unsigned long bits = 0;

	for (int i = 0; i < SLOTS; i++)
		if (DBREG_DR7_ENABLED(d->dr[CONTROL], i))
			bits |= (unsigned long)(d->dr[CONTROL] & DBREG_DR7_MASK(i));
	return (bits);
}

bool
arch_dbreg_armed(const struct dbreg *d)
{
	return (control(d) != 0);
}

static void *
offset(int n)
{
	return ((void *)(offsetof(struct user, u_debugreg) + (size_t)n * sizeof(long)));
}

static int
poke(struct linux_host *lh, const struct lwp *l, int n, unsigned long value)
{
	return ((int)-lwp_ptrace(lh, l, PTRACE_POKEUSER, offset(n), (void *)value));
}

/* It looks at an address together with its length: so off, the addresses, on. */
static int
load(struct linux_host *lh, const struct lwp *l, const struct dbreg *was, const struct dbreg *to)
{
	unsigned long on = control(to);
	int error = control(was) != 0 ? poke(lh, l, CONTROL, 0) : 0;

	for (int i = 0; i < SLOTS && error == 0; i++) {
		if (DBREG_DR7_ENABLED(to->dr[CONTROL], i))
			error = poke(lh, l, i, (unsigned long)to->dr[i]);
		else if (DBREG_DR7_ENABLED(was->dr[CONTROL], i))
			(void)poke(lh, l, i, 0); /* refused: it was not set either */
	}
	if (error == 0 && on == 0)
		error = poke(lh, l, STATUS, DBREG_DR6_RESERVED1);
	return (error == 0 && on != 0 ? poke(lh, l, CONTROL, on) : error);
}

/* Whatever it says, an alignment it wants or slots that others have, is EINVAL here. */
int
arch_load_dbreg(struct linux_host *lh, const struct lwp *l, const struct dbreg *was, const struct dbreg *to)
{
	int error = load(lh, l, was, to);

	if (error == 0 || error == ESRCH)
		return (error);
	(void)load(lh, l, to, was);
	return (EINVAL);
}

/* The kernel's status is that of the last trap alone; ours lasts until it is written. */
void
arch_note_dbreg(struct linux_host *lh, const struct lwp *l, struct dbreg *d)
{
	unsigned long status = 0;

	if (lwp_ptrace(lh, l, PTRACE_PEEKUSER, offset(STATUS), &status) == 0)
		d->dr[STATUS] |= (uint32_t)status & (DBREG_DR6_BMASK | DBREG_DR6_BS);
}
