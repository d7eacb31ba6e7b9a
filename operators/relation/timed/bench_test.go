package timed_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation/timed"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// BenchmarkExpire lets rows in and, a million at a time, out again.
func BenchmarkExpire(b *testing.B) {
	const rows, batches = 4096, 250
	types := []batch.Type{batch.T(batch.Int64), stamp}
	none := func(*batch.Batch) error { return nil }
	in := make([]*batch.Batch, batches)
	for i := range in {
		build := batch.NewBuilder(types)
		for row := range int64(rows) {
			n := int64(i)*rows + row
			batch.Append(build.Cols[0], n)
			batch.Append(build.Cols[1], n*7919%1_000_000)
			build.End(1)
		}
		in[i] = build.Take()
	}
	for b.Loop() {
		x := timed.NewExpire(timed.ExpireOptions{Types: types, Output: []int{0}, Bounds: []timed.Bound{{Column: 1, Offset: 10, Unit: 1, Until: true}}})
		x.SetClock(0)
		for _, rows := range in {
			if err := x.Apply(0, rows, none); err != nil {
				b.Fatal(err)
			}
		}
		for _, a := range x.Arrangements() {
			for a.Maintain(1 << 13) {
			}
		}
		x.SetClock(2_000_000)
		x.Done(0)
		for more := true; more; {
			var err error
			if more, err = x.Step(operators.DefaultBudget, none); err != nil {
				b.Fatal(err)
			}
		}
		x.Release()
	}
	b.ReportMetric(float64(b.N)*rows*batches/b.Elapsed().Seconds(), "rows/s")
}
