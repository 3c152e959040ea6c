/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The names that Linux's <sys/ptrace.h> shares with <bsdptrace.h>, which includes this first.
 *
 * Linux's PT_ names are macros for its PTRACE_ enumerators.  Were its header to come after ours it
 * would put its numbers in place of ours without a word, since compilers do not warn of what system
 * headers redefine.  So it is included here, once, and its PT_ names are taken away; when it is
 * included again its own guard makes it say nothing.  In a file that includes both headers, in
 * whichever order,
 *
 *   PT_ names	are FreeBSD's, for bsd_ptrace(); those that Linux alone has are not defined
 *   PTRACE_ names	are Linux's, for Linux's ptrace()
 *   PTRACE_SYSCALL	is a request in Linux and a pair of event bits in FreeBSD: to use it is an error.
 *			For Linux's request write BSD_LINUX_PTRACE_SYSCALL
 *
 * Linux's <linux/ptrace.h> has no PT_ names and may come before or after.  After, it makes
 * PTRACE_SYSCALL Linux's request again.
 */
#ifndef BSDPTRACE_CLASH_H
#define BSDPTRACE_CLASH_H

#if defined(__GLIBC__) && defined(_LINUX_PTRACE_H) && !defined(_SYS_PTRACE_H)
/*
 * glibc's header cannot be compiled after the kernel's, whose macros stand where it declares
 * enumerators.  It is kept out, and the call declared in its place.
 */
#define _SYS_PTRACE_H 1
#define BSD_LINUX_PTRACE_SYSCALL 24
#ifdef __cplusplus
extern "C" long ptrace(int, ...) __THROW;
#else
extern long ptrace(int, ...) __THROW;
#endif
#else
#define BSDPTRACE_WANTS_LINUX /* the overlay's header of this name then stands aside */
#include <sys/ptrace.h>
#undef BSDPTRACE_WANTS_LINUX
#if defined(__cplusplus) && defined(__GLIBC__)
#define BSD_LINUX_PTRACE_SYSCALL (static_cast<enum __ptrace_request>(24))
#else
#define BSD_LINUX_PTRACE_SYSCALL 24
#endif
#endif

/* FreeBSD's too: <bsdptrace.h> defines them next. */
#undef PT_TRACE_ME
#undef PT_READ_I
#undef PT_READ_D
#undef PT_WRITE_I
#undef PT_WRITE_D
#undef PT_CONTINUE
#undef PT_KILL
#undef PT_STEP
#undef PT_GETREGS
#undef PT_SETREGS
#undef PT_GETFPREGS
#undef PT_SETFPREGS
#undef PT_ATTACH
#undef PT_DETACH
#undef PT_SYSCALL

/* Linux's alone.  Given to bsd_ptrace() some would be other requests: PT_GETFPXREGS is its PT_SUSPEND. */
#undef PT_READ_U
#undef PT_WRITE_U
#undef PT_GETFPXREGS
#undef PT_SETFPXREGS
#undef PT_GET_THREAD_AREA
#undef PT_SET_THREAD_AREA
#undef PT_ARCH_PRCTL
#undef PT_SYSEMU
#undef PT_SYSEMU_SINGLESTEP
#undef PT_STEPBLOCK
#undef PT_SETOPTIONS
#undef PT_GETEVENTMSG
#undef PT_GETSIGINFO
#undef PT_SETSIGINFO

#undef PTRACE_SYSCALL
#define PTRACE_SYSCALL \
	_Pragma("GCC error \"PTRACE_SYSCALL has two meanings: write BSD_LINUX_PTRACE_SYSCALL for Linux's request\"") \
	PTRACE_SYSCALL_has_two_meanings

#endif
