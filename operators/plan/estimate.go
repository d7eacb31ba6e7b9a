package plan

import (
	"math"
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// estimate returns about how many rows a node has.
func estimate(n *Node) float64 {
	const unknown = 1000
	if n.Rows > 0 || n.Rows == 0 && n.Kind != Scan {
		return float64(n.Rows)
	}
	switch n.Kind {
	case Scan: // a count of 0 is that of a stream
		return unknown
	case Map:
		rows := estimate(n.Inputs[0])
		shares := newKept(n.Inputs[0].Fields, rows)
		for _, c := range n.Map.Filter {
			shares.add(c)
		}
		return max(rows*shares.all, 1)
	case Join:
		if n.Join.Kind == Semi || n.Join.Kind == Anti {
			return max(estimate(n.Inputs[0])/2, 1)
		}
		return max(estimate(n.Inputs[0]), estimate(n.Inputs[1]))
	case Aggregate:
		if n.Aggregate.Global {
			return 1
		}
		return max(estimate(n.Inputs[0])/3, 1)
	case Top:
		if len(n.Top.Keys) > 0 {
			return max(estimate(n.Inputs[0])/3, 1)
		}
		return min(estimate(n.Inputs[0]), float64(n.Top.Limit))
	case Window:
		return estimate(n.Inputs[0]) * float64(n.Window.windows())
	case Union:
		rows := 0.0
		for _, in := range n.Inputs {
			rows += estimate(in)
		}
		return rows
	}
	return estimate(n.Inputs[0])
}

// selectivityOf is the share of so many rows that a condition is taken to keep. A small table has a row for each value.
func selectivityOf(c expr.Expr, rows float64) float64 {
	if c.IsCall("=") && rows >= 1 && rows <= 100 {
		return 1 / rows
	}
	return selectivity(c)
}

// selectivity is the share of rows that a condition is taken to keep. It is a switch over the functions.
func selectivity(c expr.Expr) float64 {
	switch {
	case c.IsCall("=") && slices.ContainsFunc(c.Args, flag):
		return 0.3
	case c.IsCall("=") || c.IsCall("is null") || c.IsCall("like") || c.IsCall("ilike"):
		return 0.1
	case c.IsCall("in"):
		return min(0.1*float64(len(c.Args)-1), 0.5)
	case c.IsCall("not"):
		return max(1-selectivity(c.Args[0]), 0.1)
	case c.IsCall("<>") || c.IsCall("is not null"):
		return 0.9
	case c.IsCall("and"):
		all := 1.0
		for _, a := range c.Args {
			all *= selectivity(a)
		}
		return all
	case c.IsCall("or"):
		all := 0.0
		for _, a := range c.Args {
			all += selectivity(a)
		}
		return min(all, 0.9)
	}
	return 0.4
}

// flag reports whether an expression is a constant of a type or length that says that there are few others.
func flag(e expr.Expr) bool {
	return e.Op == expr.LiteralOp && (e.Type.Kind == batch.Bool || e.Type.Kind == batch.Utf8 && len(e.Value) == 1)
}

// width estimates the bytes of a row.
func width(n *Node) int {
	bytes := 0
	for _, f := range n.Fields {
		bytes += fieldWidth(f.Type)
	}
	return bytes
}

func fieldWidth(t batch.Type) int {
	if t.Variable() {
		return 24
	}
	return max(t.Width(), 1)
}

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
			share *= selectivity(c)
			continue
		}
		most := 1.0
		for _, col := range expr.Columns(c) {
			most = max(most, g.domain([]int{col}))
		}
		keys *= most
	}
	leftOnce, rightOnce := len(left) > 0 && r.keys.of(a.node).proves(left), len(right) > 0 && r.keys.of(b.node).proves(right)
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
		least = min(least, spread(&g.fields[c], g.relations[g.owner[c]].base))
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
		least = spread(&g.fields[c], least)
	}
	return max(least, 1)
}
