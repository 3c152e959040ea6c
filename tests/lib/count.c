/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The counting process is a child of a child, so that no wait of this one's finds it.
 */
#include "count.h"

#include <dirent.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 64
#define CALLS_MAX   4096 /* whose names are kept */
#define NO_CALL	    0x5eed /* the kernel has none of that number: where counting begins and ends */

struct made {
	pid_t tid;
	unsigned long long nr, arg;
};

/* The counting process' own. */
struct counter {
	pid_t pid;
	pid_t tids[THREADS_MAX];
	size_t ntids;
	bool steps;   /* count instructions */
	bool counting, over;
	long n;
	struct made made[CALLS_MAX];
};

/* ---- names ---- */

static const struct {
	unsigned long long nr;
	const char *name;
} calls[] = {
	{SYS_ptrace, "ptrace"}, {SYS_wait4, "wait4"}, {SYS_waitid, "waitid"}, {SYS_futex, "futex"},
	{SYS_read, "read"}, {SYS_write, "write"}, {SYS_pread64, "pread64"}, {SYS_pwrite64, "pwrite64"},
	{SYS_close, "close"}, {SYS_openat, "openat"}, {SYS_ioctl, "ioctl"}, {SYS_fstat, "fstat"},
#ifdef SYS_newfstatat
	{SYS_newfstatat, "fstat"},
#endif
	{SYS_process_vm_readv, "process_vm_readv"}, {SYS_process_vm_writev, "process_vm_writev"},
	{SYS_tgkill, "tgkill"}, {SYS_kill, "kill"}, {SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo"},
	{SYS_rt_sigaction, "rt_sigaction"}, {SYS_rt_sigprocmask, "rt_sigprocmask"},
	{SYS_sched_setaffinity, "sched_setaffinity"}, {SYS_sched_getaffinity, "sched_getaffinity"},
	{SYS_getcpu, "getcpu"}, {SYS_sched_yield, "sched_yield"}, {SYS_getpid, "getpid"}, {SYS_gettid, "gettid"},
	{SYS_mmap, "mmap"}, {SYS_munmap, "munmap"}, {SYS_brk, "brk"}, {SYS_madvise, "madvise"},
	{SYS_clock_nanosleep, "clock_nanosleep"}, {SYS_clock_gettime, "clock_gettime"}, {SYS_getuid, "getuid"},
};

static const char *const requests[] = {
	[0] = "TRACEME", [1] = "PEEKTEXT", [2] = "PEEKDATA", [3] = "PEEKUSER", [4] = "POKETEXT", [5] = "POKEDATA",
	[6] = "POKEUSER", [7] = "CONT", [8] = "KILL", [9] = "SINGLESTEP", [12] = "GETREGS", [13] = "SETREGS",
	[14] = "GETFPREGS", [15] = "SETFPREGS", [16] = "ATTACH", [17] = "DETACH", [18] = "GETFPXREGS",
	[19] = "SETFPXREGS", [24] = "SYSCALL",
};

static const char *const new_requests[] = {
	"SETOPTIONS", "GETEVENTMSG", "GETSIGINFO", "SETSIGINFO", "GETREGSET", "SETREGSET", "SEIZE", "INTERRUPT", "LISTEN",
	"PEEKSIGINFO", "GETSIGMASK", "SETSIGMASK", "SECCOMP_GET_FILTER", "SECCOMP_GET_METADATA", "GET_SYSCALL_INFO",
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int
print_made(const struct made *m, char *text, size_t size)
{
	const char *name = NULL;

	for (size_t i = 0; i < COUNT_OF(calls) && name == NULL; i++)
		if (calls[i].nr == m->nr)
			name = calls[i].name;
	if (name == NULL)
		return (snprintf(text, size, "call%llu", m->nr));
	if (m->nr != SYS_ptrace)
		return (snprintf(text, size, "%s", name));
	name = NULL;
	if (m->arg < COUNT_OF(requests))
		name = requests[m->arg];
	else if (m->arg >= 0x4200 && m->arg - 0x4200 < COUNT_OF(new_requests))
		name = new_requests[m->arg - 0x4200];
	return (name != NULL ? snprintf(text, size, "ptrace:%s", name) : snprintf(text, size, "ptrace:%llu", m->arg));
}

static void
print_names(const struct made *made, long n, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (long i = 0; i < n && at + 1 < size; i++) {
		if (i > 0)
			text[at++] = ' ';
		at += (size_t)print_made(&made[i], text + at, size - at);
	}
}

/* ---- the counting process ---- */

static long
sys_ptrace(long request, pid_t tid, void *addr, void *data)
{
	return (syscall(SYS_ptrace, request, (long)tid, addr, data));
}

static bool
seize_all(struct counter *c)
{
	char path[64];
	struct dirent *d;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)c->pid);
	if ((dir = opendir(path)) == NULL)
		return (false);
	while ((d = readdir(dir)) != NULL && c->ntids < THREADS_MAX)
		if (d->d_name[0] != '.')
			c->tids[c->ntids++] = (pid_t)atoi(d->d_name);
	(void)closedir(dir);
	for (size_t i = 0; i < c->ntids; i++)
		if (sys_ptrace(PTRACE_SEIZE, c->tids[i], NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0)
			return (false);
	return (true);
}

static bool
stop_one(pid_t tid)
{
	int status;

	return (sys_ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0 && waitpid(tid, &status, __WALL) == tid);
}

static void
go_on(const struct counter *c, pid_t tid, int sig)
{
	(void)sys_ptrace(c->steps && tid == c->pid ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, tid, NULL,
	    (void *)(long)sig);
}

/* The kernel's own errno values of a call that it will make again. */
static bool
made_again(long long result)
{
	return (result == -512 || result == -513 || result == -514 || result == -516);
}

static void
take_back(struct counter *c, pid_t tid)
{
	long kept = c->n < CALLS_MAX ? c->n : CALLS_MAX, i = kept;

	c->n--;
	while (--i >= 0)
		if (c->made[i].tid == tid) {
			memmove(&c->made[i], &c->made[i + 1], (size_t)(kept - i - 1) * sizeof(c->made[i]));
			return;
		}
}

static void
at_call(struct counter *c, pid_t tid)
{
	struct ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	if (sys_ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && c->counting && made_again(info.exit.rval))
		take_back(c, tid);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (info.entry.nr == NO_CALL) {
		c->over = c->counting;
		c->counting = true;
	} else if (c->counting) {
		if (c->n < CALLS_MAX)
			c->made[c->n] = (struct made){tid, info.entry.nr, info.entry.args[0]};
		c->n++;
	}
}

static __attribute__((noinline)) void
mark(void)
{
	(void)syscall(NO_CALL);
}

#if defined(__x86_64__)
#define PC offsetof(struct user, regs.rip)
#else
#define PC offsetof(struct user, regs.eip)
#endif

static void
at_step(struct counter *c)
{
	unsigned long pc = 0;

	(void)sys_ptrace(PTRACE_PEEKUSR, c->pid, (void *)PC, &pc);
	c->n += c->counting;
	if (pc != (unsigned long)(uintptr_t)mark)
		return;
	c->over = c->counting;
	c->counting = true;
}

static bool
count_until_over(struct counter *c)
{
	int status, sig;
	pid_t tid;

	while (!c->over) {
		if ((tid = waitpid(-1, &status, __WALL)) == -1)
			return (false);
		if (!WIFSTOPPED(status))
			continue;
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80))
			at_call(c, tid);
		else if (sig == SIGTRAP && status >> 16 == 0 && c->steps)
			at_step(c);
		if (!c->over)
			go_on(c, tid, sig == (SIGTRAP | 0x80) || sig == SIGTRAP || status >> 16 != 0 ? 0 : sig);
	}
	return (true);
}

