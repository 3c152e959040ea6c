/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_ATTACH: the stop it makes, in whatever state the process is found, and who may be attached to.
 * Spec: requests.md, 3 and 6; stops.md, 7; decisions.md, 3.
 */
#include "spec.h"

#include <sys/time.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif
#include <sys/sem.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 40

SPEC_TEST(attach_stops_with_SIGSTOP_once, "att.7 att.8")
{
	struct puppet *pp = puppet_start(1);

	ASK(PT_ATTACH, pp->pid, (caddr_t)1, 12345);
	EXPECT_STOP(pp->pid, SIGSTOP);
	EXPECT_NOTHING(pp->pid);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(attach_stop_is_a_signal_stop, "att.7")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info = INFO(pp->pid);
	siginfo_t bare;

	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SI, PL_FLAG_EXEC | PL_FLAG_CHILD | PL_FLAG_FORKED | PL_FLAG_SCX, info);
	memset(&bare, 0, sizeof(bare));
	bare.si_signo = SIGSTOP;
	ATF_REQUIRE_EQ(0, memcmp(&bare, &info.pl_siginfo, sizeof(bare)));
	puppet_end(pp);
}

SPEC_TEST(attach_stop_of_a_thread_asleep_is_a_signal_stop)
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t list[3];
	struct ptrace_lwpinfo info;
	int i, reporters = 0;

	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
	for (i = 0; i < 3; i++) {
		info = INFO(list[i]);
		if (info.pl_event == PL_EVENT_SIGNAL)
			reporters++;
		else {
			ATF_REQUIRE_EQ(PL_EVENT_NONE, info.pl_event);
			REQUIRE_FLAGS(0, PL_FLAG_SI, info);
			ATF_REQUIRE(spec_zero(&info.pl_siginfo, sizeof(info.pl_siginfo)));
		}
	}
	ATF_REQUIRE_EQ(1, reporters);
	puppet_end(pp);
}

SPEC_TEST(attach_by_the_id_of_a_thread, "call.4 att.11")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t lwp = puppet_lwp(pp, 1);

	ASK(PT_DETACH, pp->pid, 1, 0);
	ASK(PT_ATTACH, lwp, NULL, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(attach_by_the_id_of_the_first_thread, "att.11")
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t lwp = INFO(pp->pid).pl_lwpid;

	ATF_REQUIRE(lwp != pp->pid);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ASK(PT_ATTACH, lwp, NULL, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	puppet_end(pp);
}

SPEC_TEST(attach_stops_every_thread_of_a_busy_process, "thr.3")
{
	struct puppet *pp = puppet_start(4);
	long seen[4];
	int i;

	stage->counting = 1;
	for (i = 0; i < 4; i++)
		puppet_will(pp, i, do_count, i);
	while (stage->count[0] == 0 || stage->count[1] == 0 || stage->count[2] == 0 || stage->count[3] == 0)
		sched_yield();
	puppet_attach(pp);
	ATF_REQUIRE_EQ(4, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	for (i = 0; i < 4; i++)
		seen[i] = stage->count[i];
	for (i = 0; i < 200; i++)
		sched_yield();
	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(seen[i], stage->count[i]);
	GO(pp->pid, 0);
	for (i = 0; i < 4; i++)
		while (stage->count[i] == seen[i])
			sched_yield();
	stage->counting = 0;
	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, puppet_said(pp, i));
	puppet_end(pp);
}

static void *
short_life(void *arg)
{
	return (arg);
}

static long
do_churn(long arg)
{
	pthread_t threads[3];
	int i;

	(void)arg;
	while (stage->counting) {
		for (i = 0; i < 3; i++)
			if (pthread_create(&threads[i], NULL, short_life, NULL) != 0)
				return (-1);
		for (i = 0; i < 3; i++)
			if (pthread_join(threads[i], NULL) != 0)
				return (-2);
	}
	return (0);
}

SPEC_TEST(attach_while_threads_come_and_go)
{
	struct puppet *pp = puppet_start(2);
	lwpid_t list[32];
	int i, k, n;

	stage->counting = 1;
	puppet_will(pp, 0, do_churn, 0);
	for (i = 0; i < ROUNDS; i++) {
		puppet_attach(pp);
		n = ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0);
		ATF_REQUIRE(n >= 2 && n <= 32);
		ATF_REQUIRE_EQ(n, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 32));
		for (k = 0; k < n; k++)
			ATF_REQUIRE_EQ(list[k], INFO(list[k]).pl_lwpid);
		EXPECT_NOTHING(pp->pid);
		if (i % 2 != 0) {
			GO(pp->pid, 0);
			ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
			EXPECT_STOP(pp->pid, SIGUSR1);
		}
		ASK(PT_DETACH, pp->pid, 1, 0);
	}
	stage->counting = 0;
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(process_may_die_between_attach_and_stop)
{
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		struct puppet *pp = puppet_start(2);

		puppet_will(pp, 0, do_exit, 3);
		if (ptrace(PT_ATTACH, pp->pid, NULL, 0) == -1)
			ATF_REQUIRE_EQ_MSG(ESRCH, errno, "%s", strerror(errno));
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		if (WIFSTOPPED(status)) {
			ATF_REQUIRE_EQ(SIGSTOP, WSTOPSIG(status));
			GO(pp->pid, 0);
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		}
		ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
		EXPECT_NOBODY(pp->pid);
		puppet_end(pp);
	}
}

