package timed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation/timed"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var (
	stamp = batch.T(batch.Timestamp)
	types = []batch.Type{batch.T(batch.Int32), stamp, stamp}
)

// moment is a time near those of the law's clock, a far one, or NULL.
func moment(r *rand.Rand, column int) any {
	switch n := r.Int64N(40); {
	case column == 0:
		return n % 3
	case n == 39:
		return nil
	case n == 38:
		return int64(math.MaxInt64) - r.Int64N(3)
	case n == 37:
		return int64(math.MinInt64) + r.Int64N(3)
	default:
		return n - 12
	}
}

// current says whether a bound holds, by comparing with the clock as SQL would.
func current(b timed.Bound, clock int64, v any) bool {
	at, ok := v.(int64)
	if !ok {
		return false
	}
	if at > math.MaxInt64-100 && b.Offset >= 0 || at < math.MinInt64+100 && b.Offset <= 0 { // cut: for ever
		return (at > 0) == b.Until
	}
	now := clock - ((clock%b.Unit)+b.Unit)%b.Unit
	switch x := at + b.Offset; {
	case b.Until && b.After:
		return now <= x
	case b.Until:
		return now < x
	case b.After:
		return now > x
	default:
		return now >= x
	}
}

func TestExpire(t *testing.T) {
	for i, bounds := range [][]timed.Bound{
		{{Column: 1, Unit: 1, Until: true}},
		{{Column: 1, Unit: 1}},
		{{Column: 1, Offset: 5, Unit: 1, Until: true, After: true}},
		{{Column: 1, Offset: -3, Unit: 4, Until: true, After: true}, {Column: 2, Unit: 4, Offset: 2}},
		{{Column: 1, Unit: 7, After: true}, {Column: 2, Unit: 3, Until: true}},
		{{Column: 1, Unit: 1}, {Column: 1, Offset: 1, Unit: 1, Until: true}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			optest.Case{
				Inputs: []optest.Input{{Types: types, Key: []int{0}, Value: moment}},
				Output: types[:2],
				New: func(int) operators.Operator {
					return timed.NewExpire(timed.ExpireOptions{Types: types, Bounds: bounds, Output: []int{0, 1}, Owner: []int{0}})
				},
				At: func(clock int64, in ...optest.ZSet) optest.ZSet {
					out := optest.ZSet{}
					for row, w := range in[0] {
						v, there := optest.Values(row), true
						for _, b := range bounds {
							there = there && current(b, clock, v[b.Column])
						}
						if there {
							out.Add(optest.Row(v[:2]...), w)
						}
					}
					return out
				},
				Seeds: 40,
			}.Run(t)
		})
	}
}

// TestExpireDead: a row without a time that is required is a dead letter as long as it is in the input.
func TestExpireDead(t *testing.T) {
	bounds := []timed.Bound{{Column: 1, Offset: 5, Unit: 1, Until: true, Required: true}}
	optest.Case{
		Inputs: []optest.Input{{Types: types[:2], Key: []int{0}, Value: moment}},
		Output: types[:2],
		NewDead: func(_ int, dead func(b *batch.Batch, row int, w batch.Weight, reason string)) operators.Operator {
			return timed.NewExpire(timed.ExpireOptions{Types: types[:2], Bounds: bounds, Output: []int{0, 1}, Owner: []int{0}, Dead: dead})
		},
		At: func(clock int64, in ...optest.ZSet) optest.ZSet {
			out := optest.ZSet{}
			for row, w := range in[0] {
				switch v := optest.Values(row); {
				case v[1] == nil:
					out.Add(optest.Row(append(v, "E4010: the time of a TTL is NULL")...), w)
				case current(bounds[0], clock, v[1]):
					out.Add(row, w)
				}
			}
			return out
		},
	}.Run(t)
}

// TestExpireFrees: rows that have passed are neither kept nor heeded, and nothing is due any more.
func TestExpireFrees(t *testing.T) {
	x := timed.NewExpire(timed.ExpireOptions{
		Types: types, Output: []int{0},
		Bounds: []timed.Bound{{Column: 1, Unit: 1}, {Column: 2, Unit: 1, Until: true}},
	})
	defer x.Release()
	rows := batch.NewBuilder(types)
	for i := range int64(100_000) {
		if err := rows.AppendValues(1, i, i%50, 50+i%50); err != nil {
			t.Fatal(err)
		}
	}
	all, there, steps := rows.Take(), 0, 0
	emit := func(b *batch.Batch) error {
		for i := range b.Rows {
			there += int(b.Weight(i))
		}
		return nil
	}
	epoch := func(clock int64) {
		x.SetClock(clock)
		x.Done(0)
		for more := true; more; steps++ {
			var err error
			if more, err = x.Step(operators.Budget{Rows: 1000}, emit); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept := func() (n int) {
		for _, a := range x.Arrangements() {
			n += a.Stats().Rows
		}
		return n
	}
	x.SetClock(-1)
	if err := x.Apply(0, all, emit); err != nil {
		t.Fatal(err)
	}
	epoch(-1)
	if there != 0 || x.Due() != 0 {
		t.Fatalf("%d rows are there too early; the first is due at %d", there, x.Due())
	}
	epoch(49)
	if there != 100_000 || kept() > 100_000 || x.Due() != 50 {
		t.Fatalf("%d rows are there, %d are kept, the next is due at %d", there, kept(), x.Due())
	}
	steps = 0
	epoch(74)
	if there != 50_000 || kept() > 50_000 || steps < 50 {
		t.Fatalf("%d rows are there, %d are kept after %d steps", there, kept(), steps)
	}
	epoch(1000)
	if there != 0 || kept() != 0 || x.Due() != operators.Never {
		t.Fatalf("%d rows are there, %d are kept, the next is due at %d", there, kept(), x.Due())
	}
	for _, late := range []batch.Weight{1, -1} {
		if err := x.Apply(0, &batch.Batch{Cols: all.Cols, Rows: 1, Weights: []batch.Weight{late}}, emit); err != nil {
			t.Fatal(err)
		}
		epoch(1000)
	}
	if there != 0 || kept() != 0 {
		t.Fatalf("late rows: %d are there, %d are kept", there, kept())
	}
}
