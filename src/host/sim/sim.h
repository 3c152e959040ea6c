/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A simulated system behind host.h: processes whose threads are small state machines, stopped and
 * resumed as Linux would.  Nothing happens by itself: time passes in wait() and, with sim_chaos, a
 * little before every other operation.  Which of the possible things happens next is asked of one
 * function, sim_choose(), so a run is random with a seed, or one of all the runs there are.
 *
 *   a thread:  USER -call-> ENTRY -> CALL -> (MADE -> VFORK) -> LEAVE -> USER;   USER -> SIGNAL -> USER
 *
 *   USER    about to run user code; first it looks whether it has to stop, then at signals
 *   ENTRY   at the entry of a call          MADE   has made a thread or process
 *   CALL    does it; may sleep in it        VFORK  waits for the process it made
 *   EXEC    waits for the other threads to end
 *   LEAVE   at the exit of the call         SIGNAL about to take st_sig
 *
 * A traced thread may stop on each of these arrows (st_stopped) and goes on from there when resumed.
 */
#ifndef SIM_H
#define SIM_H

#include <bsdptrace.h>

#include "host/host.h"

#define SIM_FD 1000	/* the first descriptor of a process' memory */
#define SIM_SELF 50	/* the tracer's process id */
#define SIM_FIRST 100	/* the first simulated process' */
#define SIM_PROCS 40
#define SIM_THREADS 96

#define SIM_PAGE 256u	/* memory: four pages, the third a hole */
#define SIM_PAGES 4u
#define SIM_HOLE 2u
#define SIM_BASE 0x100000u
#define SIM_MAPS 8u	/* places for what is mapped later */

#define SIM_STATE 640u	/* bytes of extended state: legacy part, header, a little more */

/* System call numbers; what they do is not what they do elsewhere. */
enum sim_call {
	SC_GETPID = 39,	 /* done at once */
	SC_READ = 0,	 /* sleeps; done at some time, in a script when st_woken is set; restarted after a handler */
	SC_PAUSE = 34,	 /* sleeps until a handler has run */
	SC_WRITE = 1,	 /* sleeps and cannot be woken; done at some time */
	SC_FORK = 57,
	SC_VFORK = 58,
	SC_CLONE = 56,	 /* a thread */
	SC_RFORK = 435,	 /* a process whose end is no SIGCHLD: told as a clone */
	SC_EXEC = 59,
	SC_EXECFAIL = 322,
	SC_EXIT = 60,	 /* this thread alone */
	SC_EXITALL = 231,
	SC_RAISE = 200,	 /* a signal to the thread itself */
	SC_TRACEME = 101, /* a child of the tracer asks it for tracing */
	SC_MASK = 14,	 /* block, or unblock, SIGUSR1 */
	SC_MMAP = 9,	 /* fill a place of the map, sa_arg, that is free; else nothing */
	SC_MUNMAP = 11,	 /* free it */
	SC_SIGRETURN = 15,
	SC_FILTERED = -1 /* none: the end of a filter */
};

/* One thing a program does. */
struct sim_action {
	enum sim_what {
		SA_END = 0,   /* of a script: as SA_EXITALL */
		SA_COMPUTE,
		SA_CALL,      /* sa_call, sa_arg */
		SA_TRAP,      /* a breakpoint instruction */
		SA_FAULT,     /* an instruction that gets a SIGSEGV */
		SA_TOUCH,     /* what any debug register that is enabled watches */
		SA_HANDLED,   /* the end of a handler: SC_SIGRETURN */
		SA_RANDOM     /* the script ends here, and anything follows */
	} sa_what;
	enum sim_call sa_call;
	int sa_arg;	      /* signal, or exit status */
	const struct sim_action *sa_script; /* of the thread or process a call makes, NULL: goes on here */
};

/* How often, of 256, a random program does each; the rest computes. */
struct sim_flavour {
	unsigned char sf_call, sf_read, sf_pause, sf_write, sf_fork, sf_vfork, sf_clone, sf_rfork;
	unsigned char sf_exec, sf_execfail, sf_exit, sf_exitall, sf_raise, sf_mask, sf_trap, sf_fault, sf_map;
};

/* What befell a program, as it would have without a tracer.  Told to sim_watch as it happens. */
enum sim_fact_kind {
	SF_RUN,	   /* user code runs */
	SF_ENTER,  /* a call begins; again: it was broken off and is made once more by itself */
	SF_LEAVE,  /* a call ends; broken: it was broken off */
	SF_MADE,   /* a call has made other */
	SF_EXEC,   /* new image; the thread was sf_tid before */
	SF_SIGNAL, /* takes a signal off its queue */
	SF_TAKEN,  /* acts on a signal */
	SF_HANDLED,/* a handler is done */
	SF_GONE,   /* the thread has ended */
	SF_DEAD,   /* the process has, with sp_status */
	SF_HANDED, /* its end was collected by the tracer */
	SF_LEFT	   /* the tracer lets go of the thread */
};

