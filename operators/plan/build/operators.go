package build

import (
	"context"
	"slices"

	"github.com/millrace-dev/millrace/operators"
	"github.com/millrace-dev/millrace/operators/circuit"
	"github.com/millrace-dev/millrace/operators/expr"
	"github.com/millrace-dev/millrace/operators/plan"
	"github.com/millrace-dev/millrace/operators/relation"
	"github.com/millrace-dev/millrace/operators/relation/aggregate"
	"github.com/millrace-dev/millrace/sdk/batch"
)

// scan reads columns of a table's input.
func (w *builder) scan(n *plan.Node) (placed, error) {
	at := w.inputs[n.Scan.Table]
	i := slices.IndexFunc(w.out.Inputs, func(in Input) bool { return in.Table == n.Scan.Table })
	cols := make([]int, len(n.Scan.Columns))
	same := len(cols) == len(w.out.Inputs[i].Columns)
	for j, c := range n.Scan.Columns {
		cols[j] = slices.Index(w.out.Inputs[i].Columns, c)
		same = same && cols[j] == j
	}
	if same {
		return at, nil
	}
	id := w.g.Add(circuit.Node{
		Name: "columns of " + n.Scan.Table, Types: n.Types(), Inputs: []circuit.Edge{{From: at.id}},
		New: func(int) operators.Operator { return relation.NewMap(relation.MapOptions{Cols: cols}) },
	})
	return placed{id, plan.Renamed(at.by, plan.OutputMapping(cols)), at.single}, nil
}

// program compiles expressions for one worker. That they compile was seen before.
func (w *builder) program(exprs []expr.Expr, names []string) *expr.Program {
	if len(exprs) == 0 {
		return nil
	}
	p, err := expr.Compile(exprs, w.Functions)
	if err != nil {
		panic("plan: an expression that compiled does not: " + err.Error())
	}
	p.Name(names)
	return p
}

// where compiles conditions that all have to be true.
func (w *builder) where(conditions []expr.Expr, names []string) *expr.Program {
	if len(conditions) == 0 {
		return nil
	}
	return w.program([]expr.Expr{guarded(conditions)}, names)
}

// guarded returns a condition that is true where all conditions are. One that is NULL guards those behind it as one that is
// false does: a row that cannot pass is not parked.
func guarded(conditions []expr.Expr) expr.Expr {
	conditions = slices.Clone(conditions)
	for i, c := range conditions {
		if c.Nullable && slices.ContainsFunc(conditions[i+1:], expr.Fallible) {
			known, err := expr.Call("is true", c)
			if err != nil {
				panic("plan: a condition that is none: " + err.Error())
			}
			conditions[i] = known
		}
	}
	return expr.All(conditions)
}

// check compiles expressions once, to report what is wrong with them.
func (w *builder) check(exprs ...expr.Expr) error {
	_, err := expr.Compile(exprs, w.Functions)
	return err
}

func (w *builder) mapped(n *plan.Node, in placed) (placed, error) {
	m, from := n.Map, plan.Names(n.Inputs[0])
	if err := w.check(append(slices.Clone(m.Filter), m.Exprs...)...); err != nil {
		return in, err
	}
	name := "map"
	if len(m.Filter) > 0 {
		name = "filter"
	}
	id := w.g.Add(circuit.Node{
		Name: name, Types: n.Types(), Inputs: []circuit.Edge{{From: in.id}},
		New: func(worker int) operators.Operator {
			o := w.mapping(m, from)
			o.Dead = w.dead(worker, name)
			return relation.NewMap(o)
		},
	})
	if m.Exprs == nil {
		return placed{id, in.by, in.single}, nil
	}
	return placed{id, plan.Renamed(in.by, plan.Mapping(n)), in.single}, nil
}

// mapping compiles a Map for one worker.
func (w *builder) mapping(m *plan.MapSpec, names []string) relation.MapOptions {
	var o relation.MapOptions
	exprs := m.Exprs
	if len(m.Filter) > 0 {
		f, rest, err := expr.CompileFilter(guarded(m.Filter), exprs, len(names), w.Functions)
		if err != nil {
			panic("plan: a condition that compiled does not: " + err.Error())
		}
		names = f.Name(names)
		o.Where, exprs = f, rest
	}
	if m.Exprs == nil {
		return o
	}
	// Only what is read is taken from the rows that pass.
	o.Cols = []int{}
	for _, e := range exprs {
		o.Cols = append(o.Cols, expr.Columns(e)...)
	}
	if !slices.ContainsFunc(exprs, func(e expr.Expr) bool { return e.Op != expr.ColumnOp }) {
		return o
	}
	slices.Sort(o.Cols)
	o.Cols = slices.Compact(o.Cols)
	read := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		read[i] = expr.Remap(e, func(c int) int { return slices.Index(o.Cols, c) })
	}
	o.Exprs = w.program(read, plan.Pick(names, o.Cols))
	return o
}

func (w *builder) dead(worker int, operator string) relation.Dead {
	if w.Dead == nil {
		return nil
	}
	return w.Dead(worker, operator)
}

// exchange returns the edge that brings rows to the workers that own the columns key: none where they are.
func exchange(in placed, key []int) circuit.Edge {
	switch {
	case len(key) == 0:
		if in.single {
			return circuit.Edge{From: in.id}
		}
		return circuit.Edge{From: in.id, Single: true}
	case slices.Equal(in.by, key):
		return circuit.Edge{From: in.id}
	}
	return circuit.Edge{From: in.id, Key: key}
}

var joinKindsOf = map[plan.JoinKind]relation.JoinKind{
	plan.Inner: relation.Inner, plan.Left: relation.Left, plan.Right: relation.Right, plan.Full: relation.Full,
	plan.Semi: relation.Semi, plan.Anti: relation.Anti,
}

