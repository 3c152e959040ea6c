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
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	    PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* What the floor does at a stop beside going on. */
enum floor {
	NOTHING,
	ASKS,	/* asks for the call, and for what it reads and writes */
	FILTERS /* the kernel tells of the beginning of getdents64 alone, and it of the end */
};

struct run {
	const char *const *command;
	const char *const *tool; /* what traces it, in front of the command */
	enum floor floor;
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

/* ---- the floor ---- */

static _Noreturn void
become(const char *const *argv)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void
install_filter(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog filter = {sizeof(code) / sizeof(code[0]), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
		_exit(127);
}

static pid_t
start_floor(const struct run *r)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(127);
		if (r->floor == FILTERS)
			install_filter();
		become(r->command);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) != 0)
		bench_die("fork");
	return (pid);
}

static int
passed_on(int status)
{
	int sig = WSTOPSIG(status);

	return (status >> 16 != 0 || sig == SYSCALL_STOP || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
}

/* What is read and written has one byte here. */
static void
ask(pid_t tid, int status)
{
	static struct __ptrace_syscall_info call;
	struct __ptrace_syscall_info info;
	char byte;
	struct iovec local = {.iov_base = &byte, .iov_len = 1}, remote = {.iov_len = 1};

	if (WSTOPSIG(status) != SYSCALL_STOP || ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call = info;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY ? call.entry.nr != SYS_write : call.entry.nr != SYS_read)
		return;
	remote.iov_base = (void *)(uintptr_t)call.entry.args[1];
	(void)process_vm_readv(tid, &local, 1, &remote, 1, 0);
}

static void
go_on(const struct run *r, pid_t tid, int status)
{
	bool freely = r->floor == FILTERS && status >> 16 != PTRACE_EVENT_SECCOMP;

	if (r->floor == ASKS)
		ask(tid, status);
	(void)ptrace(freely ? PTRACE_CONT : PTRACE_SYSCALL, tid, NULL, (long)passed_on(status));
}

/* How many stops there were. */
static unsigned long
bare(const struct run *r)
{
	pid_t pid = start_floor(r), tid;
	unsigned long stops = 0;
	int status, first = -1;

	go_on(r, pid, SIGSTOP << 8 | 0x7f);
	while ((tid = wait4(-1, &status, __WALL, NULL)) > 0) {
		if (tid == pid)
			first = status;
		if (!WIFSTOPPED(status))
			continue;
		go_on(r, tid, status);
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

/* ---- tools ---- */

static void
run_tool(void *arg, unsigned long times)
{
	const struct run *r = arg;
	const char *argv[32];
	int n, i;

	for (n = 0; r->tool[n] != NULL; n++)
		argv[n] = r->tool[n];
	for (i = 0; (argv[n + i] = r->command[i]) != NULL; i++)
		;
	while (times-- > 0)
		bench_finish(bench_start(argv));
}

static void
measure(const char *what, const char *how, const struct run *r)
{
	struct run run = *r;
	struct bench b = {.ours = run_tool, .floor = run_bare, .arg = &run, .units = bare(r), .at_most = 1.15};
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%s", what, how);
	b.what = text;
	bench_run(&b);
	if (r->floor != NOTHING || !bench_has("strace"))
		return;
	run.tool = (const char *const[]){"strace", "-f", "-o", out_path, NULL};
	b.what = "strace of the same";
	b.at_most = 0;
	bench_run(&b);
}

static void
measure_both(const char *what, const char *const *free_, const char *const *bound)
{
	const char *const truss[] = {truss_path, "-f", "-o", out_path, NULL};
	struct run r = {.tool = truss, .command = free_};

	if (free_[0][0] != '/' && !bench_has(free_[0]))
		return;
	measure(what, "", &r);
	r.command = bound;
	bench_bind(0, 0);
	measure(what, ", on one processor", &r);
	bench_unbind(0);
}

static void
measure_asking(const char *const *command)
{
	const char *const truss[] = {truss_path, "-f", "-o", out_path, NULL};

	bench_bind(0, 0);
	measure("the same beside a loop that asks", "", &(struct run){command, truss, ASKS});
	bench_unbind(0);
}

static void
measure_filtered(const char *const *command)
{
	const char *const truss[] = {truss_path, "-f", "-t", "getdents64", "-o", out_path, NULL};
	struct run r = {command, truss, FILTERS};

	measure("find, -t getdents64", "", &r);
	bench_bind(0, 0);
	measure("find, -t getdents64", ", on one processor", &r);
	bench_unbind(0);
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
	const char *all[] = {"find", "/usr/share", NULL};
	const char *compile[] = {"cc", "-c", "-o", object_path, source_path, NULL};
	const char *threaded[] = {self_path, "threads", NULL};

	if (argc > 1 && strcmp(argv[1], "threads") == 0)
		return (threads());
	find_truss();
	make_files();
	if (atexit(remove_files) != 0)
		bench_die("atexit");
	measure_both("dd bs=1", few, many);
	measure_asking(many);
	measure_both("find", find, find);
	measure_filtered(all);
	measure_both("a compile", compile, compile);
	measure_both("4 threads", threaded, threaded);
	return (0);
}
