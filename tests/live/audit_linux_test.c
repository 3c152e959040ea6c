/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_audit_linux(): the records it hands to libaudit, whose part this program plays.
 */
#include <bsdptrace-audit.h>
#include <bsdptrace.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRUSTED_APP 1121

/* ---- libaudit, as the library under test finds it: seen by children too ---- */

static struct stage {
	int opened, closed, written, wrong;
	pid_t writer, opener;
	int type, result;
	char text[1000];
	int fails;     /* errno of audit_open() */
	int refuses;   /* errno of a record */
	bool may_not;  /* write */
	int writing;
} *stage;
static int last_fd = -1;

int audit_open(void);
void audit_close(int fd);
int audit_can_write(void);
int audit_log_user_message(int fd, int type, const char *text, const char *hostname, const char *addr, const char *tty,
    int result);

int
audit_open(void)
{
	if (stage->fails != 0) {
		errno = stage->fails;
		return (-1);
	}
	stage->opened++;
	stage->opener = getpid();
	return (last_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

void
audit_close(int fd)
{
	stage->closed++;
	(void)close(fd);
}

int
audit_can_write(void)
{
	return (!stage->may_not);
}

int
audit_log_user_message(int fd, int type, const char *text, const char *hostname, const char *addr, const char *tty,
    int result)
{
	if (__atomic_fetch_add(&stage->writing, 1, __ATOMIC_SEQ_CST) != 0 || fd != last_fd || hostname != NULL ||
	    addr != NULL || tty != NULL)
		stage->wrong++; /* libaudit is not made for two threads */
	stage->written++;
	stage->writer = getpid();
	stage->type = type;
	stage->result = result;
	(void)snprintf(stage->text, sizeof(stage->text), "%s", text);
	(void)__atomic_fetch_sub(&stage->writing, 1, __ATOMIC_SEQ_CST);
	errno = stage->refuses;
	return (stage->refuses != 0 ? 0 : stage->written);
}

/* ---- a tracer ---- */

static pid_t target;

static void
begin(void)
{
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(stage != MAP_FAILED);
	ATF_REQUIRE((target = fork()) != -1);
	if (target == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
}

static void
end(void)
{
	int status;

	ATF_REQUIRE_EQ(0, kill(target, SIGKILL));
	ATF_REQUIRE_EQ(target, bsd_waitpid(target, &status, 0));
	ATF_CHECK_EQ(0, stage->wrong);
}

static void
attach(void)
{
	int status;

	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_ATTACH, target, NULL, 0));
	ATF_REQUIRE_EQ(target, bsd_waitpid(target, &status, 0));
}

static unsigned
own(const char *name)
{
	char path[64];
	unsigned value = (unsigned)-1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	if ((f = fopen(path, "r")) != NULL) {
		if (fscanf(f, "%u", &value) != 1)
			value = (unsigned)-1;
		(void)fclose(f);
	}
	return (value);
}

static const char *
ours(pid_t pid)
{
	static char text[200];

	(void)snprintf(text, sizeof(text), " opid=%d oauid=%u ouid=%u ogid=%u oruid=%u orgid=%u oses=%u", pid,
	    own("loginuid"), geteuid(), getegid(), getuid(), getgid(), own("sessionid"));
	return (text);
}

#define EXPECT(result_, fmt, ...)                                                   \
	do {                                                                        \
		char want_[500];                                                    \
		(void)snprintf(want_, sizeof(want_), fmt, __VA_ARGS__);             \
		ATF_CHECK_STREQ(want_, stage->text);                                \
		ATF_CHECK_EQ(result_, stage->result);                               \
		ATF_CHECK_EQ(TRUSTED_APP, stage->type);                             \
	} while (0)

ATF_TC_WITHOUT_HEAD(each_request_is_a_record);
ATF_TC_BODY(each_request_is_a_record, tc)
{
	int me = getpid();

	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	attach();
	EXPECT(1, "op=PT_ATTACH cmd=10 id=%d addr=0 value=0 exit=0 caller=%d%s", target, me, ours(target));
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_WRITE_D, target, (caddr_t)&target, -1));
	EXPECT(1, "op=PT_WRITE_D cmd=5 id=%d addr=%p value=-1 exit=0 caller=%d%s", target, (void *)&target, me,
	    ours(target));
	ATF_REQUIRE_EQ(-1, bsd_ptrace(PT_READ_D, target, (caddr_t)&target, 0));
	EXPECT(1, "op=PT_READ_D cmd=2 id=%d addr=%p value=0 exit=-1 caller=%d%s", target, (void *)&target, me,
	    ours(target));
	ATF_REQUIRE_EQ(-1, bsd_ptrace(PT_ATTACH, target, NULL, 7));
	EXPECT(0, "op=PT_ATTACH cmd=10 id=%d addr=0 value=7 exit=%d caller=%d%s", target, -EBUSY, me, ours(target));
	ATF_REQUIRE_EQ(-1, bsd_ptrace(PT_GETXSTATE, -5, NULL, 0));
	EXPECT(0, "op=PT_GETXSTATE cmd=%d id=-5 addr=0 value=0 exit=%d caller=%d", PT_GETXSTATE, -ESRCH, me);
	ATF_REQUIRE_EQ(-1, bsd_ptrace(4711, -5, (caddr_t)-1, 0));
	EXPECT(0, "op=? cmd=4711 id=-5 addr=%p value=0 exit=%d caller=%d", (void *)-1, -ESRCH, me);
	ATF_CHECK_EQ(6, stage->written);
	ATF_CHECK_EQ(1, stage->opened);
	ATF_CHECK_EQ(0, bsd_ptrace_audit_lost());
	end();
}

