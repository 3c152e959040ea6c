/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_CONTINUE: where it goes on; which signals are reported, and what the tracer's answer does.
 * Spec: requests.md, 6; stops.md, 5 and 6.
 */
#include "spec.h"
#include "machine.h"

#include <sys/resource.h>
#include <sched.h>
#include <unistd.h>

/* A puppet of n threads that catches USR1 and USR2, and thread 0 of it in a stop by USR1. */
static struct puppet *
puppet_in_USR1(int threads)
{
	struct puppet *pp = puppet_start(threads);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	return (pp);
}

SPEC_TEST(continue_with_zero_discards_the_signal, "cont.2")
{
	struct puppet *pp = puppet_in_USR1(1);

	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(continue_with_the_signal_passes_it_on_once, "cont.8")
{
	struct puppet *pp = puppet_in_USR1(1);

	GO(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(signal_passed_on_keeps_its_siginfo)
{
	struct puppet *pp = puppet_start(1);
	union sigval value = { .sival_int = 4711 };
	struct ptrace_lwpinfo info;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(0, sigqueue(pp->pid, SIGUSR1, value));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	info = INFO(pp->pid);
	ATF_REQUIRE_EQ(SIGUSR1, info.pl_siginfo.si_signo);
	ATF_REQUIRE_EQ(SI_QUEUE, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ(getpid(), info.pl_siginfo.si_pid);
	ATF_REQUIRE_EQ(4711, info.pl_siginfo.si_value.sival_int);
	GO(pp->pid, SIGUSR1);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(SI_QUEUE, stage->caught_code[SIGUSR1]);
	ATF_REQUIRE_EQ(getpid(), stage->caught_pid[SIGUSR1]);
	ATF_REQUIRE_EQ(4711, stage->caught_value[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(another_signal_replaces_it_and_is_not_reported)
{
	struct puppet *pp = puppet_in_USR1(1);

	GO(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(replacement_with_default_action_kills)
{
	struct puppet *pp = puppet_in_USR1(2);

	GO(pp->pid, SIGTERM);
	EXPECT_DEATH(pp->pid, SIGTERM);
	puppet_end(pp);
}

SPEC_TEST(largest_signal_number_is_taken, "cont.3")
{
	struct puppet *pp = puppet_in_USR1(1);

	GO(pp->pid, SIGRTMAX);
	EXPECT_DEATH(pp->pid, SIGRTMAX);
	puppet_end(pp);
}

SPEC_TEST(SIGKILL_given_kills_without_another_stop, "kill.4")
{
	struct puppet *pp = puppet_in_USR1(3);

	puppet_will(pp, 1, do_raise, SIGUSR2);
	puppet_will(pp, 2, do_raise, SIGUSR2);
	GO(pp->pid, SIGKILL);
	EXPECT_DEATH(pp->pid, SIGKILL);
	EXPECT_NOBODY(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(ignored_replacement_has_no_effect)
{
	struct puppet *pp = puppet_in_USR1(1);

	puppet_will(pp, 0, do_ignore, SIGTERM);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGTERM);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(replacement_ignored_by_default_has_no_effect)
{
	struct puppet *pp = puppet_in_USR1(1);

	GO(pp->pid, SIGURG);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

static const int stop_signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

SPEC_TEST(stop_signal_given_does_nothing)
{
	struct puppet *pp = puppet_attached(2);
	int i, status;

	for (i = 0; i < 4; i++) {
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1);
		GO(pp->pid, stop_signals[i]);
		ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
		ATF_REQUIRE_EQ(i, puppet_does(pp, 1, do_nothing, i));
		ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
		EXPECT_STOP(pp->pid, SIGUSR2);
	}
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_is_reported_and_passing_it_on_does_nothing)
{
	struct puppet *pp = puppet_attached(2);
	int status;

	puppet_will(pp, 0, do_raise, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, INFO(pp->pid));
	GO(pp->pid, SIGSTOP);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(7, puppet_does(pp, 1, do_nothing, 7));
	ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

/* A process group of its own with a parent outside it: not orphaned, so the terminal's signals are not thrown away. */
static long
do_own_group(long arg)
{
	(void)arg;
	return (setpgid(0, 0));
}

SPEC_TEST(terminal_stop_signals_are_reported_and_passing_them_on_does_nothing)
{
	struct puppet *pp = puppet_start(1);
	int i, status;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_own_group, 0));
	puppet_attach(pp);
	for (i = 1; i < 4; i++) {
		puppet_will(pp, 0, do_raise, stop_signals[i]);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, stop_signals[i]);
		GO(pp->pid, stop_signals[i]);
		ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
		ATF_REQUIRE_EQ(0, spec_wait(pp->pid, &status, WUNTRACED | WCONTINUED | WNOHANG));
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
		EXPECT_STOP(pp->pid, SIGUSR2);
	}
	puppet_end(pp);
}

static long
do_lead_session(long arg)
{
	(void)arg;
	return (setsid() == -1 ? -errno : 0);
}

SPEC_TEST(terminal_stop_signals_in_an_orphaned_group_are_not_reported)
{
	struct puppet *pp = puppet_start(1);
	int i;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_lead_session, 0));
	puppet_attach(pp);
	for (i = 1; i < 4; i++)
		puppet_will(pp, 0, do_raise, stop_signals[i]);
	puppet_will(pp, 0, do_raise, SIGSTOP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSTOP); /* it alone */
	puppet_end(pp);
}

SPEC_TEST(terminal_stop_signals_in_an_orphaned_group_are_reported_when_caught)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_lead_session, 0));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGTSTP));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGTSTP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTSTP);
	puppet_end(pp);
}

SPEC_TEST(stop_signal_with_a_handler_is_delivered)
{
	struct puppet *pp = puppet_start(1);

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGTSTP));
	puppet_attach(pp);
	puppet_will(pp, 0, do_raise, SIGTSTP);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGTSTP);
	GO(pp->pid, SIGTSTP);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGTSTP]);
	puppet_end(pp);
}

