package optest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Input describes the rows of a port.
type Input struct {
	Types []batch.Type
	// Key is by which columns the rows are exchanged; nil: Single decides.
	Key []int
	// Single sends all rows to one worker. With neither Key nor Single they stay where they are pushed.
	Single bool
	// Domain is how many different values a column has, NULL among them. Zero means 4.
	Domain int
	// Insert makes all weights positive.
	Insert bool
	// Ordered rows come in their order, all in one lane; they are for Model.
	Ordered bool
	// Value makes a value; nil: a small one of the column's type. It may return nil for NULL.
	Value func(r *rand.Rand, column int) any
}

// Case is an operator and what it computes.
type Case struct {
	Inputs []Input
	// Output are the types of the operator's output.
	Output []batch.Type
	// New returns the operator of one worker.
	New func(worker int) operators.Operator
	// Batch computes the output for whole inputs, one for each port, whose weights may be negative.
	Batch func(in ...ZSet) ZSet
	// Model takes the place of Batch where the order of rows matters: it returns what computes, from
	// the changes of each epoch in turn, the output so far.
	Model func() func(epoch []Change) ZSet
	// NewDead takes the place of New where there are dead letters: each is added to the output as a
	// row with the reason behind its values.
	NewDead func(worker int, dead func(b *batch.Batch, row int, w batch.Weight, reason string)) operators.Operator
	// At takes the place of Batch where the output depends on the clock. That moves on by up to ten microseconds
	// between epochs, from a time around 0.
	At func(clock int64, in ...ZSet) ZSet
	// Rows is about how many rows an epoch has at most. Zero means 60.
	Rows int
	// Seeds is how many histories are tried. Zero means 12.
	Seeds int
}

// Change is a row that is pushed.
type Change struct {
	Port   int
	Values []any
	Weight batch.Weight
}

// history is the changes of each epoch.
type history [][]Change

// way is how a history is run.
type way struct {
	workers, budget, most int // most rows of a batch
	seed                  uint64
	restore               bool // through a checkpoint, after half of the epochs
	restoreWorkers        int
}

func (w way) String() string {
	return fmt.Sprintf("workers=%d budget=%d batch=%d seed=%d restore=%t/%d", w.workers, w.budget, w.most, w.seed, w.restore, w.restoreWorkers)
}

// Run tries many histories in many ways. A failure shows the smallest history found that fails.
func (c Case) Run(t *testing.T) {
	t.Helper()
	if c.Rows == 0 {
		c.Rows = 60
	}
	if c.Seeds == 0 {
		c.Seeds = 12
	}
	for seed := range uint64(c.Seeds) {
		h := c.history(seed)
		for i, workers := range []int{1, 2, 8} {
			w := way{
				workers: workers, seed: seed, budget: []int{1, 7, 100, 16 << 10}[(int(seed)+i)%4],
				most: []int{1, 5, 1000}[(int(seed)+i)%3], restore: seed%2 == 1, restoreWorkers: []int{workers, 3}[seed/2%2],
			}
			if err := c.try(h, w); err != nil {
				h, err = c.shrink(h, w, err)
				t.Fatalf("%v\n%v\nhistory:\n%v", w, err, h)
			}
		}
	}
}

// history makes up epochs of inserts and retractions.
func (c Case) history(seed uint64) history {
	r := rand.New(rand.NewPCG(seed, 14))
	h := make(history, 1+r.IntN(6))
	var rows [][]any // in the tables now, as far as inserts say
	var ports []int
	for e := range h {
		for range r.IntN(1 + c.Rows/(1+e*r.IntN(4))) {
			if n := len(rows); n > 0 && r.IntN(3) == 0 {
				i := r.IntN(n)
				if !c.Inputs[ports[i]].Insert {
					h[e] = append(h[e], Change{ports[i], rows[i], -1})
					rows[i], ports[i] = rows[n-1], ports[n-1]
					rows, ports = rows[:n-1], ports[:n-1]
					continue
				}
			}
			port := r.IntN(len(c.Inputs))
			in := &c.Inputs[port]
			row := make([]any, len(in.Types))
			for col := range row {
				row[col] = in.value(r, col)
			}
			w := batch.Weight(1 + r.IntN(8)/7)
			if !in.Insert && r.IntN(12) == 0 {
				w = -1 // of a row that may not be there yet
			}
			h[e] = append(h[e], Change{port, row, w})
			for range w {
				rows, ports = append(rows, row), append(ports, port)
			}
		}
	}
	return h
}

