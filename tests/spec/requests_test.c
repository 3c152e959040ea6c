/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of requests: numbers, results, arguments that nobody looks at.  Spec: requests.md, 1, 2 and 6.
 */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <limits.h>
#include <unistd.h>

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define BAD ((void *)1) /* an address nobody can read, and where PT_CONTINUE stays */

/* The numbers stand here as FreeBSD has them, not by name: old binaries know no names. */
static const struct {
	int is, number;
} numbers[] = {
	{ PT_TRACE_ME, 0 },
	{ PT_READ_I, 1 },
	{ PT_READ_D, 2 },
	{ PT_WRITE_I, 4 },
	{ PT_WRITE_D, 5 },
	{ PT_CONTINUE, 7 },
	{ PT_KILL, 8 },
	{ PT_STEP, 9 },
	{ PT_ATTACH, 10 },
	{ PT_DETACH, 11 },
	{ PT_IO, 12 },
	{ PT_LWPINFO, 13 },
	{ PT_GETNUMLWPS, 14 },
	{ PT_GETLWPLIST, 15 },
	{ PT_CLEARSTEP, 16 },
	{ PT_SETSTEP, 17 },
	{ PT_SUSPEND, 18 },
	{ PT_RESUME, 19 },
	{ PT_TO_SCE, 20 },
	{ PT_TO_SCX, 21 },
	{ PT_SYSCALL, 22 },
	{ PT_FOLLOW_FORK, 23 },
	{ PT_GETREGS, 33 },
	{ PT_SETREGS, 34 },
	{ PT_GETFPREGS, 35 },
	{ PT_SETFPREGS, 36 },
	{ PT_GETDBREGS, 37 },
	{ PT_SETDBREGS, 38 },
	{ PT_VM_TIMESTAMP, 40 },
	{ PT_VM_ENTRY, 41 },
	{ PT_FIRSTMACH, 64 },
	{ PIOD_READ_D, 1 },
	{ PIOD_WRITE_D, 2 },
	{ PIOD_READ_I, 3 },
	{ PIOD_WRITE_I, 4 },
	{ PL_EVENT_NONE, 0 },
	{ PL_EVENT_SIGNAL, 1 },
	{ PL_FLAG_SA, 0x01 },
	{ PL_FLAG_BOUND, 0x02 },
	{ PL_FLAG_SCE, 0x04 },
	{ PL_FLAG_SCX, 0x08 },
	{ PL_FLAG_EXEC, 0x10 },
	{ PL_FLAG_SI, 0x20 },
	{ PL_FLAG_FORKED, 0x40 },
	{ PL_FLAG_CHILD, 0x80 },
};

SPEC_TEST(numbers_are_FreeBSDs, "num.*")
{
	size_t i;

	for (i = 0; i < NITEMS(numbers); i++)
		ATF_CHECK_EQ_MSG(numbers[i].number, numbers[i].is, "the %zuth is %d", i, numbers[i].is);
}

/* The request succeeds, errno is zero, and the result is this. */
#define ANSWERS(result, number, pid, addr, data)                                                     \
	do {                                                                                         \
		int answer_;                                                                         \
		errno = EIO;                                                                         \
		answer_ = ptrace(number, pid, (caddr_t)(addr), data);                                \
		ATF_REQUIRE_MSG(answer_ == (result) && errno == 0, "request %d: %d, %s", number, answer_, \
		    strerror(errno));                                                                \
	} while (0)

static int cell = 4711;

