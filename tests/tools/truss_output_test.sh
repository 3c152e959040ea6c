#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What truss shows of calls and events, and how its options change that.

truss='@BUILD_ROOT@/tools/truss/truss'
source='@SOURCE_ROOT@'
cc='@CC@'

puppet()
{
	atf_check -o ignore -e ignore $cc -D_GNU_SOURCE -o puppet "$source/tests/tools/truss_puppet.c"
}

atf_test_case calls_are_decoded
calls_are_decoded_head()
{
	atf_set descr "each call of the puppet is shown as it says it must be"
}
calls_are_decoded_body()
{
	puppet
	mkdir room
	atf_check -o save:expected "$truss" -o trace ./puppet "$PWD/room"
	sed -n '/^close(4242)/,/^close(4243)/p' trace | sed '1d;$d' >shown
	atf_check diff expected shown
}

atf_test_case json_is_complete
json_is_complete_head()
{
	atf_set descr "every line parses, and has what its event must have"
	atf_set require.progs python3
}
json_is_complete_body()
{
	puppet
	mkdir room
	"$truss" -j -f -a -e -o trace sh -c "./puppet $PWD/room; ls | wc -l; kill -TERM \$\$" >/dev/null
	cat >check.py <<-'EOF'
	import json
	need = {'syscall': {'syscall', 'args', 'ret'}, 'signal': {'signal', 'si_code'}, 'fork': {'child', 'vfork'},
	        'process': set(), 'exec': {'path'}, 'thread': set(), 'thread_exit': set(), 'exit': set()}
	seen = set()
	for line in open('trace'):
	    one = json.loads(line)
	    missing = (need[one['event']] | {'time', 'pid', 'tid'}) - set(one)
	    assert not missing, (missing, line)
	    assert one.get('ret') != -1 or one['errno'], line
	    seen.add(one['event'])
	    if one['event'] == 'exit':
	        last = one
	assert {'syscall', 'signal', 'fork', 'process', 'exec', 'exit'} <= seen, seen
	assert last['signal'] == 'SIGTERM', last
	EOF
	atf_check python3 check.py
}

atf_test_case strings_that_are_not_text
strings_that_are_not_text_head()
{
	atf_set descr "JSON keeps bytes that are no UTF-8, and says what was cut"
	atf_set require.progs python3
}
strings_that_are_not_text_body()
{
	cat >calls.c <<-'EOF'
	#include <unistd.h>
	int main(void)
	{
		write(-1, "\303\244\"\\\n\001", 6);
		write(-1, "\200\377", 2);
		write(-1, "12345678901234567890123456789012345", 35);
		write(-1, "1234567890123456789012345678901\303\244", 33);
		return (0);
	}
	EOF
	atf_check -e ignore $cc -w -o calls calls.c
	atf_check "$truss" -j -t write -o trace ./calls
	cat >check.py <<-'EOF'
	import json
	got = [json.loads(line)['args']['buf'] for line in open('trace') if '"write"' in line]
	assert got == ['ä"\\\n\x01', {'hex': '80ff'}, {'text': '12345678901234567890123456789012', 'cut': True},
	               {'text': '1234567890123456789012345678901', 'cut': True}], got
	EOF
	atf_check python3 check.py
}

atf_test_case strsize_cuts_strings
strsize_cuts_strings_body()
{
	atf_check -e match:'write\(1,"12345"...,11\) = 11 \(0xb\)' -o ignore "$truss" -s 5 sh -c 'echo 1234567890'
	atf_check -e match:'write\(1,""...,11\)' -o ignore "$truss" -s 0 sh -c 'echo 1234567890'
	atf_check -e match:'write\(1,"1234567890\\n",11\)' -o ignore "$truss" -s 11 sh -c 'echo 1234567890'
}

atf_test_case exec_strings
exec_strings_head()
{
	atf_set descr "-a shows arguments, -e the environment; without them the addresses are shown"
}
exec_strings_body()
{
	atf_check -e match:'^execve\("/bin/sh",0x[0-9a-f]+,0x[0-9a-f]+\) = 0 \(0x0\)$' "$truss" /bin/sh -c :
	atf_check -e match:'^execve\("/bin/sh",\[ "/bin/sh", "-c", ":" \],0x[0-9a-f]+\)' "$truss" -a /bin/sh -c :
	atf_check -e match:'execve\("/bin/sh",0x[0-9a-f]+,\[ .*"SOME=THING"' env SOME=THING "$truss" -e /bin/sh -c :
	atf_check -e match:'execve\("/bin/true",\[ "/bin/true", "x y" \]' "$truss" -a -f sh -c '/bin/true "x y"'
}

