/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What source written for FreeBSD finds in headers beside <sys/ptrace.h>, and uses on the way.
 */
/* one wait */
#include <sys/cdefs.h>
__FBSDID("$FreeBSD$");

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/thr.h>
#include <machine/cpufunc.h>
#include <machine/psl.h>
#include <vm/vm.h>
#include <err.h>
#include <pthread_np.h>
#include <stddef.h>
#include <unistd.h>

#include "spec.h"
#include "machine.h"

static long
do_tell_lwpid(long arg __unused)
{
	long id = 0;

	ATF_REQUIRE_EQ(0, thr_self(&id));
	stage->word[puppet_wire] = pthread_getthreadid_np();
	return (id);
}

SPEC_TEST(threads_know_their_lwpids, "thr.7")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one = puppet_lwp(pp, 1);

	puppet_will(pp, 0, do_tell_lwpid, 0);
	puppet_will(pp, 1, do_tell_lwpid, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0)); /* the answers to puppet_lwp() */
	ATF_REQUIRE_EQ(0, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(zero, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(one, puppet_said(pp, 1));
	ATF_REQUIRE_EQ(zero, stage->word[0]);
	ATF_REQUIRE_EQ(one, stage->word[1]);
	puppet_end(pp);
}

static long
do_thr_kill(long lwpid)
{
	return (thr_kill(lwpid, SIGUSR2) == 0 ? 0 : -errno);
}

SPEC_TEST(signals_are_sent_to_lwpids, "thr.7")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t zero = puppet_lwp(pp, 0), one = puppet_lwp(pp, 1);

	puppet_will(pp, 0, do_thr_kill, one);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(one, INFO(pp->pid).pl_lwpid);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, thr_kill2(pp->pid, zero, SIGUSR1));
	EXPECT_STOP(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(zero, INFO(pp->pid).pl_lwpid);
	ATF_REQUIRE_ERRNO(ESRCH, thr_kill2(getpid(), zero, SIGUSR1) == -1);
	puppet_end(pp);
}

static long
do_breakpoint(long arg __unused)
{
	breakpoint();
	return (7);
}

SPEC_TEST(breakpoint_is_an_instruction_of_the_program)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_breakpoint, 0);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTRAP);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(TRAP_BRKPT, info.pl_siginfo.si_code);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(7, puppet_said(pp, 0));
	puppet_end(pp);
}

#if defined(__x86_64__) || defined(__i386__)
SPEC_TEST(step_flag_has_its_name, "flag.2")
{
	struct puppet *pp = puppet_attached(1);
	struct reg reg;

	ASK(PT_SETSTEP, pp->pid, NULL, 0);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
#ifdef __x86_64__
	ATF_REQUIRE_EQ(PSL_T, reg.r_rflags & PSL_T);
#else
	ATF_REQUIRE_EQ(PSL_T, reg.r_eflags & PSL_T);
#endif
	puppet_end(pp);
}
#endif

SPEC_TEST(pages_are_rounded_to)
{
	ATF_REQUIRE_EQ(sysconf(_SC_PAGESIZE), PAGE_SIZE);
	ATF_REQUIRE_EQ(PAGE_SIZE - 1, PAGE_MASK);
	ATF_REQUIRE_EQ(2 * PAGE_SIZE, (int)trunc_page(3 * PAGE_SIZE - 1));
	ATF_REQUIRE_EQ(3 * PAGE_SIZE, (int)round_page(2 * PAGE_SIZE + 1));
	ATF_REQUIRE_EQ(8, rounddown2(15, 8));
	ATF_REQUIRE_EQ(16, roundup2(9, 8));
	ATF_REQUIRE_EQ(VM_PROT_ALL, VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE);
	ATF_REQUIRE(__FreeBSD_version >= 1003000);
}

struct item {
	LIST_ENTRY(item) list;
	TAILQ_ENTRY(item) tailq;
};

SPEC_TEST(elements_are_removed_in_a_loop)
{
	static LIST_HEAD(, item) list = LIST_HEAD_INITIALIZER(list);
	static TAILQ_HEAD(, item) tailq = TAILQ_HEAD_INITIALIZER(tailq);
	struct item items[5], *i, *next;
	size_t n;

	for (n = 0; n < nitems(items); n++) {
		LIST_INSERT_HEAD(&list, &items[n], list);
		TAILQ_INSERT_TAIL(&tailq, &items[n], tailq);
	}
	LIST_FOREACH_SAFE(i, &list, list, next)
		LIST_REMOVE(i, list);
	TAILQ_FOREACH_SAFE(i, &tailq, tailq, next)
		TAILQ_REMOVE(&tailq, i, tailq);
	ATF_REQUIRE(LIST_EMPTY(&list) && TAILQ_EMPTY(&tailq));
}

SPEC_TEST(options_end_at_the_first_argument)
{
	char *argv[] = { __DECONST(char *, "program"), __DECONST(char *, "-a"), __DECONST(char *, "command"),
		__DECONST(char *, "-b"), NULL };

	ATF_REQUIRE_EQ('a', getopt(4, argv, "ab"));
	ATF_REQUIRE_EQ(-1, getopt(4, argv, "ab"));
	ATF_REQUIRE_EQ(2, optind);
}

static void __dead2 give_up(int) __unused;

static void
give_up(int code)
{
	errc(code, ENOENT, "%s", getprogname());
}

SPEC_TEST(errors_are_given_by_number)
{
	pid_t pid = fork();

	if (pid == 0)
		give_up(9);
	warnc(ENOENT, "as %s will say", getprogname());
	EXPECT_EXIT(pid, 9);
	ATF_REQUIRE_STREQ("INT", sys_signame[SIGINT]);
	ATF_REQUIRE_STREQ("USR1", sys_signame[SIGUSR1]);
}
