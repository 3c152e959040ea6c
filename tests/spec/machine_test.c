/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests of x86 alone: extended state and segment bases.  Spec: registers.md, 7; requests.md, 1 and 3;
 * decisions.md, 10.
 */
/* one wait */
#include "spec.h"
#include "machine.h"

#if defined(__x86_64__) || defined(__i386__)

#include <machine/ptrace.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <cpuid.h>
#include <stddef.h>
#include <unistd.h>

#define LEGACY 512
#define HEADER 512
#define HEADER_END 576
#define MXCSR 24
#define MXCSR_MASK 28
#define XMM 160
#define YMM_HIGH 2 /* components */
#define OPMASK 5
#define USER_END 0x800000000000

#if defined(__x86_64__)
/* ---- parts ---- */

/* It stops twice, by a system call each time; what is in the registers then is what the test has put there. */
#define STOP_HERE "mov %[kill], %%eax\n\tmov %[pid], %%edi\n\tmov %[sig], %%esi\n\tsyscall\n\t"
#define STOP_ARGS [kill] "i"(SYS_kill), [pid] "r"(getpid()), [sig] "i"(SIGUSR2)

static volatile struct { uint64_t q[4]; } ymm __attribute__((aligned(32)));

static long __attribute__((target("avx")))
do_ymm(long arg)
{
	ymm.q[0] = ymm.q[1] = 0x1111;
	ymm.q[2] = ymm.q[3] = 0x2222;
	__asm__ volatile("vmovupd %[ymm], %%ymm7\n\t" STOP_HERE "vmovupd %%ymm7, %[ymm]"
			 : [ymm] "+m"(ymm)
			 : STOP_ARGS
			 : "rax", "rcx", "r11", "rdi", "rsi", "memory", "xmm7");
	stage->word[0] = (long)ymm.q[0];
	stage->word[1] = (long)ymm.q[2];
	return (arg);
}

static long
do_read_gs(long offset)
{
	long value;

	__asm__ volatile(STOP_HERE "mov %%gs:(%[offset]), %[value]"
			 : [value] "=&r"(value)
			 : [offset] "r"(offset), STOP_ARGS
			 : "rax", "rcx", "r11", "rdi", "rsi", "memory");
	return (value);
}

/* libc wants its own back before anything else. */
static long
do_read_fs(long offset)
{
	long value;
	pid_t pid = getpid();

	__asm__ volatile(STOP_HERE "mov %%fs:(%[offset]), %[value]\n\t" STOP_HERE
			 : [value] "=&r"(value)
			 : [offset] "r"(offset), [kill] "i"(SYS_kill), [pid] "r"(pid), [sig] "i"(SIGUSR2)
			 : "rax", "rcx", "r11", "rdi", "rsi", "memory");
	return (value);
}

static long
do_get_fs(long arg)
{
	unsigned long base = 0;

	(void)arg;
	__asm__("mov %%fs:0, %0" : "=r"(base)); /* the first word there is its own address */
	return ((long)base);
}
#endif

/* ---- the tests' words ---- */

static struct ptrace_xstate_info xinfo;
static unsigned char *area, *other;

/* A stopped puppet, and areas of the right size. */
static struct puppet *
begin(void)
{
	struct puppet *pp = puppet_attached(1);

	if (ptrace(PT_GETXSTATE_INFO, pp->pid, (caddr_t)&xinfo, sizeof(xinfo)) == -1 && errno == EOPNOTSUPP)
		atf_tc_skip("the processor has no XSAVE");
	ATF_REQUIRE(xinfo.xsave_len >= HEADER_END);
	ATF_REQUIRE((area = malloc(xinfo.xsave_len)) != NULL && (other = malloc(xinfo.xsave_len)) != NULL);
	return (pp);
}

static void
get(pid_t pid, unsigned char *to)
{
	memset(to, 0x5a, xinfo.xsave_len);
	ASK(PT_GETXSTATE, pid, to, 0);
}

static uint64_t
components(const unsigned char *from)
{
	uint64_t bits;

	memcpy(&bits, from + HEADER, sizeof(bits));
	return (bits);
}