atf_test_case prefixes
prefixes_head()
{
	atf_set descr "-f, -H, -d and -D each put their column before every line"
}
prefixes_body()
{
	"$truss" -f -H -d -D -o trace sh -c '/bin/true; :' || atf_fail "truss failed"
	! grep -vE '^ *[0-9]+:  *[0-9]+: [0-9]+\.[0-9]{9} [0-9]+\.[0-9]{9} ' trace || atf_fail "lines without all columns"
	"$truss" -o trace true
	! grep -E '^ *[0-9]' trace || atf_fail "a column nobody asked for"
}

atf_test_case events_are_shown
events_are_shown_body()
{
	"$truss" -f -o trace sh -c '(exit 4); /bin/true; kill -USR1 $$' 2>/dev/null
	for line in '<v?forked [0-9]+>' '<new process [0-9]+>' '<exec ".*true">' 'process exit, rval = 4' \
	    'SIGNAL 10 \(SIGUSR1\) code=SI_USER, pid=[0-9]+, uid=[0-9]+' 'process killed, signal = 10 \(SIGUSR1\)'; do
		grep -qE "^ *[0-9]+: $line\$" trace || { cat trace; atf_fail "no line $line"; }
	done
	"$truss" -f -S -o trace sh -c 'kill -USR1 $$' 2>/dev/null
	! grep SIGNAL trace || atf_fail "-S does not hide signals"
}

atf_test_case threads_are_shown
threads_are_shown_head()
{
	atf_set require.progs python3
}
threads_are_shown_body()
{
	cat >threads.c <<-'EOF'
	#include <pthread.h>
	#include <unistd.h>
	static void *run(void *arg) { for (int i = 0; i < 200; i++) write(-1, "x", 1); return (NULL); }
	int main(void)
	{
		pthread_t t[8];
		for (int i = 0; i < 8; i++) pthread_create(&t[i], NULL, run, NULL);
		for (int i = 0; i < 8; i++) pthread_join(t[i], NULL);
		return (0);
	}
	EOF
	atf_check -e ignore $cc -pthread -w -o threads threads.c
	atf_check "$truss" -H -o trace ./threads
	[ "$(grep -c '<new thread' trace)" = 8 ] || atf_fail "not 8 births"
	[ "$(grep -c '<thread exit' trace)" = 8 ] || atf_fail "not 8 ends"
	# Each call is there once: begun, and either completed on its line or resumed on another of the same thread.
	cat >check.py <<-'EOF'
	import re
	open_call, done = {}, 0
	for line in open('trace'):
	    tid, text = re.fullmatch(r' *(\d+): (.*)\n', line).groups()
	    if text.startswith('<... '):
	        name = re.match(r'<\.\.\. (\w+) resumed>', text).group(1)
	        assert open_call.pop(tid) == name, line
	        text = name
	    elif text.endswith(' <unfinished ...>'):
	        assert tid not in open_call, line
	        open_call[tid] = re.match(r'(\w+)\(', text).group(1)
	        continue
	    elif not text.startswith(('<', 'process ')):
	        assert re.match(r'\w+\(.*\)( = | ERR#|$)', text), line
	    done += text.startswith('write')
	assert done == 1600 and not open_call, (done, open_call)
	EOF
	atf_check python3 check.py
}

