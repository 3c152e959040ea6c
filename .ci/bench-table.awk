# SPDX-License-Identifier: BSD-2-Clause
#
# What the benchmarks print, as a table, or with json=1 as JSON lines.  See benchmarks/README.md.
function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
function number(s) { return s == "-" || s == "" ? "null" : s + 0 }
function side(from) { return "{\"median\":" number($from) ",\"q1\":" number($(from + 1)) ",\"q3\":" number($(from + 2)) "}" }
# How far apart the quartiles are, in percent of the median; of what was counted once nothing.
function spread(from) { return $10 == "ns" || $from != $(from + 2) ? ($from + 0 > 0 ? sprintf("%3.0f%%", 100 * ($(from + 2) - $(from + 1)) / $from) : "") : "" }
function figure(s) { return s == "-" ? s : sprintf(s + 0 < 10 && s != int(s) ? "%.2f" : s + 0 < 100 && s != int(s) ? "%.1f" : "%.0f", s) }
function limit() { return $8 + 0 <= 0 ? "" : $8 (ratio > 0 ? ($9 + 0 > 0 ? "|+" $9 : "") : " " $10) }
BEGIN { FS = "\t" }
NF != 10 { print "bench: " name ": not a figure: " $0 > "/dev/stderr"; bad = 1; next }
{
	ratio = $5 == "-" ? 0 : $5 + 0 > 0 ? $2 / $5 : $2 + 0 > 0 ? 999 : 1
	over = $8 + 0 > 0 && (ratio > 0 ? ratio : $2) > $8 + 0 && !($9 + 0 > 0 && $2 <= $5 + $9)
}
json {
	printf "{\"bench\":%s,\"what\":%s,\"unit\":%s,\"ours\":%s,\"floor\":%s,\"ratio\":%s,\"at_most\":%s,\"slack\":%s,\"over\":%s}\n",
	    quoted(name), quoted($1), quoted($10), side(2), ($5 == "-" ? "null" : side(5)), (ratio > 0 ? ratio : "null"),
	    ($8 + 0 > 0 ? $8 + 0 : "null"), $9 + 0, (over ? "true" : "false")
	next
}
{
	printf "%-8s %-40s %10s %5s %10s %5s %-6s %6s %9s%s\n", name, $1, figure($2), spread(2), figure($5), spread(5), $10,
	    (ratio > 0 ? sprintf("%.2f", ratio) : "-"), limit(), (over ? "  OVER" : "")
}
END { exit bad }
