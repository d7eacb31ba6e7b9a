package relation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/relation"
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

func BenchmarkJoin(b *testing.B) {
	const rows = 10 << 20
	types := []batch.Type{i32, f64}
	left, right := numbers(rows, 1_000_000), numbers(1_000_000, 0)
	b.ReportAllocs()
	for b.Loop() {
		op := relation.NewJoin(relation.JoinOptions{
			Left: relation.JoinSide{Types: types, Key: []int{0}}, Right: relation.JoinSide{Types: types, Key: []int{0}}, Output: []int{0, 1, 3},
		})
		if n := epoch(b, op, left, right); n < rows/100*99 { // a few rows are equal
			b.Fatal(n)
		}
		op.(interface{ Release() }).Release()
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCombine(b *testing.B) {
	const rows = 10 << 20
	for _, keys := range []int32{1000, 0} {
		in := numbers(rows, keys)
		for i := range in {
			in[i] = in[i].Project([]int{0})
		}
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				epoch(b, relation.NewCombine(relation.CombineOptions{Types: []batch.Type{i32}}), in)
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
