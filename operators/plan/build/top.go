package build

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
)

// top finds the first rows of groups where these are owned. Where all rows are one group it finds the first of shares of
// them on all workers, then the first of these on one.
func (w *builder) top(n *plan.Node, in placed) placed {
	s, types := n.Top, n.Types()
	o := relation.TopNOptions{Types: types, Limit: s.Limit, Offset: s.Offset, Ties: s.Ties, Output: plan.UpTo(len(types)), Order: plan.OrderKeys(s.Order)}
	if len(s.Keys) > 0 {
		o.Keys = s.Keys
		id := w.g.Add(circuit.Node{
			Name: "top of groups", Types: types, Inputs: []circuit.Edge{exchange(in, s.Keys)},
			New: func(int) operators.Operator { return relation.NewTopN(o) },
		})
		return placed{id: id, by: s.Keys}
	}
	from := in.id
	if !in.single {
		wide := append(slices.Clone(types), shareType)
		dealt := w.g.Add(circuit.Node{
			Name: "deal", Types: wide, Inputs: []circuit.Edge{{From: in.id}},
			New: func(int) operators.Operator { return relation.NewSpread(shares, false) },
		})
		first := o
		first.Types, first.Keys, first.Limit, first.Offset = wide, []int{len(types)}, s.Limit+s.Offset, 0
		from = w.g.Add(circuit.Node{
			Name: "top of shares", Types: types, Inputs: []circuit.Edge{{From: dealt, Key: first.Keys}},
			New: func(int) operators.Operator { return relation.NewTopN(first) },
		})
	}
	id := w.g.Add(circuit.Node{
		Name: "top", Types: types, Inputs: []circuit.Edge{{From: from, Single: true}},
		New: func(int) operators.Operator { return relation.NewTopN(o) },
	})
	return placed{id: id, single: true}
}
