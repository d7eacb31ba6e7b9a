package aggregate

import (
	"math"
	"math/big"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// percentile appends the value below which the fraction of all values lies: with percentileDisc one of them, with
// percentileCont what lies between two, exactly and rounded once. It returns how many rows it has gone through.
func (p *pick) percentile(r *ranks, out *batch.Vector) (walked int) {
	if r.total == 0 {
		out.AppendNull()
		return r.walked
	}
	at := new(big.Rat).SetInt64(r.total - 1)
	at.Mul(at, p.fraction)
	rank := new(big.Int).Quo(at.Num(), at.Denom()).Int64()
	if p.fold == percentileDisc {
		at.Mul(at.SetInt64(r.total), p.fraction)
		above := new(big.Int).Add(at.Num(), at.Denom())
		rank = max(0, above.Sub(above, big.NewInt(1)).Quo(above, at.Denom()).Int64()-1)
	}
	low, after := r.at(rank)
	if p.fold == percentileDisc || at.IsInt() {
		p.between(out, low, low, new(big.Rat))
		return r.walked
	}
	high := low
	if after == 0 {
		high, _ = r.at(rank + 1)
	}
	p.between(out, low, high, at.Sub(at, new(big.Rat).SetInt64(rank)))
	return r.walked
}

// between appends low + (high - low) * part. It is a switch over the types of the result.
func (p *pick) between(out *batch.Vector, low, high place, part *big.Rat) {
	a, b := low.column(p.at), high.column(p.at)
	i, j := int(low.row), int(high.row)
	switch {
	case p.fold == percentileDisc:
		out.AppendColumn(a, i, i+1)
	case a.Type.Float():
		batch.Append(out, betweenFloats(float(a, i), float(b, j), part))
	case out.Type.Kind == batch.Float64:
		f, _ := mix(new(big.Rat).SetInt(integer(a, i)), new(big.Rat).SetInt(integer(b, j)), part).Float64()
		batch.Append(out, f)
	default:
		v := mix(new(big.Rat).SetInt(integer(a, i)), new(big.Rat).SetInt(integer(b, j)), part)
		scale := int64(out.Type.Scale) - int64(a.Type.Scale)
		v.Mul(v, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(scale), nil)))
		appendInteger(out, rounded(v))
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

// integer returns an integer, a decimal in units of its last digit, or a time in microseconds. It is a switch over the
// kinds.
func integer(col *batch.Column, row int) *big.Int {
	switch col.Type.Kind {
	case batch.Int8:
		return big.NewInt(int64(batch.Values[int8](col)[row]))
	case batch.Int16:
		return big.NewInt(int64(batch.Values[int16](col)[row]))
	case batch.Int32:
		return big.NewInt(int64(batch.Values[int32](col)[row]))
	case batch.Int64, batch.Timestamp, batch.Duration:
		return big.NewInt(batch.Values[int64](col)[row])
	case batch.Uint8:
		return big.NewInt(int64(batch.Values[uint8](col)[row]))
	case batch.Uint16:
		return big.NewInt(int64(batch.Values[uint16](col)[row]))
	case batch.Uint32:
		return big.NewInt(int64(batch.Values[uint32](col)[row]))
	case batch.Uint64:
		return new(big.Int).SetUint64(batch.Values[uint64](col)[row])
	}
	w := batch.Values[kernel.Wide](col)[row]
	v := new(big.Int).SetUint64(w[1])
	v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(w[0]))
	if col.Type.Kind != batch.Uint128 && int64(w[1]) < 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return v
}

// appendInteger is the inverse of integer; the value fits. It is a switch over the kinds.
func appendInteger(out *batch.Vector, v *big.Int) {
	low := new(big.Int).And(v, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	switch out.Type.Kind {
	case batch.Int8:
		batch.Append(out, int8(low))
	case batch.Int16:
		batch.Append(out, int16(low))
	case batch.Int32:
		batch.Append(out, int32(low))
	case batch.Uint8:
		batch.Append(out, uint8(low))
	case batch.Uint16:
		batch.Append(out, uint16(low))
	case batch.Uint32:
		batch.Append(out, uint32(low))
	case batch.Uint64:
		batch.Append(out, low)
	case batch.Int64, batch.Timestamp, batch.Duration:
		batch.Append(out, int64(low))
	default:
		high := new(big.Int).And(new(big.Int).Rsh(v, 64), new(big.Int).SetUint64(math.MaxUint64)).Uint64()
		batch.Append(out, kernel.Wide{low, high})
	}
}
