/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Tracees brought to the tracer's processor: nobody can tell afterwards, and they themselves not even meanwhile.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 2000

/* Shared with targets. */
static struct shared {
	cpu_set_t own;	/* the mask a target should have */
	unsigned asked; /* times it looked */
	unsigned wrong; /* and did not find that */
	volatile bool held; /* a target is to begin when it is attached */
} *volatile shared;

static cpu_set_t everywhere;

static void
begin(void)
{
	ATF_REQUIRE_EQ(0, sched_getaffinity(0, sizeof(everywhere), &everywhere));
	if (CPU_COUNT(&everywhere) < 2)
		atf_tc_skip("one processor");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(shared != MAP_FAILED);
	shared->own = everywhere;
}

static bool
has(pid_t tid, const cpu_set_t *mask)
{
	cpu_set_t now;

	return (sched_getaffinity(tid, sizeof(now), &now) == 0 && CPU_EQUAL(mask, &now));
}

/* One of the processors, alone. */
static cpu_set_t
one_of(int which)
{
	cpu_set_t mask;

	CPU_ZERO(&mask);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &everywhere) && which-- == 0)
			CPU_SET(cpu, &mask);
	return (mask);
}

static void
look(void)
{
	shared->asked++;
	shared->wrong += !has(0, &shared->own);
}

static pid_t
start(void (*body)(void))
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)alarm(100);
		while (shared->held)
			;
		body();
		_exit(0);
	}
	return (pid);
}

static void
attach(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, pid, NULL, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSTOPPED(status));
}

static pid_t
start_attached(void (*body)(void))
{
	pid_t pid;

	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_place(BSD_PLACE_ON));
	shared->held = true;
	pid = start(body);
	attach(pid);
	shared->held = false;
	return (pid);
}

static void
end(pid_t pid)
{
	int status = 0;

	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status));
}

/* From stop to stop, until it has ended or been seen so often; false: it has ended. */
static bool
run(pid_t pid, int request, unsigned stops)
{
	int status, sig = 0;

	for (unsigned i = 0; i < stops; i++) {
		ATF_REQUIRE_EQ(0, bsd_ptrace(request, pid, (caddr_t)1, sig));
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status)) {
			ATF_REQUIRE_EQ(0, status);
			return (false);
		}
		sig = WSTOPSIG(status) == SIGTRAP || WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
	}
	return (true);
}

static void
run_to_end(pid_t pid, int request)
{
	while (run(pid, request, ROUNDS))
		;
}

ATF_TC_WITHOUT_HEAD(a_policy_is_one_of_three);
ATF_TC_BODY(a_policy_is_one_of_three, tc)
{
	ATF_REQUIRE_ERRNO(EINVAL, bsd_ptrace_place(-1) == -1);
	ATF_REQUIRE_ERRNO(EINVAL, bsd_ptrace_place(3) == -1);
	ATF_REQUIRE_EQ(0, bsd_ptrace_place(BSD_PLACE_AUTO));
	ATF_REQUIRE_EQ(0, bsd_ptrace_place(BSD_PLACE_ON));
	ATF_REQUIRE_EQ(0, bsd_ptrace_place(BSD_PLACE_OFF));
}

/* ---- the target looks ---- */

static void
looks(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		look();
		(void)syscall(SYS_getppid);
	}
}

ATF_TC_WITHOUT_HEAD(it_sees_its_own_mask);
ATF_TC_BODY(it_sees_its_own_mask, tc)
{
	run_to_end(start_attached(looks), PT_SYSCALL);
	ATF_REQUIRE_EQ(ROUNDS, shared->asked);
	ATF_REQUIRE_EQ(0, shared->wrong);
}

static void
looks_a_little(void)
{
	for (int i = 0; i < 20; i++)
		look();
}

ATF_TC_WITHOUT_HEAD(it_sees_its_own_mask_stepped);
ATF_TC_BODY(it_sees_its_own_mask_stepped, tc)
{
	run_to_end(start_attached(looks_a_little), PT_STEP);
	ATF_REQUIRE_EQ(20, shared->asked);
	ATF_REQUIRE_EQ(0, shared->wrong);
}

/* "Cpus_allowed:", as any program may read it. */
static void
line_of(int fd, char line[2000])
{
	char text[8000] = "", *at;

	line[0] = '\0';
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || (at = strstr(text, "Cpus_allowed:")) == NULL)
		return;
	(void)snprintf(line, 2000, "%.*s", (int)strcspn(at, "\n"), at);
}

