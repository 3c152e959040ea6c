/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a tracer of one width sees of a target of the other.  Spec: registers.md, 6 and 7; requests.md, 5.
 */
#include "spec.h"
#include "abroad.h"
#include "machine.h"

#include <machine/ptrace.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#define SELECTOR_64 0x33 /* of 64-bit code; a 32-bit program's is another */

static struct reg
regs_of(pid_t pid)
{
	struct reg reg;

	memset(&reg, 0x5a, sizeof(reg));
	ASK(PT_GETREGS, pid, &reg, 0);
	return (reg);
}

static struct puppet *
puppet_in_stop(void)
{
	struct puppet *pp = puppet_attached(1);

	(void)puppet_lwp(pp, 0);
	return (pp);
}

/* ---- registers ---- */

/* A call whose arguments tell which register is which; it fails. */
static long
do_call(long number)
{
	return (syscall(number, 0x11111111L, 0x22222222L, 0x33333333L, 0x44444444L));
}

/* A puppet about to make it. */
static struct puppet *
puppet_at_call(void)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_call, PUPPET_CALL(ftruncate));
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (;;) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		if (INFO(pp->pid).pl_syscall_code == PUPPET_CALL(ftruncate))
			return (pp);
		GO(pp->pid, 0);
	}
}

SPEC_TEST(registers_are_those_of_the_tracers_width)
{
	struct puppet *pp = puppet_at_call();
	struct reg reg = regs_of(pp->pid);

	ATF_REQUIRE_EQ(PUPPET_CALL(ftruncate), R_CALL(&reg));
	ATF_REQUIRE_EQ(0x11111111, R_ARG0(&reg));
	ATF_REQUIRE_EQ(0x22222222, R_ARG1(&reg));
	ATF_REQUIRE_EQ(0x33333333, R_ARG2(&reg));
#if defined(__x86_64__)
	ATF_REQUIRE_EQ(0x44444444, reg.r_rsi); /* the fourth of a 32-bit call */
	ATF_REQUIRE(reg.r_cs != SELECTOR_64);
	ATF_REQUIRE_EQ(0, reg.r_rip >> 32);
	ATF_REQUIRE_EQ(0, reg.r_rsp >> 32);
#else
	ATF_REQUIRE_EQ(SELECTOR_64, reg.r_cs);
	ATF_REQUIRE(reg.r_isp == 0 && reg.r_trapno == 0 && reg.r_err == 0);
#endif
	puppet_end(pp);
}

/* What a refused or a taken write leaves: the target goes on as it would have. */
static void
end_of_call(struct puppet *pp)
{
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(-1, puppet_said(pp, 0));
	puppet_end(pp);
}

#if defined(__x86_64__)

SPEC_TEST(registers_of_a_32_bit_target_are_written)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg = regs_of(pp->pid), got;

	reg.r_rbx = 0x12345678;
	reg.r_rsi = 0xfedcba98;
	reg.r_rip = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, (uintptr_t)got.r_rip);
	ATF_REQUIRE(got.r_rbx == 0x12345678 && got.r_rsi == 0xfedcba98);
	puppet_end(pp);
}

SPEC_TEST(registers_of_the_other_width_have_names)
{
	ATF_REQUIRE_EQ(76, sizeof(struct reg32));
	ATF_REQUIRE_EQ(176, sizeof(struct fpreg32));
	ATF_REQUIRE_EQ(32, sizeof(struct dbreg32));
	ATF_REQUIRE_EQ(16, sizeof(struct ptrace_io_desc32));
	ATF_REQUIRE_EQ(40, sizeof(struct ptrace_vm_entry32));
}

#else

SPEC_TEST(registers_of_a_64_bit_target_are_not_written)
{
	struct puppet *pp = puppet_at_call();
	struct reg reg = regs_of(pp->pid), got;
	struct fpreg fp;
	struct dbreg db;

	REFUSED(EINVAL, PT_SETREGS, pp->pid, &reg, 0);
	ASK(PT_GETFPREGS, pp->pid, &fp, 0);
	REFUSED(EINVAL, PT_SETFPREGS, pp->pid, &fp, 0);
	ASK(PT_GETDBREGS, pp->pid, &db, 0);
	REFUSED(EINVAL, PT_SETDBREGS, pp->pid, &db, 0);
	got = regs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&reg, &got, sizeof(reg)));
	end_of_call(pp);
}

