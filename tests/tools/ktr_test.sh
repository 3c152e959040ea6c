#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Seeing the tracer at work: the text ring of BSDPTRACE_KTR, the probes in the library, and the table in
# the manual, which are all those of src/engine/ktr.def.

source='@SOURCE_ROOT@'
build='@BUILD_ROOT@'
session=$build/tests/tools/ktr_session
library=$build/src/libbsdptrace.so.0
cc='@CC@'

# record ARGUMENT...: a session with the ring "ring"; what must be in it is in "expected".
record()
{
	atf_check -o save:expected env BSDPTRACE_KTR=ring "$session" "$@"
}

# lines FILE: its lines in order, heading and empty places left out.
lines()
{
	LC_ALL=C sort -u "$1" | grep -v -e '^#' -e '^ *$'
}

# points FILE: the point and fields of each.
points()
{
	lines "$1" | cut -c 37- | sed 's/ *$//'
}

# whole FILE: fails unless it is nothing but whole lines, in number as its size says.
whole()
{
	size=$(stat -c %s "$1")
	[ $((size % 160)) -eq 0 ] || atf_fail "$1: $size bytes are not whole lines"
	[ "$(awk 'length($0) != 159' "$1" | wc -l)" -eq 0 ] || atf_fail "$1: lines of another length"
	[ "$(wc -l <"$1")" -eq $((size / 160)) ] || atf_fail "$1: newlines amid lines"
	grep -vxE '# .*| *|[0-9]{9}\.[0-9]{9} [0-9 ]{6}[0-9] [0-9 ]{6}[0-9] (pt_[a-z_]+|stopevent) .*' "$1" &&
	    atf_fail "$1: not a line"
	[ "$(grep -c '^#' "$1")" -eq 2 ] || atf_fail "$1: heading"
}

# written FILE: how many lines its heading says were ever written.
written()
{
	printf '%d\n' "0x$(head -c 24 "$1" | tail -c 8)"
}

atf_test_case every_request_is_in_the_ring
every_request_is_in_the_ring_head()
{
	atf_set descr "The ring has a line for each request of a session, with its fields, in order"
}
every_request_is_in_the_ring_body()
{
	record all
	points ring >got
	atf_check diff expected got
	whole ring
	[ "$(written ring)" -eq "$(wc -l <expected)" ] || atf_fail "the heading says $(written ring) lines"
	[ "$(stat -c %a ring)" = 600 ] || atf_fail "others may read it"
}

atf_test_case lines_say_when_and_who
lines_say_when_and_who_head()
{
	atf_set descr "A line begins with the monotonic time and the ids of process and thread"
}
lines_say_when_and_who_body()
{
	before=$(cut -d. -f1 /proc/uptime)
	record threads 2 3
	after=$(cut -d. -f1 /proc/uptime)
	lines ring | awk -v before="$before" -v after="$after" '
	$1 + 0 < before - 1 || $1 + 0 > after + 1 { print "when? " $0 }
	$1 < last { print "order? " $0 }
	{ last = $1; process[$2]; thread[$3]; if ($4 == "pt_attach" && $2 != $3) print "who? " $0 }
	END {
		if (length(process) != 1) print "processes: " length(process)
		if (length(thread) != 3) print "threads: " length(thread)
	}' >wrong
	[ ! -s wrong ] || { cat wrong; atf_fail "see above"; }
}

atf_test_case ring_outlives_sigkill
ring_outlives_sigkill_head()
{
	atf_set descr "After SIGKILL the ring has what the tracer did up to then"
}
ring_outlives_sigkill_body()
{
	atf_check -s signal:kill -o save:expected env BSDPTRACE_KTR=ring "$session" die
	points ring >got
	atf_check diff expected got
	whole ring
}

