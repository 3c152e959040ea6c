/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The USDT probes of the library, met by a tracer of a tracer: a breakpoint on each of them, as the tools that
 * know of probes put one there, and the fields read from where the library's notes say that they are.
 */
#include <bsdptrace.h>

#include <atf-c.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NT_STAPSDT 3
#define PROBES 64
#define ARGS 6

struct probe {
	const char *name;
	const char *args; /* as the note has them */
	uintptr_t at;	  /* of the instruction, in this process and its children by fork */
	uintptr_t semaphore;
};
static struct probe probes[PROBES];
static size_t nprobes;

/* ---- the notes ---- */

static uintptr_t library_at;
static char library_name[4096];

static int
is_library(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	if (strstr(info->dlpi_name, "libbsdptrace.so") == NULL)
		return (0);
	library_at = info->dlpi_addr;
	(void)snprintf(library_name, sizeof(library_name), "%s", info->dlpi_name);
	return (1);
}

static const char *
map_library(void)
{
	struct stat st;
	void *at;
	int fd;

	ATF_REQUIRE_MSG(dl_iterate_phdr(is_library, NULL) == 1, "the test is not linked with the library");
	ATF_REQUIRE((fd = open(library_name, O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ATF_REQUIRE(at != MAP_FAILED);
	(void)close(fd);
	return (at);
}

/* Three addresses, then three strings: provider, name, arguments. */
static void
read_note(const char *desc)
{
	ElfW(Addr) words[3];
	const char *provider = desc + sizeof(words), *name = provider + strlen(provider) + 1;
	struct probe *pr = &probes[nprobes];

	memcpy(words, desc, sizeof(words)); /* aligned to four bytes */
	if (strcmp(provider, "bsdptrace") != 0)
		return;
	ATF_REQUIRE(nprobes < PROBES);
	pr->name = name;
	pr->args = name + strlen(name) + 1;
	pr->at = library_at + words[0];
	pr->semaphore = library_at + words[2];
	ATF_REQUIRE_MSG(words[2] != 0, "%s has no semaphore", name);
	nprobes++;
}

static void
read_notes(const char *from, size_t size)
{
	const char *end = from + size;

	while (from < end) {
		const ElfW(Nhdr) *note = (const void *)from;
		const char *name = from + sizeof(*note), *desc = name + ((note->n_namesz + 3) & ~3u);

		if (note->n_type == NT_STAPSDT && strcmp(name, "stapsdt") == 0)
			read_note(desc);
		from = desc + ((note->n_descsz + 3) & ~3u);
	}
}

static void
find_probes(void)
{
	const char *elf = map_library();
	const ElfW(Ehdr) *header = (const void *)elf;
	const ElfW(Shdr) *sections = (const void *)(elf + header->e_shoff);
	const char *names = elf + sections[header->e_shstrndx].sh_offset;

	for (int i = 0; i < header->e_shnum; i++)
		if (strcmp(names + sections[i].sh_name, ".note.stapsdt") == 0)
			read_notes(elf + sections[i].sh_offset, sections[i].sh_size);
	if (nprobes == 0)
		atf_tc_skip("built without sys/sdt.h");
}

static const struct probe *
probe_at(uintptr_t at)
{
	for (size_t i = 0; i < nprobes; i++)
		if (probes[i].at == at)
			return (&probes[i]);
	return (NULL);
}

/* ---- an argument: "-4@%eax", "8@-16(%rsp)", "-4@$7" ---- */

#ifdef __x86_64__
#define R(name) r_r##name
#else
#define R(name) r_e##name
#endif

/* A register by any of its names: rax, eax, ax; r8, r8d. */
static uintptr_t
register_of(const struct reg *regs, const char *name, size_t len)
{
	static const struct {
		const char *name;
		size_t at;
	} known[] = {
		{"ax", offsetof(struct reg, R(ax))}, {"bx", offsetof(struct reg, R(bx))},
		{"cx", offsetof(struct reg, R(cx))}, {"dx", offsetof(struct reg, R(dx))},
		{"si", offsetof(struct reg, R(si))}, {"di", offsetof(struct reg, R(di))},
		{"bp", offsetof(struct reg, R(bp))}, {"sp", offsetof(struct reg, R(sp))},
		{"ip", offsetof(struct reg, R(ip))},
#ifdef __x86_64__
		{"8", offsetof(struct reg, r_r8)}, {"9", offsetof(struct reg, r_r9)},
		{"10", offsetof(struct reg, r_r10)}, {"11", offsetof(struct reg, r_r11)},
		{"12", offsetof(struct reg, r_r12)}, {"13", offsetof(struct reg, r_r13)},
		{"14", offsetof(struct reg, r_r14)}, {"15", offsetof(struct reg, r_r15)},
#endif
	};

	if (len > 1 && (name[0] == 'r' || name[0] == 'e'))
		name++, len--;
	if (len > 1 && name[0] >= '0' && name[0] <= '9' && (name[len - 1] == 'd' || name[len - 1] == 'w'))
		len--;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == len && strncmp(known[i].name, name, len) == 0)
			return (*(const uintptr_t *)(const void *)((const char *)regs + known[i].at));
	atf_tc_fail("no register: %.*s", (int)len, name);
}

/* offset(%base,%index,scale) */
static uintptr_t
address_of(const struct reg *regs, const char *text)
{
	char *at;
	uintptr_t address = (uintptr_t)strtol(text, &at, 0), scaled = 0;
	size_t len;

	ATF_REQUIRE_MSG(*at == '(', "what address is %s", text);
	for (at++; *at == '%'; at += *at == ',') {
		len = strcspn(at + 1, ",)");
		scaled = register_of(regs, at + 1, len);
		address += scaled;
		at += 1 + len;
	}
	if (*at >= '1' && *at <= '8')
		address += scaled * (uintptr_t)(strtol(at, &at, 10) - 1);
	ATF_REQUIRE_MSG(*at == ')', "what address is %s", text);
	return (address);
}

static int64_t
value_of(pid_t pid, const struct reg *regs, const char *text)
{
	char *at;
	long size = strtol(text, &at, 10);
	size_t bytes = (size_t)labs(size);
	uint64_t value = 0;
	struct ptrace_io_desc piod = {PIOD_READ_D, NULL, &value, bytes};

	ATF_REQUIRE_MSG(*at == '@' && (bytes == 4 || bytes == 8), "what is %s", text);
	at++;
	if (*at == '$')
		value = (uint64_t)strtoll(at + 1, NULL, 0);
	else if (*at == '%')
		value = register_of(regs, at + 1, strlen(at + 1));
	else {
		piod.piod_offs = (void *)address_of(regs, at);
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0));
	}
	if (bytes == 8)
		return ((int64_t)value);
	return (size < 0 ? (int64_t)(int32_t)value : (int64_t)(uint32_t)value);
}

