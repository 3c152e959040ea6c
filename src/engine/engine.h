/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The engine: FreeBSD's ptrace(2) and wait(2) over any host.
 *
 * What a process goes through, and who moves it:
 *
 *            proc_new()            thread_post()           last thread stops        wait collects
 *   (none) ------------> RUNNING ------------> STOPPING ------------------> STOPPED ------------> STOPPED
 *                           ^    stop_begin()             stop_complete()            wait_collect()  P_WAITED
 *                           |                                                                        |
 *                           +------------------------ proc_resume() ---------------------------------+
 *   any --HE_EXIT--> ZOMBIE --wait collects--> (gone);   STOPPED, P_WAITED --PT_DETACH--> (gone)
 *
 *   RUNNING   no flag: threads run, but those held by PT_SUSPEND and those a vfork keeps
 *   STOPPING  P_STOPPING: p_xthread has the event to report; the other threads were asked to stop
 *   STOPPED   P_STOPPED_TRACE: no thread runs; wait() may report it (P_WAITED: has)
 *   ZOMBIE    P_ZOMBIE: p_xstat is the status to report
 *
 * A thread is RUNNING, STOPPED (by the host: it can be asked and resumed), VFORK (waits for its vfork
 * child; counts as stopped) or EXPECTED (was made, has not shown itself; runs no user code before it has).
 * Events a stopped thread has for the tracer are queued on it, in order; the first is answered by a
 * resume request, then the next is reported.
 *
 * Stop events (stopev.c) are a second way to hold a thread, beside all of that.  One process may be in both:
 *
 *   P_TRACED   by ptrace: all of the above, visible to requests and waits
 *   P_PROCFS   by stop events: its threads are ours too, and alone, without P_TRACED, it is out of sight of
 *              requests and waits as an untraced process is.  From the first PIOCBIS, PIOCSFL or PIOCWAIT to the last
 *              close (procfs.c); a child made under PF_FORK has it from birth
 *   P_LEFT     neither: threads that could not be let go at once
 *
 *              event that p_stops has           p_step := 0 (PIOCCONT, last close, SIGKILL)
 *   a thread:  STOPPED ------------> SLEEPING ------------> STOPPED -> what the event is to ptrace; or RUNNING
 *
 * A thread is SLEEPING in stopevent(), stopped in the host: p_step, p_stype and p_sval tell of the latest.  It is
 * not suspended: a stop of the process begins around it and is complete when it has been let go, as with a
 * thread in any uninterruptible sleep (stops.md, 2.5).  What it met waits in td_met (TDF_MET): first the stop
 * event, then ptrace's.  A signal sleeps once more when it is to be acted on, as the thread is resumed.  Before S_CORE
 * the other threads are stopped (p_single), before S_EXIT they have ended (TDF_EXITING).
 *
 * From: stops.md, 1 and 2; stopevent.md.  All functions are called with the host's lock held and return 0 or an errno.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include <bsdptrace.h>
#include <bsdptrace/pioctl.h>

#include "host/host.h"
#include "base/hash.h"

