/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The checks that every request passes, in their order: each request of the table, each errno.
 * Spec: requests.md, 1 to 4.
 */
#include <limits.h>

#include "cases.h"
#include "play.h"

/* Room for any argument; zero but for what makes one legal. */
static union {
	union request_arg arg;
	struct ptrace_io_desc piod;
	struct reg reg;
	char bytes[8192];
} arg;

static void
fill(int request)
{
	memset(&arg, 0, sizeof(arg));
	if (request == PT_IO)
		arg.piod = (struct ptrace_io_desc){PIOD_READ_D, (void *)(uintptr_t)SIM_BASE, arg.bytes + 4096, 8};
}

static int
data_of(int request)
{
	return (request == PT_LWPINFO ? (int)sizeof(struct ptrace_lwpinfo) : request == PT_GETLWPLIST ? 8 : 0);
}

/* Requests that are none. */
static const int unknown[] = {3, 6, 39, 45, 50, 63, 1000, INT_MAX, -1, INT_MIN};

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

/* Every request but PT_TRACE_ME and PT_ATTACH, which have rules of their own. */
static void
all_are_refused(int error, pid_t pid, bool itself)
{
	const struct request *rq;
	size_t i;

	for (i = 0; (rq = request_at(i)) != NULL; i++) {
		if (rq->rq_target == TS_SELF || rq->rq_target == TS_STRANGER || (itself && rq->rq_target == TS_CALLER))
			continue;
		fill(rq->rq_number);
		expect(__FILE__, __LINE__, rq->rq_name, error, ask(rq->rq_number, pid, &arg, data_of(rq->rq_number)));
	}
	for (i = 0; i < NITEMS(unknown); i++)
		REFUSED(error, unknown[i], pid, &arg, 0);
}

static void
everything_is_refused(int error, pid_t pid)
{
	all_are_refused(error, pid, false);
	REFUSED(error, PT_ATTACH, pid, NULL, 0);
}

/* ---- the target ---- */

PROGRAM(idles, SLEEP);
PROGRAM(leaves, SLEEP, EXIT(4));

SIM_TEST(nobody_is_ESRCH, "chk.2 chk.4")
{
	(void)stranger(idles);
	everything_is_refused(ESRCH, NOBODY);
	everything_is_refused(ESRCH, LWP(NOBODY));
	everything_is_refused(ESRCH, INT_MAX);
	everything_is_refused(ESRCH, 0);
	everything_is_refused(ESRCH, -1);
	everything_is_refused(ESRCH, -SIM_FIRST);
	everything_is_refused(ESRCH, INT_MIN);
}

SIM_TEST(zombie_is_ESRCH, "chk.3")
{
	pid_t pid = child(leaves);
	int status;

	quiet();
	wake(pid);
	quiet();
	everything_is_refused(ESRCH, pid);
	SAME(0, await(pid, WNOWAIT, &status));
	everything_is_refused(ESRCH, pid);
	EXPECT_EXIT(pid, 4);
	everything_is_refused(ESRCH, pid);
}

SIM_TEST(zombie_of_a_tracee_is_ESRCH, "chk.3")
{
	pid_t pid = attached(leaves);
	int status;

	GO(pid, 0);
	wake(pid);
	SAME(0, await(pid, WNOWAIT, &status));
	everything_is_refused(ESRCH, pid);
	EXPECT_EXIT(pid, 4);
	everything_is_refused(ESRCH, pid);
}

SIM_TEST(dying_stranger_is_ESRCH, "chk.5")
{
	pid_t pid = stranger(idles);

	sim_signal(&play.sim, proc(pid), NULL, SIGKILL, false);
	everything_is_refused(ESRCH, pid);
}

SIM_TEST(tracee_killed_by_somebody_is_ESRCH, "chk.5")
{
	pid_t pid = sleepers(2);

	sim_signal(&play.sim, proc(pid), NULL, SIGKILL, false);
	REFUSED(ESRCH, 99, pid, NULL, 0);
	everything_is_refused(ESRCH, pid);
	all_are_refused(ESRCH, LWP(pid + 1), false);
	EXPECT_DEATH(pid, SIGKILL);
}

SIM_TEST(tracee_killed_by_request_is_ESRCH_until_collected, "chk.5")
{
	pid_t pid = sleepers(2);

	ASK(PT_KILL, pid, NULL, 0);
	everything_is_refused(ESRCH, pid);
	all_are_refused(ESRCH, LWP(pid + 1), false);
	EXPECT_DEATH(pid, SIGKILL);
	everything_is_refused(ESRCH, pid);
}

