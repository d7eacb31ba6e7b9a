package rule

import (
	"slices"

	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
)

// pruner drops the columns that nobody reads. It works on the whole graph: a shared node keeps what any
// of its readers needs.
type pruner struct {
	need  map[*plan.Node]map[int]bool
	order []*plan.Node // readers before what they read
	done  map[*plan.Node]pruned
}

// pruned is a node without its unneeded columns: at[old] is the new number of a column.
type pruned struct {
	node *plan.Node
	at   map[int]int
}

// prune returns the views with unneeded columns dropped everywhere below them.
func prune(views []plan.View) []plan.View {
	p := &pruner{need: map[*plan.Node]map[int]bool{}, done: map[*plan.Node]pruned{}}
	seen := map[*plan.Node]bool{}
	for _, v := range views {
		p.sort(v.Node, seen)
	}
	slices.Reverse(p.order)
	for _, v := range views {
		for c := range v.Node.Fields {
			p.want(v.Node, c)
		}
	}
	for _, n := range p.order { // all readers of n have said what they need
		if len(p.need[n]) == 0 {
			p.want(n, plan.Narrowest(n)) // rows are counted by at least one column
		}
		p.demand(n)
	}
	out := slices.Clone(views)
	for i, v := range views {
		out[i].Node = p.exactly(v.Node, plan.UpTo(len(v.Node.Fields)))
	}
	return out
}

