/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What distinguishes wait, wait3, wait4, waitpid, waitid and wait6: options, idtypes, siginfo, rusage, bad pointers.
 * Spec: wait.md, 1 to 5; decisions.md, 11.
 */
/* one wait */
#include "spec.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <limits.h>
#include <unistd.h>

#define BAD ((void *)8)
#define KINDS (WEXITED | WTRAPPED)

/* A puppet that runs until it stops with SIGUSR1. */
static struct puppet *
puppet_that_will_stop(void)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	return (pp);
}

/* A puppet that has come to a stop nobody collected. */
static struct puppet *
puppet_that_has_stopped(void)
{
	struct puppet *pp = puppet_that_will_stop();

	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, NULL, WTRAPPED | WNOWAIT));
	return (pp);
}

/* A puppet that has come to its end, not collected either. */
static struct puppet *
puppet_that_has_ended(int code)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exit, code);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, NULL, WEXITED | WNOWAIT));
	return (pp);
}

SPEC_TEST(wait_is_for_any)
{
	struct puppet *pp = puppet_that_will_stop();
	int status;

	ATF_REQUIRE_EQ(pp->pid, wait(&status));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, wait(&status));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	ATF_REQUIRE_ERRNO(ECHILD, wait(&status) == -1);
	puppet_end(pp);
}

SPEC_TEST(wait3_is_for_any_with_options)
{
	struct puppet *pp = puppet_attached(1);
	struct rusage usage;
	int status;

	ATF_REQUIRE_EQ(0, wait3(&status, WNOHANG, &usage));
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, wait3(&status, WNOWAIT, &usage));
	ATF_REQUIRE_EQ(pp->pid, wait3(&status, 0, &usage));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	ATF_REQUIRE_ERRNO(ECHILD, wait3(&status, 0, &usage) == -1);
	puppet_end(pp);
}

SPEC_TEST(pointers_may_be_NULL)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	for (i = 0; i < 6; i++) {
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		switch (i) {
		case 0:
			ATF_REQUIRE_EQ(pp->pid, wait(NULL));
			break;
		case 1:
			ATF_REQUIRE_EQ(pp->pid, wait3(NULL, 0, NULL));
			break;
		case 2:
			ATF_REQUIRE_EQ(pp->pid, wait4(pp->pid, NULL, 0, NULL));
			break;
		case 3:
			ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, NULL, 0));
			break;
		case 4:
			ATF_REQUIRE_EQ(pp->pid, wait6(P_PID, (id_t)pp->pid, NULL, KINDS, NULL, NULL));
			break;
		case 5:
			ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, NULL, KINDS));
			break;
		}
		EXPECT_NOTHING(pp->pid);
	}
	puppet_end(pp);
}

SPEC_TEST(wait4_and_kin_report_exits_and_stops_whatever_the_options)
{
	struct puppet *pp = puppet_that_will_stop();
	int status;

	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, WEXITED)); /* says nothing new */
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, wait4(pp->pid, &status, WTRAPPED, NULL));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	puppet_end(pp);
}

SPEC_TEST(unknown_options_are_EINVAL)
{
	static const int unknown[] = { 0x40, 0x80, 0x100, 0x1000, 0x10000 };
	struct puppet *pp = puppet_that_has_stopped();
	siginfo_t info;
	size_t i;
	int status;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		int bad = unknown[i];

		ATF_REQUIRE_ERRNO(EINVAL, waitpid(pp->pid, &status, bad) == -1);
		ATF_REQUIRE_ERRNO(EINVAL, waitpid(-1, &status, bad | WNOHANG) == -1);
		ATF_REQUIRE_ERRNO(EINVAL, wait3(&status, bad, NULL) == -1);
		ATF_REQUIRE_ERRNO(EINVAL, wait4(pp->pid, &status, bad, NULL) == -1);
		ATF_REQUIRE_ERRNO(EINVAL, waitid(P_PID, (id_t)pp->pid, &info, KINDS | bad) == -1);
		ATF_REQUIRE_ERRNO(
		    EINVAL, wait6(P_PID, (id_t)pp->pid, &status, KINDS | bad, NULL, &info) == -1);
	}
	EXPECT_STOP(pp->pid, SIGUSR1); /* nothing was used up */
	puppet_end(pp);
}