SIM_TEST(process_the_host_protects_is_EPERM, "chk.7 dbg.4 dbg.9")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_untouchable = true;
	everything_is_refused(EPERM, pid);
	everything_is_refused(EPERM, LWP(pid));
}

SIM_TEST(system_process_is_EINVAL, "chk.8")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_system = true;
	everything_is_refused(EINVAL, pid);
}

SIM_TEST(permission_is_looked_at_before_the_state, "chk.9")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_other = 77; /* EBUSY, if it might be debugged */
	proc(pid)->sp_untouchable = true;
	everything_is_refused(EPERM, pid);
	proc(pid)->sp_untouchable = false;
	proc(pid)->sp_system = true;
	everything_is_refused(EINVAL, pid);
	sim_signal(&play.sim, proc(pid), NULL, SIGKILL, false);
	everything_is_refused(ESRCH, pid);
}

SIM_TEST(requests_on_oneself_pass_the_permission_check, "dbg.2 att.1 def.1")
{
	all_are_refused(EPERM, SIM_SELF, true);
	REFUSED(EINVAL, PT_ATTACH, SIM_SELF, NULL, 0);
	REFUSED(EINVAL, PT_ATTACH, LWP(SIM_SELF), NULL, 0);
}

/* ---- the state ---- */

SIM_TEST(untraced_is_EPERM, "def.1 own.2 unk.1")
{
	pid_t pid = stranger(idles);

	quiet();
	all_are_refused(EPERM, pid, false);
	all_are_refused(EPERM, LWP(pid), false);
}

SIM_TEST(tracee_of_another_is_EBUSY, "def.2 att.2 own.2")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_other = 77;
	everything_is_refused(EBUSY, pid);
}

SIM_TEST(running_is_EBUSY, "def.3 def.4 unk.1 own.2 att.2")
{
	pid_t pid = sleepers(2);

	GO(pid, 0);
	everything_is_refused(EBUSY, pid);
	everything_is_refused(EBUSY, LWP(pid));
	everything_is_refused(EBUSY, LWP(pid + 1));
	everything_is_refused(EBUSY, pid + 1);
	EXPECT_NOTHING(pid);
}

SIM_TEST(stop_not_collected_is_EBUSY, "def.3 att.8")
{
	pid_t pid = stranger(idles);

	quiet();
	ASK(PT_ATTACH, pid, NULL, 0);
	everything_is_refused(EBUSY, pid);
	EXPECT_STOP(pid, SIGSTOP);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
}

SIM_TEST(stop_only_looked_at_is_EBUSY, "def.6")
{
	pid_t pid = sleepers(2);
	int status;

	sent(pid, SIGUSR1);
	GO(pid, 0);
	SAME(0, await(pid, WNOWAIT, &status));
	SAME(W_STOPCODE(SIGUSR1), status);
	everything_is_refused(EBUSY, pid);
	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
}

SIM_TEST(some_thread_not_suspended_yet_is_EBUSY, "def.3")
{
	pid_t pid = sleepers(3);

	play.sim.sim_chaos = false;
	GO(pid, 0);
	sent(pid + 1, SIGUSR1);
	while (!thread(pid + 1)->st_stopped)
		(void)sim_pass(&play.sim, 1);
	/* One has stopped, and the others were not asked to yet. */
	everything_is_refused(EBUSY, pid);
	EXPECT_STOP(pid, SIGUSR1);
}

SIM_TEST(clearstep_of_the_calling_thread_is_free, "own.1 own.3 thr.3")
{
	ASK(PT_CLEARSTEP, SIM_SELF, NULL, 0);
	ASK(PT_CLEARSTEP, LWP(SIM_SELF), NULL, 0);
	/* The first thread is not the one that calls. */
	play.sim.sim_tid = 77;
	REFUSED(EPERM, PT_CLEARSTEP, SIM_SELF, NULL, 0);
	REFUSED(EPERM, PT_CLEARSTEP, LWP(SIM_SELF), NULL, 0);
	play.sim.sim_traced = 7;
	REFUSED(EBUSY, PT_CLEARSTEP, SIM_SELF, NULL, 0);
	play.sim.sim_tid = SIM_SELF;
	ASK(PT_CLEARSTEP, SIM_SELF, NULL, 0);
}

/* ---- unknown requests ---- */

