/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_LWPINFO.  Spec: requests.md, 6; stops.md, 3; decisions.md, 1 and 16.
 */
/* one wait */
#include "spec.h"
#include "machine.h"

#include <sys/syscall.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>
#ifdef __FreeBSD__
#include <pthread_np.h>
#endif

static struct puppet *
puppet_in_kill(int sig)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_kill, sig);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, sig);
	return (pp);
}

SPEC_TEST(signal_stop_is_described, "info.5 info.9 info.16 info.17")
{
	struct puppet *pp = puppet_in_kill(SIGUSR1);
	struct ptrace_lwpinfo info = INFO(pp->pid);

	ATF_REQUIRE_EQ(PL_EVENT_SIGNAL, info.pl_event);
	ATF_REQUIRE_EQ(PL_FLAG_SI, info.pl_flags);
	ATF_REQUIRE_EQ(SIGUSR1, info.pl_siginfo.si_signo);
	ATF_REQUIRE_EQ(SI_USER, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ(pp->pid, info.pl_siginfo.si_pid);
	ATF_REQUIRE_EQ(getuid(), info.pl_siginfo.si_uid);
	ATF_REQUIRE_EQ(0, info.pl_child_pid);
	ATF_REQUIRE_EQ(0, info.pl_syscall_code);
	ATF_REQUIRE_EQ(0, info.pl_syscall_narg);
	puppet_end(pp);
}

SPEC_TEST(looking_changes_nothing, "info.18")
{
	struct puppet *pp = puppet_in_kill(SIGUSR1);
	struct ptrace_lwpinfo one, two;

	memset(&one, 0, sizeof(one));
	memset(&two, 0xff, sizeof(two));
	ASK(PT_LWPINFO, pp->pid, &one, sizeof(one));
	ASK(PT_LWPINFO, pp->pid, &two, sizeof(two));
	ATF_REQUIRE_EQ(0, memcmp(&one, &two, sizeof(one)));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(lwpid_lies_above_every_pid, "thr.7")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1), zero = puppet_lwp(pp, 0);

	ATF_REQUIRE(zero != one);
	ATF_REQUIRE(zero != pp->pid && one != pp->pid);
#ifndef __FreeBSD__
	ATF_REQUIRE_EQ(10000000 + pp->pid, zero);
	ATF_REQUIRE(one > 10000000);
#else
	ATF_REQUIRE(zero > 99999 && one > 99999);
#endif
	puppet_end(pp);
}

#ifndef __FreeBSD__
SPEC_TEST(bare_id_of_a_thread_that_is_not_the_first_names_it, "thr.7 info.4")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1), zero = puppet_lwp(pp, 0);

	ATF_REQUIRE_EQ(one, INFO(one - 10000000).pl_lwpid);
	ATF_REQUIRE_EQ(zero, INFO(pp->pid).pl_lwpid); /* the reporter, not the first thread */
	(void)puppet_lwp(pp, 1);
	ATF_REQUIRE_EQ(one, INFO(pp->pid).pl_lwpid);
	ATF_REQUIRE_EQ(zero, INFO(zero).pl_lwpid);
	puppet_end(pp);
}
#endif

SPEC_TEST(result_is_cut_at_the_size_asked_for, "info.2 info.3 info.9 info.10")
{
	struct puppet *pp = puppet_in_kill(SIGUSR1);
	struct ptrace_lwpinfo full = INFO(pp->pid);
	unsigned char got[sizeof(full) + 1], want[sizeof(full)];
	size_t n, i;

	for (n = 1; n <= sizeof(full); n++) {
		memcpy(want, &full, sizeof(full));
		if (n < offsetof(struct ptrace_lwpinfo, pl_siginfo) + sizeof(full.pl_siginfo)) {
			struct ptrace_lwpinfo less = full;

			/* Without room for all of the siginfo there is none. */
			less.pl_flags &= ~PL_FLAG_SI;
			memset(&less.pl_siginfo, 0, sizeof(less.pl_siginfo));
			memcpy(want, &less, sizeof(less));
		}
		memset(got, 0xee, sizeof(got));
		ASK(PT_LWPINFO, pp->pid, got, (int)n);
		ATF_REQUIRE_EQ_MSG(0, memcmp(got, want, n), "size %zu", n);
		for (i = n; i < sizeof(got); i++)
			ATF_REQUIRE_EQ_MSG(0xee, got[i], "size %zu, byte %zu", n, i);
	}
	puppet_end(pp);
}

SPEC_TEST(size_must_be_that_of_a_part_of_it, "info.1")
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	REFUSED(EINVAL, PT_LWPINFO, pp->pid, &info, 0);
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, &info, -1);
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, &info, (int)sizeof(info) + 1);
	REFUSED(EINVAL, PT_LWPINFO, pp->pid, &info, 0x7fffffff);
	puppet_end(pp);
}

