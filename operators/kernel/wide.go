package kernel

import "math/bits"

// Wide is a 128-bit integer as it stands in a column, low word first: two's complement, except in a
// Uint128 column.
type Wide = [2]uint64

// u256 is an unsigned 256-bit integer, low word first.
type u256 [4]uint64

// WideInt returns v in 128 bits.
func WideInt(v int64) Wide { return Wide{uint64(v), uint64(v >> 63)} }

// WideUint returns v in 128 bits.
func WideUint(v uint64) Wide { return Wide{v, 0} }

// AddWide returns x+y, signed, and whether it fits.
func AddWide(x, y Wide) (Wide, bool) {
	lo, carry := bits.Add64(x[0], y[0], 0)
	hi, _ := bits.Add64(x[1], y[1], carry)
	return Wide{lo, hi}, int64((hi^x[1])&(hi^y[1])) >= 0
}

// SubWide returns x-y, signed, and whether it fits.
func SubWide(x, y Wide) (Wide, bool) {
	lo, borrow := bits.Sub64(x[0], y[0], 0)
	hi, _ := bits.Sub64(x[1], y[1], borrow)
	return Wide{lo, hi}, int64((x[1]^y[1])&(hi^x[1])) >= 0
}

// NegWide returns -x, signed, and whether it fits.
func NegWide(x Wide) (Wide, bool) { return SubWide(Wide{}, x) }

// AddUwide returns x+y, unsigned, and whether it fits.
func AddUwide(x, y Wide) (Wide, bool) {
	lo, carry := bits.Add64(x[0], y[0], 0)
	hi, over := bits.Add64(x[1], y[1], carry)
	return Wide{lo, hi}, over == 0
}

// SubUwide returns x-y, unsigned, and whether it fits.
func SubUwide(x, y Wide) (Wide, bool) {
	lo, borrow := bits.Sub64(x[0], y[0], 0)
	hi, over := bits.Sub64(x[1], y[1], borrow)
	return Wide{lo, hi}, over == 0
}

// MulWide returns x*y, signed, and whether it fits.
func MulWide(x, y Wide) (Wide, bool) {
	nx, mx := magnitude(x)
	ny, my := magnitude(y)
	return signed(nx != ny, mul256(mx, my))
}

// MulUwide returns x*y, unsigned, and whether it fits.
func MulUwide(x, y Wide) (Wide, bool) {
	p := mul256(x, y)
	return Wide{p[0], p[1]}, p[2]|p[3] == 0
}

// DivWide returns x/y cut towards zero, signed, and whether there is such a number.
func DivWide(x, y Wide) (Wide, bool) {
	nx, mx := magnitude(x)
	ny, my := magnitude(y)
	if my == (Wide{}) {
		return Wide{}, false
	}
	q, _ := div256(u256{mx[0], mx[1]}, my)
	return signed(nx != ny, q)
}

// ModWide returns the remainder of x/y with the sign of x, signed, and whether y is not zero.
func ModWide(x, y Wide) (Wide, bool) {
	nx, mx := magnitude(x)
	_, my := magnitude(y)
	if my == (Wide{}) {
		return Wide{}, false
	}
	_, r := div256(u256{mx[0], mx[1]}, my)
	return signed(nx, u256{r[0], r[1]})
}

// DivUwide returns x/y, unsigned, and whether y is not zero.
func DivUwide(x, y Wide) (Wide, bool) {
	if y == (Wide{}) {
		return Wide{}, false
	}
	q, _ := div256(u256{x[0], x[1]}, y)
	return Wide{q[0], q[1]}, true
}

// ModUwide returns the remainder of x/y, unsigned, and whether y is not zero.
func ModUwide(x, y Wide) (Wide, bool) {
	if y == (Wide{}) {
		return Wide{}, false
	}
	_, r := div256(u256{x[0], x[1]}, y)
	return r, true
}

