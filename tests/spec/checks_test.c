/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The checks that every request passes, and their order.  Spec: requests.md, 1, 3 and 7.
 */
#include "spec.h"

#include <machine/reg.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>

#define NO_LWP 2000000000 /* an id no thread can have */
#define BAD ((void *)1)	  /* an address nobody can read */

#ifdef __FreeBSD__
#define SIGNAL_TOO_BIG 129
#else
#define SIGNAL_TOO_BIG NSIG
#endif

static union {
	struct ptrace_io_desc io;
	struct ptrace_vm_entry vm;
	struct ptrace_lwpinfo info;
	struct reg reg;
	struct fpreg fpreg;
	struct dbreg dbreg;
	lwpid_t list[8];
	char bytes[4096];
} arg;

static const struct row {
	const char *name;
	int request;
	void *addr;
	int data;
	bool copied_in; /* its argument is read before all else */
} rows[] = {
#define ROW(request, addr, data, in)              \
	{                                         \
#request, request, addr, data, in \
	}
	ROW(PT_READ_I, &arg, 0, false),
	ROW(PT_READ_D, &arg, 0, false),
	ROW(PT_WRITE_I, &arg, 0, false),
	ROW(PT_WRITE_D, &arg, 0, false),
	ROW(PT_CONTINUE, BAD, 0, false),
	ROW(PT_KILL, NULL, 0, false),
	ROW(PT_STEP, BAD, 0, false),
	ROW(PT_DETACH, BAD, 0, false),
	ROW(PT_IO, &arg, 0, true),
	ROW(PT_LWPINFO, &arg, sizeof(struct ptrace_lwpinfo), false),
	ROW(PT_GETNUMLWPS, NULL, 0, false),
	ROW(PT_GETLWPLIST, &arg, 8, false),
	ROW(PT_CLEARSTEP, NULL, 0, false),
	ROW(PT_SETSTEP, NULL, 0, false),
	ROW(PT_SUSPEND, NULL, 0, false),
	ROW(PT_RESUME, NULL, 0, false),
	ROW(PT_TO_SCE, BAD, 0, false),
	ROW(PT_TO_SCX, BAD, 0, false),
	ROW(PT_SYSCALL, BAD, 0, false),
	ROW(PT_FOLLOW_FORK, NULL, 1, false),
	ROW(PT_GETREGS, &arg, 0, false),
	ROW(PT_SETREGS, &arg, 0, true),
	ROW(PT_GETFPREGS, &arg, 0, false),
	ROW(PT_SETFPREGS, &arg, 0, true),
	ROW(PT_GETDBREGS, &arg, 0, false),
	ROW(PT_SETDBREGS, &arg, 0, true),
	ROW(PT_VM_TIMESTAMP, NULL, 0, false),
	ROW(PT_VM_ENTRY, &arg, 0, true),
#ifdef PT_GETXSTATE
	ROW(PT_GETXSTATE_INFO, &arg, sizeof(struct ptrace_xstate_info), false),
	ROW(PT_GETXSTATE, &arg, 0, false),
	ROW(PT_SETXSTATE, &arg, 576, false),
	ROW(PT_GETFSBASE, &arg, 0, false),
	ROW(PT_SETFSBASE, &arg, 0, false),
	ROW(PT_GETGSBASE, &arg, 0, false),
	ROW(PT_SETGSBASE, &arg, 0, false),
#endif
};

/* Numbers that never were, or are no longer, those of a request. */
static const int unknown[] = { 3, 6, 39, 50, 63, 120, 1000, INT_MAX, -1, -2, INT_MIN };

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static void
all_are_refused(int error, pid_t pid)
{
	const struct row *r;
	size_t i;
	int got;

	for (r = rows; r < rows + NITEMS(rows); r++) {
		got = ptrace(r->request, pid, r->addr, r->data);
		ATF_CHECK_MSG(got == -1 && errno == error, "%s: %d, %s", r->name, got, strerror(errno));
	}
	for (i = 0; i < NITEMS(unknown); i++) {
		got = ptrace(unknown[i], pid, NULL, 0);
		ATF_CHECK_MSG(
		    got == -1 && errno == error, "request %d: %d, %s", unknown[i], got, strerror(errno));
	}
}

