package build

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
)

// built is an arrangement as a node of the graph.
type built struct {
	*plan.Arrangement
	at placed
	of map[int]*relation.Arranged // of each worker
}

// arranged returns the arrangement that a side of a join reads, adding its operator first.
func (w *builder) arranged(s plan.SideOf) (*built, error) {
	shared := w.shared[s]
	if a := w.built[shared]; a != nil || shared == nil {
		return a, nil
	}
	a := &built{Arrangement: shared, of: map[int]*relation.Arranged{}}
	w.built[shared] = a
	from := w.inputs[a.Table]
	own := func(c int) int { return c }
	types := a.Node.Types()
	if a.Table != "" {
		i := slices.IndexFunc(w.out.Inputs, func(in Input) bool { return in.Table == a.Table })
		columns := w.out.Inputs[i].Columns
		own = func(c int) int { return slices.Index(columns, c) }
		types = w.g.Types(from.id)
	} else {
		var err error
		if from, err = w.node(a.Node); err != nil {
			return nil, err
		}
	}
	numbers := func(list []int) []int {
		out := make([]int, len(list))
		for i, c := range list {
			out[i] = own(c)
		}
		return out
	}
	o := relation.ArrangedOptions{Types: types, Key: numbers(a.Key), Columns: numbers(a.Columns), Readers: len(a.Sides)}
	a.at = placed{by: o.Key, id: w.g.Add(circuit.Node{
		Name: "arrangement", Types: plan.Pick(types, append(slices.Clone(o.Key), o.Columns...)), Inputs: []circuit.Edge{exchange(from, o.Key)},
		New: func(worker int) operators.Operator {
			op := relation.NewArranged(o)
			w.arrangedMu.Lock()
			defer w.arrangedMu.Unlock()
			a.of[worker] = op
			return op
		},
	})}
	return a, nil
}

// side returns what a join is told of a side on a worker.
func (w *builder) side(s plan.SideOf, a *built, worker int) relation.JoinSide {
	in := s.Join.Inputs[s.Side]
	out := relation.JoinSide{Types: in.Types(), Key: s.Join.Join.Keys(s.Side)}
	if a != nil {
		w.arrangedMu.Lock()
		defer w.arrangedMu.Unlock()
		out.Shared, out.At = a.of[worker], a.Places(s)
	}
	return out
}
