/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * minigcore [-k] pid: writes the registers of every thread and all memory that can be had of a process to
 * core.pid, and lets it go on (-k: kills it).  As written for FreeBSD 10: this file knows nothing of Linux.
 */
#include <sys/param.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <machine/reg.h>
#include <vm/vm.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct header {
	char magic[8];
	uint32_t nthreads;
	uint32_t nsegments;
	uint64_t bytes;
};

struct thread_note {
	lwpid_t lwpid;
	int event;
	char name[MAXCOMLEN + 1];
	struct reg regs;
	struct fpreg fpregs;
};

struct segment {
	vm_offset_t start;
	vm_offset_t end;
	vm_prot_t prot;
	char path[MAXPATHLEN];
};

static pid_t pid;
static int fd;

static void __dead2
usage(void)
{

	(void)fprintf(stderr, "usage: minigcore [-k] pid\n");
	exit(EX_USAGE);
}

static void
put(const void *data, size_t len)
{

	if (write(fd, data, len) != (ssize_t)len)
		err(EX_IOERR, "core");
}

static void
attach(void)
{
	int status;

	if (ptrace(PT_ATTACH, pid, NULL, 0) < 0)
		err(EX_NOPERM, "attach %d", pid);
	for (;;) {
		if (waitpid(pid, &status, 0) < 0) {
			if (errno == EINTR)
				continue;
			err(EX_OSERR, "waitpid");
		}
		if (!WIFSTOPPED(status))
			errx(EX_OSERR, "%d has gone", pid);
		if (WSTOPSIG(status) == SIGSTOP)
			return;
		/* Some other signal was first. */
		if (ptrace(PT_CONTINUE, pid, (caddr_t)1, WSTOPSIG(status)) < 0)
			err(EX_OSERR, "continue");
	}
}

static u_int
dump_threads(void)
{
	struct ptrace_lwpinfo info;
	struct thread_note note;
	lwpid_t *tids;
	int i, n, got;

	if ((n = ptrace(PT_GETNUMLWPS, pid, NULL, 0)) < 1)
		err(EX_OSERR, "PT_GETNUMLWPS");
	if ((tids = calloc((size_t)n, sizeof(*tids))) == NULL)
		err(EX_OSERR, "calloc");
	if ((got = ptrace(PT_GETLWPLIST, pid, (caddr_t)tids, n)) != n)
		errx(EX_SOFTWARE, "%d threads, %d in the list", n, got);
	for (i = 0; i < n; i++) {
		memset(&note, 0, sizeof(note));
		note.lwpid = tids[i];
		if (ptrace(PT_LWPINFO, tids[i], (caddr_t)&info, sizeof(info)) < 0)
			err(EX_OSERR, "PT_LWPINFO %d", tids[i]);
		if (info.pl_lwpid != tids[i])
			errx(EX_SOFTWARE, "asked %d, told of %d", tids[i], info.pl_lwpid);
		note.event = info.pl_event;
		snprintf(note.name, sizeof(note.name), "%s", info.pl_tdname);
		if (ptrace(PT_GETREGS, tids[i], (caddr_t)&note.regs, 0) < 0)
			err(EX_OSERR, "PT_GETREGS %d", tids[i]);
		if (ptrace(PT_GETFPREGS, tids[i], (caddr_t)&note.fpregs, 0) < 0)
			err(EX_OSERR, "PT_GETFPREGS %d", tids[i]);
		put(&note, sizeof(note));
	}
	free(tids);
	return ((u_int)n);
}

/* Page by page, since a page may not be had; zeroes stand for it. */
static uint64_t
dump_memory(vm_offset_t start, vm_offset_t end)
{
	static char page[PAGE_SIZE];
	struct ptrace_io_desc iod;
	uint64_t bytes = 0;
	vm_offset_t va;

	for (va = trunc_page(start); va < round_page(end); va += PAGE_SIZE) {
		iod.piod_op = PIOD_READ_D;
		iod.piod_offs = (void *)va;
		iod.piod_addr = page;
		iod.piod_len = PAGE_SIZE;
		if (ptrace(PT_IO, pid, (caddr_t)&iod, 0) < 0) {
			if (errno != EFAULT)
				err(EX_OSERR, "PT_IO %#lx", (u_long)va);
			memset(page, 0, PAGE_SIZE);
		} else if (iod.piod_len != PAGE_SIZE)
			errx(EX_SOFTWARE, "%zu bytes at %#lx", iod.piod_len, (u_long)va);
		put(page, PAGE_SIZE);
		bytes += PAGE_SIZE;
	}
	return (bytes);
}

static u_int
dump_segments(uint64_t *bytes)
{
	struct ptrace_vm_entry pve;
	struct segment seg;
	u_int n = 0;
	int stamp;

	if ((stamp = ptrace(PT_VM_TIMESTAMP, pid, NULL, 0)) == -1 && errno != 0)
		err(EX_OSERR, "PT_VM_TIMESTAMP");
	memset(&pve, 0, sizeof(pve));
	for (;;) {
		memset(&seg, 0, sizeof(seg));
		pve.pve_path = seg.path;
		pve.pve_pathlen = sizeof(seg.path);
		if (ptrace(PT_VM_ENTRY, pid, (caddr_t)&pve, 0) < 0) {
			if (errno == ENOENT)
				break;
			err(EX_OSERR, "PT_VM_ENTRY %d", pve.pve_entry);
		}
		if (pve.pve_timestamp != stamp)
			errx(EX_SOFTWARE, "the map of a stopped process has changed");
		seg.start = pve.pve_start;
		seg.end = pve.pve_end + 1;
		seg.prot = (vm_prot_t)pve.pve_prot;
		put(&seg, sizeof(seg));
		if ((seg.prot & VM_PROT_WRITE) != 0 && pve.pve_path[0] != '/')
			*bytes += dump_memory(seg.start, seg.end);
		n++;
	}
	return (n);
}

int
main(int argc, char *argv[])
{
	struct header header = { .magic = "MINICORE" };
	bool kill_it = false;
	char name[32];
	int ch;

	while ((ch = getopt(argc, argv, "k")) != -1) {
		if (ch != 'k')
			usage();
		kill_it = true;
	}
	if (argc != optind + 1 || (pid = atoi(argv[optind])) <= 0)
		usage();
	attach();
	(void)snprintf(name, sizeof(name), "core.%d", pid);
	if ((fd = open(name, O_RDWR | O_CREAT | O_TRUNC, DEFFILEMODE)) < 0)
		err(EX_CANTCREAT, "%s", name);
	put(&header, sizeof(header));
	header.nthreads = dump_threads();
	header.nsegments = dump_segments(&header.bytes);
	if (lseek(fd, 0, SEEK_SET) < 0)
		err(EX_IOERR, "%s", name);
	put(&header, sizeof(header));
	if (kill_it) {
		if (ptrace(PT_KILL, pid, NULL, 0) < 0)
			err(EX_OSERR, "PT_KILL");
	} else if (ptrace(PT_DETACH, pid, (caddr_t)1, 0) < 0)
		err(EX_OSERR, "PT_DETACH");
	printf("%u threads, %s segments, %s memory\n", header.nthreads, header.nsegments > 3 ? "many" : "few",
	    header.bytes > 10 * PAGE_SIZE ? "much" : "little");
	return (0);
}
