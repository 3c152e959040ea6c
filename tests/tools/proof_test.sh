#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each statement about the requests has a test on a real process and one on the simulated host.

proof="@SOURCE_ROOT@/tests/proof.py"
page="@SOURCE_ROOT@/doc/semantics/requests.md"
tests="@BUILD_ROOT@/tests"

atf_test_case every_statement_is_shown
every_statement_is_shown_head()
{
	atf_set require.progs python3
}
every_statement_is_shown_body()
{
	atf_check -o save:proof.md python3 "$proof" "$tests" "$page"
	atf_check -o match:'^\| io.2 \|.*spec/memory:PIOD_operation_must_be_one_of_four.*sim/requests_data:' cat proof.md
}

# page TEXT...: a page of these lines beside the real one's marks.
page()
{
	cp "$page" page.md
	printf '%s\n' "$@" >>page.md
}

atf_test_case what_is_not_shown_is_told
what_is_not_shown_is_told_head()
{
	atf_set require.progs python3
}
what_is_not_shown_is_told_body()
{
	page '' '- Nobody shows this [zz.1].'
	atf_check -s exit:1 -o ignore -e match:'zz.1 has no test on a real process' \
		-e match:'zz.1 has no test on the simulated host' python3 "$proof" "$tests" page.md
	page '' '- Nobody need show this [zz.1: no row, it is not so].'
	atf_check -o match:'zz.1 .*it is not so' python3 "$proof" "$tests" page.md
	page '' '- This has no name.'
	atf_check -s exit:1 -o ignore -e match:'has no name: - This' python3 "$proof" "$tests" page.md
	page '' '- This has no good one [zz.1: never].'
	atf_check -s exit:1 -o ignore -e match:'zz.1: never. says neither' python3 "$proof" "$tests" page.md
	sed 's/ \[io.2\]//' "$page" >page.md
	atf_check -s exit:1 -o ignore -e match:'shows io.2, which is no statement' python3 "$proof" "$tests" page.md
}

atf_init_test_cases()
{
	atf_add_test_case every_statement_is_shown
	atf_add_test_case what_is_not_shown_is_told
}
