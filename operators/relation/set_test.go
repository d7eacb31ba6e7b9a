package relation_test

import (
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

func TestPositive(t *testing.T) {
	types := []batch.Type{i32, text}
	optest.Case{
		Inputs: []optest.Input{{Types: types, Key: []int{0, 1}, Domain: 3}},
		Output: types,
		New:    func(int) operators.Operator { return relation.NewPositive(types) },
		Batch: func(in ...optest.ZSet) optest.ZSet {
			out := optest.ZSet{}
			for row, w := range in[0] {
				if w > 0 {
					out[row] = w
				}
			}
			return out
		},
	}.Run(t)
}

func TestValues(t *testing.T) {
	types := []batch.Type{i32, text}
	b := batch.NewBuilder(types)
	for _, row := range [][]any{{int64(1), "a"}, {nil, "b"}, {int64(1), "a"}} {
		if err := b.AppendValues(1, row...); err != nil {
			t.Fatal(err)
		}
	}
	rows := b.Take()
	optest.Case{
		Inputs: []optest.Input{{Types: []batch.Type{i64}, Single: true}},
		Output: types,
		New:    func(int) operators.Operator { return relation.NewValues(rows) },
		Batch: func(in ...optest.ZSet) optest.ZSet {
			out, total := optest.ZSet{}, batch.Weight(0)
			for _, w := range in[0] {
				total += w
			}
			out.Add(optest.Row(int64(1), "a"), 2*total)
			out.Add(optest.Row(nil, "b"), total)
			return out
		},
	}.Run(t)
}

func TestSpread(t *testing.T) {
	types := []batch.Type{i32, text}
	optest.Case{
		Inputs: []optest.Input{{Types: types}},
		Output: append(types, i32),
		New:    func(int) operators.Operator { return relation.NewSpread(3, true) },
		Batch: func(in ...optest.ZSet) optest.ZSet {
			out := optest.ZSet{}
			for row, w := range in[0] {
				for share := range 3 {
					out.Add(optest.Row(append(optest.Values(row), int64(share))...), w)
				}
			}
			return out
		},
	}.Run(t)
}

// TestDeal: equal rows get equal shares, so that retractions cancel, and the shares are all used.
func TestDeal(t *testing.T) {
	types := []batch.Type{i32}
	b := batch.NewBuilder(types)
	for i := range 200 {
		if err := b.AppendValues(1, int64(i%100)); err != nil {
			t.Fatal(err)
		}
	}
	var shares []int32
	deal := func(out *batch.Batch) error {
		shares = append(shares, batch.Values[int32](&out.Cols[1])...)
		return nil
	}
	if err := relation.NewSpread(4, false).Apply(0, b.Peek(), deal); err != nil {
		t.Fatal(err)
	}
	used := map[int32]int{}
	for i, share := range shares {
		used[share]++
		if share < 0 || share > 3 || share != shares[i%100] {
			t.Fatalf("row %d has share %d, and its equal %d", i, share, shares[i%100])
		}
	}
	if len(shares) != 200 || len(used) != 4 {
		t.Errorf("%d rows in the shares %v", len(shares), used)
	}
}
