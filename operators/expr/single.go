package expr

import (
	"github.com/millrace-dev/millrace/operators/kernel"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// subqueries are functions that the planner writes where a query stands in an expression.
func subqueries() []builtin {
	return []builtin{
		{
			Function: Function{Name: "single", Signature: "single(any, int)", Help: "The value of a subquery that has so many rows: more than one is an error of the row."},
			bind:     bindSingle, build: buildSingle, fallible: always, nullable: func(e Expr) bool { return e.Args[0].Nullable },
		},
	}
}

func bindSingle(e Expr) (Expr, error) {
	if err := exactly(e, 2); err != nil {
		return Expr{}, err
	}
	n, err := Cast(e.Args[1], batch.T(batch.Int64), false)
	if err != nil {
		return Expr{}, err
	}
	e.Args, e.Type = []Expr{e.Args[0], n}, e.Args[0].Type
	return e, nil
}

func buildSingle(n *node) {
	n.why = func(*node, int) string { return "a subquery that is used as a value has more than one row" }
	newChoice(n, func(c *choice, rows int) {
		clear(c.pick)
		count := n.args[1]
		counts := values[int64](count, rows)
		for i, k := range counts {
			if k < 2 || count.col.Null(i) || count.isBad(i) {
				continue
			}
			if c.bad == nil {
				c.bad = batch.NewBitmap(rows)
			}
			c.bad.Set(i)
		}
		if count.bad != nil {
			if c.bad == nil {
				c.bad = batch.NewBitmap(rows)
			}
			kernel.Or(c.bad, c.bad, count.bad, rows)
		}
	}, firstBad)
}