/* "name value..." of the probe a process has met; it is at a breakpoint there. */
static void
describe(pid_t pid, char *line, size_t size)
{
	const struct probe *pr;
	char args[200], *arg, *rest;
	struct reg regs;
	size_t len;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_GETREGS, pid, (caddr_t)&regs, 0));
	pr = probe_at((uintptr_t)regs.R(ip) - 1);
	ATF_REQUIRE_MSG(pr != NULL, "a SIGTRAP at %#lx, where no probe is", (unsigned long)regs.R(ip));
	len = (size_t)snprintf(line, size, "%s", pr->name);
	(void)snprintf(args, sizeof(args), "%s", pr->args);
	for (arg = strtok_r(args, " ", &rest); arg != NULL; arg = strtok_r(NULL, " ", &rest))
		len += (size_t)snprintf(line + len, size - len, " %" PRId64, value_of(pid, &regs, arg));
}

/* ---- the traced tracer ---- */

static long word = 5;
static long bytes;

static int
made(bool ok)
{
	return (ok ? 0 : 1);
}

static void
next_stop(pid_t pid)
{
	int status;

	if (bsd_waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		_exit(1);
}

/* What the breakpoints are to tell of. */
static void
trace(pid_t pid)
{
	struct ptrace_io_desc piod = {PIOD_READ_D, &word, &bytes, sizeof(bytes)};
	caddr_t here = (caddr_t)1, at = (caddr_t)&word;
	struct ptrace_lwpinfo info;
	struct reg regs;
	struct fpreg fpregs;
	struct dbreg dbregs;
	struct ptrace_vm_entry pve = {.pve_entry = 0};
	lwpid_t list[4];
	int wrong = made(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0);

	next_stop(pid);
	wrong += made(bsd_ptrace(PT_GETNUMLWPS, pid, NULL, 0) == 1);
	wrong += made(bsd_ptrace(PT_GETLWPLIST, pid, (caddr_t)list, 4) == 1);
	wrong += made(bsd_ptrace(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)) == 0);
	wrong += made(bsd_ptrace(PT_WRITE_D, pid, at, -7) == 0);
	wrong += made(bsd_ptrace(PT_READ_D, pid, at, 0) == -7);
	wrong += made(bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0) == 0);
	piod.piod_op = PIOD_WRITE_I;
	wrong += made(bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0) == 0);
	wrong += made(bsd_ptrace(PT_GETREGS, pid, (caddr_t)&regs, 0) == 0);
	wrong += made(bsd_ptrace(PT_SETREGS, pid, (caddr_t)&regs, 0) == 0);
	wrong += made(bsd_ptrace(PT_GETFPREGS, pid, (caddr_t)&fpregs, 0) == 0);
	wrong += made(bsd_ptrace(PT_SETFPREGS, pid, (caddr_t)&fpregs, 0) == 0);
	wrong += made(bsd_ptrace(PT_GETDBREGS, pid, (caddr_t)&dbregs, 0) == 0);
	wrong += made(bsd_ptrace(PT_SETDBREGS, pid, (caddr_t)&dbregs, 0) == 0);
	wrong += made(bsd_ptrace(PT_VM_ENTRY, pid, (caddr_t)&pve, 0) == 0);
	wrong += made(bsd_ptrace(PT_VM_TIMESTAMP, pid, NULL, 0) == pve.pve_timestamp);
	wrong += made(bsd_ptrace(PT_SETSTEP, pid, NULL, 0) == 0);
	wrong += made(bsd_ptrace(PT_CLEARSTEP, pid, NULL, 0) == 0);
	wrong += made(bsd_ptrace(PT_SUSPEND, pid, NULL, 0) == 0);
	wrong += made(bsd_ptrace(PT_RESUME, pid, NULL, 0) == 0);
	wrong += made(bsd_ptrace(PT_FOLLOW_FORK, pid, NULL, 1) == 0);
	wrong += made(bsd_ptrace(PT_TO_SCE, pid, here, 0) == 0);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_TO_SCX, pid, here, 0) == 0);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_SYSCALL, pid, here, 0) == 0);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_STEP, pid, here, 0) == 0);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_DETACH, pid, here, 0) == 0);
	wrong += made(bsd_ptrace(PT_ATTACH, pid, NULL, 0) == 0);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_CONTINUE, pid, here, SIGSTOP) == 0);
	(void)kill(pid, SIGTERM);
	next_stop(pid);
	wrong += made(bsd_ptrace(PT_KILL, pid, NULL, 0) == 0);
	_exit(wrong);
}

