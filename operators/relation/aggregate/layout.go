package aggregate

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// linear is the source of all rows; the others, from 0, are the distinct values of some columns.
const linear = -1

// slotKind is the kind of an accumulator.
type slotKind uint8

const (
	countSlot  slotKind = iota // int64: how many rows have a value
	sumSlot                    // int128 and int64: a kernel.Sum
	floatSlot                  // binary: a kernel.FloatSum
	momentSlot                 // binary: a kernel.ExactSum of values or of products of two
	tallySlot                  // int64 twice: a tally of an ordered set
	pickSlot                   // the result of a pick, and whether it is missing because it is too large
)

// slot is an accumulator that a group keeps.
type slot struct {
	kind   slotKind
	source int // linear, or the distinct values or the ordered set that it is of
	arg    int // column of the source's values; -1: every row counts
	by     int // of momentSlot: the column of the other factor; -1: none
	col    int // of the state's values
	index  int // among the slots of its kind
}

// pick says what is computed from the values of a group in order.
type pick struct {
	fold     fold
	set      int // of the layout's sets
	at, with int // columns of the set's values: of the argument, and of the second one
	distinct bool
	typ      batch.Type

	list       figure.List
	object     figure.Object
	percentile *figure.Percentile
}

// layout says which accumulators a group keeps: slot 0 counts its rows.
type layout struct {
	slots   []slot
	types   []batch.Type // of the state's values
	args    []int        // columns of the input that linear slots read
	sets    []setSpec    // rows of a group that are kept in order
	uniques [][]int      // columns of the input whose distinct values are counted
	calls   []use
	picks   []pick // of the pickSlots
	tallies []int  // for each set, its place among the tallySlots; -1: none
	sizes   [5]int // how many slots there are of the other kinds
}

// use says which slots a call reads, and the types of its arguments.
type use struct {
	value, count int
	moments      moments
	arg, with    batch.Type
}

// moments are slots: the sums of two arguments, y being the first, of their squares, and of their product. Slot 0 stands
// for none.
type moments struct{ x, y, xx, yy, xy int }

func newLayout(o Options) layout {
	l := layout{}
	l.slot(slot{kind: countSlot, source: linear, arg: -1, by: -1})
	for _, c := range o.Calls {
		switch {
		case c.Func == "count(*)":
			l.calls = append(l.calls, use{})
		case folds[c.Func] != 0:
			at := l.pick(o, c)
			l.calls = append(l.calls, use{value: at, count: at})
		default:
			l.calls = append(l.calls, l.call(c, o.Types))
		}
	}
	return l
}

// call returns the slots of a call that is a sum over rows or over distinct values.
func (l *layout) call(c Call, types []batch.Type) use {
	source := linear
	columns := func(i int) int { return i }
	if c.Distinct {
		cols := append([]int{c.Arg}, c.More...)
		if source = slices.IndexFunc(l.uniques, func(u []int) bool { return slices.Equal(u, cols) }); source < 0 {
			source = len(l.uniques)
			l.uniques = append(l.uniques, cols)
		}
	} else {
		columns = func(i int) int { return indexOf(&l.args, append([]int{c.Arg}, c.More...)[i]) }
	}
	arg := columns(0)
	u := use{count: l.slot(slot{kind: countSlot, source: source, arg: arg, by: -1}), arg: types[c.Arg]}
	moment := func(a, b int) int { return l.slot(slot{kind: momentSlot, source: source, arg: a, by: b}) }
	switch _, statistic := figure.StatisticNamed(c.Func); {
	case c.Func == "count":
		u.value = u.count
	case c.Func == "sum" || c.Func == "avg":
		kind := sumSlot
		if u.arg.Float() {
			kind = floatSlot
		}
		u.value = l.slot(slot{kind: kind, source: source, arg: arg, by: -1})
	case !statistic:
		panic(unknown(c))
	case len(c.More) == 0:
		u.moments = moments{y: moment(arg, -1), yy: moment(arg, arg)}
		u.value = u.moments.y
	default:
		with := columns(1)
		u.with = types[c.More[0]]
		u.moments = moments{moment(with, -1), moment(arg, -1), moment(with, with), moment(arg, arg), moment(arg, with)}
		u.value = u.moments.y
	}
	return u
}

// pick returns the slot of a call that needs the values of a group in order.
func (l *layout) pick(o Options, c Call) int {
	spec := setSpec{order: c.Order, args: append([]int{c.Arg}, c.More...), where: c.Where}
	if c.Func == "min" || c.Func == "max" {
		spec = setSpec{args: []int{c.Arg}, where: []int{c.Arg}}
	}
	set := slices.IndexFunc(l.sets, spec.equal)
	if set < 0 {
		set = len(l.sets)
		l.sets, l.tallies = append(l.sets, spec), append(l.tallies, -1)
	}
	places := spec.places()
	p := pick{fold: folds[c.Func], set: set, at: places[0], with: places[len(places)-1], distinct: c.Distinct, typ: c.Type}
	p.list = figure.List{Between: c.Text, JSON: p.fold == arrayOf}
	if p.fold == percentileCont || p.fold == percentileDisc {
		percentile, ok := figure.NewPercentile(c.Text, p.fold == percentileDisc)
		if !ok {
			panic(unknown(c))
		}
		p.percentile = percentile
		if !p.distinct {
			l.tallies[set] = l.slots[l.slot(slot{kind: tallySlot, source: set, arg: -1, by: -1})].index
		}
	}
	l.picks = append(l.picks, p)
	s := slot{kind: pickSlot, source: set, col: len(l.types), index: len(l.picks) - 1}
	l.types = append(l.types, c.Type, batch.T(batch.Bool))
	l.slots = append(l.slots, s)
	return len(l.slots) - 1
}

// slot returns the number of a slot, which it adds unless it is there.
func (l *layout) slot(s slot) int {
	for i, known := range l.slots {
		if known.kind == s.kind && known.source == s.source && known.arg == s.arg && known.by == s.by {
			return i
		}
	}
	s.col, s.index = len(l.types), l.sizes[s.kind]
	l.sizes[s.kind]++
	switch s.kind {
	case countSlot:
		l.types = append(l.types, batch.T(batch.Int64))
	case sumSlot:
		l.types = append(l.types, batch.T(batch.Int128), batch.T(batch.Int64))
	case tallySlot:
		l.types = append(l.types, batch.T(batch.Int64), batch.T(batch.Int64))
	default:
		l.types = append(l.types, batch.T(batch.Binary))
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
