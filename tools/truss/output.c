/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where lines go.  What is kept back for speed goes out when the buffer is full, and at the latest a tenth of a
 * second after it was written: a timer interrupts the wait for the next event.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "../common/fail.h"

#define FLUSH_AT 65536
#define FLUSH_USEC 100000

static struct buf pending;
static int fd = STDERR_FILENO, error;
static bool terminal, timer_runs, timed;
static volatile sig_atomic_t flush_due;
static const struct thread *open_thread;
static const struct options *opt;
static struct timespec start, last, epoch_offset;

static void
on_alarm(int sig)
{
	flush_due = 1;
}

static void
start_clocks(void)
{
	clock_gettime(CLOCK_REALTIME, &epoch_offset);
	clock_gettime(CLOCK_MONOTONIC, &start);
	last = start;
	epoch_offset.tv_sec -= start.tv_sec;
	epoch_offset.tv_nsec -= start.tv_nsec;
	if (epoch_offset.tv_nsec < 0) {
		epoch_offset.tv_nsec += 1000000000;
		epoch_offset.tv_sec--;
	}
}

void
output_open(const struct options *options)
{
	struct sigaction sa = { .sa_handler = on_alarm }; /* not SA_RESTART: the wait must end */

	opt = options;
	if (opt->output != NULL &&
	    (fd = open(opt->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) == -1)
		fail("%s: %s", opt->output, strerror(errno));
	terminal = isatty(fd);
	timed = opt->json || opt->counts || opt->since_start || opt->since_last;
	sigaction(SIGALRM, &sa, NULL);
	start_clocks();
}

static void
set_timer(bool on)
{
	struct itimerval every = { { 0, FLUSH_USEC }, { 0, FLUSH_USEC } }, never = { 0 };

	if (on != timer_runs)
		setitimer(ITIMER_REAL, on ? &every : &never, NULL);
	timer_runs = on;
}

void
output_flush(void)
{
	size_t done = 0;

	while (done < pending.len && error == 0) {
		ssize_t n = write(fd, pending.data + done, pending.len - done);

		if (n == -1 && errno != EINTR)
			error = errno;
		done += n > 0 ? (size_t)n : 0;
	}
	pending.len = 0;
	flush_due = 0;
	set_timer(false);
}

void
output_idle(void)
{
	if (pending.len == 0)
		return;
	if (terminal || flush_due || pending.len >= FLUSH_AT)
		output_flush();
	else
		set_timer(true);
}

int
output_error(void)
{
	return (error);
}

static void
put_time(struct buf *b, const struct timespec *from, const struct timespec *to)
{
	long long ns = (to->tv_sec - from->tv_sec) * 1000000000LL + (to->tv_nsec - from->tv_nsec);

	if (ns < 0)
		ns = 0;
	buf_uint(b, (uint64_t)ns / 1000000000, 10);
	buf_char(b, '.');
	buf_padded(b, (uint64_t)ns % 1000000000, 9);
	buf_char(b, ' ');
}

struct timespec
output_now(void)
{
	struct timespec now = { 0 };

	if (timed)
		clock_gettime(CLOCK_MONOTONIC, &now);
	return (now);
}

struct buf *
output_plain(void)
{
	if (open_thread != NULL)
		buf_str(&pending, " <unfinished ...>\n");
	open_thread = NULL;
	return (&pending);
}

static void
put_id(struct buf *b, pid_t id, unsigned width)
{
	buf_right(b, (uint64_t)id, width);
	buf_add(b, ": ", 2);
}

struct buf *
output_begin(const struct thread *t, const struct timespec *now)
{
	struct buf *b = output_plain();

	if (opt->follow || opt->npids > 1)
		put_id(b, t->proc->pid, 5);
	if (opt->thread_ids)
		put_id(b, thread_tid(t), 6);
	if (opt->since_start)
		put_time(b, &start, now);
	if (opt->since_last)
		put_time(b, &last, now);
	last = *now;
	open_thread = t;
	return (b);
}

struct buf *
output_buf(void)
{
	return (&pending);
}

struct timespec
output_epoch(const struct timespec *when)
{
	struct timespec t = { when->tv_sec + epoch_offset.tv_sec, when->tv_nsec + epoch_offset.tv_nsec };

	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return (t);
}

bool
output_is_open(const struct thread *t)
{
	return (open_thread == t);
}

void
output_end(void)
{
	buf_char(&pending, '\n');
	open_thread = NULL;
	if (pending.len >= FLUSH_AT)
		output_flush();
}
