/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events, and the control file.
 */
#include <errno.h>
#include <stdarg.h>

#include "api/api.h"

PUBLIC int
bsd_procfs_open(pid_t pid)
{
	struct tracer *tr = tracer_enter();
	int error, fd = -1;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	error = procfs_open(tr, pid, &fd);
	tracer_leave(tr);
	return (api_result(error, fd));
}

/* A request says itself whether its argument is an int or a pointer. */
PUBLIC int
bsd_procfs_ioctl(int fd, unsigned long request, ...)
{
	struct tracer *tr;
	uintptr_t arg = 0;
	va_list ap;
	int error;

	va_start(ap, request);
	if (request & BSD_PIOC_OUT)
		arg = (uintptr_t)va_arg(ap, void *);
	else if (request & BSD_PIOC_INT)
		arg = (uintptr_t)va_arg(ap, int);
	va_end(ap);
	if ((tr = tracer_enter()) == NULL)
		return (api_result(ENOMEM, 0));
	error = procfs_ioctl(tr, fd, request, arg);
	tracer_leave(tr);
	return (api_result(error, 0));
}

PUBLIC int
bsd_procfs_close(int fd)
{
	struct tracer *tr = tracer_enter();
	int error;

	if (tr == NULL)
		return (api_result(ENOMEM, 0));
	error = procfs_close(tr, fd);
	tracer_leave(tr);
	return (api_result(error, 0));
}

PUBLIC int
bsd_procfs_ctl(pid_t pid, const char *command)
{
	struct tracer *tr;
	int error;

	if (command == NULL)
		return (api_result(EFAULT, 0));
	if ((tr = tracer_enter()) == NULL)
		return (api_result(ENOMEM, 0));
	error = procctl_run(tr, pid, command);
	tracer_leave(tr);
	return (api_result(error, 0));
}
