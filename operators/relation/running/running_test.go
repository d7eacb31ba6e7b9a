package running

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var i64 = batch.T(batch.Int64)

// numbers returns a segment's columns: one of numbers below n, some of them null.
func numbers(r *rand.Rand, rows, n int) []batch.Column {
	v := batch.NewVector(i64)
	for range rows {
		if x := r.IntN(n + n/8); x < n {
			batch.Append(v, int64(x))
		} else {
			v.AppendNull()
		}
	}
	return []batch.Column{v.Take()}
}

func rowsOf(cols []batch.Column, from, to int, times batch.Weight) Rows {
	out := Rows{Cols: cols, Times: times}
	out.From, out.To = from, to
	return out
}

// TestLawSet: a set has the rows in order however they came and went, and its depth is logarithmic.
func TestLawSet(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 31))
		desc := r.IntN(2) == 0
		s := newSet([]relation.OrderKey{{Col: 0, Desc: desc}}, []int{0})
		count := map[int64]int64{}
		s.entered = func(cols []batch.Column, row int, sign batch.Weight) {
			x := batch.Values[int64](&cols[0])[row]
			if there := count[x] > 0; there != (sign < 0) {
				t.Fatalf("seed %d: %d comes or goes twice", seed, x)
			}
			if count[x] += int64(sign); count[x] == 0 {
				delete(count, x)
			}
		}
		var segments [][]batch.Column
		for range 3 {
			segments = append(segments, numbers(r, 2000, 1<<r.IntN(12)))
		}
		var have []int64
		for _, cols := range segments {
			from := r.IntN(1000)
			s.add(rowsOf(cols, 0, 2000, 1))
			s.add(rowsOf(cols, from, 2000, -1))
			for row := range from {
				if !cols[0].Null(row) {
					have = append(have, batch.Values[int64](&cols[0])[row])
				}
			}
		}
		slices.Sort(have)
		if desc {
			slices.Reverse(have)
		}
		if got := s.total(false); got != int64(len(have)) {
			t.Fatalf("seed %d: %d rows, and there are %d", seed, got, len(have))
		}
		for rank, want := range have {
			n, again := s.at(int64(rank), false)
			if got := batch.Values[int64](&s.sources[n.source][0])[n.row]; got != want || again != (rank+1 < len(have) && have[rank+1] == want) {
				t.Fatalf("seed %d: %d at rank %d, and it is %d", seed, got, rank, want)
			}
		}
		distinct := slices.Compact(have)
		if got := s.total(true); got != int64(len(distinct)) || len(count) != len(distinct) {
			t.Fatalf("seed %d: %d different rows, %d have come, and there are %d", seed, got, len(count), len(distinct))
		}
		if depth := s.depth(s.root); depth > 64 {
			t.Errorf("seed %d: %d rows stand %d deep", seed, len(distinct), depth)
		}
		s.reset()
		if s.total(false) != 0 {
			t.Errorf("seed %d: rows are left", seed)
		}
	}
}

func (s *set) depth(at int32) int {
	if at == none {
		return 0
	}
	return 1 + max(s.depth(s.nodes[at].left), s.depth(s.nodes[at].right))
}

// TestRunningLeavesNoTrace: what came and went, in any order, does not matter to the last bit.
func TestRunningLeavesNoTrace(t *testing.T) {
	types := []batch.Type{batch.T(batch.Float64), batch.T(batch.Float64)}
	for _, name := range []string{"sum", "avg", "stddev_samp", "var_pop", "corr", "regr_slope", "regr_r2"} {
		args := []int{0, 1}
		if name == "sum" || name == "avg" || name == "stddev_samp" || name == "var_pop" {
			args = args[:1]
		}
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 32))
			var cols []batch.Column
			for range types {
				v := batch.NewVector(types[0])
				for range 64 {
					batch.Append(v, (r.Float64()-0.5)*[]float64{1, 1e-300, 1e300, 1e17, 3}[r.IntN(5)])
				}
				cols = append(cols, v.Take())
			}
			moved, fresh := made(t, name, args, types), made(t, name, args, types)
			for end := range 64 {
				moved.Add(rowsOf(cols, end, end+1, 1))
				if end >= 8 {
					moved.Add(rowsOf(cols, end-8, end-7, -1))
				}
			}
			for row := range 8 {
				fresh.Add(rowsOf(cols, 63-row, 64-row, 1))
			}
			if a, b := text(moved), text(fresh); a != b || !moved.Equal(fresh) {
				t.Errorf("%s, seed %d: %s after rows came and went, and %s", name, seed, a, b)
			}
		}
	}
}

func made(t *testing.T, name string, args []int, types []batch.Type) Running {
	r, ok := New(Call{Func: name, Args: args, Type: types[0]}, types)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return r
}

func text(r Running) string {
	v := batch.NewVector(batch.T(batch.Float64))
	r.Result(v)
	col := v.Take()
	return fmt.Sprintf("%b", col.Value(0))
}
