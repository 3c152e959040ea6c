/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Beginning to follow: a command of our own, or processes that are there already.
 */
#include "start.h"

#include <bsdptrace.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/fail.h"
#include "call.h"
#include "detach.h"
#include "event.h"
#include "kernel_filter.h"
#include "request.h"

/* ---- A command ---- */

static bool
is_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return (false);
	errno = EACCES;
	return (S_ISREG(st.st_mode) && access(path, X_OK) == 0);
}

/* Looks a name up in PATH, as a shell does; false with errno: ENOENT, or EACCES if a file was there. */
static bool
find_in_path(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH"), *end;
	int error = ENOENT;

	for (const char *dir = dirs ? dirs : "/bin:/usr/bin"; *dir != '\0'; dir = end + (*end == ':')) {
		end = strchrnul(dir, ':');
		snprintf(path, size, "%.*s%s%s", (int)(end - dir), dir, end > dir ? "/" : "", name);
		if (is_executable(path))
			return (true);
		if (errno == EACCES)
			error = EACCES;
	}
	errno = error;
	return (false);
}

static _Noreturn void
cannot_run(const char *name, int error)
{
	complain("%s: %s", name, strerror(error));
	exit(error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/*
 * The child shares our memory until it has the program, so it can say why it did not get it, and why it may not be
 * traced.
 */
static pid_t
spawn(const char *path, char **argv, int *error)
{
	volatile int failure = 0;
	volatile bool traced = true;
	pid_t pid = vfork();

	if (pid == 0) {
		if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
			traced = false;
		else {
			execve(path, argv, environ);
			failure = errno;
		}
		_exit(EXIT_NOT_FOUND);
	}
	if (!traced)
		fail("cannot trace %s: %s", argv[0], bsd_ptrace_strerror());
	*error = pid == -1 ? errno : failure;
	return (pid);
}

/* The stop for the exec, which follows the end of the exec itself. */
static void
wait_for_exec(pid_t pid, const char *name, int error)
{
	int status;
	pid_t found;

	do
		found = bsd_waitpid(pid, &status, 0);
	while (found == -1 && errno == EINTR);
	if (error != 0)
		cannot_run(name, error);
	if (found != pid || !WIFSTOPPED(status))
		fail("%s: died before it could be followed", name);
}

/*
 * With a filter the child first waits for us to have said that we mind it, so it cannot be of a vfork; what it says it
 * writes to memory that both have.
 */
struct said {
	volatile int failure;
	volatile bool traced, filtered;
	char why[256]; /* it may not be traced */
};

static _Noreturn void
become_filtered(const char *path, char **argv, struct said *said)
{
	said->traced = bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0;
	if (said->traced) {
		raise(SIGSTOP);
		said->filtered = kernel_filter_install();
		execve(path, argv, environ);
		said->failure = errno;
	} else
		snprintf(said->why, sizeof(said->why), "%s", bsd_ptrace_strerror());
	_exit(EXIT_NOT_FOUND);
}

static bool
is_exec_stop(pid_t pid, int sig)
{
	struct ptrace_lwpinfo info;

	return (sig == SIGTRAP && request_stop(pid, sig, &info) && (info.pl_flags & PL_FLAG_EXEC) != 0);
}

/* Over the SIGSTOP, and what signals there may be, to the exec.  False: it has ended. */
static bool
lead_to_exec(pid_t pid)
{
	bool minded = false;
	int status, sig;

	for (;;) {
		if (bsd_waitpid(pid, &status, 0) == -1) {
			if (errno != EINTR)
				return (false);
			continue;
		}
		if (!WIFSTOPPED(status))
			return (false);
		sig = WSTOPSIG(status);
		if (is_exec_stop(pid, sig))
			return (true);
		if (!minded && sig == SIGSTOP) {
			minded = bsd_ptrace_calls(pid, true) == 0;
			sig = 0;
		}
		request("continue", PT_CONTINUE, pid, (void *)1, sig);
	}
}

static pid_t
start_filtered(const char *path, char **argv, struct command *command)
{
	struct said *said =
	    mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	bool lives;

	if (said == MAP_FAILED || (pid = fork()) == -1)
		fail("start %s: %s", argv[0], strerror(errno));
	if (pid == 0)
		become_filtered(path, argv, said);
	lives = lead_to_exec(pid);
	if (!lives && said->failure != 0)
		cannot_run(argv[0], said->failure);
	if (!lives && said->why[0] != '\0')
		fail("cannot trace %s: %s", argv[0], said->why);
	if (!lives)
		fail("%s: died before it could be followed", argv[0]);
	command->filtered = said->filtered;
	if (!said->filtered)
		bsd_ptrace_calls(pid, false);
	munmap(said, sizeof(*said));
	return (pid);
}

static pid_t
start_plain(const char *path, char **argv)
{
	int error;
	pid_t pid = spawn(path, argv, &error);

	if (pid == -1)
		fail("start %s: %s", argv[0], strerror(error));
	wait_for_exec(pid, argv[0], error);
	return (pid);
}

/* What is not followed would have the filter, and nobody who minds it. */
static bool
is_to_be_filtered(const struct options *opt)
{
	return (opt->follow && !opt->every_stop && kernel_filter_prepare(opt->filter));
}

static void
first_call(const struct options *opt, pid_t pid, const char *path)
{
	struct thread *t = thread_add(proc_add(pid), bsd_lwpid(pid));

	call_exec_command(opt, t, path, opt->command, environ);
	event_exec(opt, t);
}

void
start_command(const struct options *opt, struct command *command)
{
	char path[PATH_MAX];
	const char *name = opt->command[0];
	pid_t pid;

	if (strchr(name, '/') != NULL)
		snprintf(path, sizeof(path), "%s", name);
	else if (!find_in_path(name, path, sizeof(path)))
		cannot_run(name, errno);
	if (is_to_be_filtered(opt))
		pid = start_filtered(path, opt->command, command);
	else
		pid = start_plain(path, opt->command);
	command->pid = pid;
	first_call(opt, pid, path);
	if (opt->follow)
		request("follow forks of", PT_FOLLOW_FORK, pid, NULL, 1);
	request_continue(pid, 0);
}

/* ---- Processes that are there ---- */

/* The process that a thread belongs to, which is what waits speak of; id itself where that cannot be said. */
static pid_t
process_of(pid_t id)
{
	char path[32], line[128];
	pid_t pid = id;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", id);
	if ((f = fopen(path, "re")) == NULL)
		return (id);
	while (fgets(line, sizeof(line), f) != NULL && sscanf(line, "Tgid: %d", &pid) != 1)
		;
	fclose(f);
	return (pid);
}

static void
attach(const struct options *opt, pid_t pid)
{
	struct command none = { 0 };
	const char *why;

	if (bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0) {
		proc_add(pid)->fresh = true;
		return;
	}
	why = bsd_ptrace_strerror();
	detach_all(opt, &none);
	fail("cannot attach: %s", why);
}

void
start_attach(const struct options *opt)
{
	for (size_t i = 0; i < opt->npids; i++) {
		pid_t pid = process_of(opt->pids[i]);

		if (proc_find(pid) == NULL)
			attach(opt, pid);
	}
}
