package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// stays reports whether a filter is a TTL: rows end at its place in the query, so that what reads them does not keep
// them, and rows without a time become dead letters there.
func stays(n *plan.Node) bool {
	return n.Kind == plan.Map && slices.ContainsFunc(n.Map.Filter, func(c expr.Expr) bool {
		return plan.Current(c) && plan.SpecOf(c).Required
	})
}

// expire makes operators of the conditions that bounds are. What else a filter asks for is tested before.
func expire(views []plan.View) []plan.View {
	return rebuild(views, func(n, _ *plan.Node) *plan.Node {
		if n.Kind != plan.Map || !slices.ContainsFunc(n.Map.Filter, plan.Current) {
			return n
		}
		in := n.Inputs[0]
		width := len(in.Fields)
		below, fields := plan.Columns(in), slices.Clone(in.Fields)
		spec := &plan.ExpireSpec{Output: plan.UpTo(width)}
		var rest []expr.Expr
		for _, c := range n.Map.Filter {
			if !plan.Current(c) {
				rest = append(rest, c)
				continue
			}
			s := plan.SpecOf(c)
			spec.Bounds = append(spec.Bounds, plan.BoundSpec{
				Column: plan.Place(&below, &fields, c.Args[0]), Offset: s.Offset, Unit: s.Unit, After: s.After, Until: s.Until, Required: s.Required,
			})
		}
		if len(rest) > 0 || len(below) > width {
			in = &plan.Node{Kind: plan.Map, Fields: fields, Inputs: []*plan.Node{in}, Map: &plan.MapSpec{Filter: rest, Exprs: below}, Rows: in.Rows}
		}
		out := &plan.Node{Kind: plan.Expire, Fields: slices.Clone(in.Fields[:width]), Inputs: []*plan.Node{in}, Expire: spec, Rows: -1, Clause: n.Clause}
		if n.Map.Exprs == nil {
			out.Fields = n.Fields
			return out
		}
		return plan.Compute(out, n.Map.Exprs, n.Fields)
	})
}

func (p *pruner) demandExpire(n *plan.Node, needed []int) {
	for _, b := range n.Expire.Bounds {
		p.want(n.Inputs[0], b.Column)
	}
	for _, c := range needed {
		p.want(n.Inputs[0], n.Expire.Output[c])
	}
}

func (p *pruner) rebuildExpire(out, n *plan.Node, keep []int) {
	in := p.of(n.Inputs[0])
	out.Inputs[0] = in.node
	out.Expire = &plan.ExpireSpec{Bounds: slices.Clone(n.Expire.Bounds), Output: in.columns(plan.Pick(n.Expire.Output, keep))}
	for i := range out.Expire.Bounds {
		b := &out.Expire.Bounds[i]
		b.Column = in.at[b.Column]
	}
}
