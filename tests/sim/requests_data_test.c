/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a stopped process holds: PT_IO, PT_READ_I and kin, PT_LWPINFO, PT_GETNUMLWPS, PT_GETLWPLIST, registers.
 * Spec: requests.md, 6 and 7.
 */
#include <limits.h>
#include <stddef.h>

#include "cases.h"
#include "play.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

PROGRAM(idles, SLEEP);

#define HOLE (SIM_BASE + SIM_HOLE * SIM_PAGE)
#define END (SIM_BASE + SIM_PAGES * SIM_PAGE)

static void *
at(uint64_t addr)
{
	return ((void *)(uintptr_t)addr);
}

static unsigned char *
memory(pid_t pid, uint64_t addr)
{
	return (proc(pid)->sp_mem + (addr - SIM_BASE));
}

static struct ptrace_io_desc
piod(int op, uint64_t there, void *here, size_t len)
{
	return ((struct ptrace_io_desc){.piod_op = op, .piod_offs = at(there), .piod_addr = here, .piod_len = len});
}

static void
io_refused(int error, pid_t pid, struct ptrace_io_desc io)
{
	struct ptrace_io_desc was = io;

	REFUSED(error, PT_IO, pid, &io, 0);
	SAME(0, memcmp(&was, &io, sizeof(io)));
}

/* ---- PT_IO ---- */

SIM_TEST(io_checks_length_then_operation, "io.1 io.2 call.8")
{
	static const int bad[] = {0, 5, -1, 99, INT_MIN, INT_MAX};
	pid_t pid = sleepers(1);
	char here[8];

	for (size_t i = 0; i < NITEMS(bad); i++) {
		io_refused(EINVAL, pid, piod(bad[i], SIM_BASE, here, 8));
		io_refused(EINVAL, pid, piod(bad[i], HOLE, SIM_BAD, 8)); /* before the addresses */
	}
	io_refused(EINVAL, pid, piod(PIOD_READ_D, SIM_BASE, here, (size_t)SSIZE_MAX + 1));
	io_refused(EINVAL, pid, piod(PIOD_WRITE_D, HOLE, SIM_BAD, SIZE_MAX));
}

SIM_TEST(io_moves_all_of_it, "io.3 io.4 io.5 io.6 num.12 num.piod")
{
	pid_t pid = sleepers(1);
	unsigned char here[64];
	struct ptrace_io_desc io;

	for (int op = PIOD_READ_D; op <= PIOD_WRITE_I; op++) {
		io = piod(op, SIM_BASE + 13, here, sizeof(here));
		memset(here, op * 16, sizeof(here));
		ASK(PT_IO, pid, &io, INT_MIN);
		SAME(0, play.result);
		SAME(sizeof(here), io.piod_len);
		SAME(0, memcmp(here, memory(pid, SIM_BASE + 13), sizeof(here)));
		if (op == PIOD_WRITE_D || op == PIOD_WRITE_I)
			SAME(op * 16, here[0]);
	}
}

SIM_TEST(io_before_a_hole_moves_what_lies_before, "io.3 io.7 call.8")
{
	pid_t pid = sleepers(1);
	unsigned char here[64];

	memset(here, 0x11, sizeof(here));
	io_refused(EFAULT, pid, piod(PIOD_READ_D, HOLE - 20, here, sizeof(here)));
	SAME(0, memcmp(here, memory(pid, HOLE - 20), 20));
	SAME(0x11, here[20]);
	memset(here, 0x22, sizeof(here));
	io_refused(EFAULT, pid, piod(PIOD_WRITE_I, HOLE - 20, here, sizeof(here)));
	SAME(0x22, *memory(pid, HOLE - 1));
	io_refused(EFAULT, pid, piod(PIOD_READ_D, END - 4, here, 8));
	io_refused(EFAULT, pid, piod(PIOD_READ_D, 0, here, 8));
}

