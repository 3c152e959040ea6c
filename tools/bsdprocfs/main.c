/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bsdprocfs: FreeBSD's procfs, mounted.
 */
#include "libfuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/fail.h"
#include "control.h"
#include "file.h"
#include "fs.h"
#include "number.h"
#include "stops.h"
#include "task.h"

#define IDLE_MAX 10 /* libfuse's threads that are kept for later */

static const char help_text[] =
    "usage: bsdprocfs [-dfhsV] [-o option,...] mountpoint\n"
    "\n"
    "Mounts FreeBSD's procfs: for each process a directory with status, map, regs, mem, ctl and more.\n"
    "\n";

static const char usage_text[] = "usage: bsdprocfs [-dfhsV] [-o option,...] mountpoint\n";

static _Noreturn void
leave(int status)
{
	exit(fflush(stdout) == 0 ? status : EXIT_OWN);
}

static _Noreturn void
help(void)
{
	fputs(help_text, stdout);
	fuse_cmdline_help();
	fuse_lowlevel_help();
	leave(EXIT_SUCCESS);
}

static _Noreturn void
version(void)
{
	printf("bsdprocfs (bsdptrace) %s\n", BSDPROCFS_VERSION);
	printf("libfuse %s\n", fuse_pkgversion());
	leave(EXIT_SUCCESS);
}

/* The kernel checks modes, so that they count for each file as procfs has them. */
static void
parse(struct fuse_args *args, struct fuse_cmdline_opts *opt)
{
	if (fuse_parse_cmdline(args, opt) != 0)
		exit(EXIT_OWN);
	if (opt->show_help)
		help();
	if (opt->show_version)
		version();
	if (opt->mountpoint == NULL) {
		fputs(usage_text, stderr);
		exit(EXIT_OWN);
	}
	if (fuse_opt_insert_arg(args, 1, "-odefault_permissions,fsname=procfs,subtype=bsdprocfs") != 0)
		fail("out of memory");
}

static struct fuse_session *
mount_it(struct fuse_args *args, const struct fuse_cmdline_opts *opt)
{
	struct fuse_session *session = fuse_session_new(args, &fs_operations, sizeof(fs_operations), NULL);

	/* libfuse has said what is wrong. */
	if (session == NULL || fuse_set_signal_handlers(session) != 0)
		exit(EXIT_OWN);
	if (fuse_session_mount(session, opt->mountpoint) != 0)
		exit(EXIT_OWN);
	if (fuse_daemonize(opt->foreground) != 0) {
		complain("daemonize: %s", strerror(errno));
		fuse_session_unmount(session);
		exit(EXIT_OWN);
	}
	return (session);
}

/* Some versions of libfuse say "not given" with a number that they themselves then complain of. */
static int
serve(struct fuse_session *session, const struct fuse_cmdline_opts *opt)
{
	struct fuse_loop_config config = { .clone_fd = opt->clone_fd, .max_idle_threads = opt->max_idle_threads };

	if (config.max_idle_threads > IDLE_MAX)
		config.max_idle_threads = IDLE_MAX;
	return (opt->singlethread ? fuse_session_loop(session) : fuse_session_loop_mt(session, &config));
}

/* Every process is left as it was found, but for what was asked to be done to it. */
static void
end(struct fuse_session *session)
{
	task_end_all();
	fuse_session_unmount(session);
	file_end();
	stops_end();
	control_end();
	number_end();
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
}

int
main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opt;
	struct fuse_session *session;
	int error;

	parse(&args, &opt);
	session = mount_it(&args, &opt);
	error = serve(session, &opt);
	end(session);
	free(opt.mountpoint);
	fuse_opt_free_args(&args);
	/* A signal that ends it is no failure. */
	return (error < 0 ? EXIT_OWN : EXIT_SUCCESS);
}
