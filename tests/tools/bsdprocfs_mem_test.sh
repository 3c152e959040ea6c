#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# mem of a mounted bsdprocfs: the memory of a process, and stop events by ioctl(2).

build='@BUILD_ROOT@'
source='@SOURCE_ROOT@'
cc='@CC@'
. "$source/tests/tools/bsdprocfs.subr"

# int_at ADDRESS: of $pid.
int_at()
{
	dd if="$mnt/$pid/mem" bs=4 count=1 iflag=skip_bytes skip="$1" status=none | od -An -td4 | tr -d ' '
}

# put_at ADDRESS TEXT: its bytes into $pid.
put_at()
{
	printf "$2" | dd of="$mnt/$pid/mem" bs=4096 oflag=seek_bytes seek="$1" conv=notrunc status=none
}

case_of words "an int is read and written at its address, by dd, while the process runs"
words_body()
{
	mount_procfs
	start_puppet
	[ "$(int_at "$variable")" = 4711 ] || atf_fail "it is $(int_at "$variable")"
	put_at "$variable" '\001\002\003\004' || atf_fail "not written"
	[ "$(int_at "$variable")" = 67305985 ] || atf_fail "it is $(int_at "$variable")"
	# Memory that the process cannot write itself becomes its own copy; the program's file is as it was.
	put_at "$constant" '\001\000\000\000' || atf_fail "not written"
	[ "$(int_at "$constant")" = 1 ] || atf_fail "it is $(int_at "$constant")"
	other=$pid
	start_puppet
	[ "$(int_at "$constant")" = 815 ] || atf_fail "the file has changed"
	[ "$(int_at "$variable")" = 4711 ] || atf_fail "it is $(int_at "$variable")"
	[ "$(cat "/proc/$other/stat" "/proc/$pid/stat" | wc -l)" = 2 ] || atf_fail "one has ended"
}

case_of first_thread_gone "memory of a process whose first thread has ended"
first_thread_gone_body()
{
	mount_procfs
	start_puppet threads
	until_true grep -q '^State:.*Z' "/proc/$pid/status"
	[ "$(int_at "$variable")" = 4711 ] || atf_fail "it is $(int_at "$variable")"
	put_at "$variable" '\001\000\000\000' || atf_fail "not written"
	[ "$(int_at "$variable")" = 1 ] || atf_fail "it is $(int_at "$variable")"
}

case_of holes "what is not mapped is EFAULT, also behind what is; what lay before is written"
holes_body()
{
	mount_procfs
	program holes <<-'EOF'
	#include <stdio.h>
	#include <sys/mman.h>
	#include <unistd.h>
	int main(void)
	{
		char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		p[0] = 'a';
		munmap(p + 4096, 4096);
		printf("%lu\n", (unsigned long)p);
		fflush(stdout);
		pause();
	}
	EOF
	mkfifo said
	./holes >said &
	pid=$!
	echo $pid >>targets
	read -r address <said
	cat >check.py <<-'EOF'
	import errno, os, sys
	mem, page = os.open(sys.argv[1], os.O_RDWR), int(sys.argv[2])
	def error(what, *args):
	    try:
	        what(*args)
	    except OSError as e:
	        return errno.errorcode[e.errno]
	assert os.pread(mem, 4096, page) == b'a' + bytes(4095)
	assert error(os.pread, mem, 1, page + 4096) == 'EFAULT'
	assert error(os.pread, mem, 4097, page) == 'EFAULT'
	assert error(os.pwrite, mem, b'x', page + 4096) == 'EFAULT'
	assert error(os.pwrite, mem, b'y' * 3, page + 4094) == 'EFAULT'
	assert os.pread(mem, 2, page + 4094) == b'yy'
	assert os.pread(mem, 0, page + 4096) == b''
	for address in 0, 0x7ffffffff000, 0x800000000000, 2 ** 63 - 1:
	    assert error(os.pread, mem, 1, address) in ('EFAULT', 'EINVAL'), hex(address)
	os.lseek(mem, page + 2 * 4096, os.SEEK_SET)
	assert os.write(mem, b'0123456789') == 10
	os.lseek(mem, -10, os.SEEK_CUR)
	assert os.read(mem, 4096 - 1) == b'0123456789' + bytes(4096 - 11)
	EOF
	atf_check python3 check.py "$mnt/$pid/mem" "$address"
}

case_of large "megabytes in one call, as /proc/PID/mem has them"
large_body()
{
	mount_procfs
	program large <<-'EOF'
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	int main(void)
	{
		unsigned *p = malloc(8 << 20);
		for (unsigned i = 0; i < 2 << 20; i++) p[i] = i * 2654435761u;
		printf("%lu\n", (unsigned long)p);
		fflush(stdout);
		pause();
	}
	EOF
	mkfifo said
	./large >said &
	pid=$!
	echo $pid >>targets
	read -r address <said
	dd if="$mnt/$pid/mem" of=ours bs=8M count=1 iflag=skip_bytes,fullblock skip="$address" status=none
	dd if="/proc/$pid/mem" of=theirs bs=8M count=1 iflag=skip_bytes,fullblock skip="$address" status=none
	[ "$(wc -c <ours)" = 8388608 ] || atf_fail "$(wc -c <ours) bytes"
	atf_check cmp ours theirs
}

