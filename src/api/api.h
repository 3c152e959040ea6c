/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The edge: what the public calls share.
 */
#ifndef API_H
#define API_H

#include "engine/engine.h"

#define PUBLIC __attribute__((visibility("default")))

/* This process as a tracer, locked; NULL: no memory for it. */
struct tracer *tracer_enter(void);
void tracer_leave(struct tracer *);
/* The calling thread may trace children that only it can ask for: hand them over when it ends. */
void tracer_mind_leaving(void);
/* The result of a public call: sets errno, to 0 on success. */
int api_result(int error, int result);
/* Write to the caller's memory, which may be bad; a NULL pointer takes nothing.  EFAULT */
int api_store(const void *from, void *user, size_t len);
/* The thread that serves tracees while the program is elsewhere.  EAGAIN */
int service_ask(bool on);
int service_start(void);
void service_forget(void); /* in the child of a fork */

/* ---- ktr.c ---- */
/* As the library is loaded: have the points recorded where the environment asks for it. */
void ktr_start(void);
void ktr_forked(void); /* in the child of a fork */

#endif