SIM_TEST(io_of_nothing_looks_at_the_page, "io.8")
{
	pid_t pid = sleepers(1);
	struct ptrace_io_desc io;

	for (int op = PIOD_READ_D; op <= PIOD_WRITE_I; op++) {
		io = piod(op, SIM_BASE, NULL, 0);
		ASK(PT_IO, pid, &io, 0);
		io_refused(EFAULT, pid, piod(op, HOLE, &io, 0));
		io_refused(EFAULT, pid, piod(op, 0, &io, 0));
	}
}

SIM_TEST(io_with_a_bad_buffer_is_EFAULT, "io.9 err.1")
{
	pid_t pid = sleepers(1);
	struct reg reg;

	for (int op = PIOD_READ_D; op <= PIOD_WRITE_I; op++)
		io_refused(EFAULT, pid, piod(op, SIM_BASE, SIM_BAD, 8));
	ASK(PT_GETREGS, pid, &reg, 0);
	reg.r_cs = 0;
	REFUSED(EINVAL, PT_SETREGS, pid, &reg, 0);
}

/* The buffer may be the argument itself; it is written back last. */
SIM_TEST(io_may_use_its_own_argument_as_buffer, "io.10")
{
	pid_t pid = sleepers(1);
	struct ptrace_io_desc io = piod(PIOD_READ_D, SIM_BASE, &io, sizeof(io)), was = io;

	ASK(PT_IO, pid, &io, 0);
	SAME(0, memcmp(&was, &io, sizeof(io)));
}

/* ---- many of them: bsd_ptrace_iov() ---- */

static size_t iov_done;

static int
ask_iov(pid_t id, void *iov, size_t n)
{
	struct host *host = play.tracer.tr_host;
	int error;

	host->ops->lock(host);
	error = request_iov(&play.tracer, id, iov, n, &iov_done, NULL);
	host->ops->unlock(host);
	return (error);
}

#define LOTS   3000
#define PLENTY (SIM_HOLE * SIM_PAGE - 8)

SIM_TEST(iov_moves_thousands_both_ways, "")
{
	static struct ptrace_io_desc iov[LOTS];
	static unsigned char here[LOTS][8];
	pid_t pid = sleepers(1);

	for (size_t i = 0; i < LOTS; i++)
		iov[i] = piod(PIOD_READ_D + 2 * (int)(i % 2), SIM_BASE + i % PLENTY, here[i], 1 + i % 8);
	SAME(0, ask_iov(pid, iov, LOTS));
	SAME(LOTS, iov_done);
	for (size_t i = 0; i < LOTS; i++)
		SAME(0, memcmp(here[i], memory(pid, SIM_BASE + i % PLENTY), 1 + i % 8));
	for (size_t i = 0; i < LOTS; i++) {
		iov[i].piod_op = PIOD_WRITE_D + 2 * (int)(i / 7 % 2);
		iov[i].piod_len = 1;
		here[i][0] = (unsigned char)(i * 11 + i / PLENTY);
	}
	SAME(0, ask_iov(pid, iov, LOTS));
	SAME(LOTS, iov_done);
	/* The last that went there. */
	for (size_t i = LOTS - PLENTY; i < LOTS; i++)
		SAME((unsigned char)(i * 11 + i / PLENTY), *memory(pid, SIM_BASE + i % PLENTY));
}

/* Each sees what those before it have done, whichever way. */
SIM_TEST(iov_is_carried_out_in_order, "")
{
	pid_t pid = sleepers(1);
	unsigned char a = 1, b = 2, was, now[3], end;
	struct ptrace_io_desc iov[] = {piod(PIOD_READ_D, SIM_BASE, &was, 1), piod(PIOD_WRITE_D, SIM_BASE, &a, 1),
	    piod(PIOD_READ_I, SIM_BASE, &now[0], 1), piod(PIOD_WRITE_I, SIM_BASE, &b, 1),
	    piod(PIOD_READ_D, SIM_BASE, &now[1], 1), piod(PIOD_READ_D, SIM_BASE, &now[2], 0),
	    piod(PIOD_READ_D, SIM_BASE, &end, 1)};

	*memory(pid, SIM_BASE) = 77;
	now[2] = 88;
	SAME(0, ask_iov(pid, iov, NITEMS(iov)));
	SAME(NITEMS(iov), iov_done);
	HOLDS(was == 77 && now[0] == 1 && now[1] == 2 && now[2] == 88 && end == 2);
}

