package build

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/over"
)

// over computes window functions where the partitions are owned.
func (w *builder) over(n *plan.Node, in placed) placed {
	s, types := n.Over, n.Inputs[0].Types()
	o := over.Options{Types: types, Keys: w.keys.Of(n.Inputs[0]).Shrink(s.Keys), Calls: s.Calls, Order: plan.OrderKeys(s.Order), Output: s.Output}
	id := w.g.Add(circuit.Node{
		Name: "over", Types: n.Types(), Inputs: []circuit.Edge{exchange(in, o.Keys)},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "over")
			return over.New(o)
		},
	})
	return placed{id: id, by: plan.Renamed(o.Keys, plan.OutputMapping(s.Output)), single: len(o.Keys) == 0}
}
