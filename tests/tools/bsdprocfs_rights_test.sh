#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Who may do what in a mounted bsdprocfs.  It has rights of its own, so the rules are its to apply.

build='@BUILD_ROOT@'
source='@SOURCE_ROOT@'
cc='@CC@'
. "$source/tests/tools/bsdprocfs.subr"

# case_of_root NAME DESCRIPTION: one that needs root, to be somebody else.
case_of_root()
{
	case_of "$@"
	eval "$1_head() { atf_set descr \"$2\"; atf_set require.user root; atf_set require.progs python3 setpriv; }"
}

# as_user ID COMMAND...: as one of two users whom nobody else is, who cannot look into what is root's.
as_user()
{
	user=$1
	shift
	env PATH=/usr/bin:/bin setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all "$@"
}

# start_program_of ID PROGRAM [WORD...]: $pid is it; what it prints comes from descriptor 3.
start_program_of()
{
	chmod 755 . "$2"
	user=$1
	shift
	rm -f told
	mkfifo told
	setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all "./$@" >told &
	pid=$!
	echo $pid >>targets
	exec 3<told
}

start_puppet_of()
{
	[ -x puppet ] || build_puppet
	user=$1
	shift
	start_program_of "$user" puppet "$@"
	read -r variable constant counter <&3
}

reach()
{
	as_user 54321 test -e "$mnt/self/status" || atf_skip "other users do not get to the test's directory"
}

case_of_root strangers "another user sees what all may see, and reaches nothing of a debugger's"
strangers_body()
{
	mount_procfs -o allow_other
	reach
	start_puppet_of 54321
	mine=$pid
	start_puppet_of 54322
	for file in cmdline etype osrel rlimit status; do
		as_user 54321 cat "$mnt/$pid/$file" >/dev/null || atf_fail "$file"
	done
	for file in mem regs fpregs dbregs note notepg; do
		as_user 54321 test -e "$mnt/$mine/$file" || atf_fail "$file of his own is not there"
		! as_user 54321 test -e "$mnt/$pid/$file" || atf_fail "$file is there"
	done
	fails_with EPERM as_user 54321 cat "$mnt/$pid/map"
	fails_with EACCES as_user 54321 dd if=/dev/null of="$mnt/$pid/ctl" conv=notrunc
	fails_with EACCES as_user 54321 dd if=/dev/null of="$mnt/1/ctl" conv=notrunc
	as_user 54321 cat "$mnt/$mine/map" >/dev/null || atf_fail "map of his own"
	[ "$(stat -c '%u %g' "$mnt/$mine/mem")" = '54321 54321' ] || atf_fail "owner of mem"
}

case_of_root users_debug_their_own "a user drives a process of his own through a mount of root's"
users_debug_their_own_body()
{
	mount_procfs -o allow_other
	reach
	start_puppet_of 54321 spin
	if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" != 0 ]; then
		fails_with ENOENT as_user 54321 cat "$mnt/$pid/mem"
		atf_skip "Yama forbids it, and bsdprocfs says so"
	fi
	as_user 54321 sh -ec '
	cd "$1"
	echo attach >ctl; echo wait >ctl
	dd if=regs of=/dev/null bs=176 count=1 status=none
	dd if=mem of=/dev/null bs=4 count=1 iflag=skip_bytes skip="$2" status=none
	echo step >ctl; echo wait >ctl; echo run >ctl; echo detach >ctl' - "$mnt/$pid" "$variable" || atf_fail "see above"
	[ "$(tracer)" = 0 ] || atf_fail "still traced"
}

case_of_root open_before_rights_went "an open file is of no use to who may no longer debug the process"
open_before_rights_went_body()
{
	mount_procfs -o allow_other
	reach
	start_puppet_of 54321
	exec 5<"$mnt/$pid/mem" 6>"$mnt/$pid/ctl" 7<"$mnt/$pid/map"
	fails_with EIO as_user 54322 python3 -c "import os; os.pread(5, 4, $variable)"
	fails_with EIO as_user 54322 python3 -c "import fcntl; fcntl.ioctl(5, 0x20047001, 1)"
	fails_with EPERM as_user 54322 python3 -c "import os; os.write(6, b'attach')"
	fails_with EPERM as_user 54322 python3 -c "import os; os.pread(7, 4096, 0)"
	[ "$(tracer)" = 0 ] || atf_fail "it was attached to"
}

case_of_root changed_ids "files of a process that changed its ids are for root alone"
changed_ids_body()
{
	mount_procfs -o allow_other
	reach
	program undumpable <<-'EOF'
	#include <stdio.h>
	#include <sys/prctl.h>
	#include <unistd.h>
	int main(void) { prctl(PR_SET_DUMPABLE, 0); puts("1"); fflush(stdout); pause(); }
	EOF
	start_program_of 54321 undumpable
	read -r line <&3
	for file in cmdline ctl etype map osrel rlimit status mem regs; do
		[ "$(stat -c %a "$mnt/$pid/$file")" = 0 ] || atf_fail "$file: $(stat -c %a "$mnt/$pid/$file")"
	done
	[ "$(stat -c %a "$mnt/$pid")" = 555 ] || atf_fail "the directory"
	fails_with EACCES as_user 54321 cat "$mnt/$pid/status"
	fails_with ENOENT as_user 54321 cat "$mnt/$pid/mem"
	atf_check -o match:"^undumpable $pid " cat "$mnt/$pid/status"
	ctl attach
	ctl wait
	ctl detach
}

