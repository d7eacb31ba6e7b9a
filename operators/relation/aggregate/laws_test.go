package aggregate_test

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// The columns of the laws: a group, two integers, two floats, a text, and an integer; the last two may be null.
const (
	colGroup = iota
	colA
	colB
	colX
	colY
	colText
	colN
)

var lawTypes = []batch.Type{i32, i64, i64, f64, f64, text, i64}

// lawValue makes numbers that are far from zero and near to each other, and floats of any size.
func lawValue(r *rand.Rand, col int) any {
	switch col {
	case colGroup:
		return r.Int64N(3)
	case colA, colB:
		return []int64{1_000_000_001, 1_000_000_002, 999_999_999, math.MaxInt64, math.MinInt64}[r.IntN(3+2*(r.IntN(4)/3))]
	case colX, colY:
		return []float64{1e9 + 0.25, 1e9 + 0.5, 1e9 - 3, 1e200, -1e-200}[r.IntN(3+2*(r.IntN(4)/3))]
	}
	if r.IntN(4) == 0 {
		return nil
	}
	if col == colText {
		return []string{"a", "b", "", "ab"}[r.IntN(4)]
	}
	return r.Int64N(5) - 2
}

var lawCalls = map[string][]aggregate.Call{
	"variance": {
		{Func: "var_pop", Arg: colA, Type: f64},
		{Func: "var_samp", Arg: colX, Type: f64},
		{Func: "stddev_pop", Arg: colX, Type: f64},
		{Func: "stddev_samp", Arg: colN, Type: f64},
		{Func: "avg", Arg: colX, Type: f64},
	},
	"distinct variance": {{Func: "var_pop", Arg: colA, Type: f64, Distinct: true}, {Func: "var_pop", Arg: colA, Type: f64}},
	"pairs": {
		{Func: "covar_pop", Arg: colA, More: []int{colB}, Type: f64},
		{Func: "covar_samp", Arg: colX, More: []int{colY}, Type: f64},
		{Func: "corr", Arg: colA, More: []int{colB}, Type: f64},
		{Func: "regr_slope", Arg: colX, More: []int{colY}, Type: f64},
		{Func: "regr_intercept", Arg: colA, More: []int{colB}, Type: f64},
		{Func: "regr_r2", Arg: colA, More: []int{colB}, Type: f64},
	},
	"tuples": {{Func: "count", Arg: colText, More: []int{colN}, Distinct: true, Type: i64}, {Func: "count(*)", Type: i64}},
	"texts": {
		{Func: "string_agg", Arg: colText, Where: []int{colText}, Text: "; ", Type: text},
		{Func: "string_agg", Arg: colText, Where: []int{colText}, Order: []relation.OrderKey{{Col: colN, Desc: true}, {Col: colA}}, Text: "", Type: text},
		{Func: "string_agg", Arg: colText, Where: []int{colText, colN}, Order: []relation.OrderKey{{Col: colText, Desc: true}}, Distinct: true, Type: text},
		{Func: "array_agg", Arg: colN, Type: batch.T(batch.JSON)},
		{Func: "array_agg", Arg: colN, Order: []relation.OrderKey{{Col: colN, NullsFirst: true}}, Distinct: true, Type: batch.T(batch.JSON)},
	},
	"objects": {{Func: "json_objectagg", Arg: colText, More: []int{colN}, Where: []int{colText}, Type: batch.T(batch.JSON)}},
	"ends": {
		{Func: "first", Arg: colText, Order: []relation.OrderKey{{Col: colN}}, Type: text},
		{Func: "last", Arg: colText, Order: []relation.OrderKey{{Col: colN}}, Type: text},
		{Func: "first", Arg: colText, Where: []int{colN}, Order: []relation.OrderKey{{Col: colN, Desc: true, NullsFirst: true}}, Type: text},
	},
	"percentiles": {
		{Func: "percentile_cont", Arg: colN, Where: []int{colN}, Text: "1/2", Type: f64},
		{Func: "percentile_cont", Arg: colX, Where: []int{colX}, Text: "9/10", Type: f64},
		{Func: "percentile_disc", Arg: colText, Where: []int{colText}, Text: "1/3", Type: text},
		{Func: "percentile_disc", Arg: colA, Where: []int{colA}, Order: []relation.OrderKey{{Col: colA, Desc: true, NullsFirst: true}}, Text: "0", Type: i64},
		{Func: "percentile_cont", Arg: colN, Where: []int{colN}, Text: "1/4", Distinct: true, Type: f64},
	},
	"values": {
		{Func: "mode", Arg: colText, Where: []int{colText}, Type: text},
		{Func: "bit_and", Arg: colN, Where: []int{colN}, Type: i64},
		{Func: "bit_or", Arg: colN, Where: []int{colN}, Type: i64},
		{Func: "bit_xor", Arg: colN, Where: []int{colN}, Type: i64},
	},
}

