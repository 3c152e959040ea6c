/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whom a request was about, for the record: found out before anything is checked, and only where it is asked for.
 */
#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "host/sim/sim.h"

static const struct sim_action program[] = {{.sa_what = SA_COMPUTE}, {.sa_what = SA_CALL, .sa_call = SC_PAUSE}};

static struct sim sim;
static struct tracer tracer;
static struct sim_proc *sp;

static void
begin(void)
{
	sim_init(&sim, 1);
	ATF_REQUIRE_EQ(0, tracer_init(&tracer, &sim.sim_host));
	ATF_REQUIRE((sp = sim_spawn(&sim, 1, program)) != NULL);
	ATF_REQUIRE_EQ(1000, sp->sp_uid);
}

static struct request_object
ask(int wanted, int req, pid_t id, void *addr)
{
	struct host *host = &sim.sim_host;
	struct request_object ob;
	int error, result;

	memset(&ob, 0, sizeof(ob));
	host->ops->lock(host);
	error = request_run_audited(&tracer, req, id, addr, 0, &result, &ob);
	host->ops->unlock(host);
	ATF_CHECK_EQ_MSG(wanted, error, "%s", strerrorname_np(error));
	return (ob);
}

static void
expect(struct request_object ob, pid_t pid, unsigned uid)
{
	ATF_CHECK_EQ(pid, ob.ro_pid);
	ATF_CHECK_EQ(uid, ob.ro_ids.hi_ruid);
	ATF_CHECK_EQ(uid + 1, ob.ro_ids.hi_euid);
	ATF_CHECK_EQ(uid + 2, ob.ro_ids.hi_rgid);
	ATF_CHECK_EQ(uid + 3, ob.ro_ids.hi_egid);
	ATF_CHECK_EQ(uid + 4, ob.ro_ids.hi_login);
	ATF_CHECK_EQ(uid + 5, ob.ro_ids.hi_session);
}

ATF_TC_WITHOUT_HEAD(process_is_noted_before_it_is_checked);
ATF_TC_BODY(process_is_noted_before_it_is_checked, tc)
{
	begin();
	expect(ask(EPERM, PT_CONTINUE, sp->sp_pid, NULL), sp->sp_pid, 1000);
	sp->sp_untouchable = true;
	expect(ask(EPERM, PT_ATTACH, sp->sp_pid, NULL), sp->sp_pid, 1000);
	sp->sp_untouchable = false;
	sp->sp_system = true;
	expect(ask(EINVAL, PT_ATTACH, sp->sp_pid, NULL), sp->sp_pid, 1000);
	sp->sp_system = false;
	expect(ask(0, PT_ATTACH, BSD_LWPID_BASE + sp->sp_pid, NULL), sp->sp_pid, 1000);
	expect(ask(EBUSY, PT_DETACH, sp->sp_pid, NULL), sp->sp_pid, 1000);
	sim.sim_ppid = 60;
	expect(ask(0, PT_TRACE_ME, 0, NULL), SIM_SELF, 0);
}

ATF_TC_WITHOUT_HEAD(no_process_none_noted);
ATF_TC_BODY(no_process_none_noted, tc)
{
	begin();
	ATF_CHECK_EQ(0, ask(ESRCH, PT_ATTACH, 4711, NULL).ro_pid);
	ATF_CHECK_EQ(0, ask(EFAULT, PT_IO, sp->sp_pid, SIM_BAD).ro_pid); /* its argument comes first */
}

ATF_TC_WITHOUT_HEAD(one_that_goes_meanwhile);
ATF_TC_BODY(one_that_goes_meanwhile, tc)
{
	struct request_object ob;

	begin();
	sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = ESRCH};
	ob = ask(EPERM, PT_CONTINUE, sp->sp_pid, NULL);
	ATF_CHECK(sim.sim_fault.sf_fired);
	ATF_CHECK_EQ(sp->sp_pid, ob.ro_pid);
	ATF_CHECK_EQ((uid_t)-1, ob.ro_ids.hi_euid);
	ATF_CHECK_EQ((gid_t)-1, ob.ro_ids.hi_rgid);
	ATF_CHECK_EQ((unsigned)-1, ob.ro_ids.hi_session);
}

ATF_TC_WITHOUT_HEAD(nobody_asks_nothing_is_found_out);
ATF_TC_BODY(nobody_asks_nothing_is_found_out, tc)
{
	struct host *host = &sim.sim_host;
	unsigned long before, audited;
	int result;

	begin();
	before = sim.sim_calls;
	(void)ask(EPERM, PT_CONTINUE, sp->sp_pid, NULL);
	audited = sim.sim_calls - before;
	before = sim.sim_calls;
	host->ops->lock(host);
	ATF_CHECK_EQ(EPERM, request_run(&tracer, PT_CONTINUE, sp->sp_pid, NULL, 0, &result));
	host->ops->unlock(host);
	ATF_CHECK_EQ(audited - 1, sim.sim_calls - before);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, process_is_noted_before_it_is_checked);
	ATF_TP_ADD_TC(tp, no_process_none_noted);
	ATF_TP_ADD_TC(tp, one_that_goes_meanwhile);
	ATF_TP_ADD_TC(tp, nobody_asks_nothing_is_found_out);
	return (atf_no_error());
}
