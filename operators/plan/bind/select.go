package bind

import (
	"errors"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

func (b *binder) selection(s *ast.Select, with *ctes) (*plan.Node, error) {
	if s.DistinctOn != nil {
		n, _, err := b.distinctOn(s, nil, with)
		return n, err
	}
	out, err := b.selected(s, with, nil)
	if err != nil {
		return nil, err
	}
	exprs, fields := out.handOn(out.exprs, out.fields)
	n := plan.Compute(out.input, exprs, fields)
	if s.Distinct {
		if n, err = typed(n, nil); err != nil {
			return nil, err
		}
		n = &plan.Node{Kind: plan.Distinct, Fields: n.Fields, Inputs: []*plan.Node{n}, Rows: -1, Clause: place(word(s))}
	}
	return n, nil
}

// selected is a select before its list is computed.
type selected struct {
	input  *plan.Node
	exprs  []expr.Expr // the list, over input
	fields []plan.Field
	// always says that there is a row even of no rows: aggregates without GROUP BY. Of input, the columns
	// counts are then 0 and the others null.
	always bool
	counts []int
	handed []expr.Expr // over input: what a dependent subquery hands on
}

// handOn returns columns over the input of a select with those that a dependent subquery hands on behind them.
func (s *selected) handOn(exprs []expr.Expr, fields []plan.Field) ([]expr.Expr, []plan.Field) {
	for _, e := range s.handed {
		exprs, fields = append(exprs, e), append(fields, plan.Field{Type: e.Type, Nullable: e.Nullable, Hidden: true})
	}
	return exprs, fields
}

// selected binds a select but for its DISTINCT. In a subquery, o takes the conditions that read the query around. What
// order asks for comes behind the list.
func (b *binder) selected(s *ast.Select, with *ctes, o *outer, order ...ast.Expr) (*selected, error) {
	if b.selects++; b.selects > plan.MaxSelects {
		return nil, plan.ErrBind{}
	}
	n, around, missing := b.fromBeside(s, with)
	errs := missing
	around.partial, around.list = plan.Incomplete(missing), s.Items
	env := &env{scope: around, rows: &rows{node: n, with: with, values: map[string]expr.Expr{}}}
	if s.Where != nil {
		errs = errors.Join(errs, b.where(s.Where, conjuncts(s.Where), env, o))
	}
	items, err := b.expandStars(s.Items, env.scope)
	errs = errors.Join(errs, err)
	if errs == nil {
		errs = b.windowGroup(s, items, env)
	}
	list := items
	for _, e := range order {
		it, err := b.orderItem(e, list)
		if errs = errors.Join(errs, err); err == nil {
			items = append(items, it)
		}
	}
	env.rows.ordering = len(items) - len(list)
	var out *selected
	if grouped(s, items) {
		out, err = b.grouped(s, items, env, o)
	} else {
		out, err = b.project(s, items, env, o)
	}
	if errs = errors.Join(errs, err); errs != nil {
		return nil, errs
	}
	return out, nil
}

// item is an element of a select list: an expression of the text, or a column that a star stands for.
type item struct {
	name   string
	expr   ast.Expr // nil for a column of a star
	column int
	at     ast.Node
}

func (b *binder) expandStars(items []ast.Item, s *scope) ([]item, error) {
	var out []item
	var errs error
	for i := range items {
		it := &items[i]
		star, ok := it.Expr.(*ast.Star)
		if !ok {
			out = append(out, item{name: itemName(it), expr: it.Expr, at: it})
			continue
		}
		columns, err := b.star(star, s)
		errs = errors.Join(errs, err)
		out = append(out, columns...)
	}
	return out, errs
}

func (b *binder) star(star *ast.Star, s *scope) ([]item, error) {
	table := ""
	if len(star.Qualifier) > 0 {
		table = star.Qualifier[len(star.Qualifier)-1].Text
	}
	var out []item
	for i, f := range s.fields {
		except := slices.ContainsFunc(star.Except, func(id ast.Ident) bool { return id.Text == f.Name })
		if except || f.Hidden && table == "" || table != "" && f.Table != table {
			continue
		}
		out = append(out, item{name: f.Name, column: i, at: star})
	}
	if len(out) == 0 && s.hides(table) {
		return nil, plan.ErrBind{}
	}
	if len(out) == 0 && table == "" {
		return nil, b.fail(star, plan.CodeStar, "write FROM and a table", "* without columns to stand for")
	}
	if len(out) == 0 {
		var tables []string
		for _, f := range s.fields {
			tables = append(tables, f.Table)
		}
		return nil, b.fail(star, plan.CodeTable, near.Fix(table, distinct(tables)), "unknown table %q", table)
	}
	return out, nil
}

func itemName(it *ast.Item) string {
	if it.Alias.Text != "" {
		return it.Alias.Text
	}
	return ast.OutputName(it.Expr)
}

// project binds a select list without aggregates.
func (b *binder) project(s *ast.Select, items []item, env *env, o *outer) (*selected, error) {
	over := *env
	over.overs = newOvers(s)
	out, err := b.list(items, &over)
	if err := errors.Join(err, b.qualify(s, items, out, &over), over.overs.refuse(b, o)); err != nil {
		return nil, err
	}
	out.input, out.handed = env.rows.node, env.scope.handOn()
	over.overs.build(out)
	return out, nil
}

func (b *binder) list(items []item, env *env) (*selected, error) {
	out := &selected{exprs: make([]expr.Expr, len(items)), fields: make([]plan.Field, len(items))}
	var errs error
	for i, it := range items {
		e, err := b.item(it, env)
		errs = errors.Join(errs, err)
		out.exprs[i], out.fields[i] = e, plan.Field{Name: it.name, Type: e.Type, Nullable: e.Nullable}
	}
	return out, errs
}

func (b *binder) item(it item, env *env) (expr.Expr, error) {
	if it.expr == nil {
		if env.group != nil {
			return b.groupedColumn(env.group, it.at, it.column)
		}
		f := env.scope.field(it.column)
		return expr.Column(it.column, f.Type, f.Nullable), nil
	}
	return b.expr(it.expr, env)
}

// grouped reports whether a select needs an Aggregate.
func grouped(s *ast.Select, items []item) bool {
	if len(s.GroupBy) > 0 || s.GroupByAll || s.Having != nil {
		return true
	}
	if s.Qualify != nil && containsAggregate(s.Qualify) {
		return true
	}
	return slices.ContainsFunc(items, func(it item) bool { return it.expr != nil && containsAggregate(it.expr) })
}

func containsAggregate(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Query:
			return false
		case *ast.Call:
			found = found || n.Over == nil && isAggregate(n.Func())
		}
		return !found
	})
	return found
}
