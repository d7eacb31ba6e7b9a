package relation_test

import (
	"fmt"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/port"
	"github.com/millrace-dev/millrace/sdk/batch"
)

var (
	i32  = batch.T(batch.Int32)
	i64  = batch.T(batch.Int64)
	f64  = batch.T(batch.Float64)
	text = batch.T(batch.Utf8)
)

func same(in ...optest.ZSet) optest.ZSet {
	out := optest.ZSet{}
	for _, z := range in {
		for row, w := range z {
			out.Add(row, w)
		}
	}
	return out
}

func TestUnion(t *testing.T) {
	types := []batch.Type{i32, text}
	optest.Case{
		Inputs: []optest.Input{{Types: types}, {Types: types, Key: []int{0}}, {Types: types, Single: true}},
		Output: types,
		New:    func(int) operators.Operator { return &relation.Union{} },
		Batch:  same,
	}.Run(t)
}

func TestCombine(t *testing.T) {
	for _, rows := range []int{0, 5} {
		types := []batch.Type{i32, f64, text}
		optest.Case{
			Inputs: []optest.Input{{Types: types}},
			Output: types,
			New: func(int) operators.Operator {
				return relation.NewCombine(relation.CombineOptions{Types: types, Rows: rows})
			},
			Batch: same,
		}.Run(t)
	}
}

func TestDistinct(t *testing.T) {
	types := []batch.Type{i32, text, f64}
	optest.Case{
		Inputs: []optest.Input{{Types: types, Key: []int{1}}},
		Output: types,
		New:    func(int) operators.Operator { return relation.NewDistinct(types, 1) },
		Batch: func(in ...optest.ZSet) optest.ZSet {
			out := optest.ZSet{}
			for row, weight := range in[0] {
				if weight > 0 {
					out[row] = 1
				}
			}
			return out
		},
	}.Run(t)
}

// smallSegments cuts all state into segments of a row or two.
func smallSegments(t *testing.T, on bool) {
	if on {
		port.SegmentBytes = 1
		t.Cleanup(func() { port.SegmentBytes = 0 })
	}
}

// joined computes a join of tables of three columns, the key being columns 0 and 1 on the left, 1
// and 0 on the right, by comparing all pairs.
func joined(kind relation.JoinKind, nullsMatch bool, a, b optest.ZSet) optest.ZSet {
	out := optest.ZSet{}
	key := func(row string, c ...int) (string, bool) {
		v := optest.Values(row)
		return optest.Row(v[c[0]], v[c[1]]), nullsMatch || v[c[0]] != nil && v[c[1]] != nil
	}
	has := [2]map[string]batch.Weight{{}, {}}
	for x, w := range a {
		k, _ := key(x, 0, 1)
		has[0][k] += w
	}
	for y, w := range b {
		k, _ := key(y, 1, 0)
		has[1][k] += w
	}
	for x, wx := range a {
		kx, ok := key(x, 0, 1)
		vx := optest.Values(x)
		switch matched := ok && has[1][kx] > 0; {
		case kind == relation.Semi && matched, kind == relation.Anti && !matched:
			out.Add(optest.Row(vx[2], vx[1]), wx)
		case (kind == relation.Left || kind == relation.Full) && !matched:
			out.Add(optest.Row(vx[2], vx[1], nil, nil), wx)
		}
		if kind == relation.Semi || kind == relation.Anti || !ok {
			continue
		}
		for y, wy := range b {
			if ky, _ := key(y, 1, 0); kx == ky {
				vy := optest.Values(y)
				out.Add(optest.Row(vx[2], vx[1], vy[2], vy[1]), wx*wy)
			}
		}
	}
	for y, wy := range b {
		ky, ok := key(y, 1, 0)
		if (kind == relation.Right || kind == relation.Full) && (!ok || has[0][ky] <= 0) {
			vy := optest.Values(y)
			out.Add(optest.Row(nil, nil, vy[2], vy[1]), wy)
		}
	}
	return out
}

func TestJoin(t *testing.T) {
	for kind := relation.Inner; kind <= relation.Anti; kind++ {
		for _, nullsMatch := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, nullsMatch), func(t *testing.T) {
				smallSegments(t, nullsMatch)
				left, right := []batch.Type{i32, text, f64}, []batch.Type{text, i32, i64}
				o := relation.JoinOptions{
					Kind: kind, NullsMatch: nullsMatch, Output: []int{2, 1, 5, 4},
					Left:  relation.JoinSide{Types: left, Key: []int{0, 1}},
					Right: relation.JoinSide{Types: right, Key: []int{1, 0}},
				}
				types := []batch.Type{f64, text, i64, i32}
				if kind == relation.Semi || kind == relation.Anti {
					o.Output, types = o.Output[:2], types[:2]
				}
				optest.Case{
					Inputs: []optest.Input{{Types: left, Key: []int{0, 1}, Domain: 3}, {Types: right, Key: []int{1, 0}, Domain: 3}},
					Output: types,
					New:    func(int) operators.Operator { return relation.NewJoin(o) },
					Batch:  func(in ...optest.ZSet) optest.ZSet { return joined(kind, nullsMatch, in[0], in[1]) },
				}.Run(t)
			})
		}
	}
}
