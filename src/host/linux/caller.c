/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The caller's own memory, which may be bad: the kernel can move it and say so, at one to two microseconds.  So
 * it is not asked where there is no doubt:
 *   - on the calling thread's stack, above this frame;
 *   - in the program's data and in its heap (sbrk(2)), on a page where the kernel has done so before, for this
 *     thread.  The program did not map these itself, so nobody takes them away again, a heap that becomes
 *     smaller excepted.
 * What the program has mapped it may unmap or protect between two requests: there the kernel is asked each time.
 */
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/linux/linux.h"

#define PAGE	 4096u /* the least a page can be */
#define PAGES	 16	/* remembered */
#define READABLE 1u
#define WRITABLE 2u

static _Thread_local uintptr_t top NEAR; /* of the thread's stack; 0: not looked up yet, 1: not to be had */

static __attribute__((noinline)) void
find_top(void)
{
	pthread_attr_t attr;
	void *base;
	size_t size;

	top = 1;
	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		if (pthread_attr_getstack(&attr, &base, &size) == 0)
			top = (uintptr_t)base + size;
		(void)pthread_attr_destroy(&attr);
	}
}

static inline bool
on_stack(uintptr_t at, size_t len)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (top == 0)
		find_top();
	return (at > here && at < top && len <= top - at);
}

/* ---- data and heap ---- */

/* Addresses that never change once they are known; 0: not known. */
static _Atomic uintptr_t data_low, data_high, heap_low;

/* Of the program itself, which comes first: what it may write, but for what is made read-only when it is linked. */
static int
find_data(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t low = 0, high = 0, fixed = 0;

	(void)size;
	(void)arg;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W) != 0) {
			low = info->dlpi_addr + ph->p_vaddr;
			high = low + ph->p_memsz;
		} else if (ph->p_type == PT_GNU_RELRO)
			fixed = info->dlpi_addr + ph->p_vaddr + ph->p_memsz;
	}
	if (fixed > low)
		low = (fixed + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	data_low = low;
	data_high = low < high ? high : low;
	return (1);
}

static void
find_heap(pid_t self)
{
	uintptr_t low = (uintptr_t)lx_stat_number(self, self, STAT_HEAP);

	heap_low = low != 0 ? low : UINTPTR_MAX;
}

static bool
lies_in(uintptr_t at, size_t len, uintptr_t low, uintptr_t high)
{
	return (at >= low && at < high && len <= high - at);
}

static bool
is_settled(uintptr_t at, size_t len)
{
	if (heap_low == 0) {
		(void)dl_iterate_phdr(find_data, NULL);
		find_heap(getpid());
	}
	return (lies_in(at, len, data_low, data_high) || lies_in(at, len, heap_low, (uintptr_t)sbrk(0)));
}

/* ---- pages the kernel has been asked about ---- */

static _Thread_local uintptr_t asked[PAGES] NEAR; /* page address, and READABLE, WRITABLE */

static bool
was_asked(uintptr_t at, size_t len, unsigned how)
{
	for (uintptr_t page = at & ~(uintptr_t)(PAGE - 1); page < at + len; page += PAGE) {
		uintptr_t known = asked[page / PAGE % PAGES];

		if ((known & ~(uintptr_t)(PAGE - 1)) != page || (known & how) == 0)
			return (false);
	}
	return (true);
}

static void
remember(uintptr_t at, size_t len, unsigned how)
{
	for (uintptr_t page = at & ~(uintptr_t)(PAGE - 1); page < at + len; page += PAGE) {
		uintptr_t *known = &asked[page / PAGE % PAGES];

		*known = (*known & ~(uintptr_t)(PAGE - 1)) == page ? *known | how : page | how;
	}
}

static inline bool
is_safe(const void *user, size_t len, unsigned how)
{
	uintptr_t at = (uintptr_t)user;

	return (on_stack(at, len) || (was_asked(at, len, how) && is_settled(at, len)));
}

/* ---- the operations ---- */

static int
copy(long call, void *ours, const void *user, size_t len, pid_t self, unsigned how)
{
	struct iovec local = {.iov_base = ours, .iov_len = len};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)user, .iov_len = len};

	if (syscall(call, self, &local, 1, &remote, 1, 0) != (long)len)
		return (EFAULT);
	remember((uintptr_t)user, len, how);
	return (0);
}

int
lx_copyin(struct host *h, const void *user, void *to, size_t len)
{
	if (is_safe(user, len, READABLE)) {
		memcpy(to, user, len);
		return (0);
	}
	return (copy(SYS_process_vm_readv, to, user, len, linux_host(h)->lh_self, READABLE));
}

int
lx_copyout(struct host *h, const void *from, void *user, size_t len)
{
	if (is_safe(user, len, WRITABLE)) {
		memcpy(user, from, len);
		return (0);
	}
	return (copy(
	    SYS_process_vm_writev, (void *)(uintptr_t)from, user, len, linux_host(h)->lh_self, READABLE | WRITABLE));
}
