/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_GETDBREGS, PT_SETDBREGS and the machine's own requests, on simulated processes: what a refusal leaves, whom they
 * mark, who inherits, what ends them.  Spec: registers.md, 4 and 7; requests.md, 6; stops.md, 10 to 12; decisions.md, 15.
 */
#include "cases.h"
#include "play.h"

#define CONTROL 7
#define STATUS 6

PROGRAM(idles, SLEEP);

static const struct dbreg none;

static struct dbreg
watching(int slot)
{
	struct dbreg d = none;

	d.dr[slot] = SIM_BASE;
	d.dr[CONTROL] = DBREG_DR7_SET(slot, DBREG_DR7_LEN_4, DBREG_DR7_WRONLY, DBREG_DR7_LOCAL_ENABLE);
	return (d);
}

static struct dbreg
dbregs_of(pid_t id)
{
	struct dbreg d;

	memset(&d, 0x5a, sizeof(d));
	ASK(PT_GETDBREGS, id, &d, 0);
	return (d);
}

#define HAS(id, d)                                          \
	do {                                                \
		struct dbreg has_ = dbregs_of(id);          \
		SAME(0, memcmp(&has_, &(d), sizeof(has_))); \
	} while (0)

static unsigned
marked(pid_t tid)
{
	return (thread_find(&play.tracer, tid)->td_dbgflags & TDB_USERWR);
}

/* ---- reading and writing ---- */

SIM_TEST(debug_registers_are_read_as_written, "num.37 regs.1 thr.1 thr.4")
{
	pid_t pid = sleepers(2);
	struct dbreg d = watching(2);

	HAS(pid, none);
	ASK(PT_SETDBREGS, LWP(pid + 1), &d, 99);
	HAS(LWP(pid + 1), d);
	HAS(LWP(pid), none);
	REFUSED(EFAULT, PT_GETDBREGS, pid, SIM_BAD, 0);
	REFUSED(EFAULT, PT_SETDBREGS, NOBODY, SIM_BAD, 0);
	REFUSED(ESRCH, PT_GETDBREGS, NOBODY, SIM_BAD, 0);
}

SIM_TEST(refused_debug_registers_mark_the_thread_and_change_nothing, "err.1 regs.3 call.7")
{
	pid_t pid = sleepers(1);
	struct dbreg d = watching(1), bad = d;

	ASK(PT_SETDBREGS, pid, &d, 0);
	thread_find(&play.tracer, pid)->td_dbgflags &= ~TDB_USERWR;
	HAS(pid, d);
	SAME(0, marked(pid));
	bad.dr[CONTROL] |= DBREG_DR7_SET(3, 0, 2, 0);
	REFUSED(EINVAL, PT_SETDBREGS, pid, &bad, 0);
	SAME(TDB_USERWR, marked(pid));
	HAS(pid, d);
	bad = d;
	bad.dr[STATUS] = (uint64_t)1 << 32;
	REFUSED(EINVAL, PT_SETDBREGS, pid, &bad, 0);
	bad = d;
	bad.dr[1] = (uint64_t)1 << 47;
	REFUSED(EINVAL, PT_SETDBREGS, pid, &bad, 0);
	HAS(pid, d);
}

/* ---- hits ---- */

#define TOUCH {.sa_what = SA_TOUCH}

PROGRAM(touches, SLEEP, TOUCH, TOUCH, SLEEP);

SIM_TEST(a_hit_is_a_signal_stop, "")
{
	pid_t pid = attached(touches);
	struct dbreg d = watching(0);

	ASK(PT_SETDBREGS, pid, &d, 0);
	GO(pid, 0);
	wake(pid);
	for (int i = 0; i < 2; i++) {
		EXPECT_STOP(pid, SIGTRAP);
		SAME(PL_FLAG_SI, INFO(pid).pl_flags);
		SAME(TRAP_HWBKPT, INFO(pid).pl_siginfo.si_code);
		d = dbregs_of(pid);
		SAME(1, d.dr[STATUS]);
		if (i == 0)
			GO(pid, 0);
	}
	ASK(PT_SETDBREGS, pid, &none, 0);
	GO(pid, 0);
	idle(pid);
}

PROGRAM(touches_later, SLEEP, TOUCH, COMPUTE, SLEEP);
PROGRAM(three_touch, MAKE(SC_CLONE, touches_later), MAKE(SC_CLONE, touches_later), SLEEP, TOUCH, COMPUTE, SLEEP);

