package kernel

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// anyFloat returns floats of all sizes, often close to one another.
func anyFloat(r *rand.Rand) float64 {
	switch r.IntN(6) {
	case 0:
		return math.Float64frombits(r.Uint64()&^(0x7ff<<52) | uint64(r.IntN(0x7ff))<<52)
	case 1:
		return math.Float64frombits(r.Uint64N(1 << 53)) // subnormal and the like
	case 2:
		return math.MaxFloat64 * float64(1-2*r.IntN(2))
	case 3:
		return float64(r.IntN(2000)-1000) / 100
	}
	return r.NormFloat64()
}

func TestFloatSumIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 3000 {
		var s, parts FloatSum
		want := new(big.Float).SetPrec(5000)
		for range r.IntN(30) {
			v, w := anyFloat(r), batch.Weight(r.IntN(7)-3)
			if r.IntN(10) == 0 {
				w = batch.Weight(r.Uint64() >> 1)
			}
			s.Add(v, w)
			var part FloatSum
			part.Add(v, w)
			parts.Merge(&part)
			term := new(big.Float).SetPrec(5000).SetFloat64(v)
			want.Add(want, term.Mul(term, new(big.Float).SetInt64(int64(w))))
		}
		f, _ := want.Float64()
		if got := s.Float(); got != f {
			t.Fatalf("round %d: sum %v, want %v", round, got, f)
		}
		state := s.Append(nil)
		if !bytes.Equal(state, parts.Append(nil)) {
			t.Fatalf("round %d: merged parts have another state", round)
		}
		var back FloatSum
		if err := back.Decode(state); err != nil {
			t.Fatal(err)
		}
		if back.Float() != f || !bytes.Equal(back.Append(nil), state) {
			t.Fatalf("round %d: the decoded sum is another", round)
		}
		if n := int64(r.IntN(1000) + 1); want.Sign() != 0 {
			mean, _ := new(big.Float).SetPrec(5000).Quo(want, new(big.Float).SetInt64(n)).Float64()
			if got := back.Mean(n); got != mean && !math.IsInf(f, 0) {
				t.Fatalf("round %d: mean of %v over %d is %v, want %v", round, f, n, got, mean)
			}
		}
	}
}

func TestFloatSumLeavesNoTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 500 {
		var s FloatSum
		vals := make([]float64, r.IntN(50))
		for i := range vals {
			switch vals[i] = anyFloat(r); r.IntN(20) {
			case 0:
				vals[i] = math.NaN()
			case 1:
				vals[i] = math.Inf(1 - 2*r.IntN(2))
			}
			s.Add(vals[i], 3)
		}
		before := s.Append(nil)
		s.Add(1e-300, 1)
		s.Add(1e300, -1)
		s.Add(1e-300, -1)
		s.Add(1e300, 1)
		if !bytes.Equal(before, s.Append(nil)) {
			t.Fatal("adding and taking back left a trace")
		}
		for range 3 {
			r.Shuffle(len(vals), func(i, j int) { vals[i], vals[j] = vals[j], vals[i] })
			for _, v := range vals {
				s.Add(v, -1)
			}
		}
		if !s.Empty() || len(s.Append(nil)) != 0 || s.Float() != 0 {
			t.Fatalf("sum is not empty: %v", s.Float())
		}
		if s != (FloatSum{pending: s.pending}) {
			t.Fatal("digits are left over")
		}
	}
}

func TestFloatSumOfSpecials(t *testing.T) {
	var s FloatSum
	s.Add(1, 1)
	s.Add(math.Inf(1), 2)
	if s.Float() != math.Inf(1) || s.Mean(2) != math.Inf(1) {
		t.Error("no infinity")
	}
	s.Add(math.Inf(-1), 1)
	if !math.IsNaN(s.Float()) {
		t.Error("both infinities are no NaN")
	}
	s.Add(math.Inf(-1), -1)
	s.Add(math.Inf(1), -2)
	if s.Float() != 1 {
		t.Errorf("sum is %v", s.Float())
	}
}

func TestFloatSumManyRows(t *testing.T) {
	var s FloatSum
	s.pending = maxPending - 100
	for range 1000 {
		s.Add(0.1, 1)
	}
	var want FloatSum
	want.Add(0.1, 1000)
	if !bytes.Equal(s.Append(nil), want.Append(nil)) {
		t.Error("carrying in the middle changed the sum")
	}
}

func FuzzFloatSumDecode(f *testing.F) {
	var s FloatSum
	s.Add(1.5, 1)
	s.Add(math.NaN(), -1)
	f.Add(s.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s, again FloatSum
		if s.Decode(data) != nil {
			return
		}
		state := s.Append(nil)
		if err := again.Decode(state); err != nil || !bytes.Equal(again.Append(nil), state) {
			t.Fatalf("%x became %x: %v", data, state, err)
		}
		_ = s.Float()
		_ = s.Mean(3)
	})
}

func BenchmarkFloatSum(b *testing.B) {
	const rows = 4096
	vals := make([]float64, rows)
	for i := range vals {
		vals[i] = float64(i) * 1.01
	}
	var s FloatSum
	for b.Loop() {
		AddColumn(&s, vals, nil, nil)
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
