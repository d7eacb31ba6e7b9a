package relation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/optest"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// compile makes a program; a mistake fails the test.
func compile(t *testing.T, exprs ...expr.Expr) *expr.Program {
	t.Helper()
	p, err := expr.Compile(exprs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func apply(t *testing.T, name string, args ...expr.Expr) expr.Expr {
	t.Helper()
	e, err := expr.Call(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func col(i int, t batch.Type) expr.Expr { return expr.Column(i, t, true) }

// kept removes the wording of reasons, which is the expressions' business, from dead letters.
func kept(dead func(*batch.Batch, int, batch.Weight, string)) relation.Dead {
	return func(b *batch.Batch, row int, w batch.Weight, reason string) {
		if !strings.Contains(reason, "zero") {
			panic("reason: " + reason)
		}
		dead(b, row, w, "zero")
	}
}

// TestMap selects the rows with 6/a > 1 and computes 8/b: both may divide by zero.
func TestMap(t *testing.T) {
	types := []batch.Type{i64, i64, text}
	where := apply(t, ">", apply(t, "/", expr.Int(6), col(0, i64)), expr.Int(1))
	quotient := apply(t, "/", expr.Int(8), col(1, i64))
	for _, filter := range []bool{false, true} {
		for _, compute := range []bool{false, true} {
			t.Run(fmt.Sprint(filter, compute), func(t *testing.T) {
				out := []batch.Type{text, i64}
				optest.Case{
					Inputs: []optest.Input{{Types: types, Domain: 6}}, Output: out,
					NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
						o := relation.MapOptions{Dead: kept(dead), Cols: []int{2, 1}}
						if filter {
							o.Where = compile(t, where)
						}
						if compute {
							o.Exprs = compile(t, col(2, text), quotient)
						}
						return relation.NewMap(o)
					},
					Batch: func(in ...optest.ZSet) optest.ZSet {
						z := optest.ZSet{}
						for row, w := range in[0] {
							v := optest.Values(row)
							bury := func() { z.Add(optest.Row(v[0], v[1], v[2], "zero"), w) }
							if filter && v[0] != nil && v[0].(int64) == 0 {
								bury()
								continue
							}
							if filter && (v[0] == nil || 6/v[0].(int64) <= 1) {
								continue
							}
							if !compute || v[1] == nil {
								z.Add(optest.Row(v[2], v[1]), w)
							} else if v[1].(int64) == 0 {
								bury()
							} else {
								z.Add(optest.Row(v[2], 8/v[1].(int64)), w)
							}
						}
						return z
					},
				}.Run(t)
			})
		}
	}
}

// TestConditionalJoin joins (k, x) with (k, y) where 4/x < y: x = 0 makes pairs dead letters.
func TestConditionalJoin(t *testing.T) {
	left, right := []batch.Type{i32, i64}, []batch.Type{i32, i64}
	condition := apply(t, "<", apply(t, "/", expr.Int(4), col(1, i64)), col(0, i64))
	for kind := relation.Inner; kind <= relation.Anti; kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			o := relation.JoinOptions{
				Kind: kind, Output: []int{1, 0, 3}, ResidualCols: []int{3, 1},
				Left: relation.JoinSide{Types: left, Key: []int{0}}, Right: relation.JoinSide{Types: right, Key: []int{0}},
			}
			types := []batch.Type{i64, i32, i64}
			if kind == relation.Semi || kind == relation.Anti {
				o.Output, types = o.Output[:2], types[:2]
			}
			optest.Case{
				Inputs: []optest.Input{{Types: left, Key: []int{0}}, {Types: right, Key: []int{0}}}, Output: types,
				NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
					o := o
					o.Residual, o.Dead = compile(t, condition), kept(dead)
					return relation.NewJoin(o)
				},
				Batch: func(in ...optest.ZSet) optest.ZSet { return conditionally(kind, in[0], in[1]) },
			}.Run(t)
		})
	}
}

// conditionally is the join of TestConditionalJoin by comparing all pairs. A row has a match when the
// weights of its pairs sum to above 0.
func conditionally(kind relation.JoinKind, a, b optest.ZSet) optest.ZSet {
	z := optest.ZSet{}
	matches := [2]optest.ZSet{{}, {}}
	pairs := kind != relation.Semi && kind != relation.Anti
	for x, wx := range a {
		vx := optest.Values(x)
		for y, wy := range b {
			vy := optest.Values(y)
			if vx[0] == nil || vx[0] != vy[0] || vx[1] == nil {
				continue
			}
			if vx[1].(int64) == 0 {
				z.Add(optest.Row(vy[1], vx[1], "zero"), wx*wy)
				continue
			}
			if vy[1] == nil || 4/vx[1].(int64) >= vy[1].(int64) {
				continue
			}
			matches[0].Add(x, wx*wy)
			matches[1].Add(y, wx*wy)
			if pairs {
				z.Add(optest.Row(vx[1], vx[0], vy[1]), wx*wy)
			}
		}
	}
	for x, w := range a {
		vx, matched := optest.Values(x), matches[0][x] > 0
		switch {
		case kind == relation.Semi && matched, kind == relation.Anti && !matched:
			z.Add(optest.Row(vx[1], vx[0]), w)
		case (kind == relation.Left || kind == relation.Full) && !matched:
			z.Add(optest.Row(vx[1], vx[0], nil), w)
		}
	}
	for y, w := range b {
		if (kind == relation.Right || kind == relation.Full) && matches[1][y] <= 0 {
			z.Add(optest.Row(nil, nil, optest.Values(y)[1]), w)
		}
	}
	return z
}
