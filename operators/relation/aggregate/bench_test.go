package aggregate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// numbers returns batches of n rows in all: a key, counted up or drawn from keys, and a float.
func numbers(n int, keys int32) (out []*batch.Batch) {
	r := rand.New(rand.NewPCG(1, 1))
	for at := int32(0); int(at) < n; {
		b := batch.NewBuilder([]batch.Type{i32, f64})
		k, v := batch.Extend[int32](b.Cols[0], 16<<10), batch.Extend[float64](b.Cols[1], 16<<10)
		for i := range k {
			if k[i] = at; keys > 0 {
				k[i] = r.Int32N(keys)
			}
			v[i] = float64(r.IntN(100_000)) / 100
			at++
		}
		b.EndRows(len(k), 1)
		out = append(out, b.Take())
	}
	return out
}

// epoch runs one epoch through an operator.
func epoch(b *testing.B, op operators.Operator, ports ...[]*batch.Batch) (rows int) {
	for port, in := range ports {
		for _, part := range in {
			if err := op.Push(port, part); err != nil {
				b.Fatal(err)
			}
		}
	}
	for port := range ports {
		op.Done(port)
	}
	for more := true; more; {
		var err error
		if more, err = op.Step(operators.DefaultBudget, func(b *batch.Batch) error { rows += b.Rows; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	return rows
}

func BenchmarkAggregate(b *testing.B) {
	const rows = 10 << 20
	types := []batch.Type{i32, f64}
	for name, calls := range map[string][]aggregate.Call{
		"count": {{Func: "count(*)", Type: i64}},
		"sum":   {{Func: "sum", Arg: 1, Type: f64}, {Func: "count(*)", Type: i64}},
		"max":   {{Func: "max", Arg: 1, Type: f64}},
	} {
		for _, keys := range []int32{100, 1_000_000} {
			in := numbers(rows, keys)
			b.Run(fmt.Sprint(name, "/", keys), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					op := aggregate.New(aggregate.Options{Types: types, Keys: []int{0}, Calls: calls})
					if n := epoch(b, op, in); n < int(keys)/100*99 {
						b.Fatal(n)
					}
					op.(interface{ Release() }).Release()
				}
				b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