atf_test_case ring_wraps
ring_wraps_head()
{
	atf_set descr "A full ring keeps the newest lines, each whole, and its size"
}
ring_wraps_body()
{
	for size in 4096 16k; do
		rm -f ring
		export BSDPTRACE_KTR_SIZE=$size
		record count 3000
		whole ring
		places=$(($(wc -l <ring) - 2))
		[ "$(stat -c %s ring)" -le $((${size%k} * 1024)) ] || atf_fail "$size is $(stat -c %s ring)"
		# An attach, 3000 requests, a kill.
		[ "$(written ring)" -eq 3002 ] || atf_fail "$(written ring) lines"
		lines ring | sed -n 's/.* data=-\([0-9]*\) .*/\1/p' >got
		seq $((3000 - places + 2)) 3000 >want
		atf_check diff want got
		lines ring | tail -n 1 | grep -q pt_kill || atf_fail "the last is not the last"
	done
}

atf_test_case threads_lose_nothing
threads_lose_nothing_head()
{
	atf_set descr "Thousands of lines of several threads at once are all there, once"
}
threads_lose_nothing_body()
{
	export BSDPTRACE_KTR_SIZE=2m
	record threads 4 2000
	whole ring
	lines ring | sed -n 's/.* data=-\([0-9]*\) .*/\1/p' | sort -n >got
	for thread in 0 1 2 3; do
		seq $((thread * 1000000 + 1)) $((thread * 1000000 + 2000))
	done >want
	atf_check diff want got
	rm ring
	BSDPTRACE_KTR_SIZE=4096
	record threads 4 2000
	whole ring
	[ "$(written ring)" -eq 8002 ] || atf_fail "$(written ring) lines"
}

atf_test_case processes_share_a_ring
processes_share_a_ring_head()
{
	atf_set descr "Children by fork and vfork, other programs and later runs write to the same ring"
}
processes_share_a_ring_body()
{
	record fork
	points ring >got
	atf_check diff expected got
	# Who wrote it: the child, also where it has its parent's memory.
	lines ring | awk '$4 == "pt_trace_me" && ("pid=" $2 != $5 || $3 != $2)' >wrong
	[ ! -s wrong ] || { cat wrong; atf_fail "by another"; }
	cp expected all
	record fork
	cat expected >>all
	points ring >got
	atf_check diff all got
	# Several programs that all find no ring.
	rm ring
	for i in 1 2 3 4 5 6; do
		BSDPTRACE_KTR=ring "$session" count 100 >/dev/null &
	done
	wait
	whole ring
	[ "$(points ring | grep -c pt_getlwplist)" -eq 600 ] || atf_fail "$(points ring | wc -l) lines"
	[ "$(ls | grep -c ring)" -eq 1 ] || { ls; atf_fail "something was left"; }
}

atf_test_case each_process_its_own_ring
each_process_its_own_ring_head()
{
	atf_set descr "With %p a child by fork has a ring of its own, made when it has something to say"
}
each_process_its_own_ring_body()
{
	atf_check -o save:expected env BSDPTRACE_KTR='100%%.%p' "$session" fork
	# Of pt_trace_me the first is of the child by fork, the second of the one by vfork.
	forked=$(sed -n 's/^pt_trace_me *pid=//p' expected | head -n 1)
	[ -e "100%.$forked" ] || { ls; atf_fail "the child has no ring"; }
	[ "$(points "100%.$forked")" = "pt_trace_me     pid=$forked" ] || atf_fail "not its own line alone"
	# The other target was made by fork too, and makes no request.
	[ "$(ls | grep -c '^100%')" -eq 2 ] || { ls; atf_fail "others have one"; }
	mv "100%.$forked" child
	whole child
	grep -v "pid=$forked$" expected >want
	points 100%.* >got
	atf_check diff want got
}

# runs_without FILE: a session that names it works, and says nothing of it.
runs_without()
{
	BSDPTRACE_KTR=$1 "$session" count 5 >/dev/null 2>message || atf_fail "with $1: status $?"
	[ ! -s message ] || { cat message; atf_fail "with $1: see above"; }
}

# unchanged FILE: and leaves it as it was.
unchanged()
{
	cp "$1" before
	runs_without "$1"
	cmp before "$1" || atf_fail "$1 was written to"
}