static void
let_go(const struct counter *c)
{
	for (size_t i = 0; i < c->ntids; i++) {
		if (c->tids[i] != c->pid)
			(void)stop_one(c->tids[i]);
		(void)sys_ptrace(PTRACE_DETACH, c->tids[i], NULL, NULL);
	}
}

static bool
begin(struct counter *c)
{
	if (!seize_all(c))
		return (false);
	for (size_t i = 0; i < c->ntids; i++) {
		if (!stop_one(c->tids[i]))
			return (false);
		go_on(c, c->tids[i], 0);
	}
	return (true);
}

static size_t
bytes_kept(long n)
{
	return ((size_t)(n < CALLS_MAX ? n : CALLS_MAX) * sizeof(struct made));
}

static __attribute__((noreturn)) void
counter(pid_t pid, bool steps, int go, int result)
{
	struct counter *c = calloc(1, sizeof(*c));
	long none = -1;

	if (c != NULL) {
		c->pid = pid;
		c->steps = steps;
	}
	if (c == NULL || !begin(c)) {
		(void)!write(result, &none, sizeof(none));
		(void)!write(go, "n", 1);
		_exit(1);
	}
	(void)!write(go, "y", 1);
	if (!count_until_over(c))
		_exit(1);
	let_go(c);
	(void)!write(result, &c->n, sizeof(c->n));
	if (!steps)
		(void)!write(result, c->made, bytes_kept(c->n));
	_exit(0);
}

/* ---- this process ---- */

static bool
read_all(int fd, void *to, size_t len)
{
	char *at = to;
	ssize_t got;

	for (; len > 0; at += got, len -= (size_t)got)
		if ((got = read(fd, at, len)) <= 0)
			return (false);
	return (true);
}

static bool
start_counter(bool steps, int go[2], int result[2])
{
	pid_t pid = getpid(), child;

	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	if ((child = fork()) == -1)
		return (false);
	if (child == 0) {
		if (fork() == 0)
			counter(pid, steps, go[1], result[1]);
		_exit(0);
	}
	return (waitpid(child, NULL, 0) == child);
}

static long
count(count_fn *fn, void *arg, bool steps, char *names, size_t size)
{
	static struct made made[CALLS_MAX];
	int go[2], result[2];
	char yes = 'n';
	bool started;
	long n = -1;

	if (pipe(go) != 0 || pipe(result) != 0)
		return (-1);
	started = start_counter(steps, go, result);
	(void)close(go[1]);
	(void)close(result[1]);
	if (started) {
		if (read_all(go[0], &yes, 1) && yes == 'y') {
			mark();
			fn(arg);
			mark();
		}
		if (!read_all(result[0], &n, sizeof(n)) ||
		    (!steps && n > 0 && !read_all(result[0], made, bytes_kept(n))))
			n = -1;
	}
	(void)prctl(PR_SET_PTRACER, 0);
	(void)close(go[0]);
	(void)close(result[0]);
	if (names != NULL)
		print_names(made, n < CALLS_MAX ? n : CALLS_MAX, names, size);
	return (n);
}

long
count_calls(count_fn *fn, void *arg, char *names, size_t size)
{
	return (count(fn, arg, false, names, size));
}

long
count_instructions(count_fn *fn, void *arg)
{
	return (count(fn, arg, true, NULL, 0));
}
