/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who may debug whom, between users.  Spec: requests.md, 3, checks 1 to 5 and 7.
 */
/* one wait */
#include "spec.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <unistd.h>

/* Users and groups that nobody else is. */
#define ANN 24001
#define BOB 24002
#define ANNS 25001
#define BOBS 25002
#define TOO 25003

#define LIFETIME 80

/* Who a process is. */
struct who {
	uid_t uid, euid;
	gid_t gid;
	gid_t also; /* a further group, or 0 */
};

static const struct who ann = { ANN, ANN, ANNS, 0 }, bob = { BOB, BOB, BOBS, 0 };

static int
become(const struct who *w)
{
	gid_t groups[] = { w->gid, w->also };

	if (setgroups(w->also != 0 ? 2 : 1, groups) == -1 || setresgid(w->gid, w->gid, w->gid) == -1)
		return (-1);
	return (setresuid(w->uid, w->euid, w->euid));
}

/* ---- targets: children of the test that sleep ---- */

static pid_t
target(const struct who *w, int program)
{
	char *const argv[] = { "sleep", "1000", NULL }, *const envp[] = { NULL };
	int pair[2];
	char byte;
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe2(pair, O_CLOEXEC));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		alarm(LIFETIME);
		if (become(w) == -1 || (program == -1 && write(pair[1], "x", 1) != 1))
			_exit(1);
		if (program == -1)
			for (;;)
				pause();
		fexecve(program, argv, envp);
		_exit(1);
	}
	close(pair[1]);
	/* An exec closes the pipe. */
	ATF_REQUIRE_EQ(program == -1 ? 1 : 0, read(pair[0], &byte, 1));
	close(pair[0]);
	ATF_REQUIRE_EQ(0, waitpid(pid, NULL, WNOHANG));
	return (pid);
}

/* One that has executed a program since it became who it is. */
static pid_t
sleeper(const struct who *w)
{
	int fd = open("/bin/sleep", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	ATF_REQUIRE(fd != -1);
	pid = target(w, fd);
	close(fd);
	return (pid);
}

static void
end(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	do
		ATF_REQUIRE_EQ(pid, spec_wait(pid, &status, 0));
	while (WIFSTOPPED(status));
}

/* ---- tracers: puppets ---- */

static struct who next;

static long
do_become(long arg)
{
	(void)arg;
	return (become(&next) == -1 ? -errno : 0);
}

static struct puppet *
tracer(const struct who *w)
{
	struct puppet *pp;

	next = *w;
	pp = puppet_start(1);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_become, 0));
	return (pp);
}

/* Some hosts have rules on top of it. */
static void
skip_if_host_is_stricter(void)
{
#ifdef __linux__
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY);
	char scope = '0';

	if (fd != -1 && read(fd, &scope, 1) == 1)
		close(fd);
	if (scope != '0')
		atf_tc_skip("Yama lets users trace their descendants only");
#endif
}

static void
skip_if_ids_do_not_tell(void)
{
#ifdef __linux__
	int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY);
	char dumpable = '0';

	if (fd != -1 && read(fd, &dumpable, 1) == 1)
		close(fd);
	if (dumpable == '1')
		atf_tc_skip("fs.suid_dumpable is 1: who changes ids stays debuggable");
#endif
}

/* Every kind of request, and the attach, by one who may not. */
static void
may_not(struct puppet *pp, pid_t pid)
{
	static const int requests[] = { PT_ATTACH, PT_READ_D, PT_CONTINUE, PT_KILL, PT_STEP, PT_DETACH, PT_GETNUMLWPS,
		PT_CLEARSTEP, PT_SUSPEND, PT_FOLLOW_FORK, 50, 1000, -1 };
	size_t i;
	long got;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		got = puppet_asks(pp, requests[i], pid, NULL, 0);
		ATF_CHECK_MSG(got == -EPERM, "request %d: %ld", requests[i], got);
	}
}

static void
may(struct puppet *pp, pid_t pid)
{
	long got = puppet_asks(pp, PT_ATTACH, pid, NULL, 0);

	ATF_REQUIRE_MSG(got == 0, "PT_ATTACH: %s", strerror((int)-got));
	ATF_REQUIRE_EQ(pid, puppet_waits(pp, pid, 0));
	ATF_REQUIRE_EQ(1, puppet_asks(pp, PT_GETNUMLWPS, pid, NULL, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_DETACH, pid, (void *)1, 0));
}

/* ---- users and groups ---- */

