package rule

import (
	"github.com/millrace-dev/millrace/operators/plan"
)

// relations counts the tables that are joined below n in one group, up to most.
func (r *reorderer) relations(n *plan.Node, top bool, most int) int {
	private := top || r.readers[n] <= 1
	switch {
	case private && n.Kind == plan.Join && n.Join.Kind == plan.Inner:
		right := r.relations(n.Inputs[1], false, most)
		if right >= most {
			return right
		}
		return right + r.relations(n.Inputs[0], false, most-right)
	case private && n.Kind == plan.Map:
		return r.relations(n.Inputs[0], false, most)
	}
	return 1
}

// untied reports whether a join of the group below n needs a condition that stands above it.
func (r *reorderer) untied(n *plan.Node, top bool) bool {
	private := top || r.readers[n] <= 1
	switch {
	case private && n.Kind == plan.Join && n.Join.Kind == plan.Inner:
		return !n.Join.Cross && len(n.Join.Left) == 0 || r.untied(n.Inputs[0], false) || r.untied(n.Inputs[1], false)
	case private && n.Kind == plan.Map:
		return r.untied(n.Inputs[0], false)
	}
	return false
}