SPEC_TEST(results_are_those_of_the_table, "call.2 num.*")
{
	static const int resumes[] = { 7, 9, 20, 21, 22 };
	struct puppet *pp = puppet_start(2);
	struct ptrace_io_desc io = { 1, &cell, &cell, sizeof(cell) };
	struct ptrace_lwpinfo info;
	struct fpreg fpreg;
	struct dbreg dbreg;
	struct reg reg;
	lwpid_t list[8];
	size_t i;

	ANSWERS(0, 10, pp->pid, NULL, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	ANSWERS(4711, 1, pp->pid, &cell, 0);
	ANSWERS(4711, 2, pp->pid, &cell, 0);
	ANSWERS(0, 4, pp->pid, &cell, 4712);
	ANSWERS(0, 5, pp->pid, &cell, 4713);
	ANSWERS(0, 12, pp->pid, &io, 0);
	ATF_REQUIRE_EQ(4713, cell);
	ANSWERS(0, 13, pp->pid, &info, (int)sizeof(info));
	ANSWERS(2, 14, pp->pid, NULL, 0);
	ANSWERS(2, 15, pp->pid, list, 8);
	ANSWERS(1, 15, pp->pid, list, 1);
	ANSWERS(0, 17, pp->pid, NULL, 0);
	ANSWERS(0, 16, pp->pid, NULL, 0);
	ANSWERS(0, 18, pp->pid, NULL, 0);
	ANSWERS(0, 19, pp->pid, NULL, 0);
	ANSWERS(0, 23, pp->pid, NULL, 1);
	ANSWERS(0, 33, pp->pid, &reg, 0);
	ANSWERS(0, 34, pp->pid, &reg, 0);
	ANSWERS(0, 35, pp->pid, &fpreg, 0);
	ANSWERS(0, 36, pp->pid, &fpreg, 0);
	ANSWERS(0, 37, pp->pid, &dbreg, 0);
	ANSWERS(0, 38, pp->pid, &dbreg, 0);
	for (i = 0; i < NITEMS(resumes); i++) {
		puppet_will(pp, 0, do_raise, SIGUSR1);
		do {
			ANSWERS(0, resumes[i], pp->pid, 1, 0);
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &cell, 0));
		} while (WIFSTOPPED(cell) && WSTOPSIG(cell) == SIGTRAP);
		ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), cell);
	}
	ANSWERS(0, 11, pp->pid, 1, 0);
	puppet_attach(pp);
	ANSWERS(0, 8, pp->pid, NULL, 0);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* which has them by now */
SPEC_TEST(numbers_given_later_are_unknown, "num.24 num.39 num.64 unk.2 unk.3")
{
	struct puppet *pp = puppet_attached(1);
	int number;

	for (number = 24; number < 33; number++)
		REFUSED(EINVAL, number, pp->pid, NULL, 0);
	for (number = 42; number < 64; number++)
		REFUSED(EINVAL, number, pp->pid, NULL, 0);
	for (number = 100; number < 400; number++)
		REFUSED(EINVAL, number, pp->pid, NULL, 0);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}
#endif

/* ---- arguments that are ignored ---- */

SPEC_TEST(attach_ignores_addr_and_data, "att.5")
{
	static const int data[] = { -1, 9999, INT_MIN, INT_MAX };
	struct puppet *pp = puppet_start(2);
	size_t i;

	for (i = 0; i < NITEMS(data); i++) {
		ASK(PT_ATTACH, pp->pid, i % 2 == 0 ? BAD : NULL, data[i]);
		EXPECT_STOP(pp->pid, SIGSTOP);
		ASK(PT_DETACH, pp->pid, 1, 0);
	}
	puppet_end(pp);
}

SPEC_TEST(detach_ignores_addr, "det.1")
{
	static const uintptr_t addr[] = { 0, 1, 2, 0x1000, UINTPTR_MAX };
	struct puppet *pp = puppet_start(1);
	size_t i;

	for (i = 0; i < NITEMS(addr); i++) {
		puppet_attach(pp);
		ASK(PT_DETACH, pp->pid, addr[i], 0);
		ATF_REQUIRE_EQ((long)i, puppet_does(pp, 0, do_nothing, (long)i));
	}
	puppet_end(pp);
}

SPEC_TEST(requests_without_arguments_ignore_them, "lwps.2 flag.3 held.10 regs.2")
{
	static const int data[] = { -1, 0, 9999, INT_MIN, INT_MAX };
	static const int requests[] = { PT_GETNUMLWPS, PT_SETSTEP, PT_CLEARSTEP, PT_SUSPEND, PT_RESUME };
	struct puppet *pp = puppet_attached(2);
	struct fpreg fpreg;
	struct reg reg;
	size_t i, k;

	for (i = 0; i < NITEMS(data); i++) {
		for (k = 0; k < NITEMS(requests); k++)
			ASK(requests[k], pp->pid, i % 2 == 0 ? BAD : (void *)UINTPTR_MAX, data[i]);
		ASK(PT_GETREGS, pp->pid, &reg, data[i]);
		ASK(PT_SETREGS, pp->pid, &reg, data[i]);
		ASK(PT_GETFPREGS, pp->pid, &fpreg, data[i]);
		ASK(PT_SETFPREGS, pp->pid, &fpreg, data[i]);
	}
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(pp);
}

/* ---- odds and ends of the page ---- */

