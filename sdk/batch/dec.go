package batch

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// u128 is an unsigned 128-bit integer.
type u128 struct{ hi, lo uint64 }

// pow10 returns 10^n for n up to 38.
func pow10(n int) u128 {
	p := u128{lo: 1}
	for range n {
		p, _ = p.mulAdd(10, 0)
	}
	return p
}

// mostDec is above every decimal.
var mostDec = pow10(38)

func (a u128) less(b u128) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// mulAdd returns a*m + d and whether it fits.
func (a u128) mulAdd(m, d uint64) (u128, bool) {
	hi, lo := bits.Mul64(a.lo, m)
	over, mid := bits.Mul64(a.hi, m)
	lo, carry := bits.Add64(lo, d, 0)
	hi, c1 := bits.Add64(hi, mid, carry)
	return u128{hi, lo}, over == 0 && c1 == 0
}

// divmod returns a/d and a%d.
func (a u128) divmod(d uint64) (u128, uint64) {
	hi, r := a.hi/d, a.hi%d
	lo, r := bits.Div64(r, a.lo, d)
	return u128{hi, lo}, r
}

func (a u128) neg() u128 {
	lo, borrow := bits.Sub64(0, a.lo, 0)
	hi, _ := bits.Sub64(0, a.hi, borrow)
	return u128{hi, lo}
}

func (a u128) append(dst []byte) []byte {
	if a.hi == 0 {
		return strconv.AppendUint(dst, a.lo, 10)
	}
	const chunk = 1e19
	q, r := a.divmod(chunk)
	dst = q.append(dst)
	digits := strconv.AppendUint(nil, r, 10)
	for range 19 - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// magnitude splits a two's complement number into sign and size.
func magnitude(lo, hi uint64) (neg bool, size u128) {
	size = u128{hi, lo}
	if int64(hi) < 0 {
		return true, size.neg()
	}
	return false, size
}

// appendDec appends a signed 128-bit integer with scale digits after the point, all of them.
func appendDec(dst []byte, lo, hi uint64, scale int) []byte {
	neg, size := magnitude(lo, hi)
	if neg {
		dst = append(dst, '-')
	}
	start := len(dst)
	dst = size.append(dst)
	if scale == 0 {
		return dst
	}
	for len(dst)-start <= scale {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - scale
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// String returns the number as a signed decimal, all digits after its point included.
func (d Dec) String() string { return string(appendDec(nil, d.Lo, uint64(d.Hi), int(d.Scale))) }

var (
	errSyntax = errors.New("not a number")
	errRange  = errors.New("out of range")
	errDigits = errors.New("too many digits after the point")
)

// parseDigits reads a decimal number as an integer times 10^-scale, exactly: digits that the scale
// has no room for must be zeros. max is the first size that is too large (zero: 2^128).
func parseDigits(s string, scale int, max u128) (neg bool, size u128, err error) {
	rest := s
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		neg, rest = rest[0] == '-', rest[1:]
	}
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa = rest[:i]
		exponent, err = strconv.Atoi(rest[i+1:])
		if err != nil || exponent < -1000 || exponent > 1000 {
			return false, u128{}, errSyntax
		}
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || point && fraction == "" && whole == "" {
		return false, u128{}, errSyntax
	}
	room := len(whole) + exponent + scale // how many of all digits have a place
	for i := range len(whole) + len(fraction) {
		d := digitAt(whole, fraction, i)
		switch {
		case d > 9:
			return false, u128{}, errSyntax
		case i >= room && d != 0:
			return false, u128{}, errDigits
		case i < room:
			if size, err = next(size, d, max); err != nil {
				return false, u128{}, err
			}
		}
	}
	for i := len(whole) + len(fraction); i < room && size != (u128{}); i++ {
		if size, err = next(size, 0, max); err != nil {
			return false, u128{}, err
		}
	}
	return neg, size, nil
}

func digitAt(whole, fraction string, i int) uint64 {
	if i < len(whole) {
		return uint64(whole[i] - '0')
	}
	return uint64(fraction[i-len(whole)] - '0')
}

func next(size u128, digit uint64, max u128) (u128, error) {
	size, ok := size.mulAdd(10, digit)
	if !ok || max != (u128{}) && !size.less(max) {
		return u128{}, errRange
	}
	return size, nil
}

// parseDec reads a decimal, int128 or uint128 as two's complement.
func parseDec(s string, t Type) ([2]uint64, error) {
	max := u128{}
	switch t.Kind {
	case Decimal:
		if n, neg, ok := shortDec(s, int(t.Scale)); ok {
			if neg {
				n = -n
			}
			return [2]uint64{uint64(n), uint64(n >> 63)}, nil
		}
		max = mostDec
	case Int128:
		max = u128{hi: 1 << 63, lo: 1}
	}
	neg, size, err := parseDigits(s, int(t.Scale), max)
	if err != nil {
		return [2]uint64{}, err
	}
	if !neg && t.Kind == Int128 && size.hi>>63 != 0 || neg && t.Kind == Uint128 && size != (u128{}) {
		return [2]uint64{}, errRange
	}
	if neg {
		size = size.neg()
	}
	return [2]uint64{size.lo, size.hi}, nil
}

// shortDec reads a decimal of up to 18 digits at its scale, most of all there are; ok is false if it is none, or not plain.
func shortDec(s string, scale int) (n int64, neg, ok bool) {
	if neg = s != "" && s[0] == '-'; neg {
		s = s[1:]
	}
	point := -1
	for i := range len(s) {
		switch d := s[i] - '0'; {
		case d <= 9:
			n = 10*n + int64(d)
		case s[i] == '.' && point < 0 && i > 0:
			point = i
		default:
			return 0, false, false
		}
		if i >= 18 {
			return 0, false, false
		}
	}
	behind := 0
	if point >= 0 {
		behind = len(s) - point - 1
	}
	if s == "" || behind > scale || len(s)+scale-behind > 18 {
		return 0, false, false
	}
	for range scale - behind {
		n *= 10
	}
	return n, neg, true
}
