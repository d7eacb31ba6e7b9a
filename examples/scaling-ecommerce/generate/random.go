package main

import (
	"math"
	"math/bits"
)

// random is a splitmix64 generator: one addition and two multiplications a number, and any seed is
// as good as another, so every column of every row group has a generator of its own.
type random uint64

// newRandom returns the generator of a column of a row group.
func newRandom(seed uint64, parts ...uint64) random {
	r := random(seed)
	for _, p := range parts {
		r = random(r.next() ^ p)
	}
	return r
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number of 0..n-1. Its bias is below n/2^64.
func (r *random) below(n uint64) uint64 {
	hi, _ := bits.Mul64(r.next(), n)
	return hi
}

// float returns a number of [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// zipf draws ranks 1..n with a probability in proportion to 1/rank^s, by inverting the integral of
// that density and rejecting what lies above the steps (Hörmann and Derflinger, 1996).
type zipf struct {
	s, n        float64
	first, last float64 // the integral at 1.5, less the whole first step, and at n+0.5
	cut         float64
}

func newZipf(s float64, n int64) zipf {
	z := zipf{s: s, n: float64(n)}
	z.first = z.integral(1.5) - 1
	z.last = z.integral(z.n + 0.5)
	z.cut = 2 - z.inverse(z.integral(2.5)-math.Pow(2, -s))
	return z
}

// integral is the integral of x^-s, with any constant.
func (z *zipf) integral(x float64) float64 {
	if z.s == 1 {
		return math.Log(x)
	}
	return math.Expm1((1-z.s)*math.Log(x)) / (1 - z.s)
}

func (z *zipf) inverse(y float64) float64 {
	if z.s == 1 {
		return math.Exp(y)
	}
	return math.Exp(math.Log1p(max(-1, y*(1-z.s))) / (1 - z.s))
}

func (z *zipf) draw(r *random) int64 {
	for {
		u := z.last + r.float()*(z.first-z.last)
		x := z.inverse(u)
		k := min(max(math.Round(x), 1), z.n)
		if k-x <= z.cut || u >= z.integral(k+0.5)-math.Pow(k, -z.s) {
			return int64(k)
		}
	}
}
