/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Stop events: what is one and with which value, who stops and who does not, the ioctls, and when it all goes away.
 * Spec: stopevent.md, 1 to 5; decisions.md, 17.
 */
/* one wait */
#include "machine.h"
#include "procfs.h"

#include <sys/syscall.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>

#ifdef SYS_rt_sigreturn
#define SIGRETURN SYS_rt_sigreturn
#else
#define SIGRETURN SYS_sigreturn
#endif

/* Does the puppet's part end, within a while in which it would? */
static bool
answers(struct puppet *pp, int wire)
{
	struct pollfd pfd = { .fd = pp->wire[wire], .events = POLLIN };

	return (poll(&pfd, 1, 100) == 1);
}

/* The puppet is in the call that reads what it is to do next: what it does begins with the exit of that call. */
static int
watch_calls(struct puppet *pp, int events)
{
	int fd = procfs_watch(pp->pid, S_SCE | S_SCX);

	puppet_will(pp, 0, do_nothing, 0);
	procfs_until(fd, S_SCX, SYS_write);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCE, 3);
	PIOC(fd, PIOCBIC, S_SCE | S_SCX);
	PIOC(fd, PIOCBIS, events);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	return (fd);
}

/* ---- 2. events ---- */

SPEC_TEST(exec_is_an_event)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXEC);

	EXPECT_RUNNING(fd);
	puppet_will(pp, 0, do_exec, 4);
	EXPECT_EVENT(fd, S_EXEC, 0);
	CONT(fd);
	EXPECT_ENDING(fd);
	EXPECT_EXIT(pp->pid, 4);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	puppet_end(pp);
}

SPEC_TEST(exec_that_fails_is_none)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXEC);

	ATF_REQUIRE_EQ(-ENOENT, puppet_does(pp, 0, do_exec_nothing, 0));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(exec_of_another_thread_is_an_event)
{
	struct puppet *pp = puppet_start(3);
	int fd = procfs_watch(pp->pid, S_EXEC | S_EXIT);

	puppet_will(pp, 2, do_exec, 5);
	EXPECT_EVENT(fd, S_EXEC, 0);
	CONT(fd);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(5, 0));
	CONT(fd);
	EXPECT_EXIT(pp->pid, 5);
	puppet_end(pp);
}

/* The file is of the process, not of the program it runs. */
SPEC_TEST(exec_leaves_the_file_on_the_new_image)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXEC);
	off_t at = (off_t)(uintptr_t)&stage->word[0];
	long word = 0;

	stage->word[0] = 4711;
	ATF_REQUIRE_EQ(sizeof(word), pread(fd, &word, sizeof(word), at));
	ATF_REQUIRE_EQ(4711, word);
	puppet_will(pp, 0, do_exec, 0);
	EXPECT_EVENT(fd, S_EXEC, 0);
	/* The shell has nothing there, and the system says so; of a memory that has gone it would say 0 bytes. */
	ATF_REQUIRE_EQ(-1, pread(fd, &word, sizeof(word), at));
	CONT(fd);
	EXPECT_EXIT(pp->pid, 0);
	puppet_end(pp);
}

SPEC_TEST(signal_is_an_event_twice)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(signal_that_is_ignored_is_none)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_ignore, SIGUSR1));
	fd = procfs_watch(pp->pid, S_SIG);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGCHLD));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGWINCH));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(signal_that_is_blocked_is_none_until_it_is_not)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGUSR2));
	fd = procfs_watch(pp->pid, S_SIG);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGUSR2));
	EXPECT_RUNNING(fd);
	puppet_will(pp, 0, do_unblock, SIGUSR2);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

/* Looked at, and not acted on. */
SPEC_TEST(sigcont_without_handler_is_an_event_once)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	puppet_will(pp, 0, do_raise, SIGCONT);
	EXPECT_EVENT(fd, S_SIG, SIGCONT);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(stop_signal_is_an_event_once_and_then_stops)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_SIG), status = 0;

	puppet_will(pp, 0, do_raise, SIGSTOP);
	EXPECT_EVENT(fd, S_SIG, SIGSTOP);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, WUNTRACED));
	ATF_REQUIRE_EQ(W_STOPCODE(SIGSTOP), status);
	EXPECT_RUNNING(fd); /* in the sense of PIOCSTATUS */
	ATF_REQUIRE_EQ(0, waitpid(pp->pid, &status, WUNTRACED | WNOHANG));
	puppet_will(pp, 1, do_nothing, 0);
	ATF_REQUIRE(!answers(pp, 1));
	PIOC(fd, PIOCBIC, S_SIG);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, WCONTINUED));
	ATF_REQUIRE(WIFCONTINUED(status));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	puppet_end(pp);
}

