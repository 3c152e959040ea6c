/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ptrace requests whose failure matters.
 */
#ifndef TRUSS_REQUEST_H
#define TRUSS_REQUEST_H

#include <bsdptrace.h>

/*
 * Makes a request; what names it in messages.  False if the process is gone, which is no error: its end will be
 * reported.  Any other failure is said and ends truss.
 */
bool request(const char *what, int req, pid_t, void *addr, int data);

/* Goes on to the next call, with a signal or 0. */
bool request_continue(pid_t, int sig);

/* Describes the reporting thread of a process, or the thread itself: the members up to and with pl_flags, or all. */
bool request_flags(pid_t, struct ptrace_lwpinfo *);
bool request_lwpinfo(pid_t, struct ptrace_lwpinfo *);

#endif