SPEC_TEST_AS_ROOT(user_may_debug_his_own, "dbg.4")
{
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&ann);

	skip_if_host_is_stricter();
	may(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(process_of_another_user_is_EPERM, "chk.7 dbg.4 dbg.9")
{
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&bob);

	may_not(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(process_of_another_group_is_EPERM, "dbg.4")
{
	const struct who other = { ANN, ANN, BOBS, 0 };
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&other);

	may_not(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(process_with_another_real_user_is_EPERM, "dbg.4")
{
	const struct who mixed = { BOB, ANN, ANNS, 0 };
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&mixed);

	may_not(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(process_with_another_effective_user_is_EPERM, "dbg.4")
{
	const struct who mixed = { ANN, BOB, ANNS, 0 };
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&mixed);

	may_not(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(process_with_a_further_group_is_up_to_the_host, "dbg.11")
{
	const struct who more = { ANN, ANN, ANNS, TOO };
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&more);

	skip_if_host_is_stricter();
#ifdef __FreeBSD__
	may_not(pp, pid);
#else
	may(pp, pid);
#endif
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(group_that_the_target_lacks_does_no_harm, "dbg.4")
{
	const struct who more = { ANN, ANN, ANNS, TOO };
	struct puppet *pp = tracer(&more);
	pid_t pid = sleeper(&ann);

	skip_if_host_is_stricter();
	may(pp, pid);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(root_may_debug_everybody, "dbg.4 dbg.5")
{
	const struct who mixed = { ANN, BOB, ANNS, TOO };
	struct puppet *pp = puppet_start(1);
	pid_t pids[] = { sleeper(&ann), sleeper(&mixed), target(&bob, -1) };
	size_t i;

	for (i = 0; i < 3; i++)
		may(pp, pids[i]);
	puppet_end(pp);
	for (i = 0; i < 3; i++)
		end(pids[i]);
}

SPEC_TEST_AS_ROOT(process_of_root_is_EPERM, "dbg.4")
{
	const struct who root = { 0, 0, ANNS, 0 };
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&root);

	may_not(pp, pid);
	puppet_end(pp);
	end(pid);
}

/* ---- changed credentials, set-user-id programs ---- */

SPEC_TEST_AS_ROOT(process_that_changed_its_ids_is_EPERM_until_an_exec, "dbg.5")
{
	struct puppet *pp = tracer(&ann);
	pid_t changed = target(&ann, -1), executed = sleeper(&ann);

	skip_if_ids_do_not_tell();
	may_not(pp, changed);
	skip_if_host_is_stricter();
	may(pp, executed);
	puppet_end(pp);
	end(changed);
	end(executed);
}

/* A copy of sleep(1) that is set-user-id; the work directory may be closed to others, so by descriptor. */
static int
set_uid_sleep(uid_t owner)
{
	char buf[65536];
	int in = open("/bin/sleep", O_RDONLY), out = open("sleep", O_WRONLY | O_CREAT | O_EXCL, 0700);
	struct statvfs fs;
	ssize_t n;

	ATF_REQUIRE(in != -1 && out != -1);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ATF_REQUIRE_EQ(n, write(out, buf, (size_t)n));
	ATF_REQUIRE_EQ(0, n);
	ATF_REQUIRE_EQ(0, fstatvfs(out, &fs));
	ATF_REQUIRE_EQ(0, fchown(out, owner, ANNS));
	ATF_REQUIRE_EQ(0, fchmod(out, 04755));
	close(in);
	close(out);
	if (fs.f_flag & ST_NOSUID)
		atf_tc_skip("the work directory is on a file system without set-user-id");
	ATF_REQUIRE((in = open("sleep", O_RDONLY | O_CLOEXEC)) != -1);
	return (in);
}

SPEC_TEST_AS_ROOT(set_user_id_program_is_EPERM_for_who_runs_it, "dbg.4 dbg.5")
{
	int program = set_uid_sleep(BOB);
	pid_t pid = target(&ann, program);
	struct puppet *anns = tracer(&ann), *bobs = tracer(&bob), *roots = puppet_start(1);

	may_not(anns, pid);
	may_not(bobs, pid);
	may(roots, pid);
	puppet_end(anns);
	puppet_end(bobs);
	puppet_end(roots);
	end(pid);
}

SPEC_TEST_AS_ROOT(set_user_id_program_of_his_own_is_no_other, "dbg.5")
{
	int program = set_uid_sleep(ANN);
	pid_t pid = target(&ann, program);
	struct puppet *pp = tracer(&ann);

	skip_if_host_is_stricter();
	may(pp, pid);
	puppet_end(pp);
	end(pid);
}

/* ---- the order of the checks ---- */

SPEC_TEST_AS_ROOT(permission_is_looked_at_before_the_tracer, "chk.9 dbg.9")
{
	struct puppet *roots = puppet_start(1), *pp = tracer(&ann);
	pid_t pid = sleeper(&bob);

	puppet_attaches(roots, pid);
	may_not(pp, pid);
	ATF_REQUIRE_EQ(0, puppet_asks(roots, PT_CONTINUE, pid, (void *)1, 0));
	may_not(pp, pid);
	puppet_end(roots);
	puppet_end(pp);
	end(pid);
}

SPEC_TEST_AS_ROOT(permission_is_looked_at_before_ancestry, "chk.9 att.3")
{
	struct puppet *pp = tracer(&ann);

	puppet_attach(pp);
	GO(pp->pid, 0);
	/* Traced by the test, which is its parent; and root's. */
	may_not(pp, getpid());
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(zombie_of_another_user_is_ESRCH, "chk.3")
{
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&bob);
	siginfo_t info;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	ATF_REQUIRE_EQ(-ESRCH, puppet_asks(pp, PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(-ESRCH, puppet_asks(pp, PT_CONTINUE, pid, NULL, 0));
	EXPECT_DEATH(pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(nobody_is_ESRCH_for_a_user, "chk.2")
{
	struct puppet *pp = tracer(&ann);
	pid_t pid = sleeper(&bob);

	end(pid);
	ATF_REQUIRE_EQ(-ESRCH, puppet_asks(pp, PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(-ESRCH, puppet_asks(pp, PT_KILL, pid, NULL, 0));
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(oneself_is_allowed_whatever_it_has_become, "dbg.2 att.1")
{
	struct puppet *pp = tracer(&ann);

	ATF_REQUIRE_EQ(-EINVAL, puppet_asks(pp, PT_ATTACH, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(0, puppet_asks(pp, PT_CLEARSTEP, pp->pid, NULL, 0));
	ATF_REQUIRE_EQ(-EPERM, puppet_asks(pp, PT_CONTINUE, pp->pid, NULL, 0));
	puppet_end(pp);
}

#ifdef __linux__
SPEC_TEST_AS_ROOT(kernel_thread_is_EPERM_for_a_user_and_EINVAL_for_root, "chk.8")
{
	struct puppet *pp = tracer(&ann);

	if (getpgid(2) != 0)
		atf_tc_skip("no thread of the kernel is to be seen");
	may_not(pp, 2);
	REFUSED(EINVAL, PT_ATTACH, 2, NULL, 0);
	REFUSED(EINVAL, PT_CONTINUE, 2, NULL, 0);
	REFUSED(EINVAL, 50, 2, NULL, 0);
	puppet_end(pp);
}
#endif

/* ---- ancestors ---- */

/* What a tracee answers while its tracer looks after it, which a signal it ignores may need. */
static long
answer_to(struct puppet *pp, int wire, struct puppet *traces, pid_t pid)
{
	struct pollfd answered = { .fd = pp->wire[wire], .events = POLLIN };

	puppet_will(pp, wire, do_ask, 0);
	while (poll(&answered, 1, 10) == 0)
		ATF_REQUIRE_EQ(0, puppet_waits(traces, pid, WNOHANG));
	return (puppet_said(pp, wire));
}

SPEC_TEST_AS_ROOT(parent_is_no_ancestor_while_a_stranger_traces, "att.3")
{
	struct puppet *parent = puppet_start(1), *stranger = puppet_start(1);
	pid_t pid = (pid_t)puppet_does(parent, 0, do_new_child, 1);

	/* The chain is child, stranger, test; the parent is not in it. */
	puppet_attaches(stranger, pid);
	ATF_REQUIRE_EQ(0, puppet_asks(stranger, PT_CONTINUE, pid, (void *)1, 0));
	stage->request = PT_ATTACH;
	stage->pid = stranger->pid;
	ATF_REQUIRE_EQ(-EINVAL, puppet_does(parent, 1, do_ask, 0));
	stage->pid = getpid();
	ATF_REQUIRE_EQ(-EINVAL, puppet_does(parent, 1, do_ask, 0));
	stage->pid = parent->pid;
	ATF_REQUIRE_EQ(0, answer_to(parent, 1, stranger, pid));
	puppet_end(stranger);
	puppet_end(parent);
}

SPEC_TEST_AS_ROOT(chain_goes_on_through_all_tracers, "att.3")
{
	struct puppet *first = puppet_start(1), *second = puppet_start(1), *third = puppet_start(1);

	puppet_attaches(second, first->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(second, PT_CONTINUE, first->pid, (void *)1, 0));
	puppet_attaches(third, second->pid);
	ATF_REQUIRE_EQ(0, puppet_asks(third, PT_CONTINUE, second->pid, (void *)1, 0));
	ATF_REQUIRE_EQ(-EINVAL, puppet_asks(first, PT_ATTACH, third->pid, NULL, 0));
	puppet_end(third);
	puppet_end(second);
	puppet_end(first);
}
