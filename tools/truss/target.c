/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The processes that are followed, and their threads.
 */
#include "target.h"

#include <stdlib.h>

#include "../common/fail.h"
#include "../common/idmap.h"

static struct idmap procs, threads;
static struct proc *first;

static void *
allocate(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		fail("out of memory");
	return (p);
}

struct proc *
proc_find(pid_t pid)
{
	return (idmap_get(&procs, (uint64_t)pid));
}

struct proc *
proc_add(pid_t pid)
{
	struct proc *p = allocate(sizeof(*p));

	p->pid = pid;
	p->next = first;
	first = p;
	idmap_put(&procs, (uint64_t)pid, p);
	return (p);
}

void
proc_remove(struct proc *p)
{
	struct proc **link = &first;

	while (p->threads != NULL)
		thread_remove(p->threads);
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	idmap_remove(&procs, (uint64_t)p->pid);
	free(p);
}

struct proc *
proc_first(void)
{
	return (first);
}

struct thread *
thread_find(const struct proc *p, lwpid_t lwpid)
{
	struct thread *t = idmap_get(&threads, (uint64_t)lwpid);

	return (t != NULL && t->proc == p ? t : NULL);
}

struct thread *
thread_add(struct proc *p, lwpid_t lwpid)
{
	struct thread *t = allocate(sizeof(*t));

	t->lwpid = lwpid;
	t->proc = p;
	t->next = p->threads;
	p->threads = t;
	idmap_put(&threads, (uint64_t)lwpid, t);
	return (t);
}

void
thread_remove(struct thread *t)
{
	struct thread **link = &t->proc->threads;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	if (idmap_get(&threads, (uint64_t)t->lwpid) == t)
		idmap_remove(&threads, (uint64_t)t->lwpid);
	buf_free(&t->line);
	free(t);
}

pid_t
thread_tid(const struct thread *t)
{
	return (bsd_tid(t->lwpid));
}
