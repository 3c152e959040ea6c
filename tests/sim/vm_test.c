/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_VM_TIMESTAMP and PT_VM_ENTRY on the simulated host, whose maps are known.  Spec: memory.md, 2 and 3.
 */
#include "cases.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#include "scenes.h"

#define CALL(code, arg) {.sa_what = SA_CALL, .sa_call = (code), .sa_arg = (arg)}
#define STOP	       CALL(SC_RAISE, SIGUSR1)

/* Stops after each of: a mapping, nothing, another mapping, its end, an exec. */
static const struct sim_action maps[] = {CALL(SC_MMAP, 2), STOP, CALL(SC_GETPID, 0), STOP, CALL(SC_MMAP, 0), STOP,
    CALL(SC_MUNMAP, 0), STOP, CALL(SC_MUNMAP, 0), STOP, CALL(SC_EXEC, 0), {.sa_what = SA_END}};

static struct run run;
static struct sim_proc *sp;

static void
fail(const char *message)
{
	atf_tc_fail("%s", message);
}

static int
req(int request, void *addr, int *result)
{
	return (ask(&run, request, SIM_FIRST, addr, 0, result));
}

static void
next_stop(void)
{
	struct wait_spec ws = {.ws_idtype = P_ALL, .ws_options = WEXITED | WTRAPPED};
	struct wait_report wr;

	ATF_REQUIRE_EQ(do_wait(&run, &ws, &wr), 0);
	ATF_REQUIRE(WIFSTOPPED(wr.wr_status));
}

static void
go(void)
{
	ATF_REQUIRE_EQ(do_answer(&run, oracle_proc(&run.rn_oracle, SIM_FIRST), PT_CONTINUE, SIM_FIRST, 0), 0);
	next_stop();
}

static void
begin(void)
{
	static const struct scene scene = {.sn_name = "vm", .sn_script = maps};

	schedule_failed = fail;
	sp = scene_begin(&run, &scene);
	ATF_REQUIRE_EQ(do_attach(&run, sp), 0);
	next_stop();
}

static void
end(void)
{
	ATF_REQUIRE_EQ(do_answer(&run, oracle_proc(&run.rn_oracle, SIM_FIRST), PT_DETACH, SIM_FIRST, 0), 0);
	scene_end(&run);
}

static int
timestamp(void)
{
	int stamp;

	ATF_REQUIRE_EQ(req(PT_VM_TIMESTAMP, NULL, &stamp), 0);
	return (stamp);
}

static struct ptrace_vm_entry
entry(int index, char *path, u_int size)
{
	struct ptrace_vm_entry pve = {.pve_entry = index, .pve_path = path, .pve_pathlen = size};
	int result;

	ATF_REQUIRE_EQ(req(PT_VM_ENTRY, &pve, &result), 0);
	ATF_REQUIRE_EQ(result, 0);
	return (pve);
}

/* It fails, and what was there is there still, the size of the path excepted. */
static void
refused(int error, struct ptrace_vm_entry *pve, u_int size)
{
	struct ptrace_vm_entry was = *pve;
	int result;

	ATF_REQUIRE_EQ(req(PT_VM_ENTRY, pve, &result), error);
	ATF_REQUIRE_EQ(pve->pve_pathlen, size);
	was.pve_pathlen = size;
	ATF_REQUIRE_EQ(memcmp(&was, pve, sizeof(was)), 0);
}

TEST_CASE(timestamp_changes_with_the_map_and_only_then, "", "vm.1 num.40")
{
	int was;

	begin();
	was = timestamp();
	ATF_REQUIRE_EQ(timestamp(), was);
	ATF_REQUIRE_EQ(entry(0, NULL, 0).pve_timestamp, was);
	for (int i = 0; i < 6; i++) {
		go();
		if (i == 1 || i == 4)
			ATF_REQUIRE_EQ_MSG(timestamp(), was, "at stop %d", i);
		else
			ATF_REQUIRE_MSG(timestamp() != was, "at stop %d", i);
		was = timestamp();
		ATF_REQUIRE_EQ(entry(i % 2, NULL, 0).pve_timestamp, was);
	}
	end();
}

TEST_CASE(entries_are_those_of_the_map, "", "vm.1 num.41")
{
	struct ptrace_vm_entry pve;
	struct host_mapping hm;

	begin();
	go();
	for (int i = 0; i < (int)sim_map_entries(sp); i++) {
		pve = entry(i, NULL, 0);
		hm = sim_mapping(sp, (size_t)i);
		ATF_REQUIRE_EQ(pve.pve_entry, i + 1);
		ATF_REQUIRE_EQ(pve.pve_start, hm.hm_start);
		ATF_REQUIRE_EQ(pve.pve_end, hm.hm_end - 1);
		ATF_REQUIRE_EQ(pve.pve_offset, hm.hm_offset);
		ATF_REQUIRE_EQ(pve.pve_prot, hm.hm_prot);
		ATF_REQUIRE_EQ(pve.pve_fileid, -1);
		ATF_REQUIRE_EQ(pve.pve_fsid, UINT32_MAX);
		ATF_REQUIRE_EQ(pve.pve_pathlen, 0);
	}
	end();
}

