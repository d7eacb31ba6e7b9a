package kernel

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// ExactSum is the exact sum of weighted numbers, or of products of two, of any type and size: an integer times a
// power of two. Nothing is rounded away, so what is added and taken back, in any order, leaves no trace. Numbers that
// are not finite are only counted. Decimals count in units of their last digit. The zero value is the empty sum.
type ExactSum struct {
	sum     big.Int
	exp     int // of the unit: 2^exp
	odd     batch.Weight
	scratch [2]big.Int
}

// addUnits adds (hi, lo) * 2^exp.
func (s *ExactSum) addUnits(hi, lo uint64, exp int, neg bool) {
	t := &s.scratch[0]
	t.SetUint64(hi)
	if hi != 0 {
		t.Lsh(t, 64)
		t.Or(t, s.scratch[1].SetUint64(lo))
	} else {
		t.SetUint64(lo)
	}
	if neg {
		t.Neg(t)
	}
	s.add(t, exp)
}

// add adds v * 2^exp; v may be the first scratch.
func (s *ExactSum) add(v *big.Int, exp int) {
	switch {
	case s.sum.Sign() == 0:
		s.sum.Set(v)
		s.exp = exp
		return
	case exp < s.exp:
		s.sum.Lsh(&s.sum, uint(s.exp-exp))
		s.exp = exp
	case exp > s.exp:
		v = s.scratch[1].Lsh(v, uint(exp-s.exp))
	}
	s.sum.Add(&s.sum, v)
}

// AddFloat adds v with weight w.
func (s *ExactSum) AddFloat(v float64, w batch.Weight) {
	m, exp, neg, finite := splitFloat(v)
	if !finite {
		s.odd += w
		return
	}
	hi, lo := bits.Mul64(m, absolute(w))
	s.addUnits(hi, lo, exp, neg != (w < 0))
}

// AddFloats adds the product of two floats with weight w.
func (s *ExactSum) AddFloats(x, y float64, w batch.Weight) {
	mx, ex, nx, finite := splitFloat(x)
	my, ey, ny, both := splitFloat(y)
	if !finite || !both {
		s.odd += w
		return
	}
	hi, lo := bits.Mul64(mx, my)
	if size := absolute(w); size != 1 {
		p := mul256(Wide{lo, hi}, Wide{size, 0})
		s.addUnits(p[3], p[2], ex+ey+128, nx != ny != (w < 0))
		hi, lo = p[1], p[0]
	}
	s.addUnits(hi, lo, ex+ey, nx != ny != (w < 0))
}

// splitFloat returns a float as m * 2^exp.
func splitFloat(v float64) (m uint64, exp int, neg, finite bool) {
	word := math.Float64bits(v)
	exponent, m := int(word>>52&0x7ff), word&(1<<52-1)
	switch exponent {
	case 0x7ff:
		return 0, 0, false, false
	case 0:
		exponent = 1
	default:
		m |= 1 << 52
	}
	return m, exponent - 1075, v < 0, true
}

// AddSum adds a sum of integers.
func (s *ExactSum) AddSum(sum Sum) {
	if sum == (Sum{}) {
		return
	}
	neg := int64(sum[2]) < 0
	if neg {
		sum = sum.negated()
	}
	if sum[2] != 0 {
		s.addUnits(0, sum[2], 128, neg)
	}
	s.addUnits(sum[1], sum[0], 0, neg)
}

// addProduct adds the product of two wide integers, each with its sign, with weight w.
func (s *ExactSum) addProduct(x, y Wide, neg bool, w batch.Weight) {
	p := mul256(x, y)
	for i, word := range p {
		if word != 0 {
			hi, lo := bits.Mul64(word, absolute(w))
			s.addUnits(hi, lo, 64*i, neg != (w < 0))
		}
	}
}

// Merge adds all of another sum.
func (s *ExactSum) Merge(t *ExactSum) {
	if t.sum.Sign() != 0 {
		s.add(&t.sum, t.exp)
	}
	s.odd += t.odd
}

// Times takes the sum w times.
func (s *ExactSum) Times(w batch.Weight) {
	s.sum.Mul(&s.sum, s.scratch[0].SetInt64(int64(w)))
	s.odd *= w
}

// Empty reports whether the sum is that of nothing.
func (s *ExactSum) Empty() bool { return s.sum.Sign() == 0 && s.odd == 0 }

// Reset makes s the empty sum.
func (s *ExactSum) Reset() {
	s.sum.SetInt64(0)
	s.exp, s.odd = 0, 0
}

// Finite reports whether all numbers were.
func (s *ExactSum) Finite() bool { return s.odd == 0 }

// Value returns the sum of the finite numbers, as an integer times 2^exp. The integer is not to be changed.
func (s *ExactSum) Value() (v *big.Int, exp int) { return &s.sum, s.exp }

var errExactSum = errors.New("state of an exact sum: damaged bytes")

// Append appends the state as bytes. Equal sums have equal bytes, and the empty sum has none.
func (s *ExactSum) Append(dst []byte) []byte {
	if s.Empty() {
		return dst
	}
	dst = binary.AppendVarint(dst, int64(s.odd))
	if s.sum.Sign() == 0 {
		return dst
	}
	zeros := int(s.sum.TrailingZeroBits())
	exp := 2 * int64(s.exp+zeros)
	if s.sum.Sign() < 0 {
		exp++
	}
	dst = binary.AppendVarint(dst, exp)
	return append(dst, s.scratch[0].Rsh(s.scratch[0].Abs(&s.sum), uint(zeros)).Bytes()...)
}

// Decode makes s the sum whose bytes are given.
func (s *ExactSum) Decode(src []byte) error {
	s.Reset()
	if len(src) == 0 {
		return nil
	}
	odd, n := binary.Varint(src)
	if n <= 0 {
		return errExactSum
	}
	s.odd, src = batch.Weight(odd), src[n:]
	if len(src) == 0 {
		return nil
	}
	exp, n := binary.Varint(src)
	const limit = 1 << 20
	if n <= 0 || n == len(src) || exp < -limit || exp > limit {
		return errExactSum
	}
	s.exp = int(exp >> 1)
	s.sum.SetBytes(src[n:])
	if exp&1 != 0 {
		s.sum.Neg(&s.sum)
	}
	return nil
}