SPEC_TEST(deadly_signal_is_an_event_twice)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_CORE | S_EXIT);

	puppet_will(pp, 0, do_raise, SIGTERM);
	EXPECT_EVENT(fd, S_SIG, SIGTERM);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGTERM);
	CONT(fd);
	EXPECT_EVENT(fd, S_EXIT, SIGTERM);
	CONT(fd);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(calls_are_events_with_arguments_and_number)
{
	struct puppet *pp = puppet_start(1);
	int fd = watch_calls(pp, S_SCE | S_SCX);

	puppet_will(pp, 0, do_getppid, 0);
	EXPECT_EVENT(fd, S_SCX, SYS_read); /* begun before */
	CONT(fd);
	EXPECT_EVENT(fd, S_SCE, 0);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCX, SYS_getppid);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCE, 3);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCX, SYS_write);
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(entries_alone)
{
	struct puppet *pp = puppet_start(1);
	int fd = watch_calls(pp, S_SCE);

	puppet_will(pp, 0, do_getppid, 0);
	EXPECT_EVENT(fd, S_SCE, 0);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCE, 3); /* write */
	CONT(fd);
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	EXPECT_EVENT(fd, S_SCE, 3); /* read */
	puppet_end(pp);
}

SPEC_TEST(exits_alone)
{
	struct puppet *pp = puppet_start(1);
	int fd = watch_calls(pp, S_SCX);

	puppet_will(pp, 0, do_getppid, 0);
	EXPECT_EVENT(fd, S_SCX, SYS_read);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCX, SYS_getppid);
	CONT(fd);
	EXPECT_EVENT(fd, S_SCX, SYS_write);
	CONT(fd);
	ATF_REQUIRE_EQ(getpid(), puppet_said(pp, 0));
	puppet_end(pp);
}

/* A signal that breaks a call off: its exit, the signal. */
SPEC_TEST(exit_of_a_broken_call_comes_before_the_signal)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	fd = watch_calls(pp, S_SCX | S_SIG);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR1));
	EXPECT_EVENT(fd, S_SCX, SYS_read);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	procfs_until(fd, S_SCX, SIGRETURN);
	PIOC(fd, PIOCBIC, S_SCX | S_SIG);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

/* vfork's exit comes before its caller waits for the child; there is one. */
SPEC_TEST(exit_of_vfork_comes_once)
{
	struct puppet *pp = puppet_start(1);
	int fd = watch_calls(pp, S_SCX);
	struct procfs_status ps;

	puppet_will(pp, 0, do_vfork, 6);
	procfs_until(fd, S_SCX, SYS_vfork);
	do {
		CONT(fd);
		PIOC(fd, PIOCWAIT, &ps);
		ATF_REQUIRE(ps.val != SYS_vfork);
	} while (ps.val != SYS_write); /* a sanitizer makes calls of its own before */
	CONT(fd);
	ATF_REQUIRE(puppet_said(pp, 0) > 0);
	puppet_end(pp);
}

SPEC_TEST(core_is_an_event_with_the_other_threads_stopped)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_CORE | S_EXIT), i;
	long seen;

	stage->counting = 1;
	puppet_will(pp, 1, do_count, 1);
	while (stage->count[1] == 0)
		sched_yield();
	puppet_will(pp, 0, do_raise, SIGQUIT);
	EXPECT_EVENT(fd, S_CORE, 0);
	seen = stage->count[1];
	for (i = 0; i < 200; i++)
		sched_yield();
	ATF_REQUIRE_EQ(seen, stage->count[1]);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	i = (int)procfs_look(__FILE__, __LINE__, fd, PIOCWAIT).val;
	ATF_REQUIRE_EQ(SIGQUIT, i & ~WCOREFLAG);
	CONT(fd);
	EXPECT_DEATH(pp->pid, SIGQUIT);
	stage->counting = 0;
	puppet_end(pp);
}

SPEC_TEST(core_comes_after_the_signal_and_before_the_exit)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_CORE | S_EXIT);
	struct procfs_status ps;

	puppet_will(pp, 0, do_raise, SIGABRT);
	EXPECT_EVENT(fd, S_SIG, SIGABRT);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGABRT);
	CONT(fd);
	EXPECT_EVENT(fd, S_CORE, 0);
	CONT(fd);
	ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	ATF_REQUIRE_EQ(S_EXIT, ps.why);
	CONT(fd);
	EXPECT_DEATH(pp->pid, SIGABRT);
	puppet_end(pp);
}

SPEC_TEST(core_is_none_where_the_signal_is_caught_or_dumps_nothing)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGQUIT));
	fd = procfs_watch(pp->pid, S_CORE);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGQUIT));
	EXPECT_RUNNING(fd);
	puppet_will(pp, 0, do_raise, SIGTERM);
	EXPECT_ENDING(fd);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(exit_is_an_event_with_the_status)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXIT);

	puppet_will(pp, 0, do_exit, 9);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(9, 0));
	EXPECT_NOTHING(pp->pid); /* its end has not come */
	CONT(fd);
	EXPECT_EXIT(pp->pid, 9);
	puppet_end(pp);
}

