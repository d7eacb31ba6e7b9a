package relation_test

import (
	"fmt"
	"slices"
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
	for _, filtered := range []bool{false, true} {
		for _, compute := range []bool{false, true} {
			t.Run(fmt.Sprint(filtered, compute), func(t *testing.T) {
				out := []batch.Type{text, i64}
				optest.Case{
					Inputs: []optest.Input{{Types: types, Domain: 6}}, Output: out,
					NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
						o := relation.MapOptions{Dead: kept(dead), Cols: []int{2, 1}}
						if filtered {
							o.Where, _ = filter(t, where)
						}
						if compute {
							o.Cols, o.Exprs = nil, compile(t, col(2, text), quotient)
						}
						return relation.NewMap(o)
					},
					Batch: func(in ...optest.ZSet) optest.ZSet {
						z := optest.ZSet{}
						for row, w := range in[0] {
							v := optest.Values(row)
							bury := func() { z.Add(optest.Row(v[0], v[1], v[2], "zero"), w) }
							if filtered && v[0] != nil && v[0].(int64) == 0 {
								bury()
								continue
							}
							if filtered && (v[0] == nil || 6/v[0].(int64) <= 1) {
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

// filter compiles a condition over rows of three columns, and returns expressions over the rows that pass.
func filter(t *testing.T, condition expr.Expr, exprs ...expr.Expr) (*expr.Filter, []expr.Expr) {
	t.Helper()
	f, rest, err := expr.CompileFilter(condition, exprs, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f, rest
}

// TestMapShares selects the rows with 6/a > 1 and computes 6/a + 8/b: 6/a is computed once. A row is dead with all its
// columns wherever it fails.
func TestMapShares(t *testing.T) {
	types := []batch.Type{i64, i64, text}
	once := apply(t, "/", expr.Int(6), col(0, i64))
	again := apply(t, "+", once, apply(t, "/", expr.Int(8), col(1, i64)))
	optest.Case{
		Inputs: []optest.Input{{Types: types, Domain: 6}}, Output: []batch.Type{text, i64},
		NewDead: func(_ int, dead func(*batch.Batch, int, batch.Weight, string)) operators.Operator {
			f, rest := filter(t, apply(t, ">", once, expr.Int(1)), col(2, text), again)
			if cols := expr.Columns(rest[1]); !slices.Equal(cols, []int{1, 3}) {
				t.Errorf("reads columns %v", cols)
			}
			at := func(c int) int { return c - 1 }
			exprs := compile(t, expr.Remap(rest[0], at), expr.Remap(rest[1], at))
			return relation.NewMap(relation.MapOptions{Dead: kept(dead), Where: f, Cols: []int{1, 2, 3}, Exprs: exprs})
		},
		Batch: func(in ...optest.ZSet) optest.ZSet {
			z := optest.ZSet{}
			for row, w := range in[0] {
				v := optest.Values(row)
				a, aOK := v[0].(int64)
				b, bOK := v[1].(int64)
				switch {
				case aOK && a == 0:
					z.Add(optest.Row(v[0], v[1], v[2], "zero"), w)
				case !aOK || 6/a <= 1:
				case !bOK:
					z.Add(optest.Row(v[2], nil), w)
				case b == 0:
					z.Add(optest.Row(v[0], v[1], v[2], "zero"), w)
				default:
					z.Add(optest.Row(v[2], 6/a+8/b), w)
				}
			}
			return z
		},
	}.Run(t)
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
