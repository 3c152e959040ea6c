/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which system calls each request makes: those that its answer needs, and no other.  Another process counts them
 * (tests/lib/count.h); where this one may not be traced, or is, the cases are skipped.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cases.h"
#include "count.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What is counted: requests in order, and waits. */
#define WAIT (-1)
#define VALUES (-2) /* bsd_ptrace_syscall() */

struct ask {
	int request;
	void *addr;
	int data;
};

struct asks {
	const struct ask *asks;
	size_t n;
	int error; /* of the first that failed */
};

static pid_t pid; /* the target */

static void
do_asks(void *arg)
{
	struct asks *a = arg;
	int status, got;

	for (size_t i = 0; i < a->n && a->error == 0; i++) {
		errno = 0;
		if (a->asks[i].request == WAIT)
			got = bsd_waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) ? 0 : -1;
		else if (a->asks[i].request == VALUES)
			got = bsd_ptrace_syscall(pid, a->asks[i].addr);
		else
			got = bsd_ptrace(a->asks[i].request, pid, a->asks[i].addr, a->asks[i].data);
		if (got == -1 && errno != 0)
			a->error = errno;
	}
}

/* A sanitizer's allocator makes some where malloc() makes none. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static void
forget_allocator(char *names)
{
	static const char *const made[] = {"mmap ", "munmap ", "madvise "};
	char *at;

	for (size_t i = 0; i < COUNT_OF(made); i++)
		while ((at = strstr(names, made[i])) != NULL)
			memmove(at, at + strlen(made[i]), strlen(at + strlen(made[i])) + 1);
}

static void
expect(int line, const char *expected, const struct ask *list, size_t n)
{
	struct asks asks = { list, n, 0 };
	char names[2048];

	if (count_calls(do_asks, &asks, names, sizeof(names)) < 0)
		atf_tc_skip("this process may not be traced, or is");
	if (SANITIZED)
		forget_allocator(names);
	ATF_CHECK_MSG(asks.error == 0, "line %d: %s", line, strerror(asks.error));
	ATF_CHECK_MSG(strcmp(expected, names) == 0, "line %d: [%s], not [%s]", line, names, expected);
}

#define EXPECT(calls, ...) \
	expect(__LINE__, calls, (const struct ask[]) { __VA_ARGS__ }, COUNT_OF(((const struct ask[]) { __VA_ARGS__ })))
#define GO(request) { request, (void *)1, 0 }

/* Uncounted: what happens the first time alone, such as finding out where a buffer is, is over. */
static void
do_(const struct ask *list, size_t n)
{
	struct asks asks = { list, n, 0 };

	do_asks(&asks);
	ATF_REQUIRE_EQ(0, asks.error);
}

#define DO(...) do_((const struct ask[]) { __VA_ARGS__ }, COUNT_OF(((const struct ask[]) { __VA_ARGS__ })))

/* ---- targets ---- */

static void
calls(void)
{
	for (;;)
		(void)syscall(SYS_getppid);
}

static void
traps(void)
{
	for (;;)
		__asm__ volatile("int3");
}

static void
handle(int sig)
{
	(void)sig;
}

static void
signals(void)
{
	(void)signal(SIGUSR1, handle);
	for (;;)
		(void)syscall(SYS_kill, getpid(), SIGUSR1);
}

/* Bytes of PT_LWPINFO up to and with a member. */
#define UP_TO(member) ((int)(offsetof(struct ptrace_lwpinfo, member) + sizeof(((struct ptrace_lwpinfo *)NULL)->member)))

static struct ptrace_lwpinfo pl;
static struct reg regs;
static struct fpreg fpregs;
static struct dbreg dbregs;
static unsigned long base;
static char area[16384];

#define INFO(member) { PT_LWPINFO, &pl, UP_TO(member) }
#define GETREGS { PT_GETREGS, &regs, 0 }
#define SETREGS { PT_SETREGS, &regs, 0 }

static void
start(void (*life)(void))
{
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)bsd_ptrace(PT_TRACE_ME, 0, NULL, 0);
		(void)raise(SIGSTOP);
		life();
	}
	DO({ WAIT }, INFO(pl_syscall_narg), GETREGS, SETREGS);
}

