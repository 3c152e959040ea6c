/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals to truss itself that ask it to end.
 */
#include "interrupt.h"

#include <signal.h>
#include <sys/time.h>

#include "output.h"

static volatile sig_atomic_t caught, from_terminal;

/* The signal may come just before a wait begins, and not end it; the alarms that follow do. */
static void
on_signal(int sig, siginfo_t *si, void *context)
{
	struct itimerval soon = { { 0, 50000 }, { 0, 50000 } };

	caught = sig;
	from_terminal = si->si_code > 0;
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void catch (int sig, void (*handler)(int, siginfo_t *, void *), bool even_ignored)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, old;

	sigaction(sig, NULL, &old);
	if (even_ignored || old.sa_handler != SIG_IGN)
		sigaction(sig, &sa, NULL);
}

/* A pipe that nobody reads shows as an error of write(2). */
static void
on_pipe(int sig, siginfo_t *si, void *context)
{
}

void
interrupt_catch(bool command)
{
	catch (SIGINT, on_signal, !command);
	catch (SIGQUIT, on_signal, !command);
	catch (SIGTERM, on_signal, !command);
	catch (SIGHUP, on_signal, false);
	catch (SIGPIPE, on_pipe, false);
}

int
interrupt_take(pid_t command)
{
	struct itimerval never = { 0 };
	int sig = caught;

	if (sig == 0)
		return (0);
	caught = 0;
	setitimer(ITIMER_REAL, &never, NULL);
	output_flush(); /* which counts on the same timer */
	return (command > 0 && from_terminal ? 0 : sig);
}
