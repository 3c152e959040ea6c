/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_GETDBREGS, PT_SETDBREGS: hardware breakpoints and watchpoints.  Spec: registers.md, 4; requests.md, 1 and 6;
 * stops.md, 10, 12 and 14; decisions.md, 15 and 21.
 */
#include "spec.h"
#include "machine.h"

#if defined(__x86_64__) || defined(__i386__)

#include <pthread.h>
#include <unistd.h>

#define SLOTS 4
#define STATUS 6
#define CONTROL 7
#define LOCAL DBREG_DR7_LOCAL_ENABLE
#define GLOBAL DBREG_DR7_GLOBAL_ENABLE
#define EXEC DBREG_DR7_EXEC
#define WRITES DBREG_DR7_WRONLY
#define BOTH DBREG_DR7_RDWR
#define UNDEFINED 2 /* an access that is none */
#define USER_END 0x800000000000

#ifdef __FreeBSD__
#define HIT_CODE TRAP_TRACE
#else
#define HIT_CODE TRAP_HWBKPT
#endif

static const struct { int size, len; } lengths[] = {
	{ 1, DBREG_DR7_LEN_1 }, { 2, DBREG_DR7_LEN_2 }, { 4, DBREG_DR7_LEN_4 }, { 8, DBREG_DR7_LEN_8 }
};
#if defined(__i386__)
#define NLENGTHS 3
#define WIDE 4 /* the most bytes one slot watches */
#define LEN_WIDE DBREG_DR7_LEN_4
#else
#define NLENGTHS 4
#define WIDE 8
#define LEN_WIDE DBREG_DR7_LEN_8
#endif

/* What is watched: the same address in every puppet. */
static volatile unsigned char field[64] __attribute__((aligned(64)));

/* ---- parts ---- */

#define AT(offset, size) ((offset) | (size) << 8)

static long
do_write(long at)
{
	volatile unsigned char *p = field + (at & 0xff);

	switch (at >> 8) {
	case 1:
		*p = 1;
		break;
	case 2:
		*(volatile uint16_t *)p = 1;
		break;
	case 4:
		*(volatile uint32_t *)p = 1;
		break;
	default:
		*(volatile unsigned long *)p = 1;
	}
	return (at);
}

static long
do_read(long at)
{
	volatile unsigned char *p = field + (at & 0xff);

	switch (at >> 8) {
	case 1:
		return (*p);
	case 2:
		return (*(volatile uint16_t *)p);
	case 4:
		return ((long)*(volatile uint32_t *)p);
	default:
		return (*(volatile long *)p);
	}
}

static long __attribute__((noinline))
do_spot(long arg)
{
	stage->word[0]++;
	return (arg);
}

/* The system writes there, not the program. */
static long
do_write_by_system(long offset)
{
	int fd[2];
	long n = -1;

	if (pipe(fd) == 0 && write(fd[1], "x", 1) == 1)
		n = read(fd[0], (void *)(uintptr_t)(field + offset), 1);
	close(fd[0]);
	close(fd[1]);
	return (n);
}

static long
do_fork_and_write(long at)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)do_write(at);
		_exit(5);
	}
	return (pid);
}

static pid_t vfork_and_write(long) __attribute__((noinline));

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

static pid_t
vfork_and_write(long at)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)do_write(at);
		_exit(5);
	}
	return (pid);
}

static long
do_vfork_and_write(long at)
{
	return (vfork_and_write(at));
}

/* ---- the tests' words ---- */

static struct dbreg
dbregs_of(pid_t pid)
{
	struct dbreg d;

	memset(&d, 0x5a, sizeof(d));
	ASK(PT_GETDBREGS, pid, &d, -1);
	return (d);
}

static void
set(pid_t pid, struct dbreg d)
{
	ASK(PT_SETDBREGS, pid, &d, 0);
}

/* One slot more. */
static void
watch(pid_t pid, int slot, const volatile void *addr, int len, int access)
{
	struct dbreg d = dbregs_of(pid);

	d.dr[slot] = (uintptr_t)addr;
	d.dr[STATUS] = 0;
	d.dr[CONTROL] &= ~DBREG_DR7_MASK(slot);
	d.dr[CONTROL] |= DBREG_DR7_SET(slot, len, access, LOCAL);
	set(pid, d);
}

