/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The register sets of 32-bit x86, and PT_GETXMMREGS, PT_SETXMMREGS: of a 32-bit tracer and a 32-bit target.
 * Spec: registers.md, 2, 3, 4 and 7.
 */
/* one wait */
#include "spec.h"
#include "machine.h"

#include <machine/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLAGS_FREE 0x00254dd5u
#define FLAGS_KEPT 0x00214000u /* free, but the host would not change them all the same: NT, RF, ID */

static struct puppet *
puppet_in_stop(void)
{
	struct puppet *pp = puppet_attached(1);

	(void)puppet_lwp(pp, 0);
	return (pp);
}

static struct reg
regs_of(pid_t pid)
{
	struct reg reg;

	memset(&reg, 0x5a, sizeof(reg));
	ASK(PT_GETREGS, pid, &reg, -1);
	return (reg);
}

/* ---- general registers ---- */

SPEC_TEST(registers_have_two_names)
{
	struct reg32 reg = { .r_eip = 1 };
	struct reg *same = &reg;
	struct fpreg32 fp, *fps = (struct fpreg *)&fp;
	struct dbreg32 db, *dbs = (struct dbreg *)&db;

	ATF_REQUIRE_EQ(1, same->r_eip);
	ATF_REQUIRE(fps == &fp && dbs == &db);
}

SPEC_TEST(every_general_register_is_written)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got;

	reg.r_edi = 0x11223344;
	reg.r_esi = 0xffffffff;
	reg.r_ebp = 3;
	reg.r_ebx = 4;
	reg.r_edx = 5;
	reg.r_ecx = 6;
	reg.r_eax = 7;
	reg.r_esp = 0x1000;
	reg.r_eip = 0x2000;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(kernels_own_registers_read_zero_and_are_ignored)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got = reg;

	ATF_REQUIRE(reg.r_isp == 0 && reg.r_trapno == 0 && reg.r_err == 0);
	got.r_isp = got.r_trapno = got.r_err = 99;
	ASK(PT_SETREGS, pp->pid, &got, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(data_segments_are_written)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got = reg;

	got.r_fs = got.r_es = reg.r_ds;
	ASK(PT_SETREGS, pp->pid, &got, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(reg.r_ds, got.r_fs);
	got.r_fs = got.r_es = 0;
	ASK(PT_SETREGS, pp->pid, &got, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE(got.r_fs == 0 && got.r_es == 0);
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(selector_that_the_host_refuses_is_EINVAL_and_changes_nothing)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad = reg, got;

	bad.r_ebx = bad.r_edi = 99;
	bad.r_ss = 0;
	REFUSED(EINVAL, PT_SETREGS, pp->pid, &bad, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(flags_outside_the_users_are_EINVAL)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad, got;
	int bit;

	for (bit = 0; bit < 32; bit++) {
		bad = reg;
		bad.r_eflags ^= 1u << bit;
		bad.r_ebx = 99;
		if ((FLAGS_FREE >> bit & 1) != 0)
			continue;
		REFUSED(EINVAL, PT_SETREGS, pp->pid, &bad, 0);
		got = regs_of(pp->pid); /* all or nothing */
		ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	}
	puppet_end(pp);
}

SPEC_TEST(flags_of_the_user_are_taken)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), other;
	int bit;

	for (bit = 0; bit < 32; bit++) {
		if ((FLAGS_FREE >> bit & 1) == 0)
			continue;
		other = reg;
		other.r_eflags ^= 1u << bit;
		ASK(PT_SETREGS, pp->pid, &other, 0);
		if ((FLAGS_KEPT >> bit & 1) == 0)
			ATF_REQUIRE_EQ_MSG(other.r_eflags, regs_of(pp->pid).r_eflags, "bit %d", bit);
		ASK(PT_SETREGS, pp->pid, &reg, 0);
	}
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(code_segment_must_be_the_users)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad;
	unsigned int level;

	for (level = 0; level < 3; level++) {
		bad = reg;
		bad.r_cs = (reg.r_cs & ~3u) | level;
		REFUSED(EINVAL, PT_SETREGS, pp->pid, &bad, 0);
	}
	ATF_REQUIRE_EQ(reg.r_cs, regs_of(pp->pid).r_cs);
	puppet_end(pp);
}

/* ---- floating point: a system call between load and store, by which the puppet stops.  No code here uses xmm5. ---- */

static long
do_load(long arg)
{
	static double one[2] = { 1.5, 2.5 };
	static long double pi;
	long ok;

	(void)arg;
	__asm__ volatile("fldpi\n\tmovups %1, %%xmm5\n\tint $0x80\n\tmovups %%xmm5, %1\n\tfstpt %2"
			 : "=a"(ok), "+m"(one), "=m"(pi)
			 : "0"((long)SYS_kill), "b"((long)getpid()), "c"((long)SIGUSR2)
			 : "memory", "st");
	stage->word[0] = one[0] == 3.5 && one[1] == 2.5;
	stage->word[1] = one[0] == 1.5 && one[1] == 2.5;
	return ((long)(pi * 1000));
}

static struct puppet *
puppet_loaded(void)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_load, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	return (pp);
}

enum { CONTROL, STATUS, TAGS, IP, CS_OPCODE, OPERAND, DS };

