/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libbsdptrace-audit: what bsd_ptrace_audit() tells, into the audit trail of Linux.
 */
#ifndef BSDPTRACE_AUDIT_H
#define BSDPTRACE_AUDIT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Write a record for each call of bsd_ptrace() from now on; with on false, no more.  It uses bsd_ptrace_audit(), and
 * takes the place of whatever was told before.  A child of fork() writes its own.
 *
 * A record is of type TRUSTED_APP, and of one line:
 *
 *   op=PT_ATTACH cmd=10 id=4711 addr=0 value=0 exit=0 caller=815 opid=4711 oauid=1000 ouid=1000 ogid=1000
 *   oruid=1000 orgid=1000 oses=3
 *
 * to which libaudit adds exe, hostname, addr, terminal and res, and the kernel who wrote it.  exit is what the call
 * returned, or the errno, negative.  What begins with o is the process that id named, and left out where there was none.
 *
 * Returns 0, or -1 with errno:
 *   EPERM            the caller lacks CAP_AUDIT_WRITE
 *   EPROTONOSUPPORT, EAFNOSUPPORT, EINVAL
 *                    the kernel has no audit
 *   ENOMEM, EMFILE, ENFILE
 */
int bsd_ptrace_audit_linux(bool on);

/* How many records of this process could not be written since it began, for whatever cause. */
unsigned long bsd_ptrace_audit_lost(void);

#ifdef __cplusplus
}
#endif

#endif
