package bind

import (
	"errors"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// from binds a FROM list: its items joined without a condition; WHERE may give one. Beside an error the node, nil if
// there is none, has the columns of the items that are right.
func (b *binder) from(items []ast.From, with *ctes) (*plan.Node, error) {
	if len(items) == 0 {
		return oneRow(), nil
	}
	var all *plan.Node
	var errs error
	for _, item := range items {
		if d := lateral(item); d != nil && all != nil {
			n, err := b.lateralJoin(plan.Inner, all, d, with, func(*scope) (expr.Expr, error) { return expr.Bool(true), nil })
			if err != nil {
				return nil, errors.Join(errs, err)
			}
			all = n
			continue
		}
		n, err := b.factor(item, with)
		if errs = errors.Join(errs, err); n != nil && n.At.End == 0 {
			n.At = item.Span()
		}
		all = b.together(all, n)
	}
	return all, errs
}

func (b *binder) factor(item ast.From, with *ctes) (*plan.Node, error) {
	switch item := item.(type) {
	case *ast.Table:
		return b.table(item, with)
	case *ast.Derived:
		n, err := b.tiedQuery(item.Query, with, b.reach)
		if err != nil {
			return nil, err
		}
		return b.alias(n, item.Alias.Name.Text, item.Alias)
	case *ast.Join:
		return b.join(item, with)
	case *ast.TableFunc:
		return b.tableFunc(item, with)
	}
	return nil, b.unsupported(item, "this form of FROM", "")
}

func (b *binder) table(t *ast.Table, with *ctes) (*plan.Node, error) {
	if t.AsOf != nil {
		return nil, b.unsupported(t, "FOR SYSTEM_TIME AS OF", "")
	}
	name := t.Name.Last().Text
	label := name
	if t.Alias.Name.Text != "" {
		label = t.Alias.Name.Text
	}
	if len(t.Name.Parts) == 1 {
		if n, ok := with.find(name); ok {
			switch {
			case n == nil:
				return nil, plan.ErrBind{}
			case b.tied[n] != nil && b.tied[n] != b.reach:
				return nil, b.refuse(t, plan.CodeCorrelated, "a query of WITH that reads the query around, at this place,", "write it as a derived table here")
			}
			return b.alias(n, label, t.Alias)
		}
		if s, ok := b.named[name]; ok {
			n, err := b.bindNamed(s)
			if err != nil {
				return nil, err
			}
			return b.alias(n, label, t.Alias)
		}
	}
	table, ok := b.catalog.Table(name)
	if !ok && slices.Contains(b.options.Broken, name) {
		return nil, plan.ErrBind{}
	}
	if !ok {
		names := b.catalog.Names()
		for s := range b.named {
			names = append(names, s)
		}
		slices.Sort(names)
		for c := with; c != nil; c = c.next {
			names = append(names, c.name)
		}
		return nil, b.fail(t.Name, plan.CodeTable, near.Fix(name, names), "unknown table %q", name)
	}
	n := &plan.Node{Kind: plan.Scan, Scan: &plan.ScanSpec{Table: name, Columns: plan.UpTo(len(table.Schema.Fields))}, Rows: table.Rows}
	for i, f := range table.Schema.Fields {
		field := plan.Field{Table: label, Name: f.Name, Type: f.Type, Nullable: f.Nullable}
		if r, ok := table.Ranges[i]; ok {
			field.Range = &r
		}
		n.Fields = append(n.Fields, field)
	}
	if len(t.Alias.Columns) > 0 {
		return b.alias(n, label, t.Alias)
	}
	return n, nil
}

// alias returns the rows of n with their columns qualified by label.
func (b *binder) alias(n *plan.Node, label string, a ast.Alias) (*plan.Node, error) {
	return b.renamed(n, func(own *plan.Node) (*plan.Node, error) { return b.aliased(own, label, a) })
}

func (b *binder) aliased(n *plan.Node, label string, a ast.Alias) (*plan.Node, error) {
	fields := slices.Clone(n.Fields)
	if len(a.Columns) > 0 {
		if len(a.Columns) > len(fields) {
			return nil, b.fail(a, plan.CodeShape, "write as many names as there are columns", "%s for %s", plan.Count(len(a.Columns), "name"), plan.Count(len(fields), "column"))
		}
		for i, c := range a.Columns {
			fields[i].Name = c.Text
		}
	}
	for i := range fields {
		fields[i].Table, fields[i].Hidden = label, false
	}
	return plan.Reference(n, fields), nil
}

var joinKinds = map[ast.JoinKind]plan.JoinKind{
	ast.Inner: plan.Inner, ast.Left: plan.Left, ast.Right: plan.Right, ast.Full: plan.Full, ast.Semi: plan.Semi, ast.Anti: plan.Anti,
}

func (b *binder) join(j *ast.Join, with *ctes) (*plan.Node, error) {
	left, lerr := b.factor(j.Left, with)
	if d := lateral(j.Right); d != nil && lerr == nil {
		return b.joinLateral(j, left, d, with)
	}
	right, rerr := b.factor(j.Right, with)
	if err := errors.Join(lerr, rerr); err != nil {
		known := b.together(left, right)
		if known != nil && j.On != nil {
			_, _ = b.condition(j.On, &scope{fields: known.Fields, partial: plan.Incomplete(err)}, "ON")
		}
		return known, err
	}
	kind, ok := joinKinds[j.Kind]
	switch {
	case j.Kind == ast.Cross:
		p := b.paired(plan.Inner, left, right, false)
		n := plan.Product(left, right)
		if p.same != nil {
			n = plan.Link(plan.Inner, left, right, p.same)
		}
		n.Join.Cross, n.Clause = true, joined(j)
		return b.settled(p, n), nil
	case !ok:
		return nil, b.unsupported(j.Right, j.Kind.String()+" JOIN", "")
	case j.Natural || len(j.Using) > 0:
		p := b.paired(kind, left, right, false)
		n, err := b.using(j, p)
		if err != nil {
			return nil, err
		}
		return b.settled(p, n), nil
	}
	if j.On != nil && hasQuery(j.On) && b.tied[left] == nil && b.tied[right] == nil {
		return b.joinQueries(j, left, right, with)
	}
	return b.joinOn(j, kind, left, right)
}

// joined returns the place of what a join adds.
func joined(j *ast.Join) ast.Span { return j.Right.Span().To(j.Span()) }

// joinOn joins two items on the condition of j, and on conditions that are columns of the sides.
func (b *binder) joinOn(j *ast.Join, kind plan.JoinKind, left, right *plan.Node, columns ...[]int) (*plan.Node, error) {
	p, on, err := b.on(j, kind, left, right)
	if err != nil {
		return plan.Product(left, right), plan.ErrOn{}
	}
	parts, err := b.clocked(plan.Conditions(on))
	if err != nil {
		return nil, err
	}
	for side, cs := range columns {
		for _, c := range cs {
			parts = append(parts, expr.Remap(plan.Column([]*plan.Node{left, right}[side], c), func(c int) int { return c + side*len(p.left.Fields) }))
		}
	}
	parts, below, above, err := b.clockedJoin(parts, kind, [2]*plan.Node{p.left, p.right})
	if err != nil {
		return nil, err
	}
	n := b.connect(j, kind, below[0], below[1], p.within(parts))
	n.Clause = joined(j)
	if len(above) > 0 {
		n = plan.Keep(n, above...)
	}
	return b.settled(p, n), nil
}

// on binds the condition of a join, which may read the query around a dependent subquery, too.
func (b *binder) on(j *ast.Join, kind plan.JoinKind, left, right *plan.Node) (p *pair, on expr.Expr, err error) {
	noted := len(b.problems)
	bind := func(outside bool) error {
		p = b.paired(kind, left, right, outside)
		fields := append(slices.Clone(p.left.Fields), p.right.Fields...)
		s := &scope{fields: fields}
		if outside {
			s.aside = b.aside(p)
		}
		on, err = b.condition(j.On, s, "ON")
		return err
	}
	if err = bind(false); err != nil && b.reach != nil && b.correlatedSince(noted) {
		b.problems = b.problems[:noted]
		err = bind(true)
	}
	return p, on, err
}

// connect joins two nodes on conditions over the columns of both. An ON without an equality is meant so: a WHERE
// around an inner join may still bring one.
func (b *binder) connect(at ast.Node, kind plan.JoinKind, left, right *plan.Node, on []expr.Expr) *plan.Node {
	n := plan.Link(kind, left, right, on)
	if len(n.Join.Left) == 0 {
		n.Join.Cross = true
		if kind != plan.Inner {
			b.warnPairs(at, "the %s JOIN has no condition left.x = right.y", kind)
		}
	}
	return n
}

// warnPairs warns of a join that compares all pairs of rows.
func (b *binder) warnPairs(at ast.Node, format string, args ...any) {
	b.warn(at, plan.WarnPairs, "add an equality between a column of each side", format+": every row of one side is compared with every row of the other", args...)
}

// using binds USING (columns) and NATURAL: the named columns are equal and come out once, first, as named.
func (b *binder) using(j *ast.Join, p *pair) (*plan.Node, error) {
	kind, left, right, names := p.kind, p.left, p.right, j.Using
	if j.Natural {
		for _, f := range left.Fields {
			if !f.Hidden && slices.ContainsFunc(right.Fields, func(g plan.Field) bool { return g.Name == f.Name && !g.Hidden }) {
				names = append(names, ast.Ident{At: j.At, Text: f.Name})
			}
		}
	}
	width := len(left.Fields)
	var on []expr.Expr
	merged := map[int]int{} // right column -> left column
	var first []int
	for _, name := range names {
		l, lerr := b.resolve(&scope{fields: left.Fields}, &ast.Name{At: name.At, Parts: []ast.Ident{name}})
		r, rerr := b.resolve(&scope{fields: right.Fields}, &ast.Name{At: name.At, Parts: []ast.Ident{name}})
		if err := errors.Join(lerr, rerr); err != nil {
			return nil, err
		}
		y := plan.Column(right, r)
		eq, err := expr.Call("=", plan.Column(left, l), expr.Remap(y, func(c int) int { return c + width }))
		if err != nil {
			return nil, b.fail(name, plan.CodeType, "", "USING (%s): %v", name.Text, err)
		}
		on = append(on, eq)
		merged[r+width] = l
		if !slices.Contains(first, l) {
			first = append(first, l)
		}
	}
	n := b.connect(j, kind, left, right, p.within(on))
	n.Clause = joined(j)
	if kind == plan.Semi || kind == plan.Anti {
		return n, nil
	}
	return mergeColumns(n, merged, first)
}

// mergeColumns hides the right one of each pair of merged columns; where the left one may be padded with nulls
// the merged column is whichever is not null, and the left one is found by its qualifier only. The merged columns come
// first, in their order.
func mergeColumns(n *plan.Node, merged map[int]int, first []int) (*plan.Node, error) {
	exprs, fields := plan.Columns(n), slices.Clone(n.Fields)
	for r := range n.Fields {
		l, ok := merged[r]
		if !ok {
			continue
		}
		if n.Join.Kind == plan.Right || n.Join.Kind == plan.Full {
			both, err := expr.Call("COALESCE", plan.Column(n, l), plan.Column(n, r))
			if err != nil {
				return nil, err
			}
			own := fields[l]
			own.Hidden = true
			exprs, fields = append(exprs, plan.Column(n, l)), append(fields, own)
			exprs[l], fields[l] = both, plan.Field{Name: own.Name, Type: both.Type, Nullable: both.Nullable}
		}
		fields[r].Hidden = true
	}
	var ordered []expr.Expr
	var named []plan.Field
	for i, c := range append(first, plan.UpTo(len(fields))...) {
		if i < len(first) || !slices.Contains(first, c) {
			ordered, named = append(ordered, exprs[c]), append(named, fields[c])
		}
	}
	return plan.Compute(n, ordered, named), nil
}
