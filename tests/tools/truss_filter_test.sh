#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# truss -f -t: the kernel stops the command at the calls that are shown alone, and nobody but the clock can tell.

truss='@BUILD_ROOT@/tools/truss/truss'
cc='@CC@'

# It has threads, processes and programs, and makes the same calls whenever it runs.
program()
{
	cat >program.c <<-'EOF'
	#define _GNU_SOURCE
	#include <errno.h>
	#include <pthread.h>
	#include <signal.h>
	#include <stdio.h>
	#include <string.h>
	#include <sys/syscall.h>
	#include <sys/wait.h>
	#include <time.h>
	#include <unistd.h>
	static void calls(int n) { while (n-- > 0) { syscall(SYS_getppid); syscall(SYS_getuid); } }
	static void *run(void *arg) { calls(20); return arg; }
	static void handler(int sig) { calls(1); }
	int main(int argc, char **argv)
	{
		struct timespec t = { 0, 1000000 };
		pthread_t threads[3];
		if (argc > 1) {
			calls(3);
			return argc;
		}
		signal(SIGUSR1, handler);
		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, run, NULL);
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
		raise(SIGUSR1);
		for (int i = 0; i < 3; i++) {
			pid_t pid = i == 0 ? vfork() : fork();
			if (pid == 0) {
				if (i < 2)
					execl("/proc/self/exe", argv[0], "again", NULL);
				calls(2);
				_exit(i);
			}
			waitpid(-1, NULL, 0);
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
		syscall(999);
		return 0;
	}
	EOF
	atf_check -e ignore $cc -pthread -w -o program program.c
}

# What is there of JSON lines if one does not look at when, who and where.
essence()
{
	sed -E 's/"(time|seconds|duration|pid|tid|child|si_pid|tgid|ret)":[^,}]*//g; s/0x[0-9a-f]+//g' "$1" | sort
}

# shows_the_same ARGUMENT...
shows_the_same()
{
	atf_check -s ignore -o ignore -e ignore "$truss" -f -j -o filtered "$@"
	atf_check -s ignore -o ignore -e ignore "$truss" --every-stop -f -j -o plain "$@"
	essence filtered >filtered.essence
	essence plain >plain.essence
	[ -s filtered ] || atf_fail "nothing is shown: $*"
	cmp -s filtered.essence plain.essence || {
		diff plain.essence filtered.essence
		atf_fail "not the same: $*"
	}
}

atf_test_case output_is_the_same
output_is_the_same_body()
{
	program
	for calls in getppid getuid,getppid exit exit_group execve wait4 fork,vfork,clone,clone3 clock_nanosleep \
	    rt_sigreturn syscall_999 restart_syscall; do
		shows_the_same -t "$calls" ./program
	done
	# What threads wait for each other by depends on who is first.
	for calls in '!getppid' '!read,openat,execve' '!restart_syscall'; do
		shows_the_same -t "$calls,futex,brk,mmap,munmap,mprotect,madvise,getrandom,wait4" ./program
	done
	shows_the_same -c -t syscall_999 ./program
	shows_the_same -S -t getppid ./program
}

atf_test_case output_is_the_same_of_both_widths
output_is_the_same_of_both_widths_body()
{
	cat >small.s <<-'EOF'
	.globl _start
	_start:
	movl $20, %eax
	int $0x80
	movl $64, %eax
	int $0x80
	movl $1000000, %eax
	int $0x80
	movl $1, %eax
	movl $3, %ebx
	int $0x80
	EOF
	{ as --32 -o small.o small.s && ld -m elf_i386 -o small small.o; } 2>/dev/null ||
	    atf_skip "no assembler for 32 bits"
	./small
	[ $? = 3 ] || atf_skip "no 32-bit programs here"
	for calls in getpid getppid getpid,getppid '!getpid' exit; do
		shows_the_same -t "$calls" ./small
	done
	case $(uname -m) in x86_64)
		shows_the_same -t getpid sh -c './small; echo $PPID' ;;
	esac
}

# stops ARGUMENT...: how often truss waited
stops()
{
	strace -o calls -e trace=wait4 "$truss" -f -o trace "$@"
	grep -c '^wait4(.*WIFSTOPPED' calls
}

