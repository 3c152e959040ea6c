#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The names in a mounted bsdprocfs, and what the files say.

build='@BUILD_ROOT@'
source='@SOURCE_ROOT@'
cc='@CC@'
. "$source/tests/tools/bsdprocfs.subr"

case_of names "every process has a directory with the names of FreeBSD in it"
names_body()
{
	mount_procfs
	start_puppet
	cat >expected <<-'EOF'
	cmdline
	ctl
	dbregs
	etype
	file
	fpregs
	map
	mem
	note
	notepg
	osrel
	regs
	rlimit
	status
	EOF
	atf_check -o file:expected ls "$mnt/$pid"
	ls "$mnt" >names
	for name in $pid curproc self $$; do
		grep -qx "$name" names || atf_fail "$name is not listed"
	done
	grep -vxE '[0-9]+|curproc|self' names && atf_fail "what are these?"
	for name in 0 0$pid +$pid 4194304 99999999999 $pid.; do
		[ ! -e "$mnt/$name" ] || atf_fail "$name is there"
	done
	stat -c '%a %F %u %n' "$mnt/$pid" "$mnt/$pid"/* | sed "s,$mnt/$pid,," >modes
	cat >expected <<-EOF
	555 directory $(id -u) $(:)
	444 regular empty file $(id -u) /cmdline
	200 regular empty file $(id -u) /ctl
	600 regular empty file $(id -u) /dbregs
	444 regular empty file $(id -u) /etype
	444 symbolic link $(id -u) /file
	600 regular empty file $(id -u) /fpregs
	444 regular empty file $(id -u) /map
	600 regular empty file $(id -u) /mem
	200 regular empty file $(id -u) /note
	200 regular empty file $(id -u) /notepg
	444 regular empty file $(id -u) /osrel
	600 regular empty file $(id -u) /regs
	444 regular empty file $(id -u) /rlimit
	444 regular empty file $(id -u) /status
	EOF
	atf_check diff expected modes
}

case_of threads_are_no_processes "the id of a thread is no name"
threads_are_no_processes_body()
{
	mount_procfs
	start_puppet threads
	until_true grep -q 'State:.*zombie' "/proc/$pid/status"
	for tid in $(ls "/proc/$pid/task"); do
		[ "$tid" = $pid ] || [ ! -e "$mnt/$tid" ] || atf_fail "$tid is there"
	done
	# Its first thread has ended; it has not.
	atf_check -o match:"^puppet $pid " cat "$mnt/$pid/status"
	atf_check -o match:'vnode .*/puppet ' cat "$mnt/$pid/map"
}

case_of links "curproc and self lead to who asks, file to the program"
links_body()
{
	mount_procfs
	start_puppet
	cp /bin/sh gone
	atf_check -o "inline:$PWD/puppet" readlink -n "$mnt/$pid/file"
	for link in curproc self; do
		atf_check -o match:'^True$' python3 -c "import os; print(os.readlink('$mnt/$link') == str(os.getpid()))"
		atf_check -o match:'^True$' python3 -c "import os, threading
t = threading.Thread(target=lambda: print(os.readlink('$mnt/$link') == str(os.getpid())))
t.start(); t.join()"
	done
	./gone -c "rm gone; readlink $mnt/\$\$/file" >out
	atf_check -o inline:"unknown\n" cat out
}

case_of status "the fields of status agree with /proc"
status_body()
{
	mount_procfs
	start_puppet spin
	mv puppet 'a \b'
	kill -KILL $pid
	rm -f told; mkfifo told
	'./a \b' >told &
	pid=$!
	echo $pid >>targets
	read -r variable constant <told
	until_true sh -c "grep -q '^State:.*sleeping' /proc/$pid/status"
	cat >check.py <<-'EOF'
	import os, sys, time
	mnt, pid = sys.argv[1:]
	text = open(f'{mnt}/{pid}/status').read()
	assert text.endswith('\n') and text.count('\n') == 1, text
	f = text.split()
	stat = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
	own = dict(l.split(':', 1) for l in open(f'/proc/{pid}/status').read().splitlines())
	uid, gid = own['Uid'].split(), own['Gid'].split()
	assert f[0] == r'a\040\134b', f
	assert f[1:5] == [pid] + stat[1:4], f
	tty = int(stat[4])
	assert (f[5] == '-') == (tty == 0), f
	flags = ','.join(['ctty'] * (tty != 0) + ['sldr'] * (stat[3] == pid)) or 'noflags'
	assert f[6] == flags, f
	sec, usec = map(int, f[7].split(','))
	assert 0 <= usec < 1000000 and abs(time.time() - sec) < 120, f
	for field, ticks in (f[8], stat[11]), (f[9], stat[12]):
	    s, us = map(int, field.split(','))
	    assert s * 100 + us // 10000 == int(ticks) * 100 // os.sysconf('SC_CLK_TCK'), (field, ticks)
	assert f[10] == 'nochan' or not f[10].isdigit(), f
	assert f[11:13] == [uid[1], uid[0]], f
	assert f[13] == ','.join([gid[0], gid[1]] + own['Groups'].split()), f
	assert f[14:] == ['-'], f
	EOF
	atf_check python3 check.py "$mnt" $pid
}

