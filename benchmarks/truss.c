/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * truss -f -o FILE beside a bare loop that traces the same command, follows what it makes, and shows nothing.  Each
 * command is run where the scheduler puts both, and once more with both on one processor, where a stop is cheap and
 * what truss adds shows most.  strace beside the same loop, if there is one, tells what others take.
 *
 * A figure is the cost of one stop: the time of a whole run over the stops that the bare loop has counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	    PTRACE_O_EXITKILL)

struct run {
	const char *const *command;
	const char *const *tool; /* what traces it, in front of the command */
};

static char dir[] = "/tmp/bench-truss.XXXXXX";
static char truss_path[PATH_MAX], self_path[PATH_MAX], out_path[64], source_path[64], object_path[64];

/* ---- a program with threads ---- */

#define THREADS 4
#define ROUNDS	400

static void *
thread(void *pipes)
{
	const int *fds = pipes;
	char byte = 0;

	for (int i = 0; i < ROUNDS; i++)
		if (write(fds[1], &byte, 1) != 1 || read(fds[0], &byte, 1) != 1 || syscall(SYS_getppid) < 0)
			return (pipes);
	return (NULL);
}

static int
threads(void)
{
	pthread_t t[THREADS];
	int fds[THREADS][2];
	void *failed;

	for (int i = 0; i < THREADS; i++)
		if (pipe(fds[i]) != 0 || pthread_create(&t[i], NULL, thread, fds[i]) != 0)
			bench_die("threads");
	for (int i = 0; i < THREADS; i++)
		if (pthread_join(t[i], &failed) != 0 || failed != NULL)
			bench_die("threads");
	return (0);
}

/* ---- running ---- */

static _Noreturn void
become(const char *const *argv)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
passed_on(int status)
{
	int sig = WSTOPSIG(status);

	return (status >> 16 != 0 || sig == (SIGTRAP | 0x80) || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
}

/* The floor: how many stops there were. */
static unsigned long
bare(const struct run *r)
{
	unsigned long stops = 0;
	int status, first;
	pid_t pid = fork(), tid;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(127);
		become(r->command);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) != 0)
		bench_die("fork");
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	for (first = -1; (tid = wait4(-1, &status, __WALL, NULL)) > 0;) {
		if (tid == pid)
			first = status;
		if (!WIFSTOPPED(status))
			continue;
		(void)ptrace(PTRACE_SYSCALL, tid, NULL, (long)passed_on(status));
		stops++;
	}
	errno = ECHILD;
	if (!WIFEXITED(first) || WEXITSTATUS(first) != 0)
		bench_die(r->command[0]);
	return (stops);
}

static void
run_bare(void *arg, unsigned long times)
{
	while (times-- > 0)
		(void)bare(arg);
}

static void
run_tool(void *arg, unsigned long times)
{
	const struct run *r = arg;
	const char *argv[32];
	int status, n, i;
	pid_t pid;

	for (n = 0; r->tool[n] != NULL; n++)
		argv[n] = r->tool[n];
	for (i = 0; (argv[n + i] = r->command[i]) != NULL; i++)
		;
	while (times-- > 0) {
		if ((pid = fork()) == 0)
			become(argv);
		if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			bench_die(argv[0]);
	}
}

/* ---- what is measured ---- */

/* Is it there, and can it do its work here?  Run as it will be. */
static bool
works(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		become(argv);
	return (pid != -1 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
bind_to(int cpu, bool on, const cpu_set_t *all)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), on ? &one : all) != 0)
		bench_die("sched_setaffinity");
}

static void
measure(const char *what, const char *how, const char *const *command)
{
	const char *truss[] = {truss_path, "-f", "-o", out_path, NULL};
	const char *strace[] = {"strace", "-f", "-o", out_path, NULL};
	struct run r = {.command = command, .tool = truss};
	struct bench b = {.ours = run_tool, .floor = run_bare, .arg = &r, .units = bare(&r), .at_most = 1.15};
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%s", what, how);
	b.what = text;
	bench_run(&b);
	if (!works((const char *const[]){"strace", "-V", NULL}))
		return;
	(void)snprintf(text, sizeof(text), "strace of the same");
	r.tool = strace;
	b.at_most = 0;
	bench_run(&b);
}

static void
measure_both(const char *what, const char *const *free_, const char *const *bound)
{
	cpu_set_t all;

	if (!works(free_)) {
		fprintf(stderr, "bench: %s does not run here: left out\n", free_[0]);
		return;
	}
	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		bench_die("sched_getaffinity");
	measure(what, "", free_);
	bind_to(sched_getcpu(), true, &all);
	measure(what, ", on one processor", bound);
	bind_to(0, false, &all);
}

/* ---- set up ---- */

static void
find_truss(void)
{
	ssize_t n = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);
	char *slash;

	if (n == -1)
		bench_die("/proc/self/exe");
	self_path[n] = '\0';
	slash = strrchr(self_path, '/');
	(void)snprintf(truss_path, sizeof(truss_path), "%.*s/../tools/truss/truss", (int)(slash - self_path), self_path);
	if (access(truss_path, X_OK) != 0)
		bench_die(truss_path);
}

static void
make_files(void)
{
	FILE *f;

	if (mkdtemp(dir) == NULL)
		bench_die(dir);
	(void)snprintf(out_path, sizeof(out_path), "%s/out", dir);
	(void)snprintf(source_path, sizeof(source_path), "%s/a.c", dir);
	(void)snprintf(object_path, sizeof(object_path), "%s/a.o", dir);
	if ((f = fopen(source_path, "w")) == NULL ||
	    fputs("#include <stdio.h>\n#include <stdlib.h>\nint main(void) { return (puts(\"\") == EOF); }\n", f) == EOF ||
	    fclose(f) != 0)
		bench_die(source_path);
}

static void
remove_files(void)
{
	(void)unlink(out_path);
	(void)unlink(source_path);
	(void)unlink(object_path);
	(void)rmdir(dir);
}

int
main(int argc, char **argv)
{
	const char *few[] = {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1500", NULL};
	const char *many[] = {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=10000", NULL};
	const char *find[] = {"find", "/usr/share", "-maxdepth", "2", NULL};
	const char *compile[] = {"cc", "-c", "-o", object_path, source_path, NULL};
	const char *threaded[] = {self_path, "threads", NULL};

	if (argc > 1 && strcmp(argv[1], "threads") == 0)
		return (threads());
	find_truss();
	make_files();
	if (atexit(remove_files) != 0)
		bench_die("atexit");
	measure_both("dd bs=1", few, many);
	measure_both("find", find, find);
	measure_both("a compile", compile, compile);
	measure_both("4 threads", threaded, threaded);
	return (0);
}
