/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which resumes are steered, and what is left of that.
 */
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/place.h"
#include "target.h"

static cpu_set_t everywhere, there; /* all we may use; one of them that is not our own */

static cpu_set_t
mask_of(pid_t tid)
{
	cpu_set_t mask;

	ATF_REQUIRE_EQ(0, sched_getaffinity(tid, sizeof(mask), &mask));
	return (mask);
}

static void
bind_to(pid_t tid, const cpu_set_t *mask)
{
	ATF_REQUIRE_EQ(0, sched_setaffinity(tid, sizeof(*mask), mask));
}

/* We keep to one processor; targets may use all.  On a machine with one there is nothing to steer. */
static void
begin(enum host_place policy, unsigned options)
{
	cpu_set_t here;
	int cpu = 0;

	everywhere = mask_of(0);
	if (CPU_COUNT(&everywhere) < 2)
		atf_tc_skip("one processor");
	target_begin();
	CPU_ZERO(&here);
	CPU_ZERO(&there);
	while (!CPU_ISSET(cpu, &everywhere))
		cpu++;
	CPU_SET(cpu++, &here);
	while (!CPU_ISSET(cpu, &everywhere))
		cpu++;
	CPU_SET(cpu, &there);
	bind_to(0, &here);
	ATF_REQUIRE_EQ(0, ops->options(&lh.lh_host, target, options));
	ATF_REQUIRE_EQ(0, ops->place(&lh.lh_host, policy));
}

static unsigned long
steered(void)
{
	return (place_counts(&lh).pc_steered);
}

static struct host_event
resume(enum resume_mode mode)
{
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, target, mode, 0));
	return (target_event());
}

/* Number of the call the target stands before. */
static unsigned
number(void)
{
	struct host_call call;

	ATF_REQUIRE_EQ(0, ops->call(&lh.lh_host, target, &call));
	return (call.hc_code);
}

/*
 * Have the target do it, from call to call: how many of its calls of that number were steered, out of how many.
 * Every resume leaves the mask as it was.
 */
struct share {
	unsigned steered, of;
};

static struct share
share_of(target_act *act, long arg, unsigned call)
{
	struct target_order order = { .act = act, .arg = arg };
	struct share share = { 0, 0 };
	struct host_event ev = { .he_kind = HE_STOP };
	cpu_set_t own = mask_of(target), now;
	unsigned long before = 0;
	bool counting = false;
	long answer;

	ATF_REQUIRE_EQ(sizeof(order), write(target_wire, &order, sizeof(order)));
	while (recv(target_wire, &answer, sizeof(answer), MSG_DONTWAIT) != sizeof(answer)) {
		if ((counting = ev.he_kind == HE_SCE && number() == call)) {
			share.of++;
			before = steered();
		}
		ev = resume(RM_SYSCALL);
		share.steered += counting && steered() != before;
		now = mask_of(target);
		if (call != SYS_sched_setaffinity)
			ATF_REQUIRE(CPU_EQUAL(&own, &now));
	}
	return (share);
}

/* ---- what the target does ---- */

#define TIMES 20

static long
asks_for_parent(long unused)
{
	(void)unused;
	for (int i = 0; i < TIMES; i++)
		(void)syscall(SYS_getppid);
	return (0);
}

static long
reads(long fd)
{
	char byte;

	for (int i = 0; i < TIMES; i++)
		(void)pread((int)fd, &byte, 1, 0);
	return (0);
}

/* A descriptor that was calm becomes another file. */
static long
reads_another(long fd)
{
	(void)dup2((int)fd, 60);
	(void)reads(60);
	return (0);
}

static long
asks_for_mask(long unused)
{
	cpu_set_t mask;

	(void)unused;
	for (int i = 0; i < TIMES; i++)
		(void)sched_getaffinity(0, sizeof(mask), &mask);
	return (0);
}

static long
sets_mask(long unused)
{
	(void)unused;
	for (int i = 0; i < TIMES; i++)
		(void)sched_setaffinity(0, sizeof(everywhere), &everywhere);
	return (0);
}

static long
forks(long unused)
{
	pid_t pid;

	(void)unused;
	for (int i = 0; i < TIMES; i++) {
		if ((pid = (pid_t)syscall(SYS_fork)) == 0)
			_exit(0);
		(void)waitpid(pid, NULL, 0);
	}
	return (0);
}

