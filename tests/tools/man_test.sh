#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The manual: clean mdoc, and true to the header.

source='@SOURCE_ROOT@'

atf_test_case lint
lint_head()
{
	atf_set descr "mandoc -T lint has nothing to say of any page"
	atf_set require.progs mandoc
}
lint_body()
{
	for page in "$source"/doc/man/*.[1-9]; do
		mandoc -T lint "$page" >messages 2>&1 || true
		# mandoc looks references up among the pages of this machine.
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' messages >>all || true
	done
	[ ! -s all ] || { cat all; atf_fail "see above"; }
}

atf_test_case every_request_is_described
every_request_is_described_head()
{
	atf_set descr "bsd_ptrace(3) has an entry for each request of the header"
}
every_request_is_described_body()
{
	for request in $(sed -n 's/^#define \(PT_[A-Z_]*\) [0-9].*/\1/p' "$source/include/bsdptrace.h"); do
		[ "$request" != PT_FIRSTMACH ] || continue
		grep -q "^\.It Dv .*$request" "$source/doc/man/bsd_ptrace.3" || atf_fail "$request is not described"
	done
}

atf_test_case every_call_has_a_page
every_call_has_a_page_head()
{
	atf_set descr "each function of the header is in the synopsis of some page"
}
every_call_has_a_page_body()
{
	for call in $(sed -n 's/^[a-z].*[ *]\(bsd_[a-z0-9_]*\)(.*/\1/p' "$source/include/bsdptrace.h"); do
		grep -qE "^\.F[no] $call( |\$)" "$source"/doc/man/*.3 || atf_fail "$call has no page"
	done
}

atf_init_test_cases()
{
	atf_add_test_case lint
	atf_add_test_case every_request_is_described
	atf_add_test_case every_call_has_a_page
}