static void
end(void)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
}

/* ---- stops ---- */

TEST_CASE(system_call_stops, "", "")
{
	start(calls);
	DO(GO(PT_SYSCALL), { WAIT }, GO(PT_SYSCALL), { WAIT }, GO(PT_SYSCALL), { WAIT }, GO(PT_SYSCALL), { WAIT });
	/* Whether the kernel will make the call again nothing else says. */
	EXPECT("ptrace:SYSCALL wait4", GO(PT_SYSCALL), { WAIT });
	EXPECT("ptrace:SYSCALL wait4 ptrace:PEEKUSER", GO(PT_SYSCALL), { WAIT });
	end();
}

TEST_CASE(system_call_stops_and_their_registers, "", "")
{
	start(calls);
	DO(GO(PT_SYSCALL), { WAIT }, GETREGS, GO(PT_SYSCALL), { WAIT }, INFO(pl_flags), GETREGS, INFO(pl_syscall_narg));
	EXPECT("ptrace:SYSCALL wait4 ptrace:GETREGS ptrace:SYSCALL wait4 ptrace:GETREGS", GO(PT_SYSCALL), { WAIT },
	    INFO(pl_flags), GETREGS, GO(PT_SYSCALL), { WAIT }, INFO(pl_flags), GETREGS);
	end();
}

TEST_CASE(system_call_stops_and_their_values, "", "")
{
	static struct bsd_syscall sc;

	start(calls);
	DO(GO(PT_SYSCALL), { WAIT }, { VALUES, &sc, 0 }, GO(PT_SYSCALL), { WAIT }, { VALUES, &sc, 0 });
	EXPECT("ptrace:SYSCALL wait4 ptrace:GET_SYSCALL_INFO ptrace:SYSCALL wait4 ptrace:GET_SYSCALL_INFO", GO(PT_SYSCALL),
	    { WAIT }, { VALUES, &sc, 0 }, INFO(pl_flags), GO(PT_SYSCALL), { WAIT }, INFO(pl_flags), { VALUES, &sc, 0 });
	end();
}

TEST_CASE(entries_alone, "", "")
{
	start(calls);
	DO(GO(PT_TO_SCE), { WAIT }, GO(PT_TO_SCE), { WAIT });
	EXPECT("ptrace:SYSCALL wait4 ptrace:PEEKUSER ptrace:SYSCALL wait4", GO(PT_TO_SCE), { WAIT });
	end();
}

TEST_CASE(steps, "", "")
{
	start(calls);
	DO(GO(PT_STEP), { WAIT });
	EXPECT("ptrace:SINGLESTEP wait4 ptrace:GETSIGINFO", GO(PT_STEP), { WAIT });
	EXPECT("ptrace:SINGLESTEP wait4 ptrace:GETSIGINFO", GO(PT_STEP), { WAIT }, INFO(pl_flags));
	EXPECT("ptrace:SINGLESTEP wait4 ptrace:GETSIGINFO ptrace:GETREGS", GO(PT_STEP), { WAIT }, INFO(pl_flags), GETREGS);
	end();
}

TEST_CASE(breakpoints, "", "")
{
	start(traps);
	DO(GO(PT_CONTINUE), { WAIT });
	EXPECT("ptrace:CONT wait4 ptrace:GETSIGINFO", GO(PT_CONTINUE), { WAIT });
	EXPECT("ptrace:CONT wait4 ptrace:GETSIGINFO ptrace:GETREGS ptrace:SETREGS", GO(PT_CONTINUE), { WAIT },
	    INFO(pl_flags), GETREGS, SETREGS);
	end();
}

/* A signal that the process ignores is not reported. */
TEST_CASE(signals_, "", "")
{
	start(signals);
	DO(GO(PT_CONTINUE), { WAIT }, { PT_CONTINUE, (void *)1, SIGUSR1 }, { WAIT });
	EXPECT("ptrace:CONT wait4 ptrace:GETSIGINFO fstat pread64", GO(PT_CONTINUE), { WAIT });
	EXPECT("ptrace:CONT wait4 ptrace:GETSIGINFO fstat pread64", { PT_CONTINUE, (void *)1, SIGUSR1 }, { WAIT });
	end();
}

