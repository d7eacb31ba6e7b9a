package running

import (
	"bytes"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// moments are the sums of values, of their squares and of their products, exactly. Where one argument is null the other one
// is, too.
type moments struct {
	statistic figure.Statistic
	args      []int
	scales    [2]int
	n         int64
	sums      [5]kernel.ExactSum // y, yy, x, xx, xy
	part      [1]kernel.ExactSum
}

func newMoments(s figure.Statistic, args []int, types []batch.Type) *moments {
	m := &moments{statistic: s, args: args}
	for i, c := range args {
		m.scales[i] = int(types[c].Scale)
	}
	return m
}

func (m *moments) Add(rows Rows) {
	m.n += rows.count(m.args[0])
	y := &rows.Cols[m.args[0]]
	m.add(0, rows, y, nil)
	m.add(1, rows, y, y)
	if len(m.args) > 1 {
		x := &rows.Cols[m.args[1]]
		m.add(2, rows, x, nil)
		m.add(3, rows, x, x)
		m.add(4, rows, x, y)
	}
}

// add adds the products of two columns to a sum.
func (m *moments) add(at int, rows Rows, a, b *batch.Column) {
	group := kernel.GroupRows{Hits: []int32{0}, Groups: []int32{0}, Offsets: []int32{int32(rows.From), int32(rows.To)}, Weights: rows.Weights}
	m.part[0].Reset()
	group.Moments(m.part[:], a, b)
	m.part[0].Times(rows.Times)
	m.sums[at].Merge(&m.part[0])
}

func (m *moments) Result(v *batch.Vector) bool {
	of := figure.Moments{N: m.n, Y: &m.sums[0], YY: &m.sums[1], ScaleY: m.scales[0], ScaleX: m.scales[1]}
	if len(m.args) > 1 {
		of.X, of.XX, of.XY = &m.sums[2], &m.sums[3], &m.sums[4]
	}
	m.statistic.Append(v, &of)
	return true
}

func (m *moments) Equal(other Running) bool {
	t := other.(*moments)
	for i := range m.sums {
		if !bytes.Equal(m.sums[i].Append(nil), t.sums[i].Append(nil)) {
			return false
		}
	}
	return m.n == t.n
}

func (m *moments) Reset() {
	m.n = 0
	for i := range m.sums {
		m.sums[i].Reset()
	}
}
