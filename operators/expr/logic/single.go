package logic

import (
	"github.com/millrace-dev/millrace/operators/expr/fn"
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// subqueries are functions that the planner writes where a query stands in an expression.
func subqueries() []fn.Function {
	return []fn.Function{
		{
			Name: "single", Signature: "single(any, int)", Help: "The value of a subquery that has so many rows: more than one is an error of the row.",
			Build: buildSingle, Fallible: fn.Always, Nullable: func(e *fn.Node) bool { return e.Args[0].Nullable },
		},
	}
}

func buildSingle(n *fn.Node) {
	n.Why = func(*fn.Node, int) string { return fn.ManyRows }
	newChoice(n, func(c *choice, rows int) {
		clear(c.pick)
		count := n.Args[1]
		counts := fn.Values[int64](count, rows)
		for i, k := range counts {
			if k < 2 || count.Col.Null(i) || count.IsBad(i) {
				continue
			}
			if c.bad == nil {
				c.bad = batch.NewBitmap(rows)
			}
			c.bad.Set(i)
		}
		if count.Bad != nil {
			if c.bad == nil {
				c.bad = batch.NewBitmap(rows)
			}
			kernel.Or(c.bad, c.bad, count.Bad, rows)
		}
	}, fn.FirstBad)
}
