/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The serving thread: it waits for tracees' events as any thread of the program may, and acts on those
 * that are not reported.  What is to be reported stays for the program's own waits.
 */
#include <errno.h>

#include "api/api.h"
#include "host/linux/linux.h"

/*
 * asked: by the program.  Without that it runs as long as there are processes out of sight: under stop
 * events, or threads to be let go that could not be at once.  All under the tracer's lock.
 */
static bool asked, running;

static void *
serve(void *unused)
{
	struct tracer *tr = tracer_enter();
	int error;

	(void)unused;
	while (tr != NULL && (asked || tracer_has_unseen(tr))) {
		error = wait_serve(tr);
		if (error == ECHILD) {
			tracer_leave(tr);
			lx_rest();
			tr = tracer_enter();
		}
	}
	running = false;
	if (tr != NULL)
		tracer_leave(tr);
	return (NULL);
}

/* With the lock held. */
int
service_start(void)
{
	int error = 0;

	if (!running) {
		running = true;
		if ((error = thread_start(serve, NULL)) != 0)
			running = false;
	}
	return (error);
}

int
service_ask(bool on)
{
	asked = on;
	return (on ? service_start() : 0);
}

void
service_forget(void)
{
	asked = running = false;
}
