/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Debug registers, extended state and segment bases of simulated threads: memory that refuses what the seed does.
 * From: registers.md, 4 and 7.
 */
#include "host/sim/sim.h"

#include <errno.h>
#include <string.h>

#define BEGIN(host, may) \
	do { \
		int fault_; \
		if (sim_fault(SIM(host), (may), &fault_)) \
			return (fault_); \
	} while (0)

#define STOPPED(host, tid, st) \
	do { \
		if (((st) = sim_stopped(SIM(host), (tid))) == NULL) \
			return (ESRCH); \
	} while (0)

#define USER_END ((uint64_t)1 << 47)
#define LEGACY	 512u
#define HEADER	 512u
#define MASK	 7u

/* ---- debug registers ---- */

static bool
is_refused(const struct dbreg *d)
{
	bool refused = ((uint64_t)d->dr[6] | (uint64_t)d->dr[7]) >> 32 != 0;

	for (int i = 0; i < 4; i++)
		if (DBREG_DR7_ACCESS(d->dr[7], i) == 2 || (DBREG_DR7_ENABLED(d->dr[7], i) && (uint64_t)d->dr[i] >= USER_END))
			refused = true;
	return (refused);
}

int
sim_get_dbregs(struct host *host, pid_t tid, struct dbreg *d)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	*d = st->st_dbreg;
	return (0);
}

int
sim_set_dbregs(struct host *host, pid_t tid, const struct dbreg *d)
{
	static const struct dbreg none;
	struct sim_thread *st;

	BEGIN(host, memcmp(d, &none, sizeof(none)) == 0 ? 0 : ENOMEM);
	STOPPED(host, tid, st);
	if (is_refused(d))
		return (EINVAL);
	memset(&st->st_dbreg, 0, sizeof(st->st_dbreg));
	memcpy(st->st_dbreg.dr, d->dr, 4 * sizeof(d->dr[0]));
	st->st_dbreg.dr[6] = d->dr[6];
	st->st_dbreg.dr[7] = d->dr[7];
	return (0);
}

static bool
is_empty(const struct dbreg *d)
{
	static const struct dbreg none;

	return (memcmp(d, &none, sizeof(none)) == 0);
}

int
sim_inherit(struct host *host, pid_t maker, pid_t tid)
{
	struct sim_thread *from = sim_thread(SIM(host), maker), *to = sim_thread(SIM(host), tid);

	if (from == NULL || to == NULL || !to->st_traced)
		return (ESRCH);
	if (is_empty(&from->st_dbreg) || !is_empty(&to->st_dbreg))
		return (0);
	to->st_dbgift = from->st_dbreg;
	to->st_dbgiven = !to->st_stopped;
	if (to->st_stopped)
		to->st_dbreg = from->st_dbreg;
	return (0);
}

/* ---- requests of the machine's own ---- */

int
sim_machine_size(struct host *host, pid_t tid, int req, int data, size_t *in, size_t *out)
{
	if (req < PT_GETXSTATE_INFO || req > PT_SETGSBASE)
		return (EINVAL);
	BEGIN(host, EOPNOTSUPP);
	if (sim_thread(SIM(host), tid) == NULL)
		return (ESRCH);
	switch (req) {
	case PT_GETXSTATE_INFO:
		*out = sizeof(struct ptrace_xstate_info);
		return (data == (int)*out ? 0 : EINVAL);
	case PT_GETXSTATE:
		*out = SIM_STATE;
		return (0);
	case PT_SETXSTATE:
		*in = (size_t)data;
		return (data < (int)LEGACY || data > (int)SIM_STATE ? EINVAL : 0);
	case PT_GETFSBASE:
	case PT_GETGSBASE:
		*out = sizeof(unsigned long);
		return (0);
	case PT_SETFSBASE:
	case PT_SETGSBASE:
		*in = sizeof(unsigned long);
		return (0);
	default:
		return (EINVAL);
	}
}

static void
get_info(void *arg)
{
	struct ptrace_xstate_info info;

	memset(&info, 0, sizeof(info));
	info.xsave_mask = MASK;
	info.xsave_len = SIM_STATE;
	memcpy(arg, &info, sizeof(info));
}

static int
set_state(struct sim_thread *st, const unsigned char *arg, size_t in)
{
	uint64_t components;

	if (in < HEADER + sizeof(components))
		return (EINVAL);
	memcpy(&components, arg + HEADER, sizeof(components));
	if ((components & ~(uint64_t)MASK) != 0)
		return (EINVAL);
	memcpy(st->st_state, arg, in);
	return (0);
}

static int
set_base(struct sim_thread *st, bool gs, const void *arg)
{
	unsigned long base;

	memcpy(&base, arg, sizeof(base));
	if ((uint64_t)base >= USER_END)
		return (EINVAL);
	st->st_base[gs] = base;
	return (0);
}

int
sim_machine(struct host *host, pid_t tid, int req, void *arg, size_t in)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	switch (req) {
	case PT_GETXSTATE_INFO:
		get_info(arg);
		return (0);
	case PT_GETXSTATE:
		memcpy(arg, st->st_state, SIM_STATE);
		return (0);
	case PT_SETXSTATE:
		return (set_state(st, arg, in));
	case PT_GETFSBASE:
	case PT_GETGSBASE:
		memcpy(arg, &st->st_base[req == PT_GETGSBASE], sizeof(st->st_base[0]));
		return (0);
	case PT_SETFSBASE:
	case PT_SETGSBASE:
		return (set_base(st, req == PT_SETGSBASE, arg));
	default:
		return (EINVAL);
	}
}
