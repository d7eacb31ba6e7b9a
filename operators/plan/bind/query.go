package bind

import (
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/plan/rule"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Query is a query whose rows are to be printed. Unlike a view it may read no table, give two columns one name, and
// has an order.
type Query struct {
	// Columns are the names of the result's columns. Behind them Node has those that only Order reads.
	Columns []string
	Node    *plan.Node
	Order   []plan.OrderSpec
}

// NewQuery binds a query, over tables and views, which are bound only where it reads them.
func NewQuery(q *ast.Query, views []ast.Statement, catalog plan.Catalog, o Options) (*Query, []*plan.Problem) {
	b := newBinder(views, catalog, o)
	s := &statement{name: ast.Ident{At: q.At, Text: "query"}, query: q}
	var order []plan.OrderSpec
	err := b.counted(s, func() (err error) {
		if len(q.OrderBy) == 0 || q.Emit == ast.EmitOnWindowClose {
			s.node, err = b.query(q, nil)
		} else {
			s.node, order, err = b.inOrder(q)
		}
		return err
	})
	if err == nil {
		err = b.bounded(s)
	}
	if err == nil {
		err = b.clockFree(s.node)
	}
	if err != nil {
		return nil, b.problems
	}
	out := &Query{Node: s.node, Order: order}
	for _, f := range out.Node.Fields[:shown(out.Node.Fields)] {
		out.Columns = append(out.Columns, f.Name)
	}
	return out, b.problems
}

// inOrder binds a query with ORDER BY and returns its rows and their order.
func (b *binder) inOrder(q *ast.Query) (*plan.Node, []plan.OrderSpec, error) {
	with, err := b.with(q, nil)
	if err != nil {
		return nil, nil, err
	}
	return b.orderedRows(q, with)
}

// shown returns how many columns come before those that only an order reads.
func shown(fields []plan.Field) int {
	width := len(fields)
	for width > 0 && fields[width-1].Hidden {
		width--
	}
	return width
}

// As casts the columns of the result to types, as an INSERT does.
func (q *Query) As(types []batch.Type) error {
	exprs, fields := make([]expr.Expr, len(types)), make([]plan.Field, len(types))
	for i, t := range types {
		var err error
		if exprs[i], err = expr.Cast(plan.Column(q.Node, i), t, false); err != nil {
			return err
		}
		fields[i] = q.Node.Fields[i]
		fields[i].Type, fields[i].Hidden = t, false
	}
	q.Node, q.Order = plan.Compute(q.Node, exprs, fields), nil
	return nil
}

// Plan returns the plan of the query as a view of the given name. Its node has all columns of Node.
func (q *Query) Plan(name string, catalog plan.Catalog) (*plan.Plan, error) {
	v := plan.View{Name: name, Node: q.Node}
	for _, f := range q.Node.Fields {
		v.Columns = append(v.Columns, f.Name)
	}
	return rule.Optimise([]plan.View{v}, catalog)
}