/* A write that steps, by a jump that names no more than 32 bits, does not cut the registers. */
SPEC_TEST(registers_of_a_64_bit_target_stay_whole)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg;
	int i;

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	ASK(PT_CONTINUE, pp->pid, machine_nops, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	for (i = 1; i < 4; i++) {
		reg = regs_of(pp->pid);
		ATF_REQUIRE_EQ((uintptr_t)machine_nops + (uintptr_t)i * MACHINE_NOP_SIZE, reg.r_eip);
		ASK(PT_STEP, pp->pid, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
	}
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(steps_do_not_cut_the_stack_pointer)
{
	struct puppet *pp = puppet_in_stop();
	int i;

	puppet_will(pp, 0, do_getpid, 0);
	for (i = 0; i < 300; i++) {
		ASK(PT_STEP, pp->pid, 1, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
	}
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(segment_bases_of_a_64_bit_target_are_EINVAL)
{
	struct puppet *pp = puppet_in_stop();
	unsigned long base = 0;

	REFUSED(EINVAL, PT_GETFSBASE, pp->pid, &base, 0);
	REFUSED(EINVAL, PT_SETFSBASE, pp->pid, &base, 0);
	REFUSED(EINVAL, PT_GETGSBASE, pp->pid, &base, 0);
	REFUSED(EINVAL, PT_SETGSBASE, pp->pid, &base, 0);
	puppet_end(pp);
}

SPEC_TEST(xmm_registers_of_a_64_bit_target_are_read_and_written)
{
	struct puppet *pp = puppet_in_stop();
	struct xmmreg xmm, got;

	ASK(PT_GETXMMREGS, pp->pid, &xmm, 0);
	memset(xmm.xmm_reg[3], 0x33, sizeof(xmm.xmm_reg[3]));
	ASK(PT_SETXMMREGS, pp->pid, &xmm, 0);
	ASK(PT_GETXMMREGS, pp->pid, &got, 0);
	ATF_REQUIRE_EQ(0, memcmp(&xmm, &got, sizeof(got)));
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

#endif

/* ---- system calls ---- */

SPEC_TEST(calls_have_the_targets_numbers_and_arguments)
{
	static const struct {
		u_int code, narg;
	} calls[] = { { PUPPET_CALL(getpid), 0 }, { PUPPET_CALL(close), 1 }, { PUPPET_CALL(ftruncate), 2 },
		{ PUPPET_CALL(lseek), 3 } };
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		puppet_will(pp, 0, do_call, (long)calls[i].code);
	ASK(PT_TO_SCX, pp->pid, 1, 0);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]);) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		info = INFO(pp->pid);
		REQUIRE_FLAGS(PL_FLAG_SCX, PL_FLAG_SCE, info);
		if (info.pl_syscall_code == calls[i].code)
			ATF_REQUIRE_EQ(calls[i++].narg, info.pl_syscall_narg);
		GO(pp->pid, 0);
	}
	puppet_end(pp);
}

SPEC_TEST(result_of_a_call_has_its_sign)
{
	struct puppet *pp = puppet_at_call();
	struct reg reg;

	ASK(PT_TO_SCX, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCX, PL_FLAG_SCE, INFO(pp->pid));
	reg = regs_of(pp->pid);
	ATF_REQUIRE_EQ(-EBADF, (int)R_RESULT(&reg));
	end_of_call(pp);
}

/* In steps, of which none may miss the entry. */
static void
step_to_getpid(pid_t pid)
{
	struct ptrace_lwpinfo info;
	int i;

	for (i = 0; i < 5000; i++) {
		ASK(PT_STEP, pid, 1, 0);
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		if ((info.pl_flags & PL_FLAG_SCE) != 0 && info.pl_syscall_code == PUPPET_CALL(getpid))
			return;
	}
	atf_tc_fail("no entry of getpid in %d steps", i);
}

static long
do_map(long at)
{
	void *page = mmap((void *)(uintptr_t)(uint32_t)at, 4096, PROT_READ, MAP_PRIVATE | MAP_ANON | MAP_FIXED_NOREPLACE, -1, 0);

	return (page == MAP_FAILED ? -errno : 0);
}

/* What lies where the address of a 64-bit target's instruction, cut to 32 bits, points to is not that instruction. */
SPEC_TEST(step_stops_at_the_entry_of_a_call)
{
	struct puppet *pp = puppet_in_stop();
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0); /* out of raise() */
	EXPECT_STOP(pp->pid, SIGTRAP);
	step_to_getpid(pp->pid);
	reg = regs_of(pp->pid);
	puppet_will(pp, 0, do_map, (long)(R_PC(&reg) & ~0xfffL)); /* EEXIST in a 32-bit target */
	puppet_will(pp, 0, do_getpid, 0);
	step_to_getpid(pp->pid);
	puppet_end(pp);
}