#ifndef __FreeBSD__ /* where SIGKILL waits for the resume */
SPEC_TEST(process_may_be_killed_between_attach_and_stop)
{
	int i, status;

	for (i = 0; i < ROUNDS; i++) {
		struct puppet *pp = puppet_start(2);

		ASK(PT_ATTACH, pp->pid, NULL, 0);
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		if (WIFSTOPPED(status))
			ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE_EQ(W_EXITCODE(0, SIGKILL), status);
		EXPECT_NOBODY(pp->pid);
		puppet_end(pp);
	}
}
#endif

SPEC_TEST(read_in_progress_goes_on_after_attach)
{
	struct puppet *pp = puppet_start(2);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		puppet_attach(pp);
		if (i % 2 == 0) {
			GO(pp->pid, 0);
			ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
			ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
			EXPECT_STOP(pp->pid, SIGSTOP);
		}
		ASK(PT_DETACH, pp->pid, 1, 0);
		ATF_REQUIRE_EQ(9, puppet_does(pp, 0, do_nothing, 9));
	}
	puppet_end(pp);
}


#ifndef __FreeBSD__ /* which disturbs these calls before 15 */
static long
do_poll(long fd)
{
	struct pollfd pfd = { .fd = (int)fd, .events = POLLIN };
	char c;

	if (poll(&pfd, 1, -1) != 1)
		return (-errno);
	return (read((int)fd, &c, 1));
}

static long
do_nanosleep(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	return (nanosleep(&ts, NULL) == 0 ? 0 : -errno);
}

static long
do_sigwait(long sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, (int)sig);
	return (sigwaitinfo(&set, NULL) == -1 ? -errno : sig);
}

static void
disturb(struct puppet *pp)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		puppet_attach(pp);
		if (i % 2 == 0) {
			GO(pp->pid, 0);
			ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
			EXPECT_STOP(pp->pid, SIGSTOP);
		}
		ASK(PT_DETACH, pp->pid, 1, 0);
	}
}

SPEC_TEST(attach_leaves_poll_alone)
{
	struct puppet *pp;

	puppet_tube();
	pp = puppet_start(1);
	puppet_will(pp, 0, do_poll, stage->tube[0]);
	disturb(pp);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	ATF_REQUIRE_EQ(1, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(attach_leaves_nanosleep_alone)
{
	struct puppet *pp = puppet_start(1);

	puppet_will(pp, 0, do_nanosleep, 300);
	disturb(pp);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(attach_leaves_sigwaitinfo_alone)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGUSR1));
	puppet_will(pp, 0, do_sigwait, SIGUSR1);
	disturb(pp);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	ATF_REQUIRE_EQ(SIGUSR1, puppet_said(pp, 0));
	puppet_end(pp);
}
#endif