SIM_TEST(unknown_on_a_stopped_tracee_is_EINVAL, "unk.1 unk.2 unk.3 num.3 num.6 num.39 num.24 num.64")
{
	pid_t pid = sleepers(2);
	int request;

	for (request = -3; request < 200; request++)
		if (request_find(request) == NULL) {
			REFUSED(EINVAL, request, pid, NULL, 0);
			REFUSED(EINVAL, request, LWP(pid + 1), &arg, 1);
		}
	REFUSED(EINVAL, INT_MIN, pid, NULL, 0);
	REFUSED(EINVAL, INT_MAX, pid, NULL, 0);
	for (request = 24; request < 33; request++)
		SAME(1, request_find(request) == NULL);
	for (request = 42; request < 64; request++)
		SAME(1, request_find(request) == NULL);
	EXPECT_NOTHING(pid);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
}

/* ---- copying ---- */

SIM_TEST(bad_argument_is_EFAULT_before_all_else, "call.5")
{
	pid_t untraced = stranger(idles), other = stranger(idles), running = sleepers(1);
	const struct request *rq;
	size_t i;

	proc(other)->sp_untouchable = true;
	GO(running, 0);
	for (i = 0; (rq = request_at(i)) != NULL; i++) {
		if (rq->rq_in == 0)
			continue;
		REFUSED(EFAULT, rq->rq_number, NOBODY, SIM_BAD, 0);
		REFUSED(EFAULT, rq->rq_number, -1, SIM_BAD, 0);
		REFUSED(EFAULT, rq->rq_number, SIM_SELF, NULL, 0);
		REFUSED(EFAULT, rq->rq_number, untraced, SIM_BAD, 0);
		REFUSED(EFAULT, rq->rq_number, other, SIM_BAD, 0);
		REFUSED(EFAULT, rq->rq_number, running, SIM_BAD, 0);
	}
	SAME(1, request_find(PT_IO)->rq_in != 0 && request_find(PT_SETREGS)->rq_in != 0 &&
	    request_find(PT_SETFPREGS)->rq_in != 0 && request_find(PT_SETDBREGS)->rq_in != 0 &&
	    request_find(PT_VM_ENTRY)->rq_in != 0);
}

/* PT_IO and PT_VM_ENTRY are read from the same address, and would have been refused for it before. */
SIM_TEST(bad_result_address_is_EFAULT_after_all_else, "call.6 info.2 list.4 chk.10")
{
	static const int outs[] = {PT_GETREGS, PT_GETFPREGS, PT_GETDBREGS, PT_LWPINFO, PT_GETLWPLIST};
	pid_t untraced = stranger(idles), pid = sleepers(1);
	size_t i;

	for (i = 0; i < NITEMS(outs); i++) {
		REFUSED(ESRCH, outs[i], NOBODY, SIM_BAD, 1);
		REFUSED(EPERM, outs[i], untraced, SIM_BAD, 1);
		REFUSED(EFAULT, outs[i], pid, SIM_BAD, 1);
		REFUSED(EFAULT, outs[i], pid, NULL, 1);
	}
	REFUSED(EINVAL, PT_LWPINFO, pid, SIM_BAD, 0);
	REFUSED(EINVAL, PT_GETLWPLIST, pid, SIM_BAD, 0);
	GO(pid, 0);
	for (i = 0; i < NITEMS(outs); i++)
		REFUSED(EBUSY, outs[i], pid, SIM_BAD, 0);
}

SIM_TEST(nothing_is_copied_out_on_an_error, "call.7 call.8")
{
	pid_t pid = sleepers(1);
	const struct request *rq;
	union request_arg before;
	size_t i;

	GO(pid, 0);
	for (i = 0; (rq = request_at(i)) != NULL; i++) {
		if (rq->rq_target == TS_SELF)
			continue;
		memset(&arg, 0x5a, sizeof(arg));
		memcpy(&before, &arg, sizeof(before));
		SAME(EBUSY, ask(rq->rq_number, pid, &arg, data_of(rq->rq_number)));
		expect(__FILE__, __LINE__, rq->rq_name, 0, memcmp(&before, &arg, sizeof(before)));
	}
}

SIM_TEST(argument_is_looked_at_after_the_state, "chk.10")
{
	static const int resumes[] = {PT_CONTINUE, PT_STEP, PT_DETACH, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL};
	pid_t untraced = stranger(idles), pid = sleepers(1);
	struct ptrace_io_desc piod = {.piod_op = 99};
	size_t i;

	GO(pid, 0);
	for (i = 0; i < NITEMS(resumes); i++) {
		REFUSED(ESRCH, resumes[i], NOBODY, STAY, -1);
		REFUSED(EPERM, resumes[i], untraced, STAY, -1);
		REFUSED(EBUSY, resumes[i], pid, STAY, -1);
	}
	REFUSED(ESRCH, PT_IO, NOBODY, &piod, 0);
	REFUSED(EPERM, PT_IO, untraced, &piod, 0);
	REFUSED(EBUSY, PT_IO, pid, &piod, 0);
	REFUSED(EBUSY, PT_READ_D, pid, SIM_BAD, 0);
}

