package relation_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestWindow(t *testing.T) {
	stamp := batch.T(batch.Timestamp)
	types := []batch.Type{i32, stamp}
	for _, o := range []relation.WindowOptions{
		{Time: 1, Hop: 5, Size: 5},
		{Time: 1, Hop: 2, Size: 6},
		{Time: 1, Hop: 1, Size: 3},
		{Time: 1, Hop: 4, Size: 7},
		{Time: 1, Hop: 7, Size: 4},
		{Time: 1, Hop: 3, Size: 12, Cumulate: true},
		{Time: 1, Hop: 5, Size: 5, Cumulate: true},
	} {
		optest.Case{
			Inputs: []optest.Input{{Types: types, Value: func(r *rand.Rand, column int) any {
				if n := r.Int64N(30) - 12; n < 15 {
					return n
				}
				return nil
			}}},
			Output: append(types, stamp, stamp),
			New:    func(int) operators.Operator { return relation.NewWindow(o) },
			Batch:  func(in ...optest.ZSet) optest.ZSet { return windowed(o, in[0]) },
		}.Run(t)
	}
}

// windowed tries all windows near 0.
func windowed(o relation.WindowOptions, in optest.ZSet) optest.ZSet {
	out := optest.ZSet{}
	for row, w := range in {
		v := optest.Values(row)
		at, ok := v[1].(int64)
		if !ok {
			continue
		}
		for start := int64(-40); start < 40; start++ {
			for size := o.Hop; size <= o.Size; size++ {
				is := start%o.Hop == 0 && size == o.Size
				if o.Cumulate {
					is = start%o.Size == 0 && size%o.Hop == 0
				}
				if is && start <= at && at < start+size {
					out.Add(optest.Row(v[0], at, start, start+size), w)
				}
			}
			if o.Size < o.Hop && start%o.Hop == 0 && start <= at && at < start+o.Size {
				out.Add(optest.Row(v[0], at, start, start+o.Size), w)
			}
		}
	}
	return out
}
