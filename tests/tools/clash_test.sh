#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# <bsdptrace.h> and Linux's <sys/ptrace.h> and <linux/ptrace.h> in one file: every order, C and
# C++, each compiler there is, native names and overlay.  Nothing may compile to the wrong number.

source='@SOURCE_ROOT@'
native="-I$source/include"
overlay="-I$source/include/overlay -I$source/include"

compilers()
{
	for compiler in 'gcc -xc' 'g++ -xc++' 'clang -xc' 'clang++ -xc++'; do
		command -v "${compiler%% *}" >/dev/null && echo "$compiler"
	done
}

# includes HEADER...: as lines of C.
includes()
{
	printf '#include <%s>\n' "$@"
}

# The PT_ names must be FreeBSD's, all of them.
freebsd_numbers()
{
	cat <<-'EOF'
	#ifdef __cplusplus
	#define CHECK(a, b) static_assert((a) == (b), "wrong number")
	#else
	#define CHECK(a, b) _Static_assert((a) == (b), "wrong number")
	#endif
	CHECK(PT_TRACE_ME, 0); CHECK(PT_READ_I, 1); CHECK(PT_READ_D, 2); CHECK(PT_WRITE_I, 4);
	CHECK(PT_WRITE_D, 5); CHECK(PT_CONTINUE, 7); CHECK(PT_KILL, 8); CHECK(PT_STEP, 9);
	CHECK(PT_ATTACH, 10); CHECK(PT_DETACH, 11); CHECK(PT_IO, 12); CHECK(PT_LWPINFO, 13);
	CHECK(PT_GETNUMLWPS, 14); CHECK(PT_GETLWPLIST, 15); CHECK(PT_CLEARSTEP, 16);
	CHECK(PT_SETSTEP, 17); CHECK(PT_SUSPEND, 18); CHECK(PT_RESUME, 19); CHECK(PT_TO_SCE, 20);
	CHECK(PT_TO_SCX, 21); CHECK(PT_SYSCALL, 22); CHECK(PT_FOLLOW_FORK, 23);
	CHECK(PT_GETREGS, 33); CHECK(PT_SETREGS, 34); CHECK(PT_GETFPREGS, 35);
	CHECK(PT_SETFPREGS, 36); CHECK(PT_GETDBREGS, 37); CHECK(PT_SETDBREGS, 38);
	CHECK(PT_VM_TIMESTAMP, 40); CHECK(PT_VM_ENTRY, 41);
	EOF
}

# The PTRACE_ names must be Linux's.
linux_numbers()
{
	cat <<-'EOF'
	CHECK(PTRACE_TRACEME, 0); CHECK(PTRACE_PEEKDATA, 2); CHECK(PTRACE_CONT, 7);
	CHECK(PTRACE_KILL, 8); CHECK(PTRACE_GETREGS, 12); CHECK(PTRACE_SETREGS, 13);
	CHECK(PTRACE_ATTACH, 16); CHECK(PTRACE_DETACH, 17); CHECK(PTRACE_SETOPTIONS, 0x4200);
	CHECK(PTRACE_SEIZE, 0x4206); CHECK(PTRACE_O_TRACEEXEC, 0x10);
	EOF
}

# Both calls, each with requests of its own.
both_calls()
{
	cat <<-'EOF'
	int other(pid_t pid) { return bsd_ptrace(PT_GETREGS, pid, (caddr_t)0, 0); }
	#if !defined(__cplusplus) || !defined(_LINUX_PTRACE_H) /* its plain numbers are no enumerators */
	long one(pid_t pid) { return ptrace(PTRACE_GETREGS, pid, (void *)0, (void *)0); }
	#endif
	long syscall_of_linux(pid_t pid) { return ptrace(BSD_LINUX_PTRACE_SYSCALL, pid, (void *)0, (void *)0); }
	CHECK(BSD_LINUX_PTRACE_SYSCALL, 24);
	EOF
}

freebsd_call()
{
	echo 'int other(pid_t pid) { return ptrace(PT_GETREGS, pid, (caddr_t)0, 0); }'
}

# compiles FLAGS: the program in file.c does, without a warning, with each compiler.
compiles()
{
	compilers | while read -r compiler; do
		echo "== $compiler $1"
		$compiler $1 -Wall -Wextra -Werror -c file.c -o file.o || exit 1
	done
}

# refused FLAGS MESSAGE: it does not, and the message says so.
refused()
{
	compilers | while read -r compiler; do
		echo "== $compiler $1"
		if $compiler $1 -c file.c -o file.o 2>err; then
			echo "compiles"
			exit 1
		fi
		grep -q "$2" err || { cat err; exit 1; }
	done
}

