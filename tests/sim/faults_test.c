/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SIGKILL at every instant of a scene: before its first call of the host, its second ... until there is no
 * such call; the same with memory that cannot be had.  Linked so that the engine's memory is counted.
 */
#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "scenes.h"

static struct run run;
static long allocated;	   /* blocks the engine has */
static unsigned fail_at;   /* the n-th allocation from now; 0: none */
static bool failed;

void *__real_calloc(size_t, size_t);
void *__real_malloc(size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
void *__wrap_calloc(size_t, size_t);
void *__wrap_malloc(size_t);
void *__wrap_realloc(void *, size_t);
void __wrap_free(void *);

static bool
may_allocate(void)
{
	if (fail_at == 0 || --fail_at > 0)
		return (true);
	failed = true;
	return (false);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p = may_allocate() ? __real_calloc(n, size) : NULL;

	allocated += p != NULL;
	return (p);
}

void *
__wrap_malloc(size_t size)
{
	void *p = may_allocate() ? __real_malloc(size) : NULL;

	allocated += p != NULL;
	return (p);
}

void *
__wrap_realloc(void *old, size_t size)
{
	void *p = may_allocate() ? __real_realloc(old, size) : NULL;

	allocated += old == NULL && p != NULL;
	return (p);
}

void
__wrap_free(void *p)
{
	allocated -= p != NULL;
	__real_free(p);
}

static char where[100];

static void
fail(const char *message)
{
	atf_tc_fail("%s: %s", where, message);
}

static void
play_killed(const struct scene *sn, unsigned n, bool *fired)
{
	struct sim_proc *sp = scene_begin(&run, sn);
	unsigned long told;

	(void)snprintf(where, sizeof(where), "%s, killed before call %u", sn->sn_name, n);
	run.rn_sim.sim_fault = (struct sim_fault){.sf_at = n, .sf_pid = sp->sp_pid};
	scene_play(&run, sn);
	*fired = run.rn_sim.sim_fault.sf_fired;
	told = run.rn_oracle.or_exits;
	scene_end(&run);
	if (*fired && sn->sn_child)
		ATF_CHECK_MSG(told >= 1, "%s: its end was not told", where);
	ATF_REQUIRE_EQ_MSG(allocated, 0, "%s: %ld blocks are left", where, allocated);
}

ATF_TC_WITHOUT_HEAD(sigkill_at_every_instant);
ATF_TC_BODY(sigkill_at_every_instant, tc)
{
	bool fired;

	schedule_failed = fail;
	schedule_catch();
	for (const struct scene *sn = scenes; sn->sn_name != NULL; sn++) {
		fired = true;
		for (unsigned n = 1; fired; n++)
			play_killed(sn, n, &fired);
	}
}

/* With memory short an attach may be refused, and a new thread or process may be let go; no more. */
static void
play_poor(const struct scene *sn, unsigned n)
{
	(void)scene_begin(&run, sn);
	(void)snprintf(where, sizeof(where), "%s, without memory at allocation %u", sn->sn_name, n);
	run.rn_forgive = ENOMEM;
	failed = false;
	fail_at = n;
	scene_play(&run, sn);
	fail_at = 0;
	scene_end(&run);
	ATF_REQUIRE_EQ_MSG(allocated, 0, "%s: %ld blocks are left", where, allocated);
}

ATF_TC_WITHOUT_HEAD(no_memory_at_every_instant);
ATF_TC_BODY(no_memory_at_every_instant, tc)
{
	static const char *const names[] = {"attach", "attach_threads", "continue", "calls", "steps"};

	schedule_failed = fail;
	schedule_catch();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		failed = true;
		for (unsigned n = 1; failed; n++)
			play_poor(scene_find(names[i]), n);
	}
}

static void
attach_and_collect(struct sim_proc *sp)
{
	struct wait_spec ws = {.ws_idtype = P_ALL, .ws_options = WEXITED | WTRAPPED};
	struct wait_report wr;

	ATF_REQUIRE_EQ(do_attach(&run, sp), 0);
	ATF_REQUIRE_EQ(do_wait(&run, &ws, &wr), 0);
	ATF_REQUIRE(WIFSTOPPED(wr.wr_status));
}

/* What the host says of memory reaches the caller, and changes nothing else. */
ATF_TC_WITHOUT_HEAD(no_memory_for_a_page);
ATF_TC_BODY(no_memory_for_a_page, tc)
{
	const struct scene *sn = scene_find("attach");
	struct sim_proc *sp = scene_begin(&run, sn);
	char buffer[16];
	struct ptrace_io_desc piod = {.piod_op = PIOD_READ_D, .piod_offs = (void *)(uintptr_t)SIM_BASE,
	    .piod_addr = buffer, .piod_len = sizeof(buffer)};
	int result;

	schedule_failed = fail;
	attach_and_collect(sp);
	run.rn_sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = ENOMEM};
	ATF_CHECK_EQ(ask(&run, PT_IO, sp->sp_pid, &piod, 0, &result), ENOMEM);
	ATF_CHECK_EQ(ask(&run, PT_IO, sp->sp_pid, &piod, 0, &result), 0);
	ATF_CHECK_EQ(do_answer(&run, oracle_proc(&run.rn_oracle, SIM_FIRST), PT_DETACH, SIM_FIRST, 0), 0);
	scene_end(&run);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sigkill_at_every_instant);
	ATF_TP_ADD_TC(tp, no_memory_at_every_instant);
	ATF_TP_ADD_TC(tp, no_memory_for_a_page);
	return (atf_no_error());
}
