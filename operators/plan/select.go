package plan

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

func (b *binder) selection(s *ast.Select, with *ctes) (*Node, error) {
	if err := b.refuseClauses(s); err != nil {
		return nil, err
	}
	n, err := b.from(s.From, with)
	if err != nil {
		return nil, err
	}
	env := &env{scope: &scope{fields: n.Fields}}
	if s.Where != nil {
		where, err := b.condition(s.Where, env.scope, "WHERE")
		if err != nil {
			return nil, err
		}
		n = keep(n, expr.Conjuncts(where)...)
	}
	items, err := b.expandStars(s.Items, env.scope)
	if err != nil {
		return nil, err
	}
	if grouped(s, items) {
		n, err = b.grouped(s, items, n, env)
	} else {
		n, err = b.project(items, n, env)
	}
	if err != nil {
		return nil, err
	}
	if s.Distinct {
		n = &Node{Kind: Distinct, Fields: n.Fields, Inputs: []*Node{n}, Rows: -1}
	}
	return n, nil
}

func (b *binder) refuseClauses(s *ast.Select) error {
	switch {
	case len(s.From) == 0:
		return b.unsupported(s, "SELECT without FROM", "")
	case s.DistinctOn != nil:
		return b.unsupported(s, "DISTINCT ON", "")
	case s.Qualify != nil:
		return b.unsupported(s.Qualify, "QUALIFY", "")
	case len(s.Windows) > 0:
		return b.unsupported(s.Windows[0], "WINDOW", "")
	case s.GroupByAll:
		return b.unsupported(s, "GROUP BY ALL", "list the columns")
	}
	return nil
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
	if len(out) == 0 {
		var tables []string
		for _, f := range s.fields {
			tables = append(tables, f.Table)
		}
		return nil, b.fail(star, codeTable, near.Fix(table, tables), "unknown table %q", table)
	}
	return out, nil
}

func itemName(it *ast.Item) string {
	if it.Alias.Text != "" {
		return it.Alias.Text
	}
	return ast.OutputName(it.Expr)
}

// project computes a select list without aggregates.
func (b *binder) project(items []item, n *Node, env *env) (*Node, error) {
	exprs, fields := make([]expr.Expr, len(items)), make([]Field, len(items))
	var errs error
	for i, it := range items {
		e, err := b.item(it, n, env)
		errs = errors.Join(errs, err)
		exprs[i] = e
		fields[i] = Field{Name: it.name, Type: e.Type, Nullable: e.Nullable}
	}
	if errs != nil {
		return nil, errs
	}
	return compute(n, exprs, fields), nil
}

func (b *binder) item(it item, n *Node, env *env) (expr.Expr, error) {
	if it.expr == nil {
		if env.group != nil {
			return b.groupedColumn(env.group, it.at, it.column)
		}
		return column(n, it.column), nil
	}
	return b.expr(it.expr, env)
}

