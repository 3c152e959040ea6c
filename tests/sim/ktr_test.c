/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The KTR points: each is told where FreeBSD's is, once, with its fields, and their text is never cut.
 */
#include <atf-c.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/engine.h"
#include "engine/ktr.h"
#include "host/linux/ktr.h"
#include "host/sim/sim.h"

#define COMPUTE {.sa_what = SA_COMPUTE}
#define CALL(code) {.sa_what = SA_CALL, .sa_call = (code)}
#define RAISE(sig) {.sa_what = SA_CALL, .sa_call = SC_RAISE, .sa_arg = (sig)}

static const struct sim_action program[] = {COMPUTE, COMPUTE, RAISE(SIGUSR1), RAISE(SIGUSR1), RAISE(SIGUSR1),
    RAISE(SIGUSR1), RAISE(SIGUSR1), RAISE(SIGUSR1), RAISE(SIGUSR1), RAISE(SIGUSR1), CALL(SC_PAUSE)};

static struct sim sim;
static struct tracer tracer;
static char said[8][KTR_TEXT]; /* since the last request; single blanks between the words */
static unsigned nsaid;
static bool fired[KTR_POINTS];

static void
hook(enum ktr_point point, const uint64_t *values)
{
	char text[KTR_TEXT], *to = said[nsaid++ % 8];
	size_t len = ktr_text(text, point, values);

	ATF_REQUIRE_EQ(strlen(text), len);
	fired[point] = true;
	for (const char *from = text; *from != '\0'; from++)
		if (from[0] != ' ' || from[1] != ' ')
			*to++ = *from;
	*to = '\0';
}

static int
request(int req, pid_t id, void *addr, int data)
{
	struct host *host = &sim.sim_host;
	int error, result;

	nsaid = 0;
	host->ops->lock(host);
	error = request_run(&tracer, req, id, addr, data, &result);
	host->ops->unlock(host);
	return (error);
}

