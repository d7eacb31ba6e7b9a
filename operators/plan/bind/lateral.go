package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// lateral returns the derived table of a FROM item if it may read the tables to the left of it, or nil.
func lateral(item ast.From) *ast.Derived {
	if d, ok := item.(*ast.Derived); ok && d.Lateral {
		return d
	}
	return nil
}

// lateralJoin joins a derived table that may read the columns of left, for each row of left. on gives the further
// conditions over the columns of both.
func (b *binder) lateralJoin(kind plan.JoinKind, left *plan.Node, item *ast.Derived, with *ctes, on func(s *scope) (expr.Expr, error)) (*plan.Node, error) {
	noted := len(b.problems)
	n, err := b.lateralOf(kind, left, item, with, on)
	if err != nil && b.reach != nil && b.tied[left] == nil && b.correlatedSince(noted) {
		b.problems = b.problems[:noted]
		return b.lateralOf(kind, b.tie(left), item, with, on)
	}
	return n, err
}

func (b *binder) lateralOf(kind plan.JoinKind, left *plan.Node, item *ast.Derived, with *ctes, on func(s *scope) (expr.Expr, error)) (*plan.Node, error) {
	env := b.envOver(left, with, "")
	around := env.scope
	end := b.independent()
	s, err := b.forEach(item.Query, env)
	if s == nil && err == nil {
		var n *plan.Node
		if n, err = b.query(item.Query, with); err == nil {
			s = &sub{node: n, values: plan.Columns(n)}
		}
	}
	end()
	if err != nil {
		return nil, err
	}
	visible := &plan.Node{Fields: s.node.Fields[:len(s.values)]}
	named, err := b.alias(visible, item.Alias.Name.Text, item.Alias)
	if err != nil {
		return nil, err
	}
	right := plan.Reference(s.node, append(slices.Clone(named.Fields), s.node.Fields[len(s.values):]...))
	width := len(left.Fields)
	c, err := on(&scope{fields: append(slices.Clone(left.Fields), named.Fields...), aside: around.aside})
	if err != nil {
		return nil, err
	}
	n := plan.Link(kind, left, right, append(s.beside(width, s.on...), plan.Conditions(c)...))
	if len(n.Join.Left) == 0 {
		n.Join.Cross = true
	}
	n.Clause = item.Span()
	keep := plan.UpTo(width + len(s.values))
	n = plan.Compute(n, plan.Pick(plan.Columns(n), keep), plan.Pick(n.Fields, keep))
	return b.settled(b.paired(kind, left, visible, false), n), nil
}

// joinLateral binds JOIN LATERAL.
func (b *binder) joinLateral(j *ast.Join, left *plan.Node, right *ast.Derived, with *ctes) (*plan.Node, error) {
	kind := joinKinds[j.Kind]
	switch {
	case j.Kind == ast.Cross:
		kind = plan.Inner
	case kind != plan.Inner && kind != plan.Left || j.Natural || len(j.Using) > 0:
		return nil, b.refuse(j, plan.CodeLateral, "LATERAL beside another join than INNER, LEFT and CROSS JOIN with ON", "write LEFT JOIN LATERAL (SELECT ...) t ON ...")
	}
	return b.lateralJoin(kind, left, right, with, func(s *scope) (expr.Expr, error) {
		if j.On == nil {
			return expr.Bool(true), nil
		}
		return b.condition(j.On, s, "ON")
	})
}
