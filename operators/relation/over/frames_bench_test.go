package over_test

import (
	"fmt"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// spreadOut returns rows of one partition: their place, an integer, a float and a text, of some thousands each.
func spreadOut(from, rows int) *batch.Batch {
	cols := []*batch.Vector{batch.NewVector(i64), batch.NewVector(i64), batch.NewVector(f64), batch.NewVector(text)}
	for i := from; i < from+rows; i++ {
		n := int64(uint64(i) * 0x9e3779b97f4a7c15 >> 51) // below 8192
		batch.Append(cols[0], int64(i))
		batch.Append(cols[1], n)
		batch.Append(cols[2], float64(n)/7)
		cols[3].AppendString(fmt.Sprint(n))
	}
	b := &batch.Batch{Rows: rows}
	for _, v := range cols {
		b.Cols = append(b.Cols, v.Take())
	}
	return b
}

// BenchmarkFrames: a partition of 100,000 rows whose frames have 10,000, at once, then epochs of one new row in the middle,
// which is in 10,000 frames.
func BenchmarkFrames(b *testing.B) {
	const all, most = 100_000, 4096
	at := frame(-4999, 5000)
	without := func(e over.Exclude) over.Frame { return over.Frame{Start: at.Start, End: at.End, Exclude: e} }
	for _, c := range []over.Call{
		{Func: "sum", Arg: 1, Type: i64, Frame: at},
		{Func: "sum", Arg: 2, Type: f64, Frame: at},
		{Func: "max", Arg: 1, Type: i64, Frame: at},
		{Func: "stddev_samp", Arg: 1, Type: f64, Frame: at},
		{Func: "stddev_samp", Arg: 2, Type: f64, Frame: at},
		{Func: "corr", Arg: 1, More: []int{2}, Type: f64, Frame: at},
		{Func: "bit_or", Arg: 1, Type: i64, Frame: at},
		{Func: "percentile_cont", Arg: 1, Where: []int{1}, Text: "1/2", Type: f64, Frame: at},
		{Func: "mode", Arg: 3, Where: []int{3}, Type: text, Frame: at},
		{Func: "first", Arg: 0, Where: []int{1}, Order: []relation.OrderKey{{Col: 1, Desc: true}}, Type: i64, Frame: at}, // ARG_MAX
		{Func: "count", Arg: 1, Distinct: true, Type: i64, Frame: at},
		{Func: "sum", Arg: 2, Distinct: true, Type: f64, Frame: at},
		{Func: "sum", Arg: 1, Type: i64, Frame: without(over.CurrentRow)},
		{Func: "max", Arg: 1, Type: i64, Frame: without(over.Ties)},
		{Func: "percentile_cont", Arg: 1, Where: []int{1}, Text: "1/2", Type: f64, Frame: without(over.Group)},
		{Func: "nth_value", Arg: 1, N: -3, IgnoreNulls: true, Type: i64, Frame: at},
	} {
		c.Default = -1
		name := fmt.Sprintf("%s of %v", c.Func, []batch.Type{i64, i64, f64, text}[c.Arg])
		if c.Distinct {
			name += " distinct"
		}
		if c.Frame.Exclude != "" {
			name += " without " + string(c.Frame.Exclude)
		}
		emitted := 0
		epoch := func(v *over.Over) {
			v.Done(0)
			for more := true; more; {
				var err error
				if more, err = v.Step(operators.DefaultBudget, func(out *batch.Batch) error { emitted += out.Rows; return nil }); err != nil {
					b.Fatal(err)
				}
			}
		}
		push := func(v *over.Over, rows *batch.Batch) {
			if err := v.Push(0, rows); err != nil {
				b.Fatal(err)
			}
		}
		fill := func() *over.Over {
			v := over.New(over.Options{Types: []batch.Type{i64, i64, f64, text}, Order: []relation.OrderKey{{Col: 0}}, Calls: []over.Call{c}, Output: []int{0}})
			for from := 0; from < all; from += most {
				push(v, spreadOut(from, min(most, all-from)))
			}
			epoch(v)
			return v
		}
		b.Run(name+"/bulk", func(b *testing.B) {
			for b.Loop() {
				fill().Release()
			}
			b.ReportMetric(all*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(name+"/row", func(b *testing.B) {
			v := fill()
			defer v.Release()
			emitted = 0
			n := all / 2
			for b.Loop() {
				push(v, spreadOut(n, 1))
				epoch(v)
				n += 17
			}
			b.ReportMetric(float64(emitted)/float64(b.N), "rows-out/op")
		})
	}
}
