/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a system call is made with, and what comes of it, in one request that costs half of what the registers do;
 * where the kernel does not answer it, from the registers.
 */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/ptrace.h>

#include "host/linux/arch.h"
#include "host/linux/linux.h"

/* Kept for the stop.  false: not to be had, or it is not at a call's entry or exit for the kernel. */
bool
info_read(struct linux_host *lh, const struct lwp *l, struct call_info *info)
{
	struct seen *s = seen_of(lh, l->l_tid);

	if (!seen_has(s, SEEN_CALL)) {
		s->s_have &= ~SEEN_CALL;
		memset(&s->s_call, 0, sizeof(s->s_call));
		if (lwp_ptrace(lh, l, CALL_INFO, (void *)sizeof(s->s_call), &s->s_call) <= 0)
			return (false);
		s->s_have |= SEEN_CALL;
	}
	*info = s->s_call;
	return (info->ci_op != CALL_INFO_NONE);
}

static bool
from_info(struct linux_host *lh, struct lwp *l, struct host_values *v)
{
	struct call_info info;

	if (l->l_atentry == l->l_atexit || !info_read(lh, l, &info) || (info.ci_op == CALL_INFO_EXIT) != l->l_atexit)
		return (false);
	v->hv_word = info.ci_arch == AUDIT_ARCH_I386 ? 4 : 8;
	if (l->l_atexit) {
		v->hv_code = (unsigned)l->l_call;
		v->hv_result = info.ci_result;
		return (l->l_call != -1);
	}
	/* What the kernel goes on with is the call that was broken off. */
	if (l->l_call == -1 || !arch_restarts((long)info.ci_call.number, v->hv_word == 4))
		l->l_call = (int)info.ci_call.number;
	v->hv_code = (unsigned)l->l_call;
	for (int i = 0; i < 6; i++)
		v->hv_args[i] = v->hv_word == 4 ? (uint32_t)info.ci_call.args[i] : info.ci_call.args[i];
	return (true);
}

static int
from_regs(struct host *h, const struct lwp *l, struct host_values *v)
{
	struct machine_regs regs;
	struct host_call call;
	int error;

	if ((error = lx_call(h, l->l_tid, &call)) != 0 || (error = regs_read(linux_host(h), l, &regs)) != 0)
		return (error);
	v->hv_word = arch_is_32bit(&regs) ? 4 : 8;
	v->hv_code = call.hc_code;
	if (l->l_atentry)
		arch_args(&regs, v->hv_args);
	else
		v->hv_result = l->l_vforked ? l->l_child : arch_result(&regs);
	return (0);
}

int
lx_values(struct host *h, pid_t tid, struct host_values *v)
{
	struct linux_host *lh = linux_host(h);
	struct lwp *l = lwp_find(lh, tid);

	if (l == NULL)
		return (ESRCH);
	memset(v, 0, sizeof(*v));
	if (from_info(lh, l, v)) {
		l->l_byvalues = true;
		return (0);
	}
	return (from_regs(h, l, v));
}
