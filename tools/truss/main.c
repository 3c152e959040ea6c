/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * truss: shows the system calls, signals and other events of processes.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../common/fail.h"
#include "count.h"
#include "follow.h"
#include "interrupt.h"
#include "output.h"
#include "start.h"

/* The command went on without us; its end is awaited, since its status is ours. */
static void
await(struct command *command)
{
	int error = output_error();

	if (command->pid == 0 || command->ended)
		return;
	if (error == EPIPE)
		kill(command->pid, SIGPIPE); /* as every other writer to that pipe */
	while (!command->ended) {
		pid_t pid = bsd_waitpid(command->pid, &command->status, 0);

		if (pid == -1 && (errno != EINTR || interrupt_take(command->pid) != 0))
			return;
		command->ended = pid == command->pid;
	}
}

/* Dies as the command did, so that who waits for us sees the same; without a second core. */
static _Noreturn void
die_by(int sig)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;

	setrlimit(RLIMIT_CORE, &none);
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(128 + sig);
}

static _Noreturn void
leave(const struct command *command)
{
	int error = output_error();

	if (error != 0 && error != EPIPE)
		fail("write: %s", strerror(error));
	if (command->ended && WIFSIGNALED(command->status))
		die_by(WTERMSIG(command->status));
	exit(command->ended ? WEXITSTATUS(command->status) : EXIT_SUCCESS);
}

int
main(int argc, char **argv)
{
	struct options opt;
	struct command command = { 0 };

	options_parse(&opt, argc, argv);
	(void)bsd_ptrace_place(BSD_PLACE_AUTO); /* without it all is as right, and slower */
	output_open(&opt);
	interrupt_catch(opt.command != NULL);
	if (opt.command != NULL)
		start_command(&opt, &command);
	else
		start_attach(&opt);
	follow(&opt, &command);
	if (opt.counts)
		count_print(output_plain(), opt.json);
	output_flush();
	if (command.left)
		follow_silently(&command);
	await(&command);
	options_free(&opt);
	leave(&command);
}