SPEC_TEST(exit_is_an_event_of_the_last_thread)
{
	struct puppet *pp = puppet_start(4);
	int fd = procfs_watch(pp->pid, S_EXIT);

	puppet_will(pp, 2, do_end_thread, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_join_thread, 2));
	EXPECT_RUNNING(fd);
	puppet_will(pp, 1, do_exit, 2);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(2, 0));
	CONT(fd);
	EXPECT_EXIT(pp->pid, 2);
	puppet_end(pp);
}

SPEC_TEST(exit_of_the_last_thread_where_the_first_has_gone_before)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_EXIT);

	puppet_will(pp, 0, do_end_thread, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	puppet_will(pp, 1, do_exit, 3);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(3, 0));
	CONT(fd);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(memory_is_there_at_exit)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXIT);
	static volatile long word;
	long seen = 0;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	puppet_will(pp, 0, do_exit, 0);
	EXPECT_EVENT(fd, S_EXIT, 0);
	seen = 4711;
	ATF_REQUIRE_EQ(sizeof(seen), pwrite(fd, &seen, sizeof(seen), (off_t)(uintptr_t)&word));
	seen = 0;
	ATF_REQUIRE_EQ(sizeof(seen), pread(fd, &seen, sizeof(seen), (off_t)(uintptr_t)&word));
	ATF_REQUIRE_EQ(4711, seen);
	CONT(fd);
	EXPECT_EXIT(pp->pid, 0);
	puppet_end(pp);
}

/* ---- 1. who stops ---- */

SPEC_TEST(other_threads_run_on)
{
	struct puppet *pp = puppet_start(3);
	int fd = procfs_watch(pp->pid, S_SIG);

	puppet_will(pp, 1, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 0, do_getppid, 0));
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 2, do_getppid, 0));
	ATF_REQUIRE(!answers(pp, 1));
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(process_is_not_stopped_for_wait_job_control_or_ptrace)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG), status;
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(0, waitpid(pp->pid, &status, WNOHANG | WUNTRACED));
	ATF_REQUIRE_EQ(0, waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED));
	REFUSED(EPERM, PT_LWPINFO, pp->pid, &info, sizeof(info));
	REFUSED(EPERM, PT_CONTINUE, pp->pid, 1, 0);
	REFUSED(EPERM, PT_DETACH, pp->pid, 1, 0);
	REFUSED(EPERM, PT_GETNUMLWPS, pp->pid, 0, 0);
	/* A SIGCONT does not continue it. */
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE(!answers(pp, 0));
	puppet_end(pp);
}

/* A stranger under stop events is nobody to wait for; another child still is. */
SPEC_TEST(stranger_is_nobody_to_wait_for)
{
	struct puppet *pp = puppet_start(1);
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);
	int fd, status;

	ATF_REQUIRE(child > 0);
	fd = procfs_watch(child, S_SIG);
	puppet_will(pp, 1, do_raise, SIGTERM);
	EXPECT_EVENT(fd, S_SIG, SIGTERM);
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(child, &status, 0) == -1);
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(child, &status, WNOHANG) == -1);
	CONT(fd);
	CONT(fd);
	/* Its end is its parent's to see, once. */
	ATF_REQUIRE_EQ(W_EXITCODE(0, SIGTERM), puppet_does(pp, 0, do_collect, child));
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(child, &status, 0) == -1);
	puppet_will(pp, 0, do_exit, 1);
	ATF_REQUIRE_EQ(pp->pid, waitpid(-1, &status, 0));
	ATF_REQUIRE_EQ(W_EXITCODE(1, 0), status);
	puppet_end(pp);
}

SPEC_TEST(wait_for_anybody_finds_nobody_but_strangers)
{
	struct puppet *pp = puppet_start(1);
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);
	int fd, status;

	fd = procfs_watch(child, S_SIG);
	puppet_will(pp, 0, do_exit, 0);
	EXPECT_EXIT(pp->pid, 0);
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(-1, &status, 0) == -1);
	ATF_REQUIRE_ERRNO(ECHILD, waitpid(-1, &status, WNOHANG) == -1);
	ATF_REQUIRE_ERRNO(ECHILD, waitid(P_ALL, 0, NULL, WTRAPPED) == -1);
	ATF_REQUIRE_EQ(0, kill(child, SIGKILL));
	EXPECT_ENDING(fd);
	puppet_end(pp);
}

/* The sleep is not broken by signals: those wait. */
SPEC_TEST(sleep_is_not_broken_by_signals)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	ATF_REQUIRE(!answers(pp, 0));
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

/* Exits, of which nothing comes right after: all go on at once. */
SPEC_TEST(later_of_two_is_shown_and_one_continue_releases_both)
{
	struct puppet *pp = puppet_start(3);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1); /* its second time: it will run when it is let go */
	puppet_will(pp, 2, do_raise, SIGUSR2);
	while (procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).val != SIGUSR2)
		sched_yield();
	PIOC(fd, PIOCBIC, S_SIG);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