// magnitude splits a signed number into its sign and its size, which is unsigned.
func magnitude(x Wide) (neg bool, size Wide) {
	if int64(x[1]) >= 0 {
		return false, x
	}
	size, _ = SubUwide(Wide{}, x)
	return true, size
}

// signed gives a size its sign and reports whether that fits 128 bits.
func signed(neg bool, size u256) (Wide, bool) {
	x := Wide{size[0], size[1]}
	if size[2]|size[3] != 0 {
		return x, false
	}
	if neg {
		x, _ = SubUwide(Wide{}, x)
		return x, int64(x[1]) < 0 || x == Wide{}
	}
	return x, int64(x[1]) >= 0
}

func mul256(x, y Wide) (p u256) {
	h00, l00 := bits.Mul64(x[0], y[0])
	h01, l01 := bits.Mul64(x[0], y[1])
	h10, l10 := bits.Mul64(x[1], y[0])
	h11, l11 := bits.Mul64(x[1], y[1])
	var c1, c2 uint64
	p[0] = l00
	p[1], c1 = bits.Add64(h00, l01, 0)
	p[2], c2 = bits.Add64(h01, l11, c1)
	p[3] = h11 + c2
	p[1], c1 = bits.Add64(p[1], l10, 0)
	p[2], c2 = bits.Add64(p[2], h10, c1)
	p[3] += c2
	return p
}

// add256 returns x+y for a y of 128 bits; the sum must fit.
func add256(x u256, y Wide) u256 {
	var c uint64
	x[0], c = bits.Add64(x[0], y[0], 0)
	x[1], c = bits.Add64(x[1], y[1], c)
	x[2], c = bits.Add64(x[2], 0, c)
	x[3] += c
	return x
}

// div256 returns x/d and the remainder; d is not zero.
func div256(x u256, d Wide) (q u256, r Wide) {
	if d[1] == 0 {
		top := 3
		for top > 0 && x[top] == 0 {
			top--
		}
		rem := uint64(0)
		for i := top; i >= 0; i-- {
			q[i], rem = bits.Div64(rem, x[i], d[0])
		}
		return q, Wide{rem, 0}
	}
	// Knuth's algorithm D with a divisor of two words, shifted so that its top bit is set.
	s := bits.LeadingZeros64(d[1])
	d1, d0 := d[1]<<s|d[0]>>(64-s), d[0]<<s
	if s == 0 {
		d1, d0 = d[1], d[0]
	}
	var u [5]uint64
	for i, w := range x {
		u[i] |= w << s
		if s > 0 {
			u[i+1] = w >> (64 - s)
		}
	}
	for j := 2; j >= 0; j-- {
		q[j] = quotientWord(&u, j, d1, d0)
	}
	r = Wide{u[0], u[1]}
	if s > 0 {
		r = Wide{u[0]>>s | u[1]<<(64-s), u[1] >> s}
	}
	return q, r
}

// quotientWord computes word j of a quotient and takes its product with the divisor from u.
func quotientWord(u *[5]uint64, j int, d1, d0 uint64) uint64 {
	guess := ^uint64(0)
	if u[j+2] < d1 {
		var rem uint64
		guess, rem = bits.Div64(u[j+2], u[j+1], d1)
		for {
			hi, lo := bits.Mul64(guess, d0)
			if hi < rem || hi == rem && lo <= u[j] {
				break
			}
			guess--
			var carry uint64
			if rem, carry = bits.Add64(rem, d1, 0); carry != 0 {
				break
			}
		}
	}
	for {
		h0, l0 := bits.Mul64(guess, d0)
		h1, l1 := bits.Mul64(guess, d1)
		mid, carry := bits.Add64(h0, l1, 0)
		top := h1 + carry
		a, b := bits.Sub64(u[j], l0, 0)
		c, b := bits.Sub64(u[j+1], mid, b)
		e, b := bits.Sub64(u[j+2], top, b)
		if b == 0 {
			u[j], u[j+1], u[j+2] = a, c, e
			return guess
		}
		guess--
	}
}
