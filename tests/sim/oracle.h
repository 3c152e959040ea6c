/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a tracer ought to be told, worked out from what the simulated programs did, without the engine.
 *
 * The simulation tells each fact as it happens (oracle_watch); the oracle keeps for each thread the events
 * that FreeBSD would report, in order.  A thread that runs user code before all of its events were
 * reported, or while its process is reported stopped, or with a signal the tracer passed on still to take,
 * breaks a rule, and so does a report that is not the next event of its thread.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "engine/engine.h"
#include "host/sim/sim.h"

#define WANTS 6
#define ORACLE_PROCS 128
#define ORACLE_THREADS 512

/* An event to be reported. */
struct want {
	int w_sig;
	int w_flags;  /* PL_FLAG_ */
	pid_t w_child;
	bool w_maybe; /* or not */
	bool w_step;  /* the trap of a step */
	bool w_broken; /* exit of a call that is made again */
};

struct mthread {
	pid_t mt_tid; /* 0: free */
	struct mproc *mt_proc;
	struct want mt_wants[WANTS];
	unsigned mt_nwants;
	bool mt_held;	   /* PT_SUSPEND */
	bool mt_step;	   /* the step flag is set */
	bool mt_framestep; /* was set when its handler began */
	bool mt_haunted;   /* steps that nobody asked for may come */
	bool mt_handler;
	bool mt_merged;	   /* the exit of its call was told with a fork or exec */
	bool mt_broken;	   /* its call was broken off, and may be made again */
	bool mt_brokentold; /* that was reported as its exit */
	bool mt_ended;	   /* a reported signal made it one */
	uint64_t mt_watch; /* its first debug register */
	bool mt_unsure;	   /* or 0: its maker may not have told of it in time */
	uint64_t mt_owed;  /* signals passed on, to be taken before user code runs */
};

struct mproc {
	pid_t mp_pid; /* 0: free */
	bool mp_traced;
	bool mp_attaching;   /* its SIGSTOP was not reported */
	bool mp_late;	     /* that SIGSTOP is to wait for an exec */
	bool mp_vforked;     /* was attached to while its maker waits for its exec */
	bool mp_waited;	     /* the tracer was told of a stop */
	bool mp_child;	     /* the tracer's own */
	bool mp_dying;	     /* killed in the simulation, or by the tracer */
	bool mp_killed;	     /* by the tracer */
	bool mp_dead;	     /* all of it, with mp_status */
	bool mp_sce, mp_scx, mp_follow;
	bool mp_signalstop;  /* the reported stop is at a signal */
	bool mp_attachstop;  /* the invented one */
	int mp_status;
	int mp_sig;	     /* reported */
	int mp_peeked;	     /* looked at with WNOWAIT, or 0 */
	bool mp_shown;	     /* a stop of it was reported */
	bool mp_shy;	     /* its end may be reported, or not */
	pid_t mp_maker;	     /* of a followed child, or 0 */
	pid_t mp_reporter;   /* tid, 0: not known */
	uint64_t mp_loose;   /* signals passed on that any thread may take, or none */
};

struct oracle {
	struct sim *or_sim;
	struct mproc or_procs[ORACLE_PROCS];
	struct mthread or_threads[ORACLE_THREADS];
	pid_t or_detaching; /* is being asked for */
	unsigned long or_execs;
	unsigned long or_reports, or_exits;
};

#define FOREACH_MTHREAD(or, mt) \
	for ((mt) = (or)->or_threads; (mt) < (or)->or_threads + ORACLE_THREADS; (mt)++) \
		if ((mt)->mt_tid != 0)
#define FOREACH_MPROC(or, mp) \
	for ((mp) = (or)->or_procs; (mp) < (or)->or_procs + ORACLE_PROCS; (mp)++) \
		if ((mp)->mp_pid != 0)

void oracle_init(struct oracle *, struct sim *);
void oracle_watch(void *, const struct sim_fact *);
struct mproc *oracle_proc(struct oracle *, pid_t pid);
struct mthread *oracle_thread(struct oracle *, pid_t tid);

/* The tracer attached to it, or it asked to be traced. */
struct mproc *oracle_traced(struct oracle *, struct sim_proc *, bool attached);
void oracle_drop(struct oracle *, struct mproc *);
struct mproc *oracle_child(struct oracle *, struct sim_proc *);
/* Can it die, or has it, in the simulation? */
bool oracle_dying(struct oracle *, const struct mproc *);
/* Wait reported a stop; pl NULL: PT_LWPINFO failed.  keep: WNOWAIT. */
void oracle_stop(struct oracle *, pid_t pid, int sig);
void oracle_peek(struct oracle *, pid_t pid, int sig);
void oracle_describe(struct oracle *, struct mproc *, const struct ptrace_lwpinfo *);
void oracle_exit(struct oracle *, pid_t pid, int status, bool keep);
/* The tracer resumes it with sig, stepping the thread tid if that is not 0. */
void oracle_resume(struct oracle *, struct mproc *, int sig, pid_t step);
void oracle_detach(struct oracle *, struct mproc *, int sig);
/* PT_SETSTEP, PT_CLEARSTEP. */
void oracle_step(struct mthread *, bool on);
/* A thread's lwpinfo while its process is stopped. */
void oracle_compare(struct oracle *, struct mproc *, pid_t tid, const struct ptrace_lwpinfo *);
/* Nothing can happen any more by itself: was everything told? */
void oracle_quiet(struct oracle *);

#endif
