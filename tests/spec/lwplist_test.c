/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_GETNUMLWPS and PT_GETLWPLIST.  Spec: requests.md, 6.
 */
/* one wait */
#include "spec.h"

#include <limits.h>
#include <unistd.h>

SPEC_TEST(number_is_that_of_the_threads, "lwps.1")
{
	int n;

	for (n = 1; n < 6; n++) {
		struct puppet *pp = puppet_attached(n);

		ATF_REQUIRE_EQ(n, ptrace(PT_GETNUMLWPS, pp->pid, (caddr_t)1, -1)); /* neither is looked at */
		puppet_end(pp);
	}
}

SPEC_TEST(list_has_every_thread_once, "list.2")
{
	struct puppet *pp = puppet_attached(5);
	lwpid_t list[8], lwp;
	int i, k, n;

	n = ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 8);
	ATF_REQUIRE_EQ(5, n);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(list[i], INFO(list[i]).pl_lwpid);
		for (k = 0; k < i; k++)
			ATF_REQUIRE(list[i] != list[k]);
	}
	for (i = 0; i < 5; i++) {
		lwp = puppet_lwp(pp, i);
		for (k = 0; k < n && list[k] != lwp; k++)
			;
		ATF_REQUIRE(k < n);
	}
	puppet_end(pp);
}

static void
list_is_oldest_first(struct puppet *pp, int n)
{
	lwpid_t list[8];
	int i;

	ATF_REQUIRE_EQ(n, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 8));
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(list[i], puppet_lwp(pp, i));
	ASK(PT_GETNUMLWPS, pp->pid, NULL, 0);
}

SPEC_TEST(list_of_an_attached_process_is_oldest_first, "list.5")
{
	struct puppet *pp = puppet_attached(6);

	list_is_oldest_first(pp, 6);
	puppet_end(pp);
}

SPEC_TEST(list_of_threads_born_under_trace_is_oldest_first, "list.5")
{
	struct puppet *pp = puppet_traced();
	int i;

	for (i = 1; i < 5; i++) {
		puppet_will(pp, 0, do_new_thread, i);
		puppet_will(pp, 0, do_raise, SIGUSR1);
		GO(pp->pid, 0);
		EXPECT_STOP(pp->pid, SIGUSR1);
	}
	list_is_oldest_first(pp, 5);
	puppet_end(pp);
}

SPEC_TEST(fewer_slots_than_threads_is_no_error, "list.3")
{
	struct puppet *pp = puppet_attached(4);
	lwpid_t all[4], list[4];
	int n, i;

	ATF_REQUIRE_EQ(4, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)all, 4));
	for (n = 1; n <= 4; n++) {
		memset(list, 0x5a, sizeof(list));
		ATF_REQUIRE_EQ(n, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, n));
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(all[i], list[i]);
		for (; i < 4; i++)
			ATF_REQUIRE_EQ(0x5a5a5a5a, list[i]);
	}
	puppet_end(pp);
}

SPEC_TEST(more_slots_than_threads_are_left_alone, "list.2")
{
	struct puppet *pp = puppet_attached(2);
	lwpid_t list[3] = { 1, 2, 3 };

	ATF_REQUIRE_EQ(2, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, INT_MAX));
	ATF_REQUIRE_EQ(3, list[2]);
	puppet_end(pp);
}

SPEC_TEST(no_slots_is_EINVAL, "list.1")
{
	struct puppet *pp = puppet_attached(1);
	lwpid_t list[1];

	REFUSED(EINVAL, PT_GETLWPLIST, pp->pid, list, 0);
	REFUSED(EINVAL, PT_GETLWPLIST, pp->pid, list, -1);
	REFUSED(EINVAL, PT_GETLWPLIST, pp->pid, list, INT_MIN);
	puppet_end(pp);
}

SPEC_TEST(bad_address_is_EFAULT, "list.4")
{
	struct puppet *pp = puppet_attached(1);

	REFUSED(EFAULT, PT_GETLWPLIST, pp->pid, NULL, 1);
	REFUSED(EFAULT, PT_GETLWPLIST, pp->pid, 8, 100);
	puppet_end(pp);
}

SPEC_TEST(thread_in_the_list_is_found_by_every_request, "call.4 chk.2 thr.1")
{
	struct puppet *pp = puppet_attached(3);
	lwpid_t list[3];
	int i;

	ATF_REQUIRE_EQ(3, ptrace(PT_GETLWPLIST, pp->pid, (caddr_t)list, 3));
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(3, ptrace(PT_GETNUMLWPS, list[i], NULL, 0));
		ASK(PT_SUSPEND, list[i], NULL, 0);
		ASK(PT_RESUME, list[i], NULL, 0);
		ASK(PT_CLEARSTEP, list[i], NULL, 0);
	}
	puppet_end(pp);
}
