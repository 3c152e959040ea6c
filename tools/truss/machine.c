/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where each ABI has the number, the arguments and the result of a call.
 */
#include <bsdptrace.h>
#include <stdio.h>
#include <string.h>

#include "../common/fail.h"
#include "call.h"

/* Results that only a tracer sees: the kernel will make the call again. */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

#if defined(__x86_64__)

#define CODE_SEGMENT_32 0x23 /* of 32-bit code, whatever the kernel */

static void
registers_i386(struct machine *m, const struct reg *r)
{
	const int64_t regs[] = { r->r_rbx, r->r_rcx, r->r_rdx, r->r_rsi, r->r_rdi, r->r_rbp };

	m->abi = ABI_I386;
	m->number = (uint64_t)(int64_t)(int32_t)r->r_rax;
	for (int i = 0; i < 6; i++)
		m->regs[i] = (uint32_t)regs[i];
}

static void
registers_x86_64(struct machine *m, const struct reg *r)
{
	const int64_t regs[] = { r->r_rdi, r->r_rsi, r->r_rdx, r->r_r10, r->r_r8, r->r_r9 };

	m->abi = ABI_X86_64;
	m->number = (uint64_t)r->r_rax;
	for (int i = 0; i < 6; i++)
		m->regs[i] = (uint64_t)regs[i];
}

bool
machine_read(struct machine *m, pid_t id)
{
	struct reg r;

	if (bsd_ptrace(PT_GETREGS, id, (caddr_t)&r, 0) == -1)
		return (false);
	(r.r_cs == CODE_SEGMENT_32 ? registers_i386 : registers_x86_64)(m, &r);
	return (true);
}

void
machine_at_call(struct machine *m, const struct bsd_syscall *sc)
{
	m->abi = sc->sc_word == 4 ? ABI_I386 : ABI_X86_64;
	m->number = sc->sc_flags & PL_FLAG_SCE ? sc->sc_code : (uint64_t)sc->sc_ret;
	memcpy(m->regs, sc->sc_args, sizeof(m->regs));
}

#elif defined(__i386__)

#define CODE_SEGMENT_64 0x33

static _Noreturn void
is_wide(pid_t id)
{
	fail("%d runs a 64-bit program: this truss is for 32-bit ones", (int)id);
}

/* The registers of a 64-bit program are shown to us in part, and cut: not enough to tell what it asks for. */
bool
machine_read(struct machine *m, pid_t id)
{
	struct reg r;

	if (bsd_ptrace(PT_GETREGS, id, (caddr_t)&r, 0) == -1)
		return (false);
	if (r.r_cs == CODE_SEGMENT_64)
		is_wide(id);
	*m = (struct machine){ .abi = ABI_I386,
		.number = (uint64_t)(int64_t)(int32_t)r.r_eax,
		.regs = { r.r_ebx, r.r_ecx, r.r_edx, r.r_esi, r.r_edi, r.r_ebp } };
	return (true);
}

void
machine_at_call(struct machine *m, const struct bsd_syscall *sc)
{
	if (sc->sc_word == 8)
		is_wide(bsd_tid(sc->sc_lwpid));
	m->abi = ABI_I386;
	m->number = sc->sc_flags & PL_FLAG_SCE ? sc->sc_code : (uint64_t)sc->sc_ret;
	memcpy(m->regs, sc->sc_args, sizeof(m->regs));
}

#else
#error "truss: no registers for this machine"
#endif

static bool
is_to_be_restarted(const struct machine *m)
{
	switch (-(int64_t)m->number) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		return (true);
	default:
		return (false);
	}
}

/* The result has taken the number's place in the registers; the kernel still knows it. */
bool
machine_call_in_progress(const struct machine *m, pid_t pid, pid_t tid, unsigned *number)
{
	char path[64];
	bool found;
	FILE *f;

	if (!is_to_be_restarted(m))
		return (false);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	if ((f = fopen(path, "re")) == NULL)
		return (false);
	found = fscanf(f, "%u", number) == 1;
	fclose(f);
	return (found);
}
