package topjoin_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/operators/relation/topjoin"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var (
	i32, text, f64 = batch.T(batch.Int32), batch.T(batch.Utf8), batch.T(batch.Float64)
	left           = []batch.Type{i32, text, f64}
	right          = []batch.Type{text, i32, f64}
	all            = append(slices.Clone(left), right...)
)

type pair struct {
	values []any
	w      batch.Weight
}

// first computes a top join by looking at all pairs.
func first(o topjoin.Options, condition func(pair []any) bool, in ...optest.ZSet) optest.ZSet {
	groups := map[string][]pair{}
	kept := []optest.ZSet{{}, {}}
	for side, rows := range in {
		for row, w := range rows {
			v := slices.Clone(optest.Values(row))
			for c := range v {
				used := slices.Contains(o.Sides[side].Key, c) || slices.Contains(o.Output, c+side*len(left)) || slices.Contains(o.ResidualCols, c+side*len(left)) ||
					side == o.Ranked && slices.ContainsFunc(o.Order, func(k relation.OrderKey) bool { return k.Col == c })
				if !used {
					v[c] = nil
				}
			}
			kept[side].Add(optest.Row(v...), w)
		}
	}
	for a, v := range kept[0] {
		for b, w := range kept[1] {
			x, y := optest.Values(a), optest.Values(b)
			p := pair{append(slices.Clone(x), y...), v * w}
			key, match := "", v > 0 && w > 0 && condition(p.values)
			for i, k := range o.Sides[0].Key {
				match = match && x[k] != nil && x[k] == y[o.Sides[1].Key[i]]
				key += fmt.Sprint(x[k], "|")
			}
			if match {
				groups[key] = append(groups[key], p)
			}
		}
	}
	out := optest.ZSet{}
	for _, pairs := range groups {
		slices.SortFunc(pairs, func(p, q pair) int {
			for _, k := range o.Order {
				c := k.Col + o.Ranked*len(left)
				if d := optest.Compare(p.values[c], q.values[c], k.NullsFirst, k.Desc); d != 0 {
					return d
				}
			}
			for _, c := range o.Output {
				if d := optest.Compare(p.values[c], q.values[c], false, false); d != 0 {
					return d
				}
			}
			return 0
		})
		at := int64(0)
		for _, p := range pairs {
			for range p.w {
				if at >= o.Offset && at < o.Offset+o.Limit {
					var picked []any
					for _, c := range o.Output {
						picked = append(picked, p.values[c])
					}
					out.Add(optest.Row(picked...), 1)
				}
				at++
			}
		}
	}
	return out
}

func less(t *testing.T, types ...batch.Type) *expr.Program {
	t.Helper()
	e, err := expr.Call("<", expr.Column(0, types[0], true), expr.Column(1, types[1], true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := expr.Compile([]expr.Expr{e}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTopJoin(t *testing.T) {
	of := func(types []batch.Type) func(r *rand.Rand, column int) any {
		return func(r *rand.Rand, column int) any {
			n := r.IntN(6)
			switch {
			case n == 0:
				return nil
			case types[column] == text:
				return []string{"", "a", "a\x00", "a\x00b", "ab", "b"}[n]
			case types[column] == i32:
				return int64(n/3 - 1)
			}
			return []float64{0, -1.5, -0.25, 0.5, 1e9, 3}[n]
		}
	}
	asc, desc := relation.OrderKey{Col: 2}, relation.OrderKey{Col: 2, Desc: true, NullsFirst: true}
	for i, o := range []topjoin.Options{
		{Ranked: 1, Order: []relation.OrderKey{desc, {Col: 0}}, Limit: 1, Output: []int{0, 1, 2, 3, 4, 5}},
		{Ranked: 1, Order: []relation.OrderKey{asc}, Limit: 2, Offset: 1, Output: []int{5, 1, 3, 0}},
		{Ranked: 0, Order: []relation.OrderKey{{Col: 1}}, Limit: 3, Output: []int{1, 5}},
		{Ranked: 1, Order: []relation.OrderKey{{Col: 0, NullsFirst: true}}, Limit: 1, Output: []int{4, 4, 2, 5}},
		{Ranked: 1, Order: []relation.OrderKey{{Col: 1}}, Limit: 5, Output: []int{0}},
		{Ranked: 0, Order: []relation.OrderKey{desc}, Limit: 0, Output: []int{0, 1}},
	} {
		for _, conditional := range []bool{false, true} {
			t.Run(fmt.Sprint(i, conditional), func(t *testing.T) {
				if i%2 == 0 {
					port.SegmentBytes = 1
					t.Cleanup(func() { port.SegmentBytes = 0 })
				}
				o := o
				o.Sides = [2]topjoin.Side{{Types: left, Key: []int{0}}, {Types: right, Key: []int{1}}}
				if i == 1 {
					o.Sides[0].Key, o.Sides[1].Key = []int{0, 1}, []int{1, 0}
				}
				var types []batch.Type
				for _, c := range o.Output {
					types = append(types, all[c])
				}
				condition := func([]any) bool { return true }
				if conditional {
					o.ResidualCols = []int{2, 5}
					condition = func(p []any) bool { return p[2] != nil && p[5] != nil && p[2].(float64) < p[5].(float64) }
				}
				optest.Case{
					Inputs: []optest.Input{
						{Types: left, Key: o.Sides[0].Key, Value: of(left)}, {Types: right, Key: o.Sides[1].Key, Value: of(right)},
					},
					Output: types,
					New: func(int) operators.Operator {
						o := o
						if conditional {
							o.Residual = less(t, f64, f64)
						}
						return topjoin.New(o)
					},
					Batch: func(in ...optest.ZSet) optest.ZSet { return first(o, condition, in...) },
				}.Run(t)
			})
		}
	}
}

// TestManyPairs: what is looked for may come late among the rows of a key, and further than one look reaches.
func TestManyPairs(t *testing.T) {
	value := func(r *rand.Rand, column int) any {
		switch column {
		case 2:
			return float64(r.IntN(4000))
		case 1:
			return int64(0)
		}
		return "x"
	}
	o := topjoin.Options{
		Sides:  [2]topjoin.Side{{Types: left, Key: []int{0}}, {Types: right, Key: []int{1}}},
		Ranked: 1, Order: []relation.OrderKey{{Col: 2, Desc: true}}, Limit: 3, Output: []int{2, 5}, ResidualCols: []int{5, 2},
	}
	optest.Case{
		Inputs: []optest.Input{
			{Types: left, Key: []int{0}, Value: func(r *rand.Rand, column int) any {
				return []any{int64(0), "y", float64(r.IntN(40))}[column]
			}},
			{Types: right, Key: []int{1}, Value: value},
		},
		Output: []batch.Type{f64, f64}, Rows: 1500, Seeds: 4,
		New: func(int) operators.Operator {
			o := o
			o.Residual = less(t, f64, f64)
			return topjoin.New(o)
		},
		Batch: func(in ...optest.ZSet) optest.ZSet {
			return first(o, func(p []any) bool { return p[5].(float64) < p[2].(float64) }, in...)
		},
	}.Run(t)
}
