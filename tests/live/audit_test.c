/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_audit(): each call of bsd_ptrace() is told, once, with what FreeBSD's kernel records of it.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---- what was told ---- */

static struct bsd_audit_record last;
static int told;
static void *told_arg;

static void
keep(const struct bsd_audit_record *record, void *arg)
{
	last = *record;
	told_arg = arg;
	told++;
	errno = ENOTTY;
}

static unsigned
number(pid_t pid, const char *name)
{
	char path[64];
	unsigned value = (unsigned)-1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	if ((f = fopen(path, "r")) != NULL) {
		if (fscanf(f, "%u", &value) != 1)
			value = (unsigned)-1;
		(void)fclose(f);
	}
	return (value);
}

/* The last call was told so, and by this process; its process was ours, or none. */
static void
expect_record(int cmd, pid_t pid, const void *addr, int value, int error, int retval, pid_t process)
{
	ATF_CHECK_EQ(getpid(), last.ar_subj_pid);
	ATF_CHECK_EQ(cmd, last.ar_cmd);
	ATF_CHECK_EQ(pid, last.ar_pid);
	ATF_CHECK_EQ(addr, (const void *)last.ar_addr);
	ATF_CHECK_EQ(value, last.ar_value);
	ATF_CHECK_EQ_MSG(error, last.ar_errno, "%s", strerror(last.ar_errno));
	ATF_CHECK_EQ(retval, last.ar_retval);
	ATF_CHECK_EQ(process, last.ar_process);
	ATF_CHECK_EQ(process != 0 ? geteuid() : 0, last.ar_euid);
	ATF_CHECK_EQ(process != 0 ? getuid() : 0, last.ar_ruid);
	ATF_CHECK_EQ(process != 0 ? getegid() : 0, last.ar_egid);
	ATF_CHECK_EQ(process != 0 ? getgid() : 0, last.ar_rgid);
	ATF_CHECK_EQ(process != 0 ? number(getpid(), "loginuid") : 0, last.ar_auid);
	ATF_CHECK_EQ(process != 0 ? number(getpid(), "sessionid") : 0, last.ar_asid);
}

/* A call, which ends so and is told so. */
#define ASK(error, result, process, req, pid, addr, data)                                           \
	do {                                                                                        \
		int told_ = told, retval_ = (error) == 0 ? (result) : -1;                           \
		int got_ = bsd_ptrace(req, pid, (caddr_t)(uintptr_t)(addr), data), errno_ = errno; \
		ATF_CHECK_EQ_MSG(retval_, got_, "%s: %s", #req, strerror(errno_));                  \
		ATF_CHECK_EQ_MSG(error, errno_, "%s: %s", #req, strerror(errno_));                  \
		ATF_CHECK_EQ_MSG(told_ + 1, told, "%s is told %d times", #req, told - told_);       \
		expect_record(req, pid, (const void *)(uintptr_t)(addr), data, error, retval_, process); \
	} while (0)

static pid_t
target(void)
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)getppid();
	}
	return (pid);
}

static void
next_stop(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFSTOPPED(status), "status %#x", status);
}

static void
end(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
}

/* ---- each request ---- */

static void
look(pid_t pid)
{
	static long word = 5;
	struct ptrace_io_desc piod = {PIOD_READ_D, &word, &word, sizeof(word)};
	struct ptrace_lwpinfo info;
	struct fpreg fpregs;
	struct dbreg dbregs;
	struct reg regs;
	lwpid_t list[4];

	ASK(0, 0, pid, PT_LWPINFO, pid, &info, sizeof(info));
	ASK(0, 1, pid, PT_GETNUMLWPS, pid, NULL, 0);
	ASK(0, 1, pid, PT_GETLWPLIST, pid, list, 4);
	ASK(0, 0, pid, PT_WRITE_D, pid, &word, -7);
	ASK(0, 0, pid, PT_WRITE_I, pid, &word, 77);
	ASK(0, 77, pid, PT_READ_I, pid, &word, 0);
	ASK(0, 77, pid, PT_READ_D, bsd_lwpid(pid), &word, 0);
	ASK(0, 0, pid, PT_IO, pid, &piod, 0);
	ASK(0, 0, pid, PT_GETREGS, pid, &regs, 0);
	ASK(0, 0, pid, PT_SETREGS, pid, &regs, 0);
	ASK(0, 0, pid, PT_GETFPREGS, pid, &fpregs, 0);
	ASK(0, 0, pid, PT_SETFPREGS, pid, &fpregs, 0);
	ASK(0, 0, pid, PT_GETDBREGS, pid, &dbregs, 0);
	ASK(0, 0, pid, PT_SETDBREGS, pid, &dbregs, 0);
	ASK(0, 0, pid, PT_SETSTEP, pid, NULL, 0);
	ASK(0, 0, pid, PT_CLEARSTEP, pid, NULL, 0);
	ASK(0, 0, pid, PT_SUSPEND, bsd_lwpid(pid), NULL, 0);
	ASK(0, 0, pid, PT_RESUME, bsd_lwpid(pid), NULL, 0);
	ASK(0, 0, pid, PT_FOLLOW_FORK, pid, NULL, 1);
}

