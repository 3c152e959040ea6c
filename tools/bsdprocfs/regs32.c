/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The register sets of 32-bit code, from and to those of 64-bit code.
 */
#include "regs32.h"

#include <string.h>

#if defined(__x86_64__)

/* The members that have a counterpart, and are moved both ways. */
#define EACH_REGISTER(move)                                                                               \
	move(r_fs, r_fs) move(r_es, r_es) move(r_ds, r_ds) move(r_edi, r_rdi) move(r_esi, r_rsi)          \
	move(r_ebp, r_rbp) move(r_ebx, r_rbx) move(r_edx, r_rdx) move(r_ecx, r_rcx) move(r_eax, r_rax)    \
	move(r_eip, r_rip) move(r_cs, r_cs) move(r_eflags, r_rflags) move(r_esp, r_rsp) move(r_ss, r_ss) \
	move(r_gs, r_gs)

void
reg_to_32(const struct reg *r, struct reg32 *r32)
{
	memset(r32, 0, sizeof(*r32));
#define MOVE(narrow, wide) r32->narrow = (uint32_t)r->wide;
	EACH_REGISTER(MOVE)
#undef MOVE
}

/* A write of the set as it was read must leave the upper halves alone, which are 0 in 32-bit code. */
void
reg_from_32(const struct reg32 *r32, struct reg *r)
{
#define MOVE(narrow, wide) r->wide = (__typeof__(r->wide))r32->narrow;
	EACH_REGISTER(MOVE)
#undef MOVE
}

/* The FXSAVE image of 64-bit code. */
struct fxsave_env {
	uint16_t control, status;
	uint8_t tags, zero; /* a bit a register: in use */
	uint16_t opcode;
	uint64_t ip, operand;
	uint32_t mxcsr, mxcsr_mask;
};
_Static_assert(sizeof(struct fxsave_env) == sizeof(((struct fpreg *)0)->fpr_env), "fpr_env");

/* Two bits a register: 11 empty, 00 in use. */
static uint32_t
wide_tags(uint8_t tags)
{
	uint32_t wide = 0;

	for (unsigned i = 0; i < 8; i++)
		if ((tags & 1U << i) == 0)
			wide |= 3U << 2 * i;
	return (wide);
}

static uint8_t
narrow_tags(uint32_t wide)
{
	uint8_t tags = 0;

	for (unsigned i = 0; i < 8; i++)
		if ((wide >> 2 * i & 3) != 3)
			tags = (uint8_t)(tags | 1U << i);
	return (tags);
}

void
fpreg_to_32(const struct fpreg *f, const struct reg *r, struct fpreg32 *f32)
{
	struct fxsave_env env;

	memcpy(&env, f->fpr_env, sizeof(env));
	memset(f32, 0, sizeof(*f32));
	f32->fpr_env[0] = env.control;
	f32->fpr_env[1] = env.status;
	f32->fpr_env[2] = wide_tags(env.tags);
	f32->fpr_env[3] = (uint32_t)env.ip;
	f32->fpr_env[4] = (uint32_t)(r->r_cs & 0xffff) | (uint32_t)env.opcode << 16;
	f32->fpr_env[5] = (uint32_t)env.operand;
	f32->fpr_env[6] = r->r_ds;
	for (size_t i = 0; i < 8; i++)
		memcpy(f32->fpr_acc[i], f->fpr_acc[i], sizeof(f32->fpr_acc[i]));
}

void
fpreg_from_32(const struct fpreg32 *f32, struct fpreg *f)
{
	struct fxsave_env env;

	memcpy(&env, f->fpr_env, sizeof(env));
	env.control = (uint16_t)f32->fpr_env[0];
	env.status = (uint16_t)f32->fpr_env[1];
	env.tags = narrow_tags(f32->fpr_env[2]);
	env.ip = f32->fpr_env[3];
	env.opcode = (uint16_t)(f32->fpr_env[4] >> 16);
	env.operand = f32->fpr_env[5];
	memcpy(f->fpr_env, &env, sizeof(env));
	for (size_t i = 0; i < 8; i++)
		memcpy(f->fpr_acc[i], f32->fpr_acc[i], sizeof(f32->fpr_acc[i]));
}

void
dbreg_to_32(const struct dbreg *d, struct dbreg32 *d32)
{
	for (size_t i = 0; i < 8; i++)
		d32->dr[i] = (uint32_t)d->dr[i];
}

void
dbreg_from_32(const struct dbreg32 *d32, struct dbreg *d)
{
	for (size_t i = 0; i < 8; i++)
		d->dr[i] = d32->dr[i];
}

#endif
