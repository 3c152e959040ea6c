/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * procfs by one set of names: here the library's functions; on FreeBSD open(2), ioctl(2) and write(2) on
 * /proc/PID/mem and /proc/PID/ctl.  And the words of the tests of stop events.
 */
#ifndef TESTS_PROCFS_H
#define TESTS_PROCFS_H

#include "spec.h"

#include <sys/ioctl.h>
#include <sys/pioctl.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef __FreeBSD__
static inline int
procfs_open(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	return (open(path, O_RDWR | O_CLOEXEC));
}

static inline int
procfs_ctl(pid_t pid, const char *command)
{
	char path[32];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/ctl", (int)pid);
	if ((fd = open(path, O_WRONLY)) == -1)
		return (-1);
	error = write(fd, command, strlen(command)) == -1 ? errno : 0;
	close(fd);
	errno = error;
	return (error == 0 ? 0 : -1);
}
#define procfs_ioctl ioctl
#define procfs_close close
#else
#define procfs_open bsd_procfs_open
#define procfs_ioctl bsd_procfs_ioctl
#define procfs_close bsd_procfs_close
#define procfs_ctl bsd_procfs_ctl
#endif

/* The request succeeds; it fails so. */
#define PIOC(fd, request, arg) \
	ATF_REQUIRE_MSG(procfs_ioctl(fd, request, arg) == 0, "%s: %s", #request, strerror(errno))
#define PIOC_REFUSED(error, fd, request, arg) ATF_REQUIRE_ERRNO(error, procfs_ioctl(fd, request, arg) == -1)
#define CTL(pid, command) \
	ATF_REQUIRE_MSG(procfs_ctl(pid, command) == 0, "ctl %s: %s", command, strerror(errno))
#define CTL_REFUSED(error, pid, command) ATF_REQUIRE_ERRNO(error, procfs_ctl(pid, command) == -1)

/* Some thread waits, or comes to, at this event with this value. */
#define EXPECT_EVENT(fd, event, val) procfs_event(__FILE__, __LINE__, fd, event, val)
/* None does. */
#define EXPECT_RUNNING(fd) procfs_running(__FILE__, __LINE__, fd)
/* The end of the process has begun. */
#define EXPECT_ENDING(fd) procfs_ending(__FILE__, __LINE__, fd)
/* Let them go on. */
#define CONT(fd) PIOC(fd, PIOCCONT, 0)

static inline struct procfs_status
procfs_look(const char *file, int line, int fd, unsigned long request)
{
	struct procfs_status ps;

	memset(&ps, 0x5a, sizeof(ps));
	if (procfs_ioctl(fd, request, &ps) == -1)
		atf_tc_fail_requirement(file, (size_t)line, "%s: %s",
		    request == PIOCWAIT ? "PIOCWAIT" : "PIOCSTATUS", strerror(errno));
	if (ps.flags != 0)
		atf_tc_fail_requirement(file, (size_t)line, "flags %#x", (unsigned)ps.flags);
	if (ps.state == 1 && (ps.why != 0 || ps.val != 0))
		atf_tc_fail_requirement(file, (size_t)line, "runs, but why %#x, val %lu", (unsigned)ps.why, ps.val);
	return (ps);
}

static inline void
procfs_event(const char *file, int line, int fd, int event, unsigned long val)
{
	struct procfs_status ps = procfs_look(file, line, fd, PIOCWAIT);

	if (ps.state != 0 || ps.why != event || ps.val != val)
		atf_tc_fail_requirement(file, (size_t)line, "state %d, why %#x, val %lu, not %#x, %lu", ps.state,
		    (unsigned)ps.why, ps.val, (unsigned)event, val);
}

static inline void
procfs_running(const char *file, int line, int fd)
{
	struct procfs_status ps = procfs_look(file, line, fd, PIOCSTATUS);

	if (ps.state != 1)
		atf_tc_fail_requirement(
		    file, (size_t)line, "state %d, why %#x, val %lu", ps.state, (unsigned)ps.why, ps.val);
}

static inline void
procfs_ending(const char *file, int line, int fd)
{
	struct procfs_status ps = { .state = 1 };

	if (procfs_ioctl(fd, PIOCWAIT, &ps) == -1 && errno != EIO) /* EIO: it was faster */
		atf_tc_fail_requirement(file, (size_t)line, "PIOCWAIT: %s", strerror(errno));
	if (ps.state != 1)
		atf_tc_fail_requirement(
		    file, (size_t)line, "state %d, why %#x, val %lu", ps.state, (unsigned)ps.why, ps.val);
}

/* Let go of all that comes before this event. */
static inline void
procfs_until(int fd, int event, unsigned long val)
{
	struct procfs_status ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);

	while (ps.state == 0 && (ps.why != event || ps.val != val)) {
		CONT(fd);
		ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	}
	ATF_REQUIRE_EQ(0, ps.state);
}

/* An open file on a process, with events asked for. */
static inline int
procfs_watch(pid_t pid, int events)
{
	int fd = procfs_open(pid);

	ATF_REQUIRE_MSG(fd != -1, "open: %s", strerror(errno));
	PIOC(fd, PIOCBIS, events);
	return (fd);
}

#endif
