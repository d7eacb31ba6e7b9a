package kernel

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// FloatSum is the exact sum of weighted float64s: the value in units of 2^-1074, the least of floats, as
// digits of 32 bits. Nothing is ever rounded away, so what is added and taken back, in any order, leaves
// no trace. NaN and the infinities are counted apart. The zero value is the empty sum.
type FloatSum struct {
	// digits[i] counts 2^(32 i) units. Between Adds it may be far outside 32 bits, of either sign:
	// carries are only moved when pending says that it could overflow otherwise.
	digits  [sumDigits]int64
	low     int // digits outside low..high-1 are zero
	high    int
	pending uint64 // bounds the digits: each is below 2^32 * (pending+1)
	nans    batch.Weight
	plus    batch.Weight // of +infinity
	minus   batch.Weight
}

// sumDigits holds the 2098 bits of a float, 64 of its weight, 64 of the number of rows, and a sign.
const sumDigits = (2098+64+64)/32 + 1

// maxPending keeps every digit below 2^32 * 2^30 = 2^62.
const maxPending = 1<<30 - 1

// Add adds v with weight w; a negative weight takes it back.
func (s *FloatSum) Add(v float64, w batch.Weight) {
	word := math.Float64bits(v)
	exponent, mantissa := int(word>>52&0x7ff), word&(1<<52-1)
	switch exponent {
	case 0x7ff:
		s.addSpecial(v, w)
		return
	case 0:
		exponent = 1
	default:
		mantissa |= 1 << 52
	}
	if mantissa == 0 || w == 0 {
		return
	}
	neg := (v < 0) != (w < 0)
	hi, lo := uint64(0), mantissa
	if w != 1 && w != -1 {
		hi, lo = bits.Mul64(mantissa, absolute(w))
	}
	s.addUnits(hi, lo, exponent-1, neg)
}

// addUnits adds (hi, lo) * 2^shift units.
func (s *FloatSum) addUnits(hi, lo uint64, shift int, neg bool) {
	if s.pending >= maxPending-2 {
		s.carry()
	}
	s.pending += 2
	first, within := shift/32, uint(shift%32)
	// The 128 bits, moved up by less than 32, are five digits.
	pieces := [5]uint64{lo << within & math.MaxUint32, lo << within >> 32, hi << within & math.MaxUint32, hi << within >> 32, 0}
	if within > 0 {
		spill := lo >> (64 - within)
		pieces[2] += spill & math.MaxUint32 // at most twice 32 bits: that is why pending grows by two
		pieces[4] = hi >> (64 - within)
	}
	last := 5
	if hi == 0 {
		last = 3
	}
	for i, p := range pieces[:last] {
		if neg {
			s.digits[first+i] -= int64(p)
		} else {
			s.digits[first+i] += int64(p)
		}
	}
	if s.low == s.high {
		s.low, s.high = first, first+last
		return
	}
	s.low, s.high = min(s.low, first), max(s.high, first+last)
}

func (s *FloatSum) addSpecial(v float64, w batch.Weight) {
	switch {
	case v != v:
		s.nans += w
	case v > 0:
		s.plus += w
	default:
		s.minus += w
	}
}

// AddColumn adds rows of a column: vals with their weights, nil being all +1, where they are valid.
func AddColumn[T Float](s *FloatSum, vals []T, weights []batch.Weight, valid batch.Bitmap) {
	for i, v := range vals {
		if valid != nil && !valid.Has(i) {
			continue
		}
		w := batch.Weight(1)
		if weights != nil {
			w = weights[i]
		}
		s.Add(float64(v), w)
	}
}

// Merge adds all of another sum.
func (s *FloatSum) Merge(t *FloatSum) {
	s.carry()
	o := *t
	o.carry()
	for i := o.low; i < o.high; i++ {
		s.digits[i] += o.digits[i]
	}
	if o.low < o.high {
		if s.low == s.high {
			s.low, s.high = o.low, o.high
		}
		s.low, s.high = min(s.low, o.low), max(s.high, o.high)
	}
	s.pending = 2
	s.nans, s.plus, s.minus = s.nans+o.nans, s.plus+o.plus, s.minus+o.minus
}

// Empty reports whether the sum is that of nothing.
func (s *FloatSum) Empty() bool {
	s.carry()
	return s.low == s.high && s.nans|s.plus|s.minus == 0
}

// Reset makes s the empty sum.
func (s *FloatSum) Reset() {
	clear(s.digits[s.low:s.high])
	s.low, s.high, s.pending = 0, 0, 0
	s.nans, s.plus, s.minus = 0, 0, 0
}

// carry brings all digits but the highest into 0..2^32-1 and trims the range to those that are not zero.
// The sign of the sum is then that of the highest, which is -1 or positive.
func (s *FloatSum) carry() {
	carry, top := int64(0), s.high
	for i := s.low; i < top; i++ {
		d := s.digits[i] + carry
		carry = d >> 32
		s.digits[i] = d & math.MaxUint32
	}
	for ; carry != 0 && carry != -1; top++ {
		d := s.digits[top] + carry
		carry = d >> 32
		s.digits[top] = d & math.MaxUint32
	}
	if carry == -1 {
		s.digits[top] = -1
		top++
	}
	s.high = top
	for s.low < s.high && s.digits[s.low] == 0 {
		s.low++
	}
	for s.low < s.high && s.digits[s.high-1] == 0 {
		s.high--
	}
	// -1 above a digit of all ones says the same as -1 in its place.
	for s.high-s.low >= 2 && s.digits[s.high-1] == -1 && s.digits[s.high-2] == math.MaxUint32 {
		s.digits[s.high-1] = 0
		s.digits[s.high-2] = -1
		s.high--
	}
	if s.low == s.high {
		s.low, s.high = 0, 0
	}
	s.pending = 1
}

