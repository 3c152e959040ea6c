#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# How truss begins and ends: exit status, errors, attaching and letting go.

truss='@BUILD_ROOT@/tools/truss/truss'
cc='@CC@'

atf_test_case status_is_the_commands
status_is_the_commands_body()
{
	ulimit -c 0
	atf_check -s exit:0 -e ignore "$truss" true
	atf_check -s exit:7 -e ignore "$truss" sh -c 'exit 7'
	atf_check -s exit:7 -e ignore "$truss" -f -c sh -c '(exit 3); exit 7'
	atf_check -s signal:kill -e ignore "$truss" sh -c 'kill -KILL $$'
	atf_check -s signal:term -e ignore "$truss" -j sh -c 'kill -TERM $$'
	atf_check -s signal:segv -e ignore "$truss" sh -c 'kill -SEGV $$'
}

atf_test_case own_failures
own_failures_body()
{
	atf_check -s exit:127 -e inline:"truss: no-such-command: No such file or directory\n" "$truss" no-such-command
	atf_check -s exit:127 -e inline:"truss: ./nothing: No such file or directory\n" "$truss" ./nothing
	echo text >text
	atf_check -s exit:126 -e inline:"truss: ./text: Permission denied\n" "$truss" ./text
	chmod +x text
	atf_check -s exit:126 -e inline:"truss: ./text: Exec format error\n" "$truss" ./text
	atf_check -s exit:1 \
	    -e inline:"truss: cannot attach: PT_ATTACH 4000000: there is no such process or thread, or not in this pid namespace: look with ps -eL\n" \
	    "$truss" -p 4000000
	atf_check -s exit:1 -e match:'^truss: unknown option -Z$' "$truss" -Z true
	atf_check -s exit:1 -e match:'^usage: ' "$truss"
	atf_check -s exit:1 -e match:'^truss: a command and -p exclude each other$' "$truss" -p 1 true
	atf_check -s exit:1 -e match:'^truss: -s x: not a number' "$truss" -s x true
	atf_check -o match:'^usage: ' "$truss" --help
	atf_check -o match:'^truss \(bsdptrace\) @VERSION@$' "$truss" --version
}

# A process with threads, one of which sleeps, one of which works; it counts in a file that it is alive.
sleeper()
{
	cat >sleeper.c <<-'EOF'
	#include <pthread.h>
	#include <stdio.h>
	#include <unistd.h>
	static void *run(void *arg) { for (;;) usleep(1000); }
	int main(void)
	{
		pthread_t t;
		for (int i = 0; i < 3; i++) pthread_create(&t, NULL, run, NULL);
		for (unsigned n = 0;; n++) {
			FILE *f = fopen("alive.new", "w");
			fprintf(f, "%u\n", n);
			fclose(f);
			rename("alive.new", "alive");
			usleep(5000);
		}
	}
	EOF
	atf_check -e ignore $cc -pthread -w -o sleeper sleeper.c
	./sleeper &
	sleeper=$!
	echo $sleeper >sleeper.pid
	until [ -s alive ]; do sleep 0.02; done
}

kill_sleeper()
{
	[ ! -s sleeper.pid ] || kill -KILL "$(cat sleeper.pid)"
}