static void
expect_hit(const char *file, int line, pid_t pid, int slot)
{
	struct ptrace_lwpinfo info;
	struct dbreg d;

	spec_stop(file, line, pid, SIGTRAP);
	info = spec_info(file, line, pid);
	if ((info.pl_flags & PL_FLAG_SI) == 0 || info.pl_siginfo.si_signo != SIGTRAP ||
	    info.pl_siginfo.si_code != HIT_CODE)
		atf_tc_fail_requirement(file, (size_t)line, "flags %#x, signal %d, code %d", info.pl_flags,
		    info.pl_siginfo.si_signo, info.pl_siginfo.si_code);
	d = dbregs_of(pid);
	if ((d.dr[STATUS] & 0xf) != 1UL << slot)
		atf_tc_fail_requirement(file, (size_t)line, "status %#lx, not slot %d", (long)d.dr[STATUS], slot);
}
#define EXPECT_HIT(pid, slot) expect_hit(__FILE__, __LINE__, pid, slot)

/* The part is done without a stop. */
static void
quiet(struct puppet *pp, part *fn, long arg)
{
	puppet_will(pp, 0, fn, arg);
	GO(pp->pid, 0);
	(void)puppet_said(pp, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	EXPECT_STOP(pp->pid, SIGSTOP);
}

/* The part is stopped once, then done. */
static void
hit(struct puppet *pp, int slot, part *fn, long arg)
{
	puppet_will(pp, 0, fn, arg);
	GO(pp->pid, 0);
	EXPECT_HIT(pp->pid, slot);
	GO(pp->pid, 0);
	(void)puppet_said(pp, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	EXPECT_STOP(pp->pid, SIGSTOP);
}

static void
status_is_read(struct puppet *pp)
{
	struct dbreg d = dbregs_of(pp->pid);

	d.dr[STATUS] = 0;
	set(pp->pid, d);
}

/* ---- reading and writing ---- */

SPEC_TEST(layout_is_FreeBSDs)
{
	struct dbreg d;

	ATF_REQUIRE_EQ(sizeof(long), sizeof(d.dr[0]));
	ATF_REQUIRE_EQ(sizeof(long) == 4 ? 32 : 128, sizeof(d));
	ATF_REQUIRE_EQ(&d.dr[5], &DBREG_DRX(&d, 5));
	ATF_REQUIRE_EQ(0x90001, DBREG_DR7_SET(0, DBREG_DR7_LEN_8, WRITES, LOCAL));
	ATF_REQUIRE_EQ(0xf0000080, DBREG_DR7_SET(3, DBREG_DR7_LEN_4, BOTH, GLOBAL));
	ATF_REQUIRE_EQ(0x0f000030, DBREG_DR7_MASK(2));
	ATF_REQUIRE_EQ(0xf00000c0, DBREG_DR7_MASK(3));
	ATF_REQUIRE_EQ(DBREG_DR7_LEN_2, DBREG_DR7_LEN(0x00500000, 1));
	ATF_REQUIRE_EQ(WRITES, DBREG_DR7_ACCESS(0x00500000, 1));
	ATF_REQUIRE(DBREG_DR7_ENABLED(0x8, 1) && !DBREG_DR7_ENABLED(0x8, 0));
}

SPEC_TEST(at_first_all_are_zero, "num.37 regs.1")
{
	struct puppet *pp = puppet_attached(2);
	struct dbreg d = dbregs_of(pp->pid);

	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	d = dbregs_of(puppet_lwp(pp, 1));
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	puppet_end(pp);
}

/* Slots that are not enabled, and bits that make nothing, too. */
SPEC_TEST(what_is_written_is_read, "regs.1")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d, got;

	memset(&d, 0, sizeof(d));
	d.dr[0] = (uintptr_t)field;
	d.dr[1] = -0x80000000UL;
	d.dr[2] = (uintptr_t)field + 3;
	d.dr[3] = (unsigned long)UINT64_C(0x0123456789abcdef);
	d.dr[STATUS] = 0x12345678;
	d.dr[CONTROL] = DBREG_DR7_SET(0, DBREG_DR7_LEN_4, WRITES, LOCAL) | 0x0700 |
	    DBREG_DR7_SET(2, DBREG_DR7_LEN_4, BOTH, 0) | DBREG_DR7_SET(3, LEN_WIDE, EXEC, 0) | 0xd800;
	set(pp->pid, d);
	got = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(d)));
	set(pp->pid, got);
	got = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(d)));
	quiet(pp, do_nothing, 0);
	got = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(d.dr, got.dr, 4 * sizeof(d.dr[0])));
	ATF_REQUIRE_EQ(d.dr[CONTROL], got.dr[CONTROL]);
	puppet_end(pp);
}

