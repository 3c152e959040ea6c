/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Linux host's own state.  Everything here is guarded by lh_lock but where it says otherwise.
 *
 * A ptrace(2) request is answered only to the thread that attached, so each lwp has an owner: the
 * program's main thread for what that attaches, a thread of the library's (owner.c) for what other
 * threads attach, since those may end.  Waits may be made by any thread.
 */
#ifndef HOST_LINUX_H
#define HOST_LINUX_H

#define NO_XSTATE ((size_t)-1)

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/hash.h"
#include "host/host.h"
#include "host/linux/arch.h"
#include "host/linux/many.h"

/* A traced thread.  There may be very many: what is rare is kept elsewhere. */
struct lwp {
	struct hnode l_hash; /* of lh_lwps, by tid */
	struct lxproc *l_proc;
	struct lwp *l_next, **l_prev; /* of its process */
	struct dbreg *l_dbregs; /* as the tracer reads them, owned; NULL: it has set none */
	pid_t l_tid;
	pid_t l_owner;	  /* tid of the thread that may ask */
	int l_call;	  /* number of the system call it is in or leaves; -1 none known */
	pid_t l_child;	  /* of l_vforked */
	uint8_t l_stopsig; /* signal it is stopped at, or 0 */
	bool l_seized : 1; /* else attached the old way: by PTRACE_TRACEME, or as child of such a one */
	bool l_new : 1;	   /* its first stop is to come */
	bool l_incall : 1; /* the next system call stop is an exit */
	bool l_atentry : 1; /* stopped at an entry */
	bool l_byvalues : 1; /* its calls are asked for by their values, not by registers */
	bool l_entered : 1; /* the entry of the call it is in was told */
	bool l_atexit : 1; /* stopped at an exit */
	bool l_broken : 1; /* the last call that was told was broken off, to be made again */
	bool l_mortal : 1; /* the kernel kills it with its tracer */
	bool l_atstop : 1; /* stopped for nothing of its own */
	bool l_stopsent : 1; /* old way: a SIGSTOP was sent to interrupt it, and has not come */
	bool l_step : 1;   /* was last resumed to step */
	bool l_queued : 1; /* the signal it is stopped at is one of ours */
	bool l_vforked : 1; /* stopped at a vfork; the call's result is to be l_child */
	bool l_adopt : 1;  /* the stop it is in is to be told as HE_ADOPT, once waited for */
	bool l_exec : 1;   /* with l_adopt: after an exec */
	bool l_ours : 1;   /* with l_adopt: for a stop of ours */
	bool l_trap : 1;   /* with l_adopt: he_trap */
	bool l_told : 1;   /* its process' end was told, and is kept */
	bool l_loaddb : 1; /* l_dbregs are to be loaded when it first stops */
	bool l_reader : 1; /* its registers were asked for where it left its last system call */
};
_Static_assert(sizeof(void *) != 8 || sizeof(struct lwp) <= 72, "state of a thread has grown");

/* A descriptor that is ours for longer than a call.  The program may close it all the same. */
struct kept {
	int k_fd; /* or -1 */
	bool k_lost; /* it was closed */
	dev_t k_dev;
	ino_t k_ino;
};

/* A process with traced threads. */
struct lxproc {
	struct hnode x_hash; /* of lh_procs, by pid */
	pid_t x_pid;
	struct kept x_stat; /* /proc/PID/task/TID/stat of one of its threads, for a few processes alone */
	struct memory *x_memory; /* what is known of its memory, or NULL; owned */
	struct vmap *x_map; /* what is known of its map, or NULL; owned */
	struct lwp *x_lwps;
};

/* One ptrace call that another thread is to make. */
struct job {
	pid_t j_tid; /* the thread to make it; 0: taken */
	long j_request;
	pid_t j_pid;
	void *j_addr;
	void *j_data;
	long j_result; /* negative errno as the kernel gives it */
	uint32_t j_done;
};

/* What was fetched of a thread in the stop it is in (seen.c). */
#define SEEN_REGS    0x1u
#define SEEN_SIGINFO 0x2u
#define SEEN_BLOCKED 0x4u
#define SEEN_NAME    0x8u
#define SEEN_RESULT  0x20u
#define SEEN_CALL    0x40u
#define SEEN_OUTSIDE 0x10u /* it is in no call that will be made again, nor was it broken off in one */

/* The kernel's struct ptrace_syscall_info, of which headers have different parts. */
#define CALL_INFO      0x420e /* PTRACE_GET_SYSCALL_INFO */
#define CALL_INFO_NONE 0
#define CALL_INFO_EXIT 2
struct call_info {
	uint8_t ci_op;
	uint8_t ci_pad[3];
	uint32_t ci_arch; /* AUDIT_ARCH_ */
	uint64_t ci_pc, ci_sp;
	union {
		struct {
			uint64_t number, args[6];
		} ci_call; /* at an entry */
		int64_t ci_result;
	};
};

