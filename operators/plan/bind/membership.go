package bind

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// member is a conjunct of WHERE that asks for rows of a subquery: x IN (query), or EXISTS (query), which
// has no x; or for their absence.
type member struct {
	at    ast.Node
	x     []ast.Expr
	query *ast.Query
	not   bool
}

const membershipHint = "write it in WHERE, joined to the other conditions by AND"

// conjuncts splits a condition at its ANDs.
func conjuncts(e ast.Expr) []ast.Expr {
	if and, ok := e.(*ast.Binary); ok && and.Op == ast.OpAnd {
		return append(conjuncts(and.Left), conjuncts(and.Right)...)
	}
	return []ast.Expr{e}
}

// membership recognises a conjunct that asks for rows of a subquery.
func membership(e ast.Expr, not bool) (member, bool) {
	switch e := e.(type) {
	case *ast.Unary:
		if e.Op == ast.OpNot {
			return membership(e.X, !not)
		}
	case *ast.Exists:
		return member{at: e, query: e.Query, not: not}, true
	case *ast.In:
		if e.Query != nil {
			return member{at: e, x: items(e.X), query: e.Query, not: not != e.Not}, true
		}
	case *ast.Quantified:
		in, notIn := e.Op == ast.OpEq && !e.All, e.Op == ast.OpNe && e.All
		if e.Query != nil && (in || notIn) {
			return member{at: e, x: items(e.X), query: e.Query, not: not != notIn}, true
		}
	}
	return member{}, false
}

// items returns the parts of a row, or the expression itself.
func items(e ast.Expr) []ast.Expr {
	if t, ok := e.(*ast.Tuple); ok {
		return t.Items
	}
	return []ast.Expr{e}
}

// where binds the conditions of a WHERE, or of another clause that decides of rows, at a place. Those without subqueries
// filter first; those that read the query around go to o.
func (b *binder) where(at ast.Expr, conditions []ast.Expr, env *env, o *outer) error {
	inside := *env
	around := *env.scope
	around.outer = o
	inside.scope = &around
	if inside.clause == "" {
		inside.clause = "WHERE"
	}
	var plain, late []expr.Expr
	var mixed []either
	bind := func(c ast.Expr, to *[]expr.Expr) error {
		x, err := b.conditionIn(c, &inside, inside.clause)
		if err != nil {
			return err
		}
		parts, some, err := b.eithers(plan.Conditions(x))
		if err != nil {
			return err
		}
		mixed = append(mixed, some...)
		if parts, err = b.clocked(parts); err != nil {
			return err
		}
		for _, part := range parts {
			if readsOuter(part) {
				o.lifted = append(o.lifted, part)
			} else {
				*to = append(*to, part)
			}
		}
		return nil
	}
	var errs error
	var deep []ast.Expr
	for _, c := range conditions {
		if hasQuery(c) {
			deep = append(deep, c)
		} else if err := bind(c, &plain); err != nil {
			errs = err
		}
	}
	r := env.rows
	keep := func(conditions []expr.Expr, clause ast.Span) {
		if len(conditions) > 0 {
			r.node = plan.Keep(r.node, conditions...)
			r.node.Clause = clause
		}
		for _, x := range mixed {
			r.node = x.keep(r.node)
		}
		mixed = nil
	}
	keep(plain, at.Span())
	for _, c := range deep {
		err := error(nil)
		if m, ok := membership(c, false); ok {
			err = b.member(m, &inside)
		} else {
			err = bind(c, &late)
		}
		if err != nil {
			errs = err
		}
	}
	keep(late, ast.Span{})
	return errs
}

// member joins the rows of env to those that they ask for.
func (b *binder) member(m member, env *env) error {
	m.query = repeated(m.query)
	if m.x == nil {
		m.query = anyRow(m.query)
	}
	return b.decorrelated(m.query, env, func(s *sub) error { return b.memberOf(m, s, env) })
}

func (b *binder) memberOf(m member, s *sub, env *env) error {
	if s.always && len(s.on) > 0 {
		return b.refuse(m.at, plan.CodeCorrelated, "an aggregate without GROUP BY in a subquery that reads the query around it, beside IN or EXISTS,",
			"compare with the subquery as a value")
	}
	r := env.rows
	xs, err := b.asked(m, s, env)
	if err != nil {
		return err
	}
	if m.not {
		held := *s
		r.node, xs = hold(r.node, xs, expr.Fallible)
		held.node, held.values = hold(s.node, s.values, expr.Fallible)
		s = &held
	}
	width := len(r.node.Fields)
	tying := s.beside(width, s.on...)
	eqs, err := b.equal(m, xs, s.beside(width, s.values...)[:len(xs)])
	if err != nil {
		return err
	}
	on := append(slices.Clone(tying), eqs...)
	if len(on) > 0 && !tied(on, width) {
		b.warnPairs(m.at, "the subquery and the query around it have no condition x = y")
	}
	switch {
	case !m.not:
		r.node = semi(plan.Semi, r.node, s.node, on)
	case m.x == nil:
		r.node = semi(plan.Anti, r.node, s.node, on)
	default:
		r.node = notIn(r.node, s, tying, comparedBy(xs, s.values, eqs))
	}
	r.node.Clause = m.at.Span()
	return nil
}

