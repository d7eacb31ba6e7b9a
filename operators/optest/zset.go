// Package optest holds the laws that an operator must keep: any history of its inputs, in any split
// into batches and epochs, on any number of workers, with what it borrowed overwritten behind its
// back and its state written and read back in the middle, leads to the output that the plain
// function over the whole tables gives (I4).
package optest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// ZSet is the plain form of a table: rows, as Row makes them, with their weights.
type ZSet map[string]batch.Weight

// interned remembers the values of each row that was made.
var interned sync.Map

// Row returns the row of values in the wide form of batch.Column.Value: equal rows are equal strings.
func Row(values ...any) string {
	var s strings.Builder
	for i, v := range values {
		if i > 0 {
			s.WriteByte('|')
		}
		switch v := v.(type) {
		case nil:
			s.WriteString("NULL")
		case float64:
			fmt.Fprintf(&s, "%vf", v+0) // -0 + 0 is +0
		case string:
			fmt.Fprintf(&s, "%q", v)
		case int64:
			fmt.Fprint(&s, v)
		default:
			fmt.Fprintf(&s, "%T(%v)", v, v)
		}
	}
	row := s.String()
	if _, known := interned.Load(row); !known {
		interned.Store(row, slices.Clone(values))
	}
	return row
}

// Values returns the values of a row.
func Values(row string) []any {
	v, ok := interned.Load(row)
	if !ok {
		panic("optest: not a row: " + row)
	}
	return v.([]any)
}

// Add adds a row.
func (z ZSet) Add(row string, w batch.Weight) {
	if z[row] += w; z[row] == 0 {
		delete(z, row)
	}
}

// AddBatch adds all rows of b.
func (z ZSet) AddBatch(b *batch.Batch) {
	for i := range b.Rows {
		z.Add(Row(b.Row(i)...), b.Weight(i))
	}
}

// Clone returns a copy.
func (z ZSet) Clone() ZSet { return maps.Clone(z) }

// Diff describes the rows in which z differs from want, at most ten of them; "" when they are equal.
func (z ZSet) Diff(want ZSet) string {
	var lines []string
	for row, w := range z {
		if want[row] != w {
			lines = append(lines, fmt.Sprintf("  %s: weight %d, want %d", row, w, want[row]))
		}
	}
	for row, w := range want {
		if z[row] == 0 && w != 0 {
			lines = append(lines, fmt.Sprintf("  %s: missing, want weight %d", row, w))
		}
	}
	slices.Sort(lines)
	if n := len(lines); n > 10 {
		lines = append(lines[:10], fmt.Sprintf("  and %d more", n-10))
	}
	return strings.Join(lines, "\n")
}