atf_test_case exec_from_a_thread
exec_from_a_thread_head()
{
	atf_set descr "a thread that is not the first makes an execve: the others end, the call goes on in the first's name"
}
exec_from_a_thread_body()
{
	cat >exec.c <<-'EOF'
	#include <pthread.h>
	#include <unistd.h>
	static void *sleeper(void *arg) { for (;;) pause(); }
	static void *runner(void *arg) { usleep(20000); execl("/bin/echo", "echo", "hello", (char *)0); return (NULL); }
	int main(void)
	{
		pthread_t t;
		for (int i = 0; i < 3; i++) pthread_create(&t, NULL, sleeper, NULL);
		pthread_create(&t, NULL, runner, NULL);
		pause();
	}
	EOF
	atf_check -e ignore $cc -pthread -w -o exec exec.c
	atf_check -o inline:"hello\n" "$truss" -H -o trace ./exec
	[ "$(grep -c 'execve.* = 0 (0x0)$' trace)" = 2 ] || { cat trace; atf_fail "not two successful execves"; }
	atf_check -o match:'<exec ".*echo">$' -o match:'process exit, rval = 0$' cat trace
	"$truss" -j -H -o trace ./exec >/dev/null
	atf_check -o match:'"event":"syscall".*"syscall":"execve".*"filename":"/bin/echo".*"ret":0' cat trace
}

atf_test_case first_thread_ends_first
first_thread_ends_first_body()
{
	cat >leader.c <<-'EOF'
	#include <pthread.h>
	#include <unistd.h>
	static void *run(void *arg) { usleep(50000); write(1, "alive\n", 6); _exit(6); }
	int main(void) { pthread_t t; pthread_create(&t, NULL, run, NULL); pthread_exit(NULL); }
	EOF
	atf_check -e ignore $cc -pthread -w -o leader leader.c
	atf_check -s exit:6 -o inline:"alive\n" "$truss" -H -o trace ./leader
	atf_check -o match:'write\(1,"alive\\n",6\) = 6' -o match:'process exit, rval = 6$' cat trace
}

atf_test_case code_of_32_bits
code_of_32_bits_body()
{
	cat >small.s <<-'EOF'
	.globl _start
	.data
	text: .ascii "hello\n"
	.text
	_start: mov $4, %eax; mov $1, %ebx; mov $text, %ecx; mov $6, %edx; int $0x80
	mov $180, %eax; mov $-1, %ebx; mov %esp, %ecx; mov $8, %edx; mov $2, %esi; mov $1, %edi; int $0x80
	mov $197, %eax; mov $1, %ebx; mov $text, %ecx; int $0x80
	mov $1, %eax; mov $5, %ebx; int $0x80
	EOF
	{ as --32 -o small.o small.s && ld -m elf_i386 -o small small.o; } 2>/dev/null || atf_skip "no assembler for 32 bits"
	./small >/dev/null 2>&1; [ $? = 5 ] || atf_skip "the kernel runs no 32-bit code"
	atf_check -s exit:5 -o inline:"hello\n" "$truss" -o trace ./small
	cat trace
	atf_check -o match:'^write\(1,"hello\\n",6\) = 6' -o match:'^pread64\(-1,0x[0-9a-f]+,8,4294967298\) ERR#9 EBADF' \
	    -o match:'^fstat64\(1,.* st_mode=S_IF' -o match:'^exit\(5\)$' cat trace
}

atf_test_case small_calls_of_wide_code
small_calls_of_wide_code_head()
{
	atf_set descr "a 32-bit call that 64-bit code makes is shown as what it is"
}
small_calls_of_wide_code_body()
{
	[ "$(uname -m)" = x86_64 ] || atf_skip "written for x86-64"
	cat >wide.c <<-'EOF'
	int main(void)
	{
		long n = 20;
		__asm__ volatile("int $0x80" : "+a"(n) : : "memory");
		return n > 0 ? 0 : 1;
	}
	EOF
	atf_check -e ignore $cc -w -o wide wide.c
	./wide || atf_skip "the kernel makes no 32-bit calls"
	atf_check "$truss" -o trace ./wide
	atf_check -o match:'^getpid\(\) = [0-9]' cat trace
}

