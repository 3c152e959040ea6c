/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Registers of a stopped thread.  They are kept until it is resumed or written to, so that several requests at one
 * stop ask the kernel once.
 */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/ptrace.h>

#include "host/linux/arch.h"
#include "host/linux/linux.h"

/* The kernel's own errno values of a call that it will make again (not in user headers). */
#define ERESTARTSYS	      512
#define ERESTARTNOINTR	      513
#define ERESTARTNOHAND	      514
#define ERESTART_RESTARTBLOCK 516

int
regs_read(struct linux_host *lh, const struct lwp *l, struct machine_regs *regs)
{
	struct seen *s = seen_of(lh, l->l_tid);
	long error;

	if (!seen_has(s, SEEN_REGS)) {
		s->s_have &= ~SEEN_REGS;
		if ((error = arch_read_regs(lh, l->l_owner, l->l_tid, &s->s_regs)) != 0)
			return ((int)-error);
		s->s_have |= SEEN_REGS;
	}
	*regs = s->s_regs;
	return (0);
}

/* EIO is the kernel's word for a selector or base it does not take, after it has taken the registers before that. */
int
regs_write(struct linux_host *lh, const struct lwp *l, const struct machine_regs *regs)
{
	struct seen *s = seen_of(lh, l->l_tid);
	long error;

	if ((s->s_have & SEEN_REGS) == 0 && (error = arch_read_regs(lh, l->l_owner, l->l_tid, &s->s_regs)) != 0)
		return ((int)-error);
	s->s_have &= ~(SEEN_REGS | SEEN_RESULT | SEEN_CALL | SEEN_OUTSIDE);
	s->s_answers = 0;
	error = arch_write_regs(lh, l, regs);
	if (error == -EIO)
		(void)arch_write_regs(lh, l, &s->s_regs);
	return (error == -EIO ? EINVAL : (int)-error);
}

static int
find(struct host *h, pid_t tid, struct lwp **l, struct machine_regs *regs)
{
	*l = lwp_find(linux_host(h), tid);
	return (*l == NULL ? ESRCH : regs_read(linux_host(h), *l, regs));
}

int
lx_get_regs(struct host *h, pid_t tid, struct reg *to, bool step)
{
	struct machine_regs regs;
	struct lwp *l;
	int error;

	if ((error = find(h, tid, &l, &regs)) != 0)
		return (error);
	l->l_reader |= l->l_atexit;
	l->l_byvalues = false;
	/* FreeBSD stops at the end of the call. */
	if (l->l_vforked)
		arch_set_result(&regs, l->l_child);
	arch_to_reg(&regs, l->l_atentry, step, to);
	return (0);
}

/* The registers are about to say no more which call it is in. */
static void
note_call(struct lwp *l, const struct machine_regs *regs)
{
	if (l->l_call == -1 && (l->l_atentry || l->l_atexit))
		l->l_call = (int)arch_call(regs);
}

int
lx_set_regs(struct host *h, pid_t tid, const struct reg *from, bool *step)
{
	struct machine_regs regs;
	struct lwp *l;
	int error;

	if ((error = find(h, tid, &l, &regs)) != 0)
		return (error);
	note_call(l, &regs);
	if ((error = arch_from_reg(from, l->l_atentry, step, &regs)) != 0)
		return (error);
	return (regs_write(linux_host(h), l, &regs));
}

int
lx_set_pc(struct host *h, pid_t tid, uint64_t pc)
{
	struct machine_regs regs;
	struct lwp *l;
	int error;

	if ((error = find(h, tid, &l, &regs)) != 0)
		return (error);
	note_call(l, &regs);
	arch_set_pc(&regs, pc, l->l_atentry);
	return (regs_write(linux_host(h), l, &regs));
}

int
lx_get_pc(struct host *h, pid_t tid, uint64_t *pc)
{
	struct machine_regs regs;
	struct lwp *l;
	int error;

	if ((error = find(h, tid, &l, &regs)) == 0)
		*pc = arch_pc(&regs);
	return (error);
}

int
lx_trap_flag(struct host *h, pid_t tid, bool *on)
{
	struct machine_regs regs;
	struct lwp *l;
	bool wanted = *on;
	int error;

	if ((error = find(h, tid, &l, &regs)) != 0)
		return (error);
	*on = arch_trap_flag(&regs);
	if (*on == wanted)
		return (0);
	arch_set_trap_flag(&regs, wanted);
	return (regs_write(linux_host(h), l, &regs));
}

