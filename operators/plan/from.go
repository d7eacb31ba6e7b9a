package plan

import (
	"errors"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/sql/ast"
	"github.com/millrace-dev/millrace/sdk/batch/near"
)

// from binds a FROM list: its items joined without a condition; WHERE may give one. Beside an error the node, nil if
// there is none, has the columns of the items that are right.
func (b *binder) from(items []ast.From, with *ctes) (*Node, error) {
	if len(items) == 0 {
		return oneRow(), nil
	}
	var all *Node
	var errs error
	for _, item := range items {
		if d := lateral(item); d != nil && all != nil {
			n, err := b.lateralJoin(Inner, all, d, with, func([]Field) (expr.Expr, error) { return expr.Bool(true), nil })
			if err != nil {
				return nil, errors.Join(errs, err)
			}
			all = n
			continue
		}
		n, err := b.factor(item, with)
		if errs = errors.Join(errs, err); n != nil && n.at.End == 0 {
			n.at = item.Span()
		}
		all = beside(all, n)
	}
	return all, errs
}

// beside returns the product of two nodes, of which one or both may be missing.
func beside(left, right *Node) *Node {
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	}
	return product(left, right)
}

// product returns all pairs of rows of two nodes, as an inner join without keys. The rules have to find
// keys for it.
func product(left, right *Node) *Node {
	fields := append(slices.Clone(left.Fields), right.Fields...)
	return &Node{
		Kind: Join, Fields: fields, Inputs: []*Node{left, right}, Rows: -1,
		Join: &JoinSpec{Kind: Inner, Output: upTo(len(fields))},
	}
}

