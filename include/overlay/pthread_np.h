/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What FreeBSD's <pthread_np.h> has to do with lwpids and thread names.
 */
#pragma GCC system_header

#ifndef BSDPTRACE_OVERLAY_PTHREAD_NP_H
#define BSDPTRACE_OVERLAY_PTHREAD_NP_H

#include <pthread.h>
#include <string.h>
#include <sys/thr.h>

#ifdef __cplusplus
extern "C" {
#endif
extern int pthread_setname_np(pthread_t, const char *) __THROW;
#ifdef __cplusplus
}
#endif

static __inline int
pthread_getthreadid_np(void)
{
	long id;

	(void)thr_self(&id);
	return ((int)id);
}

/* Linux has 15 characters for it; FreeBSD cuts what is too long too. */
static __inline void
pthread_set_name_np(pthread_t thread, const char *name)
{
	char cut[16];

	(void)strncpy(cut, name, sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = '\0';
	(void)pthread_setname_np(thread, cut);
}

#endif