/* ---- the table ---- */

/* Written out as FreeBSD has them, that none may slip. */
static const struct {
	int number;
	const char *name;
} numbers[] = {
	{0, "PT_TRACE_ME"}, {1, "PT_READ_I"}, {2, "PT_READ_D"}, {4, "PT_WRITE_I"}, {5, "PT_WRITE_D"}, {7, "PT_CONTINUE"},
	{8, "PT_KILL"}, {9, "PT_STEP"}, {10, "PT_ATTACH"}, {11, "PT_DETACH"}, {12, "PT_IO"}, {13, "PT_LWPINFO"},
	{14, "PT_GETNUMLWPS"}, {15, "PT_GETLWPLIST"}, {16, "PT_CLEARSTEP"}, {17, "PT_SETSTEP"}, {18, "PT_SUSPEND"},
	{19, "PT_RESUME"}, {20, "PT_TO_SCE"}, {21, "PT_TO_SCX"}, {22, "PT_SYSCALL"}, {23, "PT_FOLLOW_FORK"},
	{33, "PT_GETREGS"}, {34, "PT_SETREGS"}, {35, "PT_GETFPREGS"}, {36, "PT_SETFPREGS"}, {37, "PT_GETDBREGS"},
	{38, "PT_SETDBREGS"}, {40, "PT_VM_TIMESTAMP"}, {41, "PT_VM_ENTRY"},
};

SIM_TEST(numbers_are_FreeBSDs, "num.*")
{
	for (size_t i = 0; i < NITEMS(numbers); i++) {
		const struct request *rq = request_find(numbers[i].number);

		SAME(0, rq == NULL ? -1 : strcmp(numbers[i].name, rq->rq_name));
	}
	SAME(1, PIOD_READ_D);
	SAME(2, PIOD_WRITE_D);
	SAME(3, PIOD_READ_I);
	SAME(4, PIOD_WRITE_I);
	SAME(0, PL_EVENT_NONE);
	SAME(1, PL_EVENT_SIGNAL);
	SAME(0x01, PL_FLAG_SA);
	SAME(0x02, PL_FLAG_BOUND);
	SAME(0x04, PL_FLAG_SCE);
	SAME(0x08, PL_FLAG_SCX);
	SAME(0x10, PL_FLAG_EXEC);
	SAME(0x20, PL_FLAG_SI);
	SAME(0x40, PL_FLAG_FORKED);
	SAME(0x80, PL_FLAG_CHILD);
	SAME(64, PT_FIRSTMACH);
}

static void
answers(int request, pid_t pid, const void *addr, int data, int result)
{
	play.result = 99;
	ASK(request, pid, addr, data);
	SAME(result, play.result);
}

SIM_TEST(results_are_those_of_the_table, "call.2 num.*")
{
	pid_t pid = sleepers(2);
	int word;

	memcpy(&word, proc(pid)->sp_mem, sizeof(word));
	answers(PT_READ_I, pid, (void *)(uintptr_t)SIM_BASE, 0, word);
	answers(PT_READ_D, pid, (void *)(uintptr_t)SIM_BASE, 0, word);
	answers(PT_WRITE_I, pid, (void *)(uintptr_t)SIM_BASE, 5, 0);
	answers(PT_WRITE_D, pid, (void *)(uintptr_t)SIM_BASE, 6, 0);
	fill(PT_IO);
	answers(PT_IO, pid, &arg, 0, 0);
	answers(PT_LWPINFO, pid, &arg, sizeof(struct ptrace_lwpinfo), 0);
	answers(PT_GETNUMLWPS, pid, NULL, 0, 2);
	answers(PT_GETLWPLIST, pid, &arg, 8, 2);
	answers(PT_SETSTEP, pid, NULL, 0, 0);
	answers(PT_CLEARSTEP, pid, NULL, 0, 0);
	answers(PT_SUSPEND, pid, NULL, 0, 0);
	answers(PT_RESUME, pid, NULL, 0, 0);
	answers(PT_FOLLOW_FORK, pid, NULL, 1, 0);
	answers(PT_GETREGS, pid, &arg, 0, 0);
	answers(PT_SETREGS, pid, &arg, 0, 0);
	answers(PT_GETFPREGS, pid, &arg, 0, 0);
	answers(PT_SETFPREGS, pid, &arg, 0, 0);
	answers(PT_GETDBREGS, pid, &arg, 0, 0);
	answers(PT_SETDBREGS, pid, &arg, 0, 0);
	answers(PT_CONTINUE, pid, STAY, 0, 0);
	for (const int *rq = (const int[]){PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_DETACH, 0}; *rq != 0; rq++) {
		sent(pid, SIGUSR1);
		do
			SAME(0, await(pid, 0, &word));
		while (word != W_STOPCODE(SIGUSR1) && ask(PT_CONTINUE, pid, STAY, 0) == 0);
		answers(*rq, pid, STAY, 0, 0);
	}
	answers(PT_ATTACH, pid, NULL, 0, 0);
	EXPECT_STOP(pid, SIGSTOP);
	answers(PT_KILL, pid, NULL, 0, 0);
	EXPECT_DEATH(pid, SIGKILL);
}

