package aggregate

import (
	"bytes"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Running is an aggregate of rows that come and go one after another, those of a frame that moves over the rows of a
// partition, whose result is wanted in between.
type Running interface {
	// Add adds rows of the argument's column, each as often as rows says.
	Add(col *batch.Column, rows Rows)
	// Result appends the result. False: it does not fit its type, and NULL was appended.
	Result(v *batch.Vector) bool
	// Equal reports whether both, made by the same call, have the same result now and after the same rows.
	Equal(other Running) bool
	// Reset takes all rows away.
	Reset()
}

// Rows is a range of rows of a segment.
type Rows struct {
	kernel.Range
	// Weights are those of the segment's rows; nil: all are +1.
	Weights []batch.Weight
	// Times is what the weights are multiplied with; -1 takes the rows back.
	Times batch.Weight
}

// NewRunning returns the running form of a call whose argument has type arg, or false if it has none: of an aggregate
// that cannot be told from what was added and taken back.
func NewRunning(c Call, arg batch.Type) (Running, bool) {
	switch {
	case c.Distinct:
		return nil, false
	case c.Func == "count(*)" || c.Func == "count":
		return &runningCount{}, true
	case c.Func != "sum" && c.Func != "avg":
		return nil, false
	case arg.Float():
		return &runningFloats{mean: c.Func == "avg"}, true
	}
	return &runningSum{arg: arg, mean: c.Func == "avg"}, true
}

// TooLarge is the reason of a row or group for which the result of a call does not fit its type.
func TooLarge(c Call) string { return c.Func + ": " + tooLarge }

// count returns how many of the rows have a value.
func (r *Rows) count(col *batch.Column) int64 {
	var valid batch.Bitmap
	if col != nil {
		valid = col.Valid
	}
	return int64(r.Times * kernel.Count(r.Weights, valid, r.Range))
}

type runningCount struct{ n int64 }

func (s *runningCount) Add(col *batch.Column, rows Rows) { s.n += rows.count(col) }

func (s *runningCount) Result(v *batch.Vector) bool {
	batch.Append(v, s.n)
	return true
}

func (s *runningCount) Equal(other Running) bool { return *s == *other.(*runningCount) }

func (s *runningCount) Reset() { *s = runningCount{} }

// runningSum adds up integers, decimals and durations.
type runningSum struct {
	sum  kernel.Sum
	n    int64
	arg  batch.Type
	mean bool
}

func (s *runningSum) Add(col *batch.Column, rows Rows) {
	s.n += rows.count(col)
	s.sum.Add(rows.sum(col).Times(rows.Times))
}

// sum adds the rows up. It is a switch over the kinds.
func (r *Rows) sum(col *batch.Column) kernel.Sum {
	var w kernel.Wide
	switch col.Type.Kind {
	case batch.Int8:
		w = sumOf[int8](col, r)
	case batch.Int16:
		w = sumOf[int16](col, r)
	case batch.Int32:
		w = sumOf[int32](col, r)
	case batch.Int64, batch.Duration:
		w = sumOf[int64](col, r)
	case batch.Uint8:
		w = sumOf[uint8](col, r)
	case batch.Uint16:
		w = sumOf[uint16](col, r)
	case batch.Uint32:
		w = sumOf[uint32](col, r)
	case batch.Uint64, batch.Int128, batch.Decimal, batch.Uint128:
		one, rows := [1]kernel.Sum{}, kernel.GroupRows{Hits: []int32{0}, Groups: []int32{0}, Offsets: []int32{int32(r.From), int32(r.To)}, Weights: r.Weights}
		rows.Sum(one[:], col)
		return one[0]
	default:
		panic("aggregate: sum of " + col.Type.String())
	}
	return kernel.Sum{w[0], w[1], uint64(int64(w[1]) >> 63)}
}

func sumOf[T interface {
	kernel.Integer
	batch.Fixed
}](col *batch.Column, r *Rows) kernel.Wide {
	return kernel.SumInts(batch.Values[T](col), r.Weights, col.Valid, r.Range)
}

func (s *runningSum) Result(v *batch.Vector) bool {
	if s.n <= 0 {
		v.AppendNull()
		return true
	}
	m := mean{s.sum, s.n, s.arg}
	if m.result(v, s.mean) {
		return true
	}
	v.AppendNull()
	return false
}

func (s *runningSum) Equal(other Running) bool { return *s == *other.(*runningSum) }

func (s *runningSum) Reset() { s.sum, s.n = kernel.Sum{}, 0 }

// runningFloats adds up floats, exactly.
type runningFloats struct {
	sum  kernel.FloatSum
	n    int64
	mean bool
}

func (s *runningFloats) Add(col *batch.Column, rows Rows) {
	s.n += rows.count(col)
	if col.Type.Kind == batch.Float32 {
		addFloats(&s.sum, batch.Values[float32](col), col.Valid, &rows)
	} else {
		addFloats(&s.sum, batch.Values[float64](col), col.Valid, &rows)
	}
}

func addFloats[T kernel.Float](sum *kernel.FloatSum, vals []T, valid batch.Bitmap, rows *Rows) {
	for i := rows.From; i < rows.To; i++ {
		if valid != nil && !valid.Has(i) {
			continue
		}
		w := rows.Times
		if rows.Weights != nil {
			w *= rows.Weights[i]
		}
		sum.Add(float64(vals[i]), w)
	}
}

func (s *runningFloats) Result(v *batch.Vector) bool {
	switch {
	case s.n <= 0:
		v.AppendNull()
	case s.mean:
		batch.Append(v, s.sum.Mean(s.n))
	default:
		batch.Append(v, s.sum.Float())
	}
	return true
}

func (s *runningFloats) Equal(other Running) bool {
	t := other.(*runningFloats)
	return s.n == t.n && bytes.Equal(s.sum.Append(nil), t.sum.Append(nil))
}

func (s *runningFloats) Reset() {
	s.sum.Reset()
	s.n = 0
}