// sort lists the nodes below n after what they read.
func (p *pruner) sort(n *plan.Node, seen map[*plan.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	for _, in := range n.Inputs {
		p.sort(in, seen)
	}
	p.order = append(p.order, n)
}

func (p *pruner) want(n *plan.Node, columns ...int) {
	if p.need[n] == nil {
		p.need[n] = map[int]bool{}
	}
	for _, c := range columns {
		p.need[n][c] = true
	}
}

func (p *pruner) wantExpr(n *plan.Node, es ...expr.Expr) {
	for _, e := range es {
		p.want(n, expr.Columns(e)...)
	}
}

// demand tells the inputs of n what they are needed for, given what n is needed for.
func (p *pruner) demand(n *plan.Node) {
	needed := p.needed(n)
	switch n.Kind {
	case plan.Map:
		in := n.Inputs[0]
		p.wantExpr(in, n.Map.Filter...)
		for _, c := range needed {
			if n.Map.Exprs == nil {
				p.want(in, c)
			} else {
				p.wantExpr(in, n.Map.Exprs[c])
			}
		}
	case plan.Join:
		p.demandJoin(n, needed)
	case plan.Window:
		p.want(n.Inputs[0], n.Window.Time)
		for _, c := range needed {
			if c < len(n.Inputs[0].Fields) {
				p.want(n.Inputs[0], c)
			}
		}
	case plan.Session:
		p.want(n.Inputs[0], append(slices.Clip(n.Session.Keys), n.Session.Time)...)
		for _, c := range needed {
			if c < len(n.Inputs[0].Fields) {
				p.want(n.Inputs[0], c)
			}
		}
	case plan.Expire:
		p.demandExpire(n, needed)
	case plan.Aggregate:
		in, s := n.Inputs[0], n.Aggregate
		p.want(in, s.Keys...)
		for _, c := range needed {
			switch c -= len(s.Keys); {
			case c < 0:
			case c < len(s.Carried):
				p.want(in, s.Carried[c])
			default:
				p.want(in, s.Calls[c-len(s.Carried)].Columns()...)
			}
		}
	case plan.Over:
		p.demandOver(n, needed)
	case plan.Distinct, plan.Unique, plan.Positive, plan.Top:
		p.want(n.Inputs[0], plan.UpTo(len(n.Fields))...)
		p.want(n, plan.UpTo(len(n.Fields))...)
	default:
		for _, in := range n.Inputs {
			p.want(in, needed...)
		}
	}
}

func (p *pruner) demandJoin(n *plan.Node, needed []int) {
	j, width := n.Join, len(n.Inputs[0].Fields)
	want := func(c int) {
		if c < width {
			p.want(n.Inputs[0], c)
		} else {
			p.want(n.Inputs[1], c-width)
		}
	}
	p.want(n.Inputs[0], j.Left...)
	p.want(n.Inputs[1], j.Right...)
	for _, c := range needed {
		want(j.Output[c])
	}
	for _, e := range j.Residual {
		for _, c := range expr.Columns(e) {
			want(c)
		}
	}
}

func (p *pruner) needed(n *plan.Node) []int {
	out := make([]int, 0, len(p.need[n]))
	for c := range p.need[n] {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// of returns n without the columns nobody needs.
func (p *pruner) of(n *plan.Node) pruned {
	if out, ok := p.done[n]; ok {
		return out
	}
	out := p.rebuild(n)
	p.done[n] = out
	return out
}

func (p *pruner) rebuild(n *plan.Node) pruned {
	keep := p.needed(n)
	switch n.Kind {
	case plan.Window:
		return p.rebuildWindow(n)
	case plan.Session:
		return p.rebuildSession(n)
	case plan.Over:
		return p.rebuildOver(n, keep)
	}
	out := *n
	out.Inputs = slices.Clone(n.Inputs)
	switch n.Kind {
	case plan.Scan:
		out.Scan = &plan.ScanSpec{Table: n.Scan.Table, Columns: plan.Pick(n.Scan.Columns, keep)}
	case plan.Values:
		out.Values = &plan.ValuesSpec{}
		for _, row := range n.Values.Rows {
			out.Values.Rows = append(out.Values.Rows, plan.Pick(row, keep))
		}
	case plan.Map:
		in := p.of(n.Inputs[0])
		out.Inputs[0] = in.node
		exprs := n.Map.Exprs
		if exprs == nil {
			exprs = plan.Columns(n)
		}
		out.Map = &plan.MapSpec{Filter: in.remap(n.Map.Filter), Exprs: in.remap(plan.Pick(exprs, keep))}
	case plan.Join:
		p.rebuildJoin(&out, n, keep)
	case plan.Expire:
		p.rebuildExpire(&out, n, keep)
	case plan.Aggregate:
		keep = p.rebuildAggregate(&out, n, keep)
	case plan.Distinct, plan.Unique, plan.Positive, plan.Top:
		keep = plan.UpTo(len(n.Fields))
		out.Inputs[0] = p.exactly(n.Inputs[0], keep)
	default:
		for i, in := range n.Inputs {
			out.Inputs[i] = p.exactly(in, keep)
		}
	}
	out.Fields = plan.Pick(n.Fields, keep)
	at := map[int]int{}
	for i, c := range keep {
		at[c] = i
	}
	return pruned{&out, at}
}

func (p *pruner) rebuildJoin(out, n *plan.Node, keep []int) {
	left, right := p.of(n.Inputs[0]), p.of(n.Inputs[1])
	width, newWidth := len(n.Inputs[0].Fields), len(left.node.Fields)
	at := func(c int) int {
		if c < width {
			return left.at[c]
		}
		return newWidth + right.at[c-width]
	}
	out.Inputs = []*plan.Node{left.node, right.node}
	spec := &plan.JoinSpec{Kind: n.Join.Kind, Nulls: n.Join.Nulls, Cross: n.Join.Cross, Left: left.columns(n.Join.Left), Right: right.columns(n.Join.Right)}
	for _, c := range keep {
		spec.Output = append(spec.Output, at(n.Join.Output[c]))
	}
	for _, e := range n.Join.Residual {
		spec.Residual = append(spec.Residual, expr.Remap(e, at))
	}
	out.Join = spec
}

// rebuildAggregate keeps all keys: they are what makes the groups.
func (p *pruner) rebuildAggregate(out, n *plan.Node, needed []int) (keep []int) {
	s := n.Aggregate
	in := p.of(n.Inputs[0])
	out.Inputs[0] = in.node
	spec := &plan.AggregateSpec{Keys: in.columns(s.Keys), Global: s.Global}
	keep = plan.UpTo(len(s.Keys))
	for _, c := range needed {
		i := c - len(s.Keys)
		switch {
		case i < 0:
			continue
		case i < len(s.Carried):
			spec.Carried = append(spec.Carried, in.at[s.Carried[i]])
		default:
			spec.Calls = append(spec.Calls, s.Calls[i-len(s.Carried)].Remapped(func(c int) int { return in.at[c] }))
		}
		keep = append(keep, c)
	}
	out.Aggregate = spec
	return keep
}

// exactly returns n pruned to just the given columns, in that order.
func (p *pruner) exactly(n *plan.Node, want []int) *plan.Node {
	in := p.of(n)
	same := len(want) == len(in.node.Fields)
	for i, c := range want {
		same = same && in.at[c] == i
	}
	if same {
		return in.node
	}
	exprs := make([]expr.Expr, len(want))
	for i, c := range want {
		exprs[i] = plan.Column(in.node, in.at[c])
	}
	return plan.Compute(in.node, exprs, plan.Pick(n.Fields, want))
}

func (p pruned) columns(old []int) []int {
	out := make([]int, len(old))
	for i, c := range old {
		out[i] = p.at[c]
	}
	return out
}

func (p pruned) remap(es []expr.Expr) []expr.Expr {
	if es == nil {
		return nil
	}
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = expr.Remap(e, func(c int) int { return p.at[c] })
	}
	return out
}
