/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Records of requests as records of Linux' audit, by libaudit.  A library of its own, which knows the other one by
 * its public header alone.
 */
#include <bsdptrace-audit.h>
#include <bsdptrace.h>

#include <errno.h>
#include <inttypes.h>
#include <libaudit.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} requests[] = {
#include "request-names.h"
};

static const char *
request_name(int number)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].number == number)
			return (requests[i].name);
	return ("?");
}

/* ---- the socket: guarded by the lock, since libaudit is not made for threads ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fd = -1;
static struct stat known; /* what fd was when it was opened: others may close what they do not know */
static pid_t owner;	  /* a child of fork must not read its parent's answers */

static atomic_ulong lost;

static bool
is_open(void)
{
	struct stat st;

	return (fd != -1 && fstat(fd, &st) == 0 && st.st_dev == known.st_dev && st.st_ino == known.st_ino);
}

static void
close_it(void)
{
	if (is_open())
		audit_close(fd);
	fd = -1;
}

static bool
open_it(void)
{
	if (owner == getpid() && is_open())
		return (true);
	close_it();
	owner = getpid();
	if ((fd = audit_open()) == -1)
		return (false);
	if (fstat(fd, &known) == 0)
		return (true);
	audit_close(fd);
	fd = -1;
	return (false);
}

/* ---- a record ---- */

static int
describe_call(const struct bsd_audit_record *ar, char *text, size_t size)
{
	return (snprintf(text, size, "op=%s cmd=%d id=%d addr=%#" PRIxPTR " value=%d exit=%d caller=%d",
	    request_name(ar->ar_cmd), ar->ar_cmd, (int)ar->ar_pid, (uintptr_t)ar->ar_addr, ar->ar_value,
	    ar->ar_errno != 0 ? -ar->ar_errno : ar->ar_retval, (int)ar->ar_subj_pid));
}

static void
describe(const struct bsd_audit_record *ar, char *text, size_t size)
{
	int len = describe_call(ar, text, size);

	if (ar->ar_process != 0)
		(void)snprintf(text + len, size - (size_t)len,
		    " opid=%d oauid=%u ouid=%u ogid=%u oruid=%u orgid=%u oses=%u", (int)ar->ar_process,
		    ar->ar_auid, ar->ar_euid, ar->ar_egid, ar->ar_ruid, ar->ar_rgid, ar->ar_asid);
}

static void
write_record(const struct bsd_audit_record *ar, void *unused)
{
	char text[400]; /* longer than the longest */

	(void)unused;
	describe(ar, text, sizeof(text));
	(void)pthread_mutex_lock(&lock);
	if (!open_it() ||
	    audit_log_user_message(fd, AUDIT_TRUSTED_APP, text, NULL, NULL, NULL, ar->ar_errno == 0) <= 0)
		(void)atomic_fetch_add(&lost, 1);
	(void)pthread_mutex_unlock(&lock);
}

/* ---- on and off ---- */

static void
hold(void)
{
	(void)pthread_mutex_lock(&lock);
}

static void
release(void)
{
	(void)pthread_mutex_unlock(&lock);
}

static void
forked(void)
{
	(void)pthread_mutex_init(&lock, NULL);
	atomic_store(&lost, 0);
}

static void
mind_forks(void)
{
	(void)pthread_atfork(hold, release, forked);
}

/* 0, or an errno. */
static int
turn_on(void)
{
	int error = 0;

	(void)pthread_mutex_lock(&lock);
	errno = 0;
	if (!open_it())
		error = errno != 0 ? errno : EINVAL;
	else if (audit_can_write() == 0) {
		close_it();
		error = EPERM;
	}
	(void)pthread_mutex_unlock(&lock);
	return (error);
}

static void
turn_off(void)
{
	(void)pthread_mutex_lock(&lock);
	if (owner == getpid())
		close_it();
	(void)pthread_mutex_unlock(&lock);
}

int
bsd_ptrace_audit_linux(bool on)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int error;

	(void)pthread_once(&once, mind_forks);
	if (!on) {
		(void)bsd_ptrace_audit(NULL, NULL);
		turn_off();
		return (0);
	}
	if ((error = turn_on()) != 0) {
		errno = error;
		return (-1);
	}
	return (bsd_ptrace_audit(write_record, NULL));
}

unsigned long
bsd_ptrace_audit_lost(void)
{
	return (atomic_load(&lost));
}