/* p_flag */
#define P_TRACED	0x0001u
#define P_STOPPING	0x0002u /* a stop is under way */
#define P_STOPPED_TRACE 0x0004u /* a stop is complete */
#define P_WAITED	0x0008u /* and was collected by wait */
#define P_FOLLOWFORK	0x0010u /* PT_FOLLOW_FORK */
#define P_WKILLED	0x0040u /* killed for good: no more stops */
#define P_WEXIT		0x0080u /* its end has begun */
#define P_ZOMBIE	0x0100u /* dead, not collected */
#define P_FSTP		0x0200u /* attached, its SIGSTOP not reported yet */
#define P_OWNCHILD	0x0400u /* the tracer is its real parent */
#define P_KEPT		0x0800u /* zombie that the host has not let go of: reap() on collection */
#define P_NOEXITKILL	0x1000u /* let go, not killed, when the tracer ends */
#define P_EXEC		0x80000u /* has called exec since it was made */
#define P_GATHER	0x40000u /* some of its threads may not be known yet */
#define P_NOHEAD	0x20000u /* its first thread had ended before the attach, and was never ours */
#define P_HEADLESS	0x10000u /* its first thread has ended before the others */
#define P_PPWAIT	0x8000u /* vfork child, attached while its parent waits: no stop before its exec */
#define P_PROCFS	0x100000u /* under stop events */
#define P_FSTPSIG	0x200000u /* attached; its SIGSTOP is to be a stop event first */
#define P_DBREGS	0x400000u /* some of its threads were given debug registers */
#define P_BYFILTER	0x800000u /* bsd_ptrace_calls() */
#define P_FOLLOWNEW	0x1000000u /* PT_FOLLOW_FORK came, and none of its threads has ended since */
#define P_LEFT		0x4000u /* detached, but for threads that could not be: see proc_leave() */

/* p_stops: system call stops wanted (sticky; requests.md, 6), beside the S_ bits of stop events. */
#define S_PT_SCE 0x10000u
#define S_PT_SCX 0x20000u

/* td_dbgflags, and te_flags of an event: FreeBSD's */
#define TDB_SUSPEND 0x0001u /* held by PT_SUSPEND */
#define TDB_XSIG    0x0002u /* has an event the tracer has not answered */
#define TDB_USERWR  0x0004u /* the tracer wrote its registers or memory */
#define TDB_SCE	    0x0008u /* inside a system call */
#define TDB_SCX	    0x0010u /* on the way out of one */
#define TDB_EXEC    0x0020u
#define TDB_FORK    0x0040u
#define TDB_CHILD   0x0080u
#define TDB_STEP    0x0100u /* single-step flag, set by the tracer */
#define TDB_VFORK   0x0200u /* FORK, and will wait for the child */

/* td_flags: ours */
#define TDF_INTR     0x0001u /* was interrupted, and has not stopped since */
#define TDF_RESTART  0x0004u /* the call it is in will be made again: that entry is not one */
#define TDF_VFORKING 0x0008u /* will wait for its vfork child when it is resumed */
#define TDF_SKIPSCX  0x0010u /* the next exit was reported already, with a vfork */
#define TDF_STEPCALL 0x0020u /* the step flag was set when it entered its call: trap at the exit */
#define TDF_UNSEEN   0x0040u /* interrupted by the attach and not seen since */
#define TDF_CHILD    0x0080u /* first thread of a followed child that has not reported itself */
#define TDF_ASKCALL  0x0100u /* may be in a call that was entered before calls were traced */
#define TDF_UNTOLD   0x0400u /* the call it is in was found by asking, not by its entry */
#define TDF_STEPPING 0x0800u /* was resumed to step, and has not trapped since */
#define TDF_LEAVING  0x1000u /* is to be let go after the trap of a step that nobody waits for any more */
#define TDF_BYCALLS  0x2000u /* was last resumed to its next system call's entry or exit */
#define TDF_FSTP     0x4000u /* sleeps in S_SIG for the SIGSTOP of an attach */
#define TDF_EXITING  0x8000u /* its end has begun */
#define TDF_LAST     0x10000u /* and all the others have ended */
#define TDF_MET	     0x20000u /* SLEEPING before what td_met says was acted on */
#define TDF_TOLDSCX  0x40000u /* S_SCX was told of the vfork it is in */
#define TDF_POSTED   0x80000u /* S_SIG was told, or not wanted, of the signal it is resumed with */
#define TDF_CORED    0x100000u /* and so was S_CORE */
#define TDF_NOTRAP   0x400000u /* a SIGTRAP that is pending as it is let go is not to be taken */
#define TDF_DROPDB   0x200000u /* its debug registers are to be cleared when it stops */
#define TDF_TRAPFLAG 0x0200u /* its trap flag is our step, saved in a signal frame meanwhile */

