package bind

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// group gathers what the select list and HAVING of a grouped select want of its Aggregate. Until the list is
// complete, columns of the Aggregate's output have provisional numbers: the keys count from 0, calls
// from firstCall, carried columns from firstCarried.
type group struct {
	at      ast.Span // of GROUP BY, or of SELECT
	rows    *rows
	scope   *scope
	keys    []expr.Expr
	all     []expr.Expr // keys of all ways to group; nil: there is one
	args    []expr.Expr // computed columns below the Aggregate: keys first, then arguments and carried columns
	calls   []plan.Call
	carried []int // columns of args
	partial bool  // a key is missing because something is wrong with it
	subs    []*sub
	width   int                  // columns of all subs
	whole   *dependent           // what each row of an Aggregate without GROUP BY is for; nil: there is one row, or there are groups
	values  map[string]expr.Expr // of subqueries
}

const (
	firstCall    = 1 << 20
	firstCarried = 1 << 21
	firstSub     = 1 << 22 // columns of subqueries
	firstOver    = 1 << 23 // results of window functions
)

// groupedQuery is a select that needs an Aggregate.
type groupedQuery struct {
	*ast.Select
	items []item
	env   *env
	outer *outer
}

// list returns the select list without what is there for ORDER BY.
func (q *groupedQuery) list() []item { return q.items[:len(q.items)-q.env.rows.ordering] }

func (b *binder) grouped(s *ast.Select, items []item, env *env, o *outer) (*selected, error) {
	q := &groupedQuery{s, items, env, o}
	sets, err := b.groupings(s.GroupBy)
	switch {
	case err != nil:
		return nil, err
	case len(sets) > 1:
		return b.groupedSets(q, sets)
	}
	one := *s
	one.GroupBy = sets[0]
	q.Select = &one
	return b.groupedOnce(q, nil)
}

// groupedOnce binds a select that is grouped in one way. all are the expressions of all ways to group, if there are
// several.
func (b *binder) groupedOnce(q *groupedQuery, all []expr.Expr) (*selected, error) {
	s, items, env, o := q.Select, q.items, q.env, q.outer
	g := &group{rows: env.rows, scope: env.scope, values: map[string]expr.Expr{}, all: all, at: place(word(s))}
	if len(s.GroupBy) > 0 {
		g.at = place(s.GroupBy[0], s.GroupBy[len(s.GroupBy)-1])
	}
	var errs error
	list := q.list()
	for _, e := range s.GroupBy {
		if _, window := windowCall(e); window {
			if env.rows.window != nil {
				for _, key := range env.rows.window.keys(env) {
					g.key(key)
				}
			}
			continue
		}
		key, err := b.groupKey(e, list, env)
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		g.key(key)
	}
	if s.GroupByAll {
		for _, it := range list {
			if it.expr != nil && (containsAggregate(it.expr) || containsOver(it.expr) || constant(it.expr)) {
				continue
			}
			key, err := b.item(it, env)
			errs = errors.Join(errs, err)
			g.key(key)
		}
	}
	g.partial = errs != nil
	always := len(g.keys) == 0
	handed := g.handOn(always)
	if o != nil && len(o.lifted) > 0 && errs == nil {
		if always && s.Having != nil {
			return nil, b.refuse(s.Having, plan.CodeCorrelated, "HAVING without GROUP BY in a subquery that reads the query around it", "write the condition around the subquery")
		}
		if err := b.groupLifted(s, g, o); err != nil {
			return nil, err
		}
	}
	g.args = slices.Clone(g.keys)
	inside := env.grouped(g)
	over := *inside
	over.overs = newOvers(s)
	out, err := b.list(items, &over)
	errs = errors.Join(errs, err, b.qualify(s, items, out, &over), over.overs.refuse(b, o))
	var having []expr.Expr
	if s.Having != nil {
		inside.clause = "HAVING"
		h, err := b.conditionIn(s.Having, inside, "HAVING")
		errs = errors.Join(errs, err)
		if errs == nil {
			having, errs = b.clocked(expr.Conjuncts(h))
		}
	}
	if errs != nil {
		return nil, errs
	}
	out.handed = handed
	g.build(out, having)
	out.always = always && handed == nil
	over.overs.build(out)
	return out, nil
}

