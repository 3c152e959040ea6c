/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The commands of procfs' control file.
 * Spec: stopevent.md, 6, the column "by intent"; decisions.md, 18.
 */
#include "machine.h"
#include "procfs.h"

#include <pthread.h>
#include <sched.h>
#ifdef __FreeBSD__
#include <sys/thr.h>
#endif

/* ---- attach ---- */

SPEC_TEST(attach_is_as_PT_ATTACH)
{
	struct puppet *pp = puppet_start(2);
	struct ptrace_lwpinfo info;

	CTL(pp->pid, "attach");
	EXPECT_STOP(pp->pid, SIGSTOP);
	EXPECT_NOTHING(pp->pid);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC | PL_FLAG_SCX, info);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 1, do_getppid, 0));
	puppet_end(pp);
}

SPEC_TEST(attach_to_one_that_is_traced_is_EBUSY)
{
	struct puppet *pp = puppet_attached(1), *other = puppet_start(1);

	CTL_REFUSED(EBUSY, pp->pid, "attach");
	GO(pp->pid, 0);
	CTL_REFUSED(EBUSY, pp->pid, "attach");
	CTL(other->pid, "attach");
	CTL_REFUSED(EBUSY, other->pid, "attach");
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(attach_to_oneself_is_EINVAL)
{
	CTL_REFUSED(EINVAL, getpid(), "attach");
}

#ifndef __FreeBSD__ /* where the file cannot even be opened */
SPEC_TEST_AS_USER(rights_are_looked_for)
{
	CTL_REFUSED(EPERM, 1, "attach");
	CTL_REFUSED(EPERM, 1, "step");
	CTL_REFUSED(EPERM, 1, "run");
	CTL_REFUSED(EPERM, 1, "wait");
	CTL_REFUSED(EPERM, 1, "usr1");
	CTL(1, "detach");
}
#endif

/* What the test, its tracer, is to it: an ancestor, which PT_ATTACH refuses a traced process. */
static long
do_attach_to_parent(long arg)
{
	int status = 0;
	pid_t parent = getppid();

	(void)arg;
	if (ptrace(PT_ATTACH, parent, NULL, 0) != -1 || errno != EINVAL)
		return (1);
	if (procfs_ctl(parent, "attach") == -1)
		return (-errno);
	if (spec_wait(parent, &status, 0) != parent || !WIFSTOPPED(status))
		return (2);
	return (procfs_ctl(parent, "detach") == -1 ? -errno : 0);
}

SPEC_TEST_AS_ROOT(attach_knows_no_ancestors)
{
	struct puppet *pp = puppet_start(1);

	/* Nobody could resume it for a signal while its tracer is stopped. */
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGCHLD));
	puppet_attach(pp);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_attach_to_parent, 0));
	puppet_end(pp);
}

/* ---- detach ---- */

SPEC_TEST(detach_lets_go)
{
	struct puppet *pp = puppet_attached(2);

	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	REFUSED(EPERM, PT_CONTINUE, pp->pid, 1, 0);
	puppet_will(pp, 0, do_exit, 3);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(detach_of_one_that_is_not_traced_does_nothing)
{
	struct puppet *pp = puppet_start(1);

	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(detach_of_one_that_runs)
{
	struct puppet *pp = puppet_attached(2);

	GO(pp->pid, 0);
	CTL(pp->pid, "detach");
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_raise, SIGUSR1));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(detach_of_one_whose_stop_was_not_collected)
{
	struct puppet *pp = puppet_start(2);

	CTL(pp->pid, "attach");
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(detach_deletes_a_SIGTRAP)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_raise, SIGTRAP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

static int
send_to_thread(pid_t pid, lwpid_t lwp, int sig)
{
#ifdef __FreeBSD__
	return (thr_kill2(pid, lwp, sig));
#else
	return (tgkill(pid, bsd_tid(lwp), sig));
#endif
}

static void
pending_trap(bool watched)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t list[2];

	if (watched)
		(void)procfs_watch(pp->pid, S_SIG);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 2));
	ATF_REQUIRE_EQ(0, send_to_thread(pp->pid, list[1], SIGTRAP));
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(detach_deletes_a_SIGTRAP_that_is_pending)
{
	pending_trap(false);
}

