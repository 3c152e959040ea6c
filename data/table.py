# SPDX-License-Identifier: BSD-2-Clause
"""Reads calls.def and types.def into plain objects; the grammar is described at their tops."""
import re
from dataclasses import dataclass, field

ARG = re.compile(r'(?P<key>key )?(?P<dir>out |inout )?(?:(?P<type>\w+)(?P<shape>\*|\[[^]]*\]|\{\})? )?'
                 r'(?P<name>\w+)(?: if (?P<cond>\w+):(?P<bits>\S+))?$')
CALL = re.compile(r'(?P<name>\w+)(?:@(?P<abi>\w+))?\((?P<args>.*)\)(?: -> (?P<ret>\w+))?(?P<words>(?: [\w=]+)*)$')
VARIANT = re.compile(r'(?P<values>[^:]+):(?P<args>[^>]*?)(?:-> (?P<ret>\w+))?$')
CALM = ('calm', 'calm_file', 'calm_opens') # as enum calm of src/host/linux/arch.h
SIZES = {'s8': 1, 'u8': 1, 's16': 2, 'u16': 2, 's32': 4, 'u32': 4, 's64': 8, 'u64': 8}


class TableError(Exception):
    """A line of a table that says something that cannot be."""


@dataclass
class Slot:
    """An argument of a call or a member of a struct."""
    name: str
    type: str
    shape: str = ''         # '' value, * pointer, [ pointer to several, { array in place
    length: str = ''
    dir: str = ''
    key: bool = False
    cond: str = ''
    bits: str = ''


@dataclass
class Variant:
    values: list
    args: list
    ret: str


@dataclass
class Call:
    name: str
    abi: str
    args: list
    ret: str
    words: list
    variants: list = field(default_factory=list)

    @property
    def number(self):
        return next((int(w[1:]) for w in self.words if w.startswith('=')), None)

    def calm(self):
        """Its place in CALM, counted from 1, or 0."""
        return next((CALM.index(w) + 1 for w in self.words if w in CALM), 0)

    @property
    def key(self):
        return next((i for i, a in enumerate(self.args) if a.key), None)


@dataclass
class Type:
    kind: str
    name: str
    base: str = ''
    radix: str = ''
    show: str = ''
    unit: str = 'byte'
    fixed: int = 0
    headers: list = field(default_factory=list)
    words: list = field(default_factory=list)
    ctype: str = ''
    limit: str = ''
    members: list = field(default_factory=list)

    def size(self, word):
        """Bytes a value takes where a register has word bytes."""
        return SIZES.get(self.base, word) if self.base != 'pair' else 8

    def signed(self):
        return self.base.startswith('s') or self.base in ('long', 'pair')


def lines(path):
    """(number, text) of every line that says something; \\t is left in front."""
    with open(path, encoding='ascii') as f:
        for number, text in enumerate(f, 1):
            text = text.rstrip()
            if text and not text.startswith('#'):
                yield number, text


def parse_slot(text, default=''):
    found = ARG.match(text.strip())
    if not found:
        raise TableError(f'not an argument: {text!r}')
    shape = found['shape'] or ''
    return Slot(found['name'], found['type'] or default, shape[:1], shape[1:-1] if shape.startswith('[') else '',
                (found['dir'] or 'in').strip(), bool(found['key']), found['cond'] or '', found['bits'] or '')


def parse_slots(text, default=''):
    return [parse_slot(a, default) for a in text.split(',')] if text.strip() else []


def parse_call(text):
    found = CALL.match(text)
    if not found:
        raise TableError('not a call')
    return Call(found['name'], found['abi'] or '', parse_slots(found['args']), found['ret'] or '',
                found['words'].split())


def parse_variant(text):
    found = VARIANT.match(text)
    if not found:
        raise TableError('not a variant')
    return Variant(found['values'].split(), parse_slots(found['args']), found['ret'] or '')


def read_calls(path):
    calls = []
    for number, text in lines(path):
        try:
            if text.startswith('\t'):
                calls[-1].variants.append(parse_variant(text.strip()))
            else:
                calls.append(parse_call(text))
        except (TableError, IndexError) as error:
            raise SystemExit(f'{path}:{number}: {error}') from error
    return calls


def parse_scalar(words):
    return Type('scalar', words[0], base=words[1], show=words[2])


def parse_blob(words):
    more = words[2:]
    return Type('blob', words[0], show=words[1], unit=more[0] if more else 'byte',
                fixed=int(more[1]) if len(more) > 1 else 0)


def parse_named(kind, words):
    base, _, radix = words[1].partition('/')
    rest = ' '.join(words[2:])
    tokens = re.findall(r'<[^>]*>|\S+\{[^}]*\}|\S+', rest)
    return Type(kind, words[0], base=base, radix=radix, headers=[t for t in tokens if t.startswith('<')],
                show=next((t[5:] for t in tokens if t.startswith('show:')), ''),
                words=[t for t in tokens if not t.startswith(('<', 'show:'))])


def parse_struct(words):
    rest = ' '.join(words[1:])
    ctype = re.search(r':((?:struct |union )?\w+)(?= limit|$)', re.sub(r' limit:\w+', '', rest))
    limit = re.search(r'limit:(\w+)', rest)
    return Type('struct', words[0], headers=re.findall(r'<[^>]*>', rest),
                ctype=ctype.group(1) if ctype else f'struct {words[0]}', limit=limit.group(1) if limit else '')


def read_types(path):
    """({name: Type}, text of the decl lines)."""
    types, decls = {}, []
    for number, text in lines(path):
        kind, _, rest = text.partition(' ')
        try:
            if text.startswith('\t'):
                types[list(types)[-1]].members += parse_slots(text.strip())
                continue
            if kind == 'decl':
                decls.append(rest)
                continue
            one = {'scalar': parse_scalar, 'blob': parse_blob, 'struct': parse_struct,
                   'enum': lambda w: parse_named('enum', w), 'flags': lambda w: parse_named('flags', w)}[kind](rest.split())
            if one.name in types:
                raise TableError(f'{one.name} is there already')
            types[one.name] = one
        except (TableError, KeyError, IndexError) as error:
            raise SystemExit(f'{path}:{number}: {error}') from error
    return types, '\n'.join(decls)
