// Package running computes aggregates of rows that come and go one after another, those of frames that move over the rows of
// a partition, whose results are wanted in between.
//
// What was added up is taken back in the same time. What depends on the values themselves, or on their order, keeps them in
// an order in which a value is found, added and taken out in the logarithm of their number.
package running

import (
	"github.com/millrace-dev/millrace/operators/fault"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Running is an aggregate of rows that come and go.
type Running interface {
	// Add adds rows, each as often as rows says.
	Add(rows Rows)
	// Result appends the result. False: it does not fit, and NULL was appended.
	Result(v *batch.Vector) bool
	// Equal reports whether both, made by the same call, are known to have the same result now and after the same rows.
	Equal(other Running) bool
	// Reset takes all rows away.
	Reset()
}

// Rows is a range of rows of a segment, whose columns are valid until the aggregate is reset.
type Rows struct {
	Cols []batch.Column
	kernel.Range
	// Weights are those of the segment's rows; nil: all are +1.
	Weights []batch.Weight
	// Times is what the weights are multiplied with; -1 takes the rows back.
	Times batch.Weight
}

// Call is what to compute of which columns.
type Call struct {
	// Func is count(*), count, sum, avg, a statistic, bit_and, bit_or, bit_xor, or one of those that need the values in
	// order: first, last, nth, percentile_cont, percentile_disc, mode, string_agg, array_agg, json_objectagg.
	Func string
	// Args are the columns that it is of; none of count(*).
	Args []int
	// Order is that of the values for what needs one. Those that it does not tell apart are in canonical order of the
	// arguments.
	Order []relation.OrderKey
	// Where are columns: a row with a null in one of them does not count, where values are kept in order.
	Where []int
	// Distinct counts each value once.
	Distinct bool
	// Text is what stands between texts, or the fraction of a percentile.
	Text string
	// N is which value nth is, from 1 on, or with a number below 0 from the last one back.
	N int64
	// Type is that of the result.
	Type batch.Type
}

// New returns the aggregate that a call says, of rows with columns of the given types; false: there is none.
func New(c Call, types []batch.Type) (Running, bool) {
	if f := folds[c.Func]; f != 0 {
		return &memo{Running: newOrdered(c, f), kept: batch.NewVector(c.Type)}, true
	}
	inner := c
	inner.Distinct = false
	if c.Distinct && c.Func != "bit_and" && c.Func != "bit_or" {
		r, ok := New(inner, types)
		return &distinct{set: newSet(keysOf(c.Args), c.Args), of: r}, ok
	}
	switch c.Func {
	case "count(*)":
		return &count{arg: -1}, true
	case "count":
		return &count{arg: c.Args[0]}, true
	case "sum", "avg":
		arg := c.Args[0]
		if types[arg].Float() {
			return &floats{arg: arg, mean: c.Func == "avg"}, true
		}
		return &sum{arg: arg, typ: types[arg], mean: c.Func == "avg"}, true
	case "bit_and", "bit_or", "bit_xor":
		return &bits{arg: c.Args[0], name: c.Func}, true
	}
	if s, ok := figure.StatisticNamed(c.Func); ok {
		return &memo{Running: newMoments(s, c.Args, types), kept: batch.NewVector(c.Type)}, true
	}
	return nil, false
}

// dear is how many simple rows it costs to find a place among values in order, or to make a result of exact numbers.
const dear = 64

// Cost returns how many simple rows it costs to add a row to a call, or to make its result.
func Cost(c Call) int {
	if _, statistic := figure.StatisticNamed(c.Func); statistic || c.Distinct || folds[c.Func] != 0 {
		return dear
	}
	return 0
}

// Reason returns why a result of a call does not fit.
func Reason(name string) string {
	switch folds[name] {
	case joinTexts, arrayOf, objectOf:
		return fault.Reason(fault.TooLong, name+": "+figure.TooLong)
	}
	return fault.Reason(fault.Overflow, name+": "+figure.TooLarge)
}

// count returns how many of the rows have a value in a column, or with -1 how many there are.
func (r *Rows) count(arg int) int64 {
	var valid batch.Bitmap
	if arg >= 0 {
		valid = r.Cols[arg].Valid
	}
	return int64(r.Times * kernel.Count(r.Weights, valid, r.Range))
}

// weight returns how often a row counts.
func (r *Rows) weight(row int) batch.Weight {
	if r.Weights == nil {
		return r.Times
	}
	return r.Times * r.Weights[row]
}

// memo keeps the result until rows come or go.
type memo struct {
	Running
	kept        *batch.Vector
	known, fits bool
}

func (m *memo) Add(rows Rows) {
	m.known = false
	m.Running.Add(rows)
}

func (m *memo) Result(v *batch.Vector) bool {
	if !m.known {
		m.kept.Reset()
		m.fits, m.known = m.Running.Result(m.kept), true
	}
	col := m.kept.Peek()
	v.AppendColumn(&col, 0, 1)
	return m.fits
}

func (m *memo) Equal(other Running) bool { return m.Running.Equal(other.(*memo).Running) }

func (m *memo) Reset() {
	m.known = false
	m.kept.Reset()
	m.Running.Reset()
}