SPEC_TEST(options_are_looked_at_before_children)
{
	siginfo_t info;
	int status;

	ATF_REQUIRE_ERRNO(EINVAL, waitpid(-1, &status, 0x40) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, waitpid(getpid(), &status, 0x40) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, waitid(P_ALL, 0, &info, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, waitid((idtype_t)99, 0, &info, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wait6(P_ALL, 0, &status, 0, NULL, &info) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wait6((idtype_t)99, 0, &status, WNOHANG, NULL, &info) == -1);
}

SPEC_TEST(waitid_and_wait6_must_be_told_what_to_report)
{
	struct puppet *pp = puppet_that_has_stopped();
	siginfo_t info;
	int status;

	ATF_REQUIRE_ERRNO(EINVAL, waitid(P_PID, (id_t)pp->pid, &info, 0) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, waitid(P_PID, (id_t)pp->pid, &info, WNOHANG) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, waitid(P_PID, (id_t)pp->pid, &info, WNOWAIT | WNOHANG) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wait6(P_PID, (id_t)pp->pid, &status, 0, NULL, NULL) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, wait6(P_PID, (id_t)pp->pid, &status, WNOWAIT | WNOHANG, NULL, NULL) == -1);
	puppet_end(pp);
}

SPEC_TEST(stop_is_told_to_who_asks_for_stops)
{
	struct puppet *pp = puppet_that_has_stopped();
	siginfo_t info;

	info.si_pid = 1;
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, WEXITED | WNOHANG));
	ATF_REQUIRE_EQ(0, info.si_pid);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, WCONTINUED | WNOHANG));
	ATF_REQUIRE_EQ(0, info.si_pid);
	ATF_REQUIRE_EQ(0, wait6(P_PID, (id_t)pp->pid, NULL, WEXITED | WCONTINUED | WNOHANG, NULL, NULL));
	ATF_REQUIRE_EQ(pp->pid, wait6(P_PID, (id_t)pp->pid, NULL, WTRAPPED | WNOHANG, NULL, &info));
	ATF_REQUIRE_EQ(CLD_TRAPPED, info.si_code);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(stop_asked_for_by_WSTOPPED_alone_is_a_job_control_one_and_collected)
{
	struct puppet *pp = puppet_that_has_stopped();
	siginfo_t info;

	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, WSTOPPED));
	ATF_REQUIRE_EQ(pp->pid, info.si_pid);
	ATF_REQUIRE_EQ(CLD_STOPPED, info.si_code);
	ATF_REQUIRE_EQ(SIGUSR1, info.si_status);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(stop_asked_for_by_both_is_a_trace_stop)
{
	struct puppet *pp = puppet_that_has_stopped();
	siginfo_t info;

	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, WSTOPPED | WTRAPPED));
	ATF_REQUIRE_EQ(CLD_TRAPPED, info.si_code);
	puppet_end(pp);
}

SPEC_TEST(end_is_told_to_who_asks_for_ends)
{
	struct puppet *pp = puppet_that_has_ended(3);
	siginfo_t info;
	int status;

	/* A dead child counts only for who asks for the dead. */
	ATF_REQUIRE_ERRNO(ECHILD, waitid(P_PID, (id_t)pp->pid, &info, WTRAPPED | WNOHANG) == -1);
	ATF_REQUIRE_ERRNO(ECHILD, waitid(P_PID, (id_t)pp->pid, &info, WSTOPPED | WCONTINUED) == -1);
	ATF_REQUIRE_ERRNO(ECHILD, wait6(P_ALL, 0, &status, WTRAPPED, NULL, NULL) == -1);
	ATF_REQUIRE_EQ(pp->pid, wait6(P_PID, (id_t)pp->pid, &status, WEXITED, NULL, &info));
	ATF_REQUIRE_EQ(W_EXITCODE(3, 0), status);
	ATF_REQUIRE_EQ(CLD_EXITED, info.si_code);
	puppet_end(pp);
}