/* The first to go on sleeps again for its signal's second time, and the other finds it so. */
SPEC_TEST(woken_while_another_sleeps_again_stores_its_event_anew)
{
	struct puppet *pp = puppet_start(3);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 1, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	while (procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).val != SIGUSR2)
		sched_yield();
	CONT(fd);
	/* One of them is at its second, the other still at its first. */
	(void)procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	CONT(fd);
	(void)procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 2));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

struct waiter {
	pthread_t thread;
	int fd, error;
	struct procfs_status ps;
};

static void *
wait_event(void *arg)
{
	struct waiter *w = arg;

	w->error = procfs_ioctl(w->fd, PIOCWAIT, &w->ps) == 0 ? 0 : errno;
	return (NULL);
}

SPEC_TEST(several_wait_and_all_are_told)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG), other = procfs_open(pp->pid), i;
	struct waiter w[4];

	for (i = 0; i < 4; i++) {
		w[i].fd = i % 2 == 0 ? fd : other;
		ATF_REQUIRE_EQ(0, pthread_create(&w[i].thread, NULL, wait_event, &w[i]));
	}
	puppet_will(pp, 0, do_raise, SIGUSR1);
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(w[i].thread, NULL));
		ATF_REQUIRE_EQ(0, w[i].error);
		ATF_REQUIRE_EQ(0, w[i].ps.state);
		ATF_REQUIRE_EQ(S_SIG, w[i].ps.why);
		ATF_REQUIRE_EQ(SIGUSR1, w[i].ps.val);
	}
	puppet_end(pp);
}

/* ---- 3. ioctls ---- */

SPEC_TEST(numbers_and_layout)
{
	ATF_REQUIRE_EQ(0x20047001u, PIOCBIS);
	ATF_REQUIRE_EQ(0x20047002u, PIOCBIC);
	ATF_REQUIRE_EQ(0x20047003u, PIOCSFL);
	ATF_REQUIRE_EQ(0x20047005u, PIOCCONT);
	ATF_REQUIRE_EQ(0x40047007u, PIOCGFL);
	ATF_REQUIRE_EQ(sizeof(long) == 8 ? 0x40207004u : 0x40147004u, PIOCWAIT);
	ATF_REQUIRE_EQ(sizeof(long) == 8 ? 0x40207006u : 0x40147006u, PIOCSTATUS);
	ATF_REQUIRE_EQ(0x3f, S_ALLSTOPS);
	ATF_REQUIRE_EQ(sizeof(long) == 8 ? 32u : 20u, sizeof(struct procfs_status));
	ATF_REQUIRE_EQ(8u, offsetof(struct procfs_status, events));
	ATF_REQUIRE_EQ(sizeof(long) == 8 ? 16u : 12u, offsetof(struct procfs_status, why));
	ATF_REQUIRE_EQ(sizeof(long) == 8 ? 24u : 16u, offsetof(struct procfs_status, val));
}

SPEC_TEST(status_of_one_that_nothing_was_asked_of)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);
	struct procfs_status ps = procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS);
	unsigned flags = 99;

	ATF_REQUIRE_EQ(1, ps.state);
	ATF_REQUIRE_EQ(0, ps.events);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(0, flags);
	CONT(fd);
	PIOC(fd, PIOCBIC, S_ALLSTOPS);
	PIOC(fd, PIOCBIS, 0);
	PIOC(fd, PIOCSFL, 0);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	puppet_end(pp);
}

SPEC_TEST(any_bits_are_kept)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXEC | 0x40000000);

	ATF_REQUIRE_EQ(S_EXEC | 0x40000000, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	PIOC(fd, PIOCBIS, S_SIG);
	ATF_REQUIRE_EQ(S_EXEC | S_SIG | 0x40000000, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	PIOC(fd, PIOCBIC, S_EXEC | S_EXIT);
	ATF_REQUIRE_EQ(S_SIG | 0x40000000, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	puppet_end(pp);
}

SPEC_TEST(any_flags_are_kept)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);
	unsigned flags = 0;

	PIOC(fd, PIOCSFL, PF_LINGER | 0x100);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_LINGER | 0x100, flags);
	PIOC(fd, PIOCSFL, PF_FORK);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_FORK, flags);
	puppet_end(pp);
}

SPEC_TEST_AS_USER(isugid_is_for_the_superuser)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);
	unsigned flags = 0;

	PIOC(fd, PIOCSFL, PF_LINGER);
	PIOC_REFUSED(EPERM, fd, PIOCSFL, PF_ISUGID | PF_FORK);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_LINGER, flags);
	puppet_end(pp);
}

static int events_of_interrupted;

static void
on_alarm(int sig)
{
	(void)sig;
	events_of_interrupted++;
}