atf_test_case other_files_are_left_alone
other_files_are_left_alone_head()
{
	atf_set descr "What is no ring, a link, another user's, or cannot be made: the program runs without, in silence"
}
other_files_are_left_alone_body()
{
	: >empty
	unchanged empty
	head -c 8000 /dev/zero >zeros
	unchanged zeros
	record count 5
	ln -s ring link
	unchanged link
	head -c 1000 ring >cut
	unchanged cut
	head -c 320 ring >nothing
	unchanged nothing
	ln -s nowhere dangling
	runs_without dangling
	[ ! -e nowhere ] || atf_fail "made what a link names"
	for name in none/such . "" "$(printf '%05000d' 0)"; do
		runs_without "$name"
	done
	# A reader waits at neither end.
	mkfifo pipe
	runs_without pipe
	[ "$(ls | grep -c '\.new$')" -eq 0 ] || atf_fail "something was left"
}

atf_test_case another_users_ring_is_left_alone
another_users_ring_is_left_alone_head()
{
	atf_set descr "A ring that belongs to another user is not written to, even by root"
	atf_set require.user root
}
another_users_ring_is_left_alone_body()
{
	record count 5
	chown nobody ring
	unchanged ring
}

atf_test_case ignored_by_setuid_programs
ignored_by_setuid_programs_head()
{
	atf_set descr "A set-user-id program takes no notice of the variable"
	atf_set require.user root
}
ignored_by_setuid_programs_body()
{
	[ '@SANITIZE@' = none ] || atf_skip "a build with sanitizers does not link so"
	$cc -I"$source/include" -D_GNU_SOURCE -o session "$source/tests/tools/ktr_session.c" \
	    "$build/src/libbsdptrace.a" -pthread || atf_fail "not compiled"
	atf_check -o ignore env BSDPTRACE_KTR="$PWD/plain" ./session fork
	[ -e plain ] || atf_fail "no ring even without"
	chmod 777 .
	chown nobody session
	chmod u+s session
	atf_check -s exit -o ignore -e ignore env BSDPTRACE_KTR="$PWD/setuid" ./session fork
	[ ! -e setuid ] || atf_fail "a ring was made"
}

# The rows of the table, "name fields...".
table()
{
	sed -n 's/^KTR[0-9](\(.*\))$/\1/p' "$source/src/engine/ktr.def" |
	    awk -F', ' '{ line = $1; for (i = 3; i <= NF; i += 2) line = line " " $i; print line }'
}

atf_test_case points_have_probes
points_have_probes_head()
{
	atf_set descr "Each point is a probe of the library with an argument for each field, and counts who looks"
	atf_set require.progs readelf
}
points_have_probes_body()
{
	[ '@SDT@' = true ] || atf_skip "built without sys/sdt.h"
	readelf -n "$library" >notes
	awk '$1 == "Provider:" { provider = $2 } $1 == "Name:" { name = $2 }
	$1 == "Location:" { semaphore = $NF }
	$1 == "Arguments:" && provider == "bsdptrace" && semaphore !~ /^0x0*$/ { print name, NF - 1 }' notes |
	    sort -u >got
	table | awk '{ print $1, NF - 1 }' | sort >want
	[ -s want ] || atf_fail "the table is not found"
	atf_check diff want got
}

atf_test_case manual_has_the_table
manual_has_the_table_head()
{
	atf_set descr "bsdptrace-ktr(7) lists each point with its fields, in the order of the table"
}
manual_has_the_table_body()
{
	table >want
	sed -n 's/^\.It Li \([a-z_]*\) Ta /\1 /p' "$source/doc/man/bsdptrace-ktr.7" >got
	atf_check diff want got
}

atf_init_test_cases()
{
	atf_add_test_case every_request_is_in_the_ring
	atf_add_test_case lines_say_when_and_who
	atf_add_test_case ring_outlives_sigkill
	atf_add_test_case ring_wraps
	atf_add_test_case threads_lose_nothing
	atf_add_test_case processes_share_a_ring
	atf_add_test_case each_process_its_own_ring
	atf_add_test_case other_files_are_left_alone
	atf_add_test_case another_users_ring_is_left_alone
	atf_add_test_case ignored_by_setuid_programs
	atf_add_test_case points_have_probes
	atf_add_test_case manual_has_the_table
}
