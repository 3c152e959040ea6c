/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "puppet.h"
#include "abroad.h"
#include "waits.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <atf-c.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUPPETS 64
#define NOBODY 65534
#define LIFETIME 100 /* seconds; more than any case may take */

struct line {
	uint64_t fn;
	int64_t arg;
};

volatile struct stage *stage;
__thread int puppet_wire = -1;

static int ear[PUPPET_WIRES];	    /* in a puppet: its ends */
static pthread_t who[PUPPET_WIRES]; /* in a puppet: the threads it made */
static struct puppet *puppets[PUPPETS];
static int npuppets;

#ifdef PUPPET_ABROAD
static void __attribute__((constructor(101))) stage_build(int argc, char **argv)
{
	stage = abroad_stage(argc, argv, sizeof(*stage));
}
#else
static void __attribute__((constructor(101))) stage_build(void)
{
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	if (stage == MAP_FAILED)
		abort();
}
#endif

/* ---- In the puppet.  No ATF here. ---- */

static void
caught(int sig, siginfo_t *info, void *context)
{
	int error = errno;

	(void)context;
	stage->caught_code[sig] = info->si_code;
	stage->caught_pid[sig] = info->si_pid;
	stage->caught_value[sig] = info->si_value.sival_int;
	stage->caught_wire[sig] = puppet_wire;
	__sync_fetch_and_add(&stage->caught[sig], 1);
	errno = error;
}

static void
listen_on(int wire)
{
	struct line line;
	int64_t answer;
	ssize_t n;

	puppet_wire = wire;
	for (;;) {
		n = read(ear[wire], &line, sizeof(line));
		if (n == -1 && errno == EINTR)
			continue;
		if (n != sizeof(line))
			_exit(0); /* the test has gone */
		answer = ((part *)(uintptr_t)line.fn)((long)line.arg);
		while (write(ear[wire], &answer, sizeof(answer)) == -1)
			if (errno != EINTR)
				_exit(0);
	}
}

static void *
thread_main(void *arg)
{
	int64_t zero = 0;
	int wire = (int)(intptr_t)arg;

	puppet_wire = wire;
	while (write(ear[wire], &zero, sizeof(zero)) == -1 && errno == EINTR)
		;
	listen_on(wire);
	return (NULL);
}

long
do_nothing(long arg)
{
	return (arg);
}

long
do_raise(long sig)
{
	return (raise((int)sig));
}

long
do_kill(long sig)
{
	return (kill(getpid(), (int)sig));
}

static long
act(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = flags;
	return (sigaction(sig, &sa, NULL));
}

long
do_catch(long sig)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = caught;
	sa.sa_flags = SA_SIGINFO | SA_RESTART;
	return (sigaction((int)sig, &sa, NULL));
}

long
do_ignore(long sig)
{
	return (act((int)sig, SIG_IGN, 0));
}

long
do_default(long sig)
{
	return (act((int)sig, SIG_DFL, 0));
}

long
do_block(long sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, (int)sig);
	return (pthread_sigmask(SIG_BLOCK, &set, NULL));
}

long
do_unblock(long sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, (int)sig);
	return (pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

long
do_getpid(long arg)
{
	(void)arg;
	return (syscall(SYS_getpid));
}

long
do_getppid(long arg)
{
	(void)arg;
	return (syscall(SYS_getppid));
}

long
do_exit(long code)
{
	_exit((int)code);
}

long
do_end_thread(long arg)
{
	(void)arg;
	pthread_exit(NULL);
}

long
do_new_thread(long wire)
{
	return (-pthread_create(&who[wire], NULL, thread_main, (void *)wire));
}

long
do_join_thread(long wire)
{
	return (-pthread_join(who[wire], NULL));
}

long
do_fork(long code)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)code);
	return (pid == -1 ? -errno : pid);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

long
do_vfork(long code)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit((int)code);
	return (pid == -1 ? -errno : pid);
}

