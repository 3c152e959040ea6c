/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What Linux does, and the Linux host relies on: stops, interrupts, attaches.  Bare system calls, no library.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)
#define KIND(status) ((unsigned)(status) >> 8)
#define STOP	     (SIGTRAP | 128 << 8) /* PTRACE_EVENT_STOP */

static int to_child[2], from_child[2];

static void
say(char c)
{
	if (write(from_child[1], &c, 1) != 1)
		_exit(90);
}

static char
hear(int fd)
{
	char c = 0;

	while (read(fd, &c, 1) == -1 && errno == EINTR)
		;
	return (c);
}

/* A child that has said that it is there, and does this. */
static pid_t
child(void (*act)(void))
{
	pid_t pid;

	ATF_REQUIRE(pipe(to_child) == 0 && pipe(from_child) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		act();
		_exit(7);
	}
	return (pid);
}

static long
ask(enum __ptrace_request request, pid_t pid, void *addr, void *data)
{
	return (ptrace(request, pid, addr, data));
}

static int
stop_of(pid_t pid)
{
	int status = 0;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, __WALL));
	ATF_REQUIRE_MSG(WIFSTOPPED(status), "status %#x", (unsigned)status);
	return ((int)KIND(status));
}

static pid_t
seized(void (*act)(void))
{
	pid_t pid = child(act);

	ATF_REQUIRE_EQ('r', hear(from_child[0]));
	ATF_REQUIRE_EQ(0, ask(PTRACE_SEIZE, pid, NULL, (void *)(long)OPTIONS));
	return (pid);
}

static void
interrupt(pid_t pid)
{
	ATF_REQUIRE_EQ(0, ask(PTRACE_INTERRUPT, pid, NULL, NULL));
	ATF_REQUIRE_EQ(STOP, stop_of(pid));
}

static void
go(pid_t pid, int sig)
{
	ATF_REQUIRE_EQ(0, ask(PTRACE_CONT, pid, NULL, (void *)(long)sig));
}

/* And of all its threads, whose ends come before that of the process. */
static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) != -1)
		;
}

static void
waits(void)
{
	say('r');
	(void)hear(to_child[0]);
}

/* ---- waits ---- */

ATF_TC_WITHOUT_HEAD(wait_for_clone_children_finds_tracees_alone);
ATF_TC_BODY(wait_for_clone_children_finds_tracees_alone, tc)
{
	pid_t other = fork(), pid;
	int status;

	if (other == 0)
		_exit(3);
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)other, &(siginfo_t){.si_pid = 0}, WEXITED | WNOWAIT));
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(-1, &status, __WCLONE | WNOHANG) == -1);
	pid = seized(waits);
	ATF_REQUIRE_EQ(0, waitpid(-1, &status, __WCLONE | WNOHANG));
	ATF_REQUIRE_EQ(0, ask(PTRACE_INTERRUPT, pid, NULL, NULL));
	ATF_REQUIRE_EQ(pid, waitpid(-1, &status, __WCLONE));
	ATF_REQUIRE_EQ(0, waitpid(-1, &status, __WCLONE | WNOHANG));
	ATF_REQUIRE_EQ(other, waitpid(other, &status, 0));
	end(pid);
}

/* ---- interrupts ---- */

ATF_TC_WITHOUT_HEAD(interrupt_comes_before_signals_and_once);
ATF_TC_BODY(interrupt_comes_before_signals_and_once, tc)
{
	pid_t pid = seized(waits);

	interrupt(pid);
	ATF_REQUIRE_EQ(0, kill(pid, SIGUSR1));
	ATF_REQUIRE_EQ(0, ask(PTRACE_INTERRUPT, pid, NULL, NULL));
	go(pid, 0);
	ATF_REQUIRE_EQ(STOP, stop_of(pid));
	go(pid, 0);
	ATF_REQUIRE_EQ(SIGUSR1, stop_of(pid));
	go(pid, SIGKILL);
	end(pid);
}

#ifdef __x86_64__
ATF_TC_WITHOUT_HEAD(interrupt_shows_the_restart_code_of_the_call);
ATF_TC_BODY(interrupt_shows_the_restart_code_of_the_call, tc)
{
	struct user_regs_struct regs;
	pid_t pid = seized(waits);

	do {
		interrupt(pid);
		ATF_REQUIRE_EQ(0, ask(PTRACE_GETREGS, pid, NULL, &regs));
		go(pid, 0);
	} while ((long)regs.orig_rax != SYS_read); /* it may not have come to its read yet */
	ATF_REQUIRE_EQ(-512, (long)regs.rax);
	end(pid);
}
#endif

