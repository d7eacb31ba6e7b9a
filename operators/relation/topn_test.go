package relation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func top(o relation.TopNOptions, in optest.ZSet) optest.ZSet {
	groups := map[string][][]any{}
	weights := map[string]batch.Weight{}
	for row, w := range in {
		if w > 0 {
			v := optest.Values(row)
			key := ""
			for _, k := range o.Keys {
				key += fmt.Sprint(v[k], "|")
			}
			groups[key] = append(groups[key], v)
			weights[row] = w
		}
	}
	out := optest.ZSet{}
	for _, rows := range groups {
		slices.SortFunc(rows, func(x, y []any) int {
			for _, k := range o.Order {
				if d := optest.Compare(x[k.Col], y[k.Col], k.NullsFirst, k.Desc); d != 0 {
					return d
				}
			}
			for _, c := range o.Output {
				if d := optest.Compare(x[c], y[c], false, false); d != 0 {
					return d
				}
			}
			return 0
		})
		at, end := int64(0), o.Offset+o.Limit
		var last []any
		for _, v := range rows {
			row := optest.Row(v...)
			for range weights[row] {
				tie := o.Ties && at >= end && last != nil && !slices.ContainsFunc(o.Order, func(k relation.OrderKey) bool { return v[k.Col] != last[k.Col] })
				if at < end {
					last = v
				}
				if at >= o.Offset && (at < end && o.Limit > 0 || tie && o.Limit > 0) {
					var picked []any
					for _, c := range o.Output {
						picked = append(picked, v[c])
					}
					out.Add(optest.Row(picked...), 1)
				}
				at++
			}
		}
	}
	return out
}

func TestTopN(t *testing.T) {
	types := []batch.Type{i32, text, f64}
	value := func(r *rand.Rand, column int) any {
		n := r.IntN(6)
		switch {
		case n == 0:
			return nil
		case column == 1:
			return []string{"", "a", "a\x00", "a\x00b", "ab", "b"}[n]
		case column == 2:
			return []float64{0, -1.5, -0.25, 0.5, 1e9, 3}[n]
		}
		return int64(n - 3)
	}
	for i, o := range []relation.TopNOptions{
		{Order: []relation.OrderKey{{Col: 0}}, Limit: 3, Output: []int{0, 1, 2}},
		{Order: []relation.OrderKey{{Col: 1, Desc: true}, {Col: 2}}, Limit: 4, Offset: 2, Output: []int{0, 1, 2}},
		{Order: []relation.OrderKey{{Col: 2, NullsFirst: true, Desc: true}}, Limit: 2, Offset: 1, Output: []int{0, 1, 2}},
		{Keys: []int{0}, Order: []relation.OrderKey{{Col: 1, NullsFirst: true}, {Col: 2, Desc: true}}, Limit: 2, Output: []int{0, 1, 2}},
		{Keys: []int{1}, Limit: 1, Output: []int{0, 1, 2}},
		{Limit: 0, Output: []int{0}},
		{Order: []relation.OrderKey{{Col: 0, Desc: true}}, Limit: 2, Ties: true, Output: []int{0, 1, 2}},
		{Order: []relation.OrderKey{{Col: 0}, {Col: 1, NullsFirst: true}}, Limit: 3, Offset: 2, Ties: true, Output: []int{0, 1, 2}},
		{Keys: []int{1}, Order: []relation.OrderKey{{Col: 2}}, Limit: 1, Offset: 1, Ties: true, Output: []int{0, 1, 2}},
		{Order: []relation.OrderKey{{Col: 0}}, Limit: 0, Offset: 2, Ties: true, Output: []int{0, 1}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			smallSegments(t, i%2 == 0)
			o.Types = types
			var out []batch.Type
			for _, c := range o.Output {
				out = append(out, types[c])
			}
			optest.Case{
				Inputs: []optest.Input{{Types: types, Key: o.Keys, Single: o.Keys == nil, Value: value}},
				Output: out,
				New:    func(int) operators.Operator { return relation.NewTopN(o) },
				Batch:  func(in ...optest.ZSet) optest.ZSet { return top(o, in[0]) },
			}.Run(t)
		})
	}
}
