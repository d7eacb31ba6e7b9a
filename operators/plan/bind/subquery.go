package bind

import (
	"errors"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// rows are the rows of a FROM while a select over them is bound: the subqueries of the select are joined to
// them and add columns behind those of the FROM.
type rows struct {
	node   *plan.Node
	with   *ctes
	values map[string]expr.Expr // of the subqueries that are joined, by their text
	// window is that of the GROUP BY; nil: it has none.
	window *groupWindow
	// ordering is how many items behind the select list are for ORDER BY.
	ordering int
}

// outer is the query around a subquery.
type outer struct {
	env *env
	// lifted are the conditions of the subquery's WHERE that read columns around it: those have numbers from
	// firstOuter on. They say which rows of the subquery belong to a row around it.
	lifted []expr.Expr
}

func (b *binder) outerColumn(name *ast.Name, s *scope) (expr.Expr, error) {
	around := s.outer.env
	if c, err := b.lookup(around.scope, name); c < 0 && err == nil && around.scope.outer == nil {
		return expr.Expr{}, b.unknownColumn(s, name)
	}
	x, err := b.column(name, around)
	if err != nil {
		return x, err
	}
	if readsOuter(x) {
		return x, b.refuse(name, plan.CodeCorrelated, "a column from two queries further out", "join the inner subquery with the one around it")
	}
	return expr.Remap(x, func(c int) int { return c + plan.FirstOuter }), nil
}

func readsOuter(e expr.Expr) bool {
	cols := expr.Columns(e)
	return len(cols) > 0 && cols[len(cols)-1] >= plan.FirstOuter
}

const equalityHint = "compare columns of the subquery with columns around it by = only, or join a derived table"

const placeHint = "write it in the select list, in WHERE, in HAVING or in ON"

// sub is a bound subquery.
type sub struct {
	node   *plan.Node
	values []expr.Expr // its select list, over node
	// on are the conditions that tie its rows to a row around: over node and, from firstOuter on, that row.
	on []expr.Expr
	// always says that it has a row even where none is tied: an aggregate without GROUP BY, of which the
	// columns counts are then 0 and the others NULL.
	always bool
	counts []int
	at     ast.Span // of the expression that it stands in
}

// subquery binds a query that stands in an expression of env.
func (b *binder) subquery(q *ast.Query, env *env) (*sub, error) {
	for inner, ok := q.Body.(*ast.Query); ok && bare(q); inner, ok = q.Body.(*ast.Query) {
		q = inner
	}
	defer b.independent()()
	b.around = append(b.around, env.scope)
	defer func() { b.around = b.around[:len(b.around)-1] }()
	s, ok := q.Body.(*ast.Select)
	if !ok || len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || s.Distinct || s.DistinctOn != nil {
		n, err := b.query(q, env.rows.with)
		if err != nil {
			return nil, err
		}
		return &sub{node: n, values: plan.Columns(n)}, nil
	}
	with, wrong := b.with(q, env.rows.with)
	o := &outer{env: env}
	out, err := b.selected(s, with, o)
	if err := errors.Join(wrong, err); err != nil {
		return nil, err
	}
	return &sub{node: out.input, values: out.exprs, on: o.lifted, always: out.always, counts: out.counts}, nil
}

func bare(q *ast.Query) bool {
	return q.With == nil && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil
}

// beside returns conditions over the columns of a node of the given width, then those of the subquery.
func (s *sub) beside(width int, conditions ...expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(conditions))
	for i, c := range conditions {
		out[i] = expr.Remap(c, func(c int) int {
			if c >= plan.FirstOuter {
				return c - plan.FirstOuter
			}
			return c + width
		})
	}
	return out
}

// valueOf binds a subquery that stands for a value: its one row is joined to the rows around.
func (b *binder) valueOf(e *ast.Subquery, env *env) (expr.Expr, error) {
	if env.rows == nil {
		return expr.Expr{}, b.refuse(e, plan.CodePlace, "a subquery at this place", placeHint)
	}
	return b.joinedOnce(e.Query, e.Query, env, func(s *sub) (expr.Expr, error) { return b.valueIn(e, s, env) })
}

// valueIn joins a subquery that stands for a value.
func (b *binder) valueIn(e *ast.Subquery, s *sub, env *env) (expr.Expr, error) {
	if len(s.values) != 1 {
		return expr.Expr{}, b.fail(e, plan.CodeWidth, "leave one", "a subquery that is used as a value has %d columns", len(s.values))
	}
	s, value, err := b.singleRow(e, s)
	if err != nil {
		return expr.Expr{}, err
	}
	first := env.attach(e, s)
	return expr.Remap(padded(value), func(c int) int { return c + first }), nil
}

// padded returns an expression over columns that an outer join may have padded with nulls.
func padded(e expr.Expr) expr.Expr {
	e = expr.Map(e, func(e expr.Expr) expr.Expr {
		if e.Op == expr.ColumnOp {
			e.Nullable = true
		}
		return e
	})
	var same []expr.Expr
	for c := range 1 + slices.Max(append(expr.Columns(e), -1)) {
		same = append(same, expr.Column(c, batch.Type{}, true))
	}
	expr.Walk(e, func(e expr.Expr) bool {
		if e.Op == expr.ColumnOp {
			same[e.Column] = e
		}
		return true
	})
	return expr.Replace(e, same)
}