/* ---- who asks, and whom ---- */

SIM_TEST(any_thread_of_the_tracer_may_ask, "call.3")
{
	pid_t pid = sleepers(1);

	play.sim.sim_tid = 77;
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
	GO(pid, 0);
	play.sim.sim_tid = 78;
	sent(pid, SIGUSR1);
	EXPECT_STOP(pid, SIGUSR1);
	ASK(PT_DETACH, pid, STAY, 0);
}

SIM_TEST(target_is_a_process_or_one_of_its_threads, "call.4 chk.2 thr.1 thr.5 thr.7")
{
	pid_t pid = sleepers(3);
	pid_t names[] = {pid, LWP(pid), LWP(pid + 1), pid + 1, LWP(pid + 2), pid + 2};
	const pid_t shown[] = {pid, pid, pid + 1, pid + 1, pid + 2, pid + 2};

	STOP_BY(pid, pid);
	for (size_t i = 0; i < NITEMS(names); i++) {
		SAME(LWP(shown[i]), INFO(names[i]).pl_lwpid);
		ASK(PT_GETNUMLWPS, names[i], NULL, 0);
		SAME(3, play.result);
	}
	ASK(PT_DETACH, LWP(pid + 2), STAY, 0);
	REFUSED(EPERM, PT_GETNUMLWPS, pid, NULL, 0);
}

SIM_TEST(process_is_the_reporting_thread, "thr.2")
{
	pid_t pid = sleepers(3);

	for (pid_t tid = pid; tid < pid + 3; tid++) {
		STOP_BY(pid, tid);
		SAME(LWP(tid), INFO(pid).pl_lwpid);
		SAME(LWP(pid), INFO(LWP(pid)).pl_lwpid);
	}
}

SIM_TEST(thread_requests_act_on_the_thread_named, "thr.4 thr.1")
{
	pid_t pid = sleepers(2);
	struct reg reg, other;

	STOP_BY(pid, pid);
	ASK(PT_GETREGS, LWP(pid + 1), &reg, 0);
	R_PC(&reg) = 0x1234;
	ASK(PT_SETREGS, LWP(pid + 1), &reg, 0);
	ASK(PT_GETREGS, pid, &other, 0);
	HOLDS(R_PC(&other) != 0x1234);
	ASK(PT_SETSTEP, LWP(pid + 1), NULL, 0);
	ASK(PT_GETREGS, LWP(pid + 1), &reg, 0);
	SAME(0x1234, R_PC(&reg));
	HOLDS((R_FLAGS(&reg) & STEP_FLAG) != 0);
	ASK(PT_GETREGS, pid, &other, 0);
	HOLDS((R_FLAGS(&other) & STEP_FLAG) == 0);
	ASK(PT_CLEARSTEP, LWP(pid + 1), NULL, 0);
	ASK(PT_SUSPEND, LWP(pid + 1), NULL, 0);
	ASK(PT_CONTINUE, LWP(pid), (void *)0x4321, 0);
	sent(pid, SIGUSR2);
	EXPECT_STOP(pid, SIGUSR2);
	HOLDS(pc(pid) - 0x4321 < 16);
	SAME(0x1234, pc(pid + 1));
}

SIM_TEST(answer_is_for_the_reporting_thread, "thr.6")
{
	pid_t pid = sleepers(2);

	caught(pid, SIGUSR1);
	STOP_BY(pid, pid);
	ASK(PT_CONTINUE, LWP(pid + 1), STAY, SIGUSR1); /* the reporter's event, and its signal */
	quiet();
	EXPECT_NOTHING(pid);
	SAME(1, play.taken[SIGUSR1]);
}