static void
set_components(unsigned char *to, uint64_t bits)
{
	memcpy(to + HEADER, &bits, sizeof(bits));
}

#if defined(__x86_64__)
/* Where a component is, and how large; skips the test where there is none. */
static size_t
component(int n, size_t *size)
{
	unsigned a = 0, b = 0, c, d;

	if ((xinfo.xsave_mask >> n & 1) == 0 || __get_cpuid_count(0xd, (unsigned)n, &a, &b, &c, &d) == 0 || a == 0 ||
	    b + a > xinfo.xsave_len)
		atf_tc_skip("the processor has no component %d, or says not where", n);
	*size = a;
	return (b);
}
#endif

/* ---- PT_GETXSTATE_INFO ---- */

SPEC_TEST(numbers_are_FreeBSDs, "num.64")
{
	ATF_REQUIRE_EQ(64, PT_GETXMMREGS);
	ATF_REQUIRE_EQ(65, PT_SETXMMREGS);
	ATF_REQUIRE_EQ(68, PT_GETXSTATE_INFO);
	ATF_REQUIRE_EQ(69, PT_GETXSTATE);
	ATF_REQUIRE_EQ(70, PT_SETXSTATE);
	ATF_REQUIRE_EQ(71, PT_GETFSBASE);
	ATF_REQUIRE_EQ(72, PT_SETFSBASE);
	ATF_REQUIRE_EQ(73, PT_GETGSBASE);
	ATF_REQUIRE_EQ(74, PT_SETGSBASE);
	ATF_REQUIRE_EQ(sizeof(long) == 4 ? 12 : 16, sizeof(struct ptrace_xstate_info));
	ATF_REQUIRE_EQ(0, offsetof(struct ptrace_xstate_info, xsave_mask));
	ATF_REQUIRE_EQ(8, offsetof(struct ptrace_xstate_info, xsave_len));
}

SPEC_TEST(state_info_is_the_machines)
{
	struct puppet *pp = begin();
	struct ptrace_xstate_info again;

	ATF_REQUIRE_EQ(3, xinfo.xsave_mask & 3);
	ATF_REQUIRE(xinfo.xsave_len <= 65536);
	memset(&again, 0x5a, sizeof(again));
	ASK(PT_GETXSTATE_INFO, puppet_lwp(pp, 0), &again, sizeof(again));
	ATF_REQUIRE_EQ(xinfo.xsave_mask, again.xsave_mask);
	ATF_REQUIRE_EQ(xinfo.xsave_len, again.xsave_len);
	puppet_end(pp);
}

SPEC_TEST(state_info_of_another_size_is_EINVAL)
{
	struct puppet *pp = begin();
	struct ptrace_xstate_info info;

	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, &info, 0);
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, &info, -1);
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, &info, 28 - (int)sizeof(info)); /* that of the other width */
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, &info, sizeof(info) - 1);
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, &info, sizeof(info) + 1);
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_GETXSTATE_INFO, pp->pid, NULL, sizeof(info));
	puppet_end(pp);
}

/* ---- PT_GETXSTATE ---- */

