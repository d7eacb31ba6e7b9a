package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Positive drops the rows whose weight is not positive and leaves the others as often as they are.
//
//	positive(a) = { x: a[x] | a[x] > 0 }
//
// With it a - b becomes EXCEPT ALL. It keeps the weight of every row, and answers when its port is done.
type Positive struct {
	input  port.Input
	state  *arrange.Arrangement
	old    *arrange.Reader
	scan   *arrange.Scan
	prober arrange.Prober
	before []batch.Weight
	sel    []int32
	change []batch.Weight
	out    port.Output
}

// NewPositive returns a positive over rows of the given types. Placed are the columns whose hash says which
// worker has a row; none: all columns.
func NewPositive(types []batch.Type, placed ...int) *Positive {
	spec := arrange.Spec{Types: types, Owner: placed, Key: len(types), SegmentBytes: port.SegmentBytes}
	return &Positive{input: port.NewInput(spec), state: arrange.New(spec), out: port.NewOutput(types)}
}

// Push gathers rows.
func (p *Positive) Push(_ int, b *batch.Batch) error {
	p.input.Builder.Append(b, nil)
	return nil
}

// Done ends the epoch's input.
func (p *Positive) Done(int) { p.input.Done = true }

// Step seals the input, then compares the weights before and after.
func (p *Positive) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := p.input.Seal(budget); !ready {
		return more, nil
	}
	if p.scan == nil {
		p.old = p.state.Reader()
		p.scan = arrange.NewScan(p.input.Run)
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := p.scan.Next(port.OutRows)
		if !ok {
			p.old.Close()
			p.state.Add(p.input.Run.Retain())
			p.old, p.scan = nil, nil
			p.input.Reset()
			return false, p.out.Flush(out)
		}
		p.block(block)
		if p.out.N >= port.OutRows {
			if err := p.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= block.Len()
	}
	return true, nil
}

// block emits how the positive weights of a block's rows change.
func (p *Positive) block(block *arrange.Block) {
	n := block.Len()
	p.before = append(p.before[:0], make([]batch.Weight, n)...)
	p.prober.Weights(p.before, p.old, block.Probed)
	p.sel, p.change = p.sel[:0], p.change[:0]
	for i, before := range p.before {
		after := before + block.Segment.Weight(int32(block.Lo+i))
		if w := max(after, 0) - max(before, 0); w != 0 {
			p.sel, p.change = append(p.sel, int32(i)), append(p.change, w)
		}
	}
	for c, v := range p.out.Cols {
		kernel.Gather(v, &block.Keys[c], p.sel)
	}
	copy(p.out.Room(len(p.sel)), p.change)
}

// Arrangements returns the weights of all rows.
func (p *Positive) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{p.state} }

// Release frees all memory.
func (p *Positive) Release() {
	p.old.Close()
	p.input.Release()
	p.state.Release()
}
