/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What FreeBSD does not have, and what only a crowd shows: the serving thread, the tracer's end without
 * a kill, attach to a process that makes and loses threads.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static int wire[2];

static pid_t
target(void (*body)(void))
{
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		body();
		_exit(0);
	}
	return (pid);
}

static void
attach(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
	ATF_REQUIRE_EQ(SIGSTOP, WSTOPSIG(status));
}

static void
end(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status));
}

/* ---- the serving thread ---- */

static void *
says(void *unused)
{
	(void)unused;
	(void)!write(wire[1], "x", 1);
	return (NULL);
}

/* Each thread is an event that is not reported, and that somebody must serve before it runs. */
static void
makes_threads(void)
{
	pthread_t thread;

	for (;;)
		if (pthread_create(&thread, NULL, says, NULL) == 0)
			(void)pthread_join(thread, NULL);
}

ATF_TC(service_lets_new_threads_run);
ATF_TC_HEAD(service_lets_new_threads_run, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(service_lets_new_threads_run, tc)
{
	pid_t pid = target(makes_threads);
	char bytes[20];

	ATF_REQUIRE_EQ(0, bsd_ptrace_service(true));
	attach(pid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	/* In no call of the library: without the service this would never end. */
	for (size_t i = 0; i < 50; i++)
		ATF_REQUIRE_EQ(1, read(wire[0], bytes, 1));
	ATF_REQUIRE_EQ(0, bsd_ptrace_service(false));
	end(pid);
}

/* ---- the tracer's end ---- */

static void
sleeps(void)
{
	for (;;)
		(void)pause();
}

static void
tracer_ends(pid_t pid, bool kill_it)
{
	int status;
	pid_t tracer = fork();

	ATF_REQUIRE(tracer != -1);
	if (tracer == 0) {
		if (bsd_ptrace(PT_ATTACH, pid, NULL, 0) != 0 || bsd_waitpid(pid, &status, 0) != pid ||
		    bsd_ptrace_exitkill(pid, kill_it) != 0)
			_exit(1);
		_exit(0);
	}
	ATF_REQUIRE_EQ(tracer, bsd_waitpid(tracer, &status, 0));
	ATF_REQUIRE_EQ(0, status);
}

ATF_TC_WITHOUT_HEAD(exitkill_off_lets_the_tracee_live);
ATF_TC_BODY(exitkill_off_lets_the_tracee_live, tc)
{
	pid_t pid = target(sleeps);

	tracer_ends(pid, false);
	attach(pid); /* it is there, and free */
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_DETACH, pid, (caddr_t)1, 0));
	end(pid);
}

