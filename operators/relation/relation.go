// Package relation holds the operators of relational algebra over Z-sets, one file each, which opens
// with its equation.
//
// The linear ones answer as rows come. The others gather the rows of an epoch, seal them into a
// sorted and consolidated run when their port is done, and answer in the order of the keys' hashes,
// a bounded piece of work at a time; they keep arrangements and nothing else between epochs.
package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Dead takes a row that could not pass, with its weight and the reason: the dead letters of an
// operator are a Z-set, and the retraction of a row takes its dead letter back. The batch is
// borrowed.
type Dead func(b *batch.Batch, row int, w batch.Weight, reason string)

// drop is the Dead of an operator that was given none.
func drop(*batch.Batch, int, batch.Weight, string) {}

// outRows is how many rows an operator gathers before it emits them.
const outRows = 8 << 10

// output gathers rows to emit, column by column.
type output struct {
	cols     []*batch.Vector
	weights  []batch.Weight
	weighted bool
	n        int
}

func newOutput(types []batch.Type) output {
	o := output{cols: make([]*batch.Vector, len(types))}
	for i, t := range types {
		o.cols[i] = batch.NewVector(t)
	}
	return o
}

// ones counts n rows of weight +1 whose values were appended.
func (o *output) ones(n int) {
	if o.weighted {
		for range n {
			o.weights = append(o.weights, 1)
		}
	}
	o.n += n
}

// room counts n rows whose values were appended and returns where their weights go.
func (o *output) room(n int) []batch.Weight {
	if !o.weighted {
		o.weighted = true
		before := o.n
		o.n = 0
		o.weights = o.weights[:0]
		o.ones(before)
	}
	o.ones(n)
	return o.weights[o.n-n:]
}

// rows returns what was gathered, valid until the next reset.
func (o *output) rows() *batch.Batch {
	b := &batch.Batch{Cols: make([]batch.Column, len(o.cols)), Rows: o.n}
	for i, v := range o.cols {
		b.Cols[i] = v.Peek()
	}
	if o.weighted {
		b.Weights = o.weights
	}
	return b
}

func (o *output) reset() {
	for _, v := range o.cols {
		v.Reset()
	}
	o.weights, o.weighted, o.n = o.weights[:0], false, 0
}

// flush emits what was gathered.
func (o *output) flush(out operators.Emit) error {
	if o.n == 0 {
		return nil
	}
	err := out(o.rows())
	o.reset()
	return err
}

// project returns the types of the columns cols.
func project(types []batch.Type, cols []int) []batch.Type {
	out := make([]batch.Type, len(cols))
	for i, c := range cols {
		out[i] = types[c]
	}
	return out
}

// waiting makes an operator.Operator of an Applier where there is no circuit to call Apply: it keeps
// copies of the batches until the next Step.
type waiting struct {
	ports []int
	rows  []*batch.Batch
}

func (q *waiting) push(port int, b *batch.Batch) {
	q.ports, q.rows = append(q.ports, port), append(q.rows, b.Clone())
}

// step applies what waits.
func (q *waiting) step(a operators.Applier, out operators.Emit) error {
	for i, b := range q.rows {
		if err := a.Apply(q.ports[i], b, out); err != nil {
			return err
		}
	}
	q.ports, q.rows = q.ports[:0], q.rows[:0]
	return nil
}

// segmentBytes is the size of the segments of all state; zero: what arrange says. Tests make it small.
var segmentBytes int
