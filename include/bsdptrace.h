/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsdptrace: FreeBSD's ptrace(2) and the waits that go with it, for Linux processes.
 *
 * Request numbers, flags, structs and their members are FreeBSD's.  Signal numbers, errno values,
 * siginfo_t, sigset_t, system call numbers and wait status are those of this machine's headers.
 * The semantics, request by request with every error, are in doc/semantics/; bsd_ptrace(3) and
 * bsd_wait(3) are the manual.
 *
 * Linux's <sys/ptrace.h> has eighteen of these names too, eight of them for other numbers.  A file
 * may include both, in either order: the PT_ names are then FreeBSD's, the PTRACE_ names Linux's, and
 * PTRACE_SYSCALL, which is both, does not compile.
 */
#ifndef BSDPTRACE_H
#define BSDPTRACE_H

#include <sys/types.h>

/* In 32-bit programs struct rusage has the time_t that is libc's unless one asks for another. */
#if defined(__USE_TIME_BITS64) && defined(__TIMESIZE) && __TIMESIZE == 32
#define BSD_RUSAGE __attribute__((__error__("its struct rusage has no 64-bit time_t: do not define _TIME_BITS")))
#else
#define BSD_RUSAGE
#endif

#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bsdptrace/clash.h>
#include <bsdptrace/procfs.h>

#if defined(__x86_64__) || defined(__i386__)
#include <bsdptrace/reg-x86.h>
#else
#error "bsdptrace: no register sets for this machine"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MAXCOMLEN
#define MAXCOMLEN 19 /* longest thread name FreeBSD has; Linux's are 15 characters at most */
#endif

/*
 * A thread's id.  Every one, the first thread's included, lies above all process ids: it is
 * BSD_LWPID_BASE plus the Linux thread id.  Requests take either a process id or an lwpid.
 * From: decisions.md, 1.
 */
#ifndef _LWPID_T_DECLARED
#define _LWPID_T_DECLARED
typedef pid_t lwpid_t;
#endif
#define BSD_LWPID_BASE 10000000

/* ---- Requests.  From: requests.md, 2. ---- */

#define PT_TRACE_ME 0
#define PT_READ_I 1
#define PT_READ_D 2
#define PT_WRITE_I 4
#define PT_WRITE_D 5
#define PT_CONTINUE 7
#define PT_KILL 8
#define PT_STEP 9
#define PT_ATTACH 10
#define PT_DETACH 11
#define PT_IO 12
#define PT_LWPINFO 13
#define PT_GETNUMLWPS 14
#define PT_GETLWPLIST 15
#define PT_CLEARSTEP 16
#define PT_SETSTEP 17
#define PT_SUSPEND 18
#define PT_RESUME 19
#define PT_TO_SCE 20
#define PT_TO_SCX 21
#define PT_SYSCALL 22
#define PT_FOLLOW_FORK 23
#define PT_GETREGS 33
#define PT_SETREGS 34
#define PT_GETFPREGS 35
#define PT_SETFPREGS 36
#define PT_GETDBREGS 37
#define PT_SETDBREGS 38
#define PT_VM_TIMESTAMP 40
#define PT_VM_ENTRY 41
#define PT_FIRSTMACH 64

/* piod_op of PT_IO. */
#define PIOD_READ_D 1
#define PIOD_WRITE_D 2
#define PIOD_READ_I 3
#define PIOD_WRITE_I 4

/* Argument of PT_IO.  From: memory.md, 3. */
struct ptrace_io_desc {
	int piod_op;	 /* one of the four above */
	void *piod_offs; /* first byte in the process */
	void *piod_addr; /* first byte in the caller */
	size_t piod_len; /* bytes wanted; on success, bytes moved */
};

/* pl_event of PT_LWPINFO. */
#define PL_EVENT_NONE 0
#define PL_EVENT_SIGNAL 1

