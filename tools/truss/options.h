/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the command line asks for.
 */
#ifndef TRUSS_OPTIONS_H
#define TRUSS_OPTIONS_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

struct filter;

struct options {
	bool follow;	       /* -f: new processes too */
	bool exec_args;	       /* -a */
	bool counts;	       /* -c: a table at the end in place of lines */
	bool exec_env;	       /* -e */
	bool since_start;      /* -d */
	bool since_last;       /* -D */
	bool thread_ids;       /* -H */
	bool no_signals;       /* -S */
	bool every_stop;       /* --every-stop */
	bool json;	       /* -j */
	size_t strsize;	       /* -s: bytes of a string that are shown */
	const char *output;    /* -o, or NULL: standard error */
	struct filter *filter; /* -t, or NULL: all calls */
	pid_t *pids;	       /* -p; owned */
	size_t npids;
	char **command; /* NULL with -p */
};

/* Fills in what argv says.  Exits with a message if that makes no sense, or after --help and --version. */
void options_parse(struct options *, int argc, char **argv);
void options_free(struct options *);

#endif
