#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes C of calls.def, types.def and the installed kernel headers.

  gen_calls.py --narg OUT.c                   how many arguments each call takes, for the library
  gen_calls.py --tables OUT.c OUT.h [...]     everything about calls and types, for the tools
  gen_calls.py --names                        every call's name, for tests
  gen_calls.py --missing                      names of constants and members the headers lack
  --machine M                                 the machine to build for (x86_64, aarch64)
  --cc CC...                                  the compiler and its options; comes last

Fails when the headers have a call that calls.def does not.
"""
import argparse
import fnmatch
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

sys.dont_write_bytecode = True # the source tree is not ours to write to

from headers import Headers
from table import CALM, read_calls, read_types

HERE = os.path.dirname(os.path.abspath(__file__))
NR = '__NR_'
ALL = (1 << 64) - 1


@dataclass(frozen=True)
class Abi:
    """A numbering of calls, and how wide its registers are."""
    name: str
    header: str
    word: int
    flags: tuple


MACHINES = {
    'x86_64': (Abi('x86_64', '<asm/unistd_64.h>', 8, ()), Abi('i386', '<asm/unistd_32.h>', 4, ('-m32',))),
    'i386': (Abi('i386', '<asm/unistd_32.h>', 4, ()),),
    'aarch64': (Abi('aarch64', '<asm/unistd.h>', 8, ()),),
}
# A 32-bit tracer is told of the calls of 64-bit targets, but cannot see what they are given.
COUNTED_TOO = {'i386': (Abi('x86_64', '<asm/unistd_64.h>', 8, ('-m64',)),)}
ALIAS = {'x86': 'i386', 'amd64': 'x86_64', 'i686': 'i386'}


class Tables:
    """The two tables and what the headers add to them."""

    def __init__(self, cc, machine, counted=False):
        machine = ALIAS.get(machine, machine)
        self.abis = MACHINES[machine] + (COUNTED_TOO.get(machine, ()) if counted else ())
        self.calls = read_calls(os.path.join(HERE, 'calls.def'))
        self.types, self.decls = read_types(os.path.join(HERE, 'types.def'))
        self.native = Headers(cc)
        self.headers = {abi: self.headers_of(cc, abi) for abi in self.abis}
        self.numbers = {abi: self.read_numbers(abi) for abi in self.abis}
        self.lacking = []

    def headers_of(self, cc, abi):
        """The headers as another ABI sees them: a compiler for it may look for <asm/> elsewhere."""
        if not abi.flags:
            return self.native
        return Headers(cc, (*abi.flags, '-isystem', str(self.native.rooms()['asm'].parent)))

    def read_numbers(self, abi):
        """{number: Call} of one ABI; headers first, then the table's own for calls newer than they."""
        by_name = {c.name: c for c in self.calls if not c.abi}
        by_name.update({c.name: c for c in self.calls if c.abi == abi.name})
        asked = Headers(self.native.command)
        names = [n for n in asked.names([abi.header]) if n.startswith(NR) and re.match(r'__NR_[a-z_]', n)]
        numbers = {n[len(NR):]: v for n, v in asked.values([abi.header], names).items()}
        absent = sorted(set(numbers) - set(by_name))
        if absent:
            raise SystemExit(f'calls.def lacks {" ".join(absent)}, which {abi.header} has')
        for call in by_name.values():
            if call.number is not None:
                self.check_number(call, numbers.setdefault(call.name, call.number))
        return {number: by_name[name] for name, number in numbers.items()}

    @staticmethod
    def check_number(call, number):
        if number != call.number:
            raise SystemExit(f'calls.def: {call.name} is {number} in the headers, not {call.number}')

    def narg(self, call, abi):
        """How many registers the arguments take."""
        return sum(self.registers(slot, abi) for slot in call.args)

    def registers(self, slot, abi):
        if slot.shape:
            return 1
        if slot.type not in self.types:
            raise SystemExit(f'calls.def: no type {slot.type}')
        one = self.types[slot.type]
        return 2 if one.base == 'pair' or one.size(abi.word) > abi.word else 1

    # ---- constants ----

    def read_constants(self):
        """{type name: {constant: value}}, patterns of the table resolved."""
        named = [t for t in self.types.values() if t.kind in ('enum', 'flags')]
        groups = {tuple(t.headers): {} for t in named if t.headers}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ioctls = pool.submit(self.native.ioctls)
            for group, known in zip(groups, pool.map(self.group_names, groups)):
                groups[group] = known
            wanted = {g: sorted({n for t in named if tuple(t.headers) == g for n in self.candidates(t, groups[g])},
                                key=groups[g].index) for g in groups}
            values = dict(zip(groups, pool.map(lambda g: self.native.values(g, wanted[g]), groups)))
        self.ioctls = ioctls.result()
        return {t.name: (self.ioctls if '@ioctl' in t.words else {**values.get(tuple(t.headers), {}), **own_values(t)})
                for t in named}

    def group_names(self, group):
        return self.native.names(self.native.present(group))

    def candidates(self, one, known):
        """The names of a header group that a type's words may mean, masks and conditions included."""
        words = re.findall(r'[\w*?\[\]!-]+', ' '.join(one.words)) + self.mentioned(one.name)
        for word in words:
            word = word.lstrip('-')
            found = [word] if word in known else fnmatch.filter(known, word)
            if not found and not re.fullmatch(r'[0-9].*', word) and '*' not in word:
                self.lacking.append(f'{one.name}: {word}')
            yield from found

    def mentioned(self, name):
        """Constants that conditions on arguments of a type name."""
        return [bit for c in self.calls for a in c.args if a.cond
                and next(k.type for k in c.args if k.name == a.cond) == name for bit in a.bits.split('|')]

    # ---- layouts ----

    def read_layouts(self):
        """{abi: {expression: value}} for the sizes and offsets of all structs."""
        structs = [t for t in self.types.values() if t.kind == 'struct']
        groups = sorted({tuple(t.headers) for t in structs})
        jobs = [(abi, g) for abi in self.abis for g in groups]
        layouts = {abi: {} for abi in self.abis}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (abi, _), found in zip(jobs, pool.map(lambda j: self.group_layout(structs, *j), jobs)):
                layouts[abi].update(found)
        return layouts

    def group_layout(self, structs, abi, group):
        wanted = [e for t in structs if tuple(t.headers) == group for e in layout_expressions(t)]
        present = self.headers[abi].present(group)
        return self.headers[abi].sizes(present, wanted, '' if group else self.decls)


