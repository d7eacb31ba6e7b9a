package law

import (
	"fmt"
	"strings"
)

// phrase is a piece of SQL in our dialect and in those of the oracles.
type phrase struct{ ours, sqlite, duckdb string }

// text is a phrase that is the same in all dialects.
func text(s string) phrase { return phrase{s, s, s} }

// both formats a phrase that is the same in all dialects but for its arguments.
func both(format string, args ...phrase) phrase { return three(format, format, format, args...) }

// each formats a phrase that SQLite has in another form; DuckDB has ours.
func each(ours, sqlite string, args ...phrase) phrase { return three(ours, sqlite, ours, args...) }

// three formats a phrase that each dialect has in a form of its own.
func three(ours, sqlite, duckdb string, args ...phrase) phrase {
	o, l, d := make([]any, len(args)), make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		o[i], l[i], d[i] = a.ours, a.sqlite, a.duckdb
	}
	return phrase{fmt.Sprintf(ours, o...), fmt.Sprintf(sqlite, l...), fmt.Sprintf(duckdb, d...)}
}

// filtered is the FILTER of an aggregate with a condition, which may be empty, and with more that are for the oracles only.
func filtered(condition phrase, more ...phrase) phrase {
	filter := func(conditions []phrase) phrase {
		if len(conditions) == 0 {
			return phrase{}
		}
		return both(" FILTER (WHERE %s)", join(" AND ", conditions))
	}
	var own []phrase
	if condition.ours != "" {
		own = append(own, condition)
	}
	theirs := filter(append(own, more...))
	return phrase{filter(own).ours, theirs.sqlite, theirs.duckdb}
}

// known is a condition that leaves null out where an oracle's aggregate would take it.
func known(x phrase) phrase { return both("(%s IS NOT NULL)", x) }

// exactly is a statistic in DuckDB, which divides by zero and whose sums of squares are not exact.
func exactly(call string) string {
	return "CASE WHEN isnan(" + call + ") THEN NULL WHEN ABS(" + call + " - ROUND(" + call + ")) < 1e-12 THEN ROUND(" + call + ") ELSE " + call + " END"
}

func join(sep string, parts []phrase) phrase {
	var o, l, d []string
	for _, p := range parts {
		o, l, d = append(o, p.ours), append(l, p.sqlite), append(d, p.duckdb)
	}
	return phrase{strings.Join(o, sep), strings.Join(l, sep), strings.Join(d, sep)}
}