SPEC_TEST(errno_is_zero_after_success, "call.1")
{
	struct puppet *pp = puppet_attached(1);

	errno = EIO;
	ATF_REQUIRE_EQ(1, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(0, errno);
	puppet_end(pp);
}

SPEC_TEST(no_such_process_is_ESRCH, "chk.2")
{
	struct puppet *pp = puppet_start(1);
	pid_t pid = pp->pid;

	puppet_will(pp, 0, do_exit, 0);
	EXPECT_EXIT(pid, 0);
	all_are_refused(ESRCH, pid);
	REFUSED(ESRCH, PT_ATTACH, pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(no_such_thread_is_ESRCH, "chk.2")
{
	all_are_refused(ESRCH, NO_LWP);
	REFUSED(ESRCH, PT_ATTACH, NO_LWP, NULL, 0);
	all_are_refused(ESRCH, INT_MAX);
	REFUSED(ESRCH, PT_ATTACH, INT_MAX, NULL, 0);
}

SPEC_TEST(negative_pid_is_ESRCH, "chk.4")
{
	all_are_refused(ESRCH, -1);
	all_are_refused(ESRCH, -getpid());
	all_are_refused(ESRCH, INT_MIN);
	REFUSED(ESRCH, PT_ATTACH, -1, NULL, 0);
	REFUSED(ESRCH, PT_ATTACH, -getpid(), NULL, 0);
}

#ifndef __FreeBSD__ /* where 0 is the kernel */
SPEC_TEST(pid_zero_is_ESRCH, "chk.4")
{
	all_are_refused(ESRCH, 0);
	REFUSED(ESRCH, PT_ATTACH, 0, NULL, 0);
}
#endif

SPEC_TEST(zombie_is_ESRCH, "chk.3")
{
	struct puppet *pp = puppet_start(1);
	int status;

	puppet_will(pp, 0, do_exit, 4);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	all_are_refused(ESRCH, pp->pid);
	REFUSED(ESRCH, PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_EXIT(pp->pid, 4);
	puppet_end(pp);
}

SPEC_TEST(zombie_that_was_traced_is_ESRCH, "chk.3")
{
	struct puppet *pp = puppet_attached(1);
	int status;

	puppet_will(pp, 0, do_exit, 4);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	all_are_refused(ESRCH, pp->pid);
	REFUSED(ESRCH, PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_EXIT(pp->pid, 4);
	puppet_end(pp);
}

SPEC_TEST(untraced_process_is_EPERM, "own.2 def.1 unk.1")
{
	struct puppet *pp = puppet_start(2);

	all_are_refused(EPERM, pp->pid);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(detached_process_is_EPERM, "def.1 det.3")
{
	struct puppet *pp = puppet_attached(1);

	ASK(PT_DETACH, pp->pid, 1, 0);
	all_are_refused(EPERM, pp->pid);
	puppet_end(pp);
}

SPEC_TEST(running_tracee_is_EBUSY, "att.2 own.2 def.3 unk.1 def.4")
{
	struct puppet *pp = puppet_attached(2);

	GO(pp->pid, 0);
	all_are_refused(EBUSY, pp->pid);
	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(thread_of_running_tracee_is_EBUSY, "def.3")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t first = puppet_lwp(pp, 0), second = puppet_lwp(pp, 1);

	GO(pp->pid, 0);
	all_are_refused(EBUSY, first);
	all_are_refused(EBUSY, second);
	puppet_end(pp);
}

SPEC_TEST(attached_but_not_yet_waited_for_is_EBUSY, "att.8 def.3")
{
	struct puppet *pp = puppet_start(1);

	ASK(PT_ATTACH, pp->pid, NULL, 0);
	all_are_refused(EBUSY, pp->pid);
	EXPECT_STOP(pp->pid, SIGSTOP);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(stop_only_looked_at_is_EBUSY, "def.6")
{
	struct puppet *pp = puppet_attached(1);
	int status;

	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, WNOWAIT));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
	all_are_refused(EBUSY, pp->pid);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(tracee_of_another_is_EBUSY, "att.2 def.2")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);

	puppet_attaches(other, pp->pid);
	all_are_refused(EBUSY, pp->pid);
	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, puppet_asks(other, PT_CONTINUE, pp->pid, (void *)1, 0));
	all_are_refused(EBUSY, pp->pid);
	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(other);
	puppet_end(pp);
}

SPEC_TEST(own_tracee_is_attached_to_once, "att.2")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t lwp = puppet_lwp(pp, 1);

	REFUSED(EBUSY, PT_ATTACH, pp->pid, NULL, 0);
	REFUSED(EBUSY, PT_ATTACH, lwp, NULL, 0);
	GO(pp->pid, 0);
	REFUSED(EBUSY, PT_ATTACH, lwp, NULL, 0);
	puppet_end(pp);
}

SPEC_TEST(attach_to_oneself_is_EINVAL, "dbg.2 att.1")
{
	REFUSED(EINVAL, PT_ATTACH, getpid(), NULL, 0);
}

SPEC_TEST(requests_on_oneself_are_EPERM, "dbg.2 def.1")
{
	const struct row *r;
	int got;

	for (r = rows; r < rows + NITEMS(rows); r++) {
		if (r->request == PT_CLEARSTEP)
			continue;
		got = ptrace(r->request, getpid(), r->addr, r->data);
		ATF_CHECK_MSG(got == -1 && errno == EPERM, "%s: %d, %s", r->name, got, strerror(errno));
	}
}

SPEC_TEST(CLEARSTEP_of_the_calling_thread_needs_no_tracing, "dbg.2 own.1 own.3 thr.3")
{
	ASK(PT_CLEARSTEP, getpid(), NULL, 0);
}

SPEC_TEST(CLEARSTEP_of_the_calling_thread_is_allowed_to_a_tracee, "own.1")
{
	struct puppet *pp = puppet_attached(1);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_CLEARSTEP, pp->pid, NULL, 0));
	puppet_end(pp);
}