SIM_TEST(iov_stops_where_one_fails, "")
{
	pid_t pid = sleepers(1);
	unsigned char here[5][8];

	for (int op = PIOD_READ_D; op <= PIOD_WRITE_I; op++)
		for (size_t bad = 0; bad < 5; bad++) {
			struct ptrace_io_desc iov[5];

			for (size_t i = 0; i < 5; i++)
				iov[i] = piod(op, SIM_BASE + 64 * i, here[i], 8);
			memset(here, 0x33, sizeof(here));
			iov[bad].piod_offs = at(HOLE - 3);
			SAME(EFAULT, ask_iov(pid, iov, 5));
			SAME(bad, iov_done);
			for (size_t i = 0; i < 5; i++)
				SAME(i == bad ? 3 : 8, iov[i].piod_len);
			if (op == PIOD_READ_D || op == PIOD_READ_I)
				SAME(0x33, here[bad][3]);
			if (bad < 4 && (op == PIOD_READ_D || op == PIOD_READ_I))
				SAME(0x33, here[4][0]);
		}
}

SIM_TEST(iov_of_what_PT_IO_refuses, "")
{
	pid_t pid = sleepers(1);
	char here[8];
	struct ptrace_io_desc good = piod(PIOD_READ_D, SIM_BASE, here, 8);
	const struct {
		struct ptrace_io_desc piod;
		int error;
	} bad[] = {{piod(0, SIM_BASE, here, 8), EINVAL}, {piod(5, SIM_BASE, here, 8), EINVAL},
	    {piod(PIOD_READ_D, SIM_BASE, here, (size_t)SSIZE_MAX + 1), EINVAL},
	    {piod(PIOD_WRITE_D, HOLE, SIM_BAD, SIZE_MAX), EINVAL}, {piod(PIOD_READ_D, SIM_BASE, SIM_BAD, 8), EFAULT},
	    {piod(PIOD_WRITE_D, SIM_BASE, SIM_BAD, 8), EFAULT}, {piod(PIOD_READ_D, HOLE, here, 0), EFAULT},
	    {piod(PIOD_WRITE_D, 0, here, 0), EFAULT}, {piod(PIOD_READ_D, 0, here, 8), EFAULT}};

	for (size_t i = 0; i < NITEMS(bad); i++)
		for (size_t before = 0; before < 3; before++) {
			struct ptrace_io_desc iov[4] = {good, good, good, good};

			iov[before] = bad[i].piod;
			SAME(bad[i].error, ask_iov(pid, iov, 4));
			SAME(before, iov_done);
			SAME(0, iov[before].piod_len);
			SAME(8, iov[3].piod_len);
		}
}

SIM_TEST(iov_that_cannot_be_read_is_EFAULT, "")
{
	pid_t pid = sleepers(1);
	struct ptrace_io_desc one = {.piod_op = PIOD_READ_D};

	SAME(EFAULT, ask_iov(pid, SIM_BAD, 1));
	SAME(0, iov_done);
	SAME(EFAULT, ask_iov(NOBODY, SIM_BAD, 1)); /* before all else */
	SAME(0, ask_iov(pid, SIM_BAD, 0));
	SAME(0, iov_done);
	SAME(ESRCH, ask_iov(NOBODY, SIM_BAD, 0));
	SAME(EINVAL, ask_iov(pid, &one, SSIZE_MAX));
}

