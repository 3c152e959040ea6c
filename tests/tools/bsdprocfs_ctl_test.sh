#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Driving a process by a mounted bsdprocfs: the commands of ctl, the register files.

build='@BUILD_ROOT@'
source='@SOURCE_ROOT@'
cc='@CC@'
. "$source/tests/tools/bsdprocfs.subr"

# registers_to FILE: the register set of $pid.
registers_to()
{
	dd if="$mnt/$pid/regs" of="$1" bs=176 count=1 status=none
}

state()
{
	sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status"
}

case_of a_shell_drives_a_process "attach, wait, look, step, run, detach, with cat, dd and echo alone"
a_shell_drives_a_process_body()
{
	mount_procfs
	start_spinning
	cd "$mnt/$pid" || atf_fail "cd"
	echo attach >ctl || atf_fail "attach"
	echo wait >ctl || atf_fail "wait"
	cat status >/dev/null || atf_fail "status"
	[ "$(tracer)" = "$daemon" ] || atf_fail "the tracer is $(tracer)"
	before=$(pc)
	echo step >ctl || atf_fail "step"
	echo wait >ctl || atf_fail "wait after step"
	[ "$(pc)" != "$before" ] || atf_fail "no step was made from $before"
	[ "$(state)" = t ] || atf_fail "it does not stand still: $(state)"
	echo run >ctl || atf_fail "run"
	[ "$(state)" = R ] || atf_fail "it does not run: $(state)"
	fails_with EBUSY cat regs
	echo detach >ctl || atf_fail "detach"
	cd - >/dev/null
	[ "$(tracer)" = 0 ] || atf_fail "still traced"
	[ "$(state)" = R ] || atf_fail "it did not go on: $(state)"
}

case_of detach_is_done_when_it_returns "whoever looks after a detach finds the process untraced"
detach_is_done_when_it_returns_body()
{
	mount_procfs
	start_spinning
	i=0
	while [ $i -lt 20 ]; do
		ctl attach
		[ $((i % 2)) = 0 ] || { ctl wait; ctl run; }
		ctl detach
		[ "$(tracer)" = 0 ] || atf_fail "still traced, the ${i}th time"
		i=$((i + 1))
	done
}

case_of every_step_is_one_instruction "the path of steps is that of the code"
every_step_is_one_instruction_body()
{
	mount_procfs
	start_spinning
	ctl attach
	ctl wait
	i=0
	while [ $i -lt 40 ]; do
		pc >>path
		ctl step
		ctl wait
		i=$((i + 1))
	done
	# The loop is a few instructions that come again and again.
	[ "$(sort -u path | wc -l)" -lt 20 ] || { cat path; atf_fail "not a loop"; }
	uniq path | cmp - path || { cat path; atf_fail "a step that went nowhere"; }
}

case_of registers_are_written "what is written to regs and fpregs is what the process goes on with"
registers_are_written_body()
{
	[ "$(uname -m)" = x86_64 ] || atf_skip "written for x86-64"
	mount_procfs
	start_spinning
	ctl attach
	ctl wait
	registers_to regs
	cp regs changed
	printf '\125' | dd of=changed bs=1 conv=notrunc status=none # the lowest byte of r15
	atf_check -o empty -e empty dd if=changed of="$mnt/$pid/regs" bs=176 conv=notrunc status=none
	registers_to again
	atf_check cmp changed again
	# A part of the set, from its front.
	atf_check dd if=regs of="$mnt/$pid/regs" bs=8 count=1 conv=notrunc status=none
	registers_to again
	atf_check cmp regs again
	# What may not be: another privilege level.
	printf '\000' | dd of=changed bs=1 seek=144 conv=notrunc status=none
	fails_with EINVAL dd if=changed of="$mnt/$pid/regs" bs=176 conv=notrunc
	atf_check -o file:regs dd if="$mnt/$pid/regs" bs=1000 count=1 status=none
	dd if="$mnt/$pid/fpregs" of=fpregs bs=512 count=1 status=none
	[ "$(wc -c <fpregs)" = 512 ] || atf_fail "fpregs has not 512 bytes"
	printf '\077\003' | dd of=fpregs bs=1 conv=notrunc status=none # the control word
	atf_check dd if=fpregs of="$mnt/$pid/fpregs" bs=512 conv=notrunc status=none
	atf_check -o match:'037f|033f' sh -c "dd if=$mnt/$pid/fpregs bs=512 count=1 status=none | od -An -tx2 -N2"
	atf_check -o match:'^128$' sh -c "dd if=$mnt/$pid/dbregs bs=512 count=1 status=none | wc -c"
	# There is nothing behind the beginning.
	atf_check -o empty dd if="$mnt/$pid/regs" bs=8 skip=1 iflag=skip_bytes status=none
}