// handOn groups by the columns that a dependent subquery hands on, too, and returns them. always says that there is
// no GROUP BY.
func (g *group) handOn(always bool) []expr.Expr {
	out := g.scope.handOn()
	for i, e := range out {
		out[i] = expr.Column(g.key(e), e.Type, e.Nullable)
	}
	if always && out != nil {
		g.whole = g.scope.aside.dependent
	}
	return out
}

// constant reports whether an expression names no column.
func constant(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		_, name := n.(*ast.Name)
		found = found || name
		return !found
	})
	return !found
}

// mayBeKey reports whether an expression can be a key as a whole: it is not much larger than one.
func (g *group) mayBeKey(e ast.Expr) bool {
	most := 0
	for _, k := range slices.Concat(g.keys, g.all) {
		if _, column := k.IsColumn(); !column {
			size := 0
			expr.Walk(k, func(expr.Expr) bool { size++; return true })
			most = max(most, 2*size+8)
		}
	}
	ast.Walk(e, func(ast.Node) bool {
		most--
		return most > 0
	})
	return most > 0
}

// key adds a key to group by, once, and returns its number.
func (g *group) key(e expr.Expr) int {
	if e.Null && e.Type.Kind == batch.Invalid {
		e = expr.Null(batch.T(batch.Utf8))
	}
	i := slices.IndexFunc(g.keys, func(k expr.Expr) bool { return expr.Equal(k, e) })
	if i < 0 {
		i = len(g.keys)
		g.keys = append(g.keys, e)
	}
	return i
}

// groupLifted groups a subquery by what its rows are tied to the query around with, too.
func (b *binder) groupLifted(at ast.Node, g *group, o *outer) error {
	for i, c := range o.lifted {
		inner, around, ok := plan.Equality(c, plan.FirstOuter)
		if !ok {
			return b.refuse(at, plan.CodeCorrelated, "an aggregate of rows tied to the query around by something else than column = column", equalityHint)
		}
		key := g.key(inner)
		eq, err := b.made(at)(expr.Call("=", expr.Column(key, inner.Type, inner.Nullable), around))
		if err != nil {
			return err
		}
		o.lifted[i] = eq
	}
	return nil
}

// attach adds a subquery that is joined to the groups and returns the provisional number of its first column.
func (g *group) attach(s *sub) int {
	first := firstSub + g.width
	g.subs = append(g.subs, s)
	g.width += len(s.node.Fields)
	return first
}

// build makes the nodes: arguments, Aggregate, subqueries, HAVING; and puts the list over them.
func (g *group) build(out *selected, having []expr.Expr) {
	input := g.rows.node
	if len(g.keys) == 0 && len(g.calls) == 0 { // its row has at least one column
		g.call(plan.Call{Func: "count(*)", Arg: -1, Type: batch.T(batch.Int64)}, false)
	}
	if len(g.args) == 0 {
		g.arg(plan.Column(input, plan.Narrowest(input))) // rows are counted by at least one column
	}
	below := make([]plan.Field, len(g.args))
	for i, a := range g.args {
		below[i] = plan.Field{Name: expr.Format(a, plan.Names(input)), Type: a.Type, Nullable: a.Nullable}
		if c, ok := a.IsColumn(); ok {
			below[i] = input.Fields[c]
		}
	}
	if len(g.keys) == 0 && len(g.calls) == 0 {
		g.calls = append(g.calls, plan.Call{Func: "count(*)", Arg: -1, Type: batch.T(batch.Int64)}) // a row has a column
	}
	spec := &plan.AggregateSpec{Keys: plan.UpTo(len(g.keys)), Carried: g.carried, Calls: g.calls, Global: len(g.keys) == 0}
	agg := &plan.Node{Kind: plan.Aggregate, Inputs: []*plan.Node{plan.Compute(input, g.args, below)}, Aggregate: spec, Rows: -1, Clause: g.at}
	agg.Fields = append(agg.Fields, below[:len(g.keys)]...)
	for _, c := range g.carried {
		agg.Fields = append(agg.Fields, below[c])
	}
	for _, call := range g.calls {
		counts := strings.HasPrefix(call.Func, "count")
		if counts {
			out.counts = append(out.counts, len(agg.Fields))
		}
		agg.Fields = append(agg.Fields, plan.Field{Name: call.Func, Type: call.Type, Nullable: !counts})
	}
	final := func(c int) int {
		switch {
		case c >= firstOver:
			return c
		case c >= firstSub:
			return len(agg.Fields) + c - firstSub
		case c >= firstCarried:
			return len(g.keys) + c - firstCarried
		case c >= firstCall:
			return len(g.keys) + len(g.carried) + c - firstCall
		}
		return c
	}
	remapped := func(es []expr.Expr, to func(int) int) []expr.Expr {
		all := make([]expr.Expr, len(es))
		for i, e := range es {
			all[i] = expr.Remap(e, to)
		}
		return all
	}
	n := agg
	if g.whole != nil {
		n = g.whole.whole(agg, out.counts)
	}
	for _, s := range g.subs {
		on := s.beside(len(n.Fields), remapped(s.on, func(c int) int {
			if c >= plan.FirstOuter {
				return plan.FirstOuter + final(c-plan.FirstOuter)
			}
			return c
		})...)
		n = plan.Tie(plan.Left, n, s.node, on)
		n.Clause = s.at
	}
	if len(having) > 0 {
		n = plan.Keep(n, remapped(having, final)...)
	}
	out.input, out.exprs = n, remapped(out.exprs, final)
}