static void
reads(void)
{
	static char first[2000], line[2000];
	int fd = open("/proc/self/status", O_RDONLY);

	/* Before it is traced. */
	line_of(fd, first);
	(void)raise(SIGSTOP);
	for (int i = 0; i < ROUNDS; i++) {
		line_of(fd, line);
		shared->asked++;
		shared->wrong += first[0] == '\0' || strcmp(first, line) != 0;
	}
}

ATF_TC_WITHOUT_HEAD(it_reads_its_own_mask);
ATF_TC_BODY(it_reads_its_own_mask, tc)
{
	int status;
	pid_t pid;

	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_place(BSD_PLACE_ON));
	pid = start(reads);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, WUNTRACED));
	attach(pid);
	ATF_REQUIRE_EQ(0, kill(pid, SIGCONT));
	run_to_end(pid, PT_SYSCALL);
	ATF_REQUIRE_EQ(ROUNDS, shared->asked);
	ATF_REQUIRE_EQ(0, shared->wrong);
}

/* ---- it hands it on ---- */

static void *
looks_in_thread(void *unused)
{
	(void)unused;
	look();
	return (NULL);
}

static void
makes(void)
{
	pthread_t thread;
	pid_t pid;

	for (int i = 0; i < ROUNDS / 20; i++) {
		if ((pid = fork()) == 0) {
			look();
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
		if (pthread_create(&thread, NULL, looks_in_thread, NULL) == 0)
			(void)pthread_join(thread, NULL);
		look();
	}
}

ATF_TC_WITHOUT_HEAD(what_it_makes_has_its_mask);
ATF_TC_BODY(what_it_makes_has_its_mask, tc)
{
	run_to_end(start_attached(makes), PT_SYSCALL);
	ATF_REQUIRE_EQ(3 * (ROUNDS / 20), shared->asked);
	ATF_REQUIRE_EQ(0, shared->wrong);
}

/* Followed children are steered as their parents are: theirs stays too. */
static void
forks_lookers(void)
{
	if (fork() == 0) {
		looks();
		_exit(0);
	}
	looks();
}

ATF_TC_WITHOUT_HEAD(followed_children_see_their_own_mask);
ATF_TC_BODY(followed_children_see_their_own_mask, tc)
{
	pid_t pid = start_attached(forks_lookers), who;
	int status, ended = 0;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_FOLLOW_FORK, pid, NULL, 1));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
	while (ended < 2) {
		ATF_REQUIRE((who = bsd_waitpid(-1, &status, 0)) > 0);
		if (!WIFSTOPPED(status))
			ended++;
		else
			ATF_REQUIRE_EQ(0,
			    bsd_ptrace(
				PT_SYSCALL, who, (caddr_t)1, WSTOPSIG(status) == SIGCHLD ? SIGCHLD : 0));
	}
	ATF_REQUIRE_EQ(0, shared->wrong);
	ATF_REQUIRE(shared->asked > ROUNDS);
}

/* ---- it changes it ---- */

static void
changes(void)
{
	for (int i = 0; i < ROUNDS / 10; i++) {
		shared->own = i % 3 == 2 ? everywhere : one_of(i % 3);
		(void)sched_setaffinity(0, sizeof(cpu_set_t), &shared->own);
		for (int j = 0; j < 5; j++)
			(void)syscall(SYS_getppid);
		look();
	}
}

ATF_TC_WITHOUT_HEAD(what_it_sets_itself_stays);
ATF_TC_BODY(what_it_sets_itself_stays, tc)
{
	run_to_end(start_attached(changes), PT_SYSCALL);
	ATF_REQUIRE_EQ(ROUNDS / 10, shared->asked);
	ATF_REQUIRE_EQ(0, shared->wrong);
}

static void
calls(void)
{
	for (;;)
		(void)syscall(SYS_getppid);
}

/* At every stop, whoever set it; and as soon as it has been resumed. */
ATF_TC_WITHOUT_HEAD(what_another_sets_stays);
ATF_TC_BODY(what_another_sets_stays, tc)
{
	pid_t pid = start_attached(calls);
	cpu_set_t mask;

	for (int i = 0; i < ROUNDS / 10; i++) {
		mask = i % 3 == 0 ? everywhere : one_of(i % 3 - 1);
		ATF_REQUIRE_EQ(0, sched_setaffinity(pid, sizeof(mask), &mask));
		for (int j = 0; j < 5; j++) {
			(void)run(pid, PT_SYSCALL, 1);
			ATF_REQUIRE(has(pid, &mask));
		}
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0));
		ATF_REQUIRE(has(pid, &mask));
		ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, NULL, 0));
	}
	end(pid);
}