case_of a_watchpoint_from_a_shell "dbregs sets a watchpoint that stops the process"
a_watchpoint_from_a_shell_body()
{
	[ "$(uname -m)" = x86_64 ] || atf_skip "written for x86-64"
	mount_procfs
	start_spinning
	ctl attach
	ctl wait
	cat >watch.py <<-'EOF'
	import struct, sys
	# Watch writes of 8 bytes at an address: slot 0, enabled for this task.
	dr = [0] * 16
	dr[0] = int(sys.argv[2])
	dr[7] = 1 | 1 << 16 | 2 << 18
	open(sys.argv[1], 'wb', buffering=0).write(struct.pack('16Q', *dr))
	EOF
	python3 watch.py "$mnt/$pid/dbregs" "$counter" 2>err || {
		grep -q 'Invalid argument\|No space' err && atf_skip "this machine has no debug registers for us"
		cat err
		atf_fail "dbregs were not written"
	}
	ctl run
	ctl wait
	status=$(dd if="$mnt/$pid/dbregs" bs=128 count=1 status=none | od -An -tu8 -j48 -N8)
	[ $((status & 1)) = 1 ] || atf_fail "dr6 is $status"
}

case_of job_control "registers of a process in a job-control stop; it stays in it"
job_control_body()
{
	mount_procfs
	start_spinning
	kill -STOP $pid
	until_true sh -c "grep -q '^State:.*T' /proc/$pid/status"
	ctl wait
	registers_to one
	registers_to two
	atf_check cmp one two
	[ "$(wc -c <one)" -gt 0 ] || atf_fail "empty"
	[ "$(state)$(tracer)" = T0 ] || atf_fail "it was $(state)$(tracer) afterwards"
	kill -CONT $pid
	until_true sh -c "grep -q '^State:.*R' /proc/$pid/status"
	fails_with EBUSY cat "$mnt/$pid/regs"
}

case_of many_readers "all who read the registers of a process in a job-control stop get them"
many_readers_body()
{
	mount_procfs
	start_puppet threads
	kill -STOP $pid
	until_true grep -q '^State:.*[TZ]' "/proc/$pid/status"
	start_spinning
	kill -STOP $pid
	until_true grep -q '^State:.*T' "/proc/$pid/status"
	registers_to expected
	readers=
	for i in 1 2 3 4 5 6 7 8; do
		registers_to "read.$i" 2>"err.$i" &
		readers="$readers $!"
	done
	for reader in $readers; do
		wait "$reader" || { cat err.*; atf_fail "a reader failed"; }
	done
	for i in 1 2 3 4 5 6 7 8; do
		atf_check cmp expected "read.$i"
	done
	[ "$(state)$(tracer)" = T0 ] || atf_fail "it was $(state)$(tracer) afterwards"
}

