package bind

import (
	"errors"
	"slices"
	"strconv"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// ordered binds a query with ORDER BY, LIMIT or OFFSET: the first of its rows, by an order in which rows that it does not
// tell apart come in canonical order. Without a LIMIT the order has no meaning.
func (b *binder) ordered(q *ast.Query, with *ctes) (*plan.Node, error) {
	n, _, err := b.orderedRows(q, with)
	if err != nil {
		return nil, err
	}
	if q.Limit == nil && q.Offset == nil && !distinctOn(q) {
		b.warn(q.OrderBy[0], plan.WarnOrder, "leave it out, add a LIMIT, or ask for an order with $order_by when reading the view",
			"a result has no order: ORDER BY without LIMIT changes nothing")
	}
	handed := len(n.Fields) - b.handed()
	width := shown(n.Fields[:handed])
	if width == handed {
		return n, nil
	}
	keep := append(plan.UpTo(width), plan.Span(handed, len(n.Fields))...)
	return plan.Compute(n, plan.Pick(plan.Columns(n), keep), plan.Pick(n.Fields, keep)), nil
}

// orderedRows binds the rows of such a query and their order, which may read hidden columns behind the others.
func (b *binder) orderedRows(q *ast.Query, with *ctes) (*plan.Node, []plan.OrderSpec, error) {
	n, order, err := b.orderedBody(q, with)
	n, err = typed(n, err)
	spec, wrong := b.top(q)
	if err := errors.Join(err, wrong); err != nil {
		return nil, nil, err
	}
	if q.Limit == nil && q.Offset == nil {
		return n, order, nil
	}
	spec.Order, spec.Keys = order, plan.Span(len(n.Fields)-b.handed(), len(n.Fields))
	rest := q.Limit == nil
	if rest {
		spec.Limit, spec.Offset = spec.Offset, 0
	}
	if rest && spec.Limit == 0 {
		return n, order, nil
	}
	first := &plan.Node{Kind: plan.Top, Fields: n.Fields, Inputs: []*plan.Node{n}, Top: spec, Rows: -1, Clause: tail(q)}
	if rest {
		return union(n, first, []bool{false, true}), order, nil
	}
	return first, order, nil
}

// tail returns the place of ORDER BY, LIMIT and OFFSET.
func tail(q *ast.Query) (at ast.Span) {
	parts := []ast.Node{}
	for i := range q.OrderBy {
		parts = append(parts, q.OrderBy[i])
	}
	if q.Limit != nil {
		parts = append(parts, q.Limit)
	}
	if q.Offset != nil {
		parts = append(parts, q.Offset)
	}
	return place(parts...)
}

// place returns the place from the first of some parts of a text to the last.
func place(parts ...ast.Node) (at ast.Span) {
	for i, p := range parts {
		if s := p.Span(); i == 0 {
			at = s
		} else {
			at = ast.Span{Pos: min(at.Pos, s.Pos), End: max(at.End, s.End)}
		}
	}
	return at
}

// placed says what a new node is there for.
func placed(n *plan.Node, at ast.Node) *plan.Node {
	n.Clause = at.Span()
	return n
}

// top binds LIMIT and OFFSET. OFFSET alone is what remains without the first rows:
//
//	a OFFSET n = a - (a LIMIT n)
func (b *binder) top(q *ast.Query) (*plan.TopSpec, error) {
	spec := &plan.TopSpec{Ties: q.WithTies}
	var limit, offset error
	if q.WithTies && len(q.OrderBy) == 0 {
		return nil, b.fail(q.Limit, plan.CodeTies, "write ORDER BY what makes two rows equally good", "WITH TIES without ORDER BY")
	}
	if q.Limit != nil {
		spec.Limit, limit = b.rowCount(q.Limit, "LIMIT")
	}
	if q.Offset != nil {
		spec.Offset, offset = b.rowCount(q.Offset, "OFFSET")
	}
	return spec, errors.Join(limit, offset)
}

// orderedBody binds what is to be ordered. What the order reads and the select list does not have comes behind it, in
// hidden columns.
func (b *binder) orderedBody(q *ast.Query, with *ctes) (*plan.Node, []plan.OrderSpec, error) {
	s, ok := q.Body.(*ast.Select)
	if ok && s.DistinctOn != nil {
		return b.distinctOn(s, q.OrderBy, with)
	}
	if !ok || s.Distinct {
		n, err := b.body(q.Body, with)
		if err != nil {
			return nil, nil, err
		}
		var items []ast.Item
		if ok {
			items = s.Items
		}
		order := make([]plan.OrderSpec, len(q.OrderBy))
		for i, o := range q.OrderBy {
			c, err := b.outputColumn(o.Expr, n.Fields[:len(n.Fields)-b.handed()], items)
			if err == nil && c < 0 {
				err = b.fail(o, plan.CodeOrder, "name a column of the result, or give its number", "ORDER BY an expression that the result does not have")
			}
			if err != nil {
				return nil, nil, err
			}
			order[i] = orderSpec(o, c)
		}
		return n, order, nil
	}
	var more []ast.Expr
	for _, o := range q.OrderBy {
		more = append(more, o.Expr)
	}
	out, err := b.selected(s, with, nil, more...)
	if err != nil {
		return nil, nil, err
	}
	width := len(out.exprs) - len(more)
	order := make([]plan.OrderSpec, len(more))
	l := out.upTo(width)
	for i, o := range q.OrderBy {
		order[i] = orderSpec(o, l.hidden(out.exprs[width+i], o.Expr))
	}
	l.exprs, l.fields = out.handOn(l.exprs, l.fields)
	return plan.Compute(out.input, l.exprs, l.fields), order, nil
}

// upTo returns the first items of a list.
func (s *selected) upTo(width int) *selected {
	return &selected{input: s.input, exprs: s.exprs[:width:width], fields: s.fields[:width:width]}
}

// hidden returns the number of an expression of a list, which is put behind it unless it is there.
func (s *selected) hidden(e expr.Expr, at ast.Expr) int {
	c := slices.IndexFunc(s.exprs, func(x expr.Expr) bool { return expr.Equal(x, e) })
	if c < 0 {
		c = len(s.exprs)
		s.exprs = append(s.exprs, e)
		s.fields = append(s.fields, plan.Field{Name: ast.OutputName(at), Type: e.Type, Nullable: e.Nullable, Hidden: true})
	}
	return c
}

func orderSpec(o ast.Order, column int) plan.OrderSpec {
	return plan.OrderSpec{Column: column, Desc: o.Desc, NullsFirst: o.Nulls == ast.NullsFirst || o.Nulls == ast.NullsDefault && o.Desc}
}

// outputColumn returns the column of a result that an expression of ORDER BY means: by its name, its number, or as an
// item of the select list that is written the same; -1: none.
func (b *binder) outputColumn(e ast.Expr, fields []plan.Field, items []ast.Item) (int, error) {
	switch e := e.(type) {
	case *ast.Literal:
		n, err := strconv.Atoi(e.Text)
		if e.Kind != ast.Number || err != nil || n < 1 || n > len(fields) {
			return -1, b.fail(e, plan.CodeOrdinal, "name a column, or give the number of one", "ORDER BY %s of %s", e.Text, plan.Count(len(fields), "column"))
		}
		return n - 1, nil
	case *ast.Name:
		named := func(f plan.Field) bool { return f.Name == e.Last().Text && !f.Hidden }
		if i := slices.IndexFunc(fields, named); len(e.Parts) == 1 && i >= 0 {
			return i, nil
		}
	}
	if len(items) == len(fields) { // no star among them
		return slices.IndexFunc(items, func(it ast.Item) bool { return ast.Equal(it.Expr, e) }), nil
	}
	return -1, nil
}

// orderItem returns the item of a select list that an expression of its ORDER BY means, or one of its own.
func (b *binder) orderItem(e ast.Expr, items []item) (item, error) {
	switch e := e.(type) {
	case *ast.Literal:
		fields := make([]plan.Field, len(items))
		c, err := b.outputColumn(e, fields, nil)
		if err != nil {
			return item{}, err
		}
		return items[c], nil
	case *ast.Name:
		named := func(it item) bool { return it.name == e.Last().Text }
		if i := slices.IndexFunc(items, named); len(e.Parts) == 1 && i >= 0 {
			return items[i], nil
		}
	}
	return item{name: ast.OutputName(e), expr: e, at: e}, nil
}

// rowCount returns the number behind LIMIT or OFFSET.
func (b *binder) rowCount(e ast.Expr, what string) (int64, error) {
	x, err := b.expr(e, &env{scope: &scope{}, clause: what})
	if err != nil {
		return 0, err
	}
	if x, err = expr.Fold(x); err != nil {
		return 0, b.mistake(e, err)
	}
	n, err := strconv.ParseInt(x.Value, 10, 64)
	if x.Op != expr.LiteralOp || x.Null || err != nil || n < 0 || n > 1<<40 {
		return 0, b.fail(e, plan.CodeConstant, "write a number", "%s is no constant number of rows", what)
	}
	return n, nil
}