// grouped reports whether a select needs an Aggregate.
func grouped(s *ast.Select, items []item) bool {
	if len(s.GroupBy) > 0 || s.Having != nil {
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

// group gathers what the select list and HAVING of a grouped select want of its Aggregate. Until the list is
// complete, columns of the Aggregate's output have provisional numbers: the keys count from 0, calls
// from firstCall, carried columns from firstCarried.
type group struct {
	input   *Node
	scope   *scope
	keys    []expr.Expr
	args    []expr.Expr // computed columns below the Aggregate: keys first, then arguments and carried columns
	calls   []Call
	carried []int // columns of args
}

const (
	firstCall    = 1 << 20
	firstCarried = 1 << 21
)

func (b *binder) grouped(s *ast.Select, items []item, n *Node, env *env) (*Node, error) {
	g := &group{input: n, scope: env.scope}
	var errs error
	for _, e := range s.GroupBy {
		key, err := b.groupKey(e, items, env)
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		if !slices.ContainsFunc(g.keys, func(k expr.Expr) bool { return expr.Equal(k, key) }) {
			g.keys = append(g.keys, key)
		}
	}
	if errs != nil {
		return nil, errs
	}
	g.args = slices.Clone(g.keys)
	inside := env.grouped(g)
	exprs, fields := make([]expr.Expr, len(items)), make([]Field, len(items))
	for i, it := range items {
		e, err := b.item(it, n, inside)
		errs = errors.Join(errs, err)
		exprs[i], fields[i] = e, Field{Name: it.name, Type: e.Type, Nullable: e.Nullable}
	}
	var having []expr.Expr
	if s.Having != nil {
		h, err := b.conditionIn(s.Having, inside, "HAVING")
		errs = errors.Join(errs, err)
		having = expr.Conjuncts(h)
	}
	if errs != nil {
		return nil, errs
	}
	return g.build(exprs, fields, having), nil
}

// build makes the nodes: arguments, Aggregate, HAVING, select list.
func (g *group) build(exprs []expr.Expr, fields []Field, having []expr.Expr) *Node {
	if len(g.args) == 0 {
		g.arg(column(g.input, narrowest(g.input))) // rows are counted by at least one column
	}
	below := make([]Field, len(g.args))
	for i, a := range g.args {
		below[i] = Field{Name: expr.Format(a, names(g.input)), Type: a.Type, Nullable: a.Nullable}
		if c, ok := a.IsColumn(); ok {
			below[i] = g.input.Fields[c]
		}
	}
	spec := &AggregateSpec{Keys: upTo(len(g.keys)), Carried: g.carried, Calls: g.calls, Global: len(g.keys) == 0}
	agg := &Node{Kind: Aggregate, Inputs: []*Node{compute(g.input, g.args, below)}, Aggregate: spec, Rows: -1}
	agg.Fields = append(agg.Fields, below[:len(g.keys)]...)
	for _, c := range g.carried {
		agg.Fields = append(agg.Fields, below[c])
	}
	for _, call := range g.calls {
		agg.Fields = append(agg.Fields, Field{Name: call.Func, Type: call.Type, Nullable: !strings.HasPrefix(call.Func, "count")})
	}
	final := func(c int) int {
		switch {
		case c >= firstCarried:
			return len(g.keys) + c - firstCarried
		case c >= firstCall:
			return len(g.keys) + len(g.carried) + c - firstCall
		}
		return c
	}
	n := agg
	if len(having) > 0 {
		conditions := make([]expr.Expr, len(having))
		for i, h := range having {
			conditions[i] = expr.Remap(h, final)
		}
		n = keep(agg, conditions...)
	}
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = expr.Remap(e, final)
	}
	return compute(n, out, fields)
}

// groupKey binds an element of GROUP BY: an expression over the input, the number of a select item, or the
// name that the select list gives to one.
func (b *binder) groupKey(e ast.Expr, items []item, env *env) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Grouping:
		return expr.Expr{}, b.unsupported(e, "GROUPING SETS, ROLLUP and CUBE", "")
	case *ast.Literal:
		n, err := strconv.Atoi(e.Text)
		if e.Kind != ast.Number || err != nil || n < 1 || n > len(items) {
			return expr.Expr{}, b.fail(e, codeGroup, "name a column, or give the number of a select item", "GROUP BY %s", e.Text)
		}
		return b.item(items[n-1], &Node{Fields: env.scope.fields}, env)
	case *ast.Name:
		known := slices.ContainsFunc(env.scope.fields, func(f Field) bool { return f.Name == e.Last().Text })
		for _, it := range items {
			if len(e.Parts) == 1 && !known && it.name == e.Parts[0].Text {
				return b.item(it, &Node{Fields: env.scope.fields}, env)
			}
		}
	}
	return b.expr(e, env)
}

