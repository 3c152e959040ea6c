/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory of a real process, by every way that some kernel has: with and without forced access by the memory
 * file, with and without the query of the map, where reads make a stack grow and where they do not.
 */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/linux/memory.h"
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
	ATF_REQUIRE_EQ(0, kept_open(&memory_get(lwp_find(&lh, target)->l_proc)->me_file, "/dev/null", O_PATH));
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

/* ---- what is known of the memory, and what becomes of that when the process runs ---- */

#define OFTEN 40 /* enough for all that is learnt */

static int
reads(const void *at, void *to, size_t len)
{
	return (ops->read_mem(&lh.lh_host, target, target, (uintptr_t)at, to, &len));
}

static int
writes(const void *at, const void *from, size_t len)
{
	return (ops->write_mem(&lh.lh_host, target, target, (uintptr_t)at, from, &len));
}

static char *
map_at(char *at, size_t pages, int prot)
{
	char *p = mmap(at, pages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | (at == NULL ? 0 : MAP_FIXED_NOREPLACE), -1, 0);

	ATF_REQUIRE(p != MAP_FAILED);
	for (size_t i = 0; i < pages * PAGE; i++)
		p[i] = (char)(i * 3 + i / PAGE);
	ATF_REQUIRE_EQ(0, mprotect(p, pages * PAGE, prot));
	return (p);
}

static long
do_unmap(long page)
{
	return (munmap((void *)page, PAGE));
}

static long
do_close(long page)
{
	return (mprotect((void *)page, PAGE, PROT_NONE));
}

static long
do_nothing(long arg)
{
	return (arg);
}

static long
do_look(long at)
{
	return (*(volatile char *)at);
}

/* The same, on every kernel. */
static void
on_all_kernels(void (*test)(void))
{
	test();
	probe_set(FT_MAP_QUERY, false);
	test();
	probe_set(FT_READ_STAYS, false);
	test();
}

static void
read_until_unmapped(void)
{
	char *p = map_at(NULL, 3, PROT_READ | PROT_WRITE), here[3 * 4096];

	target_begin();
	for (int i = 0; i < OFTEN; i++) {
		ATF_REQUIRE_EQ(0, reads(p + PAGE + i, here, 8));
		ATF_REQUIRE_EQ(0, memcmp(p + PAGE + i, here, 8));
		ATF_REQUIRE_EQ(0, reads(p + PAGE - 4, here, 8));
		ATF_REQUIRE_EQ(0, memcmp(p + PAGE - 4, here, 8));
	}
	ATF_REQUIRE_EQ(0, target_does(do_unmap, (long)p + (long)PAGE));
	for (int i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(EFAULT, reads(p + PAGE, here, 8));
		ATF_REQUIRE_EQ(EFAULT, writes(p + PAGE, here, 8));
		ATF_REQUIRE_EQ(EFAULT, reads(p + PAGE - 4, here, 8));
		ATF_REQUIRE_EQ(0, reads(p + PAGE - 8, here, 8));
		ATF_REQUIRE_EQ(0, reads(p + 2 * PAGE, here, 8));
	}
	target_end();
	(void)munmap(p, 3 * PAGE);
}

HOST_TEST(memory_that_was_known_may_be_unmapped)
{
	on_all_kernels(read_until_unmapped);
}

static void
write_until_closed(void)
{
	char *p = map_at(NULL, 1, PROT_READ | PROT_WRITE), in[8];

	target_begin();
	for (int i = 0; i < OFTEN; i++)
		ATF_REQUIRE_EQ(0, writes(p + 8 * i, "abcdefg", 8));
	ATF_REQUIRE_EQ('a', target_does(do_look, (long)p + 8 * (OFTEN - 1)));
	for (int i = 0; i < OFTEN; i++)
		ATF_REQUIRE_EQ(0, writes(p + 8 * i, "ABCDEFG", 8));
	ATF_REQUIRE_EQ(0, target_does(do_close, (long)p));
	for (int i = 0; i < OFTEN; i++) {
		ATF_REQUIRE(reads(p + 8 * i, in, 8) == 0 && memcmp(in, "ABCDEFG", 8) == 0);
		ATF_REQUIRE_EQ(0, writes(p + 8 * i, "gfedcba", 8));
		ATF_REQUIRE(reads(p + 8 * i, in, 8) == 0 && memcmp(in, "gfedcba", 8) == 0);
	}
	target_end();
	(void)munmap(p, PAGE);
}

HOST_TEST(memory_that_was_known_may_be_closed)
{
	on_all_kernels(write_until_closed);
}

static void
force_over_runs(void)
{
	size_t len = 20 * PAGE;
	char *p = map_at(NULL, 20, PROT_READ), *here = malloc(len), *in = malloc(len);

	target_begin();
	for (int i = 0; i < OFTEN; i++) {
		memset(here, 'a' + i % 20, len);
		ATF_REQUIRE_EQ(0, writes(p + i, here, 8));
		ATF_REQUIRE_EQ(0, writes(p + 5 * PAGE, here, 10 * PAGE));
		ATF_REQUIRE(reads(p + i, in, 8) == 0 && memcmp(in, here, 8) == 0);
		ATF_REQUIRE(reads(p + 5 * PAGE, in, 10 * PAGE) == 0 && memcmp(in, here, 10 * PAGE) == 0);
		if (i % 3 == 0)
			ATF_REQUIRE_EQ('a' + i % 20, target_does(do_look, (long)p + i));
	}
	ATF_REQUIRE_EQ(0, target_does(do_unmap, (long)p));
	ATF_REQUIRE_EQ(EFAULT, writes(p, here, 8));
	ATF_REQUIRE_EQ(EFAULT, reads(p, here, 8));
	ATF_REQUIRE_EQ(0, writes(p + PAGE, here, 8));
	ATF_REQUIRE_EQ(0, p[0]); /* ours is another */
	target_end();
	(void)munmap(p, len);
	free(here);
	free(in);
}