/* ---- PT_LWPINFO: what the caller's size reaches, of what the stop can tell ---- */

#define NAME_OF_IT "openat read close"

TEST_CASE(lwpinfo_at_a_system_call, "", "")
{
	start(calls);
	DO(GO(PT_SYSCALL), { WAIT }, GO(PT_SYSCALL), { WAIT }, GETREGS, GO(PT_SYSCALL), { WAIT });
	EXPECT("", INFO(pl_flags));
	EXPECT("ptrace:GETSIGMASK", INFO(pl_sigmask));
	EXPECT("ptrace:PEEKSIGINFO", INFO(pl_siglist));
	EXPECT("ptrace:PEEKSIGINFO", INFO(pl_siginfo));
	EXPECT("ptrace:PEEKSIGINFO " NAME_OF_IT, INFO(pl_tdname));
	EXPECT("ptrace:PEEKSIGINFO", INFO(pl_child_pid)); /* what might change meanwhile alone */
	EXPECT("ptrace:PEEKSIGINFO ptrace:GETREGS", INFO(pl_syscall_narg));
	EXPECT("", GETREGS);
	DO(GO(PT_SYSCALL), { WAIT }); /* at the end of a call it was looked at */
	EXPECT("ptrace:GETSIGMASK ptrace:PEEKSIGINFO " NAME_OF_IT, INFO(pl_syscall_narg), GETREGS);
	end();
}

TEST_CASE(lwpinfo_at_a_breakpoint, "", "")
{
	start(traps);
	DO(GO(PT_CONTINUE), { WAIT });
	EXPECT("", INFO(pl_flags));
	EXPECT("ptrace:GETSIGMASK ptrace:PEEKSIGINFO", INFO(pl_siglist));
	EXPECT("ptrace:GETREGS ptrace:PEEKSIGINFO", INFO(pl_siginfo)); /* where it was */
	EXPECT("ptrace:PEEKSIGINFO " NAME_OF_IT, INFO(pl_syscall_narg), GETREGS);
	end();
}

TEST_CASE(lwpinfo_at_a_signal, "", "")
{
	start(signals);
	DO(GO(PT_CONTINUE), { WAIT });
	EXPECT("", INFO(pl_flags));
	/* Of a thread in a call that waits with another mask the kernel tells that which will be again. */
	EXPECT("ptrace:GETREGS ptrace:GETSIGMASK", INFO(pl_sigmask));
	EXPECT("ptrace:PEEKSIGINFO", INFO(pl_siginfo), GETREGS);
	end();
}

/* ---- the others ---- */

TEST_CASE(registers, "", "")
{
	start(traps);
	DO(GO(PT_CONTINUE), { WAIT }, GETREGS, SETREGS, { PT_GETFPREGS, &fpregs, 0 }, { PT_SETFPREGS, &fpregs, 0 },
	    { PT_GETDBREGS, &dbregs, 0 }, { PT_SETDBREGS, &dbregs, 0 }, { PT_GETXSTATE, area, 0 },
	    { PT_GETFSBASE, &base, 0 });
	DO(GO(PT_CONTINUE), { WAIT });
	EXPECT("ptrace:GETREGS", GETREGS);
	EXPECT("", GETREGS);
	EXPECT("ptrace:SETREGS", SETREGS);
	EXPECT("ptrace:GETREGS ptrace:SETREGS", SETREGS); /* a struct reg is not all of them */
	EXPECT("ptrace:GETREGS", { PT_GETFSBASE, &base, 0 }, { PT_GETGSBASE, &base, 0 }, GETREGS);
	EXPECT("ptrace:GETFPREGS", { PT_GETFPREGS, &fpregs, 0 });
	EXPECT("ptrace:SETFPREGS", { PT_SETFPREGS, &fpregs, 0 });
	EXPECT("", { PT_GETDBREGS, &dbregs, 0 });
	end();
}

