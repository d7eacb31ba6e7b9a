package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/sql/ast"
)

// A derived table, or a query of WITH, in a dependent subquery may read the query around that subquery, too. It is then
// dependent itself: an item of the FROM that is tied, which means that it has its rows for each combination and hands the
// combination on behind its own columns. Items are joined within a combination:
//
//	(x join y)(d) = x(d) join y(d)
//
// An item that is not tied is the same for every combination. Where an outer join would keep a row of it in some
// combinations and not in others, it is tied first, by all pairs of its rows and the combinations.

// tiedQuery binds a query of a FROM or of WITH: for each combination of d if it cannot be bound else.
func (b *binder) tiedQuery(q *ast.Query, with *ctes, d *dependent) (*plan.Node, error) {
	noted := len(b.problems)
	end := b.independent()
	n, err := b.query(q, with)
	end()
	if err == nil || d == nil || !b.correlatedSince(noted) {
		return n, err
	}
	b.problems = b.problems[:noted]
	end = b.independent()
	b.dependent = d
	n, err = b.query(q, with)
	end()
	if err == nil {
		b.tied[n] = d
	}
	return n, err
}

// correlatedSince reports whether a column of the query around was missed since a number of problems was noted.
func (b *binder) correlatedSince(noted int) bool {
	return slices.ContainsFunc(b.problems[noted:], func(p *plan.Problem) bool { return p.Code == plan.CodeCorrelated })
}

// own returns how many columns of an item come before those that it hands on.
func (b *binder) own(n *plan.Node) int {
	if d := b.tied[n]; d != nil {
		return len(n.Fields) - len(d.at)
	}
	return len(n.Fields)
}

// renamed gives the own columns of an item other names.
func (b *binder) renamed(n *plan.Node, rename func(own *plan.Node) (*plan.Node, error)) (*plan.Node, error) {
	if b.tied[n] == nil {
		return rename(n)
	}
	own := b.own(n)
	named, err := rename(&plan.Node{Fields: n.Fields[:own]})
	if err != nil {
		return nil, err
	}
	return b.like(n, plan.Reference(n, append(slices.Clone(named.Fields), n.Fields[own:]...))), nil
}

// like returns out, which hands on what n does behind its own columns.
func (b *binder) like(n, out *plan.Node) *plan.Node {
	if d := b.tied[n]; d != nil {
		b.tied[out] = d
	}
	return out
}

// tie ties an item to the combinations, unless it is.
func (b *binder) tie(n *plan.Node) *plan.Node {
	if b.tied[n] != nil {
		return n
	}
	out := allPairs(n, b.reach.node)
	b.tied[out] = b.reach
	return out
}

// scopeOf returns what names mean over the columns of a FROM.
func (b *binder) scopeOf(n *plan.Node) *scope {
	own := b.own(n)
	s := &scope{fields: n.Fields[:own]}
	if d := b.tied[n]; d != nil {
		s.aside = &aside{d, own}
	}
	return s
}

// pair is two items of a FROM that are to be joined.
type pair struct {
	kind        plan.JoinKind
	left, right *plan.Node
	tied        [2]bool
	k           int         // how many columns a tied item hands on
	same        []expr.Expr // that both are of one combination, over the columns of both
}

// paired ties the sides of a join as far as its kind needs it. on says that its condition reads the query around.
func (b *binder) paired(kind plan.JoinKind, left, right *plan.Node, on bool) *pair {
	l, r := b.tied[left] != nil, b.tied[right] != nil
	if on && kind == plan.Right {
		right, r = b.tie(right), true
	} else if on {
		left, l = b.tie(left), true
	}
	if r && kind != plan.Inner && kind != plan.Right {
		left, l = b.tie(left), true
	}
	if l && (kind == plan.Right || kind == plan.Full) {
		right, r = b.tie(right), true
	}
	p := &pair{kind: kind, left: left, right: right, tied: [2]bool{l, r}}
	if l || r {
		p.k = len(b.reach.at)
	}
	if l && r {
		width, x, y := len(left.Fields), b.own(left), b.own(right)
		for i := range p.k {
			other := expr.Remap(plan.Column(right, y+i), func(c int) int { return c + width })
			p.same = append(p.same, mustCall("is not distinct from", plan.Column(left, x+i), other))
		}
	}
	return p
}

// aside returns where the columns of the combinations are found beside the conditions of a join.
func (b *binder) aside(p *pair) *aside {
	switch {
	case p.tied[0]:
		return &aside{b.reach, b.own(p.left)}
	case p.tied[1]:
		return &aside{b.reach, len(p.left.Fields) + b.own(p.right)}
	}
	return nil
}

// settled puts what a join of two items hands on behind the other columns of its result, of which the first are those of
// the items.
func (b *binder) settled(p *pair, n *plan.Node) *plan.Node {
	if p.k == 0 && !p.tied[0] && !p.tied[1] {
		return n
	}
	var gone []int
	at := [2]int{len(p.left.Fields) - p.k, len(p.left.Fields) + len(p.right.Fields) - p.k}
	sides := [2][]expr.Expr{}
	for side, tied := range p.tied {
		if !tied || side == 1 && (p.kind == plan.Semi || p.kind == plan.Anti) {
			continue
		}
		for c := at[side]; c < at[side]+p.k; c++ {
			gone = append(gone, c)
			sides[side] = append(sides[side], plan.Column(n, c))
		}
	}
	handed := sides[0]
	switch {
	case sides[0] == nil, sides[1] != nil && p.kind == plan.Right:
		handed = sides[1]
	case p.kind == plan.Full:
		handed = nil
		for i, x := range sides[0] {
			handed = append(handed, mustCall("coalesce", x, sides[1][i]))
		}
	}
	var exprs []expr.Expr
	var fields []plan.Field
	for c, f := range n.Fields {
		if !slices.Contains(gone, c) {
			exprs, fields = append(exprs, plan.Column(n, c)), append(fields, f)
		}
	}
	for _, e := range handed {
		exprs, fields = append(exprs, e), append(fields, plan.Field{Type: e.Type, Nullable: e.Nullable, Hidden: true})
	}
	out := plan.Compute(n, exprs, fields)
	out.At = n.At
	b.tied[out] = b.reach
	return out
}

// within adds to the condition of a join that its rows are of one combination. Keys of a join are all of one sort, so its
// equalities become samenesses of what is not null.
func (p *pair) within(on []expr.Expr) []expr.Expr {
	if p.same == nil {
		return on
	}
	width := len(p.left.Fields)
	out := slices.Clone(p.same)
	for _, c := range on {
		x, y, ok := plan.Equality(c, width)
		if !ok {
			out = append(out, c)
			continue
		}
		out = append(out, mustCall("is not distinct from", x, y))
		if x.Nullable {
			out = append(out, mustCall("is not null", x))
		}
	}
	return out
}

// product returns all pairs of two items.
func (b *binder) product(left, right *plan.Node) *plan.Node {
	p := b.paired(plan.Inner, left, right, false)
	if p.same == nil {
		return b.settled(p, plan.Product(left, right))
	}
	return b.settled(p, plan.Link(plan.Inner, left, right, p.same))
}

// together returns the product of two items, of which one or both may be missing.
func (b *binder) together(left, right *plan.Node) *plan.Node {
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	}
	return b.product(left, right)
}
