/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes system calls, and prints what truss must show of them.  Calls between close(4242) and close(4243) are meant.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char expected[65536];
static size_t length;
static pid_t self;
static uid_t uid;

/* A line as truss shows it. */
static void __attribute__((format(printf, 1, 2))) expect(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	length += (size_t)vsnprintf(expected + length, sizeof(expected) - length, format, ap);
	va_end(ap);
	expected[length++] = '\n';
}

/* What follows the arguments of a call that returned n. */
static const char *
result(long n)
{
	static char text[64];

	snprintf(text, sizeof(text), "= %ld (%#lx)", n, n);
	return (n == 0 ? "= 0 (0x0)" : text);
}

static void
files(const char *dir)
{
	char path[4096];
	struct stat st;
	long fd;

	snprintf(path, sizeof(path), "%s/a \"quoted\"\nname", dir);
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	expect("openat(AT_FDCWD,\"%s/a \\\"quoted\\\"\\nname\",O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC,0640) %s",
	    dir, result(fd));
	expect(
	    "write(%ld,\"a\\0b\\0012\\377\",6) %s", fd, result(syscall(SYS_write, fd, "a\0b\0012\377", 6)));
	syscall(SYS_pwrite64, -1, "0123456789012345678901234567890123456789", 40L, 1L << 32);
	expect("pwrite64(-1,\"01234567890123456789012345678901\"...,40,4294967296) ERR#9 EBADF 'Bad file "
	       "descriptor'");
	syscall(SYS_lseek, fd, 0L, SEEK_SET);
	expect("lseek(%ld,0,SEEK_SET) %s", fd, result(0));
	syscall(SYS_read, fd, path, 100);
	expect("read(%ld,\"a\\0b\\0012\\377\",100) %s", fd, result(6));
	syscall(SYS_fstat, fd, &st);
	expect("fstat(%ld,{ st_dev=%u:%u, st_ino=%lu, st_nlink=1, st_mode=S_IFREG|0%o, st_uid=%u, st_gid=%u, "
	       "st_rdev=0:0, "
	       "st_size=6, st_blksize=%ld, st_blocks=%ld, st_atime=%ld, st_atime_nsec=%ld, st_mtime=%ld, "
	       "st_mtime_nsec=%ld, "
	       "st_ctime=%ld, st_ctime_nsec=%ld }) = 0 (0x0)",
	    fd, major(st.st_dev), minor(st.st_dev), st.st_ino, st.st_mode & 07777, st.st_uid, st.st_gid,
	    st.st_blksize, st.st_blocks, st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec, st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	syscall(SYS_fcntl, fd, F_GETFL);
	expect("fcntl(%ld,F_GETFL) = 32770 (O_RDWR|O_LARGEFILE)", fd);
	syscall(SYS_fcntl, fd, F_SETFD, 0);
	expect("fcntl(%ld,F_SETFD,0x0) = 0 (0x0)", fd);
	syscall(SYS_ioctl, fd, TIOCGWINSZ, path);
	expect("ioctl(%ld,TIOCGWINSZ,%p) ERR#25 ENOTTY 'Inappropriate ioctl for device'", fd, (void *)path);
	syscall(SYS_ioctl, fd, 0x4004ee11, path);
	expect("ioctl(%ld,_IOW(0xee,0x11,4),%p) ERR#25 ENOTTY 'Inappropriate ioctl for device'", fd,
	    (void *)path);
	syscall(SYS_close, fd);
	expect("close(%ld) = 0 (0x0)", fd);
	syscall(SYS_openat, -1, "nowhere", O_RDONLY);
	expect("openat(-1,\"nowhere\",O_RDONLY) ERR#9 EBADF 'Bad file descriptor'");
	syscall(SYS_access, "/nowhere", R_OK | X_OK);
	expect("access(\"/nowhere\",R_OK|X_OK) ERR#2 ENOENT 'No such file or directory'");
	syscall(SYS_access, "/", F_OK);
	expect("access(\"/\",F_OK) = 0 (0x0)");
	syscall(SYS_access, 16L, F_OK);
	expect("access(0x10,F_OK) ERR#14 EFAULT 'Bad address'");
	syscall(SYS_access, NULL, F_OK);
	expect("access(NULL,F_OK) ERR#14 EFAULT 'Bad address'");
}

/* A string and data that end where the next page cannot be read. */
static void
edge_of_memory(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	expect("mmap(NULL,8192,PROT_READ|PROT_WRITE,MAP_PRIVATE|MAP_ANONYMOUS,-1,0x0) = %p", (void *)page);
	mprotect(page + 4096, 4096, PROT_NONE);
	expect("mprotect(%p,4096,PROT_NONE) = 0 (0x0)", (void *)(page + 4096));
	munmap(page + 4096, 4096);
	expect("munmap(%p,4096) = 0 (0x0)", (void *)(page + 4096));
	strcpy(page + 4092, "end");
	syscall(SYS_chdir, page + 4092);
	expect("chdir(\"end\") ERR#2 ENOENT 'No such file or directory'");
	memcpy(page + 4092, "open", 4);
	syscall(SYS_chdir, page + 4092);
	expect("chdir(\"open\"...) ERR#14 EFAULT 'Bad address'");
	syscall(SYS_write, -1, page + 4092, 20);
	expect("write(-1,\"open\"...,20) ERR#9 EBADF 'Bad file descriptor'");
}

static void
descriptors(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.u64 = 0xfeed };
	struct timespec nothing = { 0, 5000 };
	int fds[2];
	struct pollfd pfd;
	struct iovec iov[2] = { { (char[]){ "one" }, 3 }, { (char[]){ "two\t" }, 4 } };
	char a[4], b[8];
	struct iovec in[2] = { { a, 4 }, { b, 8 } };
	fd_set set;
	long ep;

	syscall(SYS_pipe2, fds, O_NONBLOCK);
	expect("pipe2([ %d, %d ],O_NONBLOCK) = 0 (0x0)", fds[0], fds[1]);
	syscall(SYS_writev, fds[1], iov, 2);
	expect(
	    "writev(%d,[ { iov_base=\"one\", iov_len=3 }, { iov_base=\"two\\t\", iov_len=4 } ],2) = 7 (0x7)",
	    fds[1]);
	pfd = (struct pollfd){ fds[0], POLLIN | POLLPRI, 0 };
	syscall(SYS_poll, &pfd, 1, 10);
	expect("poll([ { fd=%d, events=POLLIN|POLLPRI, revents=0x0 } ],1,10) -> ufds=[ { fd=%d, "
	       "events=POLLIN|POLLPRI, "
	       "revents=POLLIN } ] = 1 (0x1)",
	    fds[0], fds[0]);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	syscall(SYS_pselect6, fds[0] + 1, &set, NULL, NULL, &nothing, NULL);
	expect("pselect6(%d,[ %d ],NULL,NULL,{ tv_sec=0, tv_nsec=5000 },NULL) -> inp=[ %d ] tsp={ tv_sec=0, "
	       "tv_nsec=%ld } "
	       "= 1 (0x1)",
	    fds[0] + 1, fds[0], fds[0], nothing.tv_nsec);
	syscall(SYS_readv, fds[0], in, 2);
	expect(
	    "readv(%d,[ { iov_base=\"onet\", iov_len=4 }, { iov_base=\"wo\\t\", iov_len=8 } ],2) = 7 (0x7)",
	    fds[0]);
	ep = syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
	expect("epoll_create1(EPOLL_CLOEXEC) %s", result(ep));
	syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fds[1], &ev);
	expect(
	    "epoll_ctl(%ld,EPOLL_CTL_ADD,%d,{ events=EPOLLIN|EPOLLET, data=0xfeed }) = 0 (0x0)", ep, fds[1]);
	ev.events = EPOLLOUT;
	syscall(SYS_epoll_ctl, ep, EPOLL_CTL_MOD, fds[1], &ev);
	expect("epoll_ctl(%ld,EPOLL_CTL_MOD,%d,{ events=EPOLLOUT, data=0xfeed }) = 0 (0x0)", ep, fds[1]);
	syscall(SYS_epoll_wait, ep, &ev, 1, 0);
	expect("epoll_wait(%ld,[ { events=EPOLLOUT, data=0xfeed } ],1,0) = 1 (0x1)", ep);
}

