/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the kernel holds of a thread's debug registers and extended state after the host has set them, and machines
 * and kernels that have less of them than this one.
 */
#include "cases.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "target.h"

#define HOST_TEST(name) TEST_CASE(name, "", "")

#if defined(__x86_64__)

#define CONTROL 7
#define STATUS 6
#define HEADER 512
#define HEADER_END 576

static volatile uint64_t field[8] __attribute__((aligned(64)));

static struct dbreg
watching(int slot, const volatile void *at, int len, int access)
{
	struct dbreg d;

	memset(&d, 0, sizeof(d));
	d.dr[slot] = (uintptr_t)at;
	d.dr[CONTROL] = DBREG_DR7_SET(slot, len, access, DBREG_DR7_LOCAL_ENABLE);
	return (d);
}

static unsigned long
kernels(int n)
{
	size_t at = offsetof(struct user, u_debugreg) + (size_t)n * sizeof(long);
	unsigned long value = 0;

	ATF_REQUIRE_EQ(0, syscall(SYS_ptrace, PTRACE_PEEKUSER, (long)target, at, &value));
	return (value);
}

static void
kernel_watches(const struct dbreg *d)
{
	for (int i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(DBREG_DR7_ENABLED(d->dr[CONTROL], i) ? d->dr[i] : 0, kernels(i));
	ATF_REQUIRE_EQ(d->dr[CONTROL], kernels(CONTROL));
}

static int
set(const struct dbreg *d)
{
	return (ops->set_dbregs(&lh.lh_host, target, d));
}

HOST_TEST(kernel_is_told_of_what_is_enabled_alone)
{
	struct dbreg d = watching(1, field, DBREG_DR7_LEN_8, DBREG_DR7_WRONLY), told = d;

	target_begin();
	d.dr[0] = 0x1234;
	d.dr[3] = 0xffff800000000000;
	d.dr[CONTROL] |= DBREG_DR7_SET(3, DBREG_DR7_LEN_8, DBREG_DR7_EXEC, 0) | 0xff00;
	ATF_REQUIRE_EQ(0, set(&d));
	kernel_watches(&told);
	target_end();
}

/* The third thing the kernel is told is what it refuses. */
HOST_TEST(what_was_set_before_a_refusal_is_undone)
{
	struct dbreg before = watching(2, field, DBREG_DR7_LEN_4, DBREG_DR7_RDWR), bad, got;

	target_begin();
	ATF_REQUIRE_EQ(0, set(&before));
	bad = watching(0, field + 1, DBREG_DR7_LEN_8, DBREG_DR7_WRONLY);
	bad.dr[3] = (uintptr_t)field + 1;
	bad.dr[CONTROL] |= DBREG_DR7_SET(3, DBREG_DR7_LEN_4, DBREG_DR7_WRONLY, DBREG_DR7_LOCAL_ENABLE);
	ATF_REQUIRE_EQ(EINVAL, set(&bad));
	kernel_watches(&before);
	ATF_REQUIRE_EQ(0, ops->get_dbregs(&lh.lh_host, target, &got));
	ATF_REQUIRE_EQ(0, memcmp(&before, &got, sizeof(got)));
	target_end();
}

HOST_TEST(nothing_is_left_after_a_detach)
{
	static const struct dbreg none;
	struct dbreg d = watching(0, field, DBREG_DR7_LEN_4, DBREG_DR7_RDWR);

	target_begin();
	d.dr[2] = (uintptr_t)field + 8;
	d.dr[CONTROL] |= DBREG_DR7_SET(2, DBREG_DR7_LEN_1, DBREG_DR7_WRONLY, DBREG_DR7_GLOBAL_ENABLE);
	ATF_REQUIRE_EQ(0, set(&d));
	ATF_REQUIRE_EQ(0, ops->detach(&lh.lh_host, target, 0));
	ATF_REQUIRE_EQ(0, ops->seize(&lh.lh_host, target, target, 0));
	target_stop();
	kernel_watches(&none);
	ATF_REQUIRE_EQ(0, kernels(STATUS) & 0xf);
	target_end();
}

/* ---- segment bases ---- */

HOST_TEST(selector_is_reset_with_its_base)
{
	struct user_regs_struct regs;
	unsigned long base = (uintptr_t)field;

	target_begin();
	ATF_REQUIRE_EQ(0, syscall(SYS_ptrace, PTRACE_POKEUSER, (long)target, offsetof(struct user, regs.gs), 0x2bL));
	ATF_REQUIRE_EQ(0, ops->machine(&lh.lh_host, target, PT_SETGSBASE, &base, sizeof(base)));
	ATF_REQUIRE_EQ(0, syscall(SYS_ptrace, PTRACE_GETREGS, (long)target, NULL, &regs));
	ATF_REQUIRE_EQ(0, regs.gs);
	ATF_REQUIRE_EQ(base, regs.gs_base);
	target_end();
}

/* ---- slots that others have ---- */

/* A breakpoint of perf's on the target; -1: this user may not, or there is no room. */
static int
perf_watch(const volatile void *at)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.type = PERF_TYPE_BREAKPOINT;
	attr.size = sizeof(attr);
	attr.bp_type = HW_BREAKPOINT_W;
	attr.bp_addr = (uintptr_t)at;
	attr.bp_len = HW_BREAKPOINT_LEN_8;
	attr.pinned = 1;
	attr.exclude_kernel = attr.exclude_hv = 1;
	return ((int)syscall(SYS_perf_event_open, &attr, target, -1, -1, 0));
}