ATF_TC_WITHOUT_HEAD(exitkill_on_kills_the_tracee);
ATF_TC_BODY(exitkill_on_kills_the_tracee, tc)
{
	pid_t pid = target(sleeps);
	int status;

	tracer_ends(pid, true);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

ATF_TC_WITHOUT_HEAD(exitkill_of_a_stranger_is_refused);
ATF_TC_BODY(exitkill_of_a_stranger_is_refused, tc)
{
	pid_t pid = target(sleeps);

	ATF_REQUIRE_ERRNO(EPERM, bsd_ptrace_exitkill(pid, false) == -1);
	attach(pid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_ERRNO(EBUSY, bsd_ptrace_exitkill(pid, false) == -1);
	end(pid);
	ATF_REQUIRE_ERRNO(ESRCH, bsd_ptrace_exitkill(pid, false) == -1);
}

/* ---- lwpids ---- */

/* In a process id space of its own, of which this is process 1. */
static int
traced_as_init(void)
{
	pid_t tracer;
	int status;

	if ((tracer = fork()) == 0) {
		if (bsd_ptrace(PT_ATTACH, 1, NULL, 0) != 0)
			_exit(1);
		_exit(bsd_waitpid(1, &status, 0) == 1 && WIFSTOPPED(status) ? 0 : 2);
	}
	return (waitpid(tracer, &status, 0) == tracer && status == 0 ? 7 : 9);
}

ATF_TC(init_outlives_its_tracer);
ATF_TC_HEAD(init_outlives_its_tracer, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(init_outlives_its_tracer, tc)
{
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
		atf_tc_skip("no process id space of its own: %s", strerror(errno));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("proc", "/proc", "proc", 0, NULL) != 0)
			_exit(8);
		_exit(traced_as_init());
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %#x", (unsigned)status);
}

ATF_TC_WITHOUT_HEAD(lwpid_and_tid_are_each_others_inverse);
ATF_TC_BODY(lwpid_and_tid_are_each_others_inverse, tc)
{
	ATF_REQUIRE_EQ(10004711, bsd_lwpid(4711));
	ATF_REQUIRE_EQ(4711, bsd_tid(10004711));
	ATF_REQUIRE_EQ(10004711, bsd_lwpid(10004711));
	ATF_REQUIRE_EQ(4711, bsd_tid(4711));
}

/* ---- a crowd ---- */

static void *
makes_more(void *unused)
{
	makes_threads();
	return (unused);
}

static void
makes_and_loses_threads(void)
{
	pthread_t thread;

	(void)close(wire[0]); /* what they say is for nobody: SIGPIPE is ignored */
	for (int i = 0; i < 3; i++)
		(void)pthread_create(&thread, NULL, makes_more, NULL);
	sleeps();
}

/* All that are listed can be asked, which says that they are stopped and there. */
static void
ask_all(pid_t pid)
{
	struct ptrace_lwpinfo info;
	lwpid_t list[64];
	struct reg regs;
	int n = bsd_ptrace(PT_GETLWPLIST, pid, (caddr_t)list, 64);

	ATF_REQUIRE(n > 0);
	ATF_REQUIRE_EQ(n, bsd_ptrace(PT_GETNUMLWPS, pid, NULL, 0));
	for (int i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_LWPINFO, list[i], (caddr_t)&info, sizeof(info)));
		ATF_REQUIRE_EQ(list[i], info.pl_lwpid);
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_GETREGS, list[i], (caddr_t)&regs, 0));
	}
}

ATF_TC(attach_meets_threads_that_come_and_go);
ATF_TC_HEAD(attach_meets_threads_that_come_and_go, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(attach_meets_threads_that_come_and_go, tc)
{
	pid_t pid = target(makes_and_loses_threads);
	int status;

	ATF_REQUIRE_EQ(0, close(wire[0]));
	for (int round = 0; round < 40; round++) {
		attach(pid);
		ask_all(pid);
		for (int i = 0; i < 4; i++) {
			ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
			ATF_REQUIRE_EQ(0, kill(pid, SIGSTOP));
			ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
			ATF_REQUIRE(WIFSTOPPED(status));
			ATF_REQUIRE_EQ(SIGSTOP, WSTOPSIG(status));
			ask_all(pid);
		}
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_DETACH, pid, (caddr_t)1, 0));
	}
	end(pid);
}

ATF_TP_ADD_TCS(tp)
{
	/* Of the crowd's pipe, whose reader is gone; inherited by all targets. */
	(void)signal(SIGPIPE, SIG_IGN);
	ATF_TP_ADD_TC(tp, service_lets_new_threads_run);
	ATF_TP_ADD_TC(tp, exitkill_off_lets_the_tracee_live);
	ATF_TP_ADD_TC(tp, exitkill_on_kills_the_tracee);
	ATF_TP_ADD_TC(tp, exitkill_of_a_stranger_is_refused);
	ATF_TP_ADD_TC(tp, init_outlives_its_tracer);
	ATF_TP_ADD_TC(tp, lwpid_and_tid_are_each_others_inverse);
	ATF_TP_ADD_TC(tp, attach_meets_threads_that_come_and_go);
	return (atf_no_error());
}
