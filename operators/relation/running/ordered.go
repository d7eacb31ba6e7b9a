package running

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// fold says what is made of values in order.
type fold uint8

const (
	firstRow fold = iota + 1
	lastRow
	nthRow
	percentileCont
	percentileDisc
	mostFrequent
	joinTexts
	arrayOf
	objectOf
)

// folds are the functions that need the values in order.
var folds = map[string]fold{
	"first": firstRow, "last": lastRow, "nth": nthRow, "percentile_cont": percentileCont, "percentile_disc": percentileDisc,
	"mode": mostFrequent, "string_agg": joinTexts, "array_agg": arrayOf, "json_objectagg": objectOf,
}

// ordered is an aggregate of values that it keeps in order.
type ordered struct {
	fold       fold
	set        *set
	args       []int
	distinct   bool
	n          int64
	percentile *figure.Percentile
	list       figure.List
	object     figure.Object
}

func newOrdered(c Call, f fold) *ordered {
	o := &ordered{fold: f, set: newSet(slices.Concat(c.Order, keysOf(c.Args)), c.Where), args: c.Args, distinct: c.Distinct, n: c.N}
	if f == nthRow {
		o.set.keys = c.Order // these are the rows' own places
	}
	o.list = figure.List{Between: c.Text, JSON: f == arrayOf}
	if f == percentileCont || f == percentileDisc {
		o.percentile, _ = figure.NewPercentile(c.Text, f == percentileDisc)
	}
	return o
}

func (o *ordered) Add(rows Rows) { o.set.add(rows) }

// Result is a switch over the folds.
func (o *ordered) Result(v *batch.Vector) bool {
	total := o.set.total(o.distinct)
	if total == 0 {
		v.AppendNull()
		return true
	}
	rank := int64(0)
	switch o.fold {
	case joinTexts, arrayOf, objectOf:
		return o.all(v)
	case mostFrequent:
		if !o.distinct {
			o.put(v, o.set.frequent())
			return true
		}
	case percentileCont, percentileDisc:
		o.between(v, total)
		return true
	case lastRow:
		rank = total - 1
	case nthRow:
		if rank = o.n - 1; o.n < 0 {
			rank = total + o.n
		}
	}
	if rank < 0 || rank >= total {
		v.AppendNull()
		return true
	}
	n, _ := o.set.at(rank, o.distinct)
	o.put(v, n)
	return true
}

// value returns an argument's value of a node.
func (o *ordered) value(n *node, arg int) figure.Value {
	return figure.Value{Col: &o.set.sources[n.source][o.args[arg]], Row: int(n.row)}
}

func (o *ordered) put(v *batch.Vector, n *node) {
	x := o.value(n, 0)
	v.AppendColumn(x.Col, x.Row, x.Row+1)
}

// between appends a percentile.
func (o *ordered) between(v *batch.Vector, total int64) {
	rank, two := o.percentile.Place(total)
	low, again := o.set.at(rank, o.distinct)
	high := low
	if two && !again {
		high, _ = o.set.at(rank+1, o.distinct)
	}
	o.percentile.Between(v, o.value(low, 0), o.value(high, 0))
}

// all appends what is made of all values.
func (o *ordered) all(v *batch.Vector) bool {
	fits := o.set.each(func(n *node) bool {
		switch {
		case o.fold == objectOf:
			return o.object.Add(o.value(n, 0), o.value(n, 1))
		case o.distinct:
			return o.list.Add(o.value(n, 0), 1)
		}
		return o.list.Add(o.value(n, 0), n.weight)
	})
	out := v
	if !fits {
		out = nil
	}
	if o.fold == objectOf {
		fits = o.object.Append(out) && fits
	} else {
		o.list.Append(out)
	}
	if !fits {
		v.AppendNull()
	}
	return fits
}

// Equal says that nothing is known: it would take to compare all values.
func (o *ordered) Equal(Running) bool { return false }

func (o *ordered) Reset() { o.set.reset() }

// distinct is an aggregate of each value, or of each row of values none of which is null, once.
type distinct struct {
	set *set
	of  Running
}

func (d *distinct) Add(rows Rows) {
	if d.set.entered == nil {
		d.set.entered = func(cols []batch.Column, row int, sign batch.Weight) {
			one := Rows{Cols: cols, Times: sign}
			one.From, one.To = row, row+1
			d.of.Add(one)
		}
	}
	d.set.add(rows)
}

func (d *distinct) Result(v *batch.Vector) bool { return d.of.Result(v) }

// Equal says that nothing is known: it would take to compare all values.
func (d *distinct) Equal(Running) bool { return false }

func (d *distinct) Reset() {
	d.set.reset()
	d.of.Reset()
}
