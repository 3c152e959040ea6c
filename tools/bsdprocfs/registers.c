/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * regs, fpregs and dbregs: the register sets of a process' first thread.
 */
#include "registers.h"

#include <bsdptrace.h>
#include <errno.h>
#include <string.h>

#include "program.h"
#include "regs32.h"
#include "stop.h"

union set {
	struct reg reg;
	struct fpreg fpreg;
	struct dbreg dbreg;
	struct reg32 reg32;
	struct fpreg32 fpreg32;
	struct dbreg32 dbreg32;
};

/* How a set is asked for, and its size for a caller of 64-bit and of 32-bit code. */
static const struct {
	int get, set;
	size_t size, size32;
} sets[] = {
	[GENERAL_REGISTERS] = { PT_GETREGS, PT_SETREGS, sizeof(struct reg), sizeof(struct reg32) },
	[FLOATING_REGISTERS] = { PT_GETFPREGS, PT_SETFPREGS, sizeof(struct fpreg), sizeof(struct fpreg32) },
	[DEBUG_REGISTERS] = { PT_GETDBREGS, PT_SETDBREGS, sizeof(struct dbreg), sizeof(struct dbreg32) },
};

static int
request(int req, lwpid_t lwpid, void *addr)
{
	return (bsd_ptrace(req, lwpid, addr, 0) == -1 ? errno : 0);
}

static int
get(lwpid_t lwpid, enum register_set which, bool narrow, union set *s)
{
	int error = request(sets[which].get, lwpid, s);
#if defined(__x86_64__)
	union set wide = *s;
	struct reg reg = { 0 };

	if (error != 0 || !narrow)
		return (error);
	if (which == GENERAL_REGISTERS)
		reg_to_32(&wide.reg, &s->reg32);
	else if (which == DEBUG_REGISTERS)
		dbreg_to_32(&wide.dbreg, &s->dbreg32);
	else if ((error = request(PT_GETREGS, lwpid, &reg)) == 0)
		fpreg_to_32(&wide.fpreg, &reg, &s->fpreg32);
#endif
	return (error);
}

static int
set(lwpid_t lwpid, enum register_set which, bool narrow, union set *s)
{
#if defined(__x86_64__)
	union set wide;
	int error;

	if (narrow) {
		if ((error = request(sets[which].get, lwpid, &wide)) != 0)
			return (error);
		if (which == GENERAL_REGISTERS)
			reg_from_32(&s->reg32, &wide.reg);
		else if (which == DEBUG_REGISTERS)
			dbreg_from_32(&s->dbreg32, &wide.dbreg);
		else
			fpreg_from_32(&s->fpreg32, &wide.fpreg);
		*s = wide;
	}
#endif
	return (request(sets[which].set, lwpid, s));
}

/* A 32-bit caller sees 32-bit processes alone. */
static int
width(const struct caller *caller, const struct process *p, bool *narrow)
{
#if defined(__x86_64__)
	*narrow = caller_is_32bit(caller);
	return (*narrow && program_class(p->dir) != 32 ? EINVAL : 0);
#else
	*narrow = false;
	return (0);
#endif
}

/* Called with the process stopped; bytes NULL: to be read. */
static int
move(struct task *task, const struct stop *stop, const struct process *p, enum register_set which,
    struct buf *out, const void *bytes, size_t *len)
{
	union set s = { 0 };
	size_t size;
	bool narrow;
	int error = width(&task->caller, p, &narrow);

	if (error == 0)
		error = get(stop->first, which, narrow, &s);
	if (error != 0)
		return (error);
	size = narrow ? sets[which].size32 : sets[which].size;
	if (bytes == NULL) {
		buf_add(out, &s, size);
		return (0);
	}
	if (*len > size)
		*len = size;
	memcpy(&s, bytes, *len);
	return (set(stop->first, which, narrow, &s));
}

static int
move_stopped(struct task *task, const struct process *p, enum register_set which, struct buf *out,
    const void *bytes, size_t *len)
{
	struct stop stop;
	int error = caller_may_debug(&task->caller, p);

	if (error != 0)
		return (error);
	if ((error = stop_take(task, p, &stop)) != 0)
		return (error);
	error = move(task, &stop, p, which, out, bytes, len);
	stop_give_back(p, &stop);
	return (error);
}

int
registers_read(struct task *task, const struct process *p, enum register_set which, struct buf *out)
{
	return (move_stopped(task, p, which, out, NULL, NULL));
}

int
registers_write(struct task *task, const struct process *p, enum register_set which, const void *bytes, size_t *len)
{
	return (move_stopped(task, p, which, NULL, bytes, len));
}
