/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whether, and why not, the kernel lets this process trace another.  Every rule of its says EPERM; so they are gone
 * through in the kernel's order until one is found that refuses.  From: ptrace(2), "Ptrace access mode checking".
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define TEXT_SIZE 12288		/* of /proc/PID/status, many groups included */
#define CAP_SYS_PTRACE_BIT 19
#define UNMAPPED 65534u		/* how an id that a user namespace does not have is shown */

/* ---- may it? ---- */

/* Does a filter of system calls keep this process from attaching?  Without one nobody is found. */
static bool
is_filtered(void)
{
	return (syscall(SYS_ptrace, PTRACE_SEIZE, -1, NULL, NULL) == -1 && errno != ESRCH);
}

/*
 * Asked to read nothing from nowhere the kernel looks at the rights that an attach needs, and only then at the address.
 * What has no memory, a zombie or a thread of the kernel's, it does not find; of those kcmp tells.
 */
int
lx_may_debug(struct host *h, pid_t tid)
{
	char byte;
	struct iovec local = {.iov_base = &byte, .iov_len = 1}, remote = {.iov_base = NULL, .iov_len = 1};

	(void)h;
	if (is_filtered())
		return (EPERM);
	if (syscall(SYS_process_vm_readv, tid, &local, 1, &remote, 1, 0) != -1 || errno == EFAULT)
		return (0);
	if (errno == EPERM)
		return (EPERM);
	return (syscall(SYS_kcmp, tid, tid, KCMP_VM, 0, 0) == -1 && errno == EPERM ? EPERM : 0);
}

/* ---- what the rules look at ---- */

struct rights {
	unsigned r_uid[3], r_gid[3]; /* real, effective, saved */
	uint64_t r_permitted, r_effective;
	char r_uidmap[1024]; /* which names the user namespace, well enough */
	bool r_dumpable;
};

static bool
rights_read(pid_t tid, struct rights *r)
{
	char text[TEXT_SIZE], path[32];
	struct stat sb;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (proc_read(tid, "status", text, sizeof(text)) != 0 || stat(path, &sb) != 0)
		return (false);
	for (int i = 0; i < 3; i++) {
		r->r_uid[i] = (unsigned)status_field(text, "\nUid:", 10, i);
		r->r_gid[i] = (unsigned)status_field(text, "\nGid:", 10, i);
	}
	r->r_permitted = status_field(text, "\nCapPrm:", 16, 0);
	r->r_effective = status_field(text, "\nCapEff:", 16, 0);
	if (proc_read(tid, "uid_map", r->r_uidmap, sizeof(r->r_uidmap)) != 0)
		r->r_uidmap[0] = '\0';
	/* The files of one that is not dumpable belong to root. */
	r->r_dumpable = sb.st_uid == r->r_uid[1] && sb.st_gid == r->r_gid[1];
	return (true);
}

static bool
may_trace_all(const struct rights *r)
{
	return ((r->r_effective >> CAP_SYS_PTRACE_BIT & 1) != 0);
}

/* How to get past all rules but those of namespaces and modules. */
static const char *
as_root(const struct rights *tracer)
{
	return (tracer->r_uid[1] == 0 ? "with CAP_SYS_PTRACE, which it lacks" : "as root");
}

static bool
all_are(const unsigned id[3], unsigned wanted)
{
	return (id[0] == wanted && id[1] == wanted && id[2] == wanted);
}

static int
yama_scope(void)
{
	char digit = '0';
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");

	if (f == NULL)
		return (0);
	if (fread(&digit, 1, 1, f) != 1)
		digit = '0';
	(void)fclose(f);
	return (digit - '0');
}

/* ---- one rule each: false if it is not the one ---- */

struct sentence {
	char *s_text;
	size_t s_size;
};

#define SAY(s, ...) ((void)snprintf((s)->s_text, (s)->s_size, __VA_ARGS__), true)

static bool
by_id(struct sentence *s, const char *what, const unsigned target[3], unsigned own, const char *root)
{
	if (all_are(target, own))
		return (false);
	if (all_are(target, target[0]))
		return (SAY(s, "its %s is %u, and that of this process %u: run the tracer as that %s, or %s", what,
		    target[0], own, what, root));
	return (SAY(s, "its %s ids are %u (real), %u (effective) and %u (saved), and not all %u as that of this process, "
		       "since it runs a set-id program or has changed them: run the tracer %s",
	    what, target[0], target[1], target[2], own, root));
}

static bool
by_namespace(struct sentence *s, const struct rights *tracer, const struct rights *target)
{
	bool other = strcmp(tracer->r_uidmap, target->r_uidmap) != 0;
	bool known = target->r_uid[0] != UNMAPPED && target->r_gid[0] != UNMAPPED;

	/* Without rights of one's own ids come first, if they can be told at all. */
	if (!other || (!may_trace_all(tracer) && known && !all_are(target->r_uid, tracer->r_uid[0])))
		return (false);
	return (SAY(s, "it is in a user namespace in which this process has no rights: run the tracer in that one "
		       "(nsenter --user --target PID), or outside, as the user who made it"));
}

static bool
by_dumpable(struct sentence *s, const struct rights *tracer, const struct rights *target)
{
	if (target->r_dumpable)
		return (false);
	return (SAY(s, "it is not dumpable, since it has changed its ids, runs a program that may not be read, or has "
		       "asked for that: run the tracer %s, or have it call prctl(PR_SET_DUMPABLE, 1)",
	    as_root(tracer)));
}