struct seen {
	pid_t s_tid;	     /* 0: of none */
	unsigned s_have;     /* SEEN_ */
	unsigned s_answers;  /* how often it has stood in for the kernel */
	struct machine_regs s_regs;
	struct call_info s_call;
	siginfo_t s_siginfo; /* of the signal it is stopped at */
	uint64_t s_blocked;
	int32_t s_result;    /* of the call it leaves or was broken off in */
	char s_name[20];
};
#define SEENS 32 /* a power of two */

#define MEMORY_FILES 64 /* kept open at once */
struct place;

struct linux_host {
	struct host lh_host; /* first */
	uint32_t lh_lock;    /* 0 free, 1 held, 2 held and wanted */
	struct hash lh_lwps;
	struct hash lh_procs;
	pid_t lh_self;		 /* this process */
	struct job *lh_job;	 /* for the thread it names; atomic */
	pid_t lh_servant;	 /* tid of the owner thread, or 0 */
	uint32_t lh_servant_word; /* changes when it has a job */
	int lh_signal;		 /* the reserved signal that borrows a thread, or 0 */
	pid_t lh_kick;		 /* the child that ended a wait(), or 0; atomic */
	int (*lh_service)(void); /* starts the library's serving thread */
	unsigned lh_generations; /* of maps: numbers used up */
	struct seen *lh_seen;	 /* SEENS of them, owned: a thread's is the one of its id's last bits */
	unsigned lh_stats;	 /* processes with an x_stat */
	uint32_t lh_mxcsr;	 /* the bits of MXCSR that this processor has; 0: not known */
	struct memory *lh_files[MEMORY_FILES]; /* whose memory file is open */
	unsigned lh_nextfile;	 /* the one that was opened last */
	struct place *lh_place;	 /* NULL: tracees wake up where they are put; owned */
	bool lh_beside;		 /* a thread was brought here since the last wait; atomic */
	pid_t lh_made;		 /* thread that was told to be made and has no lwp yet, or 0 */
	bool lh_mademortal;	 /* it is l_mortal */
	size_t lh_xlen;		 /* bytes of a thread's extended state; 0: not asked yet, NO_XSTATE: there is none */
	uint64_t lh_xmask;	 /* its components */
	struct many lh_many;	 /* where to look first, of many */
};

static inline struct linux_host *
linux_host(struct host *h)
{
	return ((struct linux_host *)(void *)h);
}

/* ---- host.c ---- */
int linux_host_init(struct linux_host *, int (*service)(void)); /* ENOMEM */
void linux_host_drop(struct linux_host *);	   /* forget all; in the child of a fork */
void lx_lock(struct host *);
void lx_unlock(struct host *);
int lx_sleep(struct host *, uint32_t *word, uint32_t old, bool brief);
void lx_wake(struct host *, uint32_t *word);
extern struct host lx_bare_host; /* explains */
/* A false that, once set, the kernel makes false again in the child of any fork.  NULL: no memory. */
bool *lx_fork_mark(void);
/* Nobody is there to be served: wait a moment. */
void lx_rest(void);
bool is_main_thread(void);
uint64_t lx_now(struct host *);
pid_t lx_self(struct host *);
pid_t lx_self_tid(struct host *);
pid_t lx_getpid(void); /* of the caller, be it the child of a vfork */
pid_t lx_gettid(void);
void lx_notify(struct host *, pid_t pid, int sig);
int lx_service(struct host *);

/* ---- caller.c ---- */
int lx_copyin(struct host *, const void *user, void *, size_t);
int lx_copyout(struct host *, const void *, void *user, size_t);

/* ---- lwp.c ---- */
struct lwp *lwp_find(struct linux_host *, pid_t tid);
struct lwp *lwp_new(struct linux_host *, pid_t pid, pid_t tid, pid_t owner); /* NULL: no memory */
void lwp_free(struct linux_host *, struct lwp *);
/* The maker's event and its first stop come in any order: the made has the maker's options. */
void lwp_made(struct linux_host *, const struct lwp *maker, pid_t tid);
void lxproc_free(struct linux_host *, pid_t pid); /* with all its lwps */
void lwp_exec(struct linux_host *, pid_t pid, pid_t former); /* only that thread is left, as pid */

