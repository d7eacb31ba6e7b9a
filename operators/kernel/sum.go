package kernel

import (
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Range is the rows of a column that a group has: from up to, but not, to.
type Range struct{ From, To int }

// SumInts adds up the weighted values of the rows in r that are not null, exactly: 2^63 rows fit. Nil
// weights are all +1.
func SumInts[T Integer](vals []T, weights []batch.Weight, valid batch.Bitmap, r Range) Wide {
	vals = vals[:r.To]
	if weights != nil || valid != nil {
		return sumWeighted(vals, weights, valid, r)
	}
	var lo, hi, carry uint64
	for _, v := range vals[r.From:] {
		lo, carry = bits.Add64(lo, uint64(v), 0)
		hi += carry
		if v < 0 {
			hi-- // the sign's upper half
		}
	}
	return Wide{lo, hi}
}

func sumWeighted[T Integer](vals []T, weights []batch.Weight, valid batch.Bitmap, r Range) (sum Wide) {
	for i := r.From; i < len(vals); i++ {
		if valid != nil && !valid.Has(i) {
			continue
		}
		w := batch.Weight(1)
		if weights != nil {
			w = weights[i]
		}
		hi, lo := bits.Mul64(absolute(vals[i]), absolute(w))
		term := Wide{lo, hi}
		if (vals[i] < 0) != (w < 0) {
			term, _ = NegWide(term)
		}
		sum, _ = AddUwide(sum, term)
	}
	return sum
}

// SumWide adds up the weighted 128-bit integers or decimals of the rows in r that are not null, and reports
// whether the sum, and every term, fits.
func SumWide(vals []Wide, weights []batch.Weight, valid batch.Bitmap, r Range) (sum Wide, ok bool) {
	ok = true
	for i := r.From; i < r.To; i++ {
		if valid != nil && !valid.Has(i) {
			continue
		}
		term, fits := vals[i], true
		if weights != nil && weights[i] != 1 {
			term, fits = MulWide(term, WideInt(int64(weights[i])))
		}
		var added bool
		sum, added = AddWide(sum, term)
		ok = ok && fits && added
	}
	return sum, ok
}

// Count adds up the weights of the rows in r that are not null.
func Count(weights []batch.Weight, valid batch.Bitmap, r Range) (n batch.Weight) {
	switch {
	case weights == nil && valid == nil:
		return batch.Weight(r.To - r.From)
	case valid == nil:
		for _, w := range weights[r.From:r.To] {
			n += w
		}
		return n
	}
	for i := r.From; i < r.To; i++ {
		switch {
		case !valid.Has(i):
		case weights == nil:
			n++
		default:
			n += weights[i]
		}
	}
	return n
}

// Least returns the row in r with the least value that is not null, the first of several, or -1.
func Least(col *batch.Column, r Range) int32 { return extreme(col, r, -1) }

// Greatest returns the row in r with the greatest value that is not null, the first of several, or -1.
func Greatest(col *batch.Column, r Range) int32 { return extreme(col, r, 1) }

// extreme is a switch over the common kinds.
func extreme(col *batch.Column, r Range, sign int) int32 {
	if col.Valid == nil && r.From < r.To {
		switch col.Type.Kind {
		case batch.Int32, batch.Date:
			return extremeInt(values[int32](col), r, sign)
		case batch.Int64, batch.Timestamp, batch.Duration:
			return extremeInt(values[int64](col), r, sign)
		}
	}
	best := int32(-1)
	for i := r.From; i < r.To; i++ {
		if !col.Null(i) && (best < 0 || sign*Compare(col, i, col, int(best)) > 0) {
			best = int32(i)
		}
	}
	return best
}

func extremeInt[T Integer](vals []T, r Range, sign int) int32 {
	best, at := vals[r.From], r.From
	for i, v := range vals[r.From:r.To] {
		if sign < 0 && v < best || sign > 0 && v > best {
			best, at = v, r.From+i
		}
	}
	return int32(at)
}

// Int64 returns a signed 128-bit integer in 64 bits and whether it fits.
func Int64(x Wide) (int64, bool) { return int64(x[0]), WideInt(int64(x[0])) == x }

// Uint64 returns a 128-bit integer in 64 bits, unsigned, and whether it fits.
func Uint64(x Wide) (uint64, bool) { return x[0], x[1] == 0 }
