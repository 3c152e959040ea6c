#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# truss -fc counts what strace -fc counts, call by call, errors included.

truss='@BUILD_ROOT@/tools/truss/truss'
cc='@CC@'

# Calls whose number follows from how threads and processes take turns: waiting for each other, and the memory that
# each thread's malloc takes where another has the arena it would have used.
depends_on_turns='futex restart_syscall sched_yield wait4 waitid rt_sigreturn poll select pselect6 epoll_wait'
depends_on_turns="$depends_on_turns mmap munmap mprotect madvise brk"

compare()
{
	cat <<-'EOF'
	import re, sys
	def read(path, name, calls, errors, width):
	    table = {}
	    for line in open(path):
	        words = line.split()
	        if len(words) >= 4 and re.fullmatch(r'[\d.]+', words[1]) and words[name] != 'total':
	            table[words[name]] = int(words[calls]), int(words[errors]) if len(words) == width else 0
	    return table
	theirs, ours = read('strace.out', -1, 3, 4, 6), read('truss.out', 0, 2, 3, 4)
	ignored = set(sys.argv[1:])
	wrong = [f'{c}: strace {theirs.get(c)}, truss {ours.get(c)}' for c in sorted(set(theirs) | set(ours))
	         if theirs.get(c) != ours.get(c) and c not in ignored]
	print('\n'.join(wrong))
	sys.exit(len(wrong) > 0 or len(theirs) == 0)
	EOF
}

# counts_agree IGNORED COMMAND...: even the same program does not always do the same; three times it must not differ.
counts_agree()
{
	ignored=$1
	shift
	compare >compare.py
	"$@" >/dev/null 2>&1
	for _ in 1 2 3; do
		strace -f -c -o strace.out "$@" >/dev/null 2>&1 || atf_skip "strace cannot trace here"
		"$truss" -f -c -o truss.out "$@" >/dev/null 2>&1 || atf_fail "truss failed"
		# shellcheck disable=SC2086
		python3 compare.py $ignored >differences && return
	done
	cat differences
	atf_fail "the counts differ"
}

needs()
{
	atf_set require.progs "strace python3"
	atf_set timeout 300
}

atf_test_case many_files
many_files_head() { needs; }
many_files_body()
{
	counts_agree '' find /usr/share/doc /usr/share/man /usr/share/zoneinfo -type f
}

atf_test_case compiler
compiler_head() { needs; }
compiler_body()
{
	echo 'int main(void) { return 0; }' >hello.c
	# The names of temporary files are random, and now and then one is taken.
	counts_agree 'getrandom' $cc -o hello hello.c
}

atf_test_case parallel_sort
parallel_sort_head() { needs; }
parallel_sort_body()
{
	seq 1 300000 | shuf >numbers
	counts_agree "$depends_on_turns" sort --parallel=4 -o sorted numbers
}

atf_test_case python_threads
python_threads_head() { needs; }
python_threads_body()
{
	cat >threads.py <<-'EOF'
	import threading
	def run():
	    sum(range(100000))
	    open('/dev/null').read()
	threads = [threading.Thread(target=run) for _ in range(8)]
	[t.start() for t in threads]
	[t.join() for t in threads]
	EOF
	counts_agree "$depends_on_turns" "$(python3 -c 'import sys; print(sys.executable)')" threads.py
}

atf_test_case short_commands
short_commands_head() { needs; }
short_commands_body()
{
	for i in $(seq 200); do echo "/bin/true; echo $i"; done >script
	counts_agree 'wait4' sh script
}

atf_test_case signals_and_failures
signals_and_failures_head() { needs; }
signals_and_failures_body()
{
	cat >failures.c <<-'EOF'
	#include <fcntl.h>
	#include <signal.h>
	#include <sys/time.h>
	#include <sys/wait.h>
	#include <unistd.h>
	static void on_signal(int sig) { }
	int main(void)
	{
		struct sigaction sa = { .sa_handler = on_signal };
		struct itimerval soon = { .it_value.tv_usec = 20000 };
		sigaction(SIGUSR1, &sa, 0);
		sigaction(SIGALRM, &sa, 0);
		for (int i = 0; i < 50; i++) {
			open("/nowhere", O_RDONLY);
			kill(getpid(), SIGUSR1);
			if (vfork() == 0)
				_exit(i);
			wait(0);
		}
		setitimer(ITIMER_REAL, &soon, 0);
		pause();
		return (0);
	}
	EOF
	atf_check -e ignore $cc -w -o failures failures.c
	counts_agree '' ./failures
}

atf_init_test_cases()
{
	atf_add_test_case many_files
	atf_add_test_case compiler
	atf_add_test_case parallel_sort
	atf_add_test_case python_threads
	atf_add_test_case short_commands
	atf_add_test_case signals_and_failures
}