/* pl_flags of PT_LWPINFO.  From: requests.md, 2; stops.md, 3. */
#define PL_FLAG_SA 0x01	       /* never set */
#define PL_FLAG_BOUND 0x02     /* never set */
#define PL_FLAG_SCE 0x04       /* inside a system call entered under trace */
#define PL_FLAG_SCX 0x08       /* on the way out of a system call */
#define PL_FLAG_EXEC 0x10      /* a new program image is ready */
#define PL_FLAG_SI 0x20	       /* a signal stop; pl_siginfo is valid */
#define PL_FLAG_FORKED 0x40    /* made a new process, pl_child_pid */
#define PL_FLAG_CHILD 0x80     /* is a new process, followed */
#define PL_FLAG_BORN 0x100     /* is a new thread */
#define PL_FLAG_EXITED 0x200   /* is a thread about to go */
#define PL_FLAG_VFORKED 0x400  /* with FORKED: will wait for the child */
#define PL_FLAG_VFORK_DONE 0x800 /* that wait is over */

/* Result of PT_LWPINFO, cut at the size the caller names.  From: requests.md, 6. */
struct ptrace_lwpinfo {
	lwpid_t pl_lwpid;	       /* the thread described */
	int pl_event;		       /* PL_EVENT_SIGNAL: has an event not answered yet */
	int pl_flags;		       /* PL_FLAG_ bits */
	sigset_t pl_sigmask;	       /* blocked signals */
	sigset_t pl_siglist;	       /* signals pending for this thread alone */
	siginfo_t pl_siginfo;	       /* with PL_FLAG_SI; else all zero */
	char pl_tdname[MAXCOMLEN + 1]; /* thread name, NUL-terminated */
	pid_t pl_child_pid;	       /* with PL_FLAG_FORKED; else 0 */
	u_int pl_syscall_code;	       /* with SCE or SCX: the call's number; else 0 */
	u_int pl_syscall_narg;	       /* and how many arguments it takes; 6 for an unknown call */
};

/* Argument of PT_VM_ENTRY.  From: memory.md, 3. */
struct ptrace_vm_entry {
	int pve_entry;	       /* in: index to start at, 0 first; out: that of the next entry */
	int pve_timestamp;     /* out: generation of the map */
	u_long pve_start;      /* out: first address */
	u_long pve_end;	       /* out: last address, inclusive */
	u_long pve_offset;     /* out: offset in the backing file */
	u_int pve_prot;	       /* out: read 1, write 2, execute 4 */
	u_int pve_pathlen;     /* in: size of pve_path, 0 for none; out: length with NUL, or 0 */
	long pve_fileid;       /* out: inode number, or -1 */
	uint32_t pve_fsid;     /* out: device number, or 0xffffffff */
	char *pve_path;	       /* in: buffer; filled */
};

#if __SIZEOF_POINTER__ == 8
#include <bsdptrace/compat32.h>
#endif