# Every order of our header with Linux's two; %% stands for ours.  glibc itself refuses
# <sys/ptrace.h> after <linux/ptrace.h> where ours is not between them.
orders='%%
%% sys/ptrace.h
sys/ptrace.h %%
%% linux/ptrace.h
linux/ptrace.h %%
%% sys/ptrace.h linux/ptrace.h
sys/ptrace.h %% linux/ptrace.h
sys/ptrace.h linux/ptrace.h %%
%% linux/ptrace.h sys/ptrace.h
linux/ptrace.h %% sys/ptrace.h
sys/ptrace.h %% sys/ptrace.h
%% sys/ptrace.h %%'

# each_order OURS FUNCTION: calls it with the headers of each order in $headers.
each_order()
{
	echo "$orders" | sed "s,%%,$1,g" | while read -r headers; do
		echo "== $headers"
		"$2" || exit 1
	done || atf_fail "see above"
}

atf_test_case native_every_order
native_every_order_head()
{
	atf_set descr "PT_ names are FreeBSD's and PTRACE_ names Linux's, whichever header comes first"
	atf_set require.progs gcc g++
}
native_every_order_body()
{
	check()
	{
		{ includes $headers; freebsd_numbers; linux_numbers; both_calls; } >file.c
		compiles "$native"
	}
	each_order bsdptrace.h check
}

atf_test_case overlay_every_order
overlay_every_order_head()
{
	atf_set descr "The same for source written for FreeBSD, whose <sys/ptrace.h> is ours"
	atf_set require.progs gcc g++
}
overlay_every_order_body()
{
	check()
	{
		{ includes $headers; freebsd_numbers; linux_numbers; freebsd_call; } >file.c
		compiles "$overlay"
		nm -u file.o | grep -q ' bsd_ptrace$' || atf_fail "not the library's ptrace"
	}
	each_order sys/ptrace.h check
	each_order "sys/ptrace.h sys/wait.h machine/reg.h" check
	each_order "sys/wait.h sys/ptrace.h" check
}

atf_test_case ambiguous_name_is_refused
ambiguous_name_is_refused_head()
{
	atf_set descr "PTRACE_SYSCALL, two things in one file, does not compile and says what to write"
	atf_set require.progs gcc g++
}
ambiguous_name_is_refused_body()
{
	for headers in bsdptrace.h "bsdptrace.h sys/ptrace.h" "sys/ptrace.h bsdptrace.h" \
	    "linux/ptrace.h bsdptrace.h" "linux/ptrace.h bsdptrace.h sys/ptrace.h"; do
		{ includes $headers; echo 'int f(void) { return PTRACE_SYSCALL; }'; } >file.c
		refused "$native" BSD_LINUX_PTRACE_SYSCALL || atf_fail "see above: $headers"
		{ includes $headers; echo 'long f(void) { return ptrace(PTRACE_SYSCALL, 1, 0, 0); }'; } >file.c
		refused "$native" BSD_LINUX_PTRACE_SYSCALL || atf_fail "see above: $headers"
	done
	{ includes sys/ptrace.h; echo 'int f(void) { return ptrace(PTRACE_SYSCALL, 1, 0, 0); }'; } >file.c
	refused "$overlay" BSD_LINUX_PTRACE_SYSCALL || atf_fail "see above"
}

atf_test_case linux_only_names_are_refused
linux_only_names_are_refused_head()
{
	atf_set descr "A PT_ name of Linux's that FreeBSD lacks does not pass for another request"
	atf_set require.progs gcc g++
}
linux_only_names_are_refused_body()
{
	theirs=$(echo '#include <sys/ptrace.h>' | gcc -E -dM -xc - | sed -n 's/^#define \(PT_[A-Z_]*\) .*/\1/p')
	ours=$(echo '#include <bsdptrace.h>' | gcc $native -E -dM -xc - | sed -n 's/^#define \(PT_[A-Z_]*\) [0-9].*/\1/p')
	[ -n "$theirs" ] && [ -n "$ours" ] || atf_fail "no names found"
	for name in $theirs; do
		! echo "$ours" | grep -qx "$name" || continue
		for headers in "bsdptrace.h sys/ptrace.h" "sys/ptrace.h bsdptrace.h"; do
			{ includes $headers; echo "int f(void) { return $name; }"; } >file.c
			refused "$native" "$name" || atf_fail "see above: $headers"
		done
	done
}

atf_init_test_cases()
{
	atf_add_test_case native_every_order
	atf_add_test_case overlay_every_order
	atf_add_test_case ambiguous_name_is_refused
	atf_add_test_case linux_only_names_are_refused
}