SPEC_TEST(signal_blocked_everywhere_waits_and_is_then_reported)
{
	struct puppet *pp = puppet_in_USR1(1);

	puppet_will(pp, 0, do_block, SIGUSR2);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGUSR2); /* blocked: stays pending */
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(5, puppet_does(pp, 0, do_nothing, 5));
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR2]);
	puppet_will(pp, 0, do_unblock, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	GO(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(signal_blocked_here_is_taken_by_a_thread_that_does_not_block_it, "pick.3")
{
	struct puppet *pp = puppet_in_USR1(2);

	puppet_will(pp, 0, do_block, SIGUSR2);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGUSR2);
	while (stage->caught[SIGUSR2] == 0) {
		EXPECT_NOTHING(pp->pid);
		sched_yield();
	}
	ATF_REQUIRE_EQ(1, stage->caught_wire[SIGUSR2]);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	ATF_REQUIRE_EQ(0, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(ignored_signals_are_not_reported)
{
	static const int by_default[] = { SIGCHLD, SIGURG, SIGWINCH };
	struct puppet *pp = puppet_attached(1);
	int i;

	puppet_will(pp, 0, do_ignore, SIGUSR1);
	puppet_will(pp, 0, do_ignore, SIGTERM);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	puppet_will(pp, 0, do_kill, SIGTERM);
	for (i = 0; i < 3; i++) {
		puppet_will(pp, 0, do_raise, by_default[i]);
		puppet_will(pp, 0, do_kill, by_default[i]);
	}
	puppet_will(pp, 0, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(signals_ignored_by_default_are_reported_when_caught)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_catch, SIGWINCH);
	puppet_will(pp, 0, do_raise, SIGWINCH);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGWINCH);
	GO(pp->pid, SIGWINCH);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGWINCH]);
	puppet_end(pp);
}