static void
go_on(pid_t pid)
{
	ASK(0, 0, pid, PT_STEP, pid, 1, 0);
	next_stop(pid);
	ASK(0, 0, pid, PT_TO_SCE, pid, 1, 0);
	next_stop(pid);
	ASK(0, 0, pid, PT_TO_SCX, pid, 1, 0);
	next_stop(pid);
	ASK(0, 0, pid, PT_SYSCALL, pid, 1, 0);
	next_stop(pid);
	ASK(0, 0, pid, PT_CONTINUE, pid, 1, 0);
	next_stop(pid);
	ASK(0, 0, pid, PT_DETACH, pid, 1, 0);
}

ATF_TC_WITHOUT_HEAD(each_request_is_told);
ATF_TC_BODY(each_request_is_told, tc)
{
	pid_t pid = target();
	int arg, status;

	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, &arg));
	ASK(0, 0, pid, PT_ATTACH, pid, NULL, 0);
	ATF_CHECK_EQ(&arg, told_arg);
	next_stop(pid);
	look(pid);
	go_on(pid);
	ASK(0, 0, pid, PT_ATTACH, pid, NULL, 0);
	next_stop(pid);
	/* Whose it was is found out before the kill. */
	ASK(0, 0, pid, PT_KILL, pid, NULL, 0);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
}

ATF_TC_WITHOUT_HEAD(refused_requests_are_told);
ATF_TC_BODY(refused_requests_are_told, tc)
{
	pid_t pid = target();
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	/* Before a target was looked for; where there is none; one that will not do. */
	ASK(EFAULT, 0, 0, PT_IO, pid, 16, 0);
	ASK(ESRCH, 0, 0, PT_ATTACH, -4711, NULL, 3);
	ASK(ESRCH, 0, 0, PT_CONTINUE, 0x3fffffff, 1, 0);
	ASK(EPERM, 0, pid, PT_CONTINUE, pid, 1, 9);
	ASK(EINVAL, 0, getpid(), PT_ATTACH, getpid(), NULL, 0);
	ASK(0, 0, pid, PT_ATTACH, pid, NULL, 0);
	ASK(EBUSY, 0, pid, PT_ATTACH, pid, NULL, 0);
	next_stop(pid);
	ASK(EINVAL, 0, pid, 4711, pid, NULL, 0);
	ASK(EINVAL, 0, pid, PT_CONTINUE, pid, 1, -1);
	ASK(EFAULT, 0, pid, PT_READ_D, pid, 16, 0);
	/* A read -1 is no failure. */
	ASK(0, 0, pid, PT_WRITE_D, pid, &last, -1);
	ASK(0, -1, pid, PT_READ_D, pid, &last, 0);
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ASK(ESRCH, 0, 0, PT_CONTINUE, pid, 1, 0);
}