enum thread_state { TDS_RUNNING, TDS_STOPPED, TDS_VFORK, TDS_EXPECTED, TDS_SLEEPING };

/* How a stopped thread stands in the host, which decides how a signal is given to it. */
enum thread_at { AT_NOTHING, AT_SIGNAL, AT_ENTRY, AT_EXIT };

/* Where the siginfo of an event comes from. */
enum event_info {
	TI_NONE,   /* not a signal stop: none */
	TI_HOST,   /* the signal the host has stopped the thread at */
	TI_ATTACH, /* SIGSTOP of an attach: si_signo alone */
	TI_STEP,   /* SIGTRAP, TRAP_TRACE at the present PC */
	TI_DEBUG   /* as TI_HOST, for a debug register */
};

/* One event of a thread that is to be reported. */
struct event {
	uint16_t te_flags; /* TDB_ bits it shows */
	uint8_t te_sig;	   /* what wait will say */
	enum event_info te_info : 8;
};

/* One stop event, while a thread sleeps in it. */
struct stopev {
	unsigned se_event; /* S_ */
	unsigned se_val;
};

#define STOPEVS_MAX 2 /* exit of a call, signal */
#define EVENTS_MAX 3 /* attach, exit of a call, signal */

/* There may be very many. */
struct thread {
	struct proc *td_proc;
	struct thread *td_next; /* of p_threads, oldest first */
	struct thread **td_prev;
	struct hnode td_hash; /* of tr_threads, by its id */
#define td_tid td_hash.hn_id  /* the host's; the lwpid is BSD_LWPID_BASE more */
	uint64_t td_order;    /* when its first event came: the earliest is reported first */
	unsigned td_flags;
	pid_t td_forked;      /* with TDB_FORK */
	struct stopev td_stopevs[STOPEVS_MAX]; /* SLEEPING: the first of these; then come the others */
	struct host_event td_met;
	struct event td_events[EVENTS_MAX];
	uint16_t td_dbgflags; /* lasting: shown until the thread moves on */
	uint16_t td_merge;    /* TDB_ bits of the event to report at the exit of the call it is in, or 0 */
	enum thread_state td_state : 8;
	enum thread_at td_at : 8;
	uint8_t td_xsig;      /* signal to go on with when next resumed; at AT_SIGNAL alone */
	uint8_t td_jobsig;    /* signal of the job-control stop it takes part in, or 0 */
	uint8_t td_options;   /* HO_, as the host was told */
	uint8_t td_nstopevs;
	uint8_t td_nevents;
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct thread) <= 120, "state of a thread has grown");

struct proc {
	struct hnode p_hash;	/* of tr_procs, by p_pid */
	struct proc *p_next;	/* of tr_all, newest first */
	struct proc **p_prev;
	struct proc *p_rnext;	/* of the queue of reportable processes */
	struct proc **p_rprev;	/* NULL: not queued */
	struct proc *p_snext;	/* of tr_stopping */
	struct proc **p_sprev;
	struct tracer *p_tracer;
	pid_t p_pid;
	pid_t p_oppid;		/* original parent */
	uid_t p_uid;
	unsigned p_flag;
	unsigned p_stops;
	bool p_step;		/* a thread is SLEEPING */
	unsigned p_stype;	/* the event of the latest one */
	unsigned p_sval;	/* its value: FreeBSD's p_xstat, apart from that of ptrace */
	unsigned p_pfsflags;	/* PF_ */
	uint64_t p_credentials; /* as they were when they were last looked at */
	int p_jobsig;		/* own child, not traced: stopped by job control, or 0; told of by wait */
	struct thread *p_single; /* about to dump core: the others are to stand still */
	struct thread *p_threads;
	struct thread **p_threadsend;
	unsigned p_numthreads;
	unsigned p_nevents;	/* threads that have one */
	unsigned p_suspcount;	/* threads that are not RUNNING or EXPECTED */
	struct thread *p_xthread; /* thread whose event is reported */
	int p_xsig;		/* its signal */
	int p_ppstop;		/* P_PPWAIT: the stop signal that waits for the exec, or 0 */
	int p_xstat;		/* zombie: wait status */
	uint64_t p_ranfrom;	/* ns: since when all its threads may run; 0: they may not, or there is one */
	unsigned p_misses, p_skip; /* how often that was for nothing, and how often it is not to be done now */
	bool p_computes;	/* one of those that were resumed then was interrupted outside the host's calls */
	int64_t p_credit;	/* ns: how long those that need not run may be held (hold.c) */
};