struct sim_fact {
	enum sim_fact_kind sf_kind;
	struct sim_thread *sf_st;
	struct sim_proc *sf_sp;
	struct sim_thread *sf_other;
	pid_t sf_tid;
	int sf_sig;
	bool sf_queued, sf_forced, sf_step, sf_again, sf_broken, sf_handler;
	enum sim_call sf_call;
};

enum sim_phase { PH_USER, PH_ENTRY, PH_CALL, PH_MADE, PH_VFORK, PH_EXEC, PH_LEAVE, PH_SIGNAL };

struct sim_thread {
	pid_t st_tid;	      /* 0: a free slot */
	struct sim_proc *st_proc;
	enum sim_phase st_phase;
	bool st_dead;	      /* ended; to be collected */
	bool st_killed;	      /* will end when it next runs */
	bool st_silent;	      /* its end is not told */
	int st_status;

	/* tracing */
	bool st_traced;
	bool st_traceme;      /* asked to be traced, not adopted yet */
	bool st_hands_on;     /* the call it is in was begun under trace: what it makes is attached */
	unsigned st_options;  /* HO_ */
	bool st_ending;	      /* its end was told of before it came */
	bool st_listening;    /* in a job-control stop; only its end or an interrupt is told */
	bool st_stopped;
	bool st_told;	      /* wait() has returned st_event */
	bool st_born;	      /* not stopped for the first time yet */
	bool st_trap;	      /* an interrupt is pending */
	bool st_notify;	      /* was told of a SIGCONT */
	struct host_event st_event;
	enum resume_mode st_mode;

	/* signals: bit sig - 1 */
	uint64_t st_pending, st_queued, st_mask;
	bool st_roused;	      /* woken for a signal of the process */
	int st_forced;	      /* by its own instruction */
	bool st_stepped;      /* which is a step */
	bool st_hit;	      /* or a debug register's */
	int st_sig;	      /* PH_SIGNAL */
	bool st_sigqueued, st_sigforced, st_sigstep, st_sighit;

	/* the program */
	const struct sim_action *st_script; /* next action, or NULL: random */
	struct sim_action st_next;	    /* prepared */
	bool st_prepared;
	struct sim_action st_call;	    /* the call it is in */
	bool st_incall;
	bool st_entered;		    /* that was told */
	bool st_restart;		    /* broken off, will be made again */
	bool st_callstep;
	bool st_woken;			    /* by a test */
	bool st_handler;		    /* in a handler, all signals blocked */
	unsigned st_left;		    /* actions before the handler is done */
	bool st_tf;			    /* the processor's trap flag */
	struct {
		bool tf, restart;
		uint64_t mask;
		struct sim_action call;
	} st_frame;
	pid_t st_child;			    /* MADE, VFORK */
	struct reg st_reg;
	struct dbreg st_dbreg;
	bool st_dbgiven;		    /* to be taken when it stops: st_dbgift */
	struct dbreg st_dbgift;
	unsigned long st_base[2];	    /* fs, gs */
	unsigned char st_state[SIM_STATE];  /* what PT_GETXSTATE shows */
	unsigned long st_ran;		    /* steps of user code */
	unsigned long st_resumes;	    /* how often it was */
	void *st_note;			    /* the watcher's */
};

struct sim_proc {
	pid_t sp_pid; /* 0: a free slot */
	pid_t sp_ppid;
	pid_t sp_other;	/* tracer that is not us, or 0 */
	uid_t sp_uid;
	uint64_t sp_credentials;
	bool sp_system, sp_untouchable;
	bool sp_exiting;
	bool sp_dead;	/* all its threads have ended */
	bool sp_jobstop;
	bool sp_vforked; /* its maker waits for it */
	bool sp_adopted;
	bool sp_quiet;	 /* makes no process or thread any more */
	int sp_status;
	const enum sim_call *sp_filter; /* calls that its own filter wants a tracer for, SC_FILTERED last; or NULL */
	enum host_disposition sp_how[65];
	bool sp_restarts; /* its handlers let calls go on */
	uint64_t sp_pending;
	unsigned char sp_mem[SIM_PAGES * SIM_PAGE];
	uint32_t sp_mapped;	/* of SIM_MAPS places, those that SC_MMAP has filled */
	int sp_generation;	/* of the map */
	struct sim_thread *sp_execer;
	void *sp_note; /* the watcher's */
};

/* What one host operation may be made to fail with, and when. */
struct sim_fault {
	unsigned sf_at;	  /* the n-th operation from now; 0: none */
	int sf_error;	  /* 0: kill sf_pid before it; else return this, if the operation may */
	pid_t sf_pid;
	bool sf_fired;
};