/* However long the caller says it is: up to the last byte before a page that is not there. */
SPEC_TEST(all_of_the_state_is_written_whatever_data_says)
{
	static const int datas[] = { 0, 1, -1, 512, 100000 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room, i;
	struct puppet *pp = begin();
	unsigned char *pages, *end;

	room = (xinfo.xsave_len + page - 1) / page * page;
	pages = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	ATF_REQUIRE(pages != MAP_FAILED && munmap(pages + room, page) == 0);
	end = pages + room;
	get(pp->pid, area);
	for (i = 0; i < sizeof(datas) / sizeof(datas[0]); i++) {
		memset(pages, 0x5a, room);
		ASK(PT_GETXSTATE, pp->pid, end - xinfo.xsave_len, datas[i]);
		ATF_REQUIRE_EQ(0, memcmp(area, end - xinfo.xsave_len, xinfo.xsave_len));
		ATF_REQUIRE(room == xinfo.xsave_len || end[-(ptrdiff_t)xinfo.xsave_len - 1] == 0x5a);
	}
	REFUSED(EFAULT, PT_GETXSTATE, pp->pid, end - xinfo.xsave_len + 1, 0);
	REFUSED(EFAULT, PT_GETXSTATE, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(state_has_the_standard_form)
{
	struct puppet *pp = begin();

	get(pp->pid, area);
	ATF_REQUIRE_EQ(xinfo.xsave_mask, components(area));
	ATF_REQUIRE(spec_zero(area + HEADER + 8, HEADER_END - HEADER - 8));
	memset(other, 0, LEGACY);
#if defined(__x86_64__)
	ASK(PT_GETFPREGS, pp->pid, other, 0);
	ATF_REQUIRE_EQ(0, memcmp(other, area, LEGACY));
#else
	ASK(PT_GETXMMREGS, pp->pid, other, 0);
	ATF_REQUIRE_EQ(0, memcmp(other, area, XMM + 8 * 16));
#endif
	puppet_end(pp);
}

SPEC_TEST(state_of_each_thread_is_its_own, "thr.1")
{
	struct puppet *pp;
	lwpid_t zero, one;

	pp = puppet_attached(2);
	zero = puppet_lwp(pp, 0);
	one = puppet_lwp(pp, 1);
	if (ptrace(PT_GETXSTATE_INFO, pp->pid, (caddr_t)&xinfo, sizeof(xinfo)) == -1)
		atf_tc_skip("the processor has no XSAVE");
	ATF_REQUIRE((area = malloc(xinfo.xsave_len)) != NULL && (other = malloc(xinfo.xsave_len)) != NULL);
	get(zero, area);
	memset(area + XMM, 0x77, 16);
	ASK(PT_SETXSTATE, zero, area, (int)xinfo.xsave_len);
	get(one, other);
	ATF_REQUIRE(memcmp(area + XMM, other + XMM, 16) != 0);
	get(zero, other);
	ATF_REQUIRE_EQ(0, memcmp(area + XMM, other + XMM, 16));
	puppet_end(pp);
}

/* ---- PT_SETXSTATE ---- */

SPEC_TEST(state_written_back_is_as_before)
{
	struct puppet *pp = begin();
	int len;

	get(pp->pid, area);
	for (len = HEADER_END; len <= (int)xinfo.xsave_len; len += (int)xinfo.xsave_len - HEADER_END) {
		ASK(PT_SETXSTATE, pp->pid, area, len);
		get(pp->pid, other);
		ATF_REQUIRE_EQ(0, memcmp(area, other, xinfo.xsave_len));
		if (xinfo.xsave_len == HEADER_END)
			break;
	}
	puppet_will(pp, 0, do_nothing, 5);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(5, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(state_is_checked_in_order)
{
	struct puppet *pp = begin();
	int len = (int)xinfo.xsave_len, n;

	get(pp->pid, area);
	/* Its length, before it is read. */
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, NULL, 0);
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, NULL, -1);
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, NULL, LEGACY - 1);
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, NULL, len + 1);
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, area, LEGACY - 1);
	REFUSED(EINVAL, PT_SETXSTATE, pp->pid, area, len + 1);
	/* That it can be read. */
	REFUSED(EFAULT, PT_SETXSTATE, pp->pid, NULL, LEGACY);
	REFUSED(EFAULT, PT_SETXSTATE, pp->pid, NULL, HEADER_END - 1);
	REFUSED(EFAULT, PT_SETXSTATE, pp->pid, NULL, len);
	/* That it has a header. */
	memset(area, 0x33, LEGACY);
	for (n = LEGACY; n < HEADER_END; n++)
		REFUSED(EINVAL, PT_SETXSTATE, pp->pid, area, n);
	get(pp->pid, other);
	ATF_REQUIRE(memcmp(area + XMM, other + XMM, 16) != 0);
	puppet_end(pp);
}