SIM_TEST(iov_needs_a_stop_that_was_collected, "")
{
	pid_t pid = sleepers(1);
	char here[8];
	struct ptrace_io_desc iov[2] = {piod(PIOD_READ_D, SIM_BASE, here, 8), piod(PIOD_READ_D, SIM_BASE, here, 8)};

	ASK(PT_CONTINUE, pid, STAY, 0);
	SAME(EBUSY, ask_iov(pid, iov, 2));
	SAME(0, iov_done);
	SAME(8, iov[0].piod_len);
	SAME(EPERM, ask_iov(stranger(idles), iov, 2));
}

static unsigned
written(pid_t tid)
{
	return (thread_find(&play.tracer, tid)->td_dbgflags & TDB_USERWR);
}

SIM_TEST(iov_that_writes_marks_the_thread, "")
{
	pid_t pid = sleepers(1);
	char here[8] = "";
	struct ptrace_io_desc iov[2] = {piod(PIOD_READ_D, SIM_BASE, here, 8), piod(PIOD_READ_D, SIM_BASE, here, 8)};

	SAME(0, ask_iov(pid, iov, 2));
	SAME(0, written(pid));
	iov[1].piod_op = PIOD_WRITE_I;
	SAME(0, ask_iov(pid, iov, 2));
	HOLDS(written(pid) != 0);
}

SIM_TEST(writes_mark_the_thread, "io.11 word.10 regs.3 thr.4")
{
	pid_t pid = sleepers(2);
	struct ptrace_io_desc io;
	struct reg reg;
	struct fpreg fpreg;
	int word = 0;

	SAME(0, written(pid));
	ASK(PT_GETREGS, pid, &reg, 0);
	ASK(PT_GETFPREGS, pid, &fpreg, 0);
	ASK(PT_READ_D, pid, at(SIM_BASE), 0);
	io = piod(PIOD_READ_D, SIM_BASE, &word, 4);
	ASK(PT_IO, pid, &io, 0);
	SAME(0, written(pid));
	io.piod_op = PIOD_WRITE_D;
	ASK(PT_IO, LWP(pid + 1), &io, 0);
	SAME(0, written(pid));
	SAME(TDB_USERWR, written(pid + 1));
	thread_find(&play.tracer, pid + 1)->td_dbgflags &= ~TDB_USERWR;
	REFUSED(EFAULT, PT_WRITE_D, LWP(pid + 1), at(HOLE), 0); /* although it fails */
	SAME(TDB_USERWR, written(pid + 1));
	SAME(0, written(pid));
	reg.r_cs = 0;
	REFUSED(EINVAL, PT_SETREGS, pid, &reg, 0);
	SAME(TDB_USERWR, written(pid));
}

/* ---- words ---- */

SIM_TEST(words_are_four_bytes_anywhere, "word.1 word.2 word.3 word.4 word.5 num.1 num.2 num.4 num.5")
{
	pid_t pid = sleepers(1);
	uint64_t addr;
	int word;

	for (addr = SIM_BASE + SIM_PAGE - 5; addr < SIM_BASE + SIM_PAGE + 2; addr++) { /* over a page too */
		unsigned char before[6];

		memcpy(&word, memory(pid, addr), 4);
		ASK(PT_READ_D, pid, at(addr), INT_MIN);
		SAME(word, play.result);
		ASK(PT_READ_I, pid, at(addr), INT_MAX);
		SAME(word, play.result);
		memcpy(before, memory(pid, addr - 1), 6);
		ASK(addr % 2 == 0 ? PT_WRITE_D : PT_WRITE_I, pid, at(addr), ~word);
		SAME(0, play.result);
		SAME(before[0], *memory(pid, addr - 1));
		SAME(before[5], *memory(pid, addr + 4));
		ASK(PT_READ_I, pid, at(addr), 0);
		SAME(~word, play.result);
	}
}

