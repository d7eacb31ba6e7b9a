package circuit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/exchange"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Options says how a circuit runs. The zero value is ready to use, but shows nobody its output.
type Options struct {
	// Workers is how many shares the state has, and goroutines work. Zero means one a CPU.
	Workers int
	// QueueBytes is how much may be queued before Push waits. Zero means 64 MiB.
	QueueBytes int
	// Output takes rows that reached a sink. The batch is borrowed. It is called by all workers, at
	// the same time. Nil drops them.
	Output func(worker, sink int, b *batch.Batch) error
	// Budget is what an operator gets for one step. Zero means operators.DefaultBudget.
	Budget operators.Budget
	// Now is the clock for Stats, from any start. Nil: busy times are zero.
	Now func() time.Duration
	// Scribble overwrites every batch after the operator it was lent to has returned. For tests.
	Scribble bool
}

func (o Options) withDefaults() Options {
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	o.QueueBytes = cmp.Or(o.QueueBytes, 64<<20)
	o.Budget = cmp.Or(o.Budget, operators.DefaultBudget)
	if o.Output == nil {
		o.Output = func(int, int, *batch.Batch) error { return nil }
	}
	return o
}

// Circuit is a graph at work.
type Circuit struct {
	Options
	g       *Graph
	workers int
	pools   []*exchange.Pool // for the rows of each node
	all     []*worker

	queued atomic.Int64
	space  chan struct{} // has a token when a waiting Push may look again
	epoch  atomic.Uint64
	clock  *int64        // what SetClock said last; nil: nothing
	busy   atomic.Int32  // workers that have not ended the epoch
	ended  chan struct{} // has a token when the epoch has ended
	closed chan struct{} // closed when Run returns
	err    error         // why, set before closed is
	once   sync.Once
}

// ErrClosed is returned by calls on a circuit whose Run has returned without an error of its own.
var ErrClosed = errors.New("the circuit has stopped")

// NodeError is an error of an operator or of a sink.
type NodeError struct {
	Node string
	Err  error
}

// Error returns the node's name and the cause.
func (e *NodeError) Error() string { return fmt.Sprintf("operator %q: %v", e.Node, e.Err) }

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// InternalError is a broken invariant: a panic of an operator.
type InternalError struct {
	Node   string
	Worker int
	Epoch  uint64
	Value  any
	Stack  []byte
}

// Error returns where it happened and what, without the stack.
func (e *InternalError) Error() string {
	return fmt.Sprintf("operator %q: internal error in epoch %d: %v", e.Node, e.Epoch, e.Value)
}

// New builds the operators of all workers. Nothing runs before Run.
func New(g *Graph, o Options) *Circuit {
	o = o.withDefaults()
	c := &Circuit{
		Options: o, g: g, workers: o.Workers,
		space: make(chan struct{}, 1), ended: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	for i := range g.nodes {
		c.pools = append(c.pools, exchange.NewPool(g.nodes[i].Types))
	}
	for id := range c.workers {
		c.all = append(c.all, newWorker(c, id))
	}
	return c
}

// Run works until ctx ends or a part fails, and returns when all workers have ended. It frees the
// state: a circuit runs once.
func (c *Circuit) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for _, w := range c.all {
		group.Go(func() { cancel(w.run(ctx)) })
	}
	group.Wait()
	err := context.Cause(ctx)
	c.close(err)
	return err
}

// close ends all calls that wait and frees the state.
func (c *Circuit) close(err error) {
	c.once.Do(func() {
		c.err = cmp.Or(err, ErrClosed)
		close(c.closed)
		for _, w := range c.all {
			for _, s := range w.nodes {
				if s.keeper != nil {
					s.keeper.Release()
				}
			}
		}
	})
}

// Close frees the state of a circuit that was never run.
func (c *Circuit) Close() { c.close(ErrClosed) }

// Push copies the rows of b into the circuit, at an input. Rows of one lane stay in their order and
// enter at the same worker. It waits while more than QueueBytes are queued.
func (c *Circuit) Push(ctx context.Context, input NodeID, lane int, b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	for c.queued.Load() >= int64(c.QueueBytes) {
		select {
		case <-c.space:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return c.err
		}
	}
	select {
	case <-c.closed:
		return c.err
	default:
	}
	rows := c.pools[input].Builder()
	rows.AppendBatch(b)
	c.send(lane%c.workers, message{to: input, rows: rows, size: rows.Bytes()})
	if c.queued.Load() < int64(c.QueueBytes) {
		c.signal()
	}
	return nil
}

// Finish ends the epoch: it returns when all output of what was pushed before has reached the
// sinks. The caller pushes nothing meanwhile. After an error the circuit is of no further use.
func (c *Circuit) Finish(ctx context.Context, epoch uint64) error {
	c.epoch.Store(epoch)
	c.busy.Store(int32(c.workers))
	for id := range c.workers {
		c.send(id, message{end: true})
	}
	return c.wait(ctx, c.ended)
}

// wait waits for a token, or the end.
func (c *Circuit) wait(ctx context.Context, token <-chan struct{}) error {
	select {
	case <-token:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return c.err
	}
}

func (c *Circuit) workerDone() {
	if c.busy.Add(-1) == 0 {
		c.ended <- struct{}{}
	}
}

// send posts a message to a worker and counts its bytes.
func (c *Circuit) send(worker int, m message) {
	if m.size > 0 {
		c.queued.Add(int64(m.size))
	}
	c.all[worker].inbox.post(m)
}

// took counts bytes that left a queue.
func (c *Circuit) took(size int) {
	if c.queued.Add(-int64(size)) < int64(c.QueueBytes) {
		c.signal()
	}
}

func (c *Circuit) signal() {
	select {
	case c.space <- struct{}{}:
	default:
	}
}

func (c *Circuit) now() time.Duration {
	if c.Now == nil {
		return 0
	}
	return c.Now()
}

// onWorkers runs a task on every worker, between epochs, and returns when all have done it.
func (c *Circuit) onWorkers(ctx context.Context, task func(w *worker) error) error {
	errs := make([]error, c.workers)
	done := make(chan struct{}, 1)
	var left atomic.Int32
	left.Store(int32(c.workers))
	for id := range c.workers {
		c.send(id, message{task: func(w *worker) {
			errs[id] = task(w)
			if left.Add(-1) == 0 {
				done <- struct{}{}
			}
		}})
	}
	if err := c.wait(ctx, done); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// NodeStats is what a node has done so far, over all workers.
type NodeStats struct {
	Name            string
	RowsIn, RowsOut int64
	// StateRows and StateBytes are what it keeps, Runs the most that one of its arrangements has.
	StateRows, StateBytes, Runs int64
	// Busy is the time of all its calls, the nodes behind it that answer at once included.
	Busy time.Duration
}

// Stats is what a circuit has done so far. It may be called at any time.
type Stats struct {
	Nodes       []NodeStats
	QueuedBytes int64
}

// Stats returns what the circuit has done so far.
func (c *Circuit) Stats() Stats {
	out := Stats{QueuedBytes: c.queued.Load(), Nodes: make([]NodeStats, len(c.g.nodes))}
	for i := range out.Nodes {
		n := &out.Nodes[i]
		n.Name = c.g.nodes[i].Name
		for _, w := range c.all {
			s := w.nodes[i]
			n.RowsIn += s.in.Load()
			n.RowsOut += s.out.Load()
			n.StateRows += s.rows.Load()
			n.StateBytes += s.bytes.Load()
			n.Runs = max(n.Runs, s.runs.Load())
			n.Busy += time.Duration(s.busy.Load())
		}
	}
	return out
}
