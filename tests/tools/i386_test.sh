#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# 32-bit programs: the headers in them, and truss of them.  What both widths of truss show is in truss_*_test.sh.

source='@SOURCE_ROOT@'
build='@BUILD_ROOT@'
gcc32='gcc -m32 -idirafter /usr/include/x86_64-linux-gnu'

need_32bit()
{
	printf '#include <stdio.h>\nint main(void) { return (puts("") < 0); }\n' >need.c
	$gcc32 -o need need.c 2>/dev/null && ./need >/dev/null ||
		atf_skip "this machine does not build and run 32-bit programs"
}

# A program that forks a child, which becomes another program if one is named.
program()
{
	cat >program.c <<-'END'
	#include <sys/types.h>
	#include <sys/wait.h>
	#include <fcntl.h>
	#include <unistd.h>

	int
	main(int argc, char **argv)
	{
		char c[4];
		int fd = open("/dev/zero", O_RDONLY);
		int status;
		pid_t pid;

		(void)!pread(fd, c, sizeof(c), (off_t)0x123456789);
		if ((pid = fork()) == 0) {
			if (argc > 1)
				execv(argv[1], argv + 1);
			_exit(9);
		}
		waitpid(pid, &status, 0);
		(void)!write(1, "here\n", 5);
		return (0);
	}
	END
	atf_check $gcc32 -D_FILE_OFFSET_BITS=64 -o program program.c
}

# show TRUSS COMMAND...: what truss -f shows, without process ids, in lines.
show()
{
	truss=$1
	shift
	"$truss" -f -o trace "$@" >out 2>&1 </dev/null
	sed 's/^ *[0-9]*: //' trace >lines
}

expect_32bit_lines()
{
	program
	show "$1" ./program
	atf_check -o not-empty grep -x 'pread64(3,"\\0\\0\\0\\0",4,4886718345) = 4 (0x4)' lines
	atf_check -o not-empty grep 'mmap2(' lines
	atf_check -o not-empty grep -x 'exit_group(9)' lines
	atf_check -o not-empty grep 'exited=9' lines
	atf_check -o not-empty grep -x 'write(1,"here\\n",5) = 5 (0x5)' lines
}

atf_test_case truss_of_a_32_bit_program
truss_of_a_32_bit_program_head()
{
	atf_set descr "its calls have their own numbers, arguments in two registers, structs of its width"
}
truss_of_a_32_bit_program_body()
{
	need_32bit
	expect_32bit_lines "$build/tools/truss/truss"
	"$build/tools/truss/truss" -j -o json ./program >/dev/null
	atf_check -o not-empty grep '"syscall":"pread64","abi":"i386"' json
}

atf_test_case truss_follows_from_one_width_to_the_other
truss_follows_from_one_width_to_the_other_head()
{
	atf_set descr "a 32-bit program that runs a 64-bit one, and that a 32-bit one"
}
truss_follows_from_one_width_to_the_other_body()
{
	need_32bit
	program
	show "$build/tools/truss/truss" ./program /bin/sh -c './program; exit 5'
	atf_check -o inline:'2\n' sh -c 'grep -c "^pread64(.*,4886718345) = 4" lines'
	atf_check -o not-empty grep 'exited=5' lines
	atf_check -o empty -s exit:1 grep 'syscall_[0-9]' lines
}

atf_test_case truss_built_for_32_bits
truss_built_for_32_bits_head()
{
	atf_set descr "shows the same of 32-bit programs, and says so when it meets a 64-bit one"
}
truss_built_for_32_bits_body()
{
	need_32bit
	truss32=$build/i386/tools/truss/truss
	[ -x "$truss32" ] || atf_skip "./check builds it before the tests of pairs32"
	expect_32bit_lines "$truss32"
	[ "$(head -c 5 /bin/sh | od -An -tu1 -j4 | tr -d ' ')" = 2 ] || return 0
	atf_check -s exit:1 -o ignore -e match:'runs a 64-bit program' "$truss32" -o out /bin/sh -c ''
}

atf_test_case headers_in_a_32_bit_program
headers_in_a_32_bit_program_head()
{
	atf_set descr "they compile, in C and C++, and a caller whose time_t is not the library's is told"
}
headers_in_a_32_bit_program_body()
{
	need_32bit
	cat >user.c <<-'END'
	#include <bsdptrace.h>

	int
	use(void)
	{
		struct reg32 reg = { 0 };
		struct rusage usage;

		return (bsd_ptrace(PT_GETREGS, 1, (caddr_t)&reg, 0) + bsd_wait4(1, NULL, 0, &usage));
	}
	END
	wider='-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64'
	for compiler in "$gcc32 -xc" "g++ -m32 -xc++" "clang -m32 -xc"; do
		command -v "${compiler%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		set -- $compiler -idirafter /usr/include/x86_64-linux-gnu "-I$source/include" -Wall -S -o /dev/null user.c
		case $compiler in g++*) [ -e /usr/include/c++ ] || continue ;; esac
		"$@" 2>message || atf_fail "$compiler: $(cat message)"
		atf_check -s not-exit:0 -e match:'_TIME_BITS' "$@" $wider
	done
}

atf_init_test_cases()
{
	atf_add_test_case truss_of_a_32_bit_program
	atf_add_test_case truss_follows_from_one_width_to_the_other
	atf_add_test_case truss_built_for_32_bits
	atf_add_test_case headers_in_a_32_bit_program
}