case_of refusals "commands that cannot be carried out, and their errors"
refusals_body()
{
	mount_procfs
	start_spinning
	ctl=$mnt/$pid/ctl
	for command in step run; do
		fails_with EBUSY write_to "$ctl" $command
	done
	for command in Attach ATTACH "attach now" sigterm 15 emt ""; do
		fails_with EOPNOTSUPP write_to "$ctl" "$command
	"
	done
	write_to "$ctl" detach || atf_fail "detach of what is not traced"
	atf_check sh -c "echo attach >$ctl"
	fails_with EBUSY write_to "$ctl" attach
	atf_check sh -c "echo wait >$ctl; echo run >$ctl"
	for command in step run; do
		fails_with EBUSY write_to "$ctl" $command
	done
	fails_with EINVAL sh -c "echo attach | dd of=$mnt/curproc/ctl status=none conv=notrunc"
	fails_with EINVAL python3 -c "open('$mnt/self/ctl', 'wb', buffering=0).write(b'attach')"
	# Traced by somebody else.
	command -v strace >/dev/null || return 0
	start_puppet
	strace -f -o /dev/null -p $pid 2>/dev/null &
	echo $! >>targets
	until_true sh -c "! grep -q '^TracerPid:.0' /proc/$pid/status"
	fails_with EBUSY write_to "$mnt/$pid/ctl" attach
	fails_with EBUSY cat "$mnt/$pid/regs"
}

case_of a_wait_holds_up_nobody "while some wait, others work; those who wait can be interrupted"
a_wait_holds_up_nobody_body()
{
	mount_procfs
	start_puppet
	ctl attach
	ctl wait
	ctl run
	waiters=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		env --default-signal=INT dd if=/dev/stdin of="$mnt/$pid/ctl" status=none conv=notrunc 2>"err.$i" <<-'EOF' &
		wait
		EOF
		waiters="$waiters $!"
	done
	atf_check -o match:"^puppet $pid " cat "$mnt/$pid/status"
	atf_check -o not-empty ls "$mnt"
	atf_check -o ignore cmp "$mnt/$pid/map" "$mnt/$pid/map"
	# Half of them give up, the others get what they wait for.
	i=0
	for waiter in $waiters; do
		i=$((i + 1))
		[ $((i % 2)) = 0 ] || kill -INT "$waiter"
	done
	i=0
	for waiter in $waiters; do
		i=$((i + 1))
		[ $((i % 2)) = 0 ] || ! wait "$waiter" || atf_fail "it was not interrupted"
	done
	kill -USR1 $pid
	i=0
	for waiter in $waiters; do
		i=$((i + 1))
		[ $((i % 2)) != 0 ] || wait "$waiter" || { cat err.$i; atf_fail "waiter $i failed"; }
	done
	ctl detach
}

case_of signals "a signal is sent, or what a stopped process goes on with"
signals_body()
{
	mount_procfs
	start_puppet catch
	ctl usr1
	read -r sig <&3
	[ "$sig" = "$(kill -l USR1 2>/dev/null || echo 10)" ] || [ "$sig" = 10 ] || atf_fail "it got $sig"
	ctl attach
	ctl wait
	ctl usr2
	read -r sig <&3
	[ "$sig" = 12 ] || atf_fail "it got $sig"
	# One that arrives is held, until run goes on without it.
	kill -HUP $pid
	ctl wait
	ctl run
	ctl term
	ctl wait
	ctl term
	read -r sig <&3
	[ "$sig" = 15 ] || atf_fail "it got $sig"
	ctl kill
	until_true sh -c "[ ! -e $mnt/$pid ]"
	wait $pid
	[ $? = 137 ] || atf_fail "its end was not that of SIGKILL"
}

case_of every_signal "each name is the signal that it says"
every_signal_body()
{
	mount_procfs
	start_puppet catch
	for name in hup int quit ill trap abrt iot fpe bus segv sys pipe alrm term urg tstp cont chld ttin ttou io xcpu xfsz \
	    vtalrm prof winch usr1 usr2; do
		ctl $name
		read -r sig <&3
		python3 -c "import signal, sys; sys.exit(signal.Signals(int(sys.argv[2])) != getattr(signal, 'SIG' + sys.argv[1].upper()))" \
		    $name "$sig" || atf_fail "$name is $sig"
	done
	ctl stop
	until_true grep -q '^State:.*T' "/proc/$pid/status"
}

