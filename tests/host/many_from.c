/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Linked into a test: to its library one tracee is many, and the kernel slow to look at it.
 */
#include <stddef.h>

#include "host/linux/many.h"

#define EACH_NS 40000

__attribute__((constructor)) static void
one_is_many(void)
{
	many_set(0, EACH_NS);
}
