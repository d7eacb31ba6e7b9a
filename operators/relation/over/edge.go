package over

import (
	"cmp"
	"time"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// edge is a value that a frame begins or ends at: that of a row and the offset of a bound away from it.
type edge struct {
	null  bool
	over  int // 1: it is above all values of the type, -1: below
	whole int64
	plus  uint64
	float float64
	wide  kernel.Wide
}

// edge returns where a bound is for the current row.
func (s *spec) edge(main *cursor, b *Bound) edge {
	p := main.place()
	return s.edgeOf(p, b)
}

// edgeOf is a switch over the kinds.
func (s *spec) edgeOf(p place, b *Bound) edge {
	col, row := &p.seg.Values()[s.value], int(p.row)
	if col.Null(row) {
		return edge{null: true}
	}
	by, months := b.Offset, b.Months
	float := b.Float
	if s.desc {
		by, months, float = -by, -months, -float
	}
	switch k := col.Type.Kind; {
	case months != 0:
		return monthsAway(wholeAt(col, row), months)
	case col.Type.Float():
		return edge{float: floatAt(col, row) + float}
	case col.Type.Unsigned():
		x := plusAt(col, row)
		sum := x + uint64(by)
		switch {
		case by >= 0 && sum < x:
			return edge{over: 1}
		case by < 0 && sum > x:
			return edge{over: -1}
		}
		return edge{plus: sum}
	case k == batch.Decimal || k == batch.Int128:
		sum, ok := kernel.AddWide(batch.Values[kernel.Wide](col)[row], kernel.WideInt(by))
		if !ok {
			return edge{over: cmp.Compare(by, 0)}
		}
		return edge{wide: sum}
	}
	return sumEdge(wholeAt(col, row), by)
}

func sumEdge(x, by int64) edge {
	sum := x + by
	if (by >= 0) != (sum >= x) {
		return edge{over: cmp.Compare(by, 0)}
	}
	return edge{whole: sum}
}

// monthsAway adds months to a date; the day is cut to the length of the month. What is later stays later: with a time of
// day it would not.
func monthsAway(x, months int64) edge {
	const day = 86400
	y, m, d := time.Unix(x*day, 0).UTC().Date()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	to := first.AddDate(0, 0, min(d, first.AddDate(0, 1, -1).Day())-1).Unix()
	return edge{whole: (to - (to%day+day)%day) / day}
}

// compare compares a row with an edge in the order of the partition: below 0, it comes before the edge. It is a switch over the
// kinds.
func (s *spec) compare(p place, e *edge) int {
	col, row := &p.seg.Values()[s.value], int(p.row)
	if null := col.Null(row); null || e.null {
		switch {
		case null && e.null:
			return 0
		case null == s.nullsFirst:
			return -1
		}
		return 1
	}
	d := 0
	switch k := col.Type.Kind; {
	case e.over != 0:
		d = -e.over
	case col.Type.Float():
		d = compareFloats(floatAt(col, row), e.float)
	case col.Type.Unsigned():
		d = cmp.Compare(plusAt(col, row), e.plus)
	case k == batch.Decimal || k == batch.Int128:
		x := batch.Values[kernel.Wide](col)[row]
		if d = cmp.Compare(int64(x[1]), int64(e.wide[1])); d == 0 {
			d = cmp.Compare(x[0], e.wide[0])
		}
	default:
		d = cmp.Compare(wholeAt(col, row), e.whole)
	}
	if s.desc {
		return -d
	}
	return d
}

// compareFloats takes NaN for the greatest.
func compareFloats(x, y float64) int { return -cmp.Compare(-x, -y) }

// wholeAt returns a signed integer or a time. It is a switch over the kinds.
func wholeAt(col *batch.Column, row int) int64 {
	switch col.Type.Kind {
	case batch.Int8:
		return int64(batch.Values[int8](col)[row])
	case batch.Int16:
		return int64(batch.Values[int16](col)[row])
	case batch.Int32, batch.Date:
		return int64(batch.Values[int32](col)[row])
	case batch.Int64, batch.Timestamp, batch.Duration:
		return batch.Values[int64](col)[row]
	}
	panic("over: distances of " + col.Type.String())
}

func plusAt(col *batch.Column, row int) uint64 {
	switch col.Type.Kind {
	case batch.Uint8:
		return uint64(batch.Values[uint8](col)[row])
	case batch.Uint16:
		return uint64(batch.Values[uint16](col)[row])
	case batch.Uint32:
		return uint64(batch.Values[uint32](col)[row])
	}
	return batch.Values[uint64](col)[row]
}

func floatAt(col *batch.Column, row int) float64 {
	if col.Type.Kind == batch.Float32 {
		return float64(batch.Values[float32](col)[row])
	}
	return batch.Values[float64](col)[row]
}

// Ranges reports whether rows can be told apart by the distance of values of a type.
func Ranges(t batch.Type) bool {
	switch t.Kind {
	case batch.Date, batch.Timestamp, batch.Duration, batch.Int128:
		return true
	}
	return t.Numeric()
}
