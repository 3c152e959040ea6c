/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The caller's memory, wherever it is: moved, or EFAULT, the first time and every other.
 */
#include "cases.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define HOST_TEST(name) TEST_CASE(name, "", "")
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static struct linux_host lh = {.lh_self = 0};

static void
works(char *at, size_t len)
{
	char *here = malloc(len);

	lh.lh_self = getpid();
	for (int i = 0; i < 3; i++) {
		memset(here, 'a' + i, len);
		ATF_REQUIRE_EQ(0, lx_copyout(&lh.lh_host, here, at, len));
		memset(here, 0, len);
		ATF_REQUIRE_EQ(0, lx_copyin(&lh.lh_host, at, here, len));
		for (size_t k = 0; k < len; k++)
			ATF_REQUIRE_EQ('a' + i, here[k]);
	}
	free(here);
}

static void
fails(const void *at, size_t len, bool in, bool out)
{
	char here[64] = "";

	lh.lh_self = getpid();
	for (int i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(in ? EFAULT : 0, lx_copyin(&lh.lh_host, at, here, len));
		ATF_REQUIRE_EQ(out ? EFAULT : 0, lx_copyout(&lh.lh_host, here, (void *)(uintptr_t)at, len));
	}
}

static char filled[10] = "filled", empty[20000];
static const char constant[64] = "constant";
static void *(*const made_constant[8])(size_t) = {malloc}; /* when it is linked */

static void *
on_another_stack(void *arg)
{
	char bytes[5000];

	(void)arg;
	works(bytes, sizeof(bytes));
	works(filled, sizeof(filled));
	return (NULL);
}

HOST_TEST(memory_of_any_kind_is_moved)
{
	char bytes[5000], *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
	pthread_t thread;

	works(bytes, sizeof(bytes));
	works(filled, sizeof(filled));
	works(empty, sizeof(empty));
	works(p + 10, 2 * PAGE);
	for (size_t len = 1; len < 1u << 20; len = 3 * len + 1) {
		ATF_REQUIRE((q = malloc(len)) != NULL);
		works(q, len);
		free(q);
	}
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, on_another_stack, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
}

HOST_TEST(bad_addresses_are_EFAULT)
{
	static const uintptr_t bad[] = {0, 1, 8, 4096, UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX / 2 + 1};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fails((void *)bad[i], 8, true, true);
	fails(constant, 16, false, true);
	fails((const void *)made_constant, sizeof(made_constant), false, true);
	fails("literal", 8, false, true);
}

/* What was good once may be bad the next time, if the program has mapped it. */
HOST_TEST(memory_that_was_taken_away_is_EFAULT)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	works(p + PAGE - 10, 20);
	ATF_REQUIRE_EQ(0, mprotect(p + PAGE, PAGE, PROT_READ));
	fails(p + PAGE - 10, 20, false, true);
	ATF_REQUIRE_EQ(0, mprotect(p, PAGE, PROT_NONE));
	fails(p + PAGE - 10, 20, true, true);
	fails(p, 10, true, true);
	ATF_REQUIRE_EQ(0, munmap(p, 2 * PAGE));
	fails(p + PAGE, 10, true, true);
}

HOST_TEST(heap_that_became_smaller_is_EFAULT)
{
	char *p = sbrk((intptr_t)(64 * PAGE)), *last;

	ATF_REQUIRE(p != (char *)-1);
	last = (char *)(((uintptr_t)p + 64 * PAGE - 1) & ~(PAGE - 1)) - PAGE;
	works(last, 20);
	works(last + PAGE - 10, 10);
	ATF_REQUIRE(brk(last) == 0);
	fails(last, 20, true, true);
	fails(last - 10, 20, true, true);
}
