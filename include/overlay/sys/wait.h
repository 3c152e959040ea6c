/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <sys/wait.h> for source written for FreeBSD: the waits are the library's.
 * See bsdptrace-overlay(7).
 *
 * The functions keep their names in the source and get the library's in the object file, so that other
 * things called wait, such as members of classes, are left alone.
 */
#pragma GCC system_header

#include_next <sys/wait.h>

#ifndef BSDPTRACE_OVERLAY_SYS_WAIT_H
#define BSDPTRACE_OVERLAY_SYS_WAIT_H

#include <bsdptrace.h>

/* In C++ a redeclaration must repeat the exception specification, which glibc gives to two of them. */
#if defined(__cplusplus) && defined(__GLIBC__)
#define BSDPTRACE_WAIT34_THROW __THROWNL
#else
#define BSDPTRACE_WAIT34_THROW
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct __wrusage; /* where <bsdptrace.h> came first and is still at its top */

extern pid_t wait(int *) __asm__("bsd_wait");
extern pid_t wait3(int *, int, struct rusage *) BSDPTRACE_WAIT34_THROW __asm__("bsd_wait3") BSD_RUSAGE;
extern pid_t wait4(pid_t, int *, int, struct rusage *) BSDPTRACE_WAIT34_THROW __asm__("bsd_wait4") BSD_RUSAGE;
extern pid_t waitpid(pid_t, int *, int) __asm__("bsd_waitpid");
extern int waitid(idtype_t, id_t, siginfo_t *, int) __asm__("bsd_waitid");
extern pid_t wait6(idtype_t, id_t, int *, int, struct __wrusage *, siginfo_t *)
    __asm__("bsd_wait6") BSD_RUSAGE;

#ifdef __cplusplus
}
#endif

#undef BSDPTRACE_WAIT34_THROW

#endif