SPEC_TEST(registers_that_are_none_read_zero_and_are_ignored)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d, got;
	int i;

	memset(&d, 0xff, sizeof(d));
	d.dr[STATUS] = d.dr[CONTROL] = 0;
	set(pp->pid, d);
	got = dbregs_of(pp->pid);
	for (i = 0; i < (int)(sizeof(d.dr) / sizeof(d.dr[0])); i++)
		ATF_REQUIRE_EQ(i < SLOTS ? d.dr[i] : 0, got.dr[i]);
	puppet_end(pp);
}

SPEC_TEST(data_is_not_looked_at, "regs.1")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	memset(&d, 0, sizeof(d));
	ASK(PT_SETDBREGS, pp->pid, &d, 99);
	ASK(PT_SETDBREGS, pp->pid, &d, -1);
	ASK(PT_GETDBREGS, pp->pid, &d, 99);
	puppet_end(pp);
}

SPEC_TEST(bad_addresses_are_EFAULT, "call.5 call.6")
{
	struct puppet *pp = puppet_attached(1);

	REFUSED(EFAULT, PT_GETDBREGS, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_SETDBREGS, pp->pid, NULL, 0);
	REFUSED(EFAULT, PT_SETDBREGS, 2000000000, NULL, 0);
	REFUSED(ESRCH, PT_GETDBREGS, 2000000000, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(each_thread_has_its_own, "thr.1 thr.4")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one = puppet_lwp(pp, 1);
	struct dbreg d;

	watch(one, 1, field, DBREG_DR7_LEN_1, WRITES);
	d = dbregs_of(zero);
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	puppet_will(pp, 0, do_write, AT(0, 1));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(AT(0, 1), puppet_said(pp, 0));
	puppet_will(pp, 1, do_write, AT(0, 1));
	EXPECT_HIT(pp->pid, 1);
	ATF_REQUIRE_EQ(one, INFO(pp->pid).pl_lwpid);
	puppet_end(pp);
}

/* ---- what is refused ---- */

static void
refused(pid_t pid, struct dbreg d)
{
	struct dbreg before = dbregs_of(pid), after;

	REFUSED(EINVAL, PT_SETDBREGS, pid, &d, 0);
	after = dbregs_of(pid);
	ATF_REQUIRE_EQ(0, memcmp(&before, &after, sizeof(before)));
}

SPEC_TEST(undefined_access_is_EINVAL_enabled_or_not, "err.1")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	int i, enable;

	watch(pp->pid, 2, field, DBREG_DR7_LEN_1, WRITES);
	for (i = 0; i < SLOTS; i++)
		for (enable = 0; enable < 4; enable++) {
			memset(&d, 0, sizeof(d));
			d.dr[CONTROL] = DBREG_DR7_SET(i, DBREG_DR7_LEN_1, UNDEFINED, enable);
			refused(pp->pid, d);
		}
	hit(pp, 2, do_write, AT(0, 1));
	puppet_end(pp);
}

#if defined(__x86_64__)
SPEC_TEST(upper_halves_of_status_and_control_are_EINVAL, "err.1")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	int bit;

	for (bit = 32; bit < 64; bit++) {
		memset(&d, 0, sizeof(d));
		d.dr[STATUS] = UINT64_C(1) << bit;
		refused(pp->pid, d);
		d.dr[STATUS] = 0;
		d.dr[CONTROL] = UINT64_C(1) << bit;
		refused(pp->pid, d);
	}
	puppet_end(pp);
}

