/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The operations that ask about a thread, or change what it holds: facts, registers, memory.
 */
#include "host/sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRAP_FLAG 0x100

/* Of each operation the first line: the fault a test asked for, and the passing of time. */
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

int
sim_facts(struct host *host, pid_t tid, struct host_facts *facts)
{
	const struct sim_thread *st;
	const struct sim_proc *sp;

	BEGIN(host, 0);
	memset(facts, 0, sizeof(*facts));
	if (tid == SIM_SELF) {
		*facts = (struct host_facts){.hf_pid = SIM_SELF, .hf_ppid = SIM(host)->sim_ppid,
		    .hf_tracer = SIM(host)->sim_traced};
		return (0);
	}
	if ((st = sim_thread(SIM(host), tid)) == NULL)
		return (ESRCH);
	sp = st->st_proc;
	facts->hf_pid = sp->sp_pid;
	facts->hf_ppid = sp->sp_ppid;
	facts->hf_tracer = st->st_traced ? SIM_SELF : sp->sp_other;
	facts->hf_uid = sp->sp_uid;
	facts->hf_start = (uint64_t)sp->sp_pid;
	facts->hf_stopped = sp->sp_jobstop;
	facts->hf_exiting = sp->sp_exiting || sp->sp_dead;
	facts->hf_dying = st->st_dead || st->st_killed || st->st_ending;
	facts->hf_system = sp->sp_system;
	return (0);
}

/* Each is another, so that they can be told apart. */
int
sim_ids(struct host *host, pid_t pid, struct host_ids *ids)
{
	const struct sim_proc *sp = sim_proc(SIM(host), pid);
	unsigned uid = sp != NULL ? sp->sp_uid : 0;

	BEGIN(host, ESRCH);
	if (sp == NULL && pid != SIM_SELF)
		return (ESRCH);
	*ids = (struct host_ids){.hi_ruid = uid, .hi_euid = uid + 1, .hi_rgid = uid + 2, .hi_egid = uid + 3,
	    .hi_login = uid + 4, .hi_session = uid + 5};
	return (0);
}

int
sim_kin(struct host *host, pid_t tid, pid_t *ppid, pid_t *tracer)
{
	struct host_facts facts;
	int error;

	if ((error = sim_facts(host, tid, &facts)) == 0) {
		*ppid = facts.hf_ppid;
		*tracer = facts.hf_tracer;
	}
	return (error);
}

/* No time passes before these: they are asked together with facts(). */

int
sim_may_debug(struct host *host, pid_t tid)
{
	const struct sim_thread *st;

	if (tid == SIM_SELF)
		return (0);
	if ((st = sim_thread(SIM(host), tid)) == NULL)
		return (ESRCH);
	return (st->st_proc->sp_untouchable ? EPERM : 0);
}

void
sim_explain(struct host *host, pid_t tid, int error, char *text, size_t size)
{
	(void)host;
	(void)snprintf(text, size, error == EPERM ? "the rules forbid to trace %d: change them" : "%d is nobody", tid);
}

void
sim_explain_traceme(struct host *host, pid_t pid, char *text, size_t size)
{
	(void)host;
	(void)snprintf(text, size, "the parent of %d may not trace it: change the rules", pid);
}

bool
sim_vforked(struct host *host, pid_t pid, pid_t ppid)
{
	const struct sim_proc *sp = sim_proc(SIM(host), pid);

	(void)ppid;
	return (sp != NULL && sp->sp_vforked);
}

int
sim_threads(struct host *host, pid_t pid, pid_t *tids, size_t *n)
{
	struct sim *sim = SIM(host);
	const struct sim_proc *sp;
	pid_t found[SIM_THREADS];
	size_t count = 0, at;
	const struct sim_thread *st;

	BEGIN(host, 0);
	if ((sp = sim_proc(sim, pid)) == NULL)
		return (ESRCH);
	FOREACH_SIM_THREAD(sim, st) {
		if (st->st_proc != sp || (st->st_dead && st->st_tid != pid))
			continue;
		for (at = count++; at > 0 && found[at - 1] > st->st_tid; at--)
			found[at] = found[at - 1];
		found[at] = st->st_tid;
	}
	for (at = 0; at < count && at < *n; at++)
		tids[at] = found[at];
	*n = count;
	return (count == 0 ? ESRCH : 0);
}

