package aggregate

import (
	"math"
	"math/big"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// statistics are the functions of the sums of values, of squares and of products, which are exact; the results are
// rounded once, roots twice. Of two arguments the first is y and the second, the independent one, is x.
//
//	var_pop(y)       = (n Σyy - ΣyΣy) / nn
//	var_samp(y)      = (n Σyy - ΣyΣy) / n(n-1)
//	covar_pop(y, x)  = (n Σxy - ΣxΣy) / nn
//	corr(y, x)       = (n Σxy - ΣxΣy) / sqrt((n Σxx - ΣxΣx) (n Σyy - ΣyΣy))
//	regr_slope(y, x) = (n Σxy - ΣxΣy) / (n Σxx - ΣxΣx)
//
// They say false for NULL.
var statistics = map[string]func(m *moment) (float64, bool){
	"var_pop":     func(m *moment) (float64, bool) { return quotient(m.spreadY(), m.pairs(0)) },
	"var_samp":    func(m *moment) (float64, bool) { return quotient(m.spreadY(), m.pairs(1)) },
	"stddev_pop":  func(m *moment) (float64, bool) { return root(m.spreadY(), m.pairs(0)) },
	"stddev_samp": func(m *moment) (float64, bool) { return root(m.spreadY(), m.pairs(1)) },
	"covar_pop":   func(m *moment) (float64, bool) { return quotient(m.spreadXY(), m.pairs(0)) },
	"covar_samp":  func(m *moment) (float64, bool) { return quotient(m.spreadXY(), m.pairs(1)) },
	"regr_sxx":    func(m *moment) (float64, bool) { return quotient(m.spreadX(), m.n) },
	"regr_syy":    func(m *moment) (float64, bool) { return quotient(m.spreadY(), m.n) },
	"regr_sxy":    func(m *moment) (float64, bool) { return quotient(m.spreadXY(), m.n) },
	"regr_slope":  func(m *moment) (float64, bool) { return quotient(m.spreadXY(), m.spreadX()) },
	"regr_intercept": func(m *moment) (float64, bool) { // (Σy Σxx - Σx Σxy) / (n Σxx - ΣxΣx)
		return quotient(m.y.times(m.xx).minus(m.x.times(m.xy)), m.spreadX())
	},
	"corr": func(m *moment) (float64, bool) {
		xy := m.spreadXY()
		f, ok := root(xy.times(xy), m.spreadX().times(m.spreadY()))
		return math.Copysign(f, float64(xy.v.Sign())), ok
	},
	"regr_r2": func(m *moment) (float64, bool) {
		xy, x, y := m.spreadXY(), m.spreadX(), m.spreadY()
		if y.v.Sign() == 0 && x.v.Sign() != 0 {
			return 1, true
		}
		return quotient(xy.times(xy), x.times(y))
	},
}

// moment is what a group's statistics are computed of.
type moment struct {
	n, x, y, xx, yy, xy number
	finite              bool
}

func (m *moment) spreadX() number  { return m.n.times(m.xx).minus(m.x.times(m.x)) }
func (m *moment) spreadY() number  { return m.n.times(m.yy).minus(m.y.times(m.y)) }
func (m *moment) spreadXY() number { return m.n.times(m.xy).minus(m.x.times(m.y)) }

// pairs returns n(n - less).
func (m *moment) pairs(less int64) number {
	n := m.n.v.Int64()
	return m.n.times(number{v: big.NewInt(n - less)})
}

// number is v * 2^exp / 10^scale, exactly.
type number struct {
	v     *big.Int
	exp   int
	scale int
}

func (a number) times(b number) number {
	return number{new(big.Int).Mul(a.v, b.v), a.exp + b.exp, a.scale + b.scale}
}

// minus returns a - b, which have one scale.
func (a number) minus(b number) number {
	exp := min(a.exp, b.exp)
	x := new(big.Int).Lsh(a.v, uint(a.exp-exp))
	y := new(big.Int).Lsh(b.v, uint(b.exp-exp))
	return number{x.Sub(x, y), exp, a.scale}
}

// ratio returns a/b in the given precision, or nil.
func ratio(a, b number, bits uint) *big.Float {
	if b.v.Sign() == 0 {
		return nil
	}
	x, y := a.v, b.v
	if digits := b.scale - a.scale; digits > 0 {
		x = new(big.Int).Mul(x, power(digits))
	} else if digits < 0 {
		y = new(big.Int).Mul(y, power(-digits))
	}
	q := new(big.Float).SetPrec(bits).Quo(new(big.Float).SetInt(x), new(big.Float).SetInt(y))
	return q.SetMantExp(q, a.exp-b.exp)
}

func power(digits int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
}

func quotient(a, b number) (float64, bool) {
	q := ratio(a, b, 53)
	if q == nil {
		return 0, false
	}
	f, _ := q.Float64()
	return f, true
}

// root returns the square root of a/b. It is below zero only while rows are missing that were taken back already.
func root(a, b number) (float64, bool) {
	q := ratio(a, b, 160)
	switch {
	case q == nil:
		return 0, false
	case q.Sign() < 0:
		return math.NaN(), true
	}
	f, _ := q.Sqrt(q).Float64()
	return f, true
}

// statistic appends the results of a statistic.
func (a *accumulators) statistic(v *batch.Vector, l *layout, u *use, name string) {
	f := statistics[name]
	sums := func(at int) []kernel.ExactSum { return a.exact[l.slots[at].index] }
	sum := func(m *moment, at, i, scale int) number {
		s := &sums(at)[i]
		m.finite = m.finite && s.Finite()
		value, exp := s.Value()
		return number{value, exp, scale}
	}
	sy, sx := int(u.arg.Scale), int(u.with.Scale)
	for i, n := range a.counts[l.slots[u.count].index] {
		if n <= 0 {
			v.AppendNull()
			continue
		}
		m := moment{n: number{v: big.NewInt(n)}, finite: true}
		m.y, m.yy = sum(&m, u.moments.y, i, sy), sum(&m, u.moments.yy, i, 2*sy)
		if u.moments.xy != 0 {
			m.x, m.xx, m.xy = sum(&m, u.moments.x, i, sx), sum(&m, u.moments.xx, i, 2*sx), sum(&m, u.moments.xy, i, sx+sy)
		}
		switch r, ok := f(&m); {
		case !m.finite && (n > 1 || ok):
			batch.Append(v, math.NaN())
		case !ok:
			v.AppendNull()
		default:
			batch.Append(v, r)
		}
	}
}
