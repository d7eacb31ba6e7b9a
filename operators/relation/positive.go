package relation

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Positive drops the rows whose weight is not positive and leaves the others as often as they are.
//
//	positive(a) = { x: a[x] | a[x] > 0 }
//
// With it a - b becomes EXCEPT ALL. It keeps the weight of every row, and answers when its port is done.
type Positive struct {
	input  input
	state  *arrange.Arrangement
	old    *arrange.Reader
	scan   *arrange.Scan
	prober arrange.Prober
	before []batch.Weight
	sel    []int32
	change []batch.Weight
	out    output
}

// NewPositive returns a positive over rows of the given types. Placed are the columns whose hash says which
// worker has a row; none: all columns.
func NewPositive(types []batch.Type, placed ...int) *Positive {
	spec := arrange.Spec{Types: types, Owner: placed, Key: len(types), SegmentBytes: segmentBytes}
	return &Positive{input: newInput(spec), state: arrange.New(spec), out: newOutput(types)}
}

// Push gathers rows.
func (p *Positive) Push(_ int, b *batch.Batch) error {
	p.input.builder.Append(b, nil)
	return nil
}

// Done ends the epoch's input.
func (p *Positive) Done(int) { p.input.done = true }

// Step seals the input, then compares the weights before and after.
func (p *Positive) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := p.input.seal(budget); !ready {
		return more, nil
	}
	if p.scan == nil {
		p.old = p.state.Reader()
		p.scan = arrange.NewScan(p.input.run)
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := p.scan.Next(outRows)
		if !ok {
			p.old.Close()
			p.state.Add(p.input.run.Retain())
			p.old, p.scan = nil, nil
			p.input.reset()
			return false, p.out.flush(out)
		}
		p.block(block)
		if p.out.n >= outRows {
			if err := p.out.flush(out); err != nil {
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
	for c, v := range p.out.cols {
		kernel.Gather(v, &block.Keys[c], p.sel)
	}
	copy(p.out.room(len(p.sel)), p.change)
}

// Arrangements returns the weights of all rows.
func (p *Positive) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{p.state} }

// Release frees all memory.
func (p *Positive) Release() {
	p.old.Close()
	p.input.release()
	p.state.Release()
}