/* ---- memory ---- */

PUPPET_DATA static char cell[4] = "abc";

SPEC_TEST(memory_of_the_target_is_read_and_written)
{
	struct puppet *pp = puppet_attached(1);
	char got[4] = "";
	struct ptrace_io_desc io = { PIOD_READ_D, cell, got, sizeof(got) };

	ASK(PT_IO, pp->pid, &io, 0);
	ATF_REQUIRE_STREQ("abc", got);
	ASK(PT_WRITE_D, pp->pid, cell, 0x7a7978);
	ASK(PT_IO, pp->pid, &io, 0);
	ATF_REQUIRE_STREQ("xyz", got);
	ATF_REQUIRE_STREQ("abc", cell);
	puppet_end(pp);
}

#if defined(__x86_64__)

SPEC_TEST(memory_above_4_gib_is_not_there)
{
	struct puppet *pp = puppet_attached(1);

	REFUSED(EFAULT, PT_READ_D, pp->pid, (uintptr_t)cell + (UINT64_C(1) << 32), 0);
	REFUSED(EFAULT, PT_READ_D, pp->pid, 0xfffffffcUL + 1, 0);
	puppet_end(pp);
}

#else

SPEC_TEST(memory_that_ends_at_4_gib_is_not_there)
{
	struct puppet *pp = puppet_attached(1);
	char got[16];
	struct ptrace_io_desc io = { PIOD_READ_D, (void *)0xfffffff8, got, sizeof(got) };

	REFUSED(EFAULT, PT_IO, pp->pid, &io, 0);
	REFUSED(EFAULT, PT_READ_D, pp->pid, 0xfffffffe, 0);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, 0xfffffffe, 1);
	puppet_end(pp);
}

#endif

/* ---- lwpinfo and signals ---- */

SPEC_TEST(lwpinfo_of_every_size)
{
	struct puppet *pp = puppet_in_stop();
	unsigned char whole[sizeof(struct ptrace_lwpinfo)], part_[sizeof(whole)];
	int size;

	ASK(PT_LWPINFO, pp->pid, whole, sizeof(whole));
	for (size = 1; size <= (int)sizeof(whole); size++) {
		memset(part_, 0x5a, sizeof(part_));
		ASK(PT_LWPINFO, pp->pid, part_, size);
		/* PL_FLAG_SI only where the size holds it. */
		if (size >= (int)offsetof(struct ptrace_lwpinfo, pl_tdname))
			ATF_REQUIRE_EQ_MSG(0, memcmp(whole, part_, (size_t)size), "size %d", size);
		ATF_REQUIRE_MSG(size == (int)sizeof(whole) || part_[size] == 0x5a, "size %d", size);
	}
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, whole, sizeof(whole) + 1);
	puppet_end(pp);
}

static long
do_touch(long at)
{
	return (*(volatile int *)at);
}

SPEC_TEST(siginfo_has_the_address_of_a_fault)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_touch, 0x1230);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(SIGSEGV, info.pl_siginfo.si_signo);
	ATF_REQUIRE_EQ(SEGV_MAPERR, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ((void *)0x1230, info.pl_siginfo.si_addr);
	puppet_end(pp);
}

SPEC_TEST(siginfo_has_a_queued_value)
{
	struct puppet *pp = puppet_start(1);
	union sigval value = { .sival_int = 4711 };
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGRTMIN));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(0, sigqueue(pp->pid, SIGRTMIN, value));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGRTMIN);
	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(4711, info.pl_siginfo.si_value.sival_int);
	ATF_REQUIRE_EQ(getpid(), info.pl_siginfo.si_pid);
	GO(pp->pid, SIGRTMIN);
	while (stage->caught[SIGRTMIN] == 0)
		sched_yield();
	ATF_REQUIRE_EQ(4711, stage->caught_value[SIGRTMIN]);
	puppet_end(pp);
}

