package bind

import (
	"errors"
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/over"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// overs gathers the window functions of a select. Until its input is complete, their results have provisional numbers
// from firstOver on.
type overs struct {
	named   []ast.NamedWindow
	calls   []overCall
	at      []ast.Node // of calls
	qualify bool       // the last but exprs of the list is a condition
	exprs   int        // behind the list, those that the calls read
}

// overCall is a window function and what it reads: its columns are numbers of args.
type overCall struct {
	over.Call
	window   overWindow
	args     []expr.Expr
	nullable bool
}

// read returns the number of an argument.
func (c *overCall) read(e expr.Expr) int {
	c.args = append(c.args, e)
	return len(c.args) - 1
}

// overWindow is PARTITION BY and ORDER BY.
type overWindow struct {
	keys  []expr.Expr
	order []overOrder
}

type overOrder struct {
	expr.Expr
	desc, nullsFirst bool
}

func newOvers(s *ast.Select) *overs { return &overs{named: s.Windows} }

func (w *overWindow) equal(v *overWindow) bool {
	return slices.EqualFunc(w.keys, v.keys, expr.Equal) && slices.EqualFunc(w.order, v.order, func(x, y overOrder) bool {
		return expr.Equal(x.Expr, y.Expr) && x.desc == y.desc && x.nullsFirst == y.nullsFirst
	})
}

func (c *overCall) equal(d *overCall) bool {
	return c.Equal(d.Call) && c.window.equal(&d.window) && slices.EqualFunc(c.args, d.args, expr.Equal)
}

// add returns the result of a call.
func (o *overs) add(c overCall, at ast.Node) expr.Expr {
	i := slices.IndexFunc(o.calls, func(known overCall) bool { return known.equal(&c) })
	if i < 0 {
		i = len(o.calls)
		o.calls, o.at = append(o.calls, c), append(o.at, at)
	}
	return expr.Column(firstOver+i, c.Type, c.nullable)
}

// containsOver reports whether an expression has a window function in it.
func containsOver(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Query:
			return false
		case *ast.Call:
			found = found || n.Over != nil
		}
		return !found
	})
	return found
}

// over reports whether a grouped select has a window function.
func (q *groupedQuery) over() bool {
	return q.Qualify != nil && containsOver(q.Qualify) || slices.ContainsFunc(q.items, func(it item) bool { return it.expr != nil && containsOver(it.expr) })
}

// over binds a window function.
func (b *binder) over(e *ast.Call, env *env) (expr.Expr, error) {
	name := strings.ToLower(e.Func())
	const hint = "write it in the select list, in ORDER BY or in QUALIFY, or in a derived table"
	switch {
	case env.overs == nil && env.inside != "":
		return expr.Expr{}, b.fail(e, plan.CodeOver, "use a derived table for the inner one", "a window function inside %s", env.inside)
	case env.overs == nil && env.clause != "":
		return expr.Expr{}, b.fail(e, plan.CodeOver, hint, "a window function is not allowed in %s", env.clause)
	case env.overs == nil:
		return expr.Expr{}, b.fail(e, plan.CodeOver, hint, "a window function is not allowed at this place")
	}
	spec, err := b.windowOf(e.Over, env.overs)
	if err != nil {
		return expr.Expr{}, err
	}
	inside := *env
	inside.overs, inside.inside, inside.items = nil, "OVER", nil
	c := overCall{Call: over.Call{Func: name, Arg: -1, Default: -1}}
	werr := b.window(spec, &c, &inside)
	inside.inside = name
	result, err := b.windowCall(e, c, &inside, env.overs)
	return result, errors.Join(werr, err)
}

// windowOf returns what a window is, with what it takes from those that it names.
func (b *binder) windowOf(w *ast.Window, o *overs) (*ast.Window, error) {
	return b.windowFrom(w, o.named)
}

