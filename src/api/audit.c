/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_audit(): who is told of each request.
 *
 * A child of vfork runs in this process' memory, in the midst of a thread that waits for it.  It may tell nobody:
 * what a callback did there, and what it left undone when the child executed a program, would be this
 * process'.  So it leaves its record in a place of its own, and the parent tells.
 */
#include <errno.h>
#include <pthread.h>

#include "api/api.h"
#include "host/linux/linux.h"

atomic_bool audit_wanted;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards these two */
static bsd_audit_fn the_fn;
static void *the_arg;

static _Thread_local bool telling; /* what the callback asks for is not told */

/* ---- which process this is ---- */

/* True of the process home is: a child of fork reads false there, one of vfork true. */
static bool *at_home;
static pid_t home;

/* ---- records of children by vfork ---- */

enum left_state { LEFT_FREE, LEFT_BUSY, LEFT_FULL };

/* More than there can be threads in vfork at once, in any sane program; and each only until its parent's next call. */
#define LEFT 64
static struct left {
	_Atomic enum left_state l_state;
	struct bsd_audit_record l_record;
} left[LEFT];
static atomic_uint left_full;

static void
leave(const struct bsd_audit_record *record)
{
	for (int i = 0; i < LEFT; i++) {
		enum left_state state = LEFT_FREE;

		if (!atomic_compare_exchange_strong(&left[i].l_state, &state, LEFT_BUSY))
			continue;
		left[i].l_record = *record;
		atomic_store(&left[i].l_state, LEFT_FULL);
		(void)atomic_fetch_add(&left_full, 1);
		return;
	}
}

static bool
take(struct left *l, struct bsd_audit_record *record)
{
	enum left_state state = LEFT_FULL;

	if (!atomic_compare_exchange_strong(&l->l_state, &state, LEFT_BUSY))
		return (false);
	*record = l->l_record;
	atomic_store(&l->l_state, LEFT_FREE);
	(void)atomic_fetch_sub(&left_full, 1);
	return (true);
}

/* They are the parent's to tell. */
static void
forget_left(void)
{
	for (int i = 0; i < LEFT; i++)
		atomic_store(&left[i].l_state, LEFT_FREE);
	atomic_store(&left_full, 0);
}

/* Has the calling process another's memory? */
static bool
in_vfork(pid_t self)
{
	if (!*at_home) {
		forget_left();
		home = self;
		*at_home = true;
	}
	return (home != self);
}

/* ---- telling ---- */

static void
tell(const struct bsd_audit_record *record)
{
	bsd_audit_fn fn;
	void *arg;

	(void)pthread_mutex_lock(&lock);
	fn = the_fn;
	arg = the_arg;
	(void)pthread_mutex_unlock(&lock);
	if (fn == NULL)
		return;
	telling = true;
	fn(record, arg);
	telling = false;
}

static void
tell_left(pid_t self)
{
	struct bsd_audit_record record;

	if (in_vfork(self))
		return;
	for (int i = 0; i < LEFT; i++)
		if (take(&left[i], &record))
			tell(&record);
}

void
audit_catch_up(void)
{
	if (!telling && atomic_load(&left_full) != 0)
		tell_left(lx_getpid());
}

static struct bsd_audit_record
record_of(const struct audit_call *ac, pid_t self)
{
	const struct host_ids *ids = &ac->ac_object.ro_ids;

	return ((struct bsd_audit_record){
	    .ar_subj_pid = self,
	    .ar_cmd = ac->ac_req,
	    .ar_pid = ac->ac_pid,
	    .ar_addr = ac->ac_addr,
	    .ar_value = ac->ac_data,
	    .ar_errno = ac->ac_error,
	    .ar_retval = ac->ac_error == 0 ? ac->ac_result : -1,
	    .ar_process = ac->ac_object.ro_pid,
	    .ar_auid = ids->hi_login,
	    .ar_euid = ids->hi_euid,
	    .ar_egid = ids->hi_egid,
	    .ar_ruid = ids->hi_ruid,
	    .ar_rgid = ids->hi_rgid,
	    .ar_asid = ids->hi_session,
	});
}

void
audit_tell(const struct audit_call *ac)
{
	struct bsd_audit_record record;
	pid_t self = lx_getpid();

	if (telling)
		return;
	record = record_of(ac, self);
	if (in_vfork(self)) {
		leave(&record);
		return;
	}
	if (atomic_load(&left_full) != 0)
		tell_left(self);
	tell(&record);
}

PUBLIC int
bsd_ptrace_audit(bsd_audit_fn fn, void *arg)
{
	(void)pthread_mutex_lock(&lock);
	if (at_home == NULL && (at_home = lx_fork_mark()) == NULL) {
		(void)pthread_mutex_unlock(&lock);
		return (api_result(ENOMEM, 0));
	}
	(void)in_vfork(lx_getpid()); /* this process is home now, if none was */
	the_fn = fn;
	the_arg = arg;
	atomic_store(&audit_wanted, fn != NULL);
	(void)pthread_mutex_unlock(&lock);
	return (api_result(0, 0));
}

/* ---- fork ---- */

void
audit_hold(void)
{
	(void)pthread_mutex_lock(&lock);
}

void
audit_release(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void
audit_forked(void)
{
	(void)pthread_mutex_init(&lock, NULL);
}