HOST_TEST(slots_that_others_have_are_EINVAL)
{
	struct dbreg d = watching(0, field, DBREG_DR7_LEN_4, DBREG_DR7_WRONLY), more = d, got;
	int fds[3];

	target_begin();
	ATF_REQUIRE_EQ(0, set(&d));
	for (int i = 0; i < 3; i++)
		if ((fds[i] = perf_watch(field + i + 1)) == -1)
			atf_tc_skip("no breakpoints of perf's: %s", strerror(errno));
	more.dr[1] = (uintptr_t)field + 32;
	more.dr[CONTROL] |= DBREG_DR7_SET(1, DBREG_DR7_LEN_1, DBREG_DR7_WRONLY, DBREG_DR7_LOCAL_ENABLE);
	ATF_REQUIRE_EQ(EINVAL, set(&more));
	kernel_watches(&d);
	ATF_REQUIRE_EQ(0, ops->get_dbregs(&lh.lh_host, target, &got));
	ATF_REQUIRE_EQ(0, memcmp(&d, &got, sizeof(got)));
	(void)close(fds[0]);
	ATF_REQUIRE_EQ(0, set(&more));
	kernel_watches(&more);
	target_end();
}

/* ---- extended state ---- */

static unsigned char area[65536], raw[65536];

static size_t
kernels_state(void)
{
	struct iovec iov = {.iov_base = raw, .iov_len = sizeof(raw)};

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, (long)target, NT_X86_XSTATE, &iov) != 0)
		atf_tc_skip("no XSAVE");
	return (iov.iov_len);
}

static uint64_t
components(const unsigned char *from)
{
	uint64_t bits;

	memcpy(&bits, from + HEADER, sizeof(bits));
	return (bits);
}

/* A thread may have to ask for a component before it is let have more than nothing of it (AMX). */
HOST_TEST(components_that_are_all_zero_are_not_asked_for)
{
	size_t in = 0, out = 0, len;
	unsigned a, size = 0, c, d;

	target_begin();
	len = kernels_state();
	if (__get_cpuid_count(0xd, 0, &a, &size, &c, &d) == 0 || size != len)
		atf_tc_skip("the processor, or who plays it, does not say where its components are");
	ATF_REQUIRE_EQ(0, ops->machine_size(&lh.lh_host, target, PT_GETXSTATE, 0, &in, &out));
	ATF_REQUIRE_EQ(len, out);
	ATF_REQUIRE_EQ(0, ops->machine(&lh.lh_host, target, PT_GETXSTATE, area, 0));
	memset(area + HEADER_END, 0, len - HEADER_END);
	ATF_REQUIRE_EQ(0, ops->machine(&lh.lh_host, target, PT_SETXSTATE, area, len));
	(void)kernels_state();
	ATF_REQUIRE_EQ(3, components(raw));
	if ((components(area) & 4) != 0 && len > HEADER_END) {
		area[HEADER_END] = 1;
		ATF_REQUIRE_EQ(0, ops->machine(&lh.lh_host, target, PT_SETXSTATE, area, len));
		(void)kernels_state();
		ATF_REQUIRE_EQ(7, components(raw));
	}
	target_end();
}

/* A kernel on a processor without XSAVE has no such set of registers. */
static void
lose_xsave(void)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 5),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PTRACE_GETREGSET, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NT_X86_XSTATE, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENODEV),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	ATF_REQUIRE_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		atf_tc_skip("no seccomp filters: %s", strerror(errno));
}

HOST_TEST(without_XSAVE_extended_state_is_EOPNOTSUPP)
{
	size_t in = 0, out = 0;

	target_begin();
	lose_xsave();
	for (int round = 0; round < 2; round++)
		for (int req = PT_GETXMMREGS; req <= PT_SETXSTATE; req++)
			ATF_CHECK_EQ_MSG(EOPNOTSUPP,
			    ops->machine_size(&lh.lh_host, target, req, 0, &in, &out), "request %d", req);
	ATF_REQUIRE_EQ(EINVAL, ops->machine_size(&lh.lh_host, target, PT_SETGSBASE + 1, 0, &in, &out));
	for (int req = PT_GETFSBASE; req <= PT_SETGSBASE; req++)
		ATF_REQUIRE_EQ(0, ops->machine_size(&lh.lh_host, target, req, 0, &in, &out));
	target_end();
}

#else
HOST_TEST(not_for_this_machine)
{
	atf_tc_skip("registers of x86-64");
}
#endif
