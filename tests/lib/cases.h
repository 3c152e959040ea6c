/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Test cases that need no list: they are run in the order they are written.  One file includes this once.  A case's
 * name says what must hold; shows, which statements of the semantics it proves (tests/proof.py), is its X-shows.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <atf-c.h>

struct test_case {
	atf_tc_t *tc;
	const atf_tc_pack_t *pack;
	struct test_case *next;
};
static struct test_case *test_cases, **test_next = &test_cases;

#define TEST_CASE(name, user, shows)                                                                       \
	ATF_TC(name);                                                                               \
	ATF_TC_HEAD(name, tc)                                                                       \
	{                                                                                           \
		atf_tc_set_md_var(tc, "timeout", "90"); /* a sanitizer's fork takes long to step over */ \
		if ((user)[0] != '\0')                                                              \
			atf_tc_set_md_var(tc, "require.user", "%s", user);                          \
		if ((shows)[0] != '\0')                                                             \
			atf_tc_set_md_var(tc, "X-shows", "%s", shows);                              \
	}                                                                                           \
	static void __attribute__((constructor)) test_add_##name(void)                              \
	{                                                                                           \
		static struct test_case this = { &atfu_##name##_tc, &atfu_##name##_tc_pack, NULL }; \
		*test_next = &this;                                                                 \
		test_next = &this.next;                                                             \
	}                                                                                           \
	ATF_TC_BODY(name, tc)

ATF_TP_ADD_TCS(tp)
{
	struct test_case *c;
	atf_error_t error;
	char **config;

	for (c = test_cases; c != NULL; c = c->next) {
		if ((config = atf_tp_get_config(tp)) == NULL)
			return (atf_no_memory_error());
		error = atf_tc_init_pack(c->tc, c->pack, (const char *const *)config);
		atf_utils_free_charpp(config);
		if (atf_is_error(error) || atf_is_error(error = atf_tp_add_tc(tp, c->tc)))
			return (error);
	}
	return (atf_no_error());
}

#endif
