package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Distinct turns weights into presence: a row is in its output once if its weight in the input is
// positive, and not at all otherwise.
//
//	distinct(a) = { x: 1 | a[x] > 0 }
//
// It keeps the weight of every row. It is not linear, so it answers only when its port is done and
// the epoch's input is consolidated; its output changes only for rows whose weight crosses 0.
type Distinct struct {
	input  port.Input
	state  *arrange.Arrangement
	old    *arrange.Reader
	scan   *arrange.Scan
	prober arrange.Prober
	before []batch.Weight
	sel    []int32
	out    port.Output
}

// NewDistinct returns a distinct over rows of the given types. Placed are the columns whose hash
// says which worker has a row; none: all columns.
func NewDistinct(types []batch.Type, placed ...int) *Distinct {
	spec := arrange.Spec{Types: types, Owner: placed, Key: len(types), SegmentBytes: port.SegmentBytes}
	return &Distinct{input: port.NewInput(spec), state: arrange.New(spec), out: port.NewOutput(types)}
}

// Push gathers rows.
func (d *Distinct) Push(_ int, b *batch.Batch) error {
	d.input.Builder.Append(b, nil)
	return nil
}

// Append gathers columns cols of all rows of b; nil: all columns.
func (d *Distinct) Append(b *batch.Batch, cols []int) { d.input.Builder.Append(b, cols) }

// AppendSelected gathers columns cols of the rows sel of b; nil: all columns.
func (d *Distinct) AppendSelected(b *batch.Batch, cols []int, sel []int32) {
	d.input.Builder.AppendSelected(b, cols, sel)
}

// Done ends the epoch's input.
func (d *Distinct) Done(int) { d.input.Done = true }

// Step seals the input, then compares the weights before and after.
func (d *Distinct) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := d.input.Seal(budget); !ready {
		return more, nil
	}
	if d.scan == nil {
		d.old = d.state.Reader()
		d.scan = arrange.NewScan(d.input.Run)
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := d.scan.Next(port.OutRows)
		if !ok {
			d.old.Close()
			d.state.Add(d.input.Run.Retain())
			d.old, d.scan = nil, nil
			d.input.Reset()
			return false, d.out.Flush(out)
		}
		d.cross(block)
		if d.out.N >= port.OutRows {
			if err := d.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= block.Len()
	}
	return true, nil
}

// cross finds the rows of a block whose weight crosses 0.
func (d *Distinct) cross(block *arrange.Block) {
	n := block.Len()
	d.before = append(d.before[:0], make([]batch.Weight, n)...)
	d.prober.Weights(d.before, d.old, block.Probed)
	d.sel = d.sel[:0]
	for i, before := range d.before {
		after := before + block.Segment.Weight(int32(block.Lo+i))
		if (before > 0) != (after > 0) {
			d.sel = append(d.sel, int32(i))
		}
	}
	for c, v := range d.out.Cols {
		kernel.Gather(v, &block.Keys[c], d.sel)
	}
	weights := d.out.Room(len(d.sel))
	for k, i := range d.sel {
		weights[k] = 1
		if d.before[i] > 0 {
			weights[k] = -1
		}
	}
}

// Arrangements returns the weights of all rows.
func (d *Distinct) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{d.state} }

// Release frees all memory.
func (d *Distinct) Release() {
	d.old.Close()
	d.input.Release()
	d.state.Release()
}
