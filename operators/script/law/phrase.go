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

func join(sep string, parts []phrase) phrase {
	var o, l, d []string
	for _, p := range parts {
		o, l, d = append(o, p.ours), append(l, p.sqlite), append(d, p.duckdb)
	}
	return phrase{strings.Join(o, sep), strings.Join(l, sep), strings.Join(d, sep)}
}