case_of status_of_a_leader "the flags and terminal of a session leader on a terminal"
status_of_a_leader_body()
{
	mount_procfs
	cat >check.py <<-'EOF'
	import os, pty, sys
	pid, fd = pty.fork()
	if pid == 0:
	    os.write(1, b'r')
	    os.read(0, 1)
	    os._exit(0)
	os.read(fd, 1)
	f = open(f'{sys.argv[1]}/{pid}/status').read().split()
	name = os.path.relpath(os.readlink(f'/proc/{pid}/fd/0'), '/dev')
	os.write(fd, b'\n')
	os.waitpid(pid, 0)
	assert f[4:7] == [str(pid), name, 'ctty,sldr'], f
	EOF
	atf_check python3 check.py "$mnt"
}

case_of map "the lines of map agree with /proc"
map_body()
{
	mount_procfs
	start_puppet
	cat >check.py <<-'EOF'
	import re, sys
	mnt, pid = sys.argv[1:]
	maps = [l.rstrip('\n').split(None, 5) for l in open(f'/proc/{pid}/maps')]
	lines = [l.split() for l in open(f'{mnt}/{pid}/map')]
	assert len(lines) == len(maps), (len(lines), len(maps))
	uid = re.search(r'Uid:\t(\d+)', open(f'/proc/{pid}/status').read()).group(1)
	for f, m in zip(lines, maps):
	    assert len(f) == 15, f
	    start, end = m[0].split('-')
	    assert (f[0], f[1]) == (f'0x{start}', f'0x{end}'.replace('0x0', '0x')), (f, m)
	    pages = (int(f[1], 16) - int(f[0], 16)) // 4096
	    assert 0 <= int(f[3]) <= int(f[2]) <= pages, f
	    assert f[4] == '0' and f[6:9] == ['0', '0', '0x0'], f
	    assert f[5] == m[1][:3], (f, m)
	    assert f[9] == ('COW' if m[1][3] == 'p' else 'NCOW') and f[10] in ('NC', 'NNC'), (f, m)
	    path = m[5] if len(m) > 5 else ''
	    if path.startswith('/'):
	        assert (f[11], f[12]) == ('vnode', path), (f, m)
	    else:
	        assert f[12] == '-' and f[11] in ('none', 'default', 'swap', 'phys'), (f, m)
	    assert f[13:] in (['NCH', '-1'], ['CH', uid]), f
	    if path == '[stack]':
	        assert f[11] == 'default' and int(f[2]) > 0 and int(f[3]) > 0 and f[13] == 'CH', f
	    if path == '[vdso]':
	        assert f[11] == 'phys' and f[13] == 'NCH', f
	EOF
	atf_check python3 check.py "$mnt" $pid
}

