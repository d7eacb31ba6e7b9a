package aggregate

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Count is the Aggregate whose only results are COUNT(*): a group's row in the state needs no
// accumulators, its weight is the count.
//
//	count(a) = { (k, n): 1 | n = the sum of the weights of a where key = k, n > 0 }
type Count struct {
	input         port.Input
	store         []int
	calls         int
	state         *arrange.Arrangement
	old           *arrange.Reader
	scan          *arrange.Scan
	prober        arrange.Prober
	before, after []batch.Weight
	was, now      []int32
	out           port.Output
}

func newCount(o Options) *Count {
	store := slices.Concat(o.Keys, o.Carried)
	spec := arrange.Spec{Types: port.Project(o.Types, store), Key: len(store), Hashed: len(o.Keys), Owner: o.owner(), SegmentBytes: port.SegmentBytes}
	types := slices.Concat(spec.Types, slices.Repeat([]batch.Type{batch.T(batch.Int64)}, len(o.Calls)))
	return &Count{input: port.NewInput(spec), store: store, calls: len(o.Calls), state: arrange.New(spec), out: port.NewOutput(types)}
}

// Push gathers rows.
func (c *Count) Push(_ int, b *batch.Batch) error {
	c.input.Builder.Append(b, c.store)
	return nil
}

// Done ends the epoch's input.
func (c *Count) Done(int) { c.input.Done = true }

// Step seals the input, then compares the counts before and after.
func (c *Count) Step(budget operators.Budget, out operators.Emit) (bool, error) {
	if ready, more := c.input.Seal(budget); !ready {
		return more, nil
	}
	if c.scan == nil {
		c.old = c.state.Reader()
		c.scan = arrange.NewScan(c.input.Run)
	}
	for rows := budget.Rows; rows > 0; {
		block, ok := c.scan.Next(port.OutRows)
		if !ok {
			c.old.Close()
			c.state.Add(c.input.Run.Retain())
			c.old, c.scan = nil, nil
			c.input.Reset()
			return false, c.out.Flush(out)
		}
		c.compare(block)
		if c.out.N >= port.OutRows {
			if err := c.out.Flush(out); err != nil {
				return false, err
			}
		}
		rows -= block.Len()
	}
	return true, nil
}

// compare emits the old count of each group of a block, taken back, and the new one.
func (c *Count) compare(block *arrange.Block) {
	c.before = zeros(c.before, block.Len())
	c.after = c.after[:0]
	c.prober.Weights(c.before, c.old, block.Probed)
	c.was, c.now = c.was[:0], c.now[:0]
	for i, before := range c.before {
		after := before + block.Segment.Weight(int32(block.Lo+i)) // never 0: the rows are consolidated
		c.after = append(c.after, after)
		if before > 0 {
			c.was = append(c.was, int32(i))
		}
		if after > 0 {
			c.now = append(c.now, int32(i))
		}
	}
	c.put(block, c.was, c.before, -1)
	c.put(block, c.now, c.after, 1)
}

// put puts groups with their counts into the output, each with weight w.
func (c *Count) put(block *arrange.Block, groups []int32, counts []batch.Weight, w batch.Weight) {
	if len(groups) == 0 {
		return
	}
	keys := len(c.store)
	for i, v := range c.out.Cols[:keys] {
		kernel.Gather(v, &block.Keys[i], groups)
	}
	for _, v := range c.out.Cols[keys:] {
		dst := batch.Extend[int64](v, len(groups))
		for k, i := range groups {
			dst[k] = int64(counts[i])
		}
	}
	if w == 1 {
		c.out.Ones(len(groups))
		return
	}
	weights := c.out.Room(len(groups))
	for k := range weights {
		weights[k] = w
	}
}

// Arrangements returns the counts of all groups.
func (c *Count) Arrangements() []*arrange.Arrangement { return []*arrange.Arrangement{c.state} }

// Release frees all memory.
func (c *Count) Release() {
	c.old.Close()
	c.input.Release()
	c.state.Release()
}
