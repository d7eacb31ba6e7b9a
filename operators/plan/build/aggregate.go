package build

import (
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// aggregate groups where the rows are, if the columns that place them are all group keys, and else where the keys
// say. Keys that other keys determine are only carried: they are neither hashed nor compared.
func (w *builder) aggregate(n *plan.Node, in placed) (placed, error) {
	s := n.Aggregate
	keys := w.keys.Of(n.Inputs[0]).Shrink(s.Keys)
	carried := append(slices.DeleteFunc(slices.Clone(s.Keys), func(c int) bool { return slices.Contains(keys, c) }), s.Carried...)
	e := circuit.Edge{From: in.id}
	by := in.by
	local := by != nil && !slices.ContainsFunc(by, func(c int) bool { return !slices.Contains(s.Keys, c) })
	if !local {
		e = exchange(in, keys)
		by = keys
	}
	var stay []int
	if local {
		stay = by
	}
	types := n.Inputs[0].Types()
	calls := make([]aggregate.Call, len(s.Calls))
	for i, c := range s.Calls {
		calls[i] = c.Operation()
	}
	o := aggregate.Options{
		Types: types, Keys: keys, Carried: carried, Placed: stay, Calls: calls, Global: s.Global,
	}
	if !local && aggregate.Linear(o) {
		e = w.partial(e, keys, o)
		o.Merge = true
	}
	groups := append(slices.Clone(keys), carried...)
	at := w.g.Add(circuit.Node{
		Name: "aggregate", Types: append(plan.Pick(types, groups), n.Types()[len(groups):]...), Inputs: []circuit.Edge{e},
		New: func(worker int) operators.Operator {
			o := o
			o.Worker, o.Dead = worker, w.dead(worker, "aggregate")
			return aggregate.New(o)
		},
	})
	out := placed{id: at, by: plan.Renamed(by, plan.OutputMapping(groups)), single: s.Global || e.Single}
	return w.reordered(n, out, append(slices.Clone(s.Keys), s.Carried...), groups), nil
}

// partial adds rows up where they are, before they go over an edge to the workers that own the groups.
func (w *builder) partial(e circuit.Edge, keys []int, o aggregate.Options) circuit.Edge {
	at := w.g.Add(circuit.Node{
		Name: "partial aggregate", Types: aggregate.PartialTypes(o), Inputs: []circuit.Edge{{From: e.From}},
		New: func(int) operators.Operator { return aggregate.NewPartial(o) },
	})
	e.From = at
	if e.Key != nil {
		e.Key = plan.UpTo(len(keys)) // the keys come first out of a Partial
	}
	return e
}

// keyed keeps one row a key: weighted rows come by the first edge, keyed changes, if there are any, by the second.
func (w *builder) keyed(name string, types []batch.Type, key []int, in []circuit.Edge) placed {
	id := w.g.Add(circuit.Node{
		Name: name, Types: types, Inputs: in,
		New: func(worker int) operators.Operator {
			return relation.NewKeyed(relation.KeyedOptions{
				Types: types, Key: key, Upserts: len(in) > 1, Dead: w.dead(worker, name),
			})
		},
	})
	return placed{id: id, by: key}
}

// reordered puts the group columns of an Aggregate, which come as groups, into the order of the plan.
func (w *builder) reordered(n *plan.Node, in placed, want, groups []int) placed {
	if slices.Equal(want, groups) {
		return in
	}
	cols := make([]int, len(n.Fields))
	for i := range cols {
		if cols[i] = i; i < len(want) {
			cols[i] = slices.Index(groups, want[i])
		}
	}
	id := w.g.Add(circuit.Node{
		Name: "columns", Types: n.Types(), Inputs: []circuit.Edge{{From: in.id}},
		New: func(int) operators.Operator { return relation.NewMap(relation.MapOptions{Cols: cols}) },
	})
	return placed{id, plan.Renamed(in.by, plan.OutputMapping(cols)), in.single}
}