#if defined(__x86_64__)
/* Number 120 is clone to 32-bit programs and getresgid to others; so made it is the former. */
static long
calls_as_32bit(long unused)
{
	long result;

	(void)unused;
	for (int i = 0; i < TIMES; i++)
		__asm__ volatile("int $0x80"
				 : "=a"(result)
				 : "a"(120), "b"(-1), "c"(0), "d"(0), "S"(0), "D"(0)
				 : "memory");
	return (0);
}
#endif

/* ---- which resumes ---- */

ATF_TC_WITHOUT_HEAD(one_that_outlives_us_is_not_steered);
ATF_TC_BODY(one_that_outlives_us_is_not_steered, tc)
{
	begin(HP_ON, 0);
	ATF_REQUIRE_EQ(0, share_of(asks_for_parent, 0, SYS_getppid).steered);
	ATF_REQUIRE_EQ(0, steered());
	ATF_REQUIRE_EQ(0, ops->options(&lh.lh_host, target, HO_EXITKILL));
	ATF_REQUIRE_EQ(TIMES, share_of(asks_for_parent, 0, SYS_getppid).steered);
	ATF_REQUIRE_EQ(0, ops->options(&lh.lh_host, target, 0));
	ATF_REQUIRE_EQ(0, share_of(asks_for_parent, 0, SYS_getppid).steered);
	target_end();
}

ATF_TC_WITHOUT_HEAD(off_is_off);
ATF_TC_BODY(off_is_off, tc)
{
	begin(HP_ON, HO_EXITKILL);
	ATF_REQUIRE_EQ(TIMES, share_of(asks_for_parent, 0, SYS_getppid).steered);
	ATF_REQUIRE_EQ(0, ops->place(&lh.lh_host, HP_OFF));
	(void)share_of(asks_for_parent, 0, SYS_getppid);
	ATF_REQUIRE_EQ(0, steered());
	target_end();
}

static void
never(target_act *act, unsigned call)
{
	struct share share = share_of(act, 0, call);

	ATF_REQUIRE_EQ(TIMES, share.of);
	ATF_REQUIRE_EQ(0, share.steered);
}

ATF_TC_WITHOUT_HEAD(calls_that_tell_of_masks_are_not_steered);
ATF_TC_BODY(calls_that_tell_of_masks_are_not_steered, tc)
{
	begin(HP_ON, HO_EXITKILL);
	never(asks_for_mask, SYS_sched_getaffinity);
	never(sets_mask, SYS_sched_setaffinity);
	never(forks, SYS_fork);
#if defined(__x86_64__)
	never(calls_as_32bit, 120);
#endif
	/* All else still is. */
	ATF_REQUIRE_EQ(TIMES, share_of(asks_for_parent, 0, SYS_getppid).steered);
	target_end();
}

ATF_TC_WITHOUT_HEAD(files_that_tell_of_masks_are_not_steered);
ATF_TC_BODY(files_that_tell_of_masks_are_not_steered, tc)
{
	int status, null;

	ATF_REQUIRE((status = open("/proc/self/status", O_RDONLY)) != -1);
	ATF_REQUIRE((null = open("/dev/null", O_RDONLY)) != -1);
	begin(HP_ON, HO_EXITKILL);
	ATF_REQUIRE_EQ(0, share_of(reads, status, SYS_pread64).steered);
	ATF_REQUIRE_EQ(TIMES, share_of(reads, null, SYS_pread64).steered);
	ATF_REQUIRE_EQ(TIMES, share_of(reads_another, null, SYS_pread64).steered);
	ATF_REQUIRE_EQ(0, share_of(reads_another, status, SYS_pread64).steered);
	/* Too many to be kept apart. */
	ATF_REQUIRE_EQ(100, dup2(null, 100));
	ATF_REQUIRE_EQ(0, share_of(reads, 100, SYS_pread64).steered);
	target_end();
}

/* Between two stops of ours it may have made any call. */
ATF_TC_WITHOUT_HEAD(files_are_looked_at_again_after_calls_unseen);
ATF_TC_BODY(files_are_looked_at_again_after_calls_unseen, tc)
{
	int status, null;

	ATF_REQUIRE((status = open("/proc/self/status", O_RDONLY)) != -1);
	ATF_REQUIRE((null = open("/dev/null", O_RDONLY)) != -1);
	begin(HP_ON, HO_EXITKILL);
	ATF_REQUIRE_EQ(TIMES, share_of(reads_another, null, SYS_pread64).steered);
	ATF_REQUIRE_EQ(0, ops->interrupt(&lh.lh_host, target));
	(void)resume(RM_CONT);
	(void)target_does(reads_another, status);
	ATF_REQUIRE_EQ(0, share_of(reads, 60, SYS_pread64).steered);
	target_end();
}