case_of after_exec "an open mem is that of the program the process has now"
after_exec_body()
{
	mount_procfs
	build_puppet
	mkfifo told go
	sh -c "read x <go; exec ./puppet >told" &
	pid=$!
	echo $pid >>targets
	exec 5<"$mnt/$pid/mem"
	echo >go
	read -r variable constant counter <told
	atf_check -o match:'^4711$' python3 -c "import os, struct; print(*struct.unpack('i', os.pread(5, 4, $variable)))"
}

# The C program: asks for events of the process, by the numbers given, and drives it.
stop_program()
{
	program "$1" <<-EOF
	#include <bsdptrace/pioctl.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <pthread.h>
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/ioctl.h>
	#include <sys/syscall.h>
	#include <unistd.h>
	#define OUT(request) $2
	#define CHECK(x) do { if (!(x)) { \\
		fprintf(stderr, "line %d: %s: errno %d (%s)\\n", __LINE__, #x, errno, strerror(errno)); exit(1); } } while (0)
	static int fd;
	static pid_t target;
	static struct procfs_status ps;
	static void await(int why)
	{
		memset(&ps, 0xff, sizeof(ps));
		CHECK(ioctl(fd, OUT(PIOCWAIT), &ps) == 0);
		if (ps.why != why) fprintf(stderr, "why %d, not %d\\n", ps.why, why);
		CHECK(ps.why == why);
		CHECK(ps.state == 0 && ps.flags == 0);
	}
	static void go_on(void) { CHECK(ioctl(fd, PIOCCONT, 0) == 0); }
	static void test(void);
	int main(int argc, char **argv)
	{
		target = atoi(argv[2]);
		CHECK((fd = open(argv[1], O_RDWR)) != -1);
		test();
		CHECK(close(fd) == 0);
		return (0);
	}
	$(cat)
	EOF
}

# The calls of a process at its stop events.
calls_source()
{
	cat <<-'EOF'
	static void test(void)
	{
		unsigned flags = 99;
		CHECK(ioctl(fd, OUT(PIOCSTATUS), &ps) == 0);
		CHECK(ps.state == 1 && ps.why == 0 && ps.events == 0 && ps.val == 0);
		CHECK(ioctl(fd, PIOCBIS, S_SCE | S_SCX) == 0);
		for (int i = 0; i < 10; i++) {
			await(S_SCE);
			CHECK(ps.val == 0 && ps.events == (S_SCE | S_SCX));
			go_on();
			await(S_SCX);
			CHECK(ps.val == SYS_getppid);
			go_on();
		}
		CHECK(ioctl(fd, PIOCBIC, S_SCX) == 0);
		await(S_SCE);
		go_on();
		await(S_SCE);
		CHECK(ioctl(fd, OUT(PIOCSTATUS), &ps) == 0);
		CHECK(ps.state == 0 && ps.why == S_SCE && ps.events == S_SCE);
		CHECK(ioctl(fd, PIOCCONT, 1000) == -1 && errno == EINVAL);
		CHECK(ioctl(fd, PIOCSFL, PF_FORK) == 0);
		CHECK(ioctl(fd, OUT(PIOCGFL), &flags) == 0 && flags == PF_FORK);
		CHECK(ioctl(fd, PIOCSFL, 0) == 0);
		CHECK(ioctl(fd, 0x20047063, 0) == -1 && errno == ENOTTY);
		CHECK(ioctl(fd, PIOCBIC, S_ALLSTOPS) == 0);
		go_on();
	}
	EOF
}

case_of stop_events "events of system calls, by numbers of Linux's make"
stop_events_body()
{
	mount_procfs
	start_puppet calls
	calls_source | stop_program stops 'BSD_PIOC_MOUNTED(request)'
	atf_check ./stops "$mnt/$pid/mem" $pid
	until_true grep -q '^TracerPid:.0' "/proc/$pid/status"
}

case_of stop_events_by_freebsds_numbers "and by FreeBSD's own"
stop_events_by_freebsds_numbers_body()
{
	mount_procfs
	start_puppet calls
	calls_source | stop_program stops '(request)'
	if ! ./stops "$mnt/$pid/mem" $pid 2>err; then
		cat err
		grep -q 'errno 1 ' err && [ "$(id -u)" != 0 ] && atf_skip "the host lets nobody write into the caller"
		atf_fail "see above"
	fi
}

case_of last_close "the last close lets go of who waits at an event; with PF_LINGER an unmount does"
last_close_body()
{
	mount_procfs
	start_puppet calls
	stop_program stops 'BSD_PIOC_MOUNTED(request)' <<-'EOF'
	static void test(void)
	{
		CHECK(ioctl(fd, PIOCSFL, getenv("LINGER") ? PF_LINGER : 0) == 0);
		CHECK(ioctl(fd, PIOCBIS, S_SCE) == 0);
		await(S_SCE);
	}
	EOF
	atf_check ./stops "$mnt/$pid/mem" $pid
	until_true grep -q '^TracerPid:.0' "/proc/$pid/status"
	atf_check env LINGER=1 ./stops "$mnt/$pid/mem" $pid
	[ "$(tracer)" = "$daemon" ] || atf_fail "the events are gone"
	umount "$mnt" 2>/dev/null || fusermount3 -u "$mnt"
	until_true sh -c "! kill -0 $daemon 2>/dev/null"
	kill -0 $pid || atf_fail "it was killed"
	[ "$(tracer)" = 0 ] || atf_fail "still traced"
	until_true grep -q '^State:.*R' "/proc/$pid/status"
}

case_of waits_are_interrupted "a PIOCWAIT ends with EINTR for a signal, and with the end of the process"
waits_are_interrupted_body()
{
	mount_procfs
	start_puppet
	stop_program stops 'BSD_PIOC_MOUNTED(request)' <<-'EOF'
	static void handler(int sig) { }
	static void *ender(void *arg)
	{
		struct procfs_status other;
		/* Meanwhile others are served. */
		for (int i = 0; i < 100; i++)
			CHECK(ioctl(fd, OUT(PIOCSTATUS), &other) == 0 && other.state == 1);
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		return (NULL);
	}
	static void test(void)
	{
		struct sigaction sa = { .sa_handler = handler };
		pthread_t thread, self = pthread_self();
		sigaction(SIGUSR1, &sa, NULL);
		CHECK(ioctl(fd, PIOCBIS, S_EXIT) == 0);
		pthread_create(&thread, NULL, ender, &self);
		CHECK(ioctl(fd, OUT(PIOCWAIT), &ps) == -1 && errno == EINTR);
		pthread_join(thread, NULL);
		CHECK(ioctl(fd, PIOCBIC, S_EXIT) == 0);
		CHECK(ioctl(fd, PIOCBIS, S_SIG) == 0);
		kill(target, SIGTERM);
		await(S_SIG);
		CHECK(ps.val == SIGTERM);
		CHECK(kill(target, SIGKILL) == 0);
		while (ioctl(fd, OUT(PIOCWAIT), &ps) == 0)
			CHECK(ps.state == 1 || ps.why == S_SIG);
		CHECK(errno == EIO);
		CHECK(ioctl(fd, PIOCBIS, S_SIG) == -1 && errno == EIO);
		CHECK(ioctl(fd, PIOCCONT, 0) == -1 && errno == EIO);
	}
	EOF
	atf_check ./stops "$mnt/$pid/mem" $pid
}

case_of two_debuggers "ptrace by ctl and stop events by mem of one process"
two_debuggers_body()
{
	mount_procfs
	start_puppet calls
	ctl attach
	ctl wait
	stop_program stops 'BSD_PIOC_MOUNTED(request)' <<-'EOF'
	static void test(void)
	{
		CHECK(ioctl(fd, PIOCBIS, S_SCX) == 0);
		CHECK(write(open(getenv("CTL"), O_WRONLY), "run", 3) == 3);
		await(S_SCX);
		CHECK(ps.val == SYS_getppid);
		CHECK(ioctl(fd, PIOCBIC, S_SCX) == 0);
		go_on();
	}
	EOF
	atf_check env CTL="$mnt/$pid/ctl" ./stops "$mnt/$pid/mem" $pid
	[ "$(tracer)" = "$daemon" ] || atf_fail "no longer traced"
	ctl detach
	[ "$(tracer)" = 0 ] || atf_fail "still traced"
}

case_of only_mem_has_ioctls "the others say ENOTTY"
only_mem_has_ioctls_body()
{
	mount_procfs
	start_puppet
	for file in status map regs; do
		fails_with ENOTTY python3 -c "
import fcntl
fcntl.ioctl(open('$mnt/$pid/$file', 'rb', buffering=0), 0x20047001, 1)"
	done
}

atf_init_test_cases()
{
	atf_add_test_case words
	atf_add_test_case first_thread_gone
	atf_add_test_case holes
	atf_add_test_case large
	atf_add_test_case after_exec
	atf_add_test_case stop_events
	atf_add_test_case stop_events_by_freebsds_numbers
	atf_add_test_case last_close
	atf_add_test_case waits_are_interrupted
	atf_add_test_case two_debuggers
	atf_add_test_case only_mem_has_ioctls
}