/* A thread whose trap is due is let go after it. */
static void
serve(void)
{
	struct host *host = &play.sim.sim_host;

	for (unsigned n = 0; n < 50 && sim_left_behind(&play.sim) != 0; n++) {
		host->ops->lock(host);
		(void)wait_serve(&play.tracer);
		host->ops->unlock(host);
	}
}

/* Each has hit; one was reported, and the traps of the others would end the process. */
SIM_TEST(detach_drops_hits_that_were_not_reported, "det.12")
{
	pid_t pid = attached(three_touch);
	struct dbreg d = watching(3);

	for (pid_t tid = pid; tid < pid + 3; tid++)
		ASK(PT_SETDBREGS, LWP(tid), &d, 0);
	GO(pid, 0);
	for (pid_t tid = pid; tid < pid + 3; tid++)
		wake(tid);
	EXPECT_STOP(pid, SIGTRAP);
	ASK(PT_DETACH, pid, STAY, 0);
	serve();
	quiet();
	HOLDS(proc(pid) != NULL);
	SAME(0, play.taken[SIGTRAP]);
	for (pid_t tid = pid; tid < pid + 3; tid++)
		SAME(0, memcmp(&thread(tid)->st_dbreg, &none, sizeof(none)));
}

SIM_TEST(a_hit_that_was_reported_is_taken_if_it_is_given, "det.2")
{
	pid_t pid = attached(touches);
	struct dbreg d = watching(0);

	caught(pid, SIGTRAP);
	ASK(PT_SETDBREGS, pid, &d, 0);
	GO(pid, 0);
	wake(pid);
	EXPECT_STOP(pid, SIGTRAP);
	ASK(PT_DETACH, pid, STAY, SIGTRAP);
	quiet();
	SAME(1, play.taken[SIGTRAP]);
}

/* ---- who inherits ---- */

PROGRAM(born, TOUCH, SLEEP);
PROGRAM(makes, SLEEP, MAKE(SC_CLONE, born), RAISE(SIGUSR2), SLEEP);

/* Whichever is told first, it runs nothing without them. */
SIM_TEST(a_new_thread_has_its_makers, "")
{
	pid_t pid = attached(makes), hit = 0;
	struct dbreg d = watching(1), got;

	play.sim.sim_chaos = play.order % 2 == 0;
	ASK(PT_SETDBREGS, pid, &d, 0);
	GO(pid, 0);
	wake(pid);
	for (int i = 0; i < 2; i++) {
		int status;

		SAME(0, await(pid, 0, &status));
		if (WSTOPSIG(status) == SIGTRAP)
			hit = INFO(pid).pl_lwpid;
		else
			SAME(SIGUSR2, WSTOPSIG(status));
		if (hit == 0 || i == 0)
			GO(pid, 0);
	}
	HOLDS(hit != 0 && hit != LWP(pid));
	got = dbregs_of(hit);
	got.dr[STATUS] = 0;
	SAME(0, memcmp(&got, &d, sizeof(d)));
	HAS(LWP(pid), d);
}

PROGRAM(forks, SLEEP, MAKE(SC_FORK, born), SLEEP);
PROGRAM(vforks, SLEEP, MAKE(SC_VFORK, born), SLEEP);

static void
forks_with(pid_t pid, bool follow)
{
	struct dbreg d = watching(1);

	ASK(PT_SETDBREGS, pid, &d, 0);
	ASK(PT_FOLLOW_FORK, pid, NULL, follow);
	GO(pid, 0);
	wake(pid);
}

static void
child_inherits(const struct sim_action *program)
{
	pid_t pid = attached(program), child_ = pid + 1;
	struct dbreg d = watching(1);
	int status;

	forks_with(pid, true);
	for (int i = 0; i < 2; i++) {
		SAME(0, await(-1, 0, &status));
		SAME(play.result == pid ? SIGTRAP : SIGSTOP, WSTOPSIG(status));
		HAS(play.result, d);
	}
	GO(child_, 0);
	EXPECT_STOP(child_, SIGTRAP);
	SAME(TRAP_HWBKPT, INFO(child_).pl_siginfo.si_code);
}

SIM_TEST(a_followed_child_has_its_makers, "")
{
	child_inherits(forks);
}

SIM_TEST(a_followed_vfork_child_has_its_makers, "")
{
	child_inherits(vforks);
}

SIM_TEST(a_child_that_is_not_followed_has_none, "")
{
	pid_t pid = attached(play.order % 2 == 0 ? forks : vforks), child_ = pid + 1;

	forks_with(pid, false);
	idle(pid);
	HOLDS(thread(child_) != NULL && !thread(child_)->st_traced);
	SAME(0, memcmp(&thread(child_)->st_dbreg, &none, sizeof(none)));
}

/* ---- what ends them ---- */

