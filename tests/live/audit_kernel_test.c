/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_audit_linux() with libaudit itself and this machine's kernel.
 */
#include <bsdptrace-audit.h>
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t
target(void)
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return (pid);
}

ATF_TC(kernel_takes_the_records);
ATF_TC_HEAD(kernel_takes_the_records, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(kernel_takes_the_records, tc)
{
	pid_t pid;
	int status;

	if (bsd_ptrace_audit_linux(true) == -1)
		atf_tc_skip("no audit here: %s", strerror(errno));
	pid = target();
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	if (bsd_ptrace_audit_lost() != 0)
		atf_tc_skip("the kernel takes no records from this container");
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(-1, bsd_ptrace(PT_READ_D, pid, (caddr_t)16, 0));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_KILL, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, bsd_ptrace_audit_lost());
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(false));
}

ATF_TC(users_may_not_write);
ATF_TC_HEAD(users_may_not_write, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
}
ATF_TC_BODY(users_may_not_write, tc)
{
	ATF_REQUIRE_EQ(-1, bsd_ptrace_audit_linux(true));
	ATF_CHECK_MSG(errno == EPERM || errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT || errno == EINVAL, "%s",
	    strerror(errno));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kernel_takes_the_records);
	ATF_TP_ADD_TC(tp, users_may_not_write);
	return (atf_no_error());
}