case_of_root groups_and_capabilities "a process with a group or a capability that the caller has not is not his to debug"
groups_and_capabilities_body()
{
	mount_procfs -o allow_other
	reach
	[ -x puppet ] || build_puppet
	start_puppet_of 54321
	[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] || atf_skip "Yama forbids it anyway"
	as_user 54321 test -e "$mnt/$pid/mem" || atf_fail "his own is not there"
	mkfifo other
	setpriv --reuid=54321 --regid=54321 --groups=54321,54399 --inh-caps=-all ./puppet >other &
	pid=$!
	echo $pid >>targets
	read -r line <other
	! as_user 54321 test -e "$mnt/$pid/mem" || atf_fail "one with another group is there"
	setpriv --reuid=54321 --regid=54321 --groups=54399 test -e "$mnt/$pid/mem" || atf_fail "not for who has the group"
	setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw ./puppet >other &
	pid=$!
	echo $pid >>targets
	read -r line <other
	grep -q '^CapPrm:.*[1-9a-f]' "/proc/$pid/status" || atf_skip "there are no capabilities to give here"
	! as_user 54321 test -e "$mnt/$pid/mem" || atf_fail "one with a capability is there"
}

case_of_root flag_of_root "PF_ISUGID is for root"
flag_of_root_body()
{
	mount_procfs -o allow_other
	reach
	start_puppet_of 54321
	as_user 54321 test -e "$mnt/$pid/mem" || atf_skip "this system lets nobody debug his own"
	fails_with EPERM as_user 54321 python3 -c "
import fcntl
fcntl.ioctl(open('$mnt/$pid/mem', 'rb', buffering=0), 0x20047003, 2)"
	atf_check python3 -c "
import fcntl
fcntl.ioctl(open('$mnt/$pid/mem', 'rb', buffering=0), 0x20047003, 2)"
}

case_of_root only_the_one_who_mounted "without allow_other the mount is for who made it"
only_the_one_who_mounted_body()
{
	mount_procfs
	start_puppet
	fails_with EACCES as_user 54321 ls "$mnt"
	fails_with EACCES as_user 54321 cat "$mnt/$pid/status"
}

case_of_root hidden_processes "what the mount of /proc hides is not there"
hidden_processes_body()
{
	needs_bsdprocfs
	command -v unshare >/dev/null || atf_skip "no unshare(1)"
	start_puppet
	stranger=$pid
	start_puppet_of 54321
	mkdir mnt
	cat >inside.sh <<-'EOF'
	bsdprocfs=$1 mnt=$2 mine=$3 stranger=$4
	mount -t proc -o hidepid=2,gid=54400 proc /proc || exit 77
	"$bsdprocfs" -o allow_other "$mnt" || exit 77
	trap 'umount "$mnt"' EXIT
	as() { setpriv --reuid=54321 --regid=54321 --inh-caps=-all "$@"; }
	as --clear-groups test -e "$mnt/self/status" || exit 77
	as --clear-groups test -e "$mnt/$mine/status" || { echo "his own is hidden"; exit 1; }
	! as --clear-groups test -e "$mnt/$stranger" || { echo "a stranger is there"; exit 1; }
	! as --clear-groups ls "$mnt" | grep -qx "$stranger" || { echo "a stranger is listed"; exit 1; }
	as --groups=54400 test -e "$mnt/$stranger/status" || { echo "a stranger is not there for the group"; exit 1; }
	EOF
	status=0
	unshare -m sh inside.sh "$bsdprocfs" "$PWD/mnt" $pid $stranger || status=$?
	[ $status != 77 ] || atf_skip "/proc cannot be mounted anew here"
	[ $status = 0 ] || atf_fail "status $status"
}

atf_test_case an_ordinary_user cleanup
an_ordinary_user_head()
{
	atf_set descr "somebody without rights mounts it, and drives a process of his own"
	atf_set require.user unprivileged
}
an_ordinary_user_body()
{
	mount_procfs
	start_spinning
	if ! echo attach 2>err >"$mnt/$pid/ctl"; then
		[ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" = 0 ] || atf_skip "Yama forbids it"
		atf_fail "attach: $(cat err)"
	fi
	ctl wait
	[ -n "$(pc)" ] || atf_fail "no registers"
	ctl step
	ctl wait
	ctl run
	ctl detach
	[ ! -e "$mnt/1/mem" ] || atf_fail "mem of init is there"
}
an_ordinary_user_cleanup()
{
	unmount_procfs
}

atf_init_test_cases()
{
	atf_add_test_case strangers
	atf_add_test_case users_debug_their_own
	atf_add_test_case open_before_rights_went
	atf_add_test_case changed_ids
	atf_add_test_case groups_and_capabilities
	atf_add_test_case flag_of_root
	atf_add_test_case only_the_one_who_mounted
	atf_add_test_case hidden_processes
	atf_add_test_case an_ordinary_user
}