bool
sim_belongs(struct host *host, pid_t pid, int idtype, id_t id)
{
	const struct sim_proc *sp = sim_proc(SIM(host), pid);

	return (sp != NULL && (idtype == (int)P_UID ? sp->sp_uid == id : id == SIM_SELF));
}

int
sim_siginfo(struct host *host, pid_t tid, siginfo_t *info)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	if (st->st_phase != PH_SIGNAL)
		return (EINVAL);
	memset(info, 0, sizeof(*info));
	info->si_signo = st->st_sig;
	info->si_code = st->st_sigstep ? TRAP_TRACE : st->st_sighit ? TRAP_HWBKPT : st->st_sigforced ? SI_KERNEL : SI_USER;
	info->si_pid = st->st_sigforced || st->st_sigstep ? 0 : tid;
	return (0);
}

static void
to_set(uint64_t bits, sigset_t *set)
{
	sigemptyset(set);
	for (int sig = 1; sig < 65; sig++)
		if (bits & SIM_BIT(sig))
			(void)sigaddset(set, sig);
}

int
sim_blocked(struct host *host, pid_t tid, sigset_t *set)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	to_set(st->st_mask, set);
	return (0);
}

int
sim_pending(struct host *host, pid_t tid, sigset_t *set)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	to_set(st->st_pending | (st->st_forced != 0 ? SIM_BIT(st->st_forced) : 0), set);
	return (0);
}

int
sim_disposition(struct host *host, pid_t pid, pid_t tid, int sig, enum host_disposition *how)
{
	const struct sim_proc *sp;

	BEGIN(host, 0);
	(void)tid;
	if ((sp = sim_proc(SIM(host), pid)) == NULL)
		return (ESRCH);
	*how = sp->sp_how[sig];
	return (0);
}

int
sim_callinfo(struct host *host, pid_t tid, struct host_call *call)
{
	struct sim_thread *st;
	bool leaving;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	leaving = st->st_event.he_kind == HE_SCX || st->st_event.he_kind == HE_EXEC;
	if (!st->st_incall && !st->st_restart && !leaving)
		return (EINVAL);
	call->hc_code = st->st_call.sa_call;
	call->hc_narg = 6;
	call->hc_restart = st->st_restart;
	return (0);
}

int
sim_values(struct host *host, pid_t tid, struct host_values *v)
{
	struct host_call call;
	struct sim_thread *st;
	int error;

	memset(v, 0, sizeof(*v));
	if ((error = sim_callinfo(host, tid, &call)) != 0)
		return (error);
	st = sim_stopped(SIM(host), tid);
	v->hv_code = call.hc_code;
	v->hv_word = sizeof(long);
	if (st->st_event.he_kind == HE_SCE)
		v->hv_args[0] = (uint64_t)(int64_t)st->st_call.sa_arg;
	return (0);
}

int
sim_name(struct host *host, pid_t pid, pid_t tid, char name[20])
{
	BEGIN(host, 0);
	(void)pid;
	if (sim_thread(SIM(host), tid) == NULL)
		return (ESRCH);
	(void)snprintf(name, 20, "sim-%d", tid);
	return (0);
}

bool
sim_orphaned(struct host *host, pid_t pid)
{
	(void)host;
	(void)pid;
	return (false);
}

int
sim_usage(struct host *host, pid_t pid, struct rusage *self, struct rusage *children)
{
	BEGIN(host, 0);
	memset(self, 0, sizeof(*self));
	memset(children, 0, sizeof(*children));
	self->ru_maxrss = pid;
	return (sim_proc(SIM(host), pid) == NULL ? ESRCH : 0);
}

/* ---- registers ---- */

