/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "waits.h"

#include <sys/resource.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef W_CONTINUED
#ifdef __W_CONTINUED
#define W_CONTINUED __W_CONTINUED
#else
#define W_CONTINUED SIGCONT /* FreeBSD */
#endif
#endif

#define MUST(expr)                                                            \
	do {                                                                  \
		if (!(expr)) {                                                \
			fprintf(stderr, "%s: %s not met\n", __func__, #expr); \
			abort();                                              \
		}                                                             \
	} while (0)

int
spec_status(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (W_EXITCODE(info->si_status & 0xff, 0));
	case CLD_KILLED:
		return (W_EXITCODE(0, info->si_status));
	case CLD_DUMPED:
		return (W_EXITCODE(0, info->si_status) | WCOREFLAG);
	case CLD_TRAPPED:
	case CLD_STOPPED:
		return (W_STOPCODE(info->si_status));
	case CLD_CONTINUED:
		MUST(info->si_status == SIGCONT);
		return (W_CONTINUED);
	}
	MUST(!"a si_code of wait");
	return (-1);
}

#if defined(TWAIT_WAITID) || defined(TWAIT_WAIT6)
static idtype_t
whom(pid_t pid, id_t *id)
{
	*id = pid < -1 ? (id_t)-pid : pid == -1 ? 0 : (id_t)pid;
	return (pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID);
}
#endif

pid_t
spec_wait(pid_t pid, int *status, int options)
{
#if defined(TWAIT_WAITID)
	siginfo_t info;
	id_t id;
	idtype_t idtype = whom(pid, &id);

	memset(&info, 0x5a, sizeof(info));
	if (waitid(idtype, id, &info, options | WEXITED | WTRAPPED) == -1)
		return (-1);
	if (info.si_pid == 0) {
		MUST((options & WNOHANG) != 0 && info.si_signo == 0);
		return (0);
	}
	MUST(info.si_signo == SIGCHLD && info.si_errno == 0);
	*status = spec_status(&info);
	return (info.si_pid);
#elif defined(TWAIT_WAIT6)
	struct __wrusage usage;
	siginfo_t info;
	id_t id;
	idtype_t idtype = whom(pid, &id);
	pid_t got;

	memset(&info, 0, sizeof(info));
	memset(&usage, 0x5a, sizeof(usage));
	got = wait6(idtype, id, status, options | WEXITED | WTRAPPED, &usage, &info);
	if (got > 0) {
		MUST(info.si_signo == SIGCHLD && info.si_errno == 0 && info.si_pid == got);
		MUST(spec_status(&info) == *status);
		MUST(usage.wru_self.ru_utime.tv_usec < 1000000 &&
		    usage.wru_children.ru_utime.tv_usec < 1000000);
	}
	return (got);
#elif defined(TWAIT_WAIT4)
	struct rusage usage;
	pid_t got;

	memset(&usage, 0x5a, sizeof(usage));
	got = wait4(pid, status, options, &usage);
	if (got > 0)
		MUST(usage.ru_utime.tv_usec < 1000000 && usage.ru_maxrss >= 0);
	return (got);
#else
	return (waitpid(pid, status, options));
#endif
}