ATF_TC(whose_the_process_is);
ATF_TC_HEAD(whose_the_process_is, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(whose_the_process_is, tc)
{
	pid_t pid;
	int wire[2];
	char byte;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresgid(1001, 1002, 1003) != 0 || setresuid(1004, 1005, 1006) != 0)
			_exit(1);
		(void)!write(wire[1], "", 1);
		for (;;)
			(void)pause();
	}
	ATF_REQUIRE_EQ(1, read(wire[0], &byte, 1));
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	ATF_CHECK_EQ(pid, last.ar_process);
	ATF_CHECK_EQ(1001, last.ar_rgid);
	ATF_CHECK_EQ(1002, last.ar_egid);
	ATF_CHECK_EQ(1004, last.ar_ruid);
	ATF_CHECK_EQ(1005, last.ar_euid);
	ATF_CHECK_EQ(number(pid, "loginuid"), last.ar_auid);
	ATF_CHECK_EQ(number(pid, "sessionid"), last.ar_asid);
	next_stop(pid);
	end(pid);
}

ATF_TC(a_process_one_may_not_debug);
ATF_TC_HEAD(a_process_one_may_not_debug, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(a_process_one_may_not_debug, tc)
{
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	ATF_REQUIRE_EQ(-1, bsd_ptrace(PT_ATTACH, 1, NULL, 0));
	ATF_CHECK(errno == EPERM || errno == ESRCH); /* ESRCH: it may not even be seen */
	ATF_CHECK_EQ(errno, last.ar_errno);
	ATF_CHECK_EQ(errno == EPERM ? 1 : 0, last.ar_process);
	ATF_CHECK_EQ(0, last.ar_euid);
	ATF_CHECK_EQ(0, last.ar_ruid);
}

/* ---- children ---- */

static int wire[2];

static void
send(const struct bsd_audit_record *record, void *arg)
{
	(void)arg;
	(void)!write(wire[1], record, sizeof(*record));
}

static bool
received(struct bsd_audit_record *record)
{
	return (read(wire[0], record, sizeof(*record)) == (ssize_t)sizeof(*record));
}

ATF_TC_WITHOUT_HEAD(child_by_fork_tells_of_its_own);
ATF_TC_BODY(child_by_fork_tells_of_its_own, tc)
{
	struct bsd_audit_record record;
	int status;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(send, NULL));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 1, (caddr_t)2, 3) == 0 ? 0 : 1);
	ATF_REQUIRE(received(&record)); /* while nobody has waited yet */
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, status);
	ATF_CHECK_EQ(pid, record.ar_subj_pid);
	ATF_CHECK_EQ(pid, record.ar_process);
	ATF_CHECK_EQ(PT_TRACE_ME, record.ar_cmd);
	ATF_CHECK_EQ(1, record.ar_pid);
	ATF_CHECK_EQ((caddr_t)2, record.ar_addr);
	ATF_CHECK_EQ(3, record.ar_value);
	ATF_CHECK_EQ(0, record.ar_errno);
	ATF_CHECK_EQ(geteuid(), record.ar_euid);
	ATF_CHECK_EQ(getgid(), record.ar_rgid);
	(void)close(wire[1]);
	ATF_CHECK_MSG(!received(&record), "told more than once");
}

static int before;

/* Its memory is the parent's: the callback must not run there. */
static pid_t
vfork_child(int value)
{
	pid_t pid;

	before = told;
	if ((pid = vfork()) == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, value) == 0 && told == before ? 0 : 1);
	ATF_REQUIRE(pid != -1);
	return (pid);
}

static void
told_of_vfork_child(int value)
{
	pid_t pid = vfork_child(value);
	int status;

	ATF_CHECK_EQ(before, told);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ_MSG(0, status, "the callback was called in the child");
	ATF_CHECK_EQ(before + 1, told);
	ATF_CHECK_EQ(pid, last.ar_subj_pid);
	ATF_CHECK_EQ(pid, last.ar_process);
	ATF_CHECK_EQ(PT_TRACE_ME, last.ar_cmd);
	ATF_CHECK_EQ(value, last.ar_value);
	ATF_CHECK_EQ(geteuid(), last.ar_euid);
}

ATF_TC_WITHOUT_HEAD(child_by_vfork_is_told_of_by_its_parent);
ATF_TC_BODY(child_by_vfork_is_told_of_by_its_parent, tc)
{
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	for (int i = 0; i < 200; i++) /* many more than there is room for at once */
		told_of_vfork_child(i);
}