long
do_new_child(long wire)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(LIFETIME);
		listen_on((int)wire);
	}
	return (pid == -1 ? -errno : pid);
}

long
do_collect(long pid)
{
	int status;

	while (waitpid((pid_t)pid, &status, 0) == -1)
		if (errno != EINTR)
			return (-errno);
	return (status);
}

long
do_exec(long code)
{
	char script[32];

	snprintf(script, sizeof(script), "exit %ld", code);
	execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return (-errno);
}

long
do_exec_nothing(long arg)
{
	(void)arg;
	execl("/nonexistent/program", "program", (char *)NULL);
	return (-errno);
}

long
do_count(long slot)
{
	while (stage->counting)
		stage->count[slot]++;
	return (0);
}

long
do_ask(long arg)
{
	int result;

	(void)arg;
	result = ptrace(stage->request, stage->pid, (caddr_t)(uintptr_t)stage->addr, stage->data);
	return (result == -1 ? -errno : result);
}

long
do_wait(long pid)
{
	int status = -1;
	pid_t got = spec_wait((pid_t)pid, &status, stage->options);

	stage->status = status;
	return (got == -1 ? -errno : got);
}

long
do_traceme(long arg)
{
	(void)arg;
	return (ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 ? -errno : 0);
}

long
do_be_nobody(long arg)
{
	gid_t gid = NOBODY;

	(void)arg;
	if (setgroups(1, &gid) == -1 || setgid(NOBODY) == -1 || setuid(NOBODY) == -1)
		return (-errno);
	return (0);
}

static void
play(bool traced)
{
	if (traced && (ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 || raise(SIGSTOP) == -1))
		_exit(99);
	listen_on(0);
}

#ifdef PUPPET_ABROAD
void
abroad_play(const int *wires, bool traced)
{
	memcpy(ear, wires, sizeof(ear));
	play(traced);
}
#endif

/* ---- In the test. ---- */

static struct puppet *
start(bool traced)
{
	struct puppet *pp = calloc(1, sizeof(*pp));
	int pair[2], i, k;

	abroad_needed();
	ATF_REQUIRE(pp != NULL && npuppets < PUPPETS);
	for (i = 0; i < PUPPET_WIRES; i++) {
		ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		pp->wire[i] = pair[0];
		ear[i] = pair[1];
	}
	pp->pid = fork();
	ATF_REQUIRE(pp->pid != -1);
	if (pp->pid == 0) {
		/* The ends of the test must be the test's alone, or no wire would ever break. */
		for (k = 0; k < npuppets; k++)
			for (i = 0; i < PUPPET_WIRES; i++)
				close(puppets[k]->wire[i]);
		for (i = 0; i < PUPPET_WIRES; i++)
			close(pp->wire[i]);
		alarm(LIFETIME);
		abroad_exec(ear, traced);
		play(traced);
	}
	for (i = 0; i < PUPPET_WIRES; i++)
		close(ear[i]);
	puppets[npuppets++] = pp;
	return (pp);
}

struct puppet *
puppet_start(int threads)
{
	struct puppet *pp = start(false);
	int i;

	for (i = 1; i < threads; i++) {
		ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_new_thread, i));
		ATF_REQUIRE_EQ(0, puppet_said(pp, i));
	}
	if (threads == 1)
		ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	return (pp);
}

void
puppet_tube(void)
{
	int tube[2];

	ATF_REQUIRE_EQ(0, pipe(tube));
	stage->tube[0] = tube[0];
	stage->tube[1] = tube[1];
}

