package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Delta is the consolidated change of a view in one epoch, or of several: rows in canonical order.
type Delta struct {
	View string
	Rows *batch.Batch
}

// Sum returns the Z-set of all rows, consolidated and in canonical order.
func Sum(types []batch.Type, parts ...*batch.Batch) *batch.Batch {
	all := batch.NewBuilder(types)
	for _, p := range parts {
		all.AppendBatch(p)
	}
	kernel.Canonical(all, 0)
	rows := all.Peek()
	order := make([]int, rows.Rows)
	for i := range order {
		order[i] = i
	}
	compare := func(i, j int) int { return kernel.CompareRows(rows.Cols, rows.Cols, i, j) }
	slices.SortFunc(order, compare)
	out := batch.NewBuilder(types)
	for i := 0; i < len(order); {
		weight, first := batch.Weight(0), order[i]
		for ; i < len(order) && compare(first, order[i]) == 0; i++ {
			weight += rows.Weight(order[i])
		}
		if weight != 0 {
			out.AppendRow(rows, first, weight)
		}
	}
	return out.Take()
}

// String returns the lines of an answer: retractions, then insertions.
func (d Delta) String() string {
	var out []byte
	for _, retract := range []bool{true, false} {
		for i := range d.Rows.Rows {
			w := d.Rows.Weight(i)
			if w < 0 != retract {
				continue
			}
			out = fmt.Appendf(out, "%s  %+d ", d.View, w)
			for c := range d.Rows.Cols {
				out = appendCell(append(out, ' '), &d.Rows.Cols[c], i)
			}
			out = append(out, '\n')
		}
	}
	return string(out)
}

// letters are dead letters as lines of an answer, with their weights. What follows the weight is the key.
type letters map[[2]string]batch.Weight

func (l letters) add(operator string, b *batch.Batch, row int, w batch.Weight, reason string) {
	var line []byte
	for c := range b.Cols {
		line = append(appendCell(line, &b.Cols[c], row), ' ')
	}
	line = appendWord(line, reason)
	l.count([2]string{operator, string(line)}, w)
}

func (l letters) count(key [2]string, w batch.Weight) {
	if l[key] += w; l[key] == 0 {
		delete(l, key)
	}
}

func (l letters) String() string {
	var lines []string
	for key, w := range l {
		lines = append(lines, fmt.Sprintf("dead %s  %+d  %s\n", key[0], w, key[1]))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// Line returns a change as the line of a script that Parse reads back.
func Line(c Change, t *plan.Table) string {
	one := batch.NewBuilder(t.Schema.Types())
	if err := one.AppendValues(c.Weight, c.Row...); err != nil {
		panic("script: a row of " + t.Name + ": " + err.Error())
	}
	line := strings.TrimSuffix(Delta{t.Name, one.Take()}.String(), "\n")
	if c.Keyed {
		return strings.Replace(line, fmt.Sprintf(" %+d ", c.Weight), map[bool]string{true: " put ", false: " del "}[c.Weight > 0], 1)
	}
	return line
}
