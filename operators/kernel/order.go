package kernel

import (
	"bytes"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Order compares row i of one set of columns with row j of another in canonical order.
type Order func(i, j int32) int

// NewOrder returns the Order between the rows of as and of bs, columns of the same types, with the
// types and the absence of nulls looked at once. It holds as and bs until it is dropped. One or two
// fixed-width integer columns without nulls compare without a further call.
func NewOrder(as, bs []batch.Column) Order {
	switch len(as) {
	case 0:
		return func(int32, int32) int { return 0 }
	case 1:
		return columnOrder(&as[0], &bs[0])
	case 2:
		if o := pairOrder(as, bs); o != nil {
			return o
		}
	}
	orders := make([]Order, len(as))
	for c := range as {
		orders[c] = columnOrder(&as[c], &bs[c])
	}
	return func(i, j int32) int {
		for _, o := range orders {
			if d := o(i, j); d != 0 {
				return d
			}
		}
		return 0
	}
}

// columnOrder is a switch over the kinds.
func columnOrder(a, b *batch.Column) Order {
	var o Order
	switch a.Type.Kind {
	case batch.Int8:
		o = intOrder(values[int8](a), values[int8](b))
	case batch.Int16:
		o = intOrder(values[int16](a), values[int16](b))
	case batch.Int32, batch.Date:
		o = intOrder(values[int32](a), values[int32](b))
	case batch.Int64, batch.Timestamp, batch.Duration:
		o = intOrder(values[int64](a), values[int64](b))
	case batch.Uint8:
		o = intOrder(values[uint8](a), values[uint8](b))
	case batch.Uint16:
		o = intOrder(values[uint16](a), values[uint16](b))
	case batch.Uint32:
		o = intOrder(values[uint32](a), values[uint32](b))
	case batch.Uint64:
		o = intOrder(values[uint64](a), values[uint64](b))
	case batch.Float32:
		o = floatOrder(values[float32](a), values[float32](b))
	case batch.Float64:
		o = floatOrder(values[float64](a), values[float64](b))
	case batch.Utf8, batch.Binary, batch.JSON:
		o = func(i, j int32) int { return bytes.Compare(a.View(int(i)), b.View(int(j))) }
	default:
		return func(i, j int32) int { return Compare(a, int(i), b, int(j)) }
	}
	if a.Valid == nil && b.Valid == nil {
		return o
	}
	return func(i, j int32) int {
		if an, bn := a.Null(int(i)), b.Null(int(j)); an || bn {
			return compareBools(an, bn)
		}
		return o(i, j)
	}
}

func intOrder[T Integer](a, b []T) Order {
	return func(i, j int32) int { return compareInts(a[i], b[j]) }
}

func floatOrder[T Float](a, b []T) Order {
	return func(i, j int32) int { return compareFloats(a[i], b[j]) }
}

// pairOrder returns the order of two columns of 32 or 64-bit signed integers without nulls, or nil.
func pairOrder(as, bs []batch.Column) Order {
	var widths [2]int
	for c := range 2 {
		if as[c].Valid != nil || bs[c].Valid != nil {
			return nil
		}
		switch as[c].Type.Kind {
		case batch.Int32, batch.Date, batch.Int64, batch.Timestamp, batch.Duration:
			widths[c] = as[c].Type.Width()
		default:
			return nil
		}
	}
	switch widths {
	case [2]int{4, 4}:
		return intPairOrder[int32, int32](as, bs)
	case [2]int{4, 8}:
		return intPairOrder[int32, int64](as, bs)
	case [2]int{8, 4}:
		return intPairOrder[int64, int32](as, bs)
	}
	return intPairOrder[int64, int64](as, bs)
}

func intPairOrder[S, T int32 | int64](as, bs []batch.Column) Order {
	a0, b0 := values[S](&as[0]), values[S](&bs[0])
	a1, b1 := values[T](&as[1]), values[T](&bs[1])
	return func(i, j int32) int {
		if d := compareInts(a0[i], b0[j]); d != 0 {
			return d
		}
		return compareInts(a1[i], b1[j])
	}
}