SPEC_TEST(ignored_signals_do_not_hold_up_a_tracer_that_waits)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	for (i = 0; i < 100; i++)
		puppet_will(pp, 0, do_raise, SIGURG);
	puppet_will(pp, 0, do_exit, 3);
	GO(pp->pid, 0);
	EXPECT_EXIT(pp->pid, 3);
	puppet_end(pp);
}

SPEC_TEST(SIGCONT_of_a_running_thread_is_reported)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_raise, SIGCONT);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGCONT);
	GO(pp->pid, SIGCONT);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	EXPECT_NOTHING(pp->pid);
	puppet_end(pp);
}

SPEC_TEST(SIGCONT_that_is_ignored_is_reported)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_ignore, SIGCONT);
	puppet_will(pp, 0, do_raise, SIGCONT);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGCONT);
	puppet_end(pp);
}

SPEC_TEST(SIGCONT_does_not_resume_a_trace_stop)
{
	struct puppet *pp = puppet_in_USR1(1);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGCONT));
	EXPECT_NOTHING(pp->pid);
	ATF_REQUIRE_EQ(SIGUSR1, INFO(pp->pid).pl_siginfo.si_signo);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGCONT);
	puppet_end(pp);
}

SPEC_TEST(SIGCONT_given_runs_its_handler)
{
	struct puppet *pp = puppet_in_USR1(1);

	puppet_will(pp, 0, do_catch, SIGCONT);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	GO(pp->pid, SIGCONT);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGCONT]);
	puppet_end(pp);
}

SPEC_TEST(SIGCONT_given_removes_pending_stop_signals)
{
	struct puppet *pp = puppet_in_USR1(1);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	GO(pp->pid, SIGCONT);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(SIGSTOP_sent_to_a_trace_stop_is_reported_after_it)
{
	struct puppet *pp = puppet_in_USR1(1);

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGSTOP));
	EXPECT_NOTHING(pp->pid);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSTOP);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(signals_sent_to_a_trace_stop_wait_and_are_stops_of_their_own)
{
	struct puppet *pp = puppet_in_USR1(1);
	int status, sum = 0, i;

	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGTERM));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGHUP));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	EXPECT_NOTHING(pp->pid);
	GO(pp->pid, SIGUSR1);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(pp->pid, spec_wait(pp->pid, &status, 0));
		ATF_REQUIRE(WIFSTOPPED(status));
		sum += WSTOPSIG(status);
		EXPECT_NOTHING(pp->pid);
		GO(pp->pid, 0);
	}
	ATF_REQUIRE_EQ(SIGTERM + SIGHUP + SIGUSR2, sum);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(signal_passed_on_comes_before_pending_ones_of_its_number)
{
	struct puppet *pp = puppet_start(1);
	union sigval one = { .sival_int = 1 }, two = { .sival_int = 2 };
	int sig = SIGRTMIN + 2;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, sig));
	puppet_attach(pp);
	ATF_REQUIRE_EQ(0, sigqueue(pp->pid, sig, one));
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, sig);
	ATF_REQUIRE_EQ(0, sigqueue(pp->pid, sig, two));
	GO(pp->pid, sig);
	EXPECT_STOP(pp->pid, sig);
	ATF_REQUIRE_EQ(2, INFO(pp->pid).pl_siginfo.si_value.sival_int);
	GO(pp->pid, sig);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_nothing, 0));
	ATF_REQUIRE_EQ(2, stage->caught[sig]);
	ATF_REQUIRE_EQ(2, stage->caught_value[sig]);
	puppet_end(pp);
}

SPEC_TEST(signal_blocked_in_every_thread_is_not_reported)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_block, SIGUSR2);
	puppet_will(pp, 0, do_kill, SIGUSR2);
	puppet_will(pp, 0, do_raise, SIGUSR1);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR1);
	puppet_will(pp, 0, do_unblock, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	puppet_end(pp);
}

SPEC_TEST(signal_is_reported_by_a_thread_that_does_not_block_it)
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t lwp = puppet_lwp(pp, 1);

	puppet_will(pp, 0, do_block, SIGUSR2);
	puppet_will(pp, 0, do_kill, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(lwp, INFO(pp->pid).pl_lwpid);
	puppet_end(pp);
}

