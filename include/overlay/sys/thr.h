/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <sys/thr.h>: threads by their lwpid, as PT_LWPINFO and PT_GETLWPLIST give it.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_SYS_THR_H
#define BSDPTRACE_OVERLAY_SYS_THR_H

#include <bsdptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The lwpid of the calling thread.  Always 0. */
static __inline int
thr_self(long *id)
{
	*id = bsd_lwpid((pid_t)syscall(SYS_gettid));
	return (0);
}

/* A signal to a thread of a process.  -1 with errno: ESRCH EINVAL EPERM. */
static __inline int
thr_kill2(pid_t pid, long id, int sig)
{
	return ((int)syscall(SYS_tgkill, pid, bsd_tid((lwpid_t)id), sig));
}

/* The same, to a thread of the caller's process. */
static __inline int
thr_kill(long id, int sig)
{
	return (thr_kill2(getpid(), id, sig));
}

#endif
