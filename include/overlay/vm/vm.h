/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The types and protections of FreeBSD's <vm/vm.h>, for what PT_VM_ENTRY says.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_VM_VM_H
#define BSDPTRACE_OVERLAY_VM_VM_H

#include <sys/types.h>

typedef unsigned long vm_offset_t;
typedef unsigned long vm_size_t;
typedef int64_t vm_ooffset_t;
typedef unsigned char vm_prot_t;

#define VM_PROT_NONE ((vm_prot_t)0x00)
#define VM_PROT_READ ((vm_prot_t)0x01)
#define VM_PROT_WRITE ((vm_prot_t)0x02)
#define VM_PROT_EXECUTE ((vm_prot_t)0x04)
#define VM_PROT_RW (VM_PROT_READ | VM_PROT_WRITE)
#define VM_PROT_ALL (VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE)

#endif