func (b *binder) factor(item ast.From, with *ctes) (*Node, error) {
	switch item := item.(type) {
	case *ast.Table:
		return b.table(item, with)
	case *ast.Derived:
		n, err := b.query(item.Query, with)
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

func (b *binder) table(t *ast.Table, with *ctes) (*Node, error) {
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
			if n == nil {
				return nil, errBind{}
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
		return nil, errBind{}
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
		return nil, b.fail(t.Name, codeTable, near.Fix(name, names), "unknown table %q", name)
	}
	n := &Node{Kind: Scan, Scan: &ScanSpec{Table: name, Columns: upTo(len(table.Schema.Fields))}, Rows: table.Rows}
	for i, f := range table.Schema.Fields {
		field := Field{Table: label, Name: f.Name, Type: f.Type, Nullable: f.Nullable}
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
func (b *binder) alias(n *Node, label string, a ast.Alias) (*Node, error) {
	fields := slices.Clone(n.Fields)
	if len(a.Columns) > 0 {
		if len(a.Columns) > len(fields) {
			return nil, b.fail(a, codeShape, "write as many names as there are columns", "%s for %s", count(len(a.Columns), "name"), count(len(fields), "column"))
		}
		for i, c := range a.Columns {
			fields[i].Name = c.Text
		}
	}
	for i := range fields {
		fields[i].Table, fields[i].Hidden = label, false
	}
	return reference(n, fields), nil
}

var joinKinds = map[ast.JoinKind]JoinKind{
	ast.Inner: Inner, ast.Left: Left, ast.Right: Right, ast.Full: Full, ast.Semi: Semi, ast.Anti: Anti,
}

func (b *binder) join(j *ast.Join, with *ctes) (*Node, error) {
	left, lerr := b.factor(j.Left, with)
	if d := lateral(j.Right); d != nil && lerr == nil {
		return b.joinLateral(j, left, d, with)
	}
	right, rerr := b.factor(j.Right, with)
	if err := errors.Join(lerr, rerr); err != nil {
		known := beside(left, right)
		if known != nil && j.On != nil {
			_, _ = b.condition(j.On, &scope{fields: known.Fields, partial: incomplete(err)}, "ON")
		}
		return known, err
	}
	if j.Kind == ast.Cross {
		n := product(left, right)
		n.Join.Cross = true
		return n, nil
	}
	kind, ok := joinKinds[j.Kind]
	if !ok {
		return nil, b.unsupported(j.Right, j.Kind.String()+" JOIN", "")
	}
	if j.Natural || len(j.Using) > 0 {
		return b.using(j, kind, left, right)
	}
	both := product(left, right)
	on, err := b.condition(j.On, &scope{fields: both.Fields}, "ON")
	if err != nil {
		return both, errOn{}
	}
	parts, err := b.clocked(conditions(on))
	if err != nil {
		return nil, err
	}
	parts, below, above, err := b.clockedJoin(parts, kind, [2]*Node{left, right})
	if err != nil {
		return nil, err
	}
	n := b.connect(j, kind, below[0], below[1], parts)
	if len(above) > 0 {
		n = keep(n, above...)
	}
	return n, nil
}

// connect joins two nodes on conditions over the columns of both. An ON without an equality is meant so: a WHERE
// around an inner join may still bring one.
func (b *binder) connect(at ast.Node, kind JoinKind, left, right *Node, on []expr.Expr) *Node {
	n := link(kind, left, right, on)
	if len(n.Join.Left) == 0 {
		n.Join.Cross = true
		if kind != Inner {
			b.warnPairs(at, "the %s JOIN has no condition left.x = right.y", kind)
		}
	}
	return n
}

// warnPairs warns of a join that compares all pairs of rows.
func (b *binder) warnPairs(at ast.Node, format string, args ...any) {
	b.warn(at, warnPairs, "add an equality between a column of each side", format+": every row of one side is compared with every row of the other", args...)
}

// link builds the join of two nodes: equalities between the sides become keys, computed below where they are
// not columns; the other conditions become the residual.
func link(kind JoinKind, left, right *Node, on []expr.Expr) *Node {
	width := len(left.Fields)
	l, r := columns(left), columns(right)
	lf, rf := slices.Clone(left.Fields), slices.Clone(right.Fields)
	spec := &JoinSpec{Kind: kind}
	keyOf := equality
	if !slices.ContainsFunc(on, func(c expr.Expr) bool { _, _, ok := equality(c, width); return ok }) {
		keyOf, spec.Nulls = sameness, true // keys are all of one sort
	}
	var rest []expr.Expr
	for _, c := range on {
		x, y, ok := keyOf(c, width)
		if !ok {
			rest = append(rest, c)
			continue
		}
		spec.Left = append(spec.Left, place(&l, &lf, x))
		spec.Right = append(spec.Right, place(&r, &rf, expr.Remap(y, func(c int) int { return c - width })))
	}
	rightWidth := len(right.Fields)
	if len(l) > width {
		left = compute(left, l, lf)
	}
	if len(r) > rightWidth {
		right = compute(right, r, rf)
	}
	shift := func(c int) int {
		if c >= width {
			return c - width + len(lf)
		}
		return c
	}
	for _, c := range rest {
		spec.Residual = append(spec.Residual, expr.Remap(c, shift))
	}
	spec.Nulls = spec.Nulls && len(spec.Left) > 0
	n := &Node{Kind: Join, Inputs: []*Node{left, right}, Join: spec, Rows: -1}
	spec.Output = upTo(width)
	if kind != Semi && kind != Anti {
		spec.Output = append(spec.Output, span(len(lf), len(lf)+rightWidth)...)
	}
	n.Fields = joined(n)
	return n
}

// joined returns the fields of a join by its output list: those that an outer join pads may be null.
func joined(n *Node) []Field {
	left, right, kind := n.Inputs[0].Fields, n.Inputs[1].Fields, n.Join.Kind
	fields := make([]Field, len(n.Join.Output))
	for i, c := range n.Join.Output {
		if c < len(left) {
			fields[i] = left[c]
			fields[i].Nullable = fields[i].Nullable || kind == Right || kind == Full
		} else {
			fields[i] = right[c-len(left)]
			fields[i].Nullable = fields[i].Nullable || kind == Left || kind == Full
		}
	}
	return fields
}

// equality takes a condition over two inputs, the first of the given width, apart into expressions over
// the first and over the second that have to be equal.
func equality(c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	return between("=", c, width)
}

// sameness is equality for which nulls are equal.
func sameness(c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	return between("is not distinct from", c, width)
}

func between(op string, c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	if !c.IsCall(op) {
		return expr.Expr{}, expr.Expr{}, false
	}
	x, y := c.Args[0], c.Args[1]
	switch sx, sy := side(x, width), side(y, width); {
	case sx < 0 && sy > 0:
		return x, y, true
	case sx > 0 && sy < 0:
		return y, x, true
	}
	return expr.Expr{}, expr.Expr{}, false
}

// side returns -1 if an expression reads only columns below width, 1 if only others, and 0 for both or none.
func side(e expr.Expr, width int) int {
	low, high := false, false
	for _, c := range expr.Columns(e) {
		low, high = low || c < width, high || c >= width
	}
	switch {
	case low && !high:
		return -1
	case high && !low:
		return 1
	}
	return 0
}

// place returns the column at which an expression is found, adding it to the computed ones if it is new.
func place(exprs *[]expr.Expr, fields *[]Field, e expr.Expr) int {
	for i, have := range *exprs {
		if expr.Equal(have, e) {
			return i
		}
	}
	known := make([]string, len(*fields))
	for i, f := range *fields {
		known[i] = f.Name
	}
	*exprs = append(*exprs, e)
	*fields = append(*fields, Field{Name: expr.Format(e, known), Type: e.Type, Nullable: e.Nullable, Hidden: true})
	return len(*exprs) - 1
}

// using binds USING (columns) and NATURAL: the named columns are equal and come out once, first.
func (b *binder) using(j *ast.Join, kind JoinKind, left, right *Node) (*Node, error) {
	names := j.Using
	if j.Natural {
		for _, f := range left.Fields {
			if !f.Hidden && slices.ContainsFunc(right.Fields, func(g Field) bool { return g.Name == f.Name && !g.Hidden }) {
				names = append(names, ast.Ident{At: j.At, Text: f.Name})
			}
		}
	}
	width := len(left.Fields)
	var on []expr.Expr
	merged := map[int]int{} // right column -> left column
	for _, name := range names {
		l, lerr := b.resolve(&scope{fields: left.Fields}, &ast.Name{At: name.At, Parts: []ast.Ident{name}})
		r, rerr := b.resolve(&scope{fields: right.Fields}, &ast.Name{At: name.At, Parts: []ast.Ident{name}})
		if err := errors.Join(lerr, rerr); err != nil {
			return nil, err
		}
		y := column(right, r)
		eq, err := expr.Call("=", column(left, l), expr.Remap(y, func(c int) int { return c + width }))
		if err != nil {
			return nil, b.fail(name, codeType, "", "USING (%s): %v", name.Text, err)
		}
		on = append(on, eq)
		merged[r+width] = l
	}
	n := b.connect(j, kind, left, right, on)
	if kind == Semi || kind == Anti {
		return n, nil
	}
	return mergeColumns(n, merged)
}

// mergeColumns hides the right one of each pair of merged columns; where the left one may be padded with nulls
// the merged column is whichever is not null, and the left one is found by its qualifier only.
func mergeColumns(n *Node, merged map[int]int) (*Node, error) {
	exprs, fields := columns(n), slices.Clone(n.Fields)
	for r := range n.Fields {
		l, ok := merged[r]
		if !ok {
			continue
		}
		if n.Join.Kind == Right || n.Join.Kind == Full {
			both, err := expr.Call("COALESCE", column(n, l), column(n, r))
			if err != nil {
				return nil, err
			}
			own := fields[l]
			own.Hidden = true
			exprs, fields = append(exprs, column(n, l)), append(fields, own)
			exprs[l], fields[l] = both, Field{Name: own.Name, Type: both.Type, Nullable: both.Nullable}
		}
		fields[r].Hidden = true
	}
	return compute(n, exprs, fields), nil
}
