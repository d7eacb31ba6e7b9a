package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// push returns the rows of n for which a condition that cannot fail is true, testing it as early as
// the operations below n allow.
func push(n *plan.Node, c expr.Expr) *plan.Node {
	into := func(i int, c expr.Expr) *plan.Node {
		out := *n
		out.Inputs = slices.Clone(n.Inputs)
		out.Inputs[i] = push(n.Inputs[i], c)
		return &out
	}
	switch n.Kind {
	case plan.Map:
		if stays(n) && !slices.ContainsFunc(n.Map.Exprs, expr.Fallible) {
			if n.Map.Exprs != nil {
				c = substitute(c, n.Map.Exprs)
			}
			if !plan.Current(c) {
				return into(0, c)
			}
			out := *n
			out.Map = &plan.MapSpec{Filter: append(slices.Clone(n.Map.Filter), expr.Conjuncts(c)...), Exprs: n.Map.Exprs}
			return &out
		}
		if n.Map.Exprs == nil {
			if in := n.Inputs[0]; in.Kind == plan.Session {
				if below := push(in, c); below.Kind == plan.Session {
					out := *n
					out.Inputs = []*plan.Node{below}
					return &out
				}
			}
			out := *n
			out.Map = &plan.MapSpec{Filter: append(slices.Clone(n.Map.Filter), expr.Conjuncts(c)...)}
			return &out
		}
		if !slices.ContainsFunc(n.Map.Exprs, expr.Fallible) && !slices.ContainsFunc(n.Map.Filter, expr.Fallible) {
			return into(0, substitute(c, n.Map.Exprs))
		}
	case plan.Distinct, plan.Combine, plan.Positive:
		return into(0, c)
	case plan.Union:
		out := *n
		out.Inputs = make([]*plan.Node, len(n.Inputs))
		for i, in := range n.Inputs {
			out.Inputs[i] = push(in, c)
		}
		return &out
	case plan.Window:
		if cols := expr.Columns(c); len(cols) > 0 && slices.Max(cols) < len(n.Inputs[0].Fields) {
			return into(0, c)
		}
	case plan.Top:
		if cols := expr.Columns(c); len(cols) > 0 && !slices.ContainsFunc(cols, func(c int) bool { return !slices.Contains(n.Top.Keys, c) }) {
			return into(0, c)
		}
	case plan.Session: // whole partitions, or what ties their rows together is gone
		if cols := expr.Columns(c); len(cols) > 0 && !slices.ContainsFunc(cols, func(c int) bool { return !slices.Contains(n.Session.Keys, c) }) {
			return into(0, c)
		}
	case plan.Over:
		if out := pushOver(n, c); out != nil {
			return out
		}
	case plan.Aggregate:
		s := n.Aggregate
		if cols := expr.Columns(c); len(cols) > 0 && slices.Max(cols) < len(s.Keys) {
			return into(0, expr.Remap(c, func(c int) int { return s.Keys[c] }))
		}
	case plan.Join:
		j, width := n.Join, len(n.Inputs[0].Fields)
		at := expr.Remap(c, func(c int) int { return j.Output[c] })
		switch s := plan.Side(at, width); {
		case s < 0 && (j.Kind == plan.Left || j.Kind == plan.Semi || j.Kind == plan.Anti || j.Kind == plan.Inner):
			return into(0, at)
		case s > 0 && (j.Kind == plan.Right || j.Kind == plan.Inner):
			return into(1, expr.Remap(at, func(c int) int { return c - width }))
		}
	}
	return plan.Keep(n, expr.Conjuncts(c)...)
}
