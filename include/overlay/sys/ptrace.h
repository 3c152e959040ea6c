/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's <sys/ptrace.h> for source written for FreeBSD: ptrace() is the library's.
 * See bsdptrace-overlay(7).
 */
#pragma GCC system_header

#ifdef BSDPTRACE_WANTS_LINUX
/* <bsdptrace/clash.h> wants the header that this one hides. */
#include_next <sys/ptrace.h>
#else
#ifndef BSDPTRACE_OVERLAY_SYS_PTRACE_H
#define BSDPTRACE_OVERLAY_SYS_PTRACE_H

#include <bsdptrace.h>

/* A macro, since Linux has declared its own ptrace() with other types. */
#define ptrace bsd_ptrace

#endif
#endif