/* Which check a request failed. */
enum why {
	WHY_OWN,	 /* one of its own, or what the host said when it was done */
	WHY_TRACEME,	 /* PT_TRACE_ME: the host does not let the parent trace it */
	WHY_ARGUMENT,	 /* its argument cannot be read */
	WHY_RESULT,	 /* its result cannot be written */
	WHY_NO_ID,	 /* nothing has such an id */
	WHY_NOBODY,	 /* nothing with that id is to be seen */
	WHY_NO_THREAD,	 /* a tracee's thread that has ended */
	WHY_ENDING,	 /* its end has begun */
	WHY_RIGHTS,	 /* the host does not let the caller */
	WHY_SYSTEM,	 /* it is the kernel's own */
	WHY_SELF,	 /* it is the caller */
	WHY_OURS,	 /* the caller traces it already */
	WHY_OTHERS,	 /* rf_tracer does */
	WHY_ANCESTOR,	 /* the caller is traced and descends from it */
	WHY_UNTRACED,	 /* nobody traces it */
	WHY_RUNNING,	 /* it is not stopped */
	WHY_UNCOLLECTED, /* it is, and no wait has said so */
	WHY_UNKNOWN	 /* there is no such request */
};

/* A request that failed. */
struct refusal {
	const char *rf_name; /* of the request, NULL: it is unknown */
	int rf_req;
	pid_t rf_id;
	int rf_data;
	int rf_error;
	enum why rf_why;
	pid_t rf_pid;	 /* process that rf_id names; 0: none */
	pid_t rf_tracer; /* WHY_OTHERS: its tracer; 0: one that cannot be seen */
};

/* A process' worth of tracees. */
struct tracer {
	struct host *tr_host;
	struct refusal tr_refusal; /* the last request that failed */
	struct hash tr_procs;
	struct hash tr_threads;
	struct proc *tr_all;
	struct proc *tr_report;	    /* complete stops and zombies not collected, oldest first */
	struct proc **tr_reportend;
	struct orphan *tr_orphans;  /* threads that showed themselves before their maker told of them */
	unsigned tr_early;	    /* threads acted on before their maker told of them */
	struct batch *tr_batch;	    /* of bsd_ptrace_iov(); owned, or NULL */
	struct pfsfile *tr_files;   /* of procfs */
	unsigned tr_procfs;	    /* processes with P_PROCFS */
	struct proc *tr_stopping;   /* processes STOPPING */
	unsigned tr_gone;	    /* how many threads thread_free() has freed */
	uint64_t tr_order;
	unsigned tr_made;	    /* how many processes proc_new() has made */
	uint32_t tr_seq;	    /* changes when something became reportable: what waits sleep on */
	unsigned tr_waiters;	    /* threads in wait_for() */
	unsigned tr_inwait;	    /* threads in the host's wait */
	bool tr_pumping;	    /* one of them blocks there */
};

/* ---- request.c ---- */
/* One ptrace request; *result is what it returns on success. */
int request_run(struct tracer *, int req, pid_t id, caddr_t addr, int data, int *result);
/* The same, with the process that id was found to name and whose it was before anything was checked; 0: none. */
struct request_object {
	pid_t ro_pid;
	struct host_ids ro_ids; /* -1 each: the host could not tell any more */
};
int request_run_audited(struct tracer *, int req, pid_t id, caddr_t addr, int data, int *result,
    struct request_object *);
