/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All that the engine may ask of a system.
 *
 * A host knows threads by their tid and processes by the tid of their first thread (pid).  It reports
 * what happens to them as events, one at a time; a thread that has an event is stopped there until
 * it is resumed.  Which thread of the tracer makes the calls is the host's own concern.
 *
 * Every operation returns 0 or a positive errno value.  ESRCH may come from each of them: the thread
 * was killed, or is not stopped any more; its end then arrives as an event.  Only wait() and sleep()
 * may block, and both are called without the lock; every other operation is called with it.  (poll() takes its time,
 * which is short.)
 */
#ifndef HOST_H
#define HOST_H

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct host;
struct reg;
struct fpreg;
struct dbreg;

/* What a thread met.  All but HE_EXIT, HE_CHILD and HE_KICK leave it stopped. */
enum host_event_kind {
	HE_STOP,       /* nothing of its own: it was interrupted, or takes part in a job-control stop */
	HE_SIGNAL,     /* he_sig is about to be delivered */
	HE_SCE,	       /* enters a system call; under HO_FILTER one that the filter names, however it was resumed */
	HE_SCX,	       /* leaves one */
	HE_FORK,       /* made process he_other, and will not wait for it */
	HE_VFORK,      /* made process he_other, and will wait for it when resumed */
	HE_VFORK_DONE, /* that wait is over */
	HE_CLONE,      /* made he_other, a thread of its own process (he_thread) or a process */
	HE_EXEC,       /* new image; the thread was he_other before, and has the process' id now */
	HE_NEW,	       /* first stop of a thread that was attached because its maker is traced */
	HE_ADOPT,      /* first stop of a child that asked to be traced, at signal he_sig, or, with 0, after
			  an exec; it is at a signal's delivery either way */
	HE_EXITING,    /* its end has begun, he_status; only with HO_EXITING */
	HE_EXIT,       /* gone, he_status; of a process when he_tid is its id: all its threads are gone */
	HE_CHILD,      /* an untraced child has he_status; not stopped by the host */
	HE_KICK	       /* somebody called kick() */
};

struct host_event {
	pid_t he_tid;
	pid_t he_other;
	int he_sig;	 /* HE_SIGNAL, HE_ADOPT; HE_STOP: that of a job-control stop it takes part in, or 0 */
	int he_status;	 /* wait status: HE_EXITING, HE_EXIT, HE_CHILD */
	enum host_event_kind he_kind : 8;
	bool he_thread;	 /* HE_CLONE */
	bool he_ours;	 /* HE_ADOPT: the signal is a stop of the host's own */
	bool he_step;	 /* HE_SIGNAL: SIGTRAP because of a single step */
	bool he_debug;	 /* HE_SIGNAL: SIGTRAP because of a debug register */
	bool he_trap;	 /* HE_SIGNAL: forced by the thread's own instruction, so never ignored */
	bool he_kept;	 /* HE_EXIT, HE_CHILD: only looked at; reap() takes it */
	bool he_asked;	 /* HE_CHILD: one of those asked for; else one that asked to be traced, and has ended */
};

/* Whose events wait() is to return. */
enum host_whom {
	HW_TRACEES, /* traced threads, those whose tracing the engine does not know of yet included */
	HW_ALL,	    /* and any untraced child, with hw_options */
	HW_SOME	    /* and the untraced children that hw_idtype and hw_id name, with hw_options */
};

struct host_wait {
	enum host_whom hw_whom;
	int hw_idtype; /* P_PID, P_PGID or enum host_idtype */
	id_t hw_id;
	int hw_options; /* WEXITED, WSTOPPED, WCONTINUED, __WCLONE, __WALL: for untraced children */
	bool hw_block;	/* else EAGAIN where there is nothing */
	bool hw_brief;	/* block, but not for long; then EAGAIN */
	bool hw_keep;	/* leave the end of processes and children where it is (he_kept) */
};

/* Beside P_PID and P_PGID; the values are the public ones. */
enum host_idtype { HI_SID = 16, HI_UID = 17, HI_GID = 18 };

enum resume_mode {
	RM_CONT,    /* run */
	RM_SYSCALL, /* run to the next system call entry or exit */
	RM_STEP,    /* run one instruction */
	RM_FILTERED /* under HO_FILTER: run to the exit of the call whose entry was told, or to the next such entry */
};

/* Where tracees wake up; the values are the public ones. */
enum host_place {
	HP_OFF, /* where the system puts them */
	HP_ON,	/* where the tracer is, if that is to be had without a trace */
	HP_AUTO /* and if it pays */
};

