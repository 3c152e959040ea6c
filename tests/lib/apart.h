/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Bodies of tests that run in processes of their own, as other users and in other namespaces; their failure is told to
 * the test through shared memory.  One file of a test includes this.
 */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ANN 24101
#define BOB 24102
#define ANNS 25101
#define BOBS 25102
#define LIFETIME 80

/* ---- what a process of a case has to say ---- */

static struct {
	char failure[1024], skip[256];
} *told;

#define SKIP(...) (snprintf(told->skip, sizeof(told->skip), __VA_ARGS__), _exit(0))
#define MUST(condition)                                                                                        \
	do {                                                                                                   \
		if (!(condition)) {                                                                            \
			if (told->failure[0] != '\0')                                                          \
				_exit(1); /* the first says most */                                             \
			snprintf(told->failure, sizeof(told->failure), "%s:%d: %s: %s; %s", __FILE__, __LINE__, \
			    #condition, strerror(errno), bsd_ptrace_strerror());                               \
			_exit(1);                                                                              \
		}                                                                                              \
	} while (0)

/* Run it in a process of its own; its wait status. */
static inline int
run_apart(void (*body)(void))
{
	int status;
	pid_t pid;

	if (told == NULL)
		told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(told != MAP_FAILED);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		alarm(LIFETIME);
		body();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (status);
}

static inline void
judge(int status)
{
	if (told->failure[0] != '\0')
		atf_tc_fail("%s", told->failure);
	if (told->skip[0] != '\0')
		atf_tc_skip("%s", told->skip);
	ATF_REQUIRE_EQ_MSG(0, status, "status %#x", (unsigned)status);
}

static inline void
apart(void (*body)(void))
{
	judge(run_apart(body));
}

/* ---- targets: they sleep until their maker has gone ---- */

static inline void
be(uid_t uid, gid_t gid)
{
	MUST(setgroups(1, &gid) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0);
}

/* As after an exec. */
static inline void
be_dumpable(void)
{
	MUST(prctl(PR_SET_DUMPABLE, 1) == 0);
}

static inline void
as_ann(void)
{
	be(ANN, ANNS);
	be_dumpable();
}

static inline void
as_bob(void)
{
	be(BOB, BOBS);
	be_dumpable();
}

static inline void
as_root(void)
{
}

static inline pid_t
target(void (*become)(void))
{
	int pair[2];
	char byte;
	pid_t pid;

	MUST(pipe2(pair, O_CLOEXEC) == 0 && (pid = fork()) != -1);
	if (pid == 0) {
		alarm(LIFETIME);
		become();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		MUST(write(pair[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	close(pair[1]);
	MUST(read(pair[0], &byte, 1) == 1);
	close(pair[0]);
	return (pid);
}

static inline void
end(pid_t pid)
{
	int status;

	MUST(kill(pid, SIGKILL) == 0);
	MUST(bsd_waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

/* ---- what is asked, and said ---- */

static inline void
refused(const char *file, int line, int error, pid_t pid, const char *words)
{
	int got = bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0 ? 0 : errno;
	const char *sentence = bsd_ptrace_strerror();
	char start[40];

	snprintf(start, sizeof(start), "PT_ATTACH %d: ", pid);
	if (got == error && strncmp(sentence, start, strlen(start)) == 0 && strstr(sentence, words) != NULL &&
	    strchr(sentence, '\n') == NULL && strlen(sentence) < 400 &&
	    strchr(sentence + strlen(start), ':') != NULL)
		return;
	snprintf(told->failure, sizeof(told->failure), "%s:%d: %s; %s", file, line, strerror(got), sentence);
	_exit(1);
}
/* The attach fails so; the sentence has these words, and says what to do after a colon. */
#define REFUSED(error, pid, words) refused(__FILE__, __LINE__, error, pid, words)

static inline void
allowed(pid_t pid)
{
	int status;

	MUST(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0);
	MUST(bsd_waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	MUST(bsd_ptrace(PT_DETACH, pid, (caddr_t)1, 0) == 0);
}

static inline int
yama(void)
{
	char digit = '0';
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return (0);
	(void)!read(fd, &digit, 1);
	close(fd);
	return (digit - '0');
}

#endif
