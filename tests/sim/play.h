/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Plays: scripted processes, and a tracer that asks and waits in the words of tests/lib/spec.h.  The body of
 * SIM_TEST(name, "io.2 io.3") is played in PLAY_ORDERS orders of what may happen, each with processes of its own; at its end
 * all are killed and nothing of them may be left.  A file with such tests includes "cases.h" too.
 */
#ifndef PLAY_H
#define PLAY_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/engine.h"
#include "engine/request.h"
#include "host/sim/sim.h"

#define PLAY_ORDERS 24
#define PLAY_CALLS 512

struct play {
	struct sim sim;
	struct tracer tracer;
	uint64_t order;
	unsigned taken[65];	      /* signals that were acted on */
	unsigned entered[PLAY_CALLS]; /* calls begun, by number */
	int result;		      /* of the latest request */
};
extern struct play play;

#define SIM_TEST(name, shows)                                              \
	static void play_##name(void);                                     \
	TEST_CASE(name, "", shows)                                         \
	{                                                                  \
		for (uint64_t order = 1; order <= PLAY_ORDERS; order++) {  \
			play_begin(order);                                 \
			play_##name();                                     \
			play_end();                                        \
		}                                                          \
	}                                                                  \
	static void play_##name(void)

void play_begin(uint64_t order);
/* The case has failed. */
void play_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void play_end(void);

/* ---- programs: what a thread does, one thing after another; then its process exits with 0 ---- */
#define PROGRAM(name, ...) static const struct sim_action name[] = {__VA_ARGS__, {.sa_what = SA_END}}
#define COMPUTE {.sa_what = SA_COMPUTE}
#define COMPUTE_5 COMPUTE, COMPUTE, COMPUTE, COMPUTE, COMPUTE
#define TRAP {.sa_what = SA_TRAP}
#define CALL(code) {.sa_what = SA_CALL, .sa_call = (code)}
#define RAISE(sig) {.sa_what = SA_CALL, .sa_call = SC_RAISE, .sa_arg = (sig)}
#define EXIT(code) {.sa_what = SA_CALL, .sa_call = SC_EXITALL, .sa_arg = (code)}
#define MAKE(code, script) {.sa_what = SA_CALL, .sa_call = (code), .sa_script = (script)}
#define SLEEP CALL(SC_READ) /* until wake() */

/* ---- who is there ---- */
pid_t stranger(const struct sim_action *);
pid_t child(const struct sim_action *); /* the tracer's own */
/* A stranger that runs as long as it can, is attached to, and its stop is collected. */
pid_t attached(const struct sim_action *);
/* A process that sleeps, so attached to; with so many threads, whose ids are pid, pid + 1 ... */
pid_t sleepers(unsigned threads);
struct sim_proc *proc(pid_t);
struct sim_thread *thread(pid_t tid);

/* ---- what happens to it ---- */
void quiet(void);		/* all run as long as they can */
void idle(pid_t);		/* and have nothing to report, the tracer serving them meanwhile */
void wake(pid_t tid);		/* when it has come to its SLEEP that is over */
void sent(pid_t tid, int sig);	/* a signal to one thread */
void caught(pid_t pid, int sig); /* it has a handler for it from now on */
uint64_t pc(pid_t tid);

/* ---- what the tracer does ---- */
#define LWP(tid) (BSD_LWPID_BASE + (tid))
#define NOBODY 9999	/* an id nobody has */
#define STAY ((caddr_t)1)

/* The request: 0 or an errno; play.result is what it returns. */
int ask(int request, pid_t, const void *addr, int data);
void together(pid_t); /* when it goes on next nobody goes first (src/engine/hold.c) */
int await(pid_t, int options, int *status); /* waitpid(2): 0, play.result the pid; or an errno */
void expect(const char *file, int line, const char *what, long wanted, long got);
void expect_status(const char *file, int line, pid_t, int status);
struct ptrace_lwpinfo info_of(const char *file, int line, pid_t);

#define SAME(wanted, got) expect(__FILE__, __LINE__, #got, (long)(wanted), (long)(got))
#define HOLDS(condition) expect(__FILE__, __LINE__, #condition, 1, (condition) ? 1 : 0)
#define ASK(request, pid, addr, data) expect(__FILE__, __LINE__, #request, 0, ask(request, pid, addr, data))
#define REFUSED(error, request, pid, addr, data) \
	expect(__FILE__, __LINE__, #request, error, ask(request, pid, addr, data))
#define GO(pid, sig) ASK(PT_CONTINUE, pid, STAY, sig)
#define EXPECT_STOP(pid, sig) expect_status(__FILE__, __LINE__, pid, W_STOPCODE(sig))
#define EXPECT_EXIT(pid, code) expect_status(__FILE__, __LINE__, pid, W_EXITCODE(code, 0))
#define EXPECT_DEATH(pid, sig) expect_status(__FILE__, __LINE__, pid, W_EXITCODE(0, sig))
#define EXPECT_NOTHING(pid)                              \
	do {                                             \
		int nothing_;                            \
		SAME(0, await(pid, WNOHANG, &nothing_)); \
		SAME(0, play.result);                    \
	} while (0)
#define EXPECT_NOBODY(pid)                                    \
	do {                                                  \
		int nobody_;                                  \
		SAME(ECHILD, await(pid, WNOHANG, &nobody_));  \
	} while (0)
#define INFO(pid) info_of(__FILE__, __LINE__, pid)
/* The process, continued, stops because tid gets a SIGUSR1. */
#define STOP_BY(pid, tid)                        \
	do {                                     \
		sent(tid, SIGUSR1);              \
		GO(pid, 0);                      \
		EXPECT_STOP(pid, SIGUSR1);       \
		SAME(LWP(tid), INFO(pid).pl_lwpid); \
	} while (0)

#if defined(__i386__)
#define R_PC(r) ((r)->r_eip)
#define R_CALL(r) ((r)->r_eax)
#define R_FLAGS(r) ((r)->r_eflags)
#elif defined(__x86_64__)
#define R_PC(r) ((r)->r_rip)
#define R_CALL(r) ((r)->r_rax)
#define R_FLAGS(r) ((r)->r_rflags)
#endif
#define STEP_FLAG 0x100

#endif
