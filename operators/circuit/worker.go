package circuit

import (
	"context"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/exchange"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Keeper is what an operator offers that keeps state between epochs.
type Keeper interface {
	// Arrangements returns the state, always in the same order. The circuit merges, checkpoints
	// and restores it.
	Arrangements() []*arrange.Arrangement
	// Release frees all memory. It is called once, when the circuit has ended.
	Release()
}

// mergeRows is how many rows of old state are merged for each row of input: runs then never pile
// up, however fast epochs follow each other.
const mergeRows = 16

// mergeSlice is how many rows are merged in one go.
const mergeSlice = 8 << 10

// worker runs the whole circuit over its share of the hashes. All fields but inbox belong to its
// goroutine.
type worker struct {
	c     *Circuit
	id    int
	inbox *inbox
	spare []message
	nodes []*station

	open     int // nodes that are not complete in this epoch
	files    int // names given to segment files so far
	debt     int // rows to merge, for rows that came
	unmerged bool
	at       *station // whom to name when something panics
}

// station is a node at one worker.
type station struct {
	id      NodeID
	node    *graphNode
	op      operators.Operator
	applier operators.Applier
	keeper  Keeper
	timed   operators.Timed
	emit    operators.Emit
	routers []*exchange.Router // for each outlet that is an exchange
	waits   []int              // for each port, how many senders are not done
	open    int                // ports that are not done
	ready   bool
	ended   bool

	in, out, rows, bytes, runs, busy, due atomic.Int64
}

func newWorker(c *Circuit, id int) *worker {
	w := &worker{c: c, id: id, inbox: newInbox()}
	for i := range c.g.nodes {
		n := &c.g.nodes[i]
		s := &station{id: NodeID(i), node: n, waits: make([]int, len(n.Inputs)), routers: make([]*exchange.Router, len(n.outs))}
		if n.kind == operatorNode {
			s.op = n.New(id)
			s.applier, _ = s.op.(operators.Applier)
			s.keeper, _ = s.op.(Keeper)
			s.timed, _ = s.op.(operators.Timed)
		}
		s.due.Store(operators.Never)
		s.emit = func(b *batch.Batch) error { return w.emit(s, b) }
		for o, out := range n.outs {
			e := c.g.nodes[out.to].Inputs[out.port]
			if e.stays() || c.workers == 1 {
				continue
			}
			s.routers[o] = exchange.NewRouter(e.Key, c.workers, c.pools[i], func(to int, rows *batch.Builder) {
				c.send(to, message{to: out.to, port: out.port, rows: rows, size: rows.Bytes()})
			})
		}
		w.nodes = append(w.nodes, s)
	}
	w.reset()
	return w
}

// reset begins an epoch.
func (w *worker) reset() {
	w.open = len(w.nodes)
	for _, s := range w.nodes {
		s.ended, s.ready, s.open = false, false, len(s.waits)
		for port, e := range s.node.Inputs {
			s.waits[port] = 1
			if !e.stays() {
				s.waits[port] = w.c.workers
			}
		}
	}
}

// run works until ctx ends or something fails. It is the only place that recovers.
func (w *worker) run(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			e := &InternalError{Worker: w.id, Epoch: w.c.epoch.Load(), Value: v, Stack: debug.Stack()}
			if w.at != nil {
				e.Node = w.at.node.Name
			}
			err = e
		}
	}()
	for {
		if err := w.drain(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s := w.next(); s != nil {
			if err := w.step(s); err != nil {
				return err
			}
			continue
		}
		if w.unmerged {
			w.maintain(mergeSlice)
			continue
		}
		select {
		case <-w.inbox.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// drain takes everything from the inbox.
func (w *worker) drain() error {
	for {
		queue := w.inbox.take(w.spare)
		if queue == nil {
			return nil
		}
		for i := range queue {
			if err := w.receive(&queue[i]); err != nil {
				return err
			}
		}
		clear(queue)
		w.spare = queue
	}
}

func (w *worker) receive(m *message) error {
	switch {
	case m.task != nil:
		m.task(w)
	case m.end:
		for id, s := range w.nodes {
			if s.node.kind == inputNode {
				if err := w.complete(NodeID(id)); err != nil {
					return err
				}
			}
		}
	case m.rows == nil:
		return w.done(m.to, m.port)
	default:
		s := w.nodes[m.to]
		from := m.to
		var err error
		if s.node.kind == inputNode {
			err = s.emit(m.rows.Peek())
		} else {
			from = s.node.Inputs[m.port].From
			err = w.push(s, m.port, m.rows.Peek())
		}
		w.c.pools[from].Recycle(m.rows)
		w.c.took(m.size)
		return err
	}
	return nil
}

// push hands rows to a node of this worker.
func (w *worker) push(s *station, port int, b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	outer, start := w.at, w.c.now()
	w.at = s
	s.in.Add(int64(b.Rows))
	if w.c.Scribble {
		b = b.Clone()
		defer scribble(b)
	}
	var err error
	switch {
	case s.node.kind == sinkNode:
		s.out.Add(int64(b.Rows))
		err = w.c.Output(w.id, s.node.sink, b)
	case s.applier != nil:
		err = s.applier.Apply(port, b, s.emit)
	default:
		s.ready = true
		w.debt += mergeRows * b.Rows
		err = s.op.Push(port, b)
	}
	s.busy.Add(int64(w.c.now() - start))
	w.at = outer
	return w.named(s, err)
}

// emit passes the output of a node on.
func (w *worker) emit(s *station, b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	s.out.Add(int64(b.Rows))
	for o, out := range s.node.outs {
		if r := s.routers[o]; r != nil {
			r.Route(b)
			continue
		}
		if err := w.push(w.nodes[out.to], out.port, b); err != nil {
			return err
		}
	}
	return nil
}

// next returns the most downstream node that has something to do, or nil.
func (w *worker) next() *station {
	for _, v := range slices.Backward(w.nodes) {
		if v.ready {
			return v
		}
	}
	return nil
}

// step lets a node work for a while, and completes it when that was all.
func (w *worker) step(s *station) error {
	start := w.c.now()
	w.at = s
	more, err := s.op.Step(w.c.Budget, s.emit)
	s.busy.Add(int64(w.c.now() - start))
	w.at = nil
	if err != nil {
		return w.named(s, err)
	}
	if more {
		return nil
	}
	if s.open > 0 {
		s.ready = false
		return nil
	}
	if w.crowded(s) { // the epoch waits: readers would have to probe too many runs
		return nil
	}
	s.ready = false
	return w.complete(s.id)
}

// done notes that one sender has no more rows for a port.
func (w *worker) done(id NodeID, port int) error {
	s := w.nodes[id]
	s.waits[port]--
	if s.waits[port] > 0 {
		return nil
	}
	s.open--
	if s.node.kind == operatorNode {
		w.at = s
		s.op.Done(port)
		w.at = nil
	}
	if s.node.kind == operatorNode {
		s.ready = true
		return nil
	}
	if s.open > 0 {
		return nil
	}
	return w.complete(id)
}

// complete says that a node's output of this epoch is complete.
func (w *worker) complete(id NodeID) error {
	s := w.nodes[id]
	if s.ended {
		panic("circuit: node " + s.node.Name + " ended twice in an epoch")
	}
	s.ended = true
	w.open--
	w.measure(s)
	for o, out := range s.node.outs {
		switch r := s.routers[o]; {
		case r != nil:
			r.Flush()
			for to := range w.c.workers {
				w.c.send(to, message{to: out.to, port: out.port})
			}
		default:
			if err := w.done(out.to, out.port); err != nil {
				return err
			}
		}
	}
	if w.open == 0 {
		w.reset()
		w.c.workerDone()
		w.payDebt()
	}
	return nil
}

// crowded maintains the state of a node that has too many runs, and reports whether it had.
func (w *worker) crowded(s *station) bool {
	if s.keeper == nil {
		return false
	}
	for _, a := range s.keeper.Arrangements() {
		if a.Stats().Runs > arrange.MaxRuns {
			a.Maintain(mergeSlice)
			return true
		}
	}
	return false
}

// payDebt merges for the rows that came, so that state stays merged even when the next epoch is
// always there already; what is left is done when there is nothing else to do.
func (w *worker) payDebt() {
	w.unmerged = true
	for paid := 0; w.debt >= mergeSlice && paid < 32*mergeSlice && w.unmerged; paid += mergeSlice {
		w.maintain(mergeSlice)
		w.debt -= mergeSlice
	}
	if !w.unmerged {
		w.debt = 0
	}
}

// maintain merges about rows rows of state, wherever it is due.
func (w *worker) maintain(rows int) {
	w.unmerged = false
	for _, s := range w.nodes {
		if s.keeper == nil {
			continue
		}
		for _, a := range s.keeper.Arrangements() {
			if a.Maintain(rows) {
				w.unmerged = true
				w.measure(s)
				return
			}
		}
		w.measure(s)
	}
}

// measure notes the size of a node's state for Stats, and when it is due.
func (w *worker) measure(s *station) {
	if s.timed != nil {
		s.due.Store(s.timed.Due())
	}
	if s.keeper == nil {
		return
	}
	var sum arrange.Stats
	for _, a := range s.keeper.Arrangements() {
		st := a.Stats()
		sum.Rows += st.Rows
		sum.Bytes += st.Bytes
		sum.Runs = max(sum.Runs, st.Runs)
	}
	s.rows.Store(int64(sum.Rows))
	s.bytes.Store(int64(sum.Bytes))
	s.runs.Store(int64(sum.Runs))
}

// named gives an error the name of the node it comes from, once.
func (w *worker) named(s *station, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*NodeError); ok { //nolint:errorlint // only a node of this circuit wraps here
		return err
	}
	return &NodeError{Node: s.node.Name, Err: err}
}

// scribble overwrites rows that were borrowed, so that whoever kept them shows.
func scribble(b *batch.Batch) {
	for c := range b.Cols {
		for i := range b.Cols[c].Data {
			b.Cols[c].Data[i] = 0xa5
		}
		clear(b.Cols[c].Valid)
		clear(b.Cols[c].Offsets)
	}
	for i := range b.Weights {
		b.Weights[i] = 1 << 40
	}
}
