/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory map of a real process, by every way that some kernel has: with and without the query.
 */
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/linux/probe.h"
#include "target.h"

#define HOST_TEST(name) TEST_CASE(name, "", "")
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

/* ---- acts ---- */

static long
do_nothing(long arg)
{
	return (arg);
}

static long
do_map(long pages)
{
	return ((long)mmap(NULL, (size_t)pages * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static long
do_unmap(long page)
{
	return (munmap((void *)page, PAGE));
}

static long
do_protect(long page)
{
	return (mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE));
}

/* Each other page of so many is made another kind. */
static long
do_stripe(long pages)
{
	char *at = (char *)do_map(pages);

	for (long i = 0; i < pages; i += 2)
		if (mprotect(at + (size_t)i * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
			return (-errno);
	return ((long)at);
}

static char file_name[PATH_MAX];

static long
do_map_file(long offset)
{
	int fd = open(file_name, O_RDONLY);
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, offset);

	(void)close(fd);
	return ((long)at);
}

static long
do_map_memfd(long shared)
{
	int fd = memfd_create("a name", 0);
	void *at;

	if (ftruncate(fd, (off_t)PAGE) != 0)
		return (-1);
	at = mmap(NULL, PAGE, PROT_READ, shared ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	(void)close(fd);
	return ((long)at);
}

static long
do_map_shared(long arg)
{
	(void)arg;
	return ((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

/* ---- what the host says, and what the text does ---- */

static int
entry(size_t i, struct host_mapping *hm, size_t *n)
{
	return (ops->map_entry(&lh.lh_host, target, target, i, true, hm, n));
}

static int
generation(void)
{
	int number;

	ATF_REQUIRE_EQ(0, ops->map_generation(&lh.lh_host, target, target, &number));
	return (number);
}

static struct host_mapping
entry_at(uint64_t addr)
{
	struct host_mapping hm;
	size_t n;

	for (size_t i = 0;; i++) {
		ATF_REQUIRE_EQ(0, entry(i, &hm, &n));
		if (addr >= hm.hm_start && addr < hm.hm_end)
			return (hm);
	}
}

static void
compare(size_t i)
{
	const struct target_line *l = &target_lines[i];
	struct host_mapping hm;
	size_t n = 0, len = strlen(l->name);
	bool file = l->name[0] == '/' && l->inode != 0, deleted = len > 10 && strcmp(l->name + len - 10, " (deleted)") == 0;

	ATF_REQUIRE_EQ_MSG(0, entry(i, &hm, &n), "entry %zu of %zu", i, target_nlines);
	ATF_REQUIRE_EQ(l->start, hm.hm_start);
	ATF_REQUIRE_EQ(l->end, hm.hm_end);
	ATF_REQUIRE_EQ(l->offset, hm.hm_offset);
	ATF_REQUIRE_EQ((l->mode[0] == 'r' ? 1u : 0) | (l->mode[1] == 'w' ? 2u : 0) | (l->mode[2] == 'x' ? 4u : 0), hm.hm_prot);
	if (!file || deleted) {
		ATF_REQUIRE(!hm.hm_file || hm.hm_path == NULL);
		return;
	}
	ATF_REQUIRE(hm.hm_file);
	ATF_REQUIRE_EQ(l->inode, hm.hm_fileid);
	ATF_REQUIRE_EQ((uint32_t)makedev(l->major, l->minor), hm.hm_fsid);
	ATF_REQUIRE(hm.hm_path != NULL);
	ATF_REQUIRE_STREQ(l->name, hm.hm_path);
}

static void
compare_all(void)
{
	struct host_mapping hm;
	size_t n = 0;
	unsigned long r = 4711;

	target_maps();
	for (size_t i = 0; i < target_nlines; i++)
		compare(i);
	ATF_REQUIRE_EQ(ENOENT, entry(target_nlines, &hm, &n));
	ATF_REQUIRE_EQ(target_nlines, n);
	for (size_t i = target_nlines; i-- > 0;)
		compare(i);
	for (size_t i = 0; i < target_nlines; i++)
		compare((r = r * 6364136223846793005ul + 1442695040888963407ul) / 7 % target_nlines);
	for (size_t i = 3; i < target_nlines; i++)
		compare(i);
	ATF_REQUIRE_EQ(ENOENT, entry(target_nlines + 7, &hm, &n));
	ATF_REQUIRE_EQ(target_nlines, n);
	for (size_t i = 0; i < target_nlines; i++)
		compare(i);
}

static void
make_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *here = realpath(".", NULL);

	ATF_REQUIRE(fd != -1 && ftruncate(fd, 4 * (off_t)PAGE) == 0 && here != NULL);
	(void)close(fd);
	(void)snprintf(file_name, sizeof(file_name), "%s/%s", here, name);
	free(here);
}

static void
agree(void)
{
	make_file("mapped");
	target_begin();
	compare_all();
	(void)target_does(do_map_file, (long)PAGE);
	(void)target_does(do_map_memfd, 1);
	(void)target_does(do_map_memfd, 0);
	(void)target_does(do_map_shared, 0);
	compare_all();
	ATF_REQUIRE(target_does(do_stripe, 1000) > 0);
	compare_all();
	target_end();
}

HOST_TEST(entries_agree_with_the_text)
{
	agree();
}

HOST_TEST(entries_agree_with_the_text_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	agree();
}

/* The first question is for any entry, on a map nobody has seen. */
static void
first_question(void)
{
	struct host_mapping hm;
	size_t first[] = {0, 1, 2, 700, 1001, 0}, n;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		target_begin();
		ATF_REQUIRE(target_does(do_stripe, 1000) > 0);
		target_maps();
		compare(i + 1 == sizeof(first) / sizeof(first[0]) ? target_nlines - 1 : first[i]);
		target_end();
	}
	target_begin();
	target_maps();
	ATF_REQUIRE_EQ(ENOENT, entry(SIZE_MAX, &hm, &n));
	ATF_REQUIRE_EQ(target_nlines, n);
	target_end();
}

HOST_TEST(any_entry_may_be_the_first)
{
	first_question();
}

HOST_TEST(any_entry_may_be_the_first_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	first_question();
}

/* ---- generations ---- */

static void
generations(void)
{
	struct host_mapping hm;
	size_t n;
	long page;
	int was, now;

	target_begin();
	was = generation();
	ATF_REQUIRE_EQ(was, generation());
	(void)target_does(do_nothing, 0);
	ATF_REQUIRE_EQ(was, generation());
	page = target_does(do_map, 4);
	now = generation();
	ATF_REQUIRE(was != now);
	(void)target_does(do_nothing, 0);
	(void)target_does(do_nothing, 0); /* nobody asked in between */
	ATF_REQUIRE_EQ(now, generation());
	was = now;
	ATF_REQUIRE_EQ(0, target_does(do_protect, page));
	ATF_REQUIRE((now = generation()) != was);
	was = now;
	ATF_REQUIRE_EQ(0, target_does(do_unmap, page + 3 * (long)PAGE)); /* the last of the four: one entry is shorter */
	ATF_REQUIRE_EQ(0, entry(0, &hm, &n));
	ATF_REQUIRE((now = hm.hm_generation) != was);
	(void)target_does(do_nothing, 0);
	ATF_REQUIRE_EQ(0, entry(3, &hm, &n));
	ATF_REQUIRE_EQ(now, hm.hm_generation);
	(void)target_does(do_nothing, 0);
	target_maps();
	for (size_t i = 0; i < target_nlines; i++) {
		ATF_REQUIRE_EQ(0, entry(i, &hm, &n));
		ATF_REQUIRE_EQ(now, hm.hm_generation);
	}
	ATF_REQUIRE_EQ(0, target_does(do_unmap, page));
	ATF_REQUIRE((was = generation()) != now);
	ATF_REQUIRE_EQ(-1, (int)target_does(do_protect, page)); /* which is not there: nothing changes */
	ATF_REQUIRE_EQ(was, generation());
	target_end();
}

HOST_TEST(generation_changes_with_the_map_and_only_then)
{
	generations();
}

HOST_TEST(generation_changes_with_the_map_and_only_then_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	generations();
}

HOST_TEST(generation_is_another_after_an_attach)
{
	int was;

	target_begin();
	was = generation();
	ATF_REQUIRE_EQ(0, ops->detach(&lh.lh_host, target, 0));
	ATF_REQUIRE_EQ(0, ops->seize(&lh.lh_host, target, target, 0));
	target_stop();
	ATF_REQUIRE(was != generation());
	target_end();
}

/* ---- names ---- */

HOST_TEST(name_is_as_it_is_now)
{
	struct host_mapping hm;
	uint64_t at;
	char other[] = "renamed";

	make_file("mapped");
	target_begin();
	at = (uint64_t)target_does(do_map_file, 0);
	hm = entry_at(at);
	ATF_REQUIRE(hm.hm_path != NULL);
	ATF_REQUIRE_STREQ(file_name, hm.hm_path);
	ATF_REQUIRE_EQ(0, rename("mapped", other));
	hm = entry_at(at);
	ATF_REQUIRE(hm.hm_path != NULL);
	ATF_REQUIRE_STREQ(other, strrchr(hm.hm_path, '/') + 1);
	ATF_REQUIRE_EQ(0, unlink(other));
	hm = entry_at(at);
	ATF_REQUIRE(hm.hm_file && hm.hm_path == NULL);
	target_end();
}

/* What a walk has read ahead, or a comparison has, is not for who asks for one entry. */
HOST_TEST(name_is_not_what_was_read_ahead)
{
	struct host_mapping hm;
	uint64_t at;
	size_t n, i = 0;

	make_file("mapped");
	target_begin();
	at = (uint64_t)target_does(do_map_file, 0);
	while (entry(i, &hm, &n) == 0 && hm.hm_start != at)
		i++;
	for (int run = 0; run < 2; run++) {
		for (size_t k = 0; k < i; k++)
			ATF_REQUIRE_EQ(0, entry(k, &hm, &n));
		ATF_REQUIRE_EQ(0, run == 0 ? rename("mapped", "renamed") : rename("renamed", "mapped"));
		ATF_REQUIRE_EQ(0, entry(0, &hm, &n));
		ATF_REQUIRE_EQ(0, entry(i, &hm, &n));
		ATF_REQUIRE(hm.hm_path != NULL);
		ATF_REQUIRE_STREQ(run == 0 ? "renamed" : "mapped", strrchr(hm.hm_path, '/') + 1);
		(void)target_does(do_nothing, 0);
	}
	target_end();
}

static long
do_map_fd(long fd)
{
	return ((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, (int)fd, 0));
}

#define DEPTH 40

static void
long_names(void)
{
	char part[] = "a_directory_whose_name_is_as_long_as_one_needs_so_that_forty_of_them_make_a_path_longer_than_PATH_MAX_is"
		      "_which_no_call_takes_at_once", *here = realpath(".", NULL), *path = calloc(DEPTH + 2, sizeof(part) + 64);
	struct host_mapping hm;
	uint64_t at;
	int fd;

	strcpy(path, here);
	for (int i = 0; i < DEPTH; i++) {
		ATF_REQUIRE(mkdir(part, 0700) == 0 && chdir(part) == 0);
		strcat(strcat(path, "/"), part);
	}
	ATF_REQUIRE((fd = open("file", O_RDWR | O_CREAT, 0600)) != -1 && ftruncate(fd, (off_t)PAGE) == 0);
	ATF_REQUIRE(strlen(strcat(path, "/file")) > PATH_MAX);
	target_begin();
	at = (uint64_t)target_does(do_map_fd, fd);
	hm = entry_at(at);
	ATF_REQUIRE(hm.hm_file && hm.hm_path != NULL);
	ATF_REQUIRE_STREQ(path, hm.hm_path);
	for (size_t i = 0, n; entry(i, &hm, &n) == 0; i++) {
		ATF_REQUIRE_EQ(0, entry(n - 1, &hm, &n)); /* out of order */
		ATF_REQUIRE_EQ(0, entry(i, &hm, &n));
		if (hm.hm_start == at)
			ATF_REQUIRE_STREQ(path, hm.hm_path);
	}
	target_end();
	(void)unlink("file");
	for (int i = 0; i < DEPTH; i++)
		ATF_REQUIRE(chdir("..") == 0 && rmdir(part) == 0);
	free(path);
	free(here);
}

HOST_TEST(name_may_be_longer_than_any_call_takes)
{
	long_names();
}

HOST_TEST(name_may_be_longer_than_any_call_takes_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	long_names();
}

static void
odd_names(void)
{
	static const char *const names[] = {"new\nline", "back\\012slash", "x (deleted)", " ", "a\tb",
	    "new\nline (deleted)", "a \\012 b\n\nc"};
	size_t known = sizeof(names) / sizeof(names[0]) - !probe_has(FT_MAP_QUERY); /* the text is not sure of the last */
	struct host_mapping hm;
	struct stat st;
	uint64_t at;

	target_begin();
	for (size_t i = 0; i < known; i++) {
		make_file(names[i]);
		ATF_REQUIRE_EQ(0, stat(names[i], &st));
		/* The target was forked before the name was known. */
		ATF_REQUIRE_EQ(0, ops->write_mem(&lh.lh_host, target, target, (uintptr_t)file_name, file_name,
				      &(size_t){sizeof(file_name)}));
		at = (uint64_t)target_does(do_map_file, (long)PAGE);
		hm = entry_at(at);
		ATF_REQUIRE(hm.hm_file && hm.hm_path != NULL);
		ATF_REQUIRE_STREQ(file_name, hm.hm_path);
		ATF_REQUIRE_EQ(st.st_ino, hm.hm_fileid);
		ATF_REQUIRE_EQ(PAGE, hm.hm_offset);
		(void)unlink(names[i]);
		(void)target_does(do_nothing, 0);
		hm = entry_at(at);
		ATF_REQUIRE(hm.hm_file && hm.hm_path == NULL);
		ATF_REQUIRE_EQ(st.st_ino, hm.hm_fileid);
	}
	target_end();
}

HOST_TEST(odd_names_are_as_they_are)
{
	odd_names();
}

HOST_TEST(odd_names_are_as_they_are_without_the_query)
{
	probe_set(FT_MAP_QUERY, false);
	odd_names();
}

/* ---- memory that others have too ---- */

static long
do_vfork_and_map(long arg)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)mmap(NULL, PAGE, PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	return (arg);
}

/* The child runs, in the same memory, while its parent waits for it. */
HOST_TEST(generation_knows_of_the_other_side_of_a_vfork)
{
	struct target_order order = {.act = do_vfork_and_map};
	struct host_event ev;
	pid_t child;
	bool seen = false;
	int was;

	target_begin();
	ATF_REQUIRE_EQ(0, ops->options(&lh.lh_host, target, HO_FOLLOW | HO_EXITKILL));
	was = generation();
	target_go();
	ATF_REQUIRE_EQ(sizeof(order), write(target_wire, &order, sizeof(order)));
	for (ev = target_event(); ev.he_kind == HE_NEW; ev = target_event())
		seen = true;
	ATF_REQUIRE_EQ(HE_VFORK, ev.he_kind);
	child = ev.he_other;
	ATF_REQUIRE_EQ(0, ops->expect(&lh.lh_host, child, child));
	ATF_REQUIRE_EQ(was, generation());
	if (!seen)
		ATF_REQUIRE_EQ(HE_NEW, target_event().he_kind);
	ATF_REQUIRE_EQ(was, generation());
	ATF_REQUIRE_EQ(0, ops->resume(&lh.lh_host, child, RM_CONT, 0));
	ev = target_event();
	ATF_REQUIRE_EQ(HE_SIGNAL, ev.he_kind);
	ATF_REQUIRE_EQ(child, ev.he_tid);
	ATF_REQUIRE(was != generation());
	(void)kill(child, SIGKILL);
	while ((ev = target_event()).he_kind != HE_EXIT || ev.he_tid != child)
		;
	lxproc_free(&lh, child);
	target_end();
}
