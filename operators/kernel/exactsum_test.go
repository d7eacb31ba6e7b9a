package kernel_test

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// exactly returns the value of a sum.
func exactly(s *kernel.ExactSum) *big.Rat {
	v, exp := s.Value()
	r := new(big.Rat).SetInt(v)
	power := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(exp, -exp))))
	if exp < 0 {
		return r.Quo(r, power)
	}
	return r.Mul(r, power)
}

// TestExactSumOfProducts adds products of any floats, of each pair of types, and takes them back in another order.
func TestExactSumOfProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	float := func() float64 {
		for {
			f := math.Float64frombits(r.Uint64())
			if r.IntN(4) == 0 {
				f = float64(r.IntN(10))
			}
			if f-f == 0 {
				return f
			}
		}
	}
	for range 200 {
		var s, merged kernel.ExactSum
		want := new(big.Rat)
		type term struct {
			x, y float64
			w    batch.Weight
		}
		var terms []term
		for range r.IntN(8) {
			tm := term{float(), float(), batch.Weight(r.Int64()) >> r.IntN(64)}
			if r.IntN(2) == 0 {
				tm.w = 1
			}
			terms = append(terms, tm)
			s.AddFloats(tm.x, tm.y, tm.w)
			p := new(big.Rat).Mul(new(big.Rat).SetFloat64(tm.x), new(big.Rat).SetFloat64(tm.y))
			want.Add(want, p.Mul(p, new(big.Rat).SetInt64(int64(tm.w))))
			var part, back kernel.ExactSum
			part.AddFloats(tm.x, tm.y, tm.w)
			if err := back.Decode(part.Append(nil)); err != nil {
				t.Fatal(err)
			}
			merged.Merge(&back)
		}
		if exactly(&s).Cmp(want) != 0 || exactly(&merged).Cmp(want) != 0 {
			t.Fatalf("%v: %v, merged %v, want %v", terms, exactly(&s), exactly(&merged), want)
		}
		if a, b := s.Append(nil), merged.Append(nil); !bytes.Equal(a, b) {
			t.Fatalf("equal sums, different bytes: %x %x", a, b)
		}
		r.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
		for _, tm := range terms {
			s.AddFloats(tm.x, tm.y, -tm.w)
		}
		if !s.Empty() || len(s.Append(nil)) != 0 {
			t.Fatalf("%v: left %v", terms, exactly(&s))
		}
	}
}

// TestExactSumOdd counts what is not finite and takes it back.
func TestExactSumOdd(t *testing.T) {
	var s kernel.ExactSum
	s.AddFloats(math.Inf(1), 0, 2)
	s.AddFloat(math.NaN(), 1)
	s.AddFloat(2.5, 1)
	var back kernel.ExactSum
	if err := back.Decode(s.Append(nil)); err != nil || back.Finite() || exactly(&back).Cmp(big.NewRat(5, 2)) != 0 {
		t.Errorf("%v, finite %v, %v", exactly(&back), back.Finite(), err)
	}
	s.AddFloats(1, math.Inf(-1), -2)
	s.AddFloat(math.Inf(1), -1)
	if !s.Finite() {
		t.Error("what is not finite was taken back, and is still there")
	}
	if err := back.Decode([]byte{0x80}); err == nil {
		t.Error("damaged bytes were read")
	}
}

// TestMoments compares sums of products of every pair of types of columns with big numbers.
func TestMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	types := []batch.Type{
		batch.T(batch.Int8), batch.T(batch.Int32), batch.T(batch.Int64), batch.T(batch.Uint16), batch.T(batch.Uint64), batch.T(batch.Float32),
		batch.T(batch.Float64), batch.DecimalType(3), batch.T(batch.Int128), batch.T(batch.Uint128),
	}
	extreme := map[batch.Kind][]any{
		batch.Int8: {int64(-128), int64(127)}, batch.Int32: {int64(math.MinInt32), int64(7)}, batch.Int64: {int64(math.MinInt64), int64(math.MaxInt64)},
		batch.Uint16: {uint64(65535), uint64(3)}, batch.Uint64: {uint64(math.MaxUint64), uint64(1)}, batch.Float32: {0.25, 3e30}, batch.Float64: {-1e300, 5e-324},
	}
	for _, ta := range types {
		for _, tb := range types {
			if (ta.Float() || tb.Float()) && ta != tb {
				continue // the planner makes both floats
			}
			b := batch.NewBuilder([]batch.Type{ta, tb})
			for range 9 {
				row := make([]any, 2)
				for c, typ := range []batch.Type{ta, tb} {
					switch vs := extreme[typ.Kind]; {
					case r.IntN(5) == 0:
					case vs != nil:
						row[c] = vs[r.IntN(2)]
					}
				}
				for c, v := range row {
					if v == nil && extreme[b.Cols[c].Type.Kind] == nil && r.IntN(5) > 0 {
						batch.Append(b.Cols[c], kernel.Wide{r.Uint64(), r.Uint64()})
					} else if err := b.Cols[c].AppendValue(v); err != nil {
						t.Fatal(err)
					}
				}
				b.EndRows(1, batch.Weight(r.IntN(7)-3))
			}
			rows := b.Take()
			want, sum := new(big.Rat), new(big.Rat)
			for i := range rows.Rows {
				if rows.Cols[0].Null(i) {
					continue
				}
				x := numberAt(&rows.Cols[0], i)
				w := new(big.Rat).SetInt64(int64(rows.Weights[i]))
				sum.Add(sum, new(big.Rat).Mul(x, w))
				if !rows.Cols[1].Null(i) {
					p := new(big.Rat).Mul(x, numberAt(&rows.Cols[1], i))
					want.Add(want, p.Mul(p, w))
				}
			}
			g := kernel.GroupRows{Hits: []int32{0}, Groups: []int32{0}, Offsets: []int32{0, int32(rows.Rows)}, Weights: rows.Weights}
			dst := make([]kernel.ExactSum, 2)
			g.Moments(dst[:1], &rows.Cols[0], &rows.Cols[1])
			g.Moments(dst[1:], &rows.Cols[0], nil)
			if exactly(&dst[0]).Cmp(want) != 0 || exactly(&dst[1]).Cmp(sum) != 0 {
				t.Errorf("%v * %v: %v and %v, want %v and %v", ta, tb, exactly(&dst[0]), exactly(&dst[1]), want, sum)
			}
		}
	}
}

// numberAt returns a value as a number; decimals as integers.
func numberAt(c *batch.Column, i int) *big.Rat {
	switch v := c.Value(i).(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case uint64:
		return new(big.Rat).SetInt(new(big.Int).SetUint64(v))
	case float64:
		return new(big.Rat).SetFloat64(v)
	case float32:
		return new(big.Rat).SetFloat64(float64(v))
	}
	w := batch.Values[kernel.Wide](c)[i]
	v := new(big.Int).SetUint64(w[1])
	v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(w[0]))
	if c.Type.Kind != batch.Uint128 && int64(w[1]) < 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return new(big.Rat).SetInt(v)
}
