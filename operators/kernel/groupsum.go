package kernel

import (
	"math/bits"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// Sum is a 192-bit integer in two's complement, low word first: the sum of any number of weighted
// integers or decimals fits, so what is added and taken back leaves no trace.
type Sum [3]uint64

// Add adds another sum.
func (s *Sum) Add(t Sum) {
	var c uint64
	s[0], c = bits.Add64(s[0], t[0], 0)
	s[1], c = bits.Add64(s[1], t[1], c)
	s[2], _ = bits.Add64(s[2], t[2], c)
}

// AddWeighted adds v, signed, with weight w.
func (s *Sum) AddWeighted(v Wide, w batch.Weight) {
	top := uint64(int64(v[1]) >> 63)
	if w == 1 {
		s.Add(Sum{v[0], v[1], top})
		return
	}
	s.Add(mulSum(Sum{v[0], v[1], top}, w))
}

// addUnsigned adds v, unsigned, with weight w.
func (s *Sum) addUnsigned(v Wide, w batch.Weight) { s.Add(mulSum(Sum{v[0], v[1], 0}, w)) }

// Times returns the sum taken w times.
func (s Sum) Times(w batch.Weight) Sum { return mulSum(s, w) }

func mulSum(s Sum, w batch.Weight) Sum {
	factor := absolute(w)
	var p Sum
	hi0, lo0 := bits.Mul64(s[0], factor)
	hi1, lo1 := bits.Mul64(s[1], factor)
	var c uint64
	p[0] = lo0
	p[1], c = bits.Add64(lo1, hi0, 0)
	p[2] = s[2]*factor + hi1 + c
	if w < 0 {
		p = p.negated()
	}
	return p
}

func (s Sum) negated() Sum {
	var n Sum
	var b uint64
	n[0], b = bits.Sub64(0, s[0], 0)
	n[1], b = bits.Sub64(0, s[1], b)
	n[2], _ = bits.Sub64(0, s[2], b)
	return n
}

// Wide returns the sum as a signed 128-bit integer and whether it fits.
func (s Sum) Wide() (Wide, bool) {
	return Wide{s[0], s[1]}, s[2] == uint64(int64(s[1])>>63)
}

// Uwide returns the sum as an unsigned 128-bit integer and whether it fits.
func (s Sum) Uwide() (Wide, bool) { return Wide{s[0], s[1]}, s[2] == 0 }

// GroupRows is rows of groups: those of group Groups[k] count for slot Hits[k] of a result.
type GroupRows struct {
	Hits, Groups []int32
	// Offsets say where the rows of a group begin; nil: group g is row g.
	Offsets []int32
	// Weights are those of the rows; nil: all are +1.
	Weights []batch.Weight
}

// Count adds, for each group, the weights of the rows that are valid; nil: all are.
func (g *GroupRows) Count(dst []int64, valid batch.Bitmap) {
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		if g.Weights == nil && valid == nil {
			dst[g.Hits[k]] += int64(hi - lo)
			continue
		}
		sum := int64(0)
		for row := lo; row < hi; row++ {
			if valid != nil && !valid.Has(int(row)) {
				continue
			}
			if g.Weights == nil {
				sum++
			} else {
				sum += int64(g.Weights[row])
			}
		}
		dst[g.Hits[k]] += sum
	}
}

// Sum adds, for each group, the values of the rows that are not null, with their weights. It is a
// switch over the kinds; the column is of integers of any width, a decimal or a duration.
func (g *GroupRows) Sum(dst []Sum, col *batch.Column) {
	switch col.Type.Kind {
	case batch.Int8:
		sumInts(g, dst, values[int8](col), col.Valid)
	case batch.Int16:
		sumInts(g, dst, values[int16](col), col.Valid)
	case batch.Int32:
		sumInts(g, dst, values[int32](col), col.Valid)
	case batch.Int64, batch.Duration:
		sumInts(g, dst, values[int64](col), col.Valid)
	case batch.Uint8:
		sumInts(g, dst, values[uint8](col), col.Valid)
	case batch.Uint16:
		sumInts(g, dst, values[uint16](col), col.Valid)
	case batch.Uint32:
		sumInts(g, dst, values[uint32](col), col.Valid)
	case batch.Uint64, batch.Int128, batch.Decimal, batch.Uint128:
		g.sumWide(dst, col)
	default:
		panic("kernel: sum of " + col.Type.String())
	}
}

