/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What was fetched of stopped threads, kept until they go on: several requests at one stop, and a debugger that walks the
 * threads, ask the kernel once.
 */
#include "host/linux/linux.h"

#define ANSWERS 16 /* in a row without the kernel */

struct seen *
seen_of(struct linux_host *lh, pid_t tid)
{
	struct seen *s = &lh->lh_seen[(size_t)tid & (SEENS - 1)];

	if (s->s_tid != tid) {
		s->s_tid = tid;
		s->s_have = s->s_answers = 0;
	}
	return (s);
}

bool
seen_has(struct seen *s, unsigned what)
{
	if ((s->s_have & what) != what) {
		s->s_answers = 0; /* it is to be asked now */
		return (false);
	}
	s->s_answers = (s->s_answers + 1) % ANSWERS;
	return (s->s_answers != 0);
}