#ifdef __linux__ /* whose kernel ends these calls at any stop */
static long
do_epoll(long fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC), n;

	if (epoll == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, (int)fd, &event) == -1)
		return (-errno);
	n = epoll_wait(epoll, &event, 1, -1);
	return (n == -1 ? -errno : n);
}

static long
do_semop(long id)
{
	struct sembuf down = { .sem_op = -1 };

	return (semop((int)id, &down, 1) == -1 ? -errno : 0);
}

SPEC_TEST(attach_leaves_epoll_alone)
{
	struct puppet *pp;

	puppet_tube();
	pp = puppet_start(1);
	puppet_will(pp, 0, do_epoll, stage->tube[0]);
	disturb(pp);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	ATF_REQUIRE_EQ(1, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(attach_leaves_semop_alone)
{
	struct puppet *pp = puppet_start(1);
	struct sembuf up = { .sem_op = 1 };
	int id = semget(IPC_PRIVATE, 1, 0600);

	ATF_REQUIRE(id != -1);
	puppet_will(pp, 0, do_semop, id);
	disturb(pp);
	ATF_CHECK_EQ(0, semop(id, &up, 1));
	ATF_CHECK_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, semctl(id, 0, IPC_RMID));
	puppet_end(pp);
}
#endif

SPEC_TEST(pending_signal_is_reported_after_the_attach_stop, "pick.4")
{
	struct puppet *pp = puppet_start(1);
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGHUP));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGHUP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(signal_that_races_with_attach_is_reported_after_it, "pick.4")
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct puppet *pp = puppet_start(2);

		ASK(PT_ATTACH, pp->pid, NULL, 0);
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGHUP));
		EXPECT_STOP(pp->pid, SIGSTOP);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGHUP);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
		puppet_end(pp);
	}
}

static struct puppet *
puppet_job_stopped(void)
{
	struct puppet *pp = puppet_start(2);
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	EXPECT_NOTHING(pp->pid);
	return (pp);
}

SPEC_TEST(process_in_job_control_stop_stops_once_and_runs_when_continued, "att.9")
{
	struct puppet *pp = puppet_job_stopped();
	struct ptrace_lwpinfo info = INFO(pp->pid);

	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(SIGSTOP, info.pl_siginfo.si_signo);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	ATF_REQUIRE_EQ(8, puppet_does(pp, 1, do_nothing, 8));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(process_in_job_control_stop_runs_when_continued_with_SIGSTOP)
{
	struct puppet *pp = puppet_job_stopped();

	GO(pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

/* Only a process that was stopped is reported as continued. */
static void
expect_job_stopped(struct puppet *pp)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WCONTINUED));
	ATF_REQUIRE_MSG(WIFCONTINUED(status), "status %#x", status);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
}

#ifndef __FreeBSD__ /* decisions.md, 3: where it runs */
SPEC_TEST(job_control_stop_is_there_again_after_detach, "det.13")
{
	struct puppet *pp = puppet_job_stopped();

	ASK(PT_DETACH, pp->pid, 1, 0);
	expect_job_stopped(pp);
	puppet_end(pp);
}

SPEC_TEST(job_control_stop_is_there_again_after_it_ran_under_trace)
{
	struct puppet *pp = puppet_job_stopped();

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_DETACH, pp->pid, 1, 0);
	expect_job_stopped(pp);
	puppet_end(pp);
}
#endif

SPEC_TEST(job_control_stop_ends_by_detach_with_SIGCONT, "det.13")
{
	struct puppet *pp = puppet_job_stopped();

	ASK(PT_DETACH, pp->pid, 1, SIGCONT);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	puppet_end(pp);
}

SPEC_TEST(job_control_stop_ends_by_SIGCONT_passed_on)
{
	struct puppet *pp = puppet_job_stopped();

	GO(pp->pid, SIGCONT);
	ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(8, puppet_does(pp, 0, do_nothing, 8));
	puppet_end(pp);
}