int
sim_get_regs(struct host *host, pid_t tid, struct reg *reg, bool step)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	*reg = st->st_reg;
	if (st->st_event.he_kind == HE_SCE) {
		reg->r_rax = st->st_call.sa_call;
		reg->r_rdi = st->st_call.sa_arg;
	}
	if (step || st->st_tf)
		reg->r_rflags |= TRAP_FLAG;
	return (0);
}

int
sim_set_regs(struct host *host, pid_t tid, const struct reg *reg, bool *step)
{
	struct sim_thread *st;
	bool flag = (reg->r_rflags & TRAP_FLAG) != 0;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	if (reg->r_cs != 0x33)
		return (EINVAL);
	st->st_reg = *reg;
	if (st->st_event.he_kind == HE_SCE) {
		st->st_call.sa_call = (enum sim_call)reg->r_rax;
		st->st_call.sa_arg = (int)reg->r_rdi;
	}
	st->st_reg.r_rflags &= ~TRAP_FLAG;
	if (*step)
		*step = flag;
	else
		st->st_tf = flag;
	return (0);
}

int
sim_get_fpregs(struct host *host, pid_t tid, struct fpreg *reg)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	memset(reg, 0, sizeof(*reg));
	return (0);
}

int
sim_set_fpregs(struct host *host, pid_t tid, const struct fpreg *reg)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	(void)reg;
	STOPPED(host, tid, st);
	return (0);
}

int
sim_set_pc(struct host *host, pid_t tid, uint64_t pc)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	st->st_reg.r_rip = (int64_t)pc;
	return (0);
}

int
sim_get_pc(struct host *host, pid_t tid, uint64_t *pc)
{
	struct sim_thread *st;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	*pc = (uint64_t)st->st_reg.r_rip;
	return (0);
}

int
sim_trap_flag(struct host *host, pid_t tid, bool *on)
{
	struct sim_thread *st;
	bool was;

	BEGIN(host, 0);
	STOPPED(host, tid, st);
	was = st->st_tf;
	st->st_tf = *on;
	st->st_callstep &= *on;
	/* At the exit of a call the trap is yet to come. */
	if (!*on && st->st_stepped) {
		st->st_stepped = false;
		st->st_forced = 0;
	}
	*on = was;
	return (0);
}

bool
sim_at_call(struct host *host, pid_t tid)
{
	struct sim_thread *st = sim_stopped(SIM(host), tid);

	if (st == NULL || st->st_phase == PH_CALL || st->st_phase == PH_LEAVE)
		return (false);
	if (st->st_restart)
		return (true);
	sim_prepare(SIM(host), st);
	return (st->st_next.sa_what == SA_CALL || st->st_next.sa_what == SA_HANDLED);
}

/* ---- memory ---- */

/* Bytes from addr up to the hole or the end; *at: where. */
static size_t
reach(struct sim_proc *sp, uint64_t addr, size_t len, unsigned char **at)
{
	uint64_t offset = addr - SIM_BASE, end = SIM_HOLE * SIM_PAGE;

	if (addr < SIM_BASE || offset >= SIM_PAGES * SIM_PAGE)
		return (0);
	if (offset >= end && offset < end + SIM_PAGE)
		return (0);
	if (offset > end)
		end = SIM_PAGES * SIM_PAGE;
	*at = sp->sp_mem + offset;
	return (len < end - offset ? len : (size_t)(end - offset));
}

static int
memory(struct host *host, pid_t pid, pid_t tid, uint64_t addr, size_t *len, unsigned char **at)
{
	struct sim_proc *sp = sim_proc(SIM(host), pid);
	const struct sim_thread *st = sim_thread(SIM(host), tid);
	size_t wanted = *len;

	*len = 0;
	if (sp == NULL || st == NULL || !st->st_traced || st->st_dead || st->st_killed)
		return (ESRCH);
	*len = reach(sp, addr, wanted, at);
	return (*len < wanted ? EFAULT : 0);
}

static bool
is_bad(const void *user)
{
	return ((uintptr_t)user < 0x1000);
}

