package bind

import (
	"errors"
	"slices"
	"strconv"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// setOp binds UNION, EXCEPT and INTERSECT [ALL]. Columns are matched by place; their types are brought to a common
// one. NULLs are equal.
//
//	a EXCEPT ALL b    = positive(a - b)
//	a INTERSECT ALL b = a - positive(a - b)
//	a EXCEPT b        = the rows of distinct(a) that b has not
//	a INTERSECT b     = the rows of distinct(a) that b has
func (b *binder) setOp(s *ast.SetOp, with *ctes) (*plan.Node, error) {
	left, lerr := b.body(s.Left, with)
	right, rerr := b.body(s.Right, with)
	if err := errors.Join(lerr, rerr); err != nil {
		return nil, err
	}
	left, right, err := b.alike(s, left, right)
	if err != nil {
		return nil, err
	}
	n := combined(s, left, right)
	n.Clause = s.Right.Span()
	return n, nil
}

func combined(s *ast.SetOp, left, right *plan.Node) *plan.Node {
	switch {
	case s.Kind == ast.Union && s.All:
		return union(left, right, nil)
	case s.Kind == ast.Union:
		return above(plan.Distinct, union(left, right, nil))
	case s.All:
		more := above(plan.Positive, union(left, right, []bool{false, true}))
		if s.Kind == ast.Except {
			return more
		}
		return union(left, more, []bool{false, true})
	}
	kind := plan.Semi
	if s.Kind == ast.Except {
		kind = plan.Anti
	}
	all := plan.UpTo(len(left.Fields))
	return &plan.Node{
		Kind: plan.Join, Fields: left.Fields, Inputs: []*plan.Node{above(plan.Distinct, left), right}, Rows: -1,
		Join: &plan.JoinSpec{Kind: kind, Left: all, Right: all, Output: all, Nulls: true},
	}
}

// above returns a node of a kind that needs nothing but its input.
func above(kind plan.Kind, in *plan.Node) *plan.Node {
	return &plan.Node{Kind: kind, Fields: in.Fields, Inputs: []*plan.Node{in}, Rows: -1}
}

// union adds the rows of two nodes with the same columns, or takes those of an input away.
func union(left, right *plan.Node, negate []bool) *plan.Node {
	n := &plan.Node{Kind: plan.Union, Fields: left.Fields, Inputs: []*plan.Node{left, right}, Rows: -1}
	if negate != nil {
		n.Union = &plan.UnionSpec{Negate: negate}
	}
	return n
}

// alike brings two nodes to the same columns, named as those of the left one.
func (b *binder) alike(s *ast.SetOp, left, right *plan.Node) (*plan.Node, *plan.Node, error) {
	if len(left.Fields) != len(right.Fields) {
		return nil, nil, b.fail(s.Right, plan.CodeShape, "give both sides the same columns", "%v of %s and %s", s.Kind, plan.Count(len(left.Fields), "column"), plan.Count(len(right.Fields), "column"))
	}
	fields := make([]plan.Field, len(left.Fields))
	l, r := make([]expr.Expr, len(fields)), make([]expr.Expr, len(fields))
	for i := range fields {
		x, y := plan.Column(left, i), plan.Column(right, i)
		t, ok := expr.Common(x.Type, y.Type)
		if !ok {
			return nil, nil, b.fail(s.Right, plan.CodeType, "CAST one of them", "%v of column %q, which is %v on one side and %v on the other",
				s.Kind, left.Fields[i].Name, x.Type, y.Type)
		}
		if t.Kind == batch.Invalid {
			t = batch.T(batch.Utf8)
		}
		var err1, err2 error
		l[i], err1 = expr.Cast(x, t, false)
		r[i], err2 = expr.Cast(y, t, false)
		if err := errors.Join(err1, err2); err != nil {
			return nil, nil, b.fail(s.Right, plan.CodeType, "", "%v", err)
		}
		fields[i] = plan.Field{Name: left.Fields[i].Name, Type: t, Nullable: left.Fields[i].Nullable || right.Fields[i].Nullable}
	}
	return plan.Compute(left, l, fields), plan.Compute(right, r, fields), nil
}

// values binds VALUES: rows of constants, in columns named column1, column2 and so on.
func (b *binder) values(v *ast.Values) (*plan.Node, error) {
	n := &plan.Node{Kind: plan.Values, Values: &plan.ValuesSpec{}, Rows: int64(len(v.Rows))}
	types := make([]batch.Type, len(v.Rows[0]))
	rows := make([][]expr.Expr, len(v.Rows))
	for i, row := range v.Rows {
		for c, e := range row {
			x, err := b.constant(e)
			if err != nil {
				return nil, err
			}
			t, ok := expr.Common(types[c], x.Type)
			if !ok {
				return nil, b.fail(e, plan.CodeType, "CAST one of them", "VALUES of a column that is %v in one row and %v in another", types[c], x.Type)
			}
			types[c] = t
			rows[i] = append(rows[i], x)
		}
	}
	for c, t := range types {
		if t.Kind == batch.Invalid {
			types[c] = batch.T(batch.Utf8)
		}
		n.Fields = append(n.Fields, plan.Field{Name: "column" + strconv.Itoa(c+1), Type: types[c]})
	}
	for i, row := range rows {
		for c, x := range row {
			cast, err := expr.Cast(x, types[c], false)
			if err == nil {
				cast, err = expr.Fold(cast)
			}
			if err != nil {
				return nil, b.mistake(v.Rows[i][c], err)
			}
			row[c] = cast
			n.Fields[c].Nullable = n.Fields[c].Nullable || cast.Null
		}
		n.Values.Rows = append(n.Values.Rows, row)
	}
	return n, nil
}

// constantRows reports whether VALUES names no column.
func constantRows(v *ast.Values) bool {
	return !slices.ContainsFunc(v.Rows, func(row []ast.Expr) bool {
		return slices.ContainsFunc(row, func(e ast.Expr) bool { return !constant(e) })
	})
}

// selectsOf returns VALUES that read the row of the query around as a SELECT without FROM for each row.
func selectsOf(v *ast.Values) ast.Body {
	var all ast.Body
	for _, row := range v.Rows {
		s := &ast.Select{At: v.At}
		for c, e := range row {
			s.Items = append(s.Items, ast.Item{At: ast.At(e.Span()), Expr: e, Alias: ast.Ident{At: ast.At(e.Span()), Text: "column" + strconv.Itoa(c+1)}})
		}
		if all == nil {
			all = s
		} else {
			all = &ast.SetOp{At: v.At, Kind: ast.Union, All: true, Left: all, Right: s}
		}
	}
	return all
}

// constant binds an expression that reads no rows.
func (b *binder) constant(e ast.Expr) (expr.Expr, error) {
	x, err := b.expr(e, &env{scope: &scope{}, clause: "VALUES"})
	if err != nil {
		return x, err
	}
	x, err = expr.Fold(x)
	if err != nil {
		return x, b.mistake(e, err)
	}
	if x.Op != expr.LiteralOp {
		return x, b.fail(e, plan.CodeConstant, "write a literal", "VALUES of an expression that is no constant")
	}
	return x, nil
}

// oneRow is what a SELECT without FROM reads.
func oneRow() *plan.Node {
	return &plan.Node{
		Kind: plan.Values, Rows: 1, Values: &plan.ValuesSpec{Rows: [][]expr.Expr{{expr.Bool(true)}}},
		Fields: []plan.Field{{Name: "row", Type: batch.T(batch.Bool), Hidden: true}},
	}
}
