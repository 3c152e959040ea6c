/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ctl: the commands; and what is traced because of them.
 *
 * bsdprocfs is the tracer, whoever asked.  The ends of tracees are collected by a thread that waits for
 * nothing else, so that they go to their parents; stops wait until somebody asks.
 */
#include "control.h"

#include <bsdptrace.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/idmap.h"
#include "stop.h"

#define COMMAND_MAX 128 /* bytes of the longest that is looked at */
#define LOOKS_MAX 5000	/* for a process to be untraced: a second or more */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t attached = PTHREAD_COND_INITIALIZER;

/* Under the lock. */
static struct idmap traced; /* pid to itself, for any item */
static unsigned attaches;   /* how many there were */
static bool reaping;

static void
note_attached(pid_t pid)
{
	pthread_mutex_lock(&lock);
	idmap_put(&traced, (uint64_t)pid, &traced);
	attaches++;
	pthread_cond_signal(&attached);
	pthread_mutex_unlock(&lock);
}

static void
note_gone(pid_t pid)
{
	pthread_mutex_lock(&lock);
	idmap_remove(&traced, (uint64_t)pid);
	pthread_mutex_unlock(&lock);
}

static void
await_attach(unsigned *seen)
{
	pthread_mutex_lock(&lock);
	while (attaches == *seen)
		pthread_cond_wait(&attached, &lock);
	*seen = attaches;
	pthread_mutex_unlock(&lock);
}

/* Collects ends; sleeps while there is nobody who could end. */
static void *
reap(void *unused)
{
	unsigned seen = 0;
	int status;
	pid_t pid;

	(void)unused;
	for (;;) {
		pid = bsd_wait6(P_ALL, 0, &status, WEXITED, NULL, NULL);
		if (pid > 0)
			note_gone(pid);
		else if (errno == ECHILD)
			await_attach(&seen);
	}
	return (NULL);
}

/* Before the first attach. */
static int
start_reaper(void)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	if (!reaping) {
		error = task_start_thread(reap);
		reaping = error == 0;
	}
	pthread_mutex_unlock(&lock);
	return (error);
}

static int
run(pid_t pid, const char *command)
{
	return (bsd_procfs_ctl(pid, command) == -1 ? errno : 0);
}

/*
 * Should bsdprocfs be killed, its tracees go on: whoever wrote the commands may know nothing of it.  That can be
 * said of a process that is stopped.
 */
static void
note_stopped(pid_t pid)
{
	(void)stop_collect(pid);
	(void)bsd_ptrace_exitkill(pid, false);
}

static bool
is_traced(pid_t pid)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = idmap_get(&traced, (uint64_t)pid) != NULL;
	pthread_mutex_unlock(&lock);
	return (is);
}

/* The process that had the id when the file was opened may have ended just before. */
static int
attach(struct task *task, const struct process *p, const char *command)
{
	int error;

	if (!is_traced(p->pid) && caller_pid(&task->caller) == p->pid)
		return (EINVAL);
	if ((error = start_reaper()) != 0 || (error = run(p->pid, command)) != 0)
		return (error);
	note_attached(p->pid);
	if (process_alive(p) == 0)
		return (0);
	(void)run(p->pid, "detach");
	note_gone(p->pid);
	return (ESRCH);
}

static bool
is_traced_by_host(pid_t pid)
{
	struct process_creds creds;
	bool is = thread_creds(pid, &creds) == 0 && creds.tracer != 0;

	process_creds_free(&creds);
	return (is);
}

/*
 * A process that runs is let go of when it can be stopped for it, which is soon unless it is deep in the kernel.
 * Who looks after a detach, or after our end, must find it untraced.
 */
static void
await_untraced(pid_t pid)
{
	static const struct timespec while_ = { .tv_nsec = 200000 };

	for (int i = 0; i < LOOKS_MAX && is_traced_by_host(pid); i++)
		nanosleep(&while_, NULL);
}

static int
detach(struct task *task, const struct process *p, const char *command)
{
	bool was_traced = is_traced(p->pid);
	int error = run(p->pid, command);

	if (error != 0)
		return (error);
	note_gone(p->pid);
	if (was_traced)
		await_untraced(p->pid);
	return (0);
}

static int
resume(struct task *task, const struct process *p, const char *command)
{
	if (is_traced(p->pid))
		note_stopped(p->pid);
	return (run(p->pid, command));
}

static int
await(struct task *task, const struct process *p, const char *command)
{
	int error;

	while ((error = run(p->pid, command)) == EINTR && !task_is_interrupted(task))
		continue;
	if (error == 0 && is_traced(p->pid))
		note_stopped(p->pid);
	return (error);
}

static const struct command {
	const char *name;
	bool of_debugger; /* for those who may debug the process */
	int (*run)(struct task *, const struct process *, const char *);
} commands[] = {
	{ "attach", true, attach },
	{ "detach", false, detach },
	{ "run", true, resume },
	{ "step", true, resume },
	{ "wait", true, await },
	{ "", false, resume }, /* the name of a signal, or no command at all */
};

static const struct command *
find_command(const char *name)
{
	const struct command *c = commands;

	while (c->name[0] != '\0' && strcmp(c->name, name) != 0)
		c++;
	return (c);
}

/* A wait must not keep others from the process. */
static int
run_alone(struct task *task, const struct process *p, const struct command *c, const char *text)
{
	struct stop stop;
	int error;

	if (c->run == await)
		return (await(task, p, text));
	if ((error = stop_hold(task, &stop, p->pid)) != 0)
		return (error);
	error = c->run(task, p, text);
	stop_let_go(&stop);
	return (error);
}

int
control_command(struct task *task, const struct process *p, const char *text, size_t len)
{
	const struct command *c;
	char command[COMMAND_MAX];
	int error;

	while (len > 0 && strchr(" \t\n\v\f\r", text[len - 1]) != NULL)
		len--;
	if (len >= sizeof(command) || memchr(text, '\0', len) != NULL)
		return (EOPNOTSUPP);
	memcpy(command, text, len);
	command[len] = '\0';
	c = find_command(command);
	if (c->of_debugger && (error = caller_may_debug(&task->caller, p)) != 0)
		return (error);
	return (run_alone(task, p, c, command));
}

void
control_end(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < traced.room; i++)
		if (traced.entries[i].item != NULL)
			(void)bsd_procfs_ctl((pid_t)traced.entries[i].id, "detach");
	for (size_t i = 0; i < traced.room; i++)
		if (traced.entries[i].item != NULL)
			await_untraced((pid_t)traced.entries[i].id);
	pthread_mutex_unlock(&lock);
}