static void
polls(void)
{
	struct epoll_event event;
	int fd = epoll_create1(0);

	say('r');
	say((char)(epoll_wait(fd, &event, 1, -1) == -1 && errno == EINTR ? 'i' : 'x'));
	(void)hear(to_child[0]);
}

static bool
sleeps(pid_t pid)
{
	char path[64], text[64] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	(void)close(fd);
	return (atol(text) == SYS_epoll_wait && text[0] != 'r');
}

ATF_TC_WITHOUT_HEAD(interrupt_ends_epoll_wait);
ATF_TC_BODY(interrupt_ends_epoll_wait, tc)
{
	pid_t pid = seized(polls);

	while (!sleeps(pid))
		(void)sched_yield();
	interrupt(pid);
	go(pid, 0);
	ATF_REQUIRE_EQ('i', hear(from_child[0]));
	end(pid);
}

static void
asks(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGUSR1);
	say('r');
	(void)hear(to_child[0]);
}

ATF_TC_WITHOUT_HEAD(child_that_asked_cannot_be_interrupted);
ATF_TC_BODY(child_that_asked_cannot_be_interrupted, tc)
{
	pid_t pid = child(asks);

	ATF_REQUIRE_EQ(SIGUSR1, stop_of(pid));
	ATF_REQUIRE_ERRNO(EIO, ask(PTRACE_INTERRUPT, pid, NULL, NULL) == -1);
	end(pid);
}

/* How adopt.c turns one into a seized one: not a step of user code on the way. */
ATF_TC_WITHOUT_HEAD(child_that_asked_can_be_seized_from_a_job_control_stop);
ATF_TC_BODY(child_that_asked_can_be_seized_from_a_job_control_stop, tc)
{
	pid_t pid = child(asks);

	ATF_REQUIRE_EQ(SIGUSR1, stop_of(pid));
	ATF_REQUIRE_EQ(0, ask(PTRACE_DETACH, pid, NULL, (void *)(long)SIGSTOP));
	ATF_REQUIRE_EQ(0, ask(PTRACE_SEIZE, pid, NULL, (void *)(long)OPTIONS));
	ATF_REQUIRE_EQ(SIGSTOP | 128 << 8, stop_of(pid));
	ATF_REQUIRE_EQ(0, kill(pid, SIGCONT));
	go(pid, 0);
	ATF_REQUIRE_EQ(STOP, stop_of(pid)); /* told of the SIGCONT */
	go(pid, 0);
	ATF_REQUIRE_EQ(SIGCONT, stop_of(pid));
	go(pid, 0);
	ATF_REQUIRE_EQ('r', hear(from_child[0]));
	end(pid);
}

/* ---- threads ---- */

static void *
thread_waits(void *unused)
{
	say('t');
	(void)hear(to_child[0]);
	return (unused);
}

static void
makes_thread(void)
{
	pthread_t thread;

	say('r');
	(void)hear(to_child[0]);
	(void)pthread_create(&thread, NULL, thread_waits, NULL);
	(void)hear(to_child[0]);
}

/* Lets the child make its thread: the thread's id, both stopped. */
static pid_t
made_by(pid_t pid)
{
	unsigned long made = 0;

	ATF_REQUIRE_EQ(1, write(to_child[1], "g", 1));
	ATF_REQUIRE_EQ(SIGTRAP | PTRACE_EVENT_CLONE << 8, stop_of(pid));
	ATF_REQUIRE_EQ(0, ask(PTRACE_GETEVENTMSG, pid, NULL, &made));
	ATF_REQUIRE_EQ(STOP, stop_of((pid_t)made));
	return ((pid_t)made);
}

ATF_TC_WITHOUT_HEAD(new_thread_of_a_seized_one_begins_with_an_interrupt);
ATF_TC_BODY(new_thread_of_a_seized_one_begins_with_an_interrupt, tc)
{
	pid_t pid = seized(makes_thread), tid = made_by(pid);

	go(pid, 0);
	go(tid, 0);
	ATF_REQUIRE_EQ('t', hear(from_child[0]));
	end(pid);
}

static void *
thread_execs(void *unused)
{
	(void)execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
	_exit(91);
	return (unused);
}

