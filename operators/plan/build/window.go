package build

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
)

func (w *builder) window(n *plan.Node, in placed) placed {
	s := n.Window
	id := w.g.Add(circuit.Node{
		Name: "window", Types: n.Types(), Inputs: []circuit.Edge{{From: in.id}},
		New: func(worker int) operators.Operator {
			return relation.NewWindow(relation.WindowOptions{Time: s.Time, Hop: s.Hop, Size: s.Size, Cumulate: s.Cumulate, Dead: w.dead(worker, "window")})
		},
	})
	return placed{id: id, by: in.by, single: in.single}
}
