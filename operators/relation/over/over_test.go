package over_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var (
	i32  = batch.T(batch.Int32)
	i64  = batch.T(batch.Int64)
	f64  = batch.T(batch.Float64)
	text = batch.T(batch.Utf8)
)

var (
	start   = over.Bound{Unit: over.Unbounded}
	current = over.Bound{Unit: over.Groups}
)

func rows(n int64) over.Bound   { return over.Bound{Unit: over.Rows, Offset: n} }
func groups(n int64) over.Bound { return over.Bound{Unit: over.Groups, Offset: n} }
func values(n int64) over.Bound {
	return over.Bound{Unit: over.Range, Offset: n, Float: float64(n) / 2}
}

// excludes are what frames leave out: half of the time nothing.
var excludes = []over.Exclude{"", "", "", over.CurrentRow, over.Group, over.Ties}

// bound makes up a bound: of peers and of values with a range of the order.
func bound(r *rand.Rand, unit over.Unit) over.Bound {
	n := int64(r.IntN(7) - 3)
	if r.IntN(4) == 0 {
		return start
	}
	if unit == over.Range && n == 0 {
		return current
	}
	return over.Bound{Unit: unit, Offset: n, Float: float64(n) / 2}
}

// calls makes up calls over columns: 1, which the order is by, 2 a float, 3 an integer, 4 a text.
func calls(r *rand.Rand) []over.Call {
	var out []over.Call
	for range 1 + r.IntN(3) {
		unit := []over.Unit{over.Rows, over.Groups, over.Range}[r.IntN(3)]
		c := over.Call{Arg: -1, Default: -1, Frame: over.Frame{Start: bound(r, unit), End: bound(r, unit)}}
		switch r.IntN(5) {
		case 0:
			c.Frame = over.Frame{Start: start, End: current}
		case 1:
			c.Frame.Start = start
		}
		c.Frame.Exclude = excludes[r.IntN(len(excludes))]
		numbered := func(name string) { c.Func, c.Type = name, i64 }
		of := func(name string, arg int, t batch.Type) { c.Func, c.Arg, c.Type = name, arg, t }
		arg := 1 + r.IntN(4)
		t := []batch.Type{{}, i32, f64, i64, text}[arg]
		switch r.IntN(16) {
		case 0:
			numbered("row_number")
		case 1:
			numbered("rank")
		case 2:
			numbered("dense_rank")
		case 3:
			c.Func, c.Type = "percent_rank", f64
		case 4:
			c.Func, c.Type = "cume_dist", f64
		case 5:
			numbered("ntile")
			c.N = int64(1 + r.IntN(5))
		case 6:
			of("first_value", arg, t)
			c.IgnoreNulls = r.IntN(2) == 0
		case 7:
			of("last_value", arg, t)
			c.IgnoreNulls = r.IntN(2) == 0
		case 8:
			of("nth_value", arg, t)
			c.N = int64(1 + r.IntN(4))
			if c.IgnoreNulls = r.IntN(3) == 0; r.IntN(3) == 0 {
				c.N = -c.N
			}
		case 9:
			of("first_value", arg, t)
			at := rows(int64(r.IntN(5) - 2))
			c.Frame, c.Default = over.Frame{Start: at, End: at}, arg
		case 10:
			of("count", arg, i64)
		case 11:
			of("sum", 2, f64)
		case 12:
			of("sum", 3, i64)
		case 13:
			of("avg", 2+r.IntN(2), f64)
		case 14:
			of([]string{"min", "max"}[r.IntN(2)], arg, t)
		default:
			numbered("count(*)")
		}
		out = append(out, c)
	}
	return out
}

func value(r *rand.Rand, column int) any {
	if column < 5 && r.IntN(6) == 0 {
		return nil
	}
	switch column {
	case 6:
		return []float64{0.5, -0.25, 3, 1e9, 1e-9}[r.IntN(5)]
	case 2:
		return []float64{0.5, -0.25, 3, 1e9, 1, 0, math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(9)]
	case 3:
		return []int64{1, -2, 7, 1 << 62, -1 << 62}[r.IntN(5)]
	case 4:
		return []string{"", "a", "b"}[r.IntN(3)]
	}
	return int64(r.IntN(5) - 2)
}

// law returns the case of some calls.
func law(o over.Options) optest.Case {
	out := slices.Clone(o.Types)
	for _, c := range o.Calls {
		out = append(out, c.Type)
	}
	for c := range o.Types {
		o.Output = append(o.Output, c)
	}
	return optest.Case{
		Inputs: []optest.Input{{Types: o.Types, Key: o.Keys, Single: o.Keys == nil, Value: value}},
		Output: out, Seeds: 4,
		NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
			o := o
			o.Dead = dead
			return over.New(o)
		},
		Batch: func(in ...optest.ZSet) optest.ZSet { return plainly(o, in[0]) },
	}
}

func smallSegments(t *testing.T, on bool) {
	if on {
		port.SegmentBytes = 1
		t.Cleanup(func() { port.SegmentBytes = 0 })
	}
}

