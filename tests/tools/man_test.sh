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
	for request in $(sed -n 's/^#define \(PT_[A-Z_]*\) [0-9].*/\1/p' "$source/include/bsdptrace.h" \
	    "$source"/include/bsdptrace/reg-*.h); do
		[ "$request" != PT_FIRSTMACH ] || continue
		grep -q "^\.It Dv .*$request" "$source/doc/man/bsd_ptrace.3" || atf_fail "$request is not described"
	done
}

# Lines "errno request", one for each error that a request has of its own.
errors_of_table()
{
	awk 'BEGIN { RS = "REQUEST[(]" } NR > 1 {
		name = $1; sub(/,.*/, "", name)
		while (match($0, /E[(]E[A-Z0-9]+[)]/)) {
			print substr($0, RSTART + 2, RLENGTH - 3), name
			$0 = substr($0, RSTART + RLENGTH)
		}
	}' "$source/src/engine/request.def" | sort -u
}

errors_of_page()
{
	awk '/^\.Sh/ { errors = $2 == "ERRORS" } !errors { next }
	$1 == ".It" { error = $4 }
	/^\.(Dv|Pq)/ { for (i = 2; i <= NF; i++) if ($i ~ /^PT_/) print error, $i }' \
	    "$source/doc/man/bsd_ptrace.3" | sort -u
}

atf_test_case errors_are_those_of_the_table
errors_are_those_of_the_table_head()
{
	atf_set descr "bsd_ptrace(3) lists each error that the engine's table of requests has"
}
errors_are_those_of_the_table_body()
{
	errors_of_table >table
	errors_of_page >page
	[ -s table ] && [ -s page ] || atf_fail "nothing found"
	# EPERM of PT_ATTACH is one that all requests share.
	comm -23 table page | grep -vx 'EPERM PT_ATTACH' >missing || true
	[ ! -s missing ] || { cat missing; atf_fail "not in the manual"; }
}

atf_test_case every_call_has_a_page
every_call_has_a_page_head()
{
	atf_set descr "each function of the headers is in the synopsis of some page"
}
every_call_has_a_page_body()
{
	for call in $(sed -n 's/^[a-z].*[ *]\(bsd_[a-z0-9_]*\)(.*/\1/p' "$source"/include/bsdptrace*.h); do
		grep -qE "^\.F[no] $call( |\$)" "$source"/doc/man/*.3 || atf_fail "$call has no page"
	done
}

atf_init_test_cases()
{
	atf_add_test_case lint
	atf_add_test_case every_request_is_described
	atf_add_test_case errors_are_those_of_the_table
	atf_add_test_case every_call_has_a_page
}
