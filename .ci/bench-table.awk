# SPDX-License-Identifier: BSD-2-Clause
#
# What the benchmarks print, as a table, or with json=1 as JSON lines.  See benchmarks/README.md.
function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
function number(s) { return s == "-" || s == "" ? "null" : s + 0 }
function side(from) { return "{\"median\":" number($from) ",\"q1\":" number($(from + 1)) ",\"q3\":" number($(from + 2)) "}" }
# How far apart the quartiles are, in percent of the median.
function spread(from) { return $from + 0 > 0 ? sprintf("%3.0f%%", 100 * ($(from + 2) - $(from + 1)) / $from) : "" }
BEGIN { FS = "\t" }
NF != 8 { print "bench: " name ": not a figure: " $0 > "/dev/stderr"; bad = 1; next }
{
	ratio = $5 + 0 > 0 ? $2 / $5 : 0
	over = $8 + 0 > 0 && (ratio > 0 ? ratio : $2) > $8 + 0
}
json {
	printf "{\"bench\":%s,\"what\":%s,\"ns\":%s,\"floor_ns\":%s,\"ratio\":%s,\"at_most\":%s,\"over\":%s}\n",
	    quoted(name), quoted($1), side(2), ($5 == "-" ? "null" : side(5)), (ratio > 0 ? ratio : "null"),
	    ($8 + 0 > 0 ? $8 + 0 : "null"), (over ? "true" : "false")
	next
}
{
	printf "%-8s %-36s %10s %5s %10s %5s %6s %8s%s\n", name, $1, $2, spread(2), $5, spread(5),
	    (ratio > 0 ? sprintf("%.2f", ratio) : "-"), ($8 + 0 > 0 ? $8 (ratio > 0 ? "" : " ns") : ""),
	    (over ? "  OVER" : "")
}
END { exit bad }
