package rule

import (
	"github.com/millrace-dev/millrace/operators/plan"
)

// rebuildSession keeps all columns of the input, which pass through, and those of the session.
func (p *pruner) rebuildSession(n *plan.Node) pruned {
	in := p.of(n.Inputs[0])
	spec := &plan.SessionSpec{Keys: in.columns(n.Session.Keys), Time: in.at[n.Session.Time], Gap: n.Session.Gap}
	return p.passThrough(n, in, func(out *plan.Node) { out.Session = spec })
}
