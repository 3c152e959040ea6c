/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FreeBSD's KTR points.  Each row of ktr.def is a function ktr_POINT() of its fields, to be called where
 * the kernel has its point.  It is a USDT probe, bsdptrace:POINT, and tells ktr_hook if there is one; when
 * nobody looks it costs a nop, a load and a branch, so its arguments must be at hand.  What is not is
 * worked out only where KTR_LOOKED() says that somebody will see it.
 */
#ifndef KTR_H
#define KTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef HAVE_SDT
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#else
#define STAP_PROBE1(provider, name, a) ((void)0)
#define STAP_PROBE2(provider, name, a, b) ((void)0)
#define STAP_PROBE3(provider, name, a, b, c) ((void)0)
#define STAP_PROBE4(provider, name, a, b, c, d) ((void)0)
#define STAP_PROBE6(provider, name, a, b, c, d, e, f) ((void)0)
#endif

/* The kinds of field: C type, and how a value is kept in 64 bits. */
#define KTR_TYPE_D int
#define KTR_TYPE_U unsigned
#define KTR_TYPE_X unsigned
#define KTR_TYPE_W int
#define KTR_TYPE_B int
#define KTR_TYPE_P uintptr_t
#define KTR_WIDE_D(x) ((uint64_t)(int64_t)(x))
#define KTR_WIDE_U(x) (x)
#define KTR_WIDE_X(x) (x)
#define KTR_WIDE_W(x) ((unsigned)(x))
#define KTR_WIDE_B(x) ((x) != 0)
#define KTR_WIDE_P(x) (x)

/*
 * A row, of whatever length, is KTR_POINT(name, number of fields, (parameters), probe, (values), kinds,
 * (labels)), which is defined where ktr.def is read.
 */
#define KTR1(name, ka, a)                                                                    \
	KTR_POINT(name, 1, (KTR_TYPE_##ka a), STAP_PROBE1(bsdptrace, name, a),               \
	    (KTR_WIDE_##ka(a)), #ka, (#a))
#define KTR2(name, ka, a, kb, b)                                                             \
	KTR_POINT(name, 2, (KTR_TYPE_##ka a, KTR_TYPE_##kb b),                               \
	    STAP_PROBE2(bsdptrace, name, a, b), (KTR_WIDE_##ka(a), KTR_WIDE_##kb(b)),        \
	    #ka #kb, (#a, #b))
#define KTR3(name, ka, a, kb, b, kc, c)                                                      \
	KTR_POINT(name, 3, (KTR_TYPE_##ka a, KTR_TYPE_##kb b, KTR_TYPE_##kc c),              \
	    STAP_PROBE3(bsdptrace, name, a, b, c),                                           \
	    (KTR_WIDE_##ka(a), KTR_WIDE_##kb(b), KTR_WIDE_##kc(c)), #ka #kb #kc, (#a, #b, #c))
#define KTR4(name, ka, a, kb, b, kc, c, kd, d)                                               \
	KTR_POINT(name, 4, (KTR_TYPE_##ka a, KTR_TYPE_##kb b, KTR_TYPE_##kc c, KTR_TYPE_##kd d), \
	    STAP_PROBE4(bsdptrace, name, a, b, c, d),                                        \
	    (KTR_WIDE_##ka(a), KTR_WIDE_##kb(b), KTR_WIDE_##kc(c), KTR_WIDE_##kd(d)),        \
	    #ka #kb #kc #kd, (#a, #b, #c, #d))
#define KTR6(name, ka, a, kb, b, kc, c, kd, d, ke, e, kf, f)                                 \
	KTR_POINT(name, 6, (KTR_TYPE_##ka a, KTR_TYPE_##kb b, KTR_TYPE_##kc c, KTR_TYPE_##kd d, \
	    KTR_TYPE_##ke e, KTR_TYPE_##kf f),                                               \
	    STAP_PROBE6(bsdptrace, name, a, b, c, d, e, f),                                  \
	    (KTR_WIDE_##ka(a), KTR_WIDE_##kb(b), KTR_WIDE_##kc(c), KTR_WIDE_##kd(d),         \
		KTR_WIDE_##ke(e), KTR_WIDE_##kf(f)),                                         \
	    #ka #kb #kc #kd #ke #kf, (#a, #b, #c, #d, #e, #f))
#define KTR_FIELDS 6
#define KTR_STRIP(...) __VA_ARGS__

enum ktr_point {
#define KTR_POINT(name, n, params, probe, values, kinds, labels) KTR_##name,
#include "engine/ktr.def"
#undef KTR_POINT
	KTR_POINTS
};

/* The table. */
struct ktr_row {
	const char *kr_name;
	unsigned kr_fields;
	const char *kr_kind; /* a letter for each */
	const char *kr_label[KTR_FIELDS];
};
extern const struct ktr_row ktr_rows[KTR_POINTS];

/*
 * Told of every point, in whatever thread, with the tracer's lock held but for pt_trace_me, which is told in
 * the child, be it one of vfork's.  NULL: nobody is.  Set before the first call, and in the child of a fork.
 */
extern void (*ktr_hook)(enum ktr_point, const uint64_t *values);

/* The longest text of a point, with its NUL. */
#define KTR_TEXT 128

/* "pt_attach       pid=1 oppid=2" into a buffer of KTR_TEXT bytes: its length.  Calls nothing. */
size_t ktr_text(char *text, enum ktr_point, const uint64_t *values);

#ifdef HAVE_SDT
/* How many look at the probe: counted by those who do. */
#define KTR_POINT(name, n, params, probe, values, kinds, labels) \
	extern volatile unsigned short bsdptrace_##name##_semaphore __attribute__((visibility("hidden")));
#include "engine/ktr.def"
#undef KTR_POINT
#define KTR_LOOKED(name) (ktr_hook != NULL || bsdptrace_##name##_semaphore != 0)
#else
#define KTR_LOOKED(name) (ktr_hook != NULL)
#endif

#define KTR_POINT(name, n, params, probe, values, kinds, labels)                     \
	static inline void ktr_##name params                                         \
	{                                                                            \
		probe;                                                               \
		if (__builtin_expect(ktr_hook != NULL, 0))                           \
			ktr_hook(KTR_##name, (const uint64_t[]){ KTR_STRIP values }); \
	}
#include "engine/ktr.def"
#undef KTR_POINT

#endif