func (w *builder) join(n *plan.Node, left, right placed) (placed, error) {
	edges, shared := make([]circuit.Edge, 2), make([]*built, 2)
	if len(n.Join.Left) == 0 && n.Join.Kind != plan.Full && (!left.single || !right.single) {
		n, left, right = w.spread(n, left, right)
	}
	j := n.Join
	if err := w.check(j.Residual...); err != nil {
		return left, err
	}
	residual := residualOf(n)
	for i, in := range []placed{left, right} {
		a, err := w.arranged(plan.SideOf{Join: n, Side: i})
		if err != nil {
			return left, err
		}
		if edges[i], shared[i] = exchange(in, j.Keys(i)), a; a != nil {
			edges[i] = circuit.Edge{From: a.at.id}
		}
	}
	id := w.g.Add(circuit.Node{
		Name: string(j.Kind) + " join", Types: n.Types(),
		Inputs: edges,
		New: func(worker int) operators.Operator {
			return relation.NewJoin(relation.JoinOptions{
				Kind: joinKindsOf[j.Kind],
				Left: w.side(plan.SideOf{Join: n, Side: 0}, shared[0], worker), Right: w.side(plan.SideOf{Join: n, Side: 1}, shared[1], worker),
				NullsMatch: j.Nulls, Output: j.Output, Residual: w.where(residual.conditions, residual.names), ResidualCols: residual.cols,
				Dead: w.dead(worker, string(j.Kind)+" join"),
			})
		},
	})
	return placed{id: id, by: joinedBy(n), single: len(j.Left) == 0}, nil
}

// joinedBy returns by which output columns the rows of a join are placed: those of a key that comes out on the
// side that is not padded.
func joinedBy(n *plan.Node) []int {
	j, width := n.Join, len(n.Inputs[0].Fields)
	to := plan.OutputMapping(j.Output)
	if j.Kind != plan.Right && j.Kind != plan.Full {
		if by := plan.Renamed(j.Left, to); by != nil {
			return by
		}
	}
	if j.Kind == plan.Inner || j.Kind == plan.Right {
		return plan.Renamed(j.Right, func(c int) []int { return to(c + width) })
	}
	return nil
}

func (w *builder) union(n *plan.Node, in []placed) placed {
	at := placed{by: in[0].by, single: true}
	var edges []circuit.Edge
	for _, p := range in {
		if !slices.Equal(p.by, at.by) {
			at.by = nil
		}
		at.single = at.single && p.single
		edges = append(edges, circuit.Edge{From: p.id})
	}
	at.id = w.g.Add(circuit.Node{
		Name: "union", Types: n.Types(), Inputs: edges,
		New: func(int) operators.Operator {
			if n.Union == nil {
				return &relation.Union{}
			}
			return &relation.Union{Negate: n.Union.Negate}
		},
	})
	return at
}

// distinct places rows by all their columns, unless they are placed by some already.
func (w *builder) distinct(n *plan.Node, in placed) placed {
	e := circuit.Edge{From: in.id}
	if in.by == nil && !in.single {
		in.by = plan.UpTo(len(n.Fields))
		e.Key = in.by
	}
	types := n.Types()
	id := w.g.Add(circuit.Node{
		Name: string(n.Kind), Types: types, Inputs: []circuit.Edge{e},
		New: func(int) operators.Operator {
			if n.Kind == plan.Positive {
				return relation.NewPositive(types, in.by...)
			}
			return relation.NewDistinct(types, in.by...)
		},
	})
	return placed{id, in.by, in.single}
}

// values gives constant rows for the one row that a global count has from the first epoch on.
func (w *builder) values(n *plan.Node) (placed, error) {
	if w.one == nil {
		counted, none := []batch.Type{batch.T(batch.Int64)}, w.g.Input("constants", []batch.Type{batch.T(batch.Bool)})
		o := aggregate.Options{
			Types: []batch.Type{batch.T(batch.Bool)}, Global: true, Calls: []aggregate.Call{{Func: "count(*)", Type: counted[0]}},
		}
		w.one = &placed{single: true, id: w.g.Add(circuit.Node{
			Name: "one row", Types: counted, Inputs: []circuit.Edge{{From: none, Single: true}},
			New: func(worker int) operators.Operator {
				o := o
				o.Worker = worker
				return aggregate.New(o)
			},
		})}
	}
	types := n.Types()
	rows := batch.NewBuilder(types)
	for _, row := range n.Values.Rows {
		p, err := expr.Compile(row, w.Functions)
		if err != nil {
			return placed{}, err
		}
		cols, err := p.Eval(context.Background(), &batch.Batch{Rows: 1}, &batch.RowErrors{})
		if err != nil {
			return placed{}, err
		}
		rows.AppendBatch(&batch.Batch{Cols: cols, Rows: 1})
	}
	all := rows.Take()
	id := w.g.Add(circuit.Node{
		Name: "values", Types: types, Inputs: []circuit.Edge{{From: w.one.id}},
		New: func(int) operators.Operator { return relation.NewValues(all) },
	})
	return placed{id: id, single: true}, nil
}

func (w *builder) combine(n *plan.Node, in placed) placed {
	if w.Separate {
		return in
	}
	types := n.Types()
	id := w.g.Add(circuit.Node{
		Name: "combine", Types: types, Inputs: []circuit.Edge{{From: in.id}},
		New: func(int) operators.Operator {
			return relation.NewCombine(relation.CombineOptions{Types: types, Rows: combineRows})
		},
	})
	return placed{id, in.by, in.single}
}

// combineRows is how many rows a Combine gathers before it emits them: enough that rows of a skewed or
// narrow key meet, few enough to stay in the caches and in memory.
const combineRows = 1 << 20
