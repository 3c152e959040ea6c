/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/fail.h"
#include "filter.h"

#define DEFAULT_STRSIZE 32

static const char usage_text[] =
    "usage: truss [-acdDefHjS] [-o file] [-s strsize] [-t call,...] -p pid [-p pid ...]\n"
    "       truss [-acdDefHjS] [-o file] [-s strsize] [-t call,...] command [argument ...]\n";

static const char help_text[] =
    "\n"
    "Shows the system calls, signals and other events of processes.\n"
    "\n"
    "  -a          show the argument strings of execve\n"
    "  -c          show no calls, but a table of them at the end\n"
    "  -d          begin each line with the time since the start\n"
    "  -D          begin each line with the time since the last line\n"
    "  -e          show the environment strings of execve\n"
    "  -f          follow new processes\n"
    "  -H          begin each line with the id of the thread\n"
    "  -j          write a JSON object a line\n"
    "  -o file     write to file, not to standard error\n"
    "  -p pid      follow a process that runs already; may be given several times\n"
    "  -s strsize  show at most so many bytes of a string (32)\n"
    "  -S          do not show signals\n"
    "  -t call,... show these calls only; !call,... all but these\n"
    "  --every-stop\n"
    "              with -f and -t, stop at the calls that are not shown too\n"
    "  --help      show this\n"
    "  --version   show the version\n";

enum { OPTION_HELP = 1000, OPTION_VERSION, OPTION_EVERY_STOP };

static const struct option long_options[] = {
	{ "every-stop", no_argument, NULL, OPTION_EVERY_STOP },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

/* optopt names the option that was not understood; 0 for a long one. */
static _Noreturn void
usage(int problem, const char *word)
{
	if (problem == ':')
		complain("-%c needs an argument", optopt);
	else if (problem == '?' && optopt != 0)
		complain("unknown option -%c", optopt);
	else if (problem == '?')
		complain("unknown option %s", word);
	fputs(usage_text, stderr);
	exit(EXIT_OWN);
}

static _Noreturn void
answer(const char *first, const char *second)
{
	bool written = fputs(first, stdout) != EOF && fputs(second, stdout) != EOF && fflush(stdout) == 0;

	exit(written ? EXIT_SUCCESS : EXIT_OWN);
}

static long
number(char option, const char *text, long least)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < least || value > INT_MAX)
		fail("-%c %s: not a number from %ld", option, text, least);
	return (value);
}

static void
add_pid(struct options *o, const char *text)
{
	o->pids = reallocarray(o->pids, o->npids + 1, sizeof(*o->pids));
	if (o->pids == NULL)
		fail("out of memory");
	o->pids[o->npids++] = (pid_t)number('p', text, 1);
}

/* Options that say yes to one thing. */
static const struct {
	int option;
	size_t member;
} switches[] = {
	{ 'a', offsetof(struct options, exec_args) },
	{ 'c', offsetof(struct options, counts) },
	{ 'd', offsetof(struct options, since_start) },
	{ 'D', offsetof(struct options, since_last) },
	{ 'e', offsetof(struct options, exec_env) },
	{ 'f', offsetof(struct options, follow) },
	{ 'H', offsetof(struct options, thread_ids) },
	{ 'j', offsetof(struct options, json) },
	{ 'S', offsetof(struct options, no_signals) },
	{ OPTION_EVERY_STOP, offsetof(struct options, every_stop) },
};

static bool
take_switch(struct options *o, int option)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (switches[i].option == option) {
			*(bool *)((char *)o + switches[i].member) = true;
			return (true);
		}
	return (false);
}

static void
take(struct options *o, int option, const char *word)
{
	if (option == 'o')
		o->output = optarg;
	else if (option == 'p')
		add_pid(o, optarg);
	else if (option == 's')
		o->strsize = (size_t)number('s', optarg, 0);
	else if (option == 't')
		o->filter = filter_add(o->filter, optarg);
	else if (option == OPTION_HELP)
		answer(usage_text, help_text);
	else if (option == OPTION_VERSION)
		answer("truss (bsdptrace) ", TRUSS_VERSION "\n");
	else if (!take_switch(o, option))
		usage(option, word);
}

void
options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){ .strsize = DEFAULT_STRSIZE };
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:acdDefHjo:p:s:St:", long_options, NULL)) != -1)
		take(o, option, argv[optind - 1]);
	if (optind < argc)
		o->command = argv + optind;
	if (o->command != NULL && o->npids > 0)
		complain("a command and -p exclude each other");
	if ((o->command != NULL) == (o->npids > 0))
		usage(0, NULL);
}

void
options_free(struct options *o)
{
	filter_free(o->filter);
	free(o->pids);
}