// sumInts sums values that fit an int64.
func sumInts[T Integer](g *GroupRows, dst []Sum, vals []T, valid batch.Bitmap) {
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		var s Sum
		for row := lo; row < hi; row++ {
			if valid != nil && !valid.Has(int(row)) {
				continue
			}
			v := int64(vals[row])
			pLo, pHi := uint64(v), uint64(v>>63)
			if g.Weights != nil {
				pLo, pHi = mulSigned(v, int64(g.Weights[row]))
			}
			s.Add(Sum{pLo, pHi, uint64(int64(pHi) >> 63)})
		}
		dst[g.Hits[k]].Add(s)
	}
}

// mulSigned returns the 128-bit product of two signed numbers.
func mulSigned(x, y int64) (lo, hi uint64) {
	hi, lo = bits.Mul64(uint64(x), uint64(y))
	hi -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x)
	return lo, hi
}

func (g *GroupRows) sumWide(dst []Sum, col *batch.Column) {
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		s := &dst[g.Hits[k]]
		for row := lo; row < hi; row++ {
			if col.Null(int(row)) {
				continue
			}
			w := batch.Weight(1)
			if g.Weights != nil {
				w = g.Weights[row]
			}
			switch col.Type.Kind {
			case batch.Uint64:
				s.addUnsigned(Wide{values[uint64](col)[row], 0}, w)
			case batch.Uint128:
				s.addUnsigned(values[Wide](col)[row], w)
			default:
				s.AddWeighted(values[Wide](col)[row], w)
			}
		}
	}
}

// SumFloats adds, for each group, the floats of the rows that are not null, with their weights.
func (g *GroupRows) SumFloats(dst []FloatSum, col *batch.Column) {
	if col.Type.Kind == batch.Float32 {
		sumFloats(g, dst, values[float32](col), col.Valid)
		return
	}
	sumFloats(g, dst, values[float64](col), col.Valid)
}

func sumFloats[T Float](g *GroupRows, dst []FloatSum, vals []T, valid batch.Bitmap) {
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		s := &dst[g.Hits[k]]
		for row := lo; row < hi; row++ {
			if valid != nil && !valid.Has(int(row)) {
				continue
			}
			w := batch.Weight(1)
			if g.Weights != nil {
				w = g.Weights[row]
			}
			s.Add(float64(vals[row]), w)
		}
	}
}

// SumCounts adds, for each group, the numbers of an Int64 column, with their weights.
func (g *GroupRows) SumCounts(dst []int64, col *batch.Column) {
	vals := values[int64](col)
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		for row := lo; row < hi; row++ {
			if g.Weights == nil {
				dst[g.Hits[k]] += vals[row]
			} else {
				dst[g.Hits[k]] += vals[row] * int64(g.Weights[row])
			}
		}
	}
}

// SumSums adds, for each group, Sums that stand in two columns: the low 128 bits and the high 64.
func (g *GroupRows) SumSums(dst []Sum, low, high *batch.Column) {
	lows, highs := values[Wide](low), values[int64](high)
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		for row := lo; row < hi; row++ {
			s := Sum{lows[row][0], lows[row][1], uint64(highs[row])}
			if g.Weights != nil {
				s = s.Times(g.Weights[row])
			}
			dst[g.Hits[k]].Add(s)
		}
	}
}

// MergeFloats adds, for each group, FloatSums that stand in a Binary column, with their weights.
func (g *GroupRows) MergeFloats(dst []FloatSum, col *batch.Column) error {
	var part FloatSum
	for k, group := range g.Groups {
		lo, hi := span(g.Offsets, group)
		for row := lo; row < hi; row++ {
			if err := part.Decode(col.View(int(row))); err != nil {
				return err
			}
			w := batch.Weight(1)
			if g.Weights != nil {
				w = g.Weights[row]
			}
			part.times(w)
			dst[g.Hits[k]].Merge(&part)
		}
	}
	return nil
}

// times takes the sum w times.
func (s *FloatSum) times(w batch.Weight) {
	if w == 1 {
		return
	}
	base := *s
	s.Reset()
	neg := w < 0
	for n := absolute(w); n > 0; n >>= 1 { // by doubling: digits stay within their bounds
		if n&1 == 1 {
			s.Merge(&base)
		}
		twice := base
		base.Merge(&twice)
	}
	if neg {
		for i := s.low; i < s.high; i++ {
			s.digits[i] = -s.digits[i]
		}
		s.nans, s.plus, s.minus = -s.nans, -s.plus, -s.minus
	}
}