case_of a_tracee_that_exits "ends while it is traced: its parent is told, the waiter is told, the id is free again"
a_tracee_that_exits_body()
{
	mount_procfs
	mkfifo in
	[ -x puppet ] || build_puppet
	mkfifo told
	./puppet wait <in >told &
	pid=$!
	echo $pid >>targets
	exec 4>in
	read -r variable constant counter <told
	export variable
	ctl attach
	ctl wait
	exec 5<"$mnt/$pid/regs" 6<"$mnt/$pid/mem" 7>"$mnt/$pid/ctl"
	ctl run
	sh -c 'echo wait >&7' 2>err &
	waiter=$!
	echo go >&4
	wait $pid
	[ $? = 7 ] || atf_fail "its parent saw another end"
	! wait $waiter || atf_fail "a wait for what has ended went through"
	grep -q 'I/O error\|Input/output error' err || { cat err; atf_fail "not EIO"; }
	fails_with EIO python3 -c 'import os; os.read(5, 176)'
	fails_with EIO python3 -c 'import os; os.pread(6, 8, int(os.environ["variable"]))'
	[ ! -e "$mnt/$pid" ] || atf_fail "still there"
	start_puppet
	ctl attach
	ctl wait
	ctl detach
}

case_of killed_while_stopped "SIGKILL of a process that stands still"
killed_while_stopped_body()
{
	mount_procfs
	start_spinning
	ctl attach
	ctl wait
	kill -KILL $pid
	wait $pid
	[ $? = 137 ] || atf_fail "another end"
	until_true sh -c "[ ! -e $mnt/$pid ]"
}

# program_32 NAME: as program, of 32-bit code; skips where the compiler makes none.
program_32()
{
	cat >"$1.c"
	$cc -m32 -idirafter "/usr/include/$(uname -m)-linux-gnu" -D_GNU_SOURCE -I"$source/include" -w -pthread \
	    -o "$1" "$1.c" 2>err || atf_skip "the compiler makes no 32-bit programs here"
	"./$1" --version >/dev/null 2>&1 </dev/null || [ $? -lt 126 ] || atf_skip "32-bit programs do not run here"
}

