// Package build makes a circuit of a plan: operators on every worker, and exchanges where rows have to move to the worker
// that owns their key.
package build

import (
	"fmt"
	"slices"
	"sync"

	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// Options says how a circuit is made of a plan.
type Options struct {
	Catalog plan.Catalog
	// Keyed are the tables whose key the circuit has to enforce.
	Keyed map[string]bool
	// Functions resolves functions from elsewhere; nil: there are none.
	Functions expr.Resolver
	// Dead returns where an operator of a worker puts the rows that it cannot pass.
	Dead func(worker int, operator string) relation.Dead
	// Late returns who is told how many rows of tables a TTL dropped as they came, because their time was over already. It
	// may be nil.
	Late func(tables string) func(rows int64)
	// Separate turns off the adding up of equal rows after columns were dropped.
	Separate bool
}

// Input is where the rows of a table enter a circuit.
type Input struct {
	Table string
	// Columns are the columns of the table's schema that rows must have, in this order.
	Columns []int
	// Changes takes weighted rows. Keyed takes keyed changes, of the tables of Options.Keyed only.
	Changes, Keyed circuit.NodeID
}

// Physical is a plan as a graph of operators, distributed over workers.
type Physical struct {
	Graph  *circuit.Graph
	Inputs []Input // by table, in the order of their names
	Sinks  []string
}

// New returns the graph of a plan: exchanges stand where rows have to move to the worker that owns their
// key.
func New(p *plan.Plan, o Options) (*Physical, error) {
	w := &builder{Options: o, g: circuit.NewGraph(), out: &Physical{}, done: map[*plan.Node]placed{}, inputs: map[string]placed{}, keys: plan.Analyse(o.Catalog)}
	w.out.Graph = w.g
	w.shared, _ = plan.Arrangements(p.Views)
	w.built = map[*plan.Arrangement]*built{}
	w.declare(p)
	for _, v := range p.Views {
		n, err := w.node(v.Node)
		if err != nil {
			return nil, fmt.Errorf("view %q: %w", v.Name, err)
		}
		w.g.Sink(v.Name, circuit.Edge{From: n.id})
		w.out.Sinks = append(w.out.Sinks, v.Name)
	}
	return w.out, nil
}

// placed is a node of the graph and where its rows are: on the worker that the hash of the columns by says,
// or, with by nil, anywhere. single: all on one worker.
type placed struct {
	id     circuit.NodeID
	by     []int
	single bool
}

type builder struct {
	Options
	g      *circuit.Graph
	out    *Physical
	done   map[*plan.Node]placed
	inputs map[string]placed
	keys   *plan.Analysis
	one    *placed // one row that is always there; nil: not needed yet
	shared map[plan.SideOf]*plan.Arrangement
	built  map[*plan.Arrangement]*built

	arrangedMu sync.Mutex // guards the operators of arrangements, which workers make
}

// declare makes an input for each table, with the columns that any scan reads, and the key where it has to be
// enforced.
func (w *builder) declare(p *plan.Plan) {
	needed := map[string][]int{}
	var names []string
	for n := range plan.Readers(p.Views) {
		if n.Kind != plan.Scan {
			continue
		}
		if needed[n.Scan.Table] == nil {
			names = append(names, n.Scan.Table)
		}
		needed[n.Scan.Table] = append(needed[n.Scan.Table], n.Scan.Columns...)
	}
	slices.Sort(names)
	for _, name := range names {
		t, _ := w.Catalog.Table(name)
		cols := needed[name]
		if w.Keyed[name] {
			cols = append(cols, t.Schema.Key...)
		}
		slices.Sort(cols)
		cols = slices.Compact(cols)
		types := make([]batch.Type, len(cols))
		for i, c := range cols {
			types[i] = t.Schema.Fields[c].Type
		}
		in := Input{Table: name, Columns: cols}
		in.Changes = w.g.Input(name, types)
		at := placed{id: in.Changes}
		if w.Keyed[name] {
			in.Keyed = w.g.Input(name+" by key", types)
			key := make([]int, len(t.Schema.Key))
			for i, k := range t.Schema.Key {
				key[i] = slices.Index(cols, k)
			}
			at = w.keyed("key of "+name, types, key, []circuit.Edge{{From: in.Changes, Key: key}, {From: in.Keyed, Key: key}})
		}
		w.inputs[name] = at
		w.out.Inputs = append(w.out.Inputs, in)
	}
}

// node adds a node of the plan, and first what it reads.
func (w *builder) node(n *plan.Node) (placed, error) {
	if at, ok := w.done[n]; ok {
		return at, nil
	}
	in := make([]placed, len(n.Inputs))
	for i, child := range n.Inputs {
		if w.shared[plan.SideOf{Join: n, Side: i}] != nil {
			continue // the join reads an arrangement
		}
		at, err := w.node(child)
		if err != nil {
			return at, err
		}
		in[i] = at
	}
	at, err := w.operator(n, in)
	w.done[n] = at
	return at, err
}

func (w *builder) operator(n *plan.Node, in []placed) (placed, error) {
	switch n.Kind {
	case plan.Scan:
		return w.scan(n)
	case plan.Map:
		return w.mapped(n, in[0])
	case plan.Join:
		return w.join(n, in[0], in[1])
	case plan.Aggregate:
		return w.aggregate(n, in[0])
	case plan.Union:
		return w.union(n, in), nil
	case plan.Distinct, plan.Positive:
		return w.distinct(n, in[0]), nil
	case plan.Values:
		return w.values(n)
	case plan.Window:
		return w.window(n, in[0]), nil
	case plan.Session:
		return w.session(n, in[0]), nil
	case plan.Expire:
		return w.expire(n, in[0]), nil
	case plan.Top:
		return w.top(n, in[0]), nil
	case plan.TopJoin:
		return w.topJoin(n, in)
	case plan.Over:
		return w.over(n, in[0]), nil
	case plan.Combine:
		return w.combine(n, in[0]), nil
	case plan.Unique:
		return w.keyed("unique", n.Types(), n.Unique.Key, []circuit.Edge{exchange(in[0], n.Unique.Key)}), nil
	}
	panic("plan: node of kind " + string(n.Kind))
}
