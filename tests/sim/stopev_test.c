/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events on the simulated host, in many orders: stopevent.md, 1 to 4.
 */
#include "cases.h"
#include "play.h"

#include <bsdptrace/pioctl.h>

#define PIOC(fd, request, arg) expect(__FILE__, __LINE__, #request, 0, pioc(fd, request, (uintptr_t)(arg)))
#define PIOC_REFUSED(error, fd, request, arg) \
	expect(__FILE__, __LINE__, #request, error, pioc(fd, request, (uintptr_t)(arg)))

static int
pioc(int fd, unsigned long request, uintptr_t arg)
{
	struct host *host = play.tracer.tr_host;
	int error;

	host->ops->lock(host);
	error = procfs_ioctl(&play.tracer, fd, request, arg);
	host->ops->unlock(host);
	return (error);
}

static int
opened(pid_t pid, unsigned events)
{
	struct host *host = play.tracer.tr_host;
	int fd = -1, error;

	host->ops->lock(host);
	error = procfs_open(&play.tracer, pid, &fd);
	host->ops->unlock(host);
	SAME(0, error);
	PIOC(fd, PIOCBIS, events);
	return (fd);
}

static void
closed(int fd)
{
	struct host *host = play.tracer.tr_host;

	host->ops->lock(host);
	SAME(0, procfs_close(&play.tracer, fd));
	host->ops->unlock(host);
}

static void
event(int fd, int why, unsigned long val)
{
	struct procfs_status ps;

	PIOC(fd, PIOCWAIT, &ps);
	SAME(0, ps.state);
	SAME(why, ps.why);
	SAME(val, ps.val);
}

PROGRAM(calls, CALL(SC_GETPID), COMPUTE, CALL(SC_GETPID), COMPUTE_5, EXIT(3));

SIM_TEST(entry_and_exit_of_calls, "")
{
	pid_t pid = stranger(calls);
	int fd = opened(pid, S_SCX | S_EXIT);
	struct procfs_status ps;

	for (PIOC(fd, PIOCWAIT, &ps); ps.why == S_SCX; PIOC(fd, PIOCWAIT, &ps)) {
		SAME(SC_GETPID, ps.val);
		PIOC(fd, PIOCCONT, 0);
	}
	SAME(S_EXIT, ps.why);
	SAME(W_EXITCODE(3, 0), ps.val);
	closed(fd);
}

SIM_TEST(nobody_waits_for_one_under_stop_events, "")
{
	pid_t pid = sleepers(1);
	int fd;

	ASK(PT_DETACH, pid, STAY, 0);
	fd = opened(pid, S_ALLSTOPS);
	EXPECT_NOBODY(pid);
	REFUSED(EPERM, PT_CONTINUE, pid, STAY, 0);
	closed(fd);
}

PROGRAM(raises, RAISE(SIGUSR1), COMPUTE_5, EXIT(0));

SIM_TEST(signal_is_told_twice, "")
{
	pid_t pid = stranger(raises);
	int fd;

	caught(pid, SIGUSR1);
	fd = opened(pid, S_SIG);
	if (play.taken[SIGUSR1] == 0) {
		struct procfs_status ps;

		PIOC(fd, PIOCWAIT, &ps);
		/* It may have come to its signal before it was watched. */
		if (ps.state == 0) {
			SAME(SIGUSR1, ps.val);
			PIOC(fd, PIOCCONT, 0);
			event(fd, S_SIG, SIGUSR1);
			PIOC(fd, PIOCCONT, 0);
		}
	}
	closed(fd);
}

SIM_TEST(bad_signal_is_refused_only_where_one_waits, "")
{
	pid_t pid = sleepers(1);
	int fd;

	ASK(PT_DETACH, pid, STAY, 0);
	fd = opened(pid, S_SIG);
	PIOC(fd, PIOCCONT, 1000);
	sent(pid, SIGUSR1);
	event(fd, S_SIG, SIGUSR1);
	PIOC_REFUSED(EINVAL, fd, PIOCCONT, 1000);
	PIOC_REFUSED(EINVAL, fd, PIOCCONT, -1);
	PIOC_REFUSED(ENOTTY, fd, 0x1234, 0);
	PIOC(fd, PIOCCONT, 0);
	closed(fd);
}

SIM_TEST(last_close_lets_it_go, "")
{
	pid_t pid = sleepers(2);
	int fd;

	ASK(PT_DETACH, pid, STAY, 0);
	fd = opened(pid, S_SIG);
	sent(pid, SIGUSR1);
	event(fd, S_SIG, SIGUSR1);
	closed(fd);
	quiet();
	SAME(1, play.taken[SIGUSR1]);
}

SIM_TEST(event_comes_before_the_stop, "")
{
	pid_t pid = sleepers(1);
	int fd = opened(pid, S_SIG);

	sent(pid, SIGUSR1);
	GO(pid, 0);
	event(fd, S_SIG, SIGUSR1);
	EXPECT_NOTHING(pid);
	PIOC(fd, PIOCCONT, 0);
	EXPECT_STOP(pid, SIGUSR1);
	closed(fd);
}

SIM_TEST(SIGKILL_is_no_event, "")
{
	pid_t pid = sleepers(2);
	struct procfs_status ps;
	int fd;

	ASK(PT_DETACH, pid, STAY, 0);
	fd = opened(pid, S_SIG);
	sent(pid, SIGUSR1);
	event(fd, S_SIG, SIGUSR1);
	PIOC(fd, PIOCCONT, SIGKILL);
	SAME(EIO, pioc(fd, PIOCSTATUS, (uintptr_t)&ps));
	closed(fd);
}