SPEC_TEST(floating_point_environment_is_read)
{
	struct puppet *pp = puppet_loaded();
	struct reg reg = regs_of(pp->pid);
	long double pi = 0;
	struct fpreg fp;

	memset(&fp, 0x5a, sizeof(fp));
	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	ATF_REQUIRE_EQ(0x37f, fp.fpr_env[CONTROL]);
	ATF_REQUIRE_EQ(7, fp.fpr_env[STATUS] >> 11 & 7); /* top of stack */
	ATF_REQUIRE_EQ(0x3fff, fp.fpr_env[TAGS]);	 /* number 7 in use, which is 00, the rest empty, 11 */
	ATF_REQUIRE_EQ(reg.r_cs, fp.fpr_env[CS_OPCODE] & 0xffff);
	ATF_REQUIRE_EQ(reg.r_ds, fp.fpr_env[DS]);
	memcpy(&pi, fp.fpr_acc[0], 10);
	ATF_REQUIRE_EQ(3141, (long)(pi * 1000));
	ATF_REQUIRE(fp.fpr_ex_sw == 0 && spec_zero(fp.fpr_pad, sizeof(fp.fpr_pad)));
	puppet_end(pp);
}

SPEC_TEST(floating_point_registers_are_written_and_the_xmm_ones_stay)
{
	struct puppet *pp = puppet_loaded();
	long double other = 2.5L;
	struct fpreg fp, got;

	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	memcpy(fp.fpr_acc[0], &other, 10);
	fp.fpr_env[TAGS] = 0x17ff; /* 7, 6 and 5 in use: anything but 11 */
	fp.fpr_env[CONTROL] = 0x27f;
	fp.fpr_env[IP] = 0x1234;
	fp.fpr_env[OPERAND] = 0x5678;
	fp.fpr_env[CS_OPCODE] = 0x0123ffff;
	fp.fpr_env[DS] = 0xffff;
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	ASK(PT_GETFPREGS, pp->pid, &got, 0);
	ATF_REQUIRE_EQ(0x27f, got.fpr_env[CONTROL]);
	ATF_REQUIRE_EQ(0x03ff, got.fpr_env[TAGS]);
	ATF_REQUIRE_EQ(0x1234, got.fpr_env[IP]);
	ATF_REQUIRE_EQ(0x5678, got.fpr_env[OPERAND]);
	ATF_REQUIRE_EQ(0x123, got.fpr_env[CS_OPCODE] >> 16);
	ATF_REQUIRE_EQ(regs_of(pp->pid).r_cs, got.fpr_env[CS_OPCODE] & 0xffff); /* ignored */
	ATF_REQUIRE_EQ(regs_of(pp->pid).r_ds, got.fpr_env[DS]);
	fp.fpr_env[TAGS] = 0x3fff; /* as its code needs them */
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(2500, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->word[1]);
	puppet_end(pp);
}

SPEC_TEST(xmm_registers_are_read_and_written)
{
	struct puppet *pp = puppet_loaded();
	struct xmmreg xmm;
	double two[2];

	memset(&xmm, 0x5a, sizeof(xmm));
	ASK(PT_GETXMMREGS, pp->pid, &xmm, 0);
	ATF_REQUIRE_EQ(0x37f, xmm.xmm_env[0] & 0xffff);
	ATF_REQUIRE_EQ(0x80, xmm.xmm_env[1] & 0xff); /* one register in use: number 7 */
	ATF_REQUIRE_EQ(0x1f80, xmm.xmm_env[6] & 0xffc0);
	ATF_REQUIRE(spec_zero(xmm.xmm_pad, sizeof(xmm.xmm_pad)));
	memcpy(two, xmm.xmm_reg[5], sizeof(two));
	ATF_REQUIRE(two[0] == 1.5 && two[1] == 2.5);
	two[0] = 3.5;
	memcpy(xmm.xmm_reg[5], two, sizeof(two));
	ASK(PT_SETXMMREGS, pp->pid, &xmm, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(3141, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->word[0]);
	puppet_end(pp);
}

SPEC_TEST(mxcsr_bits_the_machine_has_not_are_cut_off)
{
	struct puppet *pp = puppet_in_stop();
	struct xmmreg xmm, got;

	ASK(PT_GETXMMREGS, pp->pid, &xmm, 0);
	xmm.xmm_env[6] = 0xffffffff;
	xmm.xmm_env[7] = 0x12345678; /* the mask is the machine's */
	memset(xmm.xmm_pad, 0xff, sizeof(xmm.xmm_pad));
	ASK(PT_SETXMMREGS, pp->pid, &xmm, 0);
	ASK(PT_GETXMMREGS, pp->pid, &got, 0);
	ATF_REQUIRE(got.xmm_env[7] != 0x12345678);
	ATF_REQUIRE_EQ(got.xmm_env[7], got.xmm_env[6]);
	ATF_REQUIRE(spec_zero(got.xmm_pad, sizeof(got.xmm_pad)));
	puppet_end(pp);
}

SPEC_TEST(xmm_requests_of_a_bad_address_are_EFAULT)
{
	struct puppet *pp = puppet_in_stop();

	REFUSED(EFAULT, PT_GETXMMREGS, pp->pid, 8, 0);
	REFUSED(EFAULT, PT_SETXMMREGS, pp->pid, 8, 0);
	puppet_end(pp);
}