// TestLaws compares aggregates with those of the whole table, computed with big numbers.
func TestLaws(t *testing.T) {
	for name, calls := range lawCalls {
		for i, shape := range []aggregate.Options{{Keys: []int{colGroup}}, {Global: true}} {
			t.Run(fmt.Sprint(name, shape.Keys), func(t *testing.T) {
				port.SegmentBytes = i
				t.Cleanup(func() { port.SegmentBytes = 0 })
				o := shape
				o.Types, o.Calls = lawTypes, calls
				var out []batch.Type
				for range o.Keys {
					out = append(out, i32)
				}
				for _, c := range calls {
					out = append(out, c.Type)
				}
				linear := aggregate.Linear(o)
				optest.Case{
					Seeds: 8, Inputs: []optest.Input{{Types: lawTypes, Key: o.Keys, Single: o.Global, Value: lawValue}},
					Output: out,
					New: func(worker int) operators.Operator {
						o := o
						o.Worker = worker
						if linear {
							o.Merge = true
							return halves{aggregate.New(o), aggregate.NewPartial(o)}
						}
						return aggregate.New(o)
					},
					Batch: func(in ...optest.ZSet) optest.ZSet { return whole(o, in[0]) },
				}.Run(t)
			})
		}
	}
}

// whole computes the aggregates of a table.
func whole(o aggregate.Options, in optest.ZSet) optest.ZSet {
	groups, weights := map[any]optest.ZSet{}, map[any]batch.Weight{}
	if o.Global {
		groups[nil] = optest.ZSet{}
	}
	for row, w := range in {
		var key any
		if !o.Global {
			key = optest.Values(row)[colGroup]
		}
		if groups[key] == nil {
			groups[key] = optest.ZSet{}
		}
		groups[key][row] = w
		weights[key] += w
	}
	out := optest.ZSet{}
	for key, rows := range groups {
		if weights[key] <= 0 && !o.Global {
			continue
		}
		var row []any
		if !o.Global {
			row = append(row, key)
		}
		for _, c := range o.Calls {
			if c.Func == "count(*)" {
				row = append(row, int64(weights[key]))
			} else {
				row = append(row, lawCall(c, rows))
			}
		}
		out.Add(optest.Row(row...), 1)
	}
	return out
}

// element is what a call sees of a row.
type element struct {
	order, args []any
	weight      batch.Weight
}

// elements returns what a call sees of a group: in order, and with weights above 0 where rows are kept.
func elements(c aggregate.Call, rows optest.ZSet, kept bool) []element {
	all := map[string]*element{}
	for row, w := range rows {
		values := optest.Values(row)
		if slices.ContainsFunc(c.Where, func(at int) bool { return values[at] == nil }) {
			continue
		}
		e := element{weight: w}
		for _, k := range c.Order {
			e.order = append(e.order, values[k.Col])
		}
		for _, at := range append([]int{c.Arg}, c.More...) {
			e.args = append(e.args, values[at])
		}
		name := optest.Row(append(slices.Clone(e.order), e.args...)...)
		if all[name] == nil {
			all[name] = &e
		} else {
			all[name].weight += w
		}
	}
	var out []element
	for _, e := range all {
		if e.weight > 0 || !kept && !c.Distinct && e.weight != 0 {
			if c.Distinct {
				e.weight = 1
			}
			out = append(out, *e)
		}
	}
	slices.SortFunc(out, func(a, b element) int {
		for i, k := range c.Order {
			x, y := a.order[i], b.order[i]
			switch d := ordered(x, y); {
			case d == 0:
			case x == nil || y == nil:
				if k.NullsFirst {
					return -d
				}
				return d
			case k.Desc:
				return -d
			default:
				return d
			}
		}
		for i := range a.args {
			if d := ordered(a.args[i], b.args[i]); d != 0 {
				return d
			}
		}
		return 0
	})
	return out
}

// ordered compares in canonical order.
func ordered(a, b any) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(map[bool]int{true: 1}[a == nil], map[bool]int{true: 1}[b == nil])
	case below(a, b):
		return -1
	case below(b, a):
		return 1
	}
	return 0
}