/*
 * What a request does to, and needs of, its target.
 *
 *   request	one of PT_
 *   pid	a process id or an lwpid
 *   addr, data	as the request says
 *
 * Returns 0, or the value the request is asked for; -1 with errno on failure.  errno is set to 0
 * before anything else, so that a -1 read by PT_READ_D can be told from a failure.
 *
 * Errors that every request but PT_TRACE_ME and PT_ATTACH shares, in the order they are looked for:
 *   EFAULT  the argument struct of a request that reads one cannot be read (before all else)
 *   ESRCH   no such process or thread; it is exiting; it may not be seen
 *   EPERM   the caller may not debug it; it is not traced
 *   EINVAL  it is a process of the kernel's own
 *   EBUSY   it is traced by another process; it is not stopped; its stop was not collected by a wait
 *   EINVAL  the request is not known
 *   ENOMEM  no memory, or no file descriptor, to find out about it
 * Any thread of the tracing process may make any request.  A process killed meanwhile makes a request
 * fail with ESRCH; wait then reports its end.
 *
 * Requests, with the errors of their own:
 *
 *   PT_TRACE_ME   Let the parent trace the caller; nothing else is looked at.
 *                 EBUSY traced already; EPERM the parent is init, or the system's policy forbids it.
 *   PT_ATTACH     Trace pid, and stop it; the stop (SIGSTOP) is collected by a wait.
 *                 ESRCH, EPERM as above; EINVAL itself, or an ancestor while the caller is traced;
 *                 EBUSY traced already; ENOMEM; EAGAIN no thread could be made that traces it.
 *   PT_CONTINUE   Go on, at addr unless that is (caddr_t)1, with signal data, or none if 0.
 *   PT_STEP       The same for one instruction of the chosen thread; addr is not looked at.
 *   PT_TO_SCE, PT_TO_SCX, PT_SYSCALL
 *                 As PT_CONTINUE, and from now on stop at each system call's entry, exit, both.
 *   PT_DETACH     Stop tracing; the process goes on with signal data, or none if 0.
 *   PT_KILL       End the process with SIGKILL.
 *                 EINVAL (all but PT_KILL) data is no signal number.
 *   PT_READ_I, PT_READ_D    Returns the int at addr.                        EFAULT
 *   PT_WRITE_I, PT_WRITE_D  Writes the int data at addr.                    EFAULT
 *   PT_IO         addr is a struct ptrace_io_desc *, read, and written back on success.  What lay before
 *                 a page that cannot be had was moved.                      EINVAL EFAULT ENOMEM
 *   PT_LWPINFO    Describe a thread: data bytes of struct ptrace_lwpinfo at addr.
 *                 EINVAL data is < 1 or more than the struct; EFAULT.
 *   PT_GETNUMLWPS Returns the number of threads.
 *   PT_GETLWPLIST Fills at most data lwpid_t at addr, oldest thread first; returns how many.
 *                 EINVAL data is < 1; EFAULT.
 *   PT_SETSTEP, PT_CLEARSTEP  Set or clear a thread's single-step flag; it goes on with the process.
 *   PT_SUSPEND, PT_RESUME     Hold a thread, over any number of continues; let go of it.
 *   PT_FOLLOW_FORK            data nonzero: trace new children too; 0: no more.
 *   PT_VM_TIMESTAMP  Returns the map's generation: the same number as long as the map is the same, any int.
 *                 ENOMEM.
 *   PT_VM_ENTRY   Describe one entry of the map: addr is a struct ptrace_vm_entry *, read, and written back on
 *                 success.  Begin with pve_entry 0, go on with what it becomes until ENOENT; set pve_pathlen each time.
 *                 EINVAL pve_entry < 0 or beyond the end; ENOENT the end; ENAMETOOLONG pve_path is smaller than
 *                 what pve_pathlen then says; EFAULT; ENOMEM.
 *   PT_GETREGS, PT_SETREGS, PT_GETFPREGS, PT_SETFPREGS, PT_GETDBREGS, PT_SETDBREGS
 *                 addr is a struct reg, fpreg or dbreg *.
 *                 EFAULT; EINVAL a value that may not be set (registers.md).
 *                 Debug registers: as they were last written, but that register 6 has shown since which
 *                 slots were hit (a SIGTRAP stop).  New threads and followed children have their maker's;
 *                 an exec and PT_DETACH clear them.
 * Those from PT_FIRSTMACH on are the machine's: <bsdptrace/reg-x86.h>.
 *
 * From: requests.md; sys_process.c, sys_ptrace() and kern_ptrace().
 */
int bsd_ptrace(int request, pid_t pid, caddr_t addr, int data);

/* ---- Waiting.  From: wait.md. ---- */

/* A trace stop, in the options of wait6 and waitid.  The other options are the host's. */
#define WTRAPPED 0x20

/* idtypes beside the host's P_ALL, P_PID, P_PGID. */
#define P_SID ((idtype_t)16)
#define P_UID ((idtype_t)17)
#define P_GID ((idtype_t)18)
#define P_JAILID ((idtype_t)19)

/* Resources used by a child, and by those it has waited for itself. */
struct __wrusage {
	struct rusage wru_self;
	struct rusage wru_children;
};

/*
 * Wait for a child or a traced process to change state.
 *
 * wait, wait3, wait4 and waitpid report exits and trace stops, whatever the options; wait6 and waitid
 * report what the options name: WEXITED, WTRAPPED, WSTOPPED (WUNTRACED), WCONTINUED.  WNOHANG returns 0 at
 * once where there is nothing; WNOWAIT looks without collecting, and a stop that was only looked at
 * keeps every request EBUSY.
 *
 * A trace stop is the process's: all its threads are stopped.  *status is WIFSTOPPED with the plain signal
 * number.  Any output pointer may be NULL.  Children that are not traced are reported too.
 *
 * Return the process id (waitid: 0), 0 for WNOHANG with nothing to report, or -1 with errno:
 *   EINVAL  an option that is none; wait6 and waitid: no kind of report named
 *   ECHILD  no child and no traced process matches
 *   EINTR   a signal was caught whose action is not to restart
 *   EFAULT  an output pointer is bad; the report is lost
 *
 * From: wait.md; kern_exit.c, kern_wait6().
 */
