package law

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace-dev/millrace/operators/script"
)

// delta writes a case as a script whose answers are the oracle's.
func (c *Case) delta(o *Oracle) string {
	var out strings.Builder
	for _, t := range c.tables {
		var cols []string
		for _, f := range t.Schema.Fields {
			col := f.Name + " " + f.Type.String()
			if !f.Nullable {
				col += " not null"
			}
			cols = append(cols, col)
		}
		for _, k := range t.Schema.Key {
			cols = append(cols, "primary key ("+t.Schema.Fields[k].Name+")")
		}
		fmt.Fprintf(&out, "create table %s (%s)\n", t.Name, strings.Join(cols, ", "))
	}
	for i, q := range c.queries(nil) {
		fmt.Fprintf(&out, "view v%d as %s\n", i, q.ours)
	}
	answers := make([]map[string]int64, len(c.epochs)+1)
	trial{c, o, func(e int, rows map[string]int64) { answers[e+1] = rows }}.run()
	for e := range c.epochs {
		changes, negative := c.delivered(e)
		out.WriteString("\nepoch " + c.clock(e).Format(time.RFC3339) + "\n")
		for _, ch := range changes {
			t, _ := c.tables.Table(ch.Table)
			out.WriteString(script.Line(ch, t) + "\n")
		}
		out.WriteString("----\n")
		if negative {
			out.WriteString("(the oracle cannot say: a row is there -1 times)\n")
		}
		if answers[e+1] == nil {
			break // it came no further
		}
		var lines []string
		for row, w := range answers[e+1] {
			if w != answers[e][row] {
				lines = append(lines, fmt.Sprintf("%s %+d", row, w-answers[e][row]))
			}
		}
		for row, w := range answers[e] {
			if _, still := answers[e+1][row]; !still {
				lines = append(lines, fmt.Sprintf("%s %+d", row, -w))
			}
		}
		slices.Sort(lines)
		out.WriteString(strings.Join(append(lines, ""), "\n"))
	}
	return out.String()
}