atf_test_case no_more_stops_than_needed
no_more_stops_than_needed_head()
{
	atf_set require.progs strace
}
no_more_stops_than_needed_body()
{
	cat >many.c <<-'EOF'
	#define _GNU_SOURCE
	#include <sys/syscall.h>
	#include <unistd.h>
	int main(void)
	{
		for (int i = 0; i < 1000; i++)
			syscall(i % 100 == 0 ? SYS_getuid : SYS_getppid);
		return 0;
	}
	EOF
	atf_check -e ignore $cc -w -o many many.c
	strace -o /dev/null -f true || atf_skip "strace does not work here"
	none=$(stops -t syscall_999 ./many)
	few=$(stops -t getuid ./many)
	all=$(stops --every-stop -t getuid ./many)
	[ "$none" -lt 10 ] || atf_fail "$none stops to begin and end"
	[ $((few - none)) = 20 ] || atf_fail "$((few - none)) stops for 10 calls"
	[ "$all" -gt 2000 ] || atf_fail "$all stops at 1000 calls"
	[ "$(grep -c getuid trace)" = 10 ] || atf_fail "not all calls are shown"
}

atf_test_case who_has_a_filter
who_has_a_filter_head()
{
	atf_set descr "the command of -f -t, and nobody else"
}
who_has_a_filter_body()
{
	has='grep Seccomp: /proc/self/status'
	atf_check -o match:'2$' "$truss" -f -t getppid -o trace $has
	atf_check -o match:'2$' "$truss" -f -t getppid -o trace sh -c "(exec $has)"
	mine=$($has)
	atf_check -o inline:"$mine\n" "$truss" -t getppid -o trace $has
	atf_check -o inline:"$mine\n" "$truss" -f -o trace $has
	atf_check -o inline:"$mine\n" "$truss" -f --every-stop -t getppid -o trace $has
}

atf_test_case beginning_and_end_are_the_same
beginning_and_end_are_the_same_body()
{
	ulimit -c 0
	t='-f -t getppid -o trace'
	atf_check -s exit:127 -e inline:"truss: no-such-command: No such file or directory\n" "$truss" $t no-such-command
	echo text >text
	chmod +x text
	atf_check -s exit:126 -e inline:"truss: ./text: Exec format error\n" "$truss" $t ./text
	atf_check -s exit:7 "$truss" $t sh -c '(exit 3); exit 7'
	atf_check -s signal:kill "$truss" $t sh -c 'kill -KILL $$'
	atf_check -s signal:term "$truss" -j $t sh -c 'kill -TERM $$'
	atf_check -s exit:0 -o inline:"hello\n" "$truss" -f -t execve,execveat,openat -o trace sh -c '/bin/echo hello'
	# The calls that begin a program are among those that are shown.
	atf_check -s exit:0 -o inline:"hello\n" "$truss" -f -t '!getppid' -o trace sh -c '/bin/echo hello'
}

# It sleeps until there is a file, and then makes calls that are shown.
later()
{
	cat >later.sh <<-'EOF'
	echo $$ >ready
	trap 'echo term >>signals' TERM
	until [ -e go ]; do sleep 0.05; done
	/bin/echo opened >result
	cat result
	exit 5
	EOF
}

atf_test_case left_it_still_works
left_it_still_works_head()
{
	atf_set descr "the second signal has truss show nothing more; the command lacks nothing, and truss waits for all of it"
}
left_it_still_works_body()
{
	later
	"$truss" -f -t openat,read,write,exit_group,execve -o trace sh later.sh >output &
	tracer=$!
	until [ -s ready ]; do sleep 0.05; done
	kill -TERM $tracer
	until [ -s signals ]; do sleep 0.05; done
	kill -TERM $tracer
	# Once that is taken notice of no line is added any more.
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		before=$(wc -c <trace)
		sleep 0.2
		[ "$(wc -c <trace)" != "$before" ] || break
	done
	[ "$(wc -c <trace)" = "$before" ] || atf_fail "it goes on showing"
	kill -0 $tracer || atf_fail "truss has left"
	: >go
	wait $tracer && status=0 || status=$?
	[ $status = 5 ] || atf_fail "status $status"
	atf_check -o inline:"opened\n" cat output
	! grep -q opened trace || atf_fail "it goes on showing"
}

