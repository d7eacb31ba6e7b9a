package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// joinQueries joins two items on a condition with subqueries in it. Those of an inner join decide of its rows; those of
// another one are computed for each row of the side that they read, before the join.
//
//	a LEFT JOIN b ON c(a, b) AND q(a) = (a with q(a) AS m) LEFT JOIN b ON c(a, b) AND m
func (b *binder) joinQueries(j *ast.Join, left, right *plan.Node, with *ctes) (*plan.Node, error) {
	var plain, deep []ast.Expr
	for _, c := range conjuncts(j.On) {
		if hasQuery(c) {
			deep = append(deep, c)
		} else {
			plain = append(plain, c)
		}
	}
	bare := *j
	bare.On = all(j.At, plain)
	kind := joinKinds[j.Kind]
	width := [2]int{len(left.Fields), len(right.Fields)}
	if kind == plan.Inner {
		n, err := b.joinOn(&bare, kind, left, right)
		if err != nil {
			return n, err
		}
		env := b.envOver(n, with, "ON")
		if err := b.where(j.On, deep, env, nil); err != nil {
			return n, plan.ErrOn{}
		}
		return b.like(n, first(env.rows.node, len(n.Fields))), nil
	}
	var marks [2][]int // columns of the sides
	for _, c := range deep {
		side, marked, err := b.marked(c, with, [2]*plan.Node{left, right})
		if err != nil {
			return plan.Product(left, right), plan.ErrOn{}
		}
		marks[side] = append(marks[side], len(marked.Fields)-1)
		*[]**plan.Node{&left, &right}[side] = marked
	}
	n, err := b.joinOn(&bare, kind, left, right, marks[0], marks[1])
	if err != nil || kind == plan.Semi || kind == plan.Anti {
		return n, err
	}
	keep := plan.UpTo(width[0])
	for c := range width[1] {
		keep = append(keep, len(left.Fields)+c)
	}
	keep = append(keep, plan.Span(b.own(n), len(n.Fields))...)
	return b.like(n, plan.Compute(n, plan.Pick(plan.Columns(n), keep), plan.Pick(n.Fields, keep))), nil
}

// all joins conditions by AND.
func all(at ast.At, conditions []ast.Expr) ast.Expr {
	if len(conditions) == 0 {
		return &ast.Literal{At: at, Kind: ast.Bool, Text: "TRUE"}
	}
	out := conditions[0]
	for _, c := range conditions[1:] {
		out = &ast.Binary{At: at, Op: ast.OpAnd, Left: out, Right: c}
	}
	return out
}

// first returns the first columns of a node.
func first(n *plan.Node, width int) *plan.Node {
	if len(n.Fields) == width {
		return n
	}
	return plan.Compute(n, plan.Columns(n)[:width], n.Fields[:width])
}

// marked computes a condition with subqueries for each row of that of two sides that it reads, as a column behind those
// of the side.
func (b *binder) marked(c ast.Expr, with *ctes, sides [2]*plan.Node) (side int, n *plan.Node, err error) {
	noted := len(b.problems)
	over := func(n *plan.Node) (expr.Expr, *plan.Node, error) {
		env := b.envOver(n, with, "ON")
		x, err := b.conditionIn(c, env, "ON")
		return x, env.rows.node, err
	}
	if _, _, err := over(plan.Product(sides[0], sides[1])); err != nil {
		return 0, nil, err
	}
	for side, n := range sides {
		b.problems = b.problems[:noted]
		x, joined, err := over(n)
		if err != nil {
			continue
		}
		width := len(n.Fields)
		exprs := append(plan.Columns(joined)[:width:width], x)
		fields := append(slices.Clone(n.Fields), plan.Field{Type: batch.T(batch.Bool), Nullable: x.Nullable, Hidden: true})
		return side, plan.Compute(joined, exprs, fields), nil
	}
	b.problems = b.problems[:noted]
	return 0, nil, b.refuse(c, plan.CodePlace, "a subquery in the ON of an outer join, in a condition that reads both sides,", "compute it in a derived table of one side")
}
