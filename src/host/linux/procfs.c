/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For stop events: descriptors of /proc/PID/mem that the program has, credentials, children.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/linux.h"

/* ---- descriptors ---- */

static int
open_mem(pid_t pid, int *fd)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	if ((*fd = open(path, O_RDWR | O_CLOEXEC)) != -1)
		return (0);
	return (errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno : ENOENT);
}

int
lx_mem_open(struct host *h, pid_t pid, int *fd)
{
	(void)h;
	return (open_mem(pid, fd));
}

int
lx_mem_check(struct host *h, pid_t pid, int fd)
{
	char path[32], want[32], is[64];
	ssize_t n;

	(void)h;
	if (fcntl(fd, F_GETFD) == -1)
		return (EBADF);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)snprintf(want, sizeof(want), "/proc/%d/mem", pid);
	if ((n = readlink(path, is, sizeof(is) - 1)) == -1)
		return (EBADF);
	is[n] = '\0';
	/* When the process has ended " (deleted)" follows. */
	return (strncmp(is, want, strlen(want)) == 0 ? 0 : ENOTTY);
}

/* One that may not be opened stays with the memory that is gone, and reads nothing. */
void
lx_mem_renew(struct host *h, pid_t pid, int fd)
{
	int fresh;

	if (lx_mem_check(h, pid, fd) != 0 || open_mem(pid, &fresh) != 0)
		return;
	(void)dup3(fresh, fd, O_CLOEXEC);
	(void)close(fresh);
}

int
lx_mem_close(struct host *h, int fd)
{
	(void)h;
	return (close(fd) == 0 ? 0 : errno);
}

/* ---- credentials ---- */

static uint64_t
hash_line(uint64_t hash, const char *text, const char *name)
{
	const char *at = strstr(text, name);

	for (; at != NULL && *at != '\0' && (*at != '\n' || *name == '\n'); at++, name = "")
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return (hash);
}

/* Its user and group ids, all of them. */
int
lx_credentials(struct host *h, pid_t tid, uint64_t *stamp)
{
	char path[32], text[8192];
	int error;

	(void)h;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if ((error = read_file(path, text, sizeof(text))) != 0)
		return (error);
	*stamp = hash_line(UINT64_C(0xcbf29ce484222325), text, "\nUid:");
	*stamp = hash_line(*stamp, text, "\nGid:");
	*stamp = hash_line(*stamp, text, "\nGroups:");
	return (0);
}

bool
lx_superuser(struct host *h)
{
	(void)h;
	return (geteuid() == 0);
}

/* ---- children ---- */

static bool
is_among(struct host *h, pid_t pid, int idtype, id_t id)
{
	if (pid == __atomic_load_n(&linux_host(h)->lh_kick, __ATOMIC_ACQUIRE))
		return (false);
	return (idtype == P_ALL || (idtype == P_PID ? (id_t)pid == id : lx_belongs(h, pid, idtype, id)));
}

bool
lx_has_child(struct host *h, int idtype, id_t id)
{
	pid_t *children = NULL;
	size_t n = 0;
	bool found = false;

	if (lx_children(h, &children, &n) != 0)
		return (true);
	for (size_t i = 0; i < n && !found; i++)
		found = is_among(h, children[i], idtype, id);
	free(children);
	return (found);
}