atf_test_case arguments_that_make_no_sense
arguments_that_make_no_sense_head()
{
	atf_set descr "every call with random arguments, made to fail and made to succeed: each is shown, in lines that parse"
	atf_set require.progs python3
	atf_set timeout 300
}
arguments_that_make_no_sense_body()
{
	# A filter lets no call happen; what it answers is the first argument.
	cat >random.c <<-'EOF'
	#include <linux/filter.h>
	#include <linux/seccomp.h>
	#include <stddef.h>
	#include <stdint.h>
	#include <stdlib.h>
	#include <sys/mman.h>
	#include <sys/prctl.h>
	#include <sys/syscall.h>
	#include <unistd.h>
	#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
	static uint64_t *memory;
	static uint64_t any(void) { return ((uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random()); }
	static uint64_t argument(void)
	{
		switch (random() % 8) {
		case 0: return (0);
		case 1: return (any());
		case 2: return (-1UL);
		case 3: return (any() % 64);
		case 4: return ((uintptr_t)memory + 16384 - any() % 64); /* where the memory ends */
		default: return ((uintptr_t)memory + any() % 16000);
		}
	}
	int main(int argc, char **argv)
	{
		struct sock_filter code[] = { LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)atoi(argv[1])) };
		struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };
		srandom((unsigned)atoi(argv[2]));
		memory = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(memory + 2048, 16384);
		for (int i = 0; i < 2048; i++) memory[i] = random() % 3 ? any() % 256 : argument();
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
		for (int round = 0; round < 10; round++)
			for (long n = 0; n < 480; n++)
				if (n != SYS_exit_group && n != 335 && n != 336) /* uretprobe, uprobe: not to be called */
					syscall(n, argument(), argument(), argument(), argument(), argument(), argument());
		syscall(SYS_exit_group, 0);
	}
	EOF
	atf_check -e ignore $cc -w -o random random.c
	for answer in 0 22; do
		seed=$(date +%N | tail -c 5 | sed 's/^0*//')
		echo "seed ${seed:=1}"
		atf_check "$truss" -a -e -j -o trace ./random $answer "$seed"
		atf_check python3 -c "import json; assert sum('syscall' in json.loads(l) for l in open('trace')) > 4750"
		atf_check "$truss" -a -e -o trace ./random $answer "$seed"
		[ "$(grep -cE '^[a-z_0-9]+\(.*\)( -> .*)? (= -?[0-9a-fx?]|ERR#)|^exit\(' trace)" -gt 4750 ] || atf_fail "lines are missing"
	done
}

atf_test_case filter
filter_body()
{
	"$truss" -t openat,close -o trace true
	! grep -vE '^(openat|close)\(|^<exec|^process exit' trace || atf_fail "more than was asked for"
	grep -q '^openat(' trace || atf_fail "less than was asked for"
	"$truss" -t '!openat,close' -o trace true
	! grep -E '^(openat|close)\(' trace || atf_fail "what was not asked for"
	grep -q '^mmap(' trace || atf_fail "less than was asked for"
	atf_check -s exit:1 -e inline:"truss: -t openat,nonsense: no system call is named 'nonsense'\n" \
	    "$truss" -t openat,nonsense true
	"$truss" -c -t openat -o trace true
	[ "$(awk '$1 != "syscall" && $1 != "total" && NF == 4' trace | wc -l)" = 1 ] || atf_fail "-c does not heed -t"
}

atf_test_case not_a_byte_too_much
not_a_byte_too_much_head()
{
	atf_set descr "with -o there is nothing on standard output and error but the command's"
}
not_a_byte_too_much_body()
{
	atf_check -o inline:"hello\n" "$truss" -o trace sh -c 'echo hello'
	atf_check -o inline:"hello\n" "$truss" -c -o trace sh -c 'echo hello'
	atf_check -s exit:1 -e match:'^truss: /nonexistent/trace: No such file or directory$' \
	    "$truss" -o /nonexistent/trace true
	atf_check -s exit:1 -e match:'^truss: write: No space left on device$' "$truss" -o /dev/full true
}

atf_init_test_cases()
{
	atf_add_test_case calls_are_decoded
	atf_add_test_case json_is_complete
	atf_add_test_case strings_that_are_not_text
	atf_add_test_case strsize_cuts_strings
	atf_add_test_case exec_strings
	atf_add_test_case prefixes
	atf_add_test_case events_are_shown
	atf_add_test_case threads_are_shown
	atf_add_test_case exec_from_a_thread
	atf_add_test_case first_thread_ends_first
	atf_add_test_case code_of_32_bits
	atf_add_test_case small_calls_of_wide_code
	atf_add_test_case arguments_that_make_no_sense
	atf_add_test_case filter
	atf_add_test_case not_a_byte_too_much
}
