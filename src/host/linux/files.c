/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Descriptors are the program's: it may have used up all of them, and may close any that it finds.  So what is
 * opened for a moment finds room in any case, and what is kept is looked at before each use.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/linux.h"

/* ---- for a moment ---- */

struct errand {
	int (*e_run)(void *);
	void *e_arg;
	int e_error;
};

/* A thread with a table of descriptors of its own, in which it closes the lowest: what it opens has room there. */
static void *
run_apart(void *arg)
{
	struct errand *e = arg;
	long max = sysconf(_SC_OPEN_MAX);

	if (unshare(CLONE_FILES) != 0)
		return (NULL);
	for (int fd = 0; fd < (max > 0 ? max : 1024); fd++)
		if (close(fd) == 0)
			break;
	e->e_error = e->e_run(e->e_arg);
	return (NULL);
}

int
with_descriptor(int (*run)(void *), void *arg)
{
	struct errand e = {.e_run = run, .e_arg = arg, .e_error = run(arg)};
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	if ((e.e_error != EMFILE && e.e_error != ENFILE) || pthread_attr_init(&attr) != 0)
		return (e.e_error);
	(void)pthread_attr_setstacksize(&attr, 128 * 1024);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, &attr, run_apart, &e) == 0)
		(void)pthread_join(thread, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return (e.e_error);
}

static int
try_open(void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return (errno);
	(void)close(fd);
	return (0);
}

bool
can_open(char *path)
{
	return (with_descriptor(try_open, path) == 0);
}

/* ---- to be kept ---- */

/* Where programs seldom look, if there is room: far above all they open, above most, above standard input and output. */
static const int places[] = {1000, 100, 3};

int
kept_open(struct kept *k, const char *path, int flags)
{
	struct stat st;
	int low = open(path, flags | O_CLOEXEC);

	*k = (struct kept){.k_fd = -1};
	if (low == -1)
		return (errno);
	for (size_t i = 0; k->k_fd == -1 && i < sizeof(places) / sizeof(places[0]); i++)
		k->k_fd = fcntl(low, F_DUPFD_CLOEXEC, places[i]);
	(void)close(low);
	if (k->k_fd == -1 || fstat(k->k_fd, &st) != 0)
		return (EMFILE);
	k->k_dev = st.st_dev;
	k->k_ino = st.st_ino;
	return (0);
}

/* Somebody who closes all descriptors has closed ours too, and another file may have its number by now. */
int
kept_fd(struct kept *k)
{
	struct stat st;

	if (k->k_fd != -1 && (fstat(k->k_fd, &st) != 0 || st.st_dev != k->k_dev || st.st_ino != k->k_ino)) {
		k->k_fd = -1;
		k->k_lost = true;
	}
	return (k->k_fd);
}

bool
kept_is_high(const struct kept *k)
{
	return (k->k_fd >= places[0]);
}

void
kept_close(struct kept *k)
{
	if (kept_fd(k) != -1)
		(void)close(k->k_fd);
	k->k_fd = -1;
}
