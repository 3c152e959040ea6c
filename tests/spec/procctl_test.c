/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The control file of procfs, by intent: stopevent.md, 6; decisions.md, 18.
 */
#include "procfs.h"

#include "machine.h"

/* A puppet under the control file, its stop collected. */
static struct puppet *
controlled(void)
{
	struct puppet *pp = puppet_start(1);

	CTL(pp->pid, "attach");
	CTL(pp->pid, "wait");
	EXPECT_STOP(pp->pid, SIGSTOP);
	return (pp);
}

SPEC_TEST(attach_wait_run_and_detach)
{
	struct puppet *pp = controlled();

	CTL(pp->pid, "run");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	CTL_REFUSED(EBUSY, pp->pid, "run");
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	CTL_REFUSED(EBUSY, pp->pid, "run");
	puppet_end(pp);
}

SPEC_TEST(step_is_one_instruction)
{
	struct puppet *pp = controlled();

	puppet_will(pp, 0, do_nothing, 0); /* the call it sleeps in is one instruction */
	CTL(pp->pid, "step");
	CTL(pp->pid, "wait");
	EXPECT_STOP(pp->pid, SIGTRAP);
	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(white_space_at_the_end_is_dropped)
{
	struct puppet *pp = puppet_start(1);

	CTL(pp->pid, "attach \t\n");
	CTL(pp->pid, "wait\n");
	CTL(pp->pid, "detach\n");
	puppet_end(pp);
}

SPEC_TEST(unknown_commands_are_EOPNOTSUPP)
{
	static const char *const commands[] = { "", "Attach", "attac", "attach it", "sigusr1", "10", " run" };
	struct puppet *pp = puppet_start(1);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		CTL_REFUSED(EOPNOTSUPP, pp->pid, commands[i]);
	puppet_end(pp);
}

SPEC_TEST(attach_of_a_tracee_is_EBUSY_and_of_the_caller_EINVAL)
{
	struct puppet *pp = puppet_attached(1);

	CTL_REFUSED(EBUSY, pp->pid, "attach");
	CTL_REFUSED(EINVAL, getpid(), "attach");
	puppet_end(pp);
}

SPEC_TEST(step_and_run_of_what_is_not_stopped_are_EBUSY)
{
	struct puppet *pp = puppet_start(1);

	CTL_REFUSED(EBUSY, pp->pid, "step");
	CTL_REFUSED(EBUSY, pp->pid, "run");
	puppet_end(pp);
}

SPEC_TEST(detach_of_what_is_not_traced_is_nothing)
{
	struct puppet *pp = puppet_start(1);

	CTL(pp->pid, "detach");
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(signal_by_name_is_sent_to_one_that_runs)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	CTL(pp->pid, "usr2");
	while (stage->caught[SIGUSR2] == 0)
		ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_end(pp);
}

SPEC_TEST(signal_by_name_goes_with_one_that_is_stopped)
{
	struct puppet *pp = controlled();

	puppet_will(pp, 0, do_catch, SIGUSR2);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	CTL(pp->pid, "run");
	EXPECT_STOP(pp->pid, SIGUSR1);
	CTL(pp->pid, "usr2");
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	CTL(pp->pid, "detach");
	puppet_end(pp);
}

SPEC_TEST(kill_ends_it)
{
	struct puppet *pp = controlled();

	CTL(pp->pid, "kill");
	EXPECT_DEATH(pp->pid, SIGKILL);
	CTL_REFUSED(ESRCH, pp->pid, "attach");
	puppet_end(pp);
}

SPEC_TEST(detach_ends_stop_events)
{
	struct puppet *pp = puppet_start(1);
	struct procfs_status ps;
	int fd;

	CTL(pp->pid, "attach");
	EXPECT_STOP(pp->pid, SIGSTOP);
	fd = procfs_watch(pp->pid, S_SCE);
	CTL(pp->pid, "detach");
	PIOC(fd, PIOCSTATUS, &ps);
	ATF_REQUIRE_EQ(0, ps.events);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	puppet_end(pp);
}