still_alive()
{
	before=$(cat alive)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(cat alive)" = "$before" ] || break
		sleep 0.1
	done
	[ "$(cat alive)" != "$before" ] || atf_fail "the process does not run any more"
	grep -q '^TracerPid:[^0-9]*0$' /proc/$sleeper/status || atf_fail "the process is still traced"
	! grep -q '^State:[^A-Za-z]*[tT]' /proc/$sleeper/task/*/status || atf_fail "a thread is stopped"
}

# until_written FILE: waits for truss to have written something.
until_written()
{
	until [ -s "$1" ]; do sleep 0.02; done
}

atf_test_case signals_let_go cleanup
signals_let_go_body()
{
	sleeper
	for signal in INT TERM HUP QUIT; do
		rm -f trace
		"$truss" -f -o trace -p $sleeper &
		tracer=$!
		until_written trace
		kill -$signal $tracer
		wait $tracer && status=0 || status=$?
		[ $status = 0 ] || atf_fail "status $status after SIG$signal"
		still_alive
	done
}
signals_let_go_cleanup()
{
	kill_sleeper
}

atf_test_case sudden_death_lets_go cleanup
sudden_death_lets_go_head()
{
	atf_set descr "processes that truss attached to survive its being killed"
}
sudden_death_lets_go_body()
{
	sleeper
	"$truss" -f -o trace -p $sleeper &
	tracer=$!
	until_written trace
	kill -KILL $tracer
	wait $tracer 2>/dev/null || true
	still_alive
}
sudden_death_lets_go_cleanup()
{
	kill_sleeper
}

atf_test_case closed_pipe_lets_go cleanup
closed_pipe_lets_go_body()
{
	sleeper
	"$truss" -f -p $sleeper 2>&1 | head -n 20 >trace
	[ "$(wc -l <trace)" = 20 ] || atf_fail "not 20 lines"
	still_alive
}
closed_pipe_lets_go_cleanup()
{
	kill_sleeper
}

atf_test_case closed_pipe_ends_command
closed_pipe_ends_command_body()
{
	{ "$truss" yes 2>&1 >/dev/null; echo $? >status; } | head -n 3 >trace
	[ "$(wc -l <trace)" = 3 ] || atf_fail "not 3 lines"
	atf_check -o inline:"141\n" cat status
}

atf_test_case several_processes cleanup
several_processes_body()
{
	sleeper
	first=$sleeper
	sh -c 'while :; do sleep 0.05; done' &
	second=$!
	echo "$second" >second.pid
	"$truss" -o trace -p $first -p $second &
	tracer=$!
	for pid in $first $second; do
		until grep -q "^ *$pid: " trace 2>/dev/null; do sleep 0.05; done
	done
	kill -TERM $tracer
	wait $tracer || atf_fail "status $?"
	still_alive
	sleeper=$second
	grep -q '^TracerPid:[^0-9]*0$' /proc/$second/status || atf_fail "the second is still traced"
}
several_processes_cleanup()
{
	kill_sleeper
	kill -KILL "$(cat second.pid)"
}

atf_test_case attached_process_ends
attached_process_ends_body()
{
	sh -c 'sleep 0.5; exit 5' &
	atf_check -s exit:0 -e match:'process exit, rval = 5' "$truss" -p $!
}

atf_test_case call_in_progress_is_shown cleanup
call_in_progress_is_shown_head()
{
	atf_set descr "what a process sleeps in is shown as soon as it is attached to"
}
call_in_progress_is_shown_body()
{
	mkfifo pipe
	sh -c 'read line <pipe; read line; :' &
	echo $! >sleeper.pid
	until grep -q '^[0-9]' /proc/$!/syscall 2>/dev/null; do sleep 0.05; done
	sleep 0.2
	"$truss" -o trace -p "$(cat sleeper.pid)" &
	tracer=$!
	until [ -s trace ]; do sleep 0.05; done
	kill -TERM $tracer
	wait $tracer || atf_fail "status $?"
	atf_check -o inline:'openat(AT_FDCWD,"pipe",O_RDONLY <unfinished ...>\n' head -n 1 trace
}
call_in_progress_is_shown_cleanup()
{
	kill_sleeper
}

atf_test_case signal_is_passed_on
signal_is_passed_on_head()
{
	atf_set descr "a signal to truss alone reaches the command, and truss shows what becomes of it"
}
signal_is_passed_on_body()
{
	"$truss" -o trace sh -c 'trap "exit 9" TERM; while :; do sleep 0.05; done' &
	tracer=$!
	until grep -q 'clone\|fork' trace 2>/dev/null; do sleep 0.05; done
	kill -TERM $tracer
	wait $tracer && status=0 || status=$?
	[ $status = 9 ] || atf_fail "status $status"
	grep -q "^SIGNAL 15 (SIGTERM) code=SI_USER, pid=$tracer," trace || atf_fail "the signal is not shown"
}

atf_test_case interrupt_from_the_terminal
interrupt_from_the_terminal_head()
{
	atf_set descr "Ctrl-C reaches the command once, and truss shows it"
	atf_set require.progs python3
}
interrupt_from_the_terminal_body()
{
	python3 -c 'import pty; pty.openpty()' 2>/dev/null || atf_skip "no pseudo-terminals here"
	cat >terminal.py <<-'EOF'
	import os, pty, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.execv(sys.argv[1], sys.argv[1:])
	text = b''
	while b'ready' not in text:
	    text += os.read(fd, 4096)
	time.sleep(0.1)
	os.write(fd, b'\x03')
	try:
	    while (more := os.read(fd, 4096)):
	        text += more
	except OSError:
	    pass
	print('status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	EOF
	cat >command.sh <<-'EOF'
	trap 'echo got one; n=$((n + 1))' INT
	echo ready
	until [ -n "$n" ]; do sleep 0.1; done
	sleep 0.3
	exit $n
	EOF
	atf_check -o inline:"status 1\n" python3 terminal.py "$truss" -o trace sh command.sh
	atf_check -o match:'^SIGNAL 2 \(SIGINT\) code=SI_KERNEL' cat trace
	atf_check -o inline:"status -2\n" python3 terminal.py "$truss" -f sh -c 'echo ready; sleep 20; :'
}

atf_init_test_cases()
{
	atf_add_test_case status_is_the_commands
	atf_add_test_case own_failures
	atf_add_test_case signals_let_go
	atf_add_test_case sudden_death_lets_go
	atf_add_test_case closed_pipe_lets_go
	atf_add_test_case closed_pipe_ends_command
	atf_add_test_case several_processes
	atf_add_test_case attached_process_ends
	atf_add_test_case call_in_progress_is_shown
	atf_add_test_case signal_is_passed_on
	atf_add_test_case interrupt_from_the_terminal
}