SPEC_TEST(address_of_the_kernel_is_EINVAL_where_it_is_enabled, "err.1")
{
	static const uint64_t addresses[] = { USER_END, USER_END + 8, UINT64_C(0xffff800000000000),
		UINT64_C(0xfffffffffffffff8) };
	struct puppet *pp = puppet_attached(1);
	struct dbreg d, got;
	size_t k;
	int i;

	watch(pp->pid, 2, field, DBREG_DR7_LEN_1, WRITES);
	for (k = 0; k < sizeof(addresses) / sizeof(addresses[0]); k++)
		for (i = 0; i < SLOTS; i++) {
			memset(&d, 0, sizeof(d));
			d.dr[i] = addresses[k];
			d.dr[CONTROL] = DBREG_DR7_SET(i, DBREG_DR7_LEN_8, WRITES, LOCAL);
			refused(pp->pid, d);
			d.dr[CONTROL] = DBREG_DR7_SET(i, DBREG_DR7_LEN_1, EXEC, GLOBAL);
			refused(pp->pid, d);
		}
	hit(pp, 2, do_write, AT(0, 1));
	memset(&d, 0, sizeof(d));
	d.dr[3] = UINT64_C(0xffff800000000000);
	set(pp->pid, d);
	got = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(d.dr[3], got.dr[3]);
	puppet_end(pp);
}

#else
SPEC_TEST(eight_bytes_are_EINVAL_enabled_or_not, "err.1")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	int i, enable;

	for (i = 0; i < SLOTS; i++)
		for (enable = 0; enable < 4; enable++) {
			memset(&d, 0, sizeof(d));
			d.dr[CONTROL] = DBREG_DR7_SET(i, DBREG_DR7_LEN_8, WRITES, enable);
			refused(pp->pid, d);
		}
	puppet_end(pp);
}
#endif

#ifndef __FreeBSD__
#if defined(__x86_64__)
#define CS_32BIT 0x23

SPEC_TEST(eight_bytes_in_32_bit_code_are_EINVAL_enabled_or_not, "err.1")
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;
	struct dbreg d;
	int i, enable;
	int64_t cs;

	ASK(PT_GETREGS, pp->pid, &reg, 0);
	cs = reg.r_cs;
	reg.r_cs = CS_32BIT;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	for (i = 0; i < SLOTS; i++)
		for (enable = 0; enable < 4; enable++) {
			memset(&d, 0, sizeof(d));
			d.dr[CONTROL] = DBREG_DR7_SET(i, DBREG_DR7_LEN_8, WRITES, enable);
			refused(pp->pid, d);
		}
	memset(&d, 0, sizeof(d));
	d.dr[0] = (uint32_t)(uintptr_t)field & ~7u;
	d.dr[CONTROL] = DBREG_DR7_SET(0, DBREG_DR7_LEN_4, WRITES, LOCAL);
	set(pp->pid, d);
	reg.r_cs = cs;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	d.dr[CONTROL] = DBREG_DR7_SET(0, DBREG_DR7_LEN_8, WRITES, LOCAL);
	set(pp->pid, d);
	puppet_end(pp);
}

#endif

