package bind

import (
	"fmt"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// Rows of values are compared from left to right, by the standard:
//
//	(a, b) = (c, d)  is  a = c AND b = d
//	(a, b) < (c, d)  is  a < c OR (a = c AND b < d)
//	(a, b) IS NULL   is  a IS NULL AND b IS NULL, and IS NOT NULL is that neither is

// rowCall binds a comparison of rows; ok is false if no argument is one.
func (b *binder) rowCall(at ast.Node, name string, env *env, args []ast.Expr) (x expr.Expr, ok bool, err error) {
	if !slices.ContainsFunc(args, isRow) {
		return x, false, nil
	}
	call := b.made(at)
	switch name {
	case "is null", "is not null":
		parts, err := b.row(at, args[0], 0, env)
		for i := 0; i < len(parts) && err == nil; i++ {
			parts[i], err = call(expr.Call(name, parts[i]))
		}
		if err != nil {
			return x, true, err
		}
		x, err = b.chain(at, "and", parts)
		return x, true, err
	case "=", "<>", "<", "<=", ">", ">=", "is distinct from", "is not distinct from":
		x, err = b.compareRows(at, name, env, args[0], args[1])
		return x, true, err
	case "in":
		var any []expr.Expr
		for _, a := range args[1:] {
			eq, err := b.compareRows(at, "=", env, args[0], a)
			if err != nil {
				return x, true, err
			}
			any = append(any, eq)
		}
		x, err = b.chain(at, "or", any)
		return x, true, err
	}
	return x, false, nil
}

func isRow(e ast.Expr) bool {
	t, ok := e.(*ast.Tuple)
	return ok && len(t.Items) > 0
}

// chain joins conditions by AND or OR.
func (b *binder) chain(at ast.Node, op string, parts []expr.Expr) (x expr.Expr, err error) {
	x = parts[0]
	for i := 1; i < len(parts) && err == nil; i++ {
		x, err = b.made(at)(expr.Call(op, x, parts[i]))
	}
	return x, err
}

// row binds the values of a row: those that are listed, or the columns of a subquery that has at most one row. width is
// how many there have to be, 0 if any number will do.
func (b *binder) row(at ast.Node, e ast.Expr, width int, env *env) ([]expr.Expr, error) {
	parts := items(e)
	if s, ok := e.(*ast.Subquery); ok && width > 1 {
		parts = columnsOf(s, width)
	}
	if width > 0 && len(parts) != width {
		return nil, b.fail(at, plan.CodeWidth, "give both as many values", "a row of %s compared with one of %d", plan.Count(width, "value"), len(parts))
	}
	out := make([]expr.Expr, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = b.expr(p, env); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// columnsOf returns each column of a subquery of so many as a subquery of its own.
func columnsOf(s *ast.Subquery, width int) []ast.Expr {
	t := ast.Alias{At: s.At, Name: ast.Ident{At: s.At, Text: "row"}}
	for i := range width {
		t.Columns = append(t.Columns, ast.Ident{At: s.At, Text: fmt.Sprint("value", i+1)})
	}
	out := make([]ast.Expr, width)
	for i, c := range t.Columns {
		column := &ast.Select{
			At:    s.At,
			Items: []ast.Item{{At: s.At, Expr: &ast.Name{At: s.At, Parts: []ast.Ident{c}}}},
			From:  []ast.From{&ast.Derived{At: s.At, Query: s.Query, Alias: t}},
		}
		out[i] = &ast.Subquery{At: s.At, Query: &ast.Query{At: s.At, Body: column}}
	}
	return out
}

func (b *binder) compareRows(at ast.Node, op string, env *env, left, right ast.Expr) (expr.Expr, error) {
	width := len(items(left))
	if _, query := left.(*ast.Subquery); query {
		width = len(items(right))
	}
	x, err := b.row(at, left, width, env)
	if err != nil {
		return expr.Expr{}, err
	}
	y, err := b.row(at, right, width, env)
	if err != nil {
		return expr.Expr{}, err
	}
	pairs := func(op string) ([]expr.Expr, error) {
		out := make([]expr.Expr, width)
		for i := range out {
			var err error
			if out[i], err = b.made(at)(expr.Call(op, x[i], y[i])); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	all, err := pairs(op)
	if err != nil {
		return expr.Expr{}, err
	}
	switch op {
	case "=", "is not distinct from":
		return b.chain(at, "and", all)
	case "<>", "is distinct from":
		return b.chain(at, "or", all)
	}
	same, err := pairs("=")
	if err != nil {
		return expr.Expr{}, err
	}
	before, err := pairs(op[:1])
	if err != nil {
		return expr.Expr{}, err
	}
	out := all[width-1]
	for i := width - 2; i >= 0; i-- {
		if out, err = b.chain(at, "and", []expr.Expr{same[i], out}); err != nil {
			return out, err
		}
		if out, err = b.chain(at, "or", []expr.Expr{before[i], out}); err != nil {
			return out, err
		}
	}
	return out, nil
}
