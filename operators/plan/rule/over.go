package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// demandOver needs nothing for calls that nobody reads; without any the Over goes.
func (p *pruner) demandOver(n *plan.Node, needed []int) {
	through, calls := n.Over.Split(needed)
	if len(calls) == 0 {
		p.want(n.Inputs[0], through...)
		return
	}
	p.want(n.Inputs[0], n.OverReads(through, calls)...)
}

func (p *pruner) rebuildOver(n *plan.Node, keep []int) pruned {
	s, at := n.Over, map[int]int{}
	through, calls := s.Split(keep)
	if len(calls) == 0 {
		in := p.of(n.Inputs[0])
		for _, c := range keep {
			at[c] = in.at[s.Output[c]]
		}
		return pruned{in.node, at}
	}
	read := n.OverReads(through, calls)
	to := func(c int) int { return slices.Index(read, c) }
	out := *n
	out.Inputs = []*plan.Node{p.exactly(n.Inputs[0], read)}
	spec := &plan.OverSpec{}
	for _, k := range s.Keys {
		spec.Keys = append(spec.Keys, to(k))
	}
	for _, o := range s.Order {
		o.Column = to(o.Column)
		spec.Order = append(spec.Order, o)
	}
	for _, c := range through {
		spec.Output = append(spec.Output, to(c))
	}
	for _, i := range calls {
		spec.Calls = append(spec.Calls, s.Calls[i].Remapped(to))
	}
	out.Over, out.Fields = spec, plan.Pick(n.Fields, keep)
	for i, c := range keep {
		at[c] = i
	}
	return pruned{&out, at}
}

// pushOver tests a condition below an Over: one on columns of PARTITION BY says which partitions there are, and one that
// ROW_NUMBER is at most some number which rows of each. Nil: it has to be tested above.
func pushOver(n *plan.Node, c expr.Expr) *plan.Node {
	s := n.Over
	cols := expr.Columns(c)
	outside := func(c int) bool { return c >= len(s.Output) || !slices.Contains(s.Keys, s.Output[c]) }
	out := *n
	if len(cols) > 0 && !slices.ContainsFunc(cols, outside) {
		out.Rows, out.Inputs = -1, []*plan.Node{push(n.Inputs[0], expr.Remap(c, func(c int) int { return s.Output[c] }))}
		return &out
	}
	most, exactly, ok := s.AtMost(c)
	if !ok || !s.Ahead() {
		return nil
	}
	if in := n.Inputs[0]; in.Kind != plan.Top || in.Top.Limit > most || !in.Top.Same(s) {
		top := &plan.TopSpec{Keys: s.Keys, Order: s.Order, Limit: most}
		out.Rows, out.Inputs = -1, []*plan.Node{{Kind: plan.Top, Fields: in.Fields, Inputs: n.Inputs, Top: top, Rows: -1, Clause: n.Clause}}
	}
	if exactly && most > 1 {
		return plan.Keep(&out, c)
	}
	return &out
}
