package aggregate

import (
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// accumulators are those of a block of groups.
type accumulators struct {
	n          int
	counts     [][]int64
	sums       [][]kernel.Sum
	floats     [][]kernel.FloatSum
	exact      [][]kernel.ExactSum
	tallies    [][]tally       // like picked
	picked     []*batch.Vector // complete once the sets were looked at
	large      []*batch.Vector // says of which groups a picked result is missing because it is too large
	found      []bool          // whether the state has the group
	buffer     []byte
	columnsOut []*batch.Vector
}

// reset makes room for n groups, all empty.
func (a *accumulators) reset(l *layout, n int) {
	if a.counts == nil {
		a.counts, a.sums = make([][]int64, l.sizes[countSlot]), make([][]kernel.Sum, l.sizes[sumSlot])
		a.floats, a.exact = make([][]kernel.FloatSum, l.sizes[floatSlot]), make([][]kernel.ExactSum, l.sizes[momentSlot])
		a.tallies = make([][]tally, l.sizes[tallySlot])
		for _, p := range l.picks {
			a.picked, a.large = append(a.picked, batch.NewVector(p.typ)), append(a.large, batch.NewVector(batch.T(batch.Bool)))
		}
	}
	a.n = n
	for i := range a.counts {
		a.counts[i] = zeros(a.counts[i], n)
	}
	for i := range a.sums {
		a.sums[i] = zeros(a.sums[i], n)
	}
	for i := range a.floats {
		a.floats[i] = emptied[kernel.FloatSum](a.floats[i], n)
	}
	for i := range a.exact {
		a.exact[i] = emptied[kernel.ExactSum](a.exact[i], n)
	}
	for i := range a.tallies {
		a.tallies[i] = zeros(a.tallies[i], n)
	}
	for i := range a.picked {
		a.picked[i].Reset()
		a.large[i].Reset()
	}
	a.found = zeros(a.found, n)
}

// emptied returns s with at least n sums, the first n of them empty.
func emptied[T any, P interface {
	*T
	Reset()
}](s []T, n int) []T {
	for len(s) < n {
		s = append(s, *new(T))
	}
	for i := range s[:n] {
		P(&s[i]).Reset()
	}
	return s
}

// truncate keeps the first n groups.
func (a *accumulators) truncate(n int) {
	a.n = n
	for i := range a.counts {
		a.counts[i] = a.counts[i][:n]
	}
	for i := range a.sums {
		a.sums[i] = a.sums[i][:n]
	}
	for i := range a.tallies {
		a.tallies[i] = a.tallies[i][:n]
	}
	a.found = a.found[:n]
}

func zeros[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// sum adds rows of one source, whose values are given.
func (a *accumulators) sum(l *layout, source int, rows *kernel.GroupRows, values []batch.Column) {
	for _, s := range l.slots {
		if s.source != source || s.kind >= tallySlot {
			continue
		}
		switch {
		case s.arg < 0:
			rows.Count(a.counts[s.index], nil)
		case s.kind == countSlot:
			rows.Count(a.counts[s.index], values[s.arg].Valid)
		case s.kind == sumSlot:
			rows.Sum(a.sums[s.index], &values[s.arg])
		case s.kind == floatSlot:
			rows.SumFloats(a.floats[s.index], &values[s.arg])
		case s.by < 0:
			rows.Moments(a.exact[s.index], &values[s.arg], nil)
		default:
			rows.Moments(a.exact[s.index], &values[s.arg], &values[s.by])
		}
	}
}

// merge adds accumulators, given as columns of rows, to those of groups.
func (a *accumulators) merge(l *layout, rows *kernel.GroupRows, cols []batch.Column) {
	for _, s := range l.slots {
		var err error
		switch s.kind {
		case countSlot:
			rows.SumCounts(a.counts[s.index], &cols[s.col])
		case sumSlot:
			rows.SumSums(a.sums[s.index], &cols[s.col], &cols[s.col+1])
		case floatSlot:
			err = rows.MergeFloats(a.floats[s.index], &cols[s.col])
		case momentSlot:
			err = rows.MergeExact(a.exact[s.index], &cols[s.col])
		}
		if err != nil {
			panic("aggregate: " + err.Error()) // they come from a Partial
		}
	}
}

// add adds group j of b to group i, but for what is picked.
func (a *accumulators) add(i int, b *accumulators, j int) {
	for k := range a.counts {
		a.counts[k][i] += b.counts[k][j]
	}
	for k := range a.sums {
		a.sums[k][i].Add(b.sums[k][j])
	}
	for k := range a.floats {
		a.floats[k][i].Merge(&b.floats[k][j])
	}
	for k := range a.exact {
		a.exact[k][i].Merge(&b.exact[k][j])
	}
}

// load takes the accumulators of n groups from the state. A group that is not there is empty.
func (a *accumulators) load(l *layout, state *arrange.Latest, n int) {
	a.reset(l, n)
	for i := range n {
		a.found[i] = state.Found(i)
	}
	for _, s := range l.slots {
		if s.kind == pickSlot {
			state.Values(a.picked[s.index], s.col)
			state.Values(a.large[s.index], s.col+1)
			continue
		}
		v := batch.NewVector(l.types[s.col])
		state.Values(v, s.col)
		col := v.Peek()
		switch s.kind {
		case countSlot:
			for i, count := range batch.Values[int64](&col) {
				if a.found[i] {
					a.counts[s.index][i] = count
				}
			}
		case sumSlot:
			high := batch.NewVector(batch.T(batch.Int64))
			state.Values(high, s.col+1)
			top := high.Peek()
			low, tops := batch.Values[kernel.Wide](&col), batch.Values[int64](&top)
			for i := range n {
				if a.found[i] {
					a.sums[s.index][i] = kernel.Sum{low[i][0], low[i][1], uint64(tops[i])}
				}
			}
		case tallySlot:
			second := batch.NewVector(batch.T(batch.Int64))
			state.Values(second, s.col+1)
			below := second.Peek()
			totals, negatives := batch.Values[int64](&col), batch.Values[int64](&below)
			for i := range n {
				if a.found[i] {
					a.tallies[s.index][i] = tally{totals[i], negatives[i]}
				}
			}
		case floatSlot:
			decode[kernel.FloatSum](a.floats[s.index], &col, a.found)
		case momentSlot:
			decode[kernel.ExactSum](a.exact[s.index], &col, a.found)
		}
	}
}

// decode reads sums of the groups that were found.
func decode[T any, P interface {
	*T
	Decode(src []byte) error
}](sums []T, col *batch.Column, found []bool) {
	for i, there := range found {
		if !there {
			continue
		}
		if err := P(&sums[i]).Decode(col.View(i)); err != nil {
			panic("aggregate: " + err.Error()) // segments are checksummed
		}
	}
}

// zero reports whether there is nothing to keep of group i.
func (a *accumulators) zero(i int) bool {
	for k := range a.counts {
		if a.counts[k][i] != 0 {
			return false
		}
	}
	for k := range a.sums {
		if a.sums[k][i] != (kernel.Sum{}) {
			return false
		}
	}
	for k := range a.floats {
		if !a.floats[k][i].Empty() {
			return false
		}
	}
	for k := range a.exact {
		if !a.exact[k][i].Empty() {
			return false
		}
	}
	for k := range a.tallies {
		if a.tallies[k][i] != (tally{}) {
			return false
		}
	}
	for k, v := range a.picked {
		col, large := v.Peek(), a.large[k].Peek()
		if !col.Null(i) || !large.Null(i) {
			return false
		}
	}
	return true
}

// columns returns the accumulators as columns of the state, valid until the next call.
func (a *accumulators) columns(l *layout) []batch.Column {
	if a.columnsOut == nil {
		for _, t := range l.types {
			a.columnsOut = append(a.columnsOut, batch.NewVector(t))
		}
	}
	cols := make([]batch.Column, len(l.types))
	for _, s := range l.slots {
		v := a.columnsOut[s.col]
		v.Reset()
		switch s.kind {
		case countSlot:
			copy(batch.Extend[int64](v, a.n), a.counts[s.index])
		case sumSlot:
			high := a.columnsOut[s.col+1]
			high.Reset()
			low, tops := batch.Extend[kernel.Wide](v, a.n), batch.Extend[int64](high, a.n)
			for i, sum := range a.sums[s.index] {
				low[i], tops[i] = kernel.Wide{sum[0], sum[1]}, int64(sum[2])
			}
			cols[s.col+1] = high.Peek()
		case floatSlot:
			for i := range a.n {
				a.buffer = a.floats[s.index][i].Append(a.buffer[:0])
				v.AppendBytes(a.buffer)
			}
		case momentSlot:
			for i := range a.n {
				a.buffer = a.exact[s.index][i].Append(a.buffer[:0])
				v.AppendBytes(a.buffer)
			}
		case tallySlot:
			second := a.columnsOut[s.col+1]
			second.Reset()
			totals, negatives := batch.Extend[int64](v, a.n), batch.Extend[int64](second, a.n)
			for i, t := range a.tallies[s.index] {
				totals[i], negatives[i] = t.total, t.negative
			}
			cols[s.col+1] = second.Peek()
		case pickSlot:
			v, cols[s.col+1] = a.picked[s.index], a.large[s.index].Peek()
		}
		cols[s.col] = v.Peek()
	}
	return cols
}
