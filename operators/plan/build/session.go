package build

import (
	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/timed"
)

func (w *builder) session(n *plan.Node, in placed) placed {
	s := n.Session
	o := timed.SessionOptions{Types: n.Inputs[0].Types(), Keys: s.Keys, Time: s.Time, Gap: s.Gap}
	id := w.g.Add(circuit.Node{
		Name: "session", Types: n.Types(), Inputs: []circuit.Edge{exchange(in, s.Keys)},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "session")
			return timed.NewSession(o)
		},
	})
	return placed{id: id, by: s.Keys, single: len(s.Keys) == 0}
}