SPEC_TEST(mask_is_the_threads_own, "thr.1 info.12")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero, one;

	puppet_will(pp, 0, do_block, SIGHUP);
	puppet_will(pp, 1, do_block, SIGTERM);
	zero = puppet_lwp(pp, 0);
	one = puppet_lwp(pp, 1);
	ATF_REQUIRE(spec_has(INFO(zero).pl_sigmask, SIGHUP) && !spec_has(INFO(zero).pl_sigmask, SIGTERM));
	ATF_REQUIRE(spec_has(INFO(one).pl_sigmask, SIGTERM) && !spec_has(INFO(one).pl_sigmask, SIGHUP));
	puppet_end(pp);
}

SPEC_TEST(pending_signals_are_the_threads_own, "info.14")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero, one;
	struct ptrace_lwpinfo info;

	puppet_will(pp, 1, do_block, SIGTERM);
	puppet_will(pp, 1, do_block, SIGHUP);
	puppet_will(pp, 1, do_block, SIGINT);
	one = puppet_lwp(pp, 1);
	puppet_will(pp, 0, do_block, SIGTERM);
	puppet_will(pp, 0, do_block, SIGHUP);
	puppet_will(pp, 0, do_raise, SIGHUP);
	puppet_will(pp, 0, do_kill, SIGTERM);
	zero = puppet_lwp(pp, 0);
	info = INFO(zero);
	ATF_REQUIRE(spec_has(info.pl_siglist, SIGHUP));
	ATF_REQUIRE(!spec_has(info.pl_siglist, SIGTERM)); /* the process' */
	ATF_REQUIRE(!spec_has(info.pl_siglist, SIGUSR1)); /* being reported */
	info = INFO(one);
	ATF_REQUIRE(!spec_has(info.pl_siglist, SIGHUP));
	ATF_REQUIRE(!spec_has(info.pl_siglist, SIGTERM));
	puppet_end(pp);
}

static long
do_sigsuspend(long sig)
{
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, (int)sig);
	(void)sigsuspend(&set);
	return (0);
}

SPEC_TEST(mask_in_sigsuspend_is_the_temporary_one, "info.13")
{
	struct puppet *pp = puppet_start(1);
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_block, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_sigsuspend, SIGUSR2);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2)); /* blocked until the call unblocks it */
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
#ifndef __FreeBSD__
	REQUIRE_FLAGS(0, PL_FLAG_SCE, info);
#endif
	ATF_REQUIRE(!spec_has(info.pl_sigmask, SIGUSR2));
	ATF_REQUIRE(spec_has(info.pl_sigmask, SIGHUP));
	GO(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

static long
do_name(long arg)
{
	(void)arg;
#ifdef __FreeBSD__
	pthread_set_name_np(pthread_self(), "ariadne");
	return (0);
#else
	return (pthread_setname_np(pthread_self(), "ariadne"));
#endif
}

SPEC_TEST(name_is_the_threads_own, "info.15")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero, one;

	puppet_will(pp, 1, do_name, 0);
	one = puppet_lwp(pp, 1);
	zero = puppet_lwp(pp, 0);
	ATF_REQUIRE_STREQ("ariadne", INFO(one).pl_tdname);
	ATF_REQUIRE(strcmp("ariadne", INFO(zero).pl_tdname) != 0);
	ATF_REQUIRE(INFO(zero).pl_tdname[0] != '\0');
	ATF_REQUIRE_EQ(20, sizeof(INFO(zero).pl_tdname));
	puppet_end(pp);
}

SPEC_TEST(thread_without_event_has_none, "thr.4 info.6 info.10 info.18")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1);
	struct ptrace_lwpinfo info;

	(void)puppet_lwp(pp, 0);
	info = INFO(one);
	ATF_REQUIRE_EQ(PL_EVENT_NONE, info.pl_event);
	REQUIRE_FLAGS(0, PL_FLAG_SI | PL_FLAG_SCX | PL_FLAG_EXEC | PL_FLAG_FORKED | PL_FLAG_CHILD, info);
	ATF_REQUIRE(spec_zero(&info.pl_siginfo, sizeof(info.pl_siginfo)));
	ATF_REQUIRE_EQ(0, info.pl_child_pid);
	puppet_end(pp);
}

static long
do_bad_call(long code)
{
	return (syscall(code, -1L, 0L, 0L, 0L, 0L, 0L)); /* fails, but for getpid */
}

SPEC_TEST(number_of_arguments_is_that_of_the_call, "info.17")
{
	static const struct {
		unsigned int code, narg;
	} calls[] = { { PUPPET_CALL(getpid), 0 }, { PUPPET_CALL(close), 1 }, { PUPPET_CALL(ftruncate), 2 },
		{ PUPPET_CALL(lseek), 3 } };
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		puppet_will(pp, 0, do_bad_call, calls[i].code);
	ASK(PT_TO_SCE, pp->pid, 1, 0);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (;;) {
			EXPECT_STOP(pp->pid, SIGTRAP);
			info = INFO(pp->pid);
			if (info.pl_syscall_code == calls[i].code)
				break;
			GO(pp->pid, 0);
		}
		ATF_REQUIRE_EQ(calls[i].narg, info.pl_syscall_narg);
		GO(pp->pid, 0);
	}
	puppet_end(pp);
}
