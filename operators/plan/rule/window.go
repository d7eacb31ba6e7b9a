package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/plan"
)

// rebuildWindow keeps all columns of the input, which pass through, and those of the window.
func (p *pruner) rebuildWindow(n *plan.Node) pruned {
	in := p.of(n.Inputs[0])
	spec := *n.Window
	spec.Time = in.at[spec.Time]
	return p.passThrough(n, in, func(out *plan.Node) { out.Window = &spec })
}

// passThrough rebuilds a node whose output is its input and two columns more.
func (p *pruner) passThrough(n *plan.Node, in pruned, set func(out *plan.Node)) pruned {
	out := *n
	out.Inputs = []*plan.Node{in.node}
	set(&out)
	width, now := len(n.Inputs[0].Fields), len(in.node.Fields)
	out.Fields = append(slices.Clone(in.node.Fields), n.Fields[width:]...)
	at := map[int]int{width: now, width + 1: now + 1}
	for old, c := range in.at {
		at[old] = c
		out.Fields[c].Name, out.Fields[c].Table = n.Fields[old].Name, n.Fields[old].Table
	}
	return pruned{&out, at}
}