static long
do_fault(long address)
{
	*(volatile char *)address = 1;
	return (0);
}

static long
do_no_core(long arg)
{
	struct rlimit none = { 0, 0 };

	(void)arg;
	return (setrlimit(RLIMIT_CORE, &none));
}

SPEC_TEST(fault_is_reported_though_ignored)
{
	struct puppet *pp = puppet_attached(1);
	struct ptrace_lwpinfo info;

	puppet_will(pp, 0, do_no_core, 0);
	puppet_will(pp, 0, do_ignore, SIGSEGV);
	puppet_will(pp, 0, do_fault, 16);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	info = INFO(pp->pid);
	REQUIRE_FLAGS(PL_FLAG_SI, 0, info);
	ATF_REQUIRE_EQ(SEGV_MAPERR, info.pl_siginfo.si_code);
	ATF_REQUIRE_EQ((void *)16, info.pl_siginfo.si_addr);
	GO(pp->pid, SIGSEGV);
	EXPECT_DEATH(pp->pid, SIGSEGV);
	puppet_end(pp);
}

SPEC_TEST(fault_is_reported_though_blocked)
{
	struct puppet *pp = puppet_attached(1);

	puppet_will(pp, 0, do_no_core, 0);
	puppet_will(pp, 0, do_block, SIGSEGV);
	puppet_will(pp, 0, do_fault, 16);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	ATF_REQUIRE(!spec_has(INFO(pp->pid).pl_sigmask, SIGSEGV));
	GO(pp->pid, SIGSEGV);
	EXPECT_DEATH(pp->pid, SIGSEGV);
	puppet_end(pp);
}

SPEC_TEST(fault_discarded_comes_again)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	puppet_will(pp, 0, do_fault, 16);
	GO(pp->pid, 0);
	for (i = 0; i < 5; i++) {
		EXPECT_STOP(pp->pid, SIGSEGV);
		GO(pp->pid, 0);
	}
	EXPECT_STOP(pp->pid, SIGSEGV);
	puppet_end(pp);
}

SPEC_TEST(call_in_progress_goes_on_after_a_discarded_signal)
{
	struct puppet *pp = puppet_attached(1);
	int i;

	GO(pp->pid, 0);
	for (i = 0; i < 20; i++) {
		ATF_REQUIRE_EQ(0, kill(pp->pid, SIGTERM));
		EXPECT_STOP(pp->pid, SIGTERM);
		GO(pp->pid, 0);
		if (i % 2 == 0)
			ATF_REQUIRE_EQ(i, puppet_does(pp, 0, do_nothing, i));
	}
	puppet_end(pp);
}


static long
do_read_once(long arg)
{
	char c;
	ssize_t n = read(stage->tube[0], &c, 1);

	(void)arg;
	return (n == -1 ? -errno : n);
}

SPEC_TEST(call_is_restarted_after_a_handler_that_asks_for_it)
{
	struct puppet *pp;

	puppet_tube();
	pp = puppet_in_USR1(1);
	puppet_will(pp, 0, do_read_once, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	EXPECT_STOP(pp->pid, SIGUSR2);
	GO(pp->pid, SIGUSR2);
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	ATF_REQUIRE_EQ(1, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	puppet_end(pp);
}

static long
do_catch_plainly(long sig)
{
	struct sigaction sa;

	do_catch(sig);
	sigaction((int)sig, NULL, &sa);
	sa.sa_flags &= ~SA_RESTART;
	return (sigaction((int)sig, &sa, NULL));
}

SPEC_TEST(call_ends_with_EINTR_after_a_handler_that_does_not)
{
	struct puppet *pp;
	long said;

	puppet_tube();
	pp = puppet_start(1);
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch_plainly, SIGUSR2));
	puppet_attach(pp);
	puppet_will(pp, 0, do_read_once, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, kill(pp->pid, SIGUSR2));
	EXPECT_STOP(pp->pid, SIGUSR2);
	GO(pp->pid, SIGUSR2);
	while (stage->caught[SIGUSR2] == 0) {
		EXPECT_NOTHING(pp->pid);
		sched_yield();
	}
	ATF_REQUIRE_EQ(1, write(stage->tube[1], "x", 1));
	said = puppet_said(pp, 0);
	ATF_REQUIRE(said == -EINTR || said == 1); /* 1: the signal came before the call */
	puppet_end(pp);
}

