/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The rules of Linux on who may trace whom, each with the errno it comes to and the sentence that explains it.
 */
#include "apart.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cases.h"

#define LIVE_TEST_AS_ROOT(name, shows) TEST_CASE(name, "root", shows)

/* Every user is as good as another here, so what is to be seen is seen only without Yama. */
static void
need_no_yama(void)
{
	if (yama() != 0)
		SKIP("kernel.yama.ptrace_scope is %d, and would refuse it anyway", yama());
}

/* ---- users, groups ---- */

static void
try_ids(void)
{
	pid_t roots = target(as_root), bobs = target(as_bob), anns = target(as_ann);

	as_ann();
	REFUSED(EPERM, roots, "its user is 0, and that of this process 24101");
	REFUSED(EPERM, roots, "run the tracer as that user, or as root");
	REFUSED(EPERM, bobs, "its user is 24102, and that of this process 24101");
	need_no_yama();
	allowed(anns);
}

LIVE_TEST_AS_ROOT(another_user_is_named, "dbg.4")
{
	apart(try_ids);
}

static void
in_bobs_group(void)
{
	be(ANN, BOBS);
	be_dumpable();
}

static void
with_another_user(void)
{
	gid_t gid = ANNS;

	MUST(setgroups(1, &gid) == 0 && setresgid(ANNS, ANNS, ANNS) == 0 && setresuid(ANN, BOB, ANN) == 0);
	be_dumpable();
}

static void
with_another_group(void)
{
	gid_t gid = ANNS;

	MUST(setgroups(1, &gid) == 0 && setresgid(ANNS, ANNS, BOBS) == 0 && setresuid(ANN, ANN, ANN) == 0);
	be_dumpable();
}

static void
try_groups(void)
{
	pid_t group = target(in_bobs_group), user = target(with_another_user), saved = target(with_another_group);

	as_ann();
	REFUSED(EPERM, group, "its group is 25102, and that of this process 25101");
	REFUSED(EPERM, user, "its user ids are 24101 (real), 24102 (effective) and 24101 (saved)");
	REFUSED(EPERM, saved, "its group ids are 25101 (real), 25101 (effective) and 25102 (saved)");
	REFUSED(EPERM, saved, "run the tracer as root");
}

LIVE_TEST_AS_ROOT(another_group_and_mixed_ids_are_named, "dbg.4 dbg.5")
{
	apart(try_groups);
}

/* Root without the capability, as in many containers. */
static void
drop_capability(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &header, data) == 0);
	data[cap / 32].effective &= ~(1u << cap % 32);
	data[cap / 32].permitted &= ~(1u << cap % 32);
	data[cap / 32].inheritable &= ~(1u << cap % 32);
	MUST(syscall(SYS_capset, &header, data) == 0);
}

static void
try_poor_root(void)
{
	pid_t anns = target(as_ann), roots = target(as_root);

	drop_capability(CAP_SYS_PTRACE);
	REFUSED(EPERM, anns, "its user is 24101, and that of this process 0");
	REFUSED(EPERM, anns, "or with CAP_SYS_PTRACE, which it lacks");
	REFUSED(EPERM, roots, "it has capabilities that this process lacks (capsh --decode=0000000000080000 names them)");
}

LIVE_TEST_AS_ROOT(root_without_the_capability_is_told_so, "dbg.9")
{
	apart(try_poor_root);
}

/* ---- capabilities, dumpable ---- */

static void
with_a_capability(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	MUST(prctl(PR_SET_KEEPCAPS, 1) == 0);
	be(ANN, ANNS);
	data[0].permitted = 1u << CAP_NET_RAW;
	MUST(syscall(SYS_capset, &header, data) == 0);
	be_dumpable();
}

static void
try_capabilities(void)
{
	pid_t more = target(with_a_capability);

	as_ann();
	REFUSED(EPERM, more, "it has capabilities that this process lacks (capsh --decode=0000000000002000 names them)");
}

