package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

func checkSums[T Integer](t *testing.T) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	for round := range 400 {
		n := r.IntN(40)
		rg := Range{From: r.IntN(n + 1)}
		rg.To = rg.From + r.IntN(n+1-rg.From)
		vals := make([]T, n)
		weights := make([]batch.Weight, n)
		valid := randomBits(r, n)
		wides := make([]Wide, n)
		for i := range vals {
			vals[i], weights[i] = anyInt[T](r), batch.Weight(r.IntN(7)-3)
			wides[i] = WideUint(uint64(vals[i]))
			if vals[i] < 0 {
				wides[i] = WideInt(int64(vals[i]))
			}
		}
		if round%2 == 0 {
			weights = nil
		}
		if round%3 == 0 {
			valid = nil
		}
		want, count := new(big.Int), batch.Weight(0)
		for i := rg.From; i < rg.To; i++ {
			if valid != nil && !valid.Has(i) {
				continue
			}
			w := batch.Weight(1)
			if weights != nil {
				w = weights[i]
			}
			count += w
			want.Add(want, new(big.Int).Mul(toBig(wides[i]), big.NewInt(int64(w))))
		}
		if got := toBig(SumInts(vals, weights, valid, rg)); got.Cmp(want) != 0 {
			t.Fatalf("%T: sum %v, want %v", vals, got, want)
		}
		if got, ok := SumWide(wides, weights, valid, rg); !ok || toBig(got).Cmp(want) != 0 {
			t.Fatalf("%T: wide sum %v, %v, want %v", vals, toBig(got), ok, want)
		}
		if got := Count(weights, valid, rg); got != count {
			t.Fatalf("count %d, want %d", got, count)
		}
	}
}

func TestSums(t *testing.T) {
	checkSums[int8](t)
	checkSums[int32](t)
	checkSums[int64](t)
	checkSums[uint16](t)
	checkSums[uint64](t)
	top := Wide{math.MaxUint64, math.MaxInt64}
	if _, ok := SumWide([]Wide{top, top}, nil, nil, Range{0, 2}); ok {
		t.Error("a sum of 128 bits that does not fit was taken")
	}
	if _, ok := SumWide([]Wide{top}, []batch.Weight{2}, nil, Range{0, 1}); ok {
		t.Error("a term of 128 bits that does not fit was taken")
	}
	if _, ok := Int64(Wide{1 << 63, 0}); ok {
		t.Error("2^63 fits int64")
	}
	if v, ok := Int64(WideInt(math.MinInt64)); !ok || v != math.MinInt64 {
		t.Error("-2^63 does not fit int64")
	}
	if v, ok := Uint64(Wide{1 << 63, 0}); !ok || v != 1<<63 {
		t.Error("2^63 does not fit uint64")
	}
}

func TestExtremes(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for typ := range ascending {
		for range 50 {
			n := r.IntN(12)
			vals := ascending[typ]
			picked := make([]any, n)
			order := make([]int, n)
			for i := range picked {
				order[i] = r.IntN(len(vals))
				if r.IntN(2) == 0 {
					order[i] = r.IntN(len(vals) - 1)
				}
				picked[i] = vals[order[i]]
			}
			col := column(t, typ, picked...)
			least, greatest := int32(-1), int32(-1)
			for i, o := range order {
				if picked[i] == nil {
					continue
				}
				if least < 0 || o < order[least] {
					least = int32(i)
				}
				if greatest < 0 || o > order[greatest] {
					greatest = int32(i)
				}
			}
			rg := Range{0, n}
			if l, g := Least(&col, rg), Greatest(&col, rg); l != least || g != greatest {
				t.Fatalf("%v of %v: least %d, greatest %d; want %d, %d", typ, picked, l, g, least, greatest)
			}
		}
	}
}

func BenchmarkSumInts(b *testing.B) {
	benchmarkRows(b, func(_, x, _ []int64) { SumInts(x, nil, nil, Range{0, len(x)}) })
}
