/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A puppet: a process that does what it is told, one part at a time, so that a test knows where it is
 * without sleeping.  It is a fork of the test, so a part is any function of the test's own.  Or, where the test is
 * built so, it is the same program for the other width of the machine (abroad.h); what the test has in its memory a
 * puppet abroad has not, unless it is PUPPET_DATA.
 *
 * Each thread of a puppet, and each child it makes, listens on a wire of its own.  Parts queue on the wire
 * while the puppet is stopped; the next stop tells that it got there.  When the test ends the wires break
 * and the puppets go.
 */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/types.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <signal.h>
#include <stdint.h>

#define PUPPET_WIRES 12	  /* threads and children of one puppet, the first thread included */
#define STAGE_SIGNALS 130 /* more than any signal number */
#define STAGE_WORDS 16

/* What everybody sees: the test, its puppets and their children.  No type in it depends on the width. */
struct stage {
	int64_t word[STAGE_WORDS];	/* for the test's own use */
	int64_t count[PUPPET_WIRES];	/* do_count(): rounds made */
	uint64_t addr;			/* do_ask(): an argument */
	int caught[STAGE_SIGNALS];	/* times the handler of do_catch() ran */
	int caught_code[STAGE_SIGNALS]; /* its siginfo, the last time */
	pid_t caught_pid[STAGE_SIGNALS];
	int caught_value[STAGE_SIGNALS];
	int caught_wire[STAGE_SIGNALS]; /* whose thread ran it */
	int counting;			/* do_count() goes on while set */
	int request;			/* do_ask(): the other arguments */
	pid_t pid;
	int data;
	int options; /* do_wait(): options */
	int status;  /* do_wait(): status of the report */
	int tube[2]; /* puppet_tube() */
};
extern volatile struct stage *stage;

typedef long part(long);

struct puppet {
	pid_t pid;
	int wire[PUPPET_WIRES]; /* the test's ends */
};

/* Of a thread that listens: its wire. */
extern __thread int puppet_wire;

/* Start: not traced, and every thread has answered. */
struct puppet *puppet_start(int threads);
/* Start, attach, and collect the attach stop. */
struct puppet *puppet_attached(int threads);
/* Start a child of one thread that asked for tracing, and collect its SIGSTOP. */
struct puppet *puppet_traced(void);
/* Make a pipe, stage->tube, that puppets started later share with the test. */
void puppet_tube(void);
/* Kill what is left of it and collect its end. */
void puppet_end(struct puppet *);

/* Attach and collect the stop. */
void puppet_attach(struct puppet *);
/* Tell a thread what to do next. */
void puppet_will(struct puppet *, int wire, part *, long);
/* The answer of the oldest part that has none yet; the parts of a wire answer in order. */
long puppet_said(struct puppet *, int wire);
/* Both. */
long puppet_does(struct puppet *, int wire, part *, long);
/* Of a stopped puppet, the lwpid of the thread on a wire; leaves it in a stop by SIGUSR1 of that thread. */
lwpid_t puppet_lwp(struct puppet *, int wire);

/* Have a puppet make a request or wait: the result, or -errno.  The status is in stage->status. */
long puppet_asks(struct puppet *, int request, pid_t pid, void *addr, int data);
long puppet_waits(struct puppet *, pid_t pid, int options);
/* PT_ATTACH by a puppet; skips the test where the host lets users attach to descendants only. */
void puppet_attaches(struct puppet *, pid_t pid);

/* Parts.  The argument is in the name; they return 0 unless they say otherwise. */
part do_nothing;
part do_raise;	      /* signal, sent to this thread */
part do_kill;	      /* signal, sent to this process */
part do_catch;	      /* signal: count it, restart calls */
part do_ignore;	      /* signal */
part do_default;      /* signal */
part do_block;	      /* signal, in this thread */
part do_unblock;      /* signal, in this thread */
part do_getpid;	      /* one system call; returns its result */
part do_getppid;      /* the same */
part do_exit;	      /* code */
part do_end_thread;   /* nobody answers */
part do_new_thread;   /* wire it will listen on; it answers there with 0 when it does */
part do_join_thread;  /* wire it listened on */
part do_fork;	      /* code the child exits with; returns its pid */
part do_vfork;	      /* the same */
part do_new_child;    /* wire it will listen on; returns its pid */
part do_collect;      /* pid: wait for its exit; returns the status or -errno */
part do_exec;	      /* code the new program exits with; returns -errno */
part do_exec_nothing; /* an exec that fails; returns -errno */
part do_count;	      /* slot: count there while stage->counting */
part do_ask;	      /* ptrace() with the arguments on the stage; result or -errno */
part do_wait;	      /* pid: wait for it with stage->options; pid or -errno */
part do_traceme;      /* 0 or -errno */
part do_be_nobody;    /* give up root */

#endif
