package timed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/operators/relation/timed"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// sessions computes the sessions of a whole table.
func sessions(o timed.SessionOptions, in optest.ZSet) optest.ZSet {
	times := map[string][]int64{}
	partition := func(v []any) string {
		key := ""
		for _, k := range o.Keys {
			key += fmt.Sprint(v[k], " ")
		}
		return key
	}
	for row, w := range in {
		v := optest.Values(row)
		if at, ok := v[o.Time].(int64); ok && w > 0 && at <= math.MaxInt64-o.Gap {
			times[partition(v)] = append(times[partition(v)], at)
		}
	}
	for _, all := range times {
		slices.Sort(all)
	}
	out := optest.ZSet{}
	for row, w := range in {
		v := optest.Values(row)
		at, ok := v[o.Time].(int64)
		if !ok || w <= 0 || at > math.MaxInt64-o.Gap {
			continue
		}
		all := times[partition(v)]
		i, _ := slices.BinarySearch(all, at)
		from, to := i, i
		for from > 0 && uint64(all[from])-uint64(all[from-1]) < uint64(o.Gap) {
			from--
		}
		for to+1 < len(all) && uint64(all[to+1])-uint64(all[to]) < uint64(o.Gap) {
			to++
		}
		out.Add(optest.Row(append(v, all[from], all[to]+o.Gap)...), w)
	}
	return out
}

func TestSession(t *testing.T) {
	types := []batch.Type{batch.T(batch.Int32), stamp, batch.T(batch.Utf8)}
	value := func(r *rand.Rand, column int) any {
		n := r.Int64N(60)
		switch {
		case column != 1:
			return []any{nil, int64(1), int64(2)}[n%3]
		case n == 59:
			return nil
		case n == 58:
			return int64(math.MaxInt64) - r.Int64N(12)
		case n == 57:
			return int64(math.MinInt64) + r.Int64N(3)
		}
		return n - 20
	}
	text := func(r *rand.Rand, column int) any {
		if v := value(r, column); column != 2 || v == nil {
			return v
		}
		return []string{"a", "bb"}[r.IntN(2)]
	}
	defer func(n int) { port.SegmentBytes = n }(port.SegmentBytes)
	for i, o := range []timed.SessionOptions{
		{Keys: []int{0}, Time: 1, Gap: 3}, {Time: 1, Gap: 2}, {Keys: []int{2, 0}, Time: 1, Gap: 6}, {Keys: []int{0}, Time: 1, Gap: 1},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			port.SegmentBytes = []int{0, 1 << 10}[i%2]
			o.Types = types
			optest.Case{
				Inputs: []optest.Input{{Types: types, Key: o.Keys, Single: o.Keys == nil, Value: text}},
				Output: append(slices.Clone(types), stamp, stamp),
				New:    func(int) operators.Operator { return timed.NewSession(o) },
				Batch:  func(in ...optest.ZSet) optest.ZSet { return sessions(o, in[0]) },
				Seeds:  40,
			}.Run(t)
		})
	}
}

// TestSessionTouches: a change looks at its own session and its neighbours only.
func TestSessionTouches(t *testing.T) {
	o := timed.SessionOptions{Types: []batch.Type{batch.T(batch.Int64), stamp}, Time: 1, Gap: 5}
	s := timed.NewSession(o)
	defer s.Release()
	emitted := 0
	epoch := func(w batch.Weight, times ...int64) (steps int) {
		rows := batch.NewBuilder(o.Types)
		for _, at := range times {
			if err := rows.AppendValues(w, at, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Push(0, rows.Take()); err != nil {
			t.Fatal(err)
		}
		s.Done(0)
		emitted = 0
		for more := true; more; steps++ {
			var err error
			if more, err = s.Step(operators.Budget{Rows: 100}, func(b *batch.Batch) error { emitted += b.Rows; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		return steps
	}
	var all []int64
	for i := range int64(20_000) {
		all = append(all, i/4*10+i%4) // four rows, then a gap of 7
	}
	if steps := epoch(1, all...); emitted != len(all) || steps < 200 {
		t.Fatalf("%d rows came out, in %d steps", emitted, steps)
	}
	if epoch(1, 1006); emitted != 4+4+9 { // it ties two sessions together
		t.Errorf("a row in a gap changed %d rows", emitted)
	}
	if epoch(-1, 1006); emitted != 4+4+9 {
		t.Errorf("taking it back changed %d rows", emitted)
	}
	if steps := epoch(1, 49_997); emitted != 4+5 || steps > 2 {
		t.Errorf("a row at an end changed %d rows, in %d steps", emitted, steps)
	}
	if epoch(1, 2001); emitted != 1 { // a second one like it
		t.Errorf("an equal row changed %d rows", emitted)
	}
}