ATF_TC_WITHOUT_HEAD(steps_are_steered_but_not_over_a_call);
ATF_TC_BODY(steps_are_steered_but_not_over_a_call, tc)
{
	struct target_order order = { .act = asks_for_mask, .arg = 0 };
	unsigned long before, calls = 0, others = 0;
	long answer;
	bool call;

	begin(HP_ON, HO_EXITKILL);
	ATF_REQUIRE_EQ(sizeof(order), write(target_wire, &order, sizeof(order)));
	while (recv(target_wire, &answer, sizeof(answer), MSG_DONTWAIT) != sizeof(answer)) {
		call = ops->at_call(&lh.lh_host, target);
		before = steered();
		ATF_REQUIRE_EQ(HE_SIGNAL, resume(RM_STEP).he_kind);
		ATF_REQUIRE(!call || steered() == before);
		calls += call;
		others += steered() != before;
	}
	ATF_REQUIRE(calls >= TIMES && others > 5 * calls);
	target_end();
}

static void
run_in_real_time(void)
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(target, SCHED_FIFO, &param) != 0)
		atf_tc_skip("may not give real time");
}

/* It would keep us from putting its mask back for as long as it runs. */
ATF_TC_WITHOUT_HEAD(real_time_is_not_steered);
ATF_TC_BODY(real_time_is_not_steered, tc)
{
	begin(HP_ON, HO_EXITKILL);
	run_in_real_time();
	ATF_REQUIRE_EQ(0, share_of(asks_for_parent, 0, SYS_getppid).steered);
	target_end();
}

/* ---- masks ---- */

/* It may not run where we are. */
ATF_TC_WITHOUT_HEAD(one_that_is_elsewhere_stays_there);
ATF_TC_BODY(one_that_is_elsewhere_stays_there, tc)
{
	begin(HP_ON, HO_EXITKILL);
	bind_to(target, &there);
	ATF_REQUIRE_EQ(0, share_of(asks_for_parent, 0, SYS_getppid).steered);
	bind_to(target, &everywhere);
	ATF_REQUIRE_EQ(TIMES, share_of(asks_for_parent, 0, SYS_getppid).steered);
	target_end();
}

/* Stopped at a call's exit, as where steering begins. */
static void
begin_at_exit(void)
{
	begin(HP_ON, HO_EXITKILL);
	(void)share_of(asks_for_parent, 0, SYS_getppid);
}

ATF_TC_WITHOUT_HEAD(what_another_sets_meanwhile_stays);
ATF_TC_BODY(what_another_sets_meanwhile_stays, tc)
{
	struct lwp *l;
	cpu_set_t now;

	begin_at_exit();
	l = lwp_find(&lh, target);
	ATF_REQUIRE(place_wanted(&lh, l, RM_SYSCALL, 0) && place_narrow(&lh, l));
	now = mask_of(target);
	ATF_REQUIRE_EQ(1, CPU_COUNT(&now));
	bind_to(target, &there);
	place_widen(&lh, target);
	now = mask_of(target);
	ATF_REQUIRE(CPU_EQUAL(&there, &now));
	bind_to(target, &everywhere);
	ATF_REQUIRE(place_wanted(&lh, l, RM_SYSCALL, 0) && place_narrow(&lh, l));
	place_widen(&lh, target);
	now = mask_of(target);
	ATF_REQUIRE(CPU_EQUAL(&everywhere, &now));
	target_end();
}

/* It is let run before it is waited for; one that was put elsewhere is not. */
ATF_TC_WITHOUT_HEAD(one_that_was_brought_here_is_let_run);
ATF_TC_BODY(one_that_was_brought_here_is_let_run, tc)
{
	begin_at_exit();
	ATF_REQUIRE(!lh.lh_beside);
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, target, RM_SYSCALL, 0));
	ATF_REQUIRE(lh.lh_beside);
	(void)target_event();
	ATF_REQUIRE(!lh.lh_beside);
	bind_to(target, &there);
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, target, RM_SYSCALL, 0));
	ATF_REQUIRE(!lh.lh_beside);
	(void)target_event();
	target_end();
}

