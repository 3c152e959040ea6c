/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One wait for a test body, made by whichever call it is compiled against: -DTWAIT_WAITPID (the default),
 * -DTWAIT_WAIT4, -DTWAIT_WAITID or -DTWAIT_WAIT6.  All files of a test are compiled with the same one.
 */
#ifndef TESTS_WAITS_H
#define TESTS_WAITS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/types.h>
#include <sys/wait.h>
#include <signal.h>

/*
 * Wait for exits and trace stops of pid (or -1, 0, -pgid), as waitpid(2) would: pid, 0 or -1 and errno.  What the
 * call says besides the status must agree with it, or it aborts.
 */
pid_t spec_wait(pid_t pid, int *status, int options);

/* The wait status that a siginfo of waitid(2) stands for. */
int spec_status(const siginfo_t *);

#endif