// lawCall computes a call. It is a switch over the functions.
func lawCall(c aggregate.Call, rows optest.ZSet) any {
	switch c.Func {
	case "string_agg", "array_agg", "json_objectagg", "first", "last", "percentile_cont", "percentile_disc", "mode", "bit_and", "bit_or", "bit_xor":
		return lawPick(c, elements(c, rows, true))
	}
	c.Where = append([]int{c.Arg}, c.More...)
	var n int64
	sums := [5]*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)} // y, x, yy, xx, xy
	for _, e := range elements(c, rows, false) {
		n += int64(e.weight)
		if c.Func == "count" {
			continue
		}
		y, x := rat(e.args[0]), rat(e.args[len(e.args)-1])
		w := new(big.Rat).SetInt64(int64(e.weight))
		for i, p := range [5][2]*big.Rat{{y, big.NewRat(1, 1)}, {x, big.NewRat(1, 1)}, {y, y}, {x, x}, {x, y}} {
			v := new(big.Rat).Mul(p[0], p[1])
			sums[i].Add(sums[i], v.Mul(v, w))
		}
	}
	if c.Func == "count" {
		return n
	}
	if n <= 0 {
		return nil
	}
	many := new(big.Rat).SetInt64(n)
	mul := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
	sub := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
	yy, xx, xy := sub(mul(many, sums[2]), mul(sums[0], sums[0])), sub(mul(many, sums[3]), mul(sums[1], sums[1])), sub(mul(many, sums[4]), mul(sums[0], sums[1]))
	over := func(a, b *big.Rat, root bool) any {
		if b.Sign() == 0 {
			return nil
		}
		q := new(big.Rat).Quo(a, b)
		if !root {
			f, _ := q.Float64()
			return f
		}
		if q.Sign() < 0 {
			return math.NaN()
		}
		f, _ := new(big.Float).Sqrt(new(big.Float).SetPrec(400).SetRat(q)).Float64()
		return f
	}
	population, sample := mul(many, many), mul(many, sub(many, big.NewRat(1, 1)))
	switch c.Func {
	case "avg":
		return over(sums[0], many, false)
	case "var_pop":
		return over(yy, population, false)
	case "var_samp":
		return over(yy, sample, false)
	case "stddev_pop":
		return over(yy, population, true)
	case "stddev_samp":
		return over(yy, sample, true)
	case "covar_pop":
		return over(xy, population, false)
	case "covar_samp":
		return over(xy, sample, false)
	case "corr":
		f := over(mul(xy, xy), mul(xx, yy), true)
		if f != nil && xy.Sign() < 0 {
			return -f.(float64)
		}
		return f
	case "regr_slope":
		return over(xy, xx, false)
	case "regr_intercept":
		return over(sub(mul(sums[0], sums[3]), mul(sums[1], sums[4])), xx, false)
	case "regr_r2":
		if yy.Sign() == 0 && xx.Sign() != 0 {
			return 1.0
		}
		return over(mul(xy, xy), mul(xx, yy), false)
	}
	panic(c.Func)
}

// lawPick computes a call over rows in order. It is a switch over the functions.
func lawPick(c aggregate.Call, es []element) any {
	if len(es) == 0 {
		return nil
	}
	var values []any
	for _, e := range es {
		for range e.weight {
			values = append(values, e.args[0])
		}
	}
	switch c.Func {
	case "first":
		return values[0]
	case "last":
		return values[len(values)-1]
	case "mode":
		best := es[0]
		for _, e := range es {
			if e.weight > best.weight {
				best = e
			}
		}
		return best.args[0]
	case "string_agg":
		var parts []string
		for _, v := range values {
			parts = append(parts, v.(string))
		}
		return strings.Join(parts, c.Text)
	case "array_agg":
		var parts []string
		for _, v := range values {
			parts = append(parts, map[bool]string{true: "null", false: fmt.Sprint(v)}[v == nil])
		}
		return "[" + strings.Join(parts, ",") + "]"
	case "json_objectagg":
		var parts []string
		for i, e := range es {
			if i+1 < len(es) && es[i+1].args[0] == e.args[0] {
				continue
			}
			parts = append(parts, fmt.Sprintf("%q:%s", e.args[0], map[bool]string{true: "null", false: fmt.Sprint(e.args[1])}[e.args[1] == nil]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case "percentile_disc":
		f, _ := new(big.Rat).SetString(c.Text)
		for i, v := range values {
			if new(big.Rat).SetFrac64(int64(i+1), int64(len(values))).Cmp(f) >= 0 {
				return v
			}
		}
	case "percentile_cont":
		f, _ := new(big.Rat).SetString(c.Text)
		at := f.Mul(f, new(big.Rat).SetInt64(int64(len(values)-1)))
		i := int(new(big.Int).Quo(at.Num(), at.Denom()).Int64())
		low, high := rat(values[i]), rat(values[min(i+1, len(values)-1)])
		at.Sub(at, new(big.Rat).SetInt64(int64(i)))
		v, _ := high.Sub(high, low).Mul(high, at).Add(high, low).Float64()
		return v
	}
	and, or, xor := int64(-1), int64(0), int64(0)
	for _, v := range values {
		and, or, xor = and&v.(int64), or|v.(int64), xor^v.(int64)
	}
	return map[string]int64{"bit_and": and, "bit_or": or, "bit_xor": xor}[c.Func]
}