/* The extension: what becomes of a stopped tracee when the tracer ends. */
int request_exitkill(struct tracer *, pid_t id, bool kill);
/* The extension: only the calls that its own filter names are told. */
int request_calls(struct tracer *, pid_t id, bool by_filter);
/* The extension: what a thread's stop is, and the call it is in. */
int request_syscall(struct tracer *, pid_t id, struct bsd_syscall *);

/* ---- iov.c ---- */
/* The extension: n descriptors of PT_IO; *done: how many were done wholly. */
int request_iov(struct tracer *, pid_t id, struct ptrace_io_desc *, size_t n, size_t *done, struct request_object *);
void iov_drop(struct tracer *);

/* ---- explain.c ---- */
#define EXPLAIN_SIZE 640 /* more than any sentence takes */
/* One sentence: the request, the process, why it failed, and what to change. */
void refusal_explain(struct host *, const struct refusal *, char text[EXPLAIN_SIZE]);

/* ---- wait.c ---- */
/* What a wait asks for, and what it is told. */
struct wait_spec {
	int ws_idtype; /* P_ALL, P_PID, P_PGID, P_SID ... */
	id_t ws_id;
	int ws_options; /* WNOHANG WNOWAIT, and the kinds WEXITED WTRAPPED WSTOPPED WCONTINUED, __W... */
	bool ws_usage;	/* wr_self and wr_children are wanted */
};
struct wait_report {
	pid_t wr_pid; /* 0: nothing (WNOHANG) */
	int wr_status;
	int wr_code; /* CLD_ */
	int wr_value; /* si_status */
	uid_t wr_uid;
	struct rusage wr_self; /* these two with ws_usage alone */
	struct rusage wr_children;
};
/* ECHILD EINTR */
int wait_for(struct tracer *, const struct wait_spec *, struct wait_report *);
/* Serve one event on nobody's behalf; blocks.  ECHILD EINTR */
int wait_serve(struct tracer *);
/* Something became reportable, or nothing may: let those who wait look. */
void wait_changed(struct tracer *);

/* ---- proc.c ---- */
int tracer_init(struct tracer *, struct host *);
void tracer_drop(struct tracer *); /* forget all, without a word to the host */
bool tracer_has_unseen(const struct tracer *); /* processes that no wait tells of, but somebody must serve */
struct proc *proc_find(struct tracer *, pid_t pid);
struct proc *proc_new(struct tracer *, pid_t pid, const struct host_facts *); /* NULL: no memory */
void proc_free(struct proc *);
/* A wait may tell of it: traced, or our own child whose end is to come by us. */
bool proc_seen(const struct proc *);
/* P_PROCFS begins and ends. */
void proc_set_procfs(struct proc *, bool);
void proc_set_stopping(struct proc *, bool);
/* P_LEFT, and nothing of it is to come that must be told. */
bool proc_left(const struct proc *);
struct thread *thread_find(struct tracer *, pid_t tid);
struct thread *thread_new(struct proc *, pid_t tid, enum thread_state); /* NULL: no memory */
void thread_free(struct thread *);
void thread_set(struct thread *, enum thread_state);
struct thread *thread_rename(struct thread *, pid_t tid);
void report_add(struct proc *);
void report_remove(struct proc *);

/* ---- event.c ---- */
/* Act on what the host has told.  false: it is for the caller of wait (HE_CHILD). */
bool event_dispatch(struct tracer *, const struct host_event *);
/* The thread was let go by the stop event of td_met: go on with that. */
void event_go_on(struct thread *);
/* A thread has stopped and was seen to: stop the others, or let it go on. */
void thread_settle(struct thread *);
/* Find out whose the threads are that nobody has told of.  false: some may be told of yet, or not; come again soon,
   and then without patience. */