atf_test_case closed_pipe_ends_command
closed_pipe_ends_command_body()
{
	{ "$truss" -f -t write yes 2>&1 >/dev/null; echo $? >status; } | head -n 3 >trace
	[ "$(wc -l <trace)" = 3 ] || atf_fail "not 3 lines"
	atf_check -o inline:"141\n" cat status
}

atf_test_case closed_pipe_is_survived
closed_pipe_is_survived_head()
{
	atf_set descr "a command that ignores SIGPIPE makes the calls that were shown when nobody reads any more"
}
closed_pipe_is_survived_body()
{
	later
	cat >ignores.sh <<-'EOF'
	trap '' PIPE
	i=0
	while [ $i -lt 200 ]; do : <ignores.sh; i=$((i + 1)); done
	exec sh later.sh
	EOF
	: >go
	{ "$truss" -f -t openat,read,write sh ignores.sh 2>&1 >output; echo $? >status; } | head -n 3 >trace
	atf_check -o inline:"5\n" cat status
	atf_check -o inline:"opened\n" cat output
}

atf_test_case killed_it_takes_the_command_along cleanup
killed_it_takes_the_command_along_body()
{
	later
	"$truss" -f -t openat -o trace sh later.sh >output &
	tracer=$!
	until [ -s ready ]; do sleep 0.05; done
	pid=$(cat ready)
	kill -KILL $tracer
	wait $tracer 2>/dev/null || true
	while [ -e /proc/$pid ] && ! grep -q '^State:.*Z' /proc/$pid/status 2>/dev/null; do sleep 0.05; done
	[ ! -e result ] || atf_fail "it went on"
}
killed_it_takes_the_command_along_cleanup()
{
	[ ! -s ready ] || kill -KILL "$(cat ready)" 2>/dev/null || true
}

# asks FILE: a program that says who it is and what it may not become
asks()
{
	cat >asks.c <<-'EOF'
	#define _GNU_SOURCE
	#include <stdio.h>
	#include <sys/prctl.h>
	#include <unistd.h>
	int main(void)
	{
		printf("euid %d nnp %d\n", (int)geteuid(), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		return 0;
	}
	EOF
	atf_check -e ignore $cc -w -o "$1" asks.c
}

atf_test_case rights_are_those_of_a_trace
rights_are_those_of_a_trace_head()
{
	atf_set descr "a set-user-id program has under truss -f -t the rights it has under truss"
	atf_set require.user root
	atf_set require.progs setpriv
}
rights_are_those_of_a_trace_body()
{
	asks asks
	chmod 755 .
	[ "$(setpriv --reuid 65534 --regid 65534 --clear-groups ./asks)" = "euid 65534 nnp 0" ] ||
	    atf_skip "others cannot come here"
	chown 65533 asks
	chmod 4755 asks
	[ "$(./asks)" = "euid 65533 nnp 0" ] || atf_skip "no set-user-id programs here"
	# Root may keep what they are.
	atf_check -o inline:"euid 65533 nnp 0\n" "$truss" -f --every-stop -t getppid -o trace ./asks
	atf_check -o inline:"euid 65533 nnp 0\n" "$truss" -f -t getppid -o trace ./asks
	# Others see them without, either way.
	mkdir -m 777 others
	for way in --every-stop -S; do
		rm -f others/trace
		setpriv --reuid 65534 --regid 65534 --clear-groups "$truss" $way -f -t getppid -o others/trace ./asks \
		    >said || atf_skip "others may not trace here"
		atf_check -o match:"^euid 65534 " cat said
	done
	# Who has the right to trace all, but not to install a filter, keeps the program what it is too.
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$truss" -f -t getppid -o trace ./asks >said ||
	    atf_fail "without CAP_SYS_ADMIN: $(cat said)"
	atf_check -o inline:"euid 65533 nnp 0\n" cat said
}

atf_init_test_cases()
{
	atf_add_test_case output_is_the_same
	atf_add_test_case output_is_the_same_of_both_widths
	atf_add_test_case no_more_stops_than_needed
	atf_add_test_case who_has_a_filter
	atf_add_test_case beginning_and_end_are_the_same
	atf_add_test_case left_it_still_works
	atf_add_test_case closed_pipe_ends_command
	atf_add_test_case closed_pipe_is_survived
	atf_add_test_case killed_it_takes_the_command_along
	atf_add_test_case rights_are_those_of_a_trace
}