#define ANY INT64_MIN /* as a last value: whatever it is */

static void
expect(const char *line, const char *name, int n, const int64_t *values)
{
	char want[200];
	size_t len = (size_t)snprintf(want, sizeof(want), "%s", name);

	for (int i = 0; i < n && values[i] != ANY; i++)
		len += (size_t)snprintf(want + len, sizeof(want) - len, " %" PRId64, values[i]);
	ATF_CHECK_MSG(strncmp(want, line, len) == 0 && (values[n - 1] == ANY || line[len] == '\0'), "%s, not %s", line,
	    want);
}

/* ---- the tracer of the tracer ---- */

static void
set_breakpoints(pid_t pid)
{
	unsigned char byte;
	struct ptrace_io_desc piod = {.piod_addr = &byte};

	for (size_t i = 0; i < nprobes; i++) {
		piod.piod_len = 1;
		piod.piod_op = PIOD_READ_I;
		piod.piod_offs = (void *)probes[i].at;
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0));
		ATF_REQUIRE_EQ_MSG(0x90, byte, "%s is no nop but %#x", probes[i].name, byte);
		piod.piod_op = PIOD_WRITE_I;
		byte = 0xcc;
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0));
	}
}

/* A point may be in several places, which are counted together. */
static bool
counted(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (probes[j].semaphore == probes[i].semaphore)
			return (true);
	return (false);
}

/* Nobody looks at first; then we do, as one who counts. */
static void
look(pid_t pid)
{
	uint16_t count = 0x5a5a;
	struct ptrace_io_desc piod = {.piod_addr = &count};

	for (size_t i = 0; i < nprobes; i++) {
		if (counted(i))
			continue;
		piod.piod_op = PIOD_READ_D;
		piod.piod_offs = (void *)probes[i].semaphore;
		piod.piod_len = sizeof(count);
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0));
		ATF_REQUIRE_EQ_MSG(0, count, "%s is looked at by %u", probes[i].name, count);
		piod.piod_op = PIOD_WRITE_D;
		count = 1;
		ATF_REQUIRE_EQ(0, bsd_ptrace(PT_IO, pid, (caddr_t)&piod, 0));
	}
}

static pid_t
target(void)
{
	pid_t pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		(void)getppid();
	return (pid);
}

static pid_t
tracer(int wire, pid_t pid)
{
	pid_t self = fork();
	char byte;

	ATF_REQUIRE(self != -1);
	if (self == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(wire, &byte, 1) != 1)
			_exit(1);
		trace(pid);
	}
	return (self);
}