SIM_TEST(words_of_a_hole_are_EFAULT, "word.7 word.8 word.9")
{
	static const uint64_t bad[] = {HOLE, HOLE + SIM_PAGE - 1, END, END - 1, 0, 1, SIM_BASE - 4, UINT64_MAX, HOLE - 2};
	pid_t pid = sleepers(1);

	for (size_t i = 0; i < NITEMS(bad); i++) {
		play.result = 99;
		REFUSED(EFAULT, PT_READ_D, pid, at(bad[i]), 0);
		SAME(0, play.result); /* no part of it */
		REFUSED(EFAULT, PT_READ_I, pid, at(bad[i]), 0);
		REFUSED(EFAULT, PT_WRITE_D, pid, at(bad[i]), 0x33333333);
		REFUSED(EFAULT, PT_WRITE_I, pid, at(bad[i]), 0x33333333);
	}
	SAME(0x33, *memory(pid, HOLE - 2));
	SAME(0x33, *memory(pid, HOLE - 1));
}

SIM_TEST(memory_shortage_is_ENOMEM, "word.6 io.3")
{
	pid_t pid = sleepers(1);
	char here[8];

	play.sim.sim_chaos = false;
	for (int n = 0; n < 3; n++) {
		play.sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = ENOMEM};
		if (n == 0)
			REFUSED(ENOMEM, PT_READ_D, pid, at(SIM_BASE), 0);
		else if (n == 1)
			REFUSED(ENOMEM, PT_WRITE_I, pid, at(SIM_BASE), 0);
		else
			io_refused(ENOMEM, pid, piod(PIOD_READ_I, SIM_BASE, here, 8));
	}
}

/* ---- PT_LWPINFO ---- */

SIM_TEST(size_must_be_that_of_a_part, "info.1")
{
	static const int bad[] = {0, -1, INT_MIN, sizeof(struct ptrace_lwpinfo) + 1, INT_MAX};
	pid_t pid = sleepers(1);
	struct ptrace_lwpinfo info;

	for (size_t i = 0; i < NITEMS(bad); i++) {
		REFUSED(EINVAL, PT_LWPINFO, pid, &info, bad[i]);
		REFUSED(EINVAL, PT_LWPINFO, pid, SIM_BAD, bad[i]);
	}
}

SIM_TEST(info_is_cut_at_any_size, "info.2 info.3 info.9 info.10 num.13")
{
	pid_t pid = sleepers(1);
	struct ptrace_lwpinfo full, less;
	unsigned char got[sizeof(full) + 1];

	STOP_BY(pid, pid);
	full = INFO(pid);
	SAME(PL_FLAG_SI, full.pl_flags);
	less = full;
	less.pl_flags = 0;
	memset(&less.pl_siginfo, 0, sizeof(less.pl_siginfo));
	for (size_t n = 1; n <= sizeof(full); n++) {
		bool whole = n >= offsetof(struct ptrace_lwpinfo, pl_siginfo) + sizeof(full.pl_siginfo);

		memset(got, 0xee, sizeof(got));
		ASK(PT_LWPINFO, pid, got, (int)n);
		SAME(0, play.result);
		SAME(0, memcmp(got, whole ? &full : &less, n));
		SAME(0xee, got[n]);
		REFUSED(EFAULT, PT_LWPINFO, pid, SIM_BAD, (int)n);
	}
}