/* ---- files.c ---- */
/* Run what opens a file and closes it again, though there may be no descriptor left.  What run returns. */
int with_descriptor(int (*run)(void *), void *);
bool can_open(char *path);
int kept_open(struct kept *, const char *path, int flags); /* an errno of open()'s */
int kept_fd(struct kept *); /* -1: there is none, or not any more */
bool kept_is_high(const struct kept *); /* only a program that has a thousand others gets that number by itself */
void kept_close(struct kept *);

/* ---- owner.c ---- */
/* Of what is a thread's own and looked at in every request: found without a call. */
#define NEAR __attribute__((tls_model("initial-exec")))
pid_t self_tid(void);	   /* of the calling thread, from memory */
void self_tid_forget(void);
/* A ptrace request, made by the thread that may: 0 or more, or a negative errno. */
long owner_ptrace(struct linux_host *, pid_t owner, long request, pid_t tid, void *addr, void *data);
long lwp_ptrace(struct linux_host *, const struct lwp *, long request, void *addr, void *data);
/* How often a thread was borrowed: what has a timeout ends then with EINTR, whatever the handler's flags say. */
uint32_t owner_borrowings(void);
int owner_pause(const struct timespec *); /* about so long.  EINTR: for a signal of the program's */
/* served: not the caller, who is to be left alone.  EAGAIN: no thread could be made */
int owner_choose(struct linux_host *, bool served, pid_t *owner);

/* ---- thread.c ---- */
int thread_start(void *(*run)(void *), void *arg); /* detached, all signals blocked.  EAGAIN */
long futex_wait(uint32_t *word, uint32_t old, const struct timespec *timeout); /* as futex(2) */
void futex_wake(uint32_t *word, int threads);

/* ---- event.c ---- */
int lx_wait(struct host *, const struct host_wait *, struct host_event *);
int lx_poll(struct host *, pid_t tid, uint64_t ns, struct host_event *);
int lx_reap(struct host *, pid_t pid);
void lx_kick(struct host *);
/* What wait() said of a thread, as an event; false: nothing the engine wants to know. */
bool event_translate(struct linux_host *, pid_t tid, int status, struct host_event *);

/* A status as wait4() gives it, of what waitid() says. */
int status_of(const siginfo_t *);
/* wait4(): its pid and status, or an errno; EAGAIN: nothing. */
int kernel_wait(pid_t who, int options, int *status, pid_t *tid);

/* ---- keep.c ---- */
/* how: WNOHANG, __WCLONE or __WALL; for any, or, by look_keeping(), for one. */
int wait_keeping(struct linux_host *, const struct host_wait *, int how, int *status, struct host_event *,
    pid_t *tid);
int look_keeping(struct linux_host *, const struct host_wait *, pid_t pid, int how, int *status, struct host_event *,
    pid_t *tid);

/* ---- adopt.c ---- */
/* A child that used PTRACE_TRACEME has stopped for the first time. */
bool adopt(struct linux_host *, pid_t tid, int status, struct host_event *);

/* The calling thread ends, and is the tracer of children that nobody has seen stopped: adopt them. */
void adopt_before_leaving(struct linux_host *);
/* The event that tells of one adopted so, or before anybody waited. */
bool adopted(struct lwp *, int status, struct host_event *);

/* ---- traceme.c ---- */
int lx_traceme(void); /* by the target itself.  EBUSY EPERM */
/* This process begins, with the library loaded into it. */
void lx_born(void);
bool parent_is_init(pid_t ppid);
/* The first stop of a child that used it: with the signal mask it should have. */
void traceme_over(struct linux_host *, pid_t tracer, pid_t tid);

/* ---- leaving.c ---- */
void leaving_init(void);
void leaving_say(pid_t tid);   /* this thread is about to end */
void leaving_unsay(pid_t tid); /* a thread of that id is not */
bool leaving_traced_still(void);

/* ---- attach.c ---- */
#define FOLLOW_OPTIONS 0x2	  /* PTRACE_O_TRACEFORK */
long trace_options(unsigned options); /* HO_ */
int lx_seize(struct host *, pid_t pid, pid_t tid, unsigned options);
int lx_expect(struct host *, pid_t pid, pid_t tid);
int lx_options(struct host *, pid_t tid, unsigned options);
int lx_interrupt(struct host *, pid_t tid);
int lx_detach(struct host *, pid_t tid, int sig);
void lx_forget(struct host *, pid_t tid);
int lx_resume(struct host *, pid_t tid, enum resume_mode, int sig);
int lx_listen(struct host *, pid_t tid);

/* ---- seen.c ---- */
/* The thread's own, empty if it was another's. */
struct seen *seen_of(struct linux_host *, pid_t tid);
/* Has all of this been fetched, and is it to be told once more?  Now and then the kernel is asked all the same: a
   thread that was killed meanwhile must show. */
