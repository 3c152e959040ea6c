/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which calls -t lets through.
 */
#include "filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../common/fail.h"
#include "calls_gen.h"

struct filter {
	bool inverted;
	uint8_t named[ABI_COUNT][FILTER_KNOWN];
};

const struct call *
call_find(const struct abi *abi, unsigned number)
{
	return (number < abi->ncalls ? abi->calls[number] : NULL);
}

/* A call may have a number in several ABIs, and a number there may have no name but syscall_NUMBER. */
static bool
mark(struct filter *f, const char *name)
{
	bool found = false;
	char *end;
	unsigned long number;

	for (unsigned a = 0; a < ABI_COUNT; a++)
		for (unsigned n = 0; n < abis[a].ncalls && n < FILTER_KNOWN; n++) {
			const struct call *call = call_find(&abis[a], n);

			if (call != NULL && strcmp(call->name, name) == 0)
				f->named[a][n] = found = true;
		}
	if (found || strncmp(name, "syscall_", 8) != 0)
		return (found);
	number = strtoul(name + 8, &end, 10);
	if (*end != '\0' || end == name + 8 || number >= FILTER_KNOWN)
		return (false);
	for (unsigned a = 0; a < ABI_COUNT; a++)
		f->named[a][number] = true;
	return (true);
}

static struct filter *
filter_new(bool inverted)
{
	struct filter *f = calloc(1, sizeof(*f));

	if (f == NULL)
		fail("out of memory");
	f->inverted = inverted;
	return (f);
}

struct filter *
filter_add(struct filter *f, const char *list)
{
	bool inverted = *list == '!';
	char *copy = strdup(list + inverted), *rest = copy, *name;

	if (copy == NULL)
		fail("out of memory");
	if (f == NULL)
		f = filter_new(inverted);
	if (f->inverted != inverted)
		fail("-t %s: cannot be mixed with a -t that names the opposite", list);
	while ((name = strsep(&rest, ",")) != NULL)
		if (!mark(f, name))
			fail("-t %s: no system call is named '%s'", list, name);
	free(copy);
	return (f);
}

void
filter_free(struct filter *f)
{
	free(f);
}

bool
filter_passes(const struct filter *f, unsigned abi, unsigned number)
{
	if (f == NULL)
		return (true);
	return ((number < FILTER_KNOWN && f->named[abi][number]) != f->inverted);
}