// TestOver: random calls over random orders.
func TestOver(t *testing.T) {
	for seed := range uint64(160) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 21))
			over.SetFew(t, 1+r.IntN(2)*63)
			smallSegments(t, r.IntN(3) == 0)
			o := over.Options{Types: []batch.Type{i32, i32, f64, i64, text}, Calls: calls(r)}
			if r.IntN(3) > 0 {
				o.Keys = []int{0}
			}
			o.Order = []relation.OrderKey{{Col: 1 + r.IntN(2), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}
			t.Logf("%+v", o)
			law(o).Run(t)
		})
	}
}

// TestOverRanges: distances of values of all types, whose ends are beyond those of the type.
func TestOverRanges(t *testing.T) {
	whole := func(values ...int64) func(r *rand.Rand) any {
		return func(r *rand.Rand) any { return values[r.IntN(len(values))] }
	}
	for i, c := range []struct {
		t     batch.Type
		value func(r *rand.Rand) any
	}{
		{batch.T(batch.Int8), whole(-128, -127, 126, 127, 0, 2)},
		{batch.T(batch.Int64), whole(math.MinInt64, math.MinInt64+2, math.MaxInt64, math.MaxInt64-1, 0, 1)},
		{batch.T(batch.Date), whole(math.MinInt32, math.MaxInt32, 5, 6)},
		{batch.T(batch.Timestamp), whole(math.MinInt64, math.MaxInt64, 5, 6)},
		{batch.T(batch.Duration), whole(-1, 0, 2, 3)},
		{batch.T(batch.Uint8), func(r *rand.Rand) any { return []uint64{0, 1, 2, 254, 255}[r.IntN(5)] }},
		{batch.T(batch.Uint64), func(r *rand.Rand) any { return []uint64{0, 1, 2, math.MaxUint64, math.MaxUint64 - 1}[r.IntN(5)] }},
		{batch.T(batch.Float32), func(r *rand.Rand) any { return []float64{0, 0.5, 1, math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(6)] }},
		{batch.DecimalType(2), func(r *rand.Rand) any {
			n := int64(r.IntN(5) - 2)
			return batch.Dec{Hi: n >> 63, Lo: uint64(n), Scale: 2}
		}},
		{batch.T(batch.Int128), func(r *rand.Rand) any {
			n := r.IntN(4)
			return batch.Dec{Hi: []int64{math.MinInt64, math.MaxInt64, 0, -1}[n], Lo: []uint64{1, math.MaxUint64 - 1, 1, math.MaxUint64}[n]}
		}},
	} {
		t.Run(c.t.String(), func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				over.SetFew(t, 1)
				types := []batch.Type{i32, c.t, i64}
				o := over.Options{
					Types: types, Output: []int{0, 1, 2}, Order: []relation.OrderKey{{Col: 1, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}},
					Calls: []over.Call{{Func: "count(*)", Arg: -1, Default: -1, Type: i64, Frame: over.Frame{Start: bound(r, over.Range), End: bound(r, over.Range)}}},
				}
				if r.IntN(2) == 0 {
					o.Keys = []int{0}
				}
				optest.Case{
					Inputs: []optest.Input{{Types: types, Key: o.Keys, Single: o.Keys == nil, Value: func(r *rand.Rand, column int) any {
						if column == 1 && r.IntN(6) > 0 {
							return c.value(r)
						}
						if column == 1 {
							return nil
						}
						return []any{nil, int64(1), int64(2)}[r.IntN(3)]
					}}},
					Output: append(types, i64), Seeds: 3,
					New:   func(int) operators.Operator { return over.New(o) },
					Batch: func(in ...optest.ZSet) optest.ZSet { return plainly(o, in[0]) },
				}.Run(t)
			}
		})
	}
}

// TestOverFar: changes far apart in a partition, whose frames reach only a few rows.
func TestOverFar(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 23))
		over.SetFew(t, 1)
		types := []batch.Type{i32, i32, f64, i64, text, i64, f64}
		o := over.Options{Types: types, Order: []relation.OrderKey{{Col: 1, Desc: r.IntN(2) == 0}}}
		for range 1 + r.IntN(2) {
			from := int64(r.IntN(5) - 2)
			b := []func(int64) over.Bound{rows, groups, values}[r.IntN(3)]
			c := over.Call{Func: "sum", Arg: 3, Default: -1, Type: i64, Frame: over.Frame{Start: b(from), End: b(from + int64(r.IntN(3)))}}
			if r.IntN(2) == 0 {
				c.Func = "max"
			}
			if r.IntN(2) == 0 {
				c = aggregates(r, c.Frame)
			}
			c.Frame.Exclude = excludes[r.IntN(len(excludes))]
			o.Calls = append(o.Calls, c)
		}
		c := law(o)
		c.Inputs[0].Value = func(r *rand.Rand, column int) any {
			if column == 1 {
				return int64(r.IntN(120))
			}
			return value(r, column)
		}
		c.Rows, c.Seeds = 100, 4
		c.Run(t)
	}
}
