package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
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
func (b *binder) lateralJoin(kind JoinKind, left *Node, item *ast.Derived, with *ctes, on func(both []Field) (expr.Expr, error)) (*Node, error) {
	env := &env{scope: &scope{fields: left.Fields}, rows: &rows{node: left, with: with, values: map[string]expr.Expr{}}}
	end := b.independent()
	s, err := b.forEach(item.Query, env)
	if s == nil && err == nil {
		var n *Node
		if n, err = b.query(item.Query, with); err == nil {
			s = &sub{node: n, values: columns(n)}
		}
	}
	end()
	if err != nil {
		return nil, err
	}
	visible := &Node{Fields: s.node.Fields[:len(s.values)]}
	named, err := b.alias(visible, item.Alias.Name.Text, item.Alias)
	if err != nil {
		return nil, err
	}
	right := reference(s.node, append(slices.Clone(named.Fields), s.node.Fields[len(s.values):]...))
	width := len(left.Fields)
	c, err := on(append(slices.Clone(left.Fields), named.Fields...))
	if err != nil {
		return nil, err
	}
	n := link(kind, left, right, append(s.beside(width, s.on...), conditions(c)...))
	if len(n.Join.Left) == 0 {
		n.Join.Cross = true
	}
	keep := upTo(width + len(s.values))
	return compute(n, pick(columns(n), keep), pick(n.Fields, keep)), nil
}

// joinLateral binds JOIN LATERAL.
func (b *binder) joinLateral(j *ast.Join, left *Node, right *ast.Derived, with *ctes) (*Node, error) {
	kind := joinKinds[j.Kind]
	switch {
	case j.Kind == ast.Cross:
		kind = Inner
	case kind != Inner && kind != Left || j.Natural || len(j.Using) > 0:
		return nil, b.refuse(j, codeLateral, "LATERAL beside another join than INNER, LEFT and CROSS JOIN with ON", "write LEFT JOIN LATERAL (SELECT ...) t ON ...")
	}
	return b.lateralJoin(kind, left, right, with, func(both []Field) (expr.Expr, error) {
		if j.On == nil {
			return expr.Bool(true), nil
		}
		return b.condition(j.On, &scope{fields: both}, "ON")
	})
}