SPEC_TEST(wait_is_interrupted_and_stores_nothing)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);
	struct procfs_status ps, before;
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;
	ATF_REQUIRE_EQ(0, sigaction(SIGALRM, &sa, NULL));
	memset(&ps, 0x5a, sizeof(ps));
	before = ps;
	(void)alarm(1);
	PIOC_REFUSED(EINTR, fd, PIOCWAIT, &ps);
	ATF_REQUIRE_EQ(1, events_of_interrupted);
	ATF_REQUIRE_EQ(0, memcmp(&before, &ps, sizeof(ps)));
	puppet_end(pp);
}

SPEC_TEST(wait_ends_when_the_exit_begins)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);
	struct procfs_status ps;

	puppet_will(pp, 0, do_exit, 1);
	if (procfs_ioctl(fd, PIOCWAIT, &ps) == -1)
		ATF_REQUIRE_EQ(EIO, errno); /* it was faster */
	else
		ATF_REQUIRE_EQ(1, ps.state);
	EXPECT_EXIT(pp->pid, 1);
	puppet_end(pp);
}

SPEC_TEST(wait_without_events_ends_when_the_exit_begins)
{
	struct puppet *pp = puppet_start(2);
	struct waiter w = { .fd = procfs_watch(pp->pid, S_EXEC) };

	ATF_REQUIRE_EQ(0, pthread_create(&w.thread, NULL, wait_event, &w));
	puppet_will(pp, 0, do_nothing, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_will(pp, 1, do_exit, 1);
	ATF_REQUIRE_EQ(0, pthread_join(w.thread, NULL));
	if (w.error != EIO) {
		ATF_REQUIRE_EQ(0, w.error);
		ATF_REQUIRE_EQ(1, w.ps.state);
		ATF_REQUIRE_EQ(0, w.ps.why);
		ATF_REQUIRE_EQ(S_EXEC, w.ps.events);
	}
	EXPECT_EXIT(pp->pid, 1);
	puppet_end(pp);
}

SPEC_TEST(cont_with_nobody_waiting_looks_at_nothing)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	PIOC(fd, PIOCCONT, -1);
	PIOC(fd, PIOCCONT, 9999);
	PIOC(fd, PIOCCONT, SIGTERM);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(cont_refuses_what_is_no_signal)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	PIOC_REFUSED(EINVAL, fd, PIOCCONT, -1);
	PIOC_REFUSED(EINVAL, fd, PIOCCONT, 9999);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_end(pp);
}

/* An ordinary signal of the process: an event itself. */
SPEC_TEST(cont_sends_a_signal)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	PIOC(fd, PIOCCONT, SIGUSR2);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

SPEC_TEST(cont_with_SIGKILL_kills)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_EXIT);

	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	PIOC(fd, PIOCCONT, SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

SPEC_TEST(other_requests_are_ENOTTY)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);

	PIOC_REFUSED(ENOTTY, fd, 0x20047008, 0);
	PIOC_REFUSED(ENOTTY, fd, 0x20047000, 0);
	PIOC_REFUSED(ENOTTY, fd, FIONREAD, 0);
	puppet_end(pp);
}

SPEC_TEST(gone_is_EIO)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG), unused = procfs_open(pp->pid);
	struct procfs_status ps;
	unsigned flags;
	int status;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	ATF_REQUIRE_EQ(pp->pid, waitpid(pp->pid, &status, 0));
	PIOC_REFUSED(EIO, fd, PIOCSTATUS, &ps);
	PIOC_REFUSED(EIO, fd, PIOCWAIT, &ps);
	PIOC_REFUSED(EIO, fd, PIOCCONT, 0);
	PIOC_REFUSED(EIO, fd, PIOCBIS, S_SIG);
	PIOC_REFUSED(EIO, fd, PIOCBIC, S_SIG);
	PIOC_REFUSED(EIO, fd, PIOCSFL, 0);
	PIOC_REFUSED(EIO, fd, PIOCGFL, &flags);
	PIOC_REFUSED(EIO, fd, 0x20047008, 0); /* before the request is looked at */
	PIOC_REFUSED(EIO, unused, PIOCSTATUS, &ps);
	PIOC_REFUSED(EIO, unused, PIOCBIS, S_SIG);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	ATF_REQUIRE_EQ(0, procfs_close(unused));
	ATF_REQUIRE_ERRNO(ENOENT, procfs_open(pp->pid) == -1);
	puppet_end(pp);
}

/* A zombie is gone. */
SPEC_TEST(exiting_is_EIO)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXIT);
	struct procfs_status ps;

	puppet_will(pp, 0, do_exit, 1);
	EXPECT_EVENT(fd, S_EXIT, W_EXITCODE(1, 0));
	PIOC(fd, PIOCSTATUS, &ps); /* it has not begun to */
	CONT(fd);
	PIOC_REFUSED(EIO, fd, PIOCSTATUS, &ps);
	PIOC_REFUSED(EIO, fd, PIOCWAIT, &ps);
	EXPECT_EXIT(pp->pid, 1);
	puppet_end(pp);
}

/* ---- 4. when bits and stops go away ---- */

