package bind

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// either is a condition that is true always, or else within bounds of the clock.
type either struct {
	always expr.Expr
	bounds []expr.Expr
}

// eithers takes those conditions apart of which one alternative compares with the clock and the others do not.
func (b *binder) eithers(conditions []expr.Expr) (rest []expr.Expr, out []either, err error) {
	for _, c := range conditions {
		clocked, always := expr.Expr{}, []expr.Expr(nil)
		for _, a := range expr.Disjuncts(c) {
			if _, reads := expr.Clock(a); !reads {
				always = append(always, a)
			} else if clocked.Func == "" {
				clocked = a
			} else {
				always = nil // two of them: clocked says that this cannot be
				break
			}
		}
		if len(always) == 0 || clocked.Func == "" || readsOuter(c) {
			rest = append(rest, c)
			continue
		}
		x := either{always: always[0]}
		if len(always) > 1 {
			x.always = mustCall("or", always...)
		}
		if x.bounds, err = b.clocked(plan.Conditions(clocked)); err != nil {
			return rest, out, err
		}
		out = append(out, x)
	}
	return rest, out, nil
}

// keep keeps the rows of n for which a condition is true.
//
//	n where p or q(clock) = n where p + n where p is not true and q(clock)
func (x either) keep(n *plan.Node) *plan.Node {
	n, always := hold(n, []expr.Expr{x.always}, expr.Fallible)
	now := plan.Keep(n, slices.Insert(slices.Clone(x.bounds), 0, mustCall("is not true", always[0]))...)
	return plan.Parts(plan.Keep(n, always[0]), now)
}
