/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Job control of our own children under stop events.  They are not traced, so a wait is told when they stop and
 * go on as of any child; the host tells us of each thread instead.  From: wait.md, 2; stopevent.md, 1.
 */
#include "engine/engine.h"

static void
news(struct proc *p, int sig)
{
	p->p_jobsig = sig;
	report_remove(p);
	report_add(p);
	wait_changed(p->p_tracer);
}

void
job_stopped(struct proc *p, int sig)
{
	const struct thread *td;

	if ((p->p_flag & (P_TRACED | P_OWNCHILD)) != P_OWNCHILD || p->p_jobsig == sig)
		return;
	for (td = p->p_threads; td != NULL; td = td->td_next)
		if (td->td_jobsig == 0 && td->td_state != TDS_VFORK && (td->td_flags & TDF_EXITING) == 0)
			return;
	news(p, sig);
}

void
job_continued(struct proc *p)
{
	if ((p->p_flag & P_TRACED) == 0 && p->p_jobsig != 0)
		news(p, 0);
}

void
job_forget(struct proc *p)
{
	p->p_jobsig = 0;
	report_remove(p);
}