/* What a child by vfork left is not told by a child by fork as well. */
ATF_TC_WITHOUT_HEAD(what_vfork_left_is_told_once);
ATF_TC_BODY(what_vfork_left_is_told_once, tc)
{
	struct bsd_audit_record record;
	pid_t vforked, forked;
	int status;

	ATF_REQUIRE_EQ(0, pipe(wire));
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(send, NULL));
	vforked = vfork_child(5);
	ATF_REQUIRE((forked = fork()) != -1);
	if (forked == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 6) == 0 ? 0 : 1);
	ATF_REQUIRE(received(&record));
	ATF_CHECK_EQ(6, record.ar_value);
	ATF_CHECK_EQ(forked, record.ar_subj_pid);
	ATF_REQUIRE_EQ(forked, bsd_waitpid(forked, &status, 0));
	ATF_REQUIRE(received(&record));
	ATF_CHECK_EQ(5, record.ar_value);
	ATF_CHECK_EQ(vforked, record.ar_subj_pid);
	ATF_REQUIRE_EQ(vforked, bsd_waitpid(vforked, &status, 0));
	(void)close(wire[1]);
	ATF_CHECK_MSG(!received(&record), "told more than once");
}

/* ---- the callback ---- */

static pid_t asked;

static void
asks(const struct bsd_audit_record *record, void *arg)
{
	struct ptrace_lwpinfo info;

	keep(record, arg);
	if (record->ar_cmd == PT_GETNUMLWPS && bsd_ptrace(PT_LWPINFO, asked, (caddr_t)&info, sizeof(info)) != 0)
		told = -100;
	/* It may as well be replaced from there. */
	if (record->ar_cmd == PT_SUSPEND)
		(void)bsd_ptrace_audit(NULL, NULL);
}

ATF_TC_WITHOUT_HEAD(callback_may_ask_and_is_not_told_of_that);
ATF_TC_BODY(callback_may_ask_and_is_not_told_of_that, tc)
{
	asked = target();
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, asked, NULL, 0));
	next_stop(asked);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(asks, NULL));
	ASK(0, 1, asked, PT_GETNUMLWPS, asked, NULL, 0);
	ASK(0, 0, asked, PT_SUSPEND, asked, NULL, 0);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_RESUME, asked, NULL, 0));
	ATF_CHECK_EQ_MSG(PT_SUSPEND, last.ar_cmd, "told though nobody wanted to know");
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(keep, NULL));
	ASK(0, 1, asked, PT_GETNUMLWPS, asked, NULL, 0);
	end(asked);
}

static atomic_int counted[4];

static void
count(const struct bsd_audit_record *record, void *arg)
{
	(void)arg;
	(void)atomic_fetch_add(&counted[record->ar_value], 1);
}

#define ROUNDS 2000

static void *
many(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		(void)bsd_ptrace(PT_GETNUMLWPS, asked, NULL, (int)(intptr_t)arg);
	return (NULL);
}

/* While another thread keeps changing who is told. */
ATF_TC_WITHOUT_HEAD(threads_are_told_of_each);
ATF_TC_BODY(threads_are_told_of_each, tc)
{
	pthread_t thread[3];

	asked = target();
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, asked, NULL, 0));
	next_stop(asked);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit(count, NULL));
	for (intptr_t i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, many, (void *)i));
	for (int i = 0; i < ROUNDS; i++)
		ATF_REQUIRE_EQ(0, bsd_ptrace_audit(count, &thread[i % 3]));
	for (int i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	for (int i = 0; i < 3; i++)
		ATF_CHECK_EQ(ROUNDS, atomic_load(&counted[i]));
	end(asked);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_request_is_told);
	ATF_TP_ADD_TC(tp, refused_requests_are_told);
	ATF_TP_ADD_TC(tp, whose_the_process_is);
	ATF_TP_ADD_TC(tp, a_process_one_may_not_debug);
	ATF_TP_ADD_TC(tp, child_by_fork_tells_of_its_own);
	ATF_TP_ADD_TC(tp, child_by_vfork_is_told_of_by_its_parent);
	ATF_TP_ADD_TC(tp, what_vfork_left_is_told_once);
	ATF_TP_ADD_TC(tp, callback_may_ask_and_is_not_told_of_that);
	ATF_TP_ADD_TC(tp, threads_are_told_of_each);
	return (atf_no_error());
}
