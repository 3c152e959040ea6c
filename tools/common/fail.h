/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Saying what went wrong, and giving up.
 */
#ifndef COMMON_FAIL_H
#define COMMON_FAIL_H

#define EXIT_OWN 1 /* the tool itself failed */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* "TOOL: text" on standard error. */
void complain(const char *, ...) __attribute__((format(printf, 1, 2)));

/* The same, then exit with EXIT_OWN. */
_Noreturn void fail(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