func (in *Input) value(r *rand.Rand, col int) any {
	if in.Value != nil {
		return in.Value(r, col)
	}
	domain := in.Domain
	if domain == 0 {
		domain = 4
	}
	n := r.IntN(domain)
	if n == 0 {
		return nil
	}
	switch t := in.Types[col]; {
	case t.Variable():
		return strings.Repeat("x", n%3) + fmt.Sprint(n)
	case t.Kind == batch.Bool:
		return n%2 == 0
	case t.Float():
		return float64(n)/3 - 1
	case t.Unsigned():
		return uint64(n)
	default:
		return int64(n) - 2
	}
}

// batches splits an epoch into batches of one port, in any order.
func (c Case) batches(changes []Change, w way, r *rand.Rand) (ports []int, out []*batch.Batch) {
	order := r.Perm(len(changes))
	if slices.ContainsFunc(c.Inputs, func(in Input) bool { return in.Ordered }) {
		slices.Sort(order)
	}
	builders := make([]*batch.Builder, len(c.Inputs))
	limit := make([]int, len(c.Inputs))
	flush := func(port int) {
		if b := builders[port]; b != nil && b.Rows() > 0 {
			ports, out = append(ports, port), append(out, b.Take())
		}
	}
	for _, i := range order {
		ch := changes[i]
		if builders[ch.Port] == nil {
			builders[ch.Port] = batch.NewBuilder(c.Inputs[ch.Port].Types)
		}
		b := builders[ch.Port]
		if limit[ch.Port] == 0 {
			limit[ch.Port] = 1 + r.IntN(w.most)
		}
		if err := b.AppendValues(ch.Weight, ch.Values...); err != nil {
			panic(err)
		}
		if b.Rows() >= limit[ch.Port] {
			flush(ch.Port)
			limit[ch.Port] = 0
		}
	}
	for port := range builders {
		flush(port)
	}
	return ports, out
}

// instance is a running circuit around the operator.
type instance struct {
	c      *circuit.Circuit
	inputs []circuit.NodeID
	stop   func() error
	mu     sync.Mutex
	out    ZSet
}

func (c Case) build(w way, out ZSet) *instance {
	g := circuit.NewGraph()
	x := &instance{out: out}
	node := circuit.Node{Name: "under test", Types: c.Output, New: c.New}
	if c.NewDead != nil {
		node.New = func(worker int) operators.Operator { return c.NewDead(worker, x.bury) }
	}
	for i, in := range c.Inputs {
		id := g.Input(fmt.Sprint("input ", i), in.Types)
		x.inputs = append(x.inputs, id)
		node.Inputs = append(node.Inputs, circuit.Edge{From: id, Key: in.Key, Single: in.Single})
	}
	g.Sink("output", circuit.Edge{From: g.Add(node)})
	x.c = circuit.New(g, circuit.Options{
		Workers: w.workers, QueueBytes: 64 << 10, Budget: operators.Budget{Rows: w.budget}, Scribble: true,
		Output: func(_, _ int, b *batch.Batch) error {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.out.AddBatch(b)
			return nil
		},
	})
	return x
}

// bury adds a dead letter to the output.
func (x *instance) bury(b *batch.Batch, row int, w batch.Weight, reason string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.out.Add(Row(append(b.Row(row), reason)...), w)
}

