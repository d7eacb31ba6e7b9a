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

// BenchmarkSession loads sessions of ten rows, then adds rows to the newest sessions, a thousand an epoch.
func BenchmarkSession(b *testing.B) {
	const rows, epochs, each = 500_000, 100, 1000
	types := []batch.Type{batch.T(batch.Int64), batch.T(batch.Int64), stamp}
	for _, partitions := range []int64{1, 50_000} {
		b.Run(map[int64]string{1: "one", 50_000: "many"}[partitions], func(b *testing.B) {
			o := timed.SessionOptions{Types: types, Keys: []int{0}, Time: 2, Gap: 50}
			batchOf := func(from, to int64) *batch.Batch {
				build := batch.NewBuilder(types)
				for n := from; n < to; n++ {
					turn := n / partitions
					batch.Append(build.Cols[0], n%partitions)
					batch.Append(build.Cols[1], n)
					batch.Append(build.Cols[2], turn/10*1000+turn%10*10)
					build.End(1)
				}
				return build.Take()
			}
			none := func(*batch.Batch) error { return nil }
			epoch := func(s *timed.Session, rows *batch.Batch) {
				if err := s.Push(0, rows); err != nil {
					b.Fatal(err)
				}
				s.Done(0)
				for more := true; more; {
					var err error
					if more, err = s.Step(operators.DefaultBudget, none); err != nil {
						b.Fatal(err)
					}
				}
				for s.Arrangements()[0].Maintain(1 << 13) {
				}
			}
			for b.Loop() {
				s := timed.NewSession(o)
				epoch(s, batchOf(0, rows))
				for e := range int64(epochs) {
					epoch(s, batchOf(rows+e*each, rows+(e+1)*each))
				}
				s.Release()
			}
			b.ReportMetric(float64(b.N)*(rows+epochs*each)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