SPEC_TEST(last_close_ends_it_and_lets_go)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_SIG), other = procfs_open(pp->pid);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_catch, SIGUSR1));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	EXPECT_EVENT(other, S_SIG, SIGUSR1);
	ATF_REQUIRE(!answers(pp, 0));
	ATF_REQUIRE_EQ(0, procfs_close(other));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	fd = procfs_open(pp->pid);
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGUSR1));
	puppet_end(pp);
}

SPEC_TEST(last_close_clears_the_flags)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_open(pp->pid);
	unsigned flags = 99;

	PIOC(fd, PIOCSFL, PF_FORK);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	fd = procfs_open(pp->pid);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(0, flags);
	puppet_end(pp);
}

SPEC_TEST(linger_keeps_everything)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);
	unsigned flags = 0;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	PIOC(fd, PIOCSFL, PF_LINGER);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	ATF_REQUIRE(!answers(pp, 0));
	fd = procfs_open(pp->pid);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(S_SIG, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_LINGER, flags);
	PIOC(fd, PIOCSFL, 0);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(linger_keeps_events_to_come)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXIT);

	PIOC(fd, PIOCSFL, PF_LINGER);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	puppet_will(pp, 0, do_exit, 0);
	fd = procfs_open(pp->pid);
	ATF_REQUIRE(fd != -1);
	EXPECT_EVENT(fd, S_EXIT, 0);
	CONT(fd);
	EXPECT_EXIT(pp->pid, 0);
	puppet_end(pp);
}

SPEC_TEST(SIGKILL_lets_go_and_is_no_event)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_ALLSTOPS & ~(S_SCE | S_SCX));

	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGKILL));
	EXPECT_DEATH(pp->pid, SIGKILL);
	puppet_end(pp);
}

static long
do_setuid(long uid)
{
	return (setuid((uid_t)uid) == -1 ? -errno : 0);
}

SPEC_TEST_AS_ROOT(change_of_credentials_clears_the_events)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_EXIT);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_setuid, 65534));
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGUSR1));
	/* Asked for anew they are kept. */
	PIOC(fd, PIOCBIS, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(change_of_credentials_is_seen_at_the_next_event)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_be_nobody, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_raise, SIGUSR1));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST_AS_ROOT(isugid_keeps_events_over_a_change_of_credentials)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	PIOC(fd, PIOCSFL, PF_ISUGID);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_setuid, 65534));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(exec_keeps_events_and_flags)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXEC | S_EXIT);
	unsigned flags = 0;

	PIOC(fd, PIOCSFL, PF_FORK);
	puppet_will(pp, 0, do_exec, 0);
	EXPECT_EVENT(fd, S_EXEC, 0);
	ATF_REQUIRE_EQ(S_EXEC | S_EXIT, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	PIOC(fd, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_FORK, flags);
	CONT(fd);
	EXPECT_EVENT(fd, S_EXIT, 0);
	CONT(fd);
	EXPECT_EXIT(pp->pid, 0);
	puppet_end(pp);
}

SPEC_TEST(child_starts_with_none)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG), other;
	pid_t child = (pid_t)puppet_does(pp, 0, do_new_child, 1);
	unsigned flags = 99;

	ATF_REQUIRE(child > 0);
	ATF_REQUIRE((other = procfs_open(child)) != -1);
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, other, PIOCSTATUS).events);
	PIOC(other, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(0, flags);
	puppet_will(pp, 1, do_raise, SIGTERM);
	ATF_REQUIRE_EQ(W_EXITCODE(0, SIGTERM), puppet_does(pp, 0, do_collect, child));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

static void
inherits(part *fork_part)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG | S_EXIT), other;
	pid_t child;
	unsigned flags = 0;

	PIOC(fd, PIOCSFL, PF_FORK | PF_LINGER);
	child = (pid_t)puppet_does(pp, 0, fork_part, 1);
	ATF_REQUIRE(child > 0);
	ATF_REQUIRE((other = procfs_open(child)) != -1);
	ATF_REQUIRE_EQ(S_SIG | S_EXIT, procfs_look(__FILE__, __LINE__, other, PIOCSTATUS).events);
	PIOC(other, PIOCGFL, &flags);
	ATF_REQUIRE_EQ(PF_FORK | PF_LINGER, flags);
	if (fork_part == do_new_child) {
		puppet_will(pp, 1, do_raise, SIGTERM);
		EXPECT_EVENT(other, S_SIG, SIGTERM);
		EXPECT_RUNNING(fd);
		CONT(other);
		EXPECT_EVENT(other, S_SIG, SIGTERM);
		CONT(other);
		EXPECT_EVENT(other, S_EXIT, SIGTERM);
	} else
		EXPECT_EVENT(other, S_EXIT, W_EXITCODE(1, 0));
	CONT(other);
	(void)puppet_does(pp, 0, do_collect, child);
	puppet_end(pp);
}

SPEC_TEST(child_inherits_with_PF_FORK)
{
	inherits(do_new_child);
}

