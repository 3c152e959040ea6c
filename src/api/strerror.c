/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the calling thread's last failed request failed for.
 */
#include <errno.h>

#include "api/api.h"
#include "host/linux/linux.h"

static _Thread_local struct refusal last;

void
refusal_keep(const struct refusal *rf)
{
	last = *rf;
}

/* Without the lock: nothing of the tracer's is looked at, and another thread's request is not held up. */
PUBLIC const char *
bsd_ptrace_strerror(void)
{
	static _Thread_local char text[EXPLAIN_SIZE];
	int error = errno;

	refusal_explain(&lx_bare_host, &last, text);
	errno = error;
	return (text);
}