SPEC_TEST(detach_deletes_a_SIGTRAP_that_is_pending_under_stop_events)
{
	pending_trap(true);
}

SPEC_TEST(detach_does_not_wait_for_a_SIGTRAP_that_is_blocked)
{
	struct puppet *pp = puppet_start(2);
	lwpid_t list[2];

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGTRAP));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_block, SIGTRAP));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 2));
	ATF_REQUIRE_EQ(0, send_to_thread(pp->pid, list[1], SIGTRAP));
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	/* It is free for others. */
	puppet_attach(pp);
	puppet_end(pp);
}

SPEC_TEST(detach_releases_suspended_threads)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t list[2];

	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 2));
	ASK(PT_SUSPEND, list[0], NULL, 0);
	ASK(PT_SUSPEND, list[1], NULL, 0);
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(detach_ends_stop_events)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_EXIT);

	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	puppet_will(pp, 0, do_exit, 2);
	EXPECT_EXIT(pp->pid, 2);
	puppet_end(pp);
}

/* A running one under stop events is no more traced than before. */
SPEC_TEST(detach_of_one_that_runs_under_stop_events)
{
	struct puppet *pp = puppet_attached(2);
	int fd = procfs_watch(pp->pid, S_SIG);

	GO(pp->pid, 0);
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_raise, SIGUSR1));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

/* ---- step, run ---- */

SPEC_TEST(step_is_one_instruction_of_the_first_thread)
{
	struct puppet *pp = puppet_attached(2);
	struct ptrace_lwpinfo info;
	lwpid_t list[2];
	struct reg before, after;

	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 2));
	ASK(PT_GETREGS, list[0], &before, 0);
	R_PC(&before) = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, list[0], &before, 0);
	CTL(pp->pid, "step");
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(list[0], info.pl_lwpid);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(TRAP_TRACE, info.pl_siginfo.si_code);
	ASK(PT_GETREGS, list[0], &after, 0);
	ATF_REQUIRE_EQ((uintptr_t)machine_nops + MACHINE_NOP_SIZE, (uintptr_t)R_PC(&after));
	puppet_end(pp);
}

/* Whoever steps by hand does not look at each stop by wait(2) first. */
SPEC_TEST(stop_need_not_be_collected)
{
	struct puppet *pp = puppet_start(1);
	struct reg regs;

	CTL(pp->pid, "attach");
	CTL(pp->pid, "wait");
	CTL(pp->pid, "run");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	EXPECT_NOTHING(pp->pid);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	CTL(pp->pid, "wait");
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_GETREGS, pp->pid, &regs, 0);
	R_PC(&regs) = (uintptr_t)machine_nops;
	ASK(PT_SETREGS, pp->pid, &regs, 0);
	CTL(pp->pid, "step");
	CTL(pp->pid, "wait");
	CTL(pp->pid, "step");
	CTL(pp->pid, "wait");
	CTL(pp->pid, "run");
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(run_goes_on_without_the_signal)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_raise, SIGTERM);
	CTL(pp->pid, "run");
	EXPECT_STOP(pp->pid, SIGTERM);
	CTL(pp->pid, "run");
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(run_and_step_need_a_stop)
{
	struct puppet *pp = puppet_start(1);

	CTL_REFUSED(EBUSY, pp->pid, "run");
	CTL_REFUSED(EBUSY, pp->pid, "step");
	puppet_attach(pp);
	GO(pp->pid, 0);
	CTL_REFUSED(EBUSY, pp->pid, "run");
	CTL_REFUSED(EBUSY, pp->pid, "step");
	puppet_end(pp);
}

