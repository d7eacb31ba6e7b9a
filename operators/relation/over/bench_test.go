package over_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// numbered returns rows whose first column is one of some partitions, the second their place and the third a number.
func numbered(from, rows, partitions int) *batch.Batch {
	p, v, w := batch.NewVector(i32), batch.NewVector(i64), batch.NewVector(i64)
	x, y, z := batch.Extend[int32](p, rows), batch.Extend[int64](v, rows), batch.Extend[int64](w, rows)
	for i := range rows {
		x[i], y[i], z[i] = int32((from+i)%partitions), int64(from+i)*7919%10000019, int64(from+i)
	}
	return &batch.Batch{Cols: []batch.Column{p.Take(), v.Take(), w.Take()}, Rows: rows}
}

// BenchmarkOver: two million rows at once, then epochs of one changed row on top of them, in one partition or in many. A
// step is how long the longest took.
func BenchmarkOver(b *testing.B) {
	const all, most = 2 << 20, 4096
	calls := []struct {
		name string
		call over.Call
	}{
		{"row_number", over.Call{Func: "row_number", Arg: -1, Default: -1, Type: i64}},
		{"lag", over.Call{Func: "first_value", Arg: 2, Default: -1, Type: i64, Frame: frame(-1, -1)}},
		{"sum of 100 rows", over.Call{Func: "sum", Arg: 2, Default: -1, Type: i64, Frame: frame(-99, 0)}},
		{"max of 100 rows", over.Call{Func: "max", Arg: 2, Default: -1, Type: i64, Frame: frame(-99, 0)}},
		{"running sum", over.Call{Func: "sum", Arg: 2, Default: -1, Type: i64, Frame: over.Frame{Start: start, End: current}}},
		{"sum", over.Call{Func: "sum", Arg: 2, Default: -1, Type: i64, Frame: over.Frame{Start: start, End: start}}},
	}
	for _, partitions := range []int{1, 200_000} {
		for _, c := range calls {
			var step time.Duration
			emitted := 0
			epoch := func(v *over.Over) {
				v.Done(0)
				for more := true; more; {
					before := time.Now()
					var err error
					if more, err = v.Step(operators.DefaultBudget, func(out *batch.Batch) error { emitted += out.Rows; return nil }); err != nil {
						b.Fatal(err)
					}
					step = max(step, time.Since(before))
				}
			}
			fill := func() *over.Over {
				v := over.New(over.Options{
					Types: []batch.Type{i32, i64, i64}, Keys: []int{0}, Order: []relation.OrderKey{{Col: 1}}, Calls: []over.Call{c.call}, Output: []int{0, 1, 2},
				})
				for from := 0; from < all; from += most {
					if err := v.Push(0, numbered(from, most, partitions)); err != nil {
						b.Fatal(err)
					}
				}
				epoch(v)
				return v
			}
			b.Run(fmt.Sprintf("%s/bulk/partitions=%d", c.name, partitions), func(b *testing.B) {
				for b.Loop() {
					fill().Release()
				}
				b.ReportMetric(all*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
			b.Run(fmt.Sprintf("%s/row/partitions=%d", c.name, partitions), func(b *testing.B) {
				v := fill()
				defer v.Release()
				step, emitted = 0, 0
				n := all * 3 / 2
				for b.Loop() {
					if err := v.Push(0, numbered(n, 1, partitions)); err != nil {
						b.Fatal(err)
					}
					epoch(v)
					n += 17
				}
				b.ReportMetric(float64(step.Microseconds()), "us/longest-step")
				b.ReportMetric(float64(emitted)/float64(b.N), "rows-out/op")
			})
		}
	}
}

func frame(from, to int64) over.Frame { return over.Frame{Start: rows(from), End: rows(to)} }