/* FreeBSD takes them, and what they do is the processor's affair. */
SPEC_TEST(what_the_host_cannot_watch_is_EINVAL, "err.1")
{
	static const struct { int offset, len, access; } rows[] = {
		{ 1, DBREG_DR7_LEN_2, WRITES }, { 2, DBREG_DR7_LEN_4, BOTH }, { WIDE / 2, LEN_WIDE, WRITES },
		{ 0, DBREG_DR7_LEN_2, EXEC }, { 0, LEN_WIDE, EXEC } };
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	size_t k;
	int i;

	watch(pp->pid, 1, field + 8, LEN_WIDE, WRITES);
	watch(pp->pid, 3, (void *)(uintptr_t)do_spot, DBREG_DR7_LEN_1, EXEC);
	for (k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		for (i = 0; i < SLOTS; i++) {
			memset(&d, 0, sizeof(d));
			d.dr[i] = (uintptr_t)field + (uintptr_t)rows[k].offset;
			d.dr[i ^ 1] = (uintptr_t)field + 32;
			d.dr[CONTROL] = DBREG_DR7_SET(i, rows[k].len, rows[k].access, LOCAL) |
			    DBREG_DR7_SET(i ^ 1, LEN_WIDE, WRITES, LOCAL);
			refused(pp->pid, d);
		}
	/* All of what was before is as it was, and nothing else is watched. */
	quiet(pp, do_write, AT(32, WIDE));
	hit(pp, 1, do_write, AT(8, WIDE));
	status_is_read(pp);
	hit(pp, 3, do_spot, 0);
	puppet_end(pp);
}
#endif

/* ---- what fires ---- */

SPEC_TEST(execution_is_stopped_before_it)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;
	int i, done = 0;

	for (i = 0; i < SLOTS; i++) {
		struct dbreg none = { { 0 } };

		set(pp->pid, none);
		watch(pp->pid, i, (void *)(uintptr_t)do_spot, DBREG_DR7_LEN_1, EXEC);
		puppet_will(pp, 0, do_spot, i);
		GO(pp->pid, 0);
		EXPECT_HIT(pp->pid, i);
		ASK(PT_GETREGS, pp->pid, &reg, 0);
		ATF_REQUIRE_EQ((uintptr_t)do_spot, (uintptr_t)R_PC(&reg));
		ATF_REQUIRE_EQ(done, stage->word[0]);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(i, puppet_said(pp, 0));
		ATF_REQUIRE_EQ(++done, stage->word[0]);
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
		EXPECT_STOP(pp->pid, SIGSTOP);
	}
	puppet_end(pp);
}

/* By any byte of it, and by nothing beside it. */
static void
watched(struct puppet *pp, int slot, int size, int len, int access)
{
	struct dbreg none = { { 0 } };

	set(pp->pid, none);
	watch(pp->pid, slot, field + 16, len, access);
	hit(pp, slot, do_write, AT(16, size));
	status_is_read(pp);
	hit(pp, slot, do_write, AT(16 + size - 1, 1));
	status_is_read(pp);
	quiet(pp, do_write, AT(15, 1));
	quiet(pp, do_write, AT(16 + size, 1));
	if (access == WRITES) {
		quiet(pp, do_read, AT(16, size));
	} else {
		hit(pp, slot, do_read, AT(16, size));
		status_is_read(pp);
		quiet(pp, do_read, AT(16 + size, 1));
	}
}

SPEC_TEST(writes_are_watched_at_every_length_by_every_slot)
{
	struct puppet *pp = puppet_attached(1);
	int i, k;

	for (i = 0; i < SLOTS; i++)
		for (k = 0; k < NLENGTHS; k++)
			watched(pp, i, lengths[k].size, lengths[k].len, WRITES);
	puppet_end(pp);
}

SPEC_TEST(reads_and_writes_are_watched_at_every_length_by_every_slot)
{
	struct puppet *pp = puppet_attached(1);
	int i, k;

	for (i = 0; i < SLOTS; i++)
		for (k = 0; k < NLENGTHS; k++)
			watched(pp, i, lengths[k].size, lengths[k].len, BOTH);
	puppet_end(pp);
}

SPEC_TEST(either_enable_bit_enables)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	int enable;

	for (enable = 0; enable < 4; enable++) {
		memset(&d, 0, sizeof(d));
		d.dr[0] = (uintptr_t)field;
		d.dr[CONTROL] = DBREG_DR7_SET(0, DBREG_DR7_LEN_1, WRITES, enable);
		set(pp->pid, d);
		if (enable == 0)
			quiet(pp, do_write, AT(0, 1));
		else
			hit(pp, 0, do_write, AT(0, 1));
	}
	puppet_end(pp);
}

