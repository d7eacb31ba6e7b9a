package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// equated is a value that a row is compared by with one of a subquery.
type equated struct {
	x     expr.Expr // over the rows
	value expr.Expr // over the subquery
	eq    expr.Expr // x = value, over the columns of both
}

func comparedBy(xs, values, eqs []expr.Expr) []equated {
	out := make([]equated, len(xs))
	for i := range xs {
		out[i] = equated{xs[i], values[i], eqs[i]}
	}
	return out
}

// maxSplit is how many values that may be null are told apart by whether they are. Rows are compared pair by pair for what
// is behind them.
const maxSplit = 3

// nulls says which values may be null: of the rows, of the subquery, and on any side behind the first maxSplit.
type nulls struct{ xs, values, loose []int }

func nullable(all []equated) (n nulls) {
	split := 0
	for i, e := range all {
		if !e.x.Nullable && !e.value.Nullable {
			continue
		}
		if split++; split > maxSplit {
			n.loose = append(n.loose, i)
			continue
		}
		if e.x.Nullable {
			n.xs = append(n.xs, i)
		}
		if e.value.Nullable {
			n.values = append(n.values, i)
		}
	}
	return n
}

// cases calls f for every way in which values can be null: just those of x are null in a row, and those of value in a row
// of the subquery, of which no number is in x. The first way is that none is.
func (n nulls) cases(f func(x, value []int)) {
	for _, x := range subsets(n.xs) {
		for _, value := range subsets(n.values) {
			if !slices.ContainsFunc(value, func(i int) bool { return slices.Contains(x, i) }) {
				f(x, value)
			}
		}
	}
}

// subsets returns the sets of some of the numbers, the empty one first.
func subsets(of []int) [][]int {
	out := [][]int{nil}
	for _, i := range of {
		for _, s := range out {
			out = append(out, append(slices.Clone(s), i))
		}
	}
	return out
}

// decides are the values that are compared where those of x and value are null.
func decides(all []equated, x, value []int) (out []int) {
	for i := range all {
		if !slices.Contains(x, i) && !slices.Contains(value, i) {
			out = append(out, i)
		}
	}
	return out
}

// notIn keeps the rows of which it is known that they differ from all rows of the subquery: each time in a value that is
// null on neither side. So what has a null is compared by the other values:
//
//	x NOT IN s = sum over the sets m of values: a where just m of x are null, for each set n outside m without those
//	             that are in all values outside m and n equal to a row of s where n are null
func notIn(rows *plan.Node, s *sub, tying []expr.Expr, all []equated) *plan.Node {
	may, width := nullable(all), len(rows.Fields)
	var parts []*plan.Node
	may.cases(func(x, value []int) {
		if value == nil {
			parts = append(parts, where(rows, all, may.xs, x))
		}
		right, on := s.node, slices.Clone(tying)
		for _, i := range value {
			right = plan.Keep(right, mustCall("is null", all[i].value))
		}
		for _, i := range decides(all, x, value) {
			c := all[i].eq
			if slices.Contains(may.loose, i) {
				other := expr.Remap(all[i].value, func(c int) int { return c + width })
				c = mustCall("or", c, mustCall("or", mustCall("is null", all[i].x), mustCall("is null", other)))
			}
			on = append(on, c)
		}
		last := &parts[len(parts)-1]
		*last = semi(plan.Anti, *last, right, on)
	})
	if len(parts) == 1 {
		return parts[0]
	}
	return plan.Parts(parts...)
}

// where keeps the rows of which, among some values, just those of x are null.
func where(rows *plan.Node, all []equated, among, x []int) *plan.Node {
	var conditions []expr.Expr
	for _, i := range among {
		c := mustCall("is null", all[i].x)
		if !slices.Contains(x, i) {
			c = mustCall("is not null", all[i].x)
		}
		conditions = append(conditions, c)
	}
	if conditions == nil {
		return rows
	}
	return plan.Keep(rows, conditions...)
}

// markRow binds IN of several values inside an expression.
func (b *binder) markRow(m member, s *sub, env *env) (expr.Expr, error) {
	xs, err := b.asked(m, s, env)
	if err != nil {
		return expr.Expr{}, err
	}
	for i, x := range xs {
		if expr.Fallible(x) {
			return x, b.refuse(m.x[i], plan.CodeCorrelated, "IN (SELECT ...) of an expression that may fail", "compute it in a derived table")
		}
	}
	held := *s
	held.node, held.values = hold(s.node, s.values, func(e expr.Expr) bool { _, column := e.IsColumn(); return !column })
	around := make([]expr.Expr, len(xs))
	for i, x := range xs {
		around[i] = expr.Remap(x, func(c int) int { return c + plan.FirstOuter })
	}
	eqs, err := b.equal(m, around, held.values)
	if err != nil {
		return expr.Expr{}, err
	}
	all := comparedBy(xs, held.values, eqs)
	may := nullable(all)
	if len(may.loose) > 0 {
		return expr.Expr{}, b.refuse(m.at, plan.CodeNotIn, "IN (SELECT ...) of more than three values that may be null, inside an expression,", membershipHint)
	}
	call := b.calls(m.at)
	var found expr.Expr
	unknown := expr.Bool(false)
	may.cases(func(x, value []int) {
		if err != nil {
			return
		}
		same := sub{node: held.node, on: slices.Clone(held.on)}
		for _, i := range value {
			same.node = plan.Keep(same.node, mustCall("is null", all[i].value))
		}
		for _, i := range decides(all, x, value) {
			if len(expr.Columns(all[i].x)) == 0 { // a constant ties nothing
				same.node = plan.Keep(same.node, all[i].eq)
			} else {
				same.on = append(same.on, all[i].eq)
			}
		}
		var rows expr.Expr
		rows, _, err = b.count(m.at, &same, expr.Bool(true), env)
		if err != nil {
			return
		}
		some := call(">", rows, expr.Int(0))
		if x == nil && value == nil {
			found = some
			return
		}
		for _, i := range x {
			some = call("and", call("is null", all[i].x), some)
		}
		unknown = call("or", unknown, some)
	})
	if err != nil {
		return found, err
	}
	return call("case", found, expr.Bool(true), unknown, expr.Null(batch.T(batch.Bool)), expr.Bool(false)), nil
}
