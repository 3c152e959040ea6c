/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The waits: faces of one wait of the engine's.  From: wait.md, 1 to 5.
 */
#include <errno.h>
#include <string.h>

#include "api/api.h"

#define KINDS	  (WEXITED | WSTOPPED | WCONTINUED | WTRAPPED)
#define HOST_BITS ((int)(__WALL | __WCLONE | __WNOTHREAD))
#define ALL_BITS  (KINDS | WNOHANG | WNOWAIT | HOST_BITS)

static int
wait_call(const struct wait_spec *ws, struct wait_report *wr)
{
	struct tracer *tr;
	int error;

	if (atomic_load_explicit(&audit_wanted, memory_order_acquire))
		audit_catch_up();
	if ((tr = tracer_enter()) == NULL)
		return (ENOMEM);
	error = wait_for(tr, ws, wr);
	tracer_leave(tr);
	return (error);
}

/* Which children a process id of wait4() stands for. */
static void
whom(pid_t pid, struct wait_spec *ws)
{
	ws->ws_idtype = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	ws->ws_id = pid > 0 ? (id_t)pid : pid < -1 ? (id_t)-pid : 0;
}

static void
fill_siginfo(const struct wait_report *wr, siginfo_t *si)
{
	memset(si, 0, sizeof(*si));
	if (wr->wr_pid == 0)
		return;
	si->si_signo = SIGCHLD;
	si->si_code = wr->wr_code;
	si->si_pid = wr->wr_pid;
	si->si_uid = wr->wr_uid;
	si->si_status = wr->wr_value;
}

PUBLIC pid_t
bsd_wait6(idtype_t idtype, id_t id, int *status, int options, struct __wrusage *wrusage, siginfo_t *info)
{
	struct wait_spec ws = {.ws_idtype = (int)idtype, .ws_id = id, .ws_options = options, .ws_usage = wrusage != NULL};
	struct wait_report wr;
	struct __wrusage usage;
	siginfo_t si;
	int error;

	if ((options & ~ALL_BITS) != 0 || (options & KINDS) == 0)
		return (api_result(EINVAL, 0));
	if (idtype == P_PID && id == 0)
		ws.ws_idtype = P_PGID;
	if ((error = wait_call(&ws, &wr)) != 0)
		return (api_result(error, 0));
	fill_siginfo(&wr, &si);
	if (wrusage != NULL) {
		usage.wru_self = wr.wr_self;
		usage.wru_children = wr.wr_children;
	}
	if (wr.wr_pid != 0 && ((error = api_store(&wr.wr_status, status, sizeof(*status))) != 0 ||
				  (error = api_store(&usage, wrusage, sizeof(usage))) != 0))
		return (api_result(error, 0));
	return (api_result(api_store(&si, info, sizeof(si)), wr.wr_pid));
}

PUBLIC int
bsd_waitid(idtype_t idtype, id_t id, siginfo_t *info, int options)
{
	return (bsd_wait6(idtype, id, NULL, options, NULL, info) == -1 ? -1 : 0);
}

PUBLIC pid_t
bsd_wait4(pid_t pid, int *status, int options, struct rusage *rusage)
{
	struct wait_spec ws = {.ws_options = options | WEXITED | WTRAPPED, .ws_usage = rusage != NULL};
	struct wait_report wr;
	int error;

	if ((options & ~ALL_BITS) != 0)
		return (api_result(EINVAL, 0));
	whom(pid, &ws);
	if ((error = wait_call(&ws, &wr)) != 0)
		return (api_result(error, 0));
	if (wr.wr_pid != 0 && ((error = api_store(&wr.wr_status, status, sizeof(*status))) != 0 ||
				  (error = api_store(&wr.wr_self, rusage, sizeof(*rusage))) != 0))
		return (api_result(error, 0));
	return (api_result(0, wr.wr_pid));
}

PUBLIC pid_t
bsd_waitpid(pid_t pid, int *status, int options)
{
	return (bsd_wait4(pid, status, options, NULL));
}

PUBLIC pid_t
bsd_wait3(int *status, int options, struct rusage *rusage)
{
	return (bsd_wait4(-1, status, options, rusage));
}

PUBLIC pid_t
bsd_wait(int *status)
{
	return (bsd_wait4(-1, status, 0, NULL));
}
