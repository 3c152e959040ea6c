/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * minitruss [-f] [-p pid | command ...]: prints system calls, signals, execs, forks and exits.
 * As written for FreeBSD 10: this file knows nothing of Linux.
 */
#include <sys/cdefs.h>
__FBSDID("$FreeBSD$");

#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/queue.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <machine/reg.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct process {
	LIST_ENTRY(process) entries;
	pid_t pid;
	u_int calls;
};

static LIST_HEAD(, process) processes = LIST_HEAD_INITIALIZER(processes);
static int follow;
static volatile sig_atomic_t detaching;

static const struct {
	u_int code;
	const char *name;
} names[] = {
	{ SYS_getpid, "getpid" },
	{ SYS_getppid, "getppid" },
	{ SYS_write, "write" },
	{ SYS_exit, "exit" },
	{ SYS_kill, "kill" },
	{ SYS_fork, "fork" },
	{ SYS_vfork, "vfork" },
	{ SYS_execve, "execve" },
};

static void usage(void) __dead2;
static void say(pid_t, const char *, ...) __printflike(2, 3);

static void
usage(void)
{

	fprintf(stderr, "usage: %s [-f] [-p pid | command ...]\n", getprogname());
	exit(EX_USAGE);
}

static void
say(pid_t pid, const char *fmt, ...)
{
	va_list ap;

	if (follow)
		printf("%d: ", (int)pid);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static const char *
call_name(u_int code)
{
	u_int i;

	for (i = 0; i < nitems(names); i++)
		if (names[i].code == code)
			return (names[i].name);
	return (NULL);
}

static struct process *
process_find(pid_t pid)
{
	struct process *p;

	LIST_FOREACH(p, &processes, entries)
		if (p->pid == pid)
			return (p);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, "calloc");
	p->pid = pid;
	LIST_INSERT_HEAD(&processes, p, entries);
	return (p);
}

static void
forget(pid_t pid)
{
	struct process *p, *tmp;

	LIST_FOREACH_SAFE(p, &processes, entries, tmp) {
		if (p->pid != pid)
			continue;
		LIST_REMOVE(p, entries);
		free(p);
	}
}

static void
on_interrupt(int sig __unused)
{

	detaching = 1;
}

/* Tells of the stop and returns the signal to go on with. */
static int
report(struct process *p, int sig)
{
	struct ptrace_lwpinfo lwpinfo;
	const char *name;

	if (ptrace(PT_LWPINFO, p->pid, (caddr_t)&lwpinfo, sizeof(lwpinfo)) == -1)
		err(1, "PT_LWPINFO");
	if (lwpinfo.pl_flags & PL_FLAG_CHILD)
		say(p->pid, "<new process>");
	if (lwpinfo.pl_flags & PL_FLAG_FORKED)
		say(p->pid, "<forked>");
	if (lwpinfo.pl_flags & PL_FLAG_EXEC)
		say(p->pid, "<exec>");
	if (lwpinfo.pl_flags & PL_FLAG_SCE) {
		p->calls++;
		if ((name = call_name(lwpinfo.pl_syscall_code)) != NULL)
			say(p->pid, "%s/%u ...", name, lwpinfo.pl_syscall_narg);
		return (0);
	}
	if (lwpinfo.pl_flags & PL_FLAG_SCX) {
		if ((name = call_name(lwpinfo.pl_syscall_code)) != NULL)
			say(p->pid, "... %s", name);
		return (0);
	}
	if ((lwpinfo.pl_flags & PL_FLAG_SI) == 0 || sig == SIGTRAP || sig == SIGSTOP)
		return (0);
	say(p->pid, "SIGNAL %d from %s", sig,
	    lwpinfo.pl_siginfo.si_pid == p->pid ? "itself" : "somebody");
	return (sig);
}

static void
start_command(char *argv[])
{
	pid_t pid;

	switch (pid = fork()) {
	case -1:
		err(1, "fork");
	case 0:
		if (ptrace(PT_TRACE_ME, 0, NULL, 0) == -1)
			_exit(127);
		execvp(argv[0], argv);
		_exit(127);
	default:
		(void)process_find(pid);
	}
}

static void
go_on(pid_t pid, int sig, int first)
{

	if (first && follow && ptrace(PT_FOLLOW_FORK, pid, NULL, 1) == -1)
		err(1, "PT_FOLLOW_FORK");
	if (ptrace(PT_SYSCALL, pid, (caddr_t)1, sig) == -1 && errno != ESRCH)
		err(1, "PT_SYSCALL");
}

static void
loop(void)
{
	siginfo_t si;
	struct process *p;
	int sig;

	while (!LIST_EMPTY(&processes)) {
		if (waitid(P_ALL, 0, &si, WTRAPPED | WEXITED) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "waitid");
		}
		p = process_find(si.si_pid);
		switch (si.si_code) {
		case CLD_TRAPPED:
			sig = report(p, si.si_status);
			go_on(si.si_pid, sig, p->calls == 0);
			break;
		case CLD_EXITED:
			say(si.si_pid, "process exit, rval = %d", si.si_status);
			forget(si.si_pid);
			break;
		case CLD_KILLED:
		case CLD_DUMPED:
			say(si.si_pid, "process killed, signal = %d", si.si_status);
			forget(si.si_pid);
			break;
		default:
			errx(1, "si_code %d", si.si_code);
		}
		fflush(stdout);
	}
}

int
main(int argc, char *argv[])
{
	pid_t pid = 0;
	int ch;

	while ((ch = getopt(argc, argv, "fp:")) != -1)
		switch (ch) {
		case 'f':
			follow = 1;
			break;
		case 'p':
			pid = atoi(optarg);
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if ((pid == 0) == (argc == 0))
		usage();
	if (signal(SIGINT, on_interrupt) == SIG_ERR)
		err(1, "signal");
	if (pid == 0)
		start_command(argv);
	else if (ptrace(PT_ATTACH, pid, NULL, 0) == -1)
		err(1, "PT_ATTACH %d", (int)pid);
	else
		(void)process_find(pid);
	loop();
	exit(0);
}