SPEC_TEST(continue_at_an_address_jumps, "cont.4")
{
	struct puppet *pp = puppet_in_USR1(1);

	ASK(PT_CONTINUE, pp->pid, machine_nops, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(continue_at_an_address_inside_a_call_jumps, "cont.4")
{
	struct puppet *pp = puppet_attached(1);

	/* It is, or was about to be, asleep in a call that would be restarted. */
	ASK(PT_CONTINUE, pp->pid, machine_nops, 0);
	EXPECT_EXIT(pp->pid, 77);
	puppet_end(pp);
}

SPEC_TEST(continue_at_zero_jumps_to_zero, "cont.5")
{
	struct puppet *pp = puppet_in_USR1(1);
	struct reg reg;

	ASK(PT_CONTINUE, pp->pid, 0, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	ASK(PT_GETREGS, pp->pid, &reg, 0);
	ATF_REQUIRE_EQ(0, R_PC(&reg));
	ATF_REQUIRE_EQ(NULL, INFO(pp->pid).pl_siginfo.si_addr);
	puppet_end(pp);
}

SPEC_TEST(continue_at_one_goes_on_where_it_was, "cont.4")
{
	struct puppet *pp = puppet_in_USR1(1);

	ASK(PT_CONTINUE, pp->pid, (caddr_t)1, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	puppet_end(pp);
}

SPEC_TEST(address_is_for_the_named_thread, "thr.4 thr.6")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t one = puppet_lwp(pp, 1), zero = puppet_lwp(pp, 0);
	struct reg reg;

	ATF_REQUIRE(zero == INFO(pp->pid).pl_lwpid);
	ASK(PT_CONTINUE, one, 0, 0);
	EXPECT_STOP(pp->pid, SIGSEGV);
	ATF_REQUIRE_EQ(one, INFO(pp->pid).pl_lwpid);
	ASK(PT_GETREGS, one, &reg, 0);
	ATF_REQUIRE_EQ(0, R_PC(&reg));
	ASK(PT_SUSPEND, one, NULL, 0);
	GO(pp->pid, 0);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0)); /* the other goes on as it was */
	puppet_end(pp);
}

SPEC_TEST(handler_runs_before_the_new_address)
{
	struct puppet *pp = puppet_in_USR1(1);

	ASK(PT_CONTINUE, pp->pid, machine_nops, SIGUSR1);
	EXPECT_EXIT(pp->pid, 77);
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR1]);
	puppet_end(pp);
}

SPEC_TEST(signal_goes_to_the_reporting_thread_whichever_is_named, "thr.6")
{
	struct puppet *pp = puppet_start(2);
	lwpid_t one;

	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR1));
	ATF_REQUIRE_EQ(0, puppet_does(pp, 0, do_catch, SIGUSR2));
	puppet_attach(pp);
	one = puppet_lwp(pp, 1);
	puppet_will(pp, 0, do_raise, SIGUSR2);
	GO(pp->pid, 0);
	EXPECT_STOP(pp->pid, SIGUSR2);
	GO(one, SIGUSR2);
	ATF_REQUIRE_EQ(0, puppet_said(pp, 0));
	ATF_REQUIRE_EQ(1, stage->caught[SIGUSR2]);
	ATF_REQUIRE_EQ(0, stage->caught_wire[SIGUSR2]);
	EXPECT_NOTHING(pp->pid); /* and its event is answered */
	puppet_end(pp);
}