static void
sockets(void)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = 0, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/nowhere/at/all" };
	socklen_t size = sizeof(in);
	int one = 1, pair[2];
	char c;
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

	expect("socket(AF_INET,SOCK_STREAM|SOCK_CLOEXEC,IPPROTO_TCP) %s", result(fd));
	syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	expect("setsockopt(%ld,SOL_SOCKET,SO_REUSEADDR,[ 1 ],4) = 0 (0x0)", fd);
	syscall(SYS_bind, fd, &in, sizeof(in));
	expect("bind(%ld,{ family=AF_INET, addr=127.0.0.1, port=0 },16) = 0 (0x0)", fd);
	syscall(SYS_getsockname, fd, &in, &size);
	expect("getsockname(%ld,{ family=AF_INET, addr=127.0.0.1, port=%u },16) = 0 (0x0)", fd,
	    ntohs(in.sin_port));
	syscall(SYS_connect, fd, &un, sizeof(un));
	expect("connect(%ld,{ family=AF_UNIX, path=\"/nowhere/at/all\" },110) ERR#97 EAFNOSUPPORT 'Address "
	       "family not "
	       "supported by protocol'",
	    fd);
	syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
	expect("socketpair(AF_UNIX,SOCK_DGRAM,0,[ %d, %d ]) = 0 (0x0)", pair[0], pair[1]);
	syscall(SYS_sendto, pair[0], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
	expect("sendto(%d,\"x\",1,MSG_DONTWAIT|MSG_NOSIGNAL,NULL,0) = 1 (0x1)", pair[0]);
	syscall(SYS_recvfrom, pair[1], &c, 1, 0, NULL, NULL);
	expect("recvfrom(%d,\"x\",1,0x0,NULL,NULL) = 1 (0x1)", pair[1]);
}