TEST_CASE(index_is_checked, "", "vm.1 err.2 err.4")
{
	struct ptrace_vm_entry pve;
	int n, bad[] = {-1, INT_MIN, 1, 2, INT_MAX};

	begin();
	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_pathlen = 0;
	n = (int)sim_map_entries(sp);
	pve.pve_entry = n;
	refused(ENOENT, &pve, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pve.pve_entry = bad[i] > 0 && bad[i] < 3 ? n + bad[i] : bad[i];
		refused(EINVAL, &pve, 0);
	}
	end();
}

TEST_CASE(file_is_told_to_who_asks_for_its_path, "", "vm.1")
{
	char path[32] = "ggggggggggggggggggggggggggggggg";
	struct ptrace_vm_entry pve;

	begin();
	pve = entry(0, path, sizeof(path));
	ATF_REQUIRE_STREQ(path, "/sim/text");
	ATF_REQUIRE_EQ(path[10], 'g');
	ATF_REQUIRE_EQ(pve.pve_pathlen, 10);
	ATF_REQUIRE(pve.pve_fileid == 11 && pve.pve_fsid == 7 && pve.pve_path == path);
	pve = entry(1, SIM_BAD, sizeof(path)); /* no path to store */
	ATF_REQUIRE(pve.pve_fileid == -1 && pve.pve_fsid == UINT32_MAX && pve.pve_pathlen == 0);
	pve = entry(3, SIM_BAD, sizeof(path)); /* a file that has none any more */
	ATF_REQUIRE(pve.pve_fileid == 12 && pve.pve_fsid == 7 && pve.pve_pathlen == 0);
	end();
}

TEST_CASE(too_small_a_buffer_learns_the_size, "", "vm.1 err.4")
{
	char path[32] = "gggggggggggg";
	struct ptrace_vm_entry pve;

	begin();
	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = 0;
	pve.pve_path = path;
	for (u_int size = 1; size < 10; size++) {
		pve.pve_pathlen = size;
		refused(ENAMETOOLONG, &pve, 10);
		ATF_REQUIRE_STREQ(path, "gggggggggggg");
	}
	ATF_REQUIRE_EQ(entry(0, path, 10).pve_pathlen, 10);
	ATF_REQUIRE_STREQ(path, "/sim/text");
	end();
}

TEST_CASE(bad_addresses_are_EFAULT, "", "vm.1")
{
	struct ptrace_vm_entry pve;
	int result;

	begin();
	ATF_REQUIRE_EQ(req(PT_VM_ENTRY, SIM_BAD, &result), EFAULT);
	ATF_REQUIRE_EQ(ask(&run, PT_VM_ENTRY, 99999, SIM_BAD, 0, &result), EFAULT);
	memset(&pve, 0x5a, sizeof(pve));
	pve.pve_entry = 0;
	pve.pve_path = SIM_BAD;
	pve.pve_pathlen = 32;
	refused(EFAULT, &pve, 32);
	end();
}

TEST_CASE(no_memory_for_the_map, "", "vm.1")
{
	struct ptrace_vm_entry pve;
	int result;

	begin();
	memset(&pve, 0, sizeof(pve));
	run.rn_sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = ENOMEM};
	refused(ENOMEM, &pve, 0);
	run.rn_sim.sim_fault = (struct sim_fault){.sf_at = 1, .sf_error = ENOMEM};
	ATF_REQUIRE_EQ(req(PT_VM_TIMESTAMP, NULL, &result), ENOMEM);
	(void)timestamp();
	end();
}

TEST_CASE(killed_before_it_is_asked, "", "vm.1")
{
	struct ptrace_vm_entry pve;
	int result;

	begin();
	memset(&pve, 0, sizeof(pve));
	sim_signal(&run.rn_sim, sp, NULL, SIGKILL, false);
	ATF_REQUIRE_EQ(req(PT_VM_TIMESTAMP, NULL, &result), ESRCH);
	refused(ESRCH, &pve, 0);
	while (oracle_proc(&run.rn_oracle, SIM_FIRST) != NULL && run.rn_oracle.or_exits == 0) {
		struct wait_spec ws = {.ws_idtype = P_ALL, .ws_options = WEXITED | WTRAPPED};
		struct wait_report wr;

		(void)do_wait(&run, &ws, &wr);
	}
	scene_end(&run);
}