PROGRAM(execs, SLEEP, CALL(SC_EXEC), TOUCH, SLEEP);

SIM_TEST(exec_clears_them, "")
{
	pid_t pid = attached(execs);
	struct dbreg d = watching(1);

	ASK(PT_SETDBREGS, pid, &d, 0);
	GO(pid, 0);
	wake(pid);
	EXPECT_STOP(pid, SIGTRAP);
	SAME(PL_FLAG_EXEC, INFO(pid).pl_flags & PL_FLAG_EXEC);
	HAS(pid, none);
	GO(pid, 0);
	idle(pid);
}

SIM_TEST(detach_clears_them, "det.12")
{
	pid_t pid = attached(touches);
	struct dbreg d = watching(1);

	ASK(PT_SETDBREGS, pid, &d, 0);
	ASK(PT_DETACH, pid, STAY, 0);
	wake(pid);
	quiet();
	HOLDS(proc(pid) != NULL);
	ASK(PT_ATTACH, pid, NULL, 0);
	EXPECT_STOP(pid, SIGSTOP);
	HAS(pid, none);
}

/* ---- the machine's own ---- */

#define HEADER 512

SIM_TEST(requests_of_the_machine_move_what_it_says, "num.64")
{
	pid_t pid = sleepers(1);
	struct ptrace_xstate_info info;
	unsigned char area[SIM_STATE + 1], got[SIM_STATE + 1];
	unsigned long base = 0x1000, is = 0;

	ASK(PT_GETXSTATE_INFO, pid, &info, sizeof(info));
	SAME(SIM_STATE, info.xsave_len);
	memset(area, 0x11, sizeof(area));
	memset(area + HEADER, 0, 8);
	ASK(PT_SETXSTATE, pid, area, SIM_STATE);
	memset(got, 0x22, sizeof(got));
	ASK(PT_GETXSTATE, pid, got, 0);
	SAME(0, memcmp(area, got, SIM_STATE));
	SAME(0x22, got[SIM_STATE]);
	ASK(PT_SETGSBASE, pid, &base, -1);
	ASK(PT_GETGSBASE, pid, &is, -1);
	SAME(base, is);
	ASK(PT_GETFSBASE, pid, &is, -1);
	SAME(0, is);
	SAME(0, marked(pid));
}

SIM_TEST(requests_of_the_machine_are_checked_in_order, "unk.2 err.5")
{
	pid_t pid = sleepers(1);
	struct ptrace_xstate_info info;
	unsigned char area[SIM_STATE];
	unsigned long base = (unsigned long)1 << 47;

	REFUSED(EINVAL, PT_GETXSTATE_INFO, pid, SIM_BAD, sizeof(info) - 1);
	REFUSED(EFAULT, PT_GETXSTATE_INFO, pid, SIM_BAD, sizeof(info));
	REFUSED(EFAULT, PT_GETXSTATE, pid, SIM_BAD, 0);
	REFUSED(EINVAL, PT_SETXSTATE, pid, SIM_BAD, 511);
	REFUSED(EINVAL, PT_SETXSTATE, pid, SIM_BAD, SIM_STATE + 1);
	REFUSED(EINVAL, PT_SETXSTATE, pid, SIM_BAD, -1);
	REFUSED(EFAULT, PT_SETXSTATE, pid, SIM_BAD, SIM_STATE);
	memset(area, 0xff, sizeof(area));
	REFUSED(EINVAL, PT_SETXSTATE, pid, area, 512);
	REFUSED(EINVAL, PT_SETXSTATE, pid, area, SIM_STATE);
	REFUSED(EINVAL, PT_SETFSBASE, pid, &base, 0);
	REFUSED(EFAULT, PT_SETFSBASE, pid, SIM_BAD, 0);
	REFUSED(EINVAL, 75, pid, SIM_BAD, 0);
	REFUSED(EINVAL, 1000, pid, NULL, 0);
	SAME(0, marked(pid));
	play.sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = EOPNOTSUPP};
	REFUSED(EOPNOTSUPP, PT_GETXSTATE_INFO, pid, SIM_BAD, sizeof(info));
}

SIM_TEST(requests_of_the_machine_need_a_stopped_tracee, "def.1 def.3")
{
	pid_t pid = stranger(idles);
	unsigned long space[100];

	for (int req = 64; req < 76; req++)
		REFUSED(EPERM, req, pid, space, 0);
	ASK(PT_ATTACH, pid, NULL, 0);
	for (int req = 64; req < 76; req++)
		REFUSED(EBUSY, req, pid, space, 0);
	EXPECT_STOP(pid, SIGSTOP);
}
