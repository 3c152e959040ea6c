/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is said of a request that failed: each check, and each error of the table of requests.
 */
#include "cases.h"
#include "play.h"

static char text[EXPLAIN_SIZE];

static const char *
explain(const struct refusal *rf)
{
	struct host *host = &play.sim.sim_host;

	memset(text, 'x', sizeof(text));
	host->ops->lock(host);
	refusal_explain(host, rf, text);
	host->ops->unlock(host);
	SAME(true, memchr(text, '\0', sizeof(text)) != NULL && strlen(text) < sizeof(text) / 2);
	return (text);
}

static void
says(const char *file, int line, const char *sentence)
{
	explain(&play.tracer.tr_refusal);
	if (strcmp(text, sentence) != 0)
		play_fail("%s:%d: it is said: %s", file, line, text);
}
#define SAYS(sentence) says(__FILE__, __LINE__, sentence)

PROGRAM(idles, SLEEP);
PROGRAM(leaves, SLEEP, EXIT(4));

SIM_TEST(before_any_request, "")
{
	SAYS("no request has failed");
}

SIM_TEST(success_changes_nothing, "")
{
	pid_t pid = sleepers(1);

	REFUSED(ESRCH, PT_GETNUMLWPS, 0, NULL, 0);
	ASK(PT_GETNUMLWPS, pid, NULL, 0);
	SAYS("PT_GETNUMLWPS 0: nothing has such an id: those of processes and threads are greater than 0");
}

SIM_TEST(ids, "")
{
	pid_t pid = sleepers(1);

	REFUSED(ESRCH, PT_ATTACH, -4, NULL, 0);
	SAYS("PT_ATTACH -4: nothing has such an id: those of processes and threads are greater than 0");
	REFUSED(ESRCH, PT_KILL, NOBODY, NULL, 0);
	SAYS("PT_KILL 9999: 9999 is nobody");
	REFUSED(ESRCH, PT_KILL, LWP(NOBODY), NULL, 0);
	SAYS("PT_KILL 10009999: 9999 is nobody");
	REFUSED(ESRCH, 99, -1, NULL, 0);
	SAYS("request 99 of -1: nothing has such an id: those of processes and threads are greater than 0");
	(void)pid;
}

SIM_TEST(thread_of_a_tracee_that_is_not_known, "")
{
	pid_t pid = sleepers(1);
	struct sim_thread *st = sim_thread_new(&play.sim, proc(pid), 300);

	HOLDS(st != NULL);
	REFUSED(ESRCH, PT_GETNUMLWPS, LWP(300), NULL, 0);
	SAYS("PT_GETNUMLWPS 10000300: that thread of the traced process has ended: ask for the list of its threads");
	st->st_tid = 0;
}

