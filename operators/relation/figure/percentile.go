package figure

import (
	"math/big"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Value is a row of a column.
type Value struct {
	Col *batch.Column
	Row int
}

// Percentile is the value below which a fraction of all values lies: one of them, or what lies between two, exactly and
// rounded once.
type Percentile struct {
	fraction *big.Rat
	disc     bool
	at, part *big.Rat
	scratch  [2]big.Int
}

// NewPercentile returns one of a fraction, written as a number or as a quotient; with disc it is one of the values.
func NewPercentile(fraction string, disc bool) (*Percentile, bool) {
	f, ok := new(big.Rat).SetString(fraction)
	return &Percentile{fraction: f, disc: disc, at: new(big.Rat), part: new(big.Rat)}, ok
}

// Place returns the rank, from 0, of the value among total of them, which are not none. Between it and the next one the
// percentile lies if two is set.
func (p *Percentile) Place(total int64) (rank int64, two bool) {
	x, n := &p.scratch[0], &p.scratch[1]
	if p.disc {
		x.Mul(p.fraction.Num(), n.SetInt64(total))
		x.Add(x, p.fraction.Denom())
		x.Sub(x, n.SetInt64(1))
		return max(0, x.Quo(x, p.fraction.Denom()).Int64()-1), false
	}
	x.Mul(p.fraction.Num(), n.SetInt64(total-1))
	x.QuoRem(x, p.fraction.Denom(), n)
	p.part.SetFrac(n, p.fraction.Denom())
	return x.Int64(), n.Sign() != 0
}

// Between appends what lies between two values, as Place says. It is a switch over the types of the result.
func (p *Percentile) Between(out *batch.Vector, low, high Value) {
	a, b, i, j := low.Col, high.Col, low.Row, high.Row
	switch part := p.part; {
	case p.disc:
		out.AppendColumn(a, i, i+1)
	case a.Type.Float():
		batch.Append(out, betweenFloats(float(a, i), float(b, j), part))
	case out.Type.Kind == batch.Float64:
		f, _ := mix(new(big.Rat).SetInt(Integer(a, i)), new(big.Rat).SetInt(Integer(b, j)), part).Float64()
		batch.Append(out, f)
	default:
		v := mix(new(big.Rat).SetInt(Integer(a, i)), new(big.Rat).SetInt(Integer(b, j)), part)
		scale := int64(out.Type.Scale) - int64(a.Type.Scale)
		v.Mul(v, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(scale), nil)))
		AppendInteger(out, rounded(v))
	}
}

func mix(a, b, part *big.Rat) *big.Rat {
	b.Sub(b, a)
	return b.Mul(b, part).Add(b, a)
}

// betweenFloats is exact where both are finite.
func betweenFloats(a, b float64, part *big.Rat) float64 {
	if a == b || part.Sign() == 0 {
		return a
	}
	x, y := new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b)
	if x == nil || y == nil {
		f, _ := part.Float64()
		return a + (b-a)*f
	}
	f, _ := mix(x, y, part).Float64()
	return f
}

// rounded returns the nearest integer, half away from zero.
func rounded(v *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(v.Num(), 1)
	if v.Sign() < 0 {
		twice.Sub(twice, v.Denom())
	} else {
		twice.Add(twice, v.Denom())
	}
	return twice.Quo(twice, new(big.Int).Lsh(v.Denom(), 1))
}

func float(col *batch.Column, row int) float64 {
	if col.Type.Kind == batch.Float32 {
		return float64(batch.Values[float32](col)[row])
	}
	return batch.Values[float64](col)[row]
}
