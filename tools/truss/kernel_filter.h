/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Having the kernel stop the command, and what it makes, at no other calls than -t names.
 */
#ifndef TRUSS_KERNEL_FILTER_H
#define TRUSS_KERNEL_FILTER_H

#include <stdbool.h>

struct filter;

/*
 * Are there calls that need not be stopped at?  Not if the filter names the kernel's own restart_syscall, which is only
 * told of where every call is.  Makes ready what kernel_filter_install() needs.
 */
bool kernel_filter_prepare(const struct filter *);

/*
 * In the process that is to become the command.  False: it could not be, or not without taking away rights that the
 * command would have under truss.  From then on a call that is shown fails with ENOSYS without a tracer that has said
 * bsd_ptrace_calls().
 */
bool kernel_filter_install(void);

#endif
