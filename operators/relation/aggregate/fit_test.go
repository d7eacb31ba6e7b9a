package aggregate_test

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// TestSumsThatDoNotFit makes groups whose sum leaves int64 and comes back.
func TestSumsThatDoNotFit(t *testing.T) {
	types := []batch.Type{i32, i64}
	o := aggregate.Options{Types: types, Keys: []int{0}, Calls: []aggregate.Call{{Func: "sum", Arg: 1, Type: i64}}}
	optest.Case{
		Inputs: []optest.Input{{Types: types, Key: []int{0}, Value: func(r *rand.Rand, c int) any {
			if c == 0 {
				return r.Int64N(2)
			}
			return []int64{1 << 62, -1 << 62, 3}[r.IntN(3)]
		}}}, Output: []batch.Type{i32, i64},
		NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
			o := o
			o.Dead = dead
			return aggregate.New(o)
		},
		Batch: func(in ...optest.ZSet) optest.ZSet {
			z := optest.ZSet{}
			sums, weights := map[any]*big.Int{}, map[any]batch.Weight{}
			for row, w := range in[0] {
				v := optest.Values(row)
				if sums[v[0]] == nil {
					sums[v[0]] = new(big.Int)
				}
				sums[v[0]].Add(sums[v[0]], new(big.Int).Mul(big.NewInt(v[1].(int64)), big.NewInt(int64(w))))
				weights[v[0]] += w
			}
			for key, sum := range sums {
				switch {
				case weights[key] <= 0:
				case sum.IsInt64():
					z.Add(optest.Row(key, sum.Int64()), 1)
				default:
					z.Add(optest.Row(key, "E4002: sum: the result does not fit its type"), 1)
				}
			}
			return z
		},
	}.Run(t)
}

// TestTextsThatAreTooLong makes a group whose text has more than 16 MiB, which is a dead letter, and takes a row back.
func TestTextsThatAreTooLong(t *testing.T) {
	types := []batch.Type{i32, text}
	z := optest.ZSet{}
	op := aggregate.New(aggregate.Options{
		Types: types, Keys: []int{0}, Calls: []aggregate.Call{
			{Func: "string_agg", Arg: 1, Where: []int{1}, Text: ",", Type: text}, {Func: "count", Arg: 1, Type: i64},
		},
		Dead: func(b *batch.Batch, row int, w batch.Weight, reason string) {
			z.Add(optest.Row(append(b.Row(row), reason)...), w)
		},
	})
	defer op.(circuit.Keeper).Release()
	long := strings.Repeat("x", 1<<20)
	rows := func(w batch.Weight, values ...any) *batch.Batch {
		b := batch.NewBuilder(types)
		if err := b.AppendValues(w, values...); err != nil {
			t.Fatal(err)
		}
		return b.Take()
	}
	expect := func(want optest.ZSet) {
		t.Helper()
		if diff := z.Diff(want); diff != "" {
			t.Fatal(diff[:min(len(diff), 300)])
		}
	}
	tooLong := optest.ZSet{optest.Row(int64(1), "E4004: string_agg: the result has more than 16 MiB"): 1}
	step(t, op, rows(16, int64(1), long), z)
	expect(tooLong)
	step(t, op, rows(1<<60, int64(1), "y"), z) // it is not even tried
	expect(tooLong)
	step(t, op, rows(-1<<60, int64(1), "y"), z)
	step(t, op, rows(-14, int64(1), long), z)
	expect(optest.ZSet{optest.Row(int64(1), long+","+long, int64(2)): 1})
	step(t, op, rows(-2, int64(1), long), z)
	expect(optest.ZSet{})
}
