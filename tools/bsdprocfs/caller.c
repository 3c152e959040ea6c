/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The process that asks, and what it may.
 */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "hidepid.h"

#define CAPABILITY(n) (UINT64_C(1) << (n))

pid_t
caller_pid(const struct caller *caller)
{
	struct process_creds creds;
	pid_t pid = thread_creds(caller->tid, &creds) == 0 ? creds.tgid : 0;

	process_creds_free(&creds);
	return (pid);
}

static ino_t
own_user_ns(void)
{
	struct stat st;

	return (stat("/proc/self/ns/user", &st) == 0 ? st.st_ino : 0);
}

/* What root may is the host's to say: a root of a container of its own is none here. */
static bool
is_root(const struct process_creds *creds)
{
	return ((creds->effective & CAPABILITY(CAP_SYS_PTRACE)) != 0 && creds->user_ns != 0 &&
	    creds->user_ns == own_user_ns());
}

bool
caller_is_root(const struct caller *caller)
{
	struct process_creds creds;
	bool root = thread_creds(caller->tid, &creds) == 0 && is_root(&creds);

	process_creds_free(&creds);
	return (root);
}

static bool
has_group(const struct process_creds *creds, gid_t own, gid_t group)
{
	for (size_t i = 0; i < creds->ngroups; i++)
		if (creds->groups[i] == group)
			return (true);
	return (own == group);
}

static bool
has_groups_of(const struct process_creds *creds, gid_t own, const struct process_creds *target)
{
	for (size_t i = 0; i < target->ngroups; i++)
		if (!has_group(creds, own, target->groups[i]))
			return (false);
	for (size_t i = 0; i < 3; i++)
		if (!has_group(creds, own, target->gid[i]))
			return (false);
	return (true);
}

/*
 * p_candebug's rule, and Linux's two additions to it: no more capabilities, the same user namespace.
 */
static bool
is_match(const struct caller *caller, const struct process_creds *creds, const struct process_creds *target)
{
	for (size_t i = 0; i < 3; i++)
		if (target->uid[i] != caller->uid)
			return (false);
	return (has_groups_of(creds, caller->gid, target) && !target->changed_ids &&
	    (target->permitted & ~creds->permitted) == 0 && target->user_ns != 0 &&
	    target->user_ns == creds->user_ns);
}

/* Is the process a descendant? */
static bool
is_descendant(pid_t pid, pid_t ancestor)
{
	struct process_stat st;
	struct process p;

	while (pid > 1 && pid != ancestor) {
		if (process_open(&p, pid, 0) != 0)
			return (false);
		pid = process_stat(&p, &st) == 0 ? st.ppid : 0;
		process_close(&p);
	}
	return (pid == ancestor);
}

static int
yama_scope(void)
{
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (f == NULL)
		return (0);
	if (fscanf(f, "%d", &scope) != 1)
		scope = 0;
	fclose(f);
	return (scope);
}

/*
 * Yama's restriction would not stop a bsdprocfs that root started; one of the caller's own is left to it.
 */
static bool
yama_lets(const struct process_creds *creds, const struct process *p)
{
	int scope;

	if (geteuid() != 0)
		return (true);
	scope = yama_scope();
	return (scope == 0 || (scope == 1 && is_descendant(p->pid, creds->tgid)));
}

int
caller_may_debug(const struct caller *caller, const struct process *p)
{
	struct process_creds creds = { 0 }, target = { 0 };
	int error = ESRCH;

	if (thread_creds(caller->tid, &creds) == 0 && process_creds(p, &target) == 0)
		error = is_root(&creds) || creds.tgid == p->pid ||
			(is_match(caller, &creds, &target) && yama_lets(&creds, p)) ?
		    0 :
		    EPERM;
	process_creds_free(&creds);
	process_creds_free(&target);
	return (error);
}

int
caller_may_see(const struct caller *caller, const struct process *p)
{
	struct process_creds creds;
	gid_t exempt;
	int error = 0;

	if (!hidepid_is_set(&exempt) || caller_may_debug(caller, p) == 0)
		return (0);
	if (thread_creds(caller->tid, &creds) != 0 || exempt == (gid_t)-1 ||
	    !has_group(&creds, caller->gid, exempt))
		error = ESRCH;
	process_creds_free(&creds);
	return (error);
}

bool
caller_is_32bit(const struct caller *caller)
{
	char path[32];
	int dir;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d", caller->tid);
	if ((dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (false);
	is = program_class(dir) == 32;
	close(dir);
	return (is);
}