static void
execs_in_thread(void)
{
	pthread_t thread;

	say('r');
	(void)hear(to_child[0]);
	(void)pthread_create(&thread, NULL, thread_execs, NULL);
	(void)hear(to_child[0]);
}

ATF_TC_WITHOUT_HEAD(exec_of_a_thread_has_the_process_id_and_tells_the_former);
ATF_TC_BODY(exec_of_a_thread_has_the_process_id_and_tells_the_former, tc)
{
	pid_t pid = seized(execs_in_thread), tid = made_by(pid);
	unsigned long former = 0;
	int status;

	go(tid, 0);
	(void)ask(PTRACE_CONT, pid, NULL, NULL); /* the exec may have ended it by now */
	ATF_REQUIRE_EQ(SIGTRAP | PTRACE_EVENT_EXEC << 8, stop_of(pid));
	ATF_REQUIRE_EQ(0, ask(PTRACE_GETEVENTMSG, pid, NULL, &former));
	ATF_REQUIRE_EQ(tid, (pid_t)former);
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(tid, &status, __WALL | WNOHANG) == -1);
	end(pid);
}

static void *
thread_outlives(void *unused)
{
	say('r');
	(void)hear(to_child[0]);
	return (unused);
}

static void
leader_ends(void)
{
	pthread_t thread;

	(void)pthread_create(&thread, NULL, thread_outlives, NULL);
	pthread_exit(NULL);
}

static bool
is_zombie(pid_t pid)
{
	char path[64], text[512] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	ATF_REQUIRE((fd = open(path, O_RDONLY)) != -1);
	ATF_REQUIRE(read(fd, text, sizeof(text) - 1) > 0);
	(void)close(fd);
	return (strstr(text, ") Z") != NULL);
}

ATF_TC_WITHOUT_HEAD(first_thread_that_ended_cannot_be_seized);
ATF_TC_BODY(first_thread_that_ended_cannot_be_seized, tc)
{
	pid_t pid = child(leader_ends);

	ATF_REQUIRE_EQ('r', hear(from_child[0]));
	while (!is_zombie(pid))
		(void)sched_yield();
	ATF_REQUIRE_ERRNO(EPERM, ask(PTRACE_SEIZE, pid, NULL, NULL) == -1);
	end(pid);
}

/* ---- memory ---- */

static char *text;

static void
maps_text(void)
{
	waits();
}

ATF_TC_WITHOUT_HEAD(memory_file_writes_through_protections_and_process_vm_writev_does_not);
ATF_TC_BODY(memory_file_writes_through_protections_and_process_vm_writev_does_not, tc)
{
	struct iovec local = {.iov_base = "x", .iov_len = 1}, remote = {.iov_len = 1};
	char path[64];
	pid_t pid;
	int fd;

	text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(text != MAP_FAILED);
	pid = seized(maps_text);
	interrupt(pid);
	remote.iov_base = text;
	ATF_REQUIRE_ERRNO(EFAULT, process_vm_writev(pid, &local, 1, &remote, 1, 0) == -1);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	ATF_REQUIRE((fd = open(path, O_RDWR)) != -1);
	if (pwrite(fd, "x", 1, (off_t)(uintptr_t)text) != 1) {
		end(pid);
		atf_tc_skip("this system restricts forced writes: %s", strerror(errno));
	}
	end(pid);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, wait_for_clone_children_finds_tracees_alone);
	ATF_TP_ADD_TC(tp, interrupt_comes_before_signals_and_once);
#ifdef __x86_64__
	ATF_TP_ADD_TC(tp, interrupt_shows_the_restart_code_of_the_call);
#endif
	ATF_TP_ADD_TC(tp, interrupt_ends_epoll_wait);
	ATF_TP_ADD_TC(tp, child_that_asked_cannot_be_interrupted);
	ATF_TP_ADD_TC(tp, child_that_asked_can_be_seized_from_a_job_control_stop);
	ATF_TP_ADD_TC(tp, new_thread_of_a_seized_one_begins_with_an_interrupt);
	ATF_TP_ADD_TC(tp, exec_of_a_thread_has_the_process_id_and_tells_the_former);
	ATF_TP_ADD_TC(tp, first_thread_that_ended_cannot_be_seized);
	ATF_TP_ADD_TC(tp, memory_file_writes_through_protections_and_process_vm_writev_does_not);
	return (atf_no_error());
}