SPEC_TEST(child_that_exits_at_once_inherits_with_PF_FORK)
{
	inherits(do_fork);
}

static long
do_vfork_and_tell(long code)
{
	pid_t pid = vfork();

	if (pid == 0) {
		stage->word[1] = getpid();
		_exit((int)code);
	}
	return (pid);
}

SPEC_TEST(child_by_vfork_inherits_with_PF_FORK)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_EXIT), other;
	pid_t child;

	PIOC(fd, PIOCSFL, PF_FORK);
	stage->word[1] = 0;
	puppet_will(pp, 0, do_vfork_and_tell, 2);
	while ((child = (pid_t)stage->word[1]) == 0)
		sched_yield();
	ATF_REQUIRE((other = procfs_open(child)) != -1);
	EXPECT_EVENT(other, S_EXIT, W_EXITCODE(2, 0));
	ATF_REQUIRE(!answers(pp, 0));
	CONT(other);
	ATF_REQUIRE_EQ(child, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(bic_leaves_a_thread_that_waits)
{
	struct puppet *pp = puppet_start(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	PIOC(fd, PIOCBIC, S_SIG);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	ATF_REQUIRE(!answers(pp, 0));
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0)); /* no second time */
	puppet_end(pp);
}

/* ---- with ptrace ---- */

SPEC_TEST(stop_event_comes_before_the_signal_stop)
{
	struct puppet *pp = puppet_attached(2);
	int fd;

	ATF_REQUIRE_ERRNO(EBUSY, ptrace(PT_ATTACH, pp->pid, NULL, 0) == -1);
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(getpid(), puppet_does(pp, 1, do_getppid, 0));
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGUSR1);
	EXPECT_RUNNING(fd);
	/* Discarded it is not acted on: no second time. */
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

SPEC_TEST(second_stop_event_is_of_the_signal_passed_on)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGUSR2);
	EXPECT_EVENT(fd, S_SIG, SIGUSR2);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

SPEC_TEST(stop_events_come_before_the_stops_of_calls)
{
	struct puppet *pp = puppet_start(1);
	int fd = watch_calls(pp, S_SCE | S_SCX);

	puppet_attach(pp);
	puppet_will(pp, 0, do_getppid, 0);
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	EXPECT_EVENT(fd, S_SCX, SYS_read);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCX, PL_FLAG_SCE, INFO(pp->pid));
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	EXPECT_EVENT(fd, S_SCE, 0);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_SCE, PL_FLAG_SCX, INFO(pp->pid));
	ASK(PT_SYSCALL, pp->pid, 1, 0);
	EXPECT_EVENT(fd, S_SCX, SYS_getppid);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGTRAP);
	puppet_end(pp);
}

SPEC_TEST(stop_event_comes_before_the_exec_stop)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_EXEC);

	puppet_will(pp, 0, do_exec, 3);
	GO(pp->pid, 0);
	EXPECT_EVENT(fd, S_EXEC, 0);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGTRAP);
	REQUIRE_FLAGS(PL_FLAG_EXEC, 0, INFO(pp->pid));
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

static bool
makes_thread(unsigned long call)
{
#ifdef SYS_clone3
	if (call == SYS_clone3)
		return (true);
#endif
#ifdef SYS_thr_new
	return (call == SYS_thr_new);
#else
	return (call == SYS_clone);
#endif
}

/* The maker's exit and the new thread's are of the same call.  Were that not, its own first call would be shown. */
SPEC_TEST(birth_of_a_thread_of_a_traced_process_is_an_exit)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_SCX);
	struct procfs_status ps;

	puppet_will(pp, 0, do_new_thread, 1);
	GO(pp->pid, 0);
	ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	while (ps.state == 0 && !makes_thread(ps.val)) {
		CONT(fd);
		ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	}
	ATF_REQUIRE(!answers(pp, 0));
	ATF_REQUIRE(!answers(pp, 1));
	ps = procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	ATF_REQUIRE(makes_thread(ps.val));
	puppet_end(pp);
}

/* A stop of the process waits for a thread in stopevent(), as for any sleep that nothing breaks. */
SPEC_TEST(stop_of_the_process_waits_for_the_thread)
{
	struct puppet *pp = puppet_start(2);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	fd = procfs_watch(pp->pid, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	PIOC(fd, PIOCBIC, S_SIG);
	ASK(PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_NOTHING(pp->pid);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(2, ptrace(PT_GETNUMLWPS, pp->pid, NULL, 0));
	/* The signal it slept for is one of a traced process by now. */
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

/* The SIGSTOP of an attach is a signal that is looked at. */
SPEC_TEST(attach_is_an_event_first)
{
	struct puppet *pp = puppet_start(2);
	int fd = procfs_watch(pp->pid, S_SIG);

	ASK(PT_ATTACH, pp->pid, NULL, 0);
	EXPECT_EVENT(fd, S_SIG, SIGSTOP);
	EXPECT_NOTHING(pp->pid);
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGSTOP);
	EXPECT_RUNNING(fd);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_nothing, 0));
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

/* What wait says is not what PIOCSTATUS says. */
SPEC_TEST(status_of_wait_and_value_are_apart)
{
	struct puppet *pp = puppet_attached(3);
	int fd = procfs_watch(pp->pid, S_SIG);

	puppet_will(pp, 1, do_raise, SIGUSR1);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	(void)procfs_look(__FILE__, __LINE__, fd, PIOCWAIT);
	while (procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).state != 0)
		sched_yield();
	CONT(fd);
	for (;;) {
		int status = 0;

		if (spec_wait(pp->pid, &status, WNOHANG) == pp->pid) {
			ATF_REQUIRE(status == W_STOPCODE(SIGUSR1) || status == W_STOPCODE(SIGUSR2));
			break;
		}
		CONT(fd);
	}
	puppet_end(pp);
}

