package figure

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

// Statistic makes a number out of exact sums.
type Statistic struct {
	of func(m *moment) (float64, bool)
}

// StatisticNamed returns a statistic.
func StatisticNamed(name string) (Statistic, bool) {
	f, ok := statistics[name]
	return Statistic{f}, ok
}

// Moments are the exact sums of the rows in which no argument is null. A statistic of one argument has no X, XX and XY.
type Moments struct {
	N                int64
	Y, YY, X, XX, XY *kernel.ExactSum
	// ScaleY and ScaleX are those of the arguments' types.
	ScaleY, ScaleX int
}

// Append appends the statistic, NULL if there is none.
func (s Statistic) Append(v *batch.Vector, of *Moments) {
	if of.N <= 0 {
		v.AppendNull()
		return
	}
	m := moment{n: number{v: big.NewInt(of.N)}, finite: true}
	sum := func(s *kernel.ExactSum, scale int) number {
		m.finite = m.finite && s.Finite()
		value, exp := s.Value()
		return number{value, exp, scale}
	}
	m.y, m.yy = sum(of.Y, of.ScaleY), sum(of.YY, 2*of.ScaleY)
	if of.X != nil {
		m.x, m.xx, m.xy = sum(of.X, of.ScaleX), sum(of.XX, 2*of.ScaleX), sum(of.XY, of.ScaleX+of.ScaleY)
	}
	switch r, ok := s.of(&m); {
	case !m.finite && (of.N > 1 || ok):
		batch.Append(v, math.NaN())
	case !ok:
		v.AppendNull()
	default:
		batch.Append(v, r)
	}
}
