package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// mark binds a member of a subquery inside an expression, where no semi join can decide what becomes of the row: the rows
// of the subquery are counted and joined to those around.
//
//	EXISTS s = count(s) > 0
//	x IN s   = TRUE if s has x, else NULL if s has a NULL or, with x null, any row, else FALSE
//	(x, y) IN s = TRUE if s has (x, y), else NULL if for some sets m and n of values x and y are null in m and s has a row
//	           that is null in n and equal in the others, else FALSE
func (b *binder) mark(m member, env *env) (expr.Expr, error) {
	if env.rows == nil {
		return expr.Expr{}, b.refuse(m.at, plan.CodePlace, "a subquery at this place", placeHint)
	}
	m.query = repeated(m.query)
	if m.x == nil {
		m.query = anyRow(m.query)
	}
	return b.joinedOnce(m.at, m.query, env, func(s *sub) (expr.Expr, error) { return b.markOf(m, s, env) })
}

// joinedOnce returns the value that an expression has of a subquery, which is joined where its text first stands.
func (b *binder) joinedOnce(at ast.Node, q *ast.Query, env *env, of func(s *sub) (expr.Expr, error)) (expr.Expr, error) {
	known, text := env.known(), ast.SQL(at)
	if x, ok := known[text]; ok {
		return x, nil
	}
	var x expr.Expr
	err := b.decorrelated(q, env, func(s *sub) (err error) {
		x, err = of(s)
		return err
	})
	if err == nil {
		known[text] = x
	}
	return x, err
}

func (b *binder) markOf(m member, s *sub, env *env) (marked expr.Expr, err error) {
	if s.always && len(s.on) > 0 {
		return expr.Expr{}, b.refuse(m.at, plan.CodeCorrelated, "an aggregate without GROUP BY in a subquery that reads the query around it, beside IN or EXISTS,",
			"compare with the subquery as a value")
	}
	switch {
	case m.x == nil:
		marked, err = b.markExists(m, s, env)
	case len(m.x) == 1:
		marked, err = b.markIn(m, s, env)
	default:
		marked, err = b.markRow(m, s, env)
	}
	if err == nil && m.not {
		marked, err = b.made(m.at)(expr.Call("not", marked))
	}
	return marked, err
}

// known returns the values of the subqueries that are joined to the rows or groups of env, by their text.
func (e *env) known() map[string]expr.Expr {
	if e.group != nil {
		return e.group.values
	}
	return e.rows.values
}

func (b *binder) markExists(m member, s *sub, env *env) (expr.Expr, error) {
	rows, _, err := b.count(m.at, s, expr.Bool(true), env)
	if err != nil {
		return rows, err
	}
	return b.made(m.at)(expr.Call(">", rows, expr.Int(0)))
}

func (b *binder) markIn(m member, s *sub, env *env) (expr.Expr, error) {
	if len(s.values) != 1 {
		return expr.Expr{}, b.fail(m.at, plan.CodeWidth, "leave one column", "IN compares 1 value with a subquery of %s", plan.Count(len(s.values), "column"))
	}
	x, err := b.expr(m.x[0], env)
	if err != nil {
		return x, err
	}
	if readsOuter(x) {
		return x, b.refuse(m.x[0], plan.CodeCorrelated, "IN (SELECT ...) of an expression of the query around the subquery,", "compute it in a derived table")
	}
	fallible := expr.Fallible(x)
	key := x
	if fallible { // it fails where the answer is asked for, not where the subquery is joined
		key, x.Nullable = mustCall("try", x), true
	}
	width := len(s.node.Fields)
	fields := append(slices.Clone(s.node.Fields), plan.Field{Name: "value", Type: s.values[0].Type, Nullable: s.values[0].Nullable})
	all := &sub{node: plan.Compute(s.node, append(plan.Columns(s.node), s.values[0]), fields), on: s.on}
	value := plan.Column(all.node, width)
	eq, err := b.made(m.at)(expr.Call("=", value, expr.Remap(key, func(c int) int { return c + plan.FirstOuter })))
	if err != nil {
		return eq, err
	}
	same := &sub{node: all.node, on: append(slices.Clone(all.on), eq)}
	if len(expr.Columns(x)) == 0 { // a constant ties nothing
		same.node, same.on = plan.Keep(all.node, eq), all.on
	}
	found, _, err := b.count(m.at, same, value, env)
	if err != nil {
		return found, err
	}
	call := b.calls(m.at)
	if !x.Nullable && !value.Nullable {
		return call(">", found, expr.Int(0)), nil
	}
	rows, values, err := b.count(m.at, all, value, env)
	if err != nil {
		return rows, err
	}
	some, null := call(">", rows, expr.Int(0)), expr.Null(batch.T(batch.Bool))
	if fallible {
		return call("case", call("is null", x), call("case", some, null, expr.Bool(false)), call(">", found, expr.Int(0)), expr.Bool(true), call("<", values, rows), null, expr.Bool(false)), nil
	}
	marked := call("case",
		call(">", found, expr.Int(0)), expr.Bool(true),
		call("and", some, call("or", call("is null", x), call("<", values, rows))), null,
		expr.Bool(false))
	return marked, nil
}

// calls returns a function that makes calls whose types are known to fit.
func (b *binder) calls(at ast.Node) func(name string, args ...expr.Expr) expr.Expr {
	return func(name string, args ...expr.Expr) expr.Expr {
		return mustCall(name, args...).At(at.Span().Pos)
	}
}

// count joins to the rows of env how many rows of a subquery are tied to each, and how many of them have a value.
func (b *binder) count(at ast.Node, s *sub, value expr.Expr, env *env) (rows, values expr.Expr, err error) {
	first, err := b.summary(at, s, value, env)
	if err != nil {
		return rows, values, err
	}
	call, number := b.calls(at), batch.T(batch.Int64)
	counted := func(c int) expr.Expr { return call("coalesce", expr.Column(c, number, true), expr.Int(0)) }
	return counted(first), counted(first + 1), nil
}

// summary joins to the rows of env how many rows of a subquery are tied to each, how many of them have a value, and
// what further calls say of the values. It returns the number of the first of these columns, which are null where no
// row is tied.
func (b *binder) summary(at ast.Node, s *sub, value expr.Expr, env *env, more ...plan.Call) (first int, err error) {
	exprs := make([]expr.Expr, 0, len(s.on)+1)
	for _, c := range s.on {
		inner, _, _, ok := correlation(c)
		if !ok {
			return 0, b.refuse(at, plan.CodeCorrelated, "a subquery tied to the query around it by something else than column = column", equalityHint)
		}
		exprs = append(exprs, inner)
	}
	s, last := s.compute(append(exprs, value))
	number := batch.T(batch.Int64)
	agg := &plan.Node{Kind: plan.Aggregate, Inputs: []*plan.Node{s.node}, Rows: -1, Fields: slices.Clone(s.node.Fields[:last]), Clause: at.Span()}
	agg.Fields = append(agg.Fields, plan.Field{Name: "rows", Type: number}, plan.Field{Name: "values", Type: number})
	agg.Aggregate = &plan.AggregateSpec{Keys: plan.UpTo(last), Global: last == 0, Calls: []plan.Call{
		{Func: "count(*)", Arg: -1, Type: number}, {Func: "count", Arg: last, Type: number},
	}}
	for _, c := range more {
		c.Arg = last
		agg.Aggregate.Calls = append(agg.Aggregate.Calls, c)
		agg.Fields = append(agg.Fields, plan.Field{Name: c.Func, Type: c.Type, Nullable: true})
	}
	return env.attach(at, &sub{node: agg, on: s.on}) + last, nil
}