#ifndef PUPPET_ABROAD /* where the arguments would be */
SPEC_TEST_AS_ROOT(process_of_root_is_EPERM_for_a_user, "chk.7 dbg.4 dbg.9")
{
	struct puppet *pp = puppet_start(1), *other = puppet_start(1);
	const struct row *r;
	long got;

	ATF_REQUIRE_EQ(0, puppet_does(other, 0, do_be_nobody, 0));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(other, PT_ATTACH, pp->pid, NULL, 0));
	for (r = rows; r < rows + NITEMS(rows); r++) {
		got = puppet_asks(other, r->request, pp->pid, r->addr, r->data);
		ATF_CHECK_MSG(got == -EPERM, "%s: %ld", r->name, got);
	}
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(other);
	puppet_end(pp);
}
#endif

SPEC_TEST_AS_USER(init_is_EPERM_for_a_user, "chk.7")
{
	REFUSED(EPERM, PT_ATTACH, 1, NULL, 0);
	all_are_refused(EPERM, 1);
}

#ifdef __linux__
SPEC_TEST_AS_ROOT(kernel_thread_is_EINVAL, "chk.8")
{
	/* Threads of the kernel are in no process group. */
	if (getpgid(2) != 0)
		atf_tc_skip("no thread of the kernel is to be seen");
	REFUSED(EINVAL, PT_ATTACH, 2, NULL, 0);
}
#endif

SPEC_TEST(bad_argument_is_EFAULT_before_all_else, "call.5")
{
	struct puppet *running = puppet_attached(1), *untraced = puppet_start(1);
	const struct row *r;

	GO(running->pid, 0);
	for (r = rows; r < rows + NITEMS(rows); r++) {
		if (!r->copied_in)
			continue;
		ATF_CHECK_ERRNO(EFAULT, ptrace(r->request, NO_LWP, BAD, 0) == -1);
		ATF_CHECK_ERRNO(EFAULT, ptrace(r->request, untraced->pid, BAD, 0) == -1);
		ATF_CHECK_ERRNO(EFAULT, ptrace(r->request, running->pid, BAD, 0) == -1);
		ATF_CHECK_ERRNO(EFAULT, ptrace(r->request, getpid(), NULL, 0) == -1);
	}
	puppet_end(running);
	puppet_end(untraced);
}

SPEC_TEST(bad_result_address_is_EFAULT_after_all_else, "call.6 chk.10 info.2")
{
	static const int outs[] = { PT_GETREGS, PT_GETFPREGS, PT_GETDBREGS };
	struct puppet *pp = puppet_attached(1);
	int size = sizeof(struct ptrace_lwpinfo);
	size_t i;

	for (i = 0; i < NITEMS(outs); i++) {
		REFUSED(ESRCH, outs[i], NO_LWP, BAD, 0);
		REFUSED(EPERM, outs[i], getpid(), BAD, 0);
		REFUSED(EFAULT, outs[i], pp->pid, BAD, 0);
		REFUSED(EFAULT, outs[i], pp->pid, NULL, 0);
	}
	REFUSED(ESRCH, PT_LWPINFO, NO_LWP, BAD, size);
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, BAD, 0);
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, BAD, size + 1);
	REFUSED(EFAULT, PT_LWPINFO, pp->pid, BAD, size);
	REFUSED(EFAULT, PT_LWPINFO, pp->pid, BAD, 1);
	REFUSED(EINVAL, PT_GETLWPLIST, pp->pid, BAD, 0);
	REFUSED(EFAULT, PT_GETLWPLIST, pp->pid, BAD, 1);
	GO(pp->pid, 0);
	for (i = 0; i < NITEMS(outs); i++)
		REFUSED(EBUSY, outs[i], pp->pid, BAD, 0);
	REFUSED(EBUSY, PT_LWPINFO, pp->pid, BAD, 0);
	REFUSED(EBUSY, PT_GETLWPLIST, pp->pid, BAD, 0);
	puppet_end(pp);
}