SPEC_TEST(dead_untraced_child_counts_only_for_who_asks_for_the_dead)
{
	struct puppet *pp = puppet_start(1);
	siginfo_t info;

	puppet_will(pp, 0, do_exit, 3);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, WEXITED | WNOWAIT));
	ATF_REQUIRE_ERRNO(ECHILD, waitid(P_PID, (id_t)pp->pid, &info, WTRAPPED | WNOHANG) == -1);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(siginfo_of_a_stop)
{
	struct puppet *pp = puppet_that_will_stop();
	siginfo_t one, two;
	int status;

	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	ATF_REQUIRE_EQ(0, waitid(P_ALL, 0, &one, KINDS | WNOWAIT));
	ATF_REQUIRE_EQ(pp->pid, wait6(P_ALL, 0, &status, KINDS, NULL, &two));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	ATF_REQUIRE_EQ(SIGCHLD, one.si_signo);
	ATF_REQUIRE_EQ(0, one.si_errno);
	ATF_REQUIRE_EQ(CLD_TRAPPED, one.si_code);
	ATF_REQUIRE_EQ(pp->pid, one.si_pid);
	ATF_REQUIRE_EQ(geteuid(), one.si_uid);
	ATF_REQUIRE_EQ(SIGUSR1, one.si_status);
	ATF_REQUIRE_EQ(one.si_code, two.si_code);
	ATF_REQUIRE_EQ(one.si_pid, two.si_pid);
	ATF_REQUIRE_EQ(one.si_uid, two.si_uid);
	ATF_REQUIRE_EQ(one.si_status, two.si_status);
	puppet_end(pp);
}

SPEC_TEST(siginfo_of_an_end)
{
	struct puppet *pp = puppet_that_has_ended(3), *killed = puppet_attached(1);
	siginfo_t info;

	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, KINDS));
	ATF_REQUIRE_EQ(SIGCHLD, info.si_signo);
	ATF_REQUIRE_EQ(CLD_EXITED, info.si_code);
	ATF_REQUIRE_EQ(3, info.si_status);
	ATF_REQUIRE_EQ(pp->pid, info.si_pid);
	ATF_REQUIRE_EQ(geteuid(), info.si_uid);
	ASK(PT_KILL, killed->pid, 0, 0);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)killed->pid, &info, KINDS));
	ATF_REQUIRE_EQ(CLD_KILLED, info.si_code);
	ATF_REQUIRE_EQ(SIGKILL, info.si_status);
	puppet_end(killed);
	puppet_end(pp);
}

SPEC_TEST(siginfo_is_zero_when_there_is_nothing)
{
	struct puppet *pp = puppet_attached(1);
	siginfo_t info;

	memset(&info, 0x5a, sizeof(info));
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, &info, KINDS | WNOHANG));
	ATF_REQUIRE(spec_zero(&info, sizeof(info)));
#ifndef __FreeBSD__ /* which may leave something there */
	memset(&info, 0x5a, sizeof(info));
	ATF_REQUIRE_EQ(0, wait6(P_PID, (id_t)pp->pid, NULL, KINDS | WNOHANG, NULL, &info));
	ATF_REQUIRE(spec_zero(&info, sizeof(info)));
#endif
	puppet_end(pp);
}

