package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// fold computes the parts of expressions that read no column. A part that fails stays as it is: whether any row needs
// it is not known.
func fold(views []plan.View) []plan.View {
	return rebuild(views, func(n, _ *plan.Node) *plan.Node {
		switch n.Kind {
		case plan.Map:
			m := &plan.MapSpec{Exprs: foldAll(n.Map.Exprs)}
			for _, c := range foldAll(n.Map.Filter) {
				m.Filter = append(m.Filter, plan.Conditions(c)...)
			}
			n.Map = m
		case plan.Join:
			j := *n.Join
			j.Residual = foldAll(j.Residual)
			n.Join = &j
		}
		return n
	})
}

func foldAll(es []expr.Expr) []expr.Expr {
	out := slices.Clone(es)
	for i, e := range out {
		out[i] = expr.Map(e, folded)
	}
	return out
}

// folded returns the value of a call of constants. Calls without arguments may have another value at another time.
func folded(e expr.Expr) expr.Expr {
	constant := func(a expr.Expr) bool { return a.Op == expr.LiteralOp }
	if e.Op != expr.CallOp || len(e.Args) == 0 || slices.ContainsFunc(e.Args, func(a expr.Expr) bool { return !constant(a) }) {
		return e
	}
	value, err := expr.Fold(e)
	if err != nil || value.Type != e.Type || !constant(value) {
		return e
	}
	value.Nullable = e.Nullable
	return value
}