bool seen_has(struct seen *, unsigned what);
static inline void
seen_forget(struct linux_host *lh, pid_t tid) /* it goes on, or is gone */
{
	struct seen *s = &lh->lh_seen[(size_t)tid & (SEENS - 1)];

	if (s->s_tid == tid)
		s->s_tid = 0;
}

/* ---- place.c ---- */
int lx_place(struct host *, enum host_place);
/* With lh_place.  A thread has an event. */
void place_event(struct linux_host *, pid_t tid);
/* It is about to be resumed: is it to wake up here?  Then: narrow, resume it if that is true, and widen. */
bool place_wanted(struct linux_host *, const struct lwp *, enum resume_mode, int sig);
bool place_narrow(struct linux_host *, const struct lwp *);
void place_widen(struct linux_host *, pid_t tid);
/* A wait is to block; without the lock. */
void place_wait(struct linux_host *);
/* Also without.  What is known of the process' threads and files may not be so any more. */
void place_forget(struct linux_host *, pid_t pid);

/* ---- values.c ---- */
int lx_values(struct host *, pid_t tid, struct host_values *);
bool info_read(struct linux_host *, const struct lwp *, struct call_info *);

/* ---- dbregs.c ---- */
int lx_get_dbregs(struct host *, pid_t tid, struct dbreg *);
int lx_set_dbregs(struct host *, pid_t tid, const struct dbreg *);
int lx_inherit(struct host *, pid_t maker, pid_t tid);
void dbregs_load(struct linux_host *, struct lwp *);  /* those it has inherited, now that it has stopped */
void dbregs_note(struct linux_host *, struct lwp *);  /* it has stopped at a trap */
void dbregs_clear(struct linux_host *, struct lwp *); /* it is let go */
void dbregs_forget(struct lwp *);		      /* it has none any more */
int lx_machine_size(struct host *, pid_t tid, int req, int data, size_t *in, size_t *out);
int lx_machine(struct host *, pid_t tid, int req, void *arg, size_t in);

/* ---- signal.c ---- */
int lx_queue(struct host *, pid_t pid, pid_t tid, int sig);
bool lx_is_queued(struct host *, pid_t tid, int sig);
bool siginfo_is_queued(const siginfo_t *);
int lx_send(struct host *, pid_t pid, pid_t tid, int sig);
int lx_alive(struct host *, pid_t tid);
int lx_alive_of_late(struct host *, pid_t tid);
int lx_siginfo(struct host *, pid_t tid, siginfo_t *);
int lx_blocked(struct host *, pid_t tid, sigset_t *);
int lx_pending(struct host *, pid_t tid, sigset_t *);
int lx_disposition(struct host *, pid_t pid, pid_t tid, int sig, enum host_disposition *);
void stat_close(struct linux_host *, struct lxproc *);
bool signals_due(struct linux_host *, const struct lwp *); /* unblocked ones are pending */

/* ---- ids.c ---- */
int lx_ids(struct host *, pid_t pid, struct host_ids *); /* also without a host, and without the lock */
/* ---- explain.c ---- */
int lx_may_debug(struct host *, pid_t tid);
void lx_explain(struct host *, pid_t tid, int error, char *text, size_t size);
void lx_explain_traceme(struct host *, pid_t pid, char *text, size_t size);

/* ---- facts.c ---- */
struct status; /* of /proc/TID/status */
int lx_facts(struct host *, pid_t tid, struct host_facts *);
int lx_kin(struct host *, pid_t tid, pid_t *ppid, pid_t *tracer);
int lx_threads(struct host *, pid_t pid, pid_t *tids, size_t *n);
bool lx_belongs(struct host *, pid_t pid, int idtype, id_t id);
bool lx_vforked(struct host *, pid_t pid, pid_t ppid);
enum host_absence lx_absence(struct host *, pid_t pid, pid_t tid);
bool lx_orphaned(struct host *, pid_t pid);
int lx_name(struct host *, pid_t pid, pid_t tid, char name[20]);
int lx_stopped_name(struct host *, pid_t pid, pid_t tid, char name[20]);
int lx_usage(struct host *, pid_t pid, struct rusage *self, struct rusage *children);
int lx_children(struct host *, pid_t **children, size_t *n); /* of this process, by pid; the caller frees */

