/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PT_READ_I, PT_READ_D, PT_WRITE_I, PT_WRITE_D, PT_IO.  From: requests.md, 6; memory.md, 1.
 */
#include <errno.h>
#include <limits.h>

#include "base/inline.h"
#include "engine/ktr.h"
#include "engine/request.h"

/*
 * Any live thread reaches the memory of its process.  How far it came is not in these functions' own frame, so that
 * PT_IO has none any more when the host is at work.
 */
ON_THE_WAY int
read_bytes(struct call *c, uint64_t from, void *to, size_t len)
{
	struct host *host = c->c_tracer->tr_host;

	c->c_part = len;
	return (host->ops->read_mem(host, c->c_pid, c->c_thread->td_tid, from, to, &c->c_part));
}

ON_THE_WAY int
write_bytes(struct call *c, uint64_t to, const void *from, size_t len)
{
	struct host *host = c->c_tracer->tr_host;

	c->c_part = len;
	c->c_thread->td_dbgflags |= TDB_USERWR;
	return (host->ops->write_mem(host, c->c_pid, c->c_thread->td_tid, to, from, &c->c_part));
}

int
pt_read(struct call *c)
{
	int word, error = read_bytes(c, (uintptr_t)c->c_addr, &word, sizeof(word));

	if (error != 0)
		return (error);
	c->c_result = word;
	ktr_pt_read(c->c_pid, (uintptr_t)c->c_addr, word);
	return (0);
}

int
pt_write(struct call *c)
{
	int error = write_bytes(c, (uintptr_t)c->c_addr, &c->c_data, sizeof(c->c_data));

	if (error != 0)
		return (error);
	ktr_pt_write(c->c_pid, (uintptr_t)c->c_addr, c->c_data);
	return (0);
}

/* The page at the address of nothing must be readable all the same. */
static __attribute__((noinline)) int
touch(struct call *c, uint64_t at)
{
	char byte;

	return (read_bytes(c, at, &byte, 1));
}

static __attribute__((noinline)) void
tell_io(const struct call *c, bool writes, uintptr_t at, size_t len)
{
	if (writes)
		ktr_pt_io_write(c->c_pid, at, len);
	else
		ktr_pt_io_read(c->c_pid, at, len);
}

int
pt_io(struct call *c)
{
	const struct ptrace_io_desc *piod = &c->c_arg->piod;
	uintptr_t at = (uintptr_t)piod->piod_offs;
	bool writes = piod->piod_op == PIOD_WRITE_D || piod->piod_op == PIOD_WRITE_I;

	if (piod->piod_len > SSIZE_MAX)
		return (EINVAL);
	if (!writes && piod->piod_op != PIOD_READ_D && piod->piod_op != PIOD_READ_I)
		return (EINVAL);
	if (KTR_LOOKED(pt_io_write) || KTR_LOOKED(pt_io_read))
		tell_io(c, writes, at, piod->piod_len);
	if (piod->piod_len == 0)
		return (touch(c, at));
	if (writes)
		return (write_bytes(c, at, piod->piod_addr, piod->piod_len));
	return (read_bytes(c, at, piod->piod_addr, piod->piod_len));
}
