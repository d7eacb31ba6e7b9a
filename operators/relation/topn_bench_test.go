package relation_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// BenchmarkTopN: a million rows at once, then epochs of one row on top of them.
func BenchmarkTopN(b *testing.B) {
	types := []batch.Type{i32, f64}
	numbered := func(from, rows int) *batch.Batch {
		v, w := batch.NewVector(types[0]), batch.NewVector(types[1])
		x, y := batch.Extend[int32](v, rows), batch.Extend[float64](w, rows)
		for i := range rows {
			x[i], y[i] = int32(from+i), float64((from+i)*7919%1000003)
		}
		return &batch.Batch{Cols: []batch.Column{v.Take(), w.Take()}, Rows: rows}
	}
	epoch := func(t *relation.TopN) {
		t.Done(0)
		for more := true; more; {
			var err error
			if more, err = t.Step(operators.DefaultBudget, func(*batch.Batch) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	}
	o := relation.TopNOptions{Types: types, Order: []relation.OrderKey{{Col: 1, Desc: true}}, Limit: 10, Output: []int{0, 1}}
	const rows, most = 1 << 20, 4096
	fill := func() *relation.TopN {
		t := relation.NewTopN(o)
		for from := 0; from < rows; from += most {
			if err := t.Push(0, numbered(from, most)); err != nil {
				b.Fatal(err)
			}
		}
		epoch(t)
		return t
	}
	b.Run("bulk", func(b *testing.B) {
		for b.Loop() {
			fill().Release()
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("row", func(b *testing.B) {
		t := fill()
		defer t.Release()
		n := rows
		for b.Loop() {
			if err := t.Push(0, numbered(n, 1)); err != nil {
				b.Fatal(err)
			}
			epoch(t)
			n++
		}
	})
}