pid_t bsd_wait(int *status);
pid_t bsd_wait3(int *status, int options, struct rusage *rusage) BSD_RUSAGE;
pid_t bsd_wait4(pid_t pid, int *status, int options, struct rusage *rusage) BSD_RUSAGE;
pid_t bsd_waitpid(pid_t pid, int *status, int options);
int bsd_waitid(idtype_t idtype, id_t id, siginfo_t *info, int options);
pid_t bsd_wait6(idtype_t idtype, id_t id, int *status, int options, struct __wrusage *wrusage, siginfo_t *info)
    BSD_RUSAGE;

/* ---- Extensions. ---- */

/* The lwpid of a Linux thread id, and back.  An argument that is one already comes back as it is. */
lwpid_t bsd_lwpid(pid_t tid);
pid_t bsd_tid(lwpid_t lwpid);

/*
 * Serve tracees while the program is in no call of the library: births of threads, ignored signals and
 * other events that are not reported would otherwise keep a thread waiting until the next call.
 * on starts a thread of the library's own that does so, off ends it.
 * Returns 0, or -1 with errno: EAGAIN no thread could be made; ENOMEM.
 * From: decisions.md, 24.
 */
int bsd_ptrace_service(bool on);

/*
 * Why the calling thread's last request that failed, or bsd_ptrace_calls() and its like, did so: one sentence without a
 * full stop that names the request, the process and the rule that refused it, and says what to change.
 *
 * What a failing request does not pay for is looked up now; so ask soon.  errno is left alone.  The text is the
 * thread's own, valid until its next call, never NULL, and not for programs to take apart.
 * From: bsd_ptrace_strerror(3).
 */
const char *bsd_ptrace_strerror(void);

/*
 * Which system calls of a stopped tracee are traced.  With by_filter true those that its own seccomp filter answers with
 * SECCOMP_RET_TRACE, and no others: where PT_SYSCALL and its kin would stop it at every call's entry and end, they do at
 * those alone, and the kernel does not stop it for the rest.  False, the default: all, and what the filter says so of fails
 * with ENOSYS, as without a tracer.  Processes made under PT_FOLLOW_FORK begin as their maker is.
 *
 * The filter is the target's to install, before or after; processes that are not followed inherit it.  What is
 * detached from goes on with its filter, and without those calls.
 * Returns 0, or -1 with errno: ESRCH, EPERM, EBUSY as every request.
 * From: bsd_ptrace(3), System calls by filter.
 */
int bsd_ptrace_calls(pid_t pid, bool by_filter);

/*
 * Many PT_IO in one call: n descriptors, carried out in order.  Those that follow each other and move bytes the same
 * way are as few system calls as Linux has limits for, most often one for 1024 of them; what takes force, as memory
 * the process itself may not access so, takes one each.  The memory the descriptors move to and from should not be
 * that of the array.
 *
 * Returns how many were done wholly, n if nothing failed.  Where one fails those after it are left alone; its
 * piod_len becomes how many of its bytes were moved, and errno says why.  Those done keep their piod_len.
 * If it was the first, or before any, -1.  errno is 0 when all were done.
 *   EFAULT  iov cannot be read, as far as was come to; a page cannot be had, or the caller's buffer is bad
 *   ESRCH, EPERM, EBUSY  as every request; with n 0 that is all that is looked at
 *   EINVAL  a piod_op is none of the four; a piod_len is more than SSIZE_MAX, or so are n descriptors
 *   ENOMEM
 * From: bsd_ptrace_iov(3).
 */
ssize_t bsd_ptrace_iov(pid_t pid, struct ptrace_io_desc *iov, size_t n);

/*
 * What a stop of a tracee is, and of one at a system call's entry or end the call: as PT_LWPINFO and PT_GETREGS tell
 * it, but in one request that costs the kernel half of what the registers do.
 *
 * id is a process or thread, as for PT_LWPINFO.  sc_flags is its pl_flags without PL_FLAG_SI; where that has neither
 * PL_FLAG_SCE nor PL_FLAG_SCX, what follows sc_child_pid is 0.
 * Returns 0, or -1 with errno: ESRCH, EPERM, EBUSY as every request; EFAULT sc.
 * From: bsd_ptrace(3), System calls in one request.
 */
