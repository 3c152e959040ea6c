/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a real process, by every way that some kernel has: with and without forced access by the memory
 * file, with and without the query of the map, where reads make a stack grow and where they do not.
 */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/linux/probe.h"
#include "target.h"

#define HOST_TEST(name) TEST_CASE(name, "", "")
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static uint64_t
stack_start(void)
{
	target_maps();
	for (size_t i = 0; i < target_nlines; i++)
		if (strcmp(target_lines[i].name, "[stack]") == 0)
			return (target_lines[i].start);
	atf_tc_fail("no stack");
}

static void
stack_stays(void)
{
	uint64_t low;
	char bytes[64] = "";
	size_t len;

	target_begin();
	low = stack_start();
	for (size_t down = 1; down < 100; down *= 3) {
		len = sizeof(bytes);
		ATF_REQUIRE_EQ(EFAULT, ops->read_mem(&lh.lh_host, target, target, low - down * PAGE, bytes, &len));
		ATF_REQUIRE_EQ(0, len);
		len = sizeof(bytes);
		ATF_REQUIRE_EQ(EFAULT, ops->write_mem(&lh.lh_host, target, target, low - down * PAGE, bytes, &len));
		ATF_REQUIRE_EQ(0, len);
		ATF_REQUIRE_EQ(low, stack_start());
		len = sizeof(bytes);
		ATF_REQUIRE_EQ(0, ops->read_mem(&lh.lh_host, target, target, low, bytes, &len));
		ATF_REQUIRE_EQ(0, ops->write_mem(&lh.lh_host, target, target, low, bytes, &len));
	}
	target_end();
}

HOST_TEST(stack_does_not_grow)
{
	stack_stays();
}

HOST_TEST(stack_does_not_grow_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	stack_stays();
	probe_set(FT_READ_STAYS, false);
	stack_stays();
}

static char area[3 * 4096] __attribute__((aligned(4096)));

/* Nothing but the words of PTRACE_PEEKDATA and PTRACE_POKEDATA is left where the memory file refuses. */
HOST_TEST(forced_access_by_words)
{
	char *closed = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char out[37], in[37];
	size_t len = sizeof(out);

	ATF_REQUIRE(closed != MAP_FAILED && fixed != MAP_FAILED);
	target_begin();
	/* A file of memory that neither reads nor writes. */
	ATF_REQUIRE_EQ(0, kept_open(&lwp_find(&lh, target)->l_proc->x_mem, "/dev/null", O_PATH));
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 5 + 1);
	ATF_REQUIRE_EQ(0, ops->write_mem(&lh.lh_host, target, target, (uintptr_t)fixed + 3, out, &len));
	ATF_REQUIRE_EQ(sizeof(out), len);
	ATF_REQUIRE_EQ(0, ops->read_mem(&lh.lh_host, target, target, (uintptr_t)fixed + 3, in, &len));
	ATF_REQUIRE_EQ(0, memcmp(in, out, sizeof(in)));
	ATF_REQUIRE_EQ(0, ops->write_mem(&lh.lh_host, target, target, (uintptr_t)closed + PAGE - 37, out, &len));
	memset(in, 0, sizeof(in));
	ATF_REQUIRE_EQ(0, ops->read_mem(&lh.lh_host, target, target, (uintptr_t)closed + PAGE - 37, in, &len));
	ATF_REQUIRE_EQ(0, memcmp(in, out, sizeof(in)));
	len = sizeof(in);
	ATF_REQUIRE_EQ(0, ops->write_mem(&lh.lh_host, target, target, (uintptr_t)area + 4096 - 5, out, &len));
	ATF_REQUIRE_EQ(0, ops->read_mem(&lh.lh_host, target, target, (uintptr_t)area + 4096 - 5, in, &len));
	ATF_REQUIRE_EQ(0, memcmp(in, out, sizeof(in)));
	target_end();
}