// attach joins a subquery of at most one row to the rows of env and returns the number of its first column.
func (e *env) attach(at ast.Node, s *sub) int {
	s.at = at.Span()
	if e.group != nil {
		return e.group.attach(s)
	}
	first := len(e.rows.node.Fields)
	e.rows.node = plan.Tie(plan.Left, e.rows.node, s.node, s.beside(first, s.on...))
	e.rows.node.Clause = s.at
	return first
}

// singleRow returns a subquery that has at most one row for a row around it, and its value over the columns of
// that row, which are null where there is none.
func (b *binder) singleRow(at ast.Node, s *sub) (*sub, expr.Expr, error) {
	keys := make([]expr.Expr, len(s.on))
	for i, c := range s.on {
		inner, _, _, ok := correlation(c)
		if !ok {
			return nil, inner, b.refuse(at, plan.CodeCorrelated, "a subquery tied to the query around it by something else than column = column", equalityHint)
		}
		keys[i] = inner
	}
	value := s.values[0]
	if value.Type.Kind == batch.Invalid {
		value = expr.Null(batch.T(batch.Utf8))
	}
	if s.always && len(s.on) > 0 {
		return s, b.withCounts(s, value), nil
	}
	var cols []int
	plain := true
	for _, k := range keys {
		c, ok := k.IsColumn()
		cols, plain = append(cols, c), plain && ok
	}
	if plain && b.keys.Of(s.node).Proves(cols) {
		s, at := s.compute(append(slices.Clone(keys), value))
		return s, plan.Column(s.node, at), nil
	}
	s, last := s.compute(append(slices.Clone(keys), value))
	n := s.node
	agg := &plan.Node{Kind: plan.Aggregate, Inputs: []*plan.Node{n}, Rows: -1, Fields: slices.Clone(n.Fields[:last]), Clause: at.Span()}
	count, any := plan.Call{Func: "count(*)", Arg: -1, Type: batch.T(batch.Int64)}, plan.Call{Func: plan.AnyValue, Arg: last, Type: value.Type}
	agg.Aggregate = &plan.AggregateSpec{Keys: plan.UpTo(last), Calls: []plan.Call{any, count}, Global: last == 0}
	agg.Fields = append(agg.Fields, plan.Field{Name: plan.AnyValue, Type: value.Type, Nullable: true}, plan.Field{Name: "count", Type: count.Type})
	one := &sub{node: agg, on: s.on}
	x, err := b.made(at)(expr.Call("single", plan.Column(agg, last), plan.Column(agg, last+1)))
	return one, x, err
}

// correlation takes a condition that ties a subquery to the query around it by an equality apart: into the expression
// over the subquery, that over the row around, and the comparison.
func correlation(c expr.Expr) (inner, around expr.Expr, op string, ok bool) {
	if inner, around, ok = plan.Equality(c, plan.FirstOuter); ok {
		return inner, around, "=", true
	}
	inner, around, ok = plan.Sameness(c, plan.FirstOuter)
	return inner, around, "is not distinct from", ok
}

// compute returns the subquery with just the columns exprs, of which the first are those that its conditions read,
// in their order; last is the number of the last column.
func (s *sub) compute(exprs []expr.Expr) (out *sub, last int) {
	fields := make([]plan.Field, len(exprs))
	for i, e := range exprs {
		fields[i] = plan.Field{Name: expr.Format(e, plan.Names(s.node)), Type: e.Type, Nullable: e.Nullable}
		if c, ok := e.IsColumn(); ok {
			fields[i] = s.node.Fields[c]
		}
	}
	out = &sub{node: plan.Compute(s.node, exprs, fields)}
	for i, c := range s.on {
		_, around, op, _ := correlation(c)
		out.on = append(out.on, mustCall(op, plan.Column(out.node, i), around))
	}
	return out, len(exprs) - 1
}

// withCounts returns a value with counts of 0 where there is no row.
func (b *binder) withCounts(s *sub, value expr.Expr) expr.Expr {
	return expr.Map(value, func(e expr.Expr) expr.Expr {
		if c, ok := e.IsColumn(); !ok || !slices.Contains(s.counts, c) {
			return e
		}
		e.Nullable = true
		counted, err := expr.Call("coalesce", e, expr.Int(0))
		if err != nil {
			panic("plan: a count that is no number: " + err.Error())
		}
		return counted
	})
}

// hasNewQuery reports whether an expression has a subquery in it that is not joined to the rows.
func hasNewQuery(e ast.Expr, r *rows) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		q, query := n.(*ast.Query)
		if query {
			_, joined := r.values[ast.SQL(q)]
			found = found || !joined
		}
		return !query
	})
	return found
}

// hasQuery reports whether an expression has a subquery in it.
func hasQuery(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		_, query := n.(*ast.Query)
		found = found || query
		return !found
	})
	return found
}
