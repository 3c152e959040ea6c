/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events without a file system: what FreeBSD's /proc/PID/mem and /proc/PID/ctl do, as functions.
 * The requests are in <bsdptrace/pioctl.h>.  From: doc/semantics/stopevent.md, 3 to 6.
 */
#ifndef BSDPTRACE_PROCFS_H
#define BSDPTRACE_PROCFS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Open the memory of a process: a file descriptor of the system's /proc/PID/mem, read and write, close-on-exec.
 * pread(2) and pwrite(2) at an address move its memory.  To open it traces nothing yet.
 *
 * Returns the descriptor, or -1 with errno:
 *   ENOENT  no such process; it is exiting; the caller may not debug it
 *   EMFILE, ENFILE, ENOMEM
 */
int bsd_procfs_open(pid_t pid);

/*
 * A request on such a descriptor.  The third argument is an int by value for PIOCBIS, PIOCBIC, PIOCSFL and
 * PIOCCONT, a pointer for the others.
 *
 *   PIOCBIS     ask for events (S_) beside those asked for.         EPERM EBUSY EAGAIN ENOMEM
 *   PIOCBIC     ask for them no more.  A thread that waits goes on waiting
 *   PIOCSFL     set the flags (PF_).                                EPERM PF_ISUGID, and the caller is not root; as PIOCBIS
 *   PIOCGFL     get the flags: unsigned int *                       EFAULT
 *   PIOCWAIT    wait until a thread does at an event, or the process begins to exit; then as PIOCSTATUS.
 *               EINTR a signal was caught, nothing is stored; EFAULT; as PIOCBIS
 *   PIOCSTATUS  look: struct procfs_status *                        EFAULT
 *   PIOCCONT    let all threads that wait at an event go on; send the process a signal before, or none if 0.
 *               Where none waits nothing happens.                   EINVAL no such signal
 *
 * Returns 0, or -1 with errno:
 *   EIO     the process is gone, exiting, or not to be debugged by the caller: any request but a PIOCWAIT
 *           already asleep
 *   ENOTTY  the request is not known; the descriptor is not of bsd_procfs_open()
 *   EBADF   it is none
 *   EBUSY   another process traces it          } of requests that begin to have
 *   EPERM   the system refuses it; the caller itself } stop events in a process
 *   EAGAIN  no thread to serve them could be made    }
 */
int bsd_procfs_ioctl(int fd, unsigned long request, ...);

/*
 * Close it.  The last close of a process ends its stop events: a thread that waits goes on, unless PF_LINGER is set.
 * Returns 0, or -1 with errno: EBADF.
 */
int bsd_procfs_close(int fd);

/*
 * What writing to /proc/PID/ctl does: attach, detach, step, run, wait, or the name of a signal in lower case
 * without "sig"; white space at the end is dropped.
 *
 *   attach  trace it and stop it, as PT_ATTACH.             EBUSY traced already; EINVAL the caller itself; EPERM
 *   detach  end that, in whatever state it is.
 *   step    one instruction of its first thread.            EBUSY not traced and stopped by the caller
 *   run     go on.                                          EBUSY
 *   wait    wait until it is stopped.                       EINTR
 *   signal  go on with that signal if it is traced and stopped by the caller; else send it.   EPERM
 *
 * Returns 0, or -1 with errno: ESRCH no such process, or it is exiting; EPERM the caller may not debug it;
 * EOPNOTSUPP no such command; EFAULT command is NULL.
 */
int bsd_procfs_ctl(pid_t pid, const char *command);

#ifdef __cplusplus
}
#endif

#endif
