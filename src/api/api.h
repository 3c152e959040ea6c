/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The edge: what the public calls share.
 */
#ifndef API_H
#define API_H

#include <stdatomic.h>

#include "engine/engine.h"

#define PUBLIC __attribute__((visibility("default")))

/* This process as a tracer, locked; NULL: no memory for it. */
struct tracer *tracer_enter(void);
void tracer_leave(struct tracer *);
/* Its process id. */
pid_t tracer_pid(void);
/* The calling thread may trace children that only it can ask for: hand them over when it ends. */
void tracer_mind_leaving(void);
/* The result of a public call: sets errno, to 0 on success. */
int api_result(int error, int result);
/* A request failed: for bsd_ptrace_strerror(), in this thread. */
void refusal_keep(const struct refusal *);
/* Write to the caller's memory, which may be bad; a NULL pointer takes nothing.  EFAULT */
int api_store(const void *from, void *user, size_t len);
/* The thread that serves tracees while the program is elsewhere.  EAGAIN */
int service_ask(bool on);
int service_start(void);
void service_forget(void); /* in the child of a fork */

/* ---- audit.c ---- */
/* Somebody asked for a record of each request. */
extern atomic_bool audit_wanted;
/* Tell of a request that is over. */
struct audit_call {
	int ac_req;
	pid_t ac_pid;
	caddr_t ac_addr;
	int ac_data;
	int ac_error, ac_result;
	struct request_object ac_object;
};
void audit_tell(const struct audit_call *);
/* And of those that children by vfork have made. */
void audit_catch_up(void);
/* Around a fork: nobody else may be changing who is told. */
void audit_hold(void);
void audit_release(void);
void audit_forked(void); /* in the child, instead */

/* ---- ktr.c ---- */
/* As the library is loaded: have the points recorded where the environment asks for it. */
void ktr_start(void);
void ktr_forked(void); /* in the child of a fork */

#endif
