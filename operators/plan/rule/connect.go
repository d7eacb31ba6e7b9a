package rule

import (
	"math/bits"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// connect makes keys of equalities that may fail, as in a.x = b.y + 1, where nothing else connects two relations: each side
// is then computed for the rows of its relation that the other conditions on it leave, as it is for ON.
func (g *joinGroup) connect() {
	if g.crosses > 0 {
		return
	}
	part := make([]int, len(g.relations))
	for i := range part {
		part[i] = i
	}
	join := func(members uint64) {
		first := part[bits.TrailingZeros64(members)]
		for i, p := range part {
			if members&(1<<i) == 0 {
				continue
			}
			for j := range part {
				if part[j] == p {
					part[j] = first
				}
			}
		}
	}
	for _, c := range g.conditions {
		if x, y, ok := g.sides(c); ok && !expr.Fallible(c) {
			join(x | y)
		}
	}
	for i, c := range g.conditions {
		x, y, ok := g.sides(c)
		if !ok || !expr.Fallible(c) || x&(x-1) != 0 || y&(y-1) != 0 || part[bits.TrailingZeros64(x)] == part[bits.TrailingZeros64(y)] {
			continue
		}
		eq, err := expr.Call("=", g.computed(c.Args[0]), g.computed(c.Args[1]))
		if err != nil {
			panic("plan: columns of an equality: " + err.Error())
		}
		g.conditions[i] = eq
		join(x | y)
	}
}

// sides returns the relations that the two sides of an equality read, if they are different ones.
func (g *joinGroup) sides(c expr.Expr) (x, y uint64, ok bool) {
	if !c.IsCall("=") {
		return 0, 0, false
	}
	x, y = g.members(c.Args[0]), g.members(c.Args[1])
	return x, y, x != 0 && y != 0 && x&y == 0
}

// computed returns the column that an expression over one relation is, which is added to it if it is none.
func (g *joinGroup) computed(e expr.Expr) expr.Expr {
	if _, ok := e.IsColumn(); ok {
		return e
	}
	owner, n := g.owner[expr.Columns(e)[0]], len(g.fields)
	t := g.relations[owner]
	start := t.columns[0]
	t.computed = append(t.computed, expr.Remap(e, func(c int) int { return c - start }))
	t.columns, g.owner = append(t.columns, n), append(g.owner, owner)
	g.fields = append(g.fields, plan.Field{Name: "key", Type: e.Type, Nullable: e.Nullable, Hidden: true})
	return expr.Column(n, e.Type, e.Nullable)
}

// compute adds the computed columns to a relation.
func (t *tree) compute() {
	if t.computed == nil {
		return
	}
	exprs, fields := plan.Columns(t.node), slices.Clip(t.node.Fields)
	for _, e := range t.computed {
		exprs, fields = append(exprs, e), append(fields, plan.Field{Name: expr.Format(e, plan.Names(t.node)), Type: e.Type, Nullable: e.Nullable, Hidden: true})
	}
	t.node, t.computed = plan.Compute(t.node, exprs, fields), nil
}

// derived reports whether a condition reads a computed column.
func (g *joinGroup) derived(c expr.Expr) bool {
	for _, col := range expr.Columns(c) {
		t := g.relations[g.owner[col]]
		if col >= t.columns[0]+len(t.node.Fields) {
			return true
		}
	}
	return false
}
