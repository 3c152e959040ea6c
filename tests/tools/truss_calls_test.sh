#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The table of system calls is complete: the kernel's headers, strace.

source='@SOURCE_ROOT@'
generator="$source/data/gen_calls.py"
cc='@CC@'

# generate CC ARGUMENT...: the generator with another compiler command.
generate()
{
	compiler=$1
	shift
	# shellcheck disable=SC2086
	python3 "$generator" "$@" --cc $compiler
}

atf_test_case a_call_that_is_lacking_is_an_error
a_call_that_is_lacking_is_an_error_head()
{
	atf_set descr "headers with a call that the table does not have stop the build"
	atf_set require.progs python3
}
a_call_that_is_lacking_is_an_error_body()
{
	mkdir -p newer/asm
	printf '#include_next <asm/unistd_64.h>\n#define __NR_make_coffee 999\n' >newer/asm/unistd_64.h
	! generate "$cc -Inewer" --narg narg.c 2>message || atf_fail "it went through"
	atf_check -o match:'calls.def lacks make_coffee, which <asm/unistd_64.h> has' cat message
}

atf_test_case a_number_that_contradicts_is_an_error
a_number_that_contradicts_is_an_error_head()
{
	atf_set descr "so does a number in the table that the headers contradict"
	atf_set require.progs python3
}
a_number_that_contradicts_is_an_error_body()
{
	mkdir -p newer/asm
	printf '#include_next <asm/unistd_64.h>\n#undef __NR_cachestat\n#define __NR_cachestat 999\n' >newer/asm/unistd_64.h
	! generate "$cc -Inewer" --narg narg.c 2>message || atf_fail "it went through"
	atf_check -o match:'cachestat is 999 in the headers, not 451' cat message
}

atf_test_case no_call_of_strace_is_missing
no_call_of_strace_is_missing_head()
{
	atf_set descr "every call that strace has a name for, in 64-bit and 32-bit code, is in the table"
	atf_set require.progs "strace python3"
}
no_call_of_strace_is_missing_body()
{
	[ "$(uname -m)" = x86_64 ] || atf_skip "written for x86-64"
	# Every number is tried; a filter lets none of them happen.
	cat >every.c <<-'EOF'
	#include <linux/filter.h>
	#include <linux/seccomp.h>
	#include <stddef.h>
	#include <sys/prctl.h>
	#include <sys/syscall.h>
	#include <unistd.h>
	#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
	int main(int argc, char **argv)
	{
		struct sock_filter code[] = { LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 38) };
		struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
		for (long n = 0; n < 600; n++) {
			long r = n;
			if (n == SYS_exit_group || (argc == 1 && (n == 335 || n == 336)))
				continue; /* uretprobe and uprobe kill */
			if (argc > 1)
				__asm__ volatile("int $0x80" : "+a"(r) : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory");
			else
				syscall(n, 0, 0, 0, 0, 0, 0);
		}
		syscall(SYS_exit_group, 0);
	}
	EOF
	atf_check -e ignore $cc -w -o every every.c
	strace -o strace.64 ./every || true
	strace -o strace.32 ./every 32 || true
	generate "$cc" --names >names
	sed -nE 's/^([a-z_0-9]+)\(.*/\1/p' strace.64 strace.32 | grep -v '^syscall_0x' | sort -u >theirs
	[ "$(wc -l <theirs)" -gt 300 ] || atf_fail "strace named only $(wc -l <theirs) calls"
	LC_ALL=C sort -u theirs >a && LC_ALL=C sort -u names >b && LC_ALL=C comm -23 a b >missing
	[ ! -s missing ] || { cat missing; atf_fail "strace names these, and the table does not"; }
}

atf_test_case no_call_of_the_headers_is_missing
no_call_of_the_headers_is_missing_head()
{
	atf_set descr "every call that the kernel's headers number is in the table"
	atf_set require.progs python3
}
no_call_of_the_headers_is_missing_body()
{
	generate "$cc" --names >names
	for abi in 64 32; do
		printf '#include <asm/unistd_%s.h>\n' $abi | $cc -E -dM -xc - | sed -n 's/^#define __NR_\([a-z_][a-z_0-9]*\) .*/\1/p'
	done | LC_ALL=C sort -u >headers
	[ "$(wc -l <headers)" -gt 300 ] || atf_fail "no calls in the headers"
	LC_ALL=C sort -u names >b
	atf_check -o empty env LC_ALL=C comm -23 headers b
}

atf_test_case argument_counts
argument_counts_head()
{
	atf_set descr "counts for the library: values of 8 bytes take two registers of 32-bit code"
	atf_set require.progs python3
}
argument_counts_body()
{
	generate "$cc" --narg narg.c
	cat >check.c <<-'EOF'
	#include <asm/unistd_64.h>
	#include <stdio.h>
	#include "narg.h"
	static int is(const char *what, unsigned got, unsigned want)
	{
		if (got != want)
			printf("%s: %u, not %u\n", what, got, want);
		return (got != want);
	}
	#define IS(name, want) is(#name, x86_64_narg[__NR_ ## name], want)
	#define IS32(number, want) is("i386 " #number, i386_narg[number], want)
	int main(void)
	{
		return (IS(read, 3) + IS(getpid, 0) + IS(openat, 4) + IS(mmap, 6) + IS(exit_group, 1) + IS(pread64, 4) +
		    IS(clone, 5) + IS(rt_sigreturn, 0) + IS(futex, 6) + IS(sendto, 6) + IS(execve, 3) + IS(prctl, 5) +
		    IS32(4, 3) + IS32(180, 5) + IS32(90, 1) + IS32(192, 6) + IS32(250, 5) + IS32(272, 6) + IS32(193, 3) > 0);
	}
	EOF
	atf_check -e ignore $cc -I"$source/data" -o check check.c narg.c
	atf_check ./check
}

atf_init_test_cases()
{
	atf_add_test_case a_call_that_is_lacking_is_an_error
	atf_add_test_case a_number_that_contradicts_is_an_error
	atf_add_test_case no_call_of_strace_is_missing
	atf_add_test_case no_call_of_the_headers_is_missing
	atf_add_test_case argument_counts
}