HOST_TEST(forced_writes_stay_forced)
{
	on_all_kernels(force_over_runs);
}

static long
do_map(long at)
{
	void *p = mmap((void *)at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return ((long)p == at ? 0 : -1);
}

/* Forced there once, a write must not be tried again where it would make the stack grow. */
static void
force_below_the_stack(void)
{
	uint64_t low;
	char *gap;

	target_begin();
	low = stack_start();
	gap = (char *)(uintptr_t)(low - 300 * PAGE);
	ATF_REQUIRE_EQ(0, target_does(do_map, (long)gap));
	for (int i = 0; i < OFTEN; i++)
		ATF_REQUIRE_EQ(0, writes(gap, "abcdefg", 8));
	ATF_REQUIRE_EQ(0, target_does(do_unmap, (long)gap));
	for (int i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(EFAULT, writes(gap, "abcdefg", 8));
		ATF_REQUIRE_EQ(EFAULT, reads(gap, (char[8]){0}, 8));
	}
	ATF_REQUIRE_EQ(low, stack_start());
	target_end();
}

HOST_TEST(forced_write_below_the_stack_is_not_tried_again)
{
	on_all_kernels(force_below_the_stack);
}

static void
stack_stays_when_known(void)
{
	char bytes[64] = "";
	uint64_t low;
	size_t len;

	target_begin();
	low = stack_start();
	for (int i = 0; i < OFTEN; i++) {
		ATF_REQUIRE_EQ(0, reads((char *)(uintptr_t)low, bytes, 8));
		len = 8;
		ATF_REQUIRE_EQ(EFAULT, ops->read_mem(&lh.lh_host, target, target, low - 4, bytes, &len));
		ATF_REQUIRE_EQ(0, len);
		ATF_REQUIRE_EQ(EFAULT, writes((char *)(uintptr_t)low - 4, bytes, 8));
	}
	ATF_REQUIRE_EQ(low, stack_start());
	target_end();
}

HOST_TEST(stack_that_is_known_does_not_grow)
{
	on_all_kernels(stack_stays_when_known);
}

/* More ranges than are remembered, of all kinds, in an order that is not theirs. */
static void
many_ranges(void)
{
	enum { N = 40 };
	static const int prots[] = {PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE, PROT_EXEC};
	char *p[N], in[8], out[8];
	unsigned r = 1;

	for (size_t i = 0; i < N; i++)
		p[i] = map_at(NULL, 2, prots[i % 4]);
	target_begin();
	for (int i = 0; i < 3000; i++) {
		char *at;

		r = r * 1103515245 + 12345;
		at = p[r / 65536 % N] + r / 512 % (2 * PAGE - 8);
		memcpy(out, &r, sizeof(r));
		memcpy(out + 4, &i, sizeof(i));
		ATF_REQUIRE_EQ(0, writes(at, out, 8));
		ATF_REQUIRE(reads(at, in, 8) == 0 && memcmp(in, out, 8) == 0);
		if (i % 100 == 0)
			ATF_REQUIRE_EQ(i, target_does(do_nothing, i));
	}
	target_end();
	for (size_t i = 0; i < N; i++)
		(void)munmap(p[i], 2 * PAGE);
}

HOST_TEST(more_ranges_than_are_remembered)
{
	on_all_kernels(many_ranges);
}

static void
pieces_of_a_large_access(void)
{
	static const size_t sizes[] = {8191, 8192, 8193, 1 << 20, (1 << 20) + 1, 3u << 20, (5u << 20) + 4097};
	size_t most = (5u << 20) + 8192;
	char *p = map_at(NULL, most / PAGE + 1, PROT_READ | PROT_WRITE), *here = malloc(most);

	target_begin();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t skip = 0; skip < 4096; skip = 5 * skip + 1) {
			size_t len = sizes[i];

			memset(here, 0, most);
			ATF_REQUIRE_EQ(0, reads(p + skip, here, len));
			ATF_REQUIRE_EQ(0, memcmp(p + skip, here, len));
			for (size_t k = 0; k < len; k++)
				here[k] = (char)~here[k];
			ATF_REQUIRE_EQ(0, writes(p + skip, here, len));
			memset(here, 0, most);
			ATF_REQUIRE_EQ(0, reads(p + skip, here, len));
			ATF_REQUIRE_EQ((char)~p[skip + len - 1], here[len - 1]);
			ATF_REQUIRE_EQ((char)~p[skip + len / 2], here[len / 2]);
			ATF_REQUIRE_EQ(0, writes(p + skip, p + skip, len));
		}
	target_end();
	(void)munmap(p, (most / PAGE + 1) * PAGE);
	free(here);
}

HOST_TEST(large_access_in_pieces)
{
	pieces_of_a_large_access();
}

/* The call is refused, as by a filter of system calls. */
HOST_TEST(other_ways_do_where_process_vm_readv_is_refused)
{
	char *p = map_at(NULL, 20, PROT_READ | PROT_WRITE), *here = malloc(20 * PAGE);

	target_begin();
	memory_get(lwp_find(&lh, target)->l_proc)->me_refused = true;
	for (int i = 0; i < OFTEN; i++) {
		ATF_REQUIRE(reads(p + i, here, 8) == 0 && memcmp(p + i, here, 8) == 0);
		ATF_REQUIRE(reads(p + i, here, 15 * PAGE) == 0 && memcmp(p + i, here, 15 * PAGE) == 0);
		ATF_REQUIRE_EQ(0, writes(p + i, p + i, 15 * PAGE));
	}
	target_end();
	free(here);
}