static void
stop_at_probe(pid_t pid, char *line, size_t size)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP, "status %#x", status);
	describe(pid, line, size);
}

static int64_t
first_mapping(pid_t pid)
{
	char path[40];
	unsigned long start = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	ATF_REQUIRE_EQ(1, fscanf(f, "%lx", &start));
	(void)fclose(f);
	return ((int64_t)start);
}

static void
expect_all(pid_t tr, pid_t pid)
{
	const int64_t at = (int64_t)(uintptr_t)&word, lwp = bsd_lwpid(pid), len = sizeof(bytes);
	const struct {
		const char *name;
		int n;
		int64_t values[ARGS];
	} all[] = {
		{"pt_attach", 2, {pid, getpid()}},
		{"pt_getnumlwps", 2, {pid, 1}},
		{"pt_getlwplist", 3, {pid, 4, 1}},
		{"pt_lwpinfo", 6, {lwp, pid, PL_EVENT_SIGNAL, PL_FLAG_SI, 0, 0}},
		{"pt_write", 3, {pid, at, -7}},
		{"pt_read", 3, {pid, at, -7}},
		{"pt_io_read", 3, {pid, at, len}},
		{"pt_io_write", 3, {pid, at, len}},
		{"pt_getregs", 2, {lwp, pid}},
		{"pt_setregs", 2, {lwp, pid}},
		{"pt_getfpregs", 2, {lwp, pid}},
		{"pt_setfpregs", 2, {lwp, pid}},
		{"pt_getdbregs", 2, {lwp, pid}},
		{"pt_setdbregs", 2, {lwp, pid}},
		{"pt_vm_entry", 3, {pid, 1, first_mapping(pid)}},
		{"pt_vm_timestamp", 2, {pid, ANY}},
		{"pt_setstep", 2, {lwp, pid}},
		{"pt_clearstep", 2, {lwp, pid}},
		{"pt_suspend", 2, {lwp, pid}},
		{"pt_resume", 2, {lwp, pid}},
		{"pt_follow_fork", 3, {pid, 0, 1}},
		{"pt_to_sce", 4, {pid, 0x10000, 1, 0}},
		{"pt_to_scx", 4, {pid, 0x30000, 1, 0}},
		{"pt_syscall", 4, {pid, 0x30000, 1, 0}},
		{"pt_step", 2, {lwp, pid}},
		{"pt_detach_to", 3, {pid, getpid(), 0}},
		{"pt_attach", 2, {pid, getpid()}},
		{"pt_continue", 3, {pid, 1, SIGSTOP}},
		{"pt_kill", 1, {pid}},
	};
	char line[200];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		stop_at_probe(tr, line, sizeof(line));
		expect(line, all[i].name, all[i].n, all[i].values);
	}
}

ATF_TC_WITHOUT_HEAD(probes_have_their_fields_where_the_notes_say);
ATF_TC_BODY(probes_have_their_fields_where_the_notes_say, tc)
{
	int wire[2], status;
	pid_t pid, tr;

	find_probes();
	ATF_REQUIRE_EQ(0, pipe(wire));
	pid = target();
	tr = tracer(wire[0], pid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, tr, NULL, 0));
	ATF_REQUIRE_EQ(tr, bsd_waitpid(tr, &status, 0));
	set_breakpoints(tr);
	look(tr);
	ATF_REQUIRE_EQ(1, write(wire[1], "", 1));
	expect_all(tr, pid);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, tr, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(tr, bsd_waitpid(tr, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
}

/* A child that asks to be traced meets the probe once it is; it has put the breakpoint there itself. */
ATF_TC_WITHOUT_HEAD(traceme_is_met_in_the_child);
ATF_TC_BODY(traceme_is_met_in_the_child, tc)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char line[200];
	int64_t child;
	int status;
	pid_t pid;

	find_probes();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		for (size_t i = 0; i < nprobes; i++) {
			if (strcmp(probes[i].name, "pt_trace_me") != 0)
				continue;
			if (mprotect((void *)(probes[i].at & ~(page - 1)), page, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
				_exit(2);
			*(volatile unsigned char *)probes[i].at = 0xcc;
		}
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 ? 0 : 1);
	}
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP, "status %#x", status);
	describe(pid, line, sizeof(line));
	child = pid;
	expect(line, "pt_trace_me", 1, &child);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_CONTINUE, pid, (caddr_t)1, 0));
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, status);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, probes_have_their_fields_where_the_notes_say);
	ATF_TP_ADD_TC(tp, traceme_is_met_in_the_child);
	return (atf_no_error());
}