// asked binds the values that a member asks for.
func (b *binder) asked(m member, s *sub, env *env) ([]expr.Expr, error) {
	if m.x != nil && len(m.x) != len(s.values) {
		return nil, b.fail(m.at, plan.CodeWidth, "leave as many columns as there are values", "IN compares %s with a subquery of %s", plan.Count(len(m.x), "value"), plan.Count(len(s.values), "column"))
	}
	xs := make([]expr.Expr, len(m.x))
	for i, e := range m.x {
		var err error
		if xs[i], err = b.expr(e, env); err != nil {
			return nil, err
		}
		if readsOuter(xs[i]) {
			return nil, b.refuse(e, plan.CodeCorrelated, "a column of the query around the subquery, at this place,", equalityHint)
		}
	}
	return xs, nil
}

// equal compares values one by one.
func (b *binder) equal(m member, xs, values []expr.Expr) ([]expr.Expr, error) {
	eqs := make([]expr.Expr, len(xs))
	for i, x := range xs {
		var err error
		if eqs[i], err = b.made(m.at)(expr.Call("=", x, values[i])); err != nil {
			return nil, err
		}
	}
	return eqs, nil
}

// hold computes some of the expressions once, behind the columns of a node.
func hold(n *plan.Node, es []expr.Expr, which func(expr.Expr) bool) (*plan.Node, []expr.Expr) {
	if !slices.ContainsFunc(es, which) {
		return n, es
	}
	exprs, fields, out := plan.Columns(n), slices.Clone(n.Fields), slices.Clone(es)
	for i, e := range es {
		if which(e) {
			out[i] = expr.Column(len(fields), e.Type, e.Nullable)
			exprs, fields = append(exprs, e), append(fields, plan.Field{Type: e.Type, Nullable: e.Nullable, Hidden: true})
		}
	}
	return plan.Compute(n, exprs, fields), out
}

// repeated returns a query without a DISTINCT that does not matter where is asked only which rows it has.
func repeated(q *ast.Query) *ast.Query {
	s, ok := q.Body.(*ast.Select)
	if !ok || !s.Distinct || q.Limit != nil || q.Offset != nil {
		return q
	}
	out, all := *q, *s
	all.Distinct = false
	out.Body, out.OrderBy = &all, nil
	return &out
}

// anyRow returns a query of which only is asked whether it has a row, without an order and a LIMIT that do not matter.
func anyRow(q *ast.Query) *ast.Query {
	limit, ok := q.Limit.(*ast.Literal)
	if q.Offset != nil || q.Limit != nil && (!ok || limit.Kind != ast.Number || strings.Trim(limit.Text, "0") == "") {
		return q
	}
	bare := *q
	bare.OrderBy, bare.Limit = nil, nil
	return &bare
}

// tied reports whether one of the conditions is an equality between the sides.
func tied(on []expr.Expr, width int) bool {
	for _, c := range on {
		_, _, ok := plan.Equality(c, width)
		_, _, same := plan.Sameness(c, width)
		if ok || same {
			return true
		}
	}
	return false
}

// semi keeps the rows of left that have, or have not, a row of right. With no condition between the two it is enough to
// know whether there is a row at all.
func semi(kind plan.JoinKind, left, right *plan.Node, on []expr.Expr) *plan.Node {
	width := len(left.Fields)
	between := slices.ContainsFunc(on, func(c expr.Expr) bool { return plan.Side(c, width) <= 0 || expr.Fallible(c) })
	if between {
		return plan.Tie(kind, left, right, on)
	}
	for _, c := range on {
		right = plan.Keep(right, expr.Remap(c, func(c int) int { return c - width }))
	}
	one := []plan.Field{{Name: "row", Type: batch.T(batch.Bool)}}
	n := plan.Compute(right, []expr.Expr{expr.Bool(true)}, one)
	n = &plan.Node{Kind: plan.Combine, Fields: one, Inputs: []*plan.Node{n}, Rows: 1}
	return plan.Tie(kind, left, &plan.Node{Kind: plan.Distinct, Fields: one, Inputs: []*plan.Node{n}, Rows: 1}, nil)
}