struct bsd_syscall {
	lwpid_t sc_lwpid;
	int sc_flags;	     /* PL_FLAG_ */
	pid_t sc_child_pid;  /* PL_FLAG_FORKED */
	unsigned sc_word;    /* bytes of a register in the code that made the call: 4 or 8 */
	unsigned sc_code;    /* the call's number, among those of such code */
	uint64_t sc_args[6]; /* PL_FLAG_SCE: what it was given, in the order of its arguments */
	int64_t sc_ret;	     /* PL_FLAG_SCX: its result, or a negative errno value */
};
int bsd_ptrace_syscall(pid_t id, struct bsd_syscall *sc);

/*
 * What becomes of a stopped tracee when the tracer ends: killed (the default, as on FreeBSD), or, with
 * kill false, let go.
 * Returns 0, or -1 with errno: ESRCH, EPERM, EBUSY as every request.
 * From: decisions.md, 22.
 */
int bsd_ptrace_exitkill(pid_t pid, bool kill);

/*
 * Where tracees wake up.  Where several processors are idle Linux wakes tracer and tracee on different ones, which is
 * most of what a stop costs; with any policy but BSD_PLACE_OFF a tracee is brought to the tracer's processor by
 * narrowing its affinity (sched_setaffinity(2)) while it is resumed.  The tracee cannot tell.
 *   BSD_PLACE_OFF    (the default) never
 *   BSD_PLACE_ON     in each resume from system call to system call, and each single step, that leaves no trace
 *   BSD_PLACE_AUTO   and for a thread whose stops come one after the other, while trials show that it pays
 * Processes that are to outlive the tracer (bsd_ptrace_exitkill()) are left alone.  The policy is that of the calling
 * process, for all its tracees; a child of fork() begins with BSD_PLACE_OFF.
 * Returns 0, or -1 with errno: EINVAL no such policy; ENOMEM.
 * From: bsd_ptrace_place(3).
 */
#define BSD_PLACE_OFF  0
#define BSD_PLACE_ON   1
#define BSD_PLACE_AUTO 2
int bsd_ptrace_place(int policy);

/*
 * One call of bsd_ptrace(), for an audit trail: what FreeBSD's kernel records of it, and how it ended.
 * From: sys_process.c, AUDIT_ARG_PID, _CMD, _VALUE, _PROCESS.
 */
struct bsd_audit_record {
	pid_t ar_subj_pid; /* process that made the call */
	int ar_cmd;	   /* request, pid, addr and data, as it was given them */
	pid_t ar_pid;
	caddr_t ar_addr;
	int ar_value;
	int ar_errno;	   /* 0: success */
	int ar_retval;	   /* what the call returned */
	pid_t ar_process;  /* process that ar_pid named, also if the request was then refused; 0: none was found */
	uid_t ar_auid;	   /* and whose it was: user it was logged in by; effective and real ids; session of */
	uid_t ar_euid;	   /* the login.  -1: none, or it had gone meanwhile; 0 where there is no ar_process */
	gid_t ar_egid;
	uid_t ar_ruid;
	gid_t ar_rgid;
	u_int ar_asid;
};

/*
 * Have fn called after each call of bsd_ptrace() by this process, refused ones included, in the thread that
 * made it, before it returns, and with arg.  NULL: no more.  One function at a time; it takes the place of another.
 *
 * The record is fn's only until it returns.  No lock of the library's is held: fn may call anything, also of
 * the library's; what it asks of bsd_ptrace() is not told.  It must return.  errno is the caller's again afterwards.
 * Several threads may be in fn at once, and one that began its request before fn was replaced may still call it.
 * A child of fork() has its parent's fn.  PT_TRACE_ME in the child of vfork(), whose memory is its
 * parent's, is told in the parent, at its next request or wait; ar_subj_pid is the child.
 *
 * Returns 0, or -1 with errno: ENOMEM.
 */
typedef void (*bsd_audit_fn)(const struct bsd_audit_record *, void *arg);
int bsd_ptrace_audit(bsd_audit_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