SPEC_TEST(all_four_slots_at_once)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 0, (void *)(uintptr_t)do_spot, DBREG_DR7_LEN_1, EXEC);
	watch(pp->pid, 1, field, LEN_WIDE, WRITES);
	watch(pp->pid, 2, field + 8, DBREG_DR7_LEN_2, BOTH);
	watch(pp->pid, 3, field + 10, DBREG_DR7_LEN_2, WRITES);
	hit(pp, 0, do_spot, 0);
	status_is_read(pp);
	hit(pp, 3, do_write, AT(11, 1));
	status_is_read(pp);
	hit(pp, 2, do_read, AT(8, 1));
	status_is_read(pp);
	hit(pp, 1, do_write, AT(0, 4));
	status_is_read(pp);
	quiet(pp, do_read, AT(0, WIDE));
	quiet(pp, do_write, AT(12, 2));
	/* Two hit by one instruction. */
	puppet_will(pp, 0, do_write, AT(8, 4));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0xc, d.dr[STATUS] & 0xf);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(AT(8, 4), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(a_hit_slot_shows_until_the_status_is_written)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, WRITES);
	watch(pp->pid, 3, field + 8, DBREG_DR7_LEN_1, WRITES);
	hit(pp, 0, do_write, AT(0, 1));
	puppet_will(pp, 0, do_write, AT(8, 1));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0x9, d.dr[STATUS] & 0xf);
	d.dr[STATUS] = 0;
	set(pp->pid, d);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, d.dr[STATUS]);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(AT(8, 1), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(a_disabled_slot_fires_no_more)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 1, field, DBREG_DR7_LEN_4, WRITES);
	hit(pp, 1, do_write, AT(0, 4));
	d = dbregs_of(pp->pid);
	d.dr[CONTROL] &= ~(unsigned long)(LOCAL << 2);
	set(pp->pid, d);
	quiet(pp, do_write, AT(0, 4));
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ((uintptr_t)field, d.dr[1]);
	puppet_end(pp);
}

SPEC_TEST(what_the_system_writes_is_not_reported)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, BOTH);
	quiet(pp, do_write_by_system, 0);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, d.dr[STATUS] & 0xf);
	hit(pp, 0, do_write, AT(0, 1));
	puppet_end(pp);
}

SPEC_TEST(a_breakpoint_instruction_shows_no_slot)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 2, field, DBREG_DR7_LEN_1, WRITES);
	hit(pp, 2, do_write, AT(0, 1));
	status_is_read(pp);
	puppet_will(pp, 0, do_raise, SIGTRAP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, d.dr[STATUS] & 0xf);
	puppet_end(pp);
}

/* Forced, as any trap of the processor's. */
SPEC_TEST(a_hit_is_reported_whatever_the_target_thinks_of_the_signal)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_ignore, SIGTRAP));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGTRAP));
	puppet_attach(pp);
	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, WRITES);
	hit(pp, 0, do_write, AT(0, 1));
	puppet_end(pp);
}

SPEC_TEST(a_hit_that_is_passed_on_is_a_SIGTRAP_of_the_targets)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGTRAP));
	puppet_attach(pp);
	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, WRITES);
	puppet_will(pp, 0, do_write, AT(0, 1));
	GO(pp->pid, 0);
	EXPECT_HIT(pp->pid, 0);
	GO(pp->pid, SIGTRAP);
	ATF_REQUIRE_EQ(AT(0, 1), puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGTRAP]);
	puppet_end(pp);
}

/* ---- with steps and system calls ---- */

SPEC_TEST(step_onto_and_over_a_watched_instruction)
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	(void)puppet_lwp(pp, 0);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	R_PC(&reg) = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	watch(pp->pid, 0, machine_nops + MACHINE_NOP_SIZE, DBREG_DR7_LEN_1, EXEC);
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, (uintptr_t)R_PC(&reg));
	GO(pp->pid, 0);
	EXPECT_HIT(pp->pid, 0);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, (uintptr_t)R_PC(&reg));
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + 2 * MACHINE_NOP_SIZE, (uintptr_t)R_PC(&reg));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

