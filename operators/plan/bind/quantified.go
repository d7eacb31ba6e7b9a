package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// quantified binds a comparison with ANY or ALL rows of a subquery, of which only the least and the greatest value matter,
// how many rows there are, and whether any is NULL.
//
//	x < ANY s = FALSE if s is empty, else TRUE if x < max(s), else NULL if x or any of s is NULL, else FALSE
//	x < ALL s = TRUE if s is empty, else FALSE if not x < min(s), else NULL if x or any of s is NULL, else TRUE
func (b *binder) quantified(e *ast.Quantified, env *env) (expr.Expr, error) {
	if env.rows == nil {
		return expr.Expr{}, b.refuse(e, plan.CodePlace, "a subquery at this place", placeHint)
	}
	return b.joinedOnce(e, e.Query, env, func(s *sub) (expr.Expr, error) { return b.quantifiedOf(e, s, env) })
}

// quantifiedList binds a comparison with ANY or ALL of the values that ARRAY lists.
func (b *binder) quantifiedList(e *ast.Quantified, env *env) (expr.Expr, error) {
	list, ok := e.Array.(*ast.Array)
	switch {
	case !ok:
		return expr.Expr{}, b.refuse(e, plan.CodeQuantified, string(e.Op)+" ANY or ALL of a value", "write ARRAY[...] or a subquery")
	case list.Query != nil:
		rows := *e
		rows.Query, rows.Array = list.Query, nil
		return b.exprOf(&rows, env)
	case len(list.Items) > 0 && (e.Op == ast.OpEq && !e.All || e.Op == ast.OpNe && e.All):
		return b.not(e, e.All, "in", env, append([]ast.Expr{e.X}, list.Items...)...)
	}
	op := map[bool]string{false: "or", true: "and"}[e.All]
	parts := []expr.Expr{expr.Bool(e.All)}
	for _, item := range list.Items {
		c, err := b.call(e, strings.ToLower(string(e.Op)), env, e.X, item)
		if err != nil {
			return c, err
		}
		parts = append(parts, c)
	}
	return b.chain(e, op, parts)
}

func (b *binder) quantifiedOf(e *ast.Quantified, s *sub, env *env) (expr.Expr, error) {
	if len(s.values) != 1 {
		return expr.Expr{}, b.fail(e, plan.CodeWidth, "leave one", "%s compares 1 value with the %d columns of the subquery", e.Op, len(s.values))
	}
	if s.always && len(s.on) > 0 {
		return expr.Expr{}, b.refuse(e, plan.CodeCorrelated, "an aggregate without GROUP BY in a subquery that reads the query around it, beside ANY or ALL,", "compare with the subquery as a value")
	}
	x, err := b.expr(e.X, env)
	if err != nil {
		return x, err
	}
	if readsOuter(x) {
		return x, b.refuse(e.X, plan.CodeCorrelated, "a column of the query around the subquery, at this place,", equalityHint)
	}
	value := s.values[0]
	first, err := b.summary(e, s, value, env, plan.Call{Func: "min", Type: value.Type}, plan.Call{Func: "max", Type: value.Type})
	if err != nil {
		return x, err
	}
	column := func(i int, t batch.Type) expr.Expr { return expr.Column(first+i, t, true) }
	call := b.calls(e)
	number := batch.T(batch.Int64)
	rows, values := call("coalesce", column(0, number), expr.Int(0)), call("coalesce", column(1, number), expr.Int(0))
	least, greatest := column(2, value.Type), column(3, value.Type)
	compare, err := b.compareExtremes(e, x, least, greatest)
	if err != nil {
		return compare, err
	}
	empty := call("=", rows, expr.Int(0))
	unknown := call("or", call("is null", x), call("<", values, rows))
	null := expr.Null(batch.T(batch.Bool))
	if e.All {
		return call("case", empty, expr.Bool(true), call("not", compare), expr.Bool(false), unknown, null, expr.Bool(true)), nil
	}
	return call("case", empty, expr.Bool(false), compare, expr.Bool(true), unknown, null, expr.Bool(false)), nil
}

// compareExtremes compares with the value that decides, or with both.
func (b *binder) compareExtremes(e *ast.Quantified, x, least, greatest expr.Expr) (expr.Expr, error) {
	op := strings.ToLower(string(e.Op))
	made := b.made(e)
	low := slices.Contains([]string{"<", "<="}, op) == e.All
	switch op {
	case "<", "<=", ">", ">=":
		if low {
			return made(expr.Call(op, x, least))
		}
		return made(expr.Call(op, x, greatest))
	}
	l, err := made(expr.Call(op, x, least))
	if err != nil {
		return l, err
	}
	g, err := made(expr.Call(op, x, greatest))
	if err != nil {
		return g, err
	}
	both := map[string]string{"=": "and", "<>": "or"}[op]
	if both == "" {
		return l, b.fail(e, plan.CodeQuantified, "write =, <>, <, <=, > or >=", "%s before ANY or ALL", e.Op)
	}
	return made(expr.Call(both, l, g))
}