/* Its mask is looked into once for all that it has. */
ATF_TC_WITHOUT_HEAD(masks_are_looked_into_once);
ATF_TC_BODY(masks_are_looked_into_once, tc)
{
	begin_at_exit();
	ATF_REQUIRE_EQ(1, place_counts(&lh).pc_asked);
	(void)share_of(asks_for_parent, 0, SYS_getppid);
	ATF_REQUIRE_EQ(1, place_counts(&lh).pc_asked);
	(void)share_of(asks_for_mask, 0, SYS_sched_getaffinity);
	ATF_REQUIRE(place_counts(&lh).pc_asked > 1);
	target_end();
}

/* ---- does it pay? ---- */

#define EVENTS 2000

static void
spin(uint64_t ns)
{
	uint64_t until = lx_now(NULL) + ns;

	while (lx_now(NULL) < until)
		;
}

/* How many of the last resumes of so many were steered, where that makes stops come later by so much. */
static unsigned
steered_where_it_costs(struct pays *pp, uint64_t steered_ns, uint64_t alone_ns)
{
	unsigned n = 0;
	bool steer;

	for (unsigned i = 0; i < 100; i++) {
		pays_event(pp, 1);
		steer = pays_now(pp, 1);
		if (pp->pp_since != 0)
			spin(steer ? steered_ns : alone_ns);
		n += i >= 50 && steer;
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(auto_keeps_what_is_faster);
ATF_TC_BODY(auto_keeps_what_is_faster, tc)
{
	struct pays good = { 0 }, bad = { 0 };

	ATF_REQUIRE_EQ(50, steered_where_it_costs(&good, 0, 5000000));
	ATF_REQUIRE_EQ(0, steered_where_it_costs(&bad, 5000000, 0));
}

ATF_TC_WITHOUT_HEAD(auto_looks_again_now_and_then);
ATF_TC_BODY(auto_looks_again_now_and_then, tc)
{
	struct pays pp = { 0 };
	unsigned i;

	(void)steered_where_it_costs(&pp, 5000000, 0);
	for (i = 0; i < 1000000 && !pp.pp_trial; i++) {
		pays_event(&pp, 1);
		(void)pays_now(&pp, 1);
	}
	ATF_REQUIRE(pp.pp_trial && i > 50);
}

ATF_TC_WITHOUT_HEAD(auto_leaves_busy_threads_alone);
ATF_TC_BODY(auto_leaves_busy_threads_alone, tc)
{
	struct pays pp = { 0 };

	ATF_REQUIRE_EQ(50, steered_where_it_costs(&pp, 0, 5000000));
	for (pid_t i = 0; i < EVENTS; i++) {
		pays_event(&pp, 2 + i % 2);
		ATF_REQUIRE(!pays_now(&pp, 2 + i % 2));
	}
	/* Four events of one, then one of the other: still both are at work. */
	for (pid_t i = 0; i < EVENTS; i++) {
		pays_event(&pp, 4 + (i % 5 == 0));
		ATF_REQUIRE(!pays_now(&pp, 4 + (i % 5 == 0)));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_that_outlives_us_is_not_steered);
	ATF_TP_ADD_TC(tp, off_is_off);
	ATF_TP_ADD_TC(tp, calls_that_tell_of_masks_are_not_steered);
	ATF_TP_ADD_TC(tp, files_that_tell_of_masks_are_not_steered);
	ATF_TP_ADD_TC(tp, files_are_looked_at_again_after_calls_unseen);
	ATF_TP_ADD_TC(tp, steps_are_steered_but_not_over_a_call);
	ATF_TP_ADD_TC(tp, real_time_is_not_steered);
	ATF_TP_ADD_TC(tp, one_that_is_elsewhere_stays_there);
	ATF_TP_ADD_TC(tp, what_another_sets_meanwhile_stays);
	ATF_TP_ADD_TC(tp, one_that_was_brought_here_is_let_run);
	ATF_TP_ADD_TC(tp, masks_are_looked_into_once);
	ATF_TP_ADD_TC(tp, auto_keeps_what_is_faster);
	ATF_TP_ADD_TC(tp, auto_looks_again_now_and_then);
	ATF_TP_ADD_TC(tp, auto_leaves_busy_threads_alone);
	return (atf_no_error());
}
