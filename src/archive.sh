#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# archive.sh OUTPUT CC OBJCOPY AR LIBRARY...: one static library with one object in it, of which only
# the public names can be seen from outside, as of the shared library.
set -eu
output=$1 cc=$2 objcopy=$3 ar=$4
shift 4

object=$output.d/bsdptrace.o
mkdir -p "$output.d"
# shellcheck disable=SC2086 # CC may be several words
$cc -r -nostdlib -o "$object" -Wl,--whole-archive "$@" -Wl,--no-whole-archive
"$objcopy" --wildcard --keep-global-symbol='bsd_*' "$object"
rm -f "$output"
"$ar" crs "$output" "$object"
rm -r "$output.d"
