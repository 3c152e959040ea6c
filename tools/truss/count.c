/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table that -c prints.
 */
#include "count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/fail.h"
#include "../common/idmap.h"
#include "call.h"

struct row {
	char name[32];
	uint64_t calls, errors, ns;
};

static struct row **rows; /* each by its name once, whatever ABIs it is called by */
static size_t nrows;
static struct idmap by_number; /* ABI and number to row */

static struct row *
row_new(const char *name)
{
	struct row *r = calloc(1, sizeof(*r));

	rows = reallocarray(rows, nrows + 1, sizeof(struct row *));
	if (r == NULL || rows == NULL)
		fail("out of memory");
	snprintf(r->name, sizeof(r->name), "%s", name);
	return (rows[nrows++] = r);
}

static struct row *
row_named(const char *name)
{
	for (size_t i = 0; i < nrows; i++)
		if (strcmp(rows[i]->name, name) == 0)
			return (rows[i]);
	return (row_new(name));
}

static struct row *
row_of(const struct frame *f)
{
	uint64_t id = (uint64_t)f->abi << 32 | f->number;
	struct row *r = idmap_get(&by_number, id);
	char name[32];

	if (r == NULL) {
		r = row_named(call_name(f, name, sizeof(name)));
		idmap_put(&by_number, id, r);
	}
	return (r);
}

void
count_call(const struct frame *f, bool failed, const struct timespec *ended)
{
	struct row *r = row_of(f);
	int64_t ns = (ended->tv_sec - f->began.tv_sec) * 1000000000LL + (ended->tv_nsec - f->began.tv_nsec);

	r->calls++;
	r->errors += failed;
	r->ns += ns > 0 ? (uint64_t)ns : 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;

	if (x->ns != y->ns)
		return (x->ns < y->ns ? 1 : -1);
	return (strcmp(x->name, y->name));
}

static void
print_row(struct buf *out, const struct row *r)
{
	buf_printf(out, "%-22s %6llu.%09llu %9llu %7llu\n", r->name, (unsigned long long)r->ns / 1000000000,
	    (unsigned long long)r->ns % 1000000000, (unsigned long long)r->calls,
	    (unsigned long long)r->errors);
}

static void
print_json(struct buf *out, const struct row *r)
{
	buf_printf(out,
	    "{\"event\":\"count\",\"syscall\":\"%s\",\"seconds\":%llu.%09llu,\"calls\":%llu,\"errors\":%llu}"
	    "\n",
	    r->name, (unsigned long long)r->ns / 1000000000, (unsigned long long)r->ns % 1000000000,
	    (unsigned long long)r->calls, (unsigned long long)r->errors);
}

void
count_print(struct buf *out, bool json)
{
	struct row total = { .name = "total" };

	if (nrows > 0)
		qsort(rows, nrows, sizeof(struct row *), by_time);
	if (!json)
		buf_printf(out, "%-22s %16s %9s %7s\n", "syscall", "seconds", "calls", "errors");
	for (size_t i = 0; i < nrows; i++) {
		(json ? print_json : print_row)(out, rows[i]);
		total.calls += rows[i]->calls;
		total.errors += rows[i]->errors;
		total.ns += rows[i]->ns;
	}
	if (json)
		return;
	buf_printf(out, "%-22s %16s %9s %7s\n", "", "----------------", "---------", "-------");
	print_row(out, &total);
}
