package rule

import (
	"math"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// match estimates the rows of an inner join, and how many there were without filters: the product of both sides over
// the number of different keys. A side of which no two rows have the same key has as many keys as it had rows.
func (r *reorderer) match(g *joinGroup, t *tree, sides [2]*tree, conditions []expr.Expr) {
	a, b := sides[0], sides[1]
	members := a.members | b.members
	keys, share := 1.0, 1.0
	var left, right []int // columns that are equal
	for class, columns := range g.classes.members {
		x, y := g.memberOf(class, a.columns), g.memberOf(class, b.columns)
		if x < 0 || y < 0 {
			continue
		}
		left, right = append(left, slices.Index(a.columns, x)), append(right, slices.Index(b.columns, y))
		keys *= g.domain(columns)
	}
	for _, c := range conditions {
		m := g.members(c)
		if m&^members != 0 || m&a.members == 0 || m&b.members == 0 || g.equates(c) {
			continue
		}
		if !c.IsCall("=") {
			share *= plan.Selectivity(c)
			continue
		}
		most := 1.0
		for _, col := range expr.Columns(c) {
			most = max(most, g.domain([]int{col}))
		}
		keys *= most
	}
	leftOnce, rightOnce := len(left) > 0 && r.keys.Of(a.node).Proves(left), len(right) > 0 && r.keys.Of(b.node).Proves(right)
	switch {
	case leftOnce && rightOnce:
		keys = max(a.base, b.base)
	case leftOnce:
		keys = a.base
	case rightOnce:
		keys = b.base
	case keys > 1:
		keys = min(keys, max(1, min(a.base, b.base)))
	}
	keys = max(keys, 1) // of no rows
	t.rows, t.base = max(a.rows*b.rows*share/keys, 1), max(a.base*b.base*share/keys, 1)
	t.many = a.base > 1.5*keys && b.base > 1.5*keys
}

// domain estimates how many different values columns have that are equal: no more than any relation has rows, or any
// of the columns values between its least and its greatest.
func (g *joinGroup) domain(columns []int) float64 {
	least := math.Inf(1)
	for _, c := range columns {
		least = min(least, plan.Spread(&g.fields[c], g.relations[g.owner[c]].base))
	}
	return max(least, 1)
}

// distinctIn estimates how many different values a column has in a tree.
func (g *joinGroup) distinctIn(t *tree, column int) float64 {
	columns := []int{column}
	if class, ok := g.classes.of[column]; ok {
		columns = g.classes.members[class]
	}
	least := t.rows
	for _, c := range columns {
		relation := g.relations[g.owner[c]]
		if t.members&relation.members != 0 {
			least = min(least, relation.rows)
		} else {
			least = min(least, relation.base)
		}
		least = plan.Spread(&g.fields[c], least)
	}
	return max(least, 1)
}
