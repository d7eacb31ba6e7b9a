package running

import (
	"bytes"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/operators/relation/figure"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// count counts the rows, or the values.
type count struct {
	arg int
	n   int64
}

func (s *count) Add(rows Rows) { s.n += rows.count(s.arg) }

func (s *count) Result(v *batch.Vector) bool {
	batch.Append(v, s.n)
	return true
}

func (s *count) Equal(other Running) bool { return *s == *other.(*count) }

func (s *count) Reset() { s.n = 0 }

// sum adds up integers, decimals and durations.
type sum struct {
	arg  int
	typ  batch.Type
	mean bool
	sum  kernel.Sum
	n    int64
}

func (s *sum) Add(rows Rows) {
	s.n += rows.count(s.arg)
	s.sum.Add(rows.sum(&rows.Cols[s.arg]).Times(rows.Times))
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
		panic("running: sum of " + col.Type.String())
	}
	return kernel.Sum{w[0], w[1], uint64(int64(w[1]) >> 63)}
}

func sumOf[T interface {
	kernel.Integer
	batch.Fixed
}](col *batch.Column, r *Rows) kernel.Wide {
	return kernel.SumInts(batch.Values[T](col), r.Weights, col.Valid, r.Range)
}

func (s *sum) Result(v *batch.Vector) bool {
	if s.n <= 0 {
		v.AppendNull()
		return true
	}
	m := figure.Mean{Sum: s.sum, N: s.n, Arg: s.typ}
	if m.Append(v, s.mean) {
		return true
	}
	v.AppendNull()
	return false
}

func (s *sum) Equal(other Running) bool { return *s == *other.(*sum) }

func (s *sum) Reset() { s.sum, s.n = kernel.Sum{}, 0 }

// floats adds up floats, exactly.
type floats struct {
	arg  int
	mean bool
	sum  kernel.FloatSum
	n    int64
}

func (s *floats) Add(rows Rows) {
	s.n += rows.count(s.arg)
	col := &rows.Cols[s.arg]
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
		sum.Add(float64(vals[i]), rows.weight(i))
	}
}

func (s *floats) Result(v *batch.Vector) bool {
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

func (s *floats) Equal(other Running) bool {
	t := other.(*floats)
	return s.n == t.n && bytes.Equal(s.sum.Append(nil), t.sum.Append(nil))
}

func (s *floats) Reset() {
	s.sum.Reset()
	s.n = 0
}
