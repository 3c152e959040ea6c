/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The text ring of BSDPTRACE_KTR with writers that nothing keeps apart: threads and processes, dead ones too.
 */
#include <atf-c.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/linux/ktr.h"

#define THREADS 4
#define HEADING 2

static int rounds;

static void
begin(const char *size)
{
	ATF_REQUIRE_EQ(0, setenv("BSDPTRACE_KTR", "ring", 1));
	ATF_REQUIRE_EQ(0, setenv("BSDPTRACE_KTR_SIZE", size, 1));
	ATF_REQUIRE(ktr_ring_open());
}

/* The file's n-th line, from 0, with its newline; false: it has no more. */
static bool
line_at(size_t n, char line[KTR_LINE + 1])
{
	static FILE *f;
	bool got;

	if (n == 0)
		f = fopen("ring", "r");
	ATF_REQUIRE(f != NULL);
	got = fread(line, KTR_LINE, 1, f) == 1;
	line[got ? KTR_LINE : 0] = '\0';
	if (!got)
		(void)fclose(f);
	return (got);
}

static unsigned long
written(void)
{
	char line[KTR_LINE + 1];

	ATF_REQUIRE(line_at(0, line));
	return (strtoul(line + strlen("# bsdptrace-ktr "), NULL, 16));
}

/* A line of one letter all over, so that a mixture of two is seen: "t3 00017 ddddd...". */
static void
write_line(int writer, int round)
{
	char text[KTR_LINE];
	int len = snprintf(text, sizeof(text), "w%02d %07d ", writer, round);

	memset(text + len, 'a' + (round + writer) % 26, sizeof(text) - (size_t)len);
	ktr_ring_write(1000 + writer, 2000 + writer, text, KTR_LINE - KTR_PREFIX - 1);
}

/* What its text says: writer and round.  Fails if it is not whole. */
static void
read_line(const char *line, int *writer, int *round)
{
	char want[KTR_LINE + 1];
	int pid, tid, len;

	ATF_REQUIRE_EQ_MSG(4, sscanf(line + 20, "%d %d w%d %d", &pid, &tid, writer, round), "%s", line);
	ATF_CHECK_EQ_MSG(1000 + *writer, pid, "%s", line);
	ATF_CHECK_EQ_MSG(2000 + *writer, tid, "%s", line);
	len = snprintf(want, sizeof(want), "%.20s%7d %7d w%02d %07d ", line, pid, tid, *writer, *round);
	memset(want + len, 'a' + (*round + *writer) % 26, KTR_LINE - (size_t)len);
	want[KTR_LINE - 1] = '\n';
	want[KTR_LINE] = '\0';
	ATF_CHECK_STREQ(want, line);
}

static void *
many(void *arg)
{
	for (int i = 0; i < rounds; i++)
		write_line((int)(intptr_t)arg, i);
	return (NULL);
}

static void
many_at_once(int writer)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, many, (void *)(intptr_t)(writer + i)));
	for (int i = 0; i < THREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
}

/* Each line of each writer, once. */
static void
all_there(int writers)
{
	char line[KTR_LINE + 1];
	unsigned char *seen = calloc((size_t)writers, (size_t)rounds);
	int writer, round;

	ATF_REQUIRE(seen != NULL);
	for (size_t n = 0; line_at(n, line); n++) {
		if (n < HEADING || line[0] == ' ')
			continue;
		read_line(line, &writer, &round);
		ATF_REQUIRE(writer < writers && round < rounds);
		seen[writer * rounds + round]++;
	}
	for (int i = 0; i < writers * rounds; i++)
		ATF_CHECK_EQ_MSG(1, seen[i], "line %d of writer %d: %d times", i % rounds, i / rounds, seen[i]);
	free(seen);
}

ATF_TC_WITHOUT_HEAD(threads_take_places_of_their_own);
ATF_TC_BODY(threads_take_places_of_their_own, tc)
{
	begin("4m");
	rounds = 5000;
	many_at_once(0);
	ATF_CHECK_EQ((unsigned long)THREADS * 5000, written());
	all_there(THREADS);
}

ATF_TC_WITHOUT_HEAD(processes_take_places_of_their_own);
ATF_TC_BODY(processes_take_places_of_their_own, tc)
{
	int status;

	begin("4m");
	rounds = 2000;
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			ktr_ring_forked();
			many_at_once(THREADS * i);
			_exit(0);
		}
	for (int i = 0; i < 3; i++)
		ATF_REQUIRE(wait(&status) != -1 && status == 0);
	all_there(THREADS * 3);
}

/* Far more lines than places, so that writers come round to one another: no place is a mixture. */
ATF_TC_WITHOUT_HEAD(no_line_is_a_mixture);
ATF_TC_BODY(no_line_is_a_mixture, tc)
{
	char line[KTR_LINE + 1];
	int writer, round, lines = 0;

	begin("0"); /* the least there is */
	rounds = 30000;
	many_at_once(0);
	for (size_t n = 0; line_at(n, line); n++)
		if (n >= HEADING) {
			read_line(line, &writer, &round);
			lines++;
		}
	ATF_CHECK(lines > 10);
}

/* A writer's mark on a place, as one leaves it that was killed there. */
static void
mark(size_t n)
{
	FILE *f = fopen("ring", "r+");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(0, fseek(f, (long)((HEADING + n) * KTR_LINE), SEEK_SET));
	ATF_REQUIRE_EQ('?', fputc('?', f));
	ATF_REQUIRE_EQ(0, fclose(f));
}

ATF_TC_WITHOUT_HEAD(place_of_a_dead_writer_is_passed_by);
ATF_TC_BODY(place_of_a_dead_writer_is_passed_by, tc)
{
	char line[KTR_LINE + 1];
	int writer, round;

	begin("4096");
	write_line(1, 1);
	mark(1);
	write_line(1, 2);
	for (size_t n = 0; line_at(n, line); n++) {
		if (n == HEADING + 1)
			ATF_CHECK_EQ('?', line[0]);
		if (n == HEADING || n == HEADING + 2) {
			read_line(line, &writer, &round);
			ATF_CHECK_EQ(n == HEADING ? 1 : 2, round);
		}
	}
	ATF_CHECK_EQ(3, written());
	/* None is free: the line is given up, and nobody waits. */
	for (size_t n = 0; n < 4096 / KTR_LINE - HEADING; n++)
		mark(n);
	write_line(1, 3);
	write_line(1, 4);
}

/* The count is text of eight digits, and goes round. */
ATF_TC_WITHOUT_HEAD(count_goes_round);
ATF_TC_BODY(count_goes_round, tc)
{
	FILE *f;

	begin("4096");
	ATF_REQUIRE((f = fopen("ring", "r+")) != NULL);
	ATF_REQUIRE_EQ(0, fseek(f, (long)strlen("# bsdptrace-ktr "), SEEK_SET));
	ATF_REQUIRE(fputs("fffffffe", f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	write_line(1, 1);
	ATF_CHECK_EQ(0xffffffff, written());
	write_line(1, 2);
	ATF_CHECK_EQ(0, written());
	write_line(1, 3);
	ATF_CHECK_EQ(1, written());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, threads_take_places_of_their_own);
	ATF_TP_ADD_TC(tp, processes_take_places_of_their_own);
	ATF_TP_ADD_TC(tp, no_line_is_a_mixture);
	ATF_TP_ADD_TC(tp, place_of_a_dead_writer_is_passed_by);
	ATF_TP_ADD_TC(tp, count_goes_round);
	return (atf_no_error());
}
