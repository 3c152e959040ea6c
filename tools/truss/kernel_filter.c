/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Having the kernel stop the command, and what it makes, at no other calls than -t names: a program for seccomp(2),
 * which looks the number of a call up among ranges of numbers, by halves.
 */
#include "kernel_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls_gen.h"
#include "filter.h"

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))

static const struct {
	uint32_t arch;
	unsigned abi;
} machines[] = {
#if defined(__x86_64__)
	{ AUDIT_ARCH_X86_64, ABI_X86_64 },
#endif
	{ AUDIT_ARCH_I386, ABI_I386 },
};

#define MACHINES (sizeof(machines) / sizeof(machines[0]))

/* Numbers from one on, up to the next one's. */
struct range {
	uint32_t from;
	bool traced;
};

static struct sock_filter code[BPF_MAXINSNS];
static size_t length;

/* What does not fit is found out at the end. */
static void
add(struct sock_filter instruction)
{
	if (length < BPF_MAXINSNS)
		code[length] = instruction;
	length++;
}

/* The jump at a place goes to what comes next. */
static void
land(size_t jump)
{
	if (jump < BPF_MAXINSNS)
		code[jump].k = (uint32_t)(length - jump - 1);
}

static void
add_search(const struct range *ranges, size_t n)
{
	size_t half = n / 2, jump;

	if (n == 1) {
		add((struct sock_filter)BPF_STMT(
		    BPF_RET | BPF_K, ranges->traced ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW));
		return;
	}
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges[half].from, 0, 1));
	jump = length;
	add((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	add_search(ranges, half);
	land(jump);
	add_search(ranges + half, n - half);
}

/*
 * The end of a thread is an event of its own, shown whatever -t says; restart_syscall goes on with a call that a stop
 * broke off, and brings its end.
 */
static bool
is_traced(const struct filter *f, unsigned abi, unsigned number)
{
	const struct call *call = call_find(&abis[abi], number);

	return (filter_passes(f, abi, number) ||
	    (call != NULL && (strcmp(call->name, "exit") == 0 || strcmp(call->name, "restart_syscall") == 0)));
}

/* The last range has the numbers that nobody knows. */
static size_t
make_ranges(const struct filter *f, unsigned abi, struct range ranges[FILTER_KNOWN + 1])
{
	size_t n = 0;

	for (unsigned number = 0; number <= FILTER_KNOWN; number++) {
		bool traced = is_traced(f, abi, number);

		if (n == 0 || ranges[n - 1].traced != traced)
			ranges[n++] = (struct range){ number, traced };
	}
	return (n);
}

static void
add_machine(const struct filter *f, size_t which)
{
	struct range ranges[FILTER_KNOWN + 1];
	size_t jump;

	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machines[which].arch, 1, 0));
	jump = length;
	add((struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	add((struct sock_filter)LOAD(nr));
	add_search(ranges, make_ranges(f, machines[which].abi, ranges));
	land(jump);
}

static bool
names_restart(const struct filter *f, unsigned abi)
{
	for (unsigned number = 0; number < FILTER_KNOWN; number++) {
		const struct call *call = call_find(&abis[abi], number);

		if (call != NULL && strcmp(call->name, "restart_syscall") == 0)
			return (filter_passes(f, abi, number) && !filter_passes(f, abi, FILTER_KNOWN));
	}
	return (false);
}

bool
kernel_filter_prepare(const struct filter *f)
{
	if (f == NULL)
		return (false);
	length = 0;
	add((struct sock_filter)LOAD(arch));
	for (size_t i = 0; i < MACHINES; i++) {
		if (names_restart(f, machines[i].abi))
			return (false);
		add_machine(f, i);
	}
	/* Of another machine: what a truss that looks at every call says of it. */
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
	return (length <= BPF_MAXINSNS);
}

/* One that has the right to trace all keeps set-user-id programs what they are. */
static bool
may_trace_all(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return (syscall(SYS_capget, &header, data) == 0 &&
	    (data[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE)) != 0);
}

/* Without the flag some kernels slow down what has a filter. */
static bool
install(void)
{
	struct sock_fprog program = { (unsigned short)length, code };

	return (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0);
}

/* Who is not the superuser has to give up set-user-id programs' rights, which such a program has not under a tracer either. */
bool
kernel_filter_install(void)
{
	if (install())
		return (true);
	return (errno == EACCES && !may_trace_all() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install());
}
