/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading the memory of a stopped process.
 */
#include "memory.h"

#include <bsdptrace.h>
#include <string.h>

/* No machine has smaller pages, so what does not cross one is readable as a whole or not at all. */
#define PAGE 4096

bool
memory_read(pid_t pid, uint64_t addr, void *buf, size_t len)
{
	struct ptrace_io_desc io = { PIOD_READ_D, (void *)(uintptr_t)addr, buf, len };

	if (pid == 0) {
		memcpy(buf, (const void *)(uintptr_t)addr, len);
		return (true);
	}
	return (len == 0 || (bsd_ptrace(PT_IO, pid, (caddr_t)&io, 0) == 0 && io.piod_len == len));
}

static size_t
to_page_end(uint64_t addr, size_t len)
{
	size_t left = PAGE - addr % PAGE;

	return (left < len ? left : len);
}

size_t
memory_read_some(pid_t pid, uint64_t addr, void *buf, size_t len)
{
	size_t done = 0;

	if (memory_read(pid, addr, buf, len))
		return (len);
	while (done < len) {
		size_t part = to_page_end(addr + done, len - done);

		if (!memory_read(pid, addr + done, (char *)buf + done, part))
			break;
		done += part;
	}
	return (done);
}

/* Our own strings may end anywhere before the page does. */
static size_t
own_string(uint64_t addr, char *buf, size_t len, bool *ended)
{
	const char *s = (const char *)(uintptr_t)addr;
	size_t n = strnlen(s, len);

	*ended = n < len;
	memcpy(buf, s, n);
	return (n);
}

size_t
memory_read_string(pid_t pid, uint64_t addr, char *buf, size_t len, bool *ended)
{
	size_t done = 0;

	if (pid == 0)
		return (own_string(addr, buf, len, ended));
	*ended = false;
	while (done < len) {
		size_t part = to_page_end(addr + done, len - done);
		const char *nul;

		if (!memory_read(pid, addr + done, buf + done, part))
			break;
		nul = memchr(buf + done, '\0', part);
		if (nul != NULL) {
			*ended = true;
			return ((size_t)(nul - buf));
		}
		done += part;
	}
	return (done);
}