SPEC_TEST(components_the_machine_has_not_are_EINVAL)
{
	struct puppet *pp = begin();
	uint64_t bit;

	get(pp->pid, area);
	memcpy(other, area, xinfo.xsave_len);
	memset(area + XMM, 0x33, 16);
	for (bit = 1; bit != 0; bit <<= 1) {
		if ((xinfo.xsave_mask & bit) != 0)
			continue;
		set_components(area, xinfo.xsave_mask | bit);
		REFUSED(EINVAL, PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
		set_components(area, bit);
		REFUSED(EINVAL, PT_SETXSTATE, pp->pid, area, HEADER_END);
	}
	get(pp->pid, area);
	ATF_REQUIRE_EQ(0, memcmp(area, other, xinfo.xsave_len));
	puppet_end(pp);
}

SPEC_TEST(legacy_part_is_taken_whatever_the_header_says)
{
	struct puppet *pp = begin();

	get(pp->pid, area);
	memset(area + XMM, 0x44, 16);
	set_components(area, 0);
	ASK(PT_SETXSTATE, pp->pid, area, HEADER_END);
	get(pp->pid, other);
	ATF_REQUIRE_EQ(0, memcmp(other + XMM, area + XMM, 16));
	memset(area + XMM, 0x45, 16);
	set_components(area, 2);
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	get(pp->pid, other);
	ATF_REQUIRE_EQ(0, memcmp(other + XMM, area + XMM, 16));
	puppet_end(pp);
}

SPEC_TEST(mxcsr_is_cut_to_what_the_machine_has)
{
	struct puppet *pp = begin();
	uint32_t mxcsr = 0xffffffff, mask;

	get(pp->pid, area);
	memcpy(&mask, area + MXCSR_MASK, sizeof(mask));
	memset(area + MXCSR, 0xff, 8);
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	get(pp->pid, other);
	memcpy(&mxcsr, other + MXCSR, sizeof(mxcsr));
	ATF_REQUIRE_EQ(mask, mxcsr);
	memcpy(&mxcsr, other + MXCSR_MASK, sizeof(mxcsr));
	ATF_REQUIRE_EQ(mask, mxcsr);
	puppet_end(pp);
}

SPEC_TEST(bytes_that_mean_nothing_are_ignored)
{
	struct puppet *pp = begin();

	get(pp->pid, area);
	memset(area + 416, 0xff, 96);
	area[5] = 0xff;
	memset(area + HEADER + 8, 0xff, HEADER_END - HEADER - 8);
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	get(pp->pid, other);
	ATF_REQUIRE(spec_zero(other + 416, 96));
	ATF_REQUIRE_EQ(0, other[5]);
	ATF_REQUIRE(spec_zero(other + HEADER + 8, HEADER_END - HEADER - 8));
	puppet_end(pp);
}

#if defined(__x86_64__)
/* With ymm7 at 0x1111 twice and 0x2222 twice. */
static struct puppet *
begin_ymm(size_t *high)
{
	struct puppet *pp = begin();
	size_t size;

	*high = component(YMM_HIGH, &size) + 7 * 16;
	puppet_will(pp, 0, do_ymm, 9);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	get(pp->pid, area);
	return (pp);
}

static void
expect_ymm(struct puppet *pp, long low, long high)
{
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(9, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(low, stage->word[0]);
	ATF_REQUIRE_EQ(high, stage->word[1]);
	puppet_end(pp);
}

static uint64_t
quad(size_t at)
{
	uint64_t value;

	memcpy(&value, area + at, sizeof(value));
	return (value);
}

SPEC_TEST(ymm_is_read_and_written)
{
	size_t high;
	struct puppet *pp = begin_ymm(&high);

	ATF_REQUIRE_EQ(0x1111, quad(XMM + 7 * 16));
	ATF_REQUIRE_EQ(0x2222, quad(high));
	memcpy(area + XMM + 7 * 16, &(uint64_t){ 0x3333 }, 8);
	memcpy(area + high, &(uint64_t){ 0x4444 }, 8);
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	expect_ymm(pp, 0x3333, 0x4444);
}

SPEC_TEST(component_that_is_not_named_is_reset)
{
	size_t high;
	struct puppet *pp = begin_ymm(&high);

	set_components(area, xinfo.xsave_mask & ~((uint64_t)1 << YMM_HIGH));
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	get(pp->pid, area);
	ATF_REQUIRE_EQ(0, quad(high));
	ATF_REQUIRE_EQ(xinfo.xsave_mask, components(area));
	expect_ymm(pp, 0x1111, 0);
}

SPEC_TEST(component_beyond_the_data_stays)
{
	size_t high;
	struct puppet *pp = begin_ymm(&high);

	memcpy(area + XMM + 7 * 16, &(uint64_t){ 0x3333 }, 8);
	ASK(PT_SETXSTATE, pp->pid, area, HEADER_END);
	expect_ymm(pp, 0x3333, 0x2222);
}

SPEC_TEST(data_may_end_amid_a_component)
{
	size_t high;
	struct puppet *pp = begin_ymm(&high);

	memset(area + high, 0x66, 16);
	memcpy(area + high, &(uint64_t){ 0x4444 }, 8);
	ASK(PT_SETXSTATE, pp->pid, area, (int)high + 8);
	get(pp->pid, area);
	ATF_REQUIRE_EQ(0x4444, quad(high));
	ATF_REQUIRE_EQ(0x2222, quad(high + 8));
	expect_ymm(pp, 0x1111, 0x4444);
}

SPEC_TEST(mask_registers_go_round)
{
	struct puppet *pp = begin();
	size_t size, at = component(OPMASK, &size), i;

	get(pp->pid, area);
	for (i = 0; i < size; i++)
		area[at + i] = (unsigned char)(i * 3 + 1);
	ASK(PT_SETXSTATE, pp->pid, area, (int)xinfo.xsave_len);
	get(pp->pid, other);
	ATF_REQUIRE_EQ(0, memcmp(area, other, xinfo.xsave_len));
	puppet_end(pp);
}

#endif

/* ---- segment bases ---- */

static const int get_base[] = { PT_GETFSBASE, PT_GETGSBASE }, set_base[] = { PT_SETFSBASE, PT_SETGSBASE };

static unsigned long
base_of(pid_t pid, int i)
{
	unsigned long base[2] = { 0x5a5a, 0x5a5a };

	ASK(get_base[i], pid, base, -1);
	ATF_REQUIRE_EQ(0x5a5a, base[1]);
	return (base[0]);
}

#if defined(__x86_64__)
SPEC_TEST(fs_base_is_the_threads)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one = puppet_lwp(pp, 1);
	unsigned long a = base_of(zero, 0), b = base_of(one, 0);

	ATF_REQUIRE(a != 0 && b != 0 && a != b);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ((long)a, puppet_does(pp, 0, do_get_fs, 0));
	ATF_REQUIRE_EQ((long)b, puppet_does(pp, 1, do_get_fs, 0));
	puppet_end(pp);
}

#endif

/* What a thread does not use reads as nothing, and a 32-bit one's is then given a descriptor. */
SPEC_TEST(base_written_back_is_as_before)
{
	struct puppet *pp = puppet_attached(1);
	unsigned long base;
	int i;

	for (i = 0; i < 2; i++) {
		base = base_of(pp->pid, i);
		ASK(set_base[i], pp->pid, &base, 0);
		ATF_REQUIRE_EQ(base, base_of(pp->pid, i));
	}
	puppet_will(pp, 0, do_nothing, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(3, puppet_said(pp, 0));
	puppet_end(pp);
}

#if defined(__x86_64__)
static uint64_t words[4] = { 100, 101, 102, 103 };

SPEC_TEST(gs_base_is_what_the_target_uses)
{
	struct puppet *pp = puppet_attached(1);
	unsigned long base = (uintptr_t)words;
	struct reg reg;

	puppet_will(pp, 0, do_read_gs, 16);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ASK(PT_SETGSBASE, pp->pid, &base, 0);
	ATF_REQUIRE_EQ(base, base_of(pp->pid, 1));
	ASK(PT_GETREGS, pp->pid, &reg, 0);
#ifndef __FreeBSD__
	ATF_REQUIRE_EQ(0, reg.r_gs);
#endif
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(102, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(fs_base_is_what_the_target_uses)
{
	struct puppet *pp = puppet_attached(1);
	unsigned long base = (uintptr_t)words, was;

	puppet_will(pp, 0, do_read_fs, 24);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	was = base_of(pp->pid, 0);
	ASK(PT_SETFSBASE, pp->pid, &base, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(base, base_of(pp->pid, 0));
	ASK(PT_SETFSBASE, pp->pid, &was, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(103, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(base_above_the_process_is_EINVAL)
{
	static const unsigned long bad[] = { USER_END, USER_END + 1, 0xffff800000000000, -1UL };
	struct puppet *pp = puppet_attached(1);
	unsigned long was;
	struct reg before, after;
	size_t k;
	int i;

	ASK(PT_GETREGS, pp->pid, &before, 0);
	for (i = 0; i < 2; i++) {
		was = base_of(pp->pid, i);
		for (k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
			REFUSED(EINVAL, set_base[i], pp->pid, &bad[k], 0);
#ifndef __FreeBSD__
		/* The page below is nobody's, and Linux does not take it. */
		REFUSED(EINVAL, set_base[i], pp->pid, &(unsigned long){ USER_END - 1 }, 0);
#endif
		ATF_REQUIRE_EQ(was, base_of(pp->pid, i));
	}
	ASK(PT_GETREGS, pp->pid, &after, 0);
	ATF_REQUIRE_EQ(0, memcmp(&before, &after, sizeof(before)));
	puppet_will(pp, 0, do_nothing, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(3, puppet_said(pp, 0));
	puppet_end(pp);
}

#endif

SPEC_TEST(bad_addresses_are_EFAULT)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	for (i = 0; i < 2; i++) {
		REFUSED(EFAULT, get_base[i], pp->pid, NULL, 0);
		REFUSED(EFAULT, set_base[i], pp->pid, NULL, 0);
	}
	puppet_end(pp);
}

#if defined(__x86_64__)
SPEC_TEST(bases_at_a_system_call_entry_leave_the_call_alone)
{
	struct puppet *pp = puppet_attached(1);
	unsigned long base = (uintptr_t)words;

	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (;;) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		if (INFO(pp->pid).pl_syscall_code == SYS_getpid)
			break;
		GO(pp->pid, 0);
	}
	ASK(PT_SETGSBASE, pp->pid, &base, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}

#endif

/* ---- others ---- */

SPEC_TEST(numbers_that_are_no_requests_are_EINVAL, "unk.2")
{
	struct puppet *pp = puppet_attached(1);
	static long space[512];
	int number;

	for (number = 75; number < 200; number++)
		REFUSED(EINVAL, number, pp->pid, space, sizeof(space));
	REFUSED(EINVAL, 1000, pp->pid, NULL, 0);
	puppet_end(pp);
}

#if !defined(__FreeBSD__) && defined(__x86_64__)
/* The XMM requests are a 32-bit tracer's, and 66 and 67 have had another form once. */
SPEC_TEST(requests_of_others_are_EINVAL)
{
	struct puppet *pp = puppet_attached(1);
	static long space[512];
	int number;

	for (number = 64; number < 68; number++)
		REFUSED(EINVAL, number, pp->pid, space, sizeof(space));
	puppet_end(pp);
}
#endif

SPEC_TEST(they_need_a_stopped_tracee_as_all_do, "def.1 def.3")
{
	struct puppet *pp = puppet_start(1);
	static long space[2048];
	int number;

	for (number = 64; number < 76; number++)
		REFUSED(EPERM, number, pp->pid, space, 0);
	puppet_attach(pp);
	GO(pp->pid, 0);
	for (number = 64; number < 76; number++) {
		REFUSED(EBUSY, number, pp->pid, space, 0);
		REFUSED(EBUSY, number, pp->pid, NULL, 0);
		REFUSED(ESRCH, number, 2000000000, NULL, 0);
	}
	puppet_end(pp);
}

#else
SPEC_TEST(not_for_this_machine_yet)
{
	atf_tc_skip("requests of x86");
}
#endif
