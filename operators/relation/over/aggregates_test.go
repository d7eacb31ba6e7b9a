package over_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// aggregates makes up a call of an aggregate that a group has, too.
func aggregates(r *rand.Rand, f over.Frame) over.Call {
	c := over.Call{Default: -1, Frame: f}
	arg := 1 + r.IntN(4)
	t := []batch.Type{{}, i32, f64, i64, text}[arg]
	of := func(name string, arg int, t batch.Type) { c.Func, c.Arg, c.Type = name, arg, t }
	number := []int{1, 2, 3}[r.IntN(3)]
	distinct := r.IntN(2) == 0
	order := func() []relation.OrderKey {
		if c.Distinct {
			return []relation.OrderKey{{Col: c.Arg, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}
		}
		return []relation.OrderKey{{Col: 1 + r.IntN(4), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}
	}
	switch r.IntN(11) {
	case 0:
		of("count", arg, i64)
		if c.Distinct = true; r.IntN(2) == 0 {
			c.More = []int{1 + r.IntN(4)}
		}
	case 1:
		of([]string{"sum", "avg"}[r.IntN(2)], 2, f64)
		c.Distinct = distinct
	case 2:
		of("sum", 3, i64)
		c.Distinct = distinct
	case 3, 4:
		of([]string{"var_pop", "var_samp", "stddev_pop", "stddev_samp"}[r.IntN(4)], number, f64)
		c.Distinct = distinct
	case 5: // a row of which one is null does not count, which the planner sees to
		of([]string{"covar_pop", "covar_samp", "corr", "regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_sxy", "regr_syy"}[r.IntN(9)], 5, f64)
		c.More = []int{6}
	case 6:
		of([]string{"bit_and", "bit_or", "bit_xor"}[r.IntN(3)], []int{1, 3}[r.IntN(2)], i64)
		c.Type, c.Distinct, c.Where = []batch.Type{{}, i32, {}, i64}[c.Arg], distinct, []int{c.Arg}
	case 7:
		of("string_agg", 4, text)
		c.Distinct, c.Where, c.Text = distinct, []int{4}, "-"
		c.Order = order()
	case 8:
		of("array_agg", arg, batch.T(batch.JSON))
		c.Distinct = distinct
		c.Order = order()
	case 9:
		of([]string{"first", "last", "mode"}[r.IntN(3)], arg, t)
		if c.Func != "mode" {
			c.Order = order()
		}
		if c.Func == "mode" || r.IntN(2) == 0 {
			c.Where = []int{arg}
		}
	default:
		of("percentile_cont", number, f64)
		if r.IntN(2) == 0 {
			of("percentile_disc", arg, t)
		}
		c.Distinct, c.Where, c.Text = distinct, []int{c.Arg}, []string{"0", "1/4", "1/2", "0.99", "1"}[r.IntN(5)]
	}
	return c
}

// result is that of a call: an aggregate that the model does not know is computed of a group of the frame's rows.
func (p *partition) result(c over.Call) (result any, fits bool) {
	switch {
	case over.Placed(c.Func), c.Func == "first_value", c.Func == "last_value", c.Func == "nth_value":
		return p.call(c)
	case c.Func == "count(*)", !c.Distinct && (c.Func == "count" || c.Func == "sum" || c.Func == "avg"), c.Func == "min", c.Func == "max":
		return p.call(c)
	}
	b, types := batchOf(p.o.Types, p.frame(c.Frame)), p.o.Types
	dead := false
	a := aggregate.New(aggregate.Options{
		Types: types, Global: true, Dead: func(*batch.Batch, int, batch.Weight, string) { dead = true },
		Calls: []aggregate.Call{{Func: c.Func, Arg: c.Arg, More: c.More, Order: c.Order, Where: c.Where, Distinct: c.Distinct, Text: c.Text, Type: c.Type}},
	})
	defer a.(interface{ Release() }).Release()
	if err := a.Push(0, b); err != nil {
		panic(err)
	}
	a.Done(0)
	out := optest.ZSet{}
	for more := true; more; {
		var err error
		if more, err = a.Step(operators.DefaultBudget, func(b *batch.Batch) error {
			out.AddBatch(b)
			return nil
		}); err != nil {
			panic(err)
		}
	}
	if dead {
		return nil, false
	}
	for row := range out {
		return optest.Values(row)[0], true
	}
	panic("no result")
}

// batchOf makes a batch of rows.
func batchOf(types []batch.Type, rows [][]any) *batch.Batch {
	b := &batch.Batch{Rows: len(rows)}
	for c, t := range types {
		v := batch.NewVector(t)
		for _, row := range rows {
			if err := v.AppendValue(row[c]); err != nil {
				panic(err)
			}
		}
		b.Cols = append(b.Cols, v.Take())
	}
	return b
}

// TestOverAggregates: an aggregate of a frame is that of a group of its rows.
func TestOverAggregates(t *testing.T) {
	for seed := range uint64(48) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 25))
			over.SetFew(t, 1+r.IntN(2)*63)
			smallSegments(t, r.IntN(3) == 0)
			o := over.Options{Types: []batch.Type{i32, i32, f64, i64, text, i64, f64}}
			for range 1 + r.IntN(2) {
				unit := []over.Unit{over.Rows, over.Groups, over.Range}[r.IntN(3)]
				f := over.Frame{Start: bound(r, unit), End: bound(r, unit), Exclude: excludes[r.IntN(len(excludes))]}
				o.Calls = append(o.Calls, aggregates(r, f))
			}
			if r.IntN(3) > 0 {
				o.Keys = []int{0}
			}
			o.Order = []relation.OrderKey{{Col: 1 + r.IntN(2), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}}
			t.Logf("%+v", o)
			law(o).Run(t)
		})
	}
}
