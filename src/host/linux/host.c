/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Linux host: its operations, the lock, and what concerns the tracer itself.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "host/linux/arch.h"
#include "host/linux/linux.h"

/* How often a waiting thread looks for what nobody wakes it for. */
#define BRIEF_NS 5000000L

static const struct host_ops linux_ops = {
    .traceme = lx_traceme,
    .lock = lx_lock,
    .unlock = lx_unlock,
    .wait = lx_wait,
    .poll = lx_poll,
    .reap = lx_reap,
    .sleep = lx_sleep,
    .wake = lx_wake,
    .kick = lx_kick,
    .notify = lx_notify,
    .service = lx_service,
    .now = lx_now,
    .self = lx_self,
    .self_tid = lx_self_tid,
    .facts = lx_facts,
    .ids = lx_ids,
    .kin = lx_kin,
    .may_debug = lx_may_debug,
    .explain = lx_explain,
    .explain_traceme = lx_explain_traceme,
    .vforked = lx_vforked,
    .threads = lx_threads,
    .belongs = lx_belongs,
    .has_child = lx_has_child,
    .credentials = lx_credentials,
    .superuser = lx_superuser,
    .seize = lx_seize,
    .expect = lx_expect,
    .options = lx_options,
    .interrupt = lx_interrupt,
    .asleep = lx_asleep,
    .absence = lx_absence,
    .detach = lx_detach,
    .forget = lx_forget,
    .resume = lx_resume,
    .place = lx_place,
    .listen = lx_listen,
    .queue = lx_queue,
    .is_queued = lx_is_queued,
    .send = lx_send,
    .alive = lx_alive,
    .alive_of_late = lx_alive_of_late,
    .siginfo = lx_siginfo,
    .blocked = lx_blocked,
    .pending = lx_pending,
    .disposition = lx_disposition,
    .orphaned = lx_orphaned,
    .call = lx_call,
    .values = lx_values,
    .restarts = lx_restarts,
    .name = lx_name,
    .stopped_name = lx_stopped_name,
    .usage = lx_usage,
    .get_regs = lx_get_regs,
    .set_regs = lx_set_regs,
    .get_fpregs = lx_get_fpregs,
    .set_fpregs = lx_set_fpregs,
    .get_dbregs = lx_get_dbregs,
    .set_dbregs = lx_set_dbregs,
    .inherit = lx_inherit,
    .machine_size = lx_machine_size,
    .machine = lx_machine,
    .set_pc = lx_set_pc,
    .get_pc = lx_get_pc,
    .trap_flag = lx_trap_flag,
    .at_call = lx_at_call,
    .read_mem = lx_read_mem,
    .write_mem = lx_write_mem,
    .read_many = lx_read_many,
    .write_many = lx_write_many,
    .mem_open = lx_mem_open,
    .mem_check = lx_mem_check,
    .mem_renew = lx_mem_renew,
    .mem_close = lx_mem_close,
    .map_generation = lx_map_generation,
    .map_entry = lx_map_entry,
    .copyin = lx_copyin,
    .copyout = lx_copyout,
};

/* For what needs no state. */
struct host lx_bare_host = {.ops = &linux_ops};

int
linux_host_init(struct linux_host *lh, int (*service)(void))
{
	int error;

	memset(lh, 0, sizeof(*lh));
	lh->lh_host.ops = &linux_ops;
	lh->lh_self = getpid();
	lh->lh_service = service;
	if ((lh->lh_seen = calloc(SEENS, sizeof(*lh->lh_seen))) == NULL)
		return (ENOMEM);
	if ((error = hash_init(&lh->lh_lwps)) == 0 && (error = hash_init(&lh->lh_procs)) != 0)
		hash_free(&lh->lh_lwps);
	if (error != 0)
		free(lh->lh_seen);
	return (error);
}

void
linux_host_drop(struct linux_host *lh)
{
	for (size_t i = 0; i < lh->lh_procs.h_size; i++)
		while (lh->lh_procs.h_slots[i] != NULL)
			lxproc_free(lh, lh->lh_procs.h_slots[i]->hn_id);
	hash_free(&lh->lh_lwps);
	hash_free(&lh->lh_procs);
	free(lh->lh_seen);
	lh->lh_seen = NULL;
	free(lh->lh_place);
	lh->lh_place = NULL;
}

/* ---- the lock, and sleeping ---- */

void
lx_lock(struct host *h)
{
	uint32_t *word = &linux_host(h)->lh_lock, free_ = 0;

	/* Whom it keeps out can only be another thread, and that finds it locked. */
	if (__libc_single_threaded && *word == 0) {
		*word = 1;
		return;
	}
	if (atomic_compare_exchange_strong((_Atomic uint32_t *)word, &free_, 1))
		return;
	while (atomic_exchange((_Atomic uint32_t *)word, 2) != 0)
		(void)futex_wait(word, 2, NULL);
}

void
lx_unlock(struct host *h)
{
	uint32_t *word = &linux_host(h)->lh_lock;

	if (__libc_single_threaded) {
		*word = 0;
		return;
	}
	if (atomic_exchange((_Atomic uint32_t *)word, 0) == 2)
		futex_wake(word, 1);
}

int
lx_sleep(struct host *h, uint32_t *word, uint32_t old, bool brief)
{
	static const struct timespec soon = {.tv_nsec = BRIEF_NS};

	uint32_t before = owner_borrowings();

	(void)h;
	if (futex_wait(word, old, brief ? &soon : NULL) == -1 && errno == EINTR && owner_borrowings() == before)
		return (EINTR);
	return (0);
}

void
lx_wake(struct host *h, uint32_t *word)
{
	(void)h;
	futex_wake(word, INT32_MAX);
}

/* ---- the tracer itself ---- */

bool
is_main_thread(void)
{
	return (self_tid() == getpid());
}

bool *
lx_fork_mark(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return (NULL);
	if (madvise(at, page, MADV_WIPEONFORK) != 0) {
		(void)munmap(at, page);
		return (NULL);
	}
	return (at);
}

/* An attach does not wake a sleeping thread, so it is not for long. */
void
lx_rest(void)
{
	static const struct timespec while_ = {.tv_nsec = 2000000};

	(void)nanosleep(&while_, NULL);
}

uint64_t
lx_now(struct host *h)
{
	struct timespec now;

	(void)h;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

pid_t
lx_self(struct host *h)
{
	return (linux_host(h)->lh_self);
}

pid_t
lx_getpid(void)
{
	return (getpid());
}

pid_t
lx_gettid(void)
{
	return ((pid_t)syscall(SYS_gettid));
}

pid_t
lx_self_tid(struct host *h)
{
	(void)h;
	return (self_tid());
}

/* As the kernel would, and only where somebody listens. */
void
lx_notify(struct host *h, pid_t pid, int sig)
{
	struct sigaction sa;
	siginfo_t si;

	if (sigaction(SIGCHLD, NULL, &sa) != 0 || sa.sa_handler == SIG_DFL || sa.sa_handler == SIG_IGN ||
	    (sa.sa_flags & SA_NOCLDSTOP) != 0)
		return;
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGCHLD;
	si.si_code = CLD_TRAPPED;
	si.si_pid = pid;
	si.si_status = sig;
	(void)syscall(SYS_rt_sigqueueinfo, linux_host(h)->lh_self, SIGCHLD, &si);
}

int
lx_service(struct host *h)
{
	return (linux_host(h)->lh_service());
}