void
puppet_attach(struct puppet *pp)
{
	int status;

	ATF_REQUIRE_MSG(ptrace(PT_ATTACH, pp->pid, NULL, 0) == 0, "PT_ATTACH: %s", strerror(errno));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
	ATF_REQUIRE_MSG(
	    WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %#x after PT_ATTACH", status);
}

struct puppet *
puppet_attached(int threads)
{
	struct puppet *pp = puppet_start(threads);

	puppet_attach(pp);
	return (pp);
}

struct puppet *
puppet_traced(void)
{
	struct puppet *pp = start(true);
	int status;

	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
	ATF_REQUIRE_MSG(
	    WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status %#x after PT_TRACE_ME", status);
	return (pp);
}

void
puppet_end(struct puppet *pp)
{
	int status = W_STOPCODE(SIGKILL), i;

	kill(pp->pid, SIGKILL);
	do {
		/* FreeBSD: a SIGKILL sent to a stopped process waits. */
		(void)ptrace(PT_KILL, pp->pid, NULL, 0);
		if (spec_wait(pp->pid, &status, 0) == -1 && errno != EINTR)
			break;
	} while (WIFSTOPPED(status));
	for (i = 0; i < PUPPET_WIRES; i++)
		close(pp->wire[i]);
	for (i = 0; i < npuppets && puppets[i] != pp; i++)
		;
	puppets[i] = puppets[--npuppets];
	free(pp);
}

void
puppet_will(struct puppet *pp, int wire, part *fn, long arg)
{
	struct line line = { .fn = abroad_address(fn), .arg = arg };

	ATF_REQUIRE_EQ(sizeof(line), write(pp->wire[wire], &line, sizeof(line)));
}

long
puppet_said(struct puppet *pp, int wire)
{
	struct pollfd pfd = { .fd = pp->wire[wire], .events = POLLIN };
	int64_t answer;
	ssize_t n;
	int status;

	/*
	 * A tracee may need its tracer to be in some call of the library now and then (thread births, ignored
	 * signals), so this looks at it meanwhile, and takes nothing.
	 */
	while (poll(&pfd, 1, 20) == 0)
		(void)spec_wait(pp->pid, &status, WNOHANG | WNOWAIT);
	while ((n = read(pp->wire[wire], &answer, sizeof(answer))) == -1 && errno == EINTR)
		;
	ATF_REQUIRE_EQ_MSG((ssize_t)sizeof(answer), n, "the puppet has gone");
	return ((long)answer);
}

long
puppet_does(struct puppet *pp, int wire, part *fn, long arg)
{
	puppet_will(pp, wire, fn, arg);
	return (puppet_said(pp, wire));
}

lwpid_t
puppet_lwp(struct puppet *pp, int wire)
{
	struct ptrace_lwpinfo info;
	int status;

	puppet_will(pp, wire, do_raise, SIGUSR1);
	ATF_REQUIRE_EQ(0, ptrace(PT_CONTINUE, pp->pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
	ATF_REQUIRE_EQ(0, ptrace(PT_LWPINFO, pp->pid, (caddr_t)&info, sizeof(info)));
	return (info.pl_lwpid);
}

long
puppet_asks(struct puppet *pp, int request, pid_t pid, void *addr, int data)
{
	stage->request = request;
	stage->pid = pid;
	stage->addr = (uintptr_t)addr;
	stage->data = data;
	return (puppet_does(pp, 0, do_ask, 0));
}

long
puppet_waits(struct puppet *pp, pid_t pid, int options)
{
	stage->options = options;
	return (puppet_does(pp, 0, do_wait, pid));
}

void
puppet_attaches(struct puppet *pp, pid_t pid)
{
	long result = puppet_asks(pp, PT_ATTACH, pid, NULL, 0);

	if (result == -EPERM && geteuid() != 0)
		atf_tc_skip("this host lets a user attach to descendants only");
	ATF_REQUIRE_EQ_MSG(0, result, "PT_ATTACH: %s", strerror((int)-result));
	ATF_REQUIRE_EQ(pid, puppet_waits(pp, pid, 0));
	ATF_REQUIRE(WIFSTOPPED(stage->status) && WSTOPSIG(stage->status) == SIGSTOP);
}
