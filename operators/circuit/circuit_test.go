package circuit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var i64 = batch.T(batch.Int64)

// ints returns a batch of one column.
func ints(values ...int64) *batch.Batch {
	b := batch.NewBuilder([]batch.Type{i64})
	batch.Append(b.Cols[0], values...)
	b.EndRows(len(values), 1)
	return b.Take()
}

// failing is a union that fails, or panics, at the number 13.
type failing struct {
	relation.Union
	err error
}

func (f *failing) Apply(port int, b *batch.Batch, out operators.Emit) error {
	if slices.Contains(batch.Values[int64](&b.Cols[0]), 13) {
		if f.err == nil {
			panic("thirteen")
		}
		return f.err
	}
	return f.Union.Apply(port, b, out)
}

// line is a graph of an input, an operator and a sink.
func line(op func(worker int) operators.Operator, e circuit.Edge) (g *circuit.Graph, in circuit.NodeID) {
	g = circuit.NewGraph()
	in = g.Input("numbers", []batch.Type{i64})
	e.From = in
	n := g.Add(circuit.Node{Name: "tested", Types: []batch.Type{i64}, New: op, Inputs: []circuit.Edge{e}})
	g.Sink("out", circuit.Edge{From: n})
	return g, in
}

func TestErrors(t *testing.T) {
	cause := errors.New("no thirteen")
	for _, want := range []error{cause, nil} {
		g, in := line(func(int) operators.Operator { return &failing{err: want} }, circuit.Edge{Key: []int{0}})
		c := circuit.New(g, circuit.Options{Workers: 3})
		ended := make(chan error, 1)
		ctx := context.Background()
		go func() { ended <- c.Run(ctx) }()
		if err := c.Push(ctx, in, 0, ints(1, 2)); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if err := c.Push(ctx, in, 1, ints(12, 13)); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"Finish": c.Finish(ctx, 2), "Run": <-ended, "Push": c.Push(ctx, in, 0, ints(1))} {
			var node *circuit.NodeError
			var internal *circuit.InternalError
			switch {
			case want != nil && (!errors.Is(err, cause) || !errors.As(err, &node) || node.Node != "tested"):
				t.Errorf("%s: %v", name, err)
			case want == nil && (!errors.As(err, &internal) || internal.Node != "tested" || internal.Epoch != 2 || internal.Value != "thirteen" || len(internal.Stack) == 0):
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestEndOfContext runs in a bubble, which fails when a goroutine outlives it.
func TestEndOfContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, in := line(func(int) operators.Operator { return &relation.Union{} }, circuit.Edge{})
		c := circuit.New(g, circuit.Options{Workers: 2})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if err := c.Push(context.Background(), in, 0, ints(1)); !errors.Is(err, context.Canceled) {
			t.Errorf("Push after the end: %v", err)
		}
		if err := c.Finish(context.Background(), 1); !errors.Is(err, context.Canceled) {
			t.Errorf("Finish after the end: %v", err)
		}
	})
}

// TestPushWaits holds the sink, so that nothing leaves the queues.
func TestPushWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		g, in := line(func(int) operators.Operator { return &relation.Union{} }, circuit.Edge{})
		c := circuit.New(g, circuit.Options{Workers: 1, QueueBytes: 1000, Output: func(int, int, *batch.Batch) error {
			<-hold
			return nil
		}})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		pushed := 0
		all := make(chan error, 1)
		go func() {
			for range 20 {
				if err := c.Push(ctx, in, 0, ints(slices.Repeat([]int64{1}, 50)...)); err != nil {
					all <- err
					return
				}
				pushed++
			}
			all <- c.Finish(ctx, 1)
		}()
		synctest.Wait()
		if pushed < 2 || pushed > 4 {
			t.Errorf("%d batches of 400 bytes pushed into a queue of 1000", pushed)
		}
		short, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		if err := c.Push(short, in, 0, ints(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Push into a full queue: %v", err)
		}
		close(hold)
		if err := <-all; err != nil {
			t.Error(err)
		}
		if q := c.Stats().QueuedBytes; pushed != 20 || q != 0 {
			t.Errorf("%d pushed, %d bytes queued at the end", pushed, q)
		}
		cancel()
		<-ended
	})
}

// TestLanesKeepOrder pushes numbers in order, each lane its own, through an exchange.
func TestLanesKeepOrder(t *testing.T) {
	var mu sync.Mutex
	last := map[int64]int64{}
	g := circuit.NewGraph()
	in := g.Input("numbers", []batch.Type{i64, i64})
	n := g.Add(circuit.Node{
		Name: "pass", Types: []batch.Type{i64, i64}, New: func(int) operators.Operator { return &relation.Union{} },
		Inputs: []circuit.Edge{{From: in, Key: []int{0}}},
	})
	g.Sink("out", circuit.Edge{From: n})
	c := circuit.New(g, circuit.Options{Workers: 4, Output: func(_, _ int, b *batch.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		lane, number := batch.Values[int64](&b.Cols[0]), batch.Values[int64](&b.Cols[1])
		for i := range b.Rows {
			if number[i] <= last[lane[i]] {
				t.Errorf("lane %d: %d after %d", lane[i], number[i], last[lane[i]])
			}
			last[lane[i]] = number[i]
		}
		return nil
	}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	number := int64(0)
	for epoch := range uint64(3) {
		for range 200 {
			b := batch.NewBuilder([]batch.Type{i64, i64})
			lane := number % 7
			for range 300 {
				number++
				batch.Append(b.Cols[0], lane)
				batch.Append(b.Cols[1], number)
				b.End(1)
			}
			if err := c.Push(ctx, in, int(lane), b.Take()); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Finish(ctx, epoch); err != nil {
			t.Fatal(err)
		}
	}
	s := c.Stats()
	for _, n := range s.Nodes {
		if n.Name != "numbers" && n.RowsOut != number {
			t.Errorf("%s: %d rows out, want %d", n.Name, n.RowsOut, number)
		}
	}
	cancel()
	<-ended
}

func TestRestoreOfAnotherPlan(t *testing.T) {
	distinct := func(int) operators.Operator { return relation.NewDistinct([]batch.Type{i64}) }
	g, _ := line(distinct, circuit.Edge{Key: []int{0}})
	c := circuit.New(g, circuit.Options{Workers: 1})
	defer c.Close()
	for text, want := range map[string]string{
		`{`:                                    "manifest of a checkpoint",
		`{"workers":1,"nodes":[]}`:             "no state of \"tested\"",
		`{"workers":1,"nodes":[{"name":"x"}]}`: "another plan",
		`{"workers":1,"nodes":[{"name":"tested"},{"name":"y"}]}`:   "the plan does not know",
		`{"workers":1,"nodes":[{"name":"tested","workers":[[]]}]}`: "0 arrangements",
	} {
		if err := c.Restore([]byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
