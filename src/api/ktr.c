/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * BSDPTRACE_KTR: the engine's points, as text, into the ring.
 */
#include "api/api.h"
#include "engine/ktr.h"
#include "host/linux/ktr.h"
#include "host/linux/linux.h"

/*
 * Who asks is known without a system call, but for a child that asks to be traced: it may have its parent's memory.
 */
static void
record(enum ktr_point point, const uint64_t *values)
{
	bool child = point == KTR_pt_trace_me;
	pid_t pid = child ? lx_getpid() : tracer_pid(), tid = child ? lx_gettid() : self_tid();
	char text[KTR_TEXT];

	ktr_ring_write(pid, tid, text, ktr_text(text, point, values));
}

void
ktr_start(void)
{
	if (ktr_ring_open())
		ktr_hook = record;
}

void
ktr_forked(void)
{
	ktr_ring_forked();
}