/* A path through all the choices of a run. */
#define SIM_PATH 4096
struct sim_path {
	unsigned short taken[SIM_PATH], width[SIM_PATH];
	unsigned length, at;
};

struct sim {
	struct host sim_host; /* first: the engine's struct host * is ours */
	uint64_t sim_seed;
	struct sim_path *sim_path; /* NULL: random */
	const struct sim_flavour *sim_flavour;
	bool sim_chaos;		/* time passes before every operation */
	bool sim_keeps;		/* an interrupt outlasts a stop of another kind */
	bool sim_verbose;
	bool sim_locked;
	uint64_t sim_clock;	/* ns */
	unsigned long sim_calls; /* host operations made */
	unsigned long sim_stuck; /* waits that nothing could end */
	unsigned long sim_told;	 /* notify() */
	unsigned sim_brief;	 /* steps a brief wait takes */
	unsigned sim_patience;	 /* steps a wait takes before it is interrupted; 0: no limit */
	unsigned sim_idle;	 /* waits in a row that had nothing to tell */
	bool sim_superuser;
	uint64_t sim_files;	 /* bit n: descriptor SIM_FD + n is open */
	unsigned sim_renewed;	 /* descriptors renewed */
	pid_t sim_nexttid;
	pid_t sim_tid;		 /* the calling thread of the tracer */
	pid_t sim_ppid, sim_traced; /* the tracer's parent, and its tracer or 0 */
	struct sim_fault sim_fault;
	void (*sim_watch)(void *, const struct sim_fact *);
	void *sim_arg;
	int (*sim_sleep)(struct sim *, uint32_t *word, uint32_t old); /* NULL: nobody else could wake it */
	void (*sim_lock)(struct sim *, bool on);
	struct sim_proc sim_procs[SIM_PROCS];
	struct sim_thread sim_threads[SIM_THREADS];
};

