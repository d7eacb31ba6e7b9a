package aggregate

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// partialRows is how many rows a Partial gathers.
const partialRows = 64 << 10

// Linear reports whether all calls of o are sums over rows, so that a Partial can stand before the
// exchange.
func Linear(o Options) bool {
	return !slices.ContainsFunc(o.Calls, func(c Call) bool { return c.Distinct || folds[c.Func] != 0 })
}

// PartialTypes returns the types of a Partial's output: the keys, the carried columns, then the
// accumulators.
func PartialTypes(o Options) []batch.Type {
	l := newLayout(o)
	return append(port.Project(o.Types, slices.Concat(o.Keys, o.Carried)), l.types...)
}

// Partial adds up the rows of groups, as far as they meet, into accumulators: it stands before an
// exchange and makes few rows of many. An Aggregate with Merge set adds up the accumulators.
//
//	aggregate(a) = merge(partial(a))
//
// It is linear and keeps nothing between epochs. Where groups turn out to be small it only turns
// each row into accumulators, for the rest of the epoch.
type Partial struct {
	lay      layout
	spec     arrange.Spec
	store    []int
	builder  *arrange.Builder
	waiting  port.Waiting
	acc      accumulators
	identity []int32
	idle     bool
	open     bool
}

// NewPartial returns the first half of an aggregate whose calls are linear.
func NewPartial(o Options) *Partial {
	if !Linear(o) {
		panic("aggregate: partial sums of calls that are not linear")
	}
	p := &Partial{lay: newLayout(o), store: slices.Concat(o.Keys, o.Carried), open: true}
	key := len(p.store)
	p.store = append(p.store, p.lay.args...)
	p.spec = arrange.Spec{Types: port.Project(o.Types, p.store), Key: key, Hashed: len(o.Keys), Loose: true, SegmentBytes: port.SegmentBytes}
	p.builder = arrange.NewBuilder(p.spec)
	return p
}

// Apply gathers rows, and emits their sums when they are enough.
func (p *Partial) Apply(_ int, b *batch.Batch, out operators.Emit) error {
	if !p.open {
		p.open, p.idle = true, false
	}
	if p.idle {
		return p.each(b, out)
	}
	p.builder.Append(b, p.store)
	if p.builder.Rows() < partialRows {
		return nil
	}
	return p.emit(out)
}

// emit adds up the rows gathered, group by group.
func (p *Partial) emit(out operators.Emit) error {
	before := p.builder.Rows()
	run, done := p.builder.Seal(before)
	for !done {
		run, done = p.builder.Seal(before)
	}
	defer run.Release()
	groups := 0
	scan := arrange.NewScan(run)
	for b, ok := scan.Next(groupBlock); ok; b, ok = scan.Next(groupBlock) {
		groups += b.Len()
		p.count(b.Hi)
		rows := kernel.GroupRows{Hits: p.identity[:b.Len()], Groups: p.identity[b.Lo:b.Hi], Offsets: b.Segment.Offsets(), Weights: b.Segment.Weights()}
		if err := p.put(b.Keys, &rows, b.Segment.Values(), out); err != nil {
			return err
		}
	}
	p.idle = groups > before/4*3
	return nil
}

// each turns every row into the accumulators of a group of its own.
func (p *Partial) each(b *batch.Batch, out operators.Emit) error {
	b = b.Project(p.store)
	key := p.spec.Key
	for at := 0; at < b.Rows; at += groupBlock {
		part := b.Slice(at, min(at+groupBlock, b.Rows))
		p.count(part.Rows)
		rows := kernel.GroupRows{Hits: p.identity[:part.Rows], Groups: p.identity[:part.Rows], Weights: part.Weights}
		if err := p.put(part.Cols[:key], &rows, part.Cols[key:], out); err != nil {
			return err
		}
	}
	return nil
}

// count makes identity hold the numbers below n.
func (p *Partial) count(n int) {
	for len(p.identity) < n {
		p.identity = append(p.identity, int32(len(p.identity)))
	}
}

// put emits the sums of groups.
func (p *Partial) put(keys []batch.Column, rows *kernel.GroupRows, values []batch.Column, out operators.Emit) error {
	n := len(rows.Hits)
	p.acc.reset(&p.lay, n)
	p.acc.sum(&p.lay, linear, rows, values)
	return out(&batch.Batch{Cols: append(slices.Clone(keys), p.acc.columns(&p.lay)...), Rows: n})
}

// Push keeps rows for the next Step.
func (p *Partial) Push(port int, b *batch.Batch) error {
	p.waiting.Push(port, b)
	return nil
}

// Done ends the epoch's input.
func (p *Partial) Done(int) { p.open = false }

// Step emits what is left when the input has ended.
func (p *Partial) Step(_ operators.Budget, out operators.Emit) (bool, error) {
	open := p.open
	if err := p.waiting.Step(p, out); err != nil {
		return false, err
	}
	p.open = open
	if p.open || p.builder.Rows() == 0 {
		return false, nil
	}
	return false, p.emit(out)
}