/* How a thread is traced. */
#define HO_FOLLOW   0x1u /* attach the processes it makes (vfork's always are) */
#define HO_EXITKILL 0x2u /* kill it with the tracer */
#define HO_EXITING  0x4u /* tell of its end when that begins */
#define HO_FILTER   0x10u /* the calls that its own filter wants a tracer for are told; else they fail with ENOSYS */
#define HO_SERVED   0x8u /* seize() alone: it is mostly asked by the serving thread, not by the caller */

/* What can be known of any process or thread without tracing it. */
struct host_facts {
	pid_t hf_pid;	       /* process the thread belongs to */
	pid_t hf_ppid;	       /* its parent */
	pid_t hf_tracer;       /* process that traces it, or 0 */
	uid_t hf_uid;	       /* effective user */
	uint64_t hf_start;     /* tells the process from others that have or had its id */
	bool hf_exiting;       /* its end has begun */
	bool hf_dying;	       /* that of this thread has, maybe of no other */
	bool hf_system;	       /* a thread of the kernel's own */
	bool hf_stopped;       /* it is in a stop, job-control or a tracer's */
};

/* Whose a process is, for an audit trail. */
struct host_ids {
	uid_t hi_ruid, hi_euid;
	gid_t hi_rgid, hi_egid;
	uid_t hi_login;	     /* user it was logged in by, or -1 */
	unsigned hi_session; /* of that login, or -1 */
};

enum host_disposition { HD_DEFAULT, HD_IGNORED, HD_CAUGHT };

/* Why a thread that was interrupted has not stopped. */
enum host_absence {
	HA_COMING, /* it runs, or sleeps and cannot be woken now: it will stop */
	HA_VFORK,  /* it waits for the child of a vfork */
	HA_GONE,   /* it has ended: a first thread that waits for the others to end */
	HA_LOST	   /* it is not traced: another has taken its place by an exec, or the process has ended */
};

/* The system call a thread is in, or leaves. */
struct host_call {
	unsigned int hc_code;
	unsigned int hc_narg; /* 6 if the call is not known */
	bool hc_restart;      /* it was broken off by a stop and will be made again by itself */
};

/* The same with what it asks for, or has got. */
struct host_values {
	unsigned hv_code;
	unsigned hv_word;    /* bytes of a register, in the code that calls */
	uint64_t hv_args[6]; /* at its entry */
	int64_t hv_result;   /* at its exit */
};

/* One entry of a process' memory map. */
struct host_mapping {
	int hm_generation;	   /* of the map, as map_generation() has it */
	uint64_t hm_start, hm_end; /* first address, and the first one behind it */
	uint64_t hm_offset;	   /* in the file; of what has none, 0 */
	unsigned hm_prot;	   /* read 1, write 2, execute 4 */
	bool hm_file;		   /* there is a file: the rest counts */
	uint64_t hm_fileid;
	uint32_t hm_fsid;
	const char *hm_path; /* from the tracer's root, the host's until its next operation; NULL: it has none any more */
};

#define HOST_PIECES 1024 /* of memory, in one operation */

struct host_ops {
	/* ---- the tracer itself ---- */

	/* Let the caller's parent trace it.  Touches nothing but the calling process.  EBUSY EPERM */
	int (*traceme)(void);
	/* One lock guards engine and host.  Not recursive. */
	void (*lock)(struct host *);
	void (*unlock)(struct host *);
	/* Next event.  ECHILD: nobody to wait for.  EAGAIN: nothing now.  EINTR: a signal was caught. */
	int (*wait)(struct host *, const struct host_wait *, struct host_event *);
	/* What one traced thread has to tell, with the lock; an end is left for wait().  EAGAIN: nothing, after up to ns. */
	int (*poll)(struct host *, pid_t tid, uint64_t ns, struct host_event *);
	/* Take what wait() returned as he_kept. */
	int (*reap)(struct host *, pid_t pid);
	/* Sleep until *word is no longer old, or, if brief, some time has passed; wake all who do.  EINTR */
	int (*sleep)(struct host *, uint32_t *word, uint32_t old, bool brief);
	void (*wake)(struct host *, uint32_t *word);
	/* Make a wait() that another thread blocks in return HE_KICK. */
	void (*kick)(struct host *);
	/* Tell the program, by its SIGCHLD, that pid has stopped with sig. */
	void (*notify)(struct host *, pid_t pid, int sig);
	/* Serve events while the program is in no call of the library, as long as tracer_has_unseen().  EAGAIN */
	int (*service)(struct host *);
	/* A clock that goes on steadily: nanoseconds. */
	uint64_t (*now)(struct host *);
	/* The process the tracer is, and the calling thread's tid. */
	pid_t (*self)(struct host *);
	pid_t (*self_tid)(struct host *);

	/* ---- finding and attaching ---- */

