/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The structs of 32-bit programs, for 64-bit ones, as FreeBSD's freebsd32 names them.  No request of a 64-bit
 * program moves them: a 32-bit program's structs are these, under the plain names.  The 32-bit register sets
 * are in the machine's reg-*.h.  From: doc/semantics/registers.md, 6; memory.md, 3.
 */
#ifndef BSDPTRACE_COMPAT32_H
#define BSDPTRACE_COMPAT32_H

#include <sys/types.h>
#include <signal.h>
#include <stdint.h>

struct ptrace_io_desc32 {
	int piod_op;
	uint32_t piod_offs;
	uint32_t piod_addr;
	uint32_t piod_len;
};

struct ptrace_vm_entry32 {
	int pve_entry;
	int pve_timestamp;
	uint32_t pve_start;
	uint32_t pve_end;
	uint32_t pve_offset;
	u_int pve_prot;
	u_int pve_pathlen;
	int32_t pve_fileid;
	u_int pve_fsid;
	uint32_t pve_path;
};

union sigval32 {
	int sival_int;
	uint32_t sival_ptr;
};

struct sigset32 {
	uint32_t __bits[32];
};

/*
 * A 32-bit program's siginfo_t.  The names after si_code are libc's macros for what is in a siginfo_t, and by
 * naming the members alike they become macros for what is in here.
 */
#pragma push_macro("si_pid")
#pragma push_macro("si_uid")
#pragma push_macro("si_overrun")
#pragma push_macro("si_status")
#pragma push_macro("si_utime")
#pragma push_macro("si_stime")
#pragma push_macro("si_addr")
#pragma push_macro("si_addr_lsb")
#pragma push_macro("si_band")
#pragma push_macro("si_fd")
#undef si_pid
#undef si_uid
#undef si_overrun
#undef si_status
#undef si_utime
#undef si_stime
#undef si_addr
#undef si_addr_lsb
#undef si_band
#undef si_fd

struct siginfo32 {
	int si_signo;
	int si_errno;
	int si_code;
	union {
		int32_t _pad[29];
		struct {
			int32_t si_pid;
			uint32_t si_uid;
		} _kill;
		struct {
			int si_tid;
			int si_overrun;
			union sigval32 si_sigval;
		} _timer;
		struct {
			int32_t si_pid;
			uint32_t si_uid;
			union sigval32 si_sigval;
		} _rt;
		struct {
			int32_t si_pid;
			uint32_t si_uid;
			int si_status;
			int32_t si_utime;
			int32_t si_stime;
		} _sigchld;
		struct {
			uint32_t si_addr;
			int16_t si_addr_lsb;
			union {
				struct {
					uint32_t _lower;
					uint32_t _upper;
				} _addr_bnd;
				uint32_t _pkey;
			} _bounds;
		} _sigfault;
		struct {
			int32_t si_band;
			int si_fd;
		} _sigpoll;
		struct {
			uint32_t _call_addr;
			int _syscall;
			u_int _arch;
		} _sigsys;
	} _sifields;
};

#pragma pop_macro("si_pid")
#pragma pop_macro("si_uid")
#pragma pop_macro("si_overrun")
#pragma pop_macro("si_status")
#pragma pop_macro("si_utime")
#pragma pop_macro("si_stime")
#pragma pop_macro("si_addr")
#pragma pop_macro("si_addr_lsb")
#pragma pop_macro("si_band")
#pragma pop_macro("si_fd")

struct ptrace_lwpinfo32 {
	pid_t pl_lwpid;
	int pl_event;
	int pl_flags;
	struct sigset32 pl_sigmask;
	struct sigset32 pl_siglist;
	struct siginfo32 pl_siginfo;
	char pl_tdname[20];
	pid_t pl_child_pid;
	u_int pl_syscall_code;
	u_int pl_syscall_narg;
};

#endif
