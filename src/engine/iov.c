/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsd_ptrace_iov(), an extension: many PT_IO in one call.  Descriptors that follow each other and move bytes the same
 * way are gathered, and given to the host at once.  From: memory.md, 1.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "engine/ktr.h"
#include "engine/request.h"

#define CHUNK 256 /* descriptors read from the caller at once, be it that the kernel has to be asked for them */

/* What is gathered. */
struct batch {
	size_t b_n;
	bool b_writes;
	struct iovec b_there[HOST_PIECES], b_here[HOST_PIECES];
	struct ptrace_io_desc b_chunk[CHUNK];
};

void
iov_drop(struct tracer *tr)
{
	free(tr->tr_batch);
	tr->tr_batch = NULL;
}

static bool
is_write(const struct ptrace_io_desc *piod)
{
	return (piod->piod_op == PIOD_WRITE_D || piod->piod_op == PIOD_WRITE_I);
}

static void
tell(const struct call *c, const struct batch *b, size_t n)
{
	if (!KTR_LOOKED(pt_io_write) && !KTR_LOOKED(pt_io_read))
		return;
	for (size_t i = 0; i < n; i++) {
		if (b->b_writes)
			ktr_pt_io_write(c->c_pid, (uintptr_t)b->b_there[i].iov_base, b->b_there[i].iov_len);
		else
			ktr_pt_io_read(c->c_pid, (uintptr_t)b->b_there[i].iov_base, b->b_there[i].iov_len);
	}
}

/* Move what is gathered; of one that comes not to its end, c_part is how far it came. */
static int
flush(struct call *c, struct batch *b)
{
	struct host *host = c->c_tracer->tr_host;
	size_t moved = 0, n = b->b_n, done = 0;
	int error;

	if (n == 0)
		return (0);
	b->b_n = 0;
	if (b->b_writes)
		c->c_thread->td_dbgflags |= TDB_USERWR;
	error = (b->b_writes ? host->ops->write_many : host->ops->read_many)(
	    host, c->c_pid, c->c_thread->td_tid, b->b_there, b->b_here, n, &moved);
	for (; done < n && moved >= b->b_there[done].iov_len; done++)
		moved -= b->b_there[done].iov_len;
	tell(c, b, done < n ? done + 1 : n);
	c->c_done += done;
	c->c_part = moved;
	return (error == 0 && done < n ? EFAULT : error);
}

static int
gather(struct call *c, struct batch *b, const struct ptrace_io_desc *piod)
{
	bool writes = is_write(piod);
	int error;

	if (b->b_n != 0 && (b->b_n == HOST_PIECES || b->b_writes != writes) && (error = flush(c, b)) != 0)
		return (error);
	b->b_writes = writes;
	b->b_there[b->b_n] = (struct iovec){piod->piod_offs, piod->piod_len};
	b->b_here[b->b_n++] = (struct iovec){piod->piod_addr, piod->piod_len};
	return (0);
}

/* One that cannot be gathered: it moves nothing. */
static int
look(struct call *c, struct batch *b, const struct ptrace_io_desc *piod)
{
	struct ptrace_io_desc one = *piod;
	int error;

	if ((error = flush(c, b)) != 0)
		return (error);
	c->c_part = 0;
	c->c_arg->piod = one;
	if ((error = pt_io(c)) == 0)
		c->c_done++;
	return (error);
}

static bool
is_plain(const struct ptrace_io_desc *piod)
{
	return (piod->piod_len != 0 && piod->piod_len <= SSIZE_MAX &&
	    (is_write(piod) || piod->piod_op == PIOD_READ_D || piod->piod_op == PIOD_READ_I));
}

/* So many descriptors from the at-th on.  One by one where not all of them can be read. */
static int
take(struct call *c, struct batch *b, size_t at, size_t n)
{
	const struct ptrace_io_desc *user = (void *)c->c_addr;
	struct host *host = c->c_tracer->tr_host;
	struct ptrace_io_desc *chunk = b->b_chunk;
	int error = host->ops->copyin(host, user + at, chunk, n * sizeof(*chunk));

	if (error != 0 && n > 1) {
		for (size_t i = error = 0; error == 0 && i < n; i++)
			error = take(c, b, at + i, 1);
		return (error);
	}
	if (error != 0)
		return ((error = flush(c, b)) != 0 ? error : refuse(c, EFAULT, WHY_ARGUMENT));
	for (size_t i = 0; error == 0 && i < n; i++)
		error = is_plain(&chunk[i]) ? gather(c, b, &chunk[i]) : look(c, b, &chunk[i]);
	return (error);
}

static int
run(struct call *c, struct batch *b)
{
	size_t n;
	int error = 0;

	b->b_n = 0;
	for (size_t at = 0; error == 0 && at < c->c_count; at += n) {
		n = c->c_count - at < CHUNK ? c->c_count - at : CHUNK;
		error = take(c, b, at, n);
	}
	return (error != 0 ? error : flush(c, b));
}

/* The caller's array has what was moved of each: of those that were done it has that already. */
static int
pt_iov(struct call *c)
{
	struct host *host = c->c_tracer->tr_host;
	struct ptrace_io_desc *user = (void *)c->c_addr;
	int error;

	if (c->c_count > SSIZE_MAX / sizeof(*user))
		return (EINVAL);
	if (c->c_tracer->tr_batch == NULL && (c->c_tracer->tr_batch = malloc(sizeof(struct batch))) == NULL)
		return (ENOMEM);
	if ((error = run(c, c->c_tracer->tr_batch)) != 0 && c->c_why != WHY_ARGUMENT)
		(void)host->ops->copyout(host, &c->c_part, &user[c->c_done].piod_len, sizeof(c->c_part));
	return (error);
}

int
request_iov(struct tracer *tr, pid_t id, struct ptrace_io_desc *iov, size_t n, size_t *done, struct request_object *object)
{
	/* The first one is read before all else, as PT_IO's is. */
	static const struct request some = {.rq_name = "bsd_ptrace_iov", .rq_target = TS_STOPPED,
	    .rq_in = sizeof(*iov), .rq_func = pt_iov};
	static const struct request none = {.rq_name = "bsd_ptrace_iov", .rq_target = TS_STOPPED, .rq_func = pt_iov};
	union request_arg arg;
	struct call c = {.c_tracer = tr, .c_req = PT_IO, .c_id = id, .c_addr = (caddr_t)iov, .c_count = n,
	    .c_arg = &arg, .c_object = object};
	int error = request_call(&c, n == 0 ? &none : &some);

	*done = c.c_done;
	return (error);
}
