package aggregate_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// step runs an epoch of one batch and adds the output to z.
func step(t testing.TB, op operators.Operator, b *batch.Batch, z optest.ZSet) {
	if b.Rows > 0 {
		if err := op.Push(0, b); err != nil {
			t.Fatal(err)
		}
	}
	op.Done(0)
	for more := true; more; {
		var err error
		if more, err = op.Step(operators.DefaultBudget, func(b *batch.Batch) error { z.AddBatch(b); return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPercentilesOfLargeGroups changes few rows of many, so that each change is looked up, among them rows that are taken
// back before they come.
func TestPercentilesOfLargeGroups(t *testing.T) {
	o := aggregate.Options{Types: lawTypes, Keys: []int{colGroup}, Calls: []aggregate.Call{
		{Func: "percentile_cont", Arg: colN, Where: []int{colN}, Text: "1/2", Type: f64},
		{Func: "percentile_disc", Arg: colN, Where: []int{colN}, Text: "9/10", Type: i64},
		{Func: "percentile_cont", Arg: colN, Where: []int{colN}, Text: "1/3", Distinct: true, Type: f64},
		{Func: "mode", Arg: colN, Where: []int{colN}, Type: i64},
	}}
	for _, segment := range []int{0, 1 << 10} {
		port.SegmentBytes = segment
		t.Cleanup(func() { port.SegmentBytes = 0 })
		r := rand.New(rand.NewPCG(7, uint64(segment)))
		op := aggregate.New(o)
		in, out := optest.ZSet{}, optest.ZSet{}
		b := batch.NewBuilder(lawTypes)
		add := func(group, n int64, w batch.Weight) {
			if err := b.AppendValues(w, group, int64(1), int64(1), 0.5, 0.5, "a", n); err != nil {
				t.Fatal(err)
			}
		}
		for range 3000 {
			add(r.Int64N(2), r.Int64N(800), 1)
		}
		for epoch := range 25 {
			rows := b.Take()
			in.AddBatch(rows)
			step(t, op, rows, out)
			if diff := out.Diff(whole(o, in)); diff != "" {
				t.Fatalf("epoch %d, segments of %d bytes:\n%s", epoch, segment, diff)
			}
			for range r.IntN(4) {
				switch r.IntN(3) {
				case 0:
					add(0, r.Int64N(800), 1)
				case 1:
					add(r.Int64N(2), r.Int64N(800)+400*r.Int64N(2), -1) // often of a row that is not there
				default:
					for row, w := range in {
						if v := optest.Values(row); w < 0 {
							add(v[colGroup].(int64), v[colN].(int64), -w)
							break
						}
					}
				}
			}
		}
		op.(circuit.Keeper).Release()
	}
}

// BenchmarkOneRowOf changes one value of a group of a million in each epoch.
func BenchmarkOneRowOf(b *testing.B) {
	for name, call := range map[string]aggregate.Call{
		"median":     {Func: "percentile_cont", Arg: 1, Where: []int{1}, Text: "1/2", Type: f64},
		"max":        {Func: "max", Arg: 1, Type: f64},
		"mode":       {Func: "mode", Arg: 1, Where: []int{1}, Type: f64},
		"stddev":     {Func: "stddev_samp", Arg: 1, Type: f64},
		"string_agg": {Func: "array_agg", Arg: 1, Type: batch.T(batch.JSON)},
	} {
		b.Run(name, func(b *testing.B) {
			op := aggregate.New(aggregate.Options{Types: []batch.Type{i32, f64}, Keys: []int{0}, Calls: []aggregate.Call{call}})
			defer op.(circuit.Keeper).Release()
			epoch(b, op, numbers(1_000_000, 1))
			change := batch.NewBuilder([]batch.Type{i32, f64})
			for i := 0; b.Loop(); i++ {
				_ = change.AppendValues(1, int64(0), float64(i%1000)+0.5)
				if i > 0 {
					_ = change.AppendValues(-1, int64(0), float64((i-1)%1000)+0.5)
				}
				epoch(b, op, []*batch.Batch{change.Take()})
			}
		})
	}
}