TEST_CASE(extended_registers, "", "")
{
	struct ptrace_xstate_info info;

	start(traps);
	if (bsd_ptrace(PT_GETXSTATE_INFO, pid, (caddr_t)&info, sizeof(info)) == -1) {
		end();
		atf_tc_skip("the processor has no XSAVE area");
	}
	DO({ PT_GETXSTATE, area, 0 }, { PT_SETXSTATE, area, (int)info.xsave_len });
	EXPECT("ptrace:GETREGSET", { PT_GETXSTATE, area, 0 });
	EXPECT("ptrace:SETREGSET", { PT_SETXSTATE, area, (int)info.xsave_len });
	/* What a part leaves out stays. */
	EXPECT("ptrace:GETREGSET ptrace:SETREGSET", { PT_SETXSTATE, area, 576 });
	EXPECT("", { PT_GETXSTATE_INFO, &info, sizeof(info) });
	end();
}

TEST_CASE(debug_registers, "", "")
{
	struct dbreg armed, none;

	memset(&none, 0, sizeof(none));
	memset(&armed, 0, sizeof(armed));
	armed.dr[0] = (uint64_t)(uintptr_t)&pid;
	armed.dr[7] = DBREG_DR7_SET(0, DBREG_DR7_LEN_4, DBREG_DR7_WRONLY, DBREG_DR7_LOCAL_ENABLE);
	start(traps);
	if (bsd_ptrace(PT_SETDBREGS, pid, (caddr_t)&armed, 0) == -1) {
		end();
		atf_tc_skip("the machine lends no debug registers");
	}
	DO({ PT_SETDBREGS, &none, 0 });
	EXPECT("ptrace:POKEUSER ptrace:POKEUSER", { PT_SETDBREGS, &armed, 0 }); /* address, control */
	EXPECT("ptrace:POKEUSER ptrace:POKEUSER ptrace:POKEUSER", { PT_SETDBREGS, &none, 0 }); /* and status */
	end();
}

/* What the library knows: that the thread is still there the kernel is asked now and then. */
TEST_CASE(what_is_known, "", "")
{
	static lwpid_t list[4];

	start(calls);
	DO(GO(PT_SYSCALL), { WAIT }, { PT_GETLWPLIST, list, 4 }, { PT_FOLLOW_FORK, NULL, 1 }, { PT_FOLLOW_FORK, NULL, 0 });
	DO(GO(PT_SYSCALL), { WAIT });
	EXPECT("", { PT_GETNUMLWPS, NULL, 0 }, { PT_GETLWPLIST, list, 4 }, { PT_SUSPEND, NULL, 0 }, { PT_RESUME, NULL, 0 },
	    { PT_SETSTEP, NULL, 0 }, { PT_CLEARSTEP, NULL, 0 }, { PT_FOLLOW_FORK, NULL, 0 });
	EXPECT("ptrace:SETOPTIONS", { PT_FOLLOW_FORK, NULL, 1 });
	end();
}

TEST_CASE(a_kill_shows_though_all_is_known, "", "")
{
	static struct ptrace_xstate_info info;
	static const struct ask asks[] = { GETREGS, INFO(pl_flags), { PT_GETDBREGS, &dbregs, 0 }, { PT_GETNUMLWPS, NULL, 0 },
		{ PT_SUSPEND, NULL, 0 }, { PT_CLEARSTEP, NULL, 0 }, { PT_FOLLOW_FORK, NULL, 0 },
		{ PT_GETXSTATE_INFO, &info, sizeof(info) } };
	int status;

	for (size_t i = 0; i < COUNT_OF(asks); i++) {
		start(calls);
		DO(GO(PT_SYSCALL), { WAIT });
		if (bsd_ptrace(asks[i].request, pid, asks[i].addr, asks[i].data) == -1 && errno == EOPNOTSUPP) {
			end();
			continue;
		}
		ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
		while (bsd_ptrace(asks[i].request, pid, asks[i].addr, asks[i].data) != -1)
			;
		ATF_REQUIRE_EQ(ESRCH, errno);
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	}
}
