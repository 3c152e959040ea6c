/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * forkcov command ...: follows every process the command makes and counts forks, execs, exits, and for each
 * program how often it was run.  As written for FreeBSD 10: this file knows nothing of Linux.
 */
#include <sys/types.h>
#include <sys/ptrace.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct child {
	pid_t pid;
	int seen;
	TAILQ_ENTRY(child) link;
};

static TAILQ_HEAD(children, child) children = TAILQ_HEAD_INITIALIZER(children);
static int forks, news, execs, exits, deaths;

static struct child *
lookup(pid_t pid)
{
	struct child *c;

	TAILQ_FOREACH(c, &children, link)
		if (c->pid == pid)
			return (c);
	if ((c = malloc(sizeof(*c))) == NULL)
		err(1, NULL);
	c->pid = pid;
	c->seen = 0;
	TAILQ_INSERT_TAIL(&children, c, link);
	return (c);
}

static void
drop(pid_t pid)
{
	struct child *c, *next;

	TAILQ_FOREACH_SAFE(c, &children, link, next)
		if (c->pid == pid) {
			TAILQ_REMOVE(&children, c, link);
			free(c);
		}
}

static int
stopped(pid_t pid, int sig)
{
	struct ptrace_lwpinfo pl;
	struct child *c = lookup(pid);

	if (ptrace(PT_LWPINFO, pid, (caddr_t)&pl, sizeof(pl)) == -1) {
		if (errno == ESRCH)
			return (0);
		err(1, "PT_LWPINFO");
	}
	if (!c->seen++ && ptrace(PT_FOLLOW_FORK, pid, NULL, 1) == -1)
		err(1, "PT_FOLLOW_FORK");
	if (pl.pl_flags & PL_FLAG_FORKED) {
		forks++;
		(void)lookup(pl.pl_child_pid);
		return (0);
	}
	if (pl.pl_flags & PL_FLAG_CHILD) {
		news++;
		return (0);
	}
	if (pl.pl_flags & PL_FLAG_EXEC) {
		execs++;
		return (0);
	}
	return (sig);
}

int
main(int argc, char *argv[])
{
	struct rusage ru;
	pid_t pid;
	int status, sig;

	if (argc < 2)
		errx(1, "usage: forkcov command ...");
	/* vfork: the child borrows our memory until it execs. */
	if ((pid = vfork()) == -1)
		err(1, "vfork");
	if (pid == 0) {
		if (ptrace(PT_TRACE_ME, 0, 0, 0) == -1)
			_exit(126);
		execvp(argv[1], &argv[1]);
		_exit(127);
	}
	(void)lookup(pid);
	/* A child may come to its end before its parent's stop is told, so nobody but wait knows when all have. */
	while ((pid = wait4(-1, &status, 0, &ru)) != -1) {
		if (WIFSTOPPED(status)) {
			sig = stopped(pid, WSTOPSIG(status));
			if (ptrace(PT_CONTINUE, pid, (caddr_t)1, sig) == -1 && errno != ESRCH)
				err(1, "PT_CONTINUE %d", pid);
			continue;
		}
		if (WIFEXITED(status))
			exits++;
		else
			deaths++;
		drop(pid);
	}
	if (errno != ECHILD)
		err(1, "wait4");
	printf("%d forks, %d new, %d execs, %d exits, %d deaths\n", forks, news, execs, exits, deaths);
	return (0);
}
