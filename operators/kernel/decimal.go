package kernel

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// MaxScale is how many digits a decimal has, and so how many it can have after its point.
const MaxScale = 38

// Pow10 returns 10^n for n of 0..38.
func Pow10(n int) Wide { return powers[n] }

var powers = func() (p [MaxScale + 1]Wide) {
	p[0] = Wide{1, 0}
	for i := 1; i <= MaxScale; i++ {
		p[i], _ = MulUwide(p[i-1], Wide{10, 0})
	}
	return p
}()

// IsDecimal reports whether x has at most 38 digits.
func IsDecimal(x Wide) bool {
	_, size := magnitude(x)
	return compareUwide(size, powers[MaxScale]) < 0
}

// DecimalWithin reports whether x has at most n digits, those after the point too.
func DecimalWithin(x Wide, n int) bool {
	_, size := magnitude(x)
	return n >= MaxScale || compareUwide(size, powers[max(n, 0)]) < 0
}

// decimal gives a size its sign and reports whether it has at most 38 digits.
func decimal(neg bool, size u256) (Wide, bool) {
	x := Wide{size[0], size[1]}
	if size[2]|size[3] != 0 || compareUwide(x, powers[MaxScale]) >= 0 {
		return Wide{}, false
	}
	if neg {
		x, _ = NegWide(x)
	}
	return x, true
}

// AddDecimal returns x+y, of one scale, and whether it fits.
func AddDecimal(x, y Wide) (Wide, bool) {
	s, ok := AddWide(x, y)
	return s, ok && IsDecimal(s)
}

// SubDecimal returns x-y, of one scale, and whether it fits.
func SubDecimal(x, y Wide) (Wide, bool) {
	d, ok := SubWide(x, y)
	return d, ok && IsDecimal(d)
}

// MulDecimal returns x*y without its last drop digits, of 0..38, rounded half away from zero, and whether
// it fits.
func MulDecimal(x, y Wide, drop int) (Wide, bool) {
	if a, b := int64(x[0]), int64(y[0]); drop == 0 && WideInt(a) == x && WideInt(b) == y {
		// 127 bits are less than 38 digits. BenchmarkDecimal/mul went from 78 to 13 ns a row.
		hi, lo := bits.Mul64(absolute(a), absolute(b))
		if (a < 0) == (b < 0) {
			return Wide{lo, hi}, true
		}
		return NegWide(Wide{lo, hi})
	}
	nx, mx := magnitude(x)
	ny, my := magnitude(y)
	return decimal(nx != ny, roundedDiv(mul256(mx, my), powers[drop]))
}

// DivDecimal returns x * 10^up / y, up being 0..38, rounded half away from zero, and whether it fits and y
// is not zero.
func DivDecimal(x, y Wide, up int) (Wide, bool) {
	nx, mx := magnitude(x)
	ny, my := magnitude(y)
	if my == (Wide{}) {
		return Wide{}, false
	}
	return decimal(nx != ny, roundedDiv(mul256(mx, powers[up]), my))
}

// ModDecimal returns the remainder of x/y, of one scale, with the sign of x, and whether y is not zero.
func ModDecimal(x, y Wide) (Wide, bool) { return ModWide(x, y) }

// Rescale returns x with another number of digits after its point, rounded half away from zero, and
// whether it fits.
func Rescale(x Wide, from, to int) (Wide, bool) {
	if from <= to {
		return MulDecimal(x, powers[to-from], 0)
	}
	neg, size := magnitude(x)
	return decimal(neg, roundedDiv(u256{size[0], size[1]}, powers[from-to]))
}

// RoundDecimal returns x, of the given scale, rounded to digits after the point: half away from zero (0),
// up (1), down (-1) or towards zero (2). Digits may be negative. The scale stays.
func RoundDecimal(x Wide, scale, digits, mode int) (Wide, bool) {
	drop := scale - digits
	if drop <= 0 {
		return x, true
	}
	if drop > MaxScale {
		drop = MaxScale
	}
	neg, size := magnitude(x)
	q, r := div256(u256{size[0], size[1]}, powers[drop])
	up := false
	switch mode {
	case 0:
		up = twice(r, powers[drop]) >= 0
	case 1:
		up = !neg && r != Wide{}
	case -1:
		up = neg && r != Wide{}
	}
	if up {
		q = add256(q, Wide{1, 0})
	}
	return decimal(neg, mul256(Wide{q[0], q[1]}, powers[drop]))
}

// roundedDiv returns x/d rounded half up.
func roundedDiv(x u256, d Wide) u256 {
	if d == (Wide{1, 0}) {
		return x
	}
	q, r := div256(x, d)
	if twice(r, d) >= 0 {
		q = add256(q, Wide{1, 0})
	}
	return q
}

// twice compares 2r with d, for r below d.
func twice(r, d Wide) int {
	rest, _ := SubUwide(d, r)
	return compareUwide(r, rest)
}

// DecimalFloat returns the float64 nearest to x * 10^-scale.
func DecimalFloat(x Wide, scale int) float64 {
	neg, size := magnitude(x)
	if size[1] == 0 && size[0] < 1<<53 && scale < len(exactPowers) {
		f := float64(size[0]) / exactPowers[scale] // one rounding: both are exact
		if neg {
			return -f
		}
		return f
	}
	f, err := strconv.ParseFloat(batch.Dec{Lo: x[0], Hi: int64(x[1]), Scale: uint8(scale)}.String(), 64)
	if err != nil {
		panic("kernel: decimal as float: " + err.Error())
	}
	return f
}

var exactPowers = func() (p [23]float64) {
	for i := range p {
		p[i] = math.Pow10(i)
	}
	return p
}()

// FloatDecimal returns the decimal of a scale nearest to f, that is, to the shortest digits that f is
// written with, rounded half away from zero, and whether it fits.
func FloatDecimal(f float64, scale int) (Wide, bool) {
	if math.IsNaN(f) || math.Abs(f) >= 1e39 {
		return Wide{}, false
	}
	var text [32]byte
	mantissa, exponent, _ := strings.Cut(string(strconv.AppendFloat(text[:0], f, 'e', -1, 64)), "e")
	neg := mantissa[0] == '-'
	digits := strings.Replace(strings.TrimPrefix(mantissa, "-"), ".", "", 1)
	n, err1 := strconv.ParseUint(digits, 10, 64)
	e, err2 := strconv.Atoi(exponent)
	if err1 != nil || err2 != nil {
		panic("kernel: digits of " + mantissa)
	}
	up := e - (len(digits) - 1) + scale // f = n * 10^(up-scale)
	switch {
	case up > MaxScale:
		return Wide{}, n == 0
	case up >= 0:
		return decimal(neg, mul256(Wide{n, 0}, powers[up]))
	case -up > MaxScale:
		return Wide{}, true
	}
	return decimal(neg, roundedDiv(u256{n}, powers[-up]))
}
