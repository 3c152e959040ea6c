#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bsdprocfs as a command: options, mounting, how it ends.

build='@BUILD_ROOT@'
source='@SOURCE_ROOT@'
cc='@CC@'
. "$source/tests/tools/bsdprocfs.subr"

atf_test_case options
options_head()
{
	atf_set descr "--help and --version answer; a command line that makes no sense is refused"
}
options_body()
{
	[ -x "$bsdprocfs" ] || atf_skip "built without libfuse3"
	atf_check -o match:'^usage: bsdprocfs' -o match:allow_other "$bsdprocfs" --help
	atf_check -o match:'^bsdprocfs \(bsdptrace\) @VERSION@$' "$bsdprocfs" --version
	atf_check -s exit:1 -e match:'^usage: bsdprocfs' "$bsdprocfs"
	atf_check -s exit:1 -e not-empty "$bsdprocfs" /nonexistent
	mkdir mnt
	atf_check -s exit:1 -e match:'unknown option' "$bsdprocfs" -o nonsense mnt
	! grep -q " $PWD/mnt " /proc/self/mounts || atf_fail "mounted"
}

case_of goes_with_the_mount "it serves in the background, and ends when it is unmounted"
goes_with_the_mount_body()
{
	mount_procfs
	atf_check -o match:'^procfs .* fuse.bsdprocfs ' grep " $mnt " /proc/self/mounts
	[ "$(cut -d ' ' -f 6 "/proc/$daemon/stat")" = "$daemon" ] || atf_fail "not a session of its own"
	umount "$mnt" 2>/dev/null || fusermount3 -u "$mnt" || atf_fail "umount"
	until_true sh -c "! kill -0 $daemon 2>/dev/null"
}

# ends_with SIGNAL: unmounted, with status 0, and what it traced runs untraced.
ends_with()
{
	needs_bsdprocfs
	mnt=$PWD/mnt
	mkdir -p "$mnt"
	start_puppet spin
	env --default-signal=INT "$bsdprocfs" -f "$mnt" >mount.log 2>&1 &
	daemon=$!
	until_true sh -c "[ -e '$mnt/$pid/ctl' ] || ! kill -0 $daemon 2>/dev/null"
	[ -e "$mnt/$pid/ctl" ] || { cat mount.log; atf_skip "it could not be mounted"; }
	ctl attach
	ctl wait
	start_other=$pid
	start_puppet
	ctl attach
	# A request that sleeps must not keep it, nor an open file.
	exec 5<"$mnt/$pid/mem"
	(ctl wait; echo run >"$mnt/$pid/ctl"; echo wait >"$mnt/$pid/ctl") >/dev/null 2>&1 &
	waiter=$!
	kill "-$1" $daemon
	wait $daemon || atf_fail "it ended with $?"
	wait $waiter || true
	exec 5<&-
	! grep -q " $mnt " /proc/self/mounts || atf_fail "still mounted"
	for pid in $start_other $pid; do
		[ "$(tracer)" = 0 ] || atf_fail "$pid is still traced"
		until_true sh -c "! grep -q '^State:.*stopped' /proc/$pid/status"
	done
}

case_of ends_with_sigterm "SIGTERM unmounts it, and lets go of what it traces"
ends_with_sigterm_body()
{
	ends_with TERM
}

case_of ends_with_sigint "so does SIGINT"
ends_with_sigint_body()
{
	ends_with INT
}

atf_init_test_cases()
{
	atf_add_test_case options
	atf_add_test_case goes_with_the_mount
	atf_add_test_case ends_with_sigterm
	atf_add_test_case ends_with_sigint
}