struct status {
	pid_t st_tgid, st_ppid, st_tracer;
	uid_t st_uid;
	gid_t st_gid;
	unsigned st_threads;
	char st_state;
	uint64_t st_pending; /* of the thread and of the process; bit n-1 is signal n */
	uint64_t st_blocked, st_ignored, st_caught;
};
int status_read(pid_t tid, struct status *); /* ESRCH ENOMEM */
/*
 * A whole small file of /proc, NUL-terminated.  ESRCH: the process is gone; else why it may not be read.  Such files are
 * made in one piece, so that a read which does not fill the buffer is the last.
 */
int read_file(const char *path, char *buf, size_t size);
/* /proc/TID/NAME, whole, NUL-terminated.  ESRCH, or why it may not be read. */
int proc_read(pid_t tid, const char *name, char *text, size_t size);
/* Of the text of status: the which-th number, from 0, after "\nName:". */
uint64_t status_field(const char *text, const char *name, int base, int which);
int flags_read(pid_t tid, uint64_t *); /* PF_; as proc_read() */
#define PF_EXITING 0x4u
#define PF_KTHREAD 0x200000u

/* ---- procfs.c ---- */
bool lx_has_child(struct host *, int idtype, id_t id);
int lx_credentials(struct host *, pid_t tid, uint64_t *stamp);
bool lx_superuser(struct host *);
int lx_mem_open(struct host *, pid_t pid, int *fd);
int lx_mem_check(struct host *, pid_t pid, int fd);
void lx_mem_renew(struct host *, pid_t pid, int fd);
int lx_mem_close(struct host *, int fd);

/* Does some relative of the process, tid being a live thread of it, have the same memory? */
bool lx_shares_memory(pid_t pid, pid_t tid);
/* A field of /proc/PID/task/TID/stat, as proc(5) numbers them; 0: not to be had. */
#define STAT_STACK 28 /* where the stack of the first thread began */
#define STAT_IGNORED 33 /* signals 1 to 31, bit 0 being signal 1; the next: those caught */
#define STAT_HEAP  47 /* where the heap begins */
uint64_t lx_stat_number(pid_t pid, pid_t tid, int field);

/* ---- maps.c ---- */
int lx_map_generation(struct host *, pid_t pid, pid_t tid, int *generation);
int lx_map_entry(struct host *, pid_t pid, pid_t tid, size_t index, bool file, struct host_mapping *, size_t *entries);
/* The mapping at addr.  ENOENT: there is none.  ESRCH EPERM ENOMEM */
int map_find(struct linux_host *, const struct lwp *, uint64_t addr, uint64_t *start, uint64_t *end);
/* How many bytes from addr on are mapped without a hole, at most len; len where that is not to be found out. */
size_t map_reach(struct linux_host *, const struct lwp *, uint64_t addr, size_t len);
void vmap_resume(struct linux_host *, struct lxproc *); /* a thread of the process is about to run */
void vmap_sharer(struct lxproc *); /* it has made a process that may share its memory */
void vmap_free(struct lxproc *);

/* ---- known.c ---- */
void memory_free(struct linux_host *, struct lxproc *);
void memory_runs(struct lxproc *); /* a thread of it is about to run */

/* ---- memory.c ---- */
int lx_read_mem(struct host *, pid_t pid, pid_t tid, uint64_t addr, void *, size_t *len);
int lx_write_mem(struct host *, pid_t pid, pid_t tid, uint64_t addr, const void *, size_t *len);

/* ---- pieces.c ---- */
int lx_read_many(struct host *, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved);
int lx_write_many(struct host *, pid_t pid, pid_t tid, const struct iovec *there, const struct iovec *here, size_t n,
    size_t *moved);

/* ---- regs.c ---- */
int lx_get_regs(struct host *, pid_t tid, struct reg *, bool step);
int lx_set_regs(struct host *, pid_t tid, const struct reg *, bool *step);
int lx_get_fpregs(struct host *, pid_t tid, struct fpreg *);
int lx_set_fpregs(struct host *, pid_t tid, const struct fpreg *);
int lx_set_pc(struct host *, pid_t tid, uint64_t pc);
int lx_get_pc(struct host *, pid_t tid, uint64_t *pc);
int lx_trap_flag(struct host *, pid_t tid, bool *on);
bool lx_at_call(struct host *, pid_t tid);
int lx_call(struct host *, pid_t tid, struct host_call *);
bool lx_restarts(struct host *, pid_t tid);
bool lx_asleep(struct host *, pid_t tid);
/* Stopped at an entry: is it the kernel's own going on with a call that was broken off? */
bool regs_restarting(struct linux_host *, const struct lwp *);
/* Put back a call that our stop has ended with EINTR and that nothing else would have. */
void regs_put_back(struct linux_host *, const struct lwp *);
bool regs_after_exec(struct linux_host *, pid_t owner, pid_t tid); /* as they are before the first instruction */

#endif