SPEC_TEST(status_and_usage_are_not_stored_when_there_is_nothing)
{
	struct puppet *pp = puppet_attached(1);
	struct rusage usage, was;
	int status = 0x1234;

	memset(&usage, 0x5a, sizeof(usage));
	was = usage;
	ATF_REQUIRE_EQ(0, waitpid(pp->pid, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, wait4(pp->pid, &status, WNOHANG, &usage));
	ATF_REQUIRE_EQ(0, wait6(P_PID, (id_t)pp->pid, &status, KINDS | WNOHANG, NULL, NULL));
	ATF_REQUIRE_EQ(0x1234, status);
	ATF_REQUIRE_EQ(0, memcmp(&was, &usage, sizeof(was)));
	puppet_end(pp);
}

static bool
found(idtype_t idtype, id_t id)
{
	siginfo_t one, two;
	int got = waitid(idtype, id, &one, KINDS | WNOWAIT | WNOHANG), error = errno;
	pid_t pid = wait6(idtype, id, NULL, KINDS | WNOWAIT | WNOHANG, NULL, &two);

	if (got == -1) {
		ATF_REQUIRE_EQ(ECHILD, error);
		ATF_REQUIRE_EQ(-1, pid);
		ATF_REQUIRE_EQ(ECHILD, errno);
		return (false);
	}
	ATF_REQUIRE_EQ(0, got);
	ATF_REQUIRE_EQ(one.si_pid, pid);
	return (one.si_pid != 0);
}

static long
do_lead_session(long arg)
{
	(void)arg;
	return (setsid());
}

SPEC_TEST(idtypes_choose)
{
	struct puppet *pp = puppet_that_has_stopped();

	ATF_REQUIRE(found(P_ALL, 0));
	ATF_REQUIRE(found(P_ALL, 12345)); /* not looked at */
	ATF_REQUIRE(found(P_PID, (id_t)pp->pid));
	ATF_REQUIRE(!found(P_PID, (id_t)getpid()));
	ATF_REQUIRE(found(P_PID, 0)); /* the caller's process group */
	ATF_REQUIRE(found(P_PGID, 0));
	ATF_REQUIRE(found(P_PGID, (id_t)getpgrp()));
	ATF_REQUIRE(!found(P_PGID, (id_t)pp->pid));
	ATF_REQUIRE(found(P_SID, (id_t)getsid(0)));
	ATF_REQUIRE(!found(P_SID, (id_t)pp->pid));
	ATF_REQUIRE(found(P_UID, geteuid()));
	ATF_REQUIRE(!found(P_UID, geteuid() + 1));
	ATF_REQUIRE(found(P_GID, getegid()));
	ATF_REQUIRE(!found(P_GID, getegid() + 1));
#ifndef __FreeBSD__
	ATF_REQUIRE(!found(P_JAILID, 0));
#endif
	ATF_REQUIRE(!found((idtype_t)99, 0));
	ATF_REQUIRE(!found((idtype_t)99, (id_t)pp->pid));
	puppet_end(pp);
}

SPEC_TEST(idtypes_choose_among_untraced_children)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(pp->pid, puppet_does(pp, 0, do_lead_session, 0));
	puppet_will(pp, 0, do_exit, 3);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pp->pid, NULL, WEXITED | WNOWAIT));
	ATF_REQUIRE(found(P_PGID, (id_t)pp->pid));
	ATF_REQUIRE(found(P_SID, (id_t)pp->pid));
	ATF_REQUIRE(!found(P_PGID, 0));
	ATF_REQUIRE(!found(P_PID, 0));
	ATF_REQUIRE(!found(P_SID, (id_t)getsid(0)));
	ATF_REQUIRE(found(P_UID, geteuid()));
	ATF_REQUIRE(!found(P_UID, geteuid() + 1));
	ATF_REQUIRE(found(P_GID, getegid()));
	ATF_REQUIRE_EQ(pp->pid, wait6(P_SID, (id_t)pp->pid, NULL, WEXITED, NULL, NULL));
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(uid_and_gid_are_the_effective_ones_of_the_child)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_be_nobody, 0));
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	siginfo_t info;
	ATF_REQUIRE_EQ(0, waitid(P_UID, 65534, &info, KINDS | WNOWAIT));
	ATF_REQUIRE_EQ(pp->pid, info.si_pid);
	ATF_REQUIRE_EQ(65534, info.si_uid);
	ATF_REQUIRE(found(P_GID, 65534));
	ATF_REQUIRE(!found(P_UID, 0));
	ATF_REQUIRE(!found(P_GID, 0));
	EXPECT_STOP(pp->pid, SIGSTOP);
	puppet_end(pp);
}