case_of map_of_every_kind "devices, shared memory and deleted files in map"
map_of_every_kind_body()
{
	mount_procfs
	program kinds <<-'EOF'
	#include <fcntl.h>
	#include <stdio.h>
	#include <sys/mman.h>
	#include <unistd.h>
	static void say(const char *what, void *p) { printf("%s %#lx\n", what, (unsigned long)p); }
	int main(void)
	{
		int zero = open("/dev/null", O_RDWR), gone = open("gone", O_RDWR | O_CREAT, 0600);
		char *p;
		ftruncate(gone, 4096);
		unlink("gone");
		say("deleted", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, gone, 0));
		p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		p[0] = 1;
		say("shared", p);
		say("untouched", mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("data", O_RDONLY), 0);
		say("copied", p);
		p[0] = 1;
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("data", O_RDONLY), 0);
		say("uncopied", p);
		fflush(stdout);
		pause();
	}
	EOF
	echo data >data
	mkfifo said
	./kinds >said &
	pid=$!
	echo $pid >>targets
	exec 4<said
	for what in deleted shared untouched copied uncopied; do
		read -r name address <&4
		[ "$name" = $what ] || atf_fail "not $what"
		grep -m 1 "^$address " "$mnt/$pid/map" | cut -d ' ' -f 6,10- >line.$what
	done
	atf_check -o inline:"r-- COW NNC vnode - NCH -1\n" cat line.deleted
	atf_check -o match:"^rw- NCOW NNC swap - " cat line.shared
	atf_check -o match:"^rw- COW NC none - CH $(id -u)\$" cat line.untouched
	atf_check -o inline:"rw- COW NNC vnode $PWD/data CH $(id -u)\n" cat line.copied
	atf_check -o inline:"rw- COW NC vnode $PWD/data CH $(id -u)\n" cat line.uncopied
}

case_of small_files "cmdline, etype, osrel, rlimit, note"
small_files_body()
{
	mount_procfs
	(ulimit -n 123; ulimit -c 0; exec sleep 1000) &
	pid=$!
	echo $pid >>targets
	until_true grep -q sleep "/proc/$pid/comm"
	atf_check cmp "$mnt/$pid/cmdline" "/proc/$pid/cmdline"
	case $(od -An -tu1 -j4 -N1 /bin/sleep | tr -d ' ') in
	1) atf_check -o inline:'Linux ELF32\n' cat "$mnt/$pid/etype" ;;
	2) atf_check -o inline:'Linux ELF64\n' cat "$mnt/$pid/etype" ;;
	esac
	atf_check -o match:'^[0-9]+$' cat "$mnt/$pid/osrel"
	if command -v readelf >/dev/null; then
		readelf -n /bin/sleep | sed -n 's/.*OS: Linux, ABI: \([0-9]*\)\.\([0-9]*\)\.\([0-9]*\)/\1 \2 \3/p' >abi
		read -r a b c <abi && atf_check -o inline:"$((a * 1000000 + b * 1000 + c))\n" cat "$mnt/$pid/osrel"
	fi
	cut -d ' ' -f 1 "$mnt/$pid/rlimit" | tr '\n' ' ' >limits
	atf_check -o inline:'cpu fsize data stack core rss memlock nproc nofile sbsize vmem npts swap kqueues ' cat limits
	atf_check -o match:'^nofile 123 123$' -o match:'^core 0 ' -o match:'^swap -1 -1$' cat "$mnt/$pid/rlimit"
	for note in note notepg; do
		fails_with EOPNOTSUPP write_to "$mnt/$pid/$note" hello
	done
}

case_of open_modes "what a file does not have it does not open for; nothing can be made or removed"
open_modes_body()
{
	mount_procfs
	start_puppet
	refusal=EACCES
	[ "$(id -u)" != 0 ] || refusal=EPERM
	for file in cmdline etype map osrel rlimit status; do
		fails_with $refusal write_to "$mnt/$pid/$file" x
	done
	for file in ctl note notepg; do
		fails_with $refusal cat "$mnt/$pid/$file"
	done
	fails_with ENOENT write_to "$mnt/99999999/ctl" attach
	if [ "$(id -u)" = 0 ]; then
		fails_with ENOENT write_to "$mnt/$pid/nothing" x
		fails_with EOPNOTSUPP rm "$mnt/$pid/status"
		fails_with EOPNOTSUPP mkdir "$mnt/new"
		fails_with EOPNOTSUPP chmod 777 "$mnt/$pid/status"
		fails_with EOPNOTSUPP mv "$mnt/$pid/status" "$mnt/$pid/other"
	fi
}

case_of reads_in_pieces "a file read in pieces is that of one moment"
reads_in_pieces_body()
{
	mount_procfs
	start_puppet
	dd if="$mnt/$pid/map" bs=7 status=none >pieces
	atf_check cmp pieces "$mnt/$pid/map"
	atf_check -o match:"^puppet $pid " sh -c "exec 5<$mnt/$pid/status; cat <&5 >/dev/null; cat /dev/fd/5"
}

