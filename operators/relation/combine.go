package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// CombineOptions says what a Combine does.
type CombineOptions struct {
	// Types are those of the rows.
	Types []batch.Type
	// Rows is how many rows are gathered at most. Zero means 64 Ki.
	Rows int
}

// Combine passes rows on with the weights of equal rows added up, as far as they meet.
//
//	combine(a) = a
//
// It is linear and keeps nothing between epochs: it stands before an exchange and makes fewer rows
// of many. Where rows turn out to be mostly different it stops looking for the rest of the epoch.
type Combine struct {
	rows    int
	spec    arrange.Spec
	builder *arrange.Builder
	waiting port.Waiting
	idle    bool // not worth it in this epoch
	open    bool
}

// NewCombine returns a combine.
func NewCombine(o CombineOptions) *Combine {
	if o.Rows == 0 {
		o.Rows = 64 << 10
	}
	spec := arrange.Spec{Types: o.Types, Key: len(o.Types), SegmentBytes: port.SegmentBytes}
	return &Combine{rows: o.Rows, spec: spec, builder: arrange.NewBuilder(spec), open: true}
}

// Apply gathers rows, and emits those gathered when they are enough.
func (c *Combine) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	if !c.open { // the first rows of an epoch
		c.open, c.idle = true, false
	}
	if c.idle {
		return out(b)
	}
	c.builder.Append(b, nil)
	if c.builder.Rows() < c.rows {
		return nil
	}
	return c.emit(out)
}

// emit seals and emits what was gathered.
func (c *Combine) emit(out operators.Emit) error {
	before := c.builder.Rows()
	run, done := c.builder.Seal(before)
	for !done {
		run, done = c.builder.Seal(before)
	}
	defer run.Release()
	c.idle = run.Rows() > before/4*3
	for _, s := range run.Segments() {
		b := &batch.Batch{Cols: s.Keys(), Rows: s.Groups(), Weights: s.Weights()}
		for at := 0; at < b.Rows; at += port.OutRows {
			if err := out(b.Slice(at, min(at+port.OutRows, b.Rows))); err != nil {
				return err
			}
		}
	}
	return nil
}

// Push keeps rows for the next Step.
func (c *Combine) Push(port int, b *batch.Batch) error {
	c.waiting.Push(port, b)
	return nil
}

// Done ends the epoch's input.
func (c *Combine) Done(int) { c.open = false }

// Step emits what is left when the input has ended.
func (c *Combine) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	open := c.open
	if err := c.waiting.Step(c, out); err != nil {
		return false, err
	}
	c.open = open
	if c.open || c.builder.Rows() == 0 {
		return false, nil
	}
	return false, c.emit(out)
}
