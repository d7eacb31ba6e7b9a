package kernel

import "github.com/millrace-dev/millrace/sdk/batch"

// Moments adds, for each group, the products of the rows of two columns where both are not null, with their weights,
// or with a nil b the values of a. Decimals are taken as integers.
func (g *GroupRows) Moments(dst []ExactSum, a, b *batch.Column) {
	switch {
	case a.Type.Float() || b != nil && b.Type.Float():
		g.floatMoments(dst, a, b)
	case a.Type.Width() < 8 || a.Type.Kind == batch.Int64 || a.Type.Kind == batch.Duration:
		if b == nil || b.Type.Width() < 8 || b.Type.Kind == batch.Int64 || b.Type.Kind == batch.Duration {
			g.intMoments(dst, a, b)
			return
		}
		g.wideMoments(dst, a, b)
	default:
		g.wideMoments(dst, a, b)
	}
}

// rows calls f with each row of each group that is not null in a and b, and its weight; end after each group.
func (g *GroupRows) rows(a, b *batch.Column, f func(hit int32, row int, w batch.Weight), end func(hit int32)) {
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		for row := int(lo); row < int(hi); row++ {
			if a.Null(row) || b != nil && b.Null(row) {
				continue
			}
			w := batch.Weight(1)
			if g.Weights != nil {
				w = g.Weights[row]
			}
			f(g.Hits[k], row, w)
		}
		if end != nil {
			end(g.Hits[k])
		}
	}
}

// intMoments adds numbers of at most 64 bits up in registers, group by group.
func (g *GroupRows) intMoments(dst []ExactSum, a, b *batch.Column) {
	var s Sum
	at, other := integers(a), func(int) int64 { return 1 }
	if b != nil {
		other = integers(b)
	}
	g.rows(a, b, func(_ int32, row int, w batch.Weight) {
		lo, hi := mulSigned(at(row), other(row))
		s.AddWeighted(Wide{lo, hi}, w)
	}, func(hit int32) {
		dst[hit].AddSum(s)
		s = Sum{}
	})
}

// integers returns the values of a column that fit 64 bits. It is a switch over the kinds.
func integers(col *batch.Column) func(row int) int64 {
	switch col.Type.Kind {
	case batch.Int8:
		return integersOf[int8](col)
	case batch.Int16:
		return integersOf[int16](col)
	case batch.Int32:
		return integersOf[int32](col)
	case batch.Int64, batch.Duration:
		return integersOf[int64](col)
	case batch.Uint8:
		return integersOf[uint8](col)
	case batch.Uint16:
		return integersOf[uint16](col)
	case batch.Uint32:
		return integersOf[uint32](col)
	}
	panic("kernel: integers of " + col.Type.String())
}

func integersOf[T Integer](col *batch.Column) func(row int) int64 {
	vals := values[T](col)
	return func(row int) int64 { return int64(vals[row]) }
}

func (g *GroupRows) wideMoments(dst []ExactSum, a, b *batch.Column) {
	g.rows(a, b, func(hit int32, row int, w batch.Weight) {
		nx, x := sized(a, row)
		ny, y := false, Wide{1, 0}
		if b != nil {
			ny, y = sized(b, row)
		}
		dst[hit].addProduct(x, y, nx != ny, w)
	}, nil)
}

// sized returns an integer or decimal as its sign and its size.
func sized(col *batch.Column, row int) (neg bool, size Wide) {
	switch col.Type.Kind {
	case batch.Uint64:
		return false, Wide{values[uint64](col)[row], 0}
	case batch.Uint128:
		return false, values[Wide](col)[row]
	case batch.Int128, batch.Decimal:
		return magnitude(values[Wide](col)[row])
	}
	v := integers(col)(row)
	return v < 0, Wide{absolute(v), 0}
}

func (g *GroupRows) floatMoments(dst []ExactSum, a, b *batch.Column) {
	x := floats(a)
	if b == nil {
		g.rows(a, b, func(hit int32, row int, w batch.Weight) { dst[hit].AddFloat(x(row), w) }, nil)
		return
	}
	y := floats(b)
	g.rows(a, b, func(hit int32, row int, w batch.Weight) { dst[hit].AddFloats(x(row), y(row), w) }, nil)
}

func floats(col *batch.Column) func(row int) float64 {
	if col.Type.Kind == batch.Float32 {
		vals := values[float32](col)
		return func(row int) float64 { return float64(vals[row]) }
	}
	vals := values[float64](col)
	return func(row int) float64 { return vals[row] }
}

// MergeExact adds, for each group, ExactSums that stand in a Binary column, with their weights.
func (g *GroupRows) MergeExact(dst []ExactSum, col *batch.Column) error {
	var part ExactSum
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		for row := lo; row < hi; row++ {
			if err := part.Decode(col.View(int(row))); err != nil {
				return err
			}
			if g.Weights != nil && g.Weights[row] != 1 {
				part.Times(g.Weights[row])
			}
			dst[g.Hits[k]].Merge(&part)
		}
	}
	return nil
}