	int (*facts)(struct host *, pid_t tid, struct host_facts *); /* ENOMEM */
	int (*ids)(struct host *, pid_t pid, struct host_ids *);
	/* Of facts() the parent and the tracer alone, for less. */
	int (*kin)(struct host *, pid_t tid, pid_t *ppid, pid_t *tracer);
	/* Has the caller the right to trace it, whether or not it is traced?  EPERM.  seize() has the last word. */
	int (*may_debug)(struct host *, pid_t tid);
	/* Why it may not (EPERM), or cannot be seen (ESRCH), and what to change: one sentence without a full stop. */
	void (*explain)(struct host *, pid_t tid, int error, char *text, size_t size);
	/* Why traceme() was EPERM in process pid.  For these two, facts() and name() the lock may be done without. */
	void (*explain_traceme)(struct host *, pid_t pid, char *text, size_t size);
	/* Does its parent wait for its exec or end? */
	bool (*vforked)(struct host *, pid_t pid, pid_t ppid);
	/* tids of a process' threads, oldest first: fills up to *n, sets *n to how many there are; those that have ended
	   and are not collected count.  With 0 room it is asked for the number alone, which costs less.  ENOMEM */
	int (*threads)(struct host *, pid_t pid, pid_t *tids, size_t *n);
	/* May child's id be waited for as member of idtype, id (P_PGID, enum host_idtype)? */
	bool (*belongs)(struct host *, pid_t pid, int idtype, id_t id);
	/* Has the tracer a child of its own among idtype, id? */
	bool (*has_child)(struct host *, int idtype, id_t id);
	/* What differs when the thread's credentials do. */
	int (*credentials)(struct host *, pid_t tid, uint64_t *stamp);
	/* May the caller do what only the superuser may? */
	bool (*superuser)(struct host *);
	/* Start to trace a thread; it goes on running.  options: HO_.  EPERM: it may not be, or is traced already.
	   ENOMEM EAGAIN */
	int (*seize)(struct host *, pid_t pid, pid_t tid, unsigned options);
	/* Take note that a traced thread made this one; its HE_NEW may have come already, or will. */
	int (*expect)(struct host *, pid_t pid, pid_t tid);
	/* Change how a stopped thread is traced. */
	int (*options)(struct host *, pid_t tid, unsigned options);
	/* Ask a running thread to stop: HE_STOP, or what it meets first, and then maybe HE_STOP as the next. */
	int (*interrupt)(struct host *, pid_t tid);
	/* At HE_STOP: was it asleep in a call? */
	bool (*asleep)(struct host *, pid_t tid);
	/* Why has it not stopped? */
	enum host_absence (*absence)(struct host *, pid_t pid, pid_t tid);
	/* Let a stopped thread go for good, with sig if it is at a signal's delivery or a system call stop; its
	   debug registers are empty then. */
	int (*detach)(struct host *, pid_t tid, int sig);
	/* The host may forget a thread that was never reported to be gone. */
	void (*forget)(struct host *, pid_t tid);

	/* ---- going on ---- */

	/* Resume a stopped thread; sig is delivered, and only at HE_SIGNAL and HE_ADOPT. */
	int (*resume)(struct host *, pid_t tid, enum resume_mode, int sig);
	/* Whether resume() is to bring tracees to the processor the tracer is on.  ENOMEM */
	int (*place)(struct host *, enum host_place);
	/* At HE_STOP with a signal: take part in that job-control stop; its end is HE_STOP again. */
	int (*listen)(struct host *, pid_t tid);
	/* Queue a signal to a thread, so that it can be told from others by is_queued().  EAGAIN */
	int (*queue)(struct host *, pid_t pid, pid_t tid, int sig);
	/* Is the signal the thread is stopped at one of queue()'s? */
	bool (*is_queued)(struct host *, pid_t tid, int sig);
	/* Send an ordinary signal, to one thread or, with tid 0, to the process. */
	int (*send)(struct host *, pid_t pid, pid_t tid, int sig);

	/* ---- a stopped thread ---- */

	/* Is it there still?  of_late: or was it a moment ago; for requests that ask the host nothing else, so that they
	   find out some time. */
	int (*alive)(struct host *, pid_t tid);
	int (*alive_of_late)(struct host *, pid_t tid);