case_of a_death_while_open "files of a process that ended fail; its directory is gone, also when the id is used again"
a_death_while_open_body()
{
	mount_procfs
	start_puppet
	cat >check.py <<-'EOF'
	import errno, os, signal, subprocess, sys
	mnt, pid = sys.argv[1:]
	files = 'cmdline etype map osrel rlimit status mem regs fpregs dbregs'.split()
	fds = {f: os.open(f'{mnt}/{pid}/{f}', os.O_RDONLY) for f in files}
	ctl = os.open(f'{mnt}/{pid}/ctl', os.O_WRONLY)
	os.kill(int(pid), signal.SIGKILL)
	while os.path.exists(f'{mnt}/{pid}'):
	    pass
	def error(what, *args):
	    try:
	        what(*args)
	    except OSError as e:
	        return errno.errorcode[e.errno]
	for f, fd in fds.items():
	    assert error(os.read, fd, 100) == 'EIO', f
	    assert error(os.pread, fd, 100, 0x400000) == 'EIO', f
	for command in b'attach', b'detach', b'wait', b'run', b'kill':
	    assert error(os.write, ctl, command) == 'EIO', command
	assert error(os.fstat, fds['status']) in (None, 'ENOENT')
	assert error(os.stat, f'{mnt}/{pid}/status') == 'ENOENT'
	assert pid not in os.listdir(mnt)
	EOF
	atf_check python3 check.py "$mnt" $pid
}

case_of nothing_is_left "processes that come and go while they are looked at, from many sides, leave nothing behind in bsdprocfs"
nothing_is_left_body()
{
	mount_procfs
	cat >check.py <<-'EOF'
	import errno, os, random, signal, subprocess, sys, threading
	mnt, daemon = sys.argv[1:]
	fine = {errno.EIO, errno.ENOENT, errno.EBUSY, errno.EPERM, errno.EFAULT, errno.EINVAL, errno.EOPNOTSUPP, errno.ESRCH}
	files = 'cmdline etype map osrel rlimit status mem regs fpregs dbregs'.split()
	done = False
	def held():
	    return len(os.listdir(f'/proc/{daemon}/fd'))
	def look(seed):
	    rnd = random.Random(seed)
	    while not done:
	        for pid in list(pids):
	            try:
	                if rnd.random() < 0.3:
	                    with open(f'{mnt}/{pid}/ctl', 'wb', buffering=0) as f:
	                        f.write(rnd.choice([b'attach', b'wait', b'step', b'run', b'detach', b'usr1']))
	                else:
	                    with open(f'{mnt}/{pid}/{rnd.choice(files)}', 'rb', buffering=0) as f:
	                        f.read(64)
	                os.listdir(f'{mnt}/{pid}')
	            except OSError as e:
	                assert e.errno in fine, e
	pids, failed = [], []
	def run(seed):
	    try:
	        look(seed)
	    except BaseException as e:
	        failed.append(e)
	before = held()
	threads = [threading.Thread(target=run, args=(i,)) for i in range(6)]
	for t in threads:
	    t.start()
	# A command may find it before it has its handler, and end it by that; so it is waited for.
	def start():
	    p = subprocess.Popen(['sh', '-c', 'trap : USR1; echo; while :; do :; done'], stdout=subprocess.PIPE)
	    p.stdout.readline()
	    p.stdout.close()
	    pids.append(p.pid)
	def end():
	    pid = pids.pop(0)
	    os.kill(pid, signal.SIGKILL)
	    return os.waitpid(pid, 0)[1]
	try:
	    for i in range(60):
	        start()
	        if len(pids) > 2:
	            status = end()
	            assert status == signal.SIGKILL, status
	finally: # or who waits for one of them would wait for ever
	    while pids:
	        end()
	    done = True
	for t in threads:
	    t.join()
	assert not failed, failed
	while held() > before:
	    pass
	os.stat(f'{mnt}/{daemon}')
	EOF
	atf_check -e ignore python3 check.py "$mnt" "$daemon"
}

atf_init_test_cases()
{
	atf_add_test_case names
	atf_add_test_case threads_are_no_processes
	atf_add_test_case links
	atf_add_test_case status
	atf_add_test_case status_of_a_leader
	atf_add_test_case map
	atf_add_test_case map_of_every_kind
	atf_add_test_case small_files
	atf_add_test_case open_modes
	atf_add_test_case reads_in_pieces
	atf_add_test_case a_death_while_open
	atf_add_test_case nothing_is_left
}