SIM_TEST(info_of_a_signal_stop, "info.4 info.5 info.9 info.12 info.14 info.15 info.16 info.17 info.18 num.event num.si")
{
	pid_t pid = sleepers(2);
	struct ptrace_lwpinfo info;

	thread(pid + 1)->st_mask = SIM_BIT(SIGHUP) | SIM_BIT(SIGTERM);
	sent(pid + 1, SIGHUP);
	sim_signal(&play.sim, proc(pid), NULL, SIGTERM, false);
	thread(pid)->st_mask = SIM_BIT(SIGTERM);
	STOP_BY(pid, pid + 1);
	info = INFO(pid);
	SAME(LWP(pid + 1), info.pl_lwpid);
	SAME(PL_EVENT_SIGNAL, info.pl_event);
	SAME(PL_FLAG_SI, info.pl_flags);
	SAME(SIGUSR1, info.pl_siginfo.si_signo);
	SAME(1, sigismember(&info.pl_sigmask, SIGHUP));
	SAME(0, sigismember(&info.pl_sigmask, SIGUSR1));
	SAME(1, sigismember(&info.pl_siglist, SIGHUP));
	SAME(0, sigismember(&info.pl_siglist, SIGTERM)); /* the process' */
	SAME(0, sigismember(&info.pl_siglist, SIGUSR1)); /* being reported */
	SAME(0, strncmp(info.pl_tdname, "sim-", 4));
	SAME(20, sizeof(info.pl_tdname));
	SAME(0, info.pl_child_pid);
	SAME(0, info.pl_syscall_code);
	SAME(0, info.pl_syscall_narg);
	HOLDS(INFO(LWP(pid)).pl_sigmask.__val[0] != info.pl_sigmask.__val[0]);
}

SIM_TEST(info_of_a_thread_without_event, "info.6 info.10 info.18")
{
	pid_t pid = sleepers(2);
	struct ptrace_lwpinfo info;
	static const siginfo_t none;

	STOP_BY(pid, pid);
	info = INFO(LWP(pid + 1));
	SAME(LWP(pid + 1), info.pl_lwpid);
	SAME(PL_EVENT_NONE, info.pl_event);
	SAME(0, info.pl_flags & ~PL_FLAG_SCE); /* it sleeps in a call */
	SAME(0, memcmp(&info.pl_siginfo, &none, sizeof(none)));
	SAME(0, info.pl_child_pid);
}

PROGRAM(asks_and_calls, CALL(SC_TRACEME), RAISE(SIGUSR1), CALL(SC_GETPID), CALL(SC_EXEC), MAKE(SC_FORK, idles), SLEEP);

SIM_TEST(info_of_the_other_stops, "info.7 info.8 info.11 info.16 info.17 num.sce num.scx num.exec")
{
	static const siginfo_t none;
	pid_t pid = child(asks_and_calls);
	struct ptrace_lwpinfo info;
	int seen = 0;

	EXPECT_STOP(pid, SIGUSR1);
	SAME(PL_FLAG_SI, INFO(pid).pl_flags);
	ASK(PT_FOLLOW_FORK, pid, NULL, 1);
	for (unsigned n = 0; n < 6; n++) {
		ASK(PT_SYSCALL, pid, STAY, 0);
		EXPECT_STOP(pid, SIGTRAP);
		info = INFO(pid);
		SAME(PL_EVENT_SIGNAL, info.pl_event);
		SAME(0, info.pl_flags & PL_FLAG_SI);
		SAME(0, memcmp(&info.pl_siginfo, &none, sizeof(none)));
		SAME(1, ((info.pl_flags & PL_FLAG_SCE) != 0) + ((info.pl_flags & PL_FLAG_SCX) != 0));
		SAME(n < 2 ? SC_GETPID : n < 4 ? SC_EXEC : SC_FORK, info.pl_syscall_code);
		SAME(6, info.pl_syscall_narg);
		SAME(n == 5 ? pid + 1 : 0, info.pl_child_pid);
		seen |= info.pl_flags;
	}
	SAME(PL_FLAG_SCE | PL_FLAG_SCX | PL_FLAG_EXEC | PL_FLAG_FORKED, seen);
}

SIM_TEST(event_not_reported_yet_is_shown, "info.5 pick.1")
{
	pid_t pid = sleepers(2), other;

	for (;;) {
		sent(pid, SIGUSR1);
		sent(pid + 1, SIGUSR1);
		together(pid);
		GO(pid, 0);
		EXPECT_STOP(pid, SIGUSR1);
		other = INFO(pid).pl_lwpid == LWP(pid) ? pid + 1 : pid;
		if (INFO(LWP(other)).pl_event == PL_EVENT_SIGNAL)
			break;
		GO(pid, 0);
		EXPECT_STOP(pid, SIGUSR1);
	}
	SAME(PL_FLAG_SI, INFO(LWP(other)).pl_flags);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGUSR1);
	SAME(LWP(other), INFO(pid).pl_lwpid);
	SAME(PL_EVENT_NONE, INFO(other == pid ? LWP(pid + 1) : LWP(pid)).pl_event);
}