int
sim_read_mem(struct host *host, pid_t pid, pid_t tid, uint64_t addr, void *buf, size_t *len)
{
	unsigned char *at = NULL;
	int error;

	BEGIN(host, ENOMEM);
	error = memory(host, pid, tid, addr, len, &at);
	if (*len > 0 && is_bad(buf)) {
		*len = 0;
		return (EFAULT);
	}
	if (*len > 0)
		memcpy(buf, at, *len);
	return (error);
}

int
sim_write_mem(struct host *host, pid_t pid, pid_t tid, uint64_t addr, const void *buf, size_t *len)
{
	unsigned char *at = NULL;
	int error;

	BEGIN(host, ENOMEM);
	error = memory(host, pid, tid, addr, len, &at);
	if (*len > 0 && is_bad(buf)) {
		*len = 0;
		return (EFAULT);
	}
	if (*len > 0)
		memcpy(at, buf, *len);
	return (error);
}

/* Piece by piece, so that any of them may fail. */
static int
many(struct host *host, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved, bool write)
{
	int error = 0;

	*moved = 0;
	for (size_t i = 0, len; error == 0 && i < n; i++, *moved += len) {
		uint64_t addr = (uintptr_t)there[i].iov_base;

		len = there[i].iov_len;
		error = write ? sim_write_mem(host, pid, tid, addr, here[i].iov_base, &len) :
				sim_read_mem(host, pid, tid, addr, here[i].iov_base, &len);
		/* It failed before anything was looked at. */
		if (error != 0 && len == there[i].iov_len)
			len = 0;
	}
	return (error);
}

int
sim_read_many(struct host *host, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved)
{
	return (many(host, pid, tid, there, here, n, moved, false));
}

int
sim_write_many(struct host *host, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved)
{
	return (many(host, pid, tid, there, here, n, moved, true));
}

int
sim_copyin(struct host *host, const void *user, void *to, size_t len)
{
	(void)host;
	if (is_bad(user))
		return (EFAULT);
	memcpy(to, user, len);
	return (0);
}

int
sim_copyout(struct host *host, const void *from, void *user, size_t len)
{
	(void)host;
	if (is_bad(user))
		return (EFAULT);
	memcpy(user, from, len);
	return (0);
}

/* ---- for stop events ---- */

bool
sim_has_child(struct host *host, int idtype, id_t id)
{
	const struct sim_proc *sp;

	FOREACH_SIM_PROC(SIM(host), sp)
		if (sp->sp_ppid == SIM_SELF && (idtype == P_ALL || (id_t)sp->sp_pid == id))
			return (true);
	return (false);
}

int
sim_credentials(struct host *host, pid_t tid, uint64_t *stamp)
{
	const struct sim_thread *st = sim_thread(SIM(host), tid);

	BEGIN(host, 0);
	if (st == NULL)
		return (ESRCH);
	*stamp = st->st_proc->sp_credentials;
	return (0);
}

bool
sim_superuser(struct host *host)
{
	return (SIM(host)->sim_superuser);
}

int
sim_mem_open(struct host *host, pid_t pid, int *fd)
{
	struct sim *sim = SIM(host);

	BEGIN(host, EMFILE);
	if (sim_proc(sim, pid) == NULL)
		return (ENOENT);
	if (sim->sim_files == ~(uint64_t)0)
		return (EMFILE);
	*fd = SIM_FD + __builtin_ctzll(~sim->sim_files);
	sim->sim_files |= (uint64_t)1 << (*fd - SIM_FD);
	return (0);
}

int
sim_mem_check(struct host *host, pid_t pid, int fd)
{
	(void)pid;
	if (fd < SIM_FD || fd >= SIM_FD + 64 || (SIM(host)->sim_files >> (fd - SIM_FD) & 1) == 0)
		return (EBADF);
	return (0);
}

void
sim_mem_renew(struct host *host, pid_t pid, int fd)
{
	(void)pid;
	(void)fd;
	SIM(host)->sim_renewed++;
}

int
sim_mem_close(struct host *host, int fd)
{
	SIM(host)->sim_files &= ~((uint64_t)1 << (fd - SIM_FD));
	return (0);
}