/* A store to where register di points. */
extern const char store_word[];
#if defined(__i386__)
#define R_DI r_edi
#define DI "%edi"
#else
#define R_DI r_rdi
#define DI "%rdi"
#endif
__asm__(".text\n.globl store_word\nstore_word:\n movl $1, (" DI ")\n nop\n jmp machine_nops\n");

SPEC_TEST(a_step_and_a_hit_are_one_stop)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;
	struct reg reg;

	(void)puppet_lwp(pp, 0);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	R_PC(&reg) = (uintptr_t)store_word;
	reg.R_DI = (uintptr_t)field;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	watch(pp->pid, 1, field, DBREG_DR7_LEN_4, WRITES);
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0x2, d.dr[STATUS] & 0xf);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(they_are_set_at_a_system_call_stop_too)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_write, AT(0, 1));
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SI, INFO(pp->pid));
	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, WRITES);
	for (;;) {
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGTRAP);
		if ((INFO(pp->pid).pl_flags & PL_FLAG_SI) != 0)
			break;
	}
	ATF_REQUIRE_EQ(HIT_CODE, INFO(pp->pid).pl_siginfo.si_code);
	puppet_end(pp);
}

/* ---- threads and children ---- */

SPEC_TEST(a_new_thread_has_its_makers)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one = puppet_lwp(pp, 1), two;
	struct dbreg d, got;

	watch(zero, 0, field, DBREG_DR7_LEN_4, WRITES);
	watch(zero, 3, field + 8, DBREG_DR7_LEN_1, BOTH);
	d = dbregs_of(zero);
	puppet_will(pp, 0, do_new_thread, 2);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	puppet_will(pp, 2, do_write, AT(0, 4));
	EXPECT_HIT(pp->pid, 0);
	two = INFO(pp->pid).pl_lwpid;
	ATF_REQUIRE(two != zero && two != one);
	got = dbregs_of(two);
	got.dr[STATUS] = 0;
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(d)));
	d = dbregs_of(one);
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	/* Of a thread that has none: none. */
	puppet_will(pp, 1, do_new_thread, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(AT(0, 4), puppet_said(pp, 2));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 3));
	puppet_will(pp, 3, do_write, AT(0, 4));
	ATF_REQUIRE_EQ(AT(0, 4), puppet_said(pp, 3));
	puppet_end(pp);
}

static void *
write_and_end(void *arg)
{
	(void)do_write(AT(0, 1));
	return (arg);
}

static long
do_threads(long n)
{
	pthread_t who[16];
	long i;

	for (i = 0; i < n; i++)
		if (pthread_create(&who[i], NULL, write_and_end, NULL) != 0)
			return (-1);
	for (i = 0; i < n; i++)
		(void)pthread_join(who[i], NULL);
	return (n);
}

/* However soon: the first thing each does is to write. */
SPEC_TEST(every_new_thread_is_hit)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	watch(pp->pid, 1, field, DBREG_DR7_LEN_1, WRITES);
	puppet_will(pp, 0, do_threads, 16);
	for (i = 0; i < 16; i++) {
		GO(pp->pid, 0);
		EXPECT_HIT(pp->pid, 1);
	}
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(16, puppet_said(pp, 0));
	puppet_end(pp);
}

static pid_t
follow(struct puppet *pp, part *fn)
{
	pid_t child;
	int status, i;

	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, fn, AT(0, 1));
	GO(pp->pid, 0);
	child = 0;
	for (i = 0; i < 2; i++) {
		pid_t who = spec_wait(-1, &status, 0);

		ATF_REQUIRE(WIFSTOPPED(status));
		if (who == pp->pid) {
			REQUIRE_FLAGS(PL_FLAG_FORKED, PL_FLAG_SI, INFO(who));
			child = INFO(who).pl_child_pid;
		} else {
			REQUIRE_FLAGS(PL_FLAG_CHILD, PL_FLAG_SI, INFO(who));
			child = who;
		}
	}
	return (child);
}

