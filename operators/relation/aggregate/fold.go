package aggregate

import (
	"math/big"
	"slices"

	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// fold says what is made of the rows of a group in order.
type fold uint8

// The folds up to lastRow look at one row.
const (
	firstRow fold = iota + 1
	lastRow
	joinTexts
	arrayOf
	objectOf
	percentileCont
	percentileDisc
	mostFrequent
	bitAnd
	bitOr
	bitXor
)

// folds are the functions that need the rows of a group in order.
var folds = map[string]fold{
	"min": firstRow, "max": lastRow, "first": firstRow, "last": lastRow,
	"string_agg": joinTexts, "array_agg": arrayOf, "json_objectagg": objectOf,
	"percentile_cont": percentileCont, "percentile_disc": percentileDisc, "mode": mostFrequent,
	"bit_and": bitAnd, "bit_or": bitOr, "bit_xor": bitXor,
}

// result appends what is made of the rows of w, NULL if there are none; false: it is too large, and nothing is appended.
// It is a switch over the folds.
func (p *pick) result(w *walk, out *batch.Vector) bool {
	switch p.fold {
	case firstRow, lastRow:
		w.back = p.fold == lastRow
		row, ok := w.next()
		p.put(out, row, ok)
	case joinTexts, arrayOf:
		return p.elements(w, out)
	case objectOf:
		return p.members(w, out)
	case percentileCont, percentileDisc:
		r := ranks{spans: slices.Clone(w.spans), distinct: true}
		for _, ok := w.next(); ok; _, ok = w.next() {
			r.total++
		}
		w.rows += p.percentileOf(&r, out)
	case mostFrequent:
		p.most(w, out)
	case bitAnd, bitOr, bitXor:
		p.bits(w, out)
	}
	return true
}

// put appends the value of a row, or NULL.
func (p *pick) put(out *batch.Vector, row place, ok bool) {
	if !ok {
		out.AppendNull()
		return
	}
	out.AppendColumn(row.column(p.at), int(row.row), int(row.row)+1)
}

// often returns how often a row counts.
func (p *pick) often(row place) batch.Weight {
	if p.distinct {
		return 1
	}
	return row.weight
}

// value returns a column of a row.
func (p place) value(at int) figure.Value { return figure.Value{Col: p.column(at), Row: int(p.row)} }

// elements appends the values one after another: texts with what stands between them, or a JSON array.
func (p *pick) elements(w *walk, out *batch.Vector) bool {
	for row, ok := w.next(); ok; row, ok = w.next() {
		if !p.list.Add(row.value(p.at), p.often(row)) {
			p.list.Append(nil)
			return false
		}
	}
	p.list.Append(out)
	return true
}

// members appends a JSON object: of each name, which comes first in the order, the last value.
func (p *pick) members(w *walk, out *batch.Vector) bool {
	for row, ok := w.next(); ok; row, ok = w.next() {
		if !p.object.Add(row.value(p.at), row.value(p.with)) {
			p.object.Append(nil)
			return false
		}
	}
	return p.object.Append(out)
}

// most appends the value with the greatest weight, the first of several.
func (p *pick) most(w *walk, out *batch.Vector) {
	var best place
	for row, ok := w.next(); ok; row, ok = w.next() {
		if p.often(row) > best.weight {
			best, best.weight = row, p.often(row)
		}
	}
	p.put(out, best, best.weight > 0)
}

// bits appends the bits that all, some, or an odd number of values have.
func (p *pick) bits(w *walk, out *batch.Vector) {
	row, ok := w.next()
	if !ok {
		out.AppendNull()
		return
	}
	var all, some, odd big.Int
	all.SetInt64(-1)
	for ; ok; row, ok = w.next() {
		v := figure.Integer(row.column(p.at), int(row.row))
		all.And(&all, v)
		some.Or(&some, v)
		if p.often(row)&1 == 1 {
			odd.Xor(&odd, v)
		}
	}
	switch p.fold {
	case bitOr:
		all = some
	case bitXor:
		all = odd
	}
	figure.AppendInteger(out, &all)
}