// Float returns the sum rounded once, to nearest, ties to even. A NaN, or both infinities, make it NaN.
func (s *FloatSum) Float() float64 {
	switch {
	case s.nans > 0 || s.plus > 0 && s.minus > 0:
		return math.NaN()
	case s.plus > 0:
		return math.Inf(1)
	case s.minus > 0:
		return math.Inf(-1)
	}
	neg, size := s.magnitude()
	f := roundDigits(size, s.low)
	if neg {
		return -f
	}
	return f
}

// Mean returns the sum divided by n, correctly rounded; n is not zero.
func (s *FloatSum) Mean(n int64) float64 {
	f := s.Float()
	if f == 0 || math.IsInf(f, 0) && s.plus|s.minus != 0 || f != f {
		return f
	}
	neg, size := s.magnitude()
	// Long division, with three more digits than the sum has: enough for 53 bits and a sticky one.
	const extra = 4
	q := make([]uint64, len(size)+extra)
	rem, divisor := uint64(0), absolute(n)
	for i := len(q) - 1; i >= 0; i-- {
		digit := uint64(0)
		if i >= extra {
			digit = size[i-extra]
		}
		hi, lo := rem>>32, rem<<32|digit
		q[i], rem = bits.Div64(hi, lo, divisor)
	}
	if rem != 0 {
		q[0] |= 1
	}
	for i := range len(q) - 1 { // a digit of the quotient by more than 32 bits of divisor stays below 2^32
		q[i+1] += q[i] >> 32
		q[i] &= math.MaxUint32
	}
	f = roundDigits(q, s.low-extra)
	if neg != (n < 0) {
		return -f
	}
	return f
}

// magnitude returns the sign and the size of the sum, as digits from s.low on.
func (s *FloatSum) magnitude() (neg bool, size []uint64) {
	s.carry()
	size = make([]uint64, s.high-s.low)
	neg = s.low < s.high && s.digits[s.high-1] < 0
	carry := int64(0)
	for i := range size {
		d := s.digits[s.low+i]
		if neg {
			d = -d
		}
		d += carry
		carry = d >> 32
		size[i] = uint64(d & math.MaxUint32)
	}
	return neg, size
}

// roundDigits returns the float nearest to the digits, the first of which counts 2^(32 low) units.
func roundDigits(size []uint64, low int) float64 {
	n := len(size)
	for n > 0 && size[n-1] == 0 {
		n--
	}
	if n == 0 {
		return 0
	}
	// The top three digits, 65 to 96 bits, as 64 bits whose last says whether anything was cut off.
	var top [3]uint64
	for i := range top {
		if n-1-i >= 0 {
			top[i] = size[n-1-i]
		}
	}
	drop := bits.Len64(top[0]) // 1..32 bits of the third digit do not fit
	word := top[0]<<(64-drop) | top[1]<<(32-drop) | top[2]>>drop
	sticky := top[2]&(1<<drop-1) != 0
	for i := 0; i < n-3 && !sticky; i++ {
		sticky = size[i] != 0
	}
	exponent := 32*(low+n-3) + drop - 1074 // of the last bit of word
	// A float has 53 bits, fewer near its least exponent.
	cut := max(11, -1074-exponent)
	if cut > 64 {
		return 0
	}
	half, rest := uint64(1)<<(cut-1), word&(1<<(cut-1)-1) != 0 || sticky
	kept := uint64(0)
	if cut < 64 {
		kept = word >> cut
	}
	if word&half != 0 && (rest || kept&1 == 1) {
		kept++
	}
	return math.Ldexp(float64(kept), exponent+cut)
}

var errFloatSum = errors.New("state of a float sum: damaged bytes")

// Append appends the state as bytes. Equal sums have equal bytes, and the empty sum has none.
func (s *FloatSum) Append(dst []byte) []byte {
	if s.Empty() {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(s.nans))
	dst = binary.AppendVarint(dst, int64(s.plus))
	dst = binary.AppendVarint(dst, int64(s.minus))
	if s.low == s.high {
		return dst
	}
	neg, size := s.magnitude()
	first := byte(s.low)
	if neg {
		first |= 0x80
	}
	dst = append(dst, first)
	for len(size) > 0 && size[len(size)-1] == 0 {
		size = size[:len(size)-1]
	}
	for _, d := range size {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(d))
	}
	return dst
}

// Decode makes s the sum whose bytes are given.
func (s *FloatSum) Decode(src []byte) error {
	s.Reset()
	if len(src) == 0 {
		return nil
	}
	for _, count := range []*batch.Weight{&s.nans, &s.plus, &s.minus} {
		v, n := binary.Varint(src)
		if n <= 0 {
			return errFloatSum
		}
		*count, src = batch.Weight(v), src[n:]
	}
	if len(src) == 0 {
		return nil
	}
	neg, low := src[0]&0x80 != 0, int(src[0]&0x7f)
	src = src[1:]
	n := len(src) / 4
	if len(src)%4 != 0 || n == 0 || low+n >= sumDigits {
		return errFloatSum
	}
	for i := range n {
		d := int64(binary.LittleEndian.Uint32(src[4*i:]))
		if neg {
			d = -d
		}
		s.digits[low+i] = d
	}
	s.low, s.high, s.pending = low, low+n, 1
	return nil
}