SPEC_TEST(job_control_stop_ends_by_a_SIGCONT_that_came_meanwhile)
{
	struct puppet *pp = puppet_job_stopped();
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	GO(pp->pid, 0);
	/* A SIGCONT that finds its thread asleep need not be reported; the other signal must be. */
	do {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE(WSTOPSIG(status) == SIGCONT || WSTOPSIG(status) == SIGUSR1);
		if (WSTOPSIG(status) == SIGCONT)
			GO(pp->pid, SIGCONT);
	} while (WSTOPSIG(status) == SIGCONT);
	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(8, puppet_does(pp, 0, do_nothing, 8));
	puppet_end(pp);
}

SPEC_TEST(real_parent_is_told_nothing_of_the_stop)
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);
	int status;

	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(parent_may_be_attached_to, "att.4")
{
	struct puppet *pp = puppet_start(1);
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);
	int i;

	ATF_REQUIRE(child > 0);
	for (i = 0; i < 3; i++) {
		stage->request = PT_ATTACH;
		stage->pid = pp->pid;
		if (puppet_does(pp, 1, do_ask, 0) == -EPERM && geteuid() != 0)
			atf_tc_skip("this host lets a user attach to descendants only");
		stage->options = 0;
		ATF_REQUIRE_EQ(pp->pid, puppet_does(pp, 1, do_wait, pp->pid));
		ATF_REQUIRE(WIFSTOPPED(stage->status) && WSTOPSIG(stage->status) == SIGSTOP);
		stage->request = PT_DETACH;
		stage->addr = 1;
		stage->data = 0;
		ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_ask, 0));
		ATF_REQUIRE_EQ(7, puppet_does(pp, 0, do_nothing, 7));
	}
	puppet_will(pp, 1, do_exit, 0);
	ATF_REQUIRE_EQ(W_EXITCODE(0, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(tracee_may_not_attach_to_its_parent, "att.3")
{
	struct puppet *pp = puppet_attached(1);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(-EINVAL, puppet_asks(pp, PT_ATTACH, getpid(), NULL, 0));
	puppet_end(pp);
}

SPEC_TEST(tracee_may_not_attach_to_an_ancestor_of_its_tracer, "att.3")
{
	struct puppet *pp = puppet_start(1);
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);

	/* pp traces its child, whose ancestors are pp and the test. */
	puppet_attaches(pp, child);
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_CONTINUE, child, (void *)1, 0));
	stage->request = PT_ATTACH;
	stage->pid = pp->pid;
	ATF_REQUIRE_EQ(-EINVAL, puppet_does(pp, 1, do_ask, 0));
	stage->pid = getpid();
	ATF_REQUIRE_EQ(-EINVAL, puppet_does(pp, 1, do_ask, 0));
	puppet_end(pp);
}

SPEC_TEST(tracer_counts_as_parent_of_its_tracee, "att.3")
{
	struct puppet *pp = puppet_start(1), *tracer = puppet_start(1);

	puppet_attaches(tracer, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(tracer, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-EINVAL, puppet_asks(pp, PT_ATTACH, tracer->pid, NULL, 0));
	puppet_end(tracer);
	puppet_end(pp);
}

SPEC_TEST(tracee_may_attach_to_a_stranger, "att.3")
{
	struct puppet *pp = puppet_attached(1), *stranger = puppet_start(1);

	GO(pp->pid, 0);
	puppet_attaches(pp, stranger->pid);
	ATF_REQUIRE_EQ(1, puppet_asks(pp, PT_GETNUMLWPS, stranger->pid, NULL, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_DETACH, stranger->pid, (void *)1, 0));
	puppet_end(pp);
	puppet_end(stranger);
}

static long
do_vfork_and_end(long how)
{
	struct pollfd pfd = { .fd = stage->tube[0], .events = POLLIN };
	pid_t pid = vfork();

	if (pid == 0) {
		stage->word[0] = getpid();
		while (poll(&pfd, 1, -1) != 1)
			;
		if (how == 0)
			_exit(9);
		execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
		_exit(91);
	}
	return (pid);
}

SPEC_TEST(vfork_child_attached_to_may_exit_without_a_stop)
{
	struct puppet *pp;
	pid_t child;

	puppet_tube();
	pp = puppet_start(1);
	puppet_will(pp, 0, do_vfork_and_end, 0);
	while ((child = (pid_t)stage->word[0]) == 0)
		sched_yield();
	ASK(PT_ATTACH, child, NULL, 0);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	EXPECT_EXIT(child, 9);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(9, 0), puppet_does(pp, 0, do_collect, child));
	puppet_end(pp);
}

