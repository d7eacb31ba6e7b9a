package build

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/topjoin"
)

// topJoin finds the first pairs of keys where these are owned.
func (w *builder) topJoin(n *plan.Node, in []placed) (placed, error) {
	j := n.Join
	if err := w.check(j.Residual...); err != nil {
		return in[0], err
	}
	ranked, order, _ := plan.Ranked(n, j, n.Top)
	o := topjoin.Options{Ranked: ranked, Order: plan.OrderKeys(order), Limit: n.Top.Limit, Offset: n.Top.Offset, Output: j.Output}
	edges := make([]circuit.Edge, 2)
	for i := range edges {
		o.Sides[i] = topjoin.Side{Types: n.Inputs[i].Types(), Key: j.Keys(i)}
		edges[i] = exchange(in[i], j.Keys(i))
	}
	residual := residualOf(n)
	o.ResidualCols = residual.cols
	id := w.g.Add(circuit.Node{
		Name: "top of join", Types: n.Types(), Inputs: edges,
		New: func(int) operators.Operator {
			o := o
			o.Residual = w.where(residual.conditions, residual.names)
			return topjoin.New(o)
		},
	})
	return placed{id: id, by: joinedBy(n)}, nil
}

// residual is a join's condition over only the columns of pairs that it reads.
type residual struct {
	cols       []int
	names      []string
	conditions []expr.Expr
}

func residualOf(n *plan.Node) residual {
	var r residual
	for _, c := range n.Join.Residual {
		r.cols = append(r.cols, expr.Columns(c)...)
	}
	slices.Sort(r.cols)
	r.cols = slices.Compact(r.cols)
	for _, c := range n.Join.Residual {
		r.conditions = append(r.conditions, expr.Remap(c, func(c int) int { return slices.Index(r.cols, c) }))
	}
	both := append(slices.Clone(n.Inputs[0].Fields), n.Inputs[1].Fields...)
	for _, c := range r.cols {
		r.names = append(r.names, both[c].Name)
	}
	return r
}
