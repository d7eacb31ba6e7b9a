package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// classes are sets of columns of a join group that its conditions make equal.
type classes struct {
	of      map[int]int // column -> class
	members [][]int
}

// classify finds the columns that equalities make equal, across relations.
func (g *joinGroup) classify() {
	c := &classes{of: map[int]int{}}
	for _, e := range g.conditions {
		x, y, ok := equalColumns(e)
		if !ok || x == y {
			continue
		}
		cx, xok := c.of[x]
		cy, yok := c.of[y]
		switch {
		case xok && yok && cx != cy:
			for _, col := range c.members[cy] {
				c.of[col] = cx
			}
			c.members[cx], c.members[cy] = append(c.members[cx], c.members[cy]...), nil
		case xok && !yok:
			c.of[y], c.members[cx] = cx, append(c.members[cx], y)
		case yok && !xok:
			c.of[x], c.members[cy] = cy, append(c.members[cy], x)
		case !xok && !yok:
			c.of[x], c.of[y] = len(c.members), len(c.members)
			c.members = append(c.members, []int{x, y})
		}
	}
	g.classes = c
}

// imply adds conditions on single relations that follow from the others:
//
//	a.x = b.z and a.y = b.z                 ->  a.x = a.y
//	a.x = b.y and a.x = constant            ->  b.y = constant
//	(b.z and a.x = 1) or (b.v and a.x = 2)  ->  a.x = 1 or a.x = 2
func (g *joinGroup) imply() {
	given := g.conditions
	has := func(c expr.Expr) bool {
		return slices.ContainsFunc(g.conditions, func(x expr.Expr) bool { return plan.SameCondition(x, c) })
	}
	add := func(x, y expr.Expr) {
		if eq, err := expr.Call("=", x, y); err == nil && !has(eq) {
			g.conditions = append(g.conditions, eq)
		}
	}
	col := func(c int) expr.Expr { return expr.Column(c, g.fields[c].Type, g.fields[c].Nullable) }
	for _, members := range g.classes.members {
		for i, x := range members {
			for _, y := range members[i+1:] {
				if g.owner[x] == g.owner[y] {
					add(col(x), col(y))
				}
			}
		}
	}
	for _, c := range given {
		if x, value, ok := pinned(c); ok {
			if class, known := g.classes.of[x]; known {
				for _, y := range g.classes.members[class] {
					add(col(y), value)
				}
			}
		}
		for _, part := range g.branches(c) {
			if !has(part) {
				g.conditions = append(g.conditions, part)
			}
		}
	}
}

// pinned reports whether a condition says that a column has a constant value.
func pinned(c expr.Expr) (column int, value expr.Expr, ok bool) {
	if !c.IsCall("=") {
		return 0, value, false
	}
	for i, x := range c.Args {
		if column, ok := x.IsColumn(); ok && c.Args[1-i].Op == expr.LiteralOp && !c.Args[1-i].Null {
			return column, c.Args[1-i], true
		}
	}
	return 0, value, false
}

// branches returns what an OR over several relations says of each alone: what all of its branches ask of it.
func (g *joinGroup) branches(c expr.Expr) []expr.Expr {
	if m := g.members(c); !c.IsCall("or") || m&(m-1) == 0 || expr.Fallible(c) {
		return nil
	}
	var out []expr.Expr
	parts := expr.Disjuncts(c)
	for r := range g.relations {
		if !covers(g, parts, r) {
			continue
		}
		or := c
		or.Args, or.Nullable = nil, false
		for _, branch := range parts {
			here := slices.DeleteFunc(expr.Conjuncts(branch), func(x expr.Expr) bool { return g.members(x) != 1<<r })
			all := expr.All(here)
			or.Args, or.Nullable = append(or.Args, expr.Disjuncts(all)...), or.Nullable || all.Nullable
		}
		out = append(out, plan.Conditions(or)...)
	}
	return out
}

// covers reports whether every branch asks something of a relation alone.
func covers(g *joinGroup, parts []expr.Expr, r int) bool {
	return !slices.ContainsFunc(parts, func(branch expr.Expr) bool {
		return !slices.ContainsFunc(expr.Conjuncts(branch), func(x expr.Expr) bool { return g.members(x) == 1<<r })
	})
}

// equates reports whether a condition is an equality of columns of a class: the joins see to those.
func (g *joinGroup) equates(c expr.Expr) bool {
	x, y, ok := equalColumns(c)
	if !ok || x == y {
		return false
	}
	class, ok := g.classes.of[x]
	return ok && g.classes.of[y] == class
}

// memberOf returns the first of the columns that is in a class, or -1.
func (g *joinGroup) memberOf(class int, columns []int) int {
	for _, c := range columns {
		if of, ok := g.classes.of[c]; ok && of == class {
			return c
		}
	}
	return -1
}

// equalities returns one equality for each class that two trees both have columns of, over the columns of both.
func (g *joinGroup) equalities(a, b *tree, local func(int) int) []expr.Expr {
	var on []expr.Expr
	for class := range g.classes.members {
		x, y := g.memberOf(class, a.columns), g.memberOf(class, b.columns)
		if x < 0 || y < 0 {
			continue
		}
		eq, err := expr.Call("=", expr.Column(x, g.fields[x].Type, g.fields[x].Nullable), expr.Column(y, g.fields[y].Type, g.fields[y].Nullable))
		if err != nil {
			panic("plan: columns that are equal have unlike types: " + err.Error())
		}
		on = append(on, expr.Remap(eq, local))
	}
	return on
}

// represent marks a column of each class as needed that relations outside a tree have columns of, too.
func (g *joinGroup) represent(members uint64, columns []int, needed map[int]bool) {
	for class, all := range g.classes.members {
		outside := slices.ContainsFunc(all, func(c int) bool { return members&(1<<g.owner[c]) == 0 })
		have := g.memberOf(class, columns)
		marked := slices.ContainsFunc(columns, func(c int) bool {
			of, ok := g.classes.of[c]
			return ok && of == class && needed[c]
		})
		if outside && have >= 0 && !marked {
			needed[have] = true
		}
	}
}