	int (*siginfo)(struct host *, pid_t tid, siginfo_t *);	    /* of the signal it is stopped at */
	int (*blocked)(struct host *, pid_t tid, sigset_t *);	    /* what it blocks */
	int (*pending)(struct host *, pid_t tid, sigset_t *);    /* pending for it alone */
	int (*disposition)(struct host *, pid_t pid, pid_t tid, int sig, enum host_disposition *);
	/* Has nobody outside the process' group, in its session, a child in it?  Then it cannot be job-controlled. */
	bool (*orphaned)(struct host *, pid_t pid);
	int (*call)(struct host *, pid_t tid, struct host_call *);  /* EINVAL: it is in none */
	int (*values)(struct host *, pid_t tid, struct host_values *); /* for less than registers.  EINVAL: as call() */
	bool (*restarts)(struct host *, pid_t tid); /* at HE_SCX: is that hc_restart?  Nothing else need be known */
	int (*name)(struct host *, pid_t pid, pid_t tid, char name[20]);
	int (*stopped_name)(struct host *, pid_t pid, pid_t tid, char name[20]); /* the same, of a stopped one */
	/* Resources a process has used, one that was kept included, and the children it has waited for. */
	int (*usage)(struct host *, pid_t pid, struct rusage *self, struct rusage *children);

	/* Registers.  step is the tracer's single-step flag: get shows it among the flags; set has *step as it
	   is and leaves what it became.  set: EINVAL for a value that may not be. */
	int (*get_regs)(struct host *, pid_t tid, struct reg *, bool step);
	int (*set_regs)(struct host *, pid_t tid, const struct reg *, bool *step);
	int (*get_fpregs)(struct host *, pid_t tid, struct fpreg *);
	int (*set_fpregs)(struct host *, pid_t tid, const struct fpreg *);
	/* Debug registers: what was last written, and in their status which have been hit since.  set is all or
	   nothing.  EINVAL for what may not be, or cannot be here; ENOMEM, where some are set.  An exec clears them,
	   and so does detach(). */
	int (*get_dbregs)(struct host *, pid_t tid, struct dbreg *);
	int (*set_dbregs)(struct host *, pid_t tid, const struct dbreg *);
	/* Give a thread the debug registers of the stopped one that has just made it, unless it has some: at once,
	   or, where it has not shown itself yet, before it runs.  ENOMEM */
	int (*inherit)(struct host *, pid_t maker, pid_t tid);
	/* Requests of the machine's own, by their public numbers: first, how many bytes are to be read from the
	   caller and how many written.  EINVAL: it has none of that number, or data is not for it; EOPNOTSUPP */
	int (*machine_size)(struct host *, pid_t tid, int req, int data, size_t *in, size_t *out);
	/* Then to make it, with what was read in arg, which has room for what is to be written.  EINVAL */
	int (*machine)(struct host *, pid_t tid, int req, void *arg, size_t in);
	int (*set_pc)(struct host *, pid_t tid, uint64_t pc);
	int (*get_pc)(struct host *, pid_t tid, uint64_t *pc);
	/* The processor's own trap flag, which a signal frame saves and a handler starts without: *on is what it
	   is to be, and becomes what it was. */
	int (*trap_flag)(struct host *, pid_t tid, bool *on);
	/* Is the next instruction a system call? */
	bool (*at_call)(struct host *, pid_t tid);

	/* Memory.  *len: in, bytes wanted; out, bytes moved.  0: all of them.  EFAULT (either side) ENOMEM */
	int (*read_mem)(struct host *, pid_t pid, pid_t tid, uint64_t addr, void *, size_t *len);
	int (*write_mem)(struct host *, pid_t pid, pid_t tid, uint64_t addr, const void *, size_t *len);
	/* Many at once, in order: at most HOST_PIECES, there[i] and here[i] being of the same length, not 0.
	   *moved: bytes, of all together.  EFAULT ENOMEM */
	int (*read_many)(struct host *, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here,
	    size_t n, size_t *moved);
	int (*write_many)(struct host *, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here,
	    size_t n, size_t *moved);
	/* A descriptor of a process' memory, for the program.  ENOENT EMFILE ENFILE ENOMEM */
	int (*mem_open)(struct host *, pid_t pid, int *fd);
	/* Is it still what mem_open() gave?  EBADF closed; ENOTTY another file */
	int (*mem_check)(struct host *, pid_t pid, int fd);
	/* After an exec: have it be of the memory there is now. */
	void (*mem_renew)(struct host *, pid_t pid, int fd);
	int (*mem_close)(struct host *, int fd);

	/* The memory map, of a process that stands still as a whole.  The generation is a number that is told once
	   more if, and only if, the map is as it was.  ENOMEM; EPERM: the system does not show it. */
	int (*map_generation)(struct host *, pid_t pid, pid_t tid, int *generation);
	/* Entry number index, in address order.  file: hm_file and what follows are wanted.
	   ENOENT: there are *entries, index is not below that.  ENOMEM EPERM */
	int (*map_entry)(struct host *, pid_t pid, pid_t tid, size_t index, bool file, struct host_mapping *,
	    size_t *entries);
	/* The caller's own memory, which may be bad.  EFAULT */
	int (*copyin)(struct host *, const void *user, void *, size_t);
	int (*copyout)(struct host *, const void *, void *user, size_t);
};

struct host {
	const struct host_ops *ops;
};

#endif
