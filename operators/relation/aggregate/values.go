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

// valueSet keeps the values of one column that are not null, by group and in order, for MIN and MAX.
type valueSet struct {
	input  port.Input
	store  []int
	state  *arrange.Arrangement
	delta  *arrange.Reader
	new    *arrange.Reader
	prober arrange.Prober
	sel    []int32
	spans  [][]valueSpan // of the groups of a block that have changed
}

// valueSpan is rows of a group in one segment, in the order of their values.
type valueSpan struct {
	seg    *arrange.Segment
	lo, hi int32
}

func newValueSet(o Options, group []int, col int) *valueSet {
	store := append(slices.Clone(group), col)
	spec := arrange.Spec{Types: port.Project(o.Types, store), Key: len(group), Hashed: len(o.Keys), Owner: o.owner(), SegmentBytes: port.SegmentBytes}
	return &valueSet{input: port.NewInput(spec), store: store, state: arrange.New(spec)}
}

// push gathers the rows whose value is not null.
func (s *valueSet) push(b *batch.Batch) {
	s.sel = appendValid(s.input.Builder, b, s.store, s.sel)
}

// gatherer takes columns of rows.
type gatherer interface {
	Append(b *batch.Batch, cols []int)
	AppendSelected(b *batch.Batch, cols []int, sel []int32)
}

// appendValid appends the columns store of the rows of b whose last such column is not null.
func appendValid(to gatherer, b *batch.Batch, store []int, sel []int32) []int32 {
	valid := b.Cols[store[len(store)-1]].Valid
	if valid == nil {
		to.Append(b, store)
		return sel
	}
	if sel = kernel.Select(sel[:0], valid, nil, b.Rows); len(sel) > 0 {
		to.AppendSelected(b, store, sel)
	}
	return sel
}

// seal makes the epoch's values part of the state.
func (s *valueSet) seal(budget operators.Budget) (ready, more bool) {
	if s.new != nil {
		return true, false
	}
	if ready, more = s.input.Seal(budget); !ready {
		return false, more
	}
	s.delta = arrange.NewReader(s.state.Spec(), s.input.Run)
	s.state.Add(s.input.Run.Retain())
	s.new = s.state.Reader()
	return true, false
}

// extremes fills in the least and the greatest values of set number at after the epoch: those from
// before where no value of the group has changed.
func (s *valueSet) extremes(keys arrange.Probed, l *layout, at int, acc [2]*accumulators) {
	s.find(keys)
	was, now := acc[0], acc[1]
	for _, slot := range l.slots {
		if slot.kind < minSlot || slot.source != at {
			continue
		}
		before := was.extreme[slot.index].Peek()
		out := now.extreme[slot.index]
		for i, spans := range s.spans {
			if spans == nil {
				out.AppendColumn(&before, i, i+1)
			} else if seg, row := first(slices.Clone(spans), slot.kind == maxSlot); seg == nil {
				out.AppendNull()
			} else {
				out.AppendColumn(&seg.Values()[0], int(row), int(row)+1)
			}
		}
	}
}

// find sets spans: nil for groups whose values have not changed.
func (s *valueSet) find(keys arrange.Probed) {
	for i := range s.spans {
		s.spans[i] = nil
	}
	s.spans = port.Grown(s.spans, len(keys.Hashes))
	touched := false
	s.prober.Start(s.delta, keys)
	for m, ok := s.prober.Next(); ok; m, ok = s.prober.Next() {
		for _, hit := range m.Hits {
			s.spans[hit], touched = []valueSpan{}, true
		}
	}
	if !touched {
		return
	}
	s.prober.Start(s.new, keys)
	for m, ok := s.prober.Next(); ok; m, ok = s.prober.Next() {
		for i, hit := range m.Hits {
			if s.spans[hit] != nil {
				lo, hi := m.Segment.Span(m.Groups[i])
				s.spans[hit] = append(s.spans[hit], valueSpan{seg: m.Segment, lo: lo, hi: hi})
			}
		}
	}
}

// first returns the first row, or with last set the last one, of the rows of all spans together
// whose weights sum to above 0, or nil. It uses the spans up.
func first(spans []valueSpan, last bool) (*arrange.Segment, int32) {
	for {
		best := -1
		for i := range spans {
			if spans[i].lo == spans[i].hi {
				continue
			}
			if best < 0 {
				best = i
				continue
			}
			if d := compareHeads(&spans[i], &spans[best], last); d < 0 && !last || d > 0 && last {
				best = i
			}
		}
		if best < 0 {
			return nil, 0
		}
		head := spans[best]
		row, sum := head.head(last), batch.Weight(0)
		for i := range spans {
			if spans[i].lo < spans[i].hi && (i == best || compareHeads(&spans[i], &head, last) == 0) {
				sum += spans[i].seg.RowWeight(spans[i].head(last))
				spans[i].drop(last)
			}
		}
		if sum > 0 {
			return head.seg, row
		}
	}
}

// head returns the first row, or with last set the last one.
func (s *valueSpan) head(last bool) int32 {
	if last {
		return s.hi - 1
	}
	return s.lo
}

func (s *valueSpan) drop(last bool) {
	if last {
		s.hi--
	} else {
		s.lo++
	}
}

func compareHeads(a, b *valueSpan, last bool) int {
	return kernel.Compare(&a.seg.Values()[0], int(a.head(last)), &b.seg.Values()[0], int(b.head(last)))
}

// reset ends the epoch.
func (s *valueSet) reset() {
	s.delta.Close()
	s.new.Close()
	s.delta, s.new = nil, nil
	s.input.Reset()
}

func (s *valueSet) release() {
	s.delta.Close()
	s.new.Close()
	s.input.Release()
	s.state.Release()
}

// uniqueSource turns the values of one column that are not null into each group's distinct values,
// over which linear accumulators then run.
type uniqueSource struct {
	distinct *relation.Distinct
	done     bool
	store    []int
	sel      []int32
	input    port.Input
	spec     arrange.Spec
	delta    *arrange.Reader
	prober   arrange.Prober
}

func newUniqueSource(o Options, group []int, col int) *uniqueSource {
	store := append(slices.Clone(group), col)
	types := port.Project(o.Types, store)
	owner := o.owner()
	if owner == nil {
		for c := range o.Keys {
			owner = append(owner, c)
		}
	}
	spec := arrange.Spec{Types: types, Key: len(group), Hashed: len(o.Keys), Loose: true, SegmentBytes: port.SegmentBytes}
	return &uniqueSource{distinct: relation.NewDistinct(types, owner...), store: store, input: port.NewInput(spec), spec: spec}
}

func (u *uniqueSource) push(b *batch.Batch) {
	u.sel = appendValid(u.distinct, b, u.store, u.sel)
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