// start runs the circuit. stop ends it, once, and returns what went wrong.
func (x *instance) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.c.Run(ctx) }()
	x.stop = sync.OnceValue(func() error {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
}

// try runs a history one way, and compares the output after every epoch.
func (c Case) try(h history, w way) error {
	r := rand.New(rand.NewPCG(w.seed, 15))
	x := c.build(w, ZSet{})
	x.start()
	defer func() { _ = x.stop() }() // of the circuit that runs then
	in := make([]ZSet, len(c.Inputs))
	for i := range in {
		in[i] = ZSet{}
	}
	clock := int64(-10)
	model := func([]Change) ZSet { return c.Batch(in...) }
	switch {
	case c.Model != nil:
		model = c.Model()
	case c.At != nil:
		model = func([]Change) ZSet { return c.At(clock, in...) }
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for e, changes := range h {
		if w.restore && e == (len(h)+1)/2 {
			next, err := c.carryOver(ctx, x, w)
			if err != nil {
				return fmt.Errorf("before epoch %d: %w", e, err)
			}
			x = next
		}
		if clock += r.Int64N(6); c.At != nil && r.IntN(2) == 0 {
			x.c.SetClock(clock)
		}
		ports, batches := c.batches(changes, w, r)
		for i, b := range batches {
			in[ports[i]].AddBatch(b)
			if err := x.c.Push(ctx, x.inputs[ports[i]], c.lane(ports[i], r), b); err != nil {
				return fmt.Errorf("epoch %d: push: %w", e, err)
			}
		}
		if clock += r.Int64N(6); c.At != nil {
			x.c.SetClock(clock)
		}
		if err := x.c.Finish(ctx, uint64(e)); err != nil {
			return fmt.Errorf("epoch %d: finish: %w", e, err)
		}
		x.mu.Lock()
		diff := x.out.Diff(model(changes))
		x.mu.Unlock()
		if diff != "" {
			return fmt.Errorf("after epoch %d the output differs from that of the whole tables:\n%s", e, diff)
		}
	}
	return x.stop()
}

func (c Case) lane(port int, r *rand.Rand) int {
	if c.Inputs[port].Ordered {
		return 0
	}
	return r.IntN(4)
}

// shrink takes changes away as long as the rest fails.
func (c Case) shrink(h history, w way, err error) (history, error) {
	for size, tries := 16, 0; size >= 1 && tries < 400; {
		smaller := false
		for e := range h {
			for i := 0; i < len(h[e]) && tries < 400; tries++ {
				less := append(history{}, h...)
				less[e] = append(append([]Change{}, h[e][:i]...), h[e][min(i+size, len(h[e])):]...)
				if fail := c.try(less, w); fail != nil {
					h, err, smaller = less, fail, true
				} else {
					i += size
				}
			}
		}
		if !smaller || size > 1 {
			size /= 2
		}
	}
	return h, err
}

// String lists the changes.
func (h history) String() string {
	var s strings.Builder
	for e, changes := range h {
		fmt.Fprintf(&s, "epoch %d\n", e)
		for _, ch := range changes {
			fmt.Fprintf(&s, "  port %d  %+d  %v\n", ch.Port, ch.Weight, Row(ch.Values...))
		}
	}
	return s.String()
}

// carryOver writes a checkpoint, stops, and goes on from it in a new circuit.
func (c Case) carryOver(ctx context.Context, x *instance, w way) (*instance, error) {
	disk := &Disk{}
	manifest, err := x.c.Checkpoint(ctx, disk)
	if err != nil {
		return nil, err
	}
	if err := x.stop(); err != nil {
		return nil, err
	}
	w.workers = w.restoreWorkers
	next := c.build(w, x.out)
	if err := next.c.Restore(manifest, disk); err != nil {
		return nil, err
	}
	next.start()
	return next, nil
}
