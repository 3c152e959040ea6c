/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests that only x86 has: extended state and segment bases.  From: registers.md, 7; decisions.md, 10.
 */
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "host/linux/arch/x86.h"
#include "host/linux/linux.h"

/* Old numbers of a form that had no legacy part. */
#define OLD_GET 66
#define OLD_SET 67

/* ---- extended state: the processor's XSAVE area, in its standard form ---- */

#define KERNEL_MASK	464
#define HEADER		512 /* xstate_bv first, else 0 */
#define HEADER_END	576
#define FIRST_EXTENDED	2   /* components 0 and 1 are the legacy part */
#define COMPONENTS	63
#define XSAVE_LEAF	0xd

static int
get_area(struct linux_host *lh, const struct lwp *l, void *area, size_t *len)
{
	struct iovec iov = {.iov_base = area, .iov_len = *len};
	long error = lwp_ptrace(lh, l, PTRACE_GETREGSET, (void *)NT_X86_XSTATE, &iov);

	*len = iov.iov_len;
	return ((int)-error);
}

static uint64_t
word(const unsigned char *area, size_t at)
{
	uint64_t value;

	memcpy(&value, area + at, sizeof(value));
	return (value);
}

/* A buffer that comes back full may have been too small. */
static int
measure(struct linux_host *lh, const struct lwp *l)
{
	unsigned char *area = NULL, *more;
	size_t room = 8192, len = room;
	int error = 0;

	while (len == room && error == 0) {
		len = room *= 2;
		if ((more = realloc(area, room)) == NULL) {
			free(area);
			return (ENOMEM);
		}
		area = more;
		error = get_area(lh, l, area, &len);
	}
	if (error == ENODEV || error == EINVAL || error == EIO || (error == 0 && len < HEADER_END)) {
		lh->lh_xlen = NO_XSTATE;
		error = 0;
	} else if (error == 0) {
		lh->lh_xlen = len;
		lh->lh_xmask = word(area, KERNEL_MASK);
		lh->lh_mxcsr = x86_mxcsr_mask(area);
	}
	free(area);
	return (error);
}

/* EOPNOTSUPP: there is none. */
static int
find_xstate(struct linux_host *lh, const struct lwp *l)
{
	int error = 0;

	if (lh->lh_xlen == 0)
		error = measure(lh, l);
	return (error == 0 && lh->lh_xlen == NO_XSTATE ? EOPNOTSUPP : error);
}

/* What the kernel leaves out of the header it has filled in all the same. */
static int
get_xstate(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	unsigned char *area = arg;
	size_t len = lh->lh_xlen;
	int error;

	(void)in;
	if ((error = get_area(lh, l, area, &len)) != 0)
		return (error);
	memset(area + len, 0, lh->lh_xlen - len);
	memset(area + FXSAVE_UNUSED, 0, FXSAVE_SIZE - FXSAVE_UNUSED); /* where the kernel says KERNEL_MASK */
	memset(area + HEADER, 0, HEADER_END - HEADER);
	memcpy(area + HEADER, &lh->lh_xmask, sizeof(lh->lh_xmask));
	return (0);
}

static bool
all_zero(const unsigned char *at, size_t len)
{
	while (len > 0 && *at == 0)
		at++, len--;
	return (len == 0);
}

/*
 * Components that a thread must ask for before it may use them: that one has them reset is all it may be told.
 * All zero is what reset means for those beyond the legacy part.
 */
static uint64_t
without_reset(const unsigned char *area, size_t len, uint64_t components)
{
	unsigned size, at, c, d;

	for (unsigned i = FIRST_EXTENDED; i < COMPONENTS; i++)
		if ((components >> i & 1) != 0 && __get_cpuid_count(XSAVE_LEAF, i, &size, &at, &c, &d) != 0 &&
		    size != 0 && at >= HEADER_END && size <= len && at <= len - size && all_zero(area + at, size))
			components &= ~((uint64_t)1 << i);
	return (components);
}

/* What is written over what is there, as the kernel wants it. */
static void
lay_over(struct linux_host *lh, unsigned char *area, const unsigned char *from, size_t len)
{
	uint64_t components = word(from, HEADER) | 3;

	x86_lay_fxsave(area, from);
	memcpy(area + HEADER_END, from + HEADER_END, len - HEADER_END);
	memset(area + HEADER, 0, HEADER_END - HEADER);
	components = without_reset(area, lh->lh_xlen, components);
	memcpy(area + HEADER, &components, sizeof(components));
}

/* What is not written stays; of a whole area only the mask of MXCSR does, which is the processor's. */
static int
area_before(struct linux_host *lh, const struct lwp *l, unsigned char *area, size_t in)
{
	size_t len = lh->lh_xlen;

	if (in < len || lh->lh_mxcsr == 0)
		return (get_area(lh, l, area, &len));
	memcpy(area + FXSAVE_MXCSR_MASK, &lh->lh_mxcsr, sizeof(lh->lh_mxcsr));
	return (0);
}

static int
set_xstate(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	struct iovec iov = {.iov_len = lh->lh_xlen};
	unsigned char *area;
	size_t len = lh->lh_xlen;
	int error;

	if (in < HEADER_END || (word(arg, HEADER) & ~lh->lh_xmask) != 0)
		return (EINVAL);
	if ((area = calloc(1, len)) == NULL)
		return (ENOMEM);
	iov.iov_base = area;
	if ((error = area_before(lh, l, area, in)) == 0) {
		lay_over(lh, area, arg, in);
		error = (int)-lwp_ptrace(lh, l, PTRACE_SETREGSET, (void *)NT_X86_XSTATE, &iov);
	}
	free(area);
	return (error);
}

