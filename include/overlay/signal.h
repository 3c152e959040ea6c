/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * <signal.h> with FreeBSD's table of signal names.
 */
#pragma GCC system_header

#include_next <signal.h>

#if !defined(BSDPTRACE_OVERLAY_SIGNAL_H) && defined(NSIG)
#define BSDPTRACE_OVERLAY_SIGNAL_H

#ifdef __cplusplus
extern "C" {
#endif
extern char *strsignal(int) __THROW;
extern const char *sigabbrev_np(int) __THROW;
#ifdef __cplusplus
}
#endif

/* si_code of SIGTRAP: glibc shows them to X/Open's programs alone. */
#ifndef TRAP_BRKPT
#define TRAP_BRKPT 1
#endif
#ifndef TRAP_TRACE
#define TRAP_TRACE 2
#endif

struct bsdptrace_signames {
	const char *name[NSIG];
};

static __inline const char *const *
bsdptrace_signame(void)
{
	static struct bsdptrace_signames names;
	int sig;

	for (sig = 0; sig < NSIG; sig++)
		names.name[sig] = sigabbrev_np(sig);
	return (names.name);
}

/* sys_signame[SIGINT] is "INT"; NULL for a signal that has no name. */
#ifndef sys_signame
#define sys_signame (bsdptrace_signame())
#endif
#ifndef sys_nsig
#define sys_nsig NSIG
#endif

#endif