static void
processes(void)
{
	struct rlimit limit = { 4096, RLIM_INFINITY };
	struct timespec tick = { 0, 1 };
	int status, word = 7;
	pid_t pid;

	syscall(SYS_setrlimit, RLIMIT_CORE, (void *)16);
	expect("setrlimit(RLIMIT_CORE,0x10) ERR#14 EFAULT 'Bad address'");
	syscall(SYS_prlimit64, -1, RLIMIT_NOFILE, &limit, NULL);
	expect("prlimit64(-1,RLIMIT_NOFILE,{ rlim_cur=4096, rlim_max=RLIM64_INFINITY },NULL) ERR#3 ESRCH 'No "
	       "such process'");
	syscall(SYS_nanosleep, &tick, NULL);
	expect("nanosleep({ tv_sec=0, tv_nsec=1 },NULL) = 0 (0x0)");
	syscall(SYS_prctl, PR_SET_NAME, "puppet");
	expect("prctl(PR_SET_NAME,\"puppet\") = 0 (0x0)");
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 8, NULL);
	expect(
	    "futex(%p,FUTEX_WAIT|FUTEX_PRIVATE_FLAG,8,NULL) ERR#11 EAGAIN 'Resource temporarily unavailable'",
	    (void *)&word);
	pid = (pid_t)syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, 0L);
	if (pid == 0)
		syscall(SYS_exit_group, 3);
	expect("clone(SIGCHLD,NULL) %s", result(pid));
	syscall(SYS_wait4, pid, &status, __WALL, NULL);
	expect("wait4(%d,{ exited=3 },__WALL,NULL) %s", pid, result(pid));
	syscall(SYS_wait4, -1, &status, WNOHANG, NULL);
	expect("wait4(-1,%p,WNOHANG,NULL) ERR#10 ECHILD 'No child processes'", (void *)&status);
	syscall(1000L, 1L, 2L, 3L, 4L, 5L, 6L);
	expect("syscall_1000(0x1,0x2,0x3,0x4,0x5,0x6) ERR#38 ENOSYS 'Function not implemented'");
}

/* The kernel's own struct; libc's differs. */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static void
signals(void)
{
	struct action action = { SIG_IGN, SA_RESTART, NULL, 1UL << (SIGUSR2 - 1) };
	unsigned long none = 0;

	syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8L);
	expect("rt_sigaction(SIGUSR2,{ sa_handler=SIG_IGN, sa_flags=SA_RESTART, sa_restorer=NULL, sa_mask=[ "
	       "SIGUSR2 ] },"
	       "NULL,8) = 0 (0x0)");
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &none, NULL, 8L);
	expect("rt_sigprocmask(SIG_BLOCK,[ ],NULL,8) = 0 (0x0)");
	syscall(SYS_kill, self, SIGUSR1);
	expect("kill(%d,SIGUSR1) = 0 (0x0)", self);
	expect("SIGNAL 10 (SIGUSR1) code=SI_USER, pid=%d, uid=%u", self, uid);
	expect("rt_sigreturn() = ?");
}

static void
on_signal(int sig)
{
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };

	if (argc < 2)
		return (2);
	sigaction(SIGUSR1, &sa, NULL);
	self = getpid();
	uid = getuid();
	close(4242);
	files(argv[1]);
	edge_of_memory();
	descriptors();
	sockets();
	processes();
	signals();
	close(4243);
	fwrite(expected, 1, length, stdout);
	return (0);
}
