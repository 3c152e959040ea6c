/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ptrace requests whose failure matters.
 */
#ifndef TRUSS_REQUEST_H
#define TRUSS_REQUEST_H

#include <bsdptrace.h>

/*
 * Makes a request; what it is for is in messages.  False if the process is gone, which is no error: its end will be
 * reported.  Any other failure is said and ends truss.
 */
bool request(const char *what, int req, pid_t, void *addr, int data);

/* Goes on to the next call, with a signal or 0. */
bool request_continue(pid_t, int sig);

/* Is a stop an event, or a call's entry or end?  Then that is told; else PL_FLAG_SI is to be asked for. */
bool request_event(pid_t, int sig, struct bsd_syscall *);

/*
 * Describes a stop as far as it takes: pl_lwpid and pl_flags always, and for a signal pl_siginfo.  PL_FLAG_SI comes
 * only with that, which costs more than an event needs.
 */
bool request_stop(pid_t, int sig, struct ptrace_lwpinfo *);

/* All there is of the reporting thread of a process, or of the thread itself. */
bool request_lwpinfo(pid_t, struct ptrace_lwpinfo *);

#endif