def own_values(one):
    """The NAME=VALUE words of a type."""
    return {n: int(v, 0) for n, v in re.findall(r'(?<![\w])([A-Za-z_]\w*)=(\w+)', ' '.join(one.words))}


def layout_expressions(one):
    yield f'sizeof({one.ctype})'
    for m in one.members:
        yield from member_expressions(one, m)


def member_expressions(one, m):
    place = f'(({one.ctype} *)0)->{m.name}'
    yield f'__builtin_offsetof({one.ctype}, {m.name})'
    yield f'sizeof({place})'
    if not m.type:
        yield f'((__typeof__({place}))-1 < 1)'


# ---- names of bits and values ----

def matching(patterns, known):
    """Names in known that patterns take: in the patterns' order, then the headers'."""
    never = [p[1:] for p in patterns if p.startswith('-')]
    taken = {}
    for pattern in patterns:
        name = pattern.split('=')[0]
        if not pattern.startswith('-'):
            hits = [name] if name in known else [n for n in known if fnmatch.fnmatchcase(n, pattern)]
            taken.update({n: known[n] for n in hits if not any(fnmatch.fnmatchcase(n, p) for p in never if n != name)})
    return taken


def first_names(names):
    """{value: name}, the first name of each value."""
    found = {}
    for name, value in names.items():
        found.setdefault(value, name)
    return found


def width_mask(one, word=8):
    return (1 << 8 * one.size(word)) - 1


def enum_entries(one, known):
    """[(mask, value, name)] by value."""
    names = known if '@ioctl' in one.words else matching(one.words, known)
    mask = width_mask(one)
    values = {}
    for value, name in first_names(names).items():
        values.setdefault(value & mask, name)
    return [(mask, value, values[value]) for value in sorted(values)]


