# SPDX-License-Identifier: BSD-2-Clause
"""names.py HEADER...: the requests of the headers as rows {number, "name"} of a C table."""

import re
import sys

for path in sys.argv[1:]:
    with open(path, encoding="ascii") as header:
        for name, number in re.findall(r"^#define (PT_[A-Z0-9_]+) ([0-9]+)\b", header.read(), re.M):
            if name != "PT_FIRSTMACH":
                print(f'{{{number}, "{name}"}},')
