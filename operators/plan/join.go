package plan

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
)

// Product returns all pairs of rows of two nodes, as an inner join without keys. The rules have to find
// keys for it.
func Product(left, right *Node) *Node {
	fields := append(slices.Clone(left.Fields), right.Fields...)
	return &Node{
		Kind: Join, Fields: fields, Inputs: []*Node{left, right}, Rows: -1,
		Join: &JoinSpec{Kind: Inner, Output: UpTo(len(fields))},
	}
}

// Link builds the join of two nodes: equalities between the sides become keys, computed below where they are
// not columns; the other conditions become the residual.
func Link(kind JoinKind, left, right *Node, on []expr.Expr) *Node {
	width := len(left.Fields)
	l, r := Columns(left), Columns(right)
	lf, rf := slices.Clone(left.Fields), slices.Clone(right.Fields)
	spec := &JoinSpec{Kind: kind}
	keyOf := Equality
	if !slices.ContainsFunc(on, func(c expr.Expr) bool { _, _, ok := Equality(c, width); return ok }) {
		keyOf, spec.Nulls = Sameness, true // keys are all of one sort
	}
	var rest []expr.Expr
	for _, c := range on {
		x, y, ok := keyOf(c, width)
		if !ok {
			rest = append(rest, c)
			continue
		}
		spec.Left = append(spec.Left, Place(&l, &lf, x))
		spec.Right = append(spec.Right, Place(&r, &rf, expr.Remap(y, func(c int) int { return c - width })))
	}
	rightWidth := len(right.Fields)
	if len(l) > width {
		left = Compute(left, l, lf)
	}
	if len(r) > rightWidth {
		right = Compute(right, r, rf)
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
	spec.Output = UpTo(width)
	if kind != Semi && kind != Anti {
		spec.Output = append(spec.Output, Span(len(lf), len(lf)+rightWidth)...)
	}
	n.Fields = Joined(n)
	return n
}

// Joined returns the fields of a join by its output list: those that an outer join pads may be null.
func Joined(n *Node) []Field {
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

// Equality takes a condition over two inputs, the first of the given width, apart into expressions over
// the first and over the second that have to be equal.
func Equality(c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	return between("=", c, width)
}

// Sameness is equality for which nulls are equal.
func Sameness(c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	return between("is not distinct from", c, width)
}

func between(op string, c expr.Expr, width int) (left, right expr.Expr, ok bool) {
	if !c.IsCall(op) {
		return expr.Expr{}, expr.Expr{}, false
	}
	x, y := c.Args[0], c.Args[1]
	switch sx, sy := Side(x, width), Side(y, width); {
	case sx < 0 && sy > 0:
		return x, y, true
	case sx > 0 && sy < 0:
		return y, x, true
	}
	return expr.Expr{}, expr.Expr{}, false
}

// Side returns -1 if an expression reads only columns below width, 1 if only others, and 0 for both or none.
func Side(e expr.Expr, width int) int {
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

// Place returns the column at which an expression is found, adding it to the computed ones if it is new.
func Place(exprs *[]expr.Expr, fields *[]Field, e expr.Expr) int {
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

// FirstOuter is where the numbers of columns of the query around begin.
const FirstOuter = 1 << 24

// Tie joins two nodes on conditions over the columns of both. Conditions on the right side alone that cannot fail
// are tested below the join. Without an equality all rows meet on one worker.
func Tie(kind JoinKind, left, right *Node, on []expr.Expr) *Node {
	width := len(left.Fields)
	var rest, below []expr.Expr
	for _, c := range on {
		if Side(c, width) > 0 && !expr.Fallible(c) {
			below = append(below, expr.Remap(c, func(c int) int { return c - width }))
		} else {
			rest = append(rest, c)
		}
	}
	if len(below) > 0 {
		right = Keep(right, below...)
	}
	return Link(kind, left, right, rest)
}