// groupedColumn returns what a plain column means beside GROUP BY: a key, a column that the keys determine, or
// (as Dozer had it) any value of the group.
func (b *binder) groupedColumn(g *group, at ast.Node, c int) (expr.Expr, error) {
	col := column(g.input, c)
	if i := slices.IndexFunc(g.keys, func(k expr.Expr) bool { return expr.Equal(k, col) }); i >= 0 {
		return expr.Column(i, col.Type, col.Nullable), nil
	}
	var known []int
	for _, k := range g.keys {
		if kc, ok := k.IsColumn(); ok {
			known = append(known, kc)
		}
	}
	if len(known) > 0 && b.keys.of(g.input).closure(known)[c] {
		return g.carry(col), nil
	}
	name := g.input.Fields[c].Name
	if !b.options.Loose {
		return expr.Expr{}, b.fail(at, codeGroup, "add it to GROUP BY, or write ANY_VALUE("+name+")",
			"column %q is neither grouped nor aggregated", name)
	}
	b.warn(at, warnGroup, "add it to GROUP BY, or write ANY_VALUE("+name+")",
		"column %q is neither grouped nor aggregated: the first value in order is taken", name)
	return g.call(Call{Func: anyValue, Arg: g.arg(col), Type: col.Type}, true), nil
}

func (g *group) carry(col expr.Expr) expr.Expr {
	a := g.arg(col)
	i := slices.Index(g.carried, a)
	if i < 0 {
		i = len(g.carried)
		g.carried = append(g.carried, a)
	}
	return expr.Column(firstCarried+i, col.Type, col.Nullable)
}

// arg returns the place of a computed column below the Aggregate.
func (g *group) arg(e expr.Expr) int {
	if i := slices.IndexFunc(g.args, func(a expr.Expr) bool { return expr.Equal(a, e) }); i >= 0 {
		return i
	}
	g.args = append(g.args, e)
	return len(g.args) - 1
}

func (g *group) call(c Call, nullable bool) expr.Expr {
	i := slices.Index(g.calls, c)
	if i < 0 {
		i = len(g.calls)
		g.calls = append(g.calls, c)
	}
	return expr.Column(firstCall+i, c.Type, nullable)
}

// aggregate binds an aggregate call; its arguments are over the input.
func (b *binder) aggregate(c *ast.Call, g *group) (expr.Expr, error) {
	name := strings.ToLower(c.Func())
	if len(c.OrderBy) > 0 || len(c.WithinGroup) > 0 || c.Nulls != "" {
		return expr.Expr{}, b.unsupported(c, name+" with an order", "")
	}
	env := &env{scope: g.scope, inside: name}
	var filter expr.Expr
	if c.Filter != nil {
		f, err := b.conditionIn(c.Filter, env, "FILTER")
		if err != nil {
			return expr.Expr{}, err
		}
		filter = f
	}
	var args []expr.Expr
	switch {
	case c.Star && c.Filter != nil:
		args = []expr.Expr{expr.Int(1)}
	case !c.Star:
		for _, a := range c.Args {
			x, err := b.expr(a, env)
			if err != nil {
				return x, err
			}
			args = append(args, x)
		}
	}
	if c.Filter != nil && len(args) == 1 {
		guarded, err := b.made(c)(expr.Call("case", filter, args[0]))
		if err != nil {
			return guarded, err
		}
		args[0] = guarded
	}
	if name == anyValue {
		if len(args) != 1 {
			return expr.Expr{}, b.fail(c, codeFunction, "", "ANY_VALUE takes one argument")
		}
		return g.call(Call{Func: anyValue, Arg: g.arg(args[0]), Type: args[0].Type}, true), nil
	}
	a, ok := expr.AggregateNamed(name, len(args) == 0)
	if !ok {
		return expr.Expr{}, b.fail(c, codeFunction, "", "%s takes no * for an argument", name)
	}
	args, t, _, err := a.Bind(args...)
	if err != nil {
		return expr.Expr{}, b.mistake(c, err)
	}
	call := Call{Func: a.Name, Arg: -1, Distinct: c.Distinct && a.Name != "min" && a.Name != "max", Type: t}
	if len(args) > 0 {
		call.Arg = g.arg(args[0])
	}
	return g.call(call, a.Name != "count" && a.Name != "count(*)"), nil
}

// anyValue is the aggregate that gives the first value of a group in canonical order, nulls last.
const anyValue = "any_value"

func isAggregate(name string) bool {
	if strings.EqualFold(name, anyValue) {
		return true
	}
	_, ok := expr.AggregateNamed(name, false)
	return ok
}