/* ---- the end ---- */

ATF_TC_WITHOUT_HEAD(detach_leaves_its_mask);
ATF_TC_BODY(detach_leaves_its_mask, tc)
{
	cpu_set_t masks[3];
	pid_t pid;

	begin();
	masks[0] = one_of(0), masks[1] = one_of(1), masks[2] = everywhere;
	pid = start(calls);
	for (int policy = BSD_PLACE_ON; policy <= BSD_PLACE_AUTO; policy++)
		for (int i = 0; i < 3; i++) {
			ATF_REQUIRE_EQ(0, sched_setaffinity(pid, sizeof(masks[i]), &masks[i]));
			ATF_REQUIRE_EQ(0, bsd_ptrace_place(policy));
			attach(pid);
			(void)run(pid, PT_SYSCALL, 200);
			ATF_REQUIRE_EQ(0, bsd_ptrace(PT_DETACH, pid, (caddr_t)1, 0));
			ATF_REQUIRE(has(pid, &masks[i]));
		}
	end(pid);
}

/* A tracer in its hottest loop. */
static pid_t
tracer_of(pid_t pid, bool exitkill)
{
	int status;
	pid_t tracer = fork();

	ATF_REQUIRE(tracer != -1);
	if (tracer != 0)
		return (tracer);
	if (bsd_ptrace_place(BSD_PLACE_ON) != 0 || bsd_ptrace(PT_ATTACH, pid, NULL, 0) != 0 ||
	    bsd_waitpid(pid, &status, 0) != pid || bsd_ptrace_exitkill(pid, exitkill) != 0)
		_exit(1);
	for (;; shared->asked++)
		if (bsd_ptrace(PT_SYSCALL, pid, (caddr_t)1, 0) != 0 || bsd_waitpid(pid, &status, 0) != pid)
			_exit(2);
}

/* Killed after so many of its stops, wherever it is then. */
static void
kill_tracer(pid_t pid, bool exitkill, unsigned stops)
{
	pid_t tracer;
	int status;

	shared->asked = 0;
	tracer = tracer_of(pid, exitkill);
	while (*(volatile unsigned *)&shared->asked < stops)
		ATF_REQUIRE_EQ(0, waitpid(tracer, &status, WNOHANG));
	ATF_REQUIRE_EQ(0, kill(tracer, SIGKILL));
	ATF_REQUIRE_EQ(tracer, waitpid(tracer, &status, 0));
	ATF_REQUIRE(WIFSIGNALED(status));
}

ATF_TC_WITHOUT_HEAD(a_killed_tracer_leaves_nothing_on_survivors);
ATF_TC_BODY(a_killed_tracer_leaves_nothing_on_survivors, tc)
{
	pid_t pid;

	begin();
	pid = start(calls);
	for (unsigned i = 0; i < 60; i++) {
		kill_tracer(pid, false, 20 + i % 7);
		ATF_REQUIRE(has(pid, &everywhere));
	}
	end(pid);
}

ATF_TC_WITHOUT_HEAD(a_killed_tracer_takes_the_others_with_it);
ATF_TC_BODY(a_killed_tracer_takes_the_others_with_it, tc)
{
	int status;
	pid_t pid;

	begin();
	for (unsigned i = 0; i < 20; i++) {
		pid = start(calls);
		kill_tracer(pid, true, 20 + i % 7);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_policy_is_one_of_three);
	ATF_TP_ADD_TC(tp, it_sees_its_own_mask);
	ATF_TP_ADD_TC(tp, it_sees_its_own_mask_stepped);
	ATF_TP_ADD_TC(tp, it_reads_its_own_mask);
	ATF_TP_ADD_TC(tp, what_it_makes_has_its_mask);
	ATF_TP_ADD_TC(tp, followed_children_see_their_own_mask);
	ATF_TP_ADD_TC(tp, what_it_sets_itself_stays);
	ATF_TP_ADD_TC(tp, what_another_sets_stays);
	ATF_TP_ADD_TC(tp, detach_leaves_its_mask);
	ATF_TP_ADD_TC(tp, a_killed_tracer_leaves_nothing_on_survivors);
	ATF_TP_ADD_TC(tp, a_killed_tracer_takes_the_others_with_it);
	return (atf_no_error());
}