bool orphans_settle(struct tracer *, bool patient);

/* ---- stop.c ---- */
/* Give a stopped thread an event to report; front: before what it has. */
void thread_post(struct thread *, int sig, unsigned flags, enum event_info);
void thread_post_front(struct thread *, int sig, unsigned flags, enum event_info);
/* The event it reports first, or NULL. */
struct event *thread_event(struct thread *);
/* That event is answered. */
void thread_answer(struct thread *);
/* Its events and the marks they left are gone. */
void thread_forget_events(struct thread *);
/* A step's trap that is not reported yet is not to be. */
void thread_forget_step(struct thread *);
/* A thread has stopped, or gone: stop the rest, complete the stop, or let it go on. */
void proc_settle(struct proc *);
/* It is to stop, unless it was told so. */
void thread_interrupt(struct thread *);
/* Stop all threads; td is the one to report, or NULL where that shows later (attach). */
void stop_begin(struct proc *, struct thread *td);
/* What was under way, or complete, is off. */
void stop_cancel(struct proc *);
/* All but held threads go on, first the one that is likeliest to stop again, or NULL; or the next event is reported. */
void proc_resume(struct proc *, struct thread *first);
/* Let one stopped thread go on, or have it sleep in a stop event before it does. */
void thread_resume(struct thread *);
/* Have the host trace it as the process is to be traced; it is stopped. */
void thread_options(struct thread *);
unsigned proc_options(const struct proc *); /* HO_ */
/* All running threads are to stop for a moment, to go on as the process is to be traced now. */
void proc_refresh(struct proc *);
/* ---- hold.c ---- */
/* All that may run go on, at once or, but for first, a moment later. */
void proc_go_on(struct proc *, struct thread *first);
/* It has stopped: what its threads ran counts. */
void hold_stopped(struct proc *);

/* ---- stop.c ---- */
/* Look at those that were asked to stop, one by one; true: some had. */
bool stops_collect(struct tracer *);
/* Does some stop hang on a thread that may never stop?  (Cheap: asks nobody.) */
bool stops_doubtful(const struct tracer *);
/* Look after those threads; true: some stop still hangs on one, look again soon. */
bool stops_overdue(struct tracer *);
/* Assert what the drawing above says. */
void proc_check(const struct proc *);

/* ---- signal.c ---- */
/* Would FreeBSD have reported this signal, that the thread is stopped at? */
bool signal_reported(struct thread *, const struct host_event *);
/* Would FreeBSD have posted it?  What a process ignores is thrown away when it is sent. */
bool signal_posted(struct thread *, const struct host_event *);
/* Has it an effect on the process beyond stopping or continuing it?  Is that a core dump? */
bool signal_acts(struct thread *, int sig);
bool signal_dumps(struct thread *, int sig);
/* Does the process have a handler for it? */
bool signal_caught(struct thread *, int sig);
/* Is it a stop that must wait for the exec of a vfork child? */
bool signal_waits(struct thread *, int sig);
/* Answer the thread's first event with sig: have it taken when the thread goes on. */
void signal_give(struct thread *, int sig);
/* End the process; no more stops are reported. */
int proc_kill(struct proc *);

/* ---- attach.c ---- */
/* All threads of a process that was not ours.  ESRCH EPERM EBUSY ENOMEM EAGAIN: it is freed, or P_LEFT,
   *why says why, and *tracer with WHY_OTHERS whose it is. */
int proc_seize(struct proc *, enum why *, pid_t *tracer);
int proc_leave(struct proc *); /* detach */
/* Its debug registers are to be empty: now, or, where it is not to be had, when it is. */
void thread_drop_dbregs(struct thread *);
/* A thread that is to be let go waits for a SIGTRAP first, which is to be dropped: it was resumed for that. */
bool leave_later(struct thread *);
/* Is this signal such a one? */
bool signal_unwanted(const struct thread *, const struct host_event *);
void proc_untrace(struct proc *); /* P_PROCFS, PT_DETACH: only stop events are left */