/* A thread that sleeps at a stop event is not a stop. */
SPEC_TEST(run_and_step_take_a_stop_event_for_none)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CTL_REFUSED(EBUSY, pp->pid, "run");
	CTL_REFUSED(EBUSY, pp->pid, "step");
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_end(pp);
}

/* ---- wait ---- */

struct waiter {
	pthread_t thread;
	pid_t pid;
	volatile int ended, error;
};

static void *
ctl_wait(void *arg)
{
	struct waiter *w = arg;

	w->error = procfs_ctl(w->pid, "wait") == 0 ? 0 : errno;
	__sync_synchronize();
	w->ended = 1;
	return (NULL);
}

static void
begin_wait(struct waiter *w, struct puppet *pp)
{
	w->pid = pp->pid;
	w->ended = 0;
	ATF_REQUIRE_EQ(0, pthread_create(&w->thread, NULL, ctl_wait, w));
}

static int
end_wait(struct waiter *w)
{
	ATF_REQUIRE_EQ(0, pthread_join(w->thread, NULL));
	return (w->error);
}

SPEC_TEST(wait_for_a_stop_of_a_tracee)
{
	struct puppet *pp = puppet_attached(2);
	struct waiter w;

	CTL(pp->pid, "wait"); /* it is */
	GO(pp->pid, 0);
	begin_wait(&w, pp);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, w.ended);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	ATF_REQUIRE_EQ(0, end_wait(&w));
	EXPECT_STOP(pp->pid, SIGUSR1); /* it was not collected */
	puppet_end(pp);
}

SPEC_TEST(wait_for_a_stop_by_job_control)
{
	struct puppet *pp = puppet_start(2);
	struct waiter w;

	begin_wait(&w, pp);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, w.ended);
	puppet_will(pp, 1, do_kill, SIGSTOP);
	ATF_REQUIRE_EQ(0, end_wait(&w));
	puppet_end(pp);
}

SPEC_TEST(wait_for_a_stop_by_job_control_under_stop_events)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_SIG);
	struct waiter w;

	begin_wait(&w, pp);
	puppet_will(pp, 1, do_raise, SIGSTOP);
	EXPECT_EVENT(fd, S_SIG, SIGSTOP);
	ATF_REQUIRE_EQ(0, w.ended); /* asleep at an event it is not stopped */
	CONT(fd);
	ATF_REQUIRE_EQ(0, end_wait(&w));
	puppet_end(pp);
}

SPEC_TEST(wait_ends_with_the_process)
{
	struct puppet *pp = puppet_attached(1);
	struct waiter w;

	GO(pp->pid, 0);
	begin_wait(&w, pp);
	puppet_will(pp, 0, do_exit, 4);
	ATF_REQUIRE(end_wait(&w) != 0);
	EXPECT_EXIT(pp->pid, 4);
	puppet_end(pp);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

SPEC_TEST(wait_is_interrupted)
{
	struct puppet *pp = puppet_attached(1);
	struct sigaction sa;

	GO(pp->pid, 0);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	ATF_REQUIRE_EQ(0, sigaction(SIGALRM, &sa, NULL));
	(void)alarm(1);
	CTL_REFUSED(EINTR, pp->pid, "wait");
	puppet_end(pp);
}

/* ---- signals ---- */

SPEC_TEST(signal_is_given_to_one_that_is_stopped)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	CTL(pp->pid, "usr2"); /* in the place of the other, and unreported */
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(signal_is_sent_to_one_that_runs)
{
	struct puppet *pp = puppet_attached(1);

	GO(pp->pid, 0);
	CTL(pp->pid, "usr1");
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(signal_is_sent_to_one_that_is_not_traced)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	CTL(pp->pid, "usr1");
	while (stage->caught[SIGUSR1] == 0)
		sched_yield();
	puppet_end(pp);
}

SPEC_TEST(kill_kills_in_every_state)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	CTL(pp->pid, "kill");
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);

	pp = puppet_attached(2);
	CTL(pp->pid, "kill");
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);

	pp = puppet_attached(1);
	GO(pp->pid, 0);
	CTL(pp->pid, "kill");
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);

	pp = puppet_start(1);
	fd = procfs_watch(pp->pid, S_EXIT);
	puppet_will(pp, 0, do_exit, 1);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(1, 0));
	CTL(pp->pid, "kill"); /* it is let go, to end as it was about to, or by the signal */
	EXPECT_ENDING(fd);
	puppet_end(pp);
}

