package aggregate_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/arrange"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// plainly computes the aggregates of whole tables whose values are int64 and float64.
func plainly(o aggregate.Options, in optest.ZSet) optest.ZSet {
	type group struct {
		key    []any
		weight batch.Weight
		rows   optest.ZSet
	}
	groups := map[string]*group{}
	if o.Global {
		groups[""] = &group{rows: optest.ZSet{}}
	}
	for row, w := range in {
		values := optest.Values(row)
		var key []any
		for _, c := range append(append([]int{}, o.Keys...), o.Carried...) {
			key = append(key, values[c])
		}
		name := optest.Row(key...)
		if groups[name] == nil {
			groups[name] = &group{key: key, rows: optest.ZSet{}}
		}
		groups[name].weight += w
		groups[name].rows[row] = w
	}
	out := optest.ZSet{}
	for _, g := range groups {
		if g.weight <= 0 && !o.Global {
			continue
		}
		row := g.key
		for _, c := range o.Calls {
			row = append(row, call(c, g.weight, g.rows))
		}
		out.Add(optest.Row(row...), 1)
	}
	return out
}

// call computes one aggregate of one group.
func call(c aggregate.Call, weight batch.Weight, rows optest.ZSet) any {
	if c.Func == "count(*)" {
		return int64(weight)
	}
	values := map[any]batch.Weight{}
	for row, w := range rows {
		if v := optest.Values(row)[c.Arg]; v != nil {
			values[v] += w
		}
	}
	sum, count := new(big.Rat), int64(0)
	var least, most any
	for v, w := range values {
		if w > 0 && (least == nil || below(v, least)) {
			least = v
		}
		if w > 0 && (most == nil || below(most, v)) {
			most = v
		}
		if c.Distinct {
			w = min(1, max(0, w))
		}
		count += int64(w)
		sum.Add(sum, new(big.Rat).Mul(rat(v), new(big.Rat).SetInt64(int64(w))))
	}
	switch {
	case c.Func == "count":
		return count
	case c.Func == "min":
		return least
	case c.Func == "max":
		return most
	case count <= 0:
		return nil
	case c.Func == "avg":
		f, _ := sum.Quo(sum, new(big.Rat).SetInt64(count)).Float64()
		return f
	case c.Type.Kind == batch.Float64:
		f, _ := sum.Float64()
		return f
	}
	return sum.Num().Int64()
}

func rat(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case float64:
		return new(big.Rat).SetFloat64(v)
	}
	return new(big.Rat)
}

func below(a, b any) bool {
	if s, ok := a.(string); ok {
		return s < b.(string)
	}
	return rat(a).Cmp(rat(b)) < 0
}

var (
	i32  = batch.T(batch.Int32)
	i64  = batch.T(batch.Int64)
	f64  = batch.T(batch.Float64)
	text = batch.T(batch.Utf8)
)

var calls = map[string][]aggregate.Call{
	"count":    {{Func: "count(*)", Type: i64}},
	"nothing":  nil,
	"linear":   {{Func: "sum", Arg: 2, Type: i64}, {Func: "avg", Arg: 2, Type: f64}, {Func: "count", Arg: 3, Type: i64}, {Func: "count(*)", Type: i64}},
	"floats":   {{Func: "sum", Arg: 3, Type: f64}, {Func: "avg", Arg: 3, Type: f64}},
	"extremes": {{Func: "min", Arg: 2, Type: i64}, {Func: "max", Arg: 2, Type: i64}, {Func: "max", Arg: 4, Type: text}, {Func: "min", Arg: 3, Type: f64}},
	"distinct": {{Func: "count", Arg: 4, Distinct: true, Type: i64}, {Func: "sum", Arg: 2, Distinct: true, Type: i64}, {Func: "sum", Arg: 2, Type: i64}},
	"all": {
		{Func: "min", Arg: 3, Type: f64},
		{Func: "avg", Arg: 3, Distinct: true, Type: f64},
		{Func: "count(*)", Type: i64},
		{Func: "sum", Arg: 3, Type: f64},
		{Func: "max", Arg: 4, Type: text},
	},
}

// value makes keys of a small domain, and floats that only exact sums get right.
func value(r *rand.Rand, col int) any {
	if r.IntN(5) == 0 {
		return nil
	}
	switch col {
	case 0:
		return r.Int64N(3)
	case 1, 4:
		return fmt.Sprint("t", r.IntN(3))
	case 2:
		return []int64{-1, 0, 5, 1 << 40, -1 << 54}[r.IntN(5)]
	}
	return []float64{0.1, -2.5, 1e300, 1e-300, 3}[r.IntN(5)]
}