def flag_entries(one, known):
    """[(mask, value, name)]: fields, then bits, those of several first, then what none at all is called."""
    fields, bits, zero = [], {}, []
    plain = [w for w in one.words if '{' not in w]
    for word in (w for w in one.words if '{' in w):
        mask, names = field_of(word, known)
        fields += [(mask, v, n) for v, n in first_names(matching(names, known)).items()]
    inside = {n for _, _, n in fields}
    for value, name in first_names(matching(plain, known)).items():
        value &= width_mask(one)
        if value == 0:
            zero = [(ALL, 0, name)]
        elif name not in inside:
            bits[value] = name
    ordered = sorted(bits, key=lambda v: -bin(v).count('1'))
    return fields + [(v, v, bits[v]) for v in ordered] + zero


def field_of(word, known):
    mask, names = re.match(r'(\w+)\{([^}]*)\}', word).groups()
    return (known[mask] if mask in known else int(mask, 0)), names.split()


def key_mask(one, known):
    """The bits of a key argument that choose between variants."""
    for word in one.words:
        if '{' in word:
            return field_of(word, known)[0]
    return width_mask(one)


# ---- C ----

class Writer:
    """Writes the tables as C."""

    def __init__(self, tables):
        self.t = tables
        self.constants = tables.read_constants()
        self.layouts = tables.read_layouts()
        self.out = []

    def source(self, header):
        self.out = ['/* Made by gen_calls.py of calls.def, types.def and the kernel headers. */',
                    f'#include "{header}"', '']
        for one in self.t.types.values():
            self.out.append(f'extern const struct type type_{one.name};')
        for one in self.t.types.values():
            self.write_type(one)
        used = {id(call) for numbers in self.t.numbers.values() for call in numbers.values()}
        for call in self.t.calls:
            if id(call) in used:
                self.write_call(call)
        for abi in self.t.abis:
            self.write_abi(abi)
        return '\n'.join(self.out) + '\n'

    def header(self):
        shows = sorted({t.show for t in self.t.types.values() if t.kind != 'blob' and t.show})
        blobs = sorted({t.show for t in self.t.types.values() if t.kind == 'blob'})
        lines = ['/* Made by gen_calls.py. */', '#ifndef CALLS_GEN_H', '#define CALLS_GEN_H', '',
                 f'#define ABI_COUNT {len(self.t.abis)}']
        lines += [f'#define ABI_{a.name.upper()} {i}' for i, a in enumerate(self.t.abis)]
        lines += ['', '#include "calls.h"', '']
        lines += [f'show_scalar_fn show_{s};' for s in shows] + [f'show_blob_fn show_{s};' for s in blobs]
        lines += [f'extern const struct type type_{n};' for n in self.t.types]
        return '\n'.join(lines + ['', 'extern const struct abi abis[ABI_COUNT];', '#endif', ''])

    def per_abi(self, numbers):
        return '{ ' + ', '.join(str(n) for n in numbers) + ' }'

    def sizes(self, one):
        """The size of a value of a type in memory, for each ABI."""
        if one.kind == 'blob':
            return [one.fixed or 1] * len(self.t.abis)
        if one.kind == 'struct':
            return [self.layouts[a].get(f'sizeof({one.ctype})', 0) for a in self.t.abis]
        return [one.size(a.word) for a in self.t.abis]

    def write_type(self, one):
        body = {'scalar': self.scalar_body, 'blob': self.blob_body, 'struct': self.struct_body,
                'enum': self.named_body, 'flags': self.named_body}[one.kind](one)
        self.out.append(f'const struct type type_{one.name} = {{ .name = "{one.name}", '
                        f'.size = {self.per_abi(self.sizes(one))}, {body} }};')

    def scalar_body(self, one):
        pair = '.is_pair = true, ' if one.base == 'pair' else ''
        return f'{pair}.is_signed = {str(one.signed()).lower()}, .scalar = show_{one.show}'

    def blob_body(self, one):
        return f'.blob = show_{one.show}, .unit = UNIT_{one.unit.upper()}'

    def named_body(self, one):
        entries = (enum_entries if one.kind == 'enum' else flag_entries)(one, self.constants[one.name])
        if entries:
            self.out.append(f'static const struct name names_{one.name}[] = {{')
            self.out += [f'\t{{ {m:#x}, {v:#x}, "{n}" }},' for m, v, n in entries]
            self.out.append('};')
        radix = {'x': 16, 'o': 8}.get(one.radix, 10)
        names = f'names_{one.name}' if entries else 'NULL'
        show = f'.scalar = show_{one.show}, ' if one.show else ''
        return (f'{show}.is_signed = {str(one.signed()).lower()}, .radix = {radix}, .is_flags = '
                f'{str(one.kind == "flags").lower()}, .names = {names}, .count = {len(entries)}')

    def struct_body(self, one):
        present = [m for m in one.members if any(self.placed(one, m, a) for a in self.t.abis)]
        index = {m.name: i for i, m in enumerate(present)}
        self.t.lacking += [f'{one.name}.{m.name}' for m in one.members if m not in present]
        slots = [self.slot(m, index, self.member_type(one, m), self.places(one, m)) for m in present]
        self.write_slots(f'members_{one.name}', slots)
        limit = index.get(one.limit, -1)
        return f'.members = members_{one.name}, .count = {len(present)}, .limit = {limit}'

    def placed(self, one, m, abi):
        return f'__builtin_offsetof({one.ctype}, {m.name})' in self.layouts[abi]

    def places(self, one, m):
        """Offset and size of a member in each ABI; size 0: not there."""
        both = []
        for abi in self.t.abis:
            exprs = list(member_expressions(one, m))[:2]
            both.append('{ ' + ', '.join(str(self.layouts[abi].get(e, 0)) for e in exprs) + ' }')
        return '{ ' + ', '.join(both) + ' }'

    def member_type(self, one, m):
        if m.type:
            return m.type
        signs = [self.layouts[a].get(list(member_expressions(one, m))[2]) for a in self.t.abis]
        return 's64' if 1 in signs else 'u64'

    def slot(self, a, index, type_name, places='{ { 0 } }'):
        """One argument or member as a C initialiser."""
        if type_name not in self.t.types:
            raise SystemExit(f'no type {type_name}, of {a.name}')
        shape = {'': 'VALUE', '*': 'POINTER', '[': 'ARRAY', '{': 'INLINE'}[a.shape]
        origin, length = self.length(a.length, index)
        cond = f', .cond = {index[a.cond] + 1}, .cond_bits = {self.bits(a):#x}' if a.cond else ''
        return (f'{{ .name = "{a.name}", .type = &type_{type_name}, .shape = SHAPE_{shape}, .dir = DIR_{a.dir.upper()}, '
                f'.len_from = LEN_{origin}, .len = {length}{cond}, .at = {places} }}')

    def bits(self, a):
        known = next(self.constants[k.type] for c in self.t.calls if a in c.args for k in c.args if k.name == a.cond)
        return sum({known[b] for b in a.bits.split('|') if b in known})

    @staticmethod
    def length(text, index):
        if not text:
            return 'CONST', 1
        if text.isdigit():
            return 'CONST', int(text)
        if text == 'ret':
            return 'RET', 0
        name = text.lstrip('*')
        if name not in index:
            raise SystemExit(f'nothing called {name} to take a length from')
        return ('AT_SLOT' if text.startswith('*') else 'SLOT'), index[name]

    def write_slots(self, name, slots):
        if slots:
            self.out.append(f'static const struct slot {name}[] = {{')
            self.out += [f'\t{s},' for s in slots]
            self.out.append('};')

    def write_call(self, call):
        name = self.symbol(call)
        index = {a.name: i for i, a in enumerate(call.args)}
        self.write_slots(f'args_{name}', [self.slot(a, index, a.type) for a in call.args])
        variants = self.write_variants(call, name)
        key = '' if call.key is None else f', .key = {call.key + 1}, .key_mask = {self.key_mask(call):#x}'
        words = ''.join(f', .{w} = true' for w in call.words if not w.startswith('=') and w not in CALM)
        self.out.append(f'static const struct call call_{name} = {{ .name = "{call.name}", {self.body(name, call)}'
                        f'{key}, {variants}{words} }};')

    @staticmethod
    def symbol(call):
        return f'{call.name}_{call.abi}' if call.abi else call.name

    def body(self, name, of):
        args = f'args_{name}' if of.args else 'NULL'
        return f'.sig = {{ .args = {args}, .nargs = {len(of.args)}, .ret = &type_{of.ret or "long"} }}'

    def key_mask(self, call):
        one = self.t.types[call.args[call.key].type]
        return key_mask(one, self.constants[one.name])

    def write_variants(self, call, name):
        rows = []
        for n, variant in enumerate(call.variants):
            args = call.args[:call.key + 1] + variant.args
            index = {a.name: i for i, a in enumerate(args)}
            label = f'{name}_{n}'
            self.write_slots(f'args_{label}', [self.slot(a, index, a.type) for a in args])
            merged = type(call)(call.name, '', args, variant.ret or call.ret, [])
            rows += [f'\t{{ .value = {value:#x}, {self.body(label, merged)} }},'
                     for value in self.variant_values(call, variant)]
        if rows:
            self.out += [f'static const struct variant variants_{name}[] = {{'] + rows + ['};']
        return f'.variants = {f"variants_{name}" if rows else "NULL"}, .nvariants = {len(rows)}'

    def variant_values(self, call, variant):
        known = self.constants[call.args[call.key].type]
        self.t.lacking += [f'{call.name}: {v}' for v in variant.values if v not in known]
        return [known[v] & self.key_mask(call) for v in variant.values if v in known]

    def write_abi(self, abi):
        numbers = self.t.numbers[abi]
        self.out.append(f'static const struct call *const calls_{abi.name}[] = {{')
        self.out += [f'\t[{n}] = &call_{self.symbol(numbers[n])},' for n in sorted(numbers)]
        self.out.append('};')
        if abi == self.t.abis[-1]:
            rows = [f'\t{{ "{a.name}", {a.word}, calls_{a.name}, {max(self.t.numbers[a]) + 1} }},' for a in self.t.abis]
            self.out += ['const struct abi abis[ABI_COUNT] = {'] + rows + ['};']