ATF_TC_WITHOUT_HEAD(off_is_off);
ATF_TC_BODY(off_is_off, tc)
{
	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(false));
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	ATF_CHECK_EQ(1, stage->opened);
	attach();
	ATF_CHECK_EQ(1, stage->written);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(false));
	ATF_CHECK_EQ(1, stage->closed);
	ATF_REQUIRE_EQ(0, bsd_ptrace(PT_DETACH, target, (caddr_t)1, 0));
	ATF_CHECK_EQ(1, stage->written);
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	attach();
	ATF_CHECK_EQ(2, stage->written);
	end();
}

ATF_TC_WITHOUT_HEAD(what_is_wrong_is_said_at_once);
ATF_TC_BODY(what_is_wrong_is_said_at_once, tc)
{
	begin();
	stage->fails = EPROTONOSUPPORT;
	ATF_CHECK_ERRNO(EPROTONOSUPPORT, bsd_ptrace_audit_linux(true) == -1);
	stage->fails = 0;
	stage->may_not = true;
	ATF_CHECK_ERRNO(EPERM, bsd_ptrace_audit_linux(true) == -1);
	ATF_CHECK_EQ(stage->opened, stage->closed);
	attach();
	ATF_CHECK_EQ(0, stage->written);
	ATF_CHECK_EQ(0, bsd_ptrace_audit_lost());
	end();
}

ATF_TC_WITHOUT_HEAD(lost_records_are_counted);
ATF_TC_BODY(lost_records_are_counted, tc)
{
	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	stage->refuses = ECONNREFUSED;
	attach(); /* the request itself takes no notice */
	ATF_CHECK_EQ(1, bsd_ptrace_audit_lost());
	stage->refuses = 0;
	ATF_REQUIRE_EQ(1, bsd_ptrace(PT_GETNUMLWPS, target, NULL, 0));
	ATF_CHECK_EQ(1, bsd_ptrace_audit_lost());
	end();
}

ATF_TC_WITHOUT_HEAD(child_by_fork_has_a_socket_of_its_own);
ATF_TC_BODY(child_by_fork_has_a_socket_of_its_own, tc)
{
	int status;
	pid_t pid;

	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 ? 0 : 1);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ(0, status);
	ATF_CHECK_EQ(2, stage->opened);
	ATF_CHECK_EQ(pid, stage->opener);
	ATF_CHECK_EQ(pid, stage->writer);
	EXPECT(1, "op=PT_TRACE_ME cmd=0 id=0 addr=0 value=0 exit=0 caller=%d%s", pid, ours(pid));
	/* By vfork it is the parent that writes. */
	if ((pid = vfork()) == 0)
		_exit(bsd_ptrace(PT_TRACE_ME, 0, NULL, 0) == 0 ? 0 : 1);
	ATF_REQUIRE_EQ(pid, bsd_waitpid(pid, &status, 0));
	ATF_CHECK_EQ(2, stage->opened);
	ATF_CHECK_EQ(getpid(), stage->writer);
	EXPECT(1, "op=PT_TRACE_ME cmd=0 id=0 addr=0 value=0 exit=0 caller=%d%s", pid, ours(pid));
	end();
}

/* A program that closes all it does not know, and opens something else there. */
ATF_TC_WITHOUT_HEAD(no_other_file_is_written_to_or_closed);
ATF_TC_BODY(no_other_file_is_written_to_or_closed, tc)
{
	int taken;

	begin();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	taken = last_fd;
	(void)close(taken);
	ATF_REQUIRE_EQ(taken, open("/dev/null", O_RDONLY));
	attach();
	ATF_CHECK_EQ(2, stage->opened);
	ATF_CHECK(last_fd != taken);
	ATF_CHECK_EQ(1, stage->written);
	ATF_CHECK_EQ(0, fcntl(taken, F_GETFL) & O_ACCMODE);
	ATF_CHECK_EQ(0, stage->closed);
	end();
}

static void *
many(void *unused)
{
	for (int i = 0; i < 500; i++)
		(void)bsd_ptrace(PT_GETNUMLWPS, target, NULL, 0);
	return (unused);
}

ATF_TC_WITHOUT_HEAD(threads_write_one_at_a_time);
ATF_TC_BODY(threads_write_one_at_a_time, tc)
{
	pthread_t thread[4];

	begin();
	attach();
	ATF_REQUIRE_EQ(0, bsd_ptrace_audit_linux(true));
	for (int i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, many, NULL));
	for (int i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
	ATF_CHECK_EQ(2000, stage->written);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_request_is_a_record);
	ATF_TP_ADD_TC(tp, off_is_off);
	ATF_TP_ADD_TC(tp, what_is_wrong_is_said_at_once);
	ATF_TP_ADD_TC(tp, lost_records_are_counted);
	ATF_TP_ADD_TC(tp, child_by_fork_has_a_socket_of_its_own);
	ATF_TP_ADD_TC(tp, no_other_file_is_written_to_or_closed);
	ATF_TP_ADD_TC(tp, threads_write_one_at_a_time);
	return (atf_no_error());
}
