/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS.  Spec: requests.md, 6; registers.md, 1, 3 and 8.
 */
/* one wait */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <stddef.h>
#include <unistd.h>

/* A puppet in a signal stop outside any call. */
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

static uintptr_t
pc_of(pid_t pid)
{
	struct reg reg = regs_of(pid);

	return ((uintptr_t)R_PC(&reg));
}

SPEC_TEST_WRITING(registers_written_back_are_as_before, "regs.2")
{
	struct puppet *pp = puppet_in_stop();
	struct reg before = regs_of(pp->pid), after;

	ASK(PT_SETREGS, pp->pid, &before, -1);
	after = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&before, &after, sizeof(before)));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST_WRITING(registers_written_back_in_a_call_are_as_before)
{
	struct puppet *pp;
	struct reg before, after;
	int i;

	pp = puppet_start(1);
	for (i = 0; i < 20; i++) {
		puppet_attach(pp);
		before = regs_of(pp->pid);
		ASK(PT_SETREGS, pp->pid, &before, 0);
		after = regs_of(pp->pid);
		ATF_REQUIRE_EQ(0, memcmp(&before, &after, sizeof(before)));
		ASK(PT_DETACH, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(i, puppet_does(pp, 0, do_nothing, i));
	}
	puppet_end(pp);
}

static void
write_all_back(pid_t pid)
{
	struct reg reg;
	struct fpreg fpreg;
	struct dbreg dbreg;

	ASK(PT_GETREGS, pid, &reg, 0);
	ASK(PT_GETFPREGS, pid, &fpreg, 0);
	ASK(PT_GETDBREGS, pid, &dbreg, 0);
	ASK(PT_SETREGS, pid, &reg, 0);
	ASK(PT_SETFPREGS, pid, &fpreg, 0);
	ASK(PT_SETDBREGS, pid, &dbreg, 0);
}

/* Entries, exits, a fork from both sides, signals, an exec: nothing comes of it. */
SPEC_TEST_WRITING(registers_are_written_back_at_every_stop, "regs.2")
{
	struct puppet *pp = puppet_attached(1);
	int status, stops = 0, sig;
	pid_t who;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_catch, SIGUSR1);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 0, do_fork, 3);
#if defined(__i386__)
	puppet_will(pp, 0, do_exit, 6); /* what it would execute may not be a 32-bit program */
#else
	puppet_will(pp, 0, do_exec, 6);
#endif
	write_all_back(pp->pid);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	for (;;) {
		who = spec_wait(-1, &status, 0);
		ATF_REQUIRE(who > 0);
		if (!WIFSTOPPED(status)) {
			ATF_REQUIRE_EQ(W_EXITCODE(who == pp->pid ? 6 : 3, 0), status);
			if (who == pp->pid)
				break;
			continue;
		}
		stops++;
		write_all_back(who);
		sig = (INFO(who).pl_flags & PL_FLAG_SI) != 0 && WSTOPSIG(status) != SIGSTOP ? WSTOPSIG(status) : 0;
		ASK(PT_SYSCALL, who, 1, sig);
	}
	ATF_REQUIRE(stops > 20);
	puppet_end(pp);
}