UNKNOWN_NARG = 6


def c_bytes(name, values):
    return [f'const unsigned char {name}[] = {{',
            *('\t' + ', '.join(map(str, values[i:i + 24])) + ',' for i in range(0, len(values), 24)), '};']


def narg_source(tables):
    """The C that tells the library how many arguments each call takes, and which are calm."""
    out = ['/* Made by gen_calls.py of calls.def and the kernel headers: what the library knows of each call, by number. */',
           '#include "narg.h"', '']
    for abi in tables.abis:
        numbers = tables.numbers[abi]
        counts = [tables.narg(numbers[n], abi) if n in numbers else UNKNOWN_NARG for n in range(max(numbers) + 1)]
        out += c_bytes(f'{abi.name}_narg', counts) + [f'const unsigned {abi.name}_narg_count = {len(counts)};', '']
        calm = [numbers[n].calm() if n in numbers else 0 for n in range(max(numbers) + 1)]
        out += c_bytes(f'{abi.name}_calm', calm) + ['']
    return '\n'.join(out)


def write(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--narg', metavar='OUT.c')
    parser.add_argument('--tables', nargs=2, metavar=('OUT.c', 'OUT.h'))
    parser.add_argument('--names', action='store_true')
    parser.add_argument('--missing', action='store_true')
    parser.add_argument('--machine', default=os.uname().machine)
    parser.add_argument('--cc', nargs=argparse.REMAINDER, default=['cc'])
    return parser.parse_args()


def main():
    args = arguments()
    tables = Tables(args.cc, args.machine, counted=args.narg is not None)
    if args.narg:
        write(args.narg, narg_source(tables))
    if args.names:
        print('\n'.join(sorted({c.name for c in tables.calls})))
    if args.tables or args.missing:
        writer = Writer(tables)
        source, header = writer.source(os.path.basename(args.tables[1] if args.tables else 'x.h')), writer.header()
        if args.tables:
            write(args.tables[0], source)
            write(args.tables[1], header)
        if args.missing:
            print('\n'.join(sorted(set(tables.lacking))))


if __name__ == '__main__':
    sys.exit(main())