/* ---- sim.c: for tests ---- */
extern struct sim *sim_now; /* the latest: PT_TRACE_ME names no host */
void sim_init(struct sim *, uint64_t seed);
unsigned sim_choose(struct sim *, unsigned n); /* 0 .. n-1 */
/* Does it happen, which does so one time in n?  Never on a path. */
bool sim_chance(struct sim *, unsigned n);
void sim_fail(struct sim *, const char *fmt, ...) __attribute__((format(printf, 2, 3), noreturn));
void sim_words(const char *line);
void sim_say(struct sim *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* NULL: no slot. */
struct sim_proc *sim_spawn(struct sim *, pid_t ppid, const struct sim_action *script);
struct sim_thread *sim_thread_new(struct sim *, struct sim_proc *, pid_t tid);
struct sim_proc *sim_proc(struct sim *, pid_t pid);
struct sim_thread *sim_thread(struct sim *, pid_t tid);
struct sim_thread *sim_main(struct sim *, const struct sim_proc *);
/* Live threads. */
unsigned sim_count(struct sim *, const struct sim_proc *);
/* Threads traced, stopped or not, and events nobody took. */
unsigned sim_left_behind(struct sim *);
/* Start on the next path; false: there is none. */
bool sim_path_next(struct sim_path *);

#define FOREACH_SIM_THREAD(sim, st) \
	for ((st) = (sim)->sim_threads; (st) < (sim)->sim_threads + SIM_THREADS; (st)++) \
		if ((st)->st_tid != 0)
#define FOREACH_SIM_PROC(sim, sp) \
	for ((sp) = (sim)->sim_procs; (sp) < (sim)->sim_procs + SIM_PROCS; (sp)++) \
		if ((sp)->sp_pid != 0)

/* ---- run.c: the threads ---- */
bool sim_can_run(struct sim *, const struct sim_thread *);
void sim_run(struct sim *, struct sim_thread *);
/* Let any n threads run; false: none could. */
bool sim_pass(struct sim *, unsigned n);
void sim_stop(struct sim *, struct sim_thread *, const struct host_event *);
void sim_tell(struct sim *, const struct sim_fact *);

/* ---- program.c ---- */
void sim_prepare(struct sim *, struct sim_thread *); /* st_next */

/* ---- signal.c ---- */
#define SIM_BIT(sig) ((uint64_t)1 << ((sig) - 1))
/* To a thread, or with NULL the process. */
void sim_signal(struct sim *, struct sim_proc *, struct sim_thread *, int sig, bool queued);
bool sim_signalled(const struct sim_thread *); /* something breaks its sleep */
bool sim_take(struct sim *, struct sim_thread *); /* a signal off the queues, into st_sig */
void sim_act(struct sim *, struct sim_thread *, int sig);
bool sim_stops_by_default(int sig);
bool sim_ignored_by_default(int sig);

/* ---- death.c ---- */
void sim_kill(struct sim *, struct sim_proc *, int status);
void sim_die(struct sim *, struct sim_thread *);
/* The same, but that the tracer may have asked to be told before. */
void sim_end(struct sim *, struct sim_thread *);
/* The others are to end, for st's exec; then: have they?  Then it is done. */
void sim_exec_begin(struct sim *, struct sim_thread *);
bool sim_exec_ready(struct sim *, const struct sim_thread *);
void sim_exec(struct sim *, struct sim_thread *);
/* The end of a thread, or of a process, was told. */
void sim_collect(struct sim *, struct sim_thread *);
/* Is there an end to tell? */
bool sim_end_ready(struct sim *, const struct sim_thread *);

/* ---- map.c ---- */
size_t sim_map_entries(const struct sim_proc *);
struct host_mapping sim_mapping(const struct sim_proc *, size_t index);
void sim_map_change(struct sim_proc *, uint32_t mapped);
int sim_map_generation(struct host *, pid_t, pid_t, int *);
int sim_map_entry(struct host *, pid_t, pid_t, size_t, bool, struct host_mapping *, size_t *);

/* ---- trace.c, target.c: the operations ---- */
extern const struct host_ops sim_ops;
bool sim_fault(struct sim *, int may, int *error); /* before each; may: an errno it may return */
#define SIM(host) ((struct sim *)(host))
/* A stopped traced thread, or NULL. */
struct sim_thread *sim_stopped(struct sim *, pid_t tid);
int sim_facts(struct host *, pid_t, struct host_facts *);
int sim_ids(struct host *, pid_t, struct host_ids *);
int sim_kin(struct host *, pid_t, pid_t *, pid_t *);
int sim_may_debug(struct host *, pid_t);
void sim_explain(struct host *, pid_t, int, char *, size_t);
void sim_explain_traceme(struct host *, pid_t, char *, size_t);
bool sim_vforked(struct host *, pid_t, pid_t);
int sim_threads(struct host *, pid_t, pid_t *, size_t *);
bool sim_belongs(struct host *, pid_t, int, id_t);
int sim_siginfo(struct host *, pid_t, siginfo_t *);
int sim_blocked(struct host *, pid_t, sigset_t *);
int sim_pending(struct host *, pid_t, sigset_t *);
int sim_disposition(struct host *, pid_t, pid_t, int, enum host_disposition *);
int sim_callinfo(struct host *, pid_t, struct host_call *);
int sim_values(struct host *, pid_t, struct host_values *);
int sim_name(struct host *, pid_t, pid_t, char[20]);
bool sim_orphaned(struct host *, pid_t);
int sim_usage(struct host *, pid_t, struct rusage *, struct rusage *);
int sim_get_regs(struct host *, pid_t, struct reg *, bool);
int sim_set_regs(struct host *, pid_t, const struct reg *, bool *);
int sim_get_fpregs(struct host *, pid_t, struct fpreg *);
int sim_set_fpregs(struct host *, pid_t, const struct fpreg *);
int sim_get_dbregs(struct host *, pid_t, struct dbreg *);
int sim_set_dbregs(struct host *, pid_t, const struct dbreg *);
int sim_inherit(struct host *, pid_t, pid_t);
int sim_machine_size(struct host *, pid_t, int, int, size_t *, size_t *);
int sim_machine(struct host *, pid_t, int, void *, size_t);
int sim_set_pc(struct host *, pid_t, uint64_t);
int sim_get_pc(struct host *, pid_t, uint64_t *);
int sim_trap_flag(struct host *, pid_t, bool *);
bool sim_at_call(struct host *, pid_t);
int sim_read_mem(struct host *, pid_t, pid_t, uint64_t, void *, size_t *);
int sim_write_mem(struct host *, pid_t, pid_t, uint64_t, const void *, size_t *);
int sim_read_many(struct host *, pid_t, pid_t, const struct iovec *, const struct iovec *, size_t, size_t *);
int sim_write_many(struct host *, pid_t, pid_t, const struct iovec *, const struct iovec *, size_t, size_t *);
bool sim_has_child(struct host *, int, id_t);
int sim_credentials(struct host *, pid_t, uint64_t *);
bool sim_superuser(struct host *);
int sim_mem_open(struct host *, pid_t, int *);
int sim_mem_check(struct host *, pid_t, int);
void sim_mem_renew(struct host *, pid_t, int);
int sim_mem_close(struct host *, int);
int sim_copyin(struct host *, const void *, void *, size_t);
int sim_copyout(struct host *, const void *, void *, size_t);

/* An address of the caller's that cannot be read or written. */
#define SIM_BAD ((void *)(uintptr_t)0x10)

#endif