/* ---- stopev.c ---- */
/* The thread has met something: does it sleep in a stop event before that is acted on? */
bool stopevent_met(struct thread *, const struct host_event *);
/* It is to be resumed: does it sleep, or stand still, instead? */
bool stopevent_resume(struct thread *);
/* It is to take the SIGSTOP of an attach: does it sleep before? */
bool stopevent_attach(struct thread *);
/* p_step := 0: all that sleep go on. */
void stopevent_release(struct proc *);
/* It sleeps no more, without going on: it ended, or is let go. */
void stopevent_forget(struct thread *);
/* A thread has stopped or gone: has the one that is to dump core been waiting for it? */
void stopevent_settle(struct proc *);
/* Have the credentials changed?  Then p_stops goes, unless PF_ISUGID. */
void stopevent_credentials(struct proc *);

/* ---- jobs.c ---- */
/* A thread takes part in the stop by sig; the process may be stopped by that.  It goes on.  It is traced. */
void job_stopped(struct proc *, int sig);
void job_continued(struct proc *);
void job_forget(struct proc *);

/* ---- procfs.c ---- */
/* An open file of procfs, the memory of a process. */
struct pfsfile {
	struct pfsfile *f_next;
	int f_fd;
	pid_t f_pid;
	uint64_t f_start;   /* with f_pid, names the process */
	unsigned f_refs;    /* 1 while open, and the calls asleep on it */
	bool f_ended;	    /* the process' end has begun */
	unsigned f_events;  /* then: its p_stops */
};
int procfs_open(struct tracer *, pid_t pid, int *fd);
int procfs_ioctl(struct tracer *, int fd, unsigned long request, uintptr_t arg);
int procfs_close(struct tracer *, int fd);
void procfs_drop(struct tracer *); /* in the child of a fork: nothing is ours */
/* Files learn that the process ends, and that it has another memory. */
void procfs_ends(struct proc *);
void procfs_execs(struct proc *);

/* ---- procctl.c ---- */
int procctl_run(struct tracer *, pid_t pid, const char *command);

/* Is it to be resumed from call to call? */
static inline bool
traces_calls(const struct proc *p)
{
	return ((p->p_stops & (S_SCE | S_SCX)) != 0 ||
	    ((p->p_flag & P_TRACED) != 0 && (p->p_stops & (S_PT_SCE | S_PT_SCX)) != 0));
}

/* Of its calls, are those told that its own filter names, and no others?  A stop event would want them all. */
static inline bool
by_filter(const struct proc *p)
{
	return ((p->p_flag & P_BYFILTER) != 0 && (p->p_stops & (S_SCE | S_SCX)) == 0);
}

/* Are the processes it makes to be ours too? */
static inline bool
follows(const struct proc *p)
{
	return (((p->p_flag & P_TRACED) != 0 && (p->p_flag & P_FOLLOWFORK) != 0) || (p->p_pfsflags & PF_FORK) != 0);
}

/* ---- gather.c ---- */
int attach_thread(struct proc *, pid_t tid); /* it runs on */
int attach_threads(struct proc *); /* all that are not known yet; those not seen yet are to stop.  ENOMEM */
/* One that is not its first, if there is another. */
pid_t other_thread(struct proc *);
/* All that are known have stopped: are there more, which have not? */
bool gather_more(struct proc *);
/* Under stop events alone: a thread that was seized has stopped for the first time, or ended. */
void gather_beside(struct proc *);
/* None of those that are known is there any more. */
void gather_anew(struct proc *);

static inline lwpid_t
lwpid_of(const struct thread *td)
{
	return (BSD_LWPID_BASE + td->td_tid);
}

#endif
