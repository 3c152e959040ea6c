/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * BSDPTRACE_KTR: the engine's points, as text, into the ring.
 */
#include "api/api.h"
#include "engine/ktr.h"
#include "host/linux/ktr.h"

static void
record(enum ktr_point point, const uint64_t *values)
{
	char text[KTR_TEXT];

	ktr_ring_write(text, ktr_text(text, point, values));
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