LIVE_TEST_AS_ROOT(capabilities_of_the_target_count, "dbg.9")
{
	apart(try_capabilities);
}

static void
try_more_capabilities(void)
{
	pid_t anns = target(as_ann);

	with_a_capability();
	need_no_yama();
	allowed(anns);
}

LIVE_TEST_AS_ROOT(capabilities_of_the_tracer_do_no_harm, "dbg.9")
{
	apart(try_more_capabilities);
}

static void
undumpable(void)
{
	be(ANN, ANNS);
	MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
}

static void
try_dumpable(void)
{
	pid_t closed = target(undumpable);

	allowed(closed); /* root may */
	as_ann();
	REFUSED(EPERM, closed, "it is not dumpable");
	REFUSED(EPERM, closed, "prctl(PR_SET_DUMPABLE");
}

LIVE_TEST_AS_ROOT(process_that_is_not_dumpable_is_EPERM, "dbg.5")
{
	apart(try_dumpable);
}

/* ---- Yama, where the kernel has none: its file, and a refusal that nothing else explains ---- */

/* ptrace(2) of a kind, and reads of memory, are refused for one process. */
static void
filter(unsigned request, pid_t pid, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)pid, 6, 5),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, request, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)pid, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
		SKIP("the kernel has no seccomp filters: %s", strerror(errno));
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	MUST(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void
own_mounts(void)
{
	if (unshare(CLONE_NEWNS) != 0)
		SKIP("no mount namespace: %s", strerror(errno));
	MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

static void
pretend_yama(const char *scope)
{
	own_mounts();
	MUST(mount("none", "/proc/sys/kernel", "tmpfs", 0, NULL) == 0);
	MUST(mkdir("/proc/sys/kernel/yama", 0755) == 0);
	write_file("/proc/sys/kernel/yama/ptrace_scope", scope);
}

static void
try_yama_1(void)
{
	pid_t anns = target(as_ann), tracer;

	pretend_yama("1\n");
	/* Not its parent. */
	MUST((tracer = fork()) != -1);
	if (tracer == 0) {
		as_ann();
		filter(PTRACE_SEIZE, anns, EPERM);
		REFUSED(EPERM, anns, "Yama lets a process trace its descendants only (kernel.yama.ptrace_scope is 1)");
		REFUSED(EPERM, anns, "prctl(PR_SET_PTRACER, PID of the tracer)");
		_exit(0);
	}
	MUST(waitpid(tracer, NULL, 0) == tracer);
	as_ann();
	filter(PTRACE_SEIZE, anns, EPERM);
	REFUSED(EPERM, anns, "a security module of the kernel refuses it");
}

LIVE_TEST_AS_ROOT(yama_of_descendants_is_named, "dbg.9")
{
	apart(try_yama_1);
}

static void
try_yama_2(void)
{
	pid_t anns = target(as_ann);

	pretend_yama("2\n");
	as_ann();
	filter(PTRACE_SEIZE, anns, EPERM);
	REFUSED(EPERM, anns, "Yama lets none but root trace processes (kernel.yama.ptrace_scope is 2)");
}

static void
try_yama_3(void)
{
	pid_t roots = target(as_root);

	pretend_yama("3\n");
	filter(PTRACE_SEIZE, roots, EPERM);
	REFUSED(EPERM, roots, "Yama lets nobody trace processes (kernel.yama.ptrace_scope is 3");
}

LIVE_TEST_AS_ROOT(yama_of_root_is_named, "dbg.9")
{
	apart(try_yama_2);
}

LIVE_TEST_AS_ROOT(yama_of_nobody_is_named, "dbg.9")
{
	apart(try_yama_3);
}

/* ---- security modules, filters ---- */

static void
try_module(void)
{
	pid_t roots = target(as_root);

	if (yama() == 3)
		SKIP("kernel.yama.ptrace_scope is 3");
	filter(PTRACE_SEIZE, roots, EPERM);
	REFUSED(EPERM, roots, "a security module of the kernel refuses it");
}

LIVE_TEST_AS_ROOT(what_nothing_else_explains_is_a_module, "dbg.9")
{
	apart(try_module);
}

static void
try_landlock(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE };
	pid_t anns = target(as_ann);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (ruleset == -1)
		SKIP("the kernel has no Landlock, or it is off: %s", strerror(errno));
	as_ann();
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0);
	need_no_yama();
	REFUSED(EPERM, anns, "a security module of the kernel refuses it");
	allowed(target(as_root)); /* born into the same rules */
}

