#! /usr/bin/env atf-sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What "meson install" lays out, used as someone who knows nothing of this source tree would use it.

build='@BUILD_ROOT@'
version='@VERSION@'

# A build with sanitizers cannot be linked into programs that were not made so.
needs_plain_build()
{
	[ '@SANITIZE@' = none ] || atf_skip "a build with sanitizers is not for installing"
}

# install_tree: installs into $root, and tells pkg-config and the loader.
install_tree()
{
	meson install -C "$build" --no-rebuild --quiet --destdir "$PWD/root" >install.log 2>&1 ||
	    { cat install.log; atf_fail "meson install failed"; }
	root=$PWD/root@PREFIX@
	PKG_CONFIG_PATH=$root/@LIBDIR@/pkgconfig
	LD_LIBRARY_PATH=$root/@LIBDIR@
	export PKG_CONFIG_PATH LD_LIBRARY_PATH
}

flags()
{
	pkg-config --define-variable=prefix="$root" "$@"
}

# A child that asks to be traced and stops; names in capitals are given with -D.
program()
{
	cat <<-'EOF'
	int
	main(void)
	{
		struct ptrace_lwpinfo info;
		struct reg regs;
		int status;
		pid_t pid;

		if ((pid = fork()) == 0) {
			if (PTRACE(PT_TRACE_ME, 0, 0, 0) == -1)
				_exit(1);
			raise(SIGUSR1);
			_exit(7);
		}
		if (WAITPID(pid, &status, 0) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGUSR1)
			return (1);
		if (PTRACE(PT_LWPINFO, pid, (caddr_t)&info, sizeof(info)) == -1 || info.pl_lwpid <= pid)
			return (2);
		if (PTRACE(PT_GETREGS, pid, (caddr_t)&regs, 0) == -1)
			return (3);
		if (PTRACE(PT_CONTINUE, pid, (caddr_t)1, 0) == -1)
			return (4);
		if (WAITPID(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
			return (5);
		return (0);
	}
	EOF
}

# As written for FreeBSD, its headers and ways included.
freebsd_source()
{
	cat <<-'EOF'
	#include <sys/cdefs.h>
	__FBSDID("$FreeBSD$");

	#include <sys/param.h>
	#include <sys/types.h>
	#include <sys/ptrace.h>
	#include <sys/wait.h>
	#include <machine/reg.h>
	#include <signal.h>
	#include <stdlib.h>
	#include <unistd.h>
	#define PTRACE ptrace
	#define WAITPID waitpid
	EOF
	program
}

native_source()
{
	cat <<-'EOF'
	#include <bsdptrace.h>
	#include <unistd.h>
	#define PTRACE bsd_ptrace
	#define WAITPID bsd_waitpid
	EOF
	program
}

# each_compiler COMMAND...: run with $compiler set to each there is, in C and C++, plain and optimized.
each_compiler()
{
	for compiler in 'gcc -xc -std=gnu17' 'gcc -xc -std=c99 -D_DEFAULT_SOURCE' 'g++ -xc++' \
	    'clang -xc' 'clang++ -xc++'; do
		command -v "${compiler%% *}" >/dev/null || continue
		for level in -O0 -O2; do
			echo "== $compiler $level"
			"$@" || atf_fail "with $compiler $level: status $?"
		done
	done
}

# build_and_run PACKAGE FILE
build_and_run()
{
	$compiler $level -Wall -Wextra -Werror -o program "$2" -xnone $(flags --cflags --libs "$1") && ./program
}

build_and_run_static()
{
	$compiler $level -o program "$2" $(flags --cflags "$1") -xnone "$root/@LIBDIR@/libbsdptrace.a" -pthread &&
	    ./program
}

atf_test_case native_package
native_package_head()
{
	atf_set descr "pkg-config bsdptrace is enough for the native names, in C and C++"
	atf_set require.progs gcc g++ pkg-config
}
native_package_body()
{
	needs_plain_build
	install_tree
	native_source >native.c
	each_compiler build_and_run bsdptrace native.c
	each_compiler build_and_run_static bsdptrace native.c
}

atf_test_case overlay_package
overlay_package_head()
{
	atf_set descr "pkg-config bsdptrace-overlay alone is enough for source written for FreeBSD"
	atf_set require.progs gcc g++ pkg-config
}
overlay_package_body()
{
	needs_plain_build
	install_tree
	freebsd_source >freebsd.c
	each_compiler build_and_run bsdptrace-overlay freebsd.c
}

atf_test_case readme_example
readme_example_head()
{
	atf_set descr "The program in README.md compiles without a warning and does what is said of it"
	atf_set require.progs gcc pkg-config
}
readme_example_body()
{
	needs_plain_build
	install_tree
	sed -n '/^```c$/,/^```$/p' '@SOURCE_ROOT@/README.md' | grep -v '^```' >errors.c
	atf_check gcc -Wall -Wextra -Werror -o errors errors.c $(flags --cflags --libs bsdptrace)
	atf_check -e match:'^cat .*: error 2$' -o ignore -s exit:1 ./errors cat /nonexistent
	atf_check -e ignore ./errors true
}

atf_test_case overlay_redirects_the_waits_alone
overlay_redirects_the_waits_alone_head()
{
	atf_set descr "All waits are the library's; members called wait, ptrace or waitpid are left alone"
	atf_set require.progs gcc g++ pkg-config
}
overlay_redirects_the_waits_alone_body()
{
	needs_plain_build
	install_tree
	cat >waits.c <<-'EOF'
	#ifdef __cplusplus
	#include <condition_variable>
	#include <mutex>
	#endif
	#include <stdlib.h>
	#include <sys/wait.h>
	#include <unistd.h>
	#include <sys/resource.h>
	struct thing { int (*wait)(int); int waitpid; };
	int member(struct thing *t);
	int member(struct thing *t) { return t->wait(t->waitpid); }
	#ifdef __cplusplus
	void condition(std::condition_variable &cv, std::unique_lock<std::mutex> &lock) { cv.wait(lock); }
	extern "C"
	#endif
	int all(pid_t p);
	int
	all(pid_t p)
	{
		struct __wrusage wru;
		struct rusage ru;
		siginfo_t si;
		int st;

		return (wait(&st) + wait3(&st, 0, &ru) + wait4(p, &st, 0, &ru) + waitpid(p, &st, WTRAPPED) +
		    waitid(P_PID, p, &si, WEXITED) + wait6(P_PID, p, &st, WEXITED, &wru, &si));
	}
	EOF
	redirected()
	{
		$compiler $level -Wall -Wextra -Werror -c -o waits.o waits.c $(flags --cflags bsdptrace-overlay) || return 1
		nm -u waits.o | awk '{ print $2 }' | grep -E '(^|_)wait' | grep -v condition_variable | sort >got
		printf 'bsd_wait%s\n' '' 3 4 6 id pid | sort >want
		diff want got
	}
	each_compiler redirected
}

atf_test_case exported_names
exported_names_head()
{
	atf_set descr "The library exports bsd_ names alone, all that its headers declare, and needs libc alone"
	atf_set require.progs nm readelf
}
exported_names_body()
{
	needs_plain_build
	install_tree
	lib=$root/@LIBDIR@/libbsdptrace.so.0
	sed -n 's/^[a-z].*[ *]\(bsd_[a-z0-9_]*\)(.*/\1/p' "$root/include/bsdptrace.h" "$root"/include/bsdptrace/*.h | sort >declared
	[ -s declared ] || atf_fail "the headers declare nothing?"
	# The absolute symbol is the version's own.
	nm -D --defined-only "$lib" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >exported
	diff declared exported || atf_fail "the header's names and the shared library's differ"
	nm -g --defined-only "$root/@LIBDIR@/libbsdptrace.a" | awk 'NF == 3 { print $3 }' | sort >exported
	diff declared exported || atf_fail "the header's names and the static library's differ"

	nm -D --undefined-only "$lib" | awk '$1 == "U"' | grep -v '@GLIBC_' && atf_fail "needs more than libc"
	readelf -d "$lib" | awk '/NEEDED/ { print $NF }' >needed
	grep -vxE '\[(libc\.so\.6|libpthread\.so\.0|ld-linux.*)\]' needed && atf_fail "needs more than libc"
	readelf -d "$lib" | grep -q 'SONAME.*\[libbsdptrace.so.0\]' || atf_fail "wrong soname"
}

atf_test_case audit_package
audit_package_head()
{
	atf_set descr "pkg-config bsdptrace-audit is enough for its library, which exports its own names alone"
	atf_set require.progs gcc g++ pkg-config nm
}
audit_package_body()
{
	needs_plain_build
	[ '@AUDIT@' = true ] || atf_skip "built without libaudit"
	install_tree
	cat >audit.c <<-'EOF'
	#include <bsdptrace-audit.h>
	#include <errno.h>
	int
	main(void)
	{
		if (bsd_ptrace_audit_linux(true) == -1 && errno == 0)
			return (1);
		return (bsd_ptrace_audit_linux(false) != 0 || bsd_ptrace_audit_lost() != 0);
	}
	EOF
	each_compiler build_and_run bsdptrace-audit audit.c
	sed -n 's/^[a-z].*[ *]\(bsd_[a-z0-9_]*\)(.*/\1/p' "$root/include/bsdptrace-audit.h" | sort >declared
	nm -D --defined-only "$root/@LIBDIR@/libbsdptrace-audit.so.0" |
	    awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >exported
	diff declared exported || atf_fail "the header's names and the library's differ"
}

atf_test_case layout
layout_head()
{
	atf_set descr "Headers, libraries, pkg-config files, manual pages and tools are where they belong"
}
layout_body()
{
	needs_plain_build
	install_tree
	for file in @LIBDIR@/libbsdptrace.so @LIBDIR@/libbsdptrace.so.0 @LIBDIR@/libbsdptrace.a \
	    @LIBDIR@/pkgconfig/bsdptrace.pc @LIBDIR@/pkgconfig/bsdptrace-overlay.pc include/bsdptrace.h \
	    include/bsdptrace/overlay/sys/ptrace.h include/bsdptrace/overlay/sys/wait.h \
	    include/bsdptrace/overlay/sys/pioctl.h include/bsdptrace/overlay/machine/reg.h \
	    share/man/man3/bsdptrace.3 share/man/man3/bsd_ptrace.3 share/man/man3/bsd_wait.3 \
	    share/man/man3/bsd_ptrace_audit.3 share/man/man3/bsd_ptrace_place.3 share/man/man7/bsdptrace-ktr.7 \
	    share/man/man7/bsdptrace-overlay.7 share/man/man1/truss.1; do
		[ -e "$root/$file" ] || atf_fail "$file is not there"
	done
	atf_check -o "inline:$version\n$version\n" pkg-config --modversion bsdptrace bsdptrace-overlay
	atf_check -o match:bsdptrace -e ignore "$root/bin/truss" --version
	if [ '@AUDIT@' = true ]; then
		for file in @LIBDIR@/libbsdptrace-audit.so @LIBDIR@/libbsdptrace-audit.so.0 \
		    @LIBDIR@/pkgconfig/bsdptrace-audit.pc include/bsdptrace-audit.h; do
			[ -e "$root/$file" ] || atf_fail "$file is not there"
		done
	fi
	# With libfuse there is one more tool.
	if [ -e "$build/tools/bsdprocfs/bsdprocfs" ]; then
		[ -e "$root/share/man/man1/bsdprocfs.1" ] || atf_fail "man1/bsdprocfs.1 is not there"
		atf_check -o match:bsdptrace "$root/bin/bsdprocfs" --version
	fi
	# An installed header must not need one that is not.
	for header in $(cd "$root/include" && find bsdptrace.h bsdptrace -maxdepth 1 -name '*.h'); do
		echo "#include <$header>" >one.c
		atf_check -o ignore -e ignore gcc -D_DEFAULT_SOURCE $(flags --cflags bsdptrace) -fsyntax-only one.c
	done
}

atf_init_test_cases()
{
	atf_add_test_case native_package
	atf_add_test_case overlay_package
	atf_add_test_case readme_example
	atf_add_test_case overlay_redirects_the_waits_alone
	atf_add_test_case exported_names
	atf_add_test_case audit_package
	atf_add_test_case layout
}
