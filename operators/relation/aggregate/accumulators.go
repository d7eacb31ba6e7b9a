package aggregate

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// linear is the source of all rows; the others, from 0, are the distinct values of one column.
const linear = -1

// slotKind is the kind of an accumulator.
type slotKind uint8

const (
	countSlot slotKind = iota // int64: how many rows have a value
	sumSlot                   // int128 and int64: a kernel.Sum
	floatSlot                 // binary: a kernel.FloatSum
	minSlot                   // the least value
	maxSlot                   // the greatest value
)

// slot is an accumulator that a group keeps.
type slot struct {
	kind   slotKind
	source int // linear, or the distinct values that it is of; of minSlot and maxSlot: the value set
	arg    int // column of the source's values; -1: every row counts
	col    int // of the state's values
	index  int // among the slots of its kind
}

// layout says which accumulators a group keeps: slot 0 counts its rows.
type layout struct {
	slots   []slot
	types   []batch.Type // of the state's values
	args    []int        // columns of the input that linear slots read
	sets    []int        // columns of the input whose values are kept in order
	uniques []int        // columns of the input whose distinct values are counted
	calls   []use
	counts  int
	sums    int
	floats  int
	extreme []batch.Type // of the minSlots and maxSlots
}

// use says which slots a call reads, and the type of its argument.
type use struct {
	value, count int
	arg          batch.Type
}

func newLayout(o Options) layout {
	l := layout{}
	l.slot(slot{kind: countSlot, source: linear, arg: -1}, batch.Type{})
	for _, c := range o.Calls {
		if c.Func == "count(*)" {
			l.calls = append(l.calls, use{})
		} else {
			l.calls = append(l.calls, l.call(c, o.Types[c.Arg]))
		}
	}
	return l
}

// call returns the slots of a call of an argument of type t.
func (l *layout) call(c Call, t batch.Type) use {
	if c.Func == "min" || c.Func == "max" {
		kind := minSlot
		if c.Func == "max" {
			kind = maxSlot
		}
		at := l.slot(slot{kind: kind, source: indexOf(&l.sets, c.Arg), arg: 0}, t)
		return use{at, at, t}
	}
	source, arg := linear, 0
	if c.Distinct {
		source = indexOf(&l.uniques, c.Arg)
	} else {
		arg = indexOf(&l.args, c.Arg)
	}
	count := l.slot(slot{kind: countSlot, source: source, arg: arg}, t)
	switch {
	case c.Func == "count":
		return use{count, count, t}
	case c.Func != "sum" && c.Func != "avg":
		panic(unknown(c))
	case t.Float():
		return use{l.slot(slot{kind: floatSlot, source: source, arg: arg}, t), count, t}
	}
	return use{l.slot(slot{kind: sumSlot, source: source, arg: arg}, t), count, t}
}

// slot returns the number of a slot, which it adds unless it is there.
func (l *layout) slot(s slot, t batch.Type) int {
	for i, known := range l.slots {
		if known.kind == s.kind && known.source == s.source && known.arg == s.arg {
			return i
		}
	}
	s.col = len(l.types)
	switch s.kind {
	case countSlot:
		s.index, l.types = l.counts, append(l.types, batch.T(batch.Int64))
		l.counts++
	case sumSlot:
		s.index, l.types = l.sums, append(l.types, batch.T(batch.Int128), batch.T(batch.Int64))
		l.sums++
	case floatSlot:
		s.index, l.types = l.floats, append(l.types, batch.T(batch.Binary))
		l.floats++
	default:
		s.index, l.types = len(l.extreme), append(l.types, t)
		l.extreme = append(l.extreme, t)
	}
	l.slots = append(l.slots, s)
	return len(l.slots) - 1
}

// indexOf returns where v stands in list, which it is added to unless it is there.
func indexOf(list *[]int, v int) int {
	if i := slices.Index(*list, v); i >= 0 {
		return i
	}
	*list = append(*list, v)
	return len(*list) - 1
}

// accumulators are those of a block of groups.
type accumulators struct {
	n          int
	counts     [][]int64
	sums       [][]kernel.Sum
	floats     [][]kernel.FloatSum
	extreme    []*batch.Vector // complete once the sets were looked at
	found      []bool          // whether the state has the group
	buffer     []byte
	columnsOut []*batch.Vector
}

// reset makes room for n groups, all empty.
func (a *accumulators) reset(l *layout, n int) {
	if a.counts == nil {
		a.counts, a.sums, a.floats = make([][]int64, l.counts), make([][]kernel.Sum, l.sums), make([][]kernel.FloatSum, l.floats)
		for _, t := range l.extreme {
			a.extreme = append(a.extreme, batch.NewVector(t))
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
		for len(a.floats[i]) < n {
			a.floats[i] = append(a.floats[i], kernel.FloatSum{})
		}
		for k := range a.floats[i][:n] {
			a.floats[i][k].Reset()
		}
	}
	for _, v := range a.extreme {
		v.Reset()
	}
	a.found = zeros(a.found, n)
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
		if s.source != source || s.kind >= minSlot {
			continue
		}
		switch {
		case s.arg < 0:
			rows.Count(a.counts[s.index], nil)
		case s.kind == countSlot:
			rows.Count(a.counts[s.index], values[s.arg].Valid)
		case s.kind == sumSlot:
			rows.Sum(a.sums[s.index], &values[s.arg])
		default:
			rows.SumFloats(a.floats[s.index], &values[s.arg])
		}
	}
}

// add adds group j of b to group i, but for the extremes.
func (a *accumulators) add(l *layout, i int, b *accumulators, j int) {
	for k := range l.counts {
		a.counts[k][i] += b.counts[k][j]
	}
	for k := range l.sums {
		a.sums[k][i].Add(b.sums[k][j])
	}
	for k := range l.floats {
		a.floats[k][i].Merge(&b.floats[k][j])
	}
}

// load takes the accumulators of n groups from the state. A group that is not there is empty.
func (a *accumulators) load(l *layout, state *arrange.Latest, n int) {
	a.reset(l, n)
	for i := range n {
		a.found[i] = state.Found(i)
	}
	for _, s := range l.slots {
		v := batch.NewVector(l.types[s.col])
		if s.kind >= minSlot {
			v = a.extreme[s.index]
		}
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
		case floatSlot:
			for i := range n {
				if !a.found[i] {
					continue
				}
				if err := a.floats[s.index][i].Decode(col.View(i)); err != nil {
					panic("aggregate: " + err.Error()) // segments are checksummed
				}
			}
		}
	}
}

// zero reports whether there is nothing to keep of group i.
func (a *accumulators) zero(l *layout, i int) bool {
	for k := range l.counts {
		if a.counts[k][i] != 0 {
			return false
		}
	}
	for k := range l.sums {
		if a.sums[k][i] != (kernel.Sum{}) {
			return false
		}
	}
	for k := range l.floats {
		if !a.floats[k][i].Empty() {
			return false
		}
	}
	for _, v := range a.extreme {
		if col := v.Peek(); !col.Null(i) {
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
		default:
			v = a.extreme[s.index]
		}
		cols[s.col] = v.Peek()
	}
	return cols
}
