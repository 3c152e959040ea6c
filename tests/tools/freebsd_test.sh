#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Programs written for FreeBSD's ptrace, in tests/tools/freebsd, compiled unchanged with what pkg-config says of
# bsdptrace-overlay, and used.

build='@BUILD_ROOT@'
programs='@SOURCE_ROOT@/tests/tools/freebsd'

# program NAME...: compiled with every compiler there is; the last one's is kept.
program()
{
	[ '@SANITIZE@' = none ] || atf_skip "a build with sanitizers is not for installing"
	meson install -C "$build" --no-rebuild --quiet --destdir "$PWD/root" >install.log 2>&1 ||
	    { cat install.log; atf_fail "meson install failed"; }
	root=$PWD/root@PREFIX@
	PKG_CONFIG_PATH=$root/@LIBDIR@/pkgconfig
	LD_LIBRARY_PATH=$root/@LIBDIR@
	export PKG_CONFIG_PATH LD_LIBRARY_PATH
	flags=$(pkg-config --define-variable=prefix="$root" --cflags --libs bsdptrace-overlay)
	for name; do
		for compiler in '@CC@ -std=gnu99' '@CC@ -std=c99' clang gcc; do
			command -v "${compiler%% *}" >/dev/null || continue
			atf_check $compiler -O2 -Wall -Wextra -Werror -o "$name" "$programs/$name.c" $flags
		done
	done
}

# A target needs no library; its functions are where nm says.
target()
{
	atf_check @CC@ -O1 -no-pie -o target "$programs/target.c" -pthread
}

case_of()
{
	eval "atf_test_case $1
	$1_head()
	{
		atf_set require.progs 'gcc pkg-config meson nm'
	}"
}

case_of truss
truss_body()
{
	program minitruss
	atf_check -s exit:64 -e match:'^usage: minitruss' ./minitruss
	atf_check -o save:out ./minitruss -f sh -c '(exit 3); kill -USR1 $$'
	sed 's/^[0-9]*: //' out >said
	atf_check -o inline:'<exec>\n... execve\n' sed 2q said
	atf_check -o ignore grep -x '<forked>' said
	atf_check -o ignore grep -x '<new process>' said
	atf_check -o ignore grep -x 'process exit, rval = 3' said
	atf_check -o ignore grep -x 'kill/2 ...' said
	atf_check -o ignore grep -x 'SIGNAL 10 from itself' said
	atf_check -o inline:'process killed, signal = 10\n' tail -n 1 said
}

# here_target: a target that sleeps, in $target, until the file descriptor is closed.
here_target()
{
	target
	mkfifo wire
	./target <wire >here &
	target=$!
	exec 9>wire
	until grep -q here here; do sleep 0.1; done
}

case_of truss_of_a_running_process
truss_of_a_running_process_body()
{
	program minitruss
	here_target
	./minitruss -p $target >out 9>&- &
	until grep -q 'TracerPid:[^0-9]*[1-9]' /proc/$target/status; do sleep 0.1; done
	exec 9>&-
	wait $target || [ $? -eq 5 ] || atf_fail "the target ended otherwise"
	wait
	atf_check -o inline:'process exit, rval = 5\n' tail -n 1 out
}

case_of gcore
gcore_body()
{
	program minigcore
	here_target
	atf_check -o inline:'4 threads, many segments, much memory\n' ./minigcore $target
	atf_check -o inline:MINICORE head -c 8 core.$target
	[ $(wc -c <core.$target) -gt 1048576 ] || atf_fail "the core is small"
	grep -q 'mmmmmmmmmmmmmmmm' core.$target || atf_fail "the memory is not in it"
	exec 9>&-
	wait $target
	[ $? -eq 5 ] || atf_fail "the target did not go on"
}

case_of gcore_that_kills
gcore_that_kills_body()
{
	program minigcore
	here_target
	atf_check -o match:'^4 threads' ./minigcore -k $target
	wait $target
	[ $? -eq 137 ] || atf_fail "the target was not killed"
}

case_of debugger
debugger_body()
{
	program minidb
	target
	touch=0x$(nm target | awk '$3 == "touch" { print $1 }')
	atf_check -o inline:'24 hits, by several threads\nexit 7\n' ./minidb 24 $touch ./target 8
	atf_check -o inline:'5 hits, by several threads\nexit 7\n' ./minidb 5 $touch ./target 2
}

case_of forks
forks_body()
{
	program forkcov
	atf_check -o inline:'3 forks, 3 new, 5 execs, 3 exits, 1 deaths\n' -e ignore \
	    ./forkcov sh -c '(exit 3); env true; env sh -c "kill -9 \$\$"; exit 0'
	atf_check -o inline:'0 forks, 0 new, 1 execs, 1 exits, 0 deaths\n' ./forkcov true
}

case_of sandbox
sandbox_body()
{
	program sandbox
	echo secret >secret
	atf_check -s exit:6 -o inline:'[]\n[other]\nalive\n' ./sandbox secret \
	    sh -c 'echo other >other; read a <secret; echo "[$a]"; read b <other; echo "[$b]"; kill -9 $$; echo alive; exit 6'
}

atf_init_test_cases()
{
	atf_add_test_case truss
	atf_add_test_case truss_of_a_running_process
	atf_add_test_case gcore
	atf_add_test_case gcore_that_kills
	atf_add_test_case debugger
	atf_add_test_case forks
	atf_add_test_case sandbox
}