SIM_TEST(process_that_ends, "")
{
	pid_t pid = child(leaves);
	int status;

	wake(pid);
	SAME(0, await(pid, WNOWAIT, &status));
	REFUSED(ESRCH, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 100: it has ended, or is about to: have its parent, or its tracer, wait for it");
	EXPECT_EXIT(pid, 4);
}

SIM_TEST(process_that_may_not_be_traced, "")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_untouchable = true;
	REFUSED(EPERM, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 100: the rules forbid to trace 100: change them");
	REFUSED(EPERM, PT_ATTACH, LWP(pid), NULL, 0);
	SAYS("PT_ATTACH 10000100: the rules forbid to trace 100: change them");
	REFUSED(EPERM, 99, pid, NULL, 0);
	SAYS("request 99 of 100: the rules forbid to trace 100: change them");
}

SIM_TEST(system_process, "")
{
	pid_t pid = stranger(idles);

	proc(pid)->sp_system = true;
	REFUSED(EINVAL, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 100: it is a thread of the kernel's own, which nobody can trace: choose a process");
}

SIM_TEST(oneself, "")
{
	REFUSED(EINVAL, PT_ATTACH, SIM_SELF, NULL, 0);
	SAYS("PT_ATTACH 50: a process cannot attach to itself: let another one do so");
	REFUSED(EPERM, PT_CONTINUE, SIM_SELF, NULL, 0);
	SAYS("PT_CONTINUE 50: this process does not trace it: attach first");
}

SIM_TEST(traced_already, "")
{
	pid_t other = stranger(idles), pid = stranger(idles);

	proc(pid)->sp_other = other;
	REFUSED(EBUSY, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 101: process 100 (sim-100) traces it: detach that one first");
	REFUSED(EBUSY, PT_CONTINUE, pid, NULL, 0);
	SAYS("PT_CONTINUE 101: process 100 (sim-100) traces it: detach that one first");
	proc(pid)->sp_other = 77;
	REFUSED(EBUSY, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 101: process 77 traces it: detach that one first");
}

SIM_TEST(traced_by_the_caller, "")
{
	pid_t pid = sleepers(1);

	REFUSED(EBUSY, PT_ATTACH, pid, NULL, 0);
	SAYS("PT_ATTACH 100: this process traces it already: attach once");
	GO(pid, 0);
	REFUSED(EBUSY, PT_CONTINUE, pid, NULL, 0);
	SAYS("PT_CONTINUE 100: it is not stopped: wait for its next stop first");
}

SIM_TEST(stop_that_is_not_collected, "")
{
	pid_t pid = sleepers(1);
	int status;

	sent(pid, SIGUSR1);
	GO(pid, 0);
	SAME(0, await(pid, WNOWAIT, &status));
	REFUSED(EBUSY, PT_CONTINUE, pid, NULL, 0);
	SAYS("PT_CONTINUE 100: it has stopped, and no wait has collected the stop: wait for it first");
	EXPECT_STOP(pid, SIGUSR1);
}

SIM_TEST(ancestor, "")
{
	pid_t parent = stranger(idles);

	play.sim.sim_ppid = play.sim.sim_traced = parent;
	REFUSED(EINVAL, PT_ATTACH, parent, NULL, 0);
	SAYS("PT_ATTACH 100: this process is traced, and descends from it or is traced on its behalf: a tracer cannot be "
	     "traced by those it traces, so detach from this process first");
}

SIM_TEST(untraced, "")
{
	pid_t pid = stranger(idles);

	REFUSED(EPERM, PT_CONTINUE, pid, STAY, 0);
	SAYS("PT_CONTINUE 100: this process does not trace it: attach first");
}

SIM_TEST(bad_addresses, "")
{
	pid_t pid = sleepers(1);

	REFUSED(EFAULT, PT_IO, pid, SIM_BAD, 0);
	SAYS("PT_IO 100: the struct that addr points to cannot be read: pass the address of one");
	REFUSED(EFAULT, PT_GETREGS, pid, SIM_BAD, 0);
	SAYS("PT_GETREGS 100: the result cannot be written to where addr points: pass the address of room for it");
	REFUSED(EFAULT, PT_READ_D, pid, SIM_BAD, 0);
	SAYS("PT_READ_D 100: its memory cannot be read at addr: look at its map");
	REFUSED(EFAULT, PT_WRITE_I, pid, SIM_BAD, 0);
	SAYS("PT_WRITE_I 100: its memory cannot be written at addr: look at its map");
}

SIM_TEST(bad_arguments, "")
{
	pid_t pid = sleepers(1);
	struct reg reg;

	REFUSED(EINVAL, PT_CONTINUE, pid, STAY, 99);
	SAYS("PT_CONTINUE 100: 99 is no signal: data is to be 0, for none, or a number that kill -l names");
	REFUSED(EINVAL, PT_DETACH, pid, STAY, -1);
	SAYS("PT_DETACH 100: -1 is no signal: data is to be 0, for none, or a number that kill -l names");
	REFUSED(EINVAL, PT_LWPINFO, pid, &reg, 0);
	SAYS("PT_LWPINFO 100: 0 is no size of the result: data is to be from 1 to that of struct ptrace_lwpinfo");
	REFUSED(EINVAL, PT_GETLWPLIST, pid, &reg, -7);
	SAYS("PT_GETLWPLIST 100: -7 is no number of ids: data is to be how many there is room for, 1 or more");
	memset(&reg, 0, sizeof(reg));
	REFUSED(EINVAL, PT_SETREGS, pid, &reg, 0);
	SAYS("PT_SETREGS 100: some register may not have the value it was given: change no more than what was read");
	REFUSED(EINVAL, 99, pid, NULL, 0);
	SAYS("request 99 of 100: there is no request of that number: see bsdptrace.h");
	REFUSED(EINVAL, 45, pid, NULL, 0);
	SAYS("request 45 of 100: there is no request of that number: see bsdptrace.h");
}

SIM_TEST(killed_meanwhile, "")
{
	pid_t pid = sleepers(1);

	sim_signal(&play.sim, proc(pid), NULL, SIGKILL, false);
	REFUSED(ESRCH, PT_GETNUMLWPS, pid, NULL, 0);
	SAYS("PT_GETNUMLWPS 100: it was killed meanwhile: wait for its end");
	REFUSED(ESRCH, PT_GETNUMLWPS, pid, NULL, 0);
	SAYS("PT_GETNUMLWPS 100: it has ended, or is about to: have its parent, or its tracer, wait for it");
	EXPECT_DEATH(pid, SIGKILL);
}

SIM_TEST(extension, "")
{
	struct host *host = &play.sim.sim_host;
	pid_t pid = stranger(idles);

	host->ops->lock(host);
	SAME(EPERM, request_exitkill(&play.tracer, pid, true));
	host->ops->unlock(host);
	SAYS("bsd_ptrace_exitkill 100: this process does not trace it: attach first");
}

SIM_TEST(trace_me, "")
{
	play.sim.sim_ppid = 1;
	REFUSED(EPERM, PT_TRACE_ME, SIM_SELF, NULL, 0);
	SAYS("PT_TRACE_ME 50: the parent of 50 may not trace it: change the rules");
	play.sim.sim_ppid = 7;
	play.sim.sim_traced = 7;
	REFUSED(EBUSY, PT_TRACE_ME, SIM_SELF, NULL, 0);
	SAYS("PT_TRACE_ME 50: process 7 traces it: detach that one first");
}

/* A name may hold anything, and must not reach a terminal as it is. */
SIM_TEST(tracer_that_cannot_be_seen, "")
{
	const struct refusal rf = {.rf_name = "PT_ATTACH", .rf_id = 5, .rf_error = EBUSY, .rf_why = WHY_OTHERS};

	SAME(0, strncmp(explain(&rf), "PT_ATTACH 5: it is traced by a process that cannot be seen from here", 60));
}

/* Every error that a request has of its own has a sentence, and none is the one for what nobody thought of. */
SIM_TEST(every_error_of_the_table, "")
{
	const struct request *rq;
	struct refusal rf;

	for (size_t i = 0; (rq = request_at(i)) != NULL; i++)
		for (const int *error = rq->rq_errors; *error != 0; error++) {
			if (rq->rq_target == TS_SELF || rq->rq_target == TS_STRANGER)
				continue; /* theirs are those of the checks */
			rf = (struct refusal){.rf_name = rq->rq_name, .rf_req = rq->rq_number, .rf_id = 100,
			    .rf_data = -1, .rf_error = *error};
			(void)explain(&rf);
			if (strstr(text, ": ") == NULL || strchr(strstr(text, ": ") + 2, ':') == NULL ||
			    strstr(text, "the system refuses") != NULL || strstr(text, "argument is out of range") != NULL)
				play_fail("%s, error %d: %s", rq->rq_name, *error, text);
		}
}
