package circuit_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var i32 = batch.T(batch.Int32)

// orders is a circuit of a join of orders (order, customer) with items (order, product), counted by
// customer.
func orders(workers int) (c *circuit.Circuit, order, item circuit.NodeID) {
	g := circuit.NewGraph()
	two := []batch.Type{i32, i32}
	order, item = g.Input("orders", two), g.Input("items", two)
	join := g.Add(circuit.Node{
		Name: "join", Types: []batch.Type{i32}, Inputs: []circuit.Edge{{From: order, Key: []int{0}}, {From: item, Key: []int{0}}},
		New: func(int) operators.Operator {
			side := relation.JoinSide{Types: two, Key: []int{0}}
			return relation.NewJoin(relation.JoinOptions{Left: side, Right: side, Output: []int{1}})
		},
	})
	count := g.Add(circuit.Node{
		Name: "count", Types: []batch.Type{i32, i64}, Inputs: []circuit.Edge{{From: join, Key: []int{0}}},
		New: func(worker int) operators.Operator {
			return aggregate.New(aggregate.Options{Types: []batch.Type{i32}, Keys: []int{0}, Worker: worker, Calls: []aggregate.Call{{Func: "count(*)", Type: i64}}})
		},
	})
	g.Sink("out", circuit.Edge{From: count})
	return circuit.New(g, circuit.Options{Workers: workers}), order, item
}

// pairs returns n rows of two columns, the first drawn from keys or, with keys 0, counted up.
func pairs(n int, keys, values int32) *batch.Batch {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	b := batch.NewBuilder([]batch.Type{i32, i32})
	k, v := batch.Extend[int32](b.Cols[0], n), batch.Extend[int32](b.Cols[1], n)
	for i := range k {
		if k[i] = int32(i); keys > 0 {
			k[i] = r.Int32N(keys)
		}
		v[i] = r.Int32N(values)
	}
	b.EndRows(n, 1)
	return b.Take()
}

func push(tb testing.TB, c *circuit.Circuit, to circuit.NodeID, b *batch.Batch) {
	const part = 16 << 10
	for at, lane := 0, 0; at < b.Rows; at, lane = at+part, lane+1 {
		if err := c.Push(context.Background(), to, lane, b.Slice(at, min(at+part, b.Rows))); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkEpochOfOneRow is the time from Push to the end of Finish, on top of state of 1 M rows.
func BenchmarkEpochOfOneRow(b *testing.B) {
	for _, busy := range []int{0, runtime.GOMAXPROCS(0)} {
		name := "idle"
		if busy > 0 {
			name = "saturated"
		}
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.NumCPU() + 2))
			c, order, item := orders(2)
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			push(b, c, order, pairs(200_000, 0, 50_000))
			push(b, c, item, pairs(800_000, 200_000, 1000))
			if err := c.Finish(ctx, 0); err != nil {
				b.Fatal(err)
			}
			for range busy {
				go func() {
					for x := 0; ctx.Err() == nil; x++ {
						_ = x
					}
				}()
			}
			var times []time.Duration
			one := pairs(1, 200_000, 1000)
			b.ReportAllocs()
			epoch := uint64(0)
			for b.Loop() {
				epoch++
				start := time.Now()
				push(b, c, item, one)
				if err := c.Finish(ctx, epoch); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			cancel()
			<-ended
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
		})
	}
}

// BenchmarkBulk loads 1 M orders and 10 M items in one epoch.
func BenchmarkBulk(b *testing.B) {
	const rows = 10_000_000
	order, item := pairs(1_000_000, 0, 100_000), pairs(rows, 1_000_000, 1000)
	b.ReportAllocs()
	for b.Loop() {
		c, orderIn, itemIn := orders(2)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		push(b, c, orderIn, order)
		push(b, c, itemIn, item)
		if err := c.Finish(ctx, 0); err != nil {
			b.Fatal(err)
		}
		cancel()
		<-ended
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