/* ---- the list ---- */

SIM_TEST(threads_are_counted_and_listed, "lwps.1 lwps.2 list.1 list.2 list.3 list.4 list.5 num.14 num.15")
{
	static const int bad[] = {0, -1, INT_MIN};
	pid_t pid = sleepers(3);
	lwpid_t list[5];

	ASK(PT_GETNUMLWPS, pid, SIM_BAD, INT_MIN);
	SAME(3, play.result);
	for (int slots = 1; slots <= 5; slots++) {
		memset(list, 0, sizeof(list));
		ASK(PT_GETLWPLIST, pid, list, slots);
		SAME(slots < 3 ? slots : 3, play.result);
		for (int i = 0; i < 5; i++)
			SAME(i < slots && i < 3 ? LWP(pid + i) : 0, list[i]);
	}
	ASK(PT_GETLWPLIST, pid, list, INT_MAX);
	for (size_t i = 0; i < NITEMS(bad); i++)
		REFUSED(EINVAL, PT_GETLWPLIST, pid, list, bad[i]);
	REFUSED(EFAULT, PT_GETLWPLIST, pid, SIM_BAD, 1);
}

PROGRAM(born, SLEEP);
PROGRAM(makes, CALL(SC_TRACEME), RAISE(SIGUSR1), MAKE(SC_CLONE, born), MAKE(SC_CLONE, born), RAISE(SIGUSR2), SLEEP);

SIM_TEST(threads_born_under_trace_come_last, "list.5 lwps.1")
{
	pid_t pid = child(makes);
	lwpid_t list[3];

	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
	SAME(1, play.result);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGUSR2);
	ASK(PT_GETLWPLIST, pid, list, 3);
	SAME(3, play.result);
	for (int i = 0; i < 3; i++)
		SAME(LWP(pid + i), list[i]);
}

/* ---- registers ---- */

SIM_TEST(registers_are_read_and_written, "regs.1 regs.2 num.33 num.35")
{
	pid_t pid = sleepers(2);
	struct reg reg, got;
	struct fpreg fpreg;

	STOP_BY(pid, pid);
	ASK(PT_GETREGS, pid, &reg, INT_MIN);
	SAME(0, play.result);
	R_PC(&reg) += 5;
	ASK(PT_SETREGS, pid, &reg, INT_MAX);
	SAME(0, play.result);
	ASK(PT_GETREGS, pid, &got, 0);
	SAME(0, memcmp(&reg, &got, sizeof(reg)));
	ASK(PT_GETFPREGS, pid, &fpreg, INT_MIN);
	ASK(PT_SETFPREGS, pid, &fpreg, INT_MAX);
}

SIM_TEST(register_that_may_not_be_is_EINVAL, "err.1 regs.3")
{
	pid_t pid = sleepers(1);
	struct reg reg, got = {0};

	STOP_BY(pid, pid);
	ASK(PT_GETREGS, pid, &got, 0);
	reg = got;
	R_PC(&reg) = 0;
	reg.r_cs = 0;
	REFUSED(EINVAL, PT_SETREGS, pid, &reg, 0);
	ASK(PT_GETREGS, pid, &reg, 0);
	SAME(0, memcmp(&reg, &got, sizeof(reg)));
}