case_of programs_of_32_bits "a 32-bit program gets the register sets, ioctls and maps of 32-bit processes, and no others"
programs_of_32_bits_body()
{
	[ "$(uname -m)" = x86_64 ] || atf_skip "written for x86-64"
	program_32 client <<-'EOF'
	#include <bsdptrace.h>
	#include <bsdptrace/pioctl.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/ioctl.h>
	#include <unistd.h>
	#define CHECK(x) do { if (!(x)) { \
		fprintf(stderr, "line %d: %s: errno %d\n", __LINE__, #x, errno); exit(1); } } while (0)
	static const char *dir;
	static int file(const char *name, int how)
	{
		char path[4096];
		int fd;
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		CHECK((fd = open(path, how)) != -1);
		return (fd);
	}
	static void both(const char *name, size_t size, char *set)
	{
		int fd = file(name, O_RDWR);
		char room[1000];
		CHECK(read(fd, room, sizeof(room)) == (ssize_t)size);
		CHECK(pwrite(fd, room, size, 0) == (ssize_t)size);
		CHECK(pread(fd, set, size, 0) == (ssize_t)size && memcmp(room, set, size) == 0);
	}
	static void same(void)
	{
		struct reg32 regs;
		struct fpreg32 fpregs;
		struct dbreg32 dbregs;
		int fd = file("regs", O_RDWR);
		unsigned ebx;
		char text[100];
		both("regs", 76, (char *)&regs);
		CHECK((regs.r_cs & 3) == 3 && regs.r_eip != 0 && regs.r_esp != 0);
		ebx = regs.r_ebx;
		regs.r_ebx = 0x12345678;
		CHECK(write(fd, &regs, sizeof(regs)) == sizeof(regs));
		memset(&regs, 0, sizeof(regs));
		CHECK(pread(fd, &regs, sizeof(regs), 0) == sizeof(regs) && regs.r_ebx == 0x12345678);
		regs.r_ebx = ebx;
		CHECK(pwrite(fd, &regs, sizeof(regs), 0) == sizeof(regs));
		both("fpregs", 176, (char *)&fpregs);
		CHECK((fpregs.fpr_env[0] & 0xffff) == 0x37f || (fpregs.fpr_env[0] & 0xffff) == 0x127f);
		both("dbregs", 32, (char *)&dbregs);
		CHECK(read(file("map", O_RDONLY), text, sizeof(text)) > 0);
	}
	static void other(void)
	{
		char room[1000];
		CHECK(read(file("regs", O_RDONLY), room, sizeof(room)) == -1 && errno == EINVAL);
		CHECK(read(file("fpregs", O_RDONLY), room, sizeof(room)) == -1 && errno == EINVAL);
		CHECK(read(file("dbregs", O_RDONLY), room, sizeof(room)) == -1 && errno == EINVAL);
		CHECK(read(file("map", O_RDONLY), room, sizeof(room)) == -1 && errno == EOPNOTSUPP);
	}
	static void events(unsigned long wait, unsigned long status)
	{
		struct procfs_status ps[2];
		int fd = file("mem", O_RDWR);
		memset(ps, 0xff, sizeof(ps));
		CHECK(sizeof(ps[0]) == 20);
		CHECK(ioctl(fd, PIOCBIS, S_SCE) == 0);
		CHECK(ioctl(fd, wait, ps) == 0);
		CHECK(ps[0].state == 0 && ps[0].why == S_SCE && ps[0].events == S_SCE && ps[1].state == -1);
		CHECK(ioctl(fd, status, ps) == 0 && ps[0].why == S_SCE);
		close(fd);
	}
	int main(int argc, char **argv)
	{
		if (argc < 3)
			return (0);
		dir = argv[2];
		if (strcmp(argv[1], "same") == 0)
			same();
		else if (strcmp(argv[1], "other") == 0)
			other();
		else {
			events(BSD_PIOC_MOUNTED(PIOCWAIT), BSD_PIOC_MOUNTED(PIOCSTATUS));
			events(PIOCWAIT, PIOCSTATUS);
		}
		return (0);
	}
	EOF
	mount_procfs
	build_puppet
	start_spinning
	ctl attach
	ctl wait
	atf_check ./client other "$mnt/$pid"
	ctl detach
	$cc -m32 -idirafter "/usr/include/$(uname -m)-linux-gnu" -D_GNU_SOURCE -O1 -pthread -o puppet \
	    "$source/tests/tools/bsdprocfs_puppet.c" || atf_fail "no 32-bit puppet"
	start_spinning
	atf_check -o inline:'Linux ELF32\n' cat "$mnt/$pid/etype"
	ctl attach
	ctl wait
	atf_check ./client same "$mnt/$pid"
	atf_check -o match:'^176$' sh -c "dd if=$mnt/$pid/regs bs=1000 count=1 status=none | wc -c"
	ctl detach
	start_puppet calls
	atf_check ./client events "$mnt/$pid"
}

case_of left_alone_when_it_dies "a bsdprocfs that is killed takes nobody with it"
left_alone_when_it_dies_body()
{
	mount_procfs
	start_spinning
	ctl attach
	ctl wait
	kill -KILL $daemon
	until_true sh -c "! kill -0 $daemon 2>/dev/null"
	until_true sh -c "grep -q '^State:.*R' /proc/$pid/status"
	[ "$(tracer)" = 0 ] || atf_fail "still traced"
}

atf_init_test_cases()
{
	atf_add_test_case a_shell_drives_a_process
	atf_add_test_case detach_is_done_when_it_returns
	atf_add_test_case every_step_is_one_instruction
	atf_add_test_case registers_are_written
	atf_add_test_case a_watchpoint_from_a_shell
	atf_add_test_case job_control
	atf_add_test_case many_readers
	atf_add_test_case refusals
	atf_add_test_case a_wait_holds_up_nobody
	atf_add_test_case signals
	atf_add_test_case every_signal
	atf_add_test_case a_tracee_that_exits
	atf_add_test_case killed_while_stopped
	atf_add_test_case programs_of_32_bits
	atf_add_test_case left_alone_when_it_dies
}