LIVE_TEST_AS_ROOT(landlock_is_EPERM, "dbg.9")
{
	apart(try_landlock);
}

static void
try_filter(void)
{
	pid_t roots = target(as_root);

	filter(PTRACE_SEIZE, -1, EPERM);
	filter(PTRACE_SEIZE, roots, EPERM);
	REFUSED(EPERM, roots, "a seccomp filter keeps this process from ptrace(2)");
}

static void
try_filter_enosys(void)
{
	pid_t roots = target(as_root);

	filter(PTRACE_SEIZE, -1, ENOSYS);
	filter(PTRACE_SEIZE, roots, ENOSYS);
	REFUSED(EPERM, roots, "a seccomp filter keeps this process from ptrace(2)");
}

LIVE_TEST_AS_ROOT(filter_is_EPERM, "dbg.9")
{
	apart(try_filter);
}

LIVE_TEST_AS_ROOT(filter_with_another_errno_is_EPERM, "dbg.9")
{
	apart(try_filter_enosys);
}

/* ---- what is hidden ---- */

static void
try_hidepid(void)
{
	pid_t roots = target(as_root), anns = target(as_ann);

	own_mounts();
	if (mount("proc", "/proc", "proc", 0, "hidepid=2") != 0)
		SKIP("/proc cannot be mounted with hidepid: %s", strerror(errno));
	as_ann();
	MUST(kill(roots, 0) == -1 && errno == EPERM);
	REFUSED(ESRCH, roots, "it is hidden, since /proc is mounted with hidepid");
	MUST(bsd_ptrace(PT_CONTINUE, roots, (caddr_t)1, 0) == -1 && errno == ESRCH);
	need_no_yama();
	allowed(anns);
}

LIVE_TEST_AS_ROOT(hidden_process_is_ESRCH, "chk.6")
{
	apart(try_hidepid);
}

static void
try_hidepid_group(void)
{
	pid_t roots = target(as_root);
	char options[40];

	own_mounts();
	snprintf(options, sizeof(options), "hidepid=2,gid=%d", ANNS);
	if (mount("proc", "/proc", "proc", 0, options) != 0)
		SKIP("/proc cannot be mounted with hidepid: %s", strerror(errno));
	as_ann();
	REFUSED(EPERM, roots, "its user is 0");
}

LIVE_TEST_AS_ROOT(group_that_may_see_gets_EPERM, "chk.6")
{
	apart(try_hidepid_group);
}

static void
try_no_proc(void)
{
	pid_t roots = target(as_root);

	own_mounts();
	MUST(mount("none", "/proc", "tmpfs", 0, NULL) == 0);
	REFUSED(ESRCH, roots, "without /proc nothing is known of any process");
}

LIVE_TEST_AS_ROOT(missing_proc_is_named, "")
{
	apart(try_no_proc);
}

static void
try_nobody(void)
{
	pid_t pid = target(as_root);

	end(pid);
	REFUSED(ESRCH, pid, "there is no such process or thread, or not in this pid namespace");
	REFUSED(ESRCH, bsd_lwpid(pid), "there is no such process or thread");
	REFUSED(ESRCH, -pid, "nothing has such an id");
}

TEST_CASE(nobody_is_ESRCH, "", "chk.2 chk.4")
{
	apart(try_nobody);
}

static void
try_no_descriptors(void)
{
	struct rlimit none = { 0, 0 };
	pid_t pid = target(as_root);

	MUST(setrlimit(RLIMIT_NOFILE, &none) == 0);
	REFUSED(ENOMEM, pid, "no file descriptor left");
}