SPEC_TEST_WRITING(pc_is_written, "regs.1")
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid);

	R_PC(&reg) = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops, pc_of(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST_WRITING(floating_point_registers_written_back_are_as_before, "regs.1 regs.2")
{
	struct puppet *pp = puppet_in_stop();
	struct fpreg before, after;

	memset(&before, 0x5a, sizeof(before));
	memset(&after, 0xa5, sizeof(after));
	ASK(PT_GETFPREGS, pp->pid, &before, -1);
	ASK(PT_SETFPREGS, pp->pid, &before, -1);
	ASK(PT_GETFPREGS, pp->pid, &after, -1);
	ATF_REQUIRE_EQ(0, memcmp(&before, &after, sizeof(before)));
	puppet_end(pp);
}

SPEC_TEST(bad_addresses_are_EFAULT, "call.5 call.6")
{
	struct puppet *pp = puppet_in_stop();

	REFUSED(EFAULT, PT_GETREGS, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_SETREGS, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_GETFPREGS, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_SETFPREGS, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST_WRITING(registers_of_each_thread_are_its_own, "thr.1 thr.4")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one;
	struct reg a, b;

	ASK(PT_SUSPEND, zero, NULL, 0);
	one = puppet_lwp(pp, 1);
	a = regs_of(zero);
	b = regs_of(one);
	ATF_REQUIRE(R_SP(&a) != R_SP(&b));
	R_PC(&a) = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, zero, &a, 0);
	a = regs_of(one);
	ATF_REQUIRE_EQ(0, memcmp(&b, &a, sizeof(b)));
	ATF_REQUIRE_EQ((uintptr_t)machine_nops, pc_of(zero));
	puppet_end(pp);
}

#if defined(__x86_64__)
SPEC_TEST(layout_is_FreeBSDs)
{
	ATF_REQUIRE_EQ(176, sizeof(struct reg));
	ATF_REQUIRE_EQ(0, offsetof(struct reg, r_r15));
	ATF_REQUIRE_EQ(56, offsetof(struct reg, r_r8));
	ATF_REQUIRE_EQ(64, offsetof(struct reg, r_rdi));
	ATF_REQUIRE_EQ(72, offsetof(struct reg, r_rsi));
	ATF_REQUIRE_EQ(80, offsetof(struct reg, r_rbp));
	ATF_REQUIRE_EQ(88, offsetof(struct reg, r_rbx));
	ATF_REQUIRE_EQ(96, offsetof(struct reg, r_rdx));
	ATF_REQUIRE_EQ(104, offsetof(struct reg, r_rcx));
	ATF_REQUIRE_EQ(112, offsetof(struct reg, r_rax));
	ATF_REQUIRE_EQ(120, offsetof(struct reg, r_trapno));
	ATF_REQUIRE_EQ(124, offsetof(struct reg, r_fs));
	ATF_REQUIRE_EQ(126, offsetof(struct reg, r_gs));
	ATF_REQUIRE_EQ(128, offsetof(struct reg, r_err));
	ATF_REQUIRE_EQ(132, offsetof(struct reg, r_es));
	ATF_REQUIRE_EQ(134, offsetof(struct reg, r_ds));
	ATF_REQUIRE_EQ(136, offsetof(struct reg, r_rip));
	ATF_REQUIRE_EQ(144, offsetof(struct reg, r_cs));
	ATF_REQUIRE_EQ(152, offsetof(struct reg, r_rflags));
	ATF_REQUIRE_EQ(160, offsetof(struct reg, r_rsp));
	ATF_REQUIRE_EQ(168, offsetof(struct reg, r_ss));
	ATF_REQUIRE_EQ(512, sizeof(struct fpreg));
	ATF_REQUIRE_EQ(32, offsetof(struct fpreg, fpr_acc));
	ATF_REQUIRE_EQ(160, offsetof(struct fpreg, fpr_xacc));
	ATF_REQUIRE_EQ(416, offsetof(struct fpreg, fpr_spare));
}

SPEC_TEST(every_general_register_is_written, "regs.1")
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got;

	reg.r_r15 = 15;
	reg.r_r14 = 14;
	reg.r_r13 = 13;
	reg.r_r12 = 12;
	reg.r_r11 = 11;
	reg.r_r10 = 10;
	reg.r_r9 = 9;
	reg.r_r8 = 8;
	reg.r_rdi = 0x1122334455667788;
	reg.r_rsi = -1;
	reg.r_rbp = 3;
	reg.r_rbx = 4;
	reg.r_rdx = 5;
	reg.r_rcx = 6;
	reg.r_rax = 7;
	reg.r_rsp = 0x1000;
	reg.r_rip = 0x2000;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(trap_number_and_error_code_read_zero_and_are_ignored)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got;

	ATF_REQUIRE_EQ(0, reg.r_trapno);
	ATF_REQUIRE_EQ(0, reg.r_err);
	got = reg;
	got.r_trapno = 99;
	got.r_err = 99;
	ASK(PT_SETREGS, pp->pid, &got, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(data_segments_are_ignored)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got = reg;

	got.r_ds = got.r_es = got.r_fs = got.r_gs = 0x1234;
	ASK(PT_SETREGS, pp->pid, &got, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

#define FLAGS_FREE 0x00254dd5L

SPEC_TEST(flags_outside_the_users_are_EINVAL, "err.1")
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad, got;
	int bit;

	for (bit = 0; bit < 32; bit++) {
		bad = reg;
		bad.r_rflags ^= 1L << bit;
		bad.r_rbx = 99;
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
		other.r_rflags ^= 1L << bit;
		ASK(PT_SETREGS, pp->pid, &other, 0);
		/* What the host would not change all the same: ID. */
		if ((0x200000L >> bit & 1) == 0)
			ATF_REQUIRE_EQ_MSG(other.r_rflags, regs_of(pp->pid).r_rflags, "bit %d", bit);
		ASK(PT_SETREGS, pp->pid, &reg, 0);
	}
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(upper_half_of_the_flags_is_ignored)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), other = reg, got;

	other.r_rflags |= (int64_t)0x12345678 << 32;
	ASK(PT_SETREGS, pp->pid, &other, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	puppet_end(pp);
}

SPEC_TEST(code_segment_must_be_the_users, "err.1")
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad;
	int level;

	for (level = 0; level < 3; level++) {
		bad = reg;
		bad.r_cs = (reg.r_cs & ~3L) | level;
		REFUSED(EINVAL, PT_SETREGS, pp->pid, &bad, 0);
	}
	ATF_REQUIRE_EQ(3, regs_of(pp->pid).r_cs & 3);
	puppet_end(pp);
}

#ifndef __FreeBSD__
/* FreeBSD takes it, and the thread faults. */
SPEC_TEST(stack_segment_that_is_not_the_users_is_EINVAL, "err.1")
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), bad = reg, got;
	int level;

	for (level = 0; level < 3; level++) {
		memset(&bad, 0x11, sizeof(bad));
		bad.r_rflags = reg.r_rflags;
		bad.r_cs = reg.r_cs;
		bad.r_ss = (reg.r_ss & ~3L) | level;
		REFUSED(EINVAL, PT_SETREGS, pp->pid, &bad, 0);
		got = regs_of(pp->pid);
		ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	}
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}
#endif

