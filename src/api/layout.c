/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The public structs are laid out as the pages say; no code.  From: registers.md, 1 to 6; memory.md, 3.
 */
#include <bsdptrace.h>

#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "size of struct " #type)
#define AT(type, member, at) _Static_assert(offsetof(struct type, member) == (at), #type "." #member)

#if defined(__x86_64__) || defined(__i386__)

/* Of either width. */
SIZE(reg32, 76);
AT(reg32, r_edi, 12);
AT(reg32, r_isp, 24);
AT(reg32, r_eax, 40);
AT(reg32, r_eip, 52);
AT(reg32, r_eflags, 60);
AT(reg32, r_gs, 72);
SIZE(fpreg32, 176);
AT(fpreg32, fpr_acc, 28);
AT(fpreg32, fpr_ex_sw, 108);
SIZE(dbreg32, 32);
SIZE(xmmreg, 512);
AT(xmmreg, xmm_reg, 160);
AT(xmmreg, xmm_pad, 288);

#endif

#if defined(__x86_64__)

SIZE(reg, 176);
AT(reg, r_rax, 112);
AT(reg, r_trapno, 120);
AT(reg, r_err, 128);
AT(reg, r_rip, 136);
AT(reg, r_ss, 168);
SIZE(fpreg, 512);
AT(fpreg, fpr_xacc, 160);
AT(fpreg, fpr_spare, 416);
SIZE(dbreg, 128);

#endif

#define IO_DESC(type, offs, addr, len, size) \
	AT(type, piod_offs, offs); \
	AT(type, piod_addr, addr); \
	AT(type, piod_len, len); \
	SIZE(type, size)
#define VM_ENTRY(type, end, offset, prot, fileid, fsid, path, size) \
	AT(type, pve_timestamp, 4); \
	AT(type, pve_start, 8); \
	AT(type, pve_end, end); \
	AT(type, pve_offset, offset); \
	AT(type, pve_prot, prot); \
	AT(type, pve_pathlen, (prot) + 4); \
	AT(type, pve_fileid, fileid); \
	AT(type, pve_fsid, fsid); \
	AT(type, pve_path, path); \
	SIZE(type, size)
#define LWPINFO(type, mask, list, info, name, size) \
	AT(type, pl_event, 4); \
	AT(type, pl_flags, 8); \
	AT(type, pl_sigmask, mask); \
	AT(type, pl_siglist, list); \
	AT(type, pl_siginfo, info); \
	AT(type, pl_tdname, name); \
	AT(type, pl_child_pid, (name) + 20); \
	AT(type, pl_syscall_code, (name) + 24); \
	AT(type, pl_syscall_narg, (name) + 28); \
	SIZE(type, size)

#if __SIZEOF_POINTER__ == 8
#define IO_DESC32 ptrace_io_desc32
#define VM_ENTRY32 ptrace_vm_entry32
#define LWPINFO32 ptrace_lwpinfo32
IO_DESC(ptrace_io_desc, 8, 16, 24, 32);
VM_ENTRY(ptrace_vm_entry, 16, 24, 32, 40, 48, 56, 64);
LWPINFO(ptrace_lwpinfo, 16, 144, 272, 400, 432);
SIZE(siginfo32, 128);
_Static_assert(offsetof(struct siginfo32, si_pid) == 12, "siginfo32.si_pid");
_Static_assert(offsetof(struct siginfo32, si_status) == 20, "siginfo32.si_status");
_Static_assert(offsetof(struct siginfo32, si_addr) == 12, "siginfo32.si_addr");
_Static_assert(offsetof(struct siginfo32, si_value) == 20, "siginfo32.si_value");
#else
#define IO_DESC32 ptrace_io_desc
#define VM_ENTRY32 ptrace_vm_entry
#define LWPINFO32 ptrace_lwpinfo
#endif

IO_DESC(IO_DESC32, 4, 8, 12, 16);
VM_ENTRY(VM_ENTRY32, 12, 16, 20, 28, 32, 36, 40);
LWPINFO(LWPINFO32, 12, 140, 268, 396, 428);
