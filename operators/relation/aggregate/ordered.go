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

// setSpec says which rows of a group are kept in order: by the columns of order, then by args, and only those that have
// no null in the columns where.
type setSpec struct {
	order       []relation.OrderKey
	args, where []int
}

func (s setSpec) equal(t setSpec) bool {
	return slices.Equal(s.order, t.order) && slices.Equal(s.args, t.args) && slices.Equal(s.where, t.where)
}

// natural reports whether the canonical order is that of a key.
func natural(k relation.OrderKey) bool { return !k.Desc && !k.NullsFirst }

// columns returns what is kept: columns of an input of the given width, behind which stand the keys whose order is not
// the canonical one, as bytes.
func (s setSpec) columns(width int) (cols []int) {
	for _, k := range s.order {
		if !natural(k) {
			cols = append(cols, width)
			width++
		} else {
			cols = append(cols, k.Col)
		}
	}
	for _, c := range s.args {
		indexOf(&cols, c)
	}
	return cols
}

// places returns where the args stand in what is kept.
func (s setSpec) places() (at []int) {
	const none = 1 << 30
	cols := s.columns(none)
	for _, c := range s.args {
		at = append(at, slices.Index(cols, c))
	}
	return at
}

// orderedSet keeps rows of all groups in order.
type orderedSet struct {
	spec   setSpec
	input  port.Input
	store  []int
	bytes  []*batch.Vector // the keys whose order is not the canonical one
	state  *arrange.Arrangement
	delta  *arrange.Reader
	new    *arrange.Reader
	prober arrange.Prober
	sel    []int32
	cols   []batch.Column
	spans  [][]span // of the groups of a block that have changed
	fresh  [][]span // what has changed in them, if they are tallied
}

func newOrderedSet(o Options, group []int, s setSpec) *orderedSet {
	types := slices.Clone(o.Types)
	set := &orderedSet{spec: s, store: append(slices.Clone(group), s.columns(len(types))...)}
	for _, k := range s.order {
		if !natural(k) {
			types = append(types, batch.T(batch.Binary))
			set.bytes = append(set.bytes, batch.NewVector(batch.T(batch.Binary)))
		}
	}
	spec := arrange.Spec{Types: port.Project(types, set.store), Key: len(group), Hashed: len(o.Keys), Owner: o.owner(), SegmentBytes: port.SegmentBytes}
	set.input, set.state = port.NewInput(spec), arrange.New(spec)
	return set
}

// push gathers the rows that count.
func (s *orderedSet) push(b *batch.Batch) {
	if s.bytes != nil {
		b = s.encoded(b)
	}
	s.sel = appendValid(s.input.Builder, b, valid{s.store, s.spec.where}, s.sel)
}

// encoded returns b with the keys as bytes behind it.
func (s *orderedSet) encoded(b *batch.Batch) *batch.Batch {
	s.cols = append(s.cols[:0], b.Cols...)
	at := 0
	var key []byte
	for i, k := range s.spec.order {
		if natural(k) {
			continue
		}
		v := s.bytes[at]
		at++
		v.Reset()
		for row := range b.Rows {
			key = relation.AppendOrder(key[:0], b, row, s.spec.order[i:i+1])
			v.AppendBytes(key)
		}
		s.cols = append(s.cols, v.Peek())
	}
	return &batch.Batch{Cols: s.cols, Rows: b.Rows, Weights: b.Weights}
}

// gatherer takes columns of rows.
type gatherer interface {
	Append(b *batch.Batch, cols []int)
	AppendSelected(b *batch.Batch, cols []int, sel []int32)
}

// valid says that columns store are kept of the rows without a null in the columns where.
type valid struct{ store, where []int }

// appendValid appends the rows of b that v keeps.
func appendValid(to gatherer, b *batch.Batch, v valid, sel []int32) []int32 {
	whole := true
	for _, c := range v.where {
		switch bits := b.Cols[c].Valid; {
		case bits == nil:
		case whole:
			sel, whole = kernel.Select(sel[:0], bits, nil, b.Rows), false
		default:
			sel = slices.DeleteFunc(sel, func(row int32) bool { return !bits.Has(int(row)) })
		}
	}
	switch {
	case whole:
		to.Append(b, v.store)
	case len(sel) > 0:
		to.AppendSelected(b, v.store, sel)
	}
	return sel
}

// seal makes the epoch's rows part of the state.
func (s *orderedSet) seal(budget operators.Budget) (ready, more bool) {
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

// pick fills in what is picked from set number at after the epoch: that from before where no row of the group has
// changed. It returns how many rows it has gone through.
func (s *orderedSet) pick(keys arrange.Probed, l *layout, at int, acc [2]*accumulators) (rows int) {
	tallied := l.tallies[at]
	s.find(keys, tallied >= 0)
	was, now := acc[0], acc[1]
	if tallied >= 0 {
		for i, t := range was.tallies[tallied] {
			if s.spans[i] != nil {
				rows += t.change(s.spans[i], s.fresh[i])
			}
			now.tallies[tallied][i] = t
		}
	}
	for k := range l.picks {
		p := &l.picks[k]
		if p.set != at {
			continue
		}
		before, large := was.picked[k].Peek(), was.large[k].Peek()
		for i, spans := range s.spans {
			if spans == nil {
				now.picked[k].AppendColumn(&before, i, i+1)
				now.large[k].AppendColumn(&large, i, i+1)
				continue
			}
			w := walk{spans: slices.Clone(spans)}
			if tallied >= 0 && p.percentile != nil && !p.distinct {
				rows += p.percentileOf(&ranks{spans: spans, tally: now.tallies[tallied][i]}, now.picked[k])
				now.large[k].AppendNull()
				continue
			}
			if p.result(&w, now.picked[k]) {
				now.large[k].AppendNull()
			} else {
				now.picked[k].AppendNull()
				now.large[k].AppendBool(true)
			}
			rows += w.rows
		}
	}
	return rows
}

// find sets spans, nil for groups whose rows have not changed, and, if they are tallied, fresh.
func (s *orderedSet) find(keys arrange.Probed, tallied bool) {
	clear(s.spans)
	clear(s.fresh)
	s.spans, s.fresh = port.Grown(s.spans, len(keys.Hashes)), port.Grown(s.fresh, len(keys.Hashes))
	touched := false
	s.prober.Start(s.delta, keys)
	for m, ok := s.prober.Next(); ok; m, ok = s.prober.Next() {
		for i, hit := range m.Hits {
			s.spans[hit], touched = []span{}, true
			if tallied {
				lo, hi := m.Segment.Span(m.Groups[i])
				s.fresh[hit] = append(s.fresh[hit], span{seg: m.Segment, lo: lo, hi: hi})
			}
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
				s.spans[hit] = append(s.spans[hit], span{seg: m.Segment, lo: lo, hi: hi})
			}
		}
	}
}

// reset ends the epoch.
func (s *orderedSet) reset() {
	s.delta.Close()
	s.new.Close()
	s.delta, s.new = nil, nil
	s.input.Reset()
}

func (s *orderedSet) release() {
	s.delta.Close()
	s.new.Close()
	s.input.Release()
	s.state.Release()
}
