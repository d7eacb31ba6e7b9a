package relation_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestPushInsteadOfApply runs the operators that answer at once by the contract that all have. What
// was pushed is overwritten before Step.
func TestPushInsteadOfApply(t *testing.T) {
	types := []batch.Type{i64, text}
	o := aggregate.Options{Types: types, Keys: []int{1}, Calls: []aggregate.Call{{Func: "count(*)", Type: i64}}}
	rows := batch.NewBuilder(types)
	for i := range int64(6) {
		if err := rows.AppendValues(batch.Weight(1+i%2), i%3, "x"); err != nil {
			t.Fatal(err)
		}
	}
	whole := optest.ZSet{optest.Row(int64(0), "x"): 3, optest.Row(int64(1), "x"): 3, optest.Row(int64(2), "x"): 3}
	for name, test := range map[string]struct {
		op   operators.Operator
		want optest.ZSet
	}{
		"union":   {&relation.Union{}, whole},
		"combine": {relation.NewCombine(relation.CombineOptions{Types: types}), whole},
		"map":     {relation.NewMap(relation.MapOptions{Exprs: compile(t, col(1, text), expr.Int(7))}), optest.ZSet{optest.Row("x", int64(7)): 9}},
		"minus":   {&relation.Union{Negate: []bool{true}}, optest.ZSet{optest.Row(int64(0), "x"): -3, optest.Row(int64(1), "x"): -3, optest.Row(int64(2), "x"): -3}},
		"partial": {aggregate.NewPartial(o), optest.ZSet{optest.Row("x", int64(9)): 1}},
	} {
		for epoch := range 2 {
			got := optest.ZSet{}
			b := rows.Peek().Clone()
			if err := test.op.Push(0, b); err != nil {
				t.Fatal(err)
			}
			for i := range b.Cols[0].Data {
				b.Cols[0].Data[i] = 0x55
			}
			clear(b.Weights)
			test.op.Done(0)
			for more := true; more; {
				var err error
				if more, err = test.op.Step(operators.DefaultBudget, func(b *batch.Batch) error { got.AddBatch(b); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if diff := got.Diff(test.want); diff != "" {
				t.Errorf("%s, epoch %d:\n%s", name, epoch, diff)
			}
		}
	}
}
