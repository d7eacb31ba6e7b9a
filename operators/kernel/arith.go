package kernel

import (
	"math"
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Add sets dst[i] to a[i]+b[i], wrapped, and reports whether one of them did not fit: MarkAdd then
// says which.
func Add[T Integer](dst, a, b []T) (overflow bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		s := a[i] + b[i]
		overflow = overflow || (s < a[i]) != (b[i] < 0)
		dst[i] = s
	}
	return overflow
}

// MarkAdd marks the rows in which a[i]+b[i] does not fit.
func MarkAdd[T Integer](bad batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := range a {
		if s := a[i] + b[i]; (s < a[i]) != (b[i] < 0) {
			bad.Set(i)
		}
	}
}

// Sub sets dst[i] to a[i]-b[i], wrapped, and reports whether one of them did not fit: MarkSub then
// says which.
func Sub[T Integer](dst, a, b []T) (overflow bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		d := a[i] - b[i]
		overflow = overflow || (d > a[i]) != (b[i] < 0)
		dst[i] = d
	}
	return overflow
}

// MarkSub marks the rows in which a[i]-b[i] does not fit.
func MarkSub[T Integer](bad batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := range a {
		if d := a[i] - b[i]; (d > a[i]) != (b[i] < 0) {
			bad.Set(i)
		}
	}
}

// Mul sets dst[i] to a[i]*b[i], wrapped, and reports whether one of them may not have fitted: MarkMul
// then says which, if any.
func Mul[T Integer](dst, a, b []T) (suspect bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	large, sign := T(0), (8*size[T]()-1)&63
	for i := range dst {
		x, y := a[i], b[i]
		// A value x of which x ^ x>>63 has no high bits is small, whatever its sign.
		large |= (x ^ x>>sign) | (y ^ y>>sign)
		dst[i] = x * y
	}
	return large>>(sign/2) != 0
}

// MarkMul marks the rows in which a[i]*b[i] does not fit.
func MarkMul[T Integer](bad batch.Bitmap, a, b []T) {
	b = b[:len(a)]
	for i := range a {
		if !mulFits(a[i], b[i]) {
			bad.Set(i)
		}
	}
}

func mulFits[T Integer](x, y T) bool {
	neg := (x < 0) != (y < 0)
	hi, lo := bits.Mul64(absolute(x), absolute(y))
	if hi != 0 {
		return false
	}
	if T(0)-1 > 0 { // unsigned
		return lo <= uint64(T(0)-1)
	}
	limit := uint64(1) << (8*size[T]() - 1)
	return lo < limit || neg && lo == limit
}

func absolute[T Integer](x T) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// size returns the bytes of T.
func size[T Integer]() int {
	switch any(T(0)).(type) {
	case int8, uint8:
		return 1
	case int16, uint16:
		return 2
	case int32, uint32:
		return 4
	}
	return 8
}

// MulFloat sets dst[i] to a[i]*b[i].
func MulFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// Div sets dst[i] to a[i]/b[i], cut towards zero, and marks the rows that cannot be divided. A row that
// is null, of which valid has no bit, is left alone; valid may be nil.
func Div[T Integer](dst, a, b []T, valid, bad batch.Bitmap) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		switch {
		case valid != nil && !valid.Has(i):
		case b[i] == 0, b[i] == T(0)-1 && b[i] < 0 && a[i] != 0 && a[i] == -a[i]:
			bad.Set(i)
		default:
			dst[i] = a[i] / b[i]
		}
	}
}

// Mod sets dst[i] to a[i] modulo b[i], with the sign of a[i], and marks the rows in which b[i] is zero.
// A row that is null is left alone; valid may be nil.
func Mod[T Integer](dst, a, b []T, valid, bad batch.Bitmap) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		switch {
		case valid != nil && !valid.Has(i):
		case b[i] == 0:
			bad.Set(i)
		default:
			dst[i] = a[i] % b[i]
		}
	}
}

// DivFloat sets dst[i] to a[i]/b[i] and marks the rows in which b[i] is zero.
func DivFloat[T Float](dst, a, b []T, bad batch.Bitmap) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		if b[i] == 0 {
			bad.Set(i)
			continue
		}
		dst[i] = a[i] / b[i]
	}
}