// windowFrom looks for names in windows.
func (b *binder) windowFrom(w *ast.Window, windows []ast.NamedWindow) (*ast.Window, error) {
	if w.Name.Text == "" {
		return w, nil
	}
	i := slices.IndexFunc(windows, func(n ast.NamedWindow) bool { return n.Name.Text == w.Name.Text })
	if i < 0 {
		var names []string
		for _, n := range windows {
			names = append(names, n.Name.Text)
		}
		hint := near.Fix(w.Name.Text, names)
		if len(names) == 0 {
			hint = "write OVER (PARTITION BY ... ORDER BY ...), or WINDOW " + w.Name.Text + " AS (...) behind the FROM"
		}
		return nil, b.fail(w, plan.CodeWindowName, hint, "unknown window %q", w.Name.Text)
	}
	base, err := b.windowFrom(windows[i].Spec, windows[:i])
	if err != nil || w.Bare {
		return base, err
	}
	const hint = "write the whole window"
	switch {
	case len(w.PartitionBy) > 0:
		return nil, b.fail(w, plan.CodeWindowName, hint, "a window that goes on from %q has a PARTITION BY of its own", w.Name.Text)
	case len(w.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, b.fail(w, plan.CodeWindowName, hint, "a window that goes on from %q has an ORDER BY of its own, as that has", w.Name.Text)
	case base.Frame != nil:
		return nil, b.fail(w, plan.CodeWindowName, "write OVER "+w.Name.Text+" without parentheses, or the whole window", "a window goes on from %q, which has a frame", w.Name.Text)
	}
	out := *base
	out.At, out.Frame = w.At, w.Frame
	if len(w.OrderBy) > 0 {
		out.OrderBy = w.OrderBy
	}
	return &out, nil
}

// window binds PARTITION BY, ORDER BY and the frame.
func (b *binder) window(w *ast.Window, c *overCall, env *env) error {
	var errs error
	for _, e := range w.PartitionBy {
		x, err := b.expr(e, env)
		if errs = errors.Join(errs, err); err == nil && x.Op != expr.LiteralOp && !slices.ContainsFunc(c.window.keys, func(k expr.Expr) bool { return expr.Equal(k, x) }) {
			c.window.keys = append(c.window.keys, x)
		}
	}
	for _, o := range w.OrderBy {
		x, err := b.expr(o.Expr, env)
		if errs = errors.Join(errs, err); err == nil && x.Op != expr.LiteralOp {
			s := orderSpec(o, 0)
			c.window.order = append(c.window.order, overOrder{x, s.Desc, s.NullsFirst})
		}
	}
	if errs != nil {
		return errs
	}
	var err error
	c.Frame, err = b.frame(w, &c.window)
	return err
}

// refuse refuses window functions in a subquery whose rows are tied to the query around it: which rows belong to a
// partition would depend on that.
func (o *overs) refuse(b *binder, around *outer) error {
	if around == nil || len(around.lifted) == 0 || len(o.calls) == 0 {
		return nil
	}
	return b.refuse(o.at[0], plan.CodeCorrelated, "a window function in a subquery that reads the query around it", "compute it in a derived table, and compare there")
}

// qualify binds QUALIFY and puts it behind the list, and then what the window functions read.
func (b *binder) qualify(s *ast.Select, items []item, out *selected, env *env) error {
	o := env.overs
	if s.Qualify != nil {
		inside := *env
		inside.items = items
		c, err := b.conditionIn(s.Qualify, &inside, "QUALIFY")
		if err != nil {
			return err
		}
		if len(o.calls) == 0 {
			return b.fail(s.Qualify, plan.CodeOver, "write it in WHERE or HAVING", "QUALIFY in a query without a window function")
		}
		o.qualify = true
		out.exprs = append(out.exprs, c)
	}
	for _, n := range s.Windows {
		if err := b.unused(n, s.Windows, env); err != nil {
			return err
		}
	}
	before := len(out.exprs)
	for i := range o.calls {
		o.calls[i].each(func(e *expr.Expr) { out.exprs = append(out.exprs, *e) })
	}
	o.exprs = len(out.exprs) - before
	return nil
}

// unused binds a named window for its mistakes.
func (b *binder) unused(n ast.NamedWindow, all []ast.NamedWindow, env *env) error {
	i := slices.IndexFunc(all, func(m ast.NamedWindow) bool { return m.Name.Text == n.Name.Text })
	if all[i].Spec != n.Spec {
		return b.fail(n.Name, plan.CodeWindowName, "give one of them another name", "two windows have the name %q", n.Name.Text)
	}
	w, err := b.windowFrom(n.Spec, all[:i])
	if err != nil {
		return err
	}
	inside := *env
	inside.overs, inside.inside, inside.items = nil, "OVER", nil
	return b.window(w, &overCall{}, &inside)
}

// each visits the expressions of a call.
func (c *overCall) each(visit func(e *expr.Expr)) {
	for i := range c.window.keys {
		visit(&c.window.keys[i])
	}
	for i := range c.window.order {
		visit(&c.window.order[i].Expr)
	}
	for i := range c.args {
		visit(&c.args[i])
	}
}

// build makes the nodes: what the calls read, an Over for each window, QUALIFY; and puts the list over them.
func (o *overs) build(out *selected) {
	if len(o.calls) == 0 {
		return
	}
	list := len(out.exprs) - o.exprs
	at := list
	for i := range o.calls {
		o.calls[i].each(func(e *expr.Expr) { *e, at = out.exprs[at], at+1 })
		w := &o.calls[i].window
		w.keys = append(slices.Clone(out.handed), w.keys...) // each combination has partitions of its own
	}
	n := o.compute(out.input)
	results := make([]int, len(o.calls))
	done := make([]bool, len(o.calls))
	for i := range o.calls {
		if !done[i] {
			n = o.node(n, i, results, done)
		}
	}
	final := func(c int) int {
		if c >= firstOver {
			return results[c-firstOver]
		}
		return c
	}
	for i, e := range out.exprs[:list] {
		out.exprs[i] = expr.Remap(e, final)
	}
	if o.qualify {
		list--
		n = plan.Keep(n, expr.Conjuncts(out.exprs[list])...)
	}
	out.input, out.exprs = n, out.exprs[:list]
}

// compute puts columns behind those of the input for what the calls read, which are then read as columns.
func (o *overs) compute(in *plan.Node) *plan.Node {
	exprs, fields := plan.Columns(in), slices.Clone(in.Fields)
	for i := range o.calls {
		o.calls[i].each(func(e *expr.Expr) {
			at := slices.IndexFunc(exprs, func(x expr.Expr) bool { return expr.Equal(x, *e) })
			if at < 0 {
				at = len(exprs)
				exprs = append(exprs, *e)
				fields = append(fields, plan.Field{Name: expr.Format(*e, plan.Names(in)), Type: e.Type, Nullable: e.Nullable, Hidden: true})
			}
			*e = expr.Column(at, e.Type, e.Nullable)
		})
	}
	if len(exprs) == len(in.Fields) {
		return in
	}
	return plan.Compute(in, exprs, fields)
}

// node returns an Over of all calls that have the window of call i.
func (o *overs) node(in *plan.Node, i int, results []int, done []bool) *plan.Node {
	w := &o.calls[i].window
	spec := &plan.OverSpec{Output: plan.UpTo(len(in.Fields))}
	out := &plan.Node{Kind: plan.Over, Inputs: []*plan.Node{in}, Over: spec, Fields: slices.Clone(in.Fields), Rows: in.Rows, Clause: o.at[i].Span()}
	for _, k := range w.keys {
		spec.Keys = append(spec.Keys, k.Column)
	}
	for _, x := range w.order {
		spec.Order = append(spec.Order, plan.OrderSpec{Column: x.Column, Desc: x.desc, NullsFirst: x.nullsFirst})
	}
	for j := i; j < len(o.calls); j++ {
		c := &o.calls[j]
		if done[j] || !c.window.equal(w) {
			continue
		}
		done[j], results[j] = true, len(out.Fields)
		spec.Calls = append(spec.Calls, c.Remapped(func(arg int) int { return c.args[arg].Column }))
		out.Fields = append(out.Fields, plan.Field{Name: c.Func, Type: c.Type, Nullable: c.nullable, Hidden: true})
	}
	return out
}

// distinctOn reports whether a query is SELECT DISTINCT ON.
func distinctOn(q *ast.Query) bool {
	s, ok := q.Body.(*ast.Select)
	return ok && s.DistinctOn != nil
}

// distinctOn binds SELECT DISTINCT ON: the first row, by the order, of those that agree on some expressions. It returns the
// order, too, over columns of which the last are hidden.
func (b *binder) distinctOn(s *ast.Select, order []ast.Order, with *ctes) (*plan.Node, []plan.OrderSpec, error) {
	var more []ast.Expr
	for _, o := range order {
		more = append(more, o.Expr)
	}
	more = append(more, s.DistinctOn...)
	out, err := b.selected(s, with, nil, more...)
	if err != nil {
		return nil, nil, err
	}
	width := len(out.exprs) - len(more)
	l, spec := out.upTo(width), &plan.TopSpec{Limit: 1}
	for i, o := range order {
		spec.Order = append(spec.Order, orderSpec(o, l.hidden(out.exprs[width+i], o.Expr)))
	}
	for i, e := range s.DistinctOn {
		if x := out.exprs[width+len(order)+i]; x.Op != expr.LiteralOp {
			spec.Keys = append(spec.Keys, l.hidden(x, e))
		}
	}
	slices.Sort(spec.Keys)
	spec.Keys = slices.Compact(spec.Keys)
	handed := len(l.exprs)
	l.exprs, l.fields = out.handOn(l.exprs, l.fields)
	spec.Keys = append(spec.Keys, plan.Span(handed, len(l.exprs))...)
	in, err := typed(plan.Compute(out.input, l.exprs, l.fields), nil)
	if err != nil {
		return nil, nil, err
	}
	n := &plan.Node{Kind: plan.Top, Fields: in.Fields, Inputs: []*plan.Node{in}, Top: spec, Rows: -1, Clause: place(word(s))}
	if order == nil && handed > width {
		shown := append(plan.UpTo(width), plan.Span(handed, len(l.exprs))...)
		return plan.Compute(n, plan.Pick(plan.Columns(n), shown), plan.Pick(n.Fields, shown)), nil, nil
	}
	return n, spec.Order, nil
}
