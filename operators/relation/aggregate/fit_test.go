package aggregate_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
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
					z.Add(optest.Row(key, "sum: the result does not fit its type"), 1)
				}
			}
			return z
		},
	}.Run(t)
}