SPEC_TEST_AS_ROOT(permission_is_looked_at_before_the_state, "chk.9")
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);

	/* Traced by another, which is EBUSY, and root's, which is EPERM. */
	ATF_REQUIRE_EQ(0, puppet_does(other, 0, do_be_nobody, 0));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(other, PT_ATTACH, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(other, PT_GETNUMLWPS, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(other, 99, pp->pid, NULL, 0));
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(pending_SIGCONT_is_not_lost_by_an_attach, "att.10")
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGCONT));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGCONT));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_attach(pp);
	puppet_will(pp, 0, do_unblock, SIGCONT);
	GO(pp->pid, 0);
#ifndef __FreeBSD__ /* where the SIGSTOP removes it */
	EXPECT_STOP(pp->pid, SIGCONT);
	GO(pp->pid, SIGCONT);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGCONT]);
#endif
	puppet_end(pp);
}

SPEC_TEST(any_address_is_taken_as_the_pc, "cont.6 cont.4")
{
	static const uintptr_t addr[] = { 2, 3, 0xfff, UINTPTR_MAX, UINTPTR_MAX - 4095, (uintptr_t)1 << (sizeof(long) * 8 - 2),
		(uintptr_t)1 << (sizeof(long) * 8 - 1) };
	size_t i;

	for (i = 0; i < NITEMS(addr); i++) {
		struct puppet *pp = puppet_attached(1);

		ASK(PT_CONTINUE, pp->pid, addr[i], 0);
		EXPECT_STOP(pp->pid, SIGSEGV);
		GO(pp->pid, SIGSEGV);
		EXPECT_DEATH(pp->pid, SIGSEGV);
		puppet_end(pp);
	}
}

static void
expect_entry(pid_t pid, unsigned int code)
{
	struct ptrace_lwpinfo info;

	for (;;) {
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX, info);
		if (info.pl_syscall_code == code)
			return;
		GO(pid, 0);
	}
}

#ifndef __FreeBSD__ /* 10.3 stops tracing calls, by accident */
SPEC_TEST_AS_ROOT(change_of_user_leaves_the_tracing_of_calls, "cont.13")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_be_nobody, 0);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
#ifdef SYS_setuid32
	expect_entry(pp->pid, SYS_setuid32);
#else
	expect_entry(pp->pid, SYS_setuid);
#endif
	GO(pp->pid, 0);
	expect_entry(pp->pid, SYS_getpid);
	puppet_end(pp);
}
#endif

static volatile sig_atomic_t sigchlds;

static void
on_sigchld(int sig)
{
	(void)sig;
	sigchlds++;
}

SPEC_TEST(no_SIGCHLD_is_sent_for_a_detach, "det.14")
{
	struct puppet *pp = puppet_attached(2);

	sigchlds = 0;
	ATF_REQUIRE(signal(SIGCHLD, on_sigchld) != SIG_ERR);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(5, puppet_does(pp, 0, do_nothing, 5));
	ATF_REQUIRE_EQ(0, sigchlds);
	puppet_end(pp);
}

SPEC_TEST(buffer_may_be_the_argument_itself, "io.10")
{
	static struct ptrace_io_desc io;
	struct ptrace_io_desc was;
	struct puppet *pp;

	/* In the puppet the same bytes lie at the same place; what is copied out at last are the members. */
	io = (struct ptrace_io_desc){ PIOD_READ_D, &io, &io, sizeof(io) };
	was = io;
	pp = puppet_attached(1);
	ASK(PT_IO, pp->pid, &io, 0);
	ATF_REQUIRE_EQ(0, memcmp(&was, &io, sizeof(io)));
	puppet_end(pp);
}

SPEC_TEST(failed_write_at_an_entry_leaves_the_call_as_it_was, "word.10 regs.5")
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_getppid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	expect_entry(pp->pid, SYS_getpid);
	REFUSED(EFAULT, PT_WRITE_D, pp->pid, NULL, 1);
	GO(pp->pid, 0);
	expect_entry(pp->pid, SYS_getppid);
	ASK(PT_WRITE_D, pp->pid, &cell, 1);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	puppet_end(pp);
}

/* A call changed at one entry is that one alone. */
SPEC_TEST(change_of_a_call_is_of_that_call_alone, "regs.5 regs.4")
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_getpid, 0);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	expect_entry(pp->pid, SYS_getpid);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	R_CALL(&reg) = SYS_getppid;
	ASK(PT_SETREGS, pp->pid, &reg, 0);
	GO(pp->pid, 0);
	expect_entry(pp->pid, SYS_getpid);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	ATF_REQUIRE_EQ(pp->pid, puppet_said(pp, 0));
	puppet_end(pp);
}
