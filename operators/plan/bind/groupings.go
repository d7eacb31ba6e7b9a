package bind

import (
	"errors"
	"maps"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// maxGroupings is how many ways to group one select may have: each is an Aggregate of its own.
const maxGroupings = 64

// groupings returns the ways to group that a GROUP BY stands for, each a list of expressions: one, unless there are
// GROUPING SETS, ROLLUP or CUBE.
//
//	a, ROLLUP (b, c)  =  (a, b, c), (a, b), (a)
func (b *binder) groupings(by []ast.Expr) ([][]ast.Expr, error) {
	sets := [][]ast.Expr{nil}
	for _, e := range by {
		alternatives, err := b.alternatives(e)
		if err != nil {
			return nil, err
		}
		var product [][]ast.Expr
		for _, s := range sets {
			for _, a := range alternatives {
				product = append(product, slices.Concat(s, a))
			}
		}
		if sets = product; len(sets) > maxGroupings {
			return nil, b.fail(e, plan.CodeGroupings, "write GROUPING SETS with those that are needed", "GROUP BY in more than %d ways at once", maxGroupings)
		}
	}
	return sets, nil
}

// alternatives returns what an element of GROUP BY stands for.
func (b *binder) alternatives(e ast.Expr) (sets [][]ast.Expr, err error) {
	g, ok := e.(*ast.Grouping)
	if !ok {
		return [][]ast.Expr{elements(e)}, nil
	}
	if g.Kind == ast.GroupingSets {
		for _, it := range g.Items {
			more, err := b.alternatives(it)
			if err != nil {
				return nil, err
			}
			sets = append(sets, more...)
		}
		return sets, nil
	}
	var items [][]ast.Expr
	for _, it := range g.Items {
		if inner, ok := it.(*ast.Grouping); ok {
			return nil, b.fail(inner, plan.CodeGroupings, "write GROUPING SETS around them", "ROLLUP or CUBE of a ROLLUP, CUBE or GROUPING SETS")
		}
		items = append(items, elements(it))
	}
	if g.Kind == ast.Rollup {
		for n := len(items); n >= 0; n-- {
			sets = append(sets, slices.Concat(items[:n]...))
		}
		return sets, nil
	}
	if len(items) > 6 {
		return nil, b.fail(e, plan.CodeGroupings, "write GROUPING SETS with those that are needed", "GROUP BY in more than %d ways at once", maxGroupings)
	}
	for out := range 1 << len(items) { // a bit set leaves the item out
		var s []ast.Expr
		for i, it := range items {
			if out>>(len(items)-1-i)&1 == 0 {
				s = append(s, it...)
			}
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// elements returns the expressions of a set: (a, b) are two and () is none.
func elements(e ast.Expr) []ast.Expr {
	if t, ok := e.(*ast.Tuple); ok {
		return t.Items
	}
	return []ast.Expr{e}
}

// groupedSets binds a select that is grouped in several ways: the union of as many selects, in which the expressions that
// only others group by are null.
func (b *binder) groupedSets(q *groupedQuery, sets [][]ast.Expr) (*selected, error) {
	if q.outer != nil && len(q.outer.lifted) > 0 {
		return nil, b.refuse(q.GroupBy[0], plan.CodeCorrelated, "GROUP BY in several ways in a subquery that reads the query around it", "group in a derived table")
	}
	if q.over() {
		return b.overSets(q, sets)
	}
	all, err := b.allKeys(q, sets)
	if err != nil {
		return nil, err
	}
	var union *plan.Node
	width := 0
	for i, set := range sets {
		noted := len(b.problems)
		one, env := *q.Select, *q.env
		one.GroupBy = set
		env.rows = &rows{node: q.env.rows.node, with: q.env.rows.with, values: maps.Clone(q.env.rows.values), ordering: q.env.rows.ordering}
		out, err := b.groupedOnce(&groupedQuery{&one, q.items, &env, q.outer}, all)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.problems = b.problems[:noted] // they are those of the first
		}
		width = len(out.exprs)
		exprs, fields := out.handOn(out.exprs, out.fields)
		n := plan.Compute(out.input, exprs, fields)
		if union, err = b.beside(q, union, n); err != nil {
			return nil, err
		}
	}
	out := plan.Columns(union)
	result := &selected{input: union, exprs: out[:width:width], fields: union.Fields[:width:width]}
	if width < len(out) {
		result.handed = out[width:]
	}
	return result, nil
}

// beside adds the rows of n to those of union, which may be nil.
func (b *binder) beside(q *groupedQuery, all, n *plan.Node) (*plan.Node, error) {
	if all == nil {
		return n, nil
	}
	exprs, fields := plan.Columns(n), slices.Clone(all.Fields)
	for c := range fields {
		x, err := expr.Cast(exprs[c], fields[c].Type, false)
		if err != nil {
			return nil, b.mistake(q.GroupBy[0], err)
		}
		exprs[c] = x
		fields[c].Nullable = fields[c].Nullable || n.Fields[c].Nullable
	}
	u := union(all, plan.Compute(n, exprs, fields), nil)
	u.Fields = fields
	return u, nil
}

// allKeys returns what a select groups by in any of several ways.
func (b *binder) allKeys(q *groupedQuery, sets [][]ast.Expr) ([]expr.Expr, error) {
	g := &group{}
	var errs error
	var bound []ast.Expr
	for _, e := range slices.Concat(sets...) {
		if slices.ContainsFunc(bound, func(k ast.Expr) bool { return ast.Equal(k, e) }) {
			continue
		}
		bound = append(bound, e)
		key, err := b.groupKey(e, q.list(), q.env)
		if errs = errors.Join(errs, err); err == nil {
			g.key(key)
		}
	}
	return g.keys, errs
}

// absent returns the null that stands for an expression that only other ways to group have.
func (g *group) absent(e expr.Expr) (expr.Expr, bool) {
	same := func(k expr.Expr) bool { return expr.Equal(k, e) }
	if !slices.ContainsFunc(g.all, same) || slices.ContainsFunc(g.keys, same) {
		return e, false
	}
	return expr.Null(e.Type), true
}

// grouping binds GROUPING(a, b): a bit for each argument, 1 where the row is not grouped by it.
func (b *binder) grouping(c *ast.Call, env *env) (expr.Expr, error) {
	g := env.group
	if g == nil {
		return expr.Expr{}, b.fail(c, plan.CodeAggregate, "write it in HAVING or in the select list", "GROUPING without GROUP BY")
	}
	if len(c.Args) == 0 || len(c.Args) > 31 {
		return expr.Expr{}, b.fail(c, plan.CodeArguments, "name expressions of GROUP BY", "GROUPING with %s", plan.Count(len(c.Args), "argument"))
	}
	bits := int64(0)
	for _, a := range c.Args {
		key, err := b.expr(a, plain(env))
		if err != nil {
			return key, err
		}
		if key.Null && key.Type.Kind == batch.Invalid {
			key = expr.Null(batch.T(batch.Utf8))
		}
		bits <<= 1
		if _, absent := g.absent(key); absent {
			bits |= 1
		} else if !g.partial && !slices.ContainsFunc(g.keys, func(k expr.Expr) bool { return expr.Equal(k, key) }) {
			return expr.Expr{}, b.fail(a, plan.CodeGroup, "name an expression of GROUP BY", "GROUPING of something that is not grouped by")
		}
	}
	return expr.Int(bits), nil
}