bool
lx_at_call(struct host *h, pid_t tid)
{
	struct machine_regs regs;
	struct lwp *l;
	unsigned char bytes[2];
	size_t len = sizeof(bytes);

	return (find(h, tid, &l, &regs) == 0 &&
	    lx_read_mem(h, l->l_proc->x_pid, tid, arch_pc(&regs), bytes, &len) == 0 && arch_is_call(bytes));
}

int
lx_get_fpregs(struct host *h, pid_t tid, struct fpreg *to)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	return (l == NULL ? ESRCH : arch_get_fpregs(lh, l, to));
}

int
lx_set_fpregs(struct host *h, pid_t tid, const struct fpreg *from)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	return (l == NULL ? ESRCH : arch_set_fpregs(lh, l, from));
}

/* ---- system calls ---- */

static bool
restarts(int64_t result)
{
	return (result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
	    result == -ERESTART_RESTARTBLOCK);
}

int
lx_call(struct host *h, pid_t tid, struct host_call *call)
{
	struct machine_regs regs;
	struct lwp *l;
	long number;
	int error;

	if ((error = find(h, tid, &l, &regs)) != 0)
		return (error);
	/* Where the PC was changed the kernel must not know of the call any more, and of one that it goes on with after a
	   stop of ours it tells the number of that; we know. */
	number = arch_call(&regs);
	if (number == -1 || (arch_is_restart(&regs) && l->l_call != -1))
		number = l->l_call;
	if (number == -1)
		return (EINVAL);
	l->l_call = (int)number;
	l->l_reader |= l->l_atexit;
	call->hc_code = (unsigned)number;
	call->hc_narg = arch_narg(&regs, number);
	call->hc_restart = !l->l_atentry && restarts(arch_result(&regs));
	if (l->l_atexit)
		l->l_broken = call->hc_restart;
	return (0);
}

bool
regs_restarting(struct linux_host *lh, const struct lwp *l)
{
	struct machine_regs regs;
	struct call_info info;

	if (l->l_byvalues && info_read(lh, l, &info))
		return (arch_restarts((long)info.ci_call.number, info.ci_arch == AUDIT_ARCH_I386));
	return (regs_read(lh, l, &regs) == 0 && arch_is_restart(&regs));
}

/*
 * Asked at the exit of every call.  Who reads the registers there anyway, or the call's values, has them then; for
 * others the one register that tells is enough.
 */
bool
lx_restarts(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	struct host_call call;
	struct call_info info;
	int32_t result;
	bool yes;

	if (l == NULL)
		return (false);
	if (l->l_byvalues && !l->l_reader && info_read(lh, l, &info))
		yes = info.ci_op == CALL_INFO_EXIT && restarts(info.ci_result);
	else if (!l->l_reader && (arch_peek_result(lh, l, &result) != 0 || !restarts(result)))
		yes = false;
	else
		yes = lx_call(h, tid, &call) == 0 && call.hc_restart;
	l->l_reader = false;
	l->l_broken = yes;
	if (!yes)
		seen_of(lh, tid)->s_have |= SEEN_OUTSIDE;
	return (yes);
}

static int
peek(struct linux_host *lh, const struct lwp *l, int32_t *result)
{
	struct seen *s = seen_of(lh, l->l_tid);
	int error = 0;

	if ((s->s_have & SEEN_RESULT) == 0 && (error = arch_peek_result(lh, l, &s->s_result)) == 0)
		s->s_have |= SEEN_RESULT;
	*result = s->s_result;
	return (error);
}

bool
lx_asleep(struct host *h, pid_t tid)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);
	int32_t result;

	return (l != NULL && peek(lh, l, &result) == 0 && (restarts(result) || result == -EINTR));
}

void
regs_put_back(struct linux_host *lh, const struct lwp *l)
{
	struct machine_regs regs;
	int32_t result;
	long call;

	/* Of nearly all the one register says that there is nothing to put back. */
	if (!seen_has(seen_of(lh, l->l_tid), SEEN_REGS) && (peek(lh, l, &result) != 0 || result != -EINTR))
		return;
	if (regs_read(lh, l, &regs) != 0 || (call = arch_call(&regs)) == -1 || arch_result(&regs) != -EINTR ||
	    !arch_call_breaks(&regs, call) || signals_due(lh, l))
		return;
	arch_rewind(&regs);
	(void)regs_write(lh, l, &regs);
}

bool
regs_after_exec(struct linux_host *lh, pid_t owner, pid_t tid)
{
	struct machine_regs regs;

	return (arch_read_regs(lh, owner, tid, &regs) == 0 && arch_after_exec(&regs));
}