SPEC_TEST(refused_write_at_an_entry_leaves_the_call_as_it_was, "regs.3")
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (;;) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		if (INFO(pp->pid).pl_syscall_code == PUPPET_CALL(getpid))
			break;
		GO(pp->pid, 0);
	}
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(PUPPET_CALL(getpid), reg.r_rax);
	reg.r_rax = PUPPET_CALL(getppid);
	reg.r_rflags ^= 0x200;
	REFUSED(EINVAL, PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

#endif

#if defined(__x86_64__) || defined(PUPPET_ABROAD)

/* A system call between load and store, by which the puppet stops: do_raise() inlined. */
#if defined(__x86_64__)
#define CALL "\n\tsyscall\n\t"
#define CALL_INPUT "0"((long)SYS_kill), "D"((long)getpid()), "S"((long)SIGUSR2)
#define CALL_CLOBBER "rcx", "r11", "memory"
#define XMM5 , "xmm5"
#else
#define CALL "\n\tint $0x80\n\t"
#define CALL_INPUT "0"((long)SYS_kill), "b"((long)getpid()), "c"((long)SIGUSR2)
#define CALL_CLOBBER "memory"
#define XMM5 /* which no code uses */
#endif

part do_load_xmm, do_load_st;

long
do_load_xmm(long arg)
{
	static double one[2] = { 1.5, 2.5 };
	long ok;

	(void)arg;
	__asm__ volatile("movups %1, %%xmm5" CALL "movups %%xmm5, %1"
			 : "=a"(ok), "+m"(one)
			 : CALL_INPUT
			 : CALL_CLOBBER XMM5);
	stage->word[0] = one[0] == 3.5 && one[1] == 2.5;
	return (ok);
}

long
do_load_st(long arg)
{
	static long double pi;
	long ok;

	(void)arg;
	__asm__ volatile("fldpi" CALL "fstpt %1" : "=a"(ok), "=m"(pi) : CALL_INPUT : CALL_CLOBBER, "st");
	return ((long)(pi * 1000));
}

#endif

#if defined(__x86_64__)
SPEC_TEST(xmm_registers_are_read_and_written)
{
	struct puppet *pp = puppet_attached(1);
	struct fpreg fp;
	double two[2];

	puppet_will(pp, 0, do_load_xmm, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	memcpy(two, fp.fpr_xacc[5], sizeof(two));
	ATF_REQUIRE(two[0] == 1.5 && two[1] == 2.5);
	two[0] = 3.5;
	memcpy(fp.fpr_xacc[5], two, sizeof(two));
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->word[0]);
	puppet_end(pp);
}

SPEC_TEST(floating_point_stack_and_environment_are_read)
{
	struct puppet *pp = puppet_attached(1);
	struct fpreg fp;
	long double pi = 0;
	unsigned short control, status;
	unsigned char tag;
	unsigned int mxcsr;

	puppet_will(pp, 0, do_load_st, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	memcpy(&control, (char *)fp.fpr_env, 2);
	memcpy(&status, (char *)fp.fpr_env + 2, 2);
	memcpy(&tag, (char *)fp.fpr_env + 4, 1);
	memcpy(&mxcsr, (char *)fp.fpr_env + 24, 4);
	memcpy(&pi, fp.fpr_acc[0], 10);
	ATF_REQUIRE_EQ(0x37f, control);
	ATF_REQUIRE_EQ(7, status >> 11 & 7); /* top of stack */
	ATF_REQUIRE_EQ(0x80, tag);	     /* one register in use: number 7 */
	ATF_REQUIRE_EQ(0x1f80, mxcsr & 0xffc0);
	ATF_REQUIRE_EQ(3141, (long)(pi * 1000));
	ATF_REQUIRE(spec_zero(fp.fpr_spare, sizeof(fp.fpr_spare)));
	pi = 2.5L;
	memcpy(fp.fpr_acc[0], &pi, 10);
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(2500, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(padding_spare_and_mxcsr_mask_are_ignored)
{
	struct puppet *pp = puppet_in_stop();
	struct fpreg before, fp, after;
	int i;

	ASK(PT_GETFPREGS, pp->pid, &before, 0);
	fp = before;
	memset(fp.fpr_spare, 0xff, sizeof(fp.fpr_spare));
	memset((char *)fp.fpr_env + 28, 0xff, 4);
	memset((char *)fp.fpr_env + 5, 0xff, 1);
	for (i = 0; i < 8; i++)
		memset(&fp.fpr_acc[i][10], 0xff, 6);
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	ASK(PT_GETFPREGS, pp->pid, &after, 0);
	ATF_REQUIRE_EQ(0, memcmp(before.fpr_env, after.fpr_env, sizeof(before.fpr_env)));
	ATF_REQUIRE_EQ(0, memcmp(before.fpr_xacc, after.fpr_xacc, sizeof(before.fpr_xacc)));
	ATF_REQUIRE(spec_zero(after.fpr_spare, sizeof(after.fpr_spare)));
	for (i = 0; i < 8; i++)
		ATF_REQUIRE(spec_zero(&after.fpr_acc[i][10], 6));
	puppet_end(pp);
}

SPEC_TEST(mxcsr_bits_the_machine_has_not_are_cut_off)
{
	struct puppet *pp = puppet_in_stop();
	struct fpreg fp;
	unsigned int mxcsr = 0xffffffff, mask;

	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	memcpy(&mask, (char *)fp.fpr_env + 28, 4);
	memcpy((char *)fp.fpr_env + 24, &mxcsr, 4);
	ASK(PT_SETFPREGS, pp->pid, &fp, 0);
	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	memcpy(&mxcsr, (char *)fp.fpr_env + 24, 4);
	ATF_REQUIRE_EQ(mask, mxcsr);
	puppet_end(pp);
}
#endif
