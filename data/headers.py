# SPDX-License-Identifier: BSD-2-Clause
"""What the installed headers say: names, values of constants, sizes and offsets of struct members.

The compiler is asked, never run code: values are read from the assembly it writes, so a build for
another machine works as well.  What a header lacks, or what is no constant, is dropped line by line.
"""
import os
import pathlib
import re
import subprocess

MACRO = re.compile(r'#define (\w+)(?!\()[ \t]+(\S.*)')
ENUM = re.compile(r'\benum\b\s*\w*\s*\{([^{}]*)\}')
IOCTL = re.compile(r'^\s*#\s*define\s+(\w+)\s+_IO[WR]*\s*\(', re.M)
DATUM = re.compile(r'\s\.(quad|xword|8byte|long|word|4byte|zero|skip)\s+(-?\w+)')


class Headers:
    """The headers that one compiler command sees."""

    def __init__(self, cc, flags=()):
        self.command = list(cc) + list(flags)

    def run(self, args, text):
        done = subprocess.run(self.command + args + ['-x', 'c', '-', '-o', '-'], input=text, text=True,
                              capture_output=True, env={'LC_ALL': 'C', 'PATH': os.environ['PATH']})
        return done.returncode, done.stdout, done.stderr

    def present(self, headers):
        """Those of the headers that exist and can be preprocessed."""
        return [h for h in headers if self.run(['-E'], f'#include {h}\n')[0] == 0]

    def names(self, headers):
        """Every object-like macro and enumeration constant, in the order of definition."""
        code, text, errors = self.run(['-E', '-dD'], includes(headers))
        if code != 0:
            raise SystemExit(f'{" ".join(headers)}: {errors}')
        found = {m.group(1): None for m in MACRO.finditer(text)}
        plain = '\n'.join(line for line in text.split('\n') if not line.startswith('#'))
        for body in ENUM.findall(plain):
            for item in body.split(','):
                if (word := re.match(r'\s*([A-Za-z_]\w*)', item)):
                    found[word.group(1)] = None
        return list(found)

    def values(self, headers, expressions, prelude=''):
        """{expression: value} for those that compile to an integer constant."""
        return self.evaluate(headers, expressions, prelude, 'long long', lambda e: f'(long long)({e})')

    def sizes(self, headers, expressions, prelude):
        """The same for numbers that are small and unsigned."""
        return self.evaluate(headers, expressions, prelude, 'unsigned', lambda e: f'(unsigned)({e})')

    def evaluate(self, headers, expressions, prelude, ctype, wrap):
        headers, wanted = list(headers), list(expressions)
        while wanted:
            head = includes(headers) + prelude + f'\nextern const {ctype} values[];\nconst {ctype} values[] = {{\n'
            text = head + ''.join(f'{wrap(e)},\n' for e in wanted) + '};\n'
            code, assembly, errors = self.run(['-S', '-O0', '-w', '-fmax-errors=0' if 'clang' not in self.command[0]
                                               else '-ferror-limit=0'], text)
            if code == 0:
                return dict(zip(wanted, data(assembly, 8 if ctype == 'long long' else 4)))
            headers, wanted = self.without_errors(errors, headers, wanted, head.count('\n'))
        return {}

    @staticmethod
    def without_errors(errors, headers, wanted, first):
        """Drop the expressions that the compiler complains of, or else the headers."""
        lines = {int(n) for n in re.findall(r'^<stdin>:(\d+):\d+: error', errors, re.M)}
        kept = [e for i, e in enumerate(wanted) if first + i + 1 not in lines]
        if len(kept) < len(wanted):
            return headers, kept
        bad = {int(n) for n in re.findall(r'from <stdin>:(\d+)', errors)}
        fewer = [h for i, h in enumerate(headers) if i + 1 not in bad]
        if len(fewer) == len(headers):
            raise SystemExit(f'{" ".join(headers)}: {errors}')
        return fewer, wanted

    def ioctls(self):
        """{name: number} of every ioctl command that the kernel's headers define."""
        headers = ['<asm/ioctls.h>', '<linux/sockios.h>']
        names = dict.fromkeys(n for n in self.names(headers) if re.match(r'TC|TIOC[A-Z]|FIO|SIOC', n))
        for room, root in self.rooms().items():
            for path in sorted(root.glob('*.h')):
                found = IOCTL.findall(path.read_text(errors='replace'))
                if found:
                    headers.append(f'<{room}/{path.name}>')
                    names.update(dict.fromkeys(found))
        return self.values(headers, names)

    def rooms(self):
        """The directories that <linux/...> and <asm/...> come from."""
        found = {}
        for room in ('linux', 'asm', 'asm-generic', 'sound'):
            probe = {'linux': 'fs.h', 'asm': 'ioctls.h', 'asm-generic': 'ioctls.h', 'sound': 'asound.h'}[room]
            text = self.run(['-E'], f'#include <{room}/{probe}>\n')[1]
            if (mark := re.search(rf'^# 1 "([^"]*/{room})/{probe}"', text, re.M)):
                found[room] = pathlib.Path(mark.group(1))
        return found


def includes(headers):
    return ''.join(f'#include {h}\n' for h in headers)


def data(assembly, width):
    """The numbers in an array of assembly data."""
    raw = b''
    body = assembly[assembly.index('\nvalues:'):]
    for kind, value in DATUM.findall(body):
        if kind in ('zero', 'skip'):
            raw += bytes(int(value, 0))
        else:
            size = 8 if kind in ('quad', 'xword', '8byte') else 4
            raw += (int(value, 0) % (1 << 8 * size)).to_bytes(size, 'little')
    return [int.from_bytes(raw[i:i + width], 'little', signed=width == 8) for i in range(0, len(raw), width)]
