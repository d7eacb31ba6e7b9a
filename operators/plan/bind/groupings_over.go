package bind

import (
	"errors"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// overSets binds a select with window functions that is grouped in several ways, as if the groups were made in a derived
// table: the parts of the list that have no window function in them are its columns.
//
//	SELECT a, RANK() OVER (ORDER BY SUM(x)) FROM t GROUP BY ROLLUP (a)
//	  =  SELECT a, RANK() OVER (ORDER BY s) FROM (SELECT a, SUM(x) AS s FROM t GROUP BY ROLLUP (a))
func (b *binder) overSets(q *groupedQuery, sets [][]ast.Expr) (*selected, error) {
	p := &overParts{known: map[ast.Expr]int{}}
	items := slices.Clone(q.items)
	for i, it := range q.items {
		if it.expr != nil && containsOver(it.expr) {
			items[i].expr = &ast.Literal{At: ast.At(it.at.Span()), Kind: ast.Number, Text: "1"} // nobody reads it
			p.windowed = append(p.windowed, it.name)
			p.take(it.expr)
		}
	}
	p.take(q.Qualify)
	for _, w := range q.Windows {
		p.window(w.Spec)
	}
	inner, env, rows := *q.Select, *q.env, *q.env.rows
	inner.Qualify, inner.Windows = nil, nil
	rows.ordering += len(p.items)
	env.rows = &rows
	out, err := b.groupedSets(&groupedQuery{&inner, append(items, p.items...), &env, q.outer}, sets)
	if err != nil {
		return nil, err
	}
	place := overPlace(newOvers(q.Select), out.exprs[len(items):], p.known)
	result := &selected{input: out.input, handed: out.handed, exprs: out.exprs[:len(items):len(items)], fields: out.fields[:len(items):len(items)]}
	var errs error
	for i, it := range q.items {
		if it.expr == nil || !containsOver(it.expr) {
			continue
		}
		e, err := b.expr(it.expr, place)
		errs = errors.Join(errs, err)
		result.exprs[i], result.fields[i] = e, plan.Field{Name: it.name, Type: e.Type, Nullable: e.Nullable}
	}
	if errs = errors.Join(errs, b.qualify(q.Select, q.items, result, place)); errs != nil {
		return nil, errs
	}
	place.overs.build(result)
	return result, nil
}

// overPlace is where a list with window functions stands over columns that are known.
func overPlace(o *overs, columns []expr.Expr, at map[ast.Expr]int) *env {
	known := map[ast.Expr]expr.Expr{}
	for e, i := range at {
		known[e] = columns[i]
	}
	return &env{scope: &scope{}, overs: o, computed: known}
}

// overParts gathers the parts of expressions that have no window function in them.
type overParts struct {
	windowed []string         // names of items with window functions
	known    map[ast.Expr]int // of items
	items    []item
}

// take gathers the parts of an expression, which may be nil. Literals mean the same everywhere.
func (p *overParts) take(e ast.Expr) {
	if e == nil {
		return
	}
	ast.Walk(e, func(n ast.Node) bool {
		if c, ok := n.(*ast.Call); ok && c.Over != nil {
			for _, a := range c.Args {
				p.take(a)
			}
			for _, o := range slices.Concat(c.OrderBy, c.WithinGroup) {
				p.take(o.Expr)
			}
			p.take(c.Filter)
			p.window(c.Over)
			return false
		}
		x, ok := n.(ast.Expr)
		if !ok || containsOver(x) || p.names(x) {
			return true
		}
		if _, literal := x.(*ast.Literal); !literal {
			p.known[x] = len(p.items)
			p.items = append(p.items, item{expr: x, at: x})
		}
		return false
	})
}

// window gathers the parts of a window. Its frame has none: the bounds are constants.
func (p *overParts) window(w *ast.Window) {
	for _, e := range w.PartitionBy {
		p.take(e)
	}
	for _, o := range w.OrderBy {
		p.take(o.Expr)
	}
}

// names reports whether QUALIFY reads an item with a window function by its name.
func (p *overParts) names(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		if name, ok := n.(*ast.Name); ok && len(name.Parts) == 1 {
			found = found || slices.Contains(p.windowed, name.Parts[0].Text)
		}
		return !found
	})
	return found
}
