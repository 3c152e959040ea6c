# SPDX-License-Identifier: BSD-2-Clause
#
# What the benchmarks print, as a table, or with json=1 as JSON lines.  See bench/README.md.
function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
function number(s) { return s == "-" || s == "" ? "null" : s + 0 }
BEGIN { FS = "\t" }
NF < 2 { print "bench: " name ": not a figure: " $0 > "/dev/stderr"; bad = 1; next }
json {
	printf "{\"bench\":%s,\"what\":%s,\"ns\":%s,\"floor_ns\":%s}\n",
	    quoted(name), quoted($1), number($2), number($3)
	next
}
{
	ratio = $3 + 0 > 0 ? sprintf("%.2f", $2 / $3) : "-"
	printf "%-12s %-48s %12s %12s %7s\n", name, $1, $2, $3 == "" ? "-" : $3, ratio
}
END { exit bad }