SPEC_TEST(unknown_request_on_a_stopped_tracee_is_EINVAL, "num.3 num.6 num.39 unk.1 unk.2 unk.3")
{
	struct puppet *pp = puppet_attached(1);
	size_t i;

	for (i = 0; i < NITEMS(unknown); i++) {
		REFUSED(EINVAL, unknown[i], pp->pid, NULL, 0);
		REFUSED(EINVAL, unknown[i], pp->pid, &arg, sizeof(arg));
	}
	EXPECT_NOTHING(pp->pid);
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	puppet_end(pp);
}

static const int resumes[] = { PT_CONTINUE, PT_STEP, PT_TO_SCE, PT_TO_SCX, PT_SYSCALL, PT_DETACH };

SPEC_TEST(no_signal_number_is_EINVAL_and_changes_nothing, "cont.1 det.2")
{
	struct puppet *pp = puppet_attached(1);
	size_t i;

	puppet_will(pp, 0, do_getpid, 0);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	for (i = 0; i < NITEMS(resumes); i++) {
		REFUSED(EINVAL, resumes[i], pp->pid, 0, -1);
		REFUSED(EINVAL, resumes[i], pp->pid, 1, SIGNAL_TOO_BIG);
		REFUSED(EINVAL, resumes[i], pp->pid, 1, INT_MAX);
		REFUSED(EINVAL, resumes[i], pp->pid, 1, INT_MIN);
		EXPECT_NOTHING(pp->pid);
		ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
	}
	/* Neither a step nor a system call nor a new PC was asked for. */
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(state_is_looked_at_before_the_signal_number, "chk.10")
{
	struct puppet *pp = puppet_attached(1), *untraced = puppet_start(1);
	size_t i;

	GO(pp->pid, 0);
	for (i = 0; i < NITEMS(resumes); i++) {
		REFUSED(ESRCH, resumes[i], NO_LWP, 1, -1);
		REFUSED(EPERM, resumes[i], untraced->pid, 1, -1);
		REFUSED(EBUSY, resumes[i], pp->pid, 1, -1);
	}
	puppet_end(untraced);
	puppet_end(pp);
}

SPEC_TEST(state_is_looked_at_before_the_argument, "chk.10")
{
	struct puppet *pp = puppet_attached(1), *untraced = puppet_start(1);
	struct ptrace_io_desc io = { .piod_op = 99 };

	GO(pp->pid, 0);
	REFUSED(ESRCH, PT_IO, NO_LWP, &io, 0);
	REFUSED(EPERM, PT_IO, untraced->pid, &io, 0);
	REFUSED(EBUSY, PT_IO, pp->pid, &io, 0);
	REFUSED(EPERM, PT_READ_D, untraced->pid, BAD, 0);
	REFUSED(EBUSY, PT_READ_D, pp->pid, BAD, 0);
	REFUSED(EBUSY, PT_WRITE_D, pp->pid, BAD, 0);
	puppet_end(untraced);
	puppet_end(pp);
}

SPEC_TEST(nothing_is_copied_out_on_an_error, "call.7")
{
	struct puppet *pp = puppet_attached(1);
	const struct row *r;
	char before[sizeof(arg)];

	GO(pp->pid, 0);
	memset(&arg, 0x5a, sizeof(arg));
	memcpy(before, &arg, sizeof(arg));
	for (r = rows; r < rows + NITEMS(rows); r++) {
		ATF_CHECK_EQ(-1, ptrace(r->request, pp->pid, r->addr, r->data));
		ATF_CHECK_MSG(memcmp(before, &arg, sizeof(arg)) == 0, "%s", r->name);
	}
	puppet_end(pp);
}

#ifndef __FreeBSD__ /* where SIGKILL waits for the resume */
SPEC_TEST(SIGKILL_meanwhile_makes_requests_ESRCH, "chk.5")
{
	struct puppet *pp = puppet_attached(2);
	int got;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	while ((got = ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0)) != -1)
		sched_yield();
	ATF_REQUIRE_EQ(ESRCH, errno);
	all_are_refused(ESRCH, pp->pid);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}
#endif