func TestAggregate(t *testing.T) {
	types := []batch.Type{i32, text, i64, f64, text}
	for name, cs := range calls {
		for _, shape := range []aggregate.Options{
			{Keys: []int{1, 0}}, {Keys: []int{0}, Carried: []int{1}}, {Global: true},
		} {
			for _, segment := range []bool{false, true} {
				t.Run(fmt.Sprint(name, shape.Keys, shape.Carried, segment), func(t *testing.T) {
					if segment {
						port.SegmentBytes = 1
						t.Cleanup(func() { port.SegmentBytes = 0 })
					}
					o := shape
					o.Types, o.Calls = types, cs
					var out []batch.Type
					for _, c := range append(append([]int{}, o.Keys...), o.Carried...) {
						out = append(out, types[c])
					}
					for _, c := range cs {
						out = append(out, c.Type)
					}
					optest.Case{
						Inputs: []optest.Input{{Types: types, Key: o.Keys, Single: o.Global, Value: value}},
						Output: out,
						New: func(worker int) operators.Operator {
							o := o
							o.Worker = worker
							return aggregate.New(o)
						},
						Batch: func(in ...optest.ZSet) optest.ZSet { return plainly(o, in[0]) },
					}.Run(t)
				})
			}
		}
	}
}

// halves is a Partial and the Aggregate that merges what it gives, on one worker.
type halves struct {
	operators.Operator
	first *aggregate.Partial
}

func (h halves) Push(_ int, b *batch.Batch) error {
	return h.first.Apply(0, b, func(part *batch.Batch) error { return h.Operator.Push(0, part) })
}

func (h halves) Done(port int) {
	h.first.Done(port)
	if _, err := h.first.Step(operators.Budget{}, func(part *batch.Batch) error { return h.Operator.Push(0, part) }); err != nil {
		panic(err)
	}
	h.Operator.Done(port)
}

func (h halves) Arrangements() []*arrange.Arrangement {
	return h.Operator.(circuit.Keeper).Arrangements()
}

func (h halves) Release() { h.Operator.(circuit.Keeper).Release() }

func TestPartial(t *testing.T) {
	types := []batch.Type{i32, text, i64, f64, text}
	for _, name := range []string{"count", "linear", "floats"} {
		for _, o := range []aggregate.Options{{Keys: []int{1, 0}}, {Keys: []int{0}, Carried: []int{1}}, {Global: true}} {
			t.Run(fmt.Sprint(name, o.Keys), func(t *testing.T) {
				o.Types, o.Calls, o.Merge = types, calls[name], true
				var out []batch.Type
				for _, c := range append(append([]int{}, o.Keys...), o.Carried...) {
					out = append(out, types[c])
				}
				for _, c := range o.Calls {
					out = append(out, c.Type)
				}
				optest.Case{
					Inputs: []optest.Input{{Types: types, Key: o.Keys, Single: o.Global, Value: value}}, Output: out,
					New: func(worker int) operators.Operator {
						o := o
						o.Worker = worker
						return halves{aggregate.New(o), aggregate.NewPartial(o)}
					},
					Batch: func(in ...optest.ZSet) optest.ZSet { return plainly(o, in[0]) },
				}.Run(t)
			})
		}
	}
}

// TestPartialGivesUp pushes rows that are all different: after the first it must still give the
// right sums.
func TestPartialGivesUp(t *testing.T) {
	o := aggregate.Options{Types: []batch.Type{i32, f64}, Keys: []int{0}, Merge: true, Calls: []aggregate.Call{{Func: "sum", Arg: 1, Type: f64}}}
	for _, keys := range []int32{0, 500} {
		h := halves{aggregate.New(o), aggregate.NewPartial(o)}
		partial, sum := 0, 0.0
		for _, b := range numbers(200_000, keys) {
			for _, v := range batch.Values[float64](&b.Cols[1]) {
				sum += v
			}
			if err := h.first.Apply(0, b, func(p *batch.Batch) error { partial += p.Rows; return h.Operator.Push(0, p) }); err != nil {
				t.Fatal(err)
			}
		}
		h.Done(0)
		got := 0.0
		for more := true; more; {
			var err error
			if more, err = h.Step(operators.DefaultBudget, func(b *batch.Batch) error {
				for _, v := range batch.Values[float64](&b.Cols[1]) {
					got += v
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if math.Abs(got-sum) > 1e-3 || keys == 0 && partial < 100_000 || keys > 0 && partial > 10*int(keys) {
			t.Errorf("keys %d: sum %v, want %v; %d partial rows", keys, got, sum, partial)
		}
		h.Release()
	}
}
