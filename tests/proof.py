#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which test shows which statement of the semantics, on a real process and on the simulated host.

proof.py [-o FILE] TESTS PAGE

PAGE names its statements in brackets (its "The marks" says how); the built test programs below TESTS
say in X-shows, which they print with -l, what they show.  Writes the table to FILE or standard output.
Ends with 1, and says why on standard error, if a statement lacks a test, a test names what is no
statement, or a line of the page has no name.
"""
import argparse
import fnmatch
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

MARK = re.compile(r"\[([a-z]+\.[a-z0-9]+)(?:: ([^]]*))?\](?!\()")
HOSTS = {"spec": "real", "live": "real", "sim": "simulated"}
LIMITS = {"real process alone": ("real",), "simulated host alone": ("simulated",), "no row": ()}


class Statement:
    def __init__(self, name, line, text):
        self.name = name
        self.lines = [line]
        self.text = text
        self.hosts = ("real", "simulated")
        self.reason = ""
        self.tests = {"real": {}, "simulated": {}}

    def limit(self, note):
        kind, _, self.reason = note.partition(", ")
        if kind not in LIMITS or not self.reason:
            raise ValueError(f"[{self.name}: {note}] says neither of {', '.join(LIMITS)}, with a reason")
        self.hosts = LIMITS[kind]


def blocks(page):
    """The page's table rows, items and paragraphs, each as a list of (line, text)."""
    wanted, held = True, []
    lines = page.split("\n")
    for number, line in enumerate(lines + [""], 1):
        if held and re.match(r"\s*$|#|\||<!--|- ", line):
            yield held
            held = []
        if line.startswith("<!--"):
            wanted = "no statements" not in line
        elif not wanted or re.match(r"\s*$|#|\|[-| ]*$", line):
            continue
        elif not line.startswith("|"):
            held.append((number, line.strip()))
        elif not (number < len(lines) and re.match(r"\|[-| ]+$", lines[number])):  # the head of a table
            yield [(number, line.strip("| "))]


def marks(block, errors):
    """The marks of a block: line, name, note, and the text each is for."""
    at, named = 0, False
    text = " ".join(t for _, t in block)
    starts = [sum(len(t) + 1 for _, t in block[:i]) for i in range(len(block))]
    for mark in MARK.finditer(text):
        line = max(n for (n, _), start in zip(block, starts) if start <= mark.start())
        said = text[at : mark.start()].replace(" | ", ", ").replace("**", "")
        yield line, mark[1], mark[2], re.sub(r"^[\s.;:,)|-]+", "", said).strip(" ,")
        at, named = mark.end(), True
    if not named and not text.endswith(":"):
        errors.append(f"line {block[0][0]} has no name: {text[:60]}")


def statements(page, errors):
    found = {}
    for block in blocks(page):
        for line, name, note, text in marks(block, errors):
            if name in found:
                found[name].lines.append(line)
            else:
                found[name] = Statement(name, line, text)
            try:
                if note:
                    found[name].limit(note)
            except ValueError as error:
                errors.append(f"line {line}: {error}")
    return found


def cases(program):
    """The cases of a program and what they show."""
    listed = subprocess.run([program, "-l"], capture_output=True, text=True, check=True).stdout
    name = None
    for line in listed.split("\n"):
        key, _, value = line.partition(": ")
        if key == "ident":
            name = value
        elif key == "X-shows" and value.strip():
            yield name, value.split()


def programs(tests):
    for room in HOSTS:
        with open(os.path.join(tests, room, "Kyuafile"), encoding="utf-8") as kyuafile:
            for name in re.findall(r'atf_test_program\{name="([^"]+)"', kyuafile.read()):
                yield room, name


def fill(found, tests, errors):
    every = list(programs(tests))
    with ThreadPoolExecutor() as pool:
        lists = list(pool.map(lambda p: list(cases(os.path.join(tests, *p))), every))
    for (room, program), listed in zip(every, lists):
        # One body compiled for each wait call is one test.
        base, _, variant = program.partition("_test")
        for case, names in listed:
            for pattern in names:
                hits = [found[n] for n in fnmatch.filter(found, pattern)]
                if not hits:
                    errors.append(f"{room}/{program}:{case} shows {pattern}, which is no statement")
                for hit in hits:
                    by = hit.tests[HOSTS[room]].setdefault(f"{room}/{base}:{case}", set())
                    by.add(variant.lstrip("_"))


def cell(statement, host):
    tests = statement.tests[host]
    if not tests and host not in statement.hosts:
        return f"*{statement.reason}*"
    return "<br>".join(f"`{t}`" + (f" by {len(v)} wait calls" if len(v) > 1 else "") for t, v in tests.items())


def table(found, page_name):
    rows = [s for s in found.values() if s.hosts]
    yield f"# What shows each statement of {page_name}\n"
    yield f"{len(rows)} statements. `./check NAME` runs a test of this table.\n"
    yield "| statement | line | says | on a real process | on the simulated host |\n|---|---|---|---|---|"
    for s in rows:
        where = ", ".join(map(str, s.lines))
        yield f"| {s.name} | {where} | {s.text} | {cell(s, 'real')} | {cell(s, 'simulated')} |"
    yield "\n## No row\n\n| statement | line | says | why it has no row |\n|---|---|---|---|"
    for s in found.values():
        if not s.hosts:
            yield f"| {s.name} | {s.lines[0]} | {s.text} | {s.reason} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", metavar="FILE", dest="out")
    parser.add_argument("tests", metavar="TESTS")
    parser.add_argument("page", metavar="PAGE")
    args = parser.parse_args()
    errors = []
    with open(args.page, encoding="utf-8") as page:
        found = statements(page.read(), errors)
    fill(found, args.tests, errors)
    for s in found.values():
        errors += [f"{s.name} has no test on {'a real process' if h == 'real' else 'the simulated host'}" for h in s.hosts if not s.tests[h]]
    text = "\n".join(table(found, os.path.basename(args.page))) + "\n"
    if args.out:
        with open(args.out, "w", encoding="utf-8") as out:
            out.write(text)
    else:
        sys.stdout.write(text)
    for error in errors:
        print(f"{args.page}: {error}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