/* The request ends so, and tells of this one point; NULL: of none. */
#define ASK(error, req, id, addr, data, text)                                                          \
	do {                                                                                           \
		const char *text_ = (text);                                                            \
		int error_ = request(req, id, (void *)(uintptr_t)(addr), data);                        \
		ATF_REQUIRE_MSG(error_ == (error), "%s: %s", #req, strerrorname_np(error_));           \
		ATF_REQUIRE_MSG(nsaid == (text_ != NULL), "%s tells of %u points", #req, nsaid);       \
		ATF_REQUIRE_MSG(text_ == NULL || strcmp(said[0], text_) == 0, "%s tells\n%s, not\n%s", \
		    #req, said[0], text_);                                                             \
	} while (0)

static const char *
text(const char *fmt, ...)
{
	static char buf[KTR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return (buf);
}

/* By whatever signal: what stops it is other tests' business. */
static void
next_stop(pid_t pid)
{
	struct wait_spec ws = {.ws_idtype = P_PID, .ws_id = (id_t)pid, .ws_options = WEXITED | WTRAPPED};
	struct host *host = &sim.sim_host;
	struct wait_report wr;

	host->ops->lock(host);
	ATF_REQUIRE_EQ(0, wait_for(&tracer, &ws, &wr));
	host->ops->unlock(host);
	ATF_REQUIRE_MSG(WIFSTOPPED(wr.wr_status), "status %#x", wr.wr_status);
}

static pid_t
target(pid_t ppid)
{
	struct sim_proc *sp;

	if (tracer.tr_host == NULL) {
		sim_init(&sim, 1);
		ATF_REQUIRE_EQ(0, tracer_init(&tracer, &sim.sim_host));
		ktr_hook = hook;
	}
	sp = sim_spawn(&sim, ppid, program);
	ATF_REQUIRE(sp != NULL);
	sp->sp_how[SIGUSR1] = HD_CAUGHT;
	return (sp->sp_pid);
}

static pid_t
attached(pid_t ppid)
{
	pid_t pid = target(ppid);

	ASK(0, PT_ATTACH, pid, NULL, 0, text("pt_attach pid=%d oppid=%d", pid, ppid));
	next_stop(pid);
	return (pid);
}

#define LWP(pid) (BSD_LWPID_BASE + (pid))

static void
attaching(void)
{
	pid_t pid = attached(1);

	ASK(EBUSY, PT_ATTACH, pid, NULL, 0, NULL);
	sim.sim_ppid = 1;
	ASK(EPERM, PT_TRACE_ME, 0, NULL, 0, NULL);
	sim.sim_ppid = 60;
	ASK(0, PT_TRACE_ME, 0, NULL, 0, text("pt_trace_me pid=%d", SIM_SELF));
	ASK(0, PT_FOLLOW_FORK, pid, NULL, 7, text("pt_follow_fork pid=%d was=off now=on", pid));
	ASK(0, PT_FOLLOW_FORK, pid, NULL, 0, text("pt_follow_fork pid=%d was=on now=off", pid));
	ASK(EINVAL, PT_DETACH, pid, 1, -1, NULL);
	/* Its parent has ended since; somebody else has it now. */
	sim_proc(&sim, pid)->sp_ppid = 77;
	ASK(0, PT_DETACH, pid, 1, SIGUSR2, text("pt_detach_to pid=%d parent=77 sig=%d", pid, SIGUSR2));
	pid = attached(SIM_SELF);
	ASK(0, PT_DETACH, pid, 1, 0, text("pt_detach pid=%d sig=0", pid));
}

ATF_TC_WITHOUT_HEAD(attaching_is_told);
ATF_TC_BODY(attaching_is_told, tc)
{
	attaching();
}

static void
going_on(void)
{
	pid_t pid = attached(1);

	ASK(EINVAL, PT_CONTINUE, pid, 1, -1, NULL);
	ASK(0, PT_CONTINUE, pid, 1, 0, text("pt_continue pid=%d pc=0x1 sig=0", pid));
	ASK(EBUSY, PT_CONTINUE, pid, 1, 0, NULL);
	next_stop(pid);
	ASK(0, PT_STEP, pid, 1, 0, text("pt_step lwpid=%d pid=%d", LWP(pid), pid));
	next_stop(pid);
	ASK(0, PT_TO_SCE, pid, 0x400800, 0, text("pt_to_sce pid=%d stops=0x10000 pc=0x400800 sig=0", pid));
	next_stop(pid);
	ASK(0, PT_TO_SCX, pid, 1, SIGUSR1,
	    text("pt_to_scx pid=%d stops=0x30000 pc=0x1 sig=%d", pid, SIGUSR1));
	next_stop(pid);
	ASK(0, PT_SYSCALL, pid, 1, 0, text("pt_syscall pid=%d stops=0x30000 pc=0x1 sig=0", pid));
	next_stop(pid);
	ASK(0, PT_KILL, pid, NULL, 0, text("pt_kill pid=%d", pid));
}

ATF_TC_WITHOUT_HEAD(going_on_is_told);
ATF_TC_BODY(going_on_is_told, tc)
{
	going_on();
}

static void
threads(void)
{
	pid_t pid = attached(1), self = LWP(SIM_SELF);
	lwpid_t list[4];

	ASK(0, PT_SETSTEP, pid, NULL, 0, text("pt_setstep lwpid=%d pid=%d", LWP(pid), pid));
	ASK(0, PT_CLEARSTEP, LWP(pid), NULL, 0, text("pt_clearstep lwpid=%d pid=%d", LWP(pid), pid));
	/* A thread's own. */
	(void)sim_spawn(&sim, 1, program);
	sim_proc(&sim, pid + 1)->sp_pid = SIM_SELF;
	sim_thread(&sim, pid + 1)->st_tid = SIM_SELF;
	ASK(0, PT_CLEARSTEP, SIM_SELF, NULL, 0, text("pt_clearstep lwpid=%d pid=%d", self, SIM_SELF));
	ASK(0, PT_CLEARSTEP, self, NULL, 0, text("pt_clearstep lwpid=%d pid=%d", self, SIM_SELF));
	ASK(0, PT_SUSPEND, pid, NULL, 0, text("pt_suspend lwpid=%d pid=%d", LWP(pid), pid));
	ASK(0, PT_RESUME, pid, NULL, 0, text("pt_resume lwpid=%d pid=%d", LWP(pid), pid));
	ASK(0, PT_GETNUMLWPS, pid, NULL, 0, text("pt_getnumlwps pid=%d threads=1", pid));
	ASK(0, PT_GETLWPLIST, pid, list, 4, text("pt_getlwplist pid=%d data=4 threads=1", pid));
	/* As on FreeBSD, before the number is looked at. */
	ASK(EINVAL, PT_GETLWPLIST, pid, list, -3, text("pt_getlwplist pid=%d data=-3 threads=1", pid));
}

ATF_TC_WITHOUT_HEAD(requests_on_threads_are_told);
ATF_TC_BODY(requests_on_threads_are_told, tc)
{
	threads();
}

static void
lwpinfo(void)
{
	pid_t pid = attached(SIM_SELF);
	struct ptrace_lwpinfo pl;

	ASK(EINVAL, PT_LWPINFO, pid, &pl, 0, NULL);
	ASK(0, PT_LWPINFO, pid, &pl, sizeof(pl),
	    text("pt_lwpinfo lwpid=%d pid=%d event=1 flags=0x20 child=0 syscall=0", LWP(pid), pid));
	ASK(0, PT_TO_SCE, pid, 1, 0, text("pt_to_sce pid=%d stops=0x10000 pc=0x1 sig=0", pid));
	next_stop(pid);
	ASK(0, PT_LWPINFO, pid, &pl, sizeof(pl),
	    text("pt_lwpinfo lwpid=%d pid=%d event=1 flags=0x4 child=0 syscall=%d", LWP(pid), pid, SC_RAISE));
	/* Also where the caller's struct ends before it. */
	ASK(0, PT_LWPINFO, pid, &pl, sizeof(lwpid_t),
	    text("pt_lwpinfo lwpid=%d pid=%d event=1 flags=0x4 child=0 syscall=%d", LWP(pid), pid, SC_RAISE));
}

ATF_TC_WITHOUT_HEAD(lwpinfo_is_told);
ATF_TC_BODY(lwpinfo_is_told, tc)
{
	lwpinfo();
}

static void
memory(void)
{
	pid_t pid = attached(1);
	struct ptrace_io_desc piod;
	char bytes[32];
	const uintptr_t hole = SIM_BASE + SIM_HOLE * SIM_PAGE;

	ASK(0, PT_WRITE_D, pid, SIM_BASE + 8, -2, text("pt_write pid=%d addr=%#x value=0xfffffffe", pid, SIM_BASE + 8));
	ASK(0, PT_WRITE_I, pid, SIM_BASE + 8, 9, text("pt_write pid=%d addr=%#x value=0x9", pid, SIM_BASE + 8));
	ASK(0, PT_READ_D, pid, SIM_BASE + 8, 0, text("pt_read pid=%d addr=%#x value=0x9", pid, SIM_BASE + 8));
	ASK(0, PT_READ_I, pid, SIM_BASE + 8, 0, text("pt_read pid=%d addr=%#x value=0x9", pid, SIM_BASE + 8));
	ASK(EFAULT, PT_READ_D, pid, hole, 0, NULL);
	ASK(EFAULT, PT_WRITE_D, pid, hole, 0, NULL);
	piod = (struct ptrace_io_desc){PIOD_READ_D, (void *)(uintptr_t)SIM_BASE, bytes, 32};
	ASK(0, PT_IO, pid, &piod, 0, text("pt_io_read pid=%d offs=%#x len=0x20", pid, SIM_BASE));
	piod = (struct ptrace_io_desc){PIOD_WRITE_I, (void *)hole, bytes, 7};
	/* Before it is known how it ends. */
	ASK(EFAULT, PT_IO, pid, &piod, 0, text("pt_io_write pid=%d offs=%#" PRIxPTR " len=0x7", pid, hole));
	piod.piod_op = 5;
	ASK(EINVAL, PT_IO, pid, &piod, 0, NULL);
}

ATF_TC_WITHOUT_HEAD(memory_is_told);
ATF_TC_BODY(memory_is_told, tc)
{
	memory();
}

static void
registers(void)
{
	pid_t pid = attached(1);
	struct reg reg;
	struct fpreg fpreg;
	struct dbreg dbreg;
	int lwp = LWP(pid);

	ASK(0, PT_GETREGS, pid, &reg, 0, text("pt_getregs lwpid=%d pid=%d", lwp, pid));
	ASK(0, PT_SETREGS, pid, &reg, 0, text("pt_setregs lwpid=%d pid=%d", lwp, pid));
	ASK(0, PT_GETFPREGS, lwp, &fpreg, 0, text("pt_getfpregs lwpid=%d pid=%d", lwp, pid));
	ASK(0, PT_SETFPREGS, lwp, &fpreg, 0, text("pt_setfpregs lwpid=%d pid=%d", lwp, pid));
	ASK(0, PT_GETDBREGS, lwp, &dbreg, 0, text("pt_getdbregs lwpid=%d pid=%d", lwp, pid));
	ASK(0, PT_SETDBREGS, lwp, &dbreg, 0, text("pt_setdbregs lwpid=%d pid=%d", lwp, pid));
}

static void
map(void)
{
	pid_t pid = attached(1);
	struct ptrace_vm_entry pve = {.pve_entry = 1}, last = {.pve_entry = 9999}, unknown = {.pve_entry = -1};
	u_long start;

	ATF_REQUIRE_EQ(0, request(PT_VM_ENTRY, pid, &pve, 0));
	start = pve.pve_start;
	pve = (struct ptrace_vm_entry){.pve_entry = 1};
	ASK(0, PT_VM_ENTRY, pid, &pve, 0, text("pt_vm_entry pid=%d entry=2 start=%#lx", pid, start));
	ASK(EINVAL, PT_VM_ENTRY, pid, &last, 0, NULL);
	ASK(EINVAL, PT_VM_ENTRY, pid, &unknown, 0, NULL);
	ASK(0, PT_VM_TIMESTAMP, pid, NULL, 0, text("pt_vm_timestamp pid=%d timestamp=%d", pid, pve.pve_timestamp));
}

ATF_TC_WITHOUT_HEAD(the_map_is_told);
ATF_TC_BODY(the_map_is_told, tc)
{
	map();
}

ATF_TC_WITHOUT_HEAD(registers_are_told);
ATF_TC_BODY(registers_are_told, tc)
{
	registers();
}

static int
procfs(int fd, unsigned long request, uintptr_t arg)
{
	struct host *host = &sim.sim_host;
	int error;

	nsaid = 0;
	host->ops->lock(host);
	error = procfs_ioctl(&tracer, fd, request, arg);
	host->ops->unlock(host);
	return (error);
}

/* Once for each thread that begins to wait. */
static void
stop_events(void)
{
	struct host *host = &sim.sim_host;
	struct procfs_status ps;
	pid_t pid = target(1);
	int fd;

	host->ops->lock(host);
	ATF_REQUIRE_EQ(0, procfs_open(&tracer, pid, &fd));
	host->ops->unlock(host);
	ATF_REQUIRE_EQ(0, procfs(fd, PIOCBIS, S_SIG));
	ATF_REQUIRE_EQ(0, nsaid);
	ATF_REQUIRE_EQ(0, procfs(fd, PIOCWAIT, (uintptr_t)&ps));
	ATF_REQUIRE_EQ(1, nsaid);
	ATF_CHECK_STREQ(text("stopevent pid=%d event=0x2 val=%d", pid, SIGUSR1), said[0]);
	ATF_REQUIRE_EQ(0, procfs(fd, PIOCSTATUS, (uintptr_t)&ps));
	ATF_REQUIRE_EQ(0, nsaid);
}

ATF_TC_WITHOUT_HEAD(stop_events_are_told);
ATF_TC_BODY(stop_events_are_told, tc)
{
	stop_events();
}

ATF_TC_WITHOUT_HEAD(every_point_of_the_table_is_told);
ATF_TC_BODY(every_point_of_the_table_is_told, tc)
{
	attaching();
	going_on();
	threads();
	lwpinfo();
	memory();
	map();
	registers();
	stop_events();
	for (int i = 0; i < KTR_POINTS; i++)
		ATF_CHECK_MSG(fired[i], "%s is told by no request of this test", ktr_rows[i].kr_name);
}

/* With nobody to tell, and again with somebody: requests take no notice. */
ATF_TC_WITHOUT_HEAD(nobody_need_look);
ATF_TC_BODY(nobody_need_look, tc)
{
	pid_t pid = attached(1);

	ktr_hook = NULL;
	ASK(0, PT_GETNUMLWPS, pid, NULL, 0, NULL);
	ktr_hook = hook;
	ASK(0, PT_GETNUMLWPS, pid, NULL, 0, text("pt_getnumlwps pid=%d threads=1", pid));
}

/* ---- the text ---- */

ATF_TC_WITHOUT_HEAD(no_text_is_too_long);
ATF_TC_BODY(no_text_is_too_long, tc)
{
	uint64_t values[KTR_FIELDS];
	char buf[KTR_TEXT * 2];
	size_t len;

	for (int point = 0; point < KTR_POINTS; point++) {
		const struct ktr_row *row = &ktr_rows[point];

		ATF_REQUIRE_EQ_MSG(row->kr_fields, strlen(row->kr_kind), "%s", row->kr_name);
		for (unsigned i = 0; i < row->kr_fields; i++)
			values[i] = row->kr_kind[i] == 'P' ? UINT64_MAX :
			    row->kr_kind[i] == 'D' ? (uint64_t)INT_MIN : UINT_MAX;
		memset(buf, 0x7f, sizeof(buf));
		len = ktr_text(buf, (enum ktr_point)point, values);
		ATF_CHECK_EQ_MSG(strlen(buf), len, "%s", buf);
		ATF_CHECK_MSG(len < KTR_TEXT, "%s needs %zu", buf, len + 1);
		ATF_CHECK_MSG(KTR_PREFIX + len + 1 <= KTR_LINE, "no room in a line for %s", buf);
	}
}

ATF_TC_WITHOUT_HEAD(text_of_each_kind);
ATF_TC_BODY(text_of_each_kind, tc)
{
	char buf[KTR_TEXT];

	(void)ktr_text(buf, KTR_pt_lwpinfo, (const uint64_t[]){1, (uint64_t)-7, 0, 0xfc, 0, 4294967295u});
	ATF_CHECK_STREQ("pt_lwpinfo      lwpid=1 pid=-7 event=0 flags=0xfc child=0 syscall=4294967295", buf);
	(void)ktr_text(buf, KTR_pt_follow_fork, (const uint64_t[]){10, 0, 1});
	ATF_CHECK_STREQ("pt_follow_fork  pid=10 was=off now=on", buf);
	(void)ktr_text(buf, KTR_pt_read, (const uint64_t[]){10, UINT64_MAX, 0xdeadbeefu});
	ATF_CHECK_STREQ("pt_read         pid=10 addr=0xffffffffffffffff value=0xdeadbeef", buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, attaching_is_told);
	ATF_TP_ADD_TC(tp, going_on_is_told);
	ATF_TP_ADD_TC(tp, requests_on_threads_are_told);
	ATF_TP_ADD_TC(tp, lwpinfo_is_told);
	ATF_TP_ADD_TC(tp, memory_is_told);
	ATF_TP_ADD_TC(tp, the_map_is_told);
	ATF_TP_ADD_TC(tp, registers_are_told);
	ATF_TP_ADD_TC(tp, stop_events_are_told);
	ATF_TP_ADD_TC(tp, every_point_of_the_table_is_told);
	ATF_TP_ADD_TC(tp, nobody_need_look);
	ATF_TP_ADD_TC(tp, no_text_is_too_long);
	ATF_TP_ADD_TC(tp, text_of_each_kind);
	return (atf_no_error());
}
