/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "target.h"

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct linux_host lh;
const struct host_ops *ops;
pid_t target;
int target_wire;

static void
listen_on(int ear)
{
	struct target_order order;
	long answer;

	(void)alarm(100);
	while (read(ear, &order, sizeof(order)) == sizeof(order)) {
		answer = order.act(order.arg);
		if (write(ear, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

struct host_event
target_event(void)
{
	struct host_wait hw = {.hw_whom = HW_TRACEES, .hw_block = true};
	struct host_event ev;
	int error;

	do
		error = ops->wait(&lh.lh_host, &hw, &ev);
	while (error == EINTR || error == EAGAIN);
	ATF_REQUIRE_EQ(0, error);
	return (ev);
}

void
target_stop(void)
{
	ATF_REQUIRE_EQ(0, ops->interrupt(&lh.lh_host, target));
	ATF_REQUIRE_EQ(HE_STOP, target_event().he_kind);
}

void
target_go(void)
{
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, target, RM_CONT, 0));
}

/* Let it run, do something, and stop it again. */
long
target_does(target_act *what, long arg)
{
	struct target_order order = {.act = what, .arg = arg};
	long answer;

	target_go();
	ATF_REQUIRE_EQ(sizeof(order), write(target_wire, &order, sizeof(order)));
	ATF_REQUIRE_EQ(sizeof(answer), read(target_wire, &answer, sizeof(answer)));
	target_stop();
	return (answer);
}

/* Forked of the test, attached and stopped. */
void
target_begin(void)
{
	int pair[2];

	ATF_REQUIRE_EQ(0, linux_host_init(&lh, NULL));
	ops = lh.lh_host.ops;
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	ATF_REQUIRE((target = fork()) != -1);
	if (target == 0) {
		(void)close(pair[0]);
		listen_on(pair[1]);
	}
	(void)close(pair[1]);
	target_wire = pair[0];
	ATF_REQUIRE_EQ(0, ops->seize(&lh.lh_host, target, target, 0));
	target_stop();
}

void
target_end(void)
{
	struct host_event ev;

	(void)kill(target, SIGKILL);
	while ((ev = target_event()).he_kind != HE_EXIT || ev.he_tid != target)
		;
	(void)close(target_wire);
	lxproc_free(&lh, target);
	linux_host_drop(&lh);
}

struct target_line *target_lines;
size_t target_nlines;

void
target_maps(void)
{
	char path[64], text[6000];
	struct target_line *l;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", target);
	ATF_REQUIRE((f = fopen(path, "re")) != NULL);
	free(target_lines);
	target_lines = NULL;
	for (target_nlines = 0; fgets(text, sizeof(text), f) != NULL; target_nlines++) {
		ATF_REQUIRE((target_lines = realloc(target_lines, (target_nlines + 1) * sizeof(*target_lines))) != NULL);
		l = &target_lines[target_nlines];
		l->name[0] = '\0';
		ATF_REQUIRE(sscanf(text, "%lx-%lx %7s %lx %x:%x %lu %4999[^\n]", &l->start, &l->end, l->mode, &l->offset,
				&l->major, &l->minor, &l->inode, l->name) >= 7);
	}
	(void)fclose(f);
}