// groupKey binds an element of GROUP BY: an expression over the input, the number of a select item, or the
// name that the select list gives to one.
func (b *binder) groupKey(e ast.Expr, items []item, env *env) (expr.Expr, error) {
	inside := *env
	inside.clause = "GROUP BY"
	switch e := e.(type) {
	case *ast.Literal:
		n, err := strconv.Atoi(e.Text)
		if e.Kind != ast.Number || err != nil || n < 1 || n > len(items) {
			return expr.Expr{}, b.fail(e, plan.CodeOrdinal, "name a column, or give the number of a select item", "GROUP BY %s of %s", e.Text, plan.Count(len(items), "column"))
		}
		return b.item(items[n-1], &inside)
	case *ast.Name:
		known := slices.ContainsFunc(env.scope.fields, func(f plan.Field) bool { return f.Name == e.Last().Text })
		for _, it := range items {
			if len(e.Parts) == 1 && !known && it.name == e.Parts[0].Text {
				return b.item(it, &inside)
			}
		}
	}
	return b.expr(e, &inside)
}

// groupedColumn returns what a plain column means beside GROUP BY: a key, a column that the keys determine, or
// (as Dozer had it) any value of the group.
func (b *binder) groupedColumn(g *group, at ast.Node, c int) (expr.Expr, error) {
	f := g.scope.field(c)
	col := expr.Column(c, f.Type, f.Nullable)
	if i := slices.IndexFunc(g.keys, func(k expr.Expr) bool { return expr.Equal(k, col) }); i >= 0 {
		return expr.Column(i, col.Type, col.Nullable), nil
	}
	if null, ok := g.absent(col); ok {
		return null, nil
	}
	var known []int
	for _, k := range g.keys {
		if kc, ok := k.IsColumn(); ok {
			known = append(known, kc)
		}
	}
	if len(known) > 0 && b.keys.Of(g.rows.node).Closure(known)[c] {
		return g.carry(col), nil
	}
	if g.partial {
		return col, plan.ErrBind{}
	}
	name := f.Name
	if !b.options.Loose {
		return expr.Expr{}, b.fail(at, plan.CodeGroup, "add it to GROUP BY, or write ANY_VALUE("+name+")",
			"column %q is neither grouped nor aggregated", name)
	}
	b.warn(at, plan.WarnGroup, "add it to GROUP BY, or write ANY_VALUE("+name+")",
		"column %q is neither grouped nor aggregated: the first value in order is taken", name)
	return g.call(plan.Call{Func: plan.AnyValue, Arg: g.arg(col), Type: col.Type}, true), nil
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

func (g *group) call(c plan.Call, nullable bool) expr.Expr {
	i := slices.IndexFunc(g.calls, c.Equal)
	if i < 0 {
		i = len(g.calls)
		g.calls = append(g.calls, c)
	}
	return expr.Column(firstCall+i, c.Type, nullable)
}

// ordering: the rows of a group have no order.
func (g *group) ordering() []ordering { return nil }