SPEC_TEST(detach_clears_the_events)
{
	struct puppet *pp = puppet_attached(2);
	int fd = procfs_watch(pp->pid, S_SIG | S_EXEC);

	ASK(PT_DETACH, pp->pid, 1, 0);
	ATF_REQUIRE_EQ(0, procfs_look(__FILE__, __LINE__, fd, PIOCSTATUS).events);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 1, do_raise, SIGUSR1));
	REFUSED(EPERM, PT_CONTINUE, pp->pid, 1, 0);
	/* The file is still good. */
	PIOC(fd, PIOCBIS, S_SIG);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_EVENT(fd, S_SIG, SIGUSR1);
	puppet_end(pp);
}

SPEC_TEST(detach_delivers_its_signal)
{
	struct puppet *pp = puppet_start(1);
	int fd;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	fd = procfs_watch(pp->pid, S_EXEC);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	ASK(PT_DETACH, pp->pid, 1, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	EXPECT_RUNNING(fd);
	puppet_end(pp);
}

/* Closed, the process is traced as before. */
SPEC_TEST(close_leaves_the_trace)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_SIG);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, procfs_close(fd));
	puppet_will(pp, 0, do_raise, SIGUSR1);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_will(pp, 0, do_exit, 1);
	EXPECT_EXIT(pp->pid, 1);
	puppet_end(pp);
}

/* A followed child of a traced process: SIGSTOP as ever, and what PF_FORK hands on. */
SPEC_TEST(followed_child_inherits_too)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_EXIT), other, status, i;
	pid_t child = 0, pid;

	PIOC(fd, PIOCSFL, PF_FORK);
	ASK(PT_FOLLOW_FORK, pp->pid, NULL, 1);
	puppet_will(pp, 0, do_fork, 3);
	GO(pp->pid, 0);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((pid = spec_wait(-1, &status, 0)) > 0);
		ATF_REQUIRE(WIFSTOPPED(status));
		if (pid != pp->pid)
			child = pid;
		else
			GO(pid, 0);
	}
	ATF_REQUIRE(child != 0);
	ATF_REQUIRE((other = procfs_open(child)) != -1);
	ATF_REQUIRE_EQ(S_EXIT, procfs_look(__FILE__, __LINE__, other, PIOCSTATUS).events);
	GO(child, 0);
	EXPECT_EVENT(other, S_EXIT, W_EXITCODE(3, 0));
	CONT(other);
	EXPECT_EXIT(child, 3);
	puppet_end(pp);
}

/* With PF_FORK a child keeps the step flag of a parent that steps over its fork, and takes the trap. */
SPEC_TEST(child_keeps_the_step_flag_with_PF_FORK)
{
	struct puppet *pp = puppet_attached(1);
	int fd = procfs_watch(pp->pid, S_SIG), other, i;
	struct reg regs;
	pid_t child = 0;

	PIOC(fd, PIOCSFL, PF_FORK);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	puppet_will(pp, 0, do_fork, 3);
	/* On to the entry of the call that forks, and over it by a step. */
	for (i = 0; i < 300; i++) {
		EXPECT_STOP(pp->pid, SIGTRAP);
		if (INFO(pp->pid).pl_syscall_code == SYS_fork || makes_thread(INFO(pp->pid).pl_syscall_code))
			break;
		GO(pp->pid, 0);
	}
	ATF_REQUIRE(i < 300);
	ASK(PT_STEP, pp->pid, 1, 0);
	EXPECT_EVENT(fd, S_SIG, SIGTRAP); /* its own trap */
	CONT(fd);
	EXPECT_STOP(pp->pid, SIGTRAP);
	ASK(PT_GETREGS, pp->pid, &regs, 0);
	child = (pid_t)R_RESULT(&regs);
	ATF_REQUIRE(child > 0);
	ATF_REQUIRE((other = procfs_open(child)) != -1);
	EXPECT_EVENT(other, S_SIG, SIGTRAP);
	CONT(other);
	EXPECT_EVENT(other, S_SIG, SIGTRAP);
	CONT(other);
	puppet_end(pp);
}