static void
child_has_its_makers(part *fn)
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d, got;
	pid_t child;

	watch(pp->pid, 2, field, DBREG_DR7_LEN_1, WRITES);
	d = dbregs_of(pp->pid);
	child = follow(pp, fn);
	got = dbregs_of(child);
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(d)));
	GO(child, 0);
	EXPECT_HIT(child, 2);
	GO(child, 0);
	EXPECT_EXIT(child, 5);
	got = dbregs_of(pp->pid);
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(d)));
	puppet_end(pp);
}

SPEC_TEST(a_followed_child_has_its_makers)
{
	child_has_its_makers(do_fork_and_write);
}

SPEC_TEST(a_followed_vfork_child_has_its_makers)
{
	child_has_its_makers(do_vfork_and_write);
}

#ifndef __FreeBSD__
/* There it has, and dies of them. */
SPEC_TEST(a_child_that_is_not_followed_has_none)
{
	struct puppet *pp = puppet_attached(1);
	pid_t child;

	watch(pp->pid, 2, field, DBREG_DR7_LEN_1, WRITES);
	puppet_will(pp, 0, do_fork_and_write, AT(0, 1));
	puppet_will(pp, 0, do_vfork_and_write, AT(0, 1));
	GO(pp->pid, 0);
	child = (pid_t)puppet_said(pp, 0);
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, (pid_t)puppet_said(pp, 0)));
	ATF_REQUIRE_EQ(W_EXITCODE(5, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}
#endif

/* ---- their end ---- */

SPEC_TEST(exec_clears_them)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);
	struct dbreg d;

	watch(pp->pid, 0, field, LEN_WIDE, BOTH);
	watch(one, 1, field, LEN_WIDE, BOTH);
	puppet_will(pp, 1, do_exec, 6);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(pp->pid));
	d = dbregs_of(pp->pid);
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 6);
	puppet_end(pp);
}

#ifndef __FreeBSD__
/* FreeBSD leaves them. */
SPEC_TEST(detach_clears_them, "det.12")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);
	struct dbreg d;

	watch(puppet_lwp(pp, 0), 0, field, LEN_WIDE, WRITES);
	watch(one, 3, (void *)(uintptr_t)do_spot, DBREG_DR7_LEN_1, EXEC);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(AT(0, WIDE), puppet_does(pp, 0, do_write, AT(0, WIDE)));
	ATF_REQUIRE_EQ(1, puppet_does(pp, 1, do_spot, 1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_new_thread, 2));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	ATF_REQUIRE_EQ(AT(0, WIDE), puppet_does(pp, 2, do_write, AT(0, WIDE)));
	puppet_attach(pp);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	puppet_end(pp);
}

/* The trap was for the tracer. */
SPEC_TEST(detach_drops_hits_that_were_not_reported, "det.12")
{
	struct puppet *pp = puppet_attached(4);
	int i;

	for (i = 1; i < 4; i++)
		watch(puppet_lwp(pp, i), 0, field, DBREG_DR7_LEN_1, WRITES);
	for (i = 1; i < 4; i++)
		puppet_will(pp, i, do_write, AT(0, 1));
	GO(pp->pid, 0);
	EXPECT_HIT(pp->pid, 0);
	ASK(PT_DETACH, pp->pid, 1, 0);
	for (i = 1; i < 4; i++) {
		ATF_REQUIRE_EQ(0, puppet_said(pp, i));
		ATF_REQUIRE_EQ(AT(0, 1), puppet_said(pp, i));
	}
	puppet_end(pp);
}
#endif

SPEC_TEST(attach_again_finds_none, "det.12")
{
	struct puppet *pp = puppet_attached(1);
	struct dbreg d;

	watch(pp->pid, 0, field, DBREG_DR7_LEN_1, WRITES);
	set(pp->pid, (struct dbreg){ { 0 } });
	ASK(PT_DETACH, pp->pid, 1, 0);
	puppet_attach(pp);
	d = dbregs_of(pp->pid);
	ATF_REQUIRE(spec_zero(&d, sizeof(d)));
	quiet(pp, do_write, AT(0, 1));
	puppet_end(pp);
}

#else
SPEC_TEST(not_for_this_machine_yet)
{
	atf_tc_skip("debug registers of x86");
}
#endif