static int
get_xstate_info(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	struct ptrace_xstate_info info;

	(void)in;
	memset(&info, 0, sizeof(info));
	info.xsave_mask = lh->lh_xmask;
	info.xsave_len = (uint32_t)lh->lh_xlen;
	memcpy(arg, &info, sizeof(info));
	return (lx_alive_of_late(&lh->lh_host, l->l_tid));
}

static int
size_xstate_info(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	int error = find_xstate(lh, l);

	(void)in;
	*out = sizeof(struct ptrace_xstate_info);
	return (error != 0 ? error : data != (int)*out ? EINVAL : 0);
}

static int
size_get_xstate(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	int error = find_xstate(lh, l);

	(void)data;
	(void)in;
	*out = lh->lh_xlen;
	return (error);
}

static int
size_set_xstate(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	int error = find_xstate(lh, l);

	(void)out;
	*in = (size_t)data;
	return (error != 0 ? error : data < FXSAVE_SIZE || (size_t)data > lh->lh_xlen ? EINVAL : 0);
}

/* From: decisions.md, 10. */
static int
size_old(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	int error = find_xstate(lh, l);

	(void)data;
	(void)in;
	(void)out;
	return (error != 0 ? error : EINVAL);
}

/* ---- segment bases ---- */

static int
get_base(struct linux_host *lh, const struct lwp *l, void *arg, bool gs)
{
	uint64_t value;
	unsigned long base;
	int error;

	if ((error = arch_get_base(lh, l, gs, &value)) != 0)
		return (error);
	base = (unsigned long)value;
	memcpy(arg, &base, sizeof(base));
	return (0);
}

static int
set_base(struct linux_host *lh, const struct lwp *l, const void *arg, bool gs)
{
	unsigned long base;

	memcpy(&base, arg, sizeof(base));
	return (arch_set_base(lh, l, gs, base));
}

static int
get_fsbase(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (get_base(lh, l, arg, false));
}

static int
get_gsbase(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (get_base(lh, l, arg, true));
}

static int
set_fsbase(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (set_base(lh, l, arg, false));
}

static int
set_gsbase(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (set_base(lh, l, arg, true));
}

static int
size_get_base(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	(void)lh;
	(void)l;
	(void)data;
	(void)in;
	*out = sizeof(unsigned long);
	return (0);
}

static int
size_set_base(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	(void)lh;
	(void)l;
	(void)data;
	(void)out;
	*in = sizeof(unsigned long);
	return (0);
}

/* ---- SSE registers of a 32-bit tracer's; the numbers are old ones of XSTATE requests elsewhere ---- */

#if defined(__i386__)

static int
size_get_xmmregs(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	(void)lh;
	(void)l;
	(void)data;
	(void)in;
	*out = sizeof(struct xmmreg);
	return (0);
}

static int
size_set_xmmregs(struct linux_host *lh, const struct lwp *l, int data, size_t *in, size_t *out)
{
	(void)lh;
	(void)l;
	(void)data;
	(void)out;
	*in = sizeof(struct xmmreg);
	return (0);
}

static int
get_xmmregs(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (x86_get_xmmregs(lh, l, arg));
}

static int
set_xmmregs(struct linux_host *lh, const struct lwp *l, void *arg, size_t in)
{
	(void)in;
	return (x86_set_xmmregs(lh, l, arg));
}

#else

#define size_get_xmmregs size_old
#define size_set_xmmregs size_old
#define get_xmmregs	 NULL
#define set_xmmregs	 NULL

#endif

/* ---- the requests ---- */

static const struct machine_request {
	int mr_number;
	int (*mr_size)(struct linux_host *, const struct lwp *, int data, size_t *in, size_t *out);
	int (*mr_make)(struct linux_host *, const struct lwp *, void *arg, size_t in);
} requests[] = {
	{PT_GETXMMREGS, size_get_xmmregs, get_xmmregs},
	{PT_SETXMMREGS, size_set_xmmregs, set_xmmregs},
	{OLD_GET, size_old, NULL},
	{OLD_SET, size_old, NULL},
	{PT_GETXSTATE_INFO, size_xstate_info, get_xstate_info},
	{PT_GETXSTATE, size_get_xstate, get_xstate},
	{PT_SETXSTATE, size_set_xstate, set_xstate},
	{PT_GETFSBASE, size_get_base, get_fsbase},
	{PT_SETFSBASE, size_set_base, set_fsbase},
	{PT_GETGSBASE, size_get_base, get_gsbase},
	{PT_SETGSBASE, size_set_base, set_gsbase},
};

static const struct machine_request *
find(int req)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].mr_number == req)
			return (&requests[i]);
	return (NULL);
}

int
arch_machine_size(struct linux_host *lh, const struct lwp *l, int req, int data, size_t *in, size_t *out)
{
	const struct machine_request *mr = find(req);

	return (mr == NULL ? EINVAL : mr->mr_size(lh, l, data, in, out));
}

int
arch_machine(struct linux_host *lh, const struct lwp *l, int req, void *arg, size_t in)
{
	const struct machine_request *mr = find(req);

	return (mr == NULL || mr->mr_make == NULL ? EINVAL : mr->mr_make(lh, l, arg, in));
}
