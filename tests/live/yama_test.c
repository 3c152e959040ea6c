/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Yama as the kernel has it.  Its level is the machine's, so no other test runs beside these, and it is put back.
 * Level 3 can not be: of that only the sentence is tested (permission_test.c).
 */
#include "apart.h"

#include "cases.h"

#define SCOPE "/proc/sys/kernel/yama/ptrace_scope"

static bool
set_level(int level)
{
	int fd = open(SCOPE, O_WRONLY | O_CLOEXEC);
	char digit = (char)('0' + level);
	bool done = fd != -1 && write(fd, &digit, 1) == 1;

	if (fd != -1)
		close(fd);
	return (done);
}

static void
at_level(int level, void (*body)(void))
{
	int before = yama(), status;

	if (access(SCOPE, F_OK) != 0)
		atf_tc_skip("the kernel has no Yama");
	if (before == 3 || !set_level(level))
		atf_tc_skip("the level of Yama cannot be changed here: %s", strerror(errno));
	status = run_apart(body);
	ATF_CHECK(set_level(before));
	judge(status);
}

static void
consents(void)
{
	as_ann();
	MUST(prctl(PR_SET_PTRACER, getppid()) == 0);
}

static void
asks(int wanted)
{
	int status;
	pid_t pid = fork();

	MUST(pid != -1);
	if (pid == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 ? 0 : errno);
	MUST(bsd_waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == wanted);
}

/* A tracer that is no ancestor of the target. */
static void
sibling(pid_t pid, int error, const char *words)
{
	int status;
	pid_t tracer = fork();

	MUST(tracer != -1);
	if (tracer == 0) {
		as_ann();
		if (error == 0)
			allowed(pid);
		else
			REFUSED(error, pid, words);
		_exit(0);
	}
	MUST(waitpid(tracer, &status, 0) == tracer && status == 0);
}

static void
try_0(void)
{
	sibling(target(as_ann), 0, NULL);
}

TEST_CASE(level_0_allows_all_that_is_the_users, "root", "dbg.9")
{
	at_level(0, try_0);
}

static void
try_1(void)
{
	pid_t pid = target(as_ann), consenting = target(consents);

	sibling(pid, EPERM, "Yama lets a process trace its descendants only (kernel.yama.ptrace_scope is 1)");
	allowed(pid); /* root, and its parent */
	as_ann();
	allowed(pid);
	allowed(consenting);
	asks(0);
}

TEST_CASE(level_1_allows_descendants, "root", "dbg.9")
{
	at_level(1, try_1);
}

static void
any_tracer(void)
{
	as_ann();
	MUST(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) == 0);
}

static void
try_consent(void)
{
	sibling(target(any_tracer), 0, NULL);
}

TEST_CASE(level_1_allows_whom_the_target_names, "root", "dbg.9")
{
	at_level(1, try_consent);
}

static void
try_2(void)
{
	pid_t pid = target(as_ann);

	sibling(pid, EPERM, "Yama lets none but root trace processes (kernel.yama.ptrace_scope is 2)");
	allowed(pid);
	asks(0);
	as_ann();
	REFUSED(EPERM, pid, "Yama lets none but root");
	asks(EPERM);
}

TEST_CASE(level_2_allows_root_alone, "root", "dbg.9")
{
	at_level(2, try_2);
}
