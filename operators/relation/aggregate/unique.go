package aggregate

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// uniqueSource turns the values of some columns, none of them null, into each group's distinct values, over which linear
// accumulators then run.
type uniqueSource struct {
	distinct *relation.Distinct
	done     bool
	store    []int
	cols     []int // the values, in store behind the group
	sel      []int32
	input    port.Input
	spec     arrange.Spec
	delta    *arrange.Reader
	prober   arrange.Prober
}

func newUniqueSource(o Options, group, cols []int) *uniqueSource {
	store := slices.Concat(group, cols)
	types := port.Project(o.Types, store)
	owner := o.owner()
	if owner == nil {
		for c := range o.Keys {
			owner = append(owner, c)
		}
	}
	spec := arrange.Spec{Types: types, Key: len(group), Hashed: len(o.Keys), Loose: true, SegmentBytes: port.SegmentBytes}
	return &uniqueSource{distinct: relation.NewDistinct(types, owner...), store: store, cols: cols, input: port.NewInput(spec), spec: spec}
}

func (u *uniqueSource) push(b *batch.Batch) {
	u.sel = appendValid(u.distinct, b, valid{u.store, u.cols}, u.sel)
}

// seal finds which values the groups have got and lost.
func (u *uniqueSource) seal(budget operators.Budget) (ready, more bool, err error) {
	if !u.done {
		return false, false, nil
	}
	if !u.input.Done {
		more, err := u.distinct.Step(budget, func(b *batch.Batch) error {
			u.input.Builder.Append(b, nil)
			return nil
		})
		if more || err != nil {
			return false, more, err
		}
		u.input.Done = true
	}
	ready, more = u.input.Seal(budget)
	if ready && u.delta == nil {
		u.delta = arrange.NewReader(u.spec, u.input.Run)
	}
	return ready, more, nil
}

// sum adds the distinct values that the groups of a block have got and lost. A group that goes on
// from the block before was looked up there.
func (u *uniqueSource) sum(a *Aggregate, source int, b *arrange.Block) {
	u.prober.Start(u.delta, b.Probed)
	for m, ok := u.prober.Next(); ok; m, ok = u.prober.Next() {
		hits, groups := m.Hits, m.Groups
		if b.Continued && hits[0] == 0 {
			hits, groups = hits[1:], groups[1:]
		}
		rows := kernel.GroupRows{Hits: hits, Groups: groups, Offsets: m.Segment.Offsets(), Weights: m.Segment.Weights()}
		a.now.sum(&a.lay, source, &rows, m.Segment.Values())
	}
}

func (u *uniqueSource) reset() {
	u.delta.Close()
	u.delta = nil
	u.done = false
	u.input.Reset()
}

func (u *uniqueSource) release() {
	u.delta.Close()
	u.distinct.Release()
	u.input.Release()
}