TEST_CASE(without_descriptors_nobody_is_gone, "", "")
{
	apart(try_no_descriptors);
}

/* ---- namespaces ---- */

/* The child in the namespace runs this, with /proc of its own. */
static void
in_pid_namespace(void (*body)(void))
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID) != 0)
		SKIP("no pid namespace: %s", strerror(errno));
	MUST((pid = fork()) != -1);
	if (pid == 0) {
		own_mounts();
		MUST(getpid() == 1 && mount("proc", "/proc", "proc", 0, NULL) == 0);
		body();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	MUST(status == 0 || told->failure[0] != '\0');
}

/* Ends with an errno. */
static pid_t
asks_to_be_traced(pid_t parent)
{
	pid_t pid = fork();

	if (pid != 0)
		return (pid);
	while (parent != 0 && getppid() == parent)
		sched_yield();
	_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 ? 0 : strstr(bsd_ptrace_strerror(), "init") ? errno : 99);
}

static int
exit_code(pid_t pid)
{
	int status;

	MUST(bsd_waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
be_tracer_and_init(void)
{
	int status;
	pid_t pid;

	MUST(exit_code(asks_to_be_traced(0)) == 0);
	MUST((pid = vfork()) != -1);
	if (pid == 0) {
		if (bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0)
			execl("/bin/true", "true", (char *)NULL);
		_exit(9);
	}
	MUST(bsd_waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	MUST(bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == 0);
	MUST(exit_code(pid) == 0);
}

static void
try_tracer_as_init(void)
{
	in_pid_namespace(be_tracer_and_init);
}

LIVE_TEST_AS_ROOT(children_of_a_tracer_that_is_process_1_may_be_traced, "me.2")
{
	apart(try_tracer_as_init);
}

static void
be_init_to_orphans(void)
{
	pid_t middle, orphan;
	int status;

	MUST((middle = fork()) != -1);
	if (middle == 0) {
		(void)asks_to_be_traced(getpid());
		_exit(0);
	}
	MUST(waitpid(middle, &status, 0) == middle);
	MUST((orphan = waitpid(-1, &status, 0)) > 0);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == EPERM);
}

static void
try_orphan(void)
{
	in_pid_namespace(be_init_to_orphans);
}

LIVE_TEST_AS_ROOT(orphan_may_not_be_traced_by_init, "me.2")
{
	apart(try_orphan);
}

static void
be_traced_from_outside(void)
{
	/* Process 2 of this namespace, which the other side attaches to and says so. */
	pid_t pid = target(as_root);
	char byte = 0;

	MUST(pid == 2);
	MUST(kill(getpid(), 0) == 0);
	MUST(write(3, "x", 1) == 1 && read(4, &byte, 1) == 1);
	REFUSED(EBUSY, pid, "it is traced by a process that cannot be seen from here");
	MUST(bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0) == -1);
	MUST(write(3, "x", 1) == 1);
}

static pid_t
only_child(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	MUST((f = fopen(path, "re")) != NULL);
	MUST(fscanf(f, "%d", &child) == 1);
	fclose(f);
	return (child);
}

static void
try_outside_tracer(void)
{
	int up[2], down[2], status;
	pid_t init, inner;
	char byte;

	MUST(pipe(up) == 0 && pipe(down) == 0);
	if (unshare(CLONE_NEWPID) != 0)
		SKIP("no pid namespace: %s", strerror(errno));
	MUST((init = fork()) != -1);
	if (init == 0) {
		int out = dup(up[1]), in = dup(down[0]);

		MUST(dup2(out, 3) == 3 && dup2(in, 4) == 4);
		own_mounts();
		MUST(mount("proc", "/proc", "proc", 0, NULL) == 0);
		be_traced_from_outside();
		_exit(0);
	}
	MUST(read(up[0], &byte, 1) == 1);
	inner = only_child(init);
	MUST(bsd_ptrace(PT_ATTACH, inner, NULL, 0) == 0);
	MUST(bsd_waitpid(inner, &status, 0) == inner && WIFSTOPPED(status));
	MUST(write(down[1], "x", 1) == 1);
	MUST(bsd_waitpid(init, &status, 0) == init);
	MUST(status == 0);
}

LIVE_TEST_AS_ROOT(tracer_outside_of_the_pid_namespace_is_EBUSY, "att.2")
{
	apart(try_outside_tracer);
}

static void
into_user_namespace(void)
{
	as_ann();
	if (unshare(CLONE_NEWUSER) != 0)
		SKIP("no user namespace for users: %s", strerror(errno));
	be_dumpable();
}

static void
try_user_namespace_in(void)
{
	pid_t inner = target(into_user_namespace);

	if (told->skip[0] != '\0')
		_exit(0);
	need_no_yama();
	as_ann();
	allowed(inner); /* by who made it, from outside */
}

LIVE_TEST_AS_ROOT(maker_of_a_user_namespace_may_trace_into_it, "dbg.9")
{
	apart(try_user_namespace_in);
}

static void
try_user_namespace_out(void)
{
	pid_t anns = target(as_ann), roots = target(as_root);

	into_user_namespace();
	REFUSED(EPERM, anns, "it is in a user namespace in which this process has no rights");
	REFUSED(EPERM, roots, "it is in a user namespace in which this process has no rights");
	need_no_yama();
	allowed(target(as_root)); /* its own child, in the same one */
}

LIVE_TEST_AS_ROOT(who_is_in_a_user_namespace_may_not_trace_out_of_it, "dbg.9")
{
	apart(try_user_namespace_out);
}

static void
try_user_namespace_of_another(void)
{
	pid_t inner = target(into_user_namespace);

	if (told->skip[0] != '\0')
		_exit(0);
	as_bob();
	REFUSED(EPERM, inner, "its user is 24101, and that of this process 24102");
}

LIVE_TEST_AS_ROOT(user_namespace_of_another_user_is_EPERM, "dbg.9")
{
	apart(try_user_namespace_of_another);
}

static void
into_session(void)
{
	as_ann();
	MUST(setsid() == getpid());
}

static void
try_session(void)
{
	pid_t pid = target(into_session);

	as_ann();
	need_no_yama();
	allowed(pid);
}

LIVE_TEST_AS_ROOT(another_session_is_no_hindrance, "dbg.9")
{
	apart(try_session);
}

/* ---- who else is there ---- */

static void
try_kernel_thread(void)
{
	if (getpgid(2) != 0)
		SKIP("no thread of the kernel is to be seen");
	REFUSED(EINVAL, 2, "it is a thread of the kernel's own, which nobody can trace");
	as_ann();
	REFUSED(EPERM, 2, "it is a thread of the kernel's own, which nobody can trace");
}

LIVE_TEST_AS_ROOT(kernel_thread_is_named, "chk.8")
{
	apart(try_kernel_thread);
}

static void
try_tracer_name(void)
{
	int status, pair[2];
	pid_t pid = target(as_root), tracer;
	char byte, words[80];

	MUST(pipe(pair) == 0 && (tracer = fork()) != -1);
	if (tracer == 0) {
		MUST(prctl(PR_SET_NAME, "a\033[7mb\177") == 0);
		MUST(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0 && bsd_waitpid(pid, &status, 0) == pid);
		MUST(write(pair[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	MUST(read(pair[0], &byte, 1) == 1);
	snprintf(words, sizeof(words), "process %d (a?[7mb?) traces it", tracer);
	REFUSED(EBUSY, pid, words);
	end(tracer);
}

TEST_CASE(tracer_is_named_without_control_characters, "", "att.2")
{
	apart(try_tracer_name);
}

static void *
ends(void *arg)
{
	(void)arg;
	return (NULL);
}

/* The first thread ends, and another goes on. */
static void *
outlives(void *arg)
{
	int *pair = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)!write(pair[1], "x", 1);
	for (;;)
		pause();
	return (NULL);
}

static pid_t
headless(void (*become)(void))
{
	static int pair[2];
	char path[64], text[512], byte;
	pthread_t thread;
	ssize_t n = 0;
	pid_t pid;
	int fd;

	MUST(pipe(pair) == 0 && (pid = fork()) != -1);
	if (pid == 0) {
		alarm(LIFETIME);
		become();
		MUST(pthread_create(&thread, NULL, outlives, pair) == 0);
		pthread_exit(ends(NULL));
	}
	MUST(read(pair[0], &byte, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		sched_yield();
		MUST((fd = open(path, O_RDONLY)) != -1 && (n = read(fd, text, sizeof(text) - 1)) > 0);
		text[n] = '\0';
		close(fd);
	} while (strstr(text, ") Z ") == NULL);
	return (pid);
}

static void
try_headless(void)
{
	pid_t mine = headless(as_root), anns = headless(as_ann), tracer;
	int status, pair[2];
	char byte;

	MUST(pipe(pair) == 0 && (tracer = fork()) != -1);
	if (tracer == 0) {
		MUST(bsd_ptrace(PT_ATTACH, mine, NULL, 0) == 0 && bsd_waitpid(mine, &status, 0) == mine);
		MUST(write(pair[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	MUST(read(pair[0], &byte, 1) == 1);
	REFUSED(EBUSY, mine, "traces it");
	MUST(bsd_ptrace(PT_CONTINUE, mine, (caddr_t)1, 0) == -1 && errno == EBUSY);
	end(tracer);
	as_bob();
	REFUSED(EPERM, anns, "its user is 24101, and that of this process 24102");
}

LIVE_TEST_AS_ROOT(process_without_its_first_thread_is_judged_by_another, "att.2 dbg.4")
{
	apart(try_headless);
}

/* ---- PT_TRACE_ME ---- */

static void
try_traceme(void)
{
	char words[80];
	pid_t pid, parent = getpid();
	int status;

	MUST((pid = fork()) != -1);
	if (pid == 0) {
		MUST(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0);
		MUST(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 && errno == EBUSY);
		snprintf(words, sizeof(words), "PT_TRACE_ME %d: process %d (", getpid(), parent);
		MUST(strncmp(bsd_ptrace_strerror(), words, strlen(words)) == 0);
		_exit(0);
	}
	MUST(bsd_waitpid(pid, &status, 0) == pid && status == 0);
}

TEST_CASE(second_trace_me_names_the_tracer, "", "me.1")
{
	apart(try_traceme);
}

static void
try_traceme_parent(void)
{
	pid_t pid;
	int status, pair[2];
	char byte;

	MUST(pipe(pair) == 0 && (pid = fork()) != -1);
	if (pid == 0) {
		MUST(read(pair[0], &byte, 1) == 1);
		MUST(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 && errno == EPERM);
		MUST(strstr(bsd_ptrace_strerror(), ": it has capabilities that its parent lacks (") != NULL);
		_exit(0);
	}
	as_ann();
	MUST(write(pair[1], "x", 1) == 1);
	MUST(bsd_waitpid(pid, &status, 0) == pid && status == 0);
}

LIVE_TEST_AS_ROOT(trace_me_with_more_rights_than_the_parent_is_EPERM, "")
{
	apart(try_traceme_parent);
}

static void
try_traceme_yama(void)
{
	pid_t pid;
	int status;

	pretend_yama("2\n");
	as_ann();
	MUST((pid = fork()) != -1);
	if (pid == 0) {
		filter(PTRACE_TRACEME, 0, EPERM);
		MUST(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 && errno == EPERM);
		MUST(strstr(bsd_ptrace_strerror(), ": Yama lets none but root trace processes") != NULL);
		_exit(0);
	}
	MUST(bsd_waitpid(pid, &status, 0) == pid && status == 0);
}

LIVE_TEST_AS_ROOT(trace_me_refused_by_yama_is_named, "")
{
	apart(try_traceme_yama);
}

/* ---- the sentence ---- */

static void *
first_words(void *arg)
{
	snprintf(arg, 100, "%.99s", bsd_ptrace_strerror());
	return (NULL);
}

static void
try_thread(void)
{
	pthread_t thread;
	char others[100];

	MUST(strcmp(bsd_ptrace_strerror(), "no request has failed") == 0);
	MUST(bsd_ptrace(PT_ATTACH, getpid(), NULL, 0) == -1);
	MUST(strstr(bsd_ptrace_strerror(), "attach to itself") != NULL);
	MUST(pthread_create(&thread, NULL, first_words, others) == 0 && pthread_join(thread, NULL) == 0);
	MUST(strcmp(others, "no request has failed") == 0);
	errno = 77;
	MUST(strstr(bsd_ptrace_strerror(), "attach to itself") != NULL && errno == 77);
	MUST(bsd_ptrace(PT_CLEARSTEP, getpid(), NULL, 0) == 0);
	MUST(strstr(bsd_ptrace_strerror(), "attach to itself") != NULL);
	MUST(bsd_ptrace_exitkill(getpid(), true) == -1 && errno == EPERM);
	MUST(strstr(bsd_ptrace_strerror(), "bsd_ptrace_exitkill") == bsd_ptrace_strerror());
}

TEST_CASE(sentence_is_of_the_calling_thread, "", "")
{
	apart(try_thread);
}

/* What has changed since is said. */
static void
try_late(void)
{
	pid_t bobs = target(as_bob);

	as_ann();
	MUST(bsd_ptrace(PT_ATTACH, bobs, NULL, 0) == -1 && errno == EPERM);
	MUST(setresuid(ANN, ANN, ANN) == 0);
	MUST(strstr(bsd_ptrace_strerror(), "its user is 24102") != NULL);
}

static void
try_too_late(void)
{
	pid_t pid = target(as_bob), tracer;
	int status, pair[2];
	char byte;

	MUST(pipe(pair) == 0 && (tracer = fork()) != -1);
	if (tracer == 0) {
		as_ann();
		MUST(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == -1 && errno == EPERM);
		MUST(write(pair[1], "x", 1) == 1);
		while (kill(pid, 0) == 0 || errno != ESRCH)
			sched_yield();
		MUST(strstr(bsd_ptrace_strerror(), "was not to be traced by this process, and has ended since") != NULL);
		_exit(0);
	}
	MUST(read(pair[0], &byte, 1) == 1);
	end(pid);
	MUST(bsd_waitpid(tracer, &status, 0) == tracer && status == 0);
}

static void
try_again(void)
{
	pid_t bobs = target(as_bob);
	gid_t gid = ANNS;

	MUST(setgroups(1, &gid) == 0 && setresgid(ANNS, ANNS, ANNS) == 0 && setresuid(ANN, ANN, 0) == 0);
	MUST(bsd_ptrace(PT_ATTACH, bobs, NULL, 0) == -1 && errno == EPERM);
	MUST(setresuid(0, 0, 0) == 0);
	MUST(strstr(bsd_ptrace_strerror(), "nothing refuses it any more") != NULL);
}

LIVE_TEST_AS_ROOT(what_has_changed_since_is_said, "")
{
	apart(try_late);
	apart(try_too_late);
	apart(try_again);
}

static void
try_vfork(void)
{
	pid_t pid;
	int status;

	/* A child that failed to ask tells its parent, whose memory it has. */
	MUST((pid = vfork()) != -1);
	if (pid == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 && bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == -1 ? 0 : 9);
	MUST(bsd_waitpid(pid, &status, 0) == pid && status == 0);
	MUST(strncmp(bsd_ptrace_strerror(), "PT_TRACE_ME ", 12) == 0);
}

TEST_CASE(child_of_a_vfork_tells_its_parent, "", "")
{
	apart(try_vfork);
}
