/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_VM_TIMESTAMP, PT_VM_ENTRY.  From: memory.md, 2 and 3; decisions.md, 20; sys_process.c, ptrace_vm_entry().
 */
#include <errno.h>
#include <string.h>

#include "engine/ktr.h"
#include "engine/request.h"

#define NO_FILEID (-1L)
#define NO_FSID	  UINT32_MAX

int
pt_vm_timestamp(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	int error = host->ops->map_generation(host, c->c_pid, c->c_thread->td_tid, &c->c_result);

	if (error != 0)
		return (error);
	ktr_pt_vm_timestamp(c->c_pid, c->c_result);
	return (0);
}

/* The size that is needed, and nothing else, reaches a caller whose buffer is too small. */
static int
too_long(struct call *c, size_t size)
{
	struct host *host = c->c_tracer->tr_host;
	u_int needed = (u_int)size;

	(void)host->ops->copyout(
	    host, &needed, c->c_addr + offsetof(struct ptrace_vm_entry, pve_pathlen), sizeof(needed));
	return (ENAMETOOLONG);
}

static int
store_path(struct call *c, struct ptrace_vm_entry *pve, const char *path)
{
	struct host *host = c->c_tracer->tr_host;
	size_t size = strlen(path) + 1;
	int error;

	if (size > pve->pve_pathlen)
		return (too_long(c, size));
	if ((error = host->ops->copyout(host, path, pve->pve_path, size)) != 0)
		return (error);
	pve->pve_pathlen = (u_int)size;
	return (0);
}

/* Steps 6 to 12: nothing is said of the file to who does not ask for its path. */
static int
fill_file(struct call *c, struct ptrace_vm_entry *pve, const struct host_mapping *hm)
{
	pve->pve_fileid = NO_FILEID;
	pve->pve_fsid = NO_FSID;
	if (pve->pve_pathlen == 0)
		return (0);
	if (hm->hm_file) {
		pve->pve_fileid = (long)hm->hm_fileid;
		pve->pve_fsid = hm->hm_fsid;
		if (hm->hm_path != NULL)
			return (store_path(c, pve, hm->hm_path));
	}
	pve->pve_pathlen = 0;
	return (0);
}

int
pt_vm_entry(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct ptrace_vm_entry *pve = &c->c_arg->pve;
	size_t index = (size_t)pve->pve_entry, entries = 0;
	struct host_mapping hm;
	int error;

	if (pve->pve_entry < 0)
		return (EINVAL);
	error = host->ops->map_entry(
	    host, c->c_pid, c->c_thread->td_tid, index, pve->pve_pathlen != 0, &hm, &entries);
	if (error == ENOENT)
		return (index == entries ? ENOENT : EINVAL);
	if (error != 0)
		return (error);
	pve->pve_entry++;
	pve->pve_timestamp = hm.hm_generation;
	pve->pve_start = (u_long)hm.hm_start;
	pve->pve_end = (u_long)(hm.hm_end - 1);
	pve->pve_offset = (u_long)hm.hm_offset;
	pve->pve_prot = hm.hm_prot;
	if ((error = fill_file(c, pve, &hm)) != 0)
		return (error);
	ktr_pt_vm_entry(c->c_pid, pve->pve_entry, pve->pve_start);
	return (0);
}
