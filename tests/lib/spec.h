/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The vocabulary of the conformance tests, and their cases: SPEC_TEST(name, "io.2 io.3") shows these statements
 * of doc/semantics/requests.md; SPEC_TEST(name) none that has a name.
 */
#ifndef TESTS_SPEC_H
#define TESTS_SPEC_H

#include "cases.h"
#include "puppet.h"
#include "waits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_TEST(name, ...) TEST_CASE(name, "", "" __VA_ARGS__)
#define SPEC_TEST_AS_ROOT(name, ...) TEST_CASE(name, "root", "" __VA_ARGS__)
#define SPEC_TEST_AS_USER(name, ...) TEST_CASE(name, "unprivileged", "" __VA_ARGS__)

/*
 * A case whose puppet needs the memory of the test, and one that writes its registers: they are not there where the
 * puppet is another program (abroad.h), and where a 32-bit tracer may not.
 */
#ifdef PUPPET_ABROAD
#define SPEC_TEST_AT_HOME(name, ...) static void __attribute__((unused)) name(void)
#else
#define SPEC_TEST_AT_HOME SPEC_TEST
#endif
#if defined(PUPPET_ABROAD) && defined(__i386__)
#define SPEC_TEST_WRITING(name, ...) static void __attribute__((unused)) name(void)
#else
#define SPEC_TEST_WRITING SPEC_TEST
#endif

/* The request succeeds. */
#define ASK(request, pid, addr, data)                                                               \
	ATF_REQUIRE_MSG(ptrace(request, pid, (caddr_t)(uintptr_t)(addr), data) != -1, "%s(%s): %s", \
	    #request, #pid, strerror(errno))
/* It fails, with this errno. */
#define REFUSED(error, request, pid, addr, data)                                                           \
	do {                                                                                               \
		int refused_ = ptrace(request, pid, (caddr_t)(uintptr_t)(addr), data), errno_ = errno;     \
		ATF_REQUIRE_MSG(refused_ == -1, "%s(%s) is %d, not %s", #request, #pid, refused_, #error); \
		ATF_REQUIRE_MSG(                                                                           \
		    errno_ == (error), "%s(%s): %s, not %s", #request, #pid, strerror(errno_), #error);    \
	} while (0)
/* PT_CONTINUE where it was, with a signal. */
#define GO(pid, sig) ASK(PT_CONTINUE, pid, (caddr_t)1, sig)

#define EXPECT_STOP(pid, sig) spec_stop(__FILE__, __LINE__, pid, sig)
#define EXPECT_EXIT(pid, code) spec_end(__FILE__, __LINE__, pid, W_EXITCODE(code, 0))
#define EXPECT_DEATH(pid, sig) spec_end(__FILE__, __LINE__, pid, W_EXITCODE(0, sig))
/* It is there and has nothing to report. */
#define EXPECT_NOTHING(pid) spec_nothing(__FILE__, __LINE__, pid)
/* It is not there. */
#define EXPECT_NOBODY(pid)                                                          \
	do {                                                                        \
		int nobody_;                                                        \
		ATF_REQUIRE_ERRNO(ECHILD, spec_wait(pid, &nobody_, WNOHANG) == -1); \
	} while (0)
#define INFO(pid) spec_info(__FILE__, __LINE__, pid)
#define REQUIRE_FLAGS(set, clear, info)                                               \
	do {                                                                          \
		int flags_ = (info).pl_flags;                                         \
		ATF_REQUIRE_MSG((flags_ & (set)) == (set) && (flags_ & (clear)) == 0, \
		    "pl_flags %#x: %s, but not %s", flags_, #set, #clear);            \
	} while (0)

static inline void
spec_stop(const char *file, int line, pid_t pid, int sig)
{
	int status = 0;
	pid_t got = spec_wait(pid, &status, 0);

	if (got != pid)
		atf_tc_fail_requirement(
		    file, (size_t)line, "wait(%d) is %d: %s", (int)pid, (int)got, strerror(errno));
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != sig || status != W_STOPCODE(sig))
		atf_tc_fail_requirement(file, (size_t)line, "status %#x, not a stop by %d (%s)",
		    (unsigned)status, sig, strsignal(sig));
}

static inline void
spec_end(const char *file, int line, pid_t pid, int end)
{
	int status = 0;
	pid_t got = spec_wait(pid, &status, 0);

	if (got != pid)
		atf_tc_fail_requirement(
		    file, (size_t)line, "wait(%d) is %d: %s", (int)pid, (int)got, strerror(errno));
	if ((status & ~WCOREFLAG) != end)
		atf_tc_fail_requirement(
		    file, (size_t)line, "status %#x, not %#x", (unsigned)status, (unsigned)end);
}

static inline void
spec_nothing(const char *file, int line, pid_t pid)
{
	int status = 0x1234;
	pid_t got = spec_wait(pid, &status, WNOHANG);

	if (got != 0)
		atf_tc_fail_requirement(file, (size_t)line, "wait(%d, WNOHANG) is %d, status %#x, errno %d",
		    (int)pid, (int)got, (unsigned)status, errno);
}

static inline struct ptrace_lwpinfo
spec_info(const char *file, int line, pid_t pid)
{
	struct ptrace_lwpinfo info;

	memset(&info, 0x5a, sizeof(info));
	if (ptrace(PT_LWPINFO, pid, (caddr_t)&info, (int)sizeof(info)) == -1)
		atf_tc_fail_requirement(file, (size_t)line, "PT_LWPINFO(%d): %s", (int)pid, strerror(errno));
	return (info);
}

/* Is the signal in the set, as one can ask of a result that has no address? */
static inline bool
spec_has(sigset_t set, int sig)
{
	return (sigismember(&set, sig) == 1);
}

/* Is all of it zero? */
static inline bool
spec_zero(const void *p, size_t len)
{
	const unsigned char *c = p;

	while (len > 0 && *c == 0)
		c++, len--;
	return (len == 0);
}

#endif
