// Package port holds what operators gather their rows with: the input of an epoch, which becomes a run, and the
// output, which becomes batches.
package port

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Dead takes a row that could not pass, with its weight and the reason: the dead letters of an
// operator are a Z-set, and the retraction of a row takes its dead letter back. The batch is
// borrowed.
type Dead func(b *batch.Batch, row int, w batch.Weight, reason string)

// Drop is the Dead of an operator that was given none.
func Drop(*batch.Batch, int, batch.Weight, string) {}

// OutRows is how many rows an operator gathers before it emits them.
const OutRows = 8 << 10

// outBytes is how large they may be.
const outBytes = 16 << 20

// Output gathers rows to emit, column by column.
type Output struct {
	// Cols take the values; Ones or Room then says how many rows they were.
	Cols     []*batch.Vector
	weights  []batch.Weight
	weighted bool
	// N is how many rows there are.
	N int
}

// NewOutput returns an empty output of columns of the given types.
func NewOutput(types []batch.Type) Output {
	o := Output{Cols: make([]*batch.Vector, len(types))}
	for i, t := range types {
		o.Cols[i] = batch.NewVector(t)
	}
	return o
}

// Ones counts n rows of weight +1 whose values were appended.
func (o *Output) Ones(n int) {
	if o.weighted {
		for range n {
			o.weights = append(o.weights, 1)
		}
	}
	o.N += n
}

// Room counts n rows whose values were appended and returns where their weights go.
func (o *Output) Room(n int) []batch.Weight {
	if !o.weighted {
		o.weighted = true
		before := o.N
		o.N = 0
		o.weights = o.weights[:0]
		o.Ones(before)
	}
	o.Ones(n)
	return o.weights[o.N-n:]
}

// Rows returns what was gathered, valid until the next reset.
func (o *Output) Rows() *batch.Batch {
	b := &batch.Batch{Cols: make([]batch.Column, len(o.Cols)), Rows: o.N}
	for i, v := range o.Cols {
		b.Cols[i] = v.Peek()
	}
	if o.weighted {
		b.Weights = o.weights
	}
	return b
}

// Full reports whether enough was gathered to emit it.
func (o *Output) Full() bool {
	bytes := 0
	for _, v := range o.Cols {
		bytes += v.Bytes()
	}
	return o.N >= OutRows || bytes >= outBytes
}

// Reset forgets what was gathered.
func (o *Output) Reset() {
	for _, v := range o.Cols {
		v.Reset()
	}
	o.weights, o.weighted, o.N = o.weights[:0], false, 0
}

// Take returns the rows sel of b in o's memory, until the next call.
func (o *Output) Take(b *batch.Batch, sel []int32) *batch.Batch {
	if o.Cols == nil {
		*o = NewOutput(b.Types())
	}
	o.Reset()
	for c, v := range o.Cols {
		kernel.Gather(v, &b.Cols[c], sel)
	}
	if b.Weights == nil {
		o.Ones(len(sel))
	} else {
		kernel.Take(o.Room(len(sel)), b.Weights, sel)
	}
	return o.Rows()
}

// Flush emits what was gathered.
func (o *Output) Flush(out operators.Emit) error {
	if o.N == 0 {
		return nil
	}
	err := out(o.Rows())
	o.Reset()
	return err
}

// Project returns the types of the columns cols.
func Project(types []batch.Type, cols []int) []batch.Type {
	out := make([]batch.Type, len(cols))
	for i, c := range cols {
		out[i] = types[c]
	}
	return out
}

// Grown returns s with n elements: those that it has and zero ones.
func Grown[T any](s []T, n int) []T {
	for len(s) < n {
		var zero T
		s = append(s, zero)
	}
	return s[:n]
}

// Waiting makes an operators.Operator of an Applier where there is no circuit to call Apply: it keeps
// copies of the batches until the next Step.
type Waiting struct {
	ports []int
	rows  []*batch.Batch
}

// Push keeps a batch.
func (q *Waiting) Push(port int, b *batch.Batch) {
	q.ports, q.rows = append(q.ports, port), append(q.rows, b.Clone())
}

// Step applies what waits.
func (q *Waiting) Step(a operators.Applier, out operators.Emit) error {
	for i, b := range q.rows {
		if err := a.Apply(q.ports[i], b, out); err != nil {
			return err
		}
	}
	q.ports, q.rows = q.ports[:0], q.rows[:0]
	return nil
}

// SegmentBytes is the size of the segments of all state; zero: what arrange says. Tests make it small.
var SegmentBytes int