SPEC_TEST(bad_status_pointer_is_EFAULT_and_the_stop_is_taken)
{
	struct puppet *pp = puppet_that_will_stop();

	ATF_REQUIRE_ERRNO(EFAULT, waitpid(pp->pid, BAD, 0) == -1);
	EXPECT_NOTHING(pp->pid);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(bad_status_pointer_is_EFAULT_and_the_end_is_taken)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_ERRNO(EFAULT, waitpid(pp->pid, BAD, 0) == -1);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(bad_usage_and_siginfo_pointers_are_EFAULT)
{
	struct puppet *pp = puppet_attached(1);
	int i, status;

	for (i = 0; i < 4; i++) {
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		switch (i) {
		case 0:
			ATF_REQUIRE_ERRNO(EFAULT, wait4(pp->pid, &status, 0, BAD) == -1);
			break;
		case 1:
			ATF_REQUIRE_ERRNO(EFAULT, waitid(P_PID, (id_t)pp->pid, BAD, KINDS) == -1);
			break;
		case 2:
			ATF_REQUIRE_ERRNO(
			    EFAULT, wait6(P_PID, (id_t)pp->pid, &status, KINDS, BAD, NULL) == -1);
			break;
		case 3:
			ATF_REQUIRE_ERRNO(
			    EFAULT, wait6(P_PID, (id_t)pp->pid, &status, KINDS, NULL, BAD) == -1);
			break;
		}
		EXPECT_NOTHING(pp->pid);
	}
	puppet_end(pp);
}

#define BURN 80000 /* microseconds of processor time */
#define LESS 25000 /* what a host that counts in ticks may not show of it */

static long
micro(const struct rusage *usage)
{
	return ((usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000L + usage->ru_utime.tv_usec +
	    usage->ru_stime.tv_usec);
}

static long
do_burn(long arg)
{
	struct rusage usage;

	do
		getrusage(RUSAGE_SELF, &usage);
	while (micro(&usage) < BURN);
	return (arg);
}

static long
do_burn_in_a_child(long arg)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)do_burn(3));
	return (waitpid(pid, &status, 0) == pid ? arg : -1);
}

SPEC_TEST(usage_of_a_stopped_child_is_told)
{
	struct puppet *pp = puppet_attached(1);
	struct rusage usage;
	struct __wrusage both;

	puppet_will(pp, 0, do_burn, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, wait4(pp->pid, NULL, WNOWAIT, &usage));
	ATF_REQUIRE(micro(&usage) >= BURN - LESS);
	ATF_REQUIRE_EQ(pp->pid, wait6(P_PID, (id_t)pp->pid, NULL, KINDS, &both, NULL));
	ATF_REQUIRE_MSG(micro(&both.wru_self) >= BURN - LESS, "%ld us", micro(&both.wru_self));
	ATF_REQUIRE(micro(&both.wru_children) < BURN);
	puppet_end(pp);
}

SPEC_TEST(usage_of_an_ended_child_and_its_children_is_told)
{
	struct puppet *pp = puppet_attached(1);
	struct __wrusage both;
	struct rusage usage;

	puppet_will(pp, 0, do_burn, 0);
	puppet_will(pp, 0, do_burn_in_a_child, 0);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, wait6(P_PID, (id_t)pp->pid, NULL, KINDS | WNOWAIT, &both, NULL));
	ATF_REQUIRE_MSG(micro(&both.wru_self) >= BURN - LESS, "%ld us", micro(&both.wru_self));
	ATF_REQUIRE(micro(&both.wru_children) >= BURN - LESS);
	ATF_REQUIRE(micro(&both.wru_self) < 2 * BURN - LESS); /* each alone */
	ATF_REQUIRE_EQ(pp->pid, wait4(pp->pid, NULL, 0, &usage));
	ATF_REQUIRE(micro(&usage) >= BURN - LESS);
	ATF_REQUIRE(micro(&usage) < 2 * BURN - LESS);
	puppet_end(pp);
}

SPEC_TEST(usage_of_a_tracee_is_added_to_its_parents_total)
{
	struct puppet *pp = puppet_attached(1);
	struct rusage usage;

	puppet_will(pp, 0, do_burn, 0);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 3);
	ATF_REQUIRE_EQ(0, getrusage(RUSAGE_CHILDREN, &usage));
	ATF_REQUIRE(micro(&usage) >= BURN - LESS);
	puppet_end(pp);
}

#ifdef __linux__
SPEC_TEST(options_of_the_host_are_accepted)
{
	static const int host[] = { __WALL, (int)__WCLONE, __WNOTHREAD };
	struct puppet *pp = puppet_attached(1);
	size_t i;
	int status;

	for (i = 0; i < sizeof(host) / sizeof(host[0]); i++) {
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, host[i]));
		ATF_REQUIRE_EQ(W_STOPCODE(SIGUSR1), status);
	}
	puppet_end(pp);
}
#endif