static bool
by_capabilities(struct sentence *s, const char *who, const struct rights *tracer, const struct rights *target)
{
	uint64_t more = target->r_permitted & ~tracer->r_permitted;

	if (more == 0)
		return (false);
	return (SAY(s, "it has capabilities that %s lacks (capsh --decode=%016llx names them): run the tracer %s",
	    who, (unsigned long long)more, as_root(tracer)));
}

static bool
is_descendant(pid_t pid)
{
	struct status st;

	while (pid > 1 && status_read(pid, &st) == 0) {
		if (st.st_tgid == getpid())
			return (true);
		pid = st.st_ppid;
	}
	return (false);
}

static bool
by_yama_for_root(struct sentence *s, const struct rights *tracer)
{
	if (yama_scope() != 2)
		return (false);
	return (SAY(s, "Yama lets none but root trace processes (kernel.yama.ptrace_scope is 2): set that to 0, or run the "
		       "tracer %s",
	    as_root(tracer)));
}

static bool
by_yama(struct sentence *s, const struct rights *tracer, pid_t tid)
{
	if (yama_scope() == 1 && !is_descendant(tid))
		return (SAY(s, "Yama lets a process trace its descendants only (kernel.yama.ptrace_scope is 1): set that to "
			       "0, run the tracer %s, or have the target call prctl(PR_SET_PTRACER, PID of the tracer)",
		    as_root(tracer)));
	return (by_yama_for_root(s, tracer));
}

static bool
by_yama_for_all(struct sentence *s)
{
	if (yama_scope() < 3)
		return (false);
	return (SAY(s, "Yama lets nobody trace processes (kernel.yama.ptrace_scope is 3, which lasts until the next boot): "
		       "boot without that setting"));
}

static bool
by_filter(struct sentence *s)
{
	if (!is_filtered())
		return (false);
	return (SAY(s, "a seccomp filter keeps this process from ptrace(2): take that call out of the filter, which for a "
		       "container is its seccomp profile"));
}

static bool
by_module(struct sentence *s)
{
	return (SAY(s, "a security module of the kernel refuses it, such as SELinux, AppArmor, Landlock or one of BPF: see "
		       "what it logs (journalctl -k), and change its rules"));
}

static bool
by_rights(struct sentence *s, const struct rights *tracer, const struct rights *target)
{
	const char *root = as_root(tracer);

	if (by_namespace(s, tracer, target))
		return (true);
	if (may_trace_all(tracer))
		return (false);
	return (by_id(s, "user", target->r_uid, tracer->r_uid[0], root) ||
	    by_id(s, "group", target->r_gid, tracer->r_gid[0], root) || by_dumpable(s, tracer, target) ||
	    by_capabilities(s, "this process", tracer, target));
}

/* ---- all of them ---- */

static void
explain_refusal(struct sentence *s, struct host *h, pid_t tid)
{
	struct rights tracer, target;
	uint64_t flags = 0;

	if (!rights_read(getpid(), &tracer) || !rights_read(tid, &target) || flags_read(tid, &flags) != 0)
		(void)SAY(s, "it was not to be traced by this process, and has ended since");
	else if ((flags & PF_KTHREAD) != 0)
		(void)SAY(s, "it is a thread of the kernel's own, which nobody can trace: choose a process");
	else if (by_filter(s))
		return;
	else if (lx_may_debug(h, tid) == 0)
		(void)SAY(s, "nothing refuses it any more, for rights have changed since: try again");
	else if (!by_rights(s, &tracer, &target) && (may_trace_all(&tracer) || !by_yama(s, &tracer, tid)) &&
	    !by_yama_for_all(s))
		(void)by_module(s);
}

static void
explain_absence(struct sentence *s, pid_t tid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", tid);
	if (access("/proc/self/status", F_OK) != 0)
		(void)SAY(s, "without /proc nothing is known of any process: mount it");
	else if ((kill(tid, 0) == 0 || errno == EPERM) && access(path, F_OK) != 0)
		(void)SAY(s, "it is hidden, since /proc is mounted with hidepid: run the tracer as its user or as root, or with "
			     "the group that the option gid= of that mount names");
	else
		(void)SAY(s, "there is no such process or thread, or not in this pid namespace: look with ps -eL");
}

void
lx_explain(struct host *h, pid_t tid, int error, char *text, size_t size)
{
	struct sentence s = {.s_text = text, .s_size = size};

	if (error == ESRCH)
		explain_absence(&s, tid);
	else
		explain_refusal(&s, h, tid);
}

/* ---- PT_TRACE_ME ---- */

static bool
by_parent(struct sentence *s, pid_t parent, const struct rights *target)
{
	struct rights tracer;

	if (!rights_read(parent, &tracer) || may_trace_all(&tracer))
		return (false);
	return (by_yama_for_root(s, &tracer) || (target != NULL && by_capabilities(s, "its parent", &tracer, target)));
}

/* The child may have gone; then what its parent, the caller, may is all that can be looked at. */
void
lx_explain_traceme(struct host *h, pid_t pid, char *text, size_t size)
{
	struct sentence s = {.s_text = text, .s_size = size};
	struct rights target;
	struct status st;
	bool there = status_read(pid, &st) == 0 && rights_read(pid, &target);
	pid_t parent = there ? st.st_ppid : getpid();

	(void)h;
	if (there && parent_is_init(parent))
		(void)SAY(&s, "its parent is init, process 1, which traces nobody: have the tracer itself start it");
	else if (!by_filter(&s) && !by_yama_for_all(&s) && !by_parent(&s, parent, there ? &target : NULL))
		(void)by_module(&s);
}