SPEC_TEST(vfork_child_attached_to_stops_after_its_exec)
{
	struct puppet *pp;
	pid_t child;
	int status, stops = 0;

	puppet_tube();
	pp = puppet_start(1);
	puppet_will(pp, 0, do_vfork_and_end, 1);
	while ((child = (pid_t)stage->word[0]) == 0)
		sched_yield();
	ASK(PT_ATTACH, child, NULL, 0);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0)); /* its parent is free: the exec is done */
	for (;;) {
		ATF_REQUIRE_EQ(child, spec_wait(child, &status, 0));
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) == SIGSTOP) {
			REQUIRE_FLAGS(PL_FLAG_SI, 0, INFO(child));
			stops++;
		} else {
			ATF_REQUIRE_EQ(SIGTRAP, WSTOPSIG(status));
			REQUIRE_FLAGS(PL_FLAG_EXEC, PL_FLAG_SI, INFO(child));
		}
		GO(child, 0);
	}
	ATF_REQUIRE_EQ(1, stops);
	ATF_REQUIRE_EQ(W_EXITCODE(9, 0), status);
	puppet_end(pp);
}

static void
mind_nothing(int sig)
{
	(void)sig;
}

SPEC_TEST(stop_sends_SIGCHLD_that_says_trapped)
{
	struct puppet *pp = puppet_start(1);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	signal(SIGCHLD, mind_nothing);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(SIGCHLD, sigwaitinfo(&set, &info));
#ifdef __linux__ /* where the kernel itself sends it, and calls this stop by another name */
	ATF_REQUIRE(info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED);
#else
	ATF_REQUIRE_EQ(CLD_TRAPPED, info.si_code);
#endif
	ATF_REQUIRE_EQ(pp->pid, info.si_pid);
	EXPECT_STOP(pp->pid, SIGSTOP);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	do { /* one that was still queued for the first stop may come before */
		ATF_REQUIRE_EQ(SIGCHLD, sigwaitinfo(&set, &info));
		ATF_REQUIRE_EQ(pp->pid, info.si_pid);
	} while (info.si_status != SIGUSR1);
	ATF_REQUIRE_EQ(CLD_TRAPPED, info.si_code);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(no_SIGCHLD_for_stops_to_who_wants_none)
{
	struct puppet *pp = puppet_start(1);
	struct sigaction sa;
	sigset_t set, pending;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = mind_nothing;
	sa.sa_flags = SA_NOCLDSTOP;
	ATF_REQUIRE_EQ(0, sigaction(SIGCHLD, &sa, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ATF_REQUIRE_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, sigpending(&pending));
	ATF_REQUIRE(!sigismember(&pending, SIGCHLD));
	puppet_end(pp);
}

SPEC_TEST(attach_changes_no_signal_mask_and_no_parent)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGUSR2));
	puppet_attach(pp);
	ATF_REQUIRE(spec_has(INFO(pp->pid).pl_sigmask, SIGUSR2));
	ATF_REQUIRE(!spec_has(INFO(pp->pid).pl_sigmask, SIGUSR1));
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 0, do_getppid, 0));
	puppet_end(pp);
}

SPEC_TEST(getppid_of_a_strangers_tracee_is_its_parent, "pick.8")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);

	puppet_attaches(other, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_CONTINUE, pp->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 0, do_getppid, 0));
	puppet_end(other);
	puppet_end(pp);
}