static const struct {
	const char *name;
	int sig;
} names[] = { { "hup", SIGHUP }, { "int", SIGINT }, { "quit", SIGQUIT }, { "ill", SIGILL }, { "trap", SIGTRAP },
	{ "abrt", SIGABRT }, { "iot", SIGIOT }, { "fpe", SIGFPE }, { "bus", SIGBUS }, { "segv", SIGSEGV },
	{ "sys", SIGSYS }, { "pipe", SIGPIPE }, { "alrm", SIGALRM }, { "term", SIGTERM }, { "urg", SIGURG },
	{ "tstp", SIGTSTP }, { "cont", SIGCONT }, { "chld", SIGCHLD }, { "ttin", SIGTTIN }, { "ttou", SIGTTOU },
	{ "io", SIGIO }, { "xcpu", SIGXCPU }, { "xfsz", SIGXFSZ }, { "vtalrm", SIGVTALRM }, { "prof", SIGPROF },
	{ "winch", SIGWINCH }, { "usr1", SIGUSR1 }, { "usr2", SIGUSR2 }, };

SPEC_TEST(each_signal_by_its_name)
{
	struct puppet *pp = puppet_start(1);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int before = stage->caught[names[i].sig];

		ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, names[i].sig));
		CTL(pp->pid, names[i].name);
		while (stage->caught[names[i].sig] == before)
			sched_yield();
	}
	puppet_end(pp);
}

SPEC_TEST(stop_and_cont_by_name)
{
	struct puppet *pp = puppet_start(1);
	int status = 0;

	CTL(pp->pid, "stop");
	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGSTOP), status);
	CTL(pp->pid, "cont");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

/* ---- words ---- */

SPEC_TEST(white_space_at_the_end_is_dropped)
{
	struct puppet *pp = puppet_start(1);

	CTL(pp->pid, "attach\n");
	CTL(pp->pid, "wait \t\n");
	CTL(pp->pid, "run  ");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(other_words_are_EOPNOTSUPP)
{
	struct puppet *pp = puppet_start(1);

	CTL_REFUSED(EOPNOTSUPP, pp->pid, "stay");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "Attach");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "attach detach");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, " attach");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "att");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "sigusr1");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "USR1");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "10");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "rtmin");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "\n");
#ifndef __FreeBSD__
	/* Signals that are not there. */
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "emt");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "info");
	CTL_REFUSED(EOPNOTSUPP, pp->pid, "");
	CTL_REFUSED(EFAULT, pp->pid, NULL);
#endif
	puppet_end(pp);
}

#ifndef __FreeBSD__
SPEC_TEST(nobody_is_ESRCH)
{
	struct puppet *pp = puppet_start(1);
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, 0));
	CTL_REFUSED(ESRCH, pp->pid, "attach");
	CTL_REFUSED(ESRCH, pp->pid, "detach");
	CTL_REFUSED(ESRCH, pp->pid, "step");
	CTL_REFUSED(ESRCH, pp->pid, "run");
	CTL_REFUSED(ESRCH, pp->pid, "wait");
	CTL_REFUSED(ESRCH, pp->pid, "term");
	CTL_REFUSED(ESRCH, 0, "term");
	CTL_REFUSED(ESRCH, -1, "term");
	CTL_REFUSED(EOPNOTSUPP, -1, "terminate");
	puppet_end(pp);
}
#endif
