/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Random schedules: simulated programs, a tracer that makes random requests, and the oracle beside it.
 * A schedule is a flavour and a seed; the same two give the same schedule.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "oracle.h"

struct flavour {
	const char *fl_name;
	struct sim_flavour fl_programs;
	unsigned fl_moves;   /* of the tracer */
	unsigned fl_procs;   /* processes to begin with */
	/* Of 256 moves, how many are: */
	unsigned char fl_signal;  /* a signal from outside */
	unsigned char fl_kill;	  /* a SIGKILL from outside */
	unsigned char fl_wrong;	  /* a request on anything, legal or not */
	unsigned char fl_inspect; /* a look at a stopped process */
	unsigned char fl_detach;  /* and answers that are PT_DETACH, PT_KILL, PT_STEP */
	unsigned char fl_pt_kill;
	unsigned char fl_step;
	unsigned char fl_calls;	  /* answers that begin to trace calls */
	unsigned char fl_follow;  /* ... to follow forks */
	bool fl_maps;		  /* and looks are mostly at maps */
	bool fl_watches;	  /* or at debug registers */
};

extern const struct flavour flavours[];

struct run {
	struct sim rn_sim;
	struct tracer rn_tracer;
	struct oracle rn_oracle;
	const struct flavour *rn_flavour;
	bool rn_ending;
	int rn_forgive; /* an errno that an attach may fail with besides */
};

const struct flavour *flavour_find(const char *name);
/* Ends in schedule_failed() unless all is well.  Returns how many stops and ends were reported. */
unsigned long schedule_run(const struct flavour *, uint64_t seed, bool verbose);
/* What to do with a failure: the message has the seed and how to replay. */
extern void (*schedule_failed)(const char *message);
/* A run with nobody in it yet; its end: nothing may be left. */
void run_begin(struct run *, const char *name, uint64_t seed);
void run_end(struct run *);
/* Have a failed assertion say which schedule it was. */
void schedule_catch(void);

/* ---- moves.c ---- */
int ask(struct run *, int req, pid_t id, void *addr, int data, int *result);
int do_wait(struct run *, const struct wait_spec *, struct wait_report *);
int do_attach(struct run *, struct sim_proc *);
/* PT_CONTINUE and its kin, PT_STEP, PT_KILL, PT_DETACH, of a stopped process; the result is checked. */
int do_answer(struct run *, struct mproc *, int req, pid_t id, int sig);
void move_wrong(struct run *);
void move_inspect(struct run *, struct mproc *);
void move_answer(struct run *, struct mproc *);
void move_attach(struct run *);
bool move_wait(struct run *, bool all);
void check_all(struct run *);
/* One in n; a random traced process that is reported stopped, or is not; NULL: none. */
bool one_in(struct run *, unsigned n);
struct mproc *pick(struct run *, bool stopped);

#endif