// ModFloat sets dst[i] to the remainder of a[i]/b[i], with the sign of a[i], and marks the rows in which
// b[i] is zero.
func ModFloat(dst, a, b []float64, bad batch.Bitmap) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		if b[i] == 0 {
			bad.Set(i)
			continue
		}
		dst[i] = math.Mod(a[i], b[i])
	}
}

// Neg sets dst[i] to -a[i], wrapped, and reports whether one of them did not fit.
func Neg[T Integer](dst, a []T) (overflow bool) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = -a[i]
		overflow = overflow || a[i] < 0 && dst[i] < 0
	}
	return overflow
}

// MarkNeg marks the rows in which -a[i] does not fit.
func MarkNeg[T Integer](bad batch.Bitmap, a []T) {
	for i := range a {
		if a[i] < 0 && -a[i] < 0 {
			bad.Set(i)
		}
	}
}

// Map sets dst[i] to f(a[i]).
func Map[D, S any](dst []D, a []S, f func(S) D) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = f(a[i])
	}
}

// MapBad sets dst[i] to f(a[i]) and marks the rows for which f reports that it cannot. Null rows, of which
// valid has no bit, are left alone; valid may be nil.
func MapBad[D, S any](dst []D, a []S, valid, bad batch.Bitmap, f func(S) (D, bool)) {
	a = a[:len(dst)]
	for i := range dst {
		if valid != nil && !valid.Has(i) {
			continue
		}
		v, ok := f(a[i])
		if !ok {
			bad.Set(i)
			continue
		}
		dst[i] = v
	}
}

// Map2Bad is MapBad of two arguments.
func Map2Bad[D, S, T any](dst []D, a []S, b []T, valid, bad batch.Bitmap, f func(S, T) (D, bool)) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		if valid != nil && !valid.Has(i) {
			continue
		}
		v, ok := f(a[i], b[i])
		if !ok {
			bad.Set(i)
			continue
		}
		dst[i] = v
	}
}

// Convert sets dst[i] to a[i] in another type, of which every value of the old one is a value.
func Convert[D, S Number](dst []D, a []S) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = D(a[i])
	}
}

// ConvertInt sets dst[i] to a[i] in another type and reports whether one did not fit: MarkConvertInt then
// says which.
func ConvertInt[D, S Integer](dst []D, a []S) (overflow bool) {
	a = a[:len(dst)]
	for i := range dst {
		d := D(a[i])
		overflow = overflow || S(d) != a[i] || (d < 0) != (a[i] < 0)
		dst[i] = d
	}
	return overflow
}

// MarkConvertInt marks the rows in which a[i] does not fit D.
func MarkConvertInt[D, S Integer](bad batch.Bitmap, a []S) {
	for i := range a {
		if d := D(a[i]); S(d) != a[i] || (d < 0) != (a[i] < 0) {
			bad.Set(i)
		}
	}
}

// ConvertFloat sets dst[i] to a[i] cut towards zero and marks the rows in which that does not fit D.
func ConvertFloat[D Integer, S Float](dst []D, a []S, bad batch.Bitmap) {
	low, high := limits[D]()
	a = a[:len(dst)]
	for i := range dst {
		f := math.Trunc(float64(a[i]))
		if !(f >= low && f < high) {
			bad.Set(i)
			continue
		}
		dst[i] = D(f)
	}
}

// limits returns the least float64 that fits D and the least above that does not.
func limits[D Integer]() (low, high float64) {
	bitsOf := 8 * size[D]()
	if D(0)-1 > 0 {
		return 0, math.Ldexp(1, bitsOf)
	}
	return -math.Ldexp(1, bitsOf-1), math.Ldexp(1, bitsOf-1)
}

// AddFloat sets dst[i] to a[i]+b[i].
func AddFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// SubFloat sets dst[i] to a[i]-b[i].
func SubFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

// NegFloat sets dst[i] to -a[i].
func NegFloat[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = -a[i]
	}
}