SIM_TEST(debug_registers_are_read_and_written, "regs.1 regs.2 regs.3 num.37 call.6")
{
	pid_t pid = sleepers(2);
	struct dbreg db, got;

	ASK(PT_GETDBREGS, pid, &db, INT_MIN);
	SAME(0, play.result);
	SAME(0, db.dr[7]);
	db.dr[0] = 0x1234;
	db.dr[7] = 1;
	ASK(PT_SETDBREGS, LWP(pid + 1), &db, INT_MAX);
	SAME(0, play.result);
	SAME(TDB_USERWR, written(pid + 1));
	ASK(PT_GETDBREGS, LWP(pid + 1), &got, 0);
	SAME(0, memcmp(&db, &got, sizeof(db)));
	ASK(PT_GETDBREGS, pid, &got, 0);
	SAME(0, got.dr[7]); /* the other thread's are its own */
	db.dr[7] = 2 << 16 | 1;
	REFUSED(EINVAL, PT_SETDBREGS, pid, &db, 0);
	SAME(TDB_USERWR, written(pid));
	REFUSED(EFAULT, PT_GETDBREGS, pid, SIM_BAD, 0);
}

SIM_TEST(detach_clears_the_debug_registers, "det.12")
{
	pid_t pid = sleepers(1);
	struct dbreg db = {.dr[0] = 0x1234, .dr[7] = 1};

	ASK(PT_SETDBREGS, pid, &db, 0);
	ASK(PT_DETACH, pid, STAY, 0);
	SAME(0, thread(pid)->st_dbreg.dr[0] | thread(pid)->st_dbreg.dr[7]);
}

SIM_TEST(machine_requests_answer, "num.64 thr.4")
{
	pid_t pid = sleepers(2);
	unsigned long base = 0;
	struct ptrace_xstate_info info;

	ASK(PT_SETFSBASE, LWP(pid + 1), &(unsigned long){0x7000}, 0);
	ASK(PT_GETFSBASE, LWP(pid + 1), &base, 0);
	SAME(0x7000, base);
	ASK(PT_GETFSBASE, LWP(pid), &base, 0);
	SAME(0, base);
	ASK(PT_GETXSTATE_INFO, pid, &info, sizeof(info));
	SAME(SIM_STATE, info.xsave_len);
	REFUSED(EINVAL, PT_GETXSTATE_INFO, pid, &info, sizeof(info) - 1);
	REFUSED(EFAULT, PT_GETFSBASE, pid, SIM_BAD, 0);
}

SIM_TEST(extended_state_where_there_is_none_is_EOPNOTSUPP, "err.5")
{
	static const int requests[] = {PT_GETXSTATE_INFO, PT_GETXSTATE, PT_SETXSTATE};
	pid_t pid = sleepers(1);
	unsigned char state[SIM_STATE] = {0};

	play.sim.sim_chaos = false;
	for (size_t i = 0; i < NITEMS(requests); i++) {
		play.sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = EOPNOTSUPP};
		REFUSED(EOPNOTSUPP, requests[i], pid, state, sizeof(struct ptrace_xstate_info));
	}
}

PROGRAM(two_calls, CALL(SC_TRACEME), RAISE(SIGUSR1), CALL(SC_GETPID), CALL(SC_GETPID), RAISE(SIGUSR2), SLEEP);

SIM_TEST(call_changed_at_its_entry_is_made_instead, "regs.4 regs.5")
{
	pid_t pid = child(two_calls);
	struct reg reg;

	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_TO_SCE, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	ASK(PT_GETREGS, pid, &reg, 0);
	SAME(SC_GETPID, R_CALL(&reg));
	R_CALL(&reg) = SC_EXITALL;
	ASK(PT_SETREGS, pid, &reg, 0);
	SAME(TDB_USERWR, written(pid));
	GO(pid, 0);
	EXPECT_EXIT(pid, 0);
	pid = child(two_calls);
	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_TO_SCE, pid, STAY, 0);
	EXPECT_STOP(pid, SIGTRAP);
	ASK(PT_GETREGS, pid, &reg, 0);
	ASK(PT_SETREGS, pid, &reg, 0);
	GO(pid, 0);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(0, written(pid)); /* dropped at the next entry */
}
