#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What each room may call: the engine and the simulated host no system interface at all, the edge
# only what threads, fork and errno need.

source='@SOURCE_ROOT@'
build='@BUILD_ROOT@'

# What a room may take from libc: names that never enter the kernel, but for memory, and those
# that the sanitizers put in.
pure='bcmp|malloc|calloc|realloc|reallocarray|free|qsort|bsearch|abort
sig(empty|fill|add|del)set|sigismember|mem(cpy|set|move|cmp|chr)|str(len|nlen|cmp|ncmp|chr|rchr|lcpy|error|errorname_np)|(__)?(v)?snprintf(_chk)?
__(memcpy|memset|memmove)_chk|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_
__(asan|ubsan|sanitizer|sanitizer_cov|tsan|gcov|llvm)_.*'

# libc's threads and locks, fork's and exit's hooks, errno: the edge's alone.
edge='__errno_location|pthread_(mutex|cond|key|once|rwlock|attr)_.*
pthread_(atfork|join|detach|getspecific|setspecific|self|equal|once)
__register_atfork|__cxa_(atexit|thread_atexit_impl)|__tls_get_addr|__dso_handle'

# Names that the objects of the given archives need and do not define between them.
undefined_in()
{
	nm -g --defined-only "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >defined
	nm -u "$@" 2>/dev/null | awk '$1 ~ /^[Uw]$/ { print $2 }' | sort -u | comm -23 - defined
}

# expect_only PATTERNS NAMES...: fail with the names that no pattern covers.
expect_only()
{
	patterns=$(printf '%s' "$1" | tr '\n' '|')
	shift
	strangers=$(printf '%s\n' "$@" | grep -vxE "$patterns|" || true)
	[ -z "$strangers" ] || atf_fail "calls what it must not: $(echo $strangers)"
}

atf_test_case engine_makes_no_system_call
engine_makes_no_system_call_head()
{
	atf_set descr "src/engine needs nothing of the system beyond memory and strings"
}
engine_makes_no_system_call_body()
{
	expect_only "$pure" $(undefined_in "$build/src/libengine.a" "$build/src/libbase.a")
}

atf_test_case simulated_host_makes_no_system_call
simulated_host_makes_no_system_call_head()
{
	atf_set descr "src/host/sim with the engine needs nothing of the system beyond memory and strings"
}
simulated_host_makes_no_system_call_body()
{
	expect_only "$pure" $(undefined_in "$build/src/libengine.a" "$build/src/libhost-sim.a" \
	    "$build/src/libbase.a")
}

atf_test_case edge_calls_locks_alone
edge_calls_locks_alone_head()
{
	atf_set descr "src/api needs locks, fork's hook and errno, and else what the engine and host give it"
}
edge_calls_locks_alone_body()
{
	expect_only "$pure|$edge" $(undefined_in "$build/src/libapi.a" "$build/src/libengine.a" \
	    "$build/src/libbase.a" |
	    grep -vxF "$(nm -g --defined-only "$build/src/libhost-linux.a" 2>/dev/null | awk 'NF == 3 { print $3 }')")
}

# includers PATTERN FOLDER...: the files that include a header whose name fits.
includers()
{
	pattern=$1
	shift
	grep -rlE "^[ 	]*#[ 	]*include[ 	]*[<\"]($pattern)[>\"]" --include='*.[ch]' --include='*.def' "$@"
}

atf_test_case headers_stay_in_their_rooms
headers_stay_in_their_rooms_head()
{
	atf_set descr "Linux's ptrace header is seen by the Linux host and by floors of benchmarks alone, ours never by it, src by no tool"
}
headers_stay_in_their_rooms_body()
{
	cd "$source" || atf_fail "no source"
	strangers=$(includers '(sys|linux|asm)/ptrace\.h' src tools | grep -v '^src/host/linux/')
	[ -z "$strangers" ] || atf_fail "include Linux's <sys/ptrace.h>: $strangers"
	strangers=$(includers 'bsdptrace\.h' src/host/linux)
	[ -z "$strangers" ] || atf_fail "include <bsdptrace.h>: $strangers"
	strangers=$(includers '(\.\./)*(src/)?(api|base|engine|host)/.*' tools benchmarks)
	[ -z "$strangers" ] || atf_fail "include private headers: $strangers"
	strangers=$(includers '(\.\./)*(api|host/linux|host/sim)/.*' src/engine src/base)
	[ -z "$strangers" ] || atf_fail "reach beyond host.h: $strangers"
}

atf_init_test_cases()
{
	atf_add_test_case headers_stay_in_their_rooms
	atf_add_test_case engine_makes_no_system_call
	atf_add_test_case simulated_host_makes_no_system_call
	atf_add_test_case edge_calls_locks_alone
}
