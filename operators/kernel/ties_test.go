package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestTies sorts by three columns, tie by tie, and compares with a plain sort of the rows.
func TestTies(t *testing.T) {
	floats := []any{0.0, math.Copysign(0, -1), math.NaN(), -math.NaN(), math.Inf(1), math.Inf(-1), 1.5, -2.5, nil}
	types := []batch.Kind{batch.Int8, batch.Int16, batch.Int32, batch.Int64, batch.Uint8, batch.Uint32, batch.Uint64, batch.Float32, batch.Float64, batch.Utf8, batch.Bool, batch.Date}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		rows, nulls := []int{2, 20, 3000}[seed%3], seed%2 == 0
		b := batch.NewBuilder([]batch.Type{batch.T(types[r.IntN(len(types))]), batch.T(types[r.IntN(len(types))]), batch.T(types[r.IntN(len(types))])})
		for range rows {
			for _, v := range b.Cols {
				var value any
				switch k := v.Type.Kind; {
				case nulls && r.IntN(6) == 0:
				case v.Type.Float():
					value = floats[r.IntN(len(floats)-1)]
				case k == batch.Utf8:
					value = []string{"", "a", "ab", "b"}[r.IntN(4)]
				case k == batch.Bool:
					value = r.IntN(2) == 0
				case v.Type.Unsigned():
					value = []uint64{0, 1, 200, 255}[r.IntN(4)]
				default:
					value = r.Int64N(7) - 3
				}
				if err := v.AppendValue(value); err != nil {
					t.Fatal(err)
				}
			}
			b.End(1)
		}
		all := b.Take()
		perm, want := make([]int32, rows), make([]int32, rows)
		for i := range perm {
			perm[i], want[i] = int32(i), int32(i)
		}
		ties := []Tie{{0, int32(rows)}}
		var s TieSorter
		for c := range all.Cols {
			ties = s.Sort(nil, ties, perm, &all.Cols[c])
		}
		order := NewOrder(all.Cols, all.Cols)
		slices.SortFunc(want, order)
		next := 0
		for i := range perm {
			if order(perm[i], want[i]) != 0 {
				t.Fatalf("seed %d: row %v at %d, want %v", seed, all.Row(int(perm[i])), i, all.Row(int(want[i])))
			}
			tie := i > 0 && order(perm[i-1], perm[i]) == 0
			in := next < len(ties) && i > int(ties[next].Lo) && i < int(ties[next].Hi)
			if tie != in {
				t.Fatalf("seed %d: rows %d and %d: equal %t, in a tie %t", seed, i-1, i, tie, in)
			}
			if next < len(ties) && i+1 == int(ties[next].Hi) {
				next++
			}
		}
	}
}

func TestConsolidate(t *testing.T) {
	weights := []batch.Weight{1, 2, -2, 1, 5, 1}
	perm := []int32{3, 1, 2, 0, 5, 4}
	var g Groups
	// Rows 1 and 2 are equal and cancel; 3 has their key; 0 and 5 share a key.
	g.Consolidate(perm, []Tie{{0, 3}, {3, 5}}, []Tie{{1, 3}}, weights)
	if !slices.Equal(g.Rows, []int32{3, 0, 5, 4}) || !slices.Equal(g.First, []int32{3, 0, 4}) || !slices.Equal(g.Ends, []int32{1, 3, 4}) || !slices.Equal(g.Weights, []batch.Weight{1, 1, 1, 5}) {
		t.Errorf("%+v", g)
	}
	g.Consolidate(perm, nil, nil, nil)
	if !slices.Equal(g.Rows, perm) || !slices.Equal(g.First, perm) || g.Ends != nil || g.Weights != nil {
		t.Errorf("nothing to do: %+v", g)
	}
	g.Consolidate(perm, []Tie{{0, 3}}, []Tie{{0, 3}}, weights)
	if !slices.Equal(g.Rows, []int32{3, 0, 5, 4}) || g.Ends != nil {
		t.Errorf("one row a group: %+v", g)
	}
}

func TestSum(t *testing.T) {
	var s Sum
	s.AddWeighted(WideInt(-5), 1)
	s.AddWeighted(WideInt(7), -3)
	s.addUnsigned(Wide{math.MaxUint64, math.MaxUint64}, 1<<40)
	s.addUnsigned(Wide{math.MaxUint64, math.MaxUint64}, -1<<40)
	s.Add(Sum{1, 0, 0}.Times(-4))
	if w, ok := s.Wide(); !ok || w != WideInt(-30) {
		t.Errorf("%v %t", w, ok)
	}
	if _, ok := s.Uwide(); ok {
		t.Error("-30 as an unsigned number")
	}
	s.AddWeighted(Wide{0, 1 << 62}, 3)
	if _, ok := s.Wide(); ok {
		t.Error("3*2^126 fits 128 signed bits")
	}
}