/* ---- exec from one width to the other, and back ---- */

static long
do_become(long how)
{
	const char *program = how == 0 ? "/proc/self/exe" : abroad_program();

	execl(program, program, "-h", (char *)NULL);
	return (-errno);
}

/* The program at its exec's stop: the registers are its own. */
static void
expect_exec(pid_t pid, bool wide)
{
	struct ptrace_lwpinfo info;
	struct reg reg;

	EXPECT_STOP(pid, SIGTRAP);
	info = INFO(pid);
	REQUIRE_FLAGS(PL_FLAG_EXEC | PL_FLAG_SCX, PL_FLAG_SCE, info);
	/* The number is that of the new program's own execve. */
	ATF_REQUIRE_EQ(wide ? 59 : 11, info.pl_syscall_code);
	ATF_REQUIRE_EQ(3, info.pl_syscall_narg);
	reg = regs_of(pid);
	ATF_REQUIRE_EQ(wide, reg.r_cs == SELECTOR_64);
}

/* Its first calls are told with the numbers of its width, each with an entry and an exit. */
static void
expect_calls(pid_t pid, u_int first)
{
	struct ptrace_lwpinfo info;
	int i;

	for (i = 0; i < 6; i++) {
		ASK(PT_SYSCALL, pid, 1, 0);
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		REQUIRE_FLAGS(i % 2 == 0 ? PL_FLAG_SCE : PL_FLAG_SCX, PL_FLAG_EXEC, info);
		if (i < 2)
			ATF_REQUIRE_EQ(first, info.pl_syscall_code);
	}
}

#define BRK(wide) ((wide) ? 12 : 45)

SPEC_TEST(exec_of_a_program_of_the_other_width)
{
	const bool wide = sizeof(long) == 8;
	struct puppet *pp = puppet_attached(1);

	ATF_REQUIRE_EQ(!wide, regs_of(pp->pid).r_cs == SELECTOR_64);
	puppet_will(pp, 0, do_become, 1); /* what is abroad to the puppet is ours */
	GO(pp->pid, 0);
	expect_exec(pp->pid, wide);
	expect_calls(pp->pid, BRK(wide));
	ASK(PT_KILL, pp->pid, 1, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(exec_of_a_program_of_its_own_width)
{
	const bool wide = sizeof(long) == 8;
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_become, 0);
	ASK(PT_CONTINUE, pp->pid, 1, 0);
	expect_exec(pp->pid, !wide);
	expect_calls(pp->pid, BRK(!wide));
	ASK(PT_DETACH, pp->pid, 1, 0);
	puppet_end(pp);
}

static long
do_become_in_a_thread(long wire)
{
	(void)wire;
	return (do_become(1));
}

SPEC_TEST(exec_of_another_thread_across_widths)
{
	const bool wide = sizeof(long) == 8;
	struct puppet *pp = puppet_attached(3);

	puppet_will(pp, 2, do_become_in_a_thread, 2);
	GO(pp->pid, 0);
	expect_exec(pp->pid, wide);
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	expect_calls(pp->pid, BRK(wide));
	puppet_end(pp);
}

/* ---- the map ---- */

SPEC_TEST(map_is_the_targets_cut_to_the_tracers_width)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_vm_entry entry;
	unsigned long long start, end;
	char path[64], line[512];
	FILE *f;

	memset(&entry, 0, sizeof(entry));
	snprintf(path, sizeof(path), "/proc/%d/maps", pp->pid);
	ATF_REQUIRE((f = fopen(path, "re")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		ATF_REQUIRE_EQ(2, sscanf(line, "%llx-%llx", &start, &end));
		entry.pve_pathlen = 0;
		ASK(PT_VM_ENTRY, pp->pid, &entry, 0);
		ATF_REQUIRE_EQ((u_long)start, entry.pve_start);
		ATF_REQUIRE_EQ((u_long)(end - 1), entry.pve_end);
	}
	fclose(f);
	REFUSED(ENOENT, PT_VM_ENTRY, pp->pid, &entry, 0);
	puppet_end(pp);
}
