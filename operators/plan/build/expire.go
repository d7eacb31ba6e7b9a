package build

import (
	"slices"
	"strings"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation/timed"
)

func (w *builder) expire(n *plan.Node, in placed) placed {
	s := n.Expire
	o := timed.ExpireOptions{Types: n.Inputs[0].Types(), Output: s.Output}
	for _, b := range s.Bounds {
		o.Bounds = append(o.Bounds, timed.Bound(b))
	}
	ttl := slices.ContainsFunc(s.Bounds, func(b plan.BoundSpec) bool { return b.Required })
	if ttl && w.Late != nil {
		o.Late = w.Late(strings.Join(plan.Tables(n), ", "))
	}
	e := circuit.Edge{From: in.id}
	at := placed{single: in.single, by: plan.Renamed(in.by, plan.OutputMapping(s.Output))}
	if !in.single {
		if at.by == nil { // so that a row and its retraction meet
			at.by = w.keys.Of(n).Key()
			if len(at.by) == 0 { // no key, or one row at most
				at.by = plan.UpTo(len(n.Fields))
			}
			e.Key = plan.Pick(s.Output, at.by)
		}
		o.Owner = at.by
	}
	at.id = w.g.Add(circuit.Node{
		Name: "expire", Types: n.Types(), Inputs: []circuit.Edge{e},
		New: func(worker int) operators.Operator {
			o := o
			o.Dead = w.dead(worker, "expire")
			return timed.NewExpire(o)
		},
	})
	return at
}
